"""Settings and checks of several outputs: targets of regressions, weights of losses, scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nnbuild.estimators.fitted import Fitted
from nnbuild.estimators.saving import weight_slots
from nnbuild.estimators.spec import Spec
from nnbuild.estimators.training import Rows
from nnbuild.plan.output_layer import LOG_VARIANCE
from nnbuild.plan.settings import TRAINING_DEFAULTS
from nnbuild.report.scores import Scores
from nnbuild.tasks.multioutput import known_values
from nnbuild.tasks.numeric_targets import check_previous_scaling, checked_scaling
from nnbuild.tasks.regression import RegressionTargets
from nnbuild.tasks.target_transforms import check_logarithm, checked_transform
from nnbuild.tasks.targets import Targets
from nnbuild.train.common.losses import variance_factor


def regression_of(training: Mapping, scale_target: object) -> Callable[[np.ndarray, Mapping], Targets]:
    """Return a function that returns the targets of a regression, from the values of y and the output in a recipe.

    Parameters
    ----------
    training : mapping
        The `training` section of a recipe.
    scale_target : "auto" or bool
        Parameter of the estimator.
    """
    settings = {**TRAINING_DEFAULTS, **training}

    def targets(values: np.ndarray, output: Mapping) -> Targets:
        loss = output.get("loss", settings["loss"])
        scaling = checked_scaling(scale_target, loss)
        transform = checked_transform(settings["target_transform"], loss)
        clips = settings["clip_predictions"]
        return RegressionTargets.of(values, scaling != "none", scaling == "standard", transform, clips)

    return targets


def check_numbers(spec: Spec, targets: Targets, rows: Rows, name: str) -> None:
    """Raise a `ValueError` for numbers that the loss of their output does not allow.

    Parameters
    ----------
    spec : Spec
    targets : MultiOutputTargets
    rows : Rows
    name : str
        Name of the targets in messages.
    """
    training = spec.recipe.network.training
    outputs: Any = spec.recipe.network.outputs
    kept = np.arange(len(rows)) if rows.kept is None else np.flatnonzero(rows.kept)
    for output, declared in outputs.items():
        own: Any = targets.of_output(output)
        if own.row.has_probabilities:
            continue
        loss, known, what = declared.get("loss", training.get("loss")), rows.y.known[output], f"{name}[{output!r}]"
        if spec.previous:
            check_previous_scaling(own.mean, own.scale, loss, own.transforms)
        values = known_values(rows.y, output, own, what)
        own.check_values(values, loss, what, kept[known])
        check_logarithm(values, training, what, kept[known])


def loss_weights(fitted: Fitted) -> dict[str, float]:
    """Return the weight of the loss of each output in the objective, including that of its log variance."""
    resolved, weights = fitted.resolved, fitted.weights
    assert resolved is not None
    assert weights is not None
    found = {name: float(output["weight"]) for name, output in resolved.outputs.items()}
    if all(node.type != LOG_VARIANCE for node in resolved.nodes):
        return found
    values = dict(zip((name.partition("_")[2] for name in weight_slots(resolved)[0]), weights.values, strict=True))
    for name, output in resolved.outputs.items():
        log_variance = values.get(f"{output['node']}/log_variance")
        if log_variance is not None:
            found[name] *= variance_factor(output["loss"]) * float(np.exp(-log_variance))
    return found


def output_scores(estimator: Any, X: Any, y: Any) -> dict[str, Scores]:
    """Return the scores of each output of a fitted `NNMultiOutput`, for a report.

    Parameters
    ----------
    estimator : NNMultiOutput
    X, y
        As for `score`.

    Returns
    -------
    dict of str to Scores
        By output, over the samples that have a target for it.
    """
    predictions, rows, _ = estimator._scored(X, y)
    return estimator._fitted.targets.output_scores(rows, predictions)
