"""Scores of predictions, compared with scikit-learn."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    log_loss,
    mean_absolute_error,
    precision_recall_fscore_support,
    root_mean_squared_error,
)

from nnbuild.report.scores import Classified, Labelled, Measured, Score
from nnbuild.runs.data.dataset import Dataset
from nnbuild.runs.evaluate import scores_document, scores_of, some_rows
from nnbuild.runs.output import json_text

RNG = np.random.default_rng(0)
X = np.zeros((60, 2))


def data(y, task, targets=("y",)):
    return Dataset(X[: len(y)], y, targets, task, "", "table.csv")


def giving(classes=None, **answers):
    """Return a stand-in for an estimator whose methods return these arrays."""
    methods = {name: lambda X, answer=answer: answer for name, answer in answers.items()}
    return SimpleNamespace(classes_=classes, **methods)


def plain(score):
    """A score without its standard error."""
    return replace(score, error=None)


def test_classes_agree_with_scikit_learn():
    classes = np.array(["a", "b", "c"])
    y, shares = classes[RNG.integers(0, 3, 60)], RNG.dirichlet([1, 1, 1], 60)
    scores = scores_of(giving(classes, predict_proba=shares.astype("float32")), data(y, "multiclass"))
    (outcome,) = scores.outcomes
    predicted = shares.argmax(axis=1)
    expected = precision_recall_fscore_support(y, classes[predicted])
    for index, name in enumerate(("precision", "recall", "f1", "n")):
        assert [getattr(score, name) for score in outcome.scores()] == pytest.approx(expected[index])
    loss = sum(score.loss * score.n for score in outcome.scores()) / 60
    assert loss == pytest.approx(log_loss(y, shares))
    shares = np.unique(y, return_counts=True)[1] / 60
    assert [plain(score) for score in scores.values] == [
        Score("accuracy", accuracy_score(y, classes[predicted]), shares.max()),
        Score("log_loss", pytest.approx(loss), pytest.approx(log_loss(y, np.tile(shares, (60, 1))))),
    ]
    assert scores.baseline == "the shares of their classes"


def test_classes_have_a_confusion_matrix_and_losses():
    shares = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]])
    scores = scores_of(giving(np.array([0, 1]), predict_proba=shares), data(np.array([0, 0, 1]), "binary"))
    assert plain(scores.values[0]) == Score("accuracy", 2 / 3, 2 / 3)
    (outcome,) = scores.outcomes
    assert outcome == Classified(("0", "1"), ((1, 1), (0, 1)), pytest.approx((-np.log(0.36) / 2, -np.log(0.8))))


def test_impossible_rows_have_a_finite_loss():
    scores = scores_of(giving(np.array([0, 1]), predict_proba=np.array([[0.0, 1.0]])), data(np.array([0]), "binary"))
    assert scores.outcomes[0].losses[0] == pytest.approx(-np.log(1e-7))


def test_labels_are_scored_one_by_one():
    y, shares = np.array([[1, 0], [0, 0], [1, 0]]), np.array([[0.9, 0.2], [0.6, 0.1], [0.8, 0.6]])
    scores = scores_of(giving(predict_proba=shares), data(y, "multilabel", ("red", "round")))
    (outcome,) = scores.outcomes
    assert isinstance(outcome, Labelled)
    red, round_ = outcome.scores()
    assert (red.label, red.n, red.precision, red.recall) == ("red", 2, pytest.approx(2 / 3), 1.0)
    assert red.loss == pytest.approx(log_loss(y[:, 0], shares[:, 0]))
    assert scores.values[0].baseline == pytest.approx((2 / 3 + 1) / 2)
    assert scores.values[1].baseline == pytest.approx(log_loss(y[:, 0], [2 / 3] * 3) / 2)  # "round" has one value only
    assert (round_.label, round_.n, round_.precision) == ("round", 0, 0.0)


def test_targets_and_predictions_of_a_regression_are_kept_by_row():
    y, predicted = RNG.normal(size=(5, 2)), RNG.normal(size=(5, 2))
    scores = scores_of(giving(predict=predicted), data(y, "regression", ("a", "b")))
    assert [outcome.target for outcome in scores.outcomes] == ["a", "b"]
    assert scores.values[2].baseline == pytest.approx(root_mean_squared_error(y, np.tile(y.mean(axis=0), (5, 1))))
    for outcome, true, found in zip(scores.outcomes, y.T, predicted.T, strict=True):
        assert outcome == Measured(outcome.target, tuple(true), tuple(found))
        assert outcome.mean_error == pytest.approx(mean_absolute_error(true, found))


def test_standard_errors_of_shares_and_of_losses():
    shares = np.tile([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]], (4, 1))
    estimator, y = giving(np.array([0, 1]), predict_proba=shares), np.array([0, 0, 1] * 4)
    accuracy, loss = scores_of(estimator, data(y, "binary")).values
    assert accuracy.error == pytest.approx(np.sqrt(9 / 14 * 5 / 14 / 14))  # of (k + 1) / (n + 2)
    assert loss.error == pytest.approx((-np.log([0.9, 0.4, 0.8] * 4)).std(ddof=1) / np.sqrt(12))
    few = scores_of(giving(np.array([0, 1]), predict_proba=shares[:9]), data(y[:9], "binary"))
    assert [score.error for score in few.values] == [None, None]


def test_r2_has_a_baseline_and_an_error():
    y = RNG.normal(size=400)
    found = [scores_of(giving(predict=y + RNG.normal(size=400)), data400(y)).values[0] for _ in range(30)]
    assert found[0].baseline == 0
    spread = np.std([score.value for score in found])
    assert np.mean([score.error for score in found]) == pytest.approx(spread, rel=0.4)
    assert scores_of(giving(predict=np.ones(3)), data(np.ones(3), "regression")).values[0].error is None


def data400(y):
    return Dataset(np.zeros((400, 1)), y, ("y",), "regression", "", "table.csv")


def test_training_rows_are_scored_too():
    class Nearly:
        classes_ = np.array([0, 1])

        def predict_proba(self, X):
            return np.column_stack([1 - X[:, 0], X[:, 0]])

    y = np.arange(6000) % 2
    training = Dataset(np.where(y, 0.9, 0.1)[:, None], y, ("y",), "binary", "", "table.csv")
    values = np.array([[0.9], [0.1], [0.9], [0.1]] * 3)
    test = Dataset(values, np.array([1, 0, 0, 0] * 3), ("y",), "binary", "", "table.csv")
    scores = scores_of(Nearly(), test, training)
    accuracy, loss = scores.values
    assert (accuracy.value, accuracy.baseline) == (0.75, 0.75)
    assert (accuracy.training, accuracy.training_baseline) == (1.0, pytest.approx(0.5, abs=0.02))
    assert loss.training == pytest.approx(-np.log(0.9))
    assert accuracy.gap_error == pytest.approx(np.hypot(accuracy.error, np.sqrt(5001 / 5002 / 5002 / 5002)))
    assert scores.n_rows == 12
    assert scores_document(scores)["training"] == {"accuracy": 1.0, "log_loss": loss.training}
    assert len(some_rows(training)) == 5000
    assert some_rows(test) is test


def test_undefined_scores_are_null_in_json():
    shares = np.array([[0.9, 0.1], [0.8, 0.2]])
    scores = scores_of(giving(np.array(["no", "yes"]), predict_proba=shares), data(np.array(["no", "no"]), "binary"))
    document = json.loads(json_text(scores_document(scores)))
    loss = pytest.approx(-np.log(0.72) / 2)
    assert document == {
        "n_rows": 2,
        "values": {"accuracy": 1.0, "log_loss": loss},
        "baseline": {"accuracy": 1.0, "log_loss": 0.0},
        "parts": [
            {"name": "no", "n_rows": 2, "values": {"precision": 1.0, "recall": 1.0, "f1": 1.0, "loss": loss}},
            {"name": "yes", "n_rows": 0, "values": {"precision": None, "recall": None, "f1": None, "loss": None}},
        ],
        "confusion": {"classes": ["no", "yes"], "counts": [[2, 0], [0, 0]]},
    }
