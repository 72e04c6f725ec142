"""Completion by Tab of recipes and files."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from nnbuild.cli.main import main
from nnbuild.language import gallery

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A gallery of three recipes, and a working folder with files."""
    for name in ("digits_cnn", "digits_mlp", "iris"):
        (tmp_path / "gallery").mkdir(exist_ok=True)
        (tmp_path / "gallery" / f"{name}.json").write_text("{}")
    (tmp_path / "here").mkdir()
    for name in ("digits_mine.json", "table.csv", "mine.json"):
        (tmp_path / "here" / name).write_text("{}")
    monkeypatch.setattr(gallery, "_gallery", lambda: tmp_path / "gallery")
    monkeypatch.chdir(tmp_path / "here")


def offered(line):
    """Completions that bash gets for a line: (kind, value) pairs."""
    words = line.split(" ")
    environment = {
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
        "_NNBUILD_COMPLETE": "bash_complete",
    }
    done = CliRunner().invoke(main, [], prog_name="nnbuild", env=environment)
    assert done.exit_code == 0, done.output
    return [tuple(row.split(",")) for row in done.stdout.splitlines()]


def plain(*values):
    return [("plain", value) for value in values]


@pytest.mark.parametrize(
    "line, found",
    [
        ("nnbuild recipes show digits_m", plain("digits_mlp")),
        ("nnbuild describe digits_", plain("digits_cnn", "digits_mlp", "digits_mine.json")),
        ("nnbuild convert ", plain("digits_cnn", "digits_mlp", "iris", "digits_mine.json", "mine.json")),
        ("nnbuild validate iris dig", plain("digits_cnn", "digits_mlp", "digits_mine.json")),
        ("nnbuild train ./", [("file", "./")]),
        ("nnbuild describe mi", [("file", "mi")]),
        ("nnbuild convert iris --out mi", [("file", "mi")]),
    ],
)
def test_recipes_and_files_are_completed(line, found, folder):
    assert offered(line) == found


@pytest.mark.parametrize(
    "shell, mark", [("bash", "complete -o nosort"), ("zsh", "#compdef nnbuild"), ("fish", "complete")]
)
def test_each_shell_has_a_script(shell, mark):
    done = CliRunner().invoke(main, ["completion", shell])
    assert done.exit_code == 0
    assert mark in done.stdout
    assert f"_NNBUILD_COMPLETE={shell}_complete" in done.stdout


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_bash_completes_with_the_script(tmp_path):
    command = tmp_path / "nnbuild"
    code = "from nnbuild.cli.main import main; main(prog_name='nnbuild')"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{code}" "$@"\n')
    command.chmod(0o755)
    script = """
source <(nnbuild completion bash)
COMP_WORDS=(nnbuild describe digits_ml) COMP_CWORD=2
_nnbuild_completion nnbuild
echo "${COMPREPLY[@]}"
"""
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("digits_mlp\n", "")
