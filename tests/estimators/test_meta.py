"""Searches, ensembles, wrappers, selectors and inspection of scikit-learn with the estimators, on real data.

Scores are of the test set. Their bounds are far below the measured scores, in comments, and above those of an untrained
network.
"""

from functools import cache

import numpy as np
import pytest
import sklearn
from sklearn import datasets, ensemble, multiclass, multioutput
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.exceptions import FitFailedWarning
from sklearn.experimental import enable_halving_search_cv, enable_iterative_imputer  # noqa: F401
from sklearn.feature_selection import RFECV, SelectFromModel
from sklearn.frozen import FrozenEstimator
from sklearn.impute import IterativeImputer
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.linear_model import LogisticRegression, RANSACRegressor
from sklearn.metrics import f1_score, log_loss
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    HalvingGridSearchCV,
    KFold,
    TunedThresholdClassifierCV,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
    train_test_split,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder, StandardScaler, scale

from estimators.samples import classifier, regressor, same_bits
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
    return train_test_split(X, y, test_size=0.5, random_state=0, stratify=None if name == "diabetes" else y)


@cache
def fitted(name):
    """A network that knows one half of the data."""
    X, _, y, _ = halves(name)
    return (line() if name == "diabetes" else net()).fit(X, y)


def table():
    """A frame of wines, with a column of text, and y."""
    X, y = datasets.load_wine(return_X_y=True, as_frame=True)
    return X.assign(strength=np.where(X["alcohol"] > 13, "strong", "light")), y


def net(**params):
    return classifier(**{"epochs": 10, "learning_rate": 0.05, **params})


def line():
    return regressor(epochs=10)


def importances(network):
    """What each feature weighs in the first layer."""
    return np.abs(network.model_.get_weights()[0]).sum(axis=1)


def scores_of(search):
    """All of `cv_results_` but the times, as plain values."""
    columns = {name: column for name, column in search.cv_results_.items() if "time" not in name}
    return {name: np.asarray(column).tolist() for name, column in columns.items()}


class TestSearches:
    GRID = {"hidden": [[8], [8, 8]], "learning_rate": [0.002, 0.05]}  # noqa: RUF012

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
        train, test = next(iter(KFold(3).split(X)))
        folds = cross_val_predict(net(), X, y, cv=KFold(3))
        assert folds[test].tolist() == net().fit(X[train], y[train]).predict(X[test]).tolist()

    def test_early_stopping_in_every_fold(self):
        estimator = net(early_stopping={"patience": 3}, epochs=100)
        found = cross_validate(estimator, *data("iris"), cv=3, return_estimator=True)
        assert max(one.n_iter_ for one in found["estimator"]) < 100  # 46
        assert found["test_score"].min() > 0.6  # 0.8

    def test_learning_curve(self):
        for exploit in (False, True):  # anew for each size, or on from the smaller ones by partial_fit
            sizes, _, scores = learning_curve(
                net(), *data("digits"), train_sizes=[0.1, 1.0], cv=3, shuffle=True, random_state=0,
                exploit_incremental_learning=exploit,
            )  # fmt: skip
            assert sizes.tolist() == [26, 266]
            assert scores[1].mean() > scores[0].mean()


# Estimators with networks inside, their data, and the lowest score on the test set: accuracy, or R2 of diabetes. The
# slow ones use no other methods of the networks.
WRAPPED = {
    "StackingClassifier": (
        ensemble.StackingClassifier([("net", net()), ("other", net(random_state=1))], cv=3), "iris", 0.85),
    "AdaBoostClassifier": (ensemble.AdaBoostClassifier(net(), n_estimators=3, random_state=0), "iris", 0.85),
    "TransformedTargetRegressor": (
        TransformedTargetRegressor(line(), func=np.log, inverse_func=np.exp), "diabetes", 0.2),
    "CalibratedClassifierCV": (CalibratedClassifierCV(net(), method="isotonic", cv=3), "breast_cancer", 0.92),
}  # fmt: skip
SLOW = {
    "VotingRegressor": (
        ensemble.VotingRegressor([("net", line()), ("other", line().set_params(random_state=1))]), "diabetes", 0.25),
    "StackingClassifier's last": (
        ensemble.StackingClassifier([("other", LogisticRegression())], net(), cv=3), "iris", 0.85),
    "BaggingRegressor": (ensemble.BaggingRegressor(line(), n_estimators=3, random_state=0), "diabetes", 0.25),
    "AdaBoostRegressor": (ensemble.AdaBoostRegressor(line(), n_estimators=3, random_state=0), "diabetes", 0.25),
    "OneVsOneClassifier": (multiclass.OneVsOneClassifier(net()), "iris", 0.85),
    "OutputCodeClassifier": (multiclass.OutputCodeClassifier(net(), random_state=0), "iris", 0.85),
    "RANSACRegressor": (RANSACRegressor(line(), min_samples=0.7, max_trials=3, random_state=0), "diabetes", 0.25),
    "Pipeline": (make_pipeline(KBinsDiscretizer(4, quantile_method="averaged_inverted_cdf"), net()), "wine", 0.85),
}  # fmt: skip


