"""Rows and behaviours of tasks agree, and no other code compares names of tasks."""

import ast
from pathlib import Path

import numpy as np
import pytest

import nnbuild
from nnbuild import catalog
from nnbuild.inputs.text import PADDING, TextPreparation
from nnbuild.saved.archive import Refused
from nnbuild.saved.targets import n_outputs, read_targets, targets_slots
from nnbuild.tasks.behaviours import BEHAVIOURS, class_targets, restored_targets
from nnbuild.tasks.output_rows import output_rows
from nnbuild.tasks.output_targets import multioutput_targets
from nnbuild.tasks.regression import RegressionTargets
from nnbuild.tasks.rows import TASKS, TRAINED_TASKS, task_of_labels, task_of_outputs
from nnbuild.tasks.tokens import TextTargets

PACKAGE = Path(nnbuild.__file__).parent
LABELS = np.array(["a", "b", "c"])
TEXT = TextPreparation(("one", "two"), 3, marked=True)
# Targets of each task, in the form of y.
EXAMPLES = {
    "binary": LABELS[[0, 1, 1, 0]],
    "multiclass": LABELS[[2, 1, 0, 2]],
    "multilabel": np.array([[0, 1], [1, 1], [0, 0], [1, 0]]),
    "segmentation": LABELS[[[[0, 1], [2, 1]], [[1, 1], [0, 0]]]],
    "constant": LABELS[[1, 1, 1]],
    "regression": np.array([[1.0, 2.0], [3.0, 5.0], [2.0, 4.0]]),
    "tokens": np.array(["one two", "two"], object),
    "multioutput": output_rows(
        {"kind": ["a", None, "c", "a"], "size": [[1.0, 2], [3, np.nan], [3, 5], [2, 4]]},
        {"kind": {}, "size": {"task": "regression", "target": ["x", "y"]}},
    ),
}
ENDS = {"features": (4,), "steps": (3, 4), "places": (5, 5, 4)}


def targets_of(name):
    y = EXAMPLES[name]
    if name == "tokens":
        return TextTargets("target", TEXT)
    if name == "regression":
        return RegressionTargets.of(y, scaled=True).fitted_to(y, None)
    if name == "multioutput":
        outputs = {"kind": {}, "size": {"task": "regression"}}
        return multioutput_targets(y, outputs, lambda values, _: RegressionTargets.of(values, True)).fitted_to(y, None)
    return class_targets(y)


def test_every_task_has_a_behaviour_in_a_file_of_its_name():
    assert BEHAVIOURS.keys() == TASKS.keys() == EXAMPLES.keys()
    for name, row in TASKS.items():
        assert row.name == name
        assert BEHAVIOURS[name].row is row
        assert BEHAVIOURS[name].__module__ == f"nnbuild.tasks.{name}"


@pytest.mark.parametrize("name", TASKS)
def test_losses_and_metrics_are_of_keras(name):
    row = TASKS[name]
    known = {*catalog.class_names("losses"), *catalog.class_names("metrics")}
    assert row.losses | row.metrics | row.own_also <= known
    assert row.loss is None or catalog.own_name("losses", row.loss) in row.losses


@pytest.mark.parametrize("name", TRAINED_TASKS)
def test_a_network_ends_as_the_row_states(name):
    row = TASKS[name]
    units = row.widths[0] if row.widths else 2
    resolved = nnbuild.resolve({"layers": [{"type": "Identity"}]}, ENDS[row.ends_in], task=name, n_outputs=2)
    assert resolved.task == name
    head = resolved.nodes[-1]
    assert (head.type, head.arguments["units"], head.arguments["activation"]) == ("Dense", units, row.activation)
    loss = resolved.training["loss"]
    assert (loss.get("ignore_class") if isinstance(loss, dict) else None) == row.ignored


@pytest.mark.parametrize("name", TASKS)
def test_saved_targets_are_restored(name):
    targets = targets_of(name)
    assert targets.task == name
    document = targets.document()
    assert any(document.keys() == {"task", *form} for form in TASKS[name].saved_fields)
    read = read_targets(document)
    assert read == document
    assert n_outputs(read) == targets.n_outputs
    assert targets_slots(read).keys() == targets.arrays().keys()
    vectors = {name: tuple(array.tolist()) for name, array in targets.arrays().items()}
    again = restored_targets(read, vectors, {"target": TEXT})
    assert type(again) is type(targets)
    assert again.document() == document
    np.testing.assert_equal(again.encode(EXAMPLES[name]), targets.encode(EXAMPLES[name]))


