"""Parameters of an estimator <-> JSON values, its recipe among them."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike, fspath
from typing import TypeVar

from nnbuild.errors import NNBuildError
from nnbuild.estimators.archive import PARAMETERS, RECIPE, Refused, table
from nnbuild.estimators.parameters import RecipeParameters, read_recipe
from nnbuild.estimators.targets import label_name
from nnbuild.recipe.gallery import gallery_names
from nnbuild.recipe.kinds import Anything, Choice, Kind, ListOf, MapOf, Text, optional
from nnbuild.recipe.recipe import Recipe
from nnbuild.recipe.values import json_value

Estimator = TypeVar("Estimator", bound=RecipeParameters)
# What the parameter `recipe` was, and what it is again. A file that can be read is a recipe: the saved model
# does not need the file.
GALLERY, FILE, DOCUMENT, OBJECT, OTHER = "gallery", "file", "dict", "recipe", "left out"
IN_MEMBER = (GALLERY, DOCUMENT, OBJECT)  # those that have recipe.json


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
    return {"recipe": {"form": form, "name": name}, "values": values, "left_out": left_out}, recipe


def with_parameters(kind: type[Estimator], document: Mapping, recipe: Mapping | None) -> Estimator:
    """An estimator of class `kind` with parameters from a file.

    Parameters
    ----------
    kind : type
        The estimator's class.
    document : mapping
        JSON values that nobody has checked.
    recipe : mapping or None
        What recipe.json holds; it is there for the forms of `IN_MEMBER`.

    Raises
    ------
    Refused
        For names that can't be parameters, and a recipe that can't be one. Values wait for `fit`, as they always do.
    """
    values = table(document, KINDS, PARAMETERS)
    if "recipe" in values["values"]:
        raise Refused(f"{PARAMETERS}: values: 'recipe' can't stand there")
    given = {"recipe": _recipe(values["recipe"], recipe), **values["values"]}
    try:
        return kind(**given)
    except TypeError as error:  # for the name of a method or of a fitted attribute
        raise Refused(f"{PARAMETERS}: {error}") from error


def recipe_form(document: Mapping) -> str:
    """What the parameter `recipe` was."""
    return table(table(document, KINDS, PARAMETERS)["recipe"], _RECIPE_KINDS, f"{PARAMETERS}: recipe")["form"]


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
        plain = json_value(value, (), problems)
    except NNBuildError:  # nested too deep, or in itself
        return None
    return None if problems else plain


def _recipe(said: Mapping, document: Mapping | None) -> object:
    if said["form"] in (FILE, OTHER):
        return said["name"]
    assert document is not None
    if said["form"] == DOCUMENT:
        return document
    try:
        recipe = Recipe.from_dict(document)
    except NNBuildError as error:
        raise Refused(f"{RECIPE}: {str(error).splitlines()[0]}") from error
    # The gallery may have changed since.
    same = said["form"] == GALLERY and said["name"] in gallery_names() and read_recipe(said["name"]) == recipe
    return said["name"] if same else recipe


KINDS: dict[str, Kind] = {"recipe": MapOf(Anything()), "values": MapOf(Anything()), "left_out": ListOf(Text())}
_RECIPE_KINDS: dict[str, Kind] = {
    "form": Choice(GALLERY, FILE, DOCUMENT, OBJECT, OTHER),
    "name": optional(Text()),
}
