"""Rows in memory, the order in which they come, and what is drawn by a seed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

MOST_STEPS = 64  # steps in one call of the compiled program: more are no faster, and Ctrl-C waits for the call
MOST_BYTES = 2**25  # of the arrays of one call: batches in training, outputs of all layers in prediction

SPLIT, _ORDER, _BOOTSTRAP, _MEMBER, _ROWS = 1, 2, 3, 4, 5  # what a seed is drawn for

# Makes of some rows (inputs by name, targets by output) those that the network sees, with a generator to draw from.
Draw = Callable[[dict[str, np.ndarray], dict[str, np.ndarray], np.random.Generator], tuple[dict, dict]]


@dataclass(frozen=True)
class Drawing:
    """What rows are drawn anew in each epoch, where they don't stay as they are.

    Attributes
    ----------
    draw : callable
    seed : int
    epoch : int
        From 1 in training; 0 for the rows to validate on, which are the same in all epochs.
    """

    draw: Draw
    seed: int
    epoch: int = 0

    def __call__(self, X: dict, y: dict, rows: np.ndarray) -> tuple[dict, dict]:
        """Inputs and targets of some rows, as the network sees them in this epoch."""
        return self.draw(X, y, np.random.default_rng(seed_sequence(self.seed, _ROWS, self.epoch, int(rows[0]))))


@dataclass(frozen=True, eq=False)
class TrainingData:
    """Samples in memory, and which rows of them count.

    Attributes
    ----------
    X : array, sparse matrix, or dict of str to either
        Inputs of shape (n_rows, ...).
    y : dict of str to array
        Targets of shape (n_rows, ...), by output.
    weights : array of shape (n_rows,) or (n_rows, ...)
        What each row counts in the loss: sample weights times class weights. Where a row has classes at several
        positions that weigh differently, what each of them counts.
    sample_weights : array of shape (n_rows,)
        What each row counts in the metrics.
    rows : array of shape (n_samples,)
        Indices of the rows in use. Arrays are shared, never copied whole.
    drawing : Drawing or None
        What the network sees in place of the rows; by default the rows as they are. Inputs have names then.
    """

    X: Any
    y: dict[str, np.ndarray]
    weights: np.ndarray
    sample_weights: np.ndarray
    rows: np.ndarray
    drawing: Drawing | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, rows: np.ndarray, float_dtype: str) -> tuple:
        """Inputs, targets and weights of some rows, real numbers in `float_dtype`."""
        inputs = self.X if isinstance(self.X, dict) else {"": self.X}
        X = {name: dense_rows(array, rows, float_dtype) for name, array in inputs.items()}
        y = {name: dense_rows(array, rows, float_dtype) for name, array in self.y.items()}
        if self.drawing:
            X, y = self.drawing(X, y, rows)
        return X if isinstance(self.X, dict) else X[""], y, dense_rows(self.weights, rows, float_dtype)

    def of_epoch(self, epoch: int) -> TrainingData:
        """These as they are in an epoch, counted from 1: others, where rows are drawn."""
        return replace(self, drawing=replace(self.drawing, epoch=epoch)) if self.drawing else self

    @property
    def row_bytes(self) -> int:
        """Memory of one row, in bytes."""
        inputs = self.X.values() if isinstance(self.X, dict) else [self.X]
        weights = [self.weights] if self.weights.ndim > 1 else []
        return sum(row_bytes(array) for array in [*inputs, *self.y.values(), *weights])


def make_data(X: object, y: object, sample_weight: object, names: list[str]) -> TrainingData:
    """Arrays as `TrainingData`; rows of weight zero are left out.

    Parameters
    ----------
    X : array or sparse matrix of shape (n_rows, ...), or mapping of str to either
        Sparse ones are made dense batch by batch.
    y : array of shape (n_rows, ...) or mapping of str to such arrays
        A mapping goes by output name.
    sample_weight : array of shape (n_rows,) or None
    names : list of str
        The model's outputs.

    Raises
    ------
    ValueError
        If lengths differ, outputs have no targets, or weights are negative, not finite or all zero.
    """
    inputs: Any
    if isinstance(X, Mapping) and not is_sparse(X):  # SciPy's dictionaries of keys are mappings too
        inputs = {name: _sliceable(array) for name, array in X.items()}
        lengths = {f"X[{name!r}]": array.shape[0] for name, array in inputs.items()}
    else:
        inputs = _sliceable(X)
        lengths = {"X": inputs.shape[0]}
    targets = _targets(y, names)
    lengths |= {f"y[{name!r}]" if len(targets) > 1 else "y": len(array) for name, array in targets.items()}
    n_rows = next(iter(lengths.values()))
    weights = np.ones(n_rows) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
    if sample_weight is not None:
        lengths["sample_weight"] = len(weights)
    if len(set(lengths.values())) > 1:
        raise ValueError("lengths differ: " + ", ".join(f"{name} has {n} rows" for name, n in lengths.items()))
    if weights.ndim != 1:
        raise ValueError(f"sample_weight must be of shape ({n_rows},), got {weights.shape}")
    return weighted(TrainingData(inputs, targets, weights, weights, np.arange(n_rows)), weights)


def weighted(data: TrainingData, weights: np.ndarray) -> TrainingData:
    """`data` with other weights in the loss; rows of weight zero are left out."""
    used = weights[data.rows]
    if not np.isfinite(used).all() or (used < 0).any():
        raise ValueError("sample_weight must hold finite numbers of at least 0")
    if not used.any():
        raise ValueError("no row has a weight above 0" if len(used) else "there are no rows to train on")
    counts = used.any(axis=tuple(range(1, used.ndim)))
    return replace(data, weights=weights, rows=data.rows[counts])


def resampled(data: TrainingData, seed: int) -> TrainingData:
    """`data` with as many of the rows in use, drawn with replacement: a bootstrap sample."""
    drawn = np.random.default_rng(seed_sequence(seed, _BOOTSTRAP)).choice(data.rows, len(data))
    return replace(data, rows=np.sort(drawn))


def epoch_order(data: TrainingData, shuffle: bool, seed: int, epoch: int) -> np.ndarray:
    """The rows in use in the order of one epoch: it depends on their number, `seed` and `epoch` alone."""
    if not shuffle:
        return data.rows
    return np.random.default_rng(seed_sequence(seed, _ORDER, epoch)).permutation(data.rows)


def steps_in(data: TrainingData, batch_size: int) -> int:
    """Number of batches in an epoch, a short last one included."""
    return -(-len(data) // batch_size)


def calls(data: TrainingData, order: np.ndarray, batch_size: int, most_steps: int) -> Iterator[np.ndarray]:
    """`order` cut into the rows of several whole batches, at most `most_steps` and about 32 MiB."""
    fitting = MOST_BYTES // max(1, batch_size * data.row_bytes)
    length = batch_size * max(1, min(most_steps, fitting))
    for start in range(0, len(order), length):
        yield order[start : start + length]


def class_labels(y: np.ndarray) -> np.ndarray | None:
    """Classes of targets with one label per row, whole-numbered, in one column or one-hot; None for others."""
    if y.ndim == 1 or y.shape[1:] == (1,):
        return y.reshape(-1)
    if y.ndim == 2 and np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all():
        return y.argmax(axis=1)
    return None


def dense_rows(array: Any, rows: np.ndarray | slice, float_dtype: str) -> np.ndarray:
    """Some rows of an array or sparse matrix as an array, real numbers in `float_dtype`."""
    part = array[rows]
    part = part.toarray() if is_sparse(part) else part
    return part.astype(float_dtype, copy=False) if part.dtype.kind == "f" else part


def row_bytes(array: Any) -> int:
    """Memory of one row of an array or sparse matrix once it is dense, in bytes."""
    return math.prod(array.shape[1:]) * array.dtype.itemsize


def is_sparse(array: object) -> bool:
    """Whether something is one of SciPy's sparse arrays or matrices."""
    return hasattr(array, "toarray")


