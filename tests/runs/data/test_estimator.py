"""The estimator of a data set, and its fit."""

import ast
from pathlib import Path

import numpy as np
import pytest

import nnbuild
from nnbuild import NNClassifier
from nnbuild.runs.data.dataset import Dataset
from nnbuild.runs.data.estimator import training_and_validation_rows
from nnbuild.tasks.behaviours import BEHAVIOURS
from plain import PLAIN

PACKAGE = Path(nnbuild.__file__).parent


@pytest.mark.parametrize("how", ["random", "last"])
def test_the_training_set_is_without_the_rows_that_the_fit_held_out(how, monkeypatch):
    X, y = np.arange(40.0).reshape(20, 2), np.repeat([0, 1], 10)
    seen = []
    real = nnbuild.estimators.training.training_and_validation

    def recorded(*arguments):
        seen.append(real(*arguments))
        return seen[-1]

    monkeypatch.setattr("nnbuild.estimators.training.training_and_validation", recorded)
    estimator = NNClassifier(
        PLAIN, hidden=[2], epochs=1, validation_fraction=0.3, validation=how, engine="keras", random_state=3
    ).fit(X, y)
    data = Dataset(X, y, ("y",), "binary", "", "made.npz")
    training, n_held_out = training_and_validation_rows(estimator, data, data.X, data.y, 3)
    ((fitted, held_out),) = seen
    assert n_held_out == len(held_out.rows) == 6
    np.testing.assert_array_equal(training.X, X[fitted.rows])
    np.testing.assert_array_equal(training.y, y[fitted.rows])


def test_only_estimators_access_their_fit():
    found = [
        file.relative_to(PACKAGE).as_posix()
        for file in PACKAGE.rglob("*.py")
        if file.parent.name != "estimators"
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "_fitted"
    ]
    assert found == []


def test_the_task_checks_values_by_the_loss():
    y = np.array([1.0, -2.0])
    BEHAVIOURS["binary"].check_values(y, "poisson")
    with pytest.raises(ValueError, match="poisson") as error:
        BEHAVIOURS["regression"].check_values(y, "poisson", "y_val", np.array([4, 7]))
    assert str(error.value) == (
        "loss 'poisson' requires y_val with numbers of 0 or more, got -2 in row 7 (counted from 0)\n"
        "  hint: use mean_squared_error, mean_absolute_error or huber for numbers of any sign"
    )