@pytest.mark.parametrize("name", ["binary", "multiclass", "multilabel", "segmentation", "constant", "regression"])
def test_encoded_targets_are_decoded(name):
    targets = targets_of(name)
    found = learned = targets.encode(EXAMPLES[name])
    if TASKS[name].has_classes:
        found = targets.probabilities(np.eye(targets.n_outputs)[learned])
    np.testing.assert_allclose(*map(as_numbers, (targets.decode(found), EXAMPLES[name])))


def as_numbers(values):
    return values if values.dtype.kind in "if" else np.searchsorted(LABELS, values)


def test_the_task_of_labels_and_of_outputs():
    assert [task_of_labels(n) for n in (1, 2, 3, 9)] == ["constant", "binary", "multiclass", "multiclass"]
    assert [class_targets(LABELS[:n]).task for n in (1, 2, 3)] == list(map(task_of_labels, (1, 2, 3)))
    assert [task_of_outputs(n) for n in (1, 2, 9)] == ["regression", "multiclass", "multiclass"]


def test_an_output_of_another_width_is_refused():
    for name in BEHAVIOURS.keys() - {"tokens", "multioutput"}:
        targets = targets_of(name)
        targets.check_output((None, *targets.positions, targets.n_outputs))
        with pytest.raises(Refused, match=r"which does not match the targets in targets\.json"):
            targets.check_output((None, *targets.positions, targets.n_outputs + 7))


def test_the_ignored_class_is_the_padding():
    assert TASKS["tokens"].ignored == PADDING


def test_only_tasks_compare_with_names_of_tasks():
    found = {
        (file.relative_to(PACKAGE).as_posix(), compared)
        for file in PACKAGE.rglob("*.py")
        if file.parent.name != "tasks"
        for compared in comparisons(ast.parse(file.read_text("utf-8")))
    }
    assert found - EXCEPTIONS == set()
    assert EXCEPTIONS - found == set()  # none that is not needed


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("task == 'binary'", ["'binary'"]),
        ("'x' != task in ('tokens', 'regression')", ["'regression'", "'tokens'"]),
        ("match task:\n    case 'binary':\n        pass", ["'binary'"]),
        ("{'binary': 1, 'multiclass': 2}[task]", ["'binary'", "'multiclass'"]),
        ("isinstance(targets, RegressionTargets)", ["RegressionTargets"]),
        ("isinstance(targets, (TextTargets, Other))", ["TextTargets"]),
        ("task = 'binary' if n == 2 else 'multiclass'", ["'binary'", "'multiclass'"]),
        ("task = network.task if network else 'multiclass'", ["'multiclass'"]),
        ("task = 'binary'", []),
        ("{'regression': 1}[word]", []),
    ],
)
def test_a_comparison_is_found(source, found):
    assert sorted(comparisons(ast.parse(source))) == found


def comparisons(tree):
    """Names of tasks and classes of targets that the code of a module compares."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            yield from strings_in([node.left, *node.comparators])
        elif isinstance(node, ast.IfExp):
            yield from strings_in([node.body, node.orelse])
        elif isinstance(node, ast.MatchValue):
            yield from strings_in([node.value])
        elif isinstance(node, ast.Dict) and len(list(strings_in(filter(None, node.keys)))) > 1:
            yield from strings_in(filter(None, node.keys))
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "isinstance":
            names = {part.id for part in ast.walk(node.args[1]) if isinstance(part, ast.Name)}
            yield from sorted(name for name in names if name.endswith(("Targets", "TokenIdTargets")))


def strings_in(nodes):
    """Names of tasks among constants, and in tuples and sets of them."""
    for node in nodes:
        parts = node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else [node]
        yield from (repr(p.value) for p in parts if isinstance(p, ast.Constant) and p.value in TASKS)


# Other uses of these strings, and types for the type checker.
EXCEPTIONS = {
    ("runs/search/scorers.py", "'regression'"),  # a kind of metric, as scikit-learn's modules call them
    ("private/sklearn.py", "'regression'"),  # the same
    ("estimators/language_model.py", "TokenIdTargets"),
    ("estimators/decoding.py", "TextTargets"),
    ("estimators/rows.py", "'constant'"),  # imports no table of tasks
}
