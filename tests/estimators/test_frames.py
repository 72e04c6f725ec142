"""Polars tables in each method: the same predictions as for an equal pandas table."""

import numpy as np
import pandas as pd
import pytest

import nnbuild
from estimators.samples import message_of
from nnbuild import NNClassifier, NNLanguageModel, NNRecommender, NNRegressor
from plain import PLAIN

pl = pytest.importorskip("polars")
N = 90
SMALL = {"hidden": [4], "epochs": 2, "random_state": 0}


@pytest.fixture(scope="module")
def twins():
    """One table in Polars and pandas: numbers with missing values, integers, text, booleans and times; and labels."""
    rng = np.random.default_rng(0)
    values = {
        "size": [None if gap else value for gap, value in zip(rng.random(N) < 0.1, rng.normal(size=N), strict=True)],
        "rooms": rng.integers(1, 9, N).tolist(),
        "colour": rng.choice(["red", "green", "blue"], N).tolist(),
        "new": rng.choice([True, False], N).tolist(),
        "since": pd.date_range("2024-01-01", periods=N, freq="D").to_pydatetime().tolist(),
    }
    y = np.where(np.array(values["colour"]) == "red", "yes", "no")
    return pl.DataFrame(values), pd.DataFrame(values), y


@pytest.fixture(scope="module")
def fitted(twins):
    frame, twin, y = twins
    return NNClassifier(PLAIN, **SMALL).fit(frame, pl.Series(y)), NNClassifier(PLAIN, **SMALL).fit(twin, y)


def test_predictions_equal_those_of_pandas(twins, fitted):
    frame, twin, _ = twins
    ours, theirs = fitted
    assert ours.preparation_ == theirs.preparation_
    assert list(ours.feature_names_in_) == list(theirs.feature_names_in_) == frame.columns
    np.testing.assert_array_equal(ours.predict_proba(frame), theirs.predict_proba(twin))
    np.testing.assert_array_equal(ours.predict_proba(twin), theirs.predict_proba(frame))
    assert ours.score(frame, pl.Series(twins[2])) == theirs.score(twin, twins[2])


def test_targets_weights_and_validation_sets(twins):
    frame, twin, _ = twins
    y = np.column_stack([np.arange(N), np.arange(N) % 7])
    weights = np.arange(N) % 3 + 0.5
    targets, ours, theirs = pl.DataFrame(y, schema=["a", "b"]), NNRegressor(PLAIN, **SMALL), NNRegressor(PLAIN, **SMALL)
    ours.fit(frame[:60], targets[:60], pl.Series(weights[:60]), frame[60:], targets[60:], pl.Series(weights[60:]))
    theirs.fit(twin[:60], y[:60], weights[:60], twin[60:], y[60:], weights[60:])
    assert ours.history_.curves == theirs.history_.curves
    ours.partial_fit(frame, targets, pl.Series(weights))
    theirs.partial_fit(twin, y, weights)
    np.testing.assert_allclose(ours.predict(frame), theirs.predict(twin), rtol=1e-12)  # sums in another order
    assert ours.score(frame, targets) == pytest.approx(theirs.score(twin, y))


def test_columns_are_compared_with_fit(twins, fitted):
    frame = twins[0]
    message = message_of(lambda: fitted[0].predict(frame.rename({"rooms": "halls"})))
    assert message.startswith("The feature names should match those that were passed during fit.")
    assert message_of(lambda: fitted[0].predict(frame.with_columns(pl.lit("x").alias("rooms")))) == (
        "column 'rooms': contained numbers in fit, but contains text or categories now, such as 'x' in row 0"
    )


def test_without_preparation():
    values = np.random.default_rng(0).normal(size=(40, 3))
    frame, y = pl.DataFrame(values), np.arange(40) % 2
    ours, theirs = (NNClassifier(PLAIN, **SMALL, prepare=None).fit(X, y) for X in (frame, pd.DataFrame(values)))
    assert ours.preparation_ is None
    np.testing.assert_array_equal(ours.predict_proba(frame), theirs.predict_proba(values))


def test_columns_of_lists_raise():
    frame = pl.DataFrame({"a": [1.0, 2.0], "l": [[1], [2, 3]]})
    assert message_of(lambda: NNClassifier(PLAIN, **SMALL).fit(frame, [0, 1])) == (
        "column 'l': contains values that are not hashable, such as [1]\n"
        "  allowed: each argument must be a string, a boolean, a time, a number or missing\n"
        "  hint: convert them to text, or to a column for each part"
    )


@pytest.mark.slow
def test_pairs_and_texts():
    pairs = {"user": ["ann", "ann", "bob", "bob", "eve"], "item": ["tea", "milk", "tea", "gin", "milk"]}
    ours, theirs = (NNRecommender(epochs=1, random_state=0).fit(kind(pairs)) for kind in (pl.DataFrame, pd.DataFrame))
    np.testing.assert_array_equal(ours.predict(pl.DataFrame(pairs)), theirs.predict(pd.DataFrame(pairs)))
    assert ours.recommend(pl.Series(["ann"]), 1).equals(theirs.recommend(["ann"], 1))

    texts = ["the cat sat on the mat", "a dog lay on the rug"] * 4
    small = {"length": 8, "width": 8, "depth": 1, "heads": 1, "epochs": 1, "random_state": 0}
    ours, theirs = (NNLanguageModel(**small).fit(given) for given in (pl.Series(texts), texts))
    assert ours.perplexity(pl.Series(texts)) == theirs.perplexity(texts)


@pytest.mark.slow
def test_series():
    layers = [{"type": "Masking"}, {"type": "GRU", "units": 3}]
    recipe = {"inputs": {"pulse": {"kind": "series"}}, "layers": layers}
    values = [[1.0, 2.0], [3.0], [1.0, 0.0, 5.0], [2.0]]
    ours, theirs = (
        NNClassifier(recipe, epochs=1, random_state=0).fit(X, [0, 1, 0, 1]) for X in (pl.Series(values), values)
    )
    np.testing.assert_array_equal(ours.predict_proba(pl.Series(values)), theirs.predict_proba(values))


def test_windows_of_a_table():
    frame = pl.DataFrame({"a": np.arange(9.0), "b": np.arange(9.0) ** 2})
    ours, theirs = (
        nnbuild.make_windows(one, 3, targets="b") for one in (frame, pd.DataFrame(frame.to_dict(as_series=False)))
    )
    for first, second in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(first, second)
    assert nnbuild.make_windows(frame["a"], 3)[0].shape == (6, 3, 1)