def fresh_seed() -> int:
    """A seed from the operating system, for fits that need not be repeated."""
    return int(np.random.SeedSequence().generate_state(1, np.uint64)[0])


def member_seeds(seed: int, n_members: int) -> list[int]:
    """The seed of each member of an ensemble: the first has `seed` itself, and none depends on how many there are."""
    others = (seed_sequence(seed, _MEMBER, member).generate_state(1) for member in range(1, n_members))
    return [seed, *(int(state[0] >> 1) for state in others)]


def seed_sequence(seed: int, *purpose: int) -> np.random.SeedSequence:
    """What a seed gives for one purpose: a number of those above, perhaps with others."""
    return np.random.SeedSequence(seed, spawn_key=purpose)


def _targets(y: object, names: list[str]) -> dict[str, np.ndarray]:
    if not isinstance(y, Mapping):
        if len(names) > 1:
            raise ValueError(f"y must map each output to its targets; outputs: {', '.join(sorted(names))}")
        y = {names[0]: y}
    if set(y) != set(names):
        got, wanted = (", ".join(sorted(map(str, keys))) or "none" for keys in (y, names))
        raise ValueError(f"y has targets for {got}; outputs: {wanted}")
    return {name: np.asarray(y[name]) for name in names}


def _sliceable(array: Any) -> Any:
    return array.tocsr() if is_sparse(array) else np.asarray(array)
