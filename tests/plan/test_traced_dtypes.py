"""Memory, dtypes and sparse tensors that training does not support, reported before it."""

import keras
import numpy as np
import pytest

import nnbuild
from nnbuild.errors import MemoryLimitError, RecipeError
from nnbuild.plan import memory


def dense(**arguments):
    return {"type": "Dense", "units": 3, **arguments}


def problem_of(*layers, shape=(6, 4), **asked):
    with pytest.raises(RecipeError) as caught:
        nnbuild.describe({"nnbuild": 1, "layers": list(layers), "outputs": "last"}, shape, **asked)
    return str(caught.value)


# --- Memory


def test_weights_larger_than_the_memory():
    recipe = {"nnbuild": 1, "name": "wide", "layers": [dense(units=2**31 - 1)], "outputs": "last"}
    with pytest.raises(MemoryLimitError) as caught:
        nnbuild.build(recipe, (2**20,))
    machine = memory.data_size(memory.machine_bytes())
    assert str(caught.value) == (
        f"the weights of 'wide' need 9.01 PB, and this machine has {machine}: layer 'dense_1' has 9.01 PB of them\n"
        "  hint: use a smaller network; nnbuild.describe shows the memory of each layer and allocates none"
    )


def test_a_step_of_training_larger_than_the_memory():
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


# --- Dtypes

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


@pytest.mark.parametrize(
    ("layer", "hint"),
    [
        ({"type": "StringLookup", "vocabulary": ["a"]}, "use IntegerLookup for integers"),
        ({"type": "TextVectorization"}, "its kind to 'text' without this layer"),
    ],
)
def test_numbers_into_a_layer_of_text(layer, hint):
    assert problem_of({**layer, "name": "here"}, shape=(1,), dtype="int64") == (
        f"layers[0]: {layer['type']} 'here' takes text, got numbers of dtype int64\n"
        "  shapes: input (1,)\n"
        f"  hint: set the input dtype to 'string', or {hint}"
    )


def test_an_inverted_lookup_takes_numbers():
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
        ([dense()], {"optimizer": "muon", "precision": "float64"}, {},
         "training.optimizer: Muon computes in float32, but the network has weights of float64\n"
         "  hint: use precision float32, or another optimizer"),
        ([dense(dtype="float64"), dense()], {"optimizer": {"type": "Adam", "global_clipnorm": 1.0}}, {},
         "training.optimizer.global_clipnorm: requires weights of the same dtype, got float32, float64\n"
         "  hint: use the same dtype for all layers, or use clipnorm"),
        ([{"type": "Flatten"}], {}, {"dtype": "string"},
         "layers[0]: 'flatten_1' is text, which losses do not support\n"
         "  hint: add a last layer that converts it to numbers, or set the loss of the output to null"),
    ],
    ids=["muon", "clipnorm", "text"],
)  # fmt: skip
def test_dtypes_that_training_does_not_support(layers, training, asked, expected):
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
