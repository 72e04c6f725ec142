"""Ensembles of the estimators trained on the folds of a cross-validation."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone, is_classifier
from sklearn.model_selection import cross_validate
from sklearn.utils import get_tags
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted

from nnbuild.estimators.joblib_backend import stacked
from nnbuild.model_selection.searched import candidate, folds_of, metric_of, scorer_of


def fold_ensemble(search: Any, X: Any, y: Any, *, groups: Any = None, **params: Any) -> Any:
    """Train the best candidate of a search as an ensemble: an estimator per fold, trained without its held-out samples.

    Parameters
    ----------
    search : GridSearchCV, RandomizedSearchCV or the like
        Fitted search.
    X, y, groups
        As passed to the ``fit`` of the search.
    **params : object
        Further arguments passed to the ``fit`` of the search, such as `sample_weight`.

    Returns
    -------
    FoldEnsembleClassifier or FoldEnsembleRegressor
        Fitted; predictions are means over the estimators.

    Raises
    ------
    ValueError
        If the search has no single best candidate, or its folds can't be reproduced.
    NotFittedError
        If the search was not fitted.

    Notes
    -----
    scikit-learn's searches discard the estimators of the folds after scoring. This function trains them again,
    together, at the cost of one more candidate: as many fits as there are folds. The other steps of a pipeline are
    fitted on the training samples of each fold, as in the search. With an integer `random_state`, the estimators equal
    those of the search, except for the last bits of sums, whose order may differ; compare `scores_`.

    The mean of `scores_` estimates the score of one of the estimators. The ensemble is usually better, but no held-out
    samples remain to measure it. It can be pickled. `nnbuild.load` does not read it, but each nnbuild estimator in it
    has a `save` method.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from nnbuild import NNClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> classifier = NNClassifier("mlp", hidden=[8], epochs=10, random_state=0)
    >>> search = GridSearchCV(classifier, {"learning_rate": [0.001, 0.02]}, cv=3, refit=False).fit(X, y)
    >>> ensemble = fold_ensemble(search, X, y)
    >>> ensemble.predict_proba(X[:2]).shape, len(ensemble.estimators_)
    ((2, 3), 3)
    """
    metric_of(search)  # raises an error without a single best candidate
    folds_of(search, X, y, groups)  # raises an error if the folds can't be reproduced
    kind = FoldEnsembleClassifier if is_classifier(search.estimator) else FoldEnsembleRegressor
    best = kind(candidate(search, search.best_params_), cv=search.cv, scoring=scorer_of(search))
    return best.fit(X, y, groups=groups, **params)


class _FoldEnsemble(BaseEstimator):
    """Common part of both ensembles."""

    def __init__(self, estimator, cv=None, scoring=None):
        self.estimator = estimator
        self.cv = cv
        self.scoring = scoring

    def fit(self, X, y, *, groups=None, **params):
        """Train an estimator for each fold, without the samples of the fold.

        Parameters
        ----------
        X, y
            As for the estimator.
        groups : array-like of shape (n_samples,), optional
            For splitters that keep groups together.
        **params : object
            Further arguments of the estimator's ``fit``; those with a value per sample are split like the samples.

        Returns
        -------
        self
        """
        with stacked():
            found = cross_validate(
                clone(self.estimator),
                X,
                y,
                groups=groups,
                scoring=self.scoring,
                cv=self.cv,
                params=params or None,
                return_estimator=True,
                error_score="raise",
            )
        self.estimators_ = found["estimator"]
        self.scores_ = found["test_score"]
        return self

    @property
    def n_features_in_(self):
        """Number of features of X."""
        check_is_fitted(self)
        return self.estimators_[0].n_features_in_

    @property
    def feature_names_in_(self):
        """Names of the features, if they have names."""
        check_is_fitted(self)
        return self.estimators_[0].feature_names_in_

    def __sklearn_is_fitted__(self) -> bool:
        return "estimators_" in vars(self)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        of_one = get_tags(self.estimator)
        tags.input_tags, tags.target_tags = of_one.input_tags, of_one.target_tags
        return tags


class FoldEnsembleClassifier(ClassifierMixin, _FoldEnsemble):
    """Ensemble of classifiers trained on the folds of a cross-validation; predicts the mean of their probabilities.

    Parameters
    ----------
    estimator : estimator
        Estimator or pipeline with `predict_proba`.
    cv : int, splitter or iterable, optional
        As for `cross_validate`: 5 folds by default.
    scoring : str or callable, optional
        Scoring for `scores_`; by default the estimator's own score.

    Attributes
    ----------
    estimators_ : list of estimator
        One per fold.
    scores_ : array of shape (n_folds,)
        Score of each estimator on its held-out fold, without `sample_weight`; see `fold_ensemble`.
    classes_ : array of shape (n_classes,)
        Class labels of all folds, sorted.
    """

    def fit(self, X, y, *, groups=None, **params):
        if not hasattr(self.estimator, "predict_proba"):
            raise ValueError(f"the estimator must have predict_proba, but {type(self.estimator).__name__} has not")
        super().fit(X, y, groups=groups, **params)
        self.classes_ = np.unique(np.concatenate([each.classes_ for each in self.estimators_]))
        self._has_labels = type_of_target(y) == "multilabel-indicator"
        return self

    def predict_proba(self, X):
        """Return the mean probability of each class over the estimators, with 0 for classes missing in a training set.

        Parameters
        ----------
        X
            As for the estimator.

        Returns
        -------
        array of shape (n_samples, n_classes)
        """
        check_is_fitted(self)
        return np.mean([self._of_all_classes(each, X) for each in self.estimators_], axis=0)

    def predict(self, X):
        """Return the most probable class of each sample; with several labels, all with a probability above 0.5.

        Parameters
        ----------
        X
            As for the estimator.

        Returns
        -------
        array of shape (n_samples,), or (n_samples, n_labels) of 0 and 1
        """
        probabilities = self.predict_proba(X)
        if self._has_labels:
            return (probabilities > 0.5).astype(int)
        return self.classes_[probabilities.argmax(axis=1)]

    def _of_all_classes(self, estimator, X) -> np.ndarray:
        """Return probabilities with a column for each class of all folds."""
        found = estimator.predict_proba(X)
        if len(estimator.classes_) == len(self.classes_):
            return found
        wide = np.zeros((len(found), len(self.classes_)), found.dtype)
        wide[:, np.searchsorted(self.classes_, estimator.classes_)] = found
        return wide


class FoldEnsembleRegressor(RegressorMixin, _FoldEnsemble):
    """Ensemble of regressors trained on the folds of a cross-validation; predicts the mean of their predictions.

    Parameters
    ----------
    estimator : estimator
        Estimator or pipeline.
    cv : int, splitter or iterable, optional
        As for `cross_validate`: 5 folds by default.
    scoring : str or callable, optional
        Scoring for `scores_`; by default the estimator's own score.

    Attributes
    ----------
    estimators_ : list of estimator
        One per fold.
    scores_ : array of shape (n_folds,)
        Score of each estimator on its held-out fold, without `sample_weight`; see `fold_ensemble`.
    """

    def predict(self, X, return_std=False):
        """Return the mean prediction of the estimators.

        Parameters
        ----------
        X
            As for the estimator.
        return_std : bool, default=False
            Whether to return the standard deviation too.

        Returns
        -------
        mean : array of shape (n_samples,) or (n_samples, n_outputs)
        std : array of the same shape
            With `return_std`: standard deviation over the estimators, with divisor n_folds - 1. Their training samples
            overlap, so it is smaller than over independent samples. It does not include the noise of y.
        """
        check_is_fitted(self)
        found = [each.predict(X) for each in self.estimators_]
        mean = np.mean(found, axis=0)
        return (mean, np.std(found, axis=0, ddof=1)) if return_std else mean
