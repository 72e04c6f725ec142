"""Who may import whom: imports go one way, and what reads a recipe stays light."""

import ast
import configparser
import graphlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "nnbuild"
RECIPE = ROOT / "recipes" / "digits_mlp.json"


def test_every_import_is_allowed():
    assert violations(PACKAGE) == []


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
    requirements = config["options"]["install_requires"].split()
    installed = {re.split("[<>=]", requirement)[0] for requirement in requirements}
    allowed = {name for rule in [*STAGES.values(), *EXCEPTIONS.values()] for name in rule.packages}
    assert {DISTRIBUTIONS.get(name, name) for name in allowed} == installed


@pytest.mark.parametrize(
    ("file", "source", "message"),
    [
        ("errors.py", "import numpy as np", "errors.py:1: errors may not import numpy"),
        ("records.py", "from nnbuild.recipe import Recipe", "records.py:1: records may not import nnbuild.recipe"),
        ("layers.py", "from nnbuild import records", "layers.py:1: layers may not import nnbuild.records"),
        ("recipe/load.py", "def f():\n    import keras.layers", "recipe/load.py:2: recipe may not import keras"),
        ("recipe/load.py", "from ..plan import make_plan", "recipe/load.py:1: recipe may not import nnbuild.plan"),
        ("recipe/load.py", "from .. import plan", "recipe/load.py:1: recipe may not import nnbuild.plan"),
        ("recipe/load.py", "from nnbuild import Recipe", "recipe/load.py:1: recipe may not import nnbuild"),
        ("recipe/load.py", "import nnbuild", "recipe/load.py:1: recipe may not import nnbuild"),
        ("recipe/load.py", "__import__('yaml')", "recipe/load.py:1: recipe may not import yaml"),
        ("report/text.py", "import matplotlib", "report/text.py:1: report may not import matplotlib"),
        ("report/text.py", "if TYPE_CHECKING:\n    import keras", "report/text.py:2: report may not import keras"),
        ("plan/shapes.py", "import nnbuild.inputs.ids", "plan/shapes.py:1: plan may not import nnbuild.inputs"),
        (
            "train/common/rows.py",
            "from nnbuild.train.keras.trainer import train",
            "train/common/rows.py:1: train.common may not import nnbuild.train.keras",
        ),
        (
            "train/stacked/stack.py",
            "from nnbuild.train import keras",
            "train/stacked/stack.py:1: train.stacked may not import nnbuild.train.keras",
        ),
        ("inputs/ids.py", "from tensorflow import io", "inputs/ids.py:1: inputs may not import tensorflow"),
        (
            "train/loop.py",
            "import importlib\nimportlib.import_module('nnbuild.cli')",
            "train/loop.py:2: train may not import nnbuild.cli",
        ),
        (
            "train/loop.py",
            "def f(name):\n    import_module(name)",
            "train/loop.py:2: train may not import a computed name",
        ),
        ("plan/a.py", "from nnbuild.tasks import classes", "plan/a.py:1: plan may not import nnbuild.tasks"),
        ("tasks/rows.py", "import numpy", "tasks/rows.py:1: tasks.rows may not import numpy"),
        (
            "tasks/rows.py",
            "from nnbuild.tasks.targets import A",
            "tasks/rows.py:1: tasks.rows may not import nnbuild.tasks",
        ),
        ("new.py", "from nnbuild.errors import Problem", "new.py:1: new may not import nnbuild.errors"),
        (
            "cli/main.py",
            "import nnbuild.train",
            "cli/main.py:1: cli may import nnbuild.train inside a function only",
        ),
        ("cli/main.py", "def f():\n    import keras", "cli/main.py:2: cli may not import keras"),
        (
            "__init__.py",
            "from nnbuild.plan import model",
            "__init__.py:1: nnbuild may import nnbuild.plan inside a function only",
        ),
    ],
)
def test_a_planted_violation_is_found(tmp_path, file, source, message):
    plant(tmp_path, file, source)
    assert violations(tmp_path) == [message]


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("recipe/load.py", "import json, os.path\nfrom nnbuild.errors import Problem\nfrom . import catalog"),
        ("report/charts.py", "from matplotlib.figure import Figure\nimport nnbuild.records"),
        ("cli/main.py", "import click\ndef train():\n    from nnbuild import train, estimators"),
        ("plan/model.py", "import keras\nfrom nnbuild import plan"),
        ("train/keras/trainer.py", "from nnbuild.train.common.batches import TrainingData"),
        ("estimators/base.py", "from nnbuild.train.common import pool\nfrom nnbuild.train.rendezvous import current"),
        ("saved/targets.py", "from nnbuild.tasks.rows import TASKS\nfrom nnbuild.tasks import losses"),
        ("tasks/binary.py", "import numpy\nfrom nnbuild.tasks.rows import TASKS"),
        ("__init__.py", "if TYPE_CHECKING:\n    from nnbuild.plan import plan\ndef f(name):\n    import_module(name)"),
    ],
)
def test_what_is_allowed_is_not_reported(tmp_path, file, source):
    plant(tmp_path, file, source)
    assert violations(tmp_path) == []


