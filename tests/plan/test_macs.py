"""Multiply-accumulates against formulas and published totals."""

import itertools

import keras
import numpy as np
import pytest

import layer_cases
from counting import model_macs
from layer_cases import layer_class
from nnbuild import catalog
from nnbuild.catalog.facts import layer_facts, public_name
from nnbuild.catalog.facts.layers import LAYERS
from nnbuild.plan.macs import CELL_RULES, covered, layer_macs
from nnbuild.plan.symbolic import symbolically

L = keras.layers

SEVERAL_ARGUMENTS = (L.MultiHeadAttention, L.GroupQueryAttention)  # the others take several tensors as a list


def applied(layer, *shapes):
    """Input shapes and output shape of a layer that is built by calling it."""
    tensors = [keras.Input(shape[1:], batch_size=shape[0]) for shape in shapes]
    if isinstance(layer, SEVERAL_ARGUMENTS):
        output = layer(*tensors)
    else:
        output = layer(tensors if len(tensors) > 1 else tensors[0])
    return tuple(tensor.shape for tensor in tensors), keras.tree.flatten(output)[0].shape


def macs_of(layer, *shapes):
    return layer_macs(layer, *applied(layer, *shapes))


# --- Tables


def test_every_layer_of_the_catalog_has_its_place():
    assert [name for name in catalog.class_names("layers") if not layer_facts(name).macs] == []


def test_every_cell_of_the_catalog_has_a_rule():
    assert all(layer_facts(name).macs in CELL_RULES for name in ["ConvLSTMCell", *catalog.class_names("cells")])


def test_public_names_of_classes_with_another_name_in_keras():
    names = [*catalog.class_names("layers"), *catalog.class_names("cells")]
    own = {name: layer_class(name).__name__ for name in names}
    assert {name: public_name(own[name]) for name in names} == {name: name for name in names}
    assert {name for name in names if own[name] != name} == {name for name, facts in LAYERS.items() if facts.keras_name}


# --- Formulas

T, S, D = 7, 5, 6  # steps of query, steps of key and value, features

