"""Published networks as recipes: published parameter counts, and outputs equal to those of keras.applications."""

import re
from itertools import pairwise

import keras
import numpy as np
import pytest

from nnbuild import Recipe, build, describe
from nnbuild.language.gallery import gallery_names
from nnbuild.language.gallery_facts import TYPICAL_USES

slow = pytest.mark.slow
IMAGENET = {"input_shape": (224, 224, 3), "n_outputs": 1000}


# --- Counts


@pytest.mark.parametrize(
    ("name", "n_parameters", "n_trainable"),
    [
        ("vgg16", 138_357_544, 138_357_544),
        ("resnet34", 21_814_696, 21_797_672),
        ("resnet50", 25_636_712, 25_583_592),
        ("mobilenet", 4_253_864, 4_231_976),
    ],
)
def test_networks_for_imagenet_have_the_published_parameters(name, n_parameters, n_trainable):
    plan = describe(name, **IMAGENET)
    assert (plan.n_parameters, plan.n_trainable) == (n_parameters, n_trainable)


def test_pilotnet_has_250_thousand_parameters_and_27_million_connections():
    plan = describe("pilotnet", (66, 200, 3), n_outputs=1)
    assert plan.n_parameters == 252_219
    rescaled = 66 * 200 * 3  # the paper counts weights alone
    assert plan.macs - rescaled == 26_876_342
    assert plan.steps[-5].output_shape == (None, 1152)  # which the paper's figure calls 1164 neurons


def test_the_unet_of_the_paper_has_31_million_parameters():
    recipe = Recipe.load("unet").with_values(filters=64)
    plan = describe(recipe, (512, 512, 1), task="segmentation", n_outputs=2)
    normalizing = sum(step.n_parameters for step in plan.steps if step.type == "BatchNormalization")  # came later
    assert plan.n_parameters - normalizing == unet_parameters(1, 64, 2) - normalizing == 31_030_658


def unet_parameters(channels, filters, classes):
    """Convolutions of 3x3 two by two with four numbers per channel to normalize, of 2x2 on the way up, and of 1x1."""

    def twice(before, after):
        return (9 * before * after + 9 * after * after + 2 * after) + 2 * 4 * after

    widths = [filters * 2**level for level in range(5)]
    down = sum(map(twice, [channels, *widths], widths))
    up = sum(4 * wide * thin + thin + twice(wide, thin) for thin, wide in pairwise(widths))
    return down + up + filters * classes + classes


@pytest.mark.parametrize(("name", "n_matrices", "n_biases"), [("lstm", 4, 4), ("gru", 3, 6)])
def test_recurrent_networks_have_the_parameters_of_their_formulas(name, n_matrices, n_biases):
    # Three gates and the candidate of an LSTM, two and the candidate of a GRU: each with a matrix for the input and one
    # for the state. Keras' GRU has a bias for either.
    features, units = 5, 7
    recipe = Recipe.load(name).with_values(units=units, depth=3)

    def both_ways(features):
        return 2 * (n_matrices * units * (features + units) + n_biases * units)

    plan = describe(recipe, (20, features), n_outputs=4)
    assert plan.n_parameters == both_ways(features) + 2 * both_ways(2 * units) + (2 * units + 1) * 4
    assert [step.output_shape for step in plan.steps[::2]] == [(None, 20, 14)] * 2 + [(None, 14), (None, 4)]


def test_bert_base_has_the_published_parameters():
    plan = describe("bert_base", {"ids": (128,), "segments": (128,)}, task="binary")
    assert plan.n_parameters - plan.steps[-1].n_parameters == 109_482_240
    layers = [step for step in plan.steps if step.name.startswith("encoder.1.")]
    assert sum(step.n_parameters for step in layers) == 12 * 768**2 + 13 * 768
    assert describe("bert_base", task="binary").n_parameters == plan.n_parameters  # texts of any length


def test_gpt2_small_has_the_published_parameters():
    plan = describe("gpt2_small", (128,))
    assert plan.n_parameters == 124_439_808
    assert plan.steps[-1].n_parameters == 0  # the output's matrix is that of the tokens
    assert plan.output_shape == (None, 128, 50_257)


