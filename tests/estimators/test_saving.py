"""Saved estimators: loaded ones are equal."""

import os
import re
import stat
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_validate

from few import few_of
from nnbuild import NNClassifier, NNRegressor, Recipe, stacked
from nnbuild.loading import load
from nnbuild.saved import archive
from nnbuild.saved.model_info import model_info
from plain import PLAIN
from saved.edited_files import failure

ROOT = Path(__file__).parents[2]
RNG = np.random.default_rng(0)
X = RNG.normal(size=(24, 4)).astype("float32")
CODES = np.digitize(X[:, 0], [-0.4, 0.4])  # 0, 1, 2
SIGNS = (X[:, 0] > 0).astype(int)
FRAME = pd.DataFrame(X, columns=["a", "b", "länge", "d"])
IMAGES = RNG.normal(size=(24, 6, 6, 2)).astype("float32")
SERIES = RNG.normal(size=(24, 5, 3)).astype("float32")
PAIR = {"left": X[:, :2], "right": X[:, 2:]}
TINY = {"hidden": [5], "epochs": 2, "random_state": 0}


def layers(*nodes, **parts):
    return {"nnbuild": 1, "layers": list(nodes), "training": {"epochs": 1}, **parts}


def two_columns(X):
    return np.column_stack([X[:, 0], 1e6 * X[:, 1] + 3])


FITS = {
    "two classes": lambda: NNClassifier(
        "mlp", **TINY, dropout=0.2, early_stopping=False).fit(X, np.where(SIGNS, "yes", "no")),
    "labels": lambda: NNClassifier(PLAIN, **TINY).fit(X, np.column_stack([SIGNS, CODES == 1, X[:, 1] > 0])),
    "one class": lambda: NNClassifier(PLAIN, **TINY).fit(FRAME, ["only"] * 24),
    "quantities": lambda: NNRegressor(PLAIN, **TINY).fit(X, two_columns(X)),
    "names of columns": lambda: NNRegressor(
        PLAIN, **TINY, validation_fraction=0.3, early_stopping=True).fit(FRAME, X[:, 1]),
    "one more epoch": lambda: NNClassifier(PLAIN, **TINY).fit(X, CODES).partial_fit(X, CODES),
    "images": lambda: NNClassifier(layers(
        {"type": "Residual", "layers": [
            {"type": "Conv2D", "filters": 3, "kernel_size": 3, "strides": 2, "padding": "same"},
            {"type": "BatchNormalization"}, {"type": "LeakyReLU"}], "activation": "relu"},
        {"type": "GlobalAveragePooling2D"}), random_state=1).fit(IMAGES, SIGNS),
    "series": lambda: NNClassifier(layers(
        {"type": "Bidirectional", "layer": {"type": "SimpleRNN", "units": 3, "return_sequences": True}},
        {"type": "RNN", "cell": {"type": "StackedRNNCells", "cells": [{"type": "GRUCell", "units": 2}]}},
        inputs={"input": {"shape": [None, 3]}}), random_state=1).fit(SERIES, SIGNS),
    "two inputs": lambda: NNRegressor(layers(
        {"type": "Concatenate", "inputs": ["left", "right"]}, {"type": "Dense", "units": 3, "kernel_regularizer": "l2"},
        inputs={"left": {}, "right": {}}), random_state=1).fit(PAIR, X[:, 0]),
    "bfloat16": lambda: NNClassifier(
        layers({"type": "Dense", "units": 3, "dtype": "bfloat16"}), random_state=1).fit(X, SIGNS),
    "float64": lambda: NNRegressor(PLAIN, **TINY, precision="float64").fit(X, X[:, 0]),
}  # fmt: skip


@pytest.fixture(scope="module")
def fits():
    """Fitted estimators by name; each is fitted on first use."""
    return cache(lambda name: FITS[name]())


def inputs_of(name):
    parts = {"images": IMAGES, "series": SERIES, "two inputs": PAIR}
    frames = {"names of columns": FRAME, "one class": FRAME}
    return {**parts, **frames}.get(name, X)


def outcomes(estimator, inputs):
    """Predictions of an estimator, as dtypes and bytes."""
    methods = [getattr(estimator, name) for name in ("predict", "predict_proba") if hasattr(estimator, name)]
    results = [method(inputs) for method in methods]
    return [(result.dtype, result.shape, result.tobytes()) for result in results]


def facts(estimator):
    """Public fitted attributes, in a comparable form."""
    names = [name for name in vars(estimator) if name.endswith("_") and not name.startswith("_")]
    values = {name: getattr(estimator, name) for name in names}
    return {name: (v.dtype, v.tolist()) if isinstance(v, np.ndarray) else v for name, v in values.items()}


