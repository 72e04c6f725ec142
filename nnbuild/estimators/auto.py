"""Choose the recipe for ``recipe="auto"`` by the kind of data."""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from nnbuild.errors import DataError, Problem, RecipeError, show
from nnbuild.inputs.recognition import Found, inputs_in
from nnbuild.inputs.split_inputs import is_by_name
from nnbuild.language.expressions import NAME, is_expression, mentioned
from nnbuild.language.gallery import AUTO
from nnbuild.recipe import Recipe

PIXELS = "pixels"  # images with a class for each pixel
CHARACTERS = "characters"  # texts without spaces between words
# Recipe for each kind of data.
RECIPES = {
    "table": "table",
    "text": "text_ensemble",
    CHARACTERS: "text_mlp",
    "series": "inception",
    "image": "small_cnn",
    PIXELS: "unet",
}
# Params of the recipe for images of at least this side. Translations of the 8x8 digits lower the accuracy.
AUGMENTATION = {"shifts": [0.06]}
MIN_SIDE = 16  # pixels
# Recipe whose layers are the branch of an input beside others.
BRANCHES = {"table": "mlp", "text": "text_mlp", "series": "inception", "image": "small_cnn"}
# Recipe with the settings of an input beside others.
INPUTS = {**BRANCHES, "table": "table"}


class AutoRecipe:
    """Methods of estimators that support ``recipe="auto"``."""

    recipe: Any
    verbose: bool
    prepare: Any
    _fitted: Any
    _is_fitted: Any

    def _reader(self, data: Any, previous: Any = None) -> tuple[Any, Recipe | None]:
        reader, chosen = copy.copy(self), None
        if is_auto(self.recipe):
            chosen = previous.chosen if previous else None
            if chosen is None:
                chosen = recipe_for(data.X, data.y)
                if self.verbose:
                    sys.stderr.write(f"recipe {choice_text(chosen)}\n")
            reader.recipe = chosen
        return reader, chosen

    def _effective_recipe(self) -> Recipe:
        if not is_auto(self.recipe):
            return super()._effective_recipe()  # type: ignore[misc]
        chosen = self._fitted.chosen if self._is_fitted() else None
        if chosen is None:
            raise RecipeError(
                [Problem((), "recipe='auto' is selected in fit", hint="call fit first, or pass a recipe")]
            )
        reader = copy.copy(self)
        reader.recipe = chosen
        return reader._effective_recipe()

    def _imputes(self) -> bool:
        if is_auto(self.recipe) and not self._is_fitted():
            return self.prepare is not None
        return super()._imputes()  # type: ignore[misc]


def is_auto(recipe: object) -> bool:
    """Return whether the parameter `recipe` is "auto"."""
    return isinstance(recipe, str) and recipe == AUTO


def choice_text(recipe: Recipe) -> str:
    """Return the name of a chosen recipe, with the reason."""
    return f"{recipe.name}, because {recipe.about['reason']}"


def recipe_for(X: Any, y: Any = None) -> Recipe:
    """Return the recipe for data. Its `about` contains the reason.

    Parameters
    ----------
    X : array-like, DataFrame of pandas, sparse matrix, list, or dict of them
        As passed by the user, after `in_pandas`.
    y : array-like, optional
        Targets; an array of shape (n_samples, height, width) has a class for each pixel.

    Raises
    ------
    DataError
        If there is no recipe for X.
    """
    inputs = inputs_in(X)
    if len(inputs) > 1 or is_by_name(X):
        words = "; ".join(f"{_subject(name, found, is_by_name(X))} {found.words}" for name, found in inputs.items())
        return with_reason(_joined(inputs), f"X has several inputs: {words}")
    (found,) = inputs.values()
    kind, words = found.kind, f"X {found.words}"
    if kind == "image" and getattr(y, "ndim", 1) == 3:
        kind, words = PIXELS, f"{words}, and y a class for each pixel"
    if kind == "text" and found.settings.get("split") == "character":
        kind = CHARACTERS
    settings = {**found.settings, **(AUGMENTATION if kind == "image" and min(found.shape[:2]) >= MIN_SIDE else {})}
    return with_reason(_with_settings(Recipe.load(RECIPES[kind]), settings), words)


def _subject(name: str, found: Found, is_key: bool) -> str:
    """Return the part of X for an input, in words."""
    return show(found.settings.get("column", name)) if is_key or "column" in found.settings else "the rest"


