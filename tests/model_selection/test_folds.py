"""The estimators of the folds of a search as one."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold, ShuffleSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from estimators.samples import classes, classifier, features, message_of, quantities, regressor
from nnbuild import stacked
from nnbuild.model_selection import FoldEnsembleClassifier, FoldEnsembleRegressor, fold_ensemble
from nnbuild.train import executor

pytestmark = pytest.mark.usefixtures("short_stacks")

RATES = {"nnclassifier__learning_rate": [1e-4, 0.02]}


@pytest.fixture(scope="module")
def search():
    pipeline = make_pipeline(StandardScaler(), classifier())
    return GridSearchCV(pipeline, RATES, cv=3, refit=False, scoring="neg_log_loss").fit(*classes())


@pytest.fixture(scope="module")
def ensemble(search):
    return fold_ensemble(search, *classes())


class TestOfASearch:
    def test_they_are_those_of_the_best_candidate(self, search, ensemble):
        assert isinstance(ensemble, FoldEnsembleClassifier)
        assert [each[-1].learning_rate for each in ensemble.estimators_] == [0.02] * 3
        scores = [search.cv_results_[f"split{fold}_test_score"][search.best_index_] for fold in range(3)]
        np.testing.assert_allclose(ensemble.scores_, scores, rtol=1e-5)

    def test_a_pipeline_is_fitted_on_the_rows_of_each_fold(self, ensemble):
        X, _ = classes()
        means = [each[0].mean_ for each in ensemble.estimators_]
        assert len({tuple(mean) for mean in means}) == 3
        assert not any(np.allclose(mean, X.mean(axis=0)) for mean in means)

    def test_probabilities_are_averaged(self, ensemble):
        X = features()
        found = [each.predict_proba(X) for each in ensemble.estimators_]
        np.testing.assert_allclose(ensemble.predict_proba(X), np.mean(found, axis=0), rtol=1e-6)
        assert np.array_equal(ensemble.predict(X), ensemble.predict_proba(X).argmax(axis=1))
        assert ensemble.score(*classes()) > 0.5

    def test_quantities(self):
        X, y = quantities()
        search = GridSearchCV(regressor(), {"l2": [0.0]}, cv=KFold(3)).fit(X, y)
        ensemble = fold_ensemble(search, X, y)
        found = [each.predict(X) for each in ensemble.estimators_]
        mean, std = ensemble.predict(X, return_std=True)
        assert isinstance(ensemble, FoldEnsembleRegressor)
        assert np.array_equal(mean, np.mean(found, axis=0))
        assert np.array_equal(std, np.std(found, axis=0, ddof=1))
        assert ensemble.score(X, y) > np.mean([each.score(X, y) for each in ensemble.estimators_]) - 0.05

    def test_weights_and_groups(self):
        X, y = quantities()
        given = {"groups": np.arange(60) // 10, "sample_weight": np.linspace(1, 2, 60)}
        search = GridSearchCV(Ridge(), {"alpha": [1.0, 10.0]}, cv=GroupKFold(3)).fit(X, y, **given)
        ensemble = fold_ensemble(search, X, y, **given)
        best = clone(search.estimator).set_params(**search.best_params_)
        for each, (train, _) in zip(ensemble.estimators_, GroupKFold(3).split(X, y, given["groups"]), strict=True):
            np.testing.assert_allclose(each.coef_, best.fit(X[train], y[train], given["sample_weight"][train]).coef_)

    def test_several_scores(self):
        X, y = classes()
        several = {"scoring": ["accuracy", "neg_log_loss"], "cv": 2}
        search = GridSearchCV(classifier(epochs=1), {"l2": [0.0]}, **several, refit="neg_log_loss").fit(X, y)
        found = fold_ensemble(search, X, y).scores_
        np.testing.assert_allclose(found.mean(), search.cv_results_["mean_test_neg_log_loss"][0], rtol=1e-4)
        none = GridSearchCV(classifier(epochs=1), {"l2": [0.0]}, **several, refit=False).fit(X, y)
        assert message_of(lambda: fold_ensemble(none, X, y)) == (
            "the search has several scorers: accuracy, neg_log_loss\n  hint: set refit to the name of one of them"
        )

    def test_folds_that_are_drawn_again(self):
        X, y = quantities()
        search = GridSearchCV(Ridge(), {"alpha": [1.0]}, cv=ShuffleSplit(2)).fit(X, y)
        assert message_of(lambda: fold_ensemble(search, X, y)) == (
            "the folds of the search can't be reproduced: ShuffleSplit(n_splits=2, random_state=None, test_size=None, "
            "train_size=None) draws new ones in each call\n"
            "  hint: set its random_state to an integer before the search"
        )

    def test_a_search_that_was_not_fitted(self):
        with pytest.raises(NotFittedError, match="This GridSearchCV instance is not fitted yet"):
            fold_ensemble(GridSearchCV(Ridge(), {"alpha": [1.0]}), *quantities())


class TestAsAnEstimator:
    def test_it_pickles_and_clones(self, ensemble):
        X = features()
        again = pickle.loads(pickle.dumps(ensemble))
        assert np.array_equal(again.predict_proba(X), ensemble.predict_proba(X))
        anew = clone(ensemble)
        assert not hasattr(anew, "estimators_")
        np.testing.assert_allclose(anew.fit(*classes()).predict_proba(X), ensemble.predict_proba(X), atol=1e-5)
        assert ensemble.n_features_in_ == 4
        assert not hasattr(ensemble, "feature_names_in_")

    def test_before_a_fit(self):
        with pytest.raises(NotFittedError, match="This FoldEnsembleRegressor instance is not fitted yet"):
            FoldEnsembleRegressor(Ridge()).predict(features())

    def test_classes_that_a_fold_lacks(self):
        X = features()
        y = np.repeat(["a", "b", "c"], 20)
        ensemble = FoldEnsembleClassifier(LogisticRegression(), cv=KFold(3)).fit(X, y)
        assert [each.classes_.tolist() for each in ensemble.estimators_] == [["b", "c"], ["a", "c"], ["a", "b"]]
        probabilities = ensemble.predict_proba(X)
        assert ensemble.classes_.tolist() == ["a", "b", "c"]
        np.testing.assert_allclose(probabilities.sum(axis=1), 1)
        np.testing.assert_allclose(
            probabilities[:, 0], sum(each.predict_proba(X)[:, 0] for each in ensemble.estimators_[1:]) / 3
        )

    def test_several_labels(self):
        X = features()
        y = (X[:, :2] > 0).astype(int)
        ensemble = FoldEnsembleClassifier(classifier(epochs=2), cv=2).fit(X, y)
        assert np.array_equal(ensemble.predict(X), (ensemble.predict_proba(X) > 0.5).astype(int))

    def test_what_has_no_probabilities(self):
        found = "the estimator must have predict_proba, but LinearSVC has not"
        assert message_of(lambda: FoldEnsembleClassifier(LinearSVC()).fit(*classes())) == found

    def test_inside_a_cross_validation_all_fits_are_one_stack(self, monkeypatch):
        sizes = []

        def watched(members, *others, original=executor.train_stack):
            sizes.append(len(members))
            return original(members, *others)

        monkeypatch.setattr(executor, "train_stack", watched)
        with stacked():
            scores = cross_val_score(FoldEnsembleRegressor(regressor(epochs=1), cv=2), *quantities(), cv=3)
        assert sizes == [6]
        assert scores.shape == (3,)
