"""Text, validate, describe, build, one step of training: an accepted recipe never causes an error of Keras."""

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import nnbuild
from whole_way import check, outcome
from whole_way_cases import CASES, network

# All cases take hours: by default every 47th runs.
N_CHUNKS, STRIDE = (8, 8) if os.environ.get("NNBUILD_ALL_CASES") else (1, 47)
FAST = {"cells": 150, "held": 250, "layers": 1500, "objects": 900, "training": 1500, "random": 4000}


@pytest.mark.parametrize("part", CASES)
def test_some_cases_of_each_part(part):
    cases = list(itertools.islice(CASES[part](), FAST[part] // 2, None, FAST[part]))
    found = [(check(case), case) for case in cases]
    assert len(found) >= 4
    assert [(result, case) for result, case in found if result.startswith("FOREIGN")] == []


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(N_CHUNKS))
@pytest.mark.parametrize("part", CASES)
def test_no_case_causes_an_error_of_keras_or_a_crash(part, chunk):
    script = Path(__file__).with_name("whole_way.py")
    ran = subprocess.run(
        [sys.executable, str(script), part, str(chunk), str(STRIDE)], capture_output=True, text=True, check=False
    )
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    cases = {line[0]: line[2] for line in lines if line[1] == "START"}
    outcomes = {line[0]: line[1] for line in lines if line[1] != "START"}
    ended = set(cases) - set(outcomes)
    assert not ended, f"the process ended in {[cases[index] for index in ended]}: {ran.stderr[-2000:]}"
    assert [(result, cases[index]) for index, result in outcomes.items() if result.startswith("FOREIGN")] == []
    assert ran.returncode == 0


def test_the_outcomes():
    dense = {"units": 3}
    assert outcome(network("Dense", ((4,),), "float32", dense)[0]) == "trained"
    assert outcome(network("Dense", ((4,),), "float32", {"units": 0})[0]) == "refused by validate"
    assert outcome(network("Conv1D", ((4,),), "float32", {"filters": 2, "kernel_size": 2})[0]) == "refused by describe"
    assert outcome(network("Dense", ((2**20,),), "float32", {"units": 2**30})[0]) == "too large"
    loss = {"loss": {"type": "CTC"}}
    assert outcome({**network("Dense", ((4,),), "float32", dense)[0], "training": loss}) == "refused by fit"


@keras.saving.register_keras_serializable("tests.whole_way")
class Failing(keras.layers.Layer):
    """Fails when it computes, not when its output shape is computed."""

    def call(self, inputs):
        if not isinstance(inputs, keras.KerasTensor) and inputs.shape[0] is not None:
            raise RuntimeError("not in this batch")
        return inputs


def test_the_check_can_fail():
    found = check((network("tests.whole_way>Failing", ((4,),), "float32", {})[0], {}))
    assert found.startswith("FOREIGN RuntimeError in step: ")


def test_a_network_without_gradients():
    layers = [{"type": "Dense", "units": 2}, {"type": "Discretization", "bin_boundaries": [0.0]}]
    layers.append({"type": "Rescaling", "scale": 1.0})
    recipe = {"nnbuild": 1, "layers": layers, "outputs": "last", "training": {"epochs": 1, "loss": "mse"}}
    X = np.random.default_rng(0).normal(size=(16, 3))
    with pytest.raises(nnbuild.RecipeError) as caught:
        nnbuild.NNRegressor(recipe).fit(X, X[:, :2])
    assert str(caught.value) == (
        "layers: no weight of the network has a gradient\n"
        "  hint: layers that return integers, such as Discretization, have "
        "no gradient: add layers with weights after them"
    )


def test_a_lookup_without_a_vocabulary():
    lookup = {"type": "StringLookup"}
    layers = [lookup, {"type": "Embedding", "input_dim": 3, "output_dim": 2}, {"type": "Flatten"}]
    recipe = {"nnbuild": 1, "inputs": {"X": {"dtype": "string"}}, "layers": layers}
    X, y = np.array([["a"], ["b"]] * 8, object), np.arange(16) % 2
    classifier = nnbuild.NNClassifier(recipe, epochs=1)
    with pytest.raises(nnbuild.RecipeError) as caught:
        classifier.fit(X, y)
    assert str(caught.value) == (
        "layers: a lookup layer has no vocabulary\n"
        "  hint: set the vocabulary of the layer, or use the input kind 'text' or 'ids', which learns one in fit"
    )


# --- Losses and metrics, tried before an estimator trains


@pytest.mark.parametrize(
    ("training", "expected"),
    [
        (
            {"metrics": ["mae", {"type": "CosineSimilarity", "axis": 5}]},
            "training.metrics[1]: CosineSimilarity can't measure targets of shape (2,) and predictions of shape (2,): ",
        ),
        (
            {"loss": {"type": "CosineSimilarity", "axis": 5}},
            "training.loss: CosineSimilarity can't compare targets of shape (2,) and predictions of shape (2,): ",
        ),
    ],
    ids=["metric", "loss"],
)
def test_losses_and_metrics_of_other_shapes(training, expected):
    recipe = {"nnbuild": 1, "layers": [{"type": "Dense", "units": 2}], "training": {"epochs": 1, **training}}
    X = np.random.default_rng(0).normal(size=(16, 3))
    with pytest.raises(nnbuild.RecipeError) as caught:
        nnbuild.NNRegressor(recipe).fit(X, X[:, :2])
    assert str(caught.value).startswith(expected)
    assert str(caught.value).endswith(
        "  hint: its arguments must be compatible with the shapes of targets and predictions"
    )
