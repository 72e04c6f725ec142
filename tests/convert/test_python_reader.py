"""Python read without running it: the supported subset, and the problems of all other code."""

import pytest

from nnbuild import Recipe
from nnbuild.convert.python_reader import MAX_BYTES, read_python
from nnbuild.errors import RecipeError

DENSE = {"type": "Dense", "units": 8}
ONE = Recipe([DENSE])


def read(*lines):
    return read_python("\n".join(lines).encode(), "my.py")


def message(*lines):
    with pytest.raises(RecipeError) as caught:
        read(*lines)
    return str(caught.value)


@pytest.mark.parametrize(
    "lines",
    [
        ["from nnbuild import Recipe", "from nnbuild.layers import Dense", "recipe = Recipe([Dense(8)])"],
        ["import nnbuild", "r = nnbuild.Recipe(layers=(nnbuild.layers.Dense(units=8),))"],
        ["import nnbuild as nb, nnbuild.layers as nl", "r: nb.Recipe = nb.Recipe([nl.Dense(8)])"],
        ["import nnbuild.layers", "r = nnbuild.Recipe([nnbuild.layers.Dense(8)])"],
        ["from nnbuild import Recipe as R, layers", "a = b = R([layers.Dense(8)])"],
        ['"""A recipe."""', "from __future__ import annotations", "from nnbuild import Recipe", *(
            "n = 8", 'node = {"type": "Dense", "units": n}', "body = [node]", "model = Recipe(body)",
        )],
        ["from nnbuild import Recipe, layers as l", "other = Recipe([l.Dense(4)])", "recipe = Recipe([l.Dense(8)])"],
    ],
)  # fmt: skip
def test_supported_imports_and_assignments(lines):
    assert read(*lines) == ONE


def test_every_kind_of_literal():
    recipe = read(
        "from nnbuild import Recipe",
        "from nnbuild.layers import Dense, Dropout, Repeat",
        'body = [Dense("$n", use_bias=False, activation=None), Dropout(+0.5)]',
        "recipe = Recipe(",
        "    [Repeat(body, over={'n': (4, 8)}), Dense(2, bias_initializer={'type': 'Constant', 'value': -1.5e0})],",
        "    name='a' 'b', training={'epochs': 1_0, 'shuffle': True},",
        ")",
    )
    repeat = {
        "type": "Repeat",
        "over": {"n": [4, 8]},
        "layers": [
            {"type": "Dense", "units": "$n", "use_bias": False, "activation": None},
            {"type": "Dropout", "rate": 0.5},
        ],
    }
    last = {"type": "Dense", "units": 2, "bias_initializer": {"type": "Constant", "value": -1.5}}
    assert recipe == Recipe([repeat, last], training={"epochs": 10, "shuffle": True})
    assert recipe.name == "ab"


HEAD = ["from nnbuild import Recipe", "from nnbuild.layers import Dense, Repeat"]
READ = "imports of nnbuild, and names assigned to literals, to names above, and to calls of Recipe and of constructors"


@pytest.mark.parametrize(
    "line, where, found",
    [
        ("for n in [1, 2]: pass", "3:1", "can't read a loop"),
        ("def f(): return 1", "3:1", "can't read a function"),
        ("if True: x = 1", "3:1", "can't read a condition"),
        ("print(1)", "3:1", "can't read an expression whose value goes nowhere"),
        ("x, y = 1, 2", "3:1", "can't read an assignment to anything but names"),
        ("x = [1][0]", "3:5", "can't read a part of a value"),
        ("x = [n for n in [1]]", "3:5", "can't read a comprehension"),
        ("x = lambda: 1", "3:5", "can't read a function"),
        ("x = 1 + 1", "3:5", "can't read a computation"),
        ("x = f'{1}'", "3:5", "can't read a formatted string"),
        ("x = [*[1]]", "3:6", "can't read an unpacked value"),
        ("x = b'1'", "3:5", "can't read this kind of literal"),
        ("x = 'a'.upper()", "3:5", "can't read an attribute of a value"),
        ("x = (y := 1)", "3:6", "can't read this (NamedExpr)"),
    ],
)
def test_unsupported_syntax(line, where, found):
    lines = message(*HEAD, line, "recipe = Recipe([Dense(8)])").splitlines()
    assert lines[:2] == [f"my.py:{where}: {found}", f"  allowed: {READ}"]


def test_computations_and_loops_have_their_place_in_the_recipe():
    found = message(*HEAD, "n = 4", "recipe = Recipe([Dense(n * 2)])")
    assert found == (
        "my.py:4:24: can't read a computation\n"
        f"  allowed: {READ}\n"
        '  hint: use an expression of params: Dense("$width * 2")'
    )
    found = message(*HEAD, "recipe = Recipe([Dense(n) for n in [4, 8]])")
    assert found.endswith("\n  hint: use Repeat to repeat layers")


