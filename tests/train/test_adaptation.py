"""Initial weights that depend on samples: initializers, layers with statistics, and their place in both engines."""

import numpy as np
import pytest
from scipy import sparse

import nnbuild
from messages import node, problem
from nnbuild import NNClassifier, NNRegressor
from nnbuild.keras_initializers import DataPoints, UnitVariance
from nnbuild.train.common.adaptation import MAX_SAMPLES, adapt
from nnbuild.train.common.batches import make_data

RNG = np.random.default_rng(0)
X = (RNG.normal(size=(60, 3)) * [1, 5, 0.1] + [0, 3, 1]).astype("float32")
Y = np.arange(60) % 2
UNITS = {"kernel_initializer": "unit_variance", "bias_initializer": "data_points"}
ENCODING = node("PiecewiseLinearEncoding", n_bins=4, name="encoding")


def adapted(layers, X, shape=None, y=None, seed=0, rows=None, kept=(), **keys):
    """A model whose weights depend on the samples `rows` of X, its network and its weights by layer."""
    recipe = {"nnbuild": 1, "layers": layers, "outputs": "last", "training": {"loss": "mse"}, **keys}
    resolved = nnbuild.resolve(recipe, X.shape[1:] if shape is None else shape)
    model = nnbuild.build(resolved, seed=seed)
    inputs = X if shape is None else {name: X[name] for name in X}
    n_rows = len(inputs) if shape is None else len(next(iter(inputs.values())))
    data = make_data(inputs, np.zeros(n_rows), None, ["output"])
    data = data if rows is None else type(data)(data.X, data.y, data.weights, data.sample_weights, np.asarray(rows))
    adapt(model, resolved, seed, data, kept)
    return model


def weights_of(model, name):
    return model.get_layer(name).get_weights()


# --- Initializers


def test_factors_give_unit_variance():
    outputs = RNG.normal(size=(50, 3)) * [1e-6, 1, 100]
    factors = UnitVariance().of_samples(outputs, RNG)
    np.testing.assert_allclose(factors, 1 / (outputs.std(axis=0) + 1e-3))
    assert UnitVariance().of_samples(np.ones((5, 1)), RNG) == 1


def test_biases_are_means_of_points():
    outputs = RNG.normal(size=(50, 20))
    one = -DataPoints(n_points=1).of_samples(outputs, np.random.default_rng(1))
    assert np.isclose(outputs, one).any(axis=0).all()
    many = -DataPoints(n_points=2000).of_samples(outputs, np.random.default_rng(1))
    np.testing.assert_allclose(many, outputs.mean(axis=0), atol=0.15)


def test_start_values_without_samples():
    model = nnbuild.build({"layers": [node("Dense", units=400, **UNITS)], "outputs": "last"}, (50,), seed=0)
    kernel, bias = model.get_weights()
    assert kernel.std() == pytest.approx(1, rel=0.02)
    assert not bias.any()


# --- Layers


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (node("Dense", units=4, activation="relu"), (3,)),
        (node("NTPDense", units=4, activation={"type": "LeakyReLU"}), (3,)),
        (node("Dense", units=4), (7, 3)),
        (node("Conv1D", filters=4, kernel_size=2, activation="tanh"), (7, 3)),
        (node("Conv2D", filters=4, kernel_size=2, strides=2), (5, 5, 3)),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else "",
)
def test_units_have_variance_1_and_zeros_among_the_samples(layer, shape):
    samples = RNG.normal(2, 3, (60, *shape)).astype("float32")
    model = adapted([{**layer, "name": "layer", **UNITS}], samples)
    found = model.get_layer("layer")
    found.activation = None
    outputs = found(samples).numpy().reshape(-1, 4)
    np.testing.assert_allclose(outputs.std(axis=0), 1, rtol=5e-3)
    assert (outputs.min(axis=0) < 0).all()
    assert (outputs.max(axis=0) > 0).all()
    assert found.bias.numpy().all()


def test_layers_are_initialized_one_after_the_other():
    layers = [node("Dense", units=8, activation="relu", name=name, **UNITS) for name in ("first", "second", "third")]
    model = adapted(layers, X)
    hidden = X
    for name in ("first", "second", "third"):
        kernel, bias = weights_of(model, name)
        np.testing.assert_allclose((hidden @ kernel).std(axis=0), 1, rtol=5e-3)
        hidden = np.maximum(hidden @ kernel + bias, 0)


def test_a_branch_is_initialized_by_its_own_outputs():
    branches = {"raw": [node("Dense", units=4, name="raw", **UNITS)], "other": [ENCODING, node("Dense", units=4)]}
    model = adapted([node("Parallel", name="both", merge="Add", branches=branches)], X)
    np.testing.assert_allclose((X @ weights_of(model, "both.raw.raw")[0]).std(axis=0), 1, rtol=5e-3)


