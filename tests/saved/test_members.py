"""Rules of the modules that read and write members of model files."""

import ast
from pathlib import Path

import nnbuild
from nnbuild.estimators.rows import ATTRIBUTES, ESTIMATORS
from nnbuild.language.input_kinds import PAIRS
from nnbuild.saved import archive

PACKAGE = Path(nnbuild.__file__).parent
TREES = {file.relative_to(PACKAGE).as_posix(): ast.parse(file.read_text("utf-8")) for file in PACKAGE.rglob("*.py")}
WRITERS = ("json_member", "tensors_member")


def test_each_member_is_written_in_the_module_that_reads_it():
    writes = {}
    for file, tree in TREES.items():
        for call in calls_of(tree, WRITERS):
            writes.setdefault(ast.unparse(call.args[0]), []).append(file)
    members = {name for name, value in vars(archive).items() if str(value).endswith((".json", ".safetensors"))}
    assert writes.keys() == members
    assert [files for files in writes.values() if len(files) > 1 or not files[0].startswith("saved/")] == []


def test_nothing_compares_with_names_of_estimators_or_of_pairs():
    found = [
        (file, part.value)
        for file, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and part.value in {*ESTIMATORS, PAIRS}
    ]
    assert found == []


def test_fitted_attributes_are_listed_in_one_module():
    lists = {
        file
        for file, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Set)
        and len(ATTRIBUTES & {part.value for part in node.elts if isinstance(part, ast.Constant)}) > len(ATTRIBUTES) / 2
    }
    assert lists == {"estimators/rows.py"}


def calls_of(tree, names):
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names
    ]