@pytest.mark.parametrize(
    "line, found",
    [
        ("import os", "3:1: unsupported import of 'os'\n  allowed: nnbuild and nnbuild.layers"),
        ("from . import x", "3:1: unsupported import of '.'\n  allowed: nnbuild and nnbuild.layers"),
        ("from nnbuild import build", "3:1: can't read nnbuild.build\n  allowed: layers, Recipe"),
        ("x = Repeet", "3:5: name 'Repeet' is not assigned above\n  allowed: Dense, Recipe, Repeat\n"
                       "  hint: did you mean 'Repeat'?"),
        ("x = LSTM(4)", "3:5: name 'LSTM' is not assigned above\n  allowed: Dense, Recipe, Repeat\n"
                        "  hint: from nnbuild.layers import LSTM"),
        ("x = Dense(8, unit=4)", "3:5: Dense() has no argument 'unit'; did you mean 'units'?"),
        ("x = Dense(units=8, units=9)", "3:5: duplicate argument 'units'"),
        ("x = Repeat(times=2)", "3:5: Repeat() missing 1 required positional argument: 'layers'"),
        ("x = Repeat(3, times=2)", "3:5: Repeat(): 'int' object is not iterable"),
        ("x = [Dense]", "3:6: Dense is not a value: call it"),
        ("x = Dense(*[8])", "3:11: arguments must be written out, without * and **"),
        ("x = {1: 2}", "3:6: keys must be string literals"),
        ("x = {'a': 1, 'a': 2}", "3:14: duplicate key 'a'"),
        ("x = 3\ny = x()", "4:5: x can't be called\n  allowed: Recipe and constructors of layers"),
        ("x = [Recipe([Dense(8)])]", "3:6: a Recipe can't be part of another value"),
        ("x = Recipe()", "3:5: Recipe takes only its layers as a positional argument"),
    ],
)  # fmt: skip
def test_wrong_names_and_calls(line, found):
    assert message(*HEAD, line, "recipe = Recipe([Dense(8)])") == f"my.py:{found}"


def test_an_unknown_constructor():
    found = message("from nnbuild.layers import Dens")
    assert found.startswith("my.py:1:1: nnbuild.layers has no constructor 'Dens'\n  allowed: ")
    assert found.endswith("\n  hint: did you mean 'Dense'?")
    # Other names of the module are not available.
    assert message("from nnbuild.layers import catalog").startswith("my.py:1:1: nnbuild.layers has no constructor")


def test_an_unknown_argument_of_recipe():
    found = message(*HEAD, "recipe = Recipe([Dense(8)], parms={})")
    assert found.startswith("my.py:3:10: Recipe has no argument 'parms'\n  allowed: ")
    assert found.endswith("\n  hint: did you mean 'params'?")


def test_problems_of_the_recipe_have_their_lines():
    found = message(
        *HEAD,
        "body = [",
        '    Dense("$n"),',
        '    Dense(4, activation="rellu"),',
        "]",
        "recipe = Recipe([Repeat(body, over={'n': [4]})], params={'m': 1})",
    )
    lines = [line for line in found.splitlines() if line.startswith("my.py")]
    assert lines == [
        "my.py:7:57: params.m: is never used",
        "my.py:5:5: layers[0].layers[1].activation: unknown activation 'rellu'",
    ]


@pytest.mark.parametrize(
    "lines, found",
    [
        ([], "my.py: contains no recipe\n  hint: assign one: recipe = Recipe([...])"),
        (
            [*HEAD, "a = Recipe([Dense(8)])", "b = Recipe([Dense(4)])"],
            "my.py: contains several recipes: a, b\n  hint: assign the intended one to 'recipe'",
        ),
        (["# -*- coding: latin-9x -*-"], "my.py: not Python: unknown encoding: latin-9x"),
        (["x = ("], "my.py:1:5: not Python: '(' was never closed"),
        (["x = '\0'"], "my.py: not Python: source code string cannot contain null bytes"),
    ],
)
def test_texts_that_make_no_recipe(lines, found):
    assert message(*lines).splitlines() == found.splitlines()


@pytest.mark.parametrize(
    "text, found",
    [
        (b"#" * (MAX_BYTES + 1), "my.py: is longer than 1,048,576 bytes"),
        (b"a = [1, 1]\n" + b"\n".join(b"a = [a, a]" for _ in range(40)), "my.py:18:5: holds more than 500,000 values"),
        (b"import nnbuild\nx = nnbuild" + b".a" * 3000, None),
        (b"x = " + b"-" * 5000 + b"1", None),
        (b"x = " + b"[" * 150 + b"]" * 150, None),
    ],
    ids=["long", "names of names", "attributes", "signs", "lists"],
)
def test_hostile_texts(text, found):
    with pytest.raises(RecipeError) as caught:
        read_python(text, "my.py")
    assert str(caught.value).startswith(found or "my.py:")
    assert len(str(caught.value)) < 1000


def test_nothing_is_run(tmp_path):
    mark = tmp_path / "mark"
    message(f"import pathlib; pathlib.Path({str(mark)!r}).touch()")
    message("from nnbuild import Recipe", f"x = open({str(mark)!r}, 'w')")
    message("from nnbuild import Recipe", f"x = __import__('pathlib').Path({str(mark)!r}).touch()")
    assert not mark.exists()
