"""Private names of other libraries: what each function of nnbuild/private relies on, and that no other module has any.

A failure names the function and what to check at an update; CONTRIBUTING has the procedure.
"""

import ast
import functools
import inspect
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from keras import ops
from sklearn import config_context
from sklearn.base import BaseEstimator
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.dummy import DummyClassifier
from sklearn.metrics import get_scorer
from sklearn.preprocessing import StandardScaler
from tensorflow.python.eager import context
from tensorflow.python.framework.ops import gradient_registry

import nnbuild.private.keras as of_keras
import nnbuild.private.sklearn as of_sklearn
import nnbuild.private.tensorflow as of_tensorflow
from nnbuild.plan import symbolic

PACKAGE = Path(__file__).parents[1] / "nnbuild"
MODULES = (of_keras, of_sklearn, of_tensorflow)
TESTED: set[Callable] = set()


def relies_on(function: Callable, check: str) -> Callable:
    """A test of what `function` relies on; `check` is the part of the library to look at when it fails."""
    TESTED.add(function)

    def marked(test: Callable) -> Callable:
        @functools.wraps(test)
        def reported(*arguments, **named):
            try:
                test(*arguments, **named)
            except Exception as error:
                where = f"{function.__module__}.{function.__name__}"
                raise AssertionError(f"{where} is broken by this version: check {check}") from error

        return reported

    return marked


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
        of_keras.draw_seeds_from(symbolic._draws)


# --- Keras: layers that drop


@relies_on(of_keras.DropsScores, "keras.layers.Attention.call, and where it applies dropout")
@pytest.mark.parametrize("kind", [keras.layers.Attention, keras.layers.AdditiveAttention])
def test_drops_scores(kind):
    class Dropping(of_keras.DropsScores, kind):
        def dropped(self, x, rate):
            assert rate == 0.25
            return x * 0.0

    x, plain, dropping = ops.ones((1, 3, 2)), kind(dropout=0.25), Dropping(dropout=0.25)
    np.testing.assert_array_equal(dropping([x, x]), plain([x, x]))
    assert not np.any(dropping([x, x], training=True))


@relies_on(of_keras.DropsStates, "keras.src.layers.rnn.dropout_rnn_cell, and the call context of keras.Layer")
@pytest.mark.parametrize("kind", [keras.layers.LSTMCell, keras.layers.GRUCell, keras.layers.SimpleRNNCell])
def test_drops_states(kind):
    class Dropping(of_keras.DropsStates, kind):
        def dropped(self, x, rate):
            rates.add(rate)
            return x * 0.0

    rates, x = set(), ops.ones((1, 3, 2))
    keras.utils.set_random_seed(0)
    plain, dropping = keras.layers.RNN(kind(2)), keras.layers.RNN(Dropping(2, dropout=0.25, recurrent_dropout=0.5))
    plain.build(x.shape)
    dropping.build(x.shape)
    for variable, value in zip(dropping.trainable_variables, plain.trainable_variables, strict=True):
        variable.assign(value)
    np.testing.assert_array_equal(dropping(x), plain(x))
    assert rates == set()
    first = plain(x * 0.0, initial_state=None)
    if kind is keras.layers.SimpleRNNCell:  # others pass some of the state on
        np.testing.assert_array_equal(dropping(x, training=True), first)
    else:
        assert not np.array_equal(dropping(x, training=True), plain(x))
    assert rates == {0.25, 0.5}


# --- Keras: attention

ATTENTION = [(keras.layers.MultiHeadAttention, (2, 3)), (keras.layers.GroupQueryAttention, (3, 4, 2))]


@relies_on(of_keras.projections_of, "the dense layers of attention; whether GroupQueryAttention has public ones now")
@pytest.mark.parametrize(("kind", "heads"), ATTENTION)
def test_projections_of(kind, heads):
    layer, x = kind(*heads), ops.ones((1, 5, 6))
    layer(x, x)
    found = of_keras.projections_of(layer)
    assert [type(part) for part in found] == [keras.layers.EinsumDense] * 4
    names = ["query", "key", "value", "attention_output"]
    assert [part.name for part in found] == names
    assert hasattr(layer, "query_dense") is (kind is keras.layers.MultiHeadAttention)


