"""Tables of `kind_of`: kinds by argument name, and exceptions for single classes.

Choices and ranges are those of Keras' docstrings and source. Where Keras' constructor takes more than its layer can
compute with (a rate of 1 in GaussianDropout), or only one type (a float as the learning rate), the tables follow what
works. Words are taken as Keras documents them: older names ("binary", "tf-idf") and other cases ("SAME", "pr") are not.
"""

from __future__ import annotations

from nnbuild.catalog.facts.layers import LAYERS
from nnbuild.catalog.kinds import (
    MAX_WHOLE,
    Choice,
    Either,
    Flag,
    Float,
    Integer,
    Kind,
    ListOf,
    Named,
    Number,
    Object,
    Text,
    optional,
)
from nnbuild.catalog.safe_kinds import Keyword, Terms


def _one_or_list(kind: Kind) -> Kind:
    return Either(kind, ListOf(kind, 1))


def _one_or_two(kind: Kind) -> Kind:
    return Either(kind, ListOf(kind, 2, 2))


def _span(low: float, high: float) -> Kind:
    """Return the kind of a range of random numbers: one limit, or both."""
    return _one_or_two(Number(low, high))


def _sizes(n: int, low: int = 1, high: int | None = None) -> Kind:
    """Return the kind of one integer for all of `n` axes, or one for each."""
    return Either(Integer(low, high), ListOf(Integer(low, high), n, n))


def _windows(n: int) -> Kind:
    """Return the kind of lengths or strides of windows without weights along `n` axes."""
    return _sizes(n, high=MAX_STEP)


def _margins(n: int) -> Kind:
    """Return the kind of padding or cropping of `n` axes: one value, one for each axis, or one for each end."""
    return Either(Integer(0), ListOf(_sizes(2, 0), n, n))


def _array(kind: Kind) -> Kind:
    """Return the kind of a number, or an array of numbers with at most three axes."""
    return _one_or_list(_one_or_list(_one_or_list(kind)))


def _by_dimensions(n: int) -> dict[str, Kind]:
    """Return the kinds of arguments with one value for each of `n` axes."""
    sized, bounded = ("dilation_rate", "kernel_size", "output_size"), ("pool_size", "strides")
    return {
        **dict.fromkeys(sized, _sizes(n)),
        **dict.fromkeys(bounded, _windows(n)),
        "output_padding": optional(_sizes(n, 0)),
    }


COUNT = Integer(1)
MANY = 2**16
MAX_STEP = 2**12  # convolutions end the process at strides of 2**16, pooling at windows of 2**31
MAX_CLASSES = 2**12  # of a confusion matrix, which has the square of it in 32 bits
FRACTION = Number(0, 1)
AT_LEAST_0 = Number(low=0)
ABOVE_0 = Number(above=0)
BELOW_1 = Number(low=0, below=1)
AXES = Either(Integer(), ListOf(Integer(), 1, distinct=True))
RESAMPLING = Choice("bicubic", "bilinear", "lanczos3", "lanczos5", "nearest")
# Policies that quantize ("int8_from_float32") are for trained layers.
# All layers require real numbers, except those that pass on their input or process text and integers.
FLOATS = ("bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16")
FLOAT_DTYPE = Choice(*FLOATS)
DTYPE = Choice(*FLOATS, *("bool", "int16", "int32", "int64", "string", "uint16", "uint32", "uint64", "uint8"))

# By the last word of the argument: kernel_initializer, recurrent_activation ...
# Null means no activation, regularizer or constraint, and Keras' default initializer.
OBJECTS: dict[str, Kind] = {
    "activation": optional(Object("activations")),
    "constraint": optional(Object("constraints")),
    "initializer": optional(Object("initializers")),
    "regularizer": optional(Object("regularizers")),
}

# Arguments with layers or cells, in users' classes too; their "layers" and "cells" may be counts.
HELD = ("backward_layer", "cell", "layer")

