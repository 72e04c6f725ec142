"""The parameters of a saved estimator and its recipe, as a file has them -> the same, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from nnbuild.errors import NNBuildError
from nnbuild.recipe.gallery import gallery_names
from nnbuild.recipe.kinds import Anything, Choice, Kind, ListOf, MapOf, Text, optional
from nnbuild.recipe.recipe import Recipe
from nnbuild.saved.archive import PARAMETERS, RECIPE, Refused, missing_class, table

# What the parameter `recipe` was, and what it is again. A file that can be read is a recipe: the saved model
# does not need the file.
GALLERY, FILE, DOCUMENT, OBJECT, OTHER = "gallery", "file", "dict", "recipe", "left out"
IN_MEMBER = (GALLERY, DOCUMENT, OBJECT)  # those that have recipe.json


class RecipeForm(NamedTuple):
    """What the parameter `recipe` was, and its name where it has one."""

    form: str
    name: str | None


class Parameters(NamedTuple):
    """The parameters of an estimator: the recipe's form, the others by name, and the names of those left out."""

    recipe: RecipeForm
    values: dict
    left_out: list[str]

    @property
    def recipe_in_member(self) -> bool:
        """Whether the recipe has a member of its own."""
        return self.recipe.form in IN_MEMBER


def read_parameters(document: Mapping) -> Parameters:
    """What params.json says.

    Raises
    ------
    Refused
        For what is no such document. Whether an estimator has such parameters, and takes such values, is its to say.
    """
    found = table(document, KINDS, PARAMETERS)
    form = table(found["recipe"], _RECIPE_KINDS, f"{PARAMETERS}: recipe")
    if "recipe" in found["values"]:
        raise Refused(f"{PARAMETERS}: values: 'recipe' can't stand there")
    return Parameters(RecipeForm(**form), found["values"], found["left_out"])


def read_recipe(said: RecipeForm, document: Mapping | None) -> str | Mapping | Recipe | None:
    """What the parameter `recipe` is again; `document` is what recipe.json holds, where it is there."""
    if document is None:
        return said.name
    if said.form == DOCUMENT:
        return document
    try:
        recipe = Recipe.from_dict(document)
    except NNBuildError as error:
        raise Refused(f"{RECIPE}: {str(error).splitlines()[0]}", missing_class(str(error))) from error
    # The gallery may have changed since.
    same = said.form == GALLERY and said.name in gallery_names() and Recipe.load(said.name) == recipe
    return said.name if same else recipe


KINDS: dict[str, Kind] = {"recipe": MapOf(Anything()), "values": MapOf(Anything()), "left_out": ListOf(Text())}
_RECIPE_KINDS: dict[str, Kind] = {
    "form": Choice(GALLERY, FILE, DOCUMENT, OBJECT, OTHER),
    "name": optional(Text()),
}