@relies_on(of_keras.attended, "the order of steps in call of attention layers")
@pytest.mark.parametrize("dropout", [0.0, 0.5])
@pytest.mark.parametrize(("kind", "heads"), ATTENTION)
def test_attended(kind, heads, dropout):
    layer = kind(*heads, dropout=dropout)
    query, value = (keras.random.normal((2, n_steps, 6), seed=n_steps) for n_steps in (3, 5))
    seen = ops.convert_to_tensor(np.random.default_rng(0).random((2, 3, 5)) < 0.7)
    expected = layer(query, value, attention_mask=seen)
    dense, n_repeats = of_keras.projections_of(layer), getattr(layer, "num_repeats", 1)
    keys, values = (ops.repeat(part(value), n_repeats, axis=2) for part in (dense.key, dense.value))
    found = dense.output(of_keras.attended(layer, dense.query(query), keys, values, seen))
    np.testing.assert_array_equal(found, expected)


# --- Keras: optimizers


def variable(value: float = 1.0) -> keras.Variable:
    return keras.Variable([value], name="weight")


def gradient(value: float) -> tf.Tensor:
    return tf.constant([value])


@relies_on(of_keras.learning_rate_slot, "the setter of learning_rate in keras.optimizers.Optimizer")
def test_learning_rate_slot():
    optimizer, weight = keras.optimizers.SGD(0.5), variable()
    holder, key = of_keras.learning_rate_slot(optimizer)
    assert float(holder[key].numpy()) == 0.5
    holder[key] = tf.constant(0.25)
    optimizer.apply([gradient(1.0)], [weight])
    assert weight.numpy().tolist() == [0.75]


@relies_on(of_keras.identify_variables_by, "how keras.src.backend.tensorflow.optimizer_distribute identifies variables")
def test_identify_variables_by():
    seen, weight, optimizer = [], variable(), keras.optimizers.SGD()
    of_keras.identify_variables_by(optimizer, lambda one: seen.append(one) or id(one))
    optimizer.build([weight])
    assert any(one is weight for one in seen)


def common(optimizer: keras.Optimizer, *weights: keras.Variable, noted: list | None = None) -> keras.Optimizer:
    def apply(optimizer, gradients, variables):
        of_keras.update_variables(optimizer, gradients, variables)
        (noted if noted is not None else []).append("applied")

    def update(optimizer):
        (noted if noted is not None else []).append("updated")

    optimizer.__class__ = of_keras.common_optimizer(type(optimizer), apply, update)
    optimizer.build(list(weights))
    return optimizer


@relies_on(of_keras.common_optimizer, "keras.src.optimizers.base_optimizer beside its form for TensorFlow")
def test_common_optimizer():
    noted, weight = [], variable()
    optimizer = common(keras.optimizers.SGD(0.5), weight, noted=noted)
    with keras.StatelessScope() as scope:
        optimizer.apply([gradient(1.0)])
    assert noted == ["updated", "applied"]
    assert scope.get_current_value(weight).numpy().tolist() == [0.5]
    assert weight.numpy().tolist() == [1.0]


@relies_on(of_keras.update_variables, "the steps of apply in keras.src.optimizers.base_optimizer")
def test_update_variables():
    weight = variable()
    optimizer = common(keras.optimizers.SGD(0.5, clipvalue=0.5, weight_decay=0.25), weight)
    of_keras.update_variables(optimizer, [gradient(8.0)], [weight])
    assert weight.numpy().tolist() == [1.0 - 0.5 * 0.25 - 0.5 * 0.5]  # decay, then a clipped gradient


@relies_on(of_keras.trained_variables, "build in keras.src.optimizers.base_optimizer")
def test_trained_variables():
    weights = [variable(), variable()]
    optimizer = common(keras.optimizers.Adam(), *weights)
    assert list(map(id, of_keras.trained_variables(optimizer))) == list(map(id, weights))


