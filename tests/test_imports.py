"""Allowed imports of each stage: they go one way, and reading a recipe imports no heavy package."""

import configparser
import graphlib
import re
from pathlib import Path

import pytest

from import_rules import (
    COMMAND,
    DISTRIBUTIONS,
    EXCEPTIONS,
    READ_RECIPES,
    STAGES,
    cycle,
    heavy_after,
    home_stage,
    modules,
    plant,
    unused,
    violations,
)

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "nnbuild"
RECIPE = ROOT / "recipes" / "digits_mlp.json"


def test_every_import_is_allowed():
    assert violations(PACKAGE) == []


def test_every_entry_of_the_table_is_used():
    assert unused(PACKAGE) == []


def test_no_modules_import_each_other():
    assert cycle(PACKAGE) == []


def test_the_table_names_every_stage():
    found = {home_stage(module) for module in modules(PACKAGE)}
    assert found - STAGES.keys() == set()


def test_the_table_of_stages_goes_one_way():
    graph = {stage: rule.stages for stage, rule in STAGES.items()}
    assert set(graphlib.TopologicalSorter(graph).static_order()) == set(STAGES)


def test_every_allowed_package_is_a_dependency():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    requirements = config["options"]["install_requires"].split() + config["options.extras_require"]["onnx"].split()
    installed = {re.split("[<>=]", requirement)[0] for requirement in requirements}
    allowed = {name for rule in [*STAGES.values(), *EXCEPTIONS.values()] for name in rule.packages}
    assert {DISTRIBUTIONS.get(name, name) for name in allowed} == installed - {"tf2onnx"}  # Keras imports it


@pytest.mark.parametrize(
    ("file", "source", "message"),
    [
        ("errors.py", "import numpy as np", "errors.py:1: errors may not import numpy"),
        ("recipe.py", "def f():\n    import keras.layers", "recipe.py:2: recipe may not import keras"),
        ("recipe.py", "from .train import executor", "recipe.py:1: recipe may not import nnbuild.train"),
        ("recipe.py", "import nnbuild", "recipe.py:1: recipe may not import nnbuild"),
        (
            "language/expand.py",
            "from ..plan import model",
            "language/expand.py:1: language may not import nnbuild.plan",
        ),
        ("report/text.py", "if TYPE_CHECKING:\n    import keras", "report/text.py:2: report may not import keras"),
        ("plan/shapes.py", "import nnbuild.inputs.ids", "plan/shapes.py:1: plan may not import nnbuild.inputs"),
        (
            "train/common/batches.py",
            "from nnbuild.train.keras.trainer import train",
            "train/common/batches.py:1: train.common may not import nnbuild.train.keras",
        ),
        (
            "train/executor.py",
            "import importlib\nimportlib.import_module('nnbuild.cli')",
            "train/executor.py:2: train may not import nnbuild.cli",
        ),
        (
            "train/executor.py",
            "def f(name):\n    import_module(name)",
            "train/executor.py:2: train may not import a computed name",
        ),
        ("tasks/rows.py", "import numpy", "tasks/rows.py:1: tasks.rows may not import numpy"),
        (
            "tasks/rows.py",
            "from nnbuild.tasks.targets import A",
            "tasks/rows.py:1: tasks.rows may not import nnbuild.tasks",
        ),
        (
            "cli/main.py",
            "import nnbuild.runs.train",
            "cli/main.py:1: cli may import nnbuild.runs inside a function only",
        ),
        ("cli/main.py", "def f():\n    import keras", "cli/main.py:2: cli may not import keras"),
        ("__init__.py", "from nnbuild.plan import model", "__init__.py:1: nnbuild may not import nnbuild.plan"),
    ],
)
def test_a_planted_violation_is_found(tmp_path, file, source, message):
    plant(tmp_path, file, source)
    assert violations(tmp_path) == [message]


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("language/expand.py", "import json, os.path\nfrom nnbuild.errors import Problem\nfrom .. import catalog"),
        ("report/charts.py", "from matplotlib.figure import Figure\nimport nnbuild.records"),
        ("cli/main.py", "import click\ndef train():\n    from nnbuild import plan, runs"),
        (
            "estimators/base.py",
            "from nnbuild.train.common import model_cache\nfrom nnbuild.train.rendezvous import current",
        ),
        ("__init__.py", "def f(name):\n    import_module(name)"),
    ],
)
def test_allowed_imports_are_not_reported(tmp_path, file, source):
    plant(tmp_path, file, source)
    assert violations(tmp_path) == []


def test_an_unused_entry_is_found(tmp_path):
    plant(tmp_path, "layers.py", "from nnbuild.errors import Problem")
    assert "nothing in layers imports errors" not in unused(tmp_path)
    assert "nothing in layers imports catalog" in unused(tmp_path)
    plant(tmp_path, "private/keras.py", "from keras import ops")
    assert "nothing in nnbuild.private.keras imports keras" not in unused(tmp_path)
    assert "nothing in keras_layers imports keras" in unused(tmp_path)


@pytest.mark.parametrize(
    "back", ["def g():\n    from nnbuild.plan import a", "if TYPE_CHECKING:\n    from nnbuild.plan.a import f"]
)
def test_a_planted_cycle_is_found(tmp_path, back):
    plant(tmp_path, "plan/a.py", "from nnbuild.plan.b import g")
    plant(tmp_path, "plan/b.py", back)
    assert sorted(set(cycle(tmp_path))) == ["nnbuild.plan.a", "nnbuild.plan.b"]


def test_reading_a_recipe_imports_nothing_heavy():
    assert heavy_after(READ_RECIPES, RECIPE.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "words", ["validate digits_mlp", "recipes show digits_mlp", "convert digits_mlp --to keras", "learn"]
)
def test_a_light_command_imports_nothing_heavy(words):
    assert heavy_after(COMMAND, words) == []


def test_a_heavy_import_is_noticed(tmp_path):
    names = ["keras", "numpy", "pandas", "sklearn", "tensorflow"]
    for name in names:
        (tmp_path / f"{name}.py").write_text("")  # in place of the package, which would take seconds
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import {', '.join(names)}"
    assert heavy_after(f"{code}\n{READ_RECIPES}", RECIPE.read_text("utf-8")) == names