# Besides those that TensorFlow's profiler counts in `test_macs_profiler.py`.
CASES = [
    ("dense", lambda: L.Dense(128), [(None, 784)], 100_352),
    ("einsum", lambda: L.EinsumDense("abc,cde->abde", (T, 2, 4)), [(None, T, D)], T * D * 2 * 4),
    ("einsum, two summed", lambda: L.EinsumDense("abc,bcd->ad", 4), [(None, T, D)], T * D * 4),
    ("einsum, ellipsis first", lambda: L.EinsumDense("...x,xy->...y", 4), [(None, T, D)], T * D * 4),
    ("embedding", lambda: L.Embedding(100, 16), [(None, T)], 0),
    ("reversible embedding", lambda: L.ReversibleEmbedding(100, 16), [(None, T)], 0),
    # Convolutions
    ("first layer of VGG", lambda: L.Conv2D(64, 3, padding="same"), [(None, 224, 224, 3)], 86_704_128),
    ("conv1d, causal, dilated", lambda: L.Conv1D(8, 3, padding="causal", dilation_rate=2), [(None, 20, 4)], 20 * 96),
    ("conv2d, known batch size", lambda: L.Conv2D(8, 3), [(32, 9, 9, 4)], 49 * 9 * 4 * 8),
    ("conv2d, strides, groups", lambda: L.Conv2D(8, (3, 5), 2, groups=2), [(None, 9, 9, 4)], 4 * 3 * 8 * 15 * 2),
    # Recurrent: Keras' kernels hold all gates, so that per step both kernels are used once
    ("lstm, sequences and state", lambda: L.LSTM(8, return_sequences=True, return_state=True), [(None, T, D)],
     T * 4 * 8 * (D + 8)),
    ("cell", lambda: L.RNN(L.GRUCell(8)), [(None, T, D)], T * 3 * 8 * (D + 8)),
    ("stacked cells", lambda: L.RNN(L.StackedRNNCells([L.LSTMCell(8), L.GRUCell(3), L.SimpleRNNCell(2)])),
     [(None, T, D)], T * (4 * 8 * (D + 8) + 3 * 3 * (8 + 3) + 2 * (3 + 2))),
    ("both ways", lambda: L.Bidirectional(L.LSTM(8)), [(None, T, D)], 2 * T * 4 * 8 * (D + 8)),
    ("two unlike ways", lambda: L.Bidirectional(L.LSTM(8), backward_layer=L.GRU(8, go_backwards=True)),
     [(None, T, D)], T * 7 * 8 * (D + 8)),
    ("each step, sequence", lambda: L.TimeDistributed(L.Bidirectional(L.GRU(2))), [(None, 3, T, D)],
     6 * T * 6 * (D + 2)),
    ("convlstm 2d", lambda: L.ConvLSTM2D(8, 3, 2, "same"), [(None, T, 6, 6, 4)], T * 4 * 9 * 8 * 9 * (4 + 8)),
    # Attention
    ("multi-head, self", lambda: L.MultiHeadAttention(num_heads=8, key_dim=64), [(None, 10, 512), (None, 10, 512)],
     4 * 10 * 512**2 + 2 * 10**2 * 512),
    ("multi-head, three inputs", lambda: L.MultiHeadAttention(2, 4, value_dim=3, output_shape=9),
     [(None, T, D), (None, S, 10), (None, S, 11)], T * D * 8 + S * 10 * 6 + S * 11 * 8 + T * S * (8 + 6) + T * 6 * 9),
    ("multi-head, one of two axes", lambda: L.MultiHeadAttention(2, 4, attention_axes=2),
     [(None, 3, T, D), (None, 3, T, D)], 4 * 3 * T * D * 8 + 2 * 3 * T * T * 8),
    ("attention", lambda: L.Attention(), [(None, T, D), (None, S, D)], 2 * T * S * D),
    ("attention, key", lambda: L.Attention(), [(None, T, D), (None, S, 9), (None, S, D)], T * S * (D + 9)),
    ("attention, concat", lambda: L.Attention(score_mode="concat"), [(None, T, D), (None, S, D)], T * S * D),
    ("additive", lambda: L.AdditiveAttention(), [(None, T, D), (None, S, D)], 2 * T * S * D),
    ("additive, no scale", lambda: L.AdditiveAttention(use_scale=False), [(None, T, D), (None, S, D)], T * S * D),
    # Merging
    ("dot", lambda: L.Dot(axes=1), [(None, D), (None, D)], D),
    ("dot of sequences", lambda: L.Dot(axes=(2, 1)), [(None, T, D), (None, D, S)], T * D * S),
    ("cosines", lambda: L.Dot(axes=-1, normalize=True), [(None, T, D), (None, S, D)], T * D * S + 2 * (T + S) * D),
    ("multiply", lambda: L.Multiply(), [(None, T, D)] * 3, 2 * T * D),
    ("average", lambda: L.Average(), [(None, T, D)] * 3, 3 * T * D),
    ("add", lambda: L.Add(), [(None, T, D)] * 3, 0),
    # Pooling
    ("average pooling 2d", lambda: L.AveragePooling2D(2), [(None, 8, 8, 3)], 8 * 8 * 3),
    ("maximum pooling", lambda: L.MaxPooling2D(2), [(None, 8, 8, 3)], 0),
    ("global pooling", lambda: L.GlobalAveragePooling2D(), [(None, 8, 8, 3)], 8 * 8 * 3),
    ("adaptive, even", lambda: L.AdaptiveAveragePooling2D(4), [(None, 8, 8, 3)], 8 * 8 * 3),
    # 5 -> 3: windows [0, 2), [1, 4), [3, 5)
    ("adaptive, overlapping", lambda: L.AdaptiveAveragePooling1D(3), [(None, 5, 4)], (2 + 3 + 2) * 4),
    # Normalization and scaling
    ("batch norm.", lambda: L.BatchNormalization(), [(None, T, D)], T * D),
    ("layer norm. without a mean", lambda: L.LayerNormalization(rms_scaling=True), [(None, T, D)], 2 * T * D),
    ("layer norm.", lambda: L.LayerNormalization(), [(None, T, D)], 3 * T * D),
    ("group norm.", lambda: L.GroupNormalization(2), [(None, T, D)], 3 * T * D),
    ("rms norm.", lambda: L.RMSNormalization(), [(None, T, D)], 2 * T * D),
    ("unit norm.", lambda: L.UnitNormalization(), [(None, T, D)], 2 * T * D),
    ("standardization", lambda: L.Normalization(mean=0.0, variance=1.0), [(None, D)], D),
    ("rescaling", lambda: L.Rescaling(0.5), [(None, T, D)], T * D),
    ("activation", lambda: L.Activation("softmax"), [(None, T, D)], 0),
    # Images and signals
    ("upsampling, bilinear", lambda: L.UpSampling2D(2, interpolation="bilinear"), [(None, 4, 4, 3)], 64 * 3 * 4),
    ("resizing, bicubic", lambda: L.Resizing(5, 6, "bicubic"), [(None, 9, 9, 3)], 30 * 3 * 16),
    ("resizing, antialias", lambda: L.Resizing(5, 6, antialias=True), [(None, 9, 9, 3)], None),
    ("resizing, padded", lambda: L.Resizing(5, 6, pad_to_aspect_ratio=True), [(None, 9, 9, 3)], None),
    ("crop of a smaller image", lambda: L.CenterCrop(5, 12), [(None, 9, 9, 3)], None),
    ("contrast", lambda: L.AutoContrast(), [(None, 9, 9, 3)], None),
    ("pipeline", lambda: L.Pipeline([L.Rescaling(2.0), L.Resizing(5, 5)]), [(None, 9, 9, 3)], 81 * 3 + 25 * 3 * 4),
    ("pipeline, no rule", lambda: L.Pipeline([L.Rescaling(2.0), L.AutoContrast()]), [(None, 9, 9, 3)], None),
    ("spectrogram, one part", lambda: L.STFTSpectrogram("real", 16, 8, 16), [(None, 64, 2)], 7 * 16 * 9 * 2),
    ("mel spectrogram", lambda: L.MelSpectrogram(), [(None, 16000)], None),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:You passed `rms_scaling=True`")
@pytest.mark.parametrize(("make", "shapes", "macs"), [pytest.param(*row[1:], id=row[0]) for row in CASES])
def test_macs_by_formula_for_a_real_and_a_symbolic_layer(make, shapes, macs):
    assert macs_of(make(), *shapes) == macs
    assert symbolically(lambda: macs_of(make(), *shapes)) == macs


def test_channels_first_counts_the_same():
    rows = [
        (lambda form: L.Conv2D(8, 3, groups=2, padding="same", data_format=form), 36 * 9 * 2 * 8),
        (lambda form: L.SeparableConv2D(8, 3, padding="same", data_format=form), 36 * (4 * 9 + 4 * 8)),
        (lambda form: L.AdaptiveAveragePooling2D((3, 2), data_format=form), 36 * 4),
        (lambda form: L.TimeDistributed(L.Conv1D(8, 1, data_format=form)), 36 * 4 * 8),
    ]
    for make, macs in rows:
        last, first = make("channels_last"), make("channels_first")
        assert symbolically(lambda last=last: macs_of(last, (None, 6, 6, 4))) == macs
        if isinstance(first, L.TimeDistributed):
            assert symbolically(lambda first=first: macs_of(first, (None, 6, 4, 6))) == macs
        else:
            assert symbolically(lambda first=first: macs_of(first, (None, 4, 6, 6))) == macs
    layer = L.ConvLSTM2D(8, 3, padding="same", data_format="channels_first")
    assert symbolically(lambda: macs_of(layer, (None, T, 4, 6, 6))) == T * 4 * 36 * 8 * 9 * (4 + 8)


def test_embedding_called_in_reverse_is_a_matrix_product():
    layer = L.ReversibleEmbedding(100, 16)
    layer.build((None, T))
    assert layer_macs(layer, ((None, T, 16),), (None, T, 100)) == T * 16 * 100


def test_attention_of_one_input_attends_to_itself():
    for layer in (L.MultiHeadAttention(2, 4), L.GroupQueryAttention(4, 2, 1)):
        assert macs_of(layer, (None, T, D), (None, T, D)) == layer_macs(layer, ((None, T, D),), (None, T, D))


def test_a_recurrent_layer_with_an_initial_state():
    layer, state = L.GRU(8), keras.Input((8,))
    output = layer(keras.Input((T, D)), initial_state=state)
    assert layer_macs(layer, ((None, T, D), (None, 8)), output.shape) == T * 3 * 8 * (D + 8)


UNKNOWN = [
    (lambda: L.Dense(4), (None, None, D), None),
    (lambda: L.Conv2D(4, 3), (None, None, 8, 3), None),
    (lambda: L.LSTM(4), (None, None, D), None),
    (lambda: L.RNN(L.StackedRNNCells([L.GRUCell(4)])), (None, None, D), None),
    (lambda: L.TimeDistributed(L.Dense(4)), (None, None, D), None),
    (lambda: L.GlobalAveragePooling1D(), (None, None, D), None),
    (lambda: L.Embedding(10, 4), (None, None), 0),
    (lambda: L.Dropout(0.5), (None, None, D), 0),
]


@pytest.mark.parametrize(("make", "shape", "macs"), UNKNOWN)
def test_unknown_axes(make, shape, macs):
    assert macs_of(make(), shape) == macs


class Dense(L.Dense):
    """Shares a name with Keras' layer, and does more."""

    def call(self, inputs):
        return super().call(super().call(inputs))


class GRUCell(L.GRUCell):
    """Shares a name with Keras' cell."""


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (lambda: Dense(D), (None, D)),
        (lambda: L.TimeDistributed(Dense(D)), (None, T, D)),
        (lambda: L.SpectralNormalization(Dense(D)), (None, D)),
        (lambda: L.RNN([L.GRUCell(D), GRUCell(D)]), (None, T, D)),
    ],
    ids=["layer", "each step", "spectral norm.", "one of two cells"],
)
def test_no_rule_for_classes_outside_keras(make, shape):
    with keras.saving.custom_object_scope({"GRUCell": GRUCell, "Dense": Dense}):
        assert macs_of(make(), shape) is None