@relies_on(of_keras.n_applied, "iterations in keras.src.optimizers.base_optimizer")
def test_n_applied():
    optimizer = keras.optimizers.SGD(gradient_accumulation_steps=2)
    for _ in range(3):
        optimizer.apply([gradient(1.0)], None if optimizer.built else [variable()])
    assert (int(of_keras.n_applied(optimizer)), int(optimizer.iterations)) == (3, 1)


@relies_on(of_keras.accumulated, "gradient accumulation in keras.src.optimizers.base_optimizer")
def test_accumulated():
    one, other = variable(), keras.Variable([1.0, 2.0])
    optimizer = keras.optimizers.SGD(gradient_accumulation_steps=2)
    optimizer.apply([gradient(3.0), tf.constant([4.0, 5.0])], [one, other])
    assert [place.numpy().tolist() for place in of_keras.accumulated(optimizer, [other, one])] == [[4.0, 5.0], [3.0]]


@relies_on(of_keras.moving_averages, "use_ema in keras.src.optimizers.base_optimizer")
def test_moving_averages():
    weight, optimizer = variable(), keras.optimizers.SGD(0.5, use_ema=True, ema_momentum=0.5)
    for _ in range(2):
        optimizer.apply([gradient(1.0)], None if optimizer.built else [weight])
    (average,) = of_keras.moving_averages(optimizer)
    assert (weight.numpy().tolist(), average.numpy().tolist()) == ([0.0], [0.25])


@relies_on(of_keras.update_moving_averages, "use_ema in keras.src.optimizers.base_optimizer")
def test_update_moving_averages():
    weight = variable(2.0)
    optimizer = common(keras.optimizers.SGD(use_ema=True, ema_momentum=0.5), weight)
    of_keras.update_moving_averages(optimizer)  # before the first step, of which nothing is kept
    assert [average.numpy().tolist() for average in of_keras.moving_averages(optimizer)] == [[2.0]]


@relies_on(of_keras.momentum_product, "build of keras.optimizers.Nadam")
def test_momentum_product():
    optimizer = keras.optimizers.Nadam()
    optimizer.build([variable()])
    product = of_keras.momentum_product(optimizer)
    assert float(product.numpy()) == 1.0
    assert any(one is product for one in optimizer.variables)
    assert of_keras.momentum_product(keras.optimizers.SGD()) is None


# --- TensorFlow


@relies_on(of_tensorflow.has_started, "the global context in tensorflow.python.eager.context")
def test_has_started(monkeypatch):
    tf.constant(1.0) + 1.0
    assert of_tensorflow.has_started()
    monkeypatch.setattr(context, "_context", context.Context())
    assert not of_tensorflow.has_started()
    monkeypatch.setattr(context, "_context", None)
    assert not of_tensorflow.has_started()


@relies_on(of_tensorflow.run_function, "how a ConcreteFunction of TensorFlow is called")
def test_run_function():
    concrete = tf.function(lambda x, y: [x + y, x - y], autograph=False).get_concrete_function(
        *[tf.TensorSpec((None,), tf.float32)] * 2
    )
    tensors = [tf.constant([3.0]), tf.constant([1.0])]
    found = of_tensorflow.run_function(concrete.name.decode(), 2, tensors)
    assert [one.numpy().tolist() for one in found] == [one.numpy().tolist() for one in concrete(*tensors)]


@relies_on(of_tensorflow.forget_gradients, "where tf.custom_gradient registers gradients of a graph")
def test_forget_gradients():
    @tf.custom_gradient
    def doubled(x):
        return x * 2.0, lambda upstream: upstream * 2.0

    def many_times(x):
        return tf.while_loop(lambda y: tf.reduce_sum(y) < 9.0, lambda y: (doubled(y),), (doubled(x),))[0]

    before = len(gradient_registry.list())
    concrete = tf.function(many_times, autograph=False).get_concrete_function(tf.TensorSpec((1,), tf.float32))
    assert len(gradient_registry.list()) > before, "TensorFlow registers nothing now: the function may go"
    of_tensorflow.forget_gradients(concrete.graph)
    assert len(gradient_registry.list()) == before
    assert concrete(tf.constant([1.0])).numpy().tolist() == [16.0]


