"""The constructors of nnbuild.layers, and the stubs that describe them to editors and type checkers."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from mypy import api

from nnbuild import Recipe, catalog, layers
from nnbuild.catalog.kinds import (
    Anything,
    Choice,
    Either,
    Flag,
    Float,
    Integer,
    ListOf,
    MapOf,
    Named,
    Null,
    Number,
    Object,
    Text,
    optional,
)
from nnbuild.layers import Block, Conv2D, Dense, Dropout, LSTMCell, MaxPool2D, Parallel, Repeat, Residual
from tools import make_stubs

ROOT = Path(__file__).parents[1]
CONSTRUCTORS = catalog.class_names("layers") + catalog.class_names("cells")

# --- what the constructors give ---


@pytest.mark.parametrize(
    ("made", "node"),
    [
        (Dense(8), {"type": "Dense", "units": 8}),
        (Dense(), {"type": "Dense"}),  # defaults of the recipe may give the rest
        (Dense(8, "relu", False), {"type": "Dense", "units": 8, "activation": "relu", "use_bias": False}),
        (Dense(units="$n * 2"), {"type": "Dense", "units": "$n * 2"}),
        (Dense(8, activation=None), {"type": "Dense", "units": 8, "activation": None}),
        (Dense(8, name="a", inputs=("x",)), {"type": "Dense", "name": "a", "inputs": ["x"], "units": 8}),
        (Dense(8, trainable=False), {"type": "Dense", "units": 8, "trainable": False}),
        (Conv2D(4, (3, 3), padding="same"), {"type": "Conv2D", "filters": 4, "kernel_size": (3, 3), "padding": "same"}),
        (MaxPool2D(2), {"type": "MaxPool2D", "pool_size": 2}),
        (LSTMCell(4), {"type": "LSTMCell", "units": 4}),
        (Repeat([Dense(1)], times=2), {"type": "Repeat", "times": 2, "layers": [{"type": "Dense", "units": 1}]}),
        (
            Repeat((Dropout(0.1),), times=0),
            {"type": "Repeat", "times": 0, "layers": [{"type": "Dropout", "rate": 0.1}]},
        ),
        (
            Repeat([Dense("$n")], over={"n": [2, 1]}, name="body", inputs=["x"]),
            {
                "type": "Repeat",
                "name": "body",
                "inputs": ["x"],
                "over": {"n": [2, 1]},
                "layers": [{"type": "Dense", "units": "$n"}],
            },
        ),
        (Residual([Dense(1)]), {"type": "Residual", "layers": [{"type": "Dense", "units": 1}]}),
        (
            Residual(iter([Dense(1)]), shortcut=(Dense(2),), activation="relu"),
            {
                "type": "Residual",
                "layers": [{"type": "Dense", "units": 1}],
                "shortcut": [{"type": "Dense", "units": 2}],
                "activation": "relu",
            },
        ),
        (
            Residual([Dense(1)], shortcut="auto"),
            {"type": "Residual", "layers": [{"type": "Dense", "units": 1}], "shortcut": "auto"},
        ),
        (
            Parallel({"a": [], "b": (Dense(1),)}, merge="Add"),
            {"type": "Parallel", "branches": {"a": [], "b": [{"type": "Dense", "units": 1}]}, "merge": "Add"},
        ),
        (Block("fc"), {"type": "fc"}),
        (Block("fc", n=4, name="a"), {"type": "fc", "name": "a", "n": 4}),
        (Block("fc", n=None), {"type": "fc", "n": None}),
    ],
    ids=str,
)
def test_a_constructor_gives_the_node_as_a_dict(made, node):
    assert made == node
    assert next(iter(made)) == "type"


def test_a_recipe_of_constructors_equals_the_one_of_dicts():
    made = Recipe(
        [
            Conv2D(4, (3, 3), name="stem"),
            Residual([Conv2D("$n", 3, padding="same")], activation="relu"),
            layers.Flatten(),
            Parallel({"skip": [], "deep": [Block("fc", width=8)]}, merge="Concatenate"),
            Repeat([Dense("$u")], over={"u": [8, 4]}),
        ],
        params={"n": 4},
        blocks={"fc": {"params": {"width": 2}, "layers": [Dense("$width")]}},
    )
    written = {
        "params": {"n": 4},
        "blocks": {"fc": {"params": {"width": 2}, "layers": [{"type": "Dense", "units": "$width"}]}},
        "layers": [
            {"type": "Conv2D", "filters": 4, "kernel_size": [3, 3], "name": "stem"},
            {
                "type": "Residual",
                "layers": [{"type": "Conv2D", "filters": "$n", "kernel_size": 3, "padding": "same"}],
                "activation": "relu",
            },
            {"type": "Flatten"},
            {
                "type": "Parallel",
                "branches": {"skip": [], "deep": [{"type": "fc", "width": 8}]},
                "merge": "Concatenate",
            },
            {"type": "Repeat", "over": {"u": [8, 4]}, "layers": [{"type": "Dense", "units": "$u"}]},
        ],
    }
    assert made == Recipe.from_dict(written)
    assert made.to_dict() == {"nnbuild": 1, **Recipe.from_dict(written).to_dict()}


@pytest.mark.parametrize("name", CONSTRUCTORS)
def test_every_class_of_the_catalog_has_its_constructor(name):
    constructor = getattr(layers, name)
    signature = make_stubs.signature(name)
    values = [f"value of {argument}" for argument in signature.arguments]
    given = dict(zip(signature.arguments, values, strict=True))
    assert constructor.__name__ == name
    assert constructor(*values) == constructor(**given) == {"type": name, **given}
    assert constructor is getattr(layers, name)


def test_the_module_lists_its_constructors():
    assert dir(layers) == sorted([*CONSTRUCTORS, "Block", "Parallel", "Repeat", "Residual", "Shared"])


# --- mistakes ---


def mistake(kind, call):
    with pytest.raises(kind) as caught:
        call()
    return str(caught.value)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Dense(unit=4), "Dense() has no argument 'unit'; did you mean 'units'?"),
        (lambda: Dense(4, qqq=1), "Dense() has no argument 'qqq'"),
        (lambda: Dense(4, units=5), "Dense() got 'units' twice"),
        (lambda: Dropout(0.1, None, 1, True, "float32", 6), "Dropout() takes at most 5 positional arguments, got 6"),
        (lambda: MaxPool2D(poolsize=2), "MaxPool2D() has no argument 'poolsize'; did you mean 'pool_size'?"),
        (lambda: Repeat(), "Repeat() missing 1 required positional argument: 'layers'"),
        (lambda: Parallel({"a": []}), "Parallel() missing 1 required keyword-only argument: 'merge'"),
        (lambda: Repeat([Dense(1)], 2), "Repeat() takes 1 positional argument but 2 were given"),
    ],
)
def test_a_wrong_call_is_a_type_error(call, message):
    assert mistake(TypeError, call) == message


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Dens", "nnbuild.layers has no layer 'Dens'; did you mean 'Dense'?"),
        ("conv2d", "nnbuild.layers has no layer 'conv2d'; did you mean 'Conv2D'?"),
        ("Repaet", "nnbuild.layers has no layer 'Repaet'; did you mean 'Repeat'?"),
        ("Lambda", "nnbuild.layers has no layer 'Lambda'"),
        ("qqqqqq", "nnbuild.layers has no layer 'qqqqqq'"),
    ],
)
def test_an_unknown_layer_is_an_attribute_error(name, message):
    assert mistake(AttributeError, lambda: getattr(layers, name)) == message


def test_wrong_values_wait_for_the_recipe():
    assert mistake(ValueError, lambda: Recipe([Dense(0)])) == (
        "layers[0].units: must be an integer of at least 1, got 0"
    )


def test_constructors_do_not_import_keras():
    code = (
        "import sys\n"
        "from nnbuild.layers import Conv2D, Dense, Repeat\n"
        "from nnbuild import Recipe\n"
        "Recipe([Conv2D(4, 3), Repeat([Dense(2)], times=2)])\n"
        "print(sorted({'keras', 'tensorflow', 'numpy', 'sklearn'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


# --- the stubs ---


def test_the_stubs_are_those_of_the_catalog():
    assert make_stubs.FILE.read_text("utf-8") == make_stubs.text(), "run: python tools/make_stubs.py"


def test_the_stubs_name_every_constructor_and_argument():
    tree = ast.parse(make_stubs.FILE.read_text("utf-8"))
    found = {node.name: node.args for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert list(found) == [*layers.LANGUAGE_CLASSES, *CONSTRUCTORS]
    for name in CONSTRUCTORS:
        assert [arg.arg for arg in found[name].args] == list(make_stubs.signature(name).arguments)
        assert [arg.arg for arg in found[name].kwonlyargs] == ["name", "inputs"]


@pytest.mark.parametrize(
    ("kind", "hint"),
    [
        (Integer(1), "int | Param"),
        (Float(0, 1), "float | Param"),
        (Number(), "float | Param"),
        (Flag(), "bool | Param"),
        (Text(), "str"),
        (Anything(), "Any"),
        (optional(Text()), "str | None"),
        (Choice("same", -1), 'Literal["same", -1] | Param'),
        (Either(Null(), Integer(), Integer(1), Flag()), "int | bool | Param | None"),
        (ListOf(optional(Integer(1))), "Sequence[int | Param | None] | Param"),
        (ListOf(ListOf(ListOf(Integer()))), "Sequence[Any] | Param"),
        (MapOf(Number()), "Mapping[str, float | Param] | Param"),
        (Named(("a", "b"), Number()), "Mapping[str, float | Param] | Param"),
        (Object("cells"), "CellLike | Param"),
        (make_stubs.DTYPE, "DType | Param"),
    ],
    ids=str,
)
def test_a_kind_has_a_type(kind, hint):
    assert make_stubs.hint(kind) == hint


RIGHT = """
from typing import Any
from nnbuild.layers import LSTM, Bidirectional, Block, Conv2D, Dense, Parallel, Repeat, Residual, ZeroPadding2D