FREE_AUGMENTATIONS = [
    name
    for name, facts in LAYERS.items()
    if facts.macs == "free" and (name.startswith("Random") or name in ("AugMix", "RandAugment", "Solarization"))
]


@pytest.mark.parametrize("name", FREE_AUGMENTATIONS)
def test_augmentations_are_free_because_prediction_skips_them(name):
    row = layer_cases.LAYERS[name]
    images = np.random.default_rng(0).integers(0, 255, (2, 8, 8, 3)).astype("float32")
    height_width = {key: 8 for key in ("height", "width") if key in row.arguments}
    result = layer_class(name)(**{**row.arguments, **height_width})(images, training=False)
    np.testing.assert_allclose(result, images, atol=1e-3)


# --- Published totals


@pytest.mark.parametrize(
    ("make", "millions"),
    [
        # He et al., arXiv:1512.03385, section 3.3: 19.6 billion.
        (keras.applications.VGG19, 19_600),
        # Howard et al., arXiv:1704.04861, table 8: 569 million mult-adds.
        (keras.applications.MobileNet, 569),
    ],
)
def test_networks_of_the_literature(make, millions):
    types = ("Conv2D", "DepthwiseConv2D", "Dense")
    macs = symbolically(lambda: model_macs(make(weights=None), types))
    assert macs / 1e6 == pytest.approx(millions, rel=0.02)


def test_windows_of_adaptive_pooling():
    """Counted one by one, by Keras' definition of the windows."""
    for length, n_windows in itertools.product(range(1, 13), repeat=2):
        windows = [(i * length // n_windows, -(-(i + 1) * length // n_windows)) for i in range(n_windows)]
        assert covered(length, n_windows) == sum(end - start for start, end in windows)
    assert covered(6, 2**31 - 1) == 2**31 + 4  # without a loop over the windows
