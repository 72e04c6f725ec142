"""Multiply-accumulates of a Keras layer per sample, for one forward pass at inference.

Rules of counting

- A sum of products counts 1 per product, including the addition: matrix products, convolutions, dot products,
  attention scores and weighted values. Windows count in full, including padding.
- A mean is a sum of products with equal weights: average pooling counts 1 per element of its windows.
- Scaling (with or without a shift) counts 1 per element: `Rescaling`, `Multiply`, and batch normalization, whose
  statistics are fixed at inference. Normalization with statistics of each sample adds 1 per element for each
  statistic: mean and variance (3 in total), or only the mean of squares (2).
- All other operations count 0: biases, additions, comparisons (maximum pooling), activation functions including
  softmax, table lookups and copies. As in the formulas of the papers, elementwise products inside layers of matrix
  products also count 0 (gates of recurrent cells and attention, scaling of scores).
- Computations that depend only on weights count 0, because they are done once per batch: low-rank updates (LoRA) and
  spectral normalization (which Keras computes in training only).
- Masks do not reduce the count, because Keras also computes masked scores and steps.

Twice the count is close to the number of float operations in TensorFlow's profiler, which also counts additions.
"""

from __future__ import annotations

from collections.abc import Callable
from math import gcd, prod

from nnbuild.catalog.conventions import OWN_MODULES
from nnbuild.catalog.facts import layer_facts, public_name
from nnbuild.records import Shape

Axes = tuple[int, ...]  # a shape without unknown axes, except the batch axis
Rule = Callable[..., int | None]  # of layer, input shapes, output shape
CellRule = Callable[..., int | None]  # of cell, shape of the input at one step


def layer_macs(layer: object, input_shapes: tuple[Shape, ...], output_shape: Shape) -> int | None:
    """Return the multiply-accumulates per sample of one forward pass of a layer.

    Parameters
    ----------
    layer : keras.layers.Layer
        Built layer, symbolic or not. Only its attributes and the shapes of its weights are used.
    input_shapes : tuple of Shape
        Shapes of the inputs, in order, with the batch axis first. Attention layers have query, value and key; the value
        defaults to the query, and the key to the value.
    output_shape : Shape
        Shape of the (first) output, with the batch axis first.

    Returns
    -------
    int or None
        None if the class has no rule (such as classes outside Keras), or if the length of an axis other than the
        batch is unknown.

    Examples
    --------
    >>> import keras
    >>> layer_macs(keras.layers.Dense(128), ((None, 784),), (None, 128))
    100352
    """
    name = _keras_class(layer)
    rule = layer_facts(name).macs if name else ""
    if rule == "free":
        return 0
    # The output shape of an EinsumDense may contain None for copied axes. Its rule uses the input shapes only.
    shapes = input_shapes if rule == "einsum_dense" else (*input_shapes, output_shape)
    if rule not in RULES or any(None in shape[1:] for shape in shapes):
        return None
    return RULES[rule](layer, input_shapes, output_shape)


def _keras_class(layer: object) -> str | None:
    """Return the name of a class of Keras or nnbuild; None for other classes, whose names may be the same."""
    kind = type(layer)
    if kind.__module__.split(".")[0] != "keras" and kind.__module__ != OWN_MODULES["layers"]:
        return None
    return public_name(kind.__name__)


def _elements(shape: Axes) -> int:
    """Return the number of elements of one sample."""
    return prod(shape[1:])


def _channels(layer, shape: Axes) -> int:
    return shape[1] if layer.data_format == "channels_first" else shape[-1]


def _dense(layer, inputs, output):
    return _elements(output) * inputs[0][-1]


def _batch_ensemble(layer, inputs, output):
    """Count the matrix products, and the factors of inputs and outputs."""
    n_inputs = inputs[0][-1]
    factors = layer.n_members * (n_inputs + layer.units) if layer.share_kernel else 0
    return _elements(output) * n_inputs + factors


def _einsum_dense(layer, inputs, output):
    """Count one product per combination of input axes and of axes that only the kernel has."""
    source, kernel = layer.equation.split("->")[0].split(",")
    added = (size for axis, size in zip(kernel, layer.kernel.shape, strict=True) if axis not in source)
    return _elements(inputs[0]) * prod(added)


def _reversible_embedding(layer, inputs, output):
    """Count 0 for a lookup, which adds an axis, and a matrix product for a reverse call, which does not."""
    return 0 if len(output) > len(inputs[0]) else _dense(layer, inputs, output)


