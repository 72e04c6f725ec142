"""Ids become integers: those of fit in order, 0 for all others."""

import re

import numpy as np
import pytest

from nnbuild.errors import DataError
from nnbuild.inputs.ids import IdsPreparation
from saved_forms import reread

NUMBERS = np.array([70, 10, 10, 30, 70, 10])
TEXTS = np.array(["b", "a", "a", "ä", "b", "a"], object)


@pytest.mark.parametrize(
    "values, ids", [(NUMBERS, (10, 30, 70)), (TEXTS, ("a", "b", "ä")), (NUMBERS - 80, (-70, -50, -10))]
)
def test_known_ids_have_numbers(values, ids):
    ours = IdsPreparation.fitted(values, {})
    assert (ours.ids, ours.shape, ours.vocabulary_size) == (ids, (), 4)
    numbers = ours.transformed(values)
    assert numbers.dtype == "int32"
    assert [ids[number - 1] for number in numbers] == values.tolist()
    assert ours.summary() == ["ids as integers, 3 known"]


def test_all_others_are_0():
    assert IdsPreparation.fitted(NUMBERS, {}).transformed(np.array([10, 11, 2**62])).tolist() == [1, 0, 0]
    assert IdsPreparation.fitted(TEXTS, {}).transformed(np.array(["", "b"], object)).tolist() == [0, 2]


def test_max_tokens_keeps_only_the_most_frequent():
    ours = IdsPreparation.fitted(NUMBERS, {"max_tokens": 3})
    assert (ours.ids, ours.vocabulary_size) == ((10, 70), 3)
    assert ours.transformed(NUMBERS).tolist() == [2, 1, 1, 0, 2, 1]
    tied = IdsPreparation.fitted(np.array([4, 3, 2, 1]), {"max_tokens": 3})
    assert tied.ids == (1, 2)


def test_text_and_numbers_are_compared_as_text():
    ours = IdsPreparation.fitted(NUMBERS, {})
    assert ours.transformed(np.array(["10", "010", "x"], object)).tolist() == [1, 0, 0]
    texts = IdsPreparation.fitted(np.array(["10", "x"], object), {})
    assert texts.transformed(np.array([10, 11])).tolist() == [1, 0]


def test_a_sample_may_have_several_ids():
    ours = IdsPreparation.fitted(np.array([[1, 2], [2, 3]]), {})
    assert (ours.ids, ours.shape) == ((1, 2, 3), (2,))
    assert ours.transformed(np.array([[3, 9]])).tolist() == [[3, 0]]
    with pytest.raises(DataError, match=re.escape("X has samples of shape (), but in fit their shape was (2,)")):
        ours.transformed(np.array([3, 9]))


@pytest.mark.parametrize("values", [TEXTS, np.array([[1, 2], [2, 3]])])
def test_the_saved_form_gives_the_same(values):
    ours = IdsPreparation.fitted(values, {"max_tokens": 3})
    loaded = reread(ours)
    assert loaded == ours
    np.testing.assert_array_equal(loaded.transformed(values), ours.transformed(values))
