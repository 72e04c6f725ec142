"""Epochs of a fit as tasks of scikit-learn's callbacks (`set_callbacks`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nnbuild.estimators.fitted import Fitted
from nnbuild.inputs.user_data import Given
from nnbuild.private.sklearn import fit_context, has_callbacks
from nnbuild.train.common.epochs import EpochHooks
from nnbuild.train.common.model_cache import Weights


class FitTasks:
    """Task of one fit, with a subtask for each epoch. The task begins in `__init__`.

    Parameters
    ----------
    estimator : estimator
        Estimator in a method decorated by `with_callbacks`.
    data : Given
        X, y and sample weights as passed to `fit`; callbacks compute scores on them.
    n_epochs : int
        Maximum number of epochs.
    """

    def __init__(self, estimator: Any, data: Given, n_epochs: int):
        weights = data.sample_weight
        metadata = None if weights is None else {"sample_weight": weights}
        self._arguments: dict[str, Any] = {"estimator": estimator, "X": data.X, "y": data.y, "metadata": metadata}
        self._fit = fit_context(estimator, max_subtasks=n_epochs)
        self._fit.call_on_fit_task_begin(**self._arguments)

    def end(self) -> None:
        """End the task after the fitted attributes are set."""
        self._fit.call_on_fit_task_end(**self._arguments, reconstruction_attributes={})

    def hooks(self, fitted_of: Callable[[Weights], Fitted]) -> EpochHooks | None:
        """Return hooks that call the callbacks before and after each epoch; None if there are no callbacks.

        Parameters
        ----------
        fitted_of : callable
            Called with weights. Returns the result of a fit with these weights.

        Notes
        -----
        Callbacks are called once per epoch, even if a training fails in a stack and starts again alone. Each member of
        an ensemble has its own hooks.
        """
        if not has_callbacks(self._arguments["estimator"]):
            return None
        epochs = _Epochs(self._fit, self._arguments, fitted_of)
        return EpochHooks(epochs.begin, epochs.end)


class _Epochs:
    """Epochs of one network as subtasks of a fit."""

    def __init__(self, fit: Any, arguments: dict[str, Any], fitted_of: Callable[[Weights], Fitted]):
        self._fit, self._arguments, self._fitted_of = fit, arguments, fitted_of
        self._epoch: Any = None
        self._n_begun = self._n_ended = 0

    def begin(self, epoch: int) -> None:
        if epoch > self._n_begun:
            self._n_begun = epoch
            self._epoch = self._fit.subcontext(task_name="epoch")
            self._epoch.call_on_fit_task_begin(**self._arguments)

    def end(self, epoch: int, weights: Callable[[], list]) -> bool:
        if epoch <= self._n_ended:
            return False
        self._n_ended = epoch
        return self._epoch.call_on_fit_task_end(
            **self._arguments, reconstruction_attributes=lambda: self._fitted_of(Weights(weights())).attributes()
        )
