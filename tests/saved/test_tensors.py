"""Arrays are written as the safetensors library writes them, to the byte."""

import ml_dtypes
import numpy as np
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st

from nnbuild.saved.tensors import DTYPES, Slot, tensor_of, tensors_member, vector

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9)
SHAPES = st.lists(st.integers(0, 3), max_size=3).map(tuple)


@given(st.dictionaries(NAMES, st.tuples(st.sampled_from(list(DTYPES.values())), SHAPES), max_size=9))
def test_the_bytes_are_those_of_the_library(described):
    arrays = {name: ones(*found) for name, found in described.items()}
    tensors = {name: (Slot(one.dtype.name, one.shape), one.tobytes()) for name, one in arrays.items()}
    assert tensors_member("arrays", tensors) == ("arrays", safetensors.numpy.save(arrays))


def ones(dtype, shape):
    return np.ones(shape, ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype)


def test_vectors_are_restored():
    assert vector(tensor_of([1.5, float("inf"), -0.1])) == (1.5, float("inf"), -0.1)
