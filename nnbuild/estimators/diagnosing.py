"""Method `diagnose` of the estimators."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from nnbuild.diagnosis.diagnosis import Diagnosis
from nnbuild.errors import DivergenceError
from nnbuild.estimators.underfitting import is_in_parallel_call
from nnbuild.train.common.member import Member

MAX_REPEATED = 500  # steps after an error


def add_place(error: DivergenceError, member: Member) -> None:
    """Add the first layer and step with values that are not finite as a note to an error.

    Not inside parallel calls of joblib, such as a search, where some candidates are expected to fail.
    """
    if is_in_parallel_call():
        return
    from nnbuild.inspect.divergence import divergence_of  # `inspect` imports the estimators

    with suppress(Exception):  # the error is more important than its explanation
        if place := divergence_of(member, MAX_REPEATED):
            error.add_note(f"  {place}")


class Diagnosing:
    """Base of estimators with a diagnosis."""

    def diagnose(
        self, X: Any, y: Any = None, *, X_val: Any = None, y_val: Any = None, range_test: bool = False
    ) -> Diagnosis:
        """Return findings about recipe, samples, initialization and training: faults that prevent learning.

        Parameters
        ----------
        X, y : as for `fit`
            Of a fitted estimator: the samples of its fit, whose scores are compared with those of a constant.
        X_val, y_val : as for `fit`, optional
            Samples outside the training set. The scores of a fitted estimator on them are compared with those on X.
        range_test : bool, default=False
            Whether to train copies of the network for 120 steps with a rising learning rate, to find usable rates.

        Returns
        -------
        Diagnosis
            The most severe findings first; empty and false if there are none.

        Raises
        ------
        RecipeError, ValueError
            As in `fit`.

        Notes
        -----
        Before `fit`, the initial weights are examined on the first batch of training, in small networks on up to 256
        samples. After `fit`, the curves and scores are examined. If the training diverged, up to 2,000 of its steps are
        repeated, to find the first layer and step with values that are NaN or infinite. The estimator is unchanged. A
        `DivergenceError` of `fit` has this place as a note.

        Examples
        --------
        >>> from nnbuild import NNClassifier
        >>> from sklearn.datasets import load_iris
        >>> X, y = load_iris(return_X_y=True)
        >>> NNClassifier("perceptron", random_state=0).diagnose(X, y).findings
        ()
        """
        from nnbuild.inspect.diagnosis import diagnosis_of_estimator  # `inspect` imports the estimators

        estimator: Any = self
        return diagnosis_of_estimator(estimator, X, y, X_val, y_val, range_test)
