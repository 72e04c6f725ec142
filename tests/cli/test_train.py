"""`nnbuild train`: output, written files, and files that it must not change."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from nnbuild.cli.main import main

ROOT = Path(__file__).parents[2]
REMARK = "39 of 40 values are numbers; the first other one is 'forty' in line 8"
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


@pytest.mark.slow
def test_a_process_prints_only_the_results_and_only_ascii_on_a_terminal_of_ascii():
    command = [sys.executable, "-m", "nnbuild", "train", "digits_mlp", "--epochs=3"]
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[:3] == [
        "data       digits: 1,797 rows, 64 columns -> digit",
        "task       classification into 10 classes, because 'digit' has only 10 different integers",
        "rows       1,437 to train, 360 to test",
    ]
    assert "           | 1.dense_1    Dense     128  7,808 params" in lines
    words = [line[:11].strip() for line in lines if line[:1].strip()]
    assert words == [
        *("data", "task", "rows", "findings", "columns", "network", "training", "test", "classes", "confusion"),
        *("files", "try next"),
    ]


def test_a_page_and_what_to_try_next(recipe, table, tmp_path):
    out, page = tmp_path / "small.nnb", tmp_path / "small.html"
    done = run("train", recipe, "--data", table, "--target", "sold", "--out", out, "--report", page, "--seed", 3)
    assert done.exit_code == 0, done.output
    assert done.stdout.partition("files      ")[2] == (
        f"model  {out}\n           page   {page}\n\n"
        f"try next   nnbuild predict {out} --data {table}\n             predictions for each row, as CSV\n"
        f"           nnbuild show {out}\n             contents of the file, without loading the model\n"
        f"           nnbuild train {recipe} --data {table} --target sold --seed 4\n"
        "             another seed, to see how much the scores vary\n"
    )
    titles = re.findall("<h[12]>(.*?)</h", page.read_text("utf-8"))
    assert titles == [
        *("small", "Findings", "Training", "Classes", "Confusion", "Gradients", "Network", "Columns", "Recipe"),
        *("Files", "Try next"),
    ]


def test_a_time_budget_and_a_device(recipe, table):
    words = ("train", recipe, "--data", table, "--time-budget", "0.001s", "--device", "cpu")
    done = run(*words)
    assert done.exit_code == 0, done.output
    assert re.search(r"\ntraining   1 epoch in .*, stopped at the end of the time budget; kept epoch 1", done.stdout)
    found = json.loads(run(*words, "--json").stdout)["training"]
    assert (found["n_epochs"], found["stopped"]) == (1, "time_budget")


def test_an_unwritable_page_is_reported_before_training(recipe, table, tmp_path):
    page = tmp_path / "no" / "page.html"
    done = run("train", recipe, "--data", table, "--report", page)
    assert (done.exit_code, done.stdout) == (1, "")
    folder = str(page.parent)
    assert done.stderr == f"{page}: can't be written: no folder {folder!r}\n  hint: mkdir -p {folder}\n"


def test_each_column_is_reported(recipe, table):
    done = run("train", recipe, "--data", table)
    assert done.exit_code == 0, done.output
    columns = done.stdout.partition("columns    ")[2].partition("\n\nnetwork")[0]
    assert columns == (
        "size    number, standardized (mean 0.4945, standard deviation 0.281)\n"
        "           colour  one-hot of 2 categories\n"
        "           day     time as days, day of week, day of year"
    )


def prices(tmp_path: Path) -> Path:
    """A table with prices, shares, dates that have two readings, and a wrong age."""
    rows = [
        f'"${1000 + row:,}.50",{row / 2}%,{row % 12 + 1:02d}/{row % 5 + 1:02d}/2015,{age},"{row},500"'
        for row, age in enumerate([*range(6), "forty", *range(33)], 1)
    ]
    file = tmp_path / "prices.csv"
    file.write_text("\n".join(["price,share,day,age,y", *rows]) + "\n", "utf-8")
    return file


def test_columns_with_two_readings_need_an_option(recipe, tmp_path):
    table = prices(tmp_path)
    done = run("train", recipe, "--data", table)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        f"{table}: column 'day' is ambiguous: '06/01/2015' in line 6 may be 6 January 2015 (day first) "
        "or 1 June 2015 (month first)\n"
        "  also: 'y'\n"
        "  hint: pass --dates day-first or --dates month-first; in Python dates='day-first' or dates='month-first'\n"
    )
    done = run("train", recipe, "--data", table, "--decimal", ".", "--thousands", ".")
    assert done.stderr == "decimal and thousands must differ, got '.' for both\n"


def test_notations_are_reported_saved_and_used_for_other_files(recipe, tmp_path):
    table, model, page = prices(tmp_path), tmp_path / "m.nnb", tmp_path / "page.html"
    words = ("--dates", "month-first", "--decimal", ",")
    done = run("train", recipe, "--data", table, *words, "--out", model, "--report", page)
    assert done.exit_code == 0, done.output
    assert "data       prices.csv: 40 rows, 4 columns -> y (written as 12,5)\n" in done.stdout
    assert f"note       'age' is text: {REMARK}\n" in done.stdout
    lines = " ".join(done.stdout.partition("columns    ")[2].partition("\n\nnetwork")[0].split())
    for part in ("; written as $1,234.5 ", "; written as 12.5% ", "day of year; written as 03/14/2015 "):
        assert part in lines
    assert lines.endswith("the first other one is 'forty' in line 8")
    assert "written as $1,234.5" in page.read_text("utf-8")
    assert "--decimal , --dates month-first" in done.stdout  # of the commands to try next
    header, *rows = table.read_text("utf-8").splitlines()
    some = tmp_path / "some.csv"
    some.write_text(f"{header}\n{rows[1]}\n", "utf-8")  # without a model that stores its notation
    everything = run("predict", model, "--data", table).stdout.splitlines()
    assert run("predict", model, "--data", some).stdout.splitlines() == [everything[0], everything[2]]
    assert run("evaluate", model, "--data", some).exit_code == 0
    some.write_text(f"{header}\n{rows[1].replace('$', '')}\n", "utf-8")
    assert run("predict", model, "--data", some).stderr == (
        f"{some}: column 'price': '1,002.50' in line 2 is not a number in the notation of the training file, "
        "such as $1,234.5\n"
        "  hint: correct it, or leave the field empty if the value is missing\n"
    )


def test_rows_to_test_on_are_read_as_the_rows_to_train_on(recipe, tmp_path):
    rows = [f"{version},{'yes' if version in ('1.0', 'beta') else 'no'}" for version in ("1.0", "1.1", "1.10", "beta")]
    file, other = tmp_path / "all.csv", tmp_path / "test.csv"
    file.write_text("\n".join(["version,y", *rows * 10]) + "\n", "utf-8")
    other.write_text("\n".join(["version,y", *rows[:3] * 10]) + "\n", "utf-8")
    words = ("--epochs", "60", "--set", "training__learning_rate=0.1", "--json")
    done = run("train", recipe, "--data", file, "--test-data", other, *words)
    assert json.loads(done.stdout)["scores"]["values"]["accuracy"] == 1


def test_a_pipe_of_the_shell(recipe, table, tmp_path):
    pipe = tmp_path / "63"  # as bash names it
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=[gzip.compress(table.read_bytes())], daemon=True)
    writer.start()
    done = run("train", recipe, "--data", pipe, "--epochs", 1, "--quiet", "--json")
    writer.join(30)
    assert (done.exit_code, done.stderr) == (0, "")
    assert json.loads(done.stdout)["data"]["n_train"] == 32


def test_devices_are_refused_at_once(recipe):
    for device in ("/dev/zero", "/dev/urandom"):
        done = run("train", recipe, "--data", device)
        assert done.exit_code == 1
        assert done.stderr == f"{device}: is a device, not a file\n  allowed: a regular file or a pipe\n"


def test_a_quantity_is_a_regression(recipe, tmp_path):
    file = tmp_path / "line.csv"
    rows = "\n".join(f"{i / 40},{1 - i / 40},{2 * i / 40 + 0.25}" for i in range(41))
    file.write_text(f"a,b,c\n{rows}\n", "utf-8")
    done = run("train", recipe, "--data", file, "--epochs", "200", "--set", "training__learning_rate=0.05", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["data"]["reason"] == "because 'c' has numbers with fractions"
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
    assert done.stderr.splitlines()[-1] == "Error: --scale-target is only for regression; the task is binary"


def test_a_value_that_the_loss_does_not_take(recipe, tmp_path):
    file = tmp_path / "counts.csv"
    file.write_text("\n".join(["x,y", *(f"{i},{i - 59 * (i == 59) - (i == 59)}" for i in range(60))]) + "\n", "utf-8")
    done = run("train", recipe, "--data", file, "--set", "training__loss=poisson")
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-2:] == [
        "counts.csv: loss 'poisson' requires y with numbers of 0 or more, got -1 in row 59 (counted from 0)",
        "  hint: use mean_squared_error, mean_absolute_error or huber for numbers of any sign",
    ]


@pytest.mark.parametrize(
    "command",
    [
        ("train", "gru", "--set", "units=2"),
        pytest.param(("search", "gru", "--cv", "2", "--param", "units=2"), marks=pytest.mark.slow),
    ],
    ids=["train", "search"],
)
def test_steps_and_channels_that_may_be_exchanged_are_noted(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez("series.npz", X=np.random.default_rng(0).normal(size=(30, 1, 7)), y=np.arange(30) % 2)
    note = "note       X has 1 step of 7 channels; if these are 7 steps of 1 channel, save X.transpose(0, 2, 1)\n"
    sets = [word for text in ("depth=1", "dropout=0", "learning_rate=0.01") for word in ("--set", text)]
    done = CliRunner().invoke(main, [*command, *sets, "--data", "series.npz", "--set", "training__epochs=1"])
    assert done.exit_code == 0, done.output
    assert note in done.stdout


def test_two_tables_of_a_recipe_take_all_columns_of_a_file(tmp_path):
    rows = [(number, "ps"[number % 3 > 0], "pq"[number % 2]) for number in range(40)]
    data, model = tmp_path / "t.csv", tmp_path / "m.nnb"
    data.write_text("a,b,y\n" + "".join(f"{a},{b},{y}\n" for a, b, y in rows), "utf-8")
    trained = run("train", "wide_and_deep", "--data", data, "--epochs", 1, "--quiet", "--out", model)
    assert (trained.exit_code, trained.output) == (0, "")
    predicted = run("predict", model, "--data", data)
    assert (predicted.exit_code, len(predicted.output.splitlines())) == (0, 41)
    unprepared = run("train", "wide_and_deep", "--data", data, "--prepare", "none")
    assert (unprepared.exit_code, unprepared.stderr) == (
        1,
        "t.csv: column 'b' is not numeric: it contains values such as 'p'\n"
        "  hint: use --prepare auto and a recipe for tables, so that every column is converted to numbers\n",
    )
