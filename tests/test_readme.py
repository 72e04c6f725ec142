"""The README's code runs, and shows what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", README.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
TYPO = """{"nnbuild": 1,
 "layers": [
   {"type": "Dense", "units": 32, "activation": "rellu"},
   {"type": "Dropout", "rate": 1.5}]}
"""


def blocks(language: str) -> list[str]:
    return [text for found, text in BLOCKS if found == language]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the files that the README speaks of."""
    (tmp_path / "my.json").write_text(blocks("json")[0], "utf-8")
    (tmp_path / "typo.json").write_text(TYPO, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(line: str, folder: Path) -> subprocess.CompletedProcess:
    words = line.split("#")[0].split(">")[0].split()
    assert words[0] == "nnbuild"
    command = [sys.executable, "-m", "nnbuild", *words[1:]]
    environment = {**os.environ, "PYTHONPATH": str(README.parent)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_python_blocks_run_one_after_the_other(folder, capsys):
    names: dict = {}
    for text in blocks("python"):
        exec(compile(text, str(README), "exec"), names)
    shown = capsys.readouterr().out
    assert "dense_1" in shown
    assert "def build_model" in shown
    assert names["model"].count_params() == 64 * 128 + 128 + 128 * 64 + 64 + 64 * 10 + 10
    assert names["wider"].params["hidden"] == [256, 128]


LINES = [line for text in blocks("bash") for line in text.splitlines()]


@pytest.mark.parametrize("line", LINES, ids=str)
def test_commands_run(line, folder):
    done = run(line, folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert done.stderr == ""


def test_the_messages_shown_are_those_printed(folder):
    (shown,) = [text for _, text in BLOCKS if text.startswith("$ nnbuild validate typo.json")]
    done = run(shown.splitlines()[0][2:], folder)
    assert done.returncode == 1
    assert done.stderr == shown.split("\n", 1)[1]


def test_the_targets_that_it_names_are_there():
    makefile = (README.parent / "Makefile").read_text("utf-8")
    for target in re.findall(r"^make (\w+)", BLOCKS[0][1], flags=re.MULTILINE):
        assert f"\n{target}:" in makefile


LINKS = re.findall(r'\]\(([^)#h][^)]*)\)|src="([^"]+)"', README.read_text("utf-8"))


@pytest.mark.parametrize("link", sorted(set(LINKS)), ids=str)
def test_what_it_links_to_is_there(link):
    assert (README.parent / "".join(link)).exists()
