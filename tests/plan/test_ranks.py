"""Whole messages of tensors of more or fewer axes than a layer takes."""

import pytest

from messages import node, problem, problem_of

WORDS = "add Embedding before it for token ids, otherwise Reshape to [8, 1]"
TWO, THREE = "add a Reshape to 2 axes before it", "add a Reshape to 3 axes before it"
FLAT, STEPS, CHANNELS = "(features,)", "(steps, features)", "(steps, channels)"
IMAGE = "(height, width, channels)"
FILTERS = {"filters": 2}
LSTM = {"type": "LSTM", "units": 2}
CASES = [
    ("Dense", {"units": 2}, (), FLAT, "add a Reshape to 1 axis before it"),
    ("RepeatVector", {"n": 2}, (8, 2), FLAT, "add Flatten or GlobalAveragePooling1D before it"),
    ("Conv1D", {**FILTERS, "kernel_size": 2}, (8, 8, 1), CHANNELS, TWO),
    ("Conv2D", {**FILTERS, "kernel_size": 2}, (64,), IMAGE, THREE),
    ("Conv2D", {**FILTERS, "kernel_size": 2}, (8, 8), IMAGE, "add a Reshape before it, such as to [8, 8, 1]"),
    ("Conv2D", {**FILTERS, "kernel_size": 2, "data_format": "channels_first"}, (8,), "(channels, height, width)",
     THREE),
    ("Conv3D", {**FILTERS, "kernel_size": 2}, (None, 8, 1), "(depth, height, width, channels)",
     "add a Reshape before it, such as to [-1, 8, 1, 1]"),
    ("DepthwiseConv1D", {"kernel_size": 2}, (8,), CHANNELS, WORDS),
    ("GlobalAveragePooling2D", {}, (8,), IMAGE, THREE),
    ("Cropping1D", {}, (8,), CHANNELS, WORDS),
    ("LSTM", {"units": 2}, (8,), STEPS, WORDS),
    ("Bidirectional", {"layer": LSTM}, (8,), STEPS, WORDS),
    ("TimeDistributed", {"layer": {"type": "Dense", "units": 2}}, (8,), "(steps, ...)", WORDS),
    ("MultiHeadAttention", {"num_heads": 2, "key_dim": 2}, (8,), STEPS, WORDS),
    ("GroupQueryAttention", {"head_dim": 2, "num_query_heads": 2, "num_key_value_heads": 1}, (8,), STEPS, WORDS),
    ("Permute", {"dims": [2, 1]}, (8,), "2 axes", WORDS),
    ("RandomFlip", {}, (8,), IMAGE, THREE),
    ("STFTSpectrogram", {}, (8,), CHANNELS, WORDS),
]  # fmt: skip


@pytest.mark.parametrize("type_name, arguments, shape, wanted, hint", CASES)
def test_another_number_of_axes(type_name, arguments, shape, wanted, hint):
    assert problem_of(type_name, {"name": "here", **arguments}, shape) == (
        f"layers[0]: {type_name} 'here' takes {wanted}, got {shape}\n  shapes: input {shape}\n  hint: {hint}"
    )


def test_every_tensor_of_an_attention_is_checked():
    assert problem_of("Attention", {"name": "here"}, (6, 4), (8,)) == (
        f"layers[0]: Attention 'here' takes {STEPS}, got (8,)\n  shapes: a (6, 4) and b (8,)\n  hint: {WORDS}"
    )


def test_axes_inside_wrappers_and_pipelines():
    wrapped = node("Bidirectional", name="here", layer=node("RNN", cell=node("GRUCell", units=2)))
    assert problem([wrapped], (8,)) == (
        f"layers[0].layer: RNN 'here' takes {STEPS}, got (8,)\n  shapes: input (8,)\n  hint: {WORDS}"
    )
    chained = node("Pipeline", name="here", layers=[node("Dense", units=2), node("Conv2D", filters=2, kernel_size=2)])
    assert problem([chained], (8,)) == (
        f"layers[0].layers[1]: Conv2D 'here' takes {IMAGE}, got (2,)\n  shapes: input (8,)\n  hint: {THREE}"
    )