def test_the_transformer_has_the_parameters_of_its_formula():
    # One matrix for 37,000 tokens of both languages and the output (sections 3.4 and 5.1 of the paper), positions
    # without weights; matrices of attention and of the inner layers with biases; scale and shift to normalize. The
    # paper's table 3 has 65 million.
    width, inner = 512, 2048
    attention = 4 * (width * width + width)
    both = (width * inner + inner) + (inner * width + width)
    encoder, decoder = attention + both + 2 * 2 * width, 2 * attention + both + 3 * 2 * width
    plan = describe("transformer", {"source": (50,), "target": (60,)})
    assert plan.n_parameters == 37_000 * width + 6 * (encoder + decoder) == 63_082_496
    assert plan.output_shape == (None, 60, 37_000)


# --- Outputs


IMAGES = np.random.default_rng(0).normal(size=(4, 64, 64, 3)).astype("float32")


def same_outputs(ours, theirs, images):
    """Compare the outputs; return whether they differ between samples and classes."""
    wanted = theirs.predict(images, verbose=0)
    np.testing.assert_allclose(ours.predict(images, verbose=0), wanted, rtol=0, atol=1e-5)
    return wanted.std(axis=0).max() > 1e-3 and wanted.std(axis=1).min() > 1e-3


def weighted(model):
    return [layer for layer in model.layers if layer.weights]


def with_statistics(model):
    """The model with the statistics of the images in its normalizations, and other scales and shifts than 1 and 0."""
    rng = np.random.default_rng(1)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
            layer.gamma.assign(rng.uniform(0.5, 1.5, layer.gamma.shape))
            layer.beta.assign(rng.uniform(-0.5, 0.5, layer.beta.shape))
    model(IMAGES, training=True)
    return model


@slow
def test_vgg16_computes_what_keras_own_does():
    # The smallest size with all five stages: 34 million parameters in place of 138.
    ours = build("vgg16", (32, 32, 3), n_outputs=10, seed=0)
    theirs = keras.applications.VGG16(weights=None, input_shape=(32, 32, 3), classes=10)
    for own, other in zip(weighted(ours), weighted(theirs), strict=True):
        other.set_weights(own.get_weights())
    assert same_outputs(ours, theirs, IMAGES[:, :32, :32])


@slow
def test_mobilenet_computes_what_keras_own_does():
    ours = with_statistics(build("mobilenet", (64, 64, 3), n_outputs=10, seed=0))
    theirs = keras.applications.MobileNet(weights=None, input_shape=(64, 64, 3), classes=10)
    for own, other in zip(weighted(ours), weighted(theirs), strict=True):
        # Keras' last layer is a convolution of 1x1, which is a dense layer.
        pairs = zip(own.get_weights(), other.weights, strict=True)
        other.set_weights([value.reshape(weight.shape) for value, weight in pairs])
    assert same_outputs(ours, theirs, IMAGES)


@slow
def test_resnet50_computes_what_keras_own_does():
    ours = with_statistics(build("resnet50", (64, 64, 3), n_outputs=10, seed=0))
    theirs = keras.applications.ResNet50(weights=None, input_shape=(64, 64, 3), classes=10)
    assert len(weighted(ours)) == len(weighted(theirs)) == 107
    for layer in weighted(ours):
        theirs.get_layer(name_in_keras_resnet(layer.name)).set_weights(layer.get_weights())
    assert same_outputs(ours, theirs, IMAGES)


def name_in_keras_resnet(name):
    """conv3_block2_1_conv for stages.2.repeat_1.1.residual_1.bottleneck_1.conv_1.conv2d_1 of the recipe."""
    part = "bn" if "normalization" in name else "conv"
    if not name.startswith("stages"):
        return f"conv1_{part}" if name.startswith("conv") else "predictions"
    stage, turn = re.match(r"stages\.(\d)\.(?:repeat_1\.(\d)\.)?", name).groups()
    place = "0" if "shortcut" in name else re.search(r"\.conv_(\d)\.", name)[1]
    return f"conv{int(stage) + 1}_block{int(turn or 0) + 1}_{place}_{part}"


# --- Facts of the gallery


@pytest.mark.slow
def test_the_sizes_in_the_gallery_are_counted():
    assert sorted(TYPICAL_USES) == gallery_names()
    for name, typical in TYPICAL_USES.items():
        plan = describe(name, typical.input_shape, task=typical.task, n_outputs=typical.n_outputs)
        assert (name, plan.n_parameters) == (name, typical.n_parameters)
