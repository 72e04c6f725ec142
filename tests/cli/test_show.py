"""`nnbuild show`: the contents of a model file, without TensorFlow."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import nnbuild
from nnbuild import NNClassifier
from nnbuild.cli.main import main

TINY = {"nnbuild": 1, "name": "tiny", "layers": [{"type": "Dense", "units": 4}], "training": {"epochs": 3}}


def run(*words: object) -> str:
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with the model that `nnbuild train` made of a table."""
    folder = tmp_path_factory.mktemp("show")
    (folder / "tiny.json").write_text(json.dumps(TINY), "utf-8")
    table = pd.DataFrame(
        {"size": np.arange(40) / 40, "colour": ["red", "blue"] * 20, "sold": ["no"] * 20 + ["yes"] * 20}
    )
    table.to_csv(folder / "table.csv", index=False)
    words = ("--data", folder / "table.csv", "--seed", 3, "--out", folder / "m.nnb", "--json")
    (folder / "run.json").write_text(run("train", folder / "tiny.json", *words), "utf-8")
    return folder


def test_messages(folder):
    lines = run("show", folder / "m.nnb").splitlines()
    sections = {line[:11].strip(): line[11:] for line in lines if line and line[0] != " "}
    words = "model findings data task rows columns network settings training scores notes versions"
    assert list(sections) == words.split()
    assert sections["data"] == "table.csv -> sold"
    assert sections["task"] == "classification into 2 classes: no, yes, because 'sold' is text"
    assert sections["rows"] == "32 to train, 8 to test"
    assert sections["columns"] == "2: size, colour"
    assert sections["network"] == "tiny: 21 parameters"
    assert sections["settings"].startswith("optimizer=Adam(), loss=binary_crossentropy, batch_size=32")
    assert "           dense_1  Dense  16  units=4" in lines
    assert "           output   Dense   5  units=1, activation=sigmoid" in lines
    assert sections["training"].startswith("3 epochs in ")
    assert sections["notes"] == "seed: 3"
    command = f"command: nnbuild train {folder}/tiny.json --data {folder}/table.csv --seed 3"
    assert "".join(" ".join(lines).split()).count("".join(command.split())) == 1  # on as many lines as the path takes


def test_json_holds_the_run(folder):
    shown, trained = (
        json.loads(run("show", folder / "m.nnb", "--json")),
        json.loads((folder / "run.json").read_text("utf-8")),
    )
    assert shown["training"] == trained["training"]
    assert shown["curves"] == trained["curves"]
    assert shown["metrics"] == trained["scores"]["values"]
    assert shown["notes"]["reason"] == "because 'sold' is text"
    assert shown["n_parameters"] == 21
    assert shown["versions"]["nnbuild"] == nnbuild.__version__


def test_train_and_show_agree_on_names(folder):
    trained = json.loads((folder / "run.json").read_text("utf-8"))
    shown = json.loads(run("show", folder / "m.nnb", "--json"))
    # The file of the recipe may have changed since.
    placed = [{**finding, "location": None, "edit": None} for finding in trained.pop("findings")]
    assert [{**finding, "location": None, "edit": None} for finding in shown.pop("findings")] == placed
    assert {name: shown[name] for name in trained if name in shown} == {
        name: trained[name] for name in trained if name in shown
    }
    assert set(trained) - set(shown) == {"columns", "scores"}  # shown as `feature_names`; `metrics`
    assert trained["metrics"] == trained["scores"]["values"]


def test_an_ensemble(folder):
    model, table = folder / "two.nnb", folder / "table.csv"
    output = run("train", folder / "tiny.json", "--data", table, "--members", 2, "--out", model)
    assert "\ntraining   the first of 2 members: 3 epochs in " in output
    again = f"nnbuild train {folder}/tiny.json --data {table} --members 2 --seed 1"
    assert "".join(again.split()) in "".join(output.split())
    shown = run("show", model)
    assert "\nnetwork    tiny: 2 members, each of 21 parameters\n" in shown
    assert "\ntraining   the first of 2 members: 3 epochs in " in shown
    found = json.loads(run("show", model, "--json"))
    assert (found["training"]["n_members"], found["params"]["n_members"], found["n_parameters"]) == (2, 2, 21)
    mean = nnbuild.load(model).predict_proba(pd.read_csv(table).drop(columns="sold"))[:, 0]
    predicted = pd.read_csv(io.StringIO(run("predict", model, "--data", table, "--proba")))
    np.testing.assert_allclose(predicted.iloc[:, 1], mean, atol=1e-6)
    assert json.loads(run("evaluate", model, "--data", table, "--json"))["n_rows"] == 40


