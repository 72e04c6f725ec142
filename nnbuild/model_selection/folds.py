"""One predictor of the estimators that were trained on the folds of a cross-validation."""

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
    """The best candidate of a search as an ensemble: one estimator for each fold, trained without that fold's rows.

    Parameters
    ----------
    search : GridSearchCV, RandomizedSearchCV or the like
        Fitted.
    X, y, groups
        As its ``fit`` was given them.
    **params : object
        Further ones that its ``fit`` was given, such as `sample_weight`.

    Returns
    -------
    FoldEnsembleClassifier or FoldEnsembleRegressor
        Fitted: its predictions are means over the folds' estimators.

    Raises
    ------
    ValueError
        If the search has no one best candidate, or folds that can't be made again.
    NotFittedError
        If it was not fitted.

    Notes
    -----
    scikit-learn's searches throw away the estimators of the folds as soon as they are scored. They are trained again
    here, together, at the cost of one more candidate: as many fits as there are folds. A pipeline's other steps are
    fitted on the rows of each fold, as they were in the search. With a whole number as `random_state`, the estimators
    are those of the search, but for the order of sums in the last bits; `scores_` show it.

    The mean of `scores_` estimates how good one of the estimators is. The ensemble is mostly better, but no held-out
    rows are left to measure it. It can be pickled; `nnbuild.load` does not read it, but estimators of nnbuild in it
    have a `save` each.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from nnbuild import NNClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> classifier = NNClassifier(hidden=[8], epochs=10, random_state=0)
    >>> search = GridSearchCV(classifier, {"learning_rate": [0.001, 0.02]}, cv=3, refit=False).fit(X, y)
    >>> ensemble = fold_ensemble(search, X, y)
    >>> ensemble.predict_proba(X[:2]).shape, len(ensemble.estimators_)
    ((2, 3), 3)
    """
    metric_of(search)  # tells what has no best candidate
    folds_of(search, X, y, groups)  # tells what can't be made again
    kind = FoldEnsembleClassifier if is_classifier(search.estimator) else FoldEnsembleRegressor
    best = kind(candidate(search, search.best_params_), cv=search.cv, scoring=scorer_of(search))
    return best.fit(X, y, groups=groups, **params)


class _FoldEnsemble(BaseEstimator):
    """What both have in common."""

    def __init__(self, estimator, cv=None, scoring=None):
        self.estimator = estimator
        self.cv = cv
        self.scoring = scoring

    def fit(self, X, y, *, groups=None, **params):
        """Train an estimator for each fold, without the rows of the fold.

        Parameters
        ----------
        X, y
            As the estimator takes them.
        groups : array-like of shape (n_samples,), optional
            For splitters that keep groups together.
        **params : object
            Further ones for the estimator's ``fit``; those with a value for each row are split as the rows are.

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
        """Columns of X, as the estimators have seen them."""
        check_is_fitted(self)
        return self.estimators_[0].n_features_in_

    @property
    def feature_names_in_(self):
        """Their names, where they had some."""
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
    """Classifiers that were trained on the folds of a cross-validation, as one: the mean of their probabilities.

    Parameters
    ----------
    estimator : estimator
        With `predict_proba`; a pipeline may be one.
    cv : int, splitter or iterable, optional
        As `cross_validate` takes it: 5 folds by default.
    scoring : str or callable, optional
        For `scores_`; by default the estimator's own score.

    Attributes
    ----------
    estimators_ : list of estimator
        One for each fold.
    scores_ : array of shape (n_folds,)
        Score of each estimator on its held-out fold, without `sample_weight`; see `fold_ensemble`.
    classes_ : array of shape (n_classes,)
        Labels in order, those of all folds.
    """

    def fit(self, X, y, *, groups=None, **params):
        if not hasattr(self.estimator, "predict_proba"):
            raise ValueError(f"the estimator must have predict_proba, which {type(self.estimator).__name__} has not")
        super().fit(X, y, groups=groups, **params)
        self.classes_ = np.unique(np.concatenate([each.classes_ for each in self.estimators_]))
        self._has_labels = type_of_target(y) == "multilabel-indicator"
        return self

    def predict_proba(self, X):
        """Probability of each class: the mean over the folds' estimators, 0 from those that never saw the class.

        Parameters
        ----------
        X
            As the estimator takes it.

        Returns
        -------
        array of shape (n_samples, n_classes)
        """
        check_is_fitted(self)
        return np.mean([self._of_all_classes(each, X) for each in self.estimators_], axis=0)

    def predict(self, X):
        """The most probable class of each row; of several labels, all that are more probable than not.

        Parameters
        ----------
        X
            As the estimator takes it.

        Returns
        -------
        array of shape (n_samples,), or (n_samples, n_labels) of 0 and 1
        """
        probabilities = self.predict_proba(X)
        if self._has_labels:
            return (probabilities > 0.5).astype(int)
        return self.classes_[probabilities.argmax(axis=1)]

    def _of_all_classes(self, estimator, X) -> np.ndarray:
        """Probabilities with a column for each class of any fold."""
        found = estimator.predict_proba(X)
        if len(estimator.classes_) == len(self.classes_):
            return found
        wide = np.zeros((len(found), len(self.classes_)), found.dtype)
        wide[:, np.searchsorted(self.classes_, estimator.classes_)] = found
        return wide


class FoldEnsembleRegressor(RegressorMixin, _FoldEnsemble):
    """Regressors that were trained on the folds of a cross-validation, as one: the mean of their predictions.

    Parameters
    ----------
    estimator : estimator
        A pipeline may be one.
    cv : int, splitter or iterable, optional
        As `cross_validate` takes it: 5 folds by default.
    scoring : str or callable, optional
        For `scores_`; by default the estimator's own score.

    Attributes
    ----------
    estimators_ : list of estimator
        One for each fold.
    scores_ : array of shape (n_folds,)
        Score of each estimator on its held-out fold, without `sample_weight`; see `fold_ensemble`.
    """

    def predict(self, X, return_std=False):
        """The mean prediction of the folds' estimators.

        Parameters
        ----------
        X
            As the estimator takes it.
        return_std : bool, default=False
            Whether to tell how far they differ.

        Returns
        -------
        mean : array of shape (n_samples,) or (n_samples, n_outputs)
        std : array of the same shape
            With `return_std`: standard deviation over the folds' estimators, with n_folds - 1 as its divisor. Their
            training rows overlap, so that it is less than that over samples of their own; the noise of y is not in it.
        """
        check_is_fitted(self)
        found = [each.predict(X) for each in self.estimators_]
        mean = np.mean(found, axis=0)
        return (mean, np.std(found, axis=0, ddof=1)) if return_std else mean
