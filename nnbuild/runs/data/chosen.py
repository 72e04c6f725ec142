"""Choose the recipe for a data set, before the start of TensorFlow."""

from __future__ import annotations

from typing import Any

from nnbuild.errors import DataError
from nnbuild.estimators.auto import recipe_for, with_reason
from nnbuild.recipe import Recipe
from nnbuild.runs.workflows.rows import FORECASTS

FORECAST_RECIPE = "forecast_gru"


def chosen_recipe(data: Any) -> Recipe:
    """Return the recipe for the kind of the data; raise a `DataError` if there is none."""
    if data.workflow == FORECASTS:
        return with_reason(Recipe.load(FORECAST_RECIPE), "--lags makes windows of a series")
    try:
        return recipe_for(data.X, data.y)
    except DataError as error:
        raise DataError(f"{data.source}: {error}") from None
