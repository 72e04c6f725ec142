"""The epochs of a fit as tasks for scikit-learn's callbacks (`set_callbacks`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nnbuild.estimators.fitted import Fitted
from nnbuild.inputs.user_data import Given
from nnbuild.private.sklearn import fit_context, has_callbacks
from nnbuild.train.common.epochs import EpochHooks
from nnbuild.train.common.model_cache import Weights


class FitTasks:
    """The task of one fit, which begins at once, and below it a task for each epoch.

    Parameters
    ----------
    estimator : estimator
        In a method with `with_callbacks`.
    data : Given
        X, y and sample weights as the user gave them: callbacks score on them.
    n_epochs : int
        Most epochs that there will be.
    """

    def __init__(self, estimator: Any, data: Given, n_epochs: int):
        weights = data.sample_weight
        metadata = None if weights is None else {"sample_weight": weights}
        self._told: dict[str, Any] = {"estimator": estimator, "X": data.X, "y": data.y, "metadata": metadata}
        self._fit = fit_context(estimator, max_subtasks=n_epochs)
        self._fit.call_on_fit_task_begin(**self._told)

    def end(self) -> None:
        """The estimator is fitted."""
        self._fit.call_on_fit_task_end(**self._told, reconstruction_attributes={})

    def hooks(self, fitted_of: Callable[[Weights], Fitted]) -> EpochHooks | None:
        """What tells callbacks of epochs; None where nobody listens.

        Parameters
        ----------
        fitted_of : callable
            Gives what a fit would leave behind if it ended with some weights.

        Notes
        -----
        Each epoch is told once, also where a training that failed among others begins anew. Members of an ensemble
        have hooks each, and are told of one by one.
        """
        if not has_callbacks(self._told["estimator"]):
            return None
        epochs = _Epochs(self._fit, self._told, fitted_of)
        return EpochHooks(epochs.begin, epochs.end)


class _Epochs:
    """The epochs of one network as tasks of a fit."""

    def __init__(self, fit: Any, told: dict[str, Any], fitted_of: Callable[[Weights], Fitted]):
        self._fit, self._told, self._fitted_of = fit, told, fitted_of
        self._epoch: Any = None
        self._n_begun = self._n_ended = 0

    def begin(self, epoch: int) -> None:
        if epoch > self._n_begun:
            self._n_begun = epoch
            self._epoch = self._fit.subcontext(task_name="epoch")
            self._epoch.call_on_fit_task_begin(**self._told)

    def end(self, epoch: int, weights: Callable[[], list]) -> bool:
        if epoch <= self._n_ended:
            return False
        self._n_ended = epoch
        return self._epoch.call_on_fit_task_end(
            **self._told, reconstruction_attributes=lambda: self._fitted_of(Weights(weights())).attributes()
        )
