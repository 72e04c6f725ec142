"""Check X as passed by users, and return arrays for a network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.utils.validation import check_array, check_consistent_length, validate_data

from nnbuild.inputs.data_errors import check_names, check_not_times, check_supported
from nnbuild.inputs.frames import is_table
from nnbuild.inputs.kinds import PREPARATIONS
from nnbuild.inputs.library_checks import name_in_messages
from nnbuild.inputs.split_inputs import is_by_name, parts_of
from nnbuild.language.input_kinds import INPUT_KINDS

# One array or CSR matrix of shape (n_samples, ...), or one for each input of the recipe.
Inputs = Any


def checked_inputs(
    estimator: object,
    X: object,
    expected: Mapping[str, Mapping],
    kinds: Mapping[str, str],
    float_dtype: str,
    reset: bool,
) -> Inputs:
    """Check X as scikit-learn does, keeping its dtype if networks support it. X is copied only if necessary.

    Parameters
    ----------
    estimator : estimator
        If `reset`, `n_features_in_` and `feature_names_in_` are set on it; otherwise X is compared with them.
    X : array-like of shape (n_samples, ...), sparse matrix, DataFrame, list of texts, or mapping of str to any of them
        A mapping has the names of the inputs as keys.
    expected : mapping of str to mapping
        Known `shape` and `dtype` of each input.
    kinds : mapping of str to str
        Kinds of the inputs that are prepared.
    float_dtype : {"float32", "float64"}
        Dtype of the network's computation.
    reset : bool
        Whether this is the first data; otherwise samples must have the expected shapes.

    Returns
    -------
    array, CSR matrix, DataFrame, or dict of any

    Raises
    ------
    ValueError
        For invalid X, with scikit-learn's message where it has one.
    """
    if kinds or is_by_name(X) or len(expected) > 1:
        return _checked_parts(estimator, X, expected, kinds, float_dtype, reset)
    (spec,) = expected.values()
    if not reset and _is_known(estimator, X, spec, float_dtype):
        return X
    check_supported(X, spec)
    options = {"accept_sparse": "csr", "allow_nd": True, "dtype": _kind(spec)}
    if reset or len(spec.get("shape") or ".") == 1:
        array = validate_data(estimator, X, reset=reset, **options)
    else:  # scikit-learn would take the first axis of a sample for its features, but time steps may differ
        array = check_array(X, estimator=estimator, input_name="X", **options)
    return _ready(estimator, array, spec, float_dtype, reset)


def _is_known(estimator: object, X: object, spec: Mapping, float_dtype: str) -> bool:
    """Return whether X is an array of floats that would pass all checks unchanged.

    This test takes 5% of the time of the checks, which take as long as predicting one sample with a small network.
    """
    if type(X) is not np.ndarray or X.dtype not in REAL or spec.get("dtype") not in REAL or not len(X):
        return False
    shape = (getattr(estimator, "n_features_in_", None),)
    named = hasattr(estimator, "feature_names_in_")  # scikit-learn warns about arrays in this case
    return shape == X.shape[1:] == tuple(spec.get("shape") or ()) and not named and _fits(X, float_dtype)


def _checked_parts(
    estimator: Any, X: Any, expected: Mapping, kinds: Mapping[str, str], float_dtype: str, reset: bool
) -> Inputs:
    parts = parts_of(X, expected)
    if len(expected) == 1 and not is_by_name(X) and (kind := _whole(kinds)):
        return PREPARATIONS[kind].checked_whole_X(estimator, X, reset)
    if is_table(X):
        check_names(X)
        if reset or hasattr(estimator, "n_features_in_"):  # a list of texts has no columns
            validate_data(estimator, X, reset=reset, skip_check_array=True)
    arrays = {}
    for name, (part_name, part) in parts.items():
        with name_in_messages("X", part_name):
            arrays[name] = _checked_part(
                estimator, part, expected[name], kinds.get(name), part_name, float_dtype, reset
            )
    check_consistent_length(*arrays.values())
    if reset and not first_of(arrays).shape[0]:
        raise ValueError(f"Found no sample in X while a minimum of 1 is required by {type(estimator).__name__}.")
    return arrays if len(arrays) > 1 else first_of(arrays)


def _whole(kinds: Mapping[str, str]) -> str | None:
    """Return the kind of the only input if it accepts all columns of X, or None."""
    return next((kind for kind in kinds.values() if INPUT_KINDS[kind].takes_others), None)


def _checked_part(
    estimator: Any, part: Any, spec: Mapping, kind: str | None, part_name: str, float_dtype: str, reset: bool
) -> Any:
    """Check an input's part of X, named `part_name` in messages."""
    preparation = PREPARATIONS[kind] if kind else None
    if preparation is not None and (numbers := preparation.as_numbers(part)) is not None:
        part, spec = numbers, {} if preparation.resizes else spec
        preparation = None
    if preparation is None:
        check_supported(part, spec)
        options = {"accept_sparse": "csr", "allow_nd": True, "dtype": _kind(spec), "input_name": "X"}
        return _ready(estimator, check_array(part, estimator=estimator, **options), spec, float_dtype, reset)
    return preparation.checked(part, part_name)


