"""Training data in memory, its order in an epoch, and random draws by seed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

MAX_STEPS = 64  # per call of the compiled program: more are not faster, and Ctrl-C waits for the end of the call
MAX_BYTES = 2**25  # of the arrays of one call: batches in training, outputs of all layers in prediction

# Spawn keys of seed sequences, one for each purpose.
SPLIT, _ORDER, _BOOTSTRAP, _MEMBER, _ROWS, ADAPTATION, FOLDS = 1, 2, 3, 4, 5, 6, 7

# Called with inputs by name, targets by output and a random generator. Returns drawn inputs and targets.
Draw = Callable[[dict[str, np.ndarray], dict[str, np.ndarray], np.random.Generator], tuple[dict, dict]]


@dataclass(frozen=True)
class Drawing:
    """Random draws that replace the samples in each epoch.

    Attributes
    ----------
    draw : callable
    seed : int
    epoch : int
        From 1 in training; 0 for the validation set, which is the same in all epochs.
    """

    draw: Draw
    seed: int
    epoch: int = 0

    def __call__(self, X: dict, y: dict, rows: np.ndarray) -> tuple[dict, dict]:
        """Return inputs and targets for some samples in this epoch."""
        return self.draw(X, y, np.random.default_rng(seed_sequence(self.seed, _ROWS, self.epoch, int(rows[0]))))


@dataclass(frozen=True, eq=False)
class TrainingData:
    """Samples in memory, and the indices of the samples in use.

    Attributes
    ----------
    X : array, sparse matrix, or dict of str to either
        Inputs of shape (n_rows, ...).
    y : dict of str to array
        Targets of shape (n_rows, ...), by output.
    weights : dict of str to array of shape (n_rows,) or (n_rows, ...)
        Weight of each sample in the loss of each output: sample weight times class weight, and 0 for a sample without a
        target for the output. If each position of a sample has a class, the weight of each position.
    sample_weights : dict of str to array of shape (n_rows,)
        Weight of each sample in the metrics of each output.
    rows : array of shape (n_samples,)
        Indices of the samples in use. Subsets share the arrays, without copies.
    drawing : Drawing or None
        Random draws that replace the samples; by default none. Requires inputs with names.
    """

    X: Any
    y: dict[str, np.ndarray]
    weights: dict[str, np.ndarray]
    sample_weights: dict[str, np.ndarray]
    rows: np.ndarray
    drawing: Drawing | None = None

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def n_rows(self) -> int:
        """Number of samples in memory."""
        return len(next(iter(self.sample_weights.values())))

    def take(self, rows: np.ndarray, float_dtype: str) -> tuple:
        """Return inputs, targets and weights of some samples, floats in `float_dtype`."""
        inputs = self.X if isinstance(self.X, dict) else {"": self.X}
        X = {name: dense_rows(array, rows, float_dtype) for name, array in inputs.items()}
        y = {name: dense_rows(array, rows, float_dtype) for name, array in self.y.items()}
        if self.drawing:
            X, y = self.drawing(X, y, rows)
        weights = {name: dense_rows(array, rows, float_dtype) for name, array in self.weights.items()}
        return X if isinstance(self.X, dict) else X[""], y, weights

    def take_sample_weights(self, rows: np.ndarray, float_dtype: str) -> dict[str, np.ndarray]:
        """Return the weights of some samples in metrics, by output."""
        return {name: dense_rows(array, rows, float_dtype) for name, array in self.sample_weights.items()}

    def of_epoch(self, epoch: int) -> TrainingData:
        """Return the data for an epoch, counted from 1. Epochs differ only if samples are drawn."""
        return replace(self, drawing=replace(self.drawing, epoch=epoch)) if self.drawing else self

    @property
    def row_bytes(self) -> int:
        """Memory of one sample, in bytes."""
        inputs = self.X.values() if isinstance(self.X, dict) else [self.X]
        weights = [array for array in self.weights.values() if array.ndim > 1]
        return sum(row_bytes(array) for array in [*inputs, *self.y.values(), *weights])


def make_data(X: object, y: object, sample_weight: object, names: list[str]) -> TrainingData:
    """Return arrays as `TrainingData`, without samples of weight 0.

    Parameters
    ----------
    X : array or sparse matrix of shape (n_rows, ...), or mapping of str to either
        Sparse matrices are converted to dense arrays batch by batch.
    y : array of shape (n_rows, ...) or mapping of str to such arrays
        A mapping has output names as keys.
    sample_weight : array of shape (n_rows,), mapping of str to such arrays, or None
        A mapping has output names as keys.
    names : list of str
        Outputs of the model.

    Raises
    ------
    ValueError
        If lengths differ, outputs have no targets, or weights are negative, not finite or all zero.
    """
    inputs: Any
    if isinstance(X, Mapping) and not is_sparse(X):  # SciPy's dictionary-of-keys matrices are mappings too
        inputs = {name: _sliceable(array) for name, array in X.items()}
        lengths = {f"X[{name!r}]": array.shape[0] for name, array in inputs.items()}
    else:
        inputs = _sliceable(X)
        lengths = {"X": inputs.shape[0]}
    targets = _targets(y, names)
    lengths |= {f"y[{name!r}]" if len(targets) > 1 else "y": len(array) for name, array in targets.items()}
    n_rows = next(iter(lengths.values()))
    weights = _sample_weights(sample_weight, names, n_rows)
    lengths |= {"sample_weight": max(map(len, weights.values()))} if sample_weight is not None else {}
    if len(set(lengths.values())) > 1:
        raise ValueError("lengths differ: " + ", ".join(f"{name} has {n} rows" for name, n in lengths.items()))
    for array in weights.values():
        if array.ndim != 1:
            raise ValueError(f"sample_weight must be of shape ({n_rows},), got {array.shape}")
    return weighted(TrainingData(inputs, targets, weights, weights, np.arange(n_rows)), weights)


def weighted(data: TrainingData, weights: dict[str, np.ndarray]) -> TrainingData:
    """Return `data` with other weights in the losses, without samples whose weights are all 0."""
    used = {name: array[data.rows] for name, array in weights.items()}
    if not all(np.isfinite(array).all() and (array >= 0).all() for array in used.values()):
        raise ValueError("sample_weight must be finite and non-negative")
    parts = [array.any(axis=tuple(range(1, array.ndim))) for array in used.values()]
    is_used = parts[0] if len(parts) == 1 else np.any(parts, axis=0)
    if not is_used.any():
        raise ValueError("all sample weights are 0" if len(is_used) else "there are no samples to train on")
    return replace(data, weights=weights, rows=data.rows[is_used])


def check_targets(data: TrainingData, what: str) -> None:
    """Raise a `ValueError` if no sample of the data has a target for an output; `what` is the name of the data."""
    for name, weights in data.weights.items():
        if not weights[data.rows].any():
            found = f"output {name!r} has no target in the {what}"
            raise ValueError(f"{found}\n  hint: {_TARGETS_HINT[what]}")


def resampled(data: TrainingData, seed: int) -> TrainingData:
    """Return a bootstrap sample of `data`: the same number of samples, drawn with replacement."""
    drawn = np.random.default_rng(seed_sequence(seed, _BOOTSTRAP)).choice(data.rows, len(data))
    return replace(data, rows=np.sort(drawn))


def epoch_order(data: TrainingData, shuffle: bool, seed: int, epoch: int) -> np.ndarray:
    """Return the samples in the order of one epoch; the order depends only on their number, `seed` and `epoch`."""
    if not shuffle:
        return data.rows
    return np.random.default_rng(seed_sequence(seed, _ORDER, epoch)).permutation(data.rows)


def steps_in(data: TrainingData, batch_size: int) -> int:
    """Return the number of batches in an epoch, including a smaller last one."""
    return -(-len(data) // batch_size)


def calls(data: TrainingData, order: np.ndarray, batch_size: int, max_steps: int) -> Iterator[np.ndarray]:
    """Split `order` into the samples of each call: at most `max_steps` batches and about `MAX_BYTES`."""
    n_in_memory = MAX_BYTES // max(1, batch_size * data.row_bytes)
    length = batch_size * max(1, min(max_steps, n_in_memory))
    for start in range(0, len(order), length):
        yield order[start : start + length]


def class_labels(y: np.ndarray) -> np.ndarray | None:
    """Return the label of each sample, from one column or from one-hot targets; None for other targets."""
    if y.ndim == 1 or y.shape[1:] == (1,):
        return y.reshape(-1)
    if y.ndim == 2 and np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all():
        return y.argmax(axis=1)
    return None


def dense_rows(array: Any, rows: np.ndarray | slice, float_dtype: str) -> np.ndarray:
    """Return some rows of an array or sparse matrix as a dense array, floats in `float_dtype`."""
    part = array[rows]
    part = part.toarray() if is_sparse(part) else part
    return part.astype(float_dtype, copy=False) if part.dtype.kind == "f" else part


def row_bytes(array: Any) -> int:
    """Return the memory of one dense row of an array or sparse matrix, in bytes."""
    return math.prod(array.shape[1:]) * array.dtype.itemsize


def is_sparse(array: object) -> bool:
    """Return whether an object is a sparse array or matrix of SciPy."""
    return hasattr(array, "toarray")


def fresh_seed() -> int:
    """Return a seed from the operating system, for fits that need not be reproducible."""
    return int(np.random.SeedSequence().generate_state(1, np.uint64)[0])


def member_seeds(seed: int, n_members: int) -> list[int]:
    """Return the seed of each member of an ensemble; the first is `seed`, and none depends on `n_members`."""
    others = (seed_sequence(seed, _MEMBER, member).generate_state(1) for member in range(1, n_members))
    return [seed, *(int(state[0] >> 1) for state in others)]


def seed_sequence(seed: int, *purpose: int) -> np.random.SeedSequence:
    """Return the seed sequence for one purpose: a spawn key such as `SPLIT`, with optional further integers."""
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


def _sample_weights(given: Any, names: list[str], n_rows: int) -> dict[str, np.ndarray]:
    """Return the sample weights of each output; outputs without different weights share an array."""
    if isinstance(given, Mapping):
        return {name: np.asarray(given[name], dtype=np.float64) for name in names}
    return dict.fromkeys(names, np.ones(n_rows) if given is None else np.asarray(given, dtype=np.float64))


def _sliceable(array: Any) -> Any:
    return array.tocsr() if is_sparse(array) else np.asarray(array)


_TARGETS_HINT = {
    "training set": "add samples with this target, or remove the output",
    "validation set": "use a larger validation_fraction or fewer folds, or pass X_val and y_val with this target",
}
