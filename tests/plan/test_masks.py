"""Layers behind the mask of padded series: results of allowed layers do not depend on padding."""

import keras
import numpy as np
import pytest

from cases import net
from few import few_of
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
    "Dense": {"units": 3},
    "GRU": {"units": 3, "return_sequences": True},
    "LSTM": {"units": 3, "return_sequences": True},
    "MultiHeadAttention": {"num_heads": 1, "key_dim": 2},
    "NTPDense": {"units": 3},
    "RNN": {"cell": {"type": "GRUCell", "units": 3}, "return_sequences": True},
    "Rescaling": {"scale": 2.0},
    "SimpleRNN": {"units": 3, "return_sequences": True},
    "TimeDistributed": {"layer": {"type": "Dense", "units": 3}},
}
RATES = {"AlphaDropout": 0.5, "Dropout": 0.5, "GaussianDropout": 0.5, "SpatialDropout1D": 0.5}
GIVEN |= {name: {"rate": rate} for name, rate in RATES.items()} | {"GaussianNoise": {"stddev": 1.0}}
RANDOM = GIVEN.keys() & {*RATES, "GaussianNoise"}
MASKED = [name for name, facts in LAYERS.items() if facts.masks and name != "Masking"]
SERIES = np.random.default_rng(0).normal(size=(4, STEPS, CHANNELS)).astype("float32")


def result(name, n_padded, filler, training):
    """The output of a layer for masked series, and whether it passes the mask on."""
    keras.utils.set_random_seed(0)
    layer = make_layer(name, catalog.with_defaults("layers", name, **GIVEN.get(name, {})), "layer", "float32")
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


@pytest.mark.parametrize("name", few_of(MASKED, *set(MASKED) - {"GRU", "RNN", "SimpleRNN"}))
def test_allowed_layers_do_not_count_padding(name):
    for training in (False,) if name in RANDOM else (False, True):
        plain, _ = result(name, 0, 0.0, training)
        for n_padded, filler in ((3, 5.0), (7, -2.0)):
            padded, is_masked = result(name, n_padded, filler, training)
            assert is_masked or plain.ndim == 2  # else later layers would count padding
            if plain.ndim == 3:
                padded = padded[:, : plain.shape[1]]
            np.testing.assert_allclose(padded, plain, atol=1e-5)


def test_layers_that_count_padding_or_drop_the_mask_are_refused():
    refused = [
        "AveragePooling1D", "Conv1D", "Conv1DTranspose", "Cropping1D", "DepthwiseConv1D", "Flatten",
        "GlobalMaxPooling1D", "GroupNormalization", "MaxPooling1D", "RMSNormalization", "Reshape", "SeparableConv1D",
        "UpSampling1D",
    ]  # fmt: skip
    assert [name for name in refused if layer_facts(name).masks] == []


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        *((name, {"axis": 1}) for name, facts in LAYERS.items() if facts.masks == "along_axis"),
        ("GlobalAveragePooling1D", {"data_format": "channels_first"}),
        ("TakeStep", {"step": -1}),
    ],
)
def test_arguments_that_count_padding_are_refused(name, arguments):
    assert counts_padding(Node("n", name, ("x",), frozen_mapping(arguments))) is not None
    assert counts_padding(Node("n", name, ("x",), frozen_mapping({}))) is None


def resolved_names(*layers):
    recipe = Recipe.from_dict({"nnbuild": 1, **net(*layers, inputs={"x": {"kind": "series", "masked": True}})})
    resolved = resolve(recipe, (8, 2), n_outputs=2, masks={"x": MASKED_VALUE})
    return [node.name for node in resolved.nodes]


def test_the_mask_is_put_behind_the_input():
    assert resolved_names({"type": "GRU", "units": 3}, {"type": "Flatten"}) == [
        "x.masking",
        "gru_1",
        "flatten_1",
        "output",
    ]


def test_padding_counts_where_the_mask_ends_too_early():
    layers = [{"type": "Dense", "units": 3}, {"type": "GlobalMaxPooling1D"}]
    with pytest.raises(RecipeError) as caught:
        resolved_names(*layers)
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
