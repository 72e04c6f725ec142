"""Private names of other libraries: each function of nnbuild/private has a test, and no other module has any.

The tests of functions are in the other files test_private_*.py.
"""

import ast
import re
from collections.abc import Callable, Iterator
from operator import attrgetter
from pathlib import Path

import pytest

import nnbuild.private.keras as of_keras
import nnbuild.private.keras_layers as of_layers
import nnbuild.private.sklearn as of_sklearn
import nnbuild.private.tensorflow as of_tensorflow
from private_api import relies_on

PACKAGE = Path(__file__).parents[1] / "nnbuild"
MODULES = (of_keras, of_layers, of_sklearn, of_tensorflow)

# --- All of them


def marked_functions() -> set[Callable]:
    """Functions with a test that `relies_on` marks, read from the test files."""
    files = Path(__file__).parent.glob("test_private_*.py")
    found = {
        name for file in files for name in re.findall(r"^@relies_on\((of_\w+\.\w+),", file.read_text("utf-8"), re.M)
    }
    return {attrgetter(name.partition(".")[2])(globals()[name.partition(".")[0]]) for name in found}


def test_every_function_has_a_test():
    public = {
        value
        for module in MODULES
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", "") == module.__name__
    }
    assert public - marked_functions() == {of_keras.Compiled, of_layers.Projections}  # what functions return


def test_every_docstring_has_a_replacement():
    missing = [function.__name__ for function in marked_functions() if "Replaces" not in (function.__doc__ or "")]
    assert missing == []


def test_a_failure_names_the_function_and_what_to_check():
    @relies_on(of_keras.mask_of, "keras.src.backend.common.masking")
    def fails():
        raise AttributeError("no attribute '_keras_mask'")

    with pytest.raises(AssertionError) as caught:
        fails()
    expected = "nnbuild.private.keras.mask_of is broken by this version: check keras.src.backend.common.masking"
    assert str(caught.value) == expected


# --- No other module


def test_private_names_are_in_one_place():
    assert violations(PACKAGE) == []


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("from keras.src import backend", "keras.src.backend"),
        ("from sklearn.utils.validation import _check_y", "sklearn.utils.validation._check_y"),
        ("import keras\nx = keras.src.backend", "keras.src"),
        ("def f(layer):\n    return layer._losses_override", "_losses_override"),
        ("def f(metric):\n    return getattr(metric, '_fn', None)", "_fn"),
        ("def f(layer):\n    return vars(layer)['_tracker']", "_tracker"),
        ("class A(Layer):\n    def call(self):\n        return self._get_call_context()", "_get_call_context"),
        ("class A(BaseEstimator):\n    def _html_repr(self):\n        return ''", "_html_repr"),
    ],
)
def test_a_planted_violation_is_found(tmp_path, source, message):
    planted(tmp_path, source)
    line = source.count("\n") + (1 if "def _html_repr" not in source else 0)
    assert violations(tmp_path) == [f"train/new.py:{line}: {message} is private: put it behind nnbuild/private"]


@pytest.mark.parametrize(
    "source",
    [
        "from __future__ import annotations\nfrom keras.layers import Dense\nfrom sklearn import __version__",
        "class A:\n    def _own(self):\n        return self._kept, type(self).__name__\n    _kept = 1\nA()._own()",
    ],
)
def test_other_private_names_are_not_reported(tmp_path, source):
    planted(tmp_path, source)
    assert violations(tmp_path) == []


def planted(package: Path, source: str) -> None:
    """A package with the real adapters, and one more module."""
    for name in ("train", "private"):
        (package / name).mkdir()
    (package / "train" / "new.py").write_text(source, "utf-8")
    for file in (PACKAGE / "private").glob("*.py"):
        (package / "private" / file.name).write_text(file.read_text("utf-8"), "utf-8")


def violations(package: Path) -> list[str]:
    """One line for each private name of another library in a module outside of private/."""
    trees = {file: ast.parse(file.read_text("utf-8")) for file in sorted(package.rglob("*.py"))}
    adapters = [tree for file, tree in trees.items() if file.parent.name == "private"]
    others = {file: tree for file, tree in trees.items() if file.parent.name != "private"}
    own = {name for tree in others.values() for node in ast.walk(tree) for name in defined(node)} | OF_PYTHON
    foreign = {name for tree in adapters for node in ast.walk(tree) for name in read(node) if not is_own(node)}
    hooks = methods(adapters) - {node.attr for tree in adapters for node in ast.walk(tree) if is_own(node)}
    return [
        f"{file.relative_to(package).as_posix()}:{node.lineno}: {name} is private: put it behind nnbuild/private"
        for file, tree in others.items()
        for node in ast.walk(tree)
        for name in (*private_imports(node), *foreign_names(node, own, foreign, hooks))
    ]


def private_imports(node: ast.AST) -> Iterator[str]:
    """Dotted names of private modules and names in modules that a node names."""
    names: list = []
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        names = [f"{node.module}.{alias.name}" for alias in node.names]
    elif isinstance(node, ast.Attribute) and ast.unparse(node) in INSIDE:
        names = [ast.unparse(node)]
    elif isinstance(node, ast.Constant) and str(node.value).startswith(tuple(f"{name}." for name in INSIDE)):
        names = [node.value]
    for name in names:
        parts = name.split(".")
        if parts[0] != "nnbuild" and (".".join(parts[:2]) in INSIDE or any(map(is_private, parts))):
            yield name


def foreign_names(node: ast.AST, own: set[str], foreign: set[str], hooks: set[str]) -> Iterator[str]:
    """Private attributes that a node reads, sets or overrides, of objects that are not nnbuild's."""
    if isinstance(node, ast.FunctionDef) and node.name in hooks:
        yield node.name
    for name in read(node):
        if name not in own or (name in foreign and not is_own(node)):
            yield name


def read(node: ast.AST) -> list[str]:
    """Private attributes that a node names: ``x._name``, ``getattr(x, "_name")``, ``vars(x)["_name"]``."""
    found: list = []
    if isinstance(node, ast.Attribute):
        found = [node.attr]
    elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in BY_NAME:
        found = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
    elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        found = [node.slice.value] if ast.unparse(node.value).startswith("vars(") else []
    return [name for name in found if isinstance(name, str) and is_private(name)]


def defined(node: ast.AST) -> list[str]:
    """Private names that a node defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return [node.id]
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and is_own(node):
        return [node.attr]
    return []


def methods(trees: list[ast.AST]) -> set[str]:
    """Private methods of the classes in some modules."""
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    functions = [node for kind in classes for node in kind.body if isinstance(node, ast.FunctionDef)]
    return {function.name for function in functions if is_private(function.name)}


def is_own(node: ast.AST) -> bool:
    """Whether a node is an attribute of the object itself."""
    return isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("self", "cls")


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and len(name) > 1


BY_NAME = ("getattr", "hasattr", "setattr", "delattr", "attrgetter", "methodcaller")
INSIDE = ("keras.src", "tensorflow.python", "tf.python")
OF_PYTHON = {"_fields", "_replace", "_asdict"}  # of named tuples
