"""Changed model files of several outputs raise a ModelFileError, from `load` and `model_info`."""

import pytest

from estimators.each_estimator import fitted
from nnbuild import model_info
from saved.edited_files import both, edited, error_at, error_of, with_arrays

CASES = {
    "no columns": (
        edited("targets.json", "outputs", "kind", "columns", []),
        "targets.json: outputs.kind: columns: must be a non-empty list, each a string, got []",
    ),
    "too many columns": (
        edited("targets.json", "outputs", "kind", "columns", ["kind", "other"]),
        "targets.json: outputs.kind: columns: do not match the targets",
    ),
    "a column twice": (
        edited("targets.json", "outputs", "kind", "columns", ["size"]),
        "targets.json: columns: must be those of all outputs, each once",
    ),
    "no outputs": (
        edited("targets.json", "outputs", {}), "targets.json: columns: must be those of all outputs, each once",
    ),
    "outputs inside an output": (
        edited("targets.json", "outputs", "kind", {
            "columns": ["kind"], "task": "multioutput",
            "outputs": {"a": {"columns": ["a"], "task": "regression", "shape": [], "scaled": True}},
        }),
        "targets.json: requires 'columns'",
    ),
    "task of an output": (
        edited(
            "targets.json", "outputs", "kind", {"columns": ["kind"], "task": "tokens", "input": "x", "n_outputs": 3}
        ),
        "targets.json: outputs.kind: an output can't have the task tokens",
    ),
    "one class": (
        edited("targets.json", "outputs", "kind", "classes", ["a"]),
        "targets.json: a binary task can't have 1 classes",
    ),
    "other name": (
        both(
            edited("targets.json", "columns", ["size"]),
            edited("targets.json", "outputs", {
                "width": {"columns": ["size"], "task": "regression", "shape": [], "scaled": True}}),
        ),
        "resolved.json: outputs: names and tasks must be those of the outputs in targets.json",
    ),
    "task of the network": (
        edited("resolved.json", "task", "binary"),
        "resolved.json: outputs: names and tasks must be those of the outputs in targets.json",
    ),
    "class of one output": (
        edited("manifest.json", "kind", "NNRegressor"),
        "manifest.json: kind: a NNRegressor does not have targets as in targets.json",
    ),
    "missing array of targets": (
        with_arrays("arrays.safetensors", **{"targets/size/mean": None}),
        "arrays.safetensors: contains no array 'targets/size/mean'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_changed_file_is_refused(name, tmp_path):
    change, message = CASES[name]
    fitted("NNMultiOutput").save(tmp_path / "good.nnb")
    assert error_of(change((tmp_path / "good.nnb").read_bytes()), tmp_path) == f"m.nnb: {message}"
    assert error_at(tmp_path / "m.nnb", model_info) == f"m.nnb: {message}"


def test_an_output_of_another_width_is_refused(tmp_path):
    fitted("NNMultiOutput").save(tmp_path / "good.nnb")
    wide = {"columns": ["kind"], "task": "binary", "dtype": "|O", "classes": ["a", "b"]}
    change = both(
        edited("targets.json", "outputs", "kind", {**wide, "task": "multiclass", "classes": ["a", "b", "c"]}),
        edited("resolved.json", "outputs", "kind", "task", "multiclass"),
    )
    found = error_of(change((tmp_path / "good.nnb").read_bytes()), tmp_path)
    assert found == "m.nnb: the output of the network has shape [1], which does not match the targets in targets.json"
