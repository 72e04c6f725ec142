"""`nnbuild gradients`, and `describe --weights`."""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import nnbuild
from nnbuild.cli.main import main

RECIPE = """{"nnbuild": 1, "layers": [{"type": "Dense", "units": 3, "activation": "relu", "name": "hidden"}]}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a recipe and a table."""
    folder = tmp_path_factory.mktemp("gradients")
    (folder / "r.json").write_text(RECIPE)
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"a": rng.normal(size=12), "b": ["p", "q", "r"] * 4, "y": ["yes", "no"] * 6})
    table.to_csv(folder / "d.csv", index=False)
    return folder


def run(*words, code=0):
    result = CliRunner().invoke(main, list(map(str, words)))
    assert result.exit_code == code, result.output
    return result.output


def test_the_gradients_of_a_recipe(folder):
    words = ("gradients", folder / "r.json", "--data", folder / "d.csv", "--row", 3)
    page = folder / "p.html"
    found = json.loads(run(*words, "--check", "--json", "--report", page))
    assert (found["rows"], found["is_fitted"], found["training"]) == ([3], False, True)
    assert found["max_error"] < 1e-6
    hidden, output = found["layers"]
    assert (hidden["name"], hidden["activation"], np.shape(hidden["z"]["values"])) == ("hidden", "relu", (1, 3))
    assert [weight["name"] for weight in output["weights"]] == ["kernel", "bias"]
    text = page.read_text("utf-8")
    assert "<h2>Gradients</h2>" in text
    assert "Norms of the gradients of 2 layers" in text
    lines = run(*words).splitlines()
    assert lines[0] == "data       d.csv: 12 rows, 2 columns -> y"
    assert lines[1] == "samples    row 3; initial weights; layers as in training"


def test_the_gradients_of_a_model(folder, model):
    found = json.loads(run("gradients", model, "--data", folder / "d.csv", "--predicting", "--json"))
    assert (found["is_fitted"], found["training"], len(found["rows"])) == (True, False, 12)
    kernel = nnbuild.load(model).model_.get_layer("dense_1").get_weights()[0]
    np.testing.assert_allclose(found["layers"][0]["weights"][0]["value"]["values"], kernel)


def test_options_for_recipes_and_unknown_rows_are_errors(folder, model):
    data = ("--data", folder / "d.csv")
    found = run("gradients", model, *data, "--seed", 1, code=2)
    assert found.splitlines()[-1] == f"Error: --seed is only for recipes, and {model} is a model file"
    found = run("gradients", model, code=2).splitlines()[-1]
    assert found == f"Error: pass a file with --data FILE, in the form of the training data of {model}"
    found = run("gradients", folder / "r.json", *data, "--row", 12, code=1)
    assert found == "d.csv: row 12 is not in X\n  allowed: 0 to 11\n"


def test_the_shapes_of_weights_in_both_conventions(folder):
    words = ("describe", folder / "r.json", "--weights", "--input", 100, "--outputs", 1, "--batch", 32)
    assert run(*words).splitlines() == [
        "layer   weight  Keras  textbook  Z = W A",
        "hidden  kernel  100x3  3x100     3x32 = 3x100 100x32",
        "hidden  bias    3      3x1",
        "output  kernel  3x1    1x3       1x32 = 1x3 3x32",
        "output  bias    1      1x1",
    ]


def test_the_statistics_of_the_weights_of_a_model(model):
    found = json.loads(run("describe", model, "--weights", "--json"))["weights"]
    kernel = nnbuild.load(model).model_.get_layer("dense_1").get_weights()[0]
    assert (found[0]["layer"], found[0]["name"], found[0]["textbook_shape"]) == ("dense_1", "kernel", [3, 4])
    assert found[0]["mean"] == pytest.approx(kernel.mean())
    assert found[0]["max"] == pytest.approx(kernel.max())
    titles = run("describe", model, "--weights").splitlines()[0].split()
    assert titles == ["layer", "weight", "Keras", "textbook", "mean", "std", "min", "max", "zeros"]
    found = run("describe", model, "--input", "4", code=2).splitlines()[-1]
    assert found == f"Error: --input is only for recipes, and {model} is a model file"
