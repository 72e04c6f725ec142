"""Groups of rows -> which whole groups are held out to validate on."""

from __future__ import annotations

import numpy as np


def groups_to_hold_out(
    groups: np.ndarray, order: np.ndarray, fraction: float, labels: np.ndarray | None = None
) -> list[int]:
    """Numbers of the groups to validate on: one or more, and not all.

    Parameters
    ----------
    groups : array of int, of shape (n_rows,)
        Number of the group of each row, from 0; there are two groups or more.
    order : array of int, of shape (n_groups,)
        The groups in the order in which they are considered.
    fraction : float
        Share of the rows to hold out.
    labels : array of shape (n_rows,), optional
        Classes of the rows.

    Notes
    -----
    A group is held out if that brings the shares of the rows and of each class nearer to `fraction`, by the sum of
    squares, in which the share of the rows counts as much as those of all classes together. Where no group does, it is
    the one that leads least far away.
    """
    shares = _shares(groups, labels)
    n_classes = shares.shape[1] - 1
    weights = np.array([max(n_classes, 1), *[1] * n_classes])

    def distance(held: np.ndarray) -> float:
        return float((weights * (held - fraction) ** 2).sum())

    held: list[int] = []
    now = np.zeros(n_classes + 1)
    for group in order.tolist():
        if len(held) < len(order) - 1 and distance(now + shares[group]) < distance(now):
            held.append(group)
            now = now + shares[group]
    return held or [min(order.tolist(), key=lambda group: distance(shares[group]))]


def _shares(groups: np.ndarray, labels: np.ndarray | None) -> np.ndarray:
    """Share of all rows, then of the rows of each class, that is in each group: (n_groups, 1 + n_classes)."""
    n_groups = groups.max() + 1
    columns = [np.bincount(groups, minlength=n_groups) / len(groups)]
    if labels is not None:
        _, codes = np.unique(labels, return_inverse=True)
        for code in range(codes.max() + 1):
            counts = np.bincount(groups[codes == code], minlength=n_groups)
            columns.append(counts / counts.sum())
    return np.stack(columns, axis=1)