@pytest.mark.parametrize(
    "name", few_of(FITS, *FITS.keys() - {"series", "names of columns", "bfloat16", "images", "one more epoch"})
)
def test_a_loaded_estimator_equals_the_saved_one(fits, name, tmp_path):
    saved = fits(name)
    saved.save(tmp_path / "m.nnb")
    loaded = load(tmp_path / "m.nnb")
    assert type(loaded) is type(saved)
    assert outcomes(loaded, inputs_of(name)) == outcomes(saved, inputs_of(name))
    assert facts(loaded) == facts(saved)
    assert loaded.get_params() == saved.get_params()
    loaded.save(tmp_path / "again.nnb")
    assert (tmp_path / "again.nnb").read_bytes() == (tmp_path / "m.nnb").read_bytes()


def test_training_continues_from_a_loaded_estimator_as_from_the_saved_one(tmp_path):
    saved = NNClassifier(PLAIN, **TINY).partial_fit(X, CODES)
    saved.save(tmp_path / "m.nnb")
    loaded = load(tmp_path / "m.nnb")
    assert outcomes(loaded.partial_fit(X, CODES), X) == outcomes(saved.partial_fit(X, CODES), X)


def test_estimators_of_a_stack_are_saved(tmp_path):
    with stacked():
        together = cross_validate(NNClassifier(PLAIN, **TINY), X, CODES, cv=2, return_estimator=True)["estimator"]
    for saved in together:
        saved.save(tmp_path / "m.nnb")
        loaded = load(tmp_path / "m.nnb")
        assert outcomes(loaded, X) == outcomes(saved, X)
        assert model_info(tmp_path / "m.nnb").seed == TINY["random_state"]


LABELS = {
    "str": ["b", "a", "äöü \U0001f600"],
    "object": np.array(["b", "a", "c"], object),
    "uint64": np.array([1, 2, 2**64 - 1], "uint64"),
    "float16": np.array([1, 2, 3], "float16"),
    "bool": [True, False, True],
    "ns": np.array(["2020-01-01", "2021-01-01", "1969-01-01"], "M8[ns]"),
    "category": pd.Series(["x", "y", "z"], dtype="category"),
}


@pytest.mark.parametrize("kind", few_of(LABELS, "str", "object", "uint64", "category"))
def test_labels_of_any_dtype_are_restored(kind, tmp_path):
    labels = LABELS[kind]
    y = labels.take(CODES).reset_index(drop=True) if isinstance(labels, pd.Series) else np.asarray(labels)[CODES]
    saved = NNClassifier(PLAIN, **{**TINY, "epochs": 1}).fit(X, y)
    saved.save(tmp_path / "m.nnb")
    loaded = load(tmp_path / "m.nnb")
    assert loaded.classes_.dtype == saved.classes_.dtype
    assert loaded.classes_.tolist() == saved.classes_.tolist()
    assert [type(label) for label in loaded.classes_.tolist()] == [type(label) for label in saved.classes_.tolist()]
    assert loaded.predict(X).tolist() == saved.predict(X).tolist()


def test_infinite_values_of_curves_are_restored(tmp_path):
    saved = FITS["two classes"]()
    curves = {"loss": (np.inf, 0.1 + 0.2), "val_loss": (-np.inf, -0.0)}
    object.__setattr__(saved._fitted.history, "curves", curves)
    saved.save(tmp_path / "m.nnb")
    assert dict(load(tmp_path / "m.nnb").history_.curves) == curves


def test_weights_of_nan_keep_their_bits(tmp_path):
    saved = FITS["two classes"]()
    saved._fitted.weights.values[0][0, 0] = np.nan
    saved.save(tmp_path / "m.nnb")
    assert load(tmp_path / "m.nnb")._fitted.weights.values[0].tobytes() == saved._fitted.weights.values[0].tobytes()


class TestRecipes:
    def test_the_recipe_file_is_not_needed_to_load(self, tmp_path):
        recipe = Recipe.load("mlp").with_values(hidden=[3])
        recipe.save(tmp_path / "mine.json")
        saved = NNClassifier(str(tmp_path / "mine.json"), epochs=1, random_state=0).fit(X, SIGNS)
        saved.save(tmp_path / "m.nnb")
        (tmp_path / "mine.json").unlink()
        loaded = load(tmp_path / "m.nnb")
        assert loaded.recipe == recipe
        assert outcomes(clone(loaded).fit(X, SIGNS), X) == outcomes(saved, X)

    def test_a_missing_recipe_file_is_reported_by_fit(self, tmp_path):
        path = str(tmp_path / "mine.json")
        Recipe.load("mlp").with_values(hidden=[3]).save(path)
        saved = NNClassifier(path, epochs=1, random_state=0).fit(X, SIGNS)
        Path(path).unlink()
        saved.save(tmp_path / "m.nnb")
        loaded = load(tmp_path / "m.nnb")
        assert outcomes(loaded, X) == outcomes(saved, X)
        assert loaded.recipe == path
        with pytest.raises(OSError, match=re.escape(f"no file {path!r}")):
            loaded.fit(X, SIGNS)

    def test_a_gallery_name_is_kept_while_its_recipe_is_unchanged(self, fits, tmp_path, monkeypatch):
        fits("two classes").save(tmp_path / "m.nnb")
        assert load(tmp_path / "m.nnb").recipe == "mlp"
        monkeypatch.setattr("nnbuild.saved.parameters.gallery_names", list)
        assert load(tmp_path / "m.nnb").recipe == Recipe.load("mlp")

    def test_a_dict_stays_a_dict_and_a_recipe_a_recipe(self, tmp_path):
        document = layers({"type": "Dense", "units": 3})
        for given in (document, Recipe.from_dict(document)):
            NNClassifier(given, random_state=0).fit(X, SIGNS).save(tmp_path / "m.nnb")
            loaded = load(tmp_path / "m.nnb")
            assert type(loaded.recipe) is type(given)
            assert loaded.recipe == given


