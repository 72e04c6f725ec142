"""What Keras finds out only when a layer computes or its weights are made, found by describe."""

import keras
import numpy as np
import pytest

import nnbuild
from convert.networks import gallery
from nnbuild.errors import RecipeError


def dense(**arguments):
    return {"type": "Dense", "units": 3, **arguments}


def problem_of(*layers, shape=(6, 4), **asked):
    with pytest.raises(RecipeError) as caught:
        nnbuild.describe({"nnbuild": 1, "layers": list(layers), "outputs": "last"}, shape, **asked)
    return str(caught.value)


# --- Weights

OF_BIAS = "of Dense 'dense_1', of shape (3,)"


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (
            dense(bias_initializer="orthogonal"),
            "layers[0].bias_initializer: Orthogonal can't be the initializer of the bias "
            f"{OF_BIAS}: The tensor to initialize must be at least two-dimensional. Received: shape=(3,) of rank 1.\n"
            "  shapes: input (6, 4)\n"
            "  hint: remove it, or use another initializer there",
        ),
        (
            {"type": "LayerNormalization", "name": "here", "gamma_initializer": "identity"},
            "layers[0].gamma_initializer: Identity can't be the initializer of the gamma of LayerNormalization 'here', "
            "of shape (4,): Identity matrix initializer can only be used for 2D matrices. Received: shape=(4,) of "
            "rank 1.\n"
            "  shapes: input (6, 4)\n"
            "  hint: remove it, or use another initializer there",
        ),
        (
            dense(bias_regularizer={"type": "OrthogonalRegularizer"}),
            "layers[0].bias_regularizer: OrthogonalRegularizer can't be the regularizer of the bias "
            f"{OF_BIAS}: Inputs to OrthogonalRegularizer must have rank 2. Received: inputs.shape=(3,)\n"
            "  shapes: input (6, 4)\n"
            "  hint: remove it, or use another regularizer there",
        ),
        (
            dense(kernel_constraint={"type": "UnitNorm", "axis": 5}),
            "layers[0].kernel_constraint: UnitNorm can't be the constraint of the kernel of Dense 'dense_1', of shape "
            "(4, 3): it is over axis 5\n"
            "  shapes: input (6, 4)\n"
            "  allowed: axes from -2 to 1, each once",
        ),
        (
            dense(kernel_constraint={"type": "MaxNorm", "axis": [1, -1]}),
            "layers[0].kernel_constraint: MaxNorm can't be the constraint of the kernel of Dense 'dense_1', of shape "
            "(4, 3): it is over axis 1 and -1\n"
            "  shapes: input (6, 4)\n"
            "  allowed: axes from -2 to 1, each once",
        ),
        (
            dense(activity_regularizer="OrthogonalRegularizer"),
            "layers[0].activity_regularizer: OrthogonalRegularizer is for a matrix of weights, but "
            "activity_regularizer of Dense 'dense_1' gets outputs\n"
            "  hint: use 'L1', 'L2' or 'L1L2' there",
        ),
    ],
    ids=["vector", "gamma", "regularizer", "axis", "axis twice", "outputs"],
)
def test_objects_that_no_weight_of_this_shape_can_have(layer, expected):
    assert problem_of(layer) == expected


def test_objects_in_a_layer_inside_another():
    found = problem_of({"type": "Bidirectional", "layer": {"type": "GRU", "units": 3, "bias_initializer": "stft"}})
    assert found.startswith("layers[0]: STFT can't be the initializer of the bias of Bidirectional 'bidirectional_1', ")


def test_objects_that_do_fit():
    layers = [
        dense(kernel_initializer="orthogonal", kernel_constraint={"type": "UnitNorm", "axis": [0, 1]}),
        dense(kernel_initializer="identity", kernel_regularizer={"type": "OrthogonalRegularizer"}),
        dense(bias_initializer={"type": "Constant", "value": [1.0, 2.0, 3.0]}),
    ]
    model = nnbuild.build({"nnbuild": 1, "layers": layers, "outputs": "last"}, (4,), seed=0)
    np.testing.assert_array_equal(model.layers[2].kernel, np.eye(3))
    np.testing.assert_array_equal(model.layers[3].bias, [1.0, 2.0, 3.0])


# --- Layers that are tried


