"""Whole messages of shapes that a network can't take, with the layers and shapes before them."""

import keras
import pytest

import nnbuild
from messages import node, problem, problem_of

LSTM = node("LSTM", units=2)


FILTERS = {"filters": 2}


# --- Arguments that contradict each other

CONVOLUTION = {"filters": 4, "kernel_size": 3}


ARGUMENTS = [
    (
        "Conv2D", {**CONVOLUTION, "strides": 2, "dilation_rate": [1, 2]}, (16, 16, 1),
        "strides: Conv2D 'conv2d_1' takes strides or a dilation_rate above 1, not both: got 2 and [1, 2]\n"
        "  hint: set one of them to 1",
    ),
    (
        "Conv2D", {**CONVOLUTION, "groups": 3}, (16, 16, 6),
        "groups: Conv2D 'conv2d_1' can't make 4 filters in 3 groups of equal size\n  hint: groups may be 1, 2, 4",
    ),
    ("Permute", {"dims": [1, 1]}, (4, 5), "dims: Permute 'permute_1' must name each axis from 1 to 2 once, got [1, 1]"),
    (
        "Reshape", {"target_shape": [-1, 2, -1]}, (4, 5),
        "target_shape: Reshape 'reshape_1' can infer only one length of -1, got [-1, 2, -1]\n"
        "  hint: set all lengths but one",
    ),
    (
        "TimeDistributed", {"layer": node("Conv1D", **CONVOLUTION, groups=3)}, (3, 16, 6),
        "layer.groups: Conv1D 'time_distributed_1' can't make 4 filters in 3 groups of equal size\n"
        "  hint: groups may be 1, 2, 4",
    ),
    (
        "Bidirectional", {"layer": node("Dense", units=2)}, (8, 4),
        "layer: Bidirectional 'bidirectional_1' requires a recurrent layer, got Dense\n"
        "  allowed: ConvLSTM1D, ConvLSTM2D, ConvLSTM3D, GRU, LSTM, RNN, SimpleRNN",
    ),
]  # fmt: skip


@pytest.mark.parametrize("type_name, arguments, shape, found", ARGUMENTS)
def test_arguments_that_contradict_each_other(type_name, arguments, shape, found):
    assert problem_of(type_name, arguments, shape) == f"layers[0].{found}"


def test_arguments_that_only_keras_checks():
    arguments = {"head_dim": 2, "num_query_heads": 3, "num_key_value_heads": 2}
    assert problem_of("GroupQueryAttention", arguments, (8, 4), (8, 4)) == (
        "layers[0]: Keras refuses this GroupQueryAttention: `num_query_heads` must be divisible by "
        "`num_key_value_heads`."
    )


CROPPINGS = [
    ("Cropping1D", {"cropping": 4}, (8, 2), "8 steps: 4 at the start and 4 at the end"),
    ("Cropping2D", {"cropping": [[1, 1], [9, 0]]}, (8, 8, 2), "8 columns: 9 at the start and 0 at the end"),
    ("Cropping2D", {"cropping": 5, "data_format": "channels_first"}, (2, 8, 20),
     "8 rows: 5 at the start and 5 at the end"),
]  # fmt: skip


@pytest.mark.parametrize("type_name, arguments, shape, found", CROPPINGS)
def test_a_cropping_that_leaves_nothing(type_name, arguments, shape, found):
    name = keras.src.utils.naming.to_snake_case(type_name) + "_1"
    assert problem_of(type_name, arguments, shape) == (
        f"layers[0].cropping: {type_name} '{name}' removes all {found}\n  shapes: input {shape}"
    )


# --- Layers inside layers


def test_too_many_layers_inside_layers():
    flips = node("Pipeline", layers=[node("RandomFlip")] * 1000)
    cells = node("RNN", cell=node("StackedRNNCells", cells=[node("GRUCell", units=1)] * 1000))
    end = "the network has 1001 layers and cells inside other layers\n  allowed: at most 1000 in all"
    found = problem([node("TimeDistributed", layer=flips)], (2, 4, 4, 3))
    assert found == f"layers[0]: with TimeDistributed 'time_distributed_1' {end}"
    assert problem([cells], (2, 4)) == f"layers[0]: with RNN 'rnn_1' {end}"


