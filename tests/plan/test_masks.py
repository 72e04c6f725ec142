"""Layers behind the mask of padded series: those that are allowed give the same however far series are padded."""

import keras
import numpy as np
import pytest

from cases import net
from nnbuild import Recipe, catalog
from nnbuild.catalog.facts import layer_facts
from nnbuild.catalog.facts.layers import LAYERS
from nnbuild.errors import RecipeError
from nnbuild.language.vocabulary_inputs import MASKED_VALUE
from nnbuild.plan.describe import resolve
from nnbuild.plan.masks import counts_padding
from nnbuild.plan.objects import make_layer
from nnbuild.records import Node, frozen_mapping

STEPS, CHANNELS = 6, 4
GIVEN = {
    "Activation": {"activation": "relu"},
    "AdaptiveAveragePooling1D": {"output_size": 2},
    "AdaptiveMaxPooling1D": {"output_size": 2},
    "Bidirectional": {"layer": {"type": "GRU", "units": 3, "return_sequences": True}},
    "Conv1D": {"filters": 3, "kernel_size": 3, "padding": "same"},
    "Conv1DTranspose": {"filters": 3, "kernel_size": 3, "padding": "same"},
    "Dense": {"units": 3},
    "DepthwiseConv1D": {"kernel_size": 3, "padding": "same"},
    "GRU": {"units": 3, "return_sequences": True},
    "GroupNormalization": {"groups": 2},
    "LSTM": {"units": 3, "return_sequences": True},
    "MultiHeadAttention": {"num_heads": 1, "key_dim": 2},
    "RNN": {"cell": {"type": "GRUCell", "units": 3}, "return_sequences": True},
    "Rescaling": {"scale": 2.0},
    "SeparableConv1D": {"filters": 3, "kernel_size": 3, "padding": "same"},
    "SimpleRNN": {"units": 3, "return_sequences": True},
    "TimeDistributed": {"layer": {"type": "Dense", "units": 3}},
}
RATES = {"AlphaDropout": 0.5, "Dropout": 0.5, "GaussianDropout": 0.5, "SpatialDropout1D": 0.5}
GIVEN |= {name: {"rate": rate} for name, rate in RATES.items()} | {"GaussianNoise": {"stddev": 1.0}}
RANDOM = GIVEN.keys() & {*RATES, "GaussianNoise"}
SERIES = np.random.default_rng(0).normal(size=(4, STEPS, CHANNELS)).astype("float32")


def layer_of(name):
    keras.utils.set_random_seed(0)
    return make_layer(name, catalog.with_defaults("layers", name, **GIVEN.get(name, {})), "layer", "float32")


def result(name, n_padded, filler, training):
    """What a layer gives for masked series, and whether it passes the mask on."""
    layer = layer_of(name)
    values = np.pad(SERIES, ((0, 0), (0, n_padded), (0, 0)), constant_values=filler)
    mask = np.pad(np.ones((4, STEPS), bool), ((0, 0), (0, n_padded)))
    tensor = keras.ops.convert_to_tensor(values)
    keras.src.backend.set_keras_mask(tensor, keras.ops.convert_to_tensor(mask))
    if name == "MultiHeadAttention":
        output = layer(tensor, tensor)
    elif name in ("Attention", "AdditiveAttention", "Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply",
                  "Subtract"):  # fmt: skip
        output = layer([tensor, tensor])
    else:
        output = layer(tensor, **({"training": training} if layer._call_has_training_arg else {}))
    return np.array(output), keras.src.backend.get_keras_mask(output) is not None


@pytest.mark.parametrize("name", [name for name, facts in LAYERS.items() if facts.masks and name != "Masking"])
def test_allowed_layers_do_not_count_padding(name):
    for training in (False,) if name in RANDOM else (False, True):
        plain, _ = result(name, 0, 0.0, training)
        for n_padded, filler in ((3, 0.0), (3, 5.0), (7, -2.0)):
            padded, is_masked = result(name, n_padded, filler, training)
            assert is_masked or plain.ndim == 2  # else later layers would count what pads
            if plain.ndim == 3:
                padded = padded[:, : plain.shape[1]]
            np.testing.assert_allclose(padded, plain, atol=1e-5)


@pytest.mark.filterwarnings("ignore:.*does not support masking:UserWarning")
@pytest.mark.parametrize(
    "name",
    ["Conv1D", "Conv1DTranspose", "SeparableConv1D", "DepthwiseConv1D", "GlobalMaxPooling1D", "GroupNormalization"],
)
def test_layers_that_count_padding_are_refused(name):
    plain, _ = result(name, 0, 0.0, False)
    padded, _ = result(name, 3, 5.0, False)
    assert not np.allclose(padded[:, : plain.shape[1]], plain, atol=1e-3)
    assert not layer_facts(name).masks


def test_layers_that_drop_the_mask_are_refused():
    for name in (
        "RMSNormalization",
        "MaxPooling1D",
        "AveragePooling1D",
        "Flatten",
        "Reshape",
        "UpSampling1D",
        "Cropping1D",
    ):
        assert not layer_facts(name).masks


@pytest.mark.parametrize("name", [name for name, facts in LAYERS.items() if facts.masks == "along_axis"])
def test_other_axes_are_refused(name):
    node = Node("n", name, ("x",), frozen_mapping(catalog.with_defaults("layers", name, axis=1)))
    assert counts_padding(node) is not None
    assert counts_padding(Node("n", name, ("x",), frozen_mapping({"axis": -1}))) is None


def test_channels_first_and_later_steps_are_refused():
    for name, arguments in (("GlobalAveragePooling1D", {"data_format": "channels_first"}), ("TakeStep", {"step": -1})):
        assert counts_padding(Node("n", name, ("x",), frozen_mapping(arguments))) is not None


def problems(*layers):
    recipe = Recipe.from_dict({"nnbuild": 1, **net(*layers, inputs={"x": {"kind": "series", "masked": True}})})
    resolved = resolve(recipe, (8, 2), n_outputs=2, masks={"x": MASKED_VALUE})
    return [node.name for node in resolved.nodes]


def test_the_mask_is_put_behind_the_input():
    assert problems({"type": "GRU", "units": 3}, {"type": "Flatten"}) == ["x.masking", "gru_1", "flatten_1", "output"]


def test_padding_counts_where_the_mask_ends_too_early():
    layers = [{"type": "Dense", "units": 3}, {"type": "GlobalMaxPooling1D"}]
    with pytest.raises(RecipeError) as caught:
        problems(*layers)
    first, shapes, allowed, hint = str(caught.value).split("\n")
    assert first == (
        "layers[1]: GlobalMaxPooling1D 'global_max_pooling1d_1' would include the padding of series of "
        "different lengths"
    )
    assert shapes == "  shapes: x (8, 2) -> x.masking (8, 2) -> dense_1 (8, 3)"
    assert "GlobalAveragePooling1D" in allowed
    assert hint == (
        "  hint: pad or truncate the series to one length and pass an array, or use the recipes lstm or gru"
    )


def test_without_series_nothing_is_masked():
    recipe = Recipe.load("gru")
    resolved = resolve(recipe, (8, 2), n_outputs=2)
    assert resolved.inputs["input"]["kind"] == "tensor"
    assert all(node.type != "Masking" for node in resolved.nodes)