@relies_on(of_tensorflow.vectorize_bitcast, "tensorflow.python.ops.parallel_for.pfor, and whether it has the rule now")
def test_vectorize_bitcast():
    of_tensorflow.vectorize_bitcast()
    values = tf.constant([[1.0, -0.0], [2.0, 0.0]])
    found = tf.vectorized_map(lambda x: tf.bitcast(x, tf.int32), values, fallback_to_while_loop=False, warn=False)
    np.testing.assert_array_equal(found, tf.bitcast(values, tf.int32))


# --- scikit-learn


@relies_on(of_sklearn.check_sample_weight, "sklearn.utils.validation for a public check of sample weights")
def test_check_sample_weight():
    rows = np.zeros((2, 1))
    assert of_sklearn.check_sample_weight([1, 2], rows).tolist() == [1.0, 2.0]
    with pytest.raises(ValueError, match=r"sample_weight.shape == \(3,\), expected \(2,\)!"):
        of_sklearn.check_sample_weight([1, 2, 3], rows)
    with pytest.raises(ValueError, match="Negative values in data passed to `sample_weight`"):
        of_sklearn.check_sample_weight([1, -2], rows, ensure_non_negative=True)


@relies_on(of_sklearn.check_input_features, "sklearn.utils.validation for the check of input_features")
def test_check_input_features():
    scaler = StandardScaler().fit(np.zeros((2, 2)))
    of_sklearn.check_input_features(scaler, None)
    of_sklearn.check_input_features(scaler, ["a", "b"])
    with pytest.raises(ValueError, match="input_features should have length equal to number of features"):
        of_sklearn.check_input_features(scaler, ["a"])


@relies_on(of_sklearn.in_container, "the adapters of sklearn.utils._set_output")
def test_in_container():
    def in_container(estimator):
        X = pd.DataFrame({"x": [5, 6]}, index=["first", "second"])
        return of_sklearn.in_container(np.eye(2), X, lambda: np.array(["a", "b"], object), estimator)

    assert isinstance(in_container(StandardScaler()), np.ndarray)
    table = in_container(StandardScaler().set_output(transform="pandas"))
    assert table.to_dict() == {"a": {"first": 1.0, "second": 0.0}, "b": {"first": 0.0, "second": 1.0}}
    with config_context(transform_output="polars"):
        assert in_container(StandardScaler()).columns == ["a", "b"]


class Shown(of_sklearn.ExtendedHTML, CallbackSupportMixin, BaseEstimator):
    def fit(self, X=None, y=None):
        self.context = of_sklearn.fit_context(self, max_subtasks=3)
        self.context.call_on_fit_task_begin(estimator=self, X=X, y=y)
        return self

    def _more_html(self):
        return "<p>more</p>"


@relies_on(of_sklearn.ExtendedHTML, "sklearn.utils._repr_html.base.ReprHTMLMixin")
def test_extended_html():
    html = Shown()._repr_mimebundle_()["text/html"]
    assert html.endswith("<p>more</p>")
    assert "sk-top-container" in html
    assert Shown()._repr_html_().endswith("<p>more</p>")
    with config_context(display="text"):
        assert list(Shown()._repr_mimebundle_()) == ["text/plain"]


@relies_on(of_sklearn.fit_context, "sklearn.callback.CallbackSupportMixin")
def test_fit_context():
    class WithCallbacks(Shown):
        fit = with_callbacks(Shown.fit)

    assert WithCallbacks().fit().context.max_subtasks == 3


@relies_on(of_sklearn.has_callbacks, "set_callbacks of sklearn.callback.CallbackSupportMixin")
def test_has_callbacks():
    class Silent:
        def setup(self, estimator, context): ...
        def teardown(self, estimator, context): ...
        def on_fit_task_begin(self, context, **arguments): ...
        def on_fit_task_end(self, context, **arguments): ...

    estimator = Shown()
    assert not of_sklearn.has_callbacks(estimator)
    assert of_sklearn.has_callbacks(estimator.set_callbacks(Silent()))
    assert not of_sklearn.has_callbacks(estimator.set_callbacks())


