"""Parameters of an estimator: those of its class, params of its recipe, and other values by address."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from functools import lru_cache
from inspect import signature
from os import PathLike
from pathlib import Path
from typing import Any

from nnbuild.errors import NNBuildError, Problem, RecipeError, did_you_mean, show
from nnbuild.estimators.rows import ATTRIBUTES
from nnbuild.language.gallery import find, read
from nnbuild.language.values import canonical, json_value
from nnbuild.recipe import Recipe
from nnbuild.train.common.sample_weights import label_name

# Estimator parameters that are training settings of the recipe.
SETTINGS = (
    "optimizer", "learning_rate", "weight_decay", "loss", "metrics", "epochs", "batch_size", "shuffle",
    "validation_fraction", "validation", "early_stopping", "class_weight", "loss_weighting", "label_smoothing",
    "precision", "gradient_accumulation", "target_transform", "clip_predictions",
)  # fmt: skip


# Lock for cached functions: threads wait while another thread computes. Code under the lock must not wait for threads.
one_at_a_time = threading.RLock()


class RecipeParameters:
    """scikit-learn's parameter methods for estimators that also take the params and addresses of their recipe.

    Each parameter is an attribute of the same name, including params and addresses of the recipe. None means the value
    in the recipe. Values are checked in `fit`; only `set_params` raises an error for unknown names.
    """

    def get_params(self, deep: bool = True) -> dict:
        """Return the parameters and their values.

        Parameters
        ----------
        deep : bool, default=True
            Whether to include the params of the recipe, with the recipe's values if they are not set.

        Returns
        -------
        dict of str to object
            Values by name.
        """
        params = {name: getattr(self, name) for name in (*self._own_parameters(), *self._recipe_parameters())}
        if not deep or (recipe := self._readable_recipe()) is None:
            return params
        return {**recipe.params, **params}

    def set_params(self, **params: object) -> RecipeParameters:
        """Set parameters of the estimator, params of the recipe, or other values of the recipe by address.

        An address is the path of a value, such as ``training__optimizer__weight_decay``.

        Parameters
        ----------
        **params : object
            Values by name.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a name is unknown. Names are not checked if the recipe can't be read.
        """
        if "recipe" in params:
            self.recipe = params["recipe"]
        own = self._own_parameters()
        others = [name for name in params if name not in own]
        recipe = self._readable_recipe() if others else None
        known = others if recipe is None else _addresses(recipe, {**vars(self), **params}, others)
        for name in others:
            if _is_reserved(type(self), name) or name not in known:
                raise ValueError(self._invalid_parameter(name, recipe))
        vars(self).update(params)
        return self

    def _set_recipe_parameters(self, params: Mapping[str, object]) -> None:
        """Set the keyword arguments of `__init__` that are not parameters of the estimator itself."""
        for name in params:
            if _is_reserved(type(self), name):  # the same message as Python's
                raise TypeError(f"{type(self).__name__}.__init__() got an unexpected keyword argument {name!r}")
        vars(self).update(params)

    def _invalid_parameter(self, name: str, recipe: Recipe | None) -> str:
        own = self._own_parameters()
        params, known = ([], []) if recipe is None else (list(recipe.params), recipe.addresses)
        hint = did_you_mean(name, [*own, *known])
        return (
            f"Invalid parameter {name!r} for estimator {self}. Valid parameters are: {sorted({*own, *params})!r}, "
            f"and addresses such as 'training__batch_size'.{f' {hint[0].upper()}{hint[1:]}' if hint else ''}"
        )

    @classmethod
    def _own_parameters(cls) -> list[str]:
        parameters = list(signature(cls.__init__).parameters.values())[1:]
        return [p.name for p in parameters if p.kind is not p.VAR_KEYWORD]

    def _recipe_parameters(self) -> list[str]:
        """Return the names of params and addresses of the recipe that were set."""
        own = self._own_parameters()
        return [name for name in vars(self) if name not in own and not _is_reserved(type(self), name)]

    def _given_recipe(self) -> Recipe:
        """Return the recipe without the values that were set; raise a `RecipeError` if it can't be read."""
        return read_recipe(self.recipe)

    def _readable_recipe(self) -> Recipe | None:
        try:
            return self._given_recipe()
        except (NNBuildError, TypeError, ValueError, OSError):
            return None

    def _effective_recipe(self) -> Recipe:
        """Return the recipe with all values that were set; raise a `RecipeError` if they are not compatible."""
        recipe = self._given_recipe()
        names = [*(name for name in SETTINGS if hasattr(self, name)), *self._recipe_parameters()]
        given = {name: _json_like(name, getattr(self, name)) for name in names if getattr(self, name) is not None}
        try:
            text = json.dumps(given)
        except (TypeError, ValueError):  # values other than JSON, for which the next line raises an error
            return self._changed(recipe, given)
        with one_at_a_time:
            estimator: Any = type(self)  # mypy does not accept classes as keys
            return _changed(estimator, recipe, described(recipe), text)

    @classmethod
    def _changed(cls, recipe: Recipe, given: Mapping[str, object]) -> Recipe:
        """Return a recipe with other values, given by parameter name."""
        cls._check_names(given, recipe)
        values = _by_address(recipe, _each_once(given))
        changed = recipe.with_values(values) if values else recipe
        if lost := [name for name in values if name in recipe.params and name not in changed.params]:
            found = f"{show(lost[0])} is set, but has no effect with the other values"
            raise RecipeError([Problem((), found, hint="leave it out")])
        return changed

    @classmethod
    def _check_names(cls, given: Mapping[str, object], recipe: Recipe) -> None:
        """Raise a `RecipeError` that lists all unknown names."""
        known = [*_addresses(recipe, given, given), *cls._own_parameters()]
        problems = [
            Problem(
                (),
                f"{cls.__name__} has no parameter {show(name)}, and its recipe has no such param or address",
                hint=did_you_mean(name, known),
            )
            for name in given
            if name not in known
        ]
        if problems:
            raise RecipeError(problems)


