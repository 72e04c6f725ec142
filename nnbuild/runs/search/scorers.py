"""Scorers of scikit-learn by name, checked against the targets."""

from __future__ import annotations

import shlex
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click
import numpy as np
from sklearn.base import BaseEstimator
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.metrics import class_likelihood_ratios, get_scorer, get_scorer_names, make_scorer

from nnbuild.errors import did_you_mean, name_list, show
from nnbuild.private.sklearn import is_fixed, kind_of_metric, takes_argument, with_arguments

DEFAULT_POSITIVE = (
    {0, 1},
    {-1, 1},
)  # labels with positive label 1, as in scikit-learn; False and True are 0 and 1


@dataclass(frozen=True)
class Scoring:
    """A scorer, with its positive label.

    Attributes
    ----------
    name : str
        Name of the scorer in scikit-learn.
    scorer : callable
        Takes an estimator, X and y.
    positive : bool, int, str or None
        Positive label; None if the scorer has none, or uses the default of 1.
    baseline : float
        Score of a constant prediction: that of `DummyClassifier` or `DummyRegressor`.
    """

    name: str
    scorer: Callable
    positive: bool | int | str | None
    baseline: float

    @property
    def title(self) -> str:
        """Name, with the positive label if one is set."""
        return self.name if self.positive is None else f"{self.name} of {self.positive}"


def scoring_of(name: str | None, positive: str | None, is_classifier: bool, y: np.ndarray, target: str) -> Scoring:
    """Return a scorer by name, checked against the targets before a network exists.

    Parameters
    ----------
    name : str or None
        The default is "accuracy", or "r2" for regression.
    positive : str or None
        Positive label, as text.
    is_classifier : bool
    y : array of shape (n_samples,) or (n_samples, n_targets)
        Labels, or numbers for regression.
    target : str
        Name of the target, for messages.

    Raises
    ------
    click.BadParameter
        If there is no such scorer or label, or the scorer can't score these targets.
    """
    name = name or ("accuracy" if is_classifier else "r2")
    if name not in get_scorer_names():
        _refuse(f"unknown scoring {show(name)}", name, is_classifier, y)
    if reason := _other_task(name, is_classifier):
        _refuse(f"{name} {reason}", name, is_classifier, y)
    label = _positive_label(name, positive, y, target) if is_classifier else None
    if positive is not None and not is_classifier:
        found = f"{show(target)} is a regression target, which has no positive label"
        raise click.BadParameter(found, param_hint="--positive")
    scorer = _scorer(name, label)
    baseline, reason = _baseline(scorer, is_classifier, y)
    if reason := _unsuitable(name, is_classifier, y) or reason:
        _refuse(f"{name} does not suit the target: {reason}", name, is_classifier, y)
    chosen = None if label is None or (_has_default(y) and label == 1) else label
    return Scoring(name, scorer, chosen, baseline)


def held_out_baseline(scoring: Scoring, is_classifier: bool, y: np.ndarray, test: np.ndarray, source: str) -> float:
    """Return the score of a constant prediction, fitted to `y`, on the targets of a test set.

    Parameters
    ----------
    scoring : Scoring
    is_classifier : bool
    y, test : array of shape (n_samples,) or (n_samples, n_targets)
        Targets of the training and the test set.
    source : str
        Name of the test set, for messages.

    Raises
    ------
    click.BadParameter
        If the scorer can't score the test set.
    """
    baseline, reason = _baseline(scoring.scorer, is_classifier, y, test)
    if reason:
        raise click.BadParameter(
            f"{source}: {scoring.name} does not suit the target: {reason}", param_hint="--test-data"
        )
    return baseline


def takes_positive(name: str) -> bool:
    """Whether a scorer has a positive label.

    Examples
    --------
    >>> [takes_positive(name) for name in ("f1", "f1_macro", "accuracy", "neg_brier_score")]
    [True, False, False, True]
    """
    scorer = get_scorer(name)
    return name in RATIOS or (takes_argument(scorer, "pos_label") and not is_fixed(scorer, "pos_label"))


def suitable(is_classifier: bool, y: np.ndarray) -> list[str]:
    """Return the names of the scorers for these targets, including those that need a positive label."""
    label = np.unique(y)[-1] if is_classifier and _is_binary(y) else None
    return [
        name
        for name in get_scorer_names()
        if not _other_task(name, is_classifier)
        and not _unsuitable(name, is_classifier, y)
        and not _baseline(_scorer(name, label if takes_positive(name) else None), is_classifier, y)[1]
    ]


def _refuse(found: str, name: str, is_classifier: bool, y: np.ndarray) -> None:
    names = suitable(is_classifier, y)
    hint = did_you_mean(name, names)
    found += f"\n  allowed: {name_list(names, name)}" + (f"\n  hint: {hint}" if hint else "")
    raise click.BadParameter(found, param_hint="--scoring")


