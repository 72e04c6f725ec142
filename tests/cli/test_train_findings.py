"""`nnbuild train` after a training that has failed: findings about samples, initialization and divergence."""

from __future__ import annotations

import json
import random

import pytest
from click.testing import CliRunner

from nnbuild.cli.main import main


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A table of 80 rows, in which the sign of a is y, and a test set with other values of a."""
    monkeypatch.chdir(tmp_path)
    rng = random.Random(0)
    for name, shift in (("table", 0), ("later", 5)):
        values = [rng.gauss(0, 1) for _ in range(80)]
        rows = [f"{value + shift},{rng.gauss(0, 1)},{'no' if value < 0 else 'yes'}" for value in values]
        (tmp_path / f"{name}.csv").write_text("\n".join(["a,b,y", *rows]) + "\n", "utf-8")
    return tmp_path


def run(folder, layers, *words, **training):
    training = {"batch_size": 16, "epochs": 5, "validation_fraction": 0, **training}
    (folder / "net.json").write_text(json.dumps({"nnbuild": 1, "layers": layers, "training": training}), "utf-8")
    return CliRunner().invoke(main, ["train", "net.json", "--data", "table.csv", *words])


def test_the_initialization_is_examined_after_a_failure(folder):
    deep = [{"type": "Dense", "units": 4, "activation": "sigmoid"}] * 8
    found = json.loads(run(folder, deep, "--json", "--test-data", "later.csv").stdout)["findings"]
    codes = [one["code"] for one in found]
    assert {"one_class", "vanishing", "unlike_samples"} <= set(codes)
    assert codes.index("vanishing") < max(
        [place for place, one in enumerate(found) if one["severity"] == "hint"], default=len(codes)
    )
    texts = {one["code"]: one["evidence"] for one in found}
    assert texts["one_class"][0].startswith("all predictions for 80 test rows are ")
    assert texts["vanishing"][0].startswith("the norm of the gradient is ")
    assert texts["unlike_samples"][0].startswith("column 'a': median ")


def test_a_divergence_is_explained_before_the_error(folder):
    layers = [{"type": "Dense", "units": 4, "activation": "exponential", "name": "up"}]
    done = run(folder, layers, optimizer={"type": "SGD", "learning_rate": 1e3})
    assert done.exit_code == 1
    assert done.stdout.startswith("findings   unusual learning rate (warning)\n")
    assert done.stdout.count("unusual learning rate") == 1
    assert done.stderr.splitlines()[-1].startswith(
        "  NaN or infinite first in the outputs of layer up, in epoch 1, step "
    )
