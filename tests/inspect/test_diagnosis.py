"""`diagnose` of estimators: before a fit, after it, and after a divergence; and columns of unlike samples."""

import warnings

import numpy as np
import pandas as pd
import pytest

from nnbuild import NNClassifier, NNRegressor
from nnbuild.errors import DivergenceWarning, NNBuildWarning, UnderfittingWarning
from nnbuild.inspect.shift import shifts

rng = np.random.default_rng(0)
X = rng.normal(size=(120, 4)).astype("float32")
Y = np.where(X[:, 0] > X[:, 1], "yes", "no")
SGD = {"type": "SGD", "learning_rate": 0.1}


def classifier(activation="relu", optimizer=SGD, **settings):
    recipe = {
        "layers": [{"type": "Dense", "units": 4, "activation": activation, "name": "hidden"}],
        "training": {"optimizer": optimizer, "batch_size": 16, "epochs": 8, "validation_fraction": 0, **settings},
    }
    return NNClassifier(recipe, random_state=0)


def codes(diagnosis):
    return [finding.code for finding in diagnosis if finding.severity != "hint"]


@pytest.fixture(scope="module")
def fitted():
    return classifier().fit(X, Y)


def test_before_a_fit_initial_weights_and_samples_are_examined():
    table = pd.DataFrame(X, columns=list("abcd"))
    table.loc[:80, "c"] = np.nan
    healthy = classifier()
    assert codes(healthy.diagnose(X, Y)) == []
    assert not hasattr(healthy, "history_")
    (found,) = (one for one in healthy.diagnose(table, Y) if one.code == "missing_values")
    assert found.evidence[0].startswith("column 'c': 81 of 120 values are missing; prepared as number, ")
    dead = classifier().set_params(layers__hidden__bias_initializer={"type": "Constant", "value": -9})
    assert codes(dead.diagnose(X, Y)) == ["dead_units"]


def test_after_a_fit_curves_and_scores_are_examined(fitted):
    assert codes(fitted.diagnose(X, Y)) == []
    at_rest, chance = classifier(optimizer={**SGD, "learning_rate": 1e-9}), rng.permutation(Y)
    with pytest.warns(UnderfittingWarning):
        at_rest.fit(X, chance)
    found = at_rest.diagnose(X, chance)
    assert {"learning_rate", "underfitting"} <= set(codes(found))
    texts = next(one for one in found if one.code == "underfitting").evidence
    assert texts[0].startswith("accuracy 0.")
    assert texts[-1].startswith("loss was ")  # it is flat


def test_an_output_layer_without_probabilities():
    layers = [{"type": "Dense", "units": 4, "activation": "relu"}, {"type": "Dense", "units": 3}]
    recipe = {"layers": layers, "outputs": "last", "training": {"epochs": 1, "batch_size": 16}}
    y = np.where(X[:, 2] > 0, "maybe", Y)
    estimator = NNClassifier(recipe, random_state=0)
    found = estimator.diagnose(X, y)
    assert codes(found) == ["missing_probabilities"]
    assert codes(NNClassifier(found.fixed(), random_state=0).diagnose(X, y)) == []
    estimator.fit(X, y)
    assert {"missing_probabilities", "below_baseline"} <= set(codes(estimator.diagnose(X, y)))
    free = NNRegressor({"layers": [{"type": "Dense", "units": 1, "activation": "relu"}], "outputs": "last"})
    assert codes(free.diagnose(X, X[:, 0])) == ["bounded_regression"]
    assert codes(free.set_params(scale_target=False).diagnose(X, abs(X[:, 0]))) == []


def test_samples_outside_the_training_set_are_compared(fitted):
    other = -X[:60] + 3
    found = fitted.diagnose(X, Y, X_val=other, y_val=Y[:60])
    assert {"overfitting", "unlike_samples"} <= set(codes(found))
    shift = next(one for one in found if one.code == "unlike_samples")
    assert shift.evidence[0].startswith("column '")
    assert "60 validation samples" in shift.evidence[0]


def test_the_last_samples_are_compared_but_not_random_ones():
    ordered = X + np.linspace(0, 5, 120)[:, None].astype("float32")
    settings = {"validation_fraction": 0.2, "validation": "last"}
    assert codes(classifier(**settings).diagnose(ordered, Y)) == ["unlike_samples"]
    assert codes(classifier(validation_fraction=0.2).diagnose(ordered, Y)) == []


def test_a_divergence_is_repeated_to_find_the_layer():
    layers = [{"type": "Dense", "units": 4, "activation": "tanh"}, {"type": "Dense", "units": 1, "name": "last"}]
    training = {"optimizer": {**SGD, "learning_rate": 1.5}, "batch_size": 16, "epochs": 30, "validation_fraction": 0}
    recipe = {"layers": layers, "outputs": "last", "training": training}
    regressor = NNRegressor(recipe, prepare=None, scale_target=False, random_state=0)
    with pytest.warns(DivergenceWarning):
        regressor.fit(X, X[:, 0])
    found = next(one for one in regressor.diagnose(X, X[:, 0]) if one.code == "diverged")
    assert found.evidence[1].startswith("NaN or infinite first in the ")


def test_a_range_test_finds_a_rate_that_is_too_low():
    found = classifier(optimizer={**SGD, "learning_rate": 1e-7}).diagnose(X, Y, range_test=True)
    assert "learning_rate_low" in codes(found)
    (low,) = (one for one in found if one.code == "learning_rate_low")
    assert list(low.edit) == [("training", "optimizer", "learning_rate")]
    assert "learning_rate_low" not in codes(classifier().diagnose(X, Y, range_test=True))


def test_a_verbose_fit_warns_once_of_findings(capsys):
    bouncing = classifier(optimizer={**SGD, "learning_rate": 200.0}, epochs=12).set_params(verbose=True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        bouncing.fit(X, Y)
    (one,) = (one for one in caught if one.category is NNBuildWarning)
    assert str(one.message).startswith("findings about the training\n  ")
    assert str(one.message).endswith("\n  hint: the method diagnose(X, y) returns all findings, with remedies")
    assert one.filename == __file__


def test_columns_of_equal_distributions_are_not_reported():
    found = [shifts(rng.normal(size=(300, 20)), rng.normal(size=(100, 20))) for _ in range(20)]
    assert found == [[]] * 20


def test_numbers_categories_and_times_are_compared():
    times = pd.date_range("2024-01-01", periods=200)
    first = pd.DataFrame({"number": rng.normal(size=200), "kind": ["a", "b"] * 100, "time": times, "same": 1.0})
    second = pd.DataFrame(
        {"number": rng.normal(2, size=200), "kind": ["b"] * 200, "time": times + pd.Timedelta("99D"), "same": 1.0}
    )
    found = {one.column: one for one in shifts(first, second)}
    assert set(found) == {"number", "kind", "time"}
    assert (found["kind"].distance, found["kind"].second) == (0.5, "b 100%")
    assert found["number"].first.startswith("median ")
    assert shifts(first[:10], second) == []
    assert shifts(np.zeros((30, 2, 2)), np.zeros((30, 2, 2))) == []
