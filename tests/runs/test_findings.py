"""Remedies of findings: changes that the recipe takes, as commands that run."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from nnbuild.cli.main import main
from nnbuild.language.gallery import gallery_names
from nnbuild.plan.settings import Request, resolved_training
from nnbuild.recipe import Recipe
from nnbuild.report.findings import FINDING_KINDS
from nnbuild.runs.findings import keeps_best, python_remedies, remedies, train_command


def settings(recipe):
    return resolved_training(Request.of(recipe, None, None, "multiclass", 3))


def changes(recipe, training=None):
    """Values by address, by the names of remedies."""
    found = remedies(recipe, training or settings(recipe), json.dumps)
    return {name: json.loads(remedy.command) for name, remedy in found.items()}


MLP = {
    "early_stopping": {"training__early_stopping": True},
    "dropout": {"dropout": 0.5},
    "l2": {"l2": 0.01},
    "smaller": {"hidden": [64, 32]},
    "larger": {"hidden": [256, 128]},
    "learning_rate_down": {"learning_rate": 0.0001},
    "learning_rate_up": {"learning_rate": 0.003},
    "clip": {"training__optimizer__clipnorm": 1.0},
    "epochs": {"training__epochs": 200},
}


def test_what_may_be_changed():
    assert changes(Recipe.load("mlp")) == MLP
    assert set(MLP) == {name for kind in FINDING_KINDS.values() for name in kind.remedy_names}


@pytest.mark.parametrize(
    ("values", "left_out", "others"),
    [
        ({"dropout": 0.5}, ["dropout"], {}),
        ({"l2": 0}, [], {"l2": {"l2": 0.001}}),
        ({"hidden": [8]}, ["smaller"], {"larger": {"hidden": [16]}}),
        ({"hidden": []}, ["smaller", "larger"], {}),
        ({"training__early_stopping": True}, ["early_stopping"], {}),
        ({"training__early_stopping": {"restore_best": False}}, [], {}),
        ({"training__optimizer__clipvalue": 0.5}, ["clip"], {}),
        (
            {"training__validation_fraction": 0.0}, [],
            {"early_stopping": {"training__early_stopping": True, "training__validation_fraction": 0.1}},
        ),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_set_already_is_not_suggested(values, left_out, others):
    expected = {name: change for name, change in {**MLP, **others}.items() if name not in left_out}
    assert changes(Recipe.load("mlp").with_values(values)) == expected


@pytest.mark.parametrize(
    ("training", "address"),
    [
        ({}, "training__learning_rate"),
        ({"optimizer": "sgd"}, "training__learning_rate"),
        ({"learning_rate": 0.001}, "training__learning_rate"),
        ({"optimizer": {"type": "Adam", "learning_rate": 0.001}}, "training__optimizer__learning_rate"),
        ({"optimizer": {"type": "Adam", "learning_rate": {"type": "ExponentialDecay", "initial_learning_rate": 0.1,
                                                         "decay_steps": 10, "decay_rate": 0.9}}}, None),
    ],
    ids=str,
)  # fmt: skip
def test_the_learning_rate_is_changed_where_it_is_written(training, address):
    found = changes(Recipe([{"type": "Dense", "units": 4}], training=training))
    assert list(found.get("learning_rate_down", [None])) == [address]


@pytest.mark.parametrize("name", gallery_names())
def test_every_recipe_takes_each_change(name):
    recipe = Recipe.load(name)
    found = changes(recipe)
    assert "epochs" in found
    assert ("early_stopping" in found) is not keeps_best(settings(recipe))
    for values in found.values():
        assert recipe.with_values(values) != recipe


def test_what_the_command_sets_already_is_replaced():
    call = ["mlp", "--set", "dropout=0.1", "--set", "hidden=[8]", "--data", "a b.csv", "--epochs", "5", "--seed", "3"]
    assert train_command(call, {"dropout": 0.5}) == (
        "nnbuild train mlp --set 'hidden=[8]' --data 'a b.csv' --epochs 5 --seed 3 --set dropout=0.5"
    )
    assert train_command(call, {"training__epochs": 10}) == (
        "nnbuild train mlp --set dropout=0.1 --set 'hidden=[8]' --data 'a b.csv' --seed 3 --epochs 10"
    )
    assert train_command(["m.json", "--set", "training__epochs=5"], {"training__epochs": 10}) == (
        "nnbuild train m.json --epochs 10"
    )


def test_an_estimator_without_its_recipe():
    training = settings(Recipe.load("mlp"))
    assert {name: remedy.command for name, remedy in python_remedies(training).items()} == {
        "early_stopping": "set_params(early_stopping=True)",
        "epochs": "set_params(epochs=200)",
    }
    assert list(python_remedies({**training, "early_stopping": {"patience": 3}})) == ["epochs"]


@pytest.fixture
def table(tmp_path, monkeypatch) -> Path:
    """Sixty rows of noise, in which there is nothing to learn but by heart."""
    import random

    monkeypatch.chdir(tmp_path)
    rng = random.Random(0)
    rows = [",".join(f"{rng.gauss(0, 1):.3f}" for _ in range(10)) + f",{rng.choice('ab')}" for _ in range(100)]
    (tmp_path / "noise.csv").write_text("\n".join([",".join(f"x{i}" for i in range(10)) + ",y", *rows]) + "\n", "utf-8")
    return tmp_path


def run(words):
    done = CliRunner().invoke(main, [*words, "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_every_suggested_command_runs(table):
    """Those of a run that overfits, as they are; and those of each other remedy."""
    words = [
        "train",
        "mlp",
        "--data",
        "noise.csv",
        "--set",
        "learning_rate=0.01",
        "--set",
        "dropout=0.1",
        "--epochs",
        "40",
    ]
    (found, *_) = run([*words, "--out", "noise.nnb"])["findings"]
    assert found["code"] == "overfitting"
    commands = [remedy["command"] for remedy in found["remedies"]]
    settings_of = [[word for word in shlex.split(command) if "=" in word] for command in commands]
    assert settings_of == [
        ["learning_rate=0.01", "dropout=0.1", "training__early_stopping=true"],
        ["learning_rate=0.01", "dropout=0.5"],
        ["learning_rate=0.01", "dropout=0.1", "l2=0.01"],
        ["learning_rate=0.01", "dropout=0.1", "hidden=[64, 32]"],
    ]
    others = [
        train_command(["mlp", "--data", "noise.csv", "--epochs", "1"], values)
        for name, values in MLP.items()
        if name not in ("early_stopping", "dropout", "l2", "smaller")
    ]
    for command in [*commands, *(command.replace("--epochs 200", "--epochs 2") for command in others)]:
        program, *rest = shlex.split(command)
        assert program.endswith("nnbuild")
        run(rest)
    # The first of them helps.
    stopped = run(shlex.split(commands[0])[1:])
    assert stopped["training"]["best_epoch"] < 40
    assert [finding["code"] for finding in stopped["findings"]] == []


def test_a_model_file_shows_what_was_found(table):
    words = [
        "train",
        "mlp",
        "--data",
        "noise.csv",
        "--set",
        "learning_rate=0.01",
        "--epochs",
        "40",
        "--out",
        "noise.nnb",
    ]
    trained = run(words)
    shown = run(["show", "noise.nnb"])
    assert shown["findings"] == trained["findings"] != []
    assert shown["notes"]["training_metrics"] == trained["scores"]["training"]
    text = CliRunner().invoke(main, ["show", "noise.nnb"]).stdout
    assert text.index("\nfindings   overfitting (serious)\n") < text.index("\ndata ")
    assert "\nscores     accuracy" in text
    assert "(training rows 1)\n" in text
    assert "training_metrics" not in text
