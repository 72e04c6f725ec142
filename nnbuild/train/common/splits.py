"""Split samples into training set and validation set."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold, train_test_split

from nnbuild.train.common.batches import (
    FOLDS,
    SPLIT,
    TrainingData,
    check_targets,
    make_data,
    seed_sequence,
    weighted,
)
from nnbuild.train.common.sample_weights import class_weights, row_weights


def training_and_validation(
    names: list[str],
    X: object,
    y: object,
    class_weight: Mapping[str, Any] | None,
    sample_weight: object = None,
    validation: tuple | np.ndarray | None = None,
) -> tuple[TrainingData, TrainingData | None]:
    """Return the training set and the validation set (or None), with class weights.

    Parameters
    ----------
    names : list of str
        Names of the outputs.
    X : array or sparse matrix of shape (n_samples, ...), or mapping of str to either
        Inputs; a mapping has input names as keys.
    y : array of shape (n_samples, ...) or mapping of str to such arrays
        Targets; a mapping has output names as keys.
    class_weight : mapping of str to "balanced" or mapping of class to number, or None
        Of outputs, by name.
    sample_weight : array of shape (n_samples,), or mapping of str to such arrays, optional
        A mapping has output names as keys. Samples without a weight above 0 are dropped.
    validation : tuple of (X, y, sample_weight), or array of int, optional
        Validation set; an array contains indices of samples in `X`.

    Raises
    ------
    ValueError
        If arrays don't fit together, the training or validation set is empty, or it has no target for an output.
    """
    training, held_out = make_data(X, y, sample_weight, names), None
    if isinstance(validation, np.ndarray):
        training, held_out = apart(training, validation)
    elif validation is not None:
        val_X, val_y, val_weight = validation
        held_out = make_data(val_X, val_y, val_weight, names)
    if not isinstance(validation, np.ndarray):
        check_targets(training, "training set")
    if isinstance(validation, tuple) and held_out is not None:
        check_targets(held_out, "validation set")
    if not class_weight:
        return training, held_out
    by_class = {name: class_weights(training, name, value) for name, value in class_weight.items()}
    return _with_classes(training, by_class), None if held_out is None else _with_classes(held_out, by_class)


def _with_classes(data: TrainingData, by_class: Mapping[str, Mapping]) -> TrainingData:
    """Return data whose weights in losses include those of the classes of some outputs."""
    return weighted(data, {**data.weights, **{name: row_weights(data, name, own) for name, own in by_class.items()}})


def apart(data: TrainingData, validation: np.ndarray) -> tuple[TrainingData, TrainingData]:
    """Return the training set and the validation set, whose samples have the indices `validation`.

    Raises
    ------
    ValueError
        If one of them is empty, or has no target for an output.
    """
    held = np.isin(data.rows, validation)
    if held.all() or not held.any():
        counts = f"{(~held).sum()} rows to train on and {held.sum()} to validate on"
        raise ValueError(f"validation leaves {counts}; each needs at least one with a weight above 0")
    training, held_out = replace(data, rows=data.rows[~held]), replace(data, rows=data.rows[held])
    check_targets(training, "training set")
    check_targets(held_out, "validation set")
    return training, held_out


def split_rows(
    n_rows: int, fraction: float, how: str, seed: int, labels: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the indices of the training set and of the validation set, each in order.

    Parameters
    ----------
    n_rows : int
    fraction : float
        Share of the validation set, above 0 and below 1; its size is rounded up.
    how : {"random", "last"}
        Drawn with `seed`, or the last samples.
    seed : int
    labels : array of shape (n_rows,), optional
        Classes of the samples, for a stratified random split, as in scikit-learn's
        ``train_test_split(stratify=...)``. It is not stratified if a class has only one sample, or if either part
        would have fewer samples than there are classes.

    Raises
    ------
    ValueError
        If the training set would be empty.
    """
    n_held = math.ceil(fraction * n_rows)
    if n_held >= n_rows:
        raise ValueError(f"validation_fraction={fraction} of {n_rows} rows leaves none to train on")
    if how == "last":
        return np.arange(n_rows - n_held), np.arange(n_rows - n_held, n_rows)
    stratify = labels if labels is not None and _can_stratify(labels, n_held) else None
    state = np.random.RandomState(np.random.MT19937(seed_sequence(seed, SPLIT)))
    kept, held = train_test_split(np.arange(n_rows), test_size=n_held, random_state=state, stratify=stratify)
    return np.sort(kept), np.sort(held)


