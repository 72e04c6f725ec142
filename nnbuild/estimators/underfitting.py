"""Warning about a network that predicts no better than a constant, from the losses of its training."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite

import numpy as np
from joblib.parallel import get_active_backend

from nnbuild.catalog.facts.losses import LOSSES
from nnbuild.diagnosis.training_evidence import is_chance
from nnbuild.errors import UnderfittingWarning
from nnbuild.records import History
from nnbuild.report.units import decimals
from nnbuild.tasks.constant_outputs import CONSTANTS, loss_name
from nnbuild.tasks.losses import OF_REGIONS
from nnbuild.train.common.batches import TrainingData, steps_in
from nnbuild.train.common.losses import make_losses, weighted_mean
from nnbuild.train.common.member import Member

MIN_STEPS = 20  # a shorter training is a trial of the code
MIN_LOSS = 1e-6  # of a constant prediction; below, the targets are constant


def is_suspicious(members: Sequence[Member], histories: Sequence[History], task: str) -> bool:
    """Return whether the recorded losses of a fit are no better than the loss of a constant prediction.

    Parameters
    ----------
    members : sequence of Member
        Members of an ensemble, or one network.
    histories : sequence of History
        Of each member.
    task : str

    Returns
    -------
    bool
        False if the training was shorter than `MIN_STEPS` or diverged, and for losses of whole batches or other
        packages, where the loss of a constant is not available.

    Notes
    -----
    Losses are those in the kept epoch: of the validation sets or folds, or of the training sets without them. They
    are measured with all weights of samples and classes. A loss includes penalties, and dropout in training, so it may
    be high for a good network. `warn_of_underfitting` therefore compares predictions too.
    """
    is_validated = members[0].held_out is not None
    losses = [_kept_loss(history, "val_loss" if is_validated else "loss") for history in histories]
    is_judged = task in CONSTANTS and all(map(_is_judged, members, histories)) and all(map(isfinite, losses))
    if not is_judged:
        return False
    data = _union([member.held_out or member.training for member in members])
    constant = _constant_loss(data, members[0].settings, task)
    return abs(constant) > MIN_LOSS and is_chance((constant - float(np.mean(losses))) / abs(constant), len(data))


def warn_of_underfitting(score: float, constant: float, n_samples: int, is_regression: bool, is_held_out: bool) -> None:
    """Warn if the score of predictions is no better than that of a constant prediction.

    Parameters
    ----------
    score, constant : float
        Accuracy or R2 of the predictions, and of a constant prediction for the same samples.
    n_samples : int
    is_regression : bool
    is_held_out : bool
        Whether the predictions are out-of-fold predictions. Otherwise they are those for the training set.

    Warns
    -----
    UnderfittingWarning
        Not inside parallel calls of joblib, such as a search, where some candidates are expected to fail.
    """
    is_perfect = not constant < 1  # or NaN
    if is_perfect or not is_chance((score - constant) / (1 - constant), n_samples) or is_in_parallel_call():
        return
    name, predicted = ("R2", "the mean of y") if is_regression else ("accuracy", "the most frequent class")
    samples = "of the out-of-fold predictions" if is_held_out else "on the training samples"
    found = f"the network is not clearly better than a constant prediction: {name} {decimals(score)} {samples}"
    hint = "train longer (epochs), change learning_rate, scale X, or use another recipe"
    limit = "if X has no information about y, no network is better"
    message = f"{found}, {decimals(constant)} for {predicted}\n  hint: {hint}; {limit}"
    warnings.warn(message, UnderfittingWarning, stacklevel=6)  # the caller of `fit`


def is_in_parallel_call() -> bool:
    """Return whether a fit is inside a parallel call of joblib, such as a search."""
    return get_active_backend()[0].nesting_level > 0


def _kept_loss(history: History, name: str) -> float:
    curve = history.curves.get(name, ())
    return curve[history.best_epoch - 1] if 0 < history.best_epoch <= len(curve) else np.nan


def _is_judged(member: Member, history: History) -> bool:
    if len(member.training.y) > 1 or member.training.drawing or history.stopped == "diverged":
        return False
    n_steps = history.n_epochs * steps_in(member.training, member.settings["batch_size"])
    return n_steps >= MIN_STEPS and loss_name(member.settings["loss"]) in LOSSES.keys() - OF_REGIONS


def _union(parts: Sequence[TrainingData]) -> TrainingData:
    """Return the samples of all parts, which share their arrays."""
    return replace(parts[0], rows=np.unique(np.concatenate([part.rows for part in parts])))


def _constant_loss(data: TrainingData, settings: Mapping, task: str) -> float:
    """Return the lowest loss of constant outputs of a network."""
    ((name, y),) = data.y.items()
    (loss,) = make_losses([name], settings, "float32").values()
    parts = CONSTANTS[task](y[data.rows], data.weights[name][data.rows], settings["loss"])
    arrays = ([array.astype("float32") for array in part] for part in parts)
    return min(float(weighted_mean(loss, *part)) for part in arrays)
