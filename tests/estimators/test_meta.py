"""Searches, ensembles, wrappers and inspection of scikit-learn with the estimators, on real data.

Scores are of the test set. Their bounds are far below the measured scores, in comments, and above those of an untrained
network.
"""

from functools import cache

import numpy as np
import pytest
import sklearn
from sklearn import datasets, ensemble
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.exceptions import FitFailedWarning
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.frozen import FrozenEstimator
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.metrics import f1_score, log_loss
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    HalvingGridSearchCV,
    KFold,
    TunedThresholdClassifierCV,
    cross_val_predict,
    learning_curve,
    train_test_split,
)
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler, scale

from estimators.samples import classifier, same_bits
from nnbuild import DivergenceError, RecipeError

LABELS = {"iris", "wine"}  # their y is text here


@cache
def data(name):
    """X, scaled, and y of one of scikit-learn's data sets; of digits the first 400 rows."""
    loaded = getattr(datasets, f"load_{name}")()
    y = loaded.target_names[loaded.target] if name in LABELS else loaded.target
    return (loaded.data[:400] / 16, y[:400]) if name == "digits" else (scale(loaded.data), y)


@cache
def halves(name):
    """X, X_test, y, y_test: rows to train on, and others."""
    X, y = data(name)
    return train_test_split(X, y, test_size=0.5, random_state=0, stratify=y)


@cache
def fitted(name):
    """A network trained on one half of the data."""
    X, _, y, _ = halves(name)
    return net().fit(X, y)


def table():
    """A frame of wines, with a column of text, and y."""
    X, y = datasets.load_wine(return_X_y=True, as_frame=True)
    return X.assign(strength=np.where(X["alcohol"] > 13, "strong", "light")), y


def net(**params):
    return classifier(**{"epochs": 10, "learning_rate": 0.05, **params})


def scores_of(search):
    """All of `cv_results_` but the times, as plain values."""
    columns = {name: column for name, column in search.cv_results_.items() if "time" not in name}
    return {name: np.asarray(column).tolist() for name, column in columns.items()}


class TestSearches:
    GRID = {"hidden": [[8], [8, 8]], "learning_rate": [0.002, 0.05]}  # noqa: RUF012

    @pytest.mark.slow
    def test_grid_search_scores_do_not_depend_on_n_jobs(self):
        alone, together = (GridSearchCV(net(), self.GRID, cv=3, n_jobs=n).fit(*data("digits")) for n in (1, 2))
        assert scores_of(alone) == scores_of(together)
        assert alone.best_params_["learning_rate"] == 0.05
        assert alone.best_score_ > 0.75  # 0.88
        assert same_bits(alone, together, data("digits")[0])

    def test_epochs_as_the_resource_of_halving(self):
        grid = {"net__learning_rate": [1e-4, 1e-3, 0.02, 0.05]}
        search = HalvingGridSearchCV(
            Pipeline([("scale", StandardScaler()), ("net", classifier())]), grid, resource="net__epochs",
            min_resources=2, max_resources=8, factor=2, cv=2, random_state=0,
        ).fit(*data("iris"))  # fmt: skip
        assert search.n_resources_ == [2, 4, 8]
        assert search.cv_results_["n_resources"].tolist() == [2, 2, 2, 2, 4, 4, 8]
        assert search.best_estimator_["net"].n_iter_ == search.best_params_["net__epochs"] == 8
        assert search.best_params_["net__learning_rate"] >= 0.02

    def test_a_diverging_candidate_scores_nan(self):
        search = GridSearchCV(classifier(), {"learning_rate": [0.02, 1e38]}, cv=2)
        with (
            pytest.warns(FitFailedWarning, match="DivergenceError: the loss became nan in epoch 1"),
            pytest.warns(UserWarning, match="One or more of the test scores are non-finite"),
        ):
            search.fit(*data("iris"))
        assert np.isnan(search.cv_results_["mean_test_score"]).tolist() == [False, True]
        assert search.best_params_ == {"learning_rate": 0.02}
        with pytest.raises(DivergenceError):
            search.set_params(error_score="raise").fit(*data("iris"))

    @pytest.mark.slow
    def test_errors_of_other_processes_keep_their_problems(self):
        search = GridSearchCV(classifier(), {"activation": ["relu", "rellu"]}, cv=2, error_score="raise", n_jobs=2)
        with pytest.raises(RecipeError, match="unknown activation 'rellu'") as caught:
            search.fit(*data("iris"))
        assert [problem.path for problem in caught.value.problems]