def test_whole_numbers_into_a_layer_of_real_numbers():
    assert problem_of({"type": "Conv1D", "filters": 2, "kernel_size": 2}, dtype="int32") == (
        "layers[0]: Keras can't compute Conv1D 'conv1d_1' here: Input 'filter' of 'Conv2D' Op has type float32 that "
        "does not match type int32 of argument 'input'.\n"
        "  shapes: input (6, 4)\n"
        "  hint: it gets int32: add a Rescaling before it, or set the input dtype to 'float32'"
    )


def test_the_hint_for_whole_numbers_helps():
    layers = [{"type": "Rescaling", "scale": 1}, {"type": "Conv1D", "filters": 2, "kernel_size": 2}]
    plan = nnbuild.describe({"nnbuild": 1, "layers": layers, "outputs": "last"}, (6, 4), dtype="int32")
    assert plan.steps[-1].output_shape == (None, 5, 2)


def test_numbers_into_a_layer_of_text():
    assert problem_of({"type": "TextVectorization"}, shape=(1,)) == (
        "layers[0]: TextVectorization 'text_vectorization_1' takes text, got numbers of dtype float32\n"
        "  shapes: input (1,)\n"
        "  hint: set the input dtype to 'string', or its kind to 'text' without this layer"
    )


def test_a_list_of_the_wrong_length():
    found = problem_of({"type": "Rescaling", "name": "here", "scale": [1.0, 2.0, 3.0]})
    assert found.startswith("layers[0]: Keras can't compute Rescaling 'here' here: Dimensions must be equal, but are 4")


def test_an_axis_twice():
    assert problem_of({"type": "LayerNormalization", "name": "here", "axis": [2, -1]}) == (
        "layers[0]: LayerNormalization 'here' uses an axis of (6, 4) twice: [2, -1]\n"
        "  shapes: input (6, 4)\n"
        "  hint: axis -1 is the last one, which has a number from the front too"
    )


def test_attention_over_the_batch():
    assert problem_of({"type": "MultiHeadAttention", "num_heads": 1, "key_dim": 2, "attention_axes": [0]}) == (
        "layers[0].attention_axes: MultiHeadAttention 'multi_head_attention_1' can't attend over axis 0 of (6, 4)\n"
        "  shapes: input (6, 4)\n"
        "  allowed: 1"
    )


def test_a_layer_that_merges_inside_a_wrapper():
    assert problem_of({"type": "TimeDistributed", "layer": {"type": "Dot", "axes": 1}}) == (
        "layers[0].layer: Dot merges tensors, but TimeDistributed 'time_distributed_1' passes it only one\n"
        "  shapes: input (6, 4)\n"
        "  hint: write Dot as a node of its own"
    )


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (
            {"type": "Dot", "axes": 1},
            "layers[0].layers[0]: Dot merges tensors, but Pipeline 'pipeline_1' passes it only one\n"
            "  shapes: input (6, 4)\n"
            "  hint: write Dot as a node of its own",
        ),
        (
            {"type": "Normalization"},
            "layers[0].layers[0]: a Normalization can't be inside Pipeline 'pipeline_1': Keras builds it too late\n"
            "  shapes: input (6, 4)\n"
            "  hint: write Normalization as a node of its own",
        ),
    ],
    ids=["Dot", "Normalization"],
)
def test_layers_that_a_pipeline_can_not_have(layer, expected):
    assert problem_of({"type": "Pipeline", "layers": [layer]}) == expected


@keras.saving.register_keras_serializable("tests.trial")
class Doubling(keras.layers.Layer):
    """States no shape."""

    def call(self, inputs):
        return 2 * inputs


def test_a_pipeline_of_a_layer_without_a_stated_shape():
    layers = [{"type": "Pipeline", "layers": [{"type": "tests.trial>Doubling"}]}]
    (step,) = nnbuild.describe({"nnbuild": 1, "layers": layers, "outputs": "last"}, (6, 4)).steps
    assert (step.output_shape, step.macs) == ((None, 6, 4), None)


@keras.saving.register_keras_serializable("tests.trial")
class Halving(keras.layers.Layer):
    """States the shape of its input, and gives half of it."""

    def call(self, inputs):
        return inputs[..., ::2]

    def compute_output_shape(self, input_shape):
        return input_shape


