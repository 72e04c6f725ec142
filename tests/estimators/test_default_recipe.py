"""The default recipe of NNClassifier and NNRegressor: kinds of data, few samples, and parameters."""

import numpy as np
import pandas as pd
import pytest

from estimators.samples import message_of
from few import few_of
from nnbuild import NNClassifier, NNRegressor
from nnbuild.estimators.ensembles import Ensemble

QUICK = {"epochs": 2, "n_members": 2, "random_state": 0}
SCALES = np.array([1.0, 1e6, 1e-6, 1.0])
rng = np.random.default_rng(0)
X = rng.normal(size=(40, 4)) * SCALES + [0, 1e9, 0, 5]
y = (X[:, 0] > 0).astype(int)


def test_parameters_replace_the_values_of_all_variants():
    recipe = NNRegressor(dropout=0.25, hidden=[8])._effective_recipe()
    found = [(one.params["dropout"], one.params["hidden"], one.params["skip"]) for one in Ensemble.of(recipe).variants]
    assert found == [(0.25, [8], 0.0), (0.25, [8], 1.0)]
    assert Ensemble.of(recipe).n_members == 16


def test_arrays_of_any_scale_and_tables_give_equal_predictions():
    holed = np.where(X > [9, 9e9, 1e-6, 9], np.nan, X)
    scaled = holed / SCALES
    expected = NNClassifier(**QUICK).fit(holed, y).predict_proba(holed)
    for other in (pd.DataFrame(holed), scaled):
        np.testing.assert_allclose(NNClassifier(**QUICK).fit(other, y).predict_proba(other), expected, atol=1e-5)


@pytest.mark.parametrize("n", few_of([2, 3, 9], 3))
def test_few_samples(n):
    labels = ["a", "b", "a", "b", "a", "b", "a", "b", "c"][:n]  # at most one sample of "c"
    classifier = NNClassifier(epochs=1, random_state=0).fit(X[:n], labels)
    assert classifier.predict_proba(X).shape == (40, len(set(labels)))


@pytest.mark.slow
@pytest.mark.parametrize("n", [2, 3, 9])
def test_few_samples_of_a_regression(n):
    assert np.isfinite(NNRegressor(epochs=2, random_state=0).fit(X[:n], X[:n, 0]).predict(X)).all()


def test_one_sample():
    assert NNClassifier().fit(X[:1], ["a"]).predict(X[:2]).tolist() == ["a", "a"]
    assert message_of(lambda: NNRegressor().fit(X[:1, :2], [1.0])) == (
        "X has no usable column in 1 sample(s)\n  0: dropped: one value only\n  1: dropped: one value only"
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            np.zeros((4, 8, 8, 1)),
            "X has samples of shape (8, 8, 1), but the recipe has an input of kind 'table'\n"
            "  allowed: a DataFrame, or an array of shape (n_samples, n_columns)\n"
            "  hint: use recipe='auto', or a recipe for images, such as 'small_cnn', or for series, such as 'gru'",
        ),
        (
            ["so it goes", "b"] * 2,
            "X contains text, such as 'so it goes', but the recipe has an input of kind 'table'\n"
            "  hint: use recipe='auto' or 'text_mlp', or pass categories as a DataFrame",
        ),
    ],
    ids=["images", "texts"],
)
def test_data_for_other_recipes_raise(data, message):
    for form in (data, pd.Series(list(data))) if isinstance(data, list) else (data, list(data)):
        assert message_of(lambda form=form: NNClassifier().fit(form, [0, 1] * 2)) == message


LOSSES = {
    "quantile": {"type": "Quantile", "quantiles": [0.1, 0.9]},
    "gamma": "gamma",
    "poisson": "poisson",
}


@pytest.mark.slow
@pytest.mark.parametrize("loss", LOSSES)
def test_losses(loss):
    found = NNRegressor(loss=LOSSES[loss], **QUICK).fit(X, np.round(np.exp(X[:, 0])) + 1).predict(X)
    assert found.shape == (40,)
    assert np.isfinite(found).all()


@pytest.mark.slow
def test_targets_weights_and_further_fits():
    labels = (np.median(X, axis=0) < X).astype(int)
    assert NNClassifier(**QUICK).fit(X, labels).predict(X).shape == (40, 4)
    assert NNRegressor(**QUICK).fit(X, X[:, :2]).predict(X).shape == (40, 2)
    weighted = NNClassifier(class_weight="balanced", warm_start=True, **QUICK).fit(X, y, sample_weight=np.arange(40))
    before = weighted.predict_proba(X)
    assert not np.array_equal(weighted.fit(X, y, sample_weight=np.arange(40)).predict_proba(X), before)
    batches = NNClassifier(random_state=0).partial_fit(X[:20], y[:20], classes=[0, 1, 2]).partial_fit(X[20:], y[20:])
    assert batches.predict_proba(X).shape == (40, 3)
    assert len(batches.members_) == 16
