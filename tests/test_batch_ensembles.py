"""Networks of members that share kernels: formulas, the loss of each member, both engines, saving and messages."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import nnbuild
from messages import node, problem
from nnbuild import NNClassifier, NNRegressor
from nnbuild.keras_layers import BatchEnsembleDense, MemberAverage
from nnbuild.train.common.losses import weighted_mean
from train.stacks import X, Y, assert_like_separate, member

RNG = np.random.default_rng(0)
RANDOM = {"type": "RandomNormal", "stddev": 1.0}
LAYERS = [
    node("BatchEnsembleDense", units=5, n_members=3, activation="tanh", input_scale_initializer=RANDOM),
    node("BatchEnsembleDense", units="auto", n_members=3, activation="auto", share_kernel=False),
    node("MemberAverage"),
]
RECIPE = {"nnbuild": 1, "layers": LAYERS, "outputs": "last"}


# --- Formulas


@pytest.mark.parametrize("shape", [(7, 4), (7, 3, 4)])
@pytest.mark.parametrize("share_kernel", [True, False])
def test_each_member_is_a_dense_layer(shape, share_kernel):
    inputs = RNG.normal(size=shape).astype("float32")
    layer = BatchEnsembleDense(5, 3, "tanh", share_kernel=share_kernel)
    layer.build(shape)
    layer.set_weights([RNG.normal(size=weight.shape) for weight in layer.weights])
    outputs = layer(inputs).numpy()
    for place in range(3):
        x = inputs if len(shape) == 2 else inputs[:, place]
        bias = layer.bias.numpy()[place]
        if share_kernel:
            r, s = layer.input_scale.numpy()[place], layer.output_scale.numpy()[place]
            wanted = ((x * r) @ layer.kernel.numpy()) * s + bias
        else:
            wanted = x @ layer.kernel.numpy()[place] + bias
        np.testing.assert_allclose(outputs[:, place], np.tanh(wanted), atol=1e-5)


def test_own_kernels_differ_and_have_the_variance_of_one_kernel():
    layer = BatchEnsembleDense(50, 4, share_kernel=False, kernel_initializer="he_normal")
    layer.build((None, 100))
    kernels = layer.kernel.numpy()
    np.testing.assert_allclose(kernels.std(axis=(1, 2)), np.sqrt(2 / 100), rtol=0.05)
    assert not np.array_equal(kernels[0], kernels[1])


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum"])
def test_the_loss_is_the_mean_over_the_members(reduction):
    members, y = RNG.dirichlet(np.ones(3), (6, 4)).astype("float32"), RNG.integers(0, 3, 6)
    weights = tf.constant([1, 2, 0.5, 3, 1, 0], tf.float32)
    loss = keras.losses.SparseCategoricalCrossentropy(reduction=reduction)
    average = MemberAverage()(members, training=True)
    np.testing.assert_allclose(average, members.mean(axis=1), rtol=1e-6)
    wanted = np.mean(
        [weighted_mean(loss, tf.constant(y), tf.constant(members[:, place]), weights) for place in range(4)]
    )
    np.testing.assert_allclose(weighted_mean(loss, tf.constant(y), average, weights), wanted, rtol=1e-6)
    evaluated = weighted_mean(loss, tf.constant(y), MemberAverage()(members, training=False), weights)
    assert float(evaluated) < wanted  # the loss of the average of probabilities is lower


# --- Training


def resolved(task="multiclass", n_outputs=3):
    return nnbuild.resolve(RECIPE, (4,), task=task, n_outputs=n_outputs)


def test_a_stack_trains_members_as_a_single_fit():
    weights = np.random.default_rng(1).uniform(0.5, 2, len(Y)).astype("float32")
    changes = {"label_smoothing": 0.1, "metrics": ["accuracy"], "class_weight": {0: 2.0, 1: 1.0, 2: 1.0}}
    fits = [
        member(resolved(), seed, validation=(X[:9], Y[:9], None), weights=weights, early_stopping=True, **changes)
        for seed in (0, 1)
    ]
    assert_like_separate(fits)


def test_training_has_the_loss_of_members_and_validation_that_of_the_average():
    targets = RNG.normal(size=(20, 2))
    estimator = NNRegressor(RECIPE, optimizer="sgd", learning_rate=1e-12, epochs=1, batch_size=20, random_state=0)
    inputs = X[:20]
    estimator.fit(inputs, targets, X_val=inputs, y_val=targets)
    network = estimator.model_
    end = next(layer for layer in network.layers if isinstance(layer, MemberAverage))
    members, average = (one.numpy() for one in keras.Model(network.input, [end.input, end.output])(inputs))
    np.testing.assert_allclose(members.mean(axis=1), average, atol=1e-6)
    scaled = (targets - targets.mean(axis=0)) / targets.std(axis=0)
    curves = estimator.history_.curves
    np.testing.assert_allclose(curves["loss"][0], np.mean((members - scaled[:, None]) ** 2), rtol=1e-4)
    np.testing.assert_allclose(curves["val_loss"][0], np.mean((average - scaled) ** 2), rtol=1e-4)


def test_a_fitted_network_is_saved(tmp_path):
    estimator = NNClassifier(RECIPE, epochs=2, random_state=0).fit(X, Y)
    estimator.save(tmp_path / "model.nnb")
    probabilities = estimator.predict_proba(X)
    np.testing.assert_array_equal(nnbuild.load(tmp_path / "model.nnb").predict_proba(X), probabilities)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
    estimator.model_.save(tmp_path / "model.keras")
    exported = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(exported.predict(X, verbose=0), probabilities, atol=1e-6)


# --- Messages


def test_an_average_before_the_output_layer():
    assert problem([node("BatchEnsembleDense", units=5), node("MemberAverage")], (4,)) == (
        "layers[1]: MemberAverage 'member_average_1' must be the last layer of an output: the loss of a training "
        "depends on its inputs\n"
        "  hint: set 'outputs' to 'last', and units and activation of the layer before it to 'auto'"
    )


def test_an_average_inside_another_layer():
    layers = [node("Reshape", target_shape=[2, 2, 1]), node("TimeDistributed", layer=node("MemberAverage"))]
    assert problem([*layers, node("Flatten")], (4,)).startswith(
        "layers[1]: MemberAverage in TimeDistributed 'time_distributed_1' must be the last layer of an output"
    )


def test_an_output_without_an_average():
    assert problem(LAYERS[:2], (4,), outputs="last") == (
        "layers[1]: the output shape is (3, 3), but the output of a multiclass task has one axis\n"
        "  shapes: input (4,) -> batch_ensemble_dense_1 (3, 5) -> batch_ensemble_dense_2 (3, 3)\n"
        "  hint: add Flatten or a global pooling before the last layer, or MemberAverage after layers with members"
    )


def test_another_number_of_members():
    layers = [node("BatchEnsembleDense", units=5, n_members=3), node("BatchEnsembleDense", units=5, n_members=4)]
    assert problem(layers, (4,)) == (
        "layers[1]: Keras can't apply BatchEnsembleDense 'batch_ensemble_dense_2' here: BatchEnsembleDense has 4 "
        "members, but its input has 3\n  shapes: input (4,) -> batch_ensemble_dense_1 (3, 5)"
    )
