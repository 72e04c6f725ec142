"""Mistakes in options of `train` and `search`: each has one clear message, and no network is trained for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tensorflow as tf
from click.testing import CliRunner

from nnbuild import Recipe
from nnbuild.cli.main import main
from nnbuild.errors import name_list
from nnbuild.estimators.base import NNEstimator

RECIPE = {
    "layers": [{"type": "Dense", "units": "$units"}],
    "params": {"units": 3},
    "training": {"epochs": 1},
    "search": {"units": [2, 3]},
}
TABLE = "a,b,y\n" + "".join(f"{i},{'pqr'[i % 3]},{'no' if i % 2 else 'yes'}\n" for i in range(12))
NUMBERS = "a,b,y\n" + "".join(f"{i},{i * i},{i / 7}\n" for i in range(12))
NO_SPACE = {**RECIPE, "search": {}}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> None:
    """A working folder with two recipes and three tables, in which no estimator trains."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(NNEstimator, "_fit", lambda *_, **__: pytest.fail("a network is trained"))
    for name, recipe in {"good": RECIPE, "bare": NO_SPACE}.items():
        Path(f"{name}.json").write_text(json.dumps({"nnbuild": 1, **recipe}), "utf-8")
    Path("good.csv").write_text(TABLE, "utf-8")
    Path("numbers.csv").write_text(NUMBERS, "utf-8")
    Path("ones.csv").write_text("a,b,y\n1,p,yes\n2,q,yes\n", "utf-8")
    Path("left_search.csv.journal").write_text("rubbish\n", "utf-8")


def failed(line: str, code: int) -> str:
    """Return the message of a command that fails, prints nothing else and leaves no file."""
    before = sorted(Path().iterdir())
    done = CliRunner().invoke(main, line.split(), prog_name="nnbuild")
    assert done.exit_code == code, done.output
    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert done.stdout == ""
    assert sorted(Path().iterdir()) == before
    return done.stderr


TIME = "is not a time\n  allowed: 90, 90s, 10m, 1.5h; more than 0, at most a year"
USAGE = {
    # Times and devices.
    "train good.json --data good.csv --time-budget 0": f"Invalid value for '--time-budget': '0' {TIME}",
    "train good.json --data good.csv --time-budget -5": f"Invalid value for '--time-budget': '-5' {TIME}",
    "train good.json --data good.csv --time-budget 10x": f"Invalid value for '--time-budget': '10x' {TIME}",
    "train good.json --data good.csv --time-budget 1h30m": f"Invalid value for '--time-budget': '1h30m' {TIME}",
    "train good.json --data good.csv --time-budget inf": f"Invalid value for '--time-budget': 'inf' {TIME}",
    "train good.json --data good.csv --time-budget 9000h": f"Invalid value for '--time-budget': '9000h' {TIME}",
    "train good.json --data good.csv --device tpu": "Invalid value for '--device': 'tpu' is not one of 'cpu', 'gpu'.",
    "train good.json --data good.csv --save-every 5": "No such option '--save-every'.",
    "search good.json --data good.csv --time-budget 0.0m": f"Invalid value for '--time-budget': '0.0m' {TIME}",
    # Recipes and data.
    "search good.csv": "good.csv is a data file, not a recipe; pass it as --data good.csv",
    "search": "pass a file with --data FILE, or a recipe with default data",
    "search good.json": (
        "the recipe has no default data; pass a file with --data FILE: a table with features and targets, "
        "arrays X and y, or a folder of images"
    ),
    "search bare.json --data good.csv": (
        "the search space is empty; add values with --param ADDRESS=VALUES; params of the recipe: units"
    ),
    "search two_tower --data good.csv": (
        "`nnbuild search` does not support NNRecommender: use it in Python, in GridSearchCV with cv=[leave_one_out(X)]"
    ),
    "search small_gpt --data good.csv": (
        "`nnbuild search` does not support NNLanguageModel: use it in Python, in GridSearchCV with a list of texts"
    ),
    "search good.json --data good.csv --prepare some": (
        "Invalid value for '--prepare': 'some' is not one of 'auto', 'none'."
    ),
    # Epochs, members and test set.
    "search good.json --data good.csv --epochs 0": "Invalid value for '--epochs': 0 is not in the range x>=1.",
    "search good.json --data good.csv --epochs 3 --param training__epochs=1,2": (
        "Invalid value for --param: training__epochs is set by --epochs"
    ),
    "search good.json --data good.csv --members 0": "Invalid value for '--members': 0 is not in the range x>=1.",
    "search good.json --data good.csv --test-data ones.csv --scoring f1_macro --positive yes": (
        "Invalid value for --positive: f1_macro has no positive label\n"
        "  allowed: with --scoring average_precision, d2_brier_score, f1, jaccard, neg_brier_score, "
        "neg_negative_likelihood_ratio, positive_likelihood_ratio, precision, recall"
    ),
}


