"""Tables of other packages, wherever an estimator takes data: the same predictions as of their pandas twin."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import nnbuild
from estimators.samples import message_of
from nnbuild import NNClassifier, NNLanguageModel, NNRecommender, NNRegressor, NNTranslator

pl = pytest.importorskip("polars")
N = 90
SMALL = {"hidden": [4], "epochs": 2, "random_state": 0}


@pytest.fixture(scope="module")
def twins():
    """One table twice: numbers with gaps, integers, text, truth values and times; and labels."""
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
    return NNClassifier(**SMALL).fit(frame, pl.Series(y)), NNClassifier(**SMALL).fit(twin, y)


def test_predictions_are_those_of_pandas(twins, fitted):
    frame, twin, _ = twins
    ours, theirs = fitted
    assert ours.preparation_ == theirs.preparation_
    assert list(ours.feature_names_in_) == list(theirs.feature_names_in_) == frame.columns
    np.testing.assert_array_equal(ours.predict_proba(frame), theirs.predict_proba(twin))
    np.testing.assert_array_equal(ours.predict_proba(twin), theirs.predict_proba(frame))
    assert ours.score(frame, pl.Series(twins[2])) == theirs.score(twin, twins[2])


def test_arrow_tables_too(twins, fitted):
    pytest.importorskip("pyarrow")
    np.testing.assert_array_equal(fitted[0].predict_proba(twins[0].to_arrow()), fitted[1].predict_proba(twins[1]))


def test_columns_are_compared_with_fit(twins, fitted):
    frame = twins[0]
    message = message_of(lambda: fitted[0].predict(frame.rename({"rooms": "halls"})))
    assert message.startswith("The feature names should match those that were passed during fit.")
    assert message_of(lambda: fitted[0].predict(frame.with_columns(pl.lit("x").alias("rooms")))) == (
        "column 'rooms': contained numbers in fit, but contains text or categories now, such as 'x' in row 0"
    )


def test_weights_and_validation_rows(twins):
    frame, twin, y = twins
    weights = np.arange(N) % 3 + 0.5
    ours = NNClassifier(**SMALL).fit(
        frame[:60], pl.Series(y[:60]), pl.Series(weights[:60]), frame[60:], pl.Series(y[60:]), pl.Series(weights[60:])
    )
    theirs = NNClassifier(**SMALL).fit(twin[:60], y[:60], weights[:60], twin[60:], y[60:], weights[60:])
    assert ours.history_.curves == theirs.history_.curves


def test_partial_fit(twins):
    frame, twin, y = twins
    ours, theirs = NNClassifier(**SMALL), NNClassifier(**SMALL)
    for rows in (slice(0, 45), slice(45, None)):
        ours.partial_fit(frame[rows], pl.Series(y[rows]))
        theirs.partial_fit(twin[rows], y[rows])
    np.testing.assert_array_equal(ours.predict_proba(frame), theirs.predict_proba(twin))


def test_targets_of_a_regression(twins):
    frame, twin, _ = twins
    targets = pl.DataFrame({"a": np.arange(N), "b": np.arange(N) % 7})
    ours = NNRegressor(**SMALL).fit(frame, targets)
    theirs = NNRegressor(**SMALL).fit(twin, targets.to_numpy())
    np.testing.assert_array_equal(ours.predict(frame), theirs.predict(twin))
    assert ours.score(frame, targets) == pytest.approx(theirs.score(twin, targets.to_numpy()))


def test_searches_pipelines_and_folds(twins):
    frame, twin, y = twins
    grid = {"learning_rate": [1e-3, 1e-2]}
    searches = [GridSearchCV(NNClassifier(**SMALL), grid, cv=2).fit(X, y) for X in (frame, twin)]
    np.testing.assert_array_equal(*(search.cv_results_["mean_test_score"] for search in searches))
    with nnbuild.stacked():
        found = [cross_val_predict(NNClassifier(**SMALL), X, y, cv=2, method="predict_proba") for X in (frame, twin)]
    np.testing.assert_array_equal(*found)


def test_a_transformer_that_gives_polars(twins):
    scaled = ColumnTransformer([("scale", StandardScaler(), ["rooms"])], remainder="passthrough")
    ours = make_pipeline(scaled.set_output(transform="polars"), NNClassifier(**SMALL)).fit(twins[0], twins[2])
    assert ours[-1].preparation_ is not None
    assert ours[-1].feature_names_in_[0] == "scale__rooms"
    assert ours.predict(twins[0]).shape == (N,)


def test_without_preparation_numbers_go_in_as_they_are():
    values = np.random.default_rng(0).normal(size=(40, 3))
    frame, y = pl.DataFrame(values), np.arange(40) % 2
    ours, theirs = (NNClassifier(**SMALL, prepare=None).fit(X, y) for X in (frame, pd.DataFrame(values)))
    assert ours.preparation_ is None
    np.testing.assert_array_equal(ours.predict_proba(frame), theirs.predict_proba(values))


def test_columns_of_lists_are_no_columns_of_a_table():
    frame = pl.DataFrame({"a": [1.0, 2.0], "l": [[1], [2, 3]]})
    assert message_of(lambda: NNClassifier(**SMALL).fit(frame, [0, 1])) == (
        "column 'l': contains values that are not hashable, such as [1]\n"
        "  hint: convert them to text, or to a column for each part"
    )


def test_pairs_texts_and_series():
    pairs = {"user": ["ann", "ann", "bob", "bob", "eve"], "item": ["tea", "milk", "tea", "gin", "milk"]}
    ours, theirs = (NNRecommender(epochs=1, random_state=0).fit(kind(pairs)) for kind in (pl.DataFrame, pd.DataFrame))
    np.testing.assert_array_equal(ours.predict(pl.DataFrame(pairs)), theirs.predict(pd.DataFrame(pairs)))
    assert ours.recommend(pl.Series(["ann"]), 1).equals(theirs.recommend(["ann"], 1))

    texts = ["the cat sat on the mat", "a dog lay on the rug"] * 4
    small = {"length": 8, "width": 8, "depth": 1, "heads": 1, "epochs": 1, "random_state": 0}
    models = [NNLanguageModel(**small).fit(given) for given in (pl.Series(texts), texts)]
    assert models[0].perplexity(pl.Series(texts)) == models[1].perplexity(texts)
    small = {"width": 8, "inner": 8, "depth": 1, "heads": 1, "epochs": 1, "random_state": 0}
    wrote = [
        NNTranslator("small_transformer", **small).fit(kind(texts), kind(texts[::-1])).predict(kind(texts[:2]))
        for kind in (pl.Series, list)
    ]
    np.testing.assert_array_equal(*wrote)

    layers = [{"type": "Masking"}, {"type": "GRU", "units": 3}]
    recipe = {"inputs": {"pulse": {"kind": "series"}}, "layers": layers}
    series = [[1.0, 2.0], [3.0], [1.0, 0.0, 5.0], [2.0]]
    listeners = [
        NNClassifier(recipe, epochs=1, random_state=0).fit(X, [0, 1, 0, 1]) for X in (pl.Series(series), series)
    ]
    np.testing.assert_array_equal(*(one.predict_proba(pl.Series(series)) for one in listeners))


def test_windows_of_a_table():
    frame = pl.DataFrame({"a": np.arange(9.0), "b": np.arange(9.0) ** 2})
    ours, theirs = (
        nnbuild.make_windows(one, 3, targets="b") for one in (frame, pd.DataFrame(frame.to_dict(as_series=False)))
    )
    for first, second in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(first, second)
    assert nnbuild.make_windows(frame["a"], 3)[0].shape == (6, 3, 1)
