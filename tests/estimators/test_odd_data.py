"""Unusual data: fits of it, and messages, which are those of scikit-learn where it has one."""

import numpy as np
import pandas as pd
import pytest

from estimators.samples import classes, classifier, features, message_of, quantities, regressor, same_bits
from nnbuild import DivergenceError


class TestFewSamples:
    def test_one_row_of_each_class(self):
        X = 3 * np.eye(4)[:3]
        estimator = classifier(epochs=60, learning_rate=0.05).fit(X, ["a", "b", "c"])
        assert estimator.predict(X).tolist() == ["a", "b", "c"]
        stopped = classifier(early_stopping=True).fit(X, ["a", "b", "c"])
        assert stopped.predict_proba(X).shape == (3, 3)

    def test_one_row(self):
        X = features(1)
        assert classifier().fit(X, ["a"]).predict(X).tolist() == ["a"]
        assert regressor().fit(X, [3.0]).predict(X).shape == (1,)

    def test_batches_larger_than_the_data(self):
        X, y = classes()
        first, second = (classifier(batch_size=size, shuffle=False).fit(X, y) for size in (60, 10_000))
        assert same_bits(first, second, X)


class TestScales:
    def test_huge_features(self):
        X, y = quantities()
        assert message_of(lambda: regressor().fit(1e30 * X, y), DivergenceError) == (
            "the loss became inf in epoch 1, step 1 of 4, before the end of the first epoch; "
            "the weights are the initial ones\n"
            "  hint: reduce learning_rate, scale the inputs, and check them for NaN"
        )

    def test_features_too_large_for_single_precision(self):
        X, y = classes()
        estimator = classifier().fit(X, y)
        X[3, 1] = -1e39
        message = "Input X contains infinity or a value too large for dtype('float32')."
        assert message_of(lambda: classifier().fit(X, y)) == message_of(lambda: estimator.predict(X)) == message


class TestNotFinite:
    @pytest.mark.parametrize(
        "value, message",
        [
            (np.nan, "(?s)^Input X contains NaN.\nNN.* does not accept missing values encoded as NaN natively"),
            (np.inf, r"^Input X contains infinity or a value too large for dtype\('float64'\)\.$"),
        ],
        ids=["NaN", "infinite"],
    )
    def test_features(self, value, message):
        X, y = classes()
        estimator = classifier().fit(X, y)
        X[3, 1] = value
        with pytest.raises(ValueError, match=message):
            classifier().fit(X, y)
        with pytest.raises(ValueError, match=message):
            estimator.predict(X)

    def test_missing_values_of_a_table(self):
        X, y = classes()
        frame = table((X > 0) * 1.0).astype("Int64")
        frame.loc[frame.index % 5 == 3, "b"] = pd.NA
        assert np.isfinite(classifier().fit(frame, y).predict_proba(frame)).all()
        with pytest.raises(ValueError, match=r"^Input X contains NaN"):
            classifier(prepare=None).fit(frame, y)

    @pytest.mark.parametrize("y", [[1.0, None], pd.Series([1, pd.NA], dtype="Int64")], ids=str)
    def test_targets(self, y):
        assert message_of(lambda: classifier().fit(features(2), y)) == "Input y contains NaN."


class TestKindsOfNumbers:
    """Of arrays: see test_inputs.py."""

    @pytest.mark.parametrize("dtype", ["Int64", "boolean", "category", "string"])
    def test_labels(self, dtype):
        X, y = classes(n_classes=2)
        estimator = classifier().fit(X, pd.Series(y).astype("Int64").astype(dtype))
        assert same_bits(estimator, classifier().fit(X, y), X)
        assert set(estimator.predict(X).astype(int)) == {0, 1}

    def test_quantities(self):
        X, y = quantities()
        y = y.round()
        assert same_bits(regressor().fit(X, pd.Series(y, dtype="Int64")), regressor().fit(X, y), X)

    @pytest.mark.parametrize("kind", ["datetime64[D]", "timedelta64[s]"])
    def test_dates_and_durations(self, kind):
        X, times = features(60), np.arange(60).astype(kind)
        hint = "convert it to numbers, such as days since a fixed date"
        message = "{} has dtype " + f"{kind}, which networks do not support\n  hint: {hint}"
        assert message_of(lambda: classifier().fit(times[:, None], np.arange(60) % 2)) == message.format("X")
        assert message_of(lambda: regressor().fit(X, times)) == message.format("y")
        assert message_of(lambda: regressor().fit(X, X[:, 0], X_val=X, y_val=times)) == message.format("y_val")
        assert set(classifier().fit(X, times[np.arange(60) % 2]).predict(X)) <= set(times[:2])


def table(X):
    return pd.DataFrame(X, columns=list("abcd"))


class TestObjects:
    def test_text(self):
        X = np.array([["a", "b"], ["c", "d"]], dtype=object)
        with pytest.raises(ValueError, match=r"^could not convert string to float: 'a'$"):
            classifier().fit(X, [0, 1])
        with pytest.raises(ValueError, match=r"(?s)^dtype='numeric' is not compatible with arrays of bytes/strings"):
            classifier().fit(X.astype(str), [0, 1])

    def test_masked_values(self):
        X, y = classes()
        masked = np.ma.masked_greater(X, 1.5)
        message = "{} has masked values\n  hint: fill them, or drop their rows"
        assert message_of(lambda: classifier().fit(masked, y)) == message.format("X")
        assert message_of(lambda: classifier().fit(X, y).predict(masked)) == message.format("X")
        assert message_of(lambda: classifier().fit(X, np.ma.masked_equal(y, 1))) == message.format("y")
        weights = np.ma.masked_less(np.arange(60.0), 5)
        assert message_of(lambda: classifier().fit(X, y, weights)) == message.format("sample_weight")
        nothing_masked = np.ma.masked_greater(X, 1e9)
        assert same_bits(classifier().fit(nothing_masked, y), classifier().fit(X, y), X)


class TestWrongSizes:
    @pytest.mark.slow
    def test_predictions_of_a_table_without_rows(self):
        X, y = classes()
        frame = table(X)
        estimator = classifier().fit(frame, y)
        assert estimator.predict(frame.head(0)).shape == (0,)
        assert estimator.predict_proba(frame.head(0)).shape == (0, 3)
        assert regressor().fit(frame, X).predict(frame.head(0)).shape == (0, 4)

    def test_another_number_of_axes(self):
        estimator = classifier().fit(*classes())
        assert (
            message_of(lambda: estimator.predict(features()[:, :, None]))
            == "X has samples of shape (4, 1), but NNClassifier is expecting samples of shape (4,)"
        )
