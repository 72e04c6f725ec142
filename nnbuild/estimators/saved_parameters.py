"""The parameters of an estimator, and its recipe -> JSON values."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike, fspath

from nnbuild.convert.keras_values import plain_object
from nnbuild.errors import NNBuildError
from nnbuild.estimators.parameters import RecipeParameters, read_recipe
from nnbuild.language.gallery import gallery_names
from nnbuild.language.values import json_value
from nnbuild.saved.parameters import DOCUMENT, FILE, GALLERY, OBJECT, OTHER, predicting
from nnbuild.train.common.sample_weights import label_name


def parameters_document(estimator: RecipeParameters) -> tuple[dict, dict | None]:
    """Parameters as JSON values, and the recipe's own document.

    Parameters
    ----------
    estimator : estimator
        What JSON can't hold of its parameters (callbacks, generators) is left out, and named.

    Returns
    -------
    parameters : dict
        `recipe`: its form, and its name where it has one; `values`, by name; `left_out`, the names of the others.
    recipe : dict or None
        None where it can't be read any more.
    """
    given = estimator.get_params(deep=False)
    form, name, recipe = _recipe_form(given.pop("recipe"))
    values, left_out = {}, []
    for parameter, value in given.items():
        value = value.tolist() if getattr(value, "ndim", 0) else value  # a search may give arrays
        if parameter == "class_weight" and isinstance(value, Mapping):
            value = {label_name(label): weight for label, weight in value.items()}  # labels are strings in a recipe too
        plain = _as_json(value)
        if plain is None and value is not None:
            left_out.append(parameter)
        else:
            values[parameter] = plain
    return {
        "recipe": {"form": form, "name": name},
        "values": predicting(values, "can't be written: parameters"),
        "left_out": left_out,
    }, recipe


def _recipe_form(recipe: object) -> tuple[str, str | None, dict | None]:
    """The form of the parameter `recipe`, its name, and its document."""
    if isinstance(recipe, str) and recipe in gallery_names():
        return GALLERY, recipe, read_recipe(recipe).to_dict()
    if isinstance(recipe, Mapping):
        document = _as_json(recipe)
        return (DOCUMENT, None, document) if isinstance(document, dict) else (OTHER, None, None)
    try:
        return OBJECT, None, read_recipe(recipe).to_dict()
    except NNBuildError:  # the file is gone, or is no recipe any more
        name = _as_json(fspath(recipe)) if isinstance(recipe, str | PathLike) else None
        return (FILE, name, None) if isinstance(name, str) else (OTHER, None, None)


def _as_json(value: object) -> object:
    """`value` as plain JSON values; None for what JSON can't hold."""
    problems: list = []
    try:
        plain = json_value(value, (), problems, plain_object)
    except NNBuildError:  # nested too deep, or in itself
        return None
    return None if problems else plain
