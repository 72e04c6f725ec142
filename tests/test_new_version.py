"""A new minor version of Keras, simulated by one more layer: the new catalog row and the tests that then fail.

CONTRIBUTING has the procedure.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import make_catalog

ROOT = Path(__file__).parents[1]
COPIED = ("nnbuild", "tests", "tools")

ONE_MORE = '''
import keras


class Zigzag(keras.layers.Layer):
    """Takes a part of its input away."""

    def __init__(self, rate=0.5, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate

    def call(self, inputs):
        return inputs * (1.0 - self.rate)

    def get_config(self):
        return {**super().get_config(), "rate": self.rate}


Zigzag.__module__ = "keras.src.layers.zigzag"
keras.layers.Zigzag = Zigzag
'''
GENERATE = "import one_more, runpy; runpy.run_path('tools/make_catalog.py', run_name='__main__')"

# Tests that fail with a new layer, and the change that each requires.
REQUIRED = {
    "tests/catalog/test_facts.py::test_every_class_has_a_row_or_is_listed_for_the_default[layers]": "a row of facts",
    "tests/convert/test_schema.py::test_the_file_is_in_step": "python tools/make_schema.py",
    "tests/test_layers.py::test_the_stubs_are_those_of_the_catalog": "python tools/make_stubs.py",
    "tests/test_reference.py::test_a_page_is_in_step[docs/layers]": "python tools/make_reference.py",
    "tests/plan/test_macs.py::test_every_layer_of_the_catalog_has_its_place": "its multiply-adds, in the row of facts",
    "tests/plan/test_walk.py::test_every_layer_of_the_catalog_has_a_row": "arguments and shapes that it is tried with",
}


def test_the_catalog_is_up_to_date():
    assert make_catalog.FILE.read_text("utf-8") == make_catalog.text(), "run: python tools/make_catalog.py"


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the project whose Keras has one more layer."""
    tree = tmp_path_factory.mktemp("project")
    for name in COPIED:
        ignored = shutil.ignore_patterns("__pycache__", "golden")
        shutil.copytree(ROOT / name, tree / name, symlinks=True, ignore=ignored)
    for path in ROOT.iterdir():
        if path.name not in COPIED and not path.name.startswith("."):
            (tree / path.name).symlink_to(path)  # what tests read: docs, recipes, data, settings
    (tree / "one_more.py").write_text(ONE_MORE, "utf-8")
    done = python(tree, "-c", GENERATE)
    assert done.returncode == 0, done.stderr
    return tree


def python(tree: Path, *words: str) -> subprocess.CompletedProcess:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("COV")}
    environment["PYTHONPATH"] = str(tree)
    return subprocess.run(
        [sys.executable, *words], cwd=tree, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_the_catalog_gets_one_row(tree):
    catalogs = (make_catalog.FILE, tree / "nnbuild" / "catalog" / "catalog.json")
    # The last row of a family ends without a comma.
    before, after = ([line.rstrip(",") for line in file.read_text("utf-8").splitlines()] for file in catalogs)
    (row,) = [line for line in after if line not in before]
    arguments = {"rate": 0.5, "trainable": True, "dtype": None}
    assert json.loads(f"{{{row.strip()}}}") == {"Zigzag": {"required": [], "arguments": arguments}}
    assert [line for line in before if line not in after] == []


@pytest.mark.slow
def test_other_tests_require_the_rest(tree):
    done = python(tree, "-m", "pytest", "-q", "-p", "one_more", "-p", "no:cacheprovider", *REQUIRED)
    lines = [line for line in done.stdout.splitlines() if line.startswith("FAILED ")]
    assert sorted(line.split()[1] for line in lines) == sorted(REQUIRED), done.stdout