@pytest.mark.parametrize("line", USAGE)
def test_wrong_usage_is_reported(line):
    assert failed(line, 2).partition("\n\n")[2] == f"Error: {USAGE[line]}\n"


def test_too_large_arrays_are_one_message(monkeypatch):
    def read(*_: object, **__: object) -> None:
        raise MemoryError("Unable to allocate 745. GiB for an array")

    monkeypatch.setattr("nnbuild.cli.train.read_dataset", read)
    assert failed("train good.json --data good.csv", 1) == (
        "not enough memory: Unable to allocate 745. GiB for an array\n"
        "  hint: use less data, or smaller samples or batches\n"
    )


@pytest.mark.skipif(bool(tf.config.list_logical_devices("GPU")), reason="has a GPU")
def test_a_missing_gpu_is_reported():
    assert failed("train good.json --data good.csv --device gpu", 2).partition("\n\n")[2] == (
        "Error: Invalid value for --device: TensorFlow finds no GPU\n  hint: leave the option out\n"
    )


ANOTHER = "is another file of this command\n  hint: choose another name"
PARTS = {
    "search good.json --data good.csv --test-data more.csv": (
        "no such file or bundled data set: 'more.csv'\n"
        "  allowed: a file, or breast_cancer, diabetes, digits, iris, linnerud, wine, xor\n"
        "  hint: did you mean 'ones.csv'?"
    ),
    "search good.json --data good.csv --test-data numbers.csv": (
        "numbers.csv: target 'y' has the value '0.0' in line 2, which is not in the training data\n  allowed: no, yes"
    ),
    "search good.json --data good.csv --prepare none --cv 2": (
        "good.csv: column 'b' is not numeric: it contains values such as 'p'\n"
        "  hint: use --prepare auto and a recipe for tables, so that every column is converted to numbers"
    ),
    "search --data good.csv --param nothing=1,2": "search.nothing: unknown address\n  allowed: {addresses}",
    "search auto --data good.csv --set nothing=1": "unknown address 'nothing'\n  allowed: {addresses}",
    # Files.
    "search good.json --data good.csv --report nowhere/p.html": (
        "nowhere/p.html: can't be written: no folder 'nowhere'\n  hint: mkdir -p nowhere"
    ),
    "search good.json --data good.csv --report .": ".: is a folder, not a file",
    "search good.json --data good.csv --report good.csv": f"good.csv: {ANOTHER}",
    "search good.json --data good.csv --report good_search.csv": f"good_search.csv: {ANOTHER}",
    "search good.json --data good.csv --report m.nnb --out m.nnb": f"m.nnb: {ANOTHER}",
    "search good.json --data good.csv --test-data numbers.csv --out numbers.csv": f"numbers.csv: {ANOTHER}",
    "search good.json --data good.csv --results left_search.csv": (
        "left_search.csv.journal: is not the journal of a search\n  hint: remove the file to start a new search"
    ),
}


@pytest.mark.parametrize("line", PARTS)
def test_parts_that_do_not_fit_are_reported(line):
    message = PARTS[line].replace("{addresses}", name_list(Recipe.load("table").addresses, "nothing"))
    assert failed(line, 1) == f"{message}\n"
