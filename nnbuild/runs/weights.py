"""Implementation of `nnbuild describe --weights` for model files: the network, and statistics of its weights."""

from __future__ import annotations

import numpy as np

from nnbuild.errors import DataError
from nnbuild.loading import load
from nnbuild.plan.describe import Description, describe
from nnbuild.report.weights_text import WeightStatistics


def model_weights(
    model: str, batch_size: int | None = None
) -> tuple[Description, dict[tuple[str, str], WeightStatistics]]:
    """Return the network of a model file, and the statistics of its weights by layer and weight.

    Raises
    ------
    ModelFileError
        If the model can't be read.
    DataError
        If the model has no network.
    """
    estimator = load(model)
    if estimator.recipe_ is None:
        raise DataError(f"{model}: there is no network, because the training data have one class only")
    plan = describe(estimator.recipe_, batch_size=batch_size)
    layers = {layer.name: layer for layer in estimator.model_.layers}
    weights = ((step, layers[step.name].weights) for step in plan.steps if step.weights)
    return plan, {
        (step.name, weight.name): _statistics(np.asarray(variable.numpy(), "float64"))
        for step, variables in weights
        for weight, variable in zip(step.weights, variables, strict=True)
    }


def _statistics(values: np.ndarray) -> WeightStatistics:
    found = values.mean(), values.std(), values.min(), values.max(), (values == 0).mean()
    return WeightStatistics(*map(float, found))
