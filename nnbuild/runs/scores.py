"""A fitted estimator and rows -> how good its predictions are."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from sklearn.metrics import (
    accuracy_score,
    log_loss,
    mean_absolute_error,
    precision_recall_fscore_support,
    r2_score,
    root_mean_squared_error,
)

from nnbuild.estimators.base import NNEstimator
from nnbuild.runs.data import Data
from nnbuild.runs.text import aligned

MOST_CLASSES = 12  # that are listed one by one


@dataclass(frozen=True)
class ClassScore:
    """How well one class, label or quantity is predicted.

    Attributes
    ----------
    name : str
    n_rows : int
        Rows that have it.
    values : dict of str to float
        "precision" and "recall" of a class or label, "r2" and "mean_absolute_error" of one of several quantities.
    """

    name: str
    n_rows: int
    values: dict[str, float]


@dataclass(frozen=True)
class Scores:
    """How good predictions are.

    Attributes
    ----------
    n_rows : int
        Rows that were predicted.
    values : dict of str to float
        By the names of scikit-learn's functions: "accuracy" and "log_loss", or "r2", "mean_absolute_error" and
        "root_mean_squared_error".
    baseline : dict of str to float
        The same of one prediction for all of these rows: their most frequent class, or their mean.
    parts : tuple of ClassScore
        Of each class or label, and of each of several quantities.
    """

    n_rows: int
    values: dict[str, float]
    baseline: dict[str, float]
    parts: tuple[ClassScore, ...] = ()

    def to_dict(self) -> dict:
        """The same as JSON values."""
        return asdict(self)

    def told(self) -> list[str]:
        """The same in lines for people."""
        values = ", ".join(f"{WORDS[name]} {_number(value)}" for name, value in self.values.items())
        if self.baseline:
            name, value = next(iter(self.baseline.items()))
            always = "their most frequent class" if name == "accuracy" else "their mean"
            values += f" ({always} alone: {WORDS[name]} {_number(value)})"
        if not self.parts:
            return [values]
        names = list(self.parts[0].values)
        shown = sorted(self.parts, key=lambda part: part.values.get("recall", 0.0))[:MOST_CLASSES]
        shown = list(self.parts) if len(self.parts) <= MOST_CLASSES else shown
        rows = [["", *(WORDS[name] for name in names), "rows"]]
        rows += [[part.name, *map(_number, part.values.values()), f"{part.n_rows:,}"] for part in shown]
        rest = len(self.parts) - len(shown)
        return [values, *aligned(rows), *([f"... and {rest} more, with a better recall"] if rest else [])]


def scores_of(estimator: NNEstimator, data: Data) -> Scores:
    """How good an estimator's predictions are for data whose X it takes as it is."""
    if data.is_regression:
        return _of_quantities(data, np.asarray(estimator.predict(data.X)))
    if data.task == "multilabel":
        return _of_labels(data, estimator.predict_proba(data.X))
    return _of_classes(data, estimator.classes_, estimator.predict_proba(data.X))


def _of_classes(data: Data, classes: np.ndarray, probabilities: np.ndarray) -> Scores:
    codes = np.searchsorted(classes, data.y)
    probabilities = probabilities.astype("float64")
    probabilities /= probabilities.sum(axis=1, keepdims=True)  # sums of float32 miss 1
    predicted = probabilities.argmax(axis=1)
    numbers = np.arange(len(classes))
    precision, recall, _, support = precision_recall_fscore_support(codes, predicted, labels=numbers, zero_division=0)
    shares = np.bincount(codes, minlength=len(classes)) / len(codes)
    values = {
        "accuracy": float(accuracy_score(codes, predicted)),
        "log_loss": float(log_loss(codes, probabilities, labels=numbers)),
    }
    parts = [
        ClassScore(str(label), int(n), {"precision": float(p), "recall": float(r)})
        for label, n, p, r in zip(classes.tolist(), support, precision, recall, strict=True)
    ]
    return Scores(len(codes), values, {"accuracy": float(shares.max())}, tuple(parts))


def _of_labels(data: Data, probabilities: np.ndarray) -> Scores:
    y, predicted = data.y, probabilities > 0.5
    inside = np.clip(probabilities.astype("float64"), 1e-7, 1 - 1e-7)
    loss = -np.where(y == 1, np.log(inside), np.log(1 - inside)).mean()
    values = {"accuracy": float((y == predicted).mean()), "log_loss": float(loss)}
    precision, recall, _, support = precision_recall_fscore_support(y, predicted, zero_division=0)
    parts = [
        ClassScore(name, int(n), {"precision": float(p), "recall": float(r)})
        for name, n, p, r in zip(data.targets, support, precision, recall, strict=True)
    ]
    most = np.maximum(y.mean(axis=0), 1 - y.mean(axis=0)).mean()
    return Scores(len(y), values, {"accuracy": float(most)}, tuple(parts))


def _of_quantities(data: Data, predicted: np.ndarray) -> Scores:
    y = data.y
    values = {
        "r2": float(r2_score(y, predicted)) if len(y) > 1 else float("nan"),
        "mean_absolute_error": float(mean_absolute_error(y, predicted)),
        "root_mean_squared_error": float(root_mean_squared_error(y, predicted)),
    }
    parts = []
    if y.ndim == 2:
        for name, column, found in zip(data.targets, y.T, predicted.T, strict=True):
            r2 = float(r2_score(column, found)) if len(y) > 1 else float("nan")
            error = float(mean_absolute_error(column, found))
            parts.append(ClassScore(name, len(y), {"r2": r2, "mean_absolute_error": error}))
    baseline = float(np.abs(y - y.mean(axis=0)).mean())
    return Scores(len(y), values, {"mean_absolute_error": baseline}, tuple(parts))


def _number(value: float) -> str:
    return f"{value:.4f}" if abs(value) <= 1 else f"{value:,.4g}"


WORDS = {
    "accuracy": "accuracy",
    "log_loss": "log loss",
    "precision": "precision",
    "recall": "recall",
    "r2": "R2",
    "mean_absolute_error": "mean absolute error",
    "root_mean_squared_error": "root mean squared error",
}