def test_parameters_without_json_form_are_left_out_and_listed(tmp_path):
    callback = keras.callbacks.TerminateOnNaN()
    given = {"class_weight": {0: 2.0, 1: 1}, "hidden": np.array([5]), "verbose": np.bool_(False)}
    saved = NNClassifier(PLAIN, epochs=1, random_state=np.random.RandomState(0), callbacks=[callback], **given)
    saved.fit(X, SIGNS).save(tmp_path / "m.nnb")
    loaded = load(tmp_path / "m.nnb")
    assert (loaded.random_state, loaded.callbacks) == (None, None)
    assert (loaded.class_weight, loaded.hidden, loaded.verbose) == ({"0": 2.0, "1": 1}, [5], False)
    parameters = zipfile.ZipFile(tmp_path / "m.nnb").read("params.json").decode()
    assert '"left_out": [\n    "callbacks",\n    "random_state"\n  ]' in parameters


@pytest.mark.slow
def test_a_file_loads_in_another_process(fits, tmp_path):
    saved = fits("images")
    saved.save(tmp_path / "m.nnb")
    np.save(tmp_path / "X.npy", IMAGES)
    code = (
        "import numpy as np; from nnbuild.loading import load\n"
        "np.save('p.npy', load('m.nnb').predict_proba(np.load('X.npy')))"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert np.load(tmp_path / "p.npy").tobytes() == saved.predict_proba(IMAGES).tobytes()


def test_a_file_has_its_format_and_no_time(fits, tmp_path):
    fits("two classes").save(tmp_path / "m.nnb")
    with zipfile.ZipFile(tmp_path / "m.nnb") as file:
        entries = file.infolist()
        manifest = file.read("manifest.json").decode()
    assert [entry.filename for entry in entries] == [
        "manifest.json", "params.json", "recipe.json", "features.json", "targets.json", "resolved.json", "history.json",
        "arrays.safetensors", "weights.safetensors",
    ]  # fmt: skip
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {oct(entry.external_attr >> 16) for entry in entries} == {oct(stat.S_IFREG | 0o644)}
    assert '"kind": "NNClassifier"' in manifest
    assert f'"keras": "{keras.__version__}"' in manifest


def test_an_estimator_that_is_not_fitted_is_not_saved(tmp_path):
    with pytest.raises(NotFittedError, match="This NNClassifier instance is not fitted yet"):
        NNClassifier(PLAIN).save(tmp_path / "m.nnb")
    assert list(tmp_path.iterdir()) == []


class Mine(NNClassifier):
    """A user's own class."""


def test_estimators_without_saved_form_are_refused(tmp_path):
    path = tmp_path / "m.nnb"
    own = Mine(PLAIN, **TINY).fit(X, SIGNS)
    assert failure(own.save, path) == (
        "m.nnb: can't be written: only NNClassifier, NNLanguageModel, NNMaskedLanguageModel, NNMultiOutput, "
        "NNRecommender, NNRegressor, NNTranslator can be saved, got Mine"
    )
    odd = FITS["two classes"]()
    object.__setattr__(odd._fitted.targets, "classes", np.array([1, 2], "longdouble"))
    assert failure(odd.save, path) == (
        "m.nnb: can't be written: labels of dtype float128 such as np.longdouble('1.0') have no form in JSON"
    )
    object.__setattr__(odd._fitted.targets, "classes", np.array([f"label {number:06d}" for number in range(250_000)]))
    assert failure(odd.save, path) == (
        "m.nnb: can't be written: targets.json would have 5000061 bytes; at most 4194304 are allowed"
    )
    assert list(tmp_path.iterdir()) == []


def test_the_table_of_members_lists_all_that_are_written(fits, tmp_path):
    fits("one more epoch").save(tmp_path / "m.nnb", notes={"data": "codes.csv"})
    names = set(zipfile.ZipFile(tmp_path / "m.nnb").namelist())
    # Of inputs of text; of ensembles with different networks; of ensembles that compare samples.
    elsewhere = {archive.VOCABULARY, archive.VARIANTS, archive.NEIGHBORS}
    assert names | elsewhere == set(archive.LIMITS)