@relies_on(of_sklearn.is_fixed, "the attributes of scorers in sklearn.metrics._scorer")
def test_is_fixed():
    assert of_sklearn.is_fixed(get_scorer("f1_macro"), "pos_label")
    assert not of_sklearn.is_fixed(get_scorer("neg_brier_score"), "pos_label")


@relies_on(of_sklearn.takes_argument, "the attributes of scorers in sklearn.metrics._scorer")
def test_takes_argument():
    assert of_sklearn.takes_argument(get_scorer("f1"), "pos_label")
    assert not of_sklearn.takes_argument(get_scorer("accuracy"), "pos_label")


@relies_on(of_sklearn.with_arguments, "the attributes of scorers in sklearn.metrics._scorer")
def test_with_arguments():
    X, y = np.zeros((3, 1)), np.array(["a", "a", "b"])
    dummy = DummyClassifier(strategy="constant", constant="a").fit(X, y)
    plain = get_scorer("precision")
    before = repr(plain)
    assert of_sklearn.with_arguments(plain, {"pos_label": "a"})(dummy, X, y) == 2 / 3
    assert repr(plain) == before


@relies_on(of_sklearn.kind_of_metric, "the modules of sklearn.metrics")
def test_kind_of_metric():
    kinds = {"accuracy": "classification", "r2": "regression", "rand_score": "clustering", "roc_auc": "classification"}
    assert {name: of_sklearn.kind_of_metric(get_scorer(name)) for name in kinds} == kinds


# --- All of them


def test_every_function_has_a_test():
    public = {
        value
        for module in MODULES
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", "") == module.__name__
    }
    assert public - TESTED == {of_keras.Compiled, of_keras.Projections}  # what functions return


def test_every_function_states_what_it_replaces():
    missing = [function.__name__ for function in TESTED if "Replaces" not in (function.__doc__ or "")]
    assert missing == []


def test_a_failure_names_the_function_and_what_to_check():
    @relies_on(of_keras.mask_of, "keras.src.backend.common.masking")
    def fails():
        raise AttributeError("no attribute '_keras_mask'")

    with pytest.raises(AssertionError) as caught:
        fails()
    expected = "nnbuild.private.keras.mask_of is broken by this version: check keras.src.backend.common.masking"
    assert str(caught.value) == expected


# --- No other module


def test_private_names_are_in_one_place():
    assert violations(PACKAGE) == []


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("from keras.src import backend", "keras.src.backend"),
        ("def f():\n    import tensorflow.python.eager.context", "tensorflow.python.eager.context"),
        ("from sklearn.utils.validation import _check_y", "sklearn.utils.validation._check_y"),
        ("from joblib._parallel_backends import LokyBackend", "joblib._parallel_backends.LokyBackend"),
        ("import keras\nx = keras.src.backend", "keras.src"),
        ("import_module('keras.src.ops')", "keras.src.ops"),
        ("def f(layer):\n    return layer._losses_override", "_losses_override"),
        ("def f(tensor, mask):\n    tensor._keras_mask = mask", "_keras_mask"),
        ("class A:\n    def f(self):\n        self._dtype = 1\ndef f(tensor):\n    return tensor._dtype", "_dtype"),
        ("def f(metric):\n    return getattr(metric, '_fn', None)", "_fn"),
        ("def f(layer):\n    return vars(layer)['_tracker']", "_tracker"),
        ("class A(Layer):\n    def call(self):\n        return self._get_call_context()", "_get_call_context"),
        ("class A(BaseEstimator):\n    def _html_repr(self):\n        return ''", "_html_repr"),
    ],
)
def test_a_planted_violation_is_found(tmp_path, source, message):
    planted(tmp_path, source)
    line = source.count("\n") + (1 if "def _html_repr" not in source else 0)
    assert violations(tmp_path) == [f"train/new.py:{line}: {message} is private: put it behind nnbuild/private"]


