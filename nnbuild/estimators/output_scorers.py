"""Scorers of one output of an `NNMultiOutput`, for scikit-learn's searches and cross-validation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.metrics import get_scorer
from sklearn.utils.validation import check_is_fitted

from nnbuild.errors import DataError, did_you_mean, name_list, show
from nnbuild.estimators.multioutput import NNMultiOutput
from nnbuild.inputs.frames import in_pandas
from nnbuild.private.sklearn import WeightedScorer, selected_rows


class OutputScorer(WeightedScorer):
    """Scorer of one output; see `nnbuild.metrics.output_scorer`.

    Parameters
    ----------
    output : str
    scoring : str, callable or None
    """

    def __init__(self, output: str, scoring: Any = None):
        self.output, self.scoring = output, scoring
        if scoring is not None:
            get_scorer(scoring)  # raises an error for an unknown name

    def __call__(self, estimator: Any, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the score over the samples that have a target for the output.

        Raises
        ------
        TypeError
            If the estimator, or the last step of a pipeline, is not an `NNMultiOutput`.
        NotFittedError
            If it is not fitted.
        ValueError
            If it has no such output, or no sample has a target.
        """
        targets, y = self._targets(_last(estimator)), _last(estimator)._output_rows(y)
        known = np.flatnonzero(y.known[self.output])
        if not len(known):
            raise DataError(f"no sample has a target for the output {show(self.output)}, which is scored")
        weights = None if sample_weight is None else np.asarray(sample_weight)[known]
        view = (_Classes if targets.row.has_probabilities else _Numbers)(estimator, self.output)
        scorer = get_scorer(self.scoring or ("accuracy" if targets.row.has_probabilities else "r2"))
        options = {} if weights is None else {"sample_weight": weights}
        return float(scorer(view, _selected(in_pandas(X), known), y.values[self.output][known], **options))

    def __repr__(self) -> str:
        return f"output_scorer({self.output!r}, {self.scoring!r})"

    def _targets(self, estimator: NNMultiOutput) -> Any:
        check_is_fitted(estimator)
        parts = estimator._fitted.targets.parts
        if self.output not in parts:
            hint = did_you_mean(self.output, parts)
            found = f"the estimator has no output {show(self.output)}\n  outputs: {name_list(parts)}"
            raise ValueError(found + (f"\n  hint: {hint}" if hint else ""))
        return parts[self.output].targets


class _Output(BaseEstimator):
    """One output of a fitted estimator, as an estimator of its own."""

    def __init__(self, estimator: Any, output: str):
        self.estimator, self.output = estimator, output

    def predict(self, X: Any) -> np.ndarray:
        """Return the predicted targets of the output."""
        columns = list(_last(self.estimator)._fitted.targets.parts[self.output].columns)
        found = self.estimator.predict(X)[columns]
        return found[columns[0]].to_numpy() if len(columns) == 1 else found.to_numpy()

    def __sklearn_is_fitted__(self) -> bool:
        return True


class _Classes(ClassifierMixin, _Output):
    @property
    def classes_(self) -> Any:
        targets = _last(self.estimator)._fitted.targets.of_output(self.output)
        # Scorers recognize several labels by a list of their classes, as of scikit-learn's trees.
        return targets.classes if targets.row.has_classes else [np.array([0, 1])] * targets.n_outputs

    def predict_proba(self, X: Any) -> np.ndarray:
        return self.estimator.predict_proba(X)[self.output]


class _Numbers(RegressorMixin, _Output):
    pass


def _selected(X: Any, rows: np.ndarray) -> Any:
    """Return some samples of X, or of each input in a dict."""
    if isinstance(X, Mapping):
        return {name: selected_rows(part, rows) for name, part in X.items()}
    return selected_rows(X, rows)


def _last(estimator: Any) -> NNMultiOutput:
    """Return the `NNMultiOutput` in a pipeline or search, or itself."""
    found = estimator
    while not isinstance(found, NNMultiOutput):
        inner = found.steps[-1][1] if hasattr(found, "steps") else getattr(found, "best_estimator_", None)
        if inner is None:
            raise TypeError(f"output_scorer requires an NNMultiOutput, got {type(estimator).__name__}")
        found = inner
    return found
