"""params.json and recipe.json: the parameters of an estimator, and its recipe."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from os import PathLike, fspath
from typing import NamedTuple

from nnbuild.catalog.kinds import Anything, Choice, Integer, Kind, ListOf, MapOf, Number, Text, optional
from nnbuild.convert.keras_values import plain_object
from nnbuild.errors import NNBuildError, show
from nnbuild.estimators.rows import ESTIMATORS, RESERVED_NAMES
from nnbuild.language.gallery import gallery_names
from nnbuild.language.unknown_classes import is_removed_layer
from nnbuild.language.values import json_value
from nnbuild.recipe import Recipe
from nnbuild.saved.archive import PARAMETERS, RECIPE, Refused, json_member, missing_class, table

# Forms of the parameter `recipe`. If it is the path of a readable file, the recipe itself is saved, so that the saved
# model does not need the file.
GALLERY, FILE, DOCUMENT, OBJECT, AUTO, OTHER = "gallery", "file", "dict", "recipe", "auto", "left out"
IN_MEMBER = (GALLERY, DOCUMENT, OBJECT, AUTO)  # forms with recipe.json; that of "auto" is the chosen recipe


class RecipeForm(NamedTuple):
    """Form of the parameter `recipe`, and its name if it has one."""

    form: str
    name: str | None


class Parameters(NamedTuple):
    """Parameters of an estimator: form of the recipe, others by name, and names of those without a saved form."""

    recipe: RecipeForm
    values: dict
    left_out: list[str]

    @property
    def recipe_in_member(self) -> bool:
        """Whether the file has the member recipe.json."""
        return self.recipe.form in IN_MEMBER


def parameter_members(
    given: Mapping[str, object], read: Callable[[object], Recipe], chosen: Recipe | None = None
) -> Iterator[tuple[str, bytes]]:
    """Yield the member with the parameters, and that with the recipe if it can be read.

    Parameters
    ----------
    given : mapping of str to object
        All parameters. Values that are not JSON (callbacks, generators) are listed as left out.
    read : function
        Returns the recipe of the parameter `recipe`, or raises an `NNBuildError`.
    chosen : Recipe or None
        The chosen recipe, if the parameter is "auto".
    """
    others = dict(given)
    form, recipe = _recipe_form(others.pop("recipe"), read)
    if chosen is not None:
        form, recipe = RecipeForm(AUTO, None), chosen.to_dict()
    values = {name: _as_json(value) for name, value in others.items()}
    left_out = [name for name, value in values.items() if value is None and others[name] is not None]
    kept = {name: value for name, value in values.items() if name not in left_out}
    document = {
        "recipe": form._asdict(),
        "values": predicting(kept, "can't be written: parameters"),
        "left_out": left_out,
    }
    yield json_member(PARAMETERS, document)
    if recipe is not None:
        yield json_member(RECIPE, recipe)


def _recipe_form(recipe: object, read: Callable[[object], Recipe]) -> tuple[RecipeForm, dict | None]:
    """Return the form of the parameter `recipe`, and its document; None if it can't be read."""
    if isinstance(recipe, str) and recipe in gallery_names():
        return RecipeForm(GALLERY, recipe), read(recipe).to_dict()
    if isinstance(recipe, Mapping):
        document = _as_json(recipe)
        return (RecipeForm(DOCUMENT, None), document) if isinstance(document, dict) else (RecipeForm(OTHER, None), None)
    try:
        return RecipeForm(OBJECT, None), read(recipe).to_dict()
    except NNBuildError:  # the file is missing or is not a valid recipe
        name = _as_json(fspath(recipe)) if isinstance(recipe, str | PathLike) else None
        return (RecipeForm(FILE, name), None) if isinstance(name, str) else (RecipeForm(OTHER, None), None)


def _as_json(value: object) -> object:
    """Return `value` as JSON values; None if it has no form in JSON."""
    problems: list = []
    try:
        plain = json_value(value, (), problems, plain_object)
    except NNBuildError:  # nested too deeply, or containing itself
        return None
    return None if problems else plain


def read_parameters(document: Mapping, kind: str) -> Parameters:
    """Return the parameters in params.json.

    Raises
    ------
    Refused
        If the document is not valid, has names that are not parameters of the class `kind`, or has invalid values
        of parameters that affect predictions.
    """
    found = table(document, KINDS, PARAMETERS)
    form = table(found["recipe"], _RECIPE_KINDS, f"{PARAMETERS}: recipe")
    values = found["values"]
    if "recipe" in values:
        raise Refused(f"{PARAMETERS}: values: 'recipe' is not allowed here")
    if reserved := [
        name for name in values if name.startswith("_") or name in RESERVED_NAMES | ESTIMATORS[kind].members
    ]:
        raise Refused(f"{PARAMETERS}: values: {kind} has no parameter {show(reserved[0])}")
    values = predicting(values, f"{PARAMETERS}: values")
    return Parameters(RecipeForm(**form), values, found["left_out"])


def predicting(values: Mapping, where: str) -> dict:
    """Return parameters, with those checked that affect predictions; others are checked in the next `fit`."""
    for name, kind in PREDICTING.items():
        if name in values and not kind.accepts(values[name]):
            raise Refused(f"{where}: {name}: must be {kind.description}, got {show(values[name])}")
    return {name: PREDICTING[name].clean(value) if name in PREDICTING else value for name, value in values.items()}


def read_recipe(saved: RecipeForm, document: Mapping | None) -> str | Mapping | Recipe | None:
    """Return the parameter `recipe`, or the recipe chosen by "auto"; `document` is that of recipe.json, or None."""
    if document is None:
        return saved.name
    if saved.form == DOCUMENT:
        return document
    try:
        recipe = Recipe.from_dict(document)
    except NNBuildError as error:
        if all(map(is_removed_layer, getattr(error, "problems", [None]))):
            return document  # valid in an earlier version; the saved network still predicts
        raise Refused(f"{RECIPE}: {str(error).splitlines()[0]}", missing_class(str(error))) from error
    # The gallery may have changed after the model was saved.
    same = saved.form == GALLERY and saved.name in gallery_names() and Recipe.load(saved.name) == recipe
    return saved.name if same else recipe


KINDS: dict[str, Kind] = {"recipe": MapOf(Anything()), "values": MapOf(Anything()), "left_out": ListOf(Text())}
# Parameters that affect predictions or scores.
PREDICTING: dict[str, Kind] = {
    "device": optional(Choice("cpu", "gpu")),
    "beam_width": Integer(1),
    "length_penalty": Number(low=0),
    "mask_fraction": Number(above=0, below=1),
}
_RECIPE_KINDS: dict[str, Kind] = {
    "form": Choice(GALLERY, FILE, DOCUMENT, OBJECT, AUTO, OTHER),
    "name": optional(Text()),
}