def first_of(X: Inputs) -> Any:
    """Return the array, or the first of several."""
    return next(iter(X.values())) if isinstance(X, dict) else X


def n_rows_of(X: Inputs) -> int:
    """Return the number of samples."""
    return first_of(X).shape[0]


def select_rows(X: Inputs, rows: np.ndarray) -> Inputs:
    """Return some rows of X."""
    if isinstance(X, dict):
        return {name: select_rows(part, rows) for name, part in X.items()}
    return X.iloc[rows] if hasattr(X, "iloc") else X[rows]


def sample_shapes(X: Inputs, expected: Mapping[str, Mapping]) -> dict[str, tuple]:
    """Return the shape of one sample of each input; None for axes of any length in the recipe."""
    arrays = X if isinstance(X, dict) else {next(iter(expected)): X}
    found = arrays.keys() & expected.keys()  # a prepared table may consist of several arrays
    return {name: _opened(arrays[name].shape[1:], expected[name].get("shape")) for name in expected if name in found}


def _opened(shape: tuple, declared: list | None) -> tuple:
    if declared is None or len(declared) != len(shape):
        return shape
    return tuple(None if axis is None else length for axis, length in zip(declared, shape, strict=True))


def _kind(spec: Mapping) -> str | None:
    return None if spec.get("dtype") == "string" else "numeric"


def _ready(estimator, array: Any, spec: Mapping, float_dtype: str, reset: bool) -> Any:
    """Return `array` in a dtype that TensorFlow supports; raise an error for unusable arrays."""
    check_not_times(array, "X")
    if not reset and spec.get("shape") is not None:
        _check_shape(estimator, array.shape[1:], spec["shape"])
    if array.dtype.kind == "f":
        if "int" in (spec.get("dtype") or ""):
            return array.astype(spec["dtype"])
        _check_size(array.data if issparse(array) else array, float_dtype)
        return array
    wanted = float_dtype if issparse(array) else WIDER.get(array.dtype.name)
    return array if wanted is None else array.astype(wanted)


def _check_shape(estimator, shape: tuple, expected: tuple | list) -> None:
    fits = len(shape) == len(expected) and all(e in (None, s) for e, s in zip(expected, shape, strict=True))
    if not fits:
        wanted = f"{type(estimator).__name__} is expecting samples of shape {tuple(expected)}"
        raise ValueError(f"X has samples of shape {shape}, but {wanted}")


def _check_size(values: np.ndarray, float_dtype: str) -> None:
    if values.size and values.dtype.itemsize > np.dtype(float_dtype).itemsize and not _fits(values, float_dtype):
        raise ValueError(f"Input X contains infinity or a value too large for dtype({float_dtype!r}).")


def _fits(values: np.ndarray, float_dtype: str) -> bool:
    """Return whether all values are finite in a dtype."""
    largest = np.finfo(float_dtype).max
    return bool(-largest <= values.min() and values.max() <= largest)  # both are false for NaN


REAL = ("float32", "float64")
# Integer dtypes that not all operations of TensorFlow support, with the dtypes to use instead.
WIDER = {
    "int8": "int32",
    "int16": "int32",
    "uint16": "int32",
    "uint32": "int64",
    "uint64": "float64",
}
