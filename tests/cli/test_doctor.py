"""`nnbuild doctor`: findings about recipes, and corrected copies."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

import nnbuild
from import_rules import COMMAND, heavy_after
from nnbuild.cli.main import main
from nnbuild.recipe import Recipe

TEXT = """\
{
  "nnbuild": 1, "name": "net",
  "params": {"rate": 0.5},
  "layers": [
    {"type": "Dense", "units": 8,
     "activation": "relu"},
    {"type": "Dropout", "rate": 0.2},   {"type": "BatchNormalization"},
    {"type": "Dense", "units": 1, "activation": "softmax"}
  ],
  "outputs": "last",
  "training": {"learning_rate": "$rate", "batch_size": 16}
}
"""
FIXED = TEXT.replace("0.5", "0.001").replace("softmax", "sigmoid")
FIXED = FIXED.replace(
    '{"type": "Dropout", "rate": 0.2},   {"type": "BatchNormalization"}',
    '{"type": "BatchNormalization"},   {"type": "Dropout", "rate": 0.2}',
)
REPORT = """\
softmax over one unit (error)
  net.json:8:49: layers[3].activation
  Dense 'dense_2' has softmax over 1 unit: its output is 1 for every sample
  Softmax divides each value by the sum over units, which is the value itself. The output
    is 1 for every sample, and its gradient is 0.
  edit: layers[3].activation = "sigmoid"

unusual learning rate (warning)
  net.json:11:33: training.learning_rate
  the learning rate of Adam is 0.5; usual are 1e-05 to 0.01
  With steps that are too large, the loss diverges or jumps. With steps that are too
    small, the training ends long before the minimum.
  edit: params.rate = 0.001

dropout before batch normalization (warning)
  net.json:7:5: layers[1]
  Dropout 'dropout_1' (rate 0.2) precedes BatchNormalization 'batch_normalization_1'
  Dropout raises the variance of its output in training, but not in prediction. The
    variance that batch normalization learns is then wrong in prediction (Li et al.,
    arXiv:1801.05134).
  edit: layers[1] = {"type": "BatchNormalization"}
  edit: layers[2] = {"type": "Dropout", "rate": 0.2}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.json").write_text(TEXT)
    return tmp_path


def run(*words, code=0):
    result = CliRunner().invoke(main, ["doctor", *map(str, words)])
    assert code is None or result.exit_code == code, result.output
    return result.output


def test_the_findings_about_a_recipe():
    assert run("net.json", code=1) == REPORT
    assert run("mlp") == "mlp: no findings\n"


def test_values_of_set_are_examined():
    found = run("net.json", "--set", "rate=0.001", code=1)
    assert "unusual" not in found
    assert "net.json:8:49: layers[3].activation" in found


def test_a_corrected_copy_keeps_the_form_of_the_text(folder):
    assert run("net.json", "--fix", "fixed.json") == f"{REPORT}\nwrote fixed.json\n"
    assert (folder / "fixed.json").read_text() == FIXED
    assert (folder / "net.json").read_text() == TEXT
    assert list(Recipe.validate("./fixed.json").diagnose()) == []


def test_a_dry_run_prints_the_difference_and_writes_nothing(folder):
    found = run("net.json", "--fix", "fixed.json", "--dry-run", "--set", "training__batch_size=64")
    assert found.startswith(REPORT)
    assert found.removeprefix(REPORT).splitlines() == [
        "",
        "--- net.json",
        "+++ fixed.json",
        "@@ -1,12 +1,12 @@",
        " {",
        '   "nnbuild": 1, "name": "net",',
        '-  "params": {"rate": 0.5},',
        '+  "params": {"rate": 0.001},',
        '   "layers": [',
        '     {"type": "Dense", "units": 8,',
        '      "activation": "relu"},',
        '-    {"type": "Dropout", "rate": 0.2},   {"type": "BatchNormalization"},',
        '-    {"type": "Dense", "units": 1, "activation": "softmax"}',
        '+    {"type": "BatchNormalization"},   {"type": "Dropout", "rate": 0.2},',
        '+    {"type": "Dense", "units": 1, "activation": "sigmoid"}',
        "   ],",
        '   "outputs": "last",',
        '-  "training": {"learning_rate": "$rate", "batch_size": 16}',
        '+  "training": {"learning_rate": "$rate", "batch_size": 64}',
        " }",
    ]
    assert not (folder / "fixed.json").exists()
    assert run("mlp", "--dry-run") == "mlp: no findings\n\nno finding has an edit\n"


