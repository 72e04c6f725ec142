"""Recipes as Python: the code runs, makes the same recipe, and is read back."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convert.networks import CASES, dense, gallery
from nnbuild import Recipe
from nnbuild.convert.python_reader import read_python
from nnbuild.convert.python_writer import python_form

ALL = {name: row.document for name, row in {**CASES, **gallery()}.items()}


@pytest.mark.parametrize("name", ALL)
def test_json_to_python_to_json(name):
    recipe = Recipe.from_dict(ALL[name])
    text = python_form(recipe)
    names = {}
    exec(compile(text, "<form>", "exec"), names)
    for made in (names["recipe"], read_python(text.encode())):
        assert made == recipe
        assert (made.name, made.description, made.about) == (recipe.name, recipe.description, recipe.about)
    assert python_form(read_python(text.encode())) == python_form(names["recipe"])


def test_the_text_is_laid_out_as_by_a_formatter(tmp_path):
    for number, document in enumerate(ALL.values()):
        (tmp_path / f"form_{number}.py").write_text(python_form(Recipe.from_dict(document)), "utf-8")
    for command in (["format", "--diff"], ["check", "--select", "E,F,I,W", "--ignore", "E501"]):
        command = [sys.executable, "-m", "ruff", *command, "--isolated", "--line-length", "100", str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


FORMS = [
    (dense(8, activation=None), "Dense(8, activation=None)"),
    ({"type": "Conv2D", "kernel_size": 3, "filters": "$n"}, 'Conv2D("$n", 3)'),
    ({"type": "Conv2D", "kernel_size": 3, "padding": "same"}, 'Conv2D(kernel_size=3, padding="same")'),
    ({"type": "Bidirectional", "layer": {"type": "LSTM", "units": 4}}, "Bidirectional(LSTM(4))"),
    ({"type": "Add", "inputs": ["a", "b"], "name": "sum"}, 'Add(inputs=["a", "b"], name="sum")'),
    ({"type": "fc", "n": 4, "name": "first"}, 'Block("fc", n=4, name="first")'),
    # No constructor gives these.
    ({"type": "fc", "lambda": 4}, '{"type": "fc", "lambda": 4}'),
    ({"type": "mine>Gate", "units": 4}, '{"type": "mine>Gate", "units": 4}'),
    ({"type": "Residual", "layers": [dense(2)], "activation": None}, None),
]


@pytest.mark.parametrize("node, code", FORMS, ids=[str(node["type"]) for node, _ in FORMS])
def test_a_node(node, code):
    from nnbuild.convert.code_layout import flat
    from nnbuild.convert.python_writer import _Writer

    code = code or '{"type": "Residual", "layers": [Dense(2)], "activation": None}'
    assert flat(_Writer({"fc": {}}).value(node)) == code


TEXT = st.text() | st.text(alphabet="\0\r\n\\\"'\u2028\u2029\x0c\x1b\x7f\ufeff\u200b\t #{}a é€😀") | st.just("x" * 5000)


@given(name=TEXT, description=TEXT, value=TEXT, key=TEXT)
@settings(max_examples=60, deadline=None)
def test_any_text_is_written_as_python(name, description, value, key):
    node = {"type": "StringLookup", "oov_token": value.replace("$", "s"), "vocabulary": [key.replace("$", "s") + "t"]}
    text = {"name": name, "description": description, "about": {"kind": value, "uses": [key]}}
    recipe = Recipe.from_dict({**text, "layers": [node], "training": {"class_weight": {key: 1.0}}})
    written = python_form(recipe)
    compile(written, "recipe.py", "exec")
    read = read_python(written.encode())
    assert (read, read.to_dict()) == (recipe, recipe.to_dict())
    made = {}
    code = recipe.to_python()
    exec(compile(code, "network.py", "exec"), made)
    assert made["__doc__"].isprintable() or "\n" in made["__doc__"]


@pytest.mark.parametrize(
    ("text", "docstring"),
    [
        ("zero\0byte", "zero byte."),
        ('"""', "'''."),
        ("\\", "/."),
        ("\x1b[31mred", "[31mred."),
        ("a\u2028b\r\nc", "a b c."),
        ("", "A neural network."),
    ],
)
def test_descriptions_in_docstrings(text, docstring):
    made = {}
    exec(Recipe([dense()], description=text).to_python(), made)
    assert made["__doc__"] == docstring


def test_a_very_long_description_is_cut():
    recipe = Recipe([dense()], description="x" * 2**20, training={"class_weight": {"y" * 2**20: 1.0}})
    assert len(recipe.to_python()) < 10_000
