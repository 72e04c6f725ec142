"""Model files with layers that recipes refuse now load with equal predictions."""

from pathlib import Path

import numpy as np
import pytest

import nnbuild
from nnbuild.errors import RecipeError
from nnbuild.saved.archive import Refused
from nnbuild.saved.parameters import RecipeForm, read_recipe

FILE = Path(__file__).parents[1] / "golden" / "0.1.0.dev0" / "mixup.nnb"
RECIPE = {"nnbuild": 1, "layers": [{"type": "MixUp"}, {"type": "Flatten"}]}


def test_a_model_with_a_refused_layer_predicts():
    """An NNClassifier of 16 random images, seed 0, saved when recipes allowed MixUp."""
    X = np.random.default_rng(0).uniform(0, 255, size=(16, 8, 8, 3)).astype("float32")
    estimator = nnbuild.load(FILE)
    np.testing.assert_allclose(estimator.predict_proba(X[:2]), [[0.0, 1.0], [0.9998470, 1.530051e-04]], atol=1e-6)
    with pytest.raises(RecipeError, match="MixUp mixes images but not their labels and is refused"):
        estimator.fit(X, np.arange(16) % 2)


def test_its_recipe_is_a_document():
    assert read_recipe(RecipeForm("recipe", None), RECIPE) == RECIPE


def test_other_refused_layers_are_refused():
    with pytest.raises(Refused, match="Lambda"):
        read_recipe(RecipeForm("recipe", None), {"nnbuild": 1, "layers": [{"type": "Lambda"}, {"type": "MixUp"}]})
