"""Predictions of an ensemble from the training samples that are nearest in the outputs of a layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from nnbuild.errors import Problem, RecipeError, show
from nnbuild.estimators.ensembles import Ensemble
from nnbuild.estimators.fitted import Draft, Fitted
from nnbuild.estimators.training import Job
from nnbuild.inputs.checked_inputs import Inputs, select_rows
from nnbuild.language.ensembles import PATH
from nnbuild.records import NeighborSettings
from nnbuild.tasks.constant_outputs import loss_name
from nnbuild.tasks.losses import head_of
from nnbuild.train.common.batches import dense_rows, seed_sequence
from nnbuild.train.common.device import on_device
from nnbuild.train.common.model_cache import forward
from nnbuild.train.common.neighbors import neighbor_means

MAX_SAMPLES = 10_000  # training samples that are compared; a random choice of more
SCALES = np.geomspace(1e-4, 1, 9)
MAX_WEIGHT = 0.9  # in the mean: a new sample may have no near training sample
NEIGHBORS = 8  # spawn key of the seed sequence
Embed = Callable[[Fitted, Inputs], np.ndarray]  # outputs of the layer of one member for prepared samples


class Neighbors:
    """Training samples that predictions depend on. They can be pickled.

    Parameters
    ----------
    X : dict of str to array of shape (n_samples, ...)
        Prepared samples, by input.
    values : array of shape (n_samples, n_values)
        Their targets, see `Targets.neighbor_values`.
    log_weights : array of shape (n_samples,)
        Logarithm of their sample weights.
    """

    def __init__(self, X: dict[str, np.ndarray], values: np.ndarray, log_weights: np.ndarray):
        self.X = X
        self.values = values
        self.log_weights = log_weights
        self._keys: list[np.ndarray] = []

    def __reduce__(self):
        return Neighbors, (self.X, self.values, self.log_weights)

    def keys(self, members: Sequence[Fitted], embed: Embed) -> list[np.ndarray]:
        """Return the outputs of the layer of each member for the samples, computed on the first call."""
        if not self._keys:
            X = self.X if len(self.X) > 1 else next(iter(self.X.values()))
            self._keys = [embed(member, X) for member in members]
        return self._keys


@dataclass(frozen=True, eq=False)
class Chosen:
    """Settings and training samples, and the out-of-fold predictions with them."""

    settings: NeighborSettings
    neighbors: Neighbors
    prediction: np.ndarray


def check_neighbors(ensemble: Ensemble, draft: Draft) -> None:
    """Raise a `RecipeError` for a task whose predictions can't be means of targets."""
    if not ensemble.has_folds or not ensemble.settings["neighbors"]:
        return
    assert draft.resolved is not None
    (output,) = draft.resolved.outputs.values()
    if not draft.targets.has_neighbors or head_of(output["loss"]).n_values > 1:
        loss = show(loss_name(output["loss"]))
        found = f"neighbors don't support the task {show(draft.targets.task)} with the loss {loss}"
        allowed = "one class for each sample; numbers, with a loss that predicts one value for each"
        raise RecipeError([Problem((*PATH, "neighbors"), found, allowed, hint="remove it", at_key=True)])


def layer_outputs(member: Fitted, X: Inputs, layer: str, device: str | None = None) -> np.ndarray:
    """Return the flattened outputs of a layer for prepared samples: array of shape (n_samples, n_units), float32."""
    assert member.weights is not None
    key = f"{device} {member.template_key}"  # a program stays on its device
    with on_device(device, required=False):
        found = forward(member.template, key, (layer,))(member.weights, X)[layer]
    return found.reshape(len(found), -1).astype("float32", copy=False)


def with_neighbors(fitted: Fitted, mean: np.ndarray, X: Inputs, embed: Embed) -> np.ndarray:
    """Return the mean prediction of the networks, and of the nearest training samples if the ensemble has them.

    Parameters
    ----------
    fitted : Fitted
    mean : array of shape (n_samples, ...)
    X : array or mapping of str to array
        Prepared samples.
    embed : callable
    """
    neighbors = fitted.neighbors
    if neighbors is None:
        return mean
    assert fitted.combination is not None
    assert fitted.combination.neighbors is not None
    settings = fitted.combination.neighbors
    keys = neighbors.keys(fitted.members, embed)
    found = [
        neighbor_means(embed(member, X), own, neighbors.values, neighbors.log_weights, settings.scale)
        for member, own in zip(fitted.members, keys, strict=True)
    ]
    return _mixed(mean, fitted.targets.from_neighbors(np.mean(found, axis=0)), settings.weight)


