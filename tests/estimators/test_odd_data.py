"""Odd data: what can be learned is learned, and the rest is told, in scikit-learn's words where it has some."""

import numpy as np
import pandas as pd
import pytest

from estimators.samples import classes, classifier, features, message_of, quantities, regressor, same_bits
from nnbuild import DivergenceError

TOO_LARGE = r"^Input X contains infinity or a value too large for dtype\('float32'\)\.$"


def message(error):
    return str(error.value)


class TestFewOfSomething:
    def test_one_feature(self):
        X, y = classes()
        assert classifier(epochs=20).fit(X[:, :1], X[:, 0] > 0).score(X[:, :1], X[:, 0] > 0) > 0.9
        assert regressor().fit(X[:, :1], y).predict(X[:, :1]).shape == (60,)

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

    def test_more_features_than_rows(self):
        X = np.random.default_rng(0).normal(size=(6, 500))
        assert classifier(epochs=20).fit(X, np.arange(6) % 2).score(X, np.arange(6) % 2) == 1

    def test_batches_larger_than_the_data(self):
        X, y = classes()
        first, second = (classifier(batch_size=size, shuffle=False).fit(X, y) for size in (60, 10_000))
        assert same_bits(first, second, X)

    def test_constant_features(self):
        X, y = classes()
        X[:, 1:] = 5.0
        assert np.isfinite(classifier().fit(X, y).predict_proba(X)).all()


class TestScales:
    def test_tiny_features(self):
        X, y = quantities()
        predicted = regressor().fit(1e-30 * X, y).predict(1e-30 * X)
        np.testing.assert_allclose(predicted, predicted[0], rtol=0.1)  # the mean: nothing else can be seen

    @pytest.mark.parametrize("factor", [1e-300, 1e-30, 1e30, 1e300])
    def test_columns_of_a_table_are_scaled(self, factor):
        X, y = quantities()
        first, second = (regressor().fit(table(f * X), y).predict(table(f * X)) for f in (1, factor))
        np.testing.assert_allclose(first, second, rtol=1e-4)

    def test_huge_features(self):
        X, y = quantities()
        assert message_of(lambda: regressor().fit(1e30 * X, y), DivergenceError) == (
            "the loss became inf in epoch 1, step 1 of 4, before the end of the first epoch; "
            "the weights are the initial ones\n"
            "  hint: reduce learning_rate, scale the inputs, and check them for NaN"
        )

    @pytest.mark.parametrize("value", [1e39, -1e300])
    def test_features_too_large_for_single_precision(self, value):
        X, y = classes()
        estimator = classifier().fit(X, y)
        X[3, 1] = value
        with pytest.raises(ValueError, match=TOO_LARGE):
            classifier().fit(X, y)
        with pytest.raises(ValueError, match=TOO_LARGE):
            estimator.predict(X)

    def test_double_precision_has_room_for_them(self):
        X, y = quantities()
        X[:, 1] *= 1e-45
        double = regressor(precision="float64").fit(X, y)
        assert np.isfinite(double.predict(X)).all()


class TestNotFinite:
    @pytest.mark.parametrize("make", [classifier, regressor])
    @pytest.mark.parametrize(
        "value, message",
        [
            (np.nan, "(?s)^Input X contains NaN.\nNN.* does not accept missing values encoded as NaN natively"),
            (np.inf, r"^Input X contains infinity or a value too large for dtype\('float64'\)\.$"),
        ],
        ids=["NaN", "infinite"],
    )
    def test_features(self, make, value, message):
        X, y = classes()
        estimator = make().fit(X, y)
        X[3, 1] = value
        with pytest.raises(ValueError, match=message):
            make().fit(X, y)
        with pytest.raises(ValueError, match=message):
            estimator.predict(X)

    @pytest.mark.parametrize("dtype", ["float64", "Float64", "Int64", "boolean", "object"])
    def test_missing_values_of_a_table(self, dtype):
        X, y = classes()
        frame = table((X > 0) * 1.0).astype("Int64").astype(dtype)
        frame.loc[frame.index % 5 == 3, "b"] = None if dtype == "object" else pd.NA
        assert np.isfinite(classifier().fit(frame, y).predict_proba(frame)).all()
        with pytest.raises(ValueError, match=r"^Input X contains NaN"):
            classifier(prepare=None).fit(frame, y)

    def test_values_that_are_missing_at_predict_alone(self):
        X, y = classes()
        frame = table(X)
        estimator = classifier().fit(frame, y)
        frame.loc[3] = np.nan
        assert np.isfinite(estimator.predict_proba(frame)).all()

    def test_infinite_values_of_a_table(self):
        X, y = classes()
        frame = table(X)
        estimator = classifier().fit(frame, y)
        frame.loc[3, "b"] = -np.inf
        message = (
            "column 'b': Input X contains infinity or a value too large for dtype('float32')\n"
            "  hint: replace it by NaN, for a missing value, or by a finite number"
        )
        assert message_of(lambda: classifier().fit(frame, y)) == message
        assert message_of(lambda: estimator.predict(frame)) == message

    @pytest.mark.parametrize("y", [[1.0, None], pd.Series([1, pd.NA], dtype="Int64"), [1.0, np.nan]], ids=str)
    @pytest.mark.parametrize("make", [classifier, regressor])
    def test_targets(self, make, y):
        assert message_of(lambda: make().fit(features(2), y)) == "Input y contains NaN."


