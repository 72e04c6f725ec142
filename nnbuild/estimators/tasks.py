"""The epochs of a fit as tasks for scikit-learn's callbacks (`set_callbacks`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nnbuild.estimators.fitted import Fitted
from nnbuild.train.epochs import EpochHooks


class FitTasks:
    """The task of one fit, which begins at once, and below it a task for each epoch.

    Parameters
    ----------
    estimator : estimator
        In a method with `with_callbacks`.
    data : tuple
        X, y and sample weights (or None) as the user gave them: callbacks score on them.
    n_epochs : int
        Most epochs that there will be.
    """

    def __init__(self, estimator: Any, data: tuple, n_epochs: int):
        X, y, weights = data
        metadata = None if weights is None else {"sample_weight": weights}
        self._told: dict[str, Any] = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
        self._fit = estimator._init_callback_context(max_subtasks=n_epochs)
        self._fit.call_on_fit_task_begin(**self._told)
        self._epoch: Any = None

    def end(self) -> None:
        """The estimator is fitted."""
        self._fit.call_on_fit_task_end(**self._told, reconstruction_attributes={})

    def epoch_hooks(self, fitted_of: Callable[[object], Fitted]) -> list[EpochHooks]:
        """Keras callbacks that tell of epochs; none where nobody listens.

        Parameters
        ----------
        fitted_of : callable
            Gives what a fit would leave behind if it ended with the model as it is.
        """
        if not getattr(self._told["estimator"], "_skl_callbacks", None):
            return []
        return [EpochHooks(self._begin_epoch, lambda model: self._end_epoch(lambda: fitted_of(model).attributes()))]

    def _begin_epoch(self) -> None:
        self._epoch = self._fit.subcontext(task_name="epoch")
        self._epoch.call_on_fit_task_begin(**self._told)

    def _end_epoch(self, attributes: Callable[[], dict]) -> bool:
        return self._epoch.call_on_fit_task_end(**self._told, reconstruction_attributes=attributes)