def test_a_planted_cycle_is_found(tmp_path):
    plant(tmp_path, "plan/a.py", "from nnbuild.plan.b import g")
    plant(tmp_path, "plan/b.py", "def g():\n    from nnbuild.plan import a")
    assert sorted(set(cycle(tmp_path))) == ["nnbuild.plan.a", "nnbuild.plan.b"]


def test_names_for_type_checkers_make_no_cycle(tmp_path):
    plant(tmp_path, "plan/a.py", "from nnbuild.plan.b import g")
    plant(tmp_path, "plan/b.py", "if TYPE_CHECKING:\n    from nnbuild.plan.a import f")
    assert cycle(tmp_path) == []


def test_reading_a_recipe_imports_nothing_heavy():
    assert heavy_after(READ_RECIPES, RECIPE.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "words",
    [
        "validate digits_mlp",
        "recipes",
        "recipes show digits_mlp",
        "convert digits_mlp --to python",
        "convert digits_mlp --to keras",
    ],
)
def test_a_light_command_imports_nothing_heavy(words):
    assert heavy_after(COMMAND, words) == []


@pytest.mark.parametrize("name", ["keras", "numpy", "pandas", "sklearn", "tensorflow"])
def test_a_heavy_import_is_noticed(tmp_path, name):
    (tmp_path / f"{name}.py").write_text("")  # in place of the package, which would take seconds
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import {name}"
    assert heavy_after(f"{code}\n{READ_RECIPES}", RECIPE.read_text("utf-8")) == [name]


def violations(package: Path) -> list[str]:
    """One line for each import under `package` that the tables below do not allow."""
    return [
        f"{file.relative_to(package).as_posix()}:{found.line}: {stage} {problem}"
        for module, file in sorted(modules(package).items())
        for stage in [home_stage(module)]
        for found in imports(module, file)
        if (problem := objection(stage, rule_for(module), found))
    ]


def objection(stage: str, rule: "Rule", found: "Import") -> str:
    """What is wrong with an import in a module of `stage`; empty where nothing is."""
    if not found.module:
        return "" if stage == "nnbuild" else "may not import a computed name"
    if found.package != "nnbuild":
        allowed = found.package in rule.packages or found.package in sys.stdlib_module_names
        return "" if allowed else f"may not import {found.package}"
    target = target_stage(found.module)
    name = "nnbuild" if target == "nnbuild" else f"nnbuild.{target}"
    if target == stage != "nnbuild" or {target, whole(target)} & {*rule.stages}:
        return ""
    if {target, whole(target)} & {*rule.stages_in_functions}:
        return "" if found.where else f"may import {name} inside a function only"
    return f"may not import {name}"


def cycle(package: Path) -> list[str]:
    """Modules under `package` that import each other in a ring, inside functions too; empty where there are none."""
    known = modules(package)
    # Stages that defer imports by rule hand out what all others make; imports for type checkers never run.
    graph = {
        module: {longest_known(found.module, known) for found in imports(module, file) if found.where != "types"}
        for module, file in known.items()
        if not rule_for(module).stages_in_functions
    }
    try:
        graphlib.TopologicalSorter({module: needs - {module} for module, needs in graph.items()}).prepare()
    except graphlib.CycleError as error:
        return error.args[1]
    return []


def longest_known(name: str, known: dict[str, Path]) -> str:
    """The module that `name` is, or is a name in."""
    while name not in known and "." in name:
        name = name.rpartition(".")[0]
    return name