def _convolution(layer, inputs, output):
    """Count output elements times window elements (Dumoulin & Visin, arXiv:1603.07285)."""
    return _elements(output) * prod(layer.kernel_size) * (_channels(layer, inputs[0]) // layer.groups)


def _transposed_convolution(layer, inputs, output):
    """Count one window per input element and filter."""
    return _elements(inputs[0]) * prod(layer.kernel_size) * layer.filters


def _depthwise_convolution(layer, inputs, output):
    return _elements(output) * prod(layer.kernel_size)


def _separable_convolution(layer, inputs, output):
    """Count a depthwise convolution and a convolution with kernel size 1 (Chollet, arXiv:1610.02357)."""
    places = _elements(output) // layer.filters
    depth = _channels(layer, inputs[0]) * layer.depth_multiplier
    return places * depth * (prod(layer.kernel_size) + layer.filters)


def _spectrogram(layer, inputs, output):
    """Count convolutions with sines, cosines or both; for "stft", the output already contains both."""
    both = layer.mode not in ("real", "imag", "stft")
    return _elements(output) * layer.frame_length * (2 if both else 1)


def _multi_head_attention(layer, inputs, output):
    """Count projections, scores and weighted values of Vaswani et al., arXiv:1706.03762, section 3.2.2."""
    query, value, key = _query_value_key(inputs)
    queries, keys = prod(query[1:-1]), prod(key[1:-1])
    key_width, value_width = layer.num_heads * layer.key_dim, layer.num_heads * layer.value_dim
    projections = queries * query[-1] * key_width + keys * (key[-1] * key_width + value[-1] * value_width)
    if layer.get_config()["use_gate"]:
        projections += queries * query[-1] * value_width
    attended = prod(key[axis] for axis in layer.attention_axes)  # keys per query
    return projections + queries * attended * (key_width + value_width) + _elements(output) * value_width


def _group_query_attention(layer, inputs, output):
    """Count as in Ainslie et al., arXiv:2305.13245: several query heads share one projection of key and value."""
    query, value, key = _query_value_key(inputs)
    width, shared_width = layer.num_query_heads * layer.head_dim, layer.num_key_value_heads * layer.head_dim
    projections = _elements(query) * width * (2 if layer.use_gate else 1)
    projections += (_elements(key) + _elements(value)) * shared_width
    return projections + 2 * query[1] * key[1] * width + _elements(output) * width


def _attention(layer, inputs, output):
    """Count as in Luong et al., arXiv:1508.04025, equation 8. In Keras, "concat" scores are sums without weights."""
    query, value, key = _query_value_key(inputs)
    score = key[-1] if layer.score_mode == "dot" else 0
    return prod(query[1:-1]) * key[-2] * (score + value[-1])


def _additive_attention(layer, inputs, output):
    """Count as in Bahdanau et al., arXiv:1409.0473. A score is a sum over features, weighted only with `use_scale`."""
    query, value, key = _query_value_key(inputs)
    score = key[-1] if layer.use_scale else 0
    return prod(query[1:-1]) * key[-2] * (score + value[-1])


def _query_value_key(inputs: tuple[Axes, ...]) -> tuple[Axes, Axes, Axes]:
    query = inputs[0]
    value = inputs[1] if len(inputs) > 1 else query
    return query, value, inputs[2] if len(inputs) > 2 else value


def _dot(layer, inputs, output):
    """Count one product per element of the summed axis. With `normalize`, both inputs are first scaled to unit norm."""
    axis = layer.axes if isinstance(layer.axes, int) else layer.axes[0]
    unit = 2 * sum(_elements(shape) for shape in inputs) if layer.normalize else 0
    return unit + _elements(output) * inputs[0][axis]


def _multiply(layer, inputs, output):
    return _elements(output) * (len(inputs) - 1)


def _average(layer, inputs, output):
    return _elements(output) * len(inputs)


def _average_pooling(layer, inputs, output):
    return _elements(output) * prod(layer.pool_size)


def _global_average_pooling(layer, inputs, output):
    return _elements(inputs[0])


def _adaptive_average_pooling(layer, inputs, output):
    first = 2 if layer.data_format == "channels_first" else 1  # spatial axis
    lengths = inputs[0][first : first + len(layer.output_size)]
    elements = (covered(length, n) for length, n in zip(lengths, layer.output_size, strict=True))
    return _channels(layer, inputs[0]) * prod(elements)


def covered(length: int, n_windows: int) -> int:
    """Return the number of elements in all windows of adaptive pooling along one axis.

    Window i of n extends from floor(i a / n) to ceil((i + 1) a / n), where a is `length`. The sum of floor(i a / n)
    over i < n is s = ((a - 1) (n - 1) + gcd(a, n) - 1) / 2. The sum of ceil((i + 1) a / n) is a n - s.
    """
    return length + n_windows - gcd(length, n_windows)


def _scaling(layer, inputs, output):
    return _elements(output)


def _mean_and_variance_scaling(layer, inputs, output):
    return 3 * _elements(output)


def _mean_square_scaling(layer, inputs, output):
    return 2 * _elements(output)


def _layer_normalization(layer, inputs, output):
    rule = _mean_square_scaling if layer.rms_scaling else _mean_and_variance_scaling
    return rule(layer, inputs, output)


def _up_sampling(layer, inputs, output):
    """Count the input elements whose weighted sum is one output element."""
    n_weighted = N_WEIGHTED.get(layer.interpolation)
    return None if n_weighted is None else _elements(output) * n_weighted


def _resizing(layer, inputs, output):
    """Count as upsampling. None with `antialias`, which weights more elements, and if part of the output is padding."""
    return None if layer.antialias or layer.pad_to_aspect_ratio else _up_sampling(layer, inputs, output)


def _center_crop(layer, inputs, output):
    """Count 0 for a copy. None for images smaller than the crop, which are resized."""
    smaller = any(before < after for before, after in zip(inputs[0][1:], output[1:], strict=True))
    return None if smaller else 0


def _periodic_embedding(layer, inputs, output):
    """Count the angles and the dense layer of each column."""
    n_columns, n_frequencies = layer.kernel.shape[:2]
    return n_columns * n_frequencies * (1 + layer.units)


def _recurrent(layer, inputs, output):
    steps, step_shape = inputs[0][1], (inputs[0][0], *inputs[0][2:])
    macs = _cell_macs(layer.cell, step_shape)
    return None if macs is None else steps * macs


def _cell_macs(cell, shape: Axes) -> int | None:
    """Return the multiply-accumulates of one step, from the shape of the input at one step."""
    name = _keras_class(cell)
    rule = CELL_RULES.get(layer_facts(name).macs) if name else None
    return rule(cell, shape) if rule else None


def _simple_rnn_cell(cell, shape):
    """Elman, "Finding structure in time", 1990: one matrix for the input, one for the state."""
    return cell.units * (shape[-1] + cell.units)


def _gru_cell(cell, shape):
    """Cho et al., arXiv:1406.1078, equations 5 to 8: two gates and the candidate."""
    return 3 * _simple_rnn_cell(cell, shape)


def _lstm_cell(cell, shape):
    """Hochreiter & Schmidhuber, 1997, with Gers' forget gate: three gates and the candidate."""
    return 4 * _simple_rnn_cell(cell, shape)


def _conv_lstm_cell(cell, shape):
    """Shi et al., arXiv:1506.04214, equation 3, without peepholes: the matrices of an LSTM are convolutions."""
    state, _ = cell.compute_output_shape(shape)
    return 4 * _elements(state) * prod(cell.kernel_size) * (_channels(cell, shape) + cell.filters)


def _stacked_cells(cell, shape):
    total = 0
    for part in cell.cells:
        macs = _cell_macs(part, shape)
        if macs is None:
            return None
        total, shape = total + macs, (shape[0], part.output_size)
    return total


def _bidirectional(layer, inputs, output):
    both = [layer_macs(part, inputs, output) for part in (layer.forward_layer, layer.backward_layer)]
    return None if None in both else sum(both)


def _time_distributed(layer, inputs, output):
    """Count the inner layer once per step, on axis 1."""
    step_inputs = tuple((shape[0], *shape[2:]) for shape in inputs)
    macs = layer_macs(layer.layer, step_inputs, (output[0], *output[2:]))
    return None if macs is None else inputs[0][1] * macs


def _wrapped(layer, inputs, output):
    return layer_macs(layer.layer, inputs, output)


def _pipeline(layer, inputs, output):
    total, shape = 0, inputs[0]
    for part in layer.layers:
        try:
            after = tuple(part.compute_output_shape(shape))
        except NotImplementedError:  # raised by a Pipeline or a user's layer
            return None
        macs = layer_macs(part, (shape,), after)
        if macs is None:
            return None
        total, shape = total + macs, after
    return total


# Number of input elements in the weighted sum of one element of a resized image; "nearest" copies one element.
N_WEIGHTED = {"nearest": 0, "bilinear": 4, "bicubic": 16, "lanczos3": 36, "lanczos5": 100}

# Keys are values of `macs` in catalog/facts. There, "free" means 0 for all shapes, and "uncounted" means no rule.
RULES: dict[str, Rule] = {
    "adaptive_average_pooling": _adaptive_average_pooling,
    "additive_attention": _additive_attention,
    "attention": _attention,
    "average": _average,
    "average_pooling": _average_pooling,
    "batch_ensemble": _batch_ensemble,
    "bidirectional": _bidirectional,
    "center_crop": _center_crop,
    "convolution": _convolution,
    "dense": _dense,
    "depthwise_convolution": _depthwise_convolution,
    "dot": _dot,
    "einsum_dense": _einsum_dense,
    "global_average_pooling": _global_average_pooling,
    "group_query_attention": _group_query_attention,
    "layer_normalization": _layer_normalization,
    "mean_and_variance_scaling": _mean_and_variance_scaling,
    "mean_square_scaling": _mean_square_scaling,
    "multi_head_attention": _multi_head_attention,
    "multiply": _multiply,
    "periodic_embedding": _periodic_embedding,
    "pipeline": _pipeline,
    "recurrent": _recurrent,
    "resizing": _resizing,
    "reversible_embedding": _reversible_embedding,
    "scaling": _scaling,
    "separable_convolution": _separable_convolution,
    "spectrogram": _spectrogram,
    "time_distributed": _time_distributed,
    "transposed_convolution": _transposed_convolution,
    "up_sampling": _up_sampling,
    "wrapped": _wrapped,
}

CELL_RULES: dict[str, CellRule] = {
    "conv_lstm_cell": _conv_lstm_cell,
    "gru_cell": _gru_cell,
    "lstm_cell": _lstm_cell,
    "simple_rnn_cell": _simple_rnn_cell,
    "stacked_cells": _stacked_cells,
}
