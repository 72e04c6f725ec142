"""Networks with several outputs on the command line: targets of a table, scores and predictions of each output."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nnbuild
from cli.running import printed, run

N = 40
FRAME = pd.DataFrame(
    {
        "size": np.arange(N) / N,
        "colour": ["red", "blue"] * (N // 2),
        "price": np.arange(N) * 1.5 + 0.25,
        "kind": np.where(np.arange(N) > 15, "large", "small"),
    }
)
LAYERS = {"nnbuild": 1, "name": "both", "layers": [{"type": "Dense", "units": 3}], "training": {"epochs": 2}}
RECIPE = {**LAYERS, "outputs": {"price": {}, "class": {"target": "kind"}}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with a table, of which some rows lack a target, and a model of it."""
    folder = tmp_path_factory.mktemp("outputs")
    (folder / "both.json").write_text(json.dumps(RECIPE), "utf-8")
    FRAME.assign(price=FRAME["price"].where(FRAME.index % 10 > 0)).to_csv(folder / "gaps.csv", index=False)
    FRAME.to_csv(folder / "table.csv", index=False)
    words = ("--data", folder / "gaps.csv", "--target", "price,kind", "--out", folder / "m.nnb")
    more = ("--report", folder / "m.html", "--seed", 1, "--json")
    (folder / "run.json").write_text(printed("train", folder / "both.json", *words, *more), "utf-8")
    return folder


def test_the_report_has_a_section_for_each_output(here):
    found = json.loads(Path("run.json").read_text("utf-8"))
    assert (found["estimator"], found["task"]) == ("NNMultiOutput", "multioutput")
    assert found["data"]["targets"] == ["price", "kind"]
    assert list(found["scores"]["values"]) == ["mean_score"]
    outputs = found["scores"]["outputs"]
    assert list(outputs) == ["price", "class"]
    assert outputs["price"]["n_rows"] <= outputs["class"]["n_rows"] == found["data"]["n_test"]
    assert list(outputs["class"]["values"]) == list(outputs["class"]["training"]) == ["accuracy", "log_loss"]
    assert found["metrics"]["class_accuracy"] == outputs["class"]["values"]["accuracy"]
    page = Path("m.html").read_text("utf-8")
    assert all(title in page for title in ("Output price", "Output class", "Output class: Confusion"))
    assert json.loads(printed("show", "m.nnb", "--json"))["metrics"] == found["metrics"]


def test_scores_of_a_file_are_those_of_the_estimator(here):
    found = json.loads(printed("evaluate", "m.nnb", "--data", "table.csv", "--json"))
    estimator, X, y = nnbuild.load("m.nnb"), FRAME[["size", "colour"]], FRAME[["price", "kind"]]
    assert found["values"]["mean_score"] == pytest.approx(estimator.score(X, y))
    right = (estimator.predict(X)["kind"] == y["kind"]).mean()
    assert found["outputs"]["class"]["values"]["accuracy"] == right
    lines = printed("evaluate", "m.nnb", "--data", "table.csv").splitlines()
    assert [line for line in lines if line.startswith("output ")] == ["output     price", "output     class"]
    assert json.loads(printed("evaluate", "m.nnb", "--data", "gaps.csv", "--json"))["outputs"]["price"]["n_rows"] == 36


def test_predictions_have_the_columns_of_all_outputs(here):
    FRAME[["colour", "size"]].to_csv("new.csv", index=False)
    found = pd.read_csv(io.StringIO(printed("predict", "m.nnb", "--data", "new.csv", "--proba")))
    estimator = nnbuild.load("m.nnb")
    probabilities = ["probability of class: large", "probability of class: small"]
    assert list(found) == ["price", "kind", *probabilities]
    expected = estimator.predict(FRAME[["size", "colour"]])
    np.testing.assert_allclose(found["price"], expected["price"], rtol=1e-6)
    assert found["kind"].tolist() == expected["kind"].tolist()
    proba = estimator.predict_proba(FRAME[["size", "colour"]])["class"]
    np.testing.assert_allclose(found[probabilities], proba, rtol=1e-6)


def test_a_network_of_several_outputs_is_described(here):
    words = ("describe", "both.json", "--input", "4", "--outputs", "price=1 class=3", "--json")
    assert json.loads(printed(*words))["n_parameters"] == 5 * 3 + 4 * 1 + 4 * 3


MISTAKES = {
    "describe both.json --input 4": (
        1, "outputs.price: the output layer of 'price' requires the number of outputs\n"
        "  hint: pass n_outputs={'price': 1, ...} (--outputs 'price=1 ...'), or set the 'node' of this output if the "
        "network has its own output layer",
    ),
    "train both.json --data table.csv --target price": (
        1, "table.csv: the targets of the recipe are kind, price, got price\n"
        "  hint: omit --target, rename the columns, or set the column of an output: "
        "--set outputs__class__target=COLUMN",
    ),
    "train both.json --data table.csv --target size,price": (
        1, "table.csv: the targets of the recipe are kind, price, got price, size\n"
        "  hint: omit --target, rename the columns, or set the column of an output: --set outputs__class__target=size",
    ),
    "train both.json --data table.csv --drop kind": (
        1, "table.csv: column 'kind' is the target and can't be dropped",
    ),
    "train both.json --data table.csv --drop size,colour": (1, "table.csv: has no column besides the target"),
    "train both.json --data other.csv": (
        1, "other.csv: has no column 'kind'\n  allowed: price, size",
    ),
    "train both.json --data arrays.npz": (
        1, "arrays.npz: contains arrays, but a recipe with several outputs requires a table",
    ),
    "train both.json --data table.csv --task regression": (
        2, "--task is not supported by NNMultiOutput",
    ),
    "train both.json --data table.csv --weight size": (2, "--weight is not supported by NNMultiOutput"),
    "train both.json": (
        2, "the recipe has no default data; pass a file with --data FILE: a table with features and targets of several "
        "outputs",
    ),
    "evaluate m.nnb --data features.csv": (
        1, "features.csv: lacks targets to score against, which are 'price, kind'",
    ),
    "describe both.json --input 4 --outputs price=0": (
        2, "Invalid value for '--outputs': 0 is not in the range x>=1.",
    ),
    "evaluate m.nnb --data unknown.csv": (
        1, "unknown.csv: target 'kind' has the value 'huge' in line 2, which is not in the training data\n"
        "  allowed: large, small",
    ),
    "train both.json --data table.csv --test-data unknown.csv": (
        1, "unknown.csv: target 'kind' has the value 'huge' in line 2, which is not in the training data\n"
        "  allowed: large, small",
    ),
    "evaluate m.nnb --data table.csv --target price": (
        1, "table.csv: expected 2 targets as in training, got 1: 'price'",
    ),
    "predict m.nnb --data other.csv": (1, "other.csv: lacks the column 'colour', which the model requires"),
}  # fmt: skip


@pytest.mark.parametrize("line", MISTAKES)
def test_a_mistake_is_one_message(line, here):
    FRAME[["size", "price"]].to_csv("other.csv", index=False)
    FRAME[["size", "colour"]].to_csv("features.csv", index=False)
    FRAME.assign(kind="huge").to_csv("unknown.csv", index=False)
    np.savez("arrays.npz", X=np.zeros((3, 2)), y=np.zeros(3))
    code, message = MISTAKES[line]
    done = run(*line.split())
    assert (done.exit_code, done.stdout) == (code, "")
    assert (done.stderr.splitlines()[-1] if code == 2 else done.stderr) == (
        f"Error: {message}" if code == 2 else f"{message}\n"
    )