def split_groups(
    groups: np.ndarray, fraction: float, seed: int, labels: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the indices of the training set and of the validation set, each in order, without splitting groups.

    Parameters
    ----------
    groups : array of int, of shape (n_rows,)
        Group of each sample.
    fraction : float
        Share of the validation set, above 0 and below 1, approximated by whole groups.
    seed : int
    labels : array of shape (n_rows,), optional
        Classes of the samples, for an approximately stratified split.

    Raises
    ------
    ValueError
        If there is only one group.
    """
    _, numbers = np.unique(groups, return_inverse=True)
    _check_groups(numbers)
    order = np.random.default_rng(seed_sequence(seed, SPLIT)).permutation(numbers.max() + 1)
    held = np.isin(numbers, _groups_to_hold_out(numbers, order, fraction, labels))
    return np.flatnonzero(~held), np.flatnonzero(held)


def fold_count(folds: int, n_rows: int, groups: np.ndarray | None = None) -> int:
    """Return the number of folds for a number of samples: at least two samples per fold, but at least two folds.

    Parameters
    ----------
    folds : int
        Maximum number of folds, at least 2.
    n_rows : int
    groups : array of int, of shape (n_rows,), optional
        Group of each sample; there are at most as many folds as groups.

    Returns
    -------
    int
        0 for a single sample.

    Raises
    ------
    ValueError
        If there is only one group.
    """
    if n_rows < 2:
        return 0
    most = max(2, n_rows // 2)
    if groups is not None:
        _check_groups(groups)
        most = min(most, len(np.unique(groups)))
    return min(folds, most)


def split_folds(
    n_folds: int, n_rows: int, seed: int, labels: np.ndarray | None = None, groups: np.ndarray | None = None
) -> tuple[np.ndarray, ...]:
    """Return the indices of the samples of each fold, in order.

    Parameters
    ----------
    n_folds : int
        At least 2, and at most the number of samples and of groups.
    n_rows : int
    seed : int
    labels : array of shape (n_rows,), optional
        Classes of the samples. Folds are stratified unless a class has fewer samples than there are folds.
    groups : array of int, of shape (n_rows,), optional
        Group of each sample; a group is in one fold.
    """
    state = np.random.RandomState(np.random.MT19937(seed_sequence(seed, FOLDS)))
    shuffled: dict[str, Any] = {"n_splits": n_folds, "shuffle": True, "random_state": state}
    is_stratified = labels is not None and np.unique(labels, return_counts=True)[1].min() >= n_folds
    if groups is None:
        splitter = StratifiedKFold(**shuffled) if is_stratified else KFold(**shuffled)
    else:
        splitter = StratifiedGroupKFold(**shuffled) if is_stratified else GroupKFold(**shuffled)
    folds = tuple(held for _, held in splitter.split(np.zeros(n_rows), labels, groups))
    if all(map(len, folds)):
        return folds
    return split_folds(n_folds, n_rows, seed, None, groups)  # StratifiedGroupKFold may leave a fold without groups


def _check_groups(groups: np.ndarray) -> None:
    """Raise a `ValueError` if all samples are in one group."""
    if (groups == groups[0]).all():
        found = f"validation_groups has only one group in {len(groups)} samples, but one group is held out"
        raise ValueError(f"{found}\n  hint: pass at least two groups, or no validation_groups")


def _can_stratify(labels: np.ndarray, n_held: int) -> bool:
    counts = np.unique(labels, return_counts=True)[1]
    return counts.min() > 1 and len(counts) <= min(n_held, len(labels) - n_held)


def _groups_to_hold_out(
    groups: np.ndarray, order: np.ndarray, fraction: float, labels: np.ndarray | None = None
) -> list[int]:
    """Return the groups of the validation set: at least one, and not all.

    Parameters
    ----------
    groups : array of int, of shape (n_rows,)
        Group of each sample, from 0; at least two groups.
    order : array of int, of shape (n_groups,)
        Groups in the order in which they are considered.
    fraction : float
        Share of the validation set.
    labels : array of shape (n_rows,), optional
        Classes of the samples.

    Notes
    -----
    A group is held out if that brings the shares of samples and of each class nearer to `fraction`, by a weighted
    sum of squares. The share of samples has the same weight as those of all classes together. If no group does, the
    group with the smallest distance is held out.
    """
    shares = _shares(groups, labels)
    n_classes = shares.shape[1] - 1
    weights = np.array([max(n_classes, 1), *[1] * n_classes])

    def distance(held: np.ndarray) -> float:
        return float((weights * (held - fraction) ** 2).sum())

    held: list[int] = []
    shares_held = np.zeros(n_classes + 1)
    for group in order.tolist():
        if len(held) < len(order) - 1 and distance(shares_held + shares[group]) < distance(shares_held):
            held.append(group)
            shares_held = shares_held + shares[group]
    return held or [min(order.tolist(), key=lambda group: distance(shares[group]))]


def _shares(groups: np.ndarray, labels: np.ndarray | None) -> np.ndarray:
    """Return the share of all samples, then of each class, in each group: (n_groups, 1 + n_classes)."""
    n_groups = groups.max() + 1
    columns = [np.bincount(groups, minlength=n_groups) / len(groups)]
    if labels is not None:
        _, codes = np.unique(labels, return_inverse=True)
        for code in range(codes.max() + 1):
            counts = np.bincount(groups[codes == code], minlength=n_groups)
            columns.append(counts / counts.sum())
    return np.stack(columns, axis=1)