# --- Windows

WINDOW = "  hint: use padding='same', a smaller window, or fewer strides and pools before it"


def test_the_shapes_before_a_problem_are_shown():
    layers = [node("Conv2D", filters=4, kernel_size=3), node("MaxPooling2D"), node("Conv2D", filters=4, kernel_size=5)]
    assert problem(layers, (8, 8, 1)) == (
        "layers[2]: the kernel of Conv2D 'conv2d_2' is larger than its input: 5x5 on 3x3\n"
        "  shapes: input (8, 8, 1) -> conv2d_1 (6, 6, 4) -> max_pooling2d_1 (3, 3, 4)\n" + WINDOW
    )


WINDOWS = [
    ("Conv2D", {**FILTERS, "kernel_size": 3, "dilation_rate": 4}, (8, 8, 1), "kernel", "9x9 (dilated) on 8x8"),
    ("Conv2D", {**FILTERS, "kernel_size": 5, "data_format": "channels_first"}, (1, 4, 4), "kernel", "5x5 on 4x4"),
    ("Conv2D", {**FILTERS, "kernel_size": 5}, (None, 4, 1), "kernel", "5x5 on ?x4"),
    ("ConvLSTM2D", {**FILTERS, "kernel_size": 9}, (3, 8, 8, 1), "kernel", "9x9 on 8x8"),
    ("MaxPooling3D", {"pool_size": [2, 2, 9]}, (4, 4, 4, 1), "pool", "2x2x9 on 4x4x4"),
]


@pytest.mark.parametrize("type_name, arguments, shape, part, sizes", WINDOWS)
def test_a_window_larger_than_its_input(type_name, arguments, shape, part, sizes):
    name = keras.src.utils.naming.to_snake_case(type_name) + "_1"
    assert problem_of(type_name, arguments, shape) == (
        f"layers[0]: the {part} of {type_name} '{name}' is larger than its input: {sizes}\n"
        f"  shapes: input {shape}\n" + WINDOW
    )


@pytest.mark.parametrize("wrapper, shape", [("TimeDistributed", (3, 8, 8, 1)), ("SpectralNormalization", (8, 8, 1))])
def test_a_window_inside_a_wrapper(wrapper, shape):
    layers = [node(wrapper, name="both", layer=node("Conv2D", filters=2, kernel_size=9))]
    assert problem(layers, shape) == (
        "layers[0].layer: the kernel of Conv2D 'both' is larger than its input: 9x9 on 8x8\n"
        f"  shapes: input {shape}\n" + WINDOW
    )


def test_windows_that_fit_because_of_their_padding():
    for padding in ("same", "causal"):
        layers = [node("Conv1D", filters=2, kernel_size=9, padding=padding), node("Flatten")]
        plan = nnbuild.describe({"nnbuild": 1, "layers": layers}, (8, 1), n_outputs=3)
        assert plan.steps[0].output_shape == (None, 8, 2)


# --- Ends

LAST = "set outputs to 'last' if the last node is the output"


ENDS = [
    ((), "Flatten", "regression", 1),
    ((8, 4), "Flatten or GlobalAveragePooling1D", "binary", None),
    ((2, 2, 2, 2, 2), "Flatten", "multiclass", 3),
    ((None, 4), "GlobalAveragePooling1D", "regression", 1),
]


@pytest.mark.parametrize("shape, end, task, n_outputs", ENDS)
def test_an_output_layer_needs_a_flat_end(shape, end, task, n_outputs):
    assert problem([node("Identity")], shape, task=task, n_outputs=n_outputs) == (
        f"layers[0]: the output shape is {shape}, but the output layer of a {task} task takes (features,)\n"
        f"  shapes: input {shape} -> identity_1 {shape}\n"
        f"  hint: add {end}, or {LAST}"
    )


def test_tokens_need_an_end_in_steps():
    assert problem([node("Identity")], (8,), task="tokens", n_outputs=3) == (
        "layers[0]: the output shape is (8,), but the output layer of a tokens task takes (steps, features)\n"
        "  shapes: input (8,) -> identity_1 (8,)\n"
        "  hint: add a last layer that returns every step, such as one with return_sequences"
    )


