"""Private names of Keras that nnbuild/private uses: layers, models, initial values and global state.

A failure names the function and what to check at an update; CONTRIBUTING has the procedure.
"""

import inspect
import threading

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

import nnbuild.private.keras as of_keras
from nnbuild.plan import symbolic
from private_api import relies_on

# --- Keras: layers and models


@relies_on(of_keras.calls_of, "the nodes of keras.src.ops.node.Node in keras.Operation")
def test_calls_of():
    layer, one, other = keras.layers.LSTM(2), keras.Input((3, 4)), keras.Input((5, 4))
    mask = keras.ops.not_equal(other[:, :, 0], 0.0)
    first, second = layer(one), layer(other, mask=mask)
    found = of_keras.calls_of(layer)
    assert [id(call.input_tensors[0]) for call in found] == [id(one), id(other)]
    assert [id(call.output_tensors[0]) for call in found] == [id(first), id(second)]
    assert found[1].arguments.kwargs["mask"] is mask


@relies_on(of_keras.source_of, "the attribute of keras.KerasTensor that names its operation")
def test_source_of():
    layer, x = keras.layers.Dense(2), keras.Input((3,))
    assert of_keras.source_of(layer(x)) is layer
    assert of_keras.source_of(keras.ops.not_equal(x, 0.0)).name.startswith("not_equal")


@relies_on(of_keras.run_layers, "keras.src.ops.function.Function._run_through_graph and Functional.call")
def test_run_layers():
    inputs = {"one": keras.Input((3,), name="one"), "two": keras.Input((3,), name="two")}
    dense, add = keras.layers.Dense(3), keras.layers.Add()
    model = keras.Model(inputs, add([dense(inputs["one"]), inputs["two"]]))
    called = []

    def call(layer, *arguments, **named):
        called.append(layer)
        return layer(*arguments, **named)

    arrays = {name: np.full((2, 3), value, "float32") for value, name in enumerate(("two", "one"))}
    np.testing.assert_array_equal(of_keras.run_layers(model, arrays, call), model(arrays))
    assert called == [dense, add]


@relies_on(of_keras.all_layers, "how keras.Layer collects the layers inside it")
def test_all_layers():
    model = keras.Sequential([keras.Input((3, 4)), keras.layers.Bidirectional(keras.layers.LSTM(2))])
    found = of_keras.all_layers(model)
    assert found[0] is model
    kinds = [type(layer).__name__ for layer in found]
    assert (kinds.count("LSTM"), kinds.count("LSTMCell")) == (2, 2)


@relies_on(of_keras.mask_of, "keras.src.backend.common.masking")
def test_mask_of():
    ids = np.array([[1, 0], [2, 3]])
    assert of_keras.mask_of(keras.layers.Embedding(4, 2, mask_zero=True)(ids)).numpy().tolist() == (ids > 0).tolist()
    assert of_keras.mask_of(keras.layers.Embedding(4, 2)(ids)) is None


@relies_on(of_keras.set_mask, "keras.src.backend.common.masking")
def test_set_mask():
    layer, values, mask = keras.layers.LSTM(2), ops.ones((1, 3, 4)), ops.convert_to_tensor([[True, False, True]])
    marked = ops.copy(values)
    of_keras.set_mask(marked, mask)
    np.testing.assert_array_equal(layer(marked), layer(values, mask=mask))
    assert not np.array_equal(layer(marked), layer(values))


@relies_on(of_keras.restate, "how keras.KerasTensor holds shape and dtype; whether it can be set")
def test_restate():
    given = keras.layers.Dense(2)(keras.Input((3,)))
    for name in ("shape", "dtype", "sparse"):
        with pytest.raises(AttributeError, match="immutable"):
            setattr(given, name, None)
    of_keras.restate(given, dtype="int32")
    assert (given.dtype, given.shape) == ("int32", (None, 2))
    of_keras.restate(given, shape=(None, 5))
    assert (given.dtype, given.shape) == ("int32", (None, 5))
    of_keras.restate(given, sparse=True)
    assert given.sparse is True


@relies_on(of_keras.output_spec, "keras.src.backend.compute_output_spec")
def test_output_spec():
    seen = []
    found = of_keras.output_spec(lambda x: seen.append(type(x)) or x[:, :2], keras.KerasTensor((None, 4), "int32"))
    assert (type(found), found.shape, found.dtype) == (keras.KerasTensor, (None, 2), "int32")
    assert all(issubclass(kind, tf.Tensor) for kind in seen)


# --- Keras: compiled models


@relies_on(of_keras.compiled_with, "what keras.Model.compile keeps: CompileMetrics, CompileLoss")
def test_compiled_with():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    assert of_keras.compiled_with(model) == (None, None, None)
    model.compile(loss="mse", metrics=["mae"], weighted_metrics=["mse"], loss_weights=[0.5])
    assert of_keras.compiled_with(model) == (["mae"], ["mse"], [0.5])


@relies_on(of_keras.function_of, "keras.metrics.MeanMetricWrapper")
def test_function_of():
    def error(y_true, y_pred):
        return y_true - y_pred

    assert of_keras.function_of(keras.metrics.MeanMetricWrapper(error)) is error
    assert of_keras.function_of(keras.losses.MeanSquaredError()) is None


