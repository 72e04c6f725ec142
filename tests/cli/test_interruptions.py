"""Full disks, closed pipes and interrupts of commands: one message, and no partial file."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import nnbuild
from nnbuild import NNClassifier
from nnbuild.cli.main import main
from nnbuild.runs import train as train_module

DENSE = {"type": "Dense", "units": 3}


RECIPE = {"nnbuild": 1, "layers": [DENSE], "training": {"epochs": 1}}
GOOD = "a,b,y\n" + "".join(f"{i},{'pqr'[i % 3]},{'no' if i % 2 else 'yes'}\n" for i in range(12))


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> None:
    """A working folder with a recipe and a table."""
    monkeypatch.chdir(tmp_path)
    Path("good.json").write_text(json.dumps(RECIPE), "utf-8")
    Path("good.csv").write_text(GOOD, "utf-8")


def run(line: str) -> Result:
    return CliRunner().invoke(main, line.split(), prog_name="nnbuild")


def no_space(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(
    "line, name",
    [("train good.json --data good.csv --out m.nnb", "m.nnb"), ("predict MODEL --data good.csv --out p.csv", "p.csv")],
)
def test_a_full_disk_leaves_no_partial_file(line, name, model, monkeypatch):
    monkeypatch.setattr(os, "fsync", no_space)
    done = run(line.replace("MODEL", str(model)))
    assert done.exit_code == 1
    assert done.stderr.endswith(f"{name}: can't be written: No space left on device\n")
    assert not [path for path in Path().iterdir() if name in path.name]


def test_a_folder_removed_during_training_is_reported(monkeypatch):
    Path("kept").mkdir()
    monkeypatch.setattr(train_module, "scores_of", lambda *_: Path("kept").rmdir())
    Path("more.csv").write_text(GOOD + GOOD.partition("\n")[2], "utf-8")
    done = run("train good.json --data more.csv --out kept/m.nnb")
    assert done.exit_code == 1
    assert done.stderr == "kept/m.nnb: can't be written: no folder 'kept'\n  hint: mkdir -p kept\n"


def interrupt(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_an_interrupt_is_one_message(monkeypatch):
    monkeypatch.setattr(NNClassifier, "fit", interrupt)
    done = run("train good.json --data good.csv --out m.nnb")
    assert done.exit_code == 130
    assert done.stderr == "interrupted\n"
    assert not Path("m.nnb").exists()


@pytest.mark.slow
def test_a_closed_pipe_ends_the_command_without_a_message(model):
    command = f"{sys.executable} -m nnbuild predict {model} --data long.csv | head -1"
    Path("long.csv").write_text("a,b\n" + "1,p\n" * 50_000, "utf-8")
    environment = {**os.environ, "PYTHONPATH": str(Path(nnbuild.__file__).parents[1])}
    done = subprocess.run(["bash", "-c", command], env=environment, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("prediction\n", "")


@pytest.mark.parametrize(
    ("words", "before"),
    [
        (["validate", "good.json"], ""),
        pytest.param(
            ["predict", "MODEL", "--data", "good.csv"],
            "columns ignored, because the model does not use them: y\n",
            marks=pytest.mark.slow,
        ),
    ],
    ids=["validate", "predict"],
)
def test_a_full_standard_output_is_reported(words, before, request):
    words = [str(request.getfixturevalue("model")) if word == "MODEL" else word for word in words]
    command = [sys.executable, "-m", "nnbuild", *words]
    environment = {**os.environ, "PYTHONPATH": str(Path(nnbuild.__file__).parents[1])}
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, env=environment, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == f"{before}can't read or write: No space left on device\n"
