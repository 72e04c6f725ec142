"""Gradients against central differences: each layer of the catalog, and gradients that are wrong on purpose."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import nnbuild
from layer_cases import ROWS, batches, by_layer, network
from nnbuild.errors import BackendError
from nnbuild.inspect import gradients
from nnbuild.inspect.numeric import TOLERANCE, checks, in_float64
from nnbuild.inspect.passes import Batch
from nnbuild.train.common.losses import Objective
from nnbuild.train.common.model_cache import model_to_train

X = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")


def around(name, row):
    """The layer of a row behind a Dense for each input of floats, and before a Dense with one unit."""
    recipe = network(name, row)
    (node,) = recipe["layers"]
    before = []
    for one, shape in zip(node["inputs"], row.shapes, strict=True):
        if row.dtype == "float32":
            before.append({"type": "Dense", "name": f"before_{one}", "units": shape[-1], "inputs": [one]})
    node = {**node, "inputs": [one["name"] for one in before] or node["inputs"]}
    flat = [{"type": "Flatten"}] if len(row.shapes[0]) > 2 else []
    layers = [*before, node, *flat, {"type": "Dense", "name": "after", "units": 1}]
    return {**recipe, "layers": layers, "training": {"loss": "mse"}}


def checked(recipe, batch, training=True):
    """The comparison of each trainable weight of a recipe with central differences, by name."""
    resolved = in_float64(nnbuild.resolve(recipe))
    model = model_to_train(resolved, 0)
    (name,) = resolved.outputs
    inputs = {key: np.asarray(value) for key, value in (batch if isinstance(batch, dict) else {"": batch}).items()}
    tensors = {key: tf.constant(v.astype("float64") if v.dtype.kind == "f" else v) for key, v in inputs.items()}
    n = len(next(iter(inputs.values())))
    X = tensors.get("", tensors)
    y = tf.reshape(tf.range(tf.size(found := model(X)), dtype=tf.float64), found.shape) / tf.size(found, tf.float64)
    one = Batch(X, {name: y}, {name: tf.ones(n, tf.float64)})
    found = checks(model, Objective.of([name], resolved.training, "float64"), one, training, 6, 0)
    return {variable.path: check for variable, check in zip(model.trainable_variables, found, strict=True)}


def test_a_wrong_gradient_is_found():
    @keras.saving.register_keras_serializable("tests")
    class Tripled(keras.layers.Dense):
        """A Dense whose kernel has three times its gradient."""

        def call(self, inputs, training=None):
            return tripled(inputs, self.kernel.value) + self.bias

    recipe = {"nnbuild": 1, "layers": [{"type": "tests>Tripled", "units": 2, "name": "wrong"}]}
    found = gradients(recipe, X, np.linspace(0, 1, 8), check=True)
    errors = {name: check.error for name, check in found.checks.items()}
    assert errors.pop("wrong/kernel") == pytest.approx(2 / 3)
    assert max(errors.values()) < TOLERANCE
    assert found.max_error == pytest.approx(2 / 3)


def test_a_network_without_float64_is_an_error():
    layers = [{"type": "AveragePooling3D", "pool_size": 1}, {"type": "Flatten"}, {"type": "Dense", "units": 1}]
    recipe = {"nnbuild": 1, "layers": layers, "outputs": "last", "training": {"loss": "mse"}}
    cubes = np.ones((2, 2, 2, 2, 1), "float32")
    assert gradients(recipe, cubes, [0.5, 1.5], row=0)["dense_1"]["bias"].gradient.values.tolist() != [0.0]
    found = r"^gradients can't be checked, because the network has no float64: .*\n  hint: leave check out$"
    with pytest.raises(BackendError, match=found):
        gradients(recipe, cubes, [0.5, 1.5], row=0, check=True)


def test_kinks_are_left_out():
    # The unit of a ReLU is exactly at its kink for the second sample.
    layers = [{"type": "Dense", "units": 1, "activation": "relu", "kernel_initializer": "ones", "name": "kink"}]
    recipe = {"nnbuild": 1, "layers": layers, "outputs": "last", "training": {"loss": "mse"}}
    found = gradients(recipe, [[1.0, 2.0], [1.0, -1.0]], [0.0, 1.0], row=[0, 1], check=True)
    assert {name: (check.n_compared, check.n_left_out) for name, check in found.checks.items()} == {
        "kink/kernel": (0, 2),
        "kink/bias": (0, 1),
    }


@tf.custom_gradient
def tripled(x, kernel):
    def gradient(by_output):
        return by_output @ tf.transpose(kernel), 3 * tf.transpose(x) @ by_output

    return x @ kernel, gradient


# Layers that can't be compared in this network, or whose gradient is not the derivative, and the reason.
DIFFERENT = {
    **dict.fromkeys(
        ["AdaptiveAveragePooling3D", "AdaptiveMaxPooling3D", "AveragePooling3D", "MaxPooling3D", "MelSpectrogram"],
        "TensorFlow computes it in float32 only",
    ),
    **dict.fromkeys(["LogVariance", "MemberAverage"], "must be the last layer of an output"),
    "AugMix": "draws numbers from several generators, and rounds pixels",
    "AutoContrast": "rounds pixels",
    **dict.fromkeys(
        ["RandomPerspective", "RandomRotation", "RandomShear", "RandomZoom"],
        "TensorFlow approximates the gradient of image transforms",
    ),
    "RandomSaturation": "has no gradient for its inputs",
    "SpectralNormalization": "changes its kernel in each pass",
}


def is_compared(name, row):
    # The corrections of `renorm` have no gradient. The states of a list of cells are float32 in Keras.
    left_out = row.arguments.get("renorm") or isinstance(row.arguments.get("cell"), list)
    return name not in DIFFERENT and not left_out


@pytest.mark.slow
@pytest.mark.parametrize(("name", "row"), by_layer([row for row in ROWS if is_compared(*row)]))
def test_gradients_of_every_layer_agree_with_central_differences(name, row):
    found = checked(around(name, row), batches(row, 3))
    errors = {weight: check.error for weight, check in found.items() if check.error is not None}
    assert errors
    assert {weight: error for weight, error in errors.items() if error >= TOLERANCE} == {}
