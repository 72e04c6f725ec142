"""Which stage of nnbuild may import which stages and packages, and how imports are read."""

import ast
import graphlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


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
    """Problem of an import in a module of `stage`; empty if it is allowed."""
    if not found.module:
        return "" if stage in ("nnbuild", "loading") else "may not import a computed name"
    if found.package != "nnbuild":
        allowed = found.package in rule.packages or found.package in sys.stdlib_module_names
        return "" if allowed else f"may not import {found.package}"
    target = target_stage(found.module)
    name = "nnbuild" if target == "nnbuild" else f"nnbuild.{target}"
    if target == stage != "nnbuild" or target in rule.stages:
        return ""
    if target in rule.stages_in_functions:
        return "" if found.where else f"may import {name} inside a function only"
    return f"may not import {name}"


def unused(package: Path) -> list[str]:
    """One line for each entry of the tables below that no import under `package` needs."""
    needed = {
        (owner_of(module), target_stage(found.module) if found.package == "nnbuild" else found.package)
        for module, file in modules(package).items()
        for found in imports(module, file)
    }
    return [
        f"nothing in {owner} imports {name}"
        for owner, rule in {**STAGES, **EXCEPTIONS}.items()
        for name in (*rule.stages, *rule.packages, *rule.stages_in_functions)
        if (owner, name) not in needed
    ]