@relies_on(of_keras.function_arguments, "keras.src.losses.losses.LossFunctionWrapper")
def test_function_arguments():
    y_true, y_pred = np.array([[1.0, 0.0]]), np.array([[0.9, 0.1]])
    smoothed, plain = (keras.losses.CategoricalCrossentropy(label_smoothing=value) for value in (0.1, 0.0))
    arguments = of_keras.function_arguments(smoothed)
    assert arguments["label_smoothing"] == 0.1
    arguments["label_smoothing"] = 0.0
    assert float(smoothed(y_true, y_pred)) == float(plain(y_true, y_pred))
    assert of_keras.function_arguments(keras.optimizers.SGD()) == {}


@relies_on(of_keras.flash_attention, "whether get_config of attention layers has flash_attention now")
def test_flash_attention():
    for kind, heads in ((keras.layers.MultiHeadAttention, (2, 4)), (keras.layers.GroupQueryAttention, (4, 2, 1))):
        layer = kind(*heads, flash_attention=True)
        assert of_keras.flash_attention(layer) is True
        assert "flash_attention" not in layer.get_config()


# --- Keras: first values


def without_values() -> keras.Variable:
    def kernel() -> keras.Variable:
        layer = keras.layers.Dense(2, kernel_initializer="ones")
        layer.build((None, 3))
        return layer.kernel

    return symbolic.symbolically(kernel)


@relies_on(of_keras.initializer_of, "keras.Variable with a deferred value")
def test_initializer_of():
    variable = without_values()
    assert type(of_keras.initializer_of(variable)) is keras.initializers.Ones
    of_keras.allocate(variable, keras.initializers.Zeros())
    assert of_keras.initializer_of(variable) is None


@relies_on(of_keras.has_value, "keras.Variable with a deferred value")
def test_has_value():
    assert not of_keras.has_value(without_values())
    assert of_keras.has_value(keras.Variable([1.0]))


@relies_on(of_keras.allocate, "keras.Variable with a deferred value")
def test_allocate():
    variable = without_values()
    of_keras.allocate(variable, keras.initializers.Constant(3.0))
    assert of_keras.has_value(variable)
    assert variable.numpy().tolist() == [[3.0, 3.0]] * 3


@relies_on(of_keras.is_random, "the base class of keras.initializers.GlorotUniform")
def test_is_random():
    random = [name for name in dir(keras.initializers) if of_keras.is_random(fresh_initializer(name))]
    assert random == [
        "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "LecunNormal", "LecunUniform", "Orthogonal",
        "OrthogonalInitializer", "RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling", "glorot_normal",
        "glorot_uniform", "he_normal", "he_uniform", "lecun_normal", "lecun_uniform", "orthogonal", "random_normal",
        "random_uniform", "truncated_normal", "variance_scaling",
    ]  # fmt: skip


def fresh_initializer(name: str) -> object:
    kind = getattr(keras.initializers, name)
    needs = inspect.isclass(kind) and any(p.default is p.empty for p in inspect.signature(kind).parameters.values())
    return kind() if inspect.isclass(kind) and not needs and not inspect.isabstract(kind) else None


@relies_on(of_keras.given_seed, "keras.initializers.RandomNormal.get_config")
def test_given_seed():
    assert of_keras.given_seed(keras.initializers.RandomNormal(seed=5)) == 5
    drawn = keras.initializers.Orthogonal()
    assert (of_keras.given_seed(drawn), drawn.seed is None) == (None, False)


# --- Keras: its state


@relies_on(of_keras.thread_custom_objects, "keras.saving.custom_object_scope")
def test_thread_custom_objects():
    elsewhere = []
    with keras.saving.custom_object_scope({"Mine": keras.layers.Dense}):
        assert of_keras.thread_custom_objects()["Mine"] is keras.layers.Dense
        thread = threading.Thread(target=lambda: elsewhere.append(of_keras.thread_custom_objects()))
        thread.start()
        thread.join()
    assert elsewhere == [{}]


@relies_on(of_keras.exchange_name_counts, "keras.src.utils.naming.auto_name")
def test_exchange_name_counts():
    keras.layers.Dense(1)
    counts = of_keras.exchange_name_counts(None)
    try:
        assert [keras.layers.Dense(1).name for _ in range(2)] == ["dense", "dense_1"]
    finally:
        of_keras.exchange_name_counts(counts)
    before = counts["dense"]
    assert keras.layers.Dense(1).name == f"dense_{before}"


@relies_on(of_keras.draw_seeds_from, "keras.src.random.seed_generator.make_default_seed")
def test_draw_seeds_from():
    class Source:
        randint = staticmethod(lambda low, high: 77)

    of_keras.draw_seeds_from(Source)
    try:
        assert int(keras.random.SeedGenerator().state.numpy()[0]) == 77
        assert keras.initializers.RandomNormal().seed == 77
    finally:
        of_keras.draw_seeds_from(symbolic._random_module)
