"""Write golden files: model files, search journals and recipes that later versions must read with equal results.

    python tools/make_golden.py

Creates the folder tests/golden/VERSION, which must not exist: golden files are never rewritten.
tests/test_golden_files.py reads all folders.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
from click.testing import CliRunner

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tools")]

from golden_models import MODELS, RNG, Golden  # noqa: E402

import nnbuild  # noqa: E402
from cases import GOOD, net  # noqa: E402
from golden_values import to_json  # noqa: E402
from nnbuild.cli.main import main as command  # noqa: E402
from nnbuild.language.gallery_facts import TYPICAL_USES  # noqa: E402

TRAINED = ("--set", "hidden=[4]", "--epochs", "2", "--seed", "1", "--quiet")
SEARCHED = ("--cv", "2", "--method", "grid", "--jobs", "2", "--seed", "1", "--quiet")
SEARCH_RECIPE = {
    "nnbuild": 1,
    "params": {"n": 4},
    "layers": [{"type": "Dense", "units": "$n", "activation": "relu"}],
    "training": {"epochs": 2, "batch_size": 16},
    "search": {"n": [2, 3]},
}


def main() -> None:
    folder = ROOT / "tests" / "golden" / nnbuild.__version__
    folder.mkdir(parents=True)
    write(folder / "versions.json", versions())
    for name, make in MODELS.items():
        write_model(folder / name, make(folder))
    os.chdir(folder)  # model files and journals contain file names
    write_tables()
    write_journals()
    write(folder / "recipes.json", {name: described(*given) for name, given in recipes().items()})
    total = sum(path.stat().st_size for path in folder.iterdir())
    print(f"{len(list(folder.iterdir()))} files, {total:,} bytes in {folder.relative_to(ROOT)}")


def versions() -> dict:
    """Return package versions. Predictions may differ in rounding between versions of Keras."""
    packages = ("keras", "tensorflow", "scikit-learn", "numpy", "pandas", "joblib")
    return {"nnbuild": nnbuild.__version__, "python": platform.python_version(), **{p: version(p) for p in packages}}


def write(path: Path, document: object) -> None:
    path.write_text(json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")


def write_model(path: Path, golden: Golden) -> None:
    """Write a model file, and a file with samples, calls and their results."""
    golden.estimator.save(path.with_suffix(".nnb"), metrics={"some score": 0.5}, notes={"made for": ["tests"]})
    asked = []
    for question in golden.questions:
        rows = () if question.get("without_X") else (golden.X,)
        answer = getattr(golden.estimator, question["method"])(*rows, **question.get("arguments", {}))
        asked.append({**question, "answer": to_json(answer)})
    write(path.with_suffix(".json"), {"X": to_json(golden.X), "questions": asked})


def write_tables() -> None:
    """Write data files, models trained on them by commands, and predictions."""
    n = 48
    versions = RNG.choice(["1.0", "1.1", "1.10", "beta"], n)
    lines = ["size;new;since;seen;colour;version;city;weight;waist;late;kind"]
    for row in range(n):
        size = "NA" if row % 9 == 0 else f"{RNG.normal(10, 3):.2f}"
        day = f"2024-{RNG.integers(1, 13):02d}-{RNG.integers(1, 29):02d}"
        colour = ["red", "green", "", "blue"][row % 4]
        numbers = f"{RNG.normal(70, 9):.1f};{RNG.normal(80, 5):.1f};{row % 2}"
        cells = [size, str(row % 3 == 0), day, f"{day}T10:00:00+02:00", colour, versions[row], f"city {row % 25}"]
        lines.append(";".join([*cells, numbers, "long" if versions[row].startswith("1.1") else "short"]))
    Path("flowers.csv").write_text("\n".join(lines) + "\n", "utf-8")
    rows = np.random.default_rng(1).normal(size=(32, 3)).astype("float32")
    np.savez("rows.npz", X=rows, y=np.where(rows[:, 0] > 0, "up", "down"), X_test=rows[:5], y_test=np.array(["up"] * 5))
    text = {"inputs": {"text": {"kind": "text", "column": "review"}, "rest": {"kind": "table"}}}
    layers = [
        {"type": "Embedding", "input_dim": "auto", "output_dim": 2, "inputs": ["text"]},
        {"type": "GlobalAveragePooling1D", "name": "read"},
        {"type": "Concatenate", "inputs": ["read", "rest"]},
    ]
    write(Path("reviews_recipe.json"), net(*layers, nnbuild=1, **text))
    reviews = [f"{'lovely' if row % 2 else 'awful'} film number {row % 7},{row},{row % 2 == 1}" for row in range(24)]
    Path("reviews.csv").write_text("\n".join(["review,minutes,good", *reviews]) + "\n", "utf-8")
    train("flowers_kind", "mlp", "flowers.csv", *TRAINED, "--members", "2")
    train("flowers_quantities", "regression_mlp", "flowers.csv", *TRAINED, "--target", "weight,waist")
    train("flowers_labels", "mlp", "flowers.csv", *TRAINED, "--target", "new,late", "--task", "classification")
    train("reviews_good", "reviews_recipe.json", "reviews.csv", "--epochs", "2", "--seed", "1", "--quiet")
    train("rows_kind", "mlp", "rows.npz", *TRAINED)


def train(name: str, recipe: str, data: str, *words: str) -> None:
    """Train by the command, and write the output of the other commands for the same data."""
    model = f"{name}.nnb"
    run("train", recipe, "--data", data, "--out", model, *words)
    probabilities = () if name == "flowers_quantities" else ("--proba",)
    run("predict", model, "--data", data, "--out", f"{name}_predicted.csv", *probabilities)
    scores = json.loads(run("evaluate", model, "--data", data, "--json"))
    write(Path(f"{name}_command.json"), {"data": data, "proba": bool(probabilities), "evaluated": scores})


def write_journals() -> None:
    """Write the journal of a complete search, and of one that was killed while writing a line."""
    write(Path("search_recipe.json"), SEARCH_RECIPE)
    for name, data in (("finished", "flowers.csv"), ("interrupted", "rows.npz")):
        run("search", "search_recipe.json", "--data", data, "--results", f"{name}.csv", *SEARCHED)
    journal = Path("interrupted.csv.journal")
    first, *fits = journal.read_text("utf-8").splitlines(keepends=True)
    journal.write_text("".join([first, *fits[:3]]) + fits[3][:40], "utf-8")
    commands = {
        "finished": {"data": "flowers.csv", "n_fits": 4, "n_kept": 4},
        "interrupted": {"data": "rows.npz", "n_fits": 4, "n_kept": 2},
    }
    write(Path("searches.json"), {"words": ["search_recipe.json", *SEARCHED], "journals": commands})


def run(*words: str) -> str:
    result = CliRunner().invoke(command, words, catch_exceptions=False)
    if result.exit_code:
        raise SystemExit(f"{words}: {result.output}")
    return result.stdout


def recipes() -> dict:
    """Return recipes with input shape, outputs and task. From the gallery, only small ones."""
    of_cases = {
        "smallest": ((5,), 3, None),
        "people": ((5,), 2, None),
        "structure": ((8,), 3, None),
        "graph": ({"left": (3,), "right": (7, 3)}, None, None),
    }
    found = {name: (GOOD[name], *given) for name, given in of_cases.items()}
    for name, typical in TYPICAL_USES.items():
        if typical.n_parameters < MAX_PARAMETERS:
            document = nnbuild.Recipe.load(name).to_dict()
            found[f"gallery {name}"] = (document, typical.input_shape, typical.n_outputs, typical.task)
    return found


MAX_PARAMETERS = 500_000


def described(document: dict, shape: object, n_outputs: int | None, task: str | None) -> dict:
    """Return a recipe, its normal form and a summary of its network."""
    recipe = nnbuild.Recipe.from_dict(document)
    plan = nnbuild.describe(recipe, shape, n_outputs=n_outputs, task=task)
    steps = [[step.name, step.output_shape, step.n_parameters, step.n_trainable, step.macs] for step in plan.steps]
    return {
        "recipe": document,
        "given": {"shape": shape, "n_outputs": n_outputs, "task": task},
        "normal": json.loads(recipe.to_json()),
        "facts": {"outputs": dict(plan.outputs), "task": plan.task, "loss": plan.loss, "optimizer": plan.optimizer},
        "steps": steps,
    }


if __name__ == "__main__":
    main()
