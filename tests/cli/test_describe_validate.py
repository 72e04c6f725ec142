"""`nnbuild validate`, `describe` and `schema`: output, standard error and exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from nnbuild.cli.main import main

GOOD = {"nnbuild": 1, "layers": [{"type": "Dense", "units": "$n", "name": "stem"}], "params": {"n": 8}}


def run(*words: object):
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def good(tmp_path) -> Path:
    file = tmp_path / "good.json"
    file.write_text(json.dumps(GOOD), "utf-8")
    return file


def test_validate_reports_its_result(good):
    done = run("validate", good, "digits_mlp")
    assert done.exit_code == 0
    assert done.stdout == (
        f"{good}: fine, 1 layers; params: n\n"
        "digits_mlp: fine, 4 layers; params: hidden, activation, dropout, l2, learning_rate\n"
    )


def test_a_bad_recipe_does_not_end_the_validation(good, tmp_path):
    bad = tmp_path / "bad.json"
    bad.write_text('{"nnbuild": 1, "layers": [{"type": "Dens"}]}', "utf-8")
    done = run("validate", bad, good)
    assert (done.exit_code, done.stdout) == (1, f"{good}: fine, 1 layers; params: n\n")
    assert done.stderr.startswith(f"{bad}:1:36: layers[0].type: unknown layer type 'Dens'\n  allowed: ")
    done = run("validate", "--json", good, bad, "nothing")
    assert (done.exit_code, done.stderr) == (1, "")
    fine, wrong, missing = json.loads(done.stdout)
    assert fine == {
        "recipe": str(good), "valid": True, "name": "", "n_layers": 1, "params": ["n"], "problems": [],
    }  # fmt: skip
    (problem,) = wrong.pop("problems")
    assert wrong == {"recipe": str(bad), "valid": False, "name": "", "n_layers": 0, "params": []}
    message = problem.pop("message")
    assert message.startswith(f"{bad}:1:36: layers[0].type: unknown layer type 'Dens'\n  allowed: {problem['allowed']}")
    assert problem == {
        "path": ["layers", 0, "type"],
        "found": "unknown layer type 'Dens'",
        "allowed": problem["allowed"],
        "hint": "did you mean 'Dense'?",
        "line": 1,
        "column": 36,
    }
    (problem,) = missing["problems"]
    assert (problem["path"], problem["found"], problem["line"]) == ([], "no recipe 'nothing' in the gallery", None)
    assert problem["message"].startswith("no recipe 'nothing' in the gallery\n  allowed: ")
    assert run("validate", "--json", good).exit_code == 0


def test_describe_prints_the_plan_and_draws_it(good, tmp_path):
    picture = tmp_path / "good.svg"
    done = run("describe", good, "--input", "4", "--outputs", "3", "--set", "n=5", "--set", "n=5", "--svg", picture)
    assert done.exit_code == 0, done.output
    assert "stem" in done.stdout
    assert str(4 * 5 + 5 + 5 * 3 + 3) in done.stdout
    assert picture.read_text("utf-8").startswith("<svg")


@pytest.mark.parametrize(
    ("words", "n_parameters", "shape"),
    [
        (("lenet5",), 61_706, [None, 32, 32, 1]),  # as published
        (("lenet5", "--outputs", 2), 61_706 - 8 * 85, [None, 32, 32, 1]),
        (("lenet5", "--task", "binary"), 61_706 - 9 * 85, [None, 32, 32, 1]),
        (("unet", "--outputs", 5), 1_947_010 + 3 * (16 + 1), [None, 128, 128, 3]),
    ],
)
def test_a_gallery_recipe_is_described_for_its_typical_input(words, n_parameters, shape):
    described = json.loads(run("describe", *words, "--json").stdout)
    assert (described["n_parameters"], *described["inputs"].values()) == (n_parameters, shape)


def test_describe_as_json(good, tmp_path):
    picture = tmp_path / "good.svg"
    done = run("describe", good, "--input", "4", "--outputs", "3", "--batch", "16", "--json", "--svg", picture)
    assert done.exit_code == 0, done.output
    described = json.loads(done.stdout)
    layers, memory = described.pop("layers"), described.pop("memory")
    n_parameters = (4 * 8 + 8) + (8 * 3 + 3)
    assert described == {
        "name": "",
        "task": "multiclass",
        "loss": "sparse_categorical_crossentropy",
        "optimizer": "Adam",
        "inputs": {"input": [None, 4]},
        "outputs": {"output": "output"},
        "n_members": 1,
        "n_parameters": n_parameters,
        "n_trainable": n_parameters,
        "macs": 4 * 8 + 8 * 3,
    }
    assert memory.pop("batch_size") == 16
    assert memory.pop("total_bytes") == sum(memory.values())
    assert (memory["weight_bytes"], memory["activation_bytes"]) == (4 * n_parameters, 4 * 16 * (8 + 3))
    assert set(memory) == {"weight_bytes", "gradient_bytes", "optimizer_bytes", "activation_bytes"}
    assert layers[0] == {
        "name": "stem",
        "type": "Dense",
        "inputs": ["input"],
        "input_shapes": [[None, 4]],
        "output_shape": [None, 8],
        "weights": [
            {"name": "kernel", "shape": [4, 8], "trainable": True},
            {"name": "bias", "shape": [8], "trainable": True},
        ],
        "n_parameters": 40,
        "n_trainable": 40,
        "macs": 32,
        "output_bytes": 32,
        "note": "",
    }
    assert [layer["name"] for layer in layers] == ["stem", "output"]
    assert picture.exists()


@pytest.mark.parametrize("shape", ["8x8x1", "8, 8, 1"])
def test_a_shape_has_commas_or_crosses(shape):
    done = run("describe", "small_cnn", "--input", shape, "--outputs", "2", "--json")
    assert list(json.loads(done.stdout)["inputs"].values()) == [[None, 8, 8, 1]]


@pytest.mark.parametrize(
    "words, message",
    [
        (
            ["describe", "{good}", "--input", "8x3x"],
            "Invalid value for --input: '8x3x' is not a shape; write it as 28,28,1 or 28x28x1",
        ),
        (
            ["describe", "{good}", "--input", "4", "--set", "training__metrics=[accuracy]"],
            "Invalid value for --set: '[accuracy]' is not JSON: accuracy without quotes\n"
            "  hint: put strings in lists in double quotes, and the list in single quotes: '[\"accuracy\"]'",
        ),
        (
            ["describe", "{good}", "--set", "n=2", "--set", "n=3"],
            "Invalid value for --set: n is set twice, to 2 and to 3",
        ),
    ],
    ids=str,
)
def test_wrong_usage_is_reported(words, message, good):
    done = run(*(word.format(good=good) for word in words))
    assert done.exit_code == 2
    assert done.stderr.endswith(f"Error: {message}\n")


def test_several_inputs_have_their_shapes_by_name(tmp_path):
    file = tmp_path / "two.json"
    document = {
        "nnbuild": 1,
        "inputs": {"a": {}, "b": {}},
        "layers": [{"type": "Concatenate", "inputs": ["a", "b"]}, {"type": "Dense", "units": 2}],
    }
    file.write_text(json.dumps(document), "utf-8")
    done = run("describe", file, "--input", "a=3 b=4", "--outputs", "2")
    assert done.exit_code == 0, done.output
    assert "7x2 + 2" in done.stdout


def test_schema_is_json():
    done = run("schema")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["$schema"].startswith("https://json-schema.org/")