def modules(package: Path) -> dict[str, Path]:
    """Dotted names and files of the modules under `package`, which stands for nnbuild."""
    files = {}
    for file in package.rglob("*.py"):
        parts = ["nnbuild", *file.relative_to(package).with_suffix("").parts]
        files[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return files


@dataclass(frozen=True)
class Import:
    """One import: the dotted name of a module or of a name in one ("" where it is computed), and where it stands."""

    module: str
    line: int
    where: str  # "function", "types" (for type checkers alone), or "" where it runs when the module is imported

    @property
    def package(self) -> str:
        return self.module.partition(".")[0]


def imports(module: str, file: Path) -> Iterator[Import]:
    """Every import in a file, in its order, also inside functions and under conditions."""
    home = module if file.name == "__init__.py" else module.rpartition(".")[0]
    yield from imports_in(ast.parse(file.read_text("utf-8")), home, "")


def imports_in(node: ast.AST, home: str, where: str) -> Iterator[Import]:
    for name in names_imported(node, home):
        yield Import(name, node.lineno, where)
    for child in ast.iter_child_nodes(node):
        yield from imports_in(child, home, where or deferral(node))


def deferral(node: ast.AST) -> str:
    """Why what stands inside does not run when the module is imported; empty where it does."""
    if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
        return "types"
    return "function" if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) else ""


def names_imported(node: ast.AST, home: str) -> list[str]:
    """Dotted names that a node imports; `home` is the package that relative names start from."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        parts = home.split(".")
        parents = parts[: len(parts) - node.level + 1] if node.level else []
        source = ".".join([*parents, *([node.module] if node.module else [])])
        return [f"{source}.{alias.name}" for alias in node.names]
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
        name = node.args[0] if node.args else None
        return [name.value if isinstance(name, ast.Constant) else ""]
    return []


def home_stage(module: str) -> str:
    """The stage that a file of the package belongs to, known or not: a part of one, where that has a row of its own."""
    if "." not in module:
        return module
    names = module.split(".")[1:3]
    return ".".join(names) if ".".join(names) in STAGES else names[0]


def target_stage(module: str) -> str:
    """The stage that an import reaches; "nnbuild" for the names that the package hands out."""
    stage = home_stage(module)
    return stage if stage in STAGES else "nnbuild"


def whole(stage: str) -> str:
    """The stage that a part belongs to."""
    return stage.partition(".")[0]


def rule_for(module: str) -> "Rule":
    return EXCEPTIONS.get(module) or STAGES.get(home_stage(module), Rule())


def plant(package: Path, file: str, source: str) -> None:
    (package / file).parent.mkdir(parents=True, exist_ok=True)
    (package / file).write_text(source, "utf-8")


def heavy_after(code: str, argument: str) -> list[str]:
    """The heavy packages that a fresh Python has imported once it has run `code`."""
    code += "\nimport json, sys\nprint(json.dumps(sorted(HEAVY & set(sys.modules))))"
    code = f"HEAVY = {{'keras', 'numpy', 'pandas', 'sklearn', 'tensorflow'}}\n{code}"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, argument],
        cwd=ROOT,
        env={key: value for key, value in os.environ.items() if not key.startswith("COV")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


READ_RECIPES = """
import sys
import nnbuild
assert nnbuild.Recipe.from_json(sys.argv[1]).to_dict()["name"] == "digits_mlp"
try:
    nnbuild.Recipe.from_json('{"nnbuild": 1, "layers": [{"type": "Dens", "units": 4}]}')
except ValueError as error:
    assert "did you mean 'Dense'?" in str(error), error
else:
    raise AssertionError("a wrong recipe was accepted")
