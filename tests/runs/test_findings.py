"""Remedies of findings: changes that the recipe takes, as commands that run."""

from __future__ import annotations

import contextlib
import json
import random
import shlex

import pytest
from click.testing import CliRunner

from nnbuild.cli.main import main
from nnbuild.diagnosis.training_evidence import TrainingRecord
from nnbuild.diagnosis.training_findings import TRAINING_FINDINGS
from nnbuild.estimators.findings import keeps_best, python_remedies
from nnbuild.language.gallery import gallery_names
from nnbuild.plan.requests import Request
from nnbuild.plan.settings import resolved_training
from nnbuild.recipe import Recipe
from nnbuild.records import History
from nnbuild.runs.findings import remedies, train_command, training_findings
from plain import PLAIN


def settings(recipe):
    names, task, n_outputs = recipe.network.outputs, "multiclass", 3
    if not isinstance(names, str):
        task, n_outputs = dict.fromkeys(names, task), dict.fromkeys(names, n_outputs)
    return resolved_training(Request.of(recipe, None, None, task, n_outputs))


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


def test_each_remedy_is_a_change_of_the_recipe():
    assert changes(PLAIN) == MLP
    assert set(MLP) == {name for kind in TRAINING_FINDINGS.values() for name in kind.remedy_names}


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
def test_values_already_set_are_not_suggested(values, left_out, others):
    expected = {name: change for name, change in {**MLP, **others}.items() if name not in left_out}
    assert changes(PLAIN.with_values(values)) == expected


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


def test_options_of_the_command_are_replaced():
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


def test_commands_begin_with_a_path_where_nnbuild_is_not_found(monkeypatch):
    monkeypatch.setattr("sys.argv", ["/some/where/bin/nnbuild"])
    monkeypatch.setattr("nnbuild.runs.findings.which", lambda name: None)
    assert train_command(["m.json"], {"dropout": 0.5}) == "/some/where/bin/nnbuild train m.json --set dropout=0.5"


def test_an_estimator_has_remedies_in_python():
    training = settings(PLAIN)
    assert {name: remedy.command for name, remedy in python_remedies(training).items()} == {
        "early_stopping": "set_params(early_stopping=True)",
        "epochs": "set_params(epochs=200)",
    }
    assert list(python_remedies({**training, "early_stopping": {"patience": 3}})) == ["epochs"]


def test_a_time_budget_that_ended_the_training_is_left_out_of_the_command():
    history = History({"loss": tuple(1 / epoch for epoch in range(1, 9))}, 8, "time_budget", 0.5)
    words = ["mlp", "--data", "a.csv", "--time-budget", "90", "--epochs", "20"]

    def command(values):
        return train_command(words, values)

    (finding,) = training_findings(PLAIN, settings(PLAIN), TrainingRecord(history), command)
    assert finding.code == "still_improving"
    (remedy,) = finding.remedies
    assert remedy.command.endswith("nnbuild train mlp --data a.csv --epochs 20")
    assert remedy.effect == "trains all epochs, without a time budget"
    assert python_remedies(settings(PLAIN), history)["epochs"].command == "set_params(time_budget=None)"


def run(words):
    done = CliRunner().invoke(main, [*words, "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


LATE = "training__early_stopping=false"
WORDS = f"train mlp --data noise.csv --set learning_rate=0.01 --set dropout=0.1 --set {LATE} --epochs 40".split()


@pytest.fixture(scope="module")
def noise(tmp_path_factory):
    """A folder with 100 rows of noise and a model that overfits them, and the report of its training."""
    rng, folder = random.Random(0), tmp_path_factory.mktemp("noise")
    rows = [",".join(f"{rng.gauss(0, 1):.3f}" for _ in range(10)) + f",{rng.choice('ab')}" for _ in range(100)]
    (folder / "noise.csv").write_text("\n".join([",".join(f"x{i}" for i in range(10)) + ",y", *rows]) + "\n", "utf-8")
    with contextlib.chdir(folder):
        return folder, run([*WORDS, "--out", "noise.nnb"])


@pytest.mark.slow
def test_every_suggested_command_runs(noise, monkeypatch):
    folder, trained = noise
    monkeypatch.chdir(folder)
    (found, *_) = trained["findings"]
    assert found["code"] == "overfitting"
    commands = [remedy["command"] for remedy in found["remedies"]]
    settings_of = [[word for word in shlex.split(command) if "=" in word] for command in commands]
    assert settings_of == [
        ["learning_rate=0.01", "dropout=0.1", "training__early_stopping=true"],
        ["learning_rate=0.01", LATE, "dropout=0.5"],
        ["learning_rate=0.01", "dropout=0.1", LATE, "l2=0.01"],
        ["learning_rate=0.01", "dropout=0.1", LATE, "hidden=[64, 32]"],
    ]
    stopped = run(shlex.split(commands[0])[1:])  # the first remedy helps
    assert stopped["training"]["best_epoch"] < 40
    assert stopped["findings"] == []
    for values in MLP.values():
        command = train_command(["mlp", "--data", "noise.csv"], values)
        program, *rest = shlex.split(command.replace(" --epochs 200", ""))
        assert program.endswith("nnbuild")
        run([*rest, "--epochs", "1"])


def test_a_model_file_contains_the_findings(noise, monkeypatch):
    folder, trained = noise
    monkeypatch.chdir(folder)
    shown = run(["show", "noise.nnb"])
    assert shown["findings"] == trained["findings"] != []
    assert shown["notes"]["training_metrics"] == trained["scores"]["training"]
    text = CliRunner().invoke(main, ["show", "noise.nnb"]).stdout
    assert text.index("\nfindings   overfitting (error)\n") < text.index("\ndata ")
    assert "\nscores     accuracy" in text
    assert "(training set 1)\n" in text
    assert "training_metrics" not in text