def _other_task(name: str, is_classifier: bool) -> str:
    """Return the reason why a scorer is for another task, or ""."""
    kind = kind_of_metric(get_scorer(name))
    if kind == "clustering":
        return "is for clustering"
    is_regression = kind == "regression"
    if is_classifier and is_regression:
        return "is for regression, but the target contains classes"
    return "is for classification, but the target is numeric" if not is_classifier and not is_regression else ""


def _positive_label(name: str, positive: str | None, y: np.ndarray, target: str) -> Any:
    """Return the target's label that `positive` names; None if the scorer takes none."""
    if not takes_positive(name):
        if positive is not None:
            names = [other for other in get_scorer_names() if takes_positive(other)]
            found = f"{name} has no positive label\n  allowed: with --scoring {', '.join(sorted(names))}"
            raise click.BadParameter(found, param_hint="--positive")
        return None
    if not _is_binary(y):
        if positive is not None:
            found = f"{show(target)} is not binary, so it has no positive label"
            raise click.BadParameter(found, param_hint="--positive")
        return None
    labels = np.unique(y).tolist()
    if positive is None:
        if _has_default(y):
            return labels[-1]
        hint = f"--positive {shlex.quote(str(labels[-1]))}"
        found = f"{name} requires a positive label: {show(target)} has {_listed(labels)}"
        raise click.BadParameter(f"{found}\n  hint: {hint}", param_hint="--scoring")
    by_text = {str(label): label for label in labels}
    if positive in by_text:
        return by_text[positive]
    if len(same := [label for label in labels if _same(label, positive)]) == 1:
        return same[0]
    hint = did_you_mean(positive, by_text)
    found = f"{show(target)} has no label {show(positive)}\n  allowed: {name_list(by_text, positive)}"
    raise click.BadParameter(found + (f"\n  hint: {hint}" if hint else ""), param_hint="--positive")


def _listed(labels: list) -> str:
    return " and ".join(show(label) for label in labels)


def _same(label: object, text: str) -> bool:
    """Whether `text` is another notation of a number or bool, such as 1.0 or true."""
    if isinstance(label, bool):
        return text.lower() == str(label).lower() or text == str(int(label))
    try:
        return isinstance(label, int) and float(text) == label
    except ValueError:
        return False


def _is_binary(y: np.ndarray) -> bool:
    return y.ndim == 1 and len(np.unique(y)) == 2


def _has_default(y: np.ndarray) -> bool:
    labels = np.unique(y).tolist()
    return all(isinstance(label, bool | int) for label in labels) and set(map(int, labels)) in DEFAULT_POSITIVE


def _scorer(name: str, label: Any) -> Callable:
    """Return scikit-learn's scorer with a positive label."""
    scorer = get_scorer(name)
    if label is None:
        return scorer
    if name in RATIOS:
        index, greater_is_better = RATIOS[name]
        return make_scorer(_ratio, greater_is_better=greater_is_better, index=index, positive=label)
    return with_arguments(scorer, {"pos_label": label})


def _ratio(y_true: np.ndarray, y_pred: np.ndarray, index: int, positive: Any) -> float:
    """Return a likelihood ratio; scikit-learn uses the last label as the positive one."""
    others = [label for label in np.unique(np.append(y_true, y_pred)).tolist() if label != positive]
    if len(others) != 1:
        return 1.0  # as scikit-learn's scorer does if the ratio is undefined
    return class_likelihood_ratios(y_true, y_pred, labels=[*others, positive], replace_undefined_by=1.0)[index]


def _unsuitable(name: str, is_classifier: bool, y: np.ndarray) -> str:
    """Return the reason why a scorer does not support these targets if scikit-learn raises no clear error, else ""."""
    n_classes = len(np.unique(y)) if is_classifier and y.ndim == 1 else 0
    if name == "top_k_accuracy" and n_classes == 2:
        return "with two classes, the score is always 1"
    if n_classes > 2 and name in (*RATIOS, *TWO_CLASSES):
        return f"it requires two classes, got {n_classes}"
    return ""


def _baseline(
    scorer: Callable, is_classifier: bool, y: np.ndarray, test: np.ndarray | None = None
) -> tuple[float, str]:
    """Return the score of a constant prediction and "", or NaN and the reason why there is none."""
    test = y if test is None else test
    X, X_test = np.zeros((len(y), 1)), np.zeros((len(test), 1))
    dummy: BaseEstimator = DummyClassifier(strategy="prior") if is_classifier else DummyRegressor()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return float(scorer(dummy.fit(X, y), X_test, test)), ""
    except (AttributeError, TypeError, ValueError) as error:
        return float("nan"), (str(error).splitlines() or [type(error).__name__])[0]


TWO_CLASSES = ("f1", "jaccard", "precision", "recall", "roc_auc")
RATIOS = {"positive_likelihood_ratio": (0, True), "neg_negative_likelihood_ratio": (1, False)}
