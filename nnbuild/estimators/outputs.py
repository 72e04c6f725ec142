"""Parameter `outputs` of an estimator: the named outputs of a recipe."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import pandas as pd

from nnbuild.errors import Problem, RecipeError, show
from nnbuild.estimators.parameters import described, one_at_a_time
from nnbuild.inputs.data_errors import repeated
from nnbuild.language.expressions import NAME
from nnbuild.language.purpose import PURPOSE
from nnbuild.language.values import json_value
from nnbuild.recipe import Recipe
from nnbuild.train.common.sample_weights import label_name


def with_outputs(recipe: Recipe, outputs: object) -> Recipe:
    """Return a recipe with other outputs.

    Parameters
    ----------
    recipe : Recipe
    outputs : list of str, or mapping of str to mapping
        Names of the outputs, or their settings as in a recipe.

    Raises
    ------
    RecipeError
        If `outputs` is not valid.
    """
    plain = plain_outputs(outputs)
    if isinstance(plain, list) and plain and all(isinstance(name, str) for name in plain):
        if twice := repeated(plain):
            raise RecipeError([Problem(("outputs",), f"must be different names, got {show(twice[0])} more than once")])
        plain = {name: {} for name in plain}
    if not isinstance(plain, Mapping):
        found = f"outputs must be a list of names, or a dict of settings by name, got {show(outputs)}"
        raise RecipeError(
            [Problem((), found, hint='pass ["price", "kind"], or {"price": {"weight": 2.0}, "kind": {}}')]
        )
    problems: list[Problem] = []
    document = json_value(plain, ("outputs",), problems)
    if problems:
        raise RecipeError(problems)
    with one_at_a_time:
        return _with_outputs(recipe, described(recipe), json.dumps(document))


@lru_cache(maxsize=64)
def _with_outputs(recipe: Recipe, described: str, outputs: str) -> Recipe:
    """Cache `with_outputs`, because a search fits each candidate several times."""
    document = {key: value for key, value in recipe.to_dict().items() if key not in PURPOSE}  # of its own outputs
    return Recipe.from_dict({**document, "outputs": json.loads(outputs)})


def plain_outputs(outputs: Any) -> Any:
    """Return the parameter with plain lists, and labels of class weights as in JSON; other values unchanged."""
    if isinstance(outputs, Mapping):
        return {name: _with_labels(own) if isinstance(own, Mapping) else own for name, own in outputs.items()}
    return list(outputs) if isinstance(outputs, list | tuple | pd.Index) else outputs


def _with_labels(output: Mapping) -> dict:
    weights = output.get("class_weight")
    if not isinstance(weights, Mapping):
        return dict(output)
    return {**output, "class_weight": {label_name(label): weight for label, weight in weights.items()}}


def outputs_hint(y: Any) -> str:
    """Return a hint with the outputs for y: a DataFrame, or targets by output."""
    columns = list(y.columns) if isinstance(y, pd.DataFrame) else list(y) if isinstance(y, Mapping) else []
    names = {re.sub(r"[^A-Za-z0-9]+", "_", str(column)).strip("_"): str(column) for column in columns}
    if not names or len(names) < len(columns) or not all(map(NAME.match, names)):
        names = {"price": "price", "kind": "kind"}
    given = {name: {} if name == column else {"target": column} for name, column in names.items()}
    argument = repr(given) if any(given.values()) else repr(list(given))
    return f'pass outputs={argument}, or set "outputs": {json.dumps(given)} in the recipe'
