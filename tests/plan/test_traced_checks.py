"""Problems that Keras reports only when a layer computes or its weights are made, reported by describe."""

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
        (dense(bias_initializer="orthogonal"),
         "layers[0].bias_initializer: Orthogonal can't be the initializer of the bias "
         f"{OF_BIAS}: The tensor to initialize must be at least two-dimensional. Received: shape=(3,) of rank 1.\n"
         "  shapes: input (6, 4)\n  hint: remove it, or use another initializer there"),
        (dense(bias_regularizer={"type": "OrthogonalRegularizer"}),
         "layers[0].bias_regularizer: OrthogonalRegularizer can't be the regularizer of the bias "
         f"{OF_BIAS}: Inputs to OrthogonalRegularizer must have rank 2. Received: inputs.shape=(3,)\n"
         "  shapes: input (6, 4)\n  hint: remove it, or use another regularizer there"),
        (dense(kernel_constraint={"type": "UnitNorm", "axis": 5}),
         "layers[0].kernel_constraint: UnitNorm can't be the constraint of the kernel of Dense 'dense_1', of shape "
         "(4, 3): it is over axis 5\n  shapes: input (6, 4)\n  allowed: axes from -2 to 1, each once"),
        (dense(kernel_constraint={"type": "MaxNorm", "axis": [1, -1]}),
         "layers[0].kernel_constraint: MaxNorm can't be the constraint of the kernel of Dense 'dense_1', of shape "
         "(4, 3): it is over axis 1 and -1\n  shapes: input (6, 4)\n  allowed: axes from -2 to 1, each once"),
        (dense(activity_regularizer="OrthogonalRegularizer"),
         "layers[0].activity_regularizer: OrthogonalRegularizer is for a matrix of weights, but "
         "activity_regularizer of Dense 'dense_1' gets outputs\n  hint: use 'L1', 'L2' or 'L1L2' there"),
    ],
    ids=["vector", "regularizer", "axis", "axis twice", "outputs"],
)  # fmt: skip
def test_objects_that_do_not_suit_the_shape_of_a_weight(layer, expected):
    assert problem_of(layer) == expected


def test_objects_in_a_layer_inside_another():
    found = problem_of({"type": "Bidirectional", "layer": {"type": "GRU", "units": 3, "bias_initializer": "stft"}})
    assert found.startswith("layers[0]: STFT can't be the initializer of the bias of Bidirectional 'bidirectional_1', ")


def test_objects_that_suit_the_shape_of_a_weight():
    layers = [
        dense(kernel_initializer="orthogonal", kernel_constraint={"type": "UnitNorm", "axis": [0, 1]}),
        dense(kernel_initializer="identity", kernel_regularizer={"type": "OrthogonalRegularizer"}),
        dense(bias_initializer={"type": "Constant", "value": [1.0, 2.0, 3.0]}),
    ]
    model = nnbuild.build({"nnbuild": 1, "layers": layers, "outputs": "last"}, (4,), seed=0)
    np.testing.assert_array_equal(model.layers[2].kernel, np.eye(3))
    np.testing.assert_array_equal(model.layers[3].bias, [1.0, 2.0, 3.0])


# --- Layers that are tried


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


@pytest.mark.parametrize(
    ("wrapper", "place", "found"),
    [
        ({"type": "TimeDistributed", "layer": {"type": "Dot", "axes": 1}}, "layer",
         "Dot merges tensors, but TimeDistributed 'here' passes it only one"),
        ({"type": "Pipeline", "layers": [{"type": "Dot", "axes": 1}]}, "layers[0]",
         "Dot merges tensors, but Pipeline 'here' passes it only one"),
        ({"type": "Pipeline", "layers": [{"type": "Normalization"}]}, "layers[0]",
         "a Normalization can't be inside Pipeline 'here': Keras builds it too late"),
    ],
    ids=["wrapper", "pipeline", "Normalization"],
)  # fmt: skip
def test_layers_that_can_not_be_inside_another(wrapper, place, found):
    inner = wrapper.get("layer", wrapper.get("layers", [None])[0])["type"]
    assert problem_of({**wrapper, "name": "here"}) == (
        f"layers[0].{place}: {found}\n  shapes: input (6, 4)\n  hint: write {inner} as a node of its own"
    )


