"""Facts of a model file, read without Keras."""

import copy
import os
import pickle
import re
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

import nnbuild
from nnbuild import NNClassifier, NNRegressor
from nnbuild.saved.archive import ModelFileError
from nnbuild.saved.model_info import model_info

ROOT = Path(__file__).parents[2]
X = np.random.default_rng(0).normal(size=(24, 3)).astype("float32")
FRAME = pd.DataFrame(X, columns=["a", "b", "länge"])
SIGNS = np.where(X[:, 0] > 0, "yes", "no")
SETTINGS = {"hidden": [5], "epochs": 2, "dropout": 0.1}


@pytest.fixture(scope="module")
def fitted():
    return NNClassifier("mlp", **SETTINGS, random_state=7).fit(FRAME, SIGNS)


def test_facts_contain_all_that_was_saved(fitted, tmp_path):
    path = tmp_path / "m.nnb"
    metrics = {"accuracy": np.float32(0.5), "log loss": float("inf"), "R2": float("nan"), "rows": np.int64(24)}
    notes = {"data": "signs.csv", "columns": ["a", "b"], "seed": None, "split": {"test": 0.2}, "tuple": (1, 2)}
    fitted.save(path, metrics=metrics, notes=notes)
    facts = model_info(str(path))
    assert (facts.path, facts.n_bytes) == (str(path), path.stat().st_size)
    assert timedelta(0) <= datetime.now(UTC) - facts.written < timedelta(minutes=1)
    assert (facts.estimator, facts.task, facts.recipe) == ("NNClassifier", "binary", "mlp")
    defaults = {"prepare": "auto", "warm_start": False, "engine": "auto"}
    defaults["verbose"] = False
    assert dict(facts.params) == {**SETTINGS, **defaults, "random_state": 7}
    assert facts.left_out == ()
    assert (facts.classes, facts.n_outputs) == (("no", "yes"), 2)
    assert (facts.n_features, facts.feature_names) == (3, ("a", "b", "länge"))
    assert facts.network == fitted.recipe_
    assert dict(facts.layer_parameters) == {
        step.name: step.n_parameters for step in nnbuild.describe(facts.network).steps if step.n_parameters
    }
    assert facts.n_parameters == fitted.model_.count_params()
    assert (facts.history, facts.seed) == (fitted.history_, 7)
    assert repr(dict(facts.metrics)) == "{'accuracy': 0.5, 'log loss': inf, 'R2': nan, 'rows': 24}"
    assert dict(facts.notes) == {**notes, "tuple": [1, 2]}
    assert facts.versions["keras"] == keras.__version__
    assert facts.versions["nnbuild"] == nnbuild.__version__


def test_facts_list_parameters_without_saved_form(tmp_path):
    callback = keras.callbacks.TerminateOnNaN()
    recipe = {"nnbuild": 1, "name": "line", "layers": [{"type": "Dense", "units": 2}]}
    regressor = NNRegressor(recipe, epochs=1, callbacks=[callback]).fit(X, X[:, :2])
    regressor.save(tmp_path / "m.nnb")
    facts = model_info(tmp_path / "m.nnb")
    assert (facts.estimator, facts.task, facts.recipe) == ("NNRegressor", "regression", "line")
    assert (facts.classes, facts.n_outputs, facts.feature_names) == (None, 2, None)
    assert facts.left_out == ("callbacks",)
    assert (dict(facts.metrics), dict(facts.notes)) == ({}, {})


def test_the_seed_of_facts_repeats_a_fit(tmp_path):
    regressor = NNRegressor("mlp", hidden=[3], epochs=1).fit(X, X[:, 0])
    regressor.save(tmp_path / "m.nnb")
    again = NNRegressor("mlp", hidden=[3], epochs=1, random_state=model_info(tmp_path / "m.nnb").seed).fit(X, X[:, 0])
    assert again.predict(X).tobytes() == regressor.predict(X).tobytes()


def test_one_class_only_has_no_network(tmp_path):
    NNClassifier("mlp").fit(X, ["only"] * 24).save(tmp_path / "m.nnb", metrics={"accuracy": 1})
    facts = model_info(tmp_path / "m.nnb")
    assert (facts.task, facts.classes, facts.n_outputs) == ("constant", ("only",), 1)
    assert (facts.network, facts.history, facts.seed, facts.n_parameters) == (None, None, None, 0)
    assert dict(facts.metrics) == {"accuracy": 1}


