"""The scripts in `examples/` run and print the expected scores."""

from __future__ import annotations

import os
import re
import runpy
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "examples"
# The script: the line that it must print, with the number in it, and the least that this may be.
LEAST = {
    "credit_risk": (r"^ROC AUC: (\S+)$", 0.6),
    "grid_over_architectures": (r"^accuracy: (\S+)$", 0.95),
    "halving_search": (r"^accuracy: (\S+)$", 0.95),
    "images": (r"^accuracy: (\S+)$", 0.95),
    "multi_output": (r"^lowest R2: (\S+)$", 0.995),
    "prices_with_intervals": (r"^coverage: (\S+)$", 0.6),
    "save_and_load": (r"^accuracy: (\S+)$", 0.9),
    "segmentation": (r"^mean overlap: (\S+)$", 0.7),
    "several_outputs": (r"^score: (\S+)$", 0.8),
    "table_pipeline": (r"^accuracy: (\S+)$", 0.7),
}
# Further lines, word for word.
ALSO = {
    "credit_risk": ["same after loading: True", "members: 16, temperature: ", "importance of amount: "],
    "grid_over_architectures": ["hidden [], learning rate 0.001: "],
    "halving_search": ["9 candidate(s), 2 epochs each", "1 candidate(s), 18 epochs each"],
    "images": ["predicts the same twice: True"],
    "save_and_load": ["same predictions there as here: True"],
    "several_outputs": ["images with a position: 2", "accuracy of the kind: "],
    "table_pipeline": ["columns: 11, gaps: "],
}
# Small data, and a short training.
ARGUMENTS = {
    "credit_risk": ["--rows", "300", "--epochs", "2"],
    "prices_with_intervals": ["--rows", "300", "--epochs", "6"],
}
# Many networks or steps, another process, or convolutions.
SLOW = {
    "credit_risk",
    "prices_with_intervals",
    "grid_over_architectures",
    "halving_search",
    "images",
    "multi_output",
    "save_and_load",
    "segmentation",
    "several_outputs",
}
SCRIPTS = [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in LEAST]


@pytest.fixture
def ran(monkeypatch, capsys):
    """Return a function that runs a script and returns its output; its child processes find the package."""
    path = os.pathsep.join(filter(None, [str(FOLDER.parent), os.environ.get("PYTHONPATH")]))
    monkeypatch.setenv("PYTHONPATH", path)

    def run(name: str) -> str:
        monkeypatch.setattr("sys.argv", [f"{name}.py", *ARGUMENTS.get(name, [])])
        runpy.run_path(str(FOLDER / f"{name}.py"), run_name="__main__")
        return capsys.readouterr().out

    return run


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_output_of_an_example(name, ran):
    shown = ran(name)
    line, least = LEAST[name]
    (score,) = re.findall(line, shown, flags=re.MULTILINE)
    assert float(score) >= least
    for also in ALSO.get(name, ()):
        assert also in shown


def test_each_script_is_run():
    assert {path.stem for path in FOLDER.glob("*.py")} == LEAST.keys()


@pytest.mark.parametrize("name", LEAST)
def test_each_has_a_docstring_and_is_short(name):
    text = (FOLDER / f"{name}.py").read_text("utf-8")
    assert re.match(r'"""[A-Z].*\.(\n|""")', text)
    assert len(text.splitlines()) <= (80 if name in ARGUMENTS else 40)
