"""Predictions of an ensemble from the training samples that are nearest in the outputs of a layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnbuild.combination import NeighborSettings
from nnbuild.errors import Problem, RecipeError, show
from nnbuild.estimators.ensembles import Ensemble
from nnbuild.estimators.fitted import Draft, Fitted
from nnbuild.estimators.training import Job
from nnbuild.inputs.checked_inputs import Inputs, select_rows
from nnbuild.language.ensembles import PATH
from nnbuild.tasks.constant_outputs import loss_name
from nnbuild.tasks.losses import head_of
from nnbuild.train.common.batches import dense_rows, row_bytes, seed_sequence
from nnbuild.train.common.device import on_device
from nnbuild.train.common.model_cache import Forward, forward
from nnbuild.train.common.neighbors import Keys

MAX_SAMPLES = 10_000  # training samples that are compared; a random choice of more
MAX_SAMPLE_BYTES = 2**28  # of their inputs
SCALES = tuple(np.geomspace(1e-4, 1, 9).tolist())
MAX_WEIGHT = 0.9  # in the mean: a new sample may have no near training sample
NEIGHBORS = 8  # spawn key of the seed sequence


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
        self._keys: list[Keys] = []

    def __reduce__(self):
        return Neighbors, (self.X, self.values, self.log_weights)

    def keys(self, members: Sequence[Fitted], layer: str, device: str | None = None) -> list[Keys]:
        """Return the outputs of the layer of each member for the samples, computed on the first call."""
        if not self._keys:
            X = self.X if len(self.X) > 1 else next(iter(self.X.values()))
            self._keys = [Keys(layer_outputs(member, X, layer, device), device) for member in members]
        return self._keys


@dataclass(frozen=True, eq=False)
class Chosen:
    """Settings and training samples, and the out-of-fold predictions with them."""

    settings: NeighborSettings
    neighbors: Neighbors
    prediction: np.ndarray


def check_comparable(ensemble: Ensemble, drafts: Sequence[Draft], device: str | None) -> None:
    """Raise a `RecipeError` if predictions can't be means of targets, or if outputs of the layer can't be compared.

    Parameters
    ----------
    ensemble : Ensemble
    drafts : sequence of Draft
        Fit of each variant before training.
    device : {"cpu", "gpu"} or None
    """
    layer = ensemble.settings["neighbors"]
    if not ensemble.has_folds or not layer:
        return
    first = drafts[0]
    assert first.resolved is not None
    (output,) = first.resolved.outputs.values()
    if not first.targets.has_neighbors or head_of(output["loss"]).n_values > 1:
        loss = show(loss_name(output["loss"]))
        found = f"neighbors don't support the task {show(first.targets.task)} with the loss {loss}"
        allowed = "one class for each sample; numbers, with a loss that predicts one value for each"
        raise RecipeError([Problem((*PATH, "neighbors"), found, allowed, hint="remove it", at_key=True)])
    for draft in drafts:
        shape = _program(draft.fitted(), layer, device).outputs[layer].shape[1:]
        if None in shape:
            found = f"the outputs of {show(layer)} have shape {shape}, and None is an axis of unknown length"
            hint = "name a layer without such an axis, such as GlobalAveragePooling1D or one after it"
            raise RecipeError([Problem((*PATH, "neighbors"), found, hint=hint)])


def layer_outputs(member: Fitted, X: Inputs, layer: str, device: str | None = None) -> np.ndarray:
    """Return the flattened outputs of a layer for prepared samples: array of shape (n_samples, n_units), float32."""
    assert member.weights is not None
    program = _program(member, layer, device)
    with on_device(device, required=False):
        found = program(member.weights, X)[layer]
    return found.reshape(len(found), -1).astype("float32", copy=False)


def _program(member: Fitted, layer: str, device: str | None) -> Forward:
    key = f"{device} {member.template_key}"  # a program stays on its device
    with on_device(device, required=False):
        return forward(member.template, key, (layer,))


def with_neighbors(fitted: Fitted, mean: np.ndarray, X: Inputs, device: str | None = None) -> np.ndarray:
    """Return the mean prediction of the networks, and of the nearest training samples if the ensemble has them.

    Parameters
    ----------
    fitted : Fitted
    mean : array of shape (n_samples, ...)
    X : array or mapping of str to array
        Prepared samples.
    device : {"cpu", "gpu"}, optional
    """
    samples = fitted.neighbors
    if samples is None:
        return mean
    assert fitted.combination is not None
    assert fitted.combination.neighbors is not None
    settings = fitted.combination.neighbors
    found = [
        keys.means(
            layer_outputs(member, X, settings.layer, device), samples.values, samples.log_weights, [settings.scale]
        )[0]
        for member, keys in zip(fitted.members, samples.keys(fitted.members, settings.layer, device), strict=True)
    ]
    return _mixed(mean, fitted.targets.from_neighbors(np.mean(found, axis=0)), settings.weight)


def chosen_neighbors(layer: str, jobs: Sequence[Job], fitted: Fitted, mean: np.ndarray) -> Chosen | None:
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
    samples, kept = _samples(jobs[0], fitted)
    known, means = _out_of_fold(layer, jobs, fitted, samples, kept)
    y, weights = rows.y[known], None if rows.weights is None else rows.weights[known]
    of_networks = mean[known]
    found = [targets.from_neighbors(one) for one in means]
    shares = [targets.group_weights(np.stack([of_networks, one]), y, weights)[1] for one in found]
    shares = [min(float(share), MAX_WEIGHT) for share in shares]
    mixed = [_mixed(of_networks, one, share) for one, share in zip(found, shares, strict=True)]
    losses = [targets.losses(one, y) for one in mixed]
    best = int(np.argmin([np.average(one, weights=weights) for one in losses]))
    if not _is_clear(targets.losses(of_networks, y) - losses[best], weights):
        return None
    prediction = mean.copy()
    prediction[known] = mixed[best]
    return Chosen(NeighborSettings(layer, SCALES[best], shares[best]), samples, prediction)


def _samples(job: Job, fitted: Fitted) -> tuple[Neighbors, np.ndarray]:
    """Return the training samples that are compared, and their indices, in order."""
    rows = job.rows
    arrays = rows.X if isinstance(rows.X, dict) else {next(iter(fitted.inputs)): rows.X}
    most = max(1, min(MAX_SAMPLES, MAX_SAMPLE_BYTES // sum(map(row_bytes, arrays.values()))))
    kept = np.arange(len(rows))
    if len(kept) > most:
        kept = np.sort(np.random.default_rng(seed_sequence(job.seed, NEIGHBORS)).permutation(kept)[:most])
    X = {name: dense_rows(array, kept, fitted.float_dtype) for name, array in arrays.items()}
    weights = np.ones(len(kept)) if rows.weights is None else rows.weights[kept]
    return Neighbors(X, fitted.targets.neighbor_values(rows.y[kept]), np.log(weights).astype("float32")), kept


def _out_of_fold(
    layer: str, jobs: Sequence[Job], fitted: Fitted, samples: Neighbors, kept: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the indices of samples in folds of members, and their means: (n_scales, n_samples, n_values)."""
    rows = jobs[0].rows
    sums = np.zeros((len(SCALES), len(rows), samples.values.shape[1]))
    counts = np.zeros(len(rows))
    for job, member in zip(jobs, fitted.members, strict=True):
        assert job.fold is not None
        inside = np.isin(kept, job.fold, invert=True)
        queries, trained = (
            layer_outputs(member, select_rows(rows.X, which), layer, job.device) for which in (job.fold, kept[inside])
        )
        given = samples.values[inside], samples.log_weights[inside]
        sums[:, job.fold] += Keys(trained, job.device).means(queries, *given, SCALES)
        counts[job.fold] += 1
    known = np.flatnonzero(counts)
    return known, sums[:, known] / counts[known, None]


def _is_clear(gains: np.ndarray, weights: np.ndarray | None) -> bool:
    """Return whether the mean gain is larger than its standard error."""
    shares = np.full(len(gains), 1 / len(gains)) if weights is None else weights / weights.sum()
    mean = shares @ gains
    return bool(mean > np.sqrt((shares * (gains - mean)) @ (shares * (gains - mean))))


def _mixed(mean: np.ndarray, found: np.ndarray, weight: float) -> np.ndarray:
    return ((1 - weight) * mean + weight * found.reshape(mean.shape)).astype(mean.dtype)
