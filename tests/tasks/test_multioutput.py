"""Targets of several outputs: the samples that have a target, tasks by the values, predictions side by side."""

import re

import numpy as np
import pandas as pd
import pytest

from nnbuild import DataError
from nnbuild.tasks.output_rows import output_rows
from nnbuild.tasks.output_targets import multioutput_targets
from nnbuild.tasks.regression import RegressionTargets

Y = pd.DataFrame(
    {
        "size": [1.0, 2.0, np.nan, 4.0],
        "kind": pd.Categorical(["b", None, "a", "b"]),
        "new": pd.array([True, False, None, True], "boolean"),
        "x": [0, 1, 1, 0],
        "y": [1, None, 0, 0],
    }
)
OUTPUTS = {"kind": {}, "size": {}, "new": {}, "tags": {"target": ["x", "y"]}}
TASKS = {"kind": "binary", "size": "regression", "new": "binary", "tags": "multilabel"}


def targets_of(y=Y, outputs=OUTPUTS):
    rows = output_rows(y, outputs)
    found = multioutput_targets(rows, outputs, lambda values, _: RegressionTargets.of(values, True))
    return found.fitted_to(rows, None), rows


def test_tasks_follow_from_the_values():
    targets, rows = targets_of()
    assert targets.tasks == TASKS
    assert targets.counts == {"kind": 2, "size": 1, "new": 2, "tags": 2}
    assert {name: classes.tolist() for name, classes in targets.classes.items()} == {
        "kind": ["a", "b"], "new": [False, True], "tags": [0, 1],
    }  # fmt: skip
    assert {name: known.tolist() for name, known in rows.known.items()} == {
        "kind": [True, False, True, True],
        "size": [True, True, False, True],
        "new": [True, True, False, True],
        "tags": [True, False, True, True],
    }


@pytest.mark.parametrize(
    ("values", "output", "task"),
    [
        ([0, 1, 2] * 4, {}, "multiclass"),
        ([0, 1, 2, 1], {"task": "regression"}, "regression"),
        ([0, 1, 2, 1], {"loss": "mean_absolute_error"}, "regression"),
        ([0.5, 1, 0.5, 1], {"task": "classification"}, None),
        ([0.5, 1, 0.5, 1], {"loss": "binary_crossentropy"}, "regression"),
        ([0, 1, 0, 1], {"loss": "binary_crossentropy"}, "binary"),
        (range(100), {}, "regression"),
    ],
)
def test_task_and_loss_of_the_recipe_precede_the_values(values, output, task):
    def found():
        return targets_of({"y": values}, {"y": output})[0].tasks

    if task is None:
        with pytest.raises(ValueError, match=r"^y\['y'\]: Unknown label type: continuous"):
            found()
    else:
        assert found() == {"y": task}


def test_columns_of_tables_by_output_are_those_of_the_recipe():
    """Their order in a table does not matter."""
    table = Y[["x", "y"]]
    outputs = {"tags": {"target": ["x", "y"]}}
    rows = [output_rows({"tags": one}, outputs) for one in (table, table[["y", "x"]])]
    assert np.array_equal(rows[0].values["tags"], rows[1].values["tags"])
    assert rows[1].order == ("x", "y")


def test_samples_without_a_target_have_weight_0():
    targets, rows = targets_of()
    weights = targets.weights_by_output(rows, np.array([1.0, 2, 3, 4]))
    assert {name: array.tolist() for name, array in weights.items()} == {
        "kind": [1, 0, 3, 4], "size": [1, 2, 0, 4], "new": [1, 2, 0, 4], "tags": [1, 0, 3, 4],
    }  # fmt: skip
    encoded = targets.encode(rows)
    known = np.array([1.0, 2.0, 4.0])
    np.testing.assert_allclose(encoded["size"][[0, 1, 3], 0], (known - known.mean()) / known.std())
    assert encoded["kind"][[0, 2, 3]].tolist() == [1, 0, 1]
    assert all(np.isfinite(array).all() for array in encoded.values())


def test_strata_are_combinations_of_classes_and_missing_targets():
    targets, rows = targets_of()
    assert targets.strata(rows).tolist() == [0, 2, 1, 0]
    only = targets_of(Y[["x", "size"]].dropna().assign(x=["a", "a", "b"]), {"x": {}, "size": {}})
    assert only[0].strata(only[1]).tolist() == [0, 0, 1]


def test_predictions_become_the_columns_of_y():
    targets, _ = targets_of()
    outputs = {
        "kind": np.array([[0.9], [0.2]]),
        "size": np.array([[0.0], [1.0]]),
        "new": np.array([[0.3], [0.6]]),
        "tags": np.array([[0.9, 0.1], [0.4, 0.7]]),
    }
    predictions = targets.predictions(outputs, dict.fromkeys(outputs))
    assert predictions.shape == (2, 7)
    frame = pd.DataFrame(targets.decode(predictions))
    assert list(frame) == list(Y)
    assert frame["kind"].tolist() == ["b", "a"]
    assert frame["new"].tolist() == [False, True]
    assert frame[["x", "y"]].to_numpy().tolist() == [[1, 0], [0, 1]]
    mean, scale = 7 / 3, np.std([1, 2, 4])
    np.testing.assert_allclose(frame["size"], [mean, mean + scale])


