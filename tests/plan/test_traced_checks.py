"""What Keras finds out only when a layer computes or its weights are made, found by describe."""

import keras
import numpy as np
import pytest

import nnbuild
from convert.networks import gallery
from nnbuild.errors import MemoryLimitError, RecipeError
from nnbuild.plan import memory


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


# --- Memory


def test_weights_that_no_machine_has_memory_for():
    recipe = {"nnbuild": 1, "name": "wide", "layers": [dense(units=2**31 - 1)], "outputs": "last"}
    with pytest.raises(MemoryLimitError) as caught:
        nnbuild.build(recipe, (2**20,))
    machine = memory.data_size(memory.machine_bytes())
    assert str(caught.value) == (
        f"the weights of 'wide' need 9.01 PB, and this machine has {machine}: layer 'dense_1' has 9.01 PB of them\n"
        "  hint: use a smaller network; nnbuild.describe shows the memory of each layer and allocates none"
    )


def test_a_step_that_no_machine_has_memory_for():
    layers = [{"type": "RepeatVector", "n": 2**31 - 1}, {"type": "GlobalAveragePooling1D"}]
    recipe = {"nnbuild": 1, "name": "long", "layers": layers, "training": {"epochs": 1}}
    with pytest.raises(MemoryLimitError) as caught:
        nnbuild.NNClassifier(recipe).fit(np.zeros((8, 16)), np.arange(8) % 2)
    machine = memory.data_size(memory.machine_bytes())
    assert str(caught.value) == (
        f"a step of training of 'long' need 1.10 TB, and this machine has {machine}: layer 'repeat_vector_1' gives "
        "1.10 TB for a batch of 8\n"
        "  hint: use a smaller network; nnbuild.describe shows the memory of each layer and allocates none"
    )


# --- Dtypes that Keras states and layers do not give, and those that a training can't compute with

IMAGE = (6, 6, 3)
CROP = {"type": "Cropping2D", "cropping": 1}


def trained(loss="mse", **training):
    return {"nnbuild": 1, "outputs": "last", "training": {"loss": loss, **training}}


def test_whole_numbers_that_pass_through_a_layer():
    found = problem_of(CROP, {"type": "AlphaDropout", "rate": 0.5}, shape=IMAGE, dtype="uint8")
    assert found == (
        "layers[1]: Keras can't compute AlphaDropout 'alpha_dropout_1' here: Expected uint8, but got "
        "-1.7580993408473766 of type 'float'.\n"
        "  shapes: input (6, 6, 3) -> cropping2d_1 (4, 4, 3)\n"
        "  hint: it gets uint8: add a Rescaling before it, or set the input dtype to 'float32'"
    )


@pytest.mark.parametrize("dtype", ["int64", "bool", "float32"])
def test_a_lookup_of_text_on_numbers(dtype):
    assert problem_of({"type": "StringLookup", "vocabulary": ["a"]}, shape=(3,), dtype=dtype) == (
        f"layers[0]: StringLookup 'string_lookup_1' takes text, got numbers of dtype {dtype}\n"
        "  shapes: input (3,)\n"
        "  hint: set the input dtype to 'string', or use IntegerLookup for integers"
    )


def test_a_lookup_of_text_the_other_way():
    layer = {"type": "StringLookup", "vocabulary": ["a"], "invert": True}
    recipe = {"nnbuild": 1, "layers": [layer], "outputs": "last"}
    assert nnbuild.describe(recipe, (3,), dtype="int64").n_parameters == 0
    assert problem_of({**layer, "name": "here"}, shape=(3,), dtype="string") == (
        "layers[0]: StringLookup 'here' takes numbers, got text\n"
        "  shapes: input (3,)\n"
        "  hint: add TextVectorization or StringLookup before it"
    )


