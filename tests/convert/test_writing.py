"""Recipes as Python: the text runs, makes the same recipe, and is read back as it."""

import subprocess
import sys

import pytest

from nnbuild import Recipe
from nnbuild.convert.reading import read_python
from nnbuild.convert.writing import python_form
from recipe.networks import CASES, dense, gallery

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
    ({"type": "MaxPool2D", "pool_size": [2, 3]}, "MaxPool2D([2, 3])"),
    ({"type": "Bidirectional", "layer": {"type": "LSTM", "units": 4}}, "Bidirectional(LSTM(4))"),
    ({"type": "RNN", "cell": {"type": "GRUCell", "units": 4}}, "RNN(GRUCell(4))"),
    ({"type": "Add", "inputs": ["a", "b"], "name": "sum"}, 'Add(inputs=["a", "b"], name="sum")'),
    ({"type": "fc", "n": 4, "name": "first"}, 'Block("fc", n=4, name="first")'),
    # No constructor gives these.
    ({"type": "fc", "lambda": 4}, '{"type": "fc", "lambda": 4}'),
    ({"type": "mine>Gate", "units": 4}, '{"type": "mine>Gate", "units": 4}'),
    ({"type": "Residual", "layers": [dense(2)], "activation": None}, None),
]


@pytest.mark.parametrize("node, code", FORMS, ids=[str(node["type"]) for node, _ in FORMS])
def test_a_node(node, code):
    from nnbuild.convert.writing import _Writer
    from nnbuild.recipe.code_layout import flat

    code = code or '{"type": "Residual", "layers": [Dense(2)], "activation": None}'
    assert flat(_Writer({"fc": {}}).value(node)) == code