def test_facts_copy_and_pickle(fitted, tmp_path):
    fitted.save(tmp_path / "m.nnb", notes={"data": "signs.csv"})
    facts = model_info(tmp_path / "m.nnb")
    for other in (pickle.loads(pickle.dumps(facts)), copy.deepcopy(facts)):
        assert other == facts
        assert other.notes["data"] == "signs.csv"


def test_metrics_and_notes_do_not_change_the_model(fitted, tmp_path):
    fitted.save(tmp_path / "plain.nnb")
    fitted.save(tmp_path / "noted.nnb", metrics={"accuracy": 0.5}, notes={"data": "signs.csv"})
    facts, loaded = model_info(tmp_path / "noted.nnb"), nnbuild.load(tmp_path / "noted.nnb")
    assert loaded.predict_proba(FRAME).tobytes() == fitted.predict_proba(FRAME).tobytes()
    loaded.save(tmp_path / "again.nnb", metrics=facts.metrics, notes=facts.notes)
    assert (tmp_path / "again.nnb").read_bytes() == (tmp_path / "noted.nnb").read_bytes()
    loaded.save(tmp_path / "again.nnb")
    assert (tmp_path / "again.nnb").read_bytes() == (tmp_path / "plain.nnb").read_bytes()


DEEP = []
for _ in range(70):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    "given, found",
    [
        ({"metrics": [0.5]}, "metrics must be a mapping of names to numbers, got [0.5]"),
        ({"metrics": {1: 0.5}}, "metrics: names must be strings, got 1"),
        ({"metrics": {"test accuracy": None}}, "metrics: ['test accuracy']: must be a number, got null"),
        ({"metrics": {"accuracy": True}}, "metrics: accuracy: must be a number, got true"),
        ({"metrics": {"m" * 70_000: 1}}, "manifest.json would have N bytes; at most 65536 are allowed"),
        ({"notes": "signs.csv"}, "notes must be a mapping of names to JSON values, got 'signs.csv'"),
        ({"notes": {1: 2}}, "notes: keys must be strings, got 1"),
        ({"notes": {"a": [0, {1, 2}]}}, "notes.a[1]: can't be written as JSON: a value of type set"),
        ({"notes": {"a": float("nan")}}, "notes.a: can't be written as JSON: nan"),
        ({"notes": {"a": "\ud800"}}, "notes.a: can't be written as JSON: '\\ud800'"),
        ({"notes": {"a": DEEP}}, "notes.a[0][0][0][0][0][0]: is nested deeper than 64"),
        ({"notes": {"a": "x" * 2**20}}, "notes.json would have N bytes; at most 1048576 are allowed"),
    ],
)
def test_wrong_metrics_and_notes_write_nothing(fitted, given, found, tmp_path):
    path = tmp_path / "m.nnb"
    path.write_bytes(b"old")
    with pytest.raises(ModelFileError) as caught:
        fitted.save(path, **given)
    assert re.sub(r"would have \d+", "would have N", str(caught.value)) == f"{path}: can't be written: {found}"
    assert (os.listdir(tmp_path), path.read_bytes()) == (["m.nnb"], b"old")


def test_facts_import_no_large_library(fitted, tmp_path):
    fitted.save(tmp_path / "m.nnb")
    code = (
        "import sys, nnbuild; print(nnbuild.model_info('m.nnb').n_parameters)\n"
        "print(sorted({'keras', 'numpy', 'pandas', 'sklearn', 'tensorflow'} & set(sys.modules)))"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == (f"{fitted.model_.count_params()}\n[]\n", "")


def test_facts_do_not_read_the_weights(tmp_path):
    recipe = {"nnbuild": 1, "layers": [{"type": "Dense", "units": 2_000_000}], "training": {"epochs": 1}}
    fitted = NNClassifier(recipe, random_state=0).fit(X[:, :1], SIGNS)
    fitted.save(tmp_path / "m.nnb")
    start = time.process_time()
    facts = model_info(tmp_path / "m.nnb")
    assert time.process_time() - start < 0.2  # 24 MB of weights are not read
    assert facts.n_parameters == 6_000_001