def test_a_shared_layer_is_initialized_once():
    layers = [node("Dense", units=3, name="dense", **UNITS), node("Shared", node="dense")]
    model = adapted(layers, X)
    np.testing.assert_allclose((X @ weights_of(model, "dense")[0]).std(axis=0), 1, rtol=5e-3)


def test_an_encoding_learns_from_all_samples():
    model = adapted([ENCODING], X, rows=np.arange(10))
    edges = np.quantile(X, np.linspace(0, 1, 5), axis=0).T
    np.testing.assert_allclose(model.get_layer("encoding").edges, edges, rtol=1e-6)


def test_an_encoding_after_a_layer_learns_from_its_outputs():
    model = adapted([node("Dense", units=2, name="dense", **UNITS), ENCODING], X)
    outputs = model.get_layer("dense")(X).numpy()
    np.testing.assert_allclose(
        model.get_layer("encoding").edges, np.quantile(outputs, np.linspace(0, 1, 5), axis=0).T, rtol=1e-5, atol=1e-6
    )


def test_inputs_by_name():
    inputs = {"numbers": {"shape": [3]}, "ids": {"shape": [2], "dtype": "int32"}}
    layers = [
        node("PiecewiseLinearEncoding", n_bins=4, name="encoding", inputs=["numbers"]),
        node("Embedding", input_dim=5, output_dim=2, inputs=["ids"]),
        node("Flatten"),
        node("Dense", units=3, name="dense", **UNITS),
        node("Concatenate", inputs=["encoding", "dense"]),
    ]
    ids = RNG.integers(0, 5, (60, 2)).astype("int32")
    model = adapted(layers, {"numbers": X, "ids": ids}, {"numbers": (3,), "ids": (2,)}, inputs=inputs)
    np.testing.assert_allclose(model.get_layer("encoding").edges[:, 0], X.min(axis=0), rtol=1e-6)
    flat = model.get_layer("embedding_1").get_weights()[0][ids].reshape(60, 4)
    np.testing.assert_allclose((flat @ weights_of(model, "dense")[0]).std(axis=0), 1, rtol=0.1)


# --- Samples


LAYERS = [node("Dense", units=4, name="first", **UNITS), node("Dense", units=2, name="second", **UNITS)]


def test_other_samples_do_not_change_initial_weights():
    other = X.copy()
    other[30:] = 1e6
    found = [adapted(LAYERS, samples, rows=np.arange(30)).get_weights() for samples in (X, other)]
    assert all(map(np.array_equal, *found))
    assert not np.array_equal(adapted(LAYERS, other).get_weights()[0], found[0][0])


def test_at_most_512_samples_are_used():
    samples = RNG.normal(size=(3 * MAX_SAMPLES, 3)).astype("float32")
    samples[RNG.permutation(len(samples))[:-MAX_SAMPLES]] = 0
    kernels = [weights_of(adapted(LAYERS, samples, seed=seed), "first")[0] for seed in (0, 0, 1)]
    assert np.array_equal(kernels[0], kernels[1])
    deviations = (samples @ kernels[0]).std(axis=0)
    assert np.allclose(deviations, 1, rtol=0.2)
    assert not np.allclose(deviations, 1, rtol=1e-3)  # of all samples


def test_weights_from_elsewhere_are_kept():
    start, found = adapted(LAYERS, X, kept=range(4)), adapted(LAYERS, X, kept=[0])
    assert np.array_equal(start.get_weights()[0], found.get_weights()[0])
    assert not np.array_equal(start.get_weights()[1], found.get_weights()[1])


def test_a_network_without_such_layers_needs_no_samples():
    resolved = nnbuild.resolve({"layers": [node("Dense", units=2)]}, (3,), n_outputs=2)
    adapt(nnbuild.build(resolved, seed=0), resolved, 0, None)


def test_a_seed_in_the_recipe():
    given = {"type": "DataPoints", "seed": 3}
    layers = [node("Dense", units=2, kernel_initializer="ones", bias_initializer=given)]
    found = [adapted(layers, X, seed=seed).get_weights()[1] for seed in (0, 1)]
    np.testing.assert_array_equal(*found)


# --- Both engines


RECIPE = {
    "nnbuild": 1,
    "layers": [
        node(
            "Parallel",
            name="first",
            merge="Add",
            branches={
                "raw": [node("NTPDense", units=4, **UNITS)],
                "encoded": [{**ENCODING, "columns": "auto"}, node("NTPDense", units=4, use_bias=False)],
            },
        ),
        node("Dropout", rate=0.5),
        node("NTPDense", units="auto", activation="auto", kernel_initializer="unit_variance"),
    ],
    "outputs": "last",
    "training": {"optimizer": {"type": "SGD", "learning_rate": 1e-46}, "epochs": 1},  # 0 in float32
}


def fitted(X=X, **given):
    return NNClassifier(RECIPE, random_state=0, **given).fit(X, Y)


def initial_weights(**given):
    found = fitted(**given)
    return [member.weights.values for member in found._fitted.members]