def test_a_model_that_was_saved_in_python(tmp_path):
    NNClassifier(TINY, random_state=0).fit(np.eye(4), [0, 1, 0, 1]).save(
        tmp_path / "m.nnb", notes={"targets": 3, "n_train": "x", "split": {"by": ["day", None]}}
    )
    shown = run("show", tmp_path / "m.nnb")
    assert "task       classification into 2 classes: 0, 1\n" in shown
    assert 'notes      targets: 3\n           n_train: x\n           split: {"by":["day",null]}\n' in shown
    assert "\ndata" not in shown
    assert "\nscores" not in shown


def test_findings_of_a_model_that_was_saved_in_python(tmp_path):
    """Those of its curves: here of a fit that gets worse on the rows it is validated on."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 10)), rng.integers(0, 2, 60)
    layers = [{"type": "Dense", "units": 64, "activation": "relu"}]
    estimator = NNClassifier(
        {"nnbuild": 1, "layers": layers}, epochs=40, learning_rate=0.02, validation_fraction=0.3, random_state=0
    )
    estimator.fit(X, y).save(tmp_path / "m.nnb")
    values = estimator.history_.curves["val_loss"]
    best = 1 + values.index(min(values))
    lines = run("show", tmp_path / "m.nnb").partition("\n\n")[2].splitlines()
    assert lines[0] == "findings   overfitting (error)"
    assert lines[1].startswith(f"             val_loss was lowest in epoch {best} (")
    assert lines[1].count("; the kept epoch 40 has ") == 1
    assert "             try: set_params(early_stopping=True)" in lines
    (found,) = json.loads(run("show", tmp_path / "m.nnb", "--json"))["findings"]
    assert (found["code"], found["remedies"][0]["command"]) == ("overfitting", "set_params(early_stopping=True)")
    stopped = estimator.set_params(early_stopping=True).fit(X, y)
    stopped.save(tmp_path / "m.nnb")
    assert "\nfindings" not in run("show", tmp_path / "m.nnb")


def test_one_class_only(tmp_path):
    NNClassifier(TINY).fit(np.eye(4), ["one"] * 4).save(tmp_path / "m.nnb")
    assert "task       one class only: nothing was trained\n" in run("show", tmp_path / "m.nnb")


def test_nothing_heavy_is_imported(folder):
    code = (
        f"import sys\nsys.argv = ['nnbuild', 'show', {str(folder / 'm.nnb')!r}]\n"
        "from nnbuild.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "print(sorted({'keras', 'numpy', 'pandas', 'sklearn', 'tensorflow'} & set(sys.modules)))"
    )
    root = Path(nnbuild.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_transform_of_a_target_is_reported(folder):
    table = pd.DataFrame({"size": np.arange(60) / 60, "price": np.exp(np.arange(60) / 8)})
    table.to_csv(folder / "prices.csv", index=False)
    setting = ("--set", "training__target_transform=log", "--test-fraction", 0.2)
    words = ("--data", folder / "prices.csv", "--out", folder / "prices.nnb", *setting, "--json")
    trained = json.loads(run("train", folder / "tiny.json", *words))
    (text,) = json.loads(run("show", folder / "prices.nnb", "--json"))["target_transforms"]
    assert text.startswith("log(y), predicted from ")
    assert trained["columns"]["price"] == f"target: {text}"
    assert f"targets    {text}" in "".join(run("show", folder / "prices.nnb")).replace("\n           ", " ")
    (folder / "signed.csv").write_text("size,price\n" + "".join(f"{i},{i - 0.5}\n" for i in range(20)), "utf-8")
    done = CliRunner().invoke(
        main, ["train", f"{folder}/tiny.json", "--data", f"{folder}/signed.csv", *map(str, setting)]
    )
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-2:] == [
        "signed.csv: target_transform='log' requires y with numbers of 0 or more, got -0.5 in row 0 (counted from 0)",
        "  hint: set target_transform to 'power' or 'auto' for numbers of any sign",
    ]
