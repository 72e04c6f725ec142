"""Findings of `diagnose` about inputs and the size of a network."""

from __future__ import annotations

import numpy as np
import pytest

from nnbuild import NNClassifier
from nnbuild.estimators.before_fit import start_of_fit
from nnbuild.inputs.user_data import Given
from nnbuild.inspect import diagnosis

HIDDEN = {"type": "Dense", "units": 4, "activation": "relu"}
RNG = np.random.default_rng(0)
Y = RNG.integers(0, 2, 40)


def codes(recipe, X):
    """Codes of the findings about inputs and size, without a run of the network."""
    classifier = NNClassifier(recipe, random_state=0)
    return {one.code for one in diagnosis.data_findings(classifier, start_of_fit(classifier, Given(X, Y)))}


@pytest.mark.parametrize(
    ("recipe", "found"),
    [
        ({"layers": [HIDDEN]}, {"scales"}),
        ({"inputs": {"input": {"kind": "table"}}, "layers": [HIDDEN]}, set()),
        ({"layers": [{"type": "BatchNormalization"}, HIDDEN]}, set()),
        ({"layers": [{"type": "Normalization"}, HIDDEN]}, set()),
    ],
)
def test_unprepared_features_of_different_scales(recipe, found):
    X = RNG.normal(size=(40, 3)) * [1, 1000, 1]
    assert codes(recipe, X) == found
    assert codes(recipe, RNG.normal(size=(40, 3))) == set()


def test_ids_outside_the_vocabulary_are_found_before_the_network_runs():
    X = RNG.integers(0, 9, (40, 6)).astype("int32")
    X[0, 0] = 8
    layers = [{"type": "Embedding", "input_dim": 8, "output_dim": 2}, {"type": "Flatten"}]
    recipe = {"inputs": {"ids": {"dtype": "int32"}}, "layers": layers}
    classifier = NNClassifier(recipe, random_state=0)
    found = classifier.diagnose(X, Y)
    assert [one.code for one in found] == ["vocabulary"]
    assert found.edit == {("layers", 0, "input_dim"): 9}
    assert codes(found.fixed(), X) == set()


def test_the_size_of_the_network_is_compared_with_samples_and_memory(monkeypatch):
    recipe = {"layers": [HIDDEN, {"type": "Dense", "units": 10_000, "activation": "relu"}]}
    assert codes(recipe, RNG.normal(size=(40, 3))) == {"few_samples"}
    monkeypatch.setattr(diagnosis, "available_bytes", lambda: 1_000)
    assert codes(recipe, RNG.normal(size=(40, 3))) == {"few_samples", "memory"}
