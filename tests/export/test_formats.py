"""Exported networks return the predictions of the estimator for prepared inputs, in every format."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from sklearn.exceptions import NotFittedError

from estimators.samples import classes, classifier, quantities, regressor
from few import few_of
from nnbuild import NNClassifier, NNRegressor, load
from nnbuild.export.formats import FORMATS
from nnbuild.inputs.preparations import prepared
from nnbuild.saved.archive import ModelFileError

X, Y = classes()
QUANTILE = {"type": "Quantile", "quantiles": [0.1, 0.5, 0.9]}
TWO_INPUTS = {
    "inputs": {"left": {"shape": [2]}, "right": {"shape": [2]}},
    "layers": [{"type": "Concatenate", "inputs": ["left", "right"]}, {"type": "Dense", "units": 3}],
}
LOGITS = {"type": "SparseCategoricalCrossentropy", "from_logits": True}
HALVES = {"left": X[:, :2], "right": X[:, 2:]}
FLIPPED = {"layers": [{"type": "RandomFlip"}, {"type": "Flatten"}, {"type": "Dense", "units": 4}]}
WORDS = {
    "inputs": {"text": {"kind": "text"}},
    "layers": [{"type": "Embedding", "input_dim": "auto", "output_dim": 2}, {"type": "GlobalAveragePooling1D"}],
}
FOLDED = {
    "params": {"width": 4},
    "layers": [{"type": "Dense", "units": "$width", "activation": "relu"}],
    "training": {
        "learning_rate": 0.1,
        "ensemble": {"folds": 2, "variants": [{}, {"width": 1}], "weights": "out_of_fold", "temperature": True},
    },
}
TABLE = pd.DataFrame({"size": X[:, 0], "city": [f"city {row % 25}" for row in range(len(X))]})
CASES = {
    "two classes": lambda: (classifier(), X, Y > 0),
    "two inputs": lambda: (
        NNClassifier(TWO_INPUTS, epochs=1, random_state=0),
        {"left": X[:, :2], "right": X[:, 2:]},
        Y,
    ),
    "quantities": lambda: (regressor(), X, np.stack([quantities()[1], X[:, 0]], axis=1)),
    "quantiles": lambda: (regressor(loss=QUANTILE, n_members=2), X, np.stack([quantities()[1], X[:, 0]], axis=1)),
    "members": lambda: (classifier(n_members=2), X, Y),
    "weights and temperature": lambda: (NNClassifier(FOLDED, epochs=3, random_state=0), X, Y),
    "images that are flipped": lambda: (NNClassifier(FLIPPED, epochs=1, random_state=0), X.reshape(-1, 2, 2, 1), Y),
    "table": lambda: (NNClassifier("mlp", epochs=1, random_state=0), TABLE, Y),
    "texts": lambda: (NNClassifier(WORDS, epochs=1, random_state=0), [f"word{y} word" for y in Y], Y),
    "doubles": lambda: (NNRegressor("mlp", training__precision="float64", epochs=1, random_state=0), *quantities()),
}


def read_onnx(path, inputs):
    session = pytest.importorskip("onnxruntime").InferenceSession(path)
    names = [one.name for one in session.get_inputs()]
    return session.run(None, {name: inputs[name] for name in names})[0]


def read_keras(path, inputs):
    return np.array(keras.models.load_model(path)(inputs if len(inputs) > 1 else next(iter(inputs.values()))))


def read_saved_model(path, inputs):
    return tf.saved_model.load(path).signatures["serving_default"](**inputs)["output_0"].numpy()


READERS = {"keras": read_keras, "savedmodel": read_saved_model, "onnx": read_onnx}
every_format = pytest.mark.parametrize(
    "name",
    [
        pytest.param(row.name, marks=pytest.mark.skipif(bool(row.missing()), reason=f"needs {row.packages}"))
        for row in FORMATS.values()
    ],
)


SLOW = {"members", "quantities", "doubles", "two inputs", "images that are flipped"}


@pytest.fixture(scope="module", params=few_of(CASES, *CASES.keys() - SLOW))
def case(request):
    """A fitted estimator, prepared inputs, and its predictions for them."""
    estimator, rows, y = CASES[request.param]()
    estimator.fit(rows, y)
    methods = (getattr(estimator, name, None) for name in ("predict_proba", "predict_quantiles", "predict"))
    given = next(filter(None, methods))(rows)
    inputs = prepared(np.array(rows, object) if isinstance(rows, list) else rows, estimator._fitted.preparations)
    specs = estimator.recipe_.inputs
    arrays = inputs if isinstance(inputs, dict) else {next(iter(specs)): inputs}
    return estimator, {name: np.asarray(arrays[name], specs[name]["dtype"]) for name in specs}, given


def test_every_format_is_read():
    assert READERS.keys() == FORMATS.keys()
    assert {name: row.name for name, row in FORMATS.items()} == {name: name for name in FORMATS}
    assert len({row.ending for row in FORMATS.values()}) == len(FORMATS)


@every_format
def test_an_exported_network_equals_the_estimator(case, name, tmp_path):
    estimator, inputs, given = case
    path = tmp_path / f"exported{FORMATS[name].ending}"
    estimator.export(path)
    assert list(tmp_path.iterdir()) == [path]
    found = READERS[name](path, inputs)
    np.testing.assert_allclose(found, given.reshape(len(given), -1), rtol=1e-5, atol=1e-5)


@pytest.fixture(scope="module")
def fitted():
    return classifier().fit(X, Y)


def failure(estimator, path, name=None):
    with pytest.raises(ModelFileError) as caught:
        estimator.export(path, name)
    return str(caught.value)


@pytest.mark.parametrize("name", ["keras", "savedmodel"])
def test_a_loaded_estimator_replaces_a_file_or_folder(fitted, name, tmp_path):
    path = tmp_path / f"exported{FORMATS[name].ending}"
    classifier(random_state=1).fit(X, Y).export(path)
    fitted.save(tmp_path / "m.nnb")
    load(tmp_path / "m.nnb").export(path)
    np.testing.assert_allclose(
        READERS[name](path, {"input": X.astype("float32")}), fitted.predict_proba(X), rtol=1e-5, atol=1e-5
    )


def test_an_unknown_suffix_lists_the_formats(fitted, tmp_path):
    path = tmp_path / "m.h5"
    assert failure(fitted, path) == (
        f"{path}: can't be written: no format has the suffix '.h5'\n"
        "  allowed: .keras (keras), .onnx (onnx), no suffix (savedmodel)"
    )


@pytest.mark.parametrize(
    "file, name, found, hint",
    [
        ("m.h5", "keras", "a Keras file requires the suffix '.keras'", "m.h5.keras"),
        ("m.keras", "onnx", "an ONNX file requires the suffix '.onnx'", "m.keras.onnx"),
    ],
)
def test_files_require_the_suffix_of_their_format(fitted, file, name, found, hint, tmp_path):
    path = tmp_path / file
    assert failure(fitted, path, name) == f"{path}: can't be written: {found}\n  hint: name it {tmp_path / hint}"
    assert not path.exists()


@pytest.mark.parametrize("file, missing", [(".keras", "before"), ("x.", "after")])
def test_names_without_stem_or_suffix(fitted, file, missing, tmp_path):
    path = tmp_path / file
    assert failure(fitted, path) == (
        f"{path}: can't be written: '{file}' has nothing {missing} its dot\n"
        "  allowed: .keras (keras), .onnx (onnx), no suffix (savedmodel)"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_folder_may_have_any_name(fitted, tmp_path):
    fitted.export(tmp_path / "v1.5", "savedmodel")
    assert (tmp_path / "v1.5" / "saved_model.pb").is_file()


def test_an_unknown_format_lists_the_formats(fitted, tmp_path):
    path = tmp_path / "m"
    assert failure(fitted, path, "kears") == (
        f"{path}: can't be written: unknown format 'kears'\n"
        "  allowed: keras, onnx, savedmodel\n"
        "  hint: did you mean 'keras'?"
    )


def test_missing_packages_of_a_format(fitted, tmp_path, monkeypatch):
    monkeypatch.setattr("nnbuild.export.format.find_spec", lambda name: None)
    path = tmp_path / "m.onnx"
    assert failure(fitted, path) == (
        f"{path}: can't be written: the format onnx needs the packages onnx and tf2onnx\n"
        "  hint: pip install onnx tf2onnx"
    )


def test_operations_that_onnx_lacks(tmp_path):
    pytest.importorskip("onnx")
    pytest.importorskip("tf2onnx")
    path = tmp_path / "m.onnx"
    estimator = NNClassifier({"layers": [{"type": "Dense", "units": 2, "activation": "gelu"}]}, epochs=1).fit(X, Y)
    assert failure(estimator, path) == (
        f"{path}: can't be written: ONNX does not support the operation 'Erfc' of TensorFlow\n"
        "  hint: the formats keras and savedmodel support every network"
    )
    assert list(tmp_path.iterdir()) == []


def test_one_class_has_no_network(tmp_path):
    path = tmp_path / "m.keras"
    estimator = classifier().fit(X, np.zeros(len(X)))
    assert failure(estimator, path) == f"{path}: can't be written: there is no network, because y had only one class"


def test_an_estimator_that_is_not_fitted(tmp_path):
    with pytest.raises(NotFittedError):
        classifier().export(tmp_path / "m.keras")


@pytest.mark.parametrize("name", ["keras", "savedmodel"])
def test_a_failed_write_keeps_the_old_file_or_folder(fitted, name, tmp_path, monkeypatch):
    path = tmp_path / f"exported{FORMATS[name].ending}"
    fitted.export(path)
    before = contents(tmp_path)

    def half(model, partial):
        partial.write_bytes(b"half")
        raise OSError(28, os.strerror(28))

    monkeypatch.setitem(vars(FORMATS[name]), "write", half)
    assert failure(fitted, path) == f"{path}: can't be written: No space left on device"
    assert contents(tmp_path) == before


def contents(folder):
    return {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


class TestFolders:
    """A SavedModel is a folder and replaces no other folder."""

    @pytest.mark.parametrize(
        "files, reason",
        [
            (["rows.csv"], "is a folder that contains 'rows.csv'"),
            (["saved_model.pb", "variables/variables.csv"], "is a folder that contains 'variables/variables.csv'"),
            (["saved_model.pb", "variables/old/variables.index"], "is a folder that contains 'variables/old'"),
            (["saved_model.pb", "assets/words.txt"], "is a folder that contains 'assets/words.txt'"),
            (["saved_model.pb/rows.csv"], "is a folder that contains 'saved_model.pb'"),
            (["fingerprint.pb"], "is a folder without 'saved_model.pb'"),
        ],
    )
    def test_other_folders_are_not_replaced(self, fitted, files, reason, tmp_path):
        path = tmp_path / "served"
        for file in files:
            (path / file).parent.mkdir(parents=True, exist_ok=True)
            (path / file).touch()
        before = contents(path)
        assert failure(fitted, path) == f"{path}: {reason}, and is not replaced\n  hint: use the name of a new folder"
        assert contents(path) == before

    def test_a_link_in_a_saved_model_is_not_replaced(self, fitted, tmp_path):
        path, rows = tmp_path / "served", tmp_path / "rows"
        path.mkdir()
        rows.mkdir()
        (path / "saved_model.pb").touch()
        (path / "variables").symlink_to(rows)
        assert failure(fitted, path) == (
            f"{path}: is a folder that contains 'variables', and is not replaced\n  hint: use the name of a new folder"
        )

    @pytest.mark.parametrize("path", [".", "{}", "link", "../here/"])
    def test_the_current_folder_is_not_replaced(self, fitted, path, tmp_path, monkeypatch):
        here = tmp_path / "here"
        here.mkdir()
        monkeypatch.chdir(here)
        (tmp_path / "link").symlink_to(here)
        path = str(tmp_path / "link") if path == "link" else path.format(here)
        assert failure(fitted, path) == (
            f"{Path(path)}: is the current folder, and is not replaced\n  hint: use the name of a new folder"
        )
        assert list(here.iterdir()) == []

    def test_a_parent_of_the_current_folder_is_not_replaced(self, fitted, tmp_path, monkeypatch):
        (tmp_path / "served" / "variables").mkdir(parents=True)
        (tmp_path / "served" / "saved_model.pb").touch()
        monkeypatch.chdir(tmp_path / "served" / "variables")
        for path in ("..", tmp_path / "served"):
            assert failure(fitted, path) == (
                f"{path}: is a folder that contains the current one, and is not replaced\n"
                f"  hint: use the name of a new folder"
            )

    def test_a_file_is_not_replaced_by_a_folder(self, fitted, tmp_path):
        (tmp_path / "file").write_text("1,2")
        assert failure(fitted, tmp_path / "file") == f"{tmp_path / 'file'}: is a file, not a folder"

    def test_a_folder_is_not_replaced_by_a_file(self, fitted, tmp_path):
        (tmp_path / "m.keras").mkdir()
        assert failure(fitted, tmp_path / "m.keras") == f"{tmp_path / 'm.keras'}: is a folder, not a file"

    def test_a_killed_process_keeps_the_old_folder_and_the_next_export_cleans_up(self, fitted, tmp_path):
        path = tmp_path / "served"
        fitted.export(path)
        before = contents(path)
        with subprocess.Popen([sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout.readline() == "half\n"
            (partial,) = set(tmp_path.iterdir()) - {path}
            fitted.export(path)  # the partial folder of a running process is kept
            assert partial.exists()
            process.send_signal(signal.SIGKILL)
        assert contents(path).keys() == before.keys()
        assert (partial / "served" / "saved_model.pb").read_bytes() == b"half"
        fitted.export(path)
        assert list(tmp_path.iterdir()) == [path]


WRITER = """
import sys, time
from nnbuild.files.writing import replacing_path
from nnbuild.export.saved_model import FORMAT
with replacing_path(sys.argv[1], FORMAT.parts) as partial:
    partial.mkdir()
    (partial / "saved_model.pb").write_bytes(b"half")
    print("half", flush=True)
    time.sleep(60)
"""