def test_a_member_of_a_stack_starts_like_a_single_fit():
    given = {"n_members": 3, "bootstrap": True}
    alone, stacked = (initial_weights(engine=engine, **given) for engine in ("keras", "compiled"))
    for one, other in zip(alone, stacked, strict=True):
        assert all(map(np.array_equal, one, other))
    equal = list(map(np.array_equal, alone[0], alone[1]))
    assert equal[:2] == [True, False]  # the edges, which are of all samples, and the first kernel


def test_sparse_samples():
    found = fitted(sparse.csr_matrix(X))._fitted.members[0].weights.values
    assert all(map(np.array_equal, found, initial_weights(engine="keras")[0]))


def test_samples_of_weight_0_have_no_effect():
    weights = np.append(np.ones(60), np.zeros(20))
    more = NNClassifier(RECIPE, random_state=0, engine="keras")
    more.fit(np.vstack([X, 1e3 + X[:20]]), np.append(Y, Y[:20]), sample_weight=weights)
    found = more._fitted.members[0].weights.values
    assert all(map(np.array_equal, found, initial_weights(engine="keras")[0]))


def test_a_warm_start_keeps_the_edges():
    estimator = fitted(warm_start=True)
    edges = estimator.model_.get_layer("first.encoded.encoding").edges.numpy()
    estimator.fit(X * 10, Y)
    np.testing.assert_array_equal(estimator.model_.get_layer("first.encoded.encoding").edges, edges)


def test_edges_are_saved(tmp_path):
    estimator = fitted()
    estimator.save(tmp_path / "model.nnb")
    again = nnbuild.load(tmp_path / "model.nnb")
    np.testing.assert_array_equal(again.predict_proba(X), estimator.predict_proba(X))
    edges = again.model_.get_layer("first.encoded.encoding").edges
    np.testing.assert_allclose(edges, np.quantile(X, np.linspace(0, 1, 5), axis=0).T, rtol=1e-6)


# --- Targets

RATIOS = {"layers": [node("Scale", name="ratios", scale_initializer="log_count_ratio", trainable=False)]}
WORDS = (RNG.random((60, 4)) < 0.5).astype("float32")


def ratios(words, y):
    """Class-wise log-count ratios by their definition; of one class if there are two."""
    logs = []
    for label in np.unique(y)[-1:] if len(np.unique(y)) == 2 else np.unique(y):
        p, q = 1 + words[y == label].sum(axis=0), 1 + words[y != label].sum(axis=0)
        logs.append(np.log(p / p.sum()) - np.log(q / q.sum()))
    return np.sqrt(np.mean(np.square(logs), axis=0))


def scales(X, y, kind=NNClassifier, **given):
    found = kind(RATIOS, epochs=1, random_state=0, **given).fit(X, y)
    return [member.weights.values[0] for member in found._fitted.members]


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("form", [np.asarray, sparse.csr_matrix], ids=["dense", "sparse"])
def test_factors_are_log_count_ratios(form, n_classes):
    y = np.arange(60) % n_classes
    np.testing.assert_allclose(scales(form(WORDS), y), [ratios(WORDS, y)], rtol=1e-5)


def test_factors_do_not_depend_on_targets_of_the_validation_set():
    other = Y.copy()
    other[40:] = 1 - other[40:]
    own = [ratios(WORDS[:40], Y[:40])]
    for y in (Y, other):
        np.testing.assert_allclose(scales(WORDS, y, validation_fraction=1 / 3, validation="last"), own, rtol=1e-5)


@pytest.mark.parametrize("engine", ["keras", "compiled"])
def test_factors_of_a_member_do_not_depend_on_targets_of_its_fold(engine):
    y = RNG.normal(size=60)
    other = y.copy()
    other[7] += 100
    given = {"kind": NNRegressor, "engine": engine, "training__ensemble": {"folds": 3}}
    runs = [scales(WORDS, targets, **given) for targets in (y, other)]
    equal = [np.allclose(*pair, rtol=1e-6) for pair in zip(*runs, strict=True)]
    assert sorted(equal) == [False, False, True]


# --- Problems


def test_a_layer_without_linear_outputs():
    assert problem([node("LSTM", units=2, kernel_initializer="unit_variance")], (5, 3)) == (
        "layers[0].kernel_initializer: unit_variance requires outputs that are linear in the weights, which LSTM does "
        "not have\n  allowed: Conv1D, Conv2D, Conv3D, Dense, NTPDense"
    )


def test_an_initializer_of_another_weight():
    assert problem([node("Dense", units=2, bias_initializer={"type": "UnitVariance"})], (3,)) == (
        "layers[0].bias_initializer: UnitVariance is an initializer for kernel_initializer of a node of the network"
    )


def test_a_layer_inside_another():
    inner = node("Dense", units=2, bias_initializer="data_points")
    assert problem([node("TimeDistributed", layer=inner)], (5, 3)) == (
        "layers[0].layer.bias_initializer: data_points is an initializer for bias_initializer of a node of the network"
    )