_FLAGS = (
    # layers and cells
    *("all_ops", "antialias", "center", "crop_to_aspect_ratio", "expand_dims", "go_backwards", "invert", "keepdims"),
    *("mask_zero", "normalize", "pad_to_aspect_ratio", "pad_to_max_tokens", "periodic", "power_to_db", "ragged"),
    *("renorm", "reset_after", "return_sequences", "return_state", "scale", "share_kernel", "sparse", "stateful"),
    "synchronized",
    *("tie_weights", "trainable", "unit_forget_bias", "unroll", "use_bias", "use_causal_mask", "use_gate"),
    "use_scale",
    "zero_output_for_mask",
    # optimizers and schedules
    *("amsgrad", "centered", "cycle", "exclude_embeddings", "nesterov", "relative_step", "staircase", "use_ema"),
    # losses and metrics
    *("apply_class_balancing", "from_logits", "from_sorted_ids", "multi_label", "remove_diagonal"),
    *("sparse_y_pred", "sparse_y_true"),
)
_COUNTS = (
    *("decay_steps", "depth_multiplier", "filters", "first_decay_steps"),
    *("groups", "head_dim", "height", "input_dim", "k", "key_dim", "n", "n_points", "num_bins"),
    *("num_heads", "num_key_value_heads", "num_query_heads"),
    *("output_dim", "sampling_rate", "sequence_stride", "units", "width"),
)
_OPTIONAL_COUNTS = (
    *("ema_overwrite_frequency", "frame_step", "gptq_unpacked_column_size", "lora_rank", "max_features"),
    *("num_tokens", "output_sequence_length", "sequence_length", "sliding_window", "top_k", "value_dim"),
)
# Numbers of iterations in Python, or sizes of tables, in Keras.
_FEW = ("ns_steps", "power_iterations")
_FEW_IMAGES = ("chain_depth", "num_chains")  # each may change an image in a dozen ways
_MANY = ("bins", "frame_length", "n_bins", "n_frequencies", "n_members", "num_mel_bins", "num_thresholds")
_FRACTIONS = (
    *("dropout", "ema_momentum", "label_smoothing", "momentum", "precision", "rate", "recall", "recurrent_dropout"),
    *("renorm_momentum", "rho", "sensitivity", "specificity"),
)
_AT_LEAST_0 = (
    *("adam_lr_ratio", "clip_limit", "epsilon", "epsilon_1", "epsilon_2", "gamma", "initial_accumulator_value"),
    *("l1", "l1_regularization_strength", "l2", "l2_regularization_strength", "l2_shrinkage_regularization_strength"),
    *("max_value", "min_freq", "min_value", "negative_slope", "top_db"),
)
_OPTIONAL_AT_LEAST_0 = ("adam_weight_decay", "clipnorm", "clipvalue", "global_clipnorm", "weight_decay")
_ABOVE_0 = ("clip_threshold", "delta", "mag_exp", "min_power", "ref_power")
_OPTIONAL_ABOVE_0 = ("logit_soft_cap", "lora_alpha", "loss_scale_factor", "max_freq", "rms_rate")
_NUMBERS = ("fill_value", "gain", "margin", "maxval", "minval", "muon_a", "muon_b", "muon_c", "threshold")

