"""Arrays for an input of kind "table": they are prepared as DataFrames are, and settings are saved with the model."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.utils import get_tags

import nnbuild
from estimators.samples import message_of
from nnbuild import NNClassifier, NNRegressor
from nnbuild.inputs.table import preparation

SETTINGS = {
    "kind": "table", "scale": "robust", "clip": 3, "scale_categories": True, "signed_binary": True, "max_onehot": 3,
    "many_categories": "group",
}  # fmt: skip
RECIPE = {
    "nnbuild": 1,
    "inputs": {"input": SETTINGS},
    "layers": [{"type": "Dense", "units": 6, "activation": "relu"}],
    "training": {"epochs": 3, "learning_rate": 0.02},
}
rng = np.random.default_rng(0)
X = rng.normal(size=(60, 3))
X[:, 2] = X[:, 2] > 0
y = (X[:, 0] + X[:, 2] > 0.5).astype(int)


@pytest.fixture(scope="module")
def fitted():
    return NNClassifier(RECIPE, random_state=0).fit(X, y)


FORMS = {
    "frame": lambda X: pd.DataFrame(X, columns=["a", "b", "c"]),
    "float32": lambda X: X.astype("float32"),
    "fortran": np.asfortranarray,
    "list": lambda X: X.tolist(),
    "sparse": sparse.csr_array,
}


@pytest.mark.parametrize("form", FORMS)
def test_all_forms_of_a_table_give_equal_predictions(fitted, form):
    other = FORMS[form](X)
    found = NNClassifier(RECIPE, random_state=0).fit(other, y).predict_proba(other)
    np.testing.assert_allclose(found, fitted.predict_proba(X), atol=1e-5 if form == "float32" else 1e-7)


def test_predictions_do_not_depend_on_the_units_of_columns(fitted):
    units, offsets = np.array([1e-6, 1e6, 1e3]), np.array([0, 1e8, -5])
    other = X * units + offsets
    found = NNClassifier(RECIPE, random_state=0).fit(other, y).predict_proba(other)
    np.testing.assert_allclose(found, fitted.predict_proba(X), atol=1e-5)


def test_missing_values_are_imputed():
    holed = X.copy()
    holed[::5, 1] = np.nan
    estimator = NNClassifier(RECIPE, random_state=0).fit(holed, y)
    assert get_tags(estimator).input_tags.allow_nan
    assert estimator.preparation_.feature_names == ("0", "1", "1 missing", "2")
    filled = np.where(np.isnan(holed), estimator.preparation_.steps[1].fill, holed)
    assert not np.array_equal(estimator.predict_proba(holed), estimator.predict_proba(filled))  # the indicator differs


@pytest.mark.parametrize(
    ("recipe", "prepare", "allowed"),
    [(RECIPE, "auto", True), (RECIPE, None, False), ("mlp", "auto", False), ("mlp", {}, True), ("none", "auto", False)],
    ids=str,
)
def test_the_tag_about_missing_values(recipe, prepare, allowed):
    assert get_tags(NNClassifier(recipe, prepare=prepare)).input_tags.allow_nan is allowed


def test_infinite_values_raise(fitted):
    assert message_of(lambda: fitted.predict(np.where(X > 2, np.inf, X))) == (
        "column '1': Input X contains infinity or a value too large for dtype('float32')\n"
        "  hint: replace it by NaN, for a missing value, or by a finite number"
    )


def test_partial_fit_keeps_the_preparation_of_the_first_batch():
    estimator = NNClassifier(RECIPE, random_state=0).partial_fit(X[:30], y[:30], classes=[0, 1])
    before = estimator.preparation_
    estimator.partial_fit(X[30:].astype("float32"), y[30:])
    assert estimator.preparation_ is before
    assert before.steps[0].fill == np.median(X[:30, 0])


def test_large_sparse_matrices_raise(monkeypatch):
    monkeypatch.setattr(preparation, "MAX_DENSE", 100)
    assert message_of(lambda: NNClassifier(RECIPE).fit(sparse.csr_array(X), y)) == (
        "X is a sparse matrix of shape (60, 3), and an input of kind 'table' converts it to an array\n"
        "  allowed: at most 100 values\n"
        "  hint: use a recipe with a numeric input, such as 'mlp', or pass fewer rows at once"
    )


@pytest.mark.parametrize("scale", ["robust", "normal"])
def test_all_settings_are_saved(tmp_path, scale):
    frame = pd.DataFrame(
        {
            "number": X[:, 0],
            "holed": np.where(X[:, 1] > 1, np.nan, X[:, 1]),
            "two": rng.choice(["a", "b"], 60),
            "many": rng.choice(list("klmnopq"), 60),
            "flag": X[:, 2] > 0,
            "constant": 1.0,
            "when": pd.date_range("2024", periods=60),
        }
    )
    recipe = {**RECIPE, "inputs": {"input": {**SETTINGS, "scale": scale}}}
    estimator = NNRegressor(recipe, random_state=0).fit(frame, X[:, 0])
    path = tmp_path / "model.nnb"
    estimator.save(path)
    loaded = nnbuild.load(path)
    assert loaded.preparation_ == estimator.preparation_
    np.testing.assert_array_equal(loaded.predict(frame), estimator.predict(frame))
    kinds = [(step.kind, step.clip, len(step.centers)) for step in loaded.preparation_.steps]
    assert kinds == [
        ("number", 3, 0), ("number", 3, 1), ("signed", 3, 1), ("one-hot", 3, 4), ("flag", 3, 1), ("dropped", None, 0),
        ("dates", 3, 0),
    ]  # fmt: skip
