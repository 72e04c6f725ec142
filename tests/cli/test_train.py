"""`nnbuild train`: what it says, writes and leaves alone."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from nnbuild.cli.main import main

ROOT = Path(__file__).parents[2]
GOOD = {"nnbuild": 1, "name": "small", "layers": [{"type": "Dense", "units": 4}], "training": {"epochs": 2}}


def run(*words: object):
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def recipe(tmp_path) -> Path:
    file = tmp_path / "small.json"
    file.write_text(json.dumps(GOOD), "utf-8")
    return file


@pytest.fixture
def table(tmp_path) -> Path:
    """A table of 40 rows with columns of several kinds."""
    colours, sold = ["red", "blue", "red"], ["no", "yes"]
    rows = [f"{i / 40},{colours[i % 3]},2024-01-{i % 28 + 1:02d},{sold[i // 20]}" for i in range(40)]
    file = tmp_path / "table.csv"
    file.write_text("\n".join(["size,colour,day,sold", *rows]) + "\n", "utf-8")
    return file


def test_train_says_nothing_but_the_results():
    command = [sys.executable, "-m", "nnbuild", "train", "digits_mlp", "--epochs=3"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[:4] == [
        "data       digits: 1,797 rows, 64 columns -> digit",
        "task       classification into 10 classes, because 'digit' holds whole numbers of 10 different",
        "             values only",
        "rows       1,437 to train, 360 to test",
    ]
    words = [line[:11].strip() for line in lines if line[:1].strip()]
    assert words == [
        *("data", "task", "rows", "columns", "network", "training", "test", "classes", "confusion", "files", "try next")
    ]


def test_a_page_and_what_to_try_next(recipe, table, tmp_path):
    out, page = tmp_path / "small.nnb", tmp_path / "small.html"
    done = run("train", recipe, "--data", table, "--target", "sold", "--out", out, "--report", page, "--seed", 3)
    assert done.exit_code == 0, done.output
    assert done.stdout.partition("files      ")[2] == (
        f"model  {out}\n           page   {page}\n\n"
        f"try next   nnbuild predict {out} --data {table}\n             what the model says of each row, as CSV\n"
        f"           nnbuild show {out}\n             what the file holds, without loading the model\n"
        f"           nnbuild train {recipe} --data {table} --target sold --set training__early_stopping=true\n"
        "             watches a tenth of the training rows, and stops where they get no better\n"
        f"           nnbuild train {recipe} --data {table} --target sold --seed 4\n"
        "             the same from other chances: how far scores differ\n"
    )
    titles = re.findall("<h[12]>(.*?)</h", page.read_text("utf-8"))
    assert titles == [
        *("small", "Training", "Classes", "Confusion", "Network", "Columns", "Recipe", "Files", "Try next")
    ]


def test_a_page_that_cannot_be_written_is_told_before_training(recipe, table, tmp_path):
    page = tmp_path / "no" / "page.html"
    done = run("train", recipe, "--data", table, "--report", page)
    assert (done.exit_code, done.stdout) == (1, "")
    folder = str(page.parent)
    assert done.stderr == f"{page}: can't be written: no folder {folder!r}\n  hint: mkdir -p {folder}\n"


def test_a_terminal_of_ascii_gets_ascii():
    command = [sys.executable, "-m", "nnbuild", "train", "digits_mlp", "--epochs=1"]
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True)
    assert b"           | 1.dense_1    Dense     128  7,808 params\n" in done.stdout


def test_each_column_is_told(recipe, table):
    done = run("train", recipe, "--data", table)
    assert done.exit_code == 0, done.output
    columns = done.stdout.partition("columns    ")[2].partition("\n\nnetwork")[0]
    assert columns == (
        "size    number, standardised (mean 0.4945, standard deviation 0.281)\n"
        "           colour  one-hot of 2 levels\n"
        "           day     time as days, day of week, day of year"
    )


def test_a_quantity_is_a_regression(recipe, tmp_path):
    file = tmp_path / "line.csv"
    rows = "\n".join(f"{i / 40},{1 - i / 40},{2 * i / 40 + 0.25}" for i in range(41))
    file.write_text(f"a,b,c\n{rows}\n", "utf-8")
    done = run("train", recipe, "--data", file, "--epochs", "200", "--set", "training__learning_rate=0.05", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["data"]["reason"] == "because 'c' holds numbers with fractions"
    assert found["scores"]["values"]["r2"] > 0.99


def test_scale_target(recipe, tmp_path):
    file = tmp_path / "numbers.csv"
    file.write_text("\n".join(["x,y", *(f"{i},{1000 + i / 2}" for i in range(60))]) + "\n", "utf-8")
    losses = []
    for words in ([], ["--scale-target", "none"]):
        done = run("train", recipe, "--data", file, "--json", *words)
        assert done.exit_code == 0, done.output
        losses.append(json.loads(done.stdout)["curves"]["loss"][0])
    assert losses[0] < 10
    assert losses[1] > 900_000


def test_scale_target_is_for_quantities(recipe, table):
    done = run("train", recipe, "--data", table, "--scale-target", "none")
    assert done.exit_code == 2
    assert done.stderr.splitlines()[-1] == "Error: --scale-target is for quantities; the task here is binary"


def test_a_value_that_the_loss_does_not_take(recipe, tmp_path):
    file = tmp_path / "counts.csv"
    file.write_text("\n".join(["x,y", *(f"{i},{i - 59 * (i == 59) - (i == 59)}" for i in range(60))]) + "\n", "utf-8")
    done = run("train", recipe, "--data", file, "--set", "training__loss=poisson")
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-2:] == [
        "counts.csv: loss 'poisson' requires y with numbers of 0 or more, got -1 in row 59 (counted from 0)",
        "  hint: mean_squared_error, mean_absolute_error and huber take numbers of any sign",
    ]