def cycle(package: Path) -> list[str]:
    """Return modules under `package` that import each other in a ring, also inside functions or for types alone."""
    known = modules(package)
    # Stages that must defer imports re-export objects of all others.
    graph = {
        module: {longest_known(found.module, known) for found in imports(module, file)}
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
    """Dotted names and files of the modules under `package`, a copy of nnbuild."""
    files = {}
    for file in package.rglob("*.py"):
        parts = ["nnbuild", *file.relative_to(package).with_suffix("").parts]
        files[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return files


@dataclass(frozen=True)
class Import:
    """One import: the dotted name of a module or of a name in one ("" where it is computed), and its place."""

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
    """Reason why the body of a node does not run on import; empty if it runs."""
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
    """The stage of a module, in the table or not; a part of a stage if the part has its own row."""
    if "." not in module:
        return module
    names = module.split(".")[1:3]
    return ".".join(names) if ".".join(names) in STAGES else names[0]


def target_stage(module: str) -> str:
    """The stage that an import reaches; "nnbuild" for the names that the package hands out."""
    stage = home_stage(module)
    return stage if stage in STAGES else "nnbuild"


def owner_of(module: str) -> str:
    """The entry of a module in the tables below: its own, or that of its stage."""
    return module if module in EXCEPTIONS else home_stage(module)


def rule_for(module: str) -> "Rule":
    return {**STAGES, **EXCEPTIONS}.get(owner_of(module), Rule())


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
from nnbuild.layers import Conv2D, Repeat, Dense
assert nnbuild.Recipe.from_json(sys.argv[1]).to_dict()["name"] == "digits_mlp"
nnbuild.Recipe([Conv2D(4, 3), Repeat([Dense(2)], times=2)])
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
    """Allowed imports of a stage besides itself and the standard library."""

    stages: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    stages_in_functions: tuple[str, ...] = ()


ENGINE = ("keras", "numpy", "tensorflow")


# `test_every_entry_of_the_table_is_used` reports entries that no module needs.
STAGES = {
    "errors": Rule(),
    "records": Rule(),
    "combination": Rule(),
    "files": Rule(),
    "parameter_checks": Rule(("errors",), ("numpy",)),
    "catalog": Rule(("errors",)),
    "tasks.losses": Rule(("errors", "catalog")),
    "tasks.transforms": Rule(("catalog",)),  # light too: fitted transforms of targets
    "tasks.rows": Rule(("records", "catalog", "tasks.losses")),  # light, where the rest of tasks is not
    "estimators.rows": Rule(),  # light, unlike the rest of estimators
    "inputs.notations": Rule(("catalog",)),  # light too: notations of columns in files
    "inputs.column_base": Rule(("catalog", "inputs.notations")),
    "inputs.columns": Rule(("catalog", "inputs.column_base", "inputs.notations")),
    "language": Rule(("errors", "records", "files", "catalog", "estimators.rows")),
    "recipe": Rule(("errors", "files", "language"), stages_in_functions=("convert", "diagnosis", "plan")),
    "layers": Rule(("errors", "catalog", "language")),
    "keras_initializers": Rule((), ("keras", "numpy")),
    "keras_layers": Rule(("keras_initializers",), ("keras", "numpy")),
    "keras_losses": Rule(("private",), ("keras",)),
    "factor_schedules": Rule((), ("numpy",)),
    "private": Rule(),  # a library each, below
    "cache": Rule(("errors", "files"), ("platformdirs",), stages_in_functions=("private",)),
    "convert": Rule(("errors", "records", "catalog", "tasks.losses", "language", "recipe", "layers", "private")),
    "saved": Rule(
        (
            "errors", "records", "combination", "files", "catalog", "tasks.rows", "tasks.transforms", "estimators.rows",
            "inputs.notations", "inputs.column_base", "inputs.columns", "language", "recipe", "convert",
        ),
    ),
    "export": Rule(("errors", "files", "saved"), ("onnx",)),
    "diagnosis.findings": Rule(("errors", "records")),  # the values alone, which reports show
    "report": Rule(("records", "combination", "catalog", "language", "diagnosis.findings"), ("rich",)),
    "diagnosis": Rule(
        ("errors", "records", "catalog", "tasks.losses", "language", "recipe", "report", "diagnosis.findings")
    ),
    "plan": Rule(
        (
            "errors", "records", "catalog", "tasks.losses", "tasks.rows", "language", "recipe",
            "keras_initializers", "keras_layers", "keras_losses", "private", "report",  # a plan prints itself
        ),
        ("keras", "tensorflow"),
    ),
    # The executor and the meeting of fits; neither engine imports the other. Progress is for people.
    "train": Rule(("report", "train.common", "train.keras", "train.stacked"), ("keras", "rich")),
    "train.common": Rule(
        (
            "errors", "records", "cache", "keras_layers", "keras_losses", "factor_schedules", "catalog",
            "tasks.losses", "language", "private", "plan",
        ),
        (*ENGINE, "rich", "sklearn"),
    ),
    "train.keras": Rule(("errors", "records", "plan", "train.common"), ENGINE),
    "train.stacked": Rule(("errors", "records", "catalog", "language", "private", "plan", "train.common"), ENGINE),
    "datasets": Rule((), ("numpy", "pandas", "sklearn")),  # data that is made
    "inputs": Rule(
        (
            "errors", "files", "catalog", "inputs.notations", "inputs.column_base", "inputs.columns", "language",
            "private", "report",
        ),
        ("PIL", "narwhals", "numpy", "pandas", "scipy", "sklearn"),
    ),
    "generate": Rule(
        ("errors", "records", "parameter_checks", "catalog", "language", "private", "plan", "train.common"), ENGINE
    ),
    "tasks": Rule(
        (
            "errors", "records", "catalog", "tasks.losses", "tasks.rows", "tasks.transforms", "language", "saved",
            "report", "train.common", "inputs",
        ),
        ("numpy", "pandas", "sklearn"),
    ),
    "estimators": Rule(
        (
            "errors", "records", "combination", "parameter_checks", "catalog", "tasks.losses", "language", "recipe",
            "private", "saved", "export", "report", "diagnosis", "diagnosis.findings", "estimators.rows",
            "keras_layers", "plan", "train", "train.common", "train.keras", "inputs", "inputs.notations", "generate",
            "tasks",
        ),
        ("joblib", "keras", "numpy", "pandas", "sklearn"),
    ),
    "metrics": Rule((), ("numpy",), stages_in_functions=("estimators",)),
    "model_selection": Rule(
        ("errors", "parameter_checks", "language", "recipe", "estimators"), ("numpy", "pandas", "scipy", "sklearn")
    ),
    "loading": Rule(("saved", "estimators", "estimators.rows")),  # any estimator of a file
    "inspect": Rule(
        (
            "errors", "records", "parameter_checks", "catalog", "language", "recipe", "private", "report", "plan",
            "train.common", "train.keras", "inputs", "tasks", "estimators", "loading", "diagnosis",
            "diagnosis.findings",
        ),
        ("keras", "numpy", "pandas", "scipy", "sklearn", "tensorflow"),
    ),
    "lessons": Rule(("errors", "report"), ("rich",)),  # their code, which is text, imports what it shows
    # Commands after the start of TensorFlow.
    "runs": Rule(
        (
            "errors", "records", "files", "catalog", "tasks.losses", "tasks.rows", "language", "recipe", "private",
            "saved", "export", "report", "plan", "train", "train.common", "inputs", "inputs.notations", "tasks",
            "estimators", "estimators.rows", "model_selection", "loading", "metrics", "inspect", "diagnosis",
            "diagnosis.findings",
        ),
        ("click", "joblib", "numpy", "pandas", "rich", "scipy", "sklearn"),
    ),
    "cli": Rule(
        ("errors", "tasks.rows", "language", "recipe", "export"),
        ("click",),
        stages_in_functions=(
            "cache", "convert", "saved", "report", "plan", "train.common", "inputs", "diagnosis", "lessons", "runs",
        ),
    ),
    "__main__": Rule(("cli",)),
    "nnbuild": Rule(("estimators.rows",)),  # public names, by their modules' names, on first use
}  # fmt: skip


EXCEPTIONS = {
    # Only these draw.
    "nnbuild.report.charts": Rule(("records",), ("matplotlib",)),
    "nnbuild.runs.system": Rule(("plan", "report"), ("tensorflow",)),  # what TensorFlow finds
    "nnbuild.report.gradient_charts": Rule((), ("matplotlib",)),
    "nnbuild.report.lesson_charts": Rule((), ("matplotlib",)),
    "nnbuild.report.search_charts": Rule((), ("matplotlib",)),
    "nnbuild.report.figures": Rule((), ("matplotlib",)),
    # A method of the estimators that computes with them.
    "nnbuild.estimators.diagnosing": Rule(
        ("diagnosis", "errors", "train.common"), (), stages_in_functions=("inspect",)
    ),
    "nnbuild.runs.data.downloads": Rule(("errors", "files"), ("keras", "numpy")),
    # One library each.
    "nnbuild.private.keras": Rule((), ("keras",)),
    "nnbuild.private.keras_layers": Rule((), ("keras",)),
    "nnbuild.private.sklearn": Rule((), ("numpy", "sklearn")),
    "nnbuild.private.tensorflow": Rule((), ("tensorflow",)),
}


# Packages that are imported by another name than they are installed by.
DISTRIBUTIONS = {"PIL": "pillow", "sklearn": "scikit-learn"}