@lru_cache(maxsize=512)
def _changed(estimator: Any, recipe: Recipe, described: str, given: str) -> Recipe:
    """Cache `RecipeParameters._changed` by JSON text, because a search fits each candidate several times."""
    return estimator._changed(recipe, json.loads(given))


def described(recipe: Recipe) -> str:
    """Return the descriptive fields of a recipe as JSON; comparison of recipes ignores them."""
    return json.dumps([recipe.name, recipe.description, recipe.about, recipe.estimators, recipe.task])


def read_recipe(recipe: object) -> Recipe:
    """Return the recipe of the parameter `recipe`: a Recipe, a dict, a path, or a name in the gallery.

    Raises
    ------
    RecipeError, RecipeFileError
        If it can't be read.
    """
    if isinstance(recipe, Recipe):
        return recipe
    if isinstance(recipe, Mapping):
        return Recipe.from_dict(recipe)
    if isinstance(recipe, str | PathLike):
        file = find(recipe)
        return _loaded(str(file), file.stat().st_mtime_ns)
    found = f"recipe must be a Recipe, a dict, a path or a name of the gallery, got {show(recipe)}"
    raise RecipeError([Problem((), found)])


def check_estimator(recipe: Recipe, estimator: type) -> None:
    """Raise a `RecipeError` if a recipe is for other estimators."""
    if not recipe.estimators or any(one.__name__ in recipe.estimators for one in estimator.__mro__):
        return
    others = " or ".join(recipe.estimators)
    name = f"the recipe {show(recipe.name)}" if recipe.name else "the recipe"
    found = f"{name} is for {others}, not for {estimator.__name__}"
    raise RecipeError([Problem(("estimator",), found, hint=f"use {others}, or change 'estimator' in the recipe")])


@lru_cache(maxsize=64)
def _loaded(file: str, changed_ns: int) -> Recipe:
    """Load a recipe file; the modification time is part of the key of the cache."""
    return Recipe.from_json(read(Path(file)), file)


def _is_reserved(estimator: type, name: str) -> bool:
    """Return whether a name is private, or the name of a method or fitted attribute."""
    return name.startswith("_") or name in ATTRIBUTES or hasattr(estimator, name)


def _addresses(recipe: Recipe, given: Mapping[str, object], wanted: Iterable[str]) -> list[str]:
    """Return the addresses of a recipe, including arguments of objects in `given`, such as an optimizer."""
    known = recipe.addresses
    objects = {name: given[name] for name in ("optimizer", "loss", "learning_rate") if given.get(name) is not None}
    if not objects or set(wanted) <= set(known):
        return known
    try:
        return [*known, *recipe.with_values(_by_address(recipe, objects)).addresses]
    except RecipeError:  # raised again in `fit`
        return known


def _json_like(name: str, value: Any) -> object:
    """Convert arrays (as in searches) to lists, and labels of class weights to strings, as in JSON."""
    if (_setting(name) == "class_weight" or name.endswith("__class_weight")) and isinstance(value, Mapping):
        return {label_name(label): weight for label, weight in value.items()}
    if isinstance(value, list | tuple):
        return [_json_like("", item) for item in value]
    return value.tolist() if getattr(value, "ndim", 0) else value


def _each_once(given: Mapping[str, object]) -> dict[str, object]:
    """Return one value per setting, which may have several names; raise a `RecipeError` if their values differ."""
    chosen: dict[str, tuple[str, object]] = {}
    for name, value in given.items():
        key = _setting(name)
        earlier, first = chosen.setdefault(key, (name, value))
        if earlier != name and canonical(json_value(first)) != canonical(json_value(value)):
            found = f"{key} is set twice: {earlier}={show(first)} and {name}={show(value)}"
            raise RecipeError([Problem((), found, hint="leave one of them out")])
    return {key: value for key, (_, value) in chosen.items()}


def _setting(name: str) -> str:
    """Return the setting of an alias; other names are returned unchanged."""
    inside = name.removeprefix("training__optimizer__")
    setting = inside if inside in _RATES else name.removeprefix("training__")
    return setting if setting in SETTINGS else name


def _by_address(recipe: Recipe, given: Mapping[str, object]) -> dict[str, object]:
    """Return values by their addresses in the recipe."""
    replaced = "optimizer" in given  # the recipe's own rates do not apply to another optimizer
    return {
        f"training__{name}" if name in _RATES and replaced else _address(recipe, name): value
        for name, value in given.items()
    }


def _address(recipe: Recipe, name: str) -> str:
    """Return the address of a training setting, or the param of the same name if there is one."""
    if name not in SETTINGS or name in recipe.params:
        return name
    training = recipe.to_dict().get("training", {})
    optimizer = training.get("optimizer")
    inside = isinstance(optimizer, dict) and name in optimizer and name not in training
    return f"training__optimizer__{name}" if inside else f"training__{name}"


_RATES = ("learning_rate", "weight_decay")  # settings that are arguments of all optimizers
