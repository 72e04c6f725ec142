"""Exports of `model_` right after `fit`: SavedModel, Keras files, configurations, clones, ONNX."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import nnbuild
from estimators.samples import classes
from nnbuild import NNClassifier, NNRegressor

X, Y = classes()
TWO_INPUTS = {
    "inputs": {"left": {"shape": [2]}, "right": {"shape": [2]}},
    "layers": [{"type": "Concatenate", "inputs": ["left", "right"]}, {"type": "Dense", "units": 3}],
}
WORDS = {
    "inputs": {"word": {"dtype": "string", "shape": [1]}},
    "layers": [
        {"type": "StringLookup", "vocabulary": ["red", "green"]},
        {"type": "Embedding", "input_dim": 3, "output_dim": 2},
        {"type": "Flatten"},
    ],
}
RANDOM = {"layers": [{"type": "Dense", "units": 4}, {"type": "BatchNormalization"}, {"type": "Dropout", "rate": 0.5}]}


def halves(X):
    return {"left": X[:, :2].astype("float32"), "right": X[:, 2:].astype("float32")}


def words():
    model = nnbuild.build(WORDS, n_outputs=3, task="multiclass", seed=0)
    return model, tf.constant([["red"], ["blue"], ["green"]])


CASES = {
    "two inputs": lambda: (NNClassifier(TWO_INPUTS, epochs=1, random_state=0).fit(halves(X), Y).model_, halves(X)),
    "text": words,
    "random layers": lambda: (NNRegressor(RANDOM, epochs=1, random_state=0).fit(X, Y).model_, X.astype("float32")),
}


@pytest.fixture(scope="module", params=CASES)
def case(request):
    """A model, samples, and their predictions."""
    model, rows = CASES[request.param]()
    return model, rows, np.array(model(rows))


def test_saved_model(case, tmp_path):
    model, rows, given = case
    assert model._called  # Keras' export to ONNX requires it
    model.export(tmp_path / "saved", verbose=False)
    loaded = tf.saved_model.load(tmp_path / "saved")
    np.testing.assert_allclose(loaded.serve(rows), given, atol=1e-6)


def test_files_and_configurations(case, tmp_path):
    model, rows, given = case
    model.save(tmp_path / "model.keras")
    model.save_weights(tmp_path / "model.weights.h5")
    clone = keras.models.clone_model(model)
    clone.load_weights(tmp_path / "model.weights.h5")
    again = keras.Model.from_config(model.get_config())
    again.set_weights(model.get_weights())
    for other in (keras.models.load_model(tmp_path / "model.keras"), clone, again):
        np.testing.assert_allclose(np.array(other(rows)), given, atol=1e-6)


def test_onnx(case, tmp_path):
    runtime = pytest.importorskip("onnxruntime")
    pytest.importorskip("tf2onnx")
    model, rows, given = case
    model.export(tmp_path / "model.onnx", format="onnx", verbose=False)
    session = runtime.InferenceSession(tmp_path / "model.onnx")
    named = rows if isinstance(rows, dict) else {session.get_inputs()[0].name: np.asarray(rows)}
    np.testing.assert_allclose(session.run(None, named)[0], given, atol=1e-5)