def with_reason(recipe: Recipe, reason: str) -> Recipe:
    """Return a recipe whose `about` contains the reason for its choice, and no default data."""
    about = {key: value for key, value in recipe.about.items() if key not in ("data", "target")}
    return Recipe.from_dict({**recipe.to_dict(), "about": {**about, "reason": reason}})


def _with_settings(recipe: Recipe, settings: Mapping[str, Any]) -> Recipe:
    """Return a recipe whose inputs have these settings; those that are params of the recipe are set as params."""
    params = {name: value for name, value in settings.items() if name in recipe.params}
    changed = recipe.with_values(params) if params else recipe
    others = {
        name: {key: value for key, value in settings.items() if key not in params and spec.get(key) != value}
        for name, spec in changed.network.inputs.items()
    }
    if not any(others.values()):
        return changed
    document = changed.to_dict()
    own = document.get("inputs", {})
    inputs = {name: {**own.get(name, {}), **values} for name, values in others.items()}
    return Recipe.from_dict({**document, "inputs": inputs})


def _joined(inputs: Mapping[str, Found]) -> Recipe:
    """Return a recipe with a branch for each input, whose outputs are concatenated."""
    kinds = sorted({found.kind for found in inputs.values()})
    suffix = _branch_suffix(set(inputs))
    branches = [
        {"type": f"{found.kind}_branch", "name": f"{name}{suffix}", "inputs": [name]} for name, found in inputs.items()
    ]
    names = [branch["name"] for branch in branches]
    documents = {kind: Recipe.load(BRANCHES[kind]).to_dict() for kind in kinds}
    blocks = [block for kind, document in documents.items() for block in _blocks(kind, document).items()]
    return Recipe.from_dict(
        {
            "name": "joined",
            "description": "A branch of layers for each input, concatenated, then dense layers",
            "about": {"kind": "dense", "uses": ["several inputs", "blocks"]},
            **JOINED,
            "defaults": {key: value for one in documents.values() for key, value in one.get("defaults", {}).items()},
            "blocks": dict(blocks),
            "inputs": {name: _input(name, found) for name, found in inputs.items()},
            "layers": [
                *branches,
                *([{"type": "Concatenate", "inputs": names}] if len(names) > 1 else []),
                DENSE,
            ],
        }
    )


def _branch_suffix(names: set[str]) -> str:
    """Return the end of the names of branches, with which no branch has the name of an input."""
    suffixes = ("_branch" * n for n in count(1))
    return next(suffix for suffix in suffixes if names.isdisjoint(f"{name}{suffix}" for name in names))


def _input(name: object, found: Found) -> dict[str, Any]:
    """Return the input of a recipe, with the settings of the recipe for its kind."""
    if not isinstance(name, str) or not NAME.match(name):
        raise DataError(
            f"X has the key {show(name)}, which can't be the name of an input\n"
            "  allowed: letters, digits and single underscores, with a letter first\n"
            "  hint: rename the key"
        )
    (own,) = Recipe.load(INPUTS[found.kind]).network.inputs.values()
    return {**own, **found.settings}


def _blocks(kind: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the layers of a recipe as a block, and the blocks that they call."""
    names = {*_names(document["layers"])}
    params = {name: value for name, value in document.get("params", {}).items() if name in names}
    return {**document.get("blocks", {}), f"{kind}_branch": {"params": params, "layers": document["layers"]}}


def _names(value: Any) -> Iterator[str]:
    """Yield the names in all expressions of a JSON value."""
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _names(part)
    elif is_expression(value):
        yield from mentioned(value)


DENSE = {
    "type": "Repeat",
    "over": {"units": "$joined_units"},
    "layers": [
        {"type": "Dense", "units": "$units", "activation": "relu"},
        {"type": "Dropout", "rate": "$joined_dropout"},
    ],
}
# Params, training and search space of a recipe for several inputs.
JOINED: dict[str, Any] = {
    "params": {"joined_units": [64], "joined_dropout": 0.3, "learning_rate": 0.001},
    "training": {
        "optimizer": {"type": "Adam", "learning_rate": "$learning_rate"},
        "epochs": 30,
        "batch_size": "even",
        "early_stopping": {"patience": 5},
    },
    "search": {
        "joined_units": [[32], [64], [128, 64]],
        "joined_dropout": {"uniform": [0.0, 0.5]},
        "learning_rate": {"log_uniform": [1e-4, 1e-2]},
    },
}