class TestWrappers:
    @pytest.mark.parametrize("name", [*WRAPPED, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)])
    def test_score_on_the_test_set(self, name):
        estimator, where, least = (WRAPPED | SLOW)[name]
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

    def test_several_outputs(self):
        X, X_test, y, y_test = halves("iris")
        both, both_test = (np.column_stack([labels, labels == "setosa"]) for labels in (y, y_test))
        estimator = multioutput.MultiOutputClassifier(net()).fit(X, both)
        assert estimator.score(X_test, both_test) > 0.8
        assert [p.shape for p in estimator.predict_proba(X)] == [(75, 3), (75, 2)]
        estimator = multioutput.RegressorChain(line()).fit(X[:, :2], X[:, 2:])  # length and width of the petals
        assert estimator.score(X_test[:, :2], X_test[:, 2:]) > 0.6  # 0.85

    def test_thresholds(self):
        X, X_test, y, y_test = halves("breast_cancer")
        tuned = TunedThresholdClassifierCV(classifier(epochs=2), scoring="f1", cv=3).fit(X, y)
        assert f1_score(y_test, tuned.predict(X_test)) > 0.9
        fixed = FixedThresholdClassifier(FrozenEstimator(fitted("breast_cancer")), threshold=0.9).fit(X, y)
        expected = fitted("breast_cancer").predict_proba(X_test)[:, 1] >= 0.9
        assert np.array_equal(fixed.predict(X_test), expected)

    def test_imputation(self):
        X = data("iris")[0].copy()
        X[::5, 2] = np.nan
        filled = IterativeImputer(line(), max_iter=1, random_state=0, tol=10.0).fit_transform(X)
        error = np.abs(filled[::5, 2] - data("iris")[0][::5, 2]).mean()
        assert error < 0.4  # 0.13; of the mean: 0.87


class TestFeatures:
    def test_permutation_importance(self):
        _, X_test, _, y_test = halves("iris")
        found = permutation_importance(fitted("iris"), X_test, y_test, n_repeats=5, random_state=0).importances_mean
        assert found[2:].min() > found[:2].max()  # the petals tell more than the sepals

    def test_partial_dependence(self):
        X, _ = data("diabetes")
        (average,) = partial_dependence(fitted("diabetes"), X, [2], grid_resolution=5)["average"]
        assert (np.diff(average) > 0).all()  # the heavier, the further the disease
        assert average[-1] - average[0] > 40  # 81
        by_hand = fitted("diabetes").predict(np.column_stack([X[:, :2], np.full(len(X), 0.0), X[:, 3:]])).mean()
        assert average[0] < by_hand < average[-1]

    def test_feature_selection(self):
        X, y = data("iris")
        by_weights = SelectFromModel(net(), importance_getter=importances, max_features=2).fit(X, y)
        assert by_weights.get_support().tolist() == [False, False, True, True]
        one_by_one = RFECV(net(), importance_getter=importances, min_features_to_select=3, cv=2).fit(X, y)
        assert one_by_one.get_support()[2:].all()
        assert one_by_one.score(X, y) > 0.85


class TestTables:
    def test_column_transformer(self):
        X, y = table()
        columns = ColumnTransformer(
            [("numbers", StandardScaler(), X.columns[:-1]), ("text", OneHotEncoder(), [X.columns[-1]])]
        )
        scores = cross_val_score(make_pipeline(columns, net()), X, y, cv=3)
        assert scores.min() > 0.85  # 0.92

    def test_tables_with_text_columns(self):
        X, y = table()
        estimator = net().fit(X, y)
        assert cross_val_score(net(), X, y, cv=3).min() > 0.85
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

    def test_a_pipeline_transforms_the_validation_set(self):
        X, X_val, y, y_val = halves("wine")
        X, X_val = 50 + 10 * X, 50 + 10 * X_val[:40]
        last = classifier().set_fit_request(X_val=True, y_val=True)
        pipeline = Pipeline([("scale", StandardScaler()), ("net", last)], transform_input=["X_val"])
        search = GridSearchCV(pipeline, {"net__hidden": [[8]]}, cv=2).fit(X, y, X_val=X_val, y_val=y_val[:40])
        curve = search.best_estimator_["net"].history_.curves["val_loss"]
        scaler = StandardScaler().fit(X)
        by_hand = clone(last).fit(scaler.transform(X), y, X_val=scaler.transform(X_val), y_val=y_val[:40])
        assert curve == by_hand.history_.curves["val_loss"]

    @pytest.mark.parametrize(
        "wrapper",
        [
            lambda network: ensemble.BaggingClassifier(network, n_estimators=2, random_state=0),
            lambda network: CalibratedClassifierCV(network, cv=2),
        ],
        ids=["bagging", "calibration"],
    )
    def test_ensembles_pass_sample_weights(self, wrapper):
        """Samples with weight 0 have wrong labels."""
        X, X_test, y, y_test = halves("iris")
        wrong = np.arange(75) % 2 == 1
        y = np.where(wrong, "setosa", y)
        estimator = wrapper(net().set_fit_request(sample_weight=True))
        weighted = clone(estimator).fit(X, y, sample_weight=1.0 - wrong).score(X_test, y_test)
        assert weighted > 0.75 > estimator.fit(X, y).score(X_test, y_test)  # 0.87 or more, 0.67 or less
