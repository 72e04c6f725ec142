"""Constant predictions: the best outputs of a network that do not depend on its input, for each task."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from nnbuild import catalog
from nnbuild.catalog.json_form import type_of
from nnbuild.tasks.losses import OF_CLASSES, head_of

Constant = tuple[np.ndarray, np.ndarray, np.ndarray]
MIN_SHARE = 1e-7  # keeps the loss of a missing class finite


def loss_name(loss: str | Mapping) -> str:
    """Return the name of a loss in the catalog."""
    return catalog.own_name("losses", type_of(loss))


# Each yields targets, constant outputs of the network for them, and weights. The best constant has the lowest loss.


def _of_classes(y: np.ndarray, weights: np.ndarray, loss: str | Mapping) -> Iterator[Constant]:
    weights = np.broadcast_to(weights.reshape(-1, *[1] * (y.ndim - weights.ndim), *weights.shape[1:]), y.shape)
    counts = np.bincount(y.ravel(), weights.ravel(), minlength=2)
    classes, shares = np.arange(len(counts)), counts / counts.sum()
    outputs = _outputs(shares if loss_name(loss) in OF_CLASSES else shares[1:], loss)
    yield classes if len(outputs) > 1 else classes[:, None], np.tile(outputs, (len(classes), 1)), counts


def _of_labels(y: np.ndarray, weights: np.ndarray, loss: str | Mapping) -> Iterator[Constant]:
    shares = np.average(y, axis=0, weights=weights)
    yield y, np.broadcast_to(_outputs(shares, loss), y.shape), weights


def _of_numbers(y: np.ndarray, weights: np.ndarray, loss: str | Mapping) -> Iterator[Constant]:
    head = head_of(loss)
    if head.listed:
        candidates = [np.quantile(y, head.listed, axis=0).T]
    else:
        candidates = [np.average(y, axis=0, weights=weights), np.median(y, axis=0)]
    for outputs in candidates:
        yield y, np.broadcast_to(outputs.ravel(), (len(y), outputs.size)), weights


def _outputs(shares: np.ndarray, loss: str | Mapping) -> np.ndarray:
    """Return the outputs of a network with these probabilities: themselves, or logits."""
    shares = np.clip(shares, MIN_SHARE, 1 - MIN_SHARE)
    if not (isinstance(loss, Mapping) and loss.get("from_logits")):
        return shares
    return np.log(shares) if loss_name(loss) in OF_CLASSES else np.log(shares / (1 - shares))


CONSTANTS: dict[str, Callable[[np.ndarray, np.ndarray, str | Mapping], Iterator[Constant]]] = {
    "binary": _of_classes,
    "multiclass": _of_classes,
    "segmentation": _of_classes,
    "multilabel": _of_labels,
    "regression": _of_numbers,
}