@pytest.mark.parametrize(
    "source",
    [
        "from __future__ import annotations\nfrom keras.layers import Dense\nfrom sklearn import __version__",
        "class A:\n    def _own(self):\n        return self._kept, type(self).__name__\n    _kept = 1\nA()._own()",
        "class A:\n    def f(self):\n        self._own = 1\ndef f(a):\n    return getattr(a, '_own'), f'x{1}_loss'",
    ],
)
def test_what_is_allowed_is_not_reported(tmp_path, source):
    planted(tmp_path, source)
    assert violations(tmp_path) == []


def planted(package: Path, source: str) -> None:
    """A package with the real adapters, and one more module."""
    for name in ("train", "private"):
        (package / name).mkdir()
    (package / "train" / "new.py").write_text(source, "utf-8")
    for file in (PACKAGE / "private").glob("*.py"):
        (package / "private" / file.name).write_text(file.read_text("utf-8"), "utf-8")


def violations(package: Path) -> list[str]:
    """One line for each private name of another library in a module outside of private/."""
    trees = {file: ast.parse(file.read_text("utf-8")) for file in sorted(package.rglob("*.py"))}
    adapters = [tree for file, tree in trees.items() if file.parent.name == "private"]
    others = {file: tree for file, tree in trees.items() if file.parent.name != "private"}
    own = {name for tree in others.values() for node in ast.walk(tree) for name in defined(node)} | OF_PYTHON
    foreign = {name for tree in adapters for node in ast.walk(tree) for name in read(node) if not is_own(node)}
    hooks = methods(adapters) - {node.attr for tree in adapters for node in ast.walk(tree) if is_own(node)}
    return [
        f"{file.relative_to(package).as_posix()}:{node.lineno}: {name} is private: put it behind nnbuild/private"
        for file, tree in others.items()
        for node in ast.walk(tree)
        for name in (*private_imports(node), *foreign_names(node, own, foreign, hooks))
    ]


def private_imports(node: ast.AST) -> Iterator[str]:
    """Dotted names of private modules and names in modules that a node names."""
    names: list = []
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        names = [f"{node.module}.{alias.name}" for alias in node.names]
    elif isinstance(node, ast.Attribute) and ast.unparse(node) in INSIDE:
        names = [ast.unparse(node)]
    elif isinstance(node, ast.Constant) and str(node.value).startswith(tuple(f"{name}." for name in INSIDE)):
        names = [node.value]
    for name in names:
        parts = name.split(".")
        if parts[0] != "nnbuild" and (".".join(parts[:2]) in INSIDE or any(map(is_private, parts))):
            yield name


def foreign_names(node: ast.AST, own: set[str], foreign: set[str], hooks: set[str]) -> Iterator[str]:
    """Private attributes that a node reads, sets or overrides, of objects that are not nnbuild's."""
    if isinstance(node, ast.FunctionDef) and node.name in hooks:
        yield node.name
    for name in read(node):
        if name not in own or (name in foreign and not is_own(node)):
            yield name


def read(node: ast.AST) -> list[str]:
    """Private attributes that a node names: ``x._name``, ``getattr(x, "_name")``, ``vars(x)["_name"]``."""
    found: list = []
    if isinstance(node, ast.Attribute):
        found = [node.attr]
    elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in BY_NAME:
        found = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
    elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        found = [node.slice.value] if ast.unparse(node.value).startswith("vars(") else []
    return [name for name in found if isinstance(name, str) and is_private(name)]


def defined(node: ast.AST) -> list[str]:
    """Private names that a node defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return [node.id]
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and is_own(node):
        return [node.attr]
    return []


def methods(trees: list[ast.AST]) -> set[str]:
    """Private methods of the classes in some modules."""
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    functions = [node for kind in classes for node in kind.body if isinstance(node, ast.FunctionDef)]
    return {function.name for function in functions if is_private(function.name)}


def is_own(node: ast.AST) -> bool:
    """Whether a node is an attribute of the object itself."""
    return isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("self", "cls")


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and len(name) > 1


BY_NAME = ("getattr", "hasattr", "setattr", "delattr", "attrgetter", "methodcaller")
INSIDE = ("keras.src", "tensorflow.python", "tf.python")
OF_PYTHON = {"_fields", "_replace", "_asdict"}  # of named tuples