"""

COMMAND = """
import sys
sys.argv = ["nnbuild", *sys.argv[1].split()]
from nnbuild.cli.main import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
"""


@dataclass(frozen=True)
class Rule:
    """What a stage may import besides itself and the standard library."""

    stages: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    stages_in_functions: tuple[str, ...] = ()


LIGHT = (
    "errors", "records", "files", "catalog", "tasks.losses", "tasks.rows", "inputs.columns", "inputs.notations",
    "language", "recipe",
)  # fmt: skip
HEAVY_STAGES = (
    "layers", "report", "plan", "train", "datasets", "inputs", "estimators", "generate", "loading", "model_selection",
    "metrics", "tasks", "parameter_checks",
)  # fmt: skip
ENGINE = ("keras", "numpy", "tensorflow")
# What training takes.
RESOLVED = ("errors", "records", "private", "keras_losses", "catalog", "tasks.losses", "tasks.rows", "language", "plan")

STAGES = {
    "errors": Rule(),
    "records": Rule(("errors",)),
    "files": Rule(),
    "parameter_checks": Rule(("errors",), ("numpy",)),  # of parameters, checked
    "catalog": Rule(("errors",)),
    "tasks.losses": Rule(("errors", "catalog")),
    "tasks.rows": Rule(("errors", "records", "catalog", "tasks.losses")),  # light, where the rest of tasks is not
    "inputs.notations": Rule(("catalog",)),  # light too: what files have of columns
    "inputs.columns": Rule(("catalog", "inputs.notations")),
    "language": Rule(("errors", "records", "files", "catalog", "tasks.losses", "tasks.rows")),
    "recipe": Rule(("errors", "records", "files", "catalog", "language"), stages_in_functions=("convert",)),
    "layers": Rule(("errors", "catalog", "language", "recipe")),
    "keras_layers": Rule((), ("keras",)),
    "keras_losses": Rule(("private",), ("keras",)),
    "private": Rule(),  # a library each, below
    "convert": Rule((*LIGHT, "layers", "private")),
    "saved": Rule((*LIGHT, "convert")),
    "report": Rule(LIGHT, ("rich",)),
    "plan": Rule((*LIGHT, "report", "keras_layers", "keras_losses", "private"), ENGINE),  # a plan shows itself
    # The executor and the meeting of fits; neither engine imports the other. Progress is for people.
    "train": Rule(("private", "report", "train.common", "train.keras", "train.stacked"), ("keras", "rich")),
    "train.common": Rule(RESOLVED, (*ENGINE, "rich", "sklearn")),
    "train.keras": Rule((*RESOLVED, "train.common"), ENGINE),
    "train.stacked": Rule((*RESOLVED, "train.common"), ENGINE),
    "datasets": Rule((), ("numpy", "pandas", "sklearn")),  # data that is made
    "inputs": Rule((*LIGHT, "private", "report"), ("PIL", "narwhals", "numpy", "pandas", "scipy", "sklearn")),
    "generate": Rule((*LIGHT, "private", "parameter_checks", "plan", "train"), ENGINE),
    "tasks": Rule((*LIGHT, "saved", "report", "train", "inputs"), ("numpy", "pandas", "sklearn")),
    "estimators": Rule(
        (
            *LIGHT,
            "private",
            "parameter_checks",
            "convert",
            "saved",
            "report",
            "plan",
            "train",
            "inputs",
            "tasks",
            "generate",
        ),
        ("joblib", "keras", "numpy", "pandas", "scipy", "sklearn", "tensorflow"),
    ),
    "metrics": Rule((), ("numpy",)),
    "model_selection": Rule((*LIGHT, "parameter_checks", "estimators"), ("numpy", "pandas", "scipy", "sklearn")),
    # What commands do once TensorFlow is there.
    "runs": Rule(
        (*LIGHT, "private", "convert", "saved", *HEAVY_STAGES),
        ("click", "joblib", "numpy", "pandas", "rich", "scipy", "sklearn", "keras"),
    ),
    "cli": Rule((*LIGHT, "convert", "saved"), ("click", "rich"), stages_in_functions=(*HEAVY_STAGES, "runs")),
    "__main__": Rule(("cli",)),
    "loading": Rule((*LIGHT, "saved", "estimators")),  # any estimator of a file
    "nnbuild": Rule((*LIGHT, "convert", "saved"), stages_in_functions=HEAVY_STAGES),  # public names, on first use
}

EXCEPTIONS = {
    # These two alone draw, and the page holds what they draw.
    "nnbuild.report.charts": Rule(LIGHT, ("matplotlib", "rich")),
    "nnbuild.report.figures": Rule(LIGHT, ("matplotlib", "rich")),
    # One library each.
    "nnbuild.private.keras": Rule((), ("keras",)),
    "nnbuild.private.sklearn": Rule((), ("numpy", "sklearn")),
    "nnbuild.private.tensorflow": Rule((), ("tensorflow",)),
}

# Packages that are imported by another name than they are installed by.
DISTRIBUTIONS = {"PIL": "pillow", "sklearn": "scikit-learn"}