def test_a_sparse_tensor_as_an_output():
    layer = {"type": "TextVectorization", "name": "here", "vocabulary": ["a"], "output_mode": "count", "sparse": True}
    recipe = {"nnbuild": 1, "layers": [layer], "outputs": "last", "training": {"loss": "mse"}}
    with pytest.raises(RecipeError) as caught:
        nnbuild.describe(recipe, (1,), dtype="string")
    assert str(caught.value) == (
        "layers[0]: 'here' is a sparse tensor, which losses do not support\n  hint: remove sparse"
    )


def test_a_signal_that_is_too_short_for_its_margins():
    assert problem_of({"type": "MelSpectrogram", "fft_length": 16, "sequence_stride": 8}, shape=(8,)) == (
        "layers[0]: MelSpectrogram 'mel_spectrogram_1' mirrors 8 steps at each end, but its input has 8\n"
        "  shapes: input (8,)\n"
        "  hint: use longer signals, or a smaller fft_length"
    )


@pytest.mark.parametrize(
    ("layers", "training", "asked", "expected"),
    [
        (
            [dense()],
            {"optimizer": "muon", "precision": "float64"},
            {},
            "training.optimizer: Muon computes in float32, but the network has weights of float64\n"
            "  hint: use precision float32, or another optimizer",
        ),
        (
            [dense(dtype="float64"), dense()],
            {"optimizer": {"type": "Adam", "global_clipnorm": 1.0}},
            {},
            "training.optimizer.global_clipnorm: requires weights of the same dtype, got float32, float64\n"
            "  hint: use the same dtype for all layers, or use clipnorm",
        ),
        (
            [{"type": "Flatten"}],
            {},
            {"dtype": "string"},
            "layers[0]: 'flatten_1' is text, which losses do not support\n"
            "  hint: add a last layer that converts it to numbers, or set the loss of the output to null",
        ),
    ],
    ids=["muon", "clipnorm", "text"],
)
def test_dtypes_that_no_training_computes_with(layers, training, asked, expected):
    with pytest.raises(RecipeError) as caught:
        nnbuild.describe({**trained(**training), "layers": layers}, (4,), **asked)
    assert str(caught.value) == expected


@keras.saving.register_keras_serializable("tests.trial")
def first_half(x):
    return x[..., : x.shape[-1] // 2]


@keras.saving.register_keras_serializable("tests.trial")
class Twice(keras.layers.Layer):
    def call(self, inputs):
        return 2 * inputs


def test_a_registered_activation_that_changes_the_shape():
    assert problem_of({"type": "Dense", "units": 4, "activation": "tests.trial>first_half"}, shape=(4,)) == (
        "layers[0]: Dense 'dense_1' gives (2,), where Keras states (4,)\n"
        "  shapes: input (4,)\n"
        "  hint: use arguments and activations that leave the shape as it is"
    )


def test_a_registered_layer_as_an_activation_by_its_name():
    X = np.arange(12.0).reshape(4, 3)
    recipe = {"nnbuild": 1, "layers": [dense(activation="tests.trial>Twice", use_bias=False)], "outputs": "last"}
    model = nnbuild.build(recipe, (3,), seed=0)
    np.testing.assert_allclose(model(X), 2 * X @ model.weights[0].numpy(), rtol=1e-6)


def test_a_layer_that_changes_the_shape_in_training_alone_is_refused():
    recipe = {"nnbuild": 1, "layers": [{"type": "RandomCrop", "height": 4, "width": 4}, {"type": "Flatten"}]}
    with pytest.raises(RecipeError) as caught:
        nnbuild.describe(recipe, (8, 8, 3), n_outputs=2)
    assert str(caught.value) == (
        "layers[0]: RandomCrop 'random_crop_1' gives (8, 8, 3) outside of training, where Keras states (4, 4, 3)\n"
        "  shapes: input (8, 8, 3)\n"
        "  hint: CenterCrop crops in training and in prediction"
    )
    assert nnbuild.describe(recipe, (4, 4, 3), n_outputs=2).output_shape == (None, 2)