@keras.saving.register_keras_serializable("tests.trial")
class Doubling(keras.layers.Layer):
    """States no shape."""

    def call(self, inputs):
        return 2 * inputs


def test_a_pipeline_of_a_layer_without_a_stated_shape():
    layers = [{"type": "Pipeline", "layers": [{"type": "tests.trial>Doubling"}]}]
    (step,) = nnbuild.describe({"nnbuild": 1, "layers": layers, "outputs": "last"}, (6, 4)).steps
    assert (step.output_shape, step.macs) == ((None, 6, 4), None)


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
def test_weights_of_an_activation_are_made_before_training(layer, n_weights):
    """Keras makes them in the first step, after its optimizer is built."""
    recipe = {"nnbuild": 1, "layers": [layer, {"type": "Flatten"}]}
    plan = nnbuild.describe(recipe, (6, 4), n_outputs=3)
    assert plan.steps[0].n_trainable == n_weights
    model = nnbuild.build(recipe, (6, 4), n_outputs=3, seed=0)
    assert sum(weight.numpy().size for weight in model.trainable_weights) == plan.n_parameters


def test_networks_of_the_gallery_are_not_tried(monkeypatch):
    """Their layers and arguments are ordinary: describing them takes no longer for it."""
    monkeypatch.setattr("nnbuild.plan.traced_checks.output_spec", None)
    tried = ("inception", "tabm", "text_ensemble")  # AdaptiveAveragePooling1D, MemberAverage, UnitNormalization
    for case in (case for name, case in gallery().items() if name not in tried):
        nnbuild.describe(case.document, case.shape, dtype=case.dtype, task=case.task, n_outputs=case.n_outputs)


# --- Pixels and their targets

MOVING = {"type": "RandomFlip", "name": "flip"}
INSIDE = {"type": "Pipeline", "name": "both", "layers": [{"type": "Rescaling", "scale": 1}, {"type": "RandomFlip"}]}
CONV = {"type": "Conv2D", "filters": 2, "kernel_size": 3, "padding": "same"}
SEGMENTATION = {"task": "segmentation", "n_outputs": 2}


@pytest.mark.parametrize(
    ("layers", "parts", "asked", "where"),
    [
        ([MOVING, CONV], {}, SEGMENTATION, "RandomFlip in 'flip'"),
        ([INSIDE, CONV], {}, SEGMENTATION, "RandomFlip in 'both'"),
        ([MOVING, CONV], {"outputs": "last", "training": {"loss": "mse"}}, {}, "RandomFlip in 'flip'"),
    ],
    ids=["classes", "inside another", "target that is an image"],
)
def test_layers_that_move_pixels_away_from_their_targets(layers, parts, asked, where):
    with pytest.raises(RecipeError) as caught:
        nnbuild.describe({"nnbuild": 1, "layers": layers, **parts}, (8, 8, 3), **asked)
    assert str(caught.value) == (
        f"layers[0]: {where} moves the pixels of images, but not the targets, which have one value per pixel\n"
        "  hint: move images and targets together before fit, or use layers that leave pixels in place, as "
        "RandomContrast does"
    )


@pytest.mark.parametrize(
    ("layers", "asked"),
    [
        ([MOVING, CONV, {"type": "GlobalAveragePooling2D"}], {"n_outputs": 2}),
        ([{"type": "RandomContrast", "factor": 0.2}, {"type": "RandomErasing"}, CONV], SEGMENTATION),
    ],
    ids=["one target for an image", "colours"],
)
def test_other_augmentations_are_allowed(layers, asked):
    nnbuild.describe({"nnbuild": 1, "layers": layers}, (8, 8, 3), **asked)