def test_a_layer_that_states_another_shape_than_it_gives():
    assert problem_of({"type": "tests.trial>Halving", "name": "here"}) == (
        "layers[0]: tests.trial>Halving 'here' gives (6, 2), where Keras states (6, 4)\n"
        "  shapes: input (6, 4)\n"
        "  hint: use arguments and activations that leave the shape as it is"
    )


@pytest.mark.parametrize(
    ("layer", "n_weights"),
    [
        (dense(activation={"type": "PReLU"}), 4 * 3 + 3 + 6 * 3),
        ({"type": "SeparableConv1D", "filters": 3, "kernel_size": 2, "activation": {"type": "PReLU"}}, 8 + 15 + 15),
        ({"type": "TimeDistributed", "layer": dense(activation={"type": "PReLU"})}, 4 * 3 + 3 + 3),
        ({"type": "SimpleRNN", "units": 3, "activation": {"type": "PReLU"}}, 12 + 9 + 3 + 3),
    ],
    ids=["dense", "separable", "wrapped", "recurrent"],
)
def test_weights_of_an_activation_count_and_train(layer, n_weights):
    """Keras makes them in the first step, when its optimizer is built already."""
    recipe = {"nnbuild": 1, "layers": [layer, {"type": "Flatten"}], "training": {"epochs": 1}}
    plan = nnbuild.describe(recipe, (6, 4), n_outputs=3)
    assert plan.steps[0].n_parameters == n_weights
    X = np.random.default_rng(0).normal(size=(16, 6, 4))
    estimator = nnbuild.NNClassifier(recipe, random_state=0).fit(X, np.arange(16) % 3)
    assert estimator.model_.count_params() == plan.n_parameters


def test_networks_of_the_gallery_are_not_tried(monkeypatch):
    """Their layers and arguments are ordinary: describing them takes no longer for it."""
    monkeypatch.setattr("nnbuild.plan.traced_checks.output_spec", None)
    for case in gallery().values():
        nnbuild.describe(case.document, case.shape, dtype=case.dtype, task=case.task, n_outputs=case.n_outputs)


# --- Pixels and their targets

MOVING = {"type": "RandomFlip", "name": "flip"}


CONV = {"type": "Conv2D", "filters": 2, "kernel_size": 3, "padding": "same"}


MOVED = (
    "moves the pixels of images, but not the targets, which have one value per pixel\n"
    "  hint: move images and targets together before fit, or use layers that leave pixels in place, as RandomContrast "
    "does"
)


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([MOVING, CONV], f"layers[0]: RandomFlip in 'flip' {MOVED}"),
        ([{"type": "Pipeline", "name": "both", "layers": [{"type": "Rescaling", "scale": 1}, {"type": "RandAugment"}]}],
         f"layers[0]: RandAugment in 'both' {MOVED}"),
    ],
    ids=["layer", "inside another"],
)  # fmt: skip
def test_pixels_move_away_from_their_classes(layers, expected):
    with pytest.raises(RecipeError) as caught:
        nnbuild.describe({"nnbuild": 1, "layers": layers}, (8, 8, 3), task="segmentation", n_outputs=2)
    assert str(caught.value) == expected


def test_pixels_move_away_from_a_target_that_is_an_image():
    recipe = {"nnbuild": 1, "layers": [MOVING, CONV], "outputs": "last", "training": {"loss": "mse"}}
    with pytest.raises(RecipeError) as caught:
        nnbuild.describe(recipe, (8, 8, 3))
    assert str(caught.value) == f"layers[0]: RandomFlip in 'flip' {MOVED}"


def test_pixels_may_move_where_a_target_is_for_the_whole_image():
    layers = [MOVING, CONV, {"type": "GlobalAveragePooling2D"}]
    assert nnbuild.describe({"nnbuild": 1, "layers": layers}, (8, 8, 3), n_outputs=2).n_parameters == 56 + 6


@pytest.mark.parametrize("name", ["RandomContrast", "RandomErasing", "RandomBrightness"])
def test_colours_may_change(name):
    layer = {"type": name, **({} if name == "RandomErasing" else {"factor": 0.2})}
    nnbuild.describe({"nnbuild": 1, "layers": [layer, CONV]}, (8, 8, 3), task="segmentation", n_outputs=2)
