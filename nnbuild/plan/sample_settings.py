"""Batch size and number of epochs, which may depend on the number of training samples."""

from __future__ import annotations

import math
from collections.abc import Mapping

from nnbuild.language.vocabulary_inputs import AUTO

EPOCHS_DEFAULTS = {"min": 1, "max": 1000}  # limits of the number of epochs, if it is given by steps
AUTO_BATCH_SIZES = ((1024, 32), (2048, 64), (8192, 128))  # maximum number of samples, and batch size
MAX_AUTO_BATCH_SIZE = 256  # for more samples
EVEN = "even"  # batch size


def batch_size_of(training: Mapping, n_samples: int | None = None) -> int:
    """Return the batch size of a training section; "auto" and "even" depend on the number of training samples.

    Parameters
    ----------
    training : mapping
    n_samples : int, optional
        By default unknown: "auto" and "even" are then the largest value of "auto".

    Examples
    --------
    >>> [batch_size_of({"batch_size": "auto"}, n) for n in (1000, 2000, 8000, 9000)]
    [32, 64, 128, 256]
    >>> [batch_size_of({"batch_size": "even"}, n) for n in (20, 36, 67, 1000)]
    [32, 37, 34, 59]
    """
    given = training["batch_size"]
    if given not in (AUTO, EVEN):
        return given
    size = next((size for most, size in AUTO_BATCH_SIZES if n_samples and n_samples <= most), MAX_AUTO_BATCH_SIZE)
    return _even_size(n_samples, size) if n_samples and given == EVEN else size


def epochs_of(training: Mapping, n_samples: int | None = None) -> int:
    """Return the maximum number of epochs of a training section; steps depend on the number of training samples.

    Parameters
    ----------
    training : mapping
    n_samples : int, optional
        By default unknown: a number that is given by steps is then its largest value.

    Examples
    --------
    >>> training = {"batch_size": 32, "epochs": {"steps": 1000, "min": 10, "max": 200}}
    >>> [epochs_of(training, n) for n in (100, 1000, 10_000)]
    [200, 32, 10]
    """
    given = training["epochs"]
    if isinstance(given, int):
        return given
    limits = {**EPOCHS_DEFAULTS, **given}
    if n_samples is None:
        return max(limits["min"], limits["max"])
    n_steps = math.ceil(n_samples / batch_size_of(training, n_samples))  # per epoch
    return max(limits["min"], min(limits["max"], math.ceil(given["steps"] / n_steps)))


def _even_size(n_samples: int, least: int) -> int:
    """Return the batch size below twice `least` with the largest last batch, also for a fold with one more sample."""
    return min(range(least, 2 * least), key=lambda size: max(-n_samples % size, -(n_samples + 1) % size))
