"""Regression: targets are standardized for training, and predictions have their units."""

import numpy as np
import pytest
from sklearn.datasets import load_diabetes
from sklearn.metrics import mean_squared_error, r2_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from estimators.samples import features, message_of, quantities, regressor, same_bits


def test_score_on_diabetes():
    X, y = load_diabetes(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(StandardScaler().fit_transform(X), y, random_state=0)
    estimator = regressor(epochs=15, learning_rate=0.005).fit(X_train, y_train)
    assert estimator.score(X_test, y_test) > 0.25  # linear regression reaches 0.33
    assert estimator.score(X_test, y_test) == r2_score(y_test, estimator.predict(X_test))
    assert (estimator.recipe_.task, estimator.n_outputs_) == ("regression", 1)


class TestShapes:
    def test_several_targets_of_different_units(self):
        X, y = quantities(120)
        Y = np.column_stack([y, -1e6 * y, 1e-6 * y])
        estimator = regressor(epochs=20).fit(X, Y)
        predicted = estimator.predict(X)
        assert (predicted.shape, predicted.dtype, estimator.n_outputs_) == (Y.shape, np.float64, 3)
        assert (r2_score(Y, predicted, multioutput="raw_values") > 0.8).all()

    @pytest.mark.parametrize("dtype", ["bool", "object"])
    def test_dtypes_of_y(self, dtype):
        X, y = quantities()
        y = (y > 100) * 1 if dtype == "bool" else y.round().clip(0, 255)
        estimator = regressor().fit(X, y.astype(dtype))
        assert estimator.predict(X).dtype == np.float64
        np.testing.assert_allclose(estimator.predict(X), regressor().fit(X, y).predict(X), rtol=1e-4)


class TestScale:
    @pytest.mark.parametrize("factor", [1e-300, 1e300])
    def test_predictions_scale_with_y(self, factor):
        X, y = quantities()
        plain, other = regressor().fit(X, y), regressor().fit(X, factor * y)
        np.testing.assert_allclose(other.predict(X), factor * plain.predict(X), rtol=1e-5)
        assert other.history_.curves["loss"] == pytest.approx(plain.history_.curves["loss"], rel=1e-4)

    @pytest.mark.parametrize("value", [0.0, 1e30])
    def test_a_constant_target(self, value):
        X, y = quantities()[0], np.full(60, value)
        predicted = regressor(epochs=30).fit(X, y).predict(X)
        assert np.isfinite(predicted).all()
        np.testing.assert_allclose(predicted, value, atol=2)  # scale 1

    def test_a_constant_column_among_others(self):
        X, y = quantities()
        predicted = regressor(epochs=20).fit(X, np.column_stack([y, np.full(60, 5.0)])).predict(X)
        assert abs(predicted[:, 1].mean() - 5) < 0.5
        assert r2_score(y, predicted[:, 0]) > 0.5

    def test_scale_is_that_of_the_weighted_training_set(self):
        X, y = quantities()
        weights = np.random.default_rng(1).uniform(0.1, 5, 60)
        estimator = regressor(validation_fraction=0.25, validation="last").fit(X, y, sample_weight=weights)
        targets = estimator._fitted.targets
        mean = np.average(y[:45], weights=weights[:45])
        assert targets.mean[0] == pytest.approx(mean, rel=1e-12)
        variance = np.average((y[:45] - mean) ** 2, weights=weights[:45])
        assert targets.scale[0] == pytest.approx(np.sqrt(variance), rel=1e-9)
        given = regressor().fit(
            X[:45], y[:45], weights[:45], X_val=X[45:], y_val=y[45:], sample_weight_val=weights[45:]
        )
        assert same_bits(estimator, given, X)
        assert estimator.history_.curves == given.history_.curves

    def test_losses_are_those_of_standardized_targets(self):
        X, y = quantities()
        estimator = regressor(learning_rate=1e-9, l2=0.0, epochs=1).fit(X, y)
        expected = mean_squared_error(y, estimator.predict(X)) / y.var()
        assert estimator.history_.curves["loss"][0] == pytest.approx(expected, rel=1e-5)

    def test_scale_target_false(self):
        X, y = quantities()
        estimator = regressor(scale_target=False, learning_rate=1e-9, l2=0.0, epochs=1).fit(X, y)
        expected = mean_squared_error(y, estimator.predict(X))
        assert estimator.history_.curves["loss"][0] == pytest.approx(expected, rel=1e-5)
        np.testing.assert_array_equal(estimator.predict(X), estimator.model_.predict(X, verbose=0)[:, 0])


class TestWeights:
    def test_samples_with_weight_0_are_dropped(self):
        X, y = quantities()
        weights = np.random.default_rng(1).uniform(1, 2, 60)
        weights[::4] = 0
        kept = weights > 0
        y[~kept] = 1e9
        given = regressor(validation_fraction=0.2).fit(X, y, sample_weight=weights)
        left_out = regressor(validation_fraction=0.2).fit(X[kept], y[kept], sample_weight=weights[kept])
        assert same_bits(given, left_out, X)
        assert given.history_.curves == left_out.history_.curves


@pytest.mark.parametrize(
    "y, message",
    [
        (np.full(60, np.nan), "^Input y contains NaN.$"),
        (None, "^NNRegressor requires y to be passed, but the target y is None$"),
        (
            np.zeros((60, 2, 2)),
            r"^y must be of shape \(n_samples,\) or \(n_samples, n_outputs\), got \(60, 2, 2\)\n"
            r"  hint: pass y\.reshape\(len\(y\), -1\) for one column per value$",
        ),
        (np.ma.masked_equal(np.arange(60), 3), "^y has masked values\n  hint: fill them, or drop their rows$"),
    ],
    ids=["NaN", "None", "3-d", "masked"],
)
def test_invalid_targets_raise(y, message):
    with pytest.raises(ValueError, match=message):
        regressor().fit(features(), y)


def test_y_val_must_have_the_shape_of_y():
    X, y = quantities()
    Y = np.column_stack([y, y])
    assert (
        message_of(lambda: regressor().fit(X, Y, X_val=X, y_val=y))
        == "y_val must be of shape (n_samples, 2), got (60,)"
    )
