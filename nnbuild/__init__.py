"""nnbuild: describe a neural network as a recipe; build, train, tune and ship it as a scikit-learn estimator."""

from __future__ import annotations

from importlib import import_module

from nnbuild.estimators.rows import ESTIMATORS

__version__ = "0.1.0.dev0"

# Public names and the modules that hold them: each is imported when it is first used, so that reading a recipe
# does not pay for Keras.
_HOMES = {
    "Recipe": "nnbuild.recipe",
    "gallery": "nnbuild.language.gallery_records",
    "NNBuildError": "nnbuild.errors",
    "Problem": "nnbuild.errors",
    "RecipeError": "nnbuild.errors",
    "DataError": "nnbuild.errors",
    "DivergenceError": "nnbuild.errors",
    "MemoryLimitError": "nnbuild.errors",
    "CacheError": "nnbuild.errors",
    "NNBuildWarning": "nnbuild.errors",
    "resolve": "nnbuild.plan.describe",
    "describe": "nnbuild.plan.describe",
    "build": "nnbuild.plan.model",
    **{name: row.module for name, row in ESTIMATORS.items()},
    "load": "nnbuild.loading",
    "stacked": "nnbuild.estimators.joblib_backend",
    "image_folder": "nnbuild.inputs.images",
    "make_windows": "nnbuild.inputs.windows",
    "seasonal_naive": "nnbuild.inputs.windows",
    "model_info": "nnbuild.saved.model_info",
    "ModelFileError": "nnbuild.saved.archive",
}
_MODULES = ("cache", "datasets", "diagnosis", "inspect", "layers", "metrics", "model_selection")

__all__ = [*_HOMES, *_MODULES]


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return import_module(f"nnbuild.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'nnbuild' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