def chosen_neighbors(layer: str, jobs: Sequence[Job], fitted: Fitted, mean: np.ndarray, embed: Embed) -> Chosen | None:
    """Choose scale and weight of the nearest training samples by the out-of-fold predictions.

    Parameters
    ----------
    layer : str
        Name of the layer.
    jobs : sequence of Job
        Of each member.
    fitted : Fitted
        Result of the training.
    mean : array of shape (n_samples, ...)
        Out-of-fold predictions of the networks; NaN for samples without one.
    embed : callable

    Returns
    -------
    Chosen or None
        None if the gain is not larger than its standard error.

    Notes
    -----
    A member compares the samples of its fold with those it was trained on. For each scale, the weight is that of
    `Targets.group_weights`; the scale with the lowest loss is chosen. The rule of one standard error [1]_ avoids
    the cost of the comparison for a small or doubtful gain.

    References
    ----------
    .. [1] Breiman, Friedman, Olshen and Stone, "Classification and regression trees", 1984, section 3.4.3.
    """
    rows, targets = jobs[0].rows, fitted.targets
    kept = _chosen_rows(len(rows), jobs[0].seed)
    values = targets.neighbor_values(rows.y[kept])
    log_weights = np.log(np.ones(len(kept)) if rows.weights is None else rows.weights[kept]).astype("float32")
    sums = np.zeros((len(SCALES), len(rows), values.shape[1]))
    counts = np.zeros(len(rows))
    for job, member in zip(jobs, fitted.members, strict=True):
        assert job.fold is not None
        outputs, fold = embed(member, rows.X), job.fold
        inside = np.isin(kept, fold, invert=True)
        given = outputs[kept[inside]], values[inside], log_weights[inside]
        sums[:, fold] += [neighbor_means(outputs[fold], *given, scale) for scale in SCALES]
        counts[fold] += 1
    known = np.flatnonzero(counts)
    y, weights = rows.y[known], None if rows.weights is None else rows.weights[known]
    found = [targets.from_neighbors(one[known] / counts[known, None]) for one in sums]
    shares = [targets.group_weights(np.stack([mean[known], one]), y, weights)[1] for one in found]
    shares = [min(float(share), MAX_WEIGHT) for share in shares]
    mixed = [_mixed(mean[known], one, share) for one, share in zip(found, shares, strict=True)]
    losses = [targets.losses(one, y) for one in mixed]
    best = int(np.argmin([np.average(one, weights=weights) for one in losses]))
    gains = targets.losses(mean[known], y) - losses[best]
    gain = np.average(gains, weights=weights)
    if not gain > np.sqrt(np.average((gains - gain) ** 2, weights=weights) / len(gains)):
        return None
    prediction = mean.copy()
    prediction[known] = mixed[best]
    X = select_rows(rows.X, kept)
    arrays = X if isinstance(X, dict) else {next(iter(fitted.inputs)): X}
    dense = {name: dense_rows(array, slice(None), fitted.float_dtype) for name, array in arrays.items()}
    settings = NeighborSettings(layer, float(SCALES[best]), shares[best])
    return Chosen(settings, Neighbors(dense, values, log_weights), prediction)


def _chosen_rows(n_rows: int, seed: int) -> np.ndarray:
    """Return the indices of at most `MAX_SAMPLES` random samples, in order."""
    if n_rows <= MAX_SAMPLES:
        return np.arange(n_rows)
    rng = np.random.default_rng(seed_sequence(seed, NEIGHBORS))
    return np.sort(rng.permutation(n_rows)[:MAX_SAMPLES])


def _mixed(mean: np.ndarray, found: np.ndarray, weight: float) -> np.ndarray:
    return ((1 - weight) * mean + weight * found.reshape(mean.shape)).astype(mean.dtype)
