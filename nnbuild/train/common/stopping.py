"""Early stopping, the best epoch, and divergence."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nnbuild.errors import DivergenceError, DivergenceWarning, did_you_mean, name_list


@dataclass(frozen=True)
class Rule:
    """Rule for early stopping.

    Attributes
    ----------
    monitor : str
        The monitored curve.
    up : bool
        Whether higher values are better.
    patience : int or None
        Epochs without improvement before training stops; None for no limit.
    min_delta : float
        Minimum change that counts as improvement.
    restore_best : bool
        Whether the weights of the best epoch are restored at the end.
    """

    monitor: str
    up: bool
    patience: int | None
    min_delta: float
    restore_best: bool


class Watch:
    """Best epoch so far, and the number of epochs without improvement.

    Attributes
    ----------
    rule : Rule
    best_epoch : int
        Counted from 1; 0 before the first epoch has ended.
    improved : bool
        Whether the last epoch is the best so far.
    """

    def __init__(self, rule: Rule):
        self.rule = rule
        self.best_epoch = 0
        self.improved = False
        self._best_value = math.nan
        self._n_without_improvement = 0

    def end_epoch(self, epoch: int, logs: Mapping[str, float]) -> bool:
        """Register an epoch, and return whether training should stop."""
        value = logs[self.rule.monitor]
        self.improved = self.best_epoch == 0 or math.isnan(self._best_value) or self._improves(value)
        if self.improved:
            self.best_epoch, self._best_value, self._n_without_improvement = epoch, value, 0
            return False
        self._n_without_improvement += 1
        return self.rule.patience is not None and self._n_without_improvement >= self.rule.patience

    def _improves(self, value: float) -> bool:
        gain = value - self._best_value if self.rule.up else self._best_value - value
        return gain > self.rule.min_delta


def stopping_rule(early_stopping: bool | Mapping, directions: Mapping[str, str | None], validated: bool) -> Rule:
    """Return the rule for the setting `early_stopping`.

    Parameters
    ----------
    early_stopping : bool or mapping
        False, True, or any of `monitor`, `patience` (10), `min_delta` (0), `restore_best` (true).
        By default "val_loss" is monitored, or "loss" without a validation set.
    directions : mapping of str to "up", "down" or None
        Direction in which each training curve improves.
    validated : bool
        Whether there are validation curves.

    Raises
    ------
    ValueError
        If there is no such curve, or it has no direction of improvement.
    """
    given = dict(early_stopping) if isinstance(early_stopping, Mapping) else {}
    monitor = given.get("monitor") or ("val_loss" if validated else "loss")
    known = {**directions, **({f"val_{name}": way for name, way in directions.items()} if validated else {})}
    if monitor not in known:
        hint = did_you_mean(monitor, known)
        raise ValueError(
            f"early_stopping.monitor: no metric is named {monitor!r}\n  allowed: {name_list(known, monitor)}"
            + (f"\n  hint: {hint}" if hint else "")
        )
    if known[monitor] is None:
        raise ValueError(f"early_stopping.monitor: {monitor!r} has no direction of improvement")
    on = early_stopping is not False
    return Rule(
        monitor,
        up=known[monitor] == "up",
        patience=given.get("patience", 10) if on else None,
        min_delta=given.get("min_delta", 0.0) if on else 0.0,
        restore_best=given.get("restore_best", True) if on else False,
    )


def curves(epochs: Sequence[Mapping[str, float]]) -> dict[str, tuple[float, ...]]:
    """Return the values of each name over the epochs."""
    names = epochs[0] if epochs else ("loss",)
    return {name: tuple(logs[name] for logs in epochs) for name in names}


def divergence(epoch: int, losses: np.ndarray, val_loss: float | None, weights_are_finite: bool) -> str:
    """Return a message about the first NaN or infinite value in an epoch; empty if there is none.

    Parameters
    ----------
    epoch : int
        Counted from 1.
    losses : array of shape (n_steps,)
        Loss of each step.
    val_loss : float or None
        None without a validation set.
    weights_are_finite : bool
        Whether the weights are finite after the last step.
    """
    steps = np.flatnonzero(~np.isfinite(losses))
    step = int(steps[0]) + 1 if len(steps) else len(losses)
    place = f"in epoch {epoch}, step {step} of {len(losses)}"
    if len(steps):
        return f"the loss became {losses[step - 1]} {place}"
    if not weights_are_finite:
        return f"the weights became NaN or infinite {place}"
    if val_loss is not None and not math.isfinite(val_loss):
        return f"the validation loss became {val_loss} {place}"
    return ""


def report_divergence(what: str, best_epoch: int) -> None:
    """Raise a `DivergenceError` if the first epoch diverged, otherwise warn."""
    if best_epoch == 0:
        raise DivergenceError(
            f"{what}, before the end of the first epoch; the weights are the initial ones\n"
            "  hint: reduce learning_rate, scale the inputs, and check them for NaN"
        )
    message = f"{what}: training stopped, the weights of epoch {best_epoch} are kept"
    warnings.warn(message, DivergenceWarning, stacklevel=3)