class TestKindsOfNumbers:
    """Of arrays: see test_inputs.py."""

    @pytest.mark.parametrize("dtype", ["Int8", "UInt16", "Float32", "float16", "uint8", "object", "Sparse[float64]"])
    def test_columns(self, dtype):
        X, y = classes()
        frame = table((8 * X).round().clip(0, 100))
        assert same_bits(classifier().fit(frame.astype("int64").astype(dtype), y), classifier().fit(frame, y), frame)

    @pytest.mark.parametrize("dtype", ["Int64", "boolean", "Float64", "category", "string"])
    def test_labels(self, dtype):
        X, y = classes(n_classes=2)
        estimator = classifier().fit(X, pd.Series(y).astype("Int64").astype(dtype))
        assert same_bits(estimator, classifier().fit(X, y), X)
        assert set(estimator.predict(X).astype(int)) == {0, 1}

    def test_quantities(self):
        X, y = quantities()
        y = y.round()
        for given in (pd.Series(y, dtype="Int64"), pd.Series(y, dtype="Float32"), y.astype(object)):
            assert same_bits(regressor().fit(X, given), regressor().fit(X, y), X)

    @pytest.mark.parametrize("kind", ["datetime64[D]", "timedelta64[s]"])
    def test_dates_and_durations(self, kind):
        X, times = features(60), np.arange(60).astype(kind)
        message = (
            "{} has dtype "
            + kind
            + ", which networks do not support\n  hint: convert it to numbers, such as days since a fixed date"
        )
        assert message_of(lambda: classifier().fit(times[:, None], np.arange(60) % 2)) == message.format("X")
        assert message_of(lambda: regressor().fit(X, times)) == message.format("y")
        assert message_of(lambda: regressor().fit(X, X[:, 0], X_val=X, y_val=times)) == message.format("y_val")
        assert set(classifier().fit(X, times[np.arange(60) % 2]).predict(X)) <= set(times[:2])


def table(X):
    return pd.DataFrame(X, columns=list("abcd"))


class TestObjects:
    def test_numbers(self):
        X, y = classes()
        assert same_bits(classifier().fit(X.astype(object), y), classifier().fit(X, y), X.astype(object))

    def test_text(self):
        X = np.array([["a", "b"], ["c", "d"]], dtype=object)
        with pytest.raises(ValueError, match=r"^could not convert string to float: 'a'$"):
            classifier().fit(X, [0, 1])
        with pytest.raises(ValueError, match=r"(?s)^dtype='numeric' is not compatible with arrays of bytes/strings"):
            classifier().fit(X.astype(str), [0, 1])

    def test_numbers_written_as_text_in_an_object_array(self):
        X, y = classes()
        X = X.round(3)
        assert same_bits(classifier().fit(X.astype(str).astype(object), y), classifier().fit(X, y), X)

    @pytest.mark.parametrize(
        "X", [[[1, 2], [3]], [{"a": 1}, {"a": 2}], "text", 3, None, object()], ids=lambda X: type(X).__name__
    )
    def test_what_is_no_array(self, X):
        with pytest.raises((ValueError, TypeError)) as error:
            classifier().fit(X, [0, 1])
        assert message(error)
        assert "nnbuild" not in message(error)  # scikit-learn's and NumPy's own words

    def test_complex(self):
        X, y = classes()
        with pytest.raises(ValueError, match=r"^Complex data not supported"):
            classifier().fit(X + 1j, y)

    def test_masked_values(self):
        X, y = classes()
        masked = np.ma.masked_greater(X, 1.5)
        message = "^X has masked values\n  hint: fill them, or drop their rows$"
        with pytest.raises(ValueError, match=message):
            classifier().fit(masked, y)
        with pytest.raises(ValueError, match=message):
            classifier().fit(X, y).predict(masked)
        for name, data in {
            "y": {"y": np.ma.masked_equal(y, 1)},
            "sample_weight": {"y": y, "sample_weight": np.ma.masked_less(np.arange(60.0), 5)},
        }.items():
            assert message_of(lambda data=data: classifier().fit(X, **data)) == message[1:-1].replace("X", name)
        nothing_masked = np.ma.masked_greater(X, 1e9)
        assert same_bits(classifier().fit(nothing_masked, y), classifier().fit(X, y), X)