def test_probabilities_have_a_sum_of_1():
    """In double precision, although those of a network do not."""
    targets, _ = targets_of({"kind": [0, 1, 2] * 4}, {"kind": {}})
    shares = np.array([[0.1, 0.2, 0.7], [0.3, 0.3, 0.4]], "float32")
    np.testing.assert_allclose(targets.predictions(shares, {"kind": None}).sum(axis=1), 1, rtol=1e-15)


def test_scores_are_those_of_the_samples_with_a_target():
    targets, rows = targets_of(Y[["size", "kind"]], {"kind": {}, "size": {}})
    predictions = np.array([[0.1, 0.9, 1.0], [0.9, 0.1, 2.0], [0.1, 0.9, 9.0], [0.1, 0.9, 2.0]])
    assert targets.output_score("kind", rows, predictions, None) == pytest.approx(2 / 3)
    assert targets.output_score("size", rows, predictions, None) == pytest.approx(1 - 4 / (14 / 3))
    assert targets.score(rows, predictions, None) == pytest.approx((2 / 3 + 1 - 6 / 7) / 2)
    scores = targets.output_scores(rows, predictions)
    assert {name: one.n_rows for name, one in scores.items()} == {"kind": 3, "size": 3}
    assert scores["size"].outcomes[0].target == "size"


@pytest.mark.parametrize(
    ("y", "outputs", "message"),
    [
        (
            Y[["size"]],
            {"sizes": {}},
            "y has no column 'sizes', which is the target of the output 'sizes'\n  columns: size\n"
            "  hint: did you mean 'size'?",
        ),
        (
            Y[["size", "kind"]],
            {"size": {}},
            "y has the column 'kind', which is not the target of an output\n  targets: size\n"
            "  hint: drop it, or name an output for it in 'outputs' of the recipe",
        ),
        (
            Y[["size"]],
            {"a": {"target": "size"}, "b": {"target": "size"}},
            "the column 'size' of y is the target of the outputs 'a' and 'b'\n"
            "  hint: pass a copy of the column with another name",
        ),
        (
            np.zeros((3, 2)),
            {"a": {}, "b": {}},
            "y must be a DataFrame with the columns of all outputs, or a dict of arrays by output, got ndarray\n"
            "  hint: pass pandas.DataFrame(y, columns=['a', 'b'])",
        ),
        (
            {"a": [1.0, 2.0], "c": [1.0, 2.0]},
            {"a": {}, "b": {}},
            "y has the key 'c', which is not an output of the recipe\n  outputs: a, b",
        ),
        (
            {"a": [1.0, 2.0], "b": [1.0]},
            {"a": {}, "b": {}},
            "lengths differ: y['a'] has 2 rows, y['b'] has 1 rows",
        ),
        (
            {"a": np.zeros((2, 3, 3))},
            {"a": {}},
            "y['a'] must be of shape (n_samples,) or (n_samples, n_columns), got (2, 3, 3)\n"
            "  hint: several outputs support one or several values for each sample",
        ),
        (
            {"a": pd.to_datetime(["2020-01-01", None])},
            {"a": {}},
            "y['a'] contains dates or durations, which can't be targets\n  hint: convert it to a number, such as days",
        ),
        (
            {"a": Y[["x", "y"]], "b": Y[["x", "y"]]},
            {"a": {}, "b": {}},
            "y has several columns with the name 'x', but predict returns one of each name\n"
            "  hint: name the columns in 'target' of each output",
        ),
        (
            {"a": Y[["x", "size"]]},
            {"a": {"target": ["x", "y"]}},
            "y['a'] must have the columns x, y, got x, size\n  hint: rename them, or set 'target' of the output",
        ),
        (
            {"a": [1.5, np.inf, None]},
            {"a": {}},
            "y['a'] contains infinity\n  hint: replace it by NaN, for a missing target, or by a finite number",
        ),
        (
            {"a": [3, 3, 3]},
            {"a": {}},
            "y['a'] has only one class, 3\n"
            "  hint: remove the output, or pass samples of other classes, or set its 'task' to 'regression'",
        ),
        (
            {"a": [np.nan, None]},
            {"a": {}},
            "y['a'] has only missing values\n  hint: add samples with this target, or remove the output",
        ),
        (
            {"a": ["x", None, "x"]},
            {"a": {}},
            "y['a'] has only one class, 'x'\n  hint: remove the output, or pass samples of other classes",
        ),
        (
            {"a": ["x", "y"]},
            {"a": {"loss": "mse"}},
            "y['a']: regression requires numbers, but the targets are text, such as 'x'",
        ),
        (
            {"a": np.array([["x", "y"], ["z", "y"]])},
            {"a": {"target": ["k", "l"]}},
            "y['a']: several columns must be numeric or boolean, but 'k' is text\n"
            "  hint: name an output for each column",
        ),
        (
            {"a": np.array([[2, 0], [1, 1]])},
            {"a": {"task": "classification"}},
            "y['a'] has several columns of class labels, which must be 0 and 1\n  hint: name an output for each column",
        ),
    ],
)
def test_refused_targets(y, outputs, message):
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        targets_of(y, outputs)
