"""Read and split the real data sets of `gallery.py`."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split


class Split(NamedTuple):
    """Training set and test set of texts or numbers; labels are integers from 0."""

    how: str
    X_train: np.ndarray
    y_train: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray

    @property
    def of_texts(self) -> bool:
        """Whether samples are texts."""
        return self.X_train.dtype == object

    def flat(self) -> "Split":
        """Return the split with samples flattened to one axis. Texts are unchanged."""
        if self.of_texts:
            return self
        return self._replace(
            X_train=self.X_train.reshape(len(self.X_train), -1), X_test=self.X_test.reshape(len(self.X_test), -1)
        )

    def __str__(self) -> str:
        return f"{len(self.y_train):,} / {len(self.y_test):,}, {self.how}"


def found(folder: Path) -> list[str]:
    """Return the names of the data sets in a folder, in the order of the table."""
    return [name for name in SETS if file_of(folder, name).is_file()]


def read(folder: Path, name: str) -> Split:
    file = file_of(folder, name)
    if SETS[name] is texts:
        return texts(pd.read_csv(file))
    with np.load(file, allow_pickle=False) as arrays:
        return SETS[name](dict(arrays))


def file_of(folder: Path, name: str) -> Path:
    return folder / (f"{name}.csv.gz" if SETS[name] is texts else f"{name}.npz")


def texts(frame: pd.DataFrame) -> Split:
    """Return a stratified split with a test set of 20 %; texts are unchanged."""
    X, y = frame["text"].to_numpy(object), labels(frame["label"])
    train, test = train_test_split(np.arange(len(y)), test_size=0.2, random_state=0, stratify=y)
    return Split("at random", X[train], y[train], X[test], y[test])


def images(arrays: dict[str, np.ndarray]) -> Split:
    """Return a stratified split with a test set of 20 %; pixels from 0 to 1, with one channel."""
    X, y = (arrays["X"][..., None] / 255).astype("float32"), labels(arrays["y"])
    train, test = train_test_split(np.arange(len(y)), test_size=0.2, random_state=0, stratify=y)
    return Split("at random", X[train], y[train], X[test], y[test])


def series(arrays: dict[str, np.ndarray]) -> Split:
    """Return the published split: (steps, channels), with channels standardized on the training set."""
    X, y = arrays["X"].transpose(0, 2, 1), labels(arrays["y"])
    train, test = arrays["split"] == "train", arrays["split"] == "test"
    X = (X - X[train].mean(axis=(0, 1))) / X[train].std(axis=(0, 1))
    return Split("official", X[train], y[train], X[test], y[test])


def labels(y: np.ndarray) -> np.ndarray:
    return np.unique(y, return_inverse=True)[1]


# File name without suffix -> function that splits its data.
SETS: dict[str, Callable[..., Split]] = {
    "mnist_t10k": images,
    "italy_power_demand": series,
    "gun_point": series,
    "basic_motions": series,
    "sms_spam": texts,
    "movie_review_polarity": texts,
}