def test_the_recipe_itself_is_not_replaced(folder):
    found = run("net.json", "--fix", "net.json", code=1)
    assert found == "net.json: is another file of this command\n  hint: choose another name\n"
    assert (folder / "net.json").read_text() == TEXT


def test_findings_as_json():
    found = json.loads(run("net.json", "--json", "--fix", "fixed.json"))
    assert list(found) == ["recipe", "findings", "fixed", "diff", "remaining"]
    assert (found["recipe"], found["fixed"], found["diff"], found["remaining"]) == ("net.json", "fixed.json", None, [])
    first = found["findings"][0]
    assert first["location"] == {"path": ["layers", 3, "activation"], "source": "net.json", "line": 8, "column": 49}
    assert first["edit"] == [{"path": ["layers", 3, "activation"], "value": "sigmoid"}]
    assert [one["code"] for one in found["findings"]] == [
        "softmax_of_one", "learning_rate", "dropout_before_normalization",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "pass a recipe or a model file, or --system"),
        (("mlp", "--system"), "--system takes no recipe"),
        (("mlp", "--lags", "3"), "--lags requires --data FILE"),
        (("mlp", "--range-test"), "--range-test requires --data FILE"),
        (("data.csv",), "data.csv is a data file, not a recipe; pass it as --data data.csv"),
    ],
)
def test_wrong_arguments(words, message):
    assert run(*words, code=2).splitlines()[-1] == f"Error: {message}"


def test_a_recipe_is_examined_without_numpy(folder):
    assert heavy_after(COMMAND, "doctor mlp") == []


def table(folder):
    rows = "".join(f"{row},{row % 5},{'no' if row % 2 else 'yes'}\n" for row in range(24))
    (folder / "d.csv").write_text(f"a,b,y\n{rows}")


STEEP = {
    "nnbuild": 1,
    "layers": [{"type": "Dense", "units": 4, "activation": "relu", "name": "hidden"}],
    "training": {"learning_rate": 0.5, "epochs": 1},
    "search": {"layers__hidden__units": [2, 4]},
}
FIRST = """\
findings   unusual learning rate (warning)
"""


def steep(folder):
    table(folder)
    (folder / "steep.json").write_text(json.dumps(STEEP))
    return ("steep.json", "--data", "d.csv")


def test_train_prints_findings_about_the_recipe_first_and_stores_them(folder):
    trained = CliRunner().invoke(main, ["train", *steep(folder), "--out", "m.nnb"]).output
    assert trained.startswith(FIRST)
    assert trained.count("unusual learning rate") == 1
    noted = [one["code"] for one in nnbuild.model_info("m.nnb").notes["findings"]]
    found = json.loads(run("m.nnb", "--json", code=None))
    assert found["recipe"] == "m.nnb"
    assert {one["code"] for one in found["findings"]} == {"learning_rate", *noted}
    assert len(found["findings"]) == len(noted)
    message = "Error: --fix is only for recipes, and m.nnb is a model file"
    assert run("m.nnb", "--fix", "x.json", code=2).splitlines()[-1] == message


@pytest.mark.slow
def test_search_prints_findings_about_the_recipe_first(folder):
    searched = CliRunner().invoke(main, ["search", *steep(folder), "--cv", "2", "--report", "s.html"]).output
    assert searched.startswith(FIRST)
    assert searched.count("unusual learning rate") == 1
    assert (folder / "s.html").read_text().count("unusual learning rate") == 1


def test_the_data_are_examined_with_the_recipe(folder):
    rng = np.random.default_rng(0)
    np.savez("d.npz", X=rng.normal(size=(40, 3)) * [1, 1, 1000], y=rng.integers(0, 2, 40))
    (folder / "plain.json").write_text(json.dumps({"nnbuild": 1, "layers": STEEP["layers"]}))
    words = ("plain.json", "--data", "d.npz", "--json")
    found = json.loads(run(*words, "--dry-run"))
    assert "scales" in [one["code"] for one in found["findings"]]
    assert '+{"nnbuild": 1, "layers": ' in found["diff"]
    assert '"inputs": {"input": {"kind": "table"}}}' in found["diff"]
    assert "scales" not in found["remaining"]