ARGUMENTS: dict[str, Kind] = {
    **dict.fromkeys(_FLAGS, Flag()),
    **dict.fromkeys(_COUNTS, COUNT),
    **dict.fromkeys(_OPTIONAL_COUNTS, optional(COUNT)),
    **dict.fromkeys(_FEW, Integer(1, 100)),
    **dict.fromkeys(_FEW_IMAGES, Integer(1, 10)),
    **dict.fromkeys(_MANY, Integer(1, MANY)),
    **dict.fromkeys(_FRACTIONS, FRACTION),
    **dict.fromkeys(_AT_LEAST_0, AT_LEAST_0),
    **dict.fromkeys(_OPTIONAL_AT_LEAST_0, optional(AT_LEAST_0)),
    **dict.fromkeys(_ABOVE_0, ABOVE_0),
    **dict.fromkeys(_OPTIONAL_ABOVE_0, optional(ABOVE_0)),
    **dict.fromkeys(_NUMBERS, Number()),
    # layers
    "attention_axes": optional(AXES),
    "axes": _one_or_two(Integer()),
    "axis": Integer(),
    "bias_axes": optional(Text()),
    "columns": optional(ListOf(Integer(0), distinct=True)),
    "data_format": optional(Choice("channels_first", "channels_last")),
    "dims": ListOf(COUNT, 1),
    "dtype": optional(FLOAT_DTYPE),
    "equation": Text(),
    "flash_attention": optional(Flag()),
    "merge_mode": optional(Choice("ave", "concat", "mul", "sum")),
    "noise_shape": optional(ListOf(optional(COUNT), 1)),
    "padding": Choice("same", "valid"),
    "renorm_clipping": optional(Named(("dmax", "rmax", "rmin"), AT_LEAST_0)),
    "reverse_dtype": optional(DTYPE),
    "score_mode": Choice("concat", "dot"),
    "seed": optional(Integer()),
    "shared_axes": optional(Either(COUNT, ListOf(COUNT, distinct=True))),
    "step": Integer(),
    "target_shape": ListOf(Either(COUNT, Choice(-1))),
    "use_cudnn": Either(Flag(), Choice("auto")),
    # layers that hold layers
    "backward_layer": optional(Object("layers")),
    "cell": _one_or_list(Object("cells")),
    "cells": ListOf(Object("cells"), 1),
    "layer": Object("layers"),
    "layers": ListOf(Object("layers"), 1),
    # tables and text
    "ngrams": optional(Integer(1, 100)),  # Keras takes several only as a tuple, which a recipe can't write
    "bin_boundaries": optional(ListOf(Number(), 1)),
    "encoding": Text(),  # Python has many, and more can be registered
    "idf_weights": optional(ListOf(AT_LEAST_0, 1)),
    "max_tokens": optional(Integer(2)),
    "num_classes": Integer(1, MAX_CLASSES),
    "num_labels": optional(Integer(1, MANY)),
    "num_oov_indices": Integer(0, MANY),  # Keras makes a list of as many
    "oov_method": Choice("farmhash", "floormod"),
    "output_mode": Choice("count", "int", "multi_hot", "one_hot", "tf_idf"),
    "salt": optional(_one_or_two(Integer(0, MAX_WHOLE))),
    "split": optional(Choice("character", "whitespace")),
    "standardize": optional(Choice("lower", "lower_and_strip_punctuation", "strip_punctuation")),
    "variance": optional(_array(AT_LEAST_0)),
    "vocabulary": optional(Terms(Text(), 1)),
    "vocabulary_dtype": Choice("int64"),
    # images
    "addition_factor": _span(0, 1),
    "brightness_factor": optional(_span(-1, 1)),
    "contrast_factor": optional(_span(0, 1)),
    "factor": _span(0, 1),
    "fill_mode": Choice("constant", "nearest", "reflect", "wrap"),
    "height_factor": _span(-1, 1),
    "hue_factor": optional(_span(0, 1)),
    "interpolation": Choice("bilinear", "nearest"),
    "num_ops": Integer(0, 10),
    "offset": _one_or_list(Number()),
    "saturation_factor": optional(_span(0, 1)),
    "sigma": Either(FRACTION, ListOf(AT_LEAST_0, 2, 2)),  # Keras limits one number only, and a deviation may pass 1
    "threshold_factor": _span(0, 1),
    "tile_grid_size": ListOf(COUNT, 2, 2),
    "value_range": ListOf(Number(), 2, 2),
    "width_factor": _span(-1, 1),
    "x_factor": _span(0, 1),
    "y_factor": _span(0, 1),
    # sound
    "fft_length": optional(Integer(1, MANY)),
    "scaling": optional(Choice("density", "spectrum")),
    "window": optional(Either(Text(), ListOf(Number(), 1))),  # SciPy's names for some 30 windows, or its values
    # initializers
    "distribution": Choice("truncated_normal", "uniform", "untruncated_normal"),
    "input_axes": optional(ListOf(Integer())),
    "output_axes": optional(ListOf(Integer())),
    "side": Choice("imag", "real"),
    "value": _one_or_list(Number()),
    # optimizers
    "adam_beta_1": BELOW_1,
    "adam_beta_2": BELOW_1,
    "beta_1": BELOW_1,
    "beta_2": BELOW_1,
    "beta_2_decay": Number(high=0),
    "exclude_layers": optional(ListOf(Keyword())),
    "gradient_accumulation_steps": optional(Integer(2)),
    "learning_rate": Either(Float(above=0), Object("schedules")),
    "learning_rate_power": Number(high=0),
    "warmup_steps": Integer(0),
    # schedules
    "boundaries": ListOf(Integer(0), 1),
    "decay_rate": Float(low=0),
    "end_learning_rate": Float(low=0),
    "initial_learning_rate": Float(low=0),
    "m_mul": Float(above=0),
    "power": Float(above=0),
    "t_mul": Float(above=0),
    "values": ListOf(Float(low=0), 2),
    "warmup_target": optional(Float(above=0)),
    # factor schedules
    "cycles": Integer(1, 16),
    "flat": BELOW_1,
    "warmup": FRACTION,
    # losses and metrics
    "average": optional(Choice("macro", "micro", "weighted")),
    "class_aggregation": optional(Choice("uniform_average", "variance_weighted_average")),
    "class_id": optional(Integer(0)),
    "curve": Choice("PR", "PRGAIN", "ROC"),
    "ignore_class": optional(Integer()),
    "label_weights": optional(ListOf(AT_LEAST_0, 1)),
    "num_regressors": Integer(0),
    "q": Number(above=0, below=1),
    "quantiles": ListOf(Number(1e-6, 0.999999), 1, 99, increasing=True),
    "reduction": Choice("mean", "mean_with_sample_weight", "sum", "sum_over_batch_size"),  # training needs one number
    "summation_method": Choice("interpolation", "majoring", "minoring"),
    "target_class_ids": ListOf(Integer(0), 1),
    "thresholds": optional(_one_or_list(FRACTION)),
}