@pytest.mark.parametrize("outputs", ["auto", "last"])
def test_a_segmentation_ends_in_an_image(outputs):
    given = {"task": "segmentation", "n_outputs": 3, "outputs": outputs}
    assert problem([node("Flatten")], (4, 4, 1), **given) == (
        "layers[0]: the output shape is (16,), but a segmentation requires (height, width, channels)\n"
        "  shapes: input (4, 4, 1) -> flatten_1 (16,)\n"
        "  hint: use padding='same', remove Flatten and global pooling, and upsample as much as strides downsample"
    )


def test_an_output_layer_needs_a_known_number_of_features():
    assert problem([node("Identity")], (None,)) == (
        "layers[0]: the network ends with 'identity_1', which has an unknown number of features\n"
        "  shapes: input (None,) -> identity_1 (None,)\n"
        "  hint: set a fixed shape of the input, or add a last layer with a fixed output size"
    )


@pytest.mark.parametrize(
    "task, n_outputs, shape, wanted",
    [
        ("multiclass", 3, (8,), "3 values"),
        ("tokens", 4, (7, 3), "4 values"),
        ("regression", 1, (3,), "1 value"),
        ("binary", None, (2,), "1 value"),
    ],
)
def test_a_last_node_of_another_width(task, n_outputs, shape, wanted):
    given = {"task": task, "n_outputs": n_outputs, "outputs": "last"}
    assert problem([node("Identity")], shape, **given) == (
        f"layers[0]: the output shape is {shape}, but a {task} task requires {wanted} in the last axis\n"
        f"  shapes: input {shape} -> identity_1 {shape}\n"
        "  hint: set 'outputs' to 'auto' for an output layer that suits the task"
    )


# --- Single layers


@pytest.mark.parametrize(
    "type_name, arguments, axis",
    [
        ("BatchNormalization", {"axis": 4}, 4),
        ("Softmax", {"axis": 0}, 0),
        ("GroupNormalization", {"axis": -3}, -3),
        ("PReLU", {"shared_axes": [2]}, 2),
    ],
)
def test_an_axis_that_the_input_does_not_have(type_name, arguments, axis):
    assert problem_of(type_name, {"name": "here", **arguments}, (8,)) == (
        f"layers[0]: {type_name} 'here' uses axis {axis}, which its input (8,) does not have\n"
        "  shapes: input (8,)\n  hint: axis 0 is the batch, 1 the first of the shape, -1 the last"
    )


SINGLE = [
    ("Reshape", {"target_shape": [3, 3]}, (8,), ": Reshape 'here' can't reshape (8,) to (3, 3): 9 elements are not 8"),
    ("Reshape", {"target_shape": [3, -1]}, (8,),
     ": Reshape 'here' can't reshape (8,) to (3, -1): 8 is not a multiple of 3"),
    ("GroupNormalization", {}, (8,),
     ": GroupNormalization 'here' can't split 8 channels into 32 groups of equal size\n"
     "  shapes: input (8,)\n  hint: groups may be 1, 2, 4, 8"),
    ("Conv1D", {"filters": 4, "kernel_size": 2, "groups": 2}, (8, 3),
     ": Conv1D 'here' can't split 3 channels into 2 groups of equal size\n"
     "  shapes: input (8, 3)\n  hint: groups may be 1, 3"),
    ("EinsumDense", {"equation": "abc,cd->abd", "output_shape": 3}, (8,),
     ".equation: 'abc' names 3 axes, but the input (8,) has 2 axes with the batch"),
    ("EinsumDense", {"equation": "abc-cd", "output_shape": 3}, (8, 4),
     ".equation: must be axes of input, kernel and output, as 'abc,cd->abd', got 'abc-cd'"),
    ("EinsumDense", {"equation": "abc,cd->abe", "output_shape": [8, 3]}, (8, 4),
     ".equation: axis 'e' of the output is in neither input nor kernel"),
    ("STFTSpectrogram", {"frame_length": 16, "fft_length": 16}, (8, 1),
     ": the frame of STFTSpectrogram 'here' is longer than its input: 16 on 8\n"
     "  shapes: input (8, 1)\n  hint: use a smaller frame_length, or padding='same'"),
    ("LSTM", {"units": 2, "return_state": True}, (8, 4),
     ": LSTM 'here' returns 3 tensors; a node must return one\n  shapes: input (8, 4)\n  hint: remove return_state"),
    ("Normalization", {"mean": [0.0, 1.0], "variance": [1.0, 1.0]}, (8,),
     ".mean: Normalization 'here' has 2 values of mean for 8 features"),
    ("SpectralNormalization", {"layer": {"type": "Dropout", "rate": 0.5}}, (8,),
     ": Keras can't apply SpectralNormalization 'here' here: "
     "Dropout object has no attribute 'kernel' nor 'embeddings'"),
]  # fmt: skip