class TestWrongSizes:
    def test_lengths_that_differ(self):
        X, y = classes()
        found = r"^Found input variables with inconsistent numbers of samples: \[60, 59\]$"
        for make in (classifier, regressor):
            with pytest.raises(ValueError, match=found):
                make().fit(X, y[:-1])

    @pytest.mark.parametrize("make", [classifier, regressor])
    def test_no_rows(self, make):
        none = r"^Found array with 0 sample\(s\) \(shape=\(0, 4\)\) while a minimum of 1 is required"
        with pytest.raises(ValueError, match=none):
            make().fit(np.empty((0, 4)), [])
        with pytest.raises(ValueError, match=none):
            make().fit(*classes()).predict(np.empty((0, 4)))
        with pytest.raises(ValueError, match=none):
            make().fit(pd.DataFrame(columns=list("abcd"), dtype=float), [])

    def test_no_columns(self):
        none = r"^Found array with 0 feature\(s\) \(shape=\(60, 0\)\) while a minimum of 1 is required"
        for X in (np.empty((60, 0)), pd.DataFrame(index=range(60))):
            with pytest.raises(ValueError, match=none):
                classifier().fit(X, classes()[1])

    def test_no_rows_of_a_table_to_predict_for(self):
        X, y = classes()
        frame = table(X)
        estimator = classifier().fit(frame, y)
        assert estimator.predict(frame.head(0)).shape == (0,)
        assert estimator.predict_proba(frame.head(0)).shape == (0, 3)
        assert regressor().fit(frame, y).predict(frame.head(0)).shape == (0,)
        assert regressor().fit(frame, X).predict(frame.head(0)).shape == (0, 4)

    @pytest.mark.parametrize("make", [classifier, regressor])
    def test_another_number_of_columns(self, make):
        estimator = make().fit(*classes())
        name = type(estimator).__name__
        assert (
            message_of(lambda: estimator.predict(features()[:, :3]))
            == f"X has 3 features, but {name} is expecting 4 features as input."
        )

    def test_other_columns_of_a_table(self):
        X, y = classes()
        frame = table(X)
        estimator = classifier().fit(frame, y)
        start = "The feature names should match those that were passed during fit.\n"
        for given, message in [
            (frame[["a", "b", "c"]], "Feature names seen at fit time, yet now missing:\n- d\n"),
            (frame.assign(e=0.0), "Feature names unseen at fit time:\n- e\n"),
            (frame[["b", "a", "c", "d"]], "Feature names must be in the same order as they were in fit.\n"),
        ]:
            assert message_of(lambda given=given: estimator.predict(given)) == start + message

    def test_another_number_of_axes(self):
        estimator = classifier().fit(*classes())
        assert (
            message_of(lambda: estimator.predict(features()[:, :, None]))
            == "X has samples of shape (4, 1), but NNClassifier is expecting samples of shape (4,)"
        )


def test_columns_of_the_same_name():
    X, y = classes()
    message = "X has duplicate column names: 'a'\n  hint: rename these columns, or drop all but one of each name"
    twice = pd.DataFrame(X, columns=["a", "b", "a", "c"])
    assert message_of(lambda: classifier().fit(twice, y)) == message
    assert message_of(lambda: classifier().fit(table(X), y).predict(twice)) == message


def test_columns_that_are_called_by_numbers():
    X, y = classes()
    estimator = classifier().fit(pd.DataFrame(X), y)
    assert not hasattr(estimator, "feature_names_in_")
    with pytest.raises(TypeError, match=r"^Feature names are only supported if all input features have string names"):
        classifier().fit(pd.DataFrame(X, columns=["a", "b", 1, 2]), y)