class TestCrossValidation:
    def test_cross_val_predict(self):
        X, y = data("iris")
        probabilities = cross_val_predict(net(), X, y, cv=3, method="predict_proba")
        assert log_loss(y, probabilities) < 0.4  # 0.10; of equal ones: 1.1

    @pytest.mark.slow
    def test_learning_curve(self):
        sizes, _, scores = learning_curve(
            net(), *data("digits"), train_sizes=[0.1, 1.0], cv=3, shuffle=True, random_state=0,
            exploit_incremental_learning=True,
        )  # fmt: skip
        assert sizes.tolist() == [26, 266]
        assert scores[1].mean() > scores[0].mean()


# Estimators with networks inside, their data, and the lowest score on the test set: accuracy.
WRAPPED = {
    "StackingClassifier": (
        ensemble.StackingClassifier([("net", net()), ("other", net(random_state=1))], cv=3), "iris", 0.85),
    "AdaBoostClassifier": (ensemble.AdaBoostClassifier(net(), n_estimators=3, random_state=0), "iris", 0.85),
    "CalibratedClassifierCV": (CalibratedClassifierCV(net(), method="isotonic", cv=3), "breast_cancer", 0.92),
}  # fmt: skip


class TestWrappers:
    @pytest.mark.slow
    @pytest.mark.parametrize("name", WRAPPED)
    def test_score_on_the_test_set(self, name):
        estimator, where, least = WRAPPED[name]
        X, X_test, y, y_test = halves(where)
        assert clone(estimator).fit(X, y).score(X_test, y_test) > least

    def test_boosting_passes_sample_weights(self):
        X, _, y, _ = halves("iris")
        boosted = ensemble.AdaBoostClassifier(classifier(), n_estimators=2, random_state=0).fit(X, y)
        first, second = boosted.estimators_
        weights = np.where(first.predict(X) == y, 1.0, np.exp(boosted.estimator_weights_[0]))
        by_hand = clone(second).fit(X, y, weights)
        np.testing.assert_allclose(second.predict_proba(X), by_hand.predict_proba(X), atol=1e-4)
        assert not np.allclose(second.predict_proba(X), clone(second).fit(X, y).predict_proba(X), atol=1e-2)

    @pytest.mark.slow
    def test_thresholds(self):
        X, X_test, y, y_test = halves("breast_cancer")
        tuned = TunedThresholdClassifierCV(classifier(epochs=2), scoring="f1", cv=3).fit(X, y)
        assert f1_score(y_test, tuned.predict(X_test)) > 0.9
        fixed = FixedThresholdClassifier(FrozenEstimator(fitted("breast_cancer")), threshold=0.9).fit(X, y)
        expected = fitted("breast_cancer").predict_proba(X_test)[:, 1] >= 0.9
        assert np.array_equal(fixed.predict(X_test), expected)


class TestTables:
    @pytest.mark.slow
    def test_inspection_of_tables_with_text_columns(self):
        X, y = table()
        estimator = net().fit(X, y)
        found = permutation_importance(estimator, X, y, n_repeats=2, random_state=0)
        assert found.importances_mean.shape == (14,)
        result = partial_dependence(estimator, X, ["strength"], categorical_features=["strength"])
        assert result["average"].shape == (3, 2)


class TestRouting:
    @pytest.fixture(autouse=True)
    def routing(self):
        with sklearn.config_context(enable_metadata_routing=True):
            yield

    def test_a_search_passes_weights_and_validation_set(self):
        X, X_val, y, y_val = halves("breast_cancer")
        X_val, y_val = X_val[:50], y_val[:50]
        weights = np.random.default_rng(0).uniform(0.1, 1, len(X))
        network = classifier().set_fit_request(sample_weight=True, X_val=True, y_val=True)
        network.set_score_request(sample_weight=True)
        search = GridSearchCV(network, {"hidden": [[8]]}, cv=KFold(2)).fit(
            X, y, sample_weight=weights, X_val=X_val, y_val=y_val
        )
        train, test = next(iter(KFold(2).split(X)))
        by_hand = clone(network).fit(X[train], y[train], weights[train], X_val=X_val, y_val=y_val)
        assert search.cv_results_["split0_test_score"] == by_hand.score(X[test], y[test], weights[test])
        best = clone(network).fit(X, y, weights, X_val=X_val, y_val=y_val)
        assert search.best_estimator_.history_.curves == best.history_.curves
        assert "val_loss" in best.history_.curves

    def test_bagging_passes_sample_weights(self):
        """Samples with weight 0 have wrong labels."""
        X, X_test, y, y_test = halves("iris")
        wrong = np.arange(75) % 2 == 1
        y = np.where(wrong, "setosa", y)
        network = net().set_fit_request(sample_weight=True)
        estimator = ensemble.BaggingClassifier(network, n_estimators=2, random_state=0)
        weighted = clone(estimator).fit(X, y, sample_weight=1.0 - wrong).score(X_test, y_test)
        assert weighted > 0.75 > estimator.fit(X, y).score(X_test, y_test)  # 0.87 or more, 0.67 or less
