"""The constructors of nnbuild.layers, and the stubs that describe them to editors and type checkers."""

from pathlib import Path

import pytest
from mypy import api

from nnbuild import catalog, layers
from nnbuild.catalog.kinds import (
    Anything,
    Choice,
    Either,
    Flag,
    Float,
    Integer,
    ListOf,
    Named,
    Null,
    Number,
    Object,
    Text,
)
from nnbuild.layers import Block, Dense, Dropout, MaxPool2D, Parallel, Repeat, Residual
from tools import make_stubs

ROOT = Path(__file__).parents[1]
CONSTRUCTORS = catalog.class_names("layers") + catalog.class_names("cells")

# --- constructors ---


@pytest.mark.parametrize(
    ("made", "node"),
    [
        (Dense(), {"type": "Dense"}),  # defaults of the recipe may give the rest
        (Dense(8, "relu", False), {"type": "Dense", "units": 8, "activation": "relu", "use_bias": False}),
        (Dense(8, name="a", inputs=("x",)), {"type": "Dense", "name": "a", "inputs": ["x"], "units": 8}),
        (MaxPool2D(2), {"type": "MaxPool2D", "pool_size": 2}),
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
            Parallel({"a": [], "b": (Dense(1),)}, merge="Add"),
            {"type": "Parallel", "branches": {"a": [], "b": [{"type": "Dense", "units": 1}]}, "merge": "Add"},
        ),
        (Block("fc", n=4, name="a"), {"type": "fc", "name": "a", "n": 4}),
        (Block("fc", n=None), {"type": "fc", "n": None}),
    ],
    ids=str,
)
def test_a_constructor_gives_the_node_as_a_dict(made, node):
    assert made == node
    assert next(iter(made)) == "type"


def test_every_class_of_the_catalog_has_its_constructor():
    for name in CONSTRUCTORS:
        constructor = getattr(layers, name)
        values = {argument: f"value of {argument}" for argument in make_stubs.signature(name).arguments}
        assert constructor.__name__ == name
        assert constructor(*values.values()) == constructor(**values) == {"type": name, **values}
        assert constructor is getattr(layers, name)
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
        (lambda: Dense(4, units=5), "Dense() got 'units' twice"),
        (lambda: Dropout(0.1, None, 1, True, "float32", 6), "Dropout() takes at most 5 positional arguments, got 6"),
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
        ("Repaet", "nnbuild.layers has no layer 'Repaet'; did you mean 'Repeat'?"),
        ("Lambda", "nnbuild.layers has no layer 'Lambda'"),
    ],
)
def test_an_unknown_layer_is_an_attribute_error(name, message):
    assert mistake(AttributeError, lambda: getattr(layers, name)) == message


# --- the stubs ---


def test_the_stubs_are_those_of_the_catalog():
    assert make_stubs.FILE.read_text("utf-8") == make_stubs.text(), "run: python tools/make_stubs.py"


@pytest.mark.parametrize(
    ("kind", "hint"),
    [
        (Integer(1), "int | Param"),
        (Float(0, 1), "float | Param"),
        (Text(), "str"),
        (Anything(), "Any"),
        (Choice("same", -1), 'Literal["same", -1] | Param'),
        (Either(Null(), Integer(), Integer(1), Flag()), "int | bool | Param | None"),
        (ListOf(ListOf(ListOf(Integer()))), "Sequence[Any] | Param"),
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
    "expected \"int | Literal['auto'] | str\"  [arg-type]",
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