# By class, number of dimensions, or family; the first entry found applies.
EXCEPTIONS: dict[str, dict[str, Kind]] = {
    "1D": _by_dimensions(1),
    "2D": _by_dimensions(2),
    "3D": _by_dimensions(3),
    "constraints": {"axis": AXES},
    "initializers": {
        "alpha": ABOVE_0,
        "mean": Number(),
        "mode": Choice("fan_avg", "fan_in", "fan_out"),
        "scale": ABOVE_0,
        "stddev": AT_LEAST_0,
    },
    "schedules": {"alpha": FRACTION},
    # layers
    "Activation": {"activation": Object("activations")},
    "AlphaDropout": {"rate": BELOW_1},
    "AugMix": {"alpha": ABOVE_0},
    "AveragePooling1D": {"strides": optional(_windows(1))},
    "AveragePooling2D": {"strides": optional(_windows(2))},
    "AveragePooling3D": {"strides": optional(_windows(3))},
    "CategoryEncoding": {"output_mode": Choice("count", "multi_hot", "one_hot")},
    "Conv1D": {"padding": Choice("causal", "same", "valid")},
    "Cropping1D": {"cropping": _sizes(2, 0)},
    "Cropping2D": {"cropping": _margins(2)},
    "Cropping3D": {"cropping": _margins(3)},
    "Discretization": {
        "epsilon": Number(above=0, high=1),
        "num_bins": optional(COUNT),
        "output_mode": Choice("count", "int", "multi_hot", "one_hot"),
    },
    "EinsumDense": {"output_shape": Either(COUNT, ListOf(optional(COUNT), 1))},
    "ELU": {"alpha": Number()},
    "GaussianDropout": {"rate": BELOW_1},
    "GaussianNoise": {"stddev": FRACTION},
    "GroupNormalization": {"groups": Either(COUNT, Choice(-1))},
    "HashedCrossing": {"output_mode": Choice("int", "one_hot")},
    "Hashing": {
        "mask_value": optional(Either(Text(), Integer())),
        "output_mode": Choice("count", "int", "multi_hot", "one_hot"),
    },
    "IntegerLookup": {
        "mask_token": optional(Integer()),
        "oov_token": Integer(),
        "vocabulary": optional(Terms(Integer(), 1)),
    },
    "LayerNormalization": {"axis": AXES},
    "Masking": {"mask_value": _one_or_list(Number())},
    "MaxPooling1D": {"strides": optional(_windows(1))},
    "MaxPooling2D": {"strides": optional(_windows(2))},
    "MaxPooling3D": {"strides": optional(_windows(3))},
    "MelSpectrogram": {
        "fft_length": Integer(1, MANY),
        "window": optional(Either(Choice("hamming", "hann"), ListOf(Number(), 1))),
    },
    "MultiHeadAttention": {"output_shape": optional(_one_or_list(COUNT))},
    "Normalization": {"axis": optional(AXES), "mean": optional(_array(Number()))},
    "ParametricActivation": {"activation": Object("activations")},
    "PeriodicEmbedding": {"sigma": Number(above=0, high=1000)},
    "RandomBrightness": {"factor": _span(-1, 1)},
    "RandomElasticTransform": {"scale": _span(0, 1)},
    "RandomErasing": {"fill_value": optional(_one_or_list(Number())), "scale": _span(0, 1)},
    "RandomFlip": {"mode": Choice("horizontal", "horizontal_and_vertical", "vertical")},
    "RandomGaussianBlur": {"kernel_size": _one_or_two(Integer(1, 1001))},  # Keras requires odd ones
    "RandomGrayscale": {"factor": FRACTION},
    "RandomPerspective": {"scale": FRACTION},
    "RandomPosterization": {"factor": _one_or_two(Integer(1, 8))},
    "RandomRotation": {"factor": _span(-1, 1)},
    "RandomZoom": {
        "height_factor": _one_or_two(Number(above=-1, high=1)),
        "width_factor": optional(_one_or_two(Number(above=-1, high=1))),
    },
    "ReLU": {"max_value": optional(AT_LEAST_0), "threshold": AT_LEAST_0},
    "Rescaling": {"scale": _one_or_list(Number())},
    "Resizing": {"fill_mode": Choice("constant"), "interpolation": RESAMPLING},
    "Softmax": {"axis": AXES},
    "STFTSpectrogram": {"mode": Choice("angle", "imag", "log", "magnitude", "psd", "real", "stft")},
    "StringLookup": {"mask_token": optional(Text()), "oov_token": Text()},
    "TextVectorization": {
        "output_mode": Choice("count", "int", "multi_hot", "tf_idf")
    },  # one_hot returns ragged tensors
    "UnitNormalization": {"axis": AXES},
    "UpSampling1D": {"size": COUNT},
    "UpSampling2D": {"interpolation": RESAMPLING, "size": _sizes(2)},
    "UpSampling3D": {"size": _sizes(3)},
    "ZeroPadding1D": {"padding": _sizes(2, 0)},
    "ZeroPadding2D": {"padding": _margins(2)},
    "ZeroPadding3D": {"padding": _margins(3)},
    # regularizers and optimizers
    "OrthogonalRegularizer": {"factor": AT_LEAST_0, "mode": Choice("columns", "rows")},
    "AdamW": {"weight_decay": AT_LEAST_0},
    "ScheduleFreeAdamW": {"epsilon": ABOVE_0},  # without it, Keras sums gradients of embeddings incorrectly
    "Ftrl": {"beta": AT_LEAST_0},
    "Lion": {"beta_1": Number(above=0, high=1)},
    "SGD": {"momentum": Float(0, 1)},
    # losses and metrics
    "AUC": {"num_thresholds": Integer(2, MANY), "thresholds": optional(ListOf(FRACTION, 1))},
    "BinaryCrossentropy": {"axis": AXES},
    "BinaryFocalCrossentropy": {"alpha": FRACTION, "axis": AXES},
    "BinaryIoU": {"target_class_ids": ListOf(Integer(0, 1), 1, 2)},
    "CategoricalFocalCrossentropy": {"alpha": _one_or_list(AT_LEAST_0)},
    "ConcordanceCorrelation": {"axis": AXES},
    "CosineSimilarity": {"axis": AXES},
    "Dice": {"axis": optional(AXES)},
    "F1Score": {"threshold": optional(Float(above=0, high=1))},
    "FBetaScore": {"beta": Float(above=0), "threshold": optional(Float(above=0, high=1))},
    "PearsonCorrelation": {"axis": AXES},
    "Tversky": {"alpha": AT_LEAST_0, "axis": optional(AXES), "beta": AT_LEAST_0},
    "Tweedie": {"power": Number(above=1, below=2)},
}
for _name in [name for name, facts in LAYERS.items() if facts.any_dtype]:
    EXCEPTIONS[_name] = {"dtype": optional(DTYPE), **EXCEPTIONS.get(_name, {})}