node: dict[str, Any] = Dense(8, "relu", True, "auto", name="a", inputs=["x"])
nodes = [
    Dense("$n * 2", activation={"type": "LeakyReLU"}, kernel_regularizer=None, use_bias="$bias"),
    Conv2D(4, (3, "$k"), padding="same"),
    ZeroPadding2D([[1, 1], 2]),
    Bidirectional(LSTM(4, return_sequences=True), merge_mode="sum"),
    Repeat([Dense("$n")], over={"n": [2, 1]}),
    Residual([Dense(1)], shortcut="auto"),
    Parallel({"a": []}, merge="Add"),
    Block("fc", n=4, name="b"),
]
"""
WRONG = """
from nnbuild.layers import Conv2D, Dense, Dens, Repeat
Dense(unit=8)
Dense(units=[8])
Dense(8, use_bias=None)
Conv2D(4, 3, padding=1)
Repeat([Dense(1)], 2)
Dense(8).units
"""
COMPLAINTS = [
    'wrong.py:2: error: Module "nnbuild.layers" has no attribute "Dens"; maybe "Dense"?  [attr-defined]',
    'wrong.py:3: error: Unexpected keyword argument "unit" for "Dense"; did you mean "units"?  [call-arg]',
    'wrong.py:4: error: Argument "units" to "Dense" has incompatible type "list[int]"; '
    'expected "int | str"  [arg-type]',
    'wrong.py:5: error: Argument "use_bias" to "Dense" has incompatible type "None"; expected "bool | str"  [arg-type]',
    'wrong.py:6: error: Argument "padding" to "Conv2D" has incompatible type "Literal[1]"; '
    "expected \"Literal['same', 'valid'] | str\"  [arg-type]",
    'wrong.py:7: error: Too many positional arguments for "Repeat"  [call-arg]',
    'wrong.py:8: error: "dict[str, Any]" has no attribute "units"  [attr-defined]',
]


def test_a_type_checker_accepts_right_calls_and_refuses_wrong_ones(tmp_path, monkeypatch):
    (tmp_path / "right.py").write_text(RIGHT)
    (tmp_path / "wrong.py").write_text(WRONG)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MYPYPATH", str(ROOT))
    options = ["--config-file=", "--no-error-summary", "--cache-dir", str(tmp_path / "cache"), "--hide-error-context"]
    printed, errors, _ = api.run([*options, str(make_stubs.FILE), "right.py", "wrong.py"])
    assert errors == ""
    assert [line for line in printed.splitlines() if ": note: " not in line] == COMPLAINTS
