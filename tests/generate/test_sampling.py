"""Sampling of the next token."""

import numpy as np
import pytest

from nnbuild.errors import show
from nnbuild.generate.sampling import Sampling
from tests.estimators.samples import exactly

LOGITS = np.log(np.array([0.1, 0.4, 0.2, 0.3]))


@pytest.mark.parametrize(
    "values, wanted",
    [
        ({}, [0.1, 0.4, 0.2, 0.3]),
        ({"temperature": 0}, [0, 1, 0, 0]),
        ({"temperature": 0.5}, np.square([0.1, 0.4, 0.2, 0.3]) / 0.3),
        ({"top_k": 2}, [0, 4 / 7, 0, 3 / 7]),
        ({"top_k": 100}, [0.1, 0.4, 0.2, 0.3]),
        ({"top_p": 0.4}, [0, 1, 0, 0]),
        ({"top_p": 0.41}, [0, 4 / 7, 0, 3 / 7]),
        ({"top_k": 3, "top_p": 0.5}, [0, 4 / 7, 0, 3 / 7]),
        ({"temperature": 5e-324}, [0, 1, 0, 0]),
        ({"temperature": np.float32(1), "top_k": np.int64(100), "top_p": np.float32(1)}, [0.1, 0.4, 0.2, 0.3]),
    ],
    ids=str,
)
def test_probabilities(values, wanted):
    np.testing.assert_allclose(Sampling(**values).probabilities(LOGITS), wanted, atol=1e-12)


def test_tokens_of_probability_0_are_never_drawn():
    chances = Sampling(temperature=1e6).probabilities(np.append(LOGITS, -np.inf))
    assert chances[-1] == 0
    np.testing.assert_allclose(chances[:-1], 0.25, atol=1e-5)


def test_tokens_are_drawn_by_their_probabilities():
    rng = np.random.default_rng(0)
    counts = np.bincount([Sampling(top_k=3).drawn(LOGITS, rng) for _ in range(20_000)], minlength=4)
    assert counts[0] == 0
    np.testing.assert_allclose(counts[1:] / 20_000, [4 / 9, 2 / 9, 3 / 9], atol=0.01)


@pytest.mark.parametrize(
    "values, message",
    [
        (
            {"temperature": -1},
            "temperature must be a number of 0 or more, got -1\n"
            "  hint: 0 selects the most probable token, 1 samples from the predicted probabilities",
        ),
        (
            {"temperature": 10**400},
            f"temperature must be a number of 0 or more, got {show(10**400)}\n"
            "  hint: 0 selects the most probable token, 1 samples from the predicted probabilities",
        ),
        ({"top_k": 0}, "top_k must be an integer of at least 1, got 0"),
        ({"top_k": 1.5}, "top_k must be an integer of at least 1, got 1.5"),
        ({"top_p": 0}, "top_p must be a number above 0 and at most 1, or None, got 0"),
        ({"top_p": 1.1}, "top_p must be a number above 0 and at most 1, or None, got 1.1"),
        ({"top_p": float("nan")}, "top_p must be a number above 0 and at most 1, or None, got nan"),
    ],
)
def test_invalid_values_raise(values, message):
    with pytest.raises(ValueError, match=exactly(message)):
        Sampling(**values).check()
