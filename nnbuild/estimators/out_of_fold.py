"""Out-of-fold predictions of an ensemble, and the weights and the temperature fitted to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from nnbuild.combination import Combination
from nnbuild.estimators.ensembles import Ensemble
from nnbuild.estimators.fitted import Fitted
from nnbuild.estimators.neighbors import chosen_neighbors
from nnbuild.estimators.spec import Spec
from nnbuild.estimators.training import Job, Rows
from nnbuild.inputs.checked_inputs import Inputs, select_rows
from nnbuild.tasks.targets import Targets
from nnbuild.train.common.splits import fold_count

Predict = Callable[[Fitted, Inputs], np.ndarray]  # predictions of one member for prepared samples
Score = Callable[[Fitted, np.ndarray, np.ndarray, np.ndarray | None], float]  # of targets, predictions and weights


def with_folds(spec: Spec, rows: Rows) -> Spec:
    """Return the arguments of a fit with the number of folds for its samples.

    Raises
    ------
    ValueError
        If the fit continues one that had no such folds.
    """
    previous = spec.previous.combination if spec.previous else None
    if spec.previous is None and spec.n_folds:
        return replace(spec, ensemble=spec.ensemble.with_folds(fold_count(spec.n_folds, len(rows), rows.groups)))
    if previous is not None and spec.ensemble.has_folds:
        spec = replace(spec, ensemble=spec.ensemble.with_folds(previous.n_folds))
    if spec.previous and spec.n_folds and (previous is None or previous.split_seed is None):
        found = "warm_start can't continue with folds: the members of the previous fit were trained on all samples"
        raise ValueError(f"{found}\n  hint: call fit with warm_start=False to train new networks")
    if spec.n_folds and fold_count(spec.n_folds, len(rows), rows.groups) < spec.n_folds:
        found = f"warm_start continues with {spec.n_folds} folds, which is too many for {len(rows)} samples"
        raise ValueError(f"{found}\n  hint: call fit with warm_start=False to train new networks")
    return spec


def combined(spec: Spec, jobs: Sequence[Job], fitted: Fitted, predict: Predict, score: Score) -> Fitted:
    """Return a fit with the combination of its members, and its out-of-fold predictions.

    Parameters
    ----------
    spec : Spec
    jobs : sequence of Job
    fitted : Fitted
        Result of the training.
    predict, score : callable
    """
    ensemble = spec.ensemble
    if not ensemble.has_folds and ensemble.variants == (spec.recipe,):
        return fitted
    variants = tuple(place.variant for place in ensemble.places)
    before = spec.previous.combination if spec.previous else None
    plain = before or Combination(variants, n_folds=ensemble.folds)
    plain = replace(plain, split_seed=None, score=None, neighbors=None)
    if not spec.n_folds:
        return replace(fitted, combination=plain)
    rows = jobs[0].rows
    of_groups = _of_groups(ensemble, jobs, fitted, predict)
    by_group = _group_weights(ensemble, of_groups, rows, fitted.targets)
    mean = _mean(of_groups, by_group)
    layer, chosen = ensemble.settings["neighbors"], None
    if layer:
        chosen = chosen_neighbors(layer, jobs, fitted, mean)
        mean = chosen.prediction if chosen else mean
    known = np.flatnonzero(~np.isnan(mean.reshape(len(mean), -1)).any(axis=1))
    y, weights = rows.y[known], None if rows.weights is None else rows.weights[known]
    temperature = 1.0
    if ensemble.settings["temperature"]:
        temperature = fitted.targets.temperature(mean[known], y, weights)
        mean[known] = fitted.targets.tempered(mean[known], temperature)
    found = score(fitted, y, mean[known], weights)
    combination = replace(
        plain,
        weights=_member_weights(ensemble, by_group),
        temperature=temperature,
        split_seed=spec.split_seed(jobs[0].seed),
        score=found if np.isfinite(found) else None,
        neighbors=chosen.settings if chosen else None,
    )
    return replace(
        fitted,
        combination=combination,
        out_of_fold=_with_dropped(mean, rows.kept),
        neighbors=chosen.neighbors if chosen else None,
    )


def _of_groups(ensemble: Ensemble, jobs: Sequence[Job], fitted: Fitted, predict: Predict) -> np.ndarray:
    """Return the prediction of each group for each sample: (n_groups, n_samples, ...); NaN for missing folds."""
    rows, groups = jobs[0].rows, sorted({place.group for place in ensemble.places})
    found = np.empty(0)
    for place, job, member in zip(ensemble.places, jobs, fitted.members, strict=True):
        assert job.fold is not None
        values = predict(member, select_rows(rows.X, job.fold))
        if not found.size:
            found = np.full((len(groups), len(rows), *values.shape[1:]), np.nan, values.dtype)
        found[groups.index(place.group), job.fold] = values
    return found


def _group_weights(ensemble: Ensemble, of_groups: np.ndarray, rows: Rows, targets: Targets) -> np.ndarray:
    """Return the weight of each group; the same for all members if a group has no member for a fold."""
    members = [place.group for place in ensemble.places]
    if ensemble.settings["weights"] == "equal" or np.isnan(of_groups).any():
        return np.unique(members, return_counts=True)[1] / len(members)
    return targets.group_weights(of_groups, rows.y, rows.weights)


def _mean(of_groups: np.ndarray, by_group: np.ndarray) -> np.ndarray:
    """Return the mean prediction for each sample over the groups that have one; NaN if none has."""
    known = ~np.isnan(of_groups)
    shares = known * by_group.reshape(-1, *[1] * (of_groups.ndim - 1))
    total = shares.sum(axis=0)
    sums = (shares * np.where(known, of_groups, 0)).sum(axis=0)
    return np.divide(sums, total, out=np.full(sums.shape, np.nan), where=total > 0).astype(of_groups.dtype)


def _member_weights(ensemble: Ensemble, by_group: np.ndarray) -> tuple[float, ...]:
    """Return the weight of each member, which is equal for the members of a group; empty if all are equal."""
    groups = [place.group for place in ensemble.places]
    weights = {group: weight / groups.count(group) for group, weight in zip(sorted(set(groups)), by_group, strict=True)}
    return () if np.ptp([*weights.values()]) < EQUAL else tuple(float(weights[group]) for group in groups)


def _with_dropped(found: np.ndarray, kept: np.ndarray | None) -> np.ndarray:
    """Return predictions in the order of X, with NaN for samples of weight 0."""
    if kept is None:
        return found
    whole = np.full((len(kept), *found.shape[1:]), np.nan, found.dtype)
    whole[kept] = found
    return whole


EQUAL = 1e-12  # largest difference of equal weights
