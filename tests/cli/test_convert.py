"""The command that writes a recipe in another form."""

import json

import pytest
from click.testing import CliRunner

from nnbuild import Recipe
from nnbuild.cli.main import main

PYTHON = """\
from nnbuild import Recipe
from nnbuild.layers import Dense

recipe = Recipe([Dense("$n")], name="small", params={"n": 8})
"""
JSON = {"nnbuild": 1, "name": "small", "params": {"n": 8}, "layers": [{"type": "Dense", "units": "$n"}]}


def run(*words: object):
    return CliRunner().invoke(main, ["convert", *map(str, words)])


@pytest.fixture(params=["json", "py"])
def file(request, tmp_path):
    """One recipe in each of the forms that are read."""
    found = tmp_path / f"small.{request.param}"
    found.write_text(PYTHON if request.param == "py" else json.dumps(JSON), "utf-8")
    return found


def test_each_form_is_converted_to_each(file):
    done = run(file, "--to", "json")
    assert json.loads(done.stdout) == JSON
    assert done.stdout.endswith("}\n")
    assert run(file, "--to", "python").stdout == PYTHON
    assert run(file, "--to", "keras").stdout == Recipe.from_dict(JSON).to_python()


def test_a_gallery_recipe_is_written_to_a_file(tmp_path):
    out = tmp_path / "mine.py"
    done = run("lenet5", "--to", "python", "--out", out)
    assert (done.exit_code, done.stdout) == (0, "")
    assert Recipe.from_json(run(out, "--to", "json").stdout) == Recipe.load("lenet5")


def test_mistakes_are_reported(tmp_path):
    file = tmp_path / "bad.py"
    file.write_text("import os\n", "utf-8")
    done = run(file, "--to", "json")
    assert done.exit_code == 1
    assert done.stderr == (f"{file}:1:1: unsupported import of 'os'\n  allowed: nnbuild and nnbuild.layers\n")
