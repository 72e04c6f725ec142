"""Choose the recipe for a data set, before the start of TensorFlow."""

from __future__ import annotations

from nnbuild.errors import DataError
from nnbuild.estimators.auto import recipe_for
from nnbuild.recipe import Recipe
from nnbuild.runs.data.dataset import Dataset


def chosen_recipe(data: Dataset) -> Recipe:
    """Return the recipe for the kind of the data; raise a `DataError` if there is none."""
    try:
        return recipe_for(data.X, data.y)
    except DataError as error:
        raise DataError(f"{data.source}: {error}") from None