@pytest.mark.parametrize("type_name, arguments, shape, message", SINGLE)
def test_arguments_that_do_not_suit_the_input(type_name, arguments, shape, message):
    if "shapes:" not in message:
        message += f"\n  shapes: input {shape}"
    assert problem_of(type_name, {"name": "here", **arguments}, shape) == f"layers[0]{message}"


def test_text_must_become_numbers_first():
    assert problem([node("Dense", units=2)], (1,), dtype="string") == (
        "layers[0]: Dense 'dense_1' takes numbers, got text\n"
        "  shapes: input (1,)\n"
        "  hint: add TextVectorization or StringLookup before it"
    )


# --- Several problems, and their places

WORDS = "  hint: add Embedding before it for token ids, otherwise Reshape to [8, 1]"


def test_independent_problems_come_together_in_order():
    branches = {"a": [node("Conv2D", filters=3, kernel_size=9)], "b": [node("LSTM", units=3)], "c": [node("Flatten")]}
    assert problem([node("Parallel", branches=branches, merge="Concatenate"), node("Dense", units=2)], (8, 8, 1)) == (
        "layers[0].branches.a[0]: the kernel of Conv2D 'parallel_1.a.conv2d_1' is larger than its input: 9x9 on 8x8\n"
        f"  shapes: input (8, 8, 1)\n{WINDOW}\n"
        "layers[0].branches.b[0]: LSTM 'parallel_1.b.lstm_1' takes (steps, features), got (8, 8, 1)\n"
        "  shapes: input (8, 8, 1)\n  hint: add a Reshape to 2 axes before it"
    )


def test_a_problem_inside_a_block_is_reported_in_the_block():
    blocks = {"memory": {"layers": [LSTM]}}
    assert problem([node("memory", name="here")], (8,), blocks=blocks) == (
        "blocks.memory.layers[0]: LSTM 'here.lstm_1' takes (steps, features), got (8,)\n  shapes: input (8,)\n" + WORDS
    )


def test_a_problem_in_a_later_iteration_of_a_repeat():
    layers = [node("Repeat", times=4, layers=[node("Conv2D", filters=2, kernel_size=3)]), node("Flatten")]
    assert problem(layers, (8, 8, 1)) == (
        "layers[0].layers[0]: the kernel of Conv2D 'repeat_1.4.conv2d_1' is larger than its input: 3x3 on 2x2\n"
        "  shapes: input (8, 8, 1) -> repeat_1.1.conv2d_1 (6, 6, 2) -> repeat_1.2.conv2d_1 (4, 4, 2) "
        f"-> repeat_1.3.conv2d_1 (2, 2, 2)\n{WINDOW}"
    )


def test_long_chains_of_shapes_are_shortened():
    layers = [node("Repeat", times=9, layers=[node("Dense", units=8)]), LSTM]
    iterations = " -> ".join(f"repeat_1.{iteration}.dense_1 (8,)" for iteration in range(5, 10))
    assert problem(layers, (8,)) == (
        f"layers[1]: LSTM 'lstm_1' takes (steps, features), got (8,)\n"
        f"  shapes: input (8,) -> ... -> {iterations}\n{WORDS}"
    )
