"""Findings at initialization: each is found in a faulty recipe, with numbers, and not in its healed twin."""

import numpy as np
import pytest

from nnbuild import NNClassifier, Recipe
from nnbuild.diagnosis.initialization_findings import INITIALIZATION_FINDINGS
from nnbuild.diagnosis.rules import raised
from nnbuild.estimators.before_fit import members_to_train
from nnbuild.inspect.initial_signals import initial_signals

rng = np.random.default_rng(0)
X = rng.normal(size=(64, 6)).astype("float32")
Y = np.digitize(X[:, 0] + X[:, 1], [-1, 1])


def normal(stddev):
    return {"type": "RandomNormal", "stddev": stddev}


def recipe_of(*layers):
    return Recipe([{"type": "Dense", "units": 8, "name": f"d{n}", **layer} for n, layer in enumerate(layers, 1)])


def found_in(recipe, X=X):
    (member,) = members_to_train(NNClassifier(recipe, prepare=None, random_state=0), X, Y)
    return list(raised(INITIALIZATION_FINDINGS, initial_signals(member, recipe)))


DEEP_SIGMOID = [{"activation": "sigmoid"}] * 8
FAULTY = {
    "not_finite": [{"activation": "relu", "kernel_initializer": normal(1e38)}, {"activation": "relu"}],
    "identical_units": [{"activation": "tanh", "kernel_initializer": {"type": "Constant", "value": 0.5}}] * 2,
    "dead_units": [{"activation": "relu", "bias_initializer": {"type": "Constant", "value": -6}}],
    "vanishing": DEEP_SIGMOID,
    "exploding": [{"activation": "relu", "kernel_initializer": normal(4.0)}] * 6,
    "saturated_units": [{"activation": "tanh", "kernel_initializer": normal(10.0)}],
}


@pytest.fixture(scope="module")
def findings():
    """The recipe and the findings of each fault."""
    recipes = {code: recipe_of(*layers) for code, layers in FAULTY.items()}
    return {code: (recipe, found_in(recipe)) for code, recipe in recipes.items()}


@pytest.mark.parametrize("code", FAULTY)
def test_a_fault_is_found_and_its_edit_heals_it(code, findings):
    recipe, found = findings[code]
    assert [one.code for one in found] == [code]
    assert found_in(recipe.with_values(found[0].edit)) == []


def test_every_finding_has_a_faulty_recipe():
    assert list(FAULTY) == list(INITIALIZATION_FINDINGS)


def test_the_numbers_name_layers(findings):
    texts = {code: found[0].evidence for code, (_, found) in findings.items()}
    places = {code: str(found[0].location) for code, (_, found) in findings.items()}
    assert texts["not_finite"] == ("outputs or gradients of layer d1 are NaN or infinite",)
    assert texts["identical_units"] == (
        "8 of 8 units of layer d1 have the same weights and the same gradients as another unit",
    )
    assert texts["dead_units"] == ("8 of 8 units of layer d1 are 0 for all 64 samples",)
    assert texts["saturated_units"][0].endswith("% of the outputs of layer d1 (tanh) are saturated")
    (gradients, spreads) = texts["vanishing"]
    assert gradients.startswith("the norm of the gradient is ")
    assert spreads.startswith("the standard deviation of the outputs over samples is ")
    assert places["vanishing"] == "layers[0]"
    assert findings["dead_units"][1][0].severity == "error"


def test_small_weights_in_a_deep_network_vanish_forward():
    (found,) = found_in(recipe_of(*[{"activation": "relu", "kernel_initializer": normal(0.01)}] * 6))
    assert (found.code, len(found.evidence)) == ("vanishing", 1)
    assert "layer d6" in found.evidence[0]


def test_a_branch_that_starts_with_zeros_is_healthy():
    """All gradients before a kernel of zeros are 0 in the first step."""
    zeros = {"type": "Dense", "units": 8, "kernel_initializer": "zeros", "name": "last"}
    hidden = {"type": "Dense", "units": 8, "activation": "relu"}
    layers = [hidden, {"type": "Residual", "layers": [hidden, hidden, zeros]}]
    assert found_in(Recipe(layers)) == []


def test_inputs_on_a_large_scale_saturate():
    recipe = recipe_of({"activation": "sigmoid"})
    assert found_in(recipe) == []
    (found,) = found_in(recipe, 1000 * X)
    assert (found.code, dict(found.edit)) == ("saturated_units", {})
