# Written by tools/make_stubs.py from the catalog: do not edit.

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

LANGUAGE_CLASSES: tuple[str, ...]

Param: TypeAlias = str  # a reference to a param, or an expression: $name, $name * 2
DType: TypeAlias = Literal[
    "bfloat16",
    "float16",
    "float32",
    "float64",
    "mixed_bfloat16",
    "mixed_float16",
    "bool",
    "int16",
    "int32",
    "int64",
    "string",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
]
Resampling: TypeAlias = Literal[
    "bicubic",
    "bilinear",
    "lanczos3",
    "lanczos5",
    "nearest",
]
ActivationLike: TypeAlias = (
    Literal[
        "celu",
        "elu",
        "exponential",
        "gelu",
        "hard_shrink",
        "hard_sigmoid",
        "hard_silu",
        "hard_swish",
        "hard_tanh",
        "leaky_relu",
        "linear",
        "log_sigmoid",
        "log_softmax",
        "mish",
        "relu",
        "relu6",
        "selu",
        "sigmoid",
        "silu",
        "soft_shrink",
        "softmax",
        "softplus",
        "softsign",
        "sparse_plus",
        "sparse_sigmoid",
        "sparsemax",
        "squareplus",
        "swish",
        "tanh",
        "tanh_shrink",
    ]
    | str
    | Mapping[str, Any]
)
ConstraintLike: TypeAlias = (
    Literal[
        "max_norm",
        "min_max_norm",
        "non_neg",
        "unit_norm",
    ]
    | str
    | Mapping[str, Any]
)
InitializerLike: TypeAlias = (
    Literal[
        "constant",
        "data_points",
        "glorot_normal",
        "glorot_uniform",
        "he_normal",
        "he_uniform",
        "identity",
        "lecun_normal",
        "lecun_uniform",
        "log_count_ratio",
        "normal",
        "one",
        "ones",
        "orthogonal",
        "random_normal",
        "random_uniform",
        "stft",
        "truncated_normal",
        "uniform",
        "unit_variance",
        "variance_scaling",
        "zero",
        "zeros",
    ]
    | str
    | Mapping[str, Any]
)
RegularizerLike: TypeAlias = (
    Literal[
        "l1",
        "l1_l2",
        "l1l2",
        "l2",
        "orthogonal_regularizer",
    ]
    | str
    | Mapping[str, Any]
)
LayerLike: TypeAlias = str | Mapping[str, Any]
CellLike: TypeAlias = str | Mapping[str, Any]

def Block(
    block: str,
    /,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    **params: object,
) -> dict[str, Any]:
    """A call of one of the recipe's blocks, with values for its params."""

def Parallel(
    branches: Mapping[str, Iterable[Mapping]],
    *,
    merge: object,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
) -> dict[str, Any]:
    """Parallel groups of layers, with merged outputs; an empty group passes on its input."""

def Repeat(
    layers: Iterable[Mapping],
    *,
    times: int | str | None = ...,
    over: Mapping[str, object] | None = ...,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
) -> dict[str, Any]:
    """A group of layers repeated `times` times, or once for each value of the lists in `over`."""

def Residual(
    layers: Iterable[Mapping],
    *,
    shortcut: str | Iterable[Mapping] | None = ...,
    activation: object = ...,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
) -> dict[str, Any]:
    """A group of layers with its input added to its output; the input is projected if shapes differ."""

def Shared(
    node: str,
    *,
    reverse: bool | str | None = ...,
    use_causal_mask: bool | str | None = ...,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
) -> dict[str, Any]:
    """Another call of the layer of another node, with the same weights."""

def Activation(
    activation: ActivationLike | Literal["auto"] | Param = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Activation; requires activation."""

def ActivityRegularization(
    l1: float | Param = ...,
    l2: float | Param = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type ActivityRegularization."""

def AdaptiveAveragePooling1D(
    output_size: int | Sequence[int | Param] | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type AdaptiveAveragePooling1D; requires output_size."""

def AdaptiveAveragePooling2D(
    output_size: int | Sequence[int | Param] | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type AdaptiveAveragePooling2D; requires output_size."""

def AdaptiveAveragePooling3D(
    output_size: int | Sequence[int | Param] | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type AdaptiveAveragePooling3D; requires output_size."""

def AdaptiveMaxPooling1D(
    output_size: int | Sequence[int | Param] | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type AdaptiveMaxPooling1D; requires output_size."""

def AdaptiveMaxPooling2D(
    output_size: int | Sequence[int | Param] | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type AdaptiveMaxPooling2D; requires output_size."""

def AdaptiveMaxPooling3D(
    output_size: int | Sequence[int | Param] | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type AdaptiveMaxPooling3D; requires output_size."""

def Add(
    trainable: bool | Param = ...,
    dtype: DType | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Add."""

def AdditiveAttention(
    use_scale: bool | Param = ...,
    dropout: float | Param = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    use_causal_mask: bool | Param = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type AdditiveAttention."""

def AlphaDropout(
    rate: float | Param = ...,
    noise_shape: Sequence[int | Param | None] | Param | None = ...,
    seed: int | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type AlphaDropout; requires rate."""

def Attention(
    use_scale: bool | Param = ...,
    score_mode: Literal["concat", "dot"] | Param = ...,
    dropout: float | Param = ...,
    seed: int | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    use_causal_mask: bool | Param = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Attention."""

def AugMix(
    value_range: Sequence[float | Param] | Param = ...,
    num_chains: int | Param = ...,
    chain_depth: int | Param = ...,
    factor: float | Sequence[float | Param] | Param = ...,
    alpha: float | Param = ...,
    all_ops: bool | Param = ...,
    interpolation: Literal["bilinear", "nearest"] | Param = ...,
    seed: int | Param | None = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type AugMix."""

def AutoContrast(
    value_range: Sequence[float | Param] | Param = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type AutoContrast."""

def Average(
    trainable: bool | Param = ...,
    dtype: DType | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Average."""

def AveragePooling1D(
    pool_size: int | Sequence[int | Param] | Param = ...,
    strides: int | Sequence[int | Param] | Param | None = ...,
    padding: Literal["same", "valid"] | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type AveragePooling1D; requires pool_size."""

def AveragePooling2D(
    pool_size: int | Sequence[int | Param] | Param = ...,
    strides: int | Sequence[int | Param] | Param | None = ...,
    padding: Literal["same", "valid"] | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type AveragePooling2D; requires pool_size."""

def AveragePooling3D(
    pool_size: int | Sequence[int | Param] | Param = ...,
    strides: int | Sequence[int | Param] | Param | None = ...,
    padding: Literal["same", "valid"] | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type AveragePooling3D; requires pool_size."""

def BatchEnsembleDense(
    units: int | Literal["auto"] | Param = ...,
    n_members: int | Param = ...,
    activation: ActivationLike | Literal["auto"] | Param | None = ...,
    use_bias: bool | Param = ...,
    share_kernel: bool | Param = ...,
    kernel_initializer: InitializerLike | Literal["auto"] | Param | None = ...,
    input_scale_initializer: InitializerLike | Param | None = ...,
    output_scale_initializer: InitializerLike | Param | None = ...,
    bias_initializer: InitializerLike | Param | None = ...,
    kernel_regularizer: RegularizerLike | Param | None = ...,
    bias_regularizer: RegularizerLike | Param | None = ...,
    kernel_constraint: ConstraintLike | Param | None = ...,
    bias_constraint: ConstraintLike | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type BatchEnsembleDense; requires units."""

def BatchNormalization(
    axis: int | Param = ...,
    momentum: float | Param = ...,
    epsilon: float | Param = ...,
    center: bool | Param = ...,
    scale: bool | Param = ...,
    beta_initializer: InitializerLike | Param | None = ...,
    gamma_initializer: InitializerLike | Param | None = ...,
    moving_mean_initializer: InitializerLike | Param | None = ...,
    moving_variance_initializer: InitializerLike | Param | None = ...,
    beta_regularizer: RegularizerLike | Param | None = ...,
    gamma_regularizer: RegularizerLike | Param | None = ...,
    beta_constraint: ConstraintLike | Param | None = ...,
    gamma_constraint: ConstraintLike | Param | None = ...,
    renorm: bool | Param = ...,
    renorm_clipping: Mapping[str, float | Param] | Param | None = ...,
    renorm_momentum: float | Param = ...,
    synchronized: bool | Param = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type BatchNormalization."""

def Bidirectional(
    layer: LayerLike | Param = ...,
    merge_mode: Literal["ave", "concat", "mul", "sum"] | Param | None = ...,
    backward_layer: LayerLike | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Bidirectional; requires layer."""

def CategoryEncoding(
    num_tokens: int | Literal["auto"] | Param | None = ...,
    output_mode: Literal["count", "multi_hot", "one_hot"] | Param = ...,
    sparse: bool | Param = ...,
    trainable: bool | Param = ...,
    dtype: DType | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type CategoryEncoding."""

def CenterCrop(
    height: int | Param = ...,
    width: int | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: DType | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type CenterCrop; requires height and width."""

def ClassToken(
    embeddings_initializer: InitializerLike | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type ClassToken."""

def Concatenate(
    axis: int | Param = ...,
    trainable: bool | Param = ...,
    dtype: DType | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Concatenate."""

def ContrastLimitedAdaptiveHistogramEqualization(
    value_range: Sequence[float | Param] | Param = ...,
    clip_limit: float | Param = ...,
    tile_grid_size: Sequence[int | Param] | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type ContrastLimitedAdaptiveHistogramEqualization."""

def Conv1D(
    filters: int | Param = ...,
    kernel_size: int | Sequence[int | Param] | Param = ...,
    strides: int | Sequence[int | Param] | Param = ...,
    padding: Literal["causal", "same", "valid"] | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    dilation_rate: int | Sequence[int | Param] | Param = ...,
    groups: int | Param = ...,
    activation: ActivationLike | Literal["auto"] | Param | None = ...,
    use_bias: bool | Param = ...,
    kernel_initializer: InitializerLike | Literal["auto"] | Param | None = ...,
    bias_initializer: InitializerLike | Param | None = ...,
    kernel_regularizer: RegularizerLike | Param | None = ...,
    bias_regularizer: RegularizerLike | Param | None = ...,
    activity_regularizer: RegularizerLike | Param | None = ...,
    kernel_constraint: ConstraintLike | Param | None = ...,
    bias_constraint: ConstraintLike | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Conv1D; requires filters and kernel_size."""

def Conv1DTranspose(
    filters: int | Param = ...,
    kernel_size: int | Sequence[int | Param] | Param = ...,
    strides: int | Sequence[int | Param] | Param = ...,
    padding: Literal["same", "valid"] | Param = ...,
    output_padding: int | Sequence[int | Param] | Param | None = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    dilation_rate: int | Sequence[int | Param] | Param = ...,
    activation: ActivationLike | Literal["auto"] | Param | None = ...,
    use_bias: bool | Param = ...,
    kernel_initializer: InitializerLike | Literal["auto"] | Param | None = ...,
    bias_initializer: InitializerLike | Param | None = ...,
    kernel_regularizer: RegularizerLike | Param | None = ...,
    bias_regularizer: RegularizerLike | Param | None = ...,
    activity_regularizer: RegularizerLike | Param | None = ...,
    kernel_constraint: ConstraintLike | Param | None = ...,
    bias_constraint: ConstraintLike | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Conv1DTranspose; requires filters and kernel_size."""

def Conv2D(
    filters: int | Param = ...,
    kernel_size: int | Sequence[int | Param] | Param = ...,
    strides: int | Sequence[int | Param] | Param = ...,
    padding: Literal["same", "valid"] | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    dilation_rate: int | Sequence[int | Param] | Param = ...,
    groups: int | Param = ...,
    activation: ActivationLike | Literal["auto"] | Param | None = ...,
    use_bias: bool | Param = ...,
    kernel_initializer: InitializerLike | Literal["auto"] | Param | None = ...,
    bias_initializer: InitializerLike | Param | None = ...,
    kernel_regularizer: RegularizerLike | Param | None = ...,
    bias_regularizer: RegularizerLike | Param | None = ...,
    activity_regularizer: RegularizerLike | Param | None = ...,
    kernel_constraint: ConstraintLike | Param | None = ...,
    bias_constraint: ConstraintLike | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Conv2D; requires filters and kernel_size."""

def Conv2DTranspose(
    filters: int | Param = ...,
    kernel_size: int | Sequence[int | Param] | Param = ...,
    strides: int | Sequence[int | Param] | Param = ...,
    padding: Literal["same", "valid"] | Param = ...,
    output_padding: int | Sequence[int | Param] | Param | None = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    dilation_rate: int | Sequence[int | Param] | Param = ...,
    activation: ActivationLike | Literal["auto"] | Param | None = ...,
    use_bias: bool | Param = ...,
    kernel_initializer: InitializerLike | Literal["auto"] | Param | None = ...,
    bias_initializer: InitializerLike | Param | None = ...,
    kernel_regularizer: RegularizerLike | Param | None = ...,
    bias_regularizer: RegularizerLike | Param | None = ...,
    activity_regularizer: RegularizerLike | Param | None = ...,
    kernel_constraint: ConstraintLike | Param | None = ...,
    bias_constraint: ConstraintLike | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Conv2DTranspose; requires filters and kernel_size."""

def Conv3D(
    filters: int | Param = ...,
    kernel_size: int | Sequence[int | Param] | Param = ...,
    strides: int | Sequence[int | Param] | Param = ...,
    padding: Literal["same", "valid"] | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    dilation_rate: int | Sequence[int | Param] | Param = ...,
    groups: int | Param = ...,
    activation: ActivationLike | Literal["auto"] | Param | None = ...,
    use_bias: bool | Param = ...,
    kernel_initializer: InitializerLike | Literal["auto"] | Param | None = ...,
    bias_initializer: InitializerLike | Param | None = ...,
    kernel_regularizer: RegularizerLike | Param | None = ...,
    bias_regularizer: RegularizerLike | Param | None = ...,
    activity_regularizer: RegularizerLike | Param | None = ...,
    kernel_constraint: ConstraintLike | Param | None = ...,
    bias_constraint: ConstraintLike | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Conv3D; requires filters and kernel_size."""

def Conv3DTranspose(
    filters: int | Param = ...,
    kernel_size: int | Sequence[int | Param] | Param = ...,
    strides: int | Sequence[int | Param] | Param = ...,
    padding: Literal["same", "valid"] | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    output_padding: int | Sequence[int | Param] | Param | None = ...,
    dilation_rate: int | Sequence[int | Param] | Param = ...,
    activation: ActivationLike | Literal["auto"] | Param | None = ...,
    use_bias: bool | Param = ...,
    kernel_initializer: InitializerLike | Literal["auto"] | Param | None = ...,
    bias_initializer: InitializerLike | Param | None = ...,
    kernel_regularizer: RegularizerLike | Param | None = ...,
    bias_regularizer: RegularizerLike | Param | None = ...,
    activity_regularizer: RegularizerLike | Param | None = ...,
    kernel_constraint: ConstraintLike | Param | None = ...,
    bias_constraint: ConstraintLike | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Conv3DTranspose; requires filters and kernel_size."""

def ConvLSTM1D(
    filters: int | Param = ...,
    kernel_size: int | Sequence[int | Param] | Param = ...,
    strides: int | Sequence[int | Param] | Param = ...,
    padding: Literal["same", "valid"] | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    dilation_rate: int | Sequence[int | Param] | Param = ...,
    activation: ActivationLike | Literal["auto"] | Param | None = ...,
    recurrent_activation: ActivationLike | Param | None = ...,
    use_bias: bool | Param = ...,
    kernel_initializer: InitializerLike | Literal["auto"] | Param | None = ...,
    recurrent_initializer: InitializerLike | Param | None = ...,
    bias_initializer: InitializerLike | Param | None = ...,
    unit_forget_bias: bool | Param = ...,
    kernel_regularizer: RegularizerLike | Param | None = ...,
    recurrent_regularizer: RegularizerLike | Param | None = ...,
    bias_regularizer: RegularizerLike | Param | None = ...,
    activity_regularizer: RegularizerLike | Param | None = ...,
    kernel_constraint: ConstraintLike | Param | None = ...,
    recurrent_constraint: ConstraintLike | Param | None = ...,
    bias_constraint: ConstraintLike | Param | None = ...,
    dropout: float | Param = ...,
    recurrent_dropout: float | Param = ...,
    seed: int | Param | None = ...,
    return_sequences: bool | Param = ...,
    return_state: bool | Param = ...,
    go_backwards: bool | Param = ...,
    stateful: bool | Param = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type ConvLSTM1D; requires filters and kernel_size."""

def ConvLSTM2D(
    filters: int | Param = ...,
    kernel_size: int | Sequence[int | Param] | Param = ...,
    strides: int | Sequence[int | Param] | Param = ...,
    padding: Literal["same", "valid"] | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    dilation_rate: int | Sequence[int | Param] | Param = ...,
    activation: ActivationLike | Literal["auto"] | Param | None = ...,
    recurrent_activation: ActivationLike | Param | None = ...,
    use_bias: bool | Param = ...,
    kernel_initializer: InitializerLike | Literal["auto"] | Param | None = ...,
    recurrent_initializer: InitializerLike | Param | None = ...,
    bias_initializer: InitializerLike | Param | None = ...,
    unit_forget_bias: bool | Param = ...,
    kernel_regularizer: RegularizerLike | Param | None = ...,
    recurrent_regularizer: RegularizerLike | Param | None = ...,
    bias_regularizer: RegularizerLike | Param | None = ...,
    activity_regularizer: RegularizerLike | Param | None = ...,
    kernel_constraint: ConstraintLike | Param | None = ...,
    recurrent_constraint: ConstraintLike | Param | None = ...,
    bias_constraint: ConstraintLike | Param | None = ...,
    dropout: float | Param = ...,
    recurrent_dropout: float | Param = ...,
    seed: int | Param | None = ...,
    return_sequences: bool | Param = ...,
    return_state: bool | Param = ...,
    go_backwards: bool | Param = ...,
    stateful: bool | Param = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type ConvLSTM2D; requires filters and kernel_size."""

def ConvLSTM3D(
    filters: int | Param = ...,
    kernel_size: int | Sequence[int | Param] | Param = ...,
    strides: int | Sequence[int | Param] | Param = ...,
    padding: Literal["same", "valid"] | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    dilation_rate: int | Sequence[int | Param] | Param = ...,
    activation: ActivationLike | Literal["auto"] | Param | None = ...,
    recurrent_activation: ActivationLike | Param | None = ...,
    use_bias: bool | Param = ...,
    kernel_initializer: InitializerLike | Literal["auto"] | Param | None = ...,
    recurrent_initializer: InitializerLike | Param | None = ...,
    bias_initializer: InitializerLike | Param | None = ...,
    unit_forget_bias: bool | Param = ...,
    kernel_regularizer: RegularizerLike | Param | None = ...,
    recurrent_regularizer: RegularizerLike | Param | None = ...,
    bias_regularizer: RegularizerLike | Param | None = ...,
    activity_regularizer: RegularizerLike | Param | None = ...,
    kernel_constraint: ConstraintLike | Param | None = ...,
    recurrent_constraint: ConstraintLike | Param | None = ...,
    bias_constraint: ConstraintLike | Param | None = ...,
    dropout: float | Param = ...,
    recurrent_dropout: float | Param = ...,
    seed: int | Param | None = ...,
    return_sequences: bool | Param = ...,
    return_state: bool | Param = ...,
    go_backwards: bool | Param = ...,
    stateful: bool | Param = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type ConvLSTM3D; requires filters and kernel_size."""

def Cropping1D(
    cropping: int | Sequence[int | Param] | Param = ...,
    trainable: bool | Param = ...,
    dtype: DType | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Cropping1D."""

def Cropping2D(
    cropping: int | Sequence[int | Sequence[int | Param] | Param] | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: DType | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Cropping2D."""

def Cropping3D(
    cropping: int | Sequence[int | Sequence[int | Param] | Param] | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: DType | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Cropping3D."""

def Dense(
    units: int | Literal["auto"] | Param = ...,
    activation: ActivationLike | Literal["auto"] | Param | None = ...,
    use_bias: bool | Param = ...,
    kernel_initializer: InitializerLike | Literal["auto"] | Param | None = ...,
    bias_initializer: InitializerLike | Param | None = ...,
    kernel_regularizer: RegularizerLike | Param | None = ...,
    bias_regularizer: RegularizerLike | Param | None = ...,
    activity_regularizer: RegularizerLike | Param | None = ...,
    kernel_constraint: ConstraintLike | Param | None = ...,
    bias_constraint: ConstraintLike | Param | None = ...,
    lora_rank: int | Param | None = ...,
    lora_alpha: float | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Dense; requires units."""

def DepthwiseConv1D(
    kernel_size: int | Sequence[int | Param] | Param = ...,
    strides: int | Sequence[int | Param] | Param = ...,
    padding: Literal["same", "valid"] | Param = ...,
    depth_multiplier: int | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    dilation_rate: int | Sequence[int | Param] | Param = ...,
    activation: ActivationLike | Literal["auto"] | Param | None = ...,
    use_bias: bool | Param = ...,
    depthwise_initializer: InitializerLike | Param | None = ...,
    bias_initializer: InitializerLike | Param | None = ...,
    depthwise_regularizer: RegularizerLike | Param | None = ...,
    bias_regularizer: RegularizerLike | Param | None = ...,
    activity_regularizer: RegularizerLike | Param | None = ...,
    depthwise_constraint: ConstraintLike | Param | None = ...,
    bias_constraint: ConstraintLike | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type DepthwiseConv1D; requires kernel_size."""

def DepthwiseConv2D(
    kernel_size: int | Sequence[int | Param] | Param = ...,
    strides: int | Sequence[int | Param] | Param = ...,
    padding: Literal["same", "valid"] | Param = ...,
    depth_multiplier: int | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    dilation_rate: int | Sequence[int | Param] | Param = ...,
    activation: ActivationLike | Literal["auto"] | Param | None = ...,
    use_bias: bool | Param = ...,
    depthwise_initializer: InitializerLike | Param | None = ...,
    bias_initializer: InitializerLike | Param | None = ...,
    depthwise_regularizer: RegularizerLike | Param | None = ...,
    bias_regularizer: RegularizerLike | Param | None = ...,
    activity_regularizer: RegularizerLike | Param | None = ...,
    depthwise_constraint: ConstraintLike | Param | None = ...,
    bias_constraint: ConstraintLike | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type DepthwiseConv2D; requires kernel_size."""

def Discretization(
    bin_boundaries: Sequence[float | Param] | Param | None = ...,
    num_bins: int | Param | None = ...,
    epsilon: float | Param = ...,
    output_mode: Literal["count", "int", "multi_hot", "one_hot"] | Param = ...,
    sparse: bool | Param = ...,
    dtype: DType | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Discretization."""

def Dot(
    axes: int | Sequence[int | Param] | Param = ...,
    normalize: bool | Param = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Dot; requires axes."""

def Dropout(
    rate: float | Param = ...,
    noise_shape: Sequence[int | Param | None] | Param | None = ...,
    seed: int | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Dropout; requires rate."""

def ELU(
    alpha: float | Param = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type ELU."""

def EinsumDense(
    equation: str = ...,
    output_shape: int | Sequence[int | Param | None] | Param = ...,
    activation: ActivationLike | Literal["auto"] | Param | None = ...,
    bias_axes: str | None = ...,
    kernel_initializer: InitializerLike | Literal["auto"] | Param | None = ...,
    bias_initializer: InitializerLike | Param | None = ...,
    kernel_regularizer: RegularizerLike | Param | None = ...,
    bias_regularizer: RegularizerLike | Param | None = ...,
    kernel_constraint: ConstraintLike | Param | None = ...,
    bias_constraint: ConstraintLike | Param | None = ...,
    lora_rank: int | Param | None = ...,
    lora_alpha: float | Param | None = ...,
    gptq_unpacked_column_size: int | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type EinsumDense; requires equation and output_shape."""

def Embedding(
    input_dim: int | Literal["auto"] | Param = ...,
    output_dim: int | Param = ...,
    embeddings_initializer: InitializerLike | Param | None = ...,
    embeddings_regularizer: RegularizerLike | Param | None = ...,
    embeddings_constraint: ConstraintLike | Param | None = ...,
    mask_zero: bool | Param = ...,
    lora_rank: int | Param | None = ...,
    lora_alpha: float | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Embedding; requires input_dim and output_dim."""

def Equalization(
    value_range: Sequence[float | Param] | Param = ...,
    bins: int | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Equalization."""

def Flatten(
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: DType | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Flatten."""

def GRU(
    units: int | Literal["auto"] | Param = ...,
    activation: ActivationLike | Literal["auto"] | Param | None = ...,
    recurrent_activation: ActivationLike | Param | None = ...,
    use_bias: bool | Param = ...,
    kernel_initializer: InitializerLike | Literal["auto"] | Param | None = ...,
    recurrent_initializer: InitializerLike | Param | None = ...,
    bias_initializer: InitializerLike | Param | None = ...,
    kernel_regularizer: RegularizerLike | Param | None = ...,
    recurrent_regularizer: RegularizerLike | Param | None = ...,
    bias_regularizer: RegularizerLike | Param | None = ...,
    activity_regularizer: RegularizerLike | Param | None = ...,
    kernel_constraint: ConstraintLike | Param | None = ...,
    recurrent_constraint: ConstraintLike | Param | None = ...,
    bias_constraint: ConstraintLike | Param | None = ...,
    dropout: float | Param = ...,
    recurrent_dropout: float | Param = ...,
    seed: int | Param | None = ...,
    return_sequences: bool | Param = ...,
    return_state: bool | Param = ...,
    go_backwards: bool | Param = ...,
    stateful: bool | Param = ...,
    unroll: bool | Param = ...,
    reset_after: bool | Param = ...,
    use_cudnn: bool | Literal["auto"] | Param = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type GRU; requires units."""

def GaussianDropout(
    rate: float | Param = ...,
    seed: int | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type GaussianDropout; requires rate."""

def GaussianNoise(
    stddev: float | Param = ...,
    seed: int | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type GaussianNoise; requires stddev."""

def GlobalAveragePooling1D(
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    keepdims: bool | Param = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type GlobalAveragePooling1D."""

def GlobalAveragePooling2D(
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    keepdims: bool | Param = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type GlobalAveragePooling2D."""

def GlobalAveragePooling3D(
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    keepdims: bool | Param = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type GlobalAveragePooling3D."""

def GlobalMaxPooling1D(
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    keepdims: bool | Param = ...,
    trainable: bool | Param = ...,
    dtype: DType | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type GlobalMaxPooling1D."""

def GlobalMaxPooling2D(
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    keepdims: bool | Param = ...,
    trainable: bool | Param = ...,
    dtype: DType | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type GlobalMaxPooling2D."""

def GlobalMaxPooling3D(
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    keepdims: bool | Param = ...,
    trainable: bool | Param = ...,
    dtype: DType | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type GlobalMaxPooling3D."""

def GroupNormalization(
    groups: int | Literal[-1] | Param = ...,
    axis: int | Param = ...,
    epsilon: float | Param = ...,
    center: bool | Param = ...,
    scale: bool | Param = ...,
    beta_initializer: InitializerLike | Param | None = ...,
    gamma_initializer: InitializerLike | Param | None = ...,
    beta_regularizer: RegularizerLike | Param | None = ...,
    gamma_regularizer: RegularizerLike | Param | None = ...,
    beta_constraint: ConstraintLike | Param | None = ...,
    gamma_constraint: ConstraintLike | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type GroupNormalization."""

def GroupQueryAttention(
    head_dim: int | Param = ...,
    num_query_heads: int | Param = ...,
    num_key_value_heads: int | Param = ...,
    dropout: float | Param = ...,
    use_bias: bool | Param = ...,
    sliding_window: int | Param | None = ...,
    flash_attention: bool | Param | None = ...,
    kernel_initializer: InitializerLike | Literal["auto"] | Param | None = ...,
    bias_initializer: InitializerLike | Param | None = ...,
    kernel_regularizer: RegularizerLike | Param | None = ...,
    bias_regularizer: RegularizerLike | Param | None = ...,
    activity_regularizer: RegularizerLike | Param | None = ...,
    kernel_constraint: ConstraintLike | Param | None = ...,
    bias_constraint: ConstraintLike | Param | None = ...,
    use_gate: bool | Param = ...,
    seed: int | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    use_causal_mask: bool | Param = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type GroupQueryAttention; requires head_dim and num_query_heads and num_key_value_heads."""

def HashedCrossing(
    num_bins: int | Param = ...,
    output_mode: Literal["int", "one_hot"] | Param = ...,
    sparse: bool | Param = ...,
    dtype: DType | Param | None = ...,
    trainable: bool | Param = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type HashedCrossing; requires num_bins."""

def Hashing(
    num_bins: int | Param = ...,
    mask_value: str | int | None = ...,
    salt: int | Sequence[int | Param] | Param | None = ...,
    output_mode: Literal["count", "int", "multi_hot", "one_hot"] | Param = ...,
    sparse: bool | Param = ...,
    trainable: bool | Param = ...,
    dtype: DType | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Hashing; requires num_bins."""

def Identity(
    trainable: bool | Param = ...,
    dtype: DType | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Identity."""

def IntegerLookup(
    max_tokens: int | Param | None = ...,
    num_oov_indices: int | Param = ...,
    mask_token: int | Param | None = ...,
    oov_token: int | Param = ...,
    vocabulary: Sequence[int | Param] | Param | None = ...,
    vocabulary_dtype: Literal["int64"] | Param = ...,
    idf_weights: Sequence[float | Param] | Param | None = ...,
    invert: bool | Param = ...,
    output_mode: Literal["count", "int", "multi_hot", "one_hot", "tf_idf"] | Param = ...,
    sparse: bool | Param = ...,
    pad_to_max_tokens: bool | Param = ...,
    oov_method: Literal["farmhash", "floormod"] | Param = ...,
    salt: int | Sequence[int | Param] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: DType | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type IntegerLookup."""

def LSTM(
    units: int | Literal["auto"] | Param = ...,
    activation: ActivationLike | Literal["auto"] | Param | None = ...,
    recurrent_activation: ActivationLike | Param | None = ...,
    use_bias: bool | Param = ...,
    kernel_initializer: InitializerLike | Literal["auto"] | Param | None = ...,
    recurrent_initializer: InitializerLike | Param | None = ...,
    bias_initializer: InitializerLike | Param | None = ...,
    unit_forget_bias: bool | Param = ...,
    kernel_regularizer: RegularizerLike | Param | None = ...,
    recurrent_regularizer: RegularizerLike | Param | None = ...,
    bias_regularizer: RegularizerLike | Param | None = ...,
    activity_regularizer: RegularizerLike | Param | None = ...,
    kernel_constraint: ConstraintLike | Param | None = ...,
    recurrent_constraint: ConstraintLike | Param | None = ...,
    bias_constraint: ConstraintLike | Param | None = ...,
    dropout: float | Param = ...,
    recurrent_dropout: float | Param = ...,
    seed: int | Param | None = ...,
    return_sequences: bool | Param = ...,
    return_state: bool | Param = ...,
    go_backwards: bool | Param = ...,
    stateful: bool | Param = ...,
    unroll: bool | Param = ...,
    use_cudnn: bool | Literal["auto"] | Param = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type LSTM; requires units."""

def LayerNormalization(
    axis: int | Sequence[int | Param] | Param = ...,
    epsilon: float | Param = ...,
    center: bool | Param = ...,
    scale: bool | Param = ...,
    beta_initializer: InitializerLike | Param | None = ...,
    gamma_initializer: InitializerLike | Param | None = ...,
    beta_regularizer: RegularizerLike | Param | None = ...,
    gamma_regularizer: RegularizerLike | Param | None = ...,
    beta_constraint: ConstraintLike | Param | None = ...,
    gamma_constraint: ConstraintLike | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type LayerNormalization."""

def LeakyReLU(
    negative_slope: float | Param = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type LeakyReLU."""

def LogVariance(
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type LogVariance."""

def Masking(
    mask_value: float | Sequence[float | Param] | Param = ...,
    trainable: bool | Param = ...,
    dtype: DType | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Masking."""

def MaxPooling1D(
    pool_size: int | Sequence[int | Param] | Param = ...,
    strides: int | Sequence[int | Param] | Param | None = ...,
    padding: Literal["same", "valid"] | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: DType | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type MaxPooling1D."""

def MaxPooling2D(
    pool_size: int | Sequence[int | Param] | Param = ...,
    strides: int | Sequence[int | Param] | Param | None = ...,
    padding: Literal["same", "valid"] | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: DType | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type MaxPooling2D."""

def MaxPooling3D(
    pool_size: int | Sequence[int | Param] | Param = ...,
    strides: int | Sequence[int | Param] | Param | None = ...,
    padding: Literal["same", "valid"] | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type MaxPooling3D."""

def Maximum(
    trainable: bool | Param = ...,
    dtype: DType | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Maximum."""

def MelSpectrogram(
    fft_length: int | Param = ...,
    sequence_stride: int | Param = ...,
    sequence_length: int | Param | None = ...,
    window: Literal["hamming", "hann"] | Sequence[float | Param] | Param | None = ...,
    sampling_rate: int | Param = ...,
    num_mel_bins: int | Param = ...,
    min_freq: float | Param = ...,
    max_freq: float | Param | None = ...,
    power_to_db: bool | Param = ...,
    top_db: float | Param = ...,
    mag_exp: float | Param = ...,
    min_power: float | Param = ...,
    ref_power: float | Param = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type MelSpectrogram."""

def MemberAverage(
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type MemberAverage."""

def Minimum(
    trainable: bool | Param = ...,
    dtype: DType | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Minimum."""

def MultiHeadAttention(
    num_heads: int | Param = ...,
    key_dim: int | Param = ...,
    value_dim: int | Param | None = ...,
    dropout: float | Param = ...,
    use_bias: bool | Param = ...,
    output_shape: int | Sequence[int | Param] | Param | None = ...,
    attention_axes: int | Sequence[int | Param] | Param | None = ...,
    sliding_window: int | Param | None = ...,
    flash_attention: bool | Param | None = ...,
    kernel_initializer: InitializerLike | Literal["auto"] | Param | None = ...,
    bias_initializer: InitializerLike | Param | None = ...,
    kernel_regularizer: RegularizerLike | Param | None = ...,
    bias_regularizer: RegularizerLike | Param | None = ...,
    activity_regularizer: RegularizerLike | Param | None = ...,
    kernel_constraint: ConstraintLike | Param | None = ...,
    bias_constraint: ConstraintLike | Param | None = ...,
    use_gate: bool | Param = ...,
    seed: int | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    use_causal_mask: bool | Param = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type MultiHeadAttention; requires num_heads and key_dim."""

def Multiply(
    trainable: bool | Param = ...,
    dtype: DType | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Multiply."""

def NTPDense(
    units: int | Literal["auto"] | Param = ...,
    activation: ActivationLike | Literal["auto"] | Param | None = ...,
    use_bias: bool | Param = ...,
    kernel_initializer: InitializerLike | Literal["auto"] | Param | None = ...,
    bias_initializer: InitializerLike | Param | None = ...,
    kernel_regularizer: RegularizerLike | Param | None = ...,
    bias_regularizer: RegularizerLike | Param | None = ...,
    kernel_constraint: ConstraintLike | Param | None = ...,
    bias_constraint: ConstraintLike | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type NTPDense; requires units."""

def Normalization(
    axis: int | Sequence[int | Param] | Param | None = ...,
    mean: float | Sequence[Any] | Param | None = ...,
    variance: float | Sequence[Any] | Param | None = ...,
    invert: bool | Param = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Normalization."""

def OrderedQuantiles(
    quantiles: Sequence[float | Param] | Param = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type OrderedQuantiles; requires quantiles."""

def PReLU(
    alpha_initializer: InitializerLike | Param | None = ...,
    alpha_regularizer: RegularizerLike | Param | None = ...,
    alpha_constraint: ConstraintLike | Param | None = ...,
    shared_axes: int | Sequence[int | Param] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type PReLU."""

def ParametricActivation(
    activation: ActivationLike | Literal["auto"] | Param = ...,
    alpha_initializer: InitializerLike | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type ParametricActivation; requires activation."""

def PeriodicEmbedding(
    n_frequencies: int | Param = ...,
    units: int | Literal["auto"] | Param = ...,
    sigma: float | Param = ...,
    columns: Sequence[int | Param] | Literal["auto"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type PeriodicEmbedding."""

def Permute(
    dims: Sequence[int | Param] | Param = ...,
    trainable: bool | Param = ...,
    dtype: DType | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Permute; requires dims."""

def PiecewiseLinearEncoding(
    n_bins: int | Param = ...,
    max_features: int | Param | None = ...,
    columns: Sequence[int | Param] | Literal["auto"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type PiecewiseLinearEncoding."""

def Pipeline(
    layers: Sequence[LayerLike | Param] | Param = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Pipeline; requires layers."""

def PositionEmbedding(
    sequence_length: int | Param | None = ...,
    embeddings_initializer: InitializerLike | Param | None = ...,
    embeddings_regularizer: RegularizerLike | Param | None = ...,
    embeddings_constraint: ConstraintLike | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type PositionEmbedding."""

def RMSNormalization(
    axis: int | Param = ...,
    epsilon: float | Param = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type RMSNormalization."""

def RNN(
    cell: CellLike | Sequence[CellLike | Param] | Param = ...,
    return_sequences: bool | Param = ...,
    return_state: bool | Param = ...,
    go_backwards: bool | Param = ...,
    stateful: bool | Param = ...,
    unroll: bool | Param = ...,
    zero_output_for_mask: bool | Param = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type RNN; requires cell."""

def RandAugment(
    value_range: Sequence[float | Param] | Param = ...,
    num_ops: int | Param = ...,
    factor: float | Sequence[float | Param] | Param = ...,
    interpolation: Literal["bilinear", "nearest"] | Param = ...,
    seed: int | Param | None = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type RandAugment."""

def RandomBrightness(
    factor: float | Sequence[float | Param] | Param = ...,
    value_range: Sequence[float | Param] | Param = ...,
    seed: int | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type RandomBrightness; requires factor."""

def RandomColorDegeneration(
    factor: float | Sequence[float | Param] | Param = ...,
    value_range: Sequence[float | Param] | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    seed: int | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type RandomColorDegeneration; requires factor."""

def RandomColorJitter(
    value_range: Sequence[float | Param] | Param = ...,
    brightness_factor: float | Sequence[float | Param] | Param | None = ...,
    contrast_factor: float | Sequence[float | Param] | Param | None = ...,
    saturation_factor: float | Sequence[float | Param] | Param | None = ...,
    hue_factor: float | Sequence[float | Param] | Param | None = ...,
    seed: int | Param | None = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type RandomColorJitter."""

def RandomContrast(
    factor: float | Sequence[float | Param] | Param = ...,
    value_range: Sequence[float | Param] | Param = ...,
    seed: int | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type RandomContrast; requires factor."""

def RandomCrop(
    height: int | Param = ...,
    width: int | Param = ...,
    seed: int | Param | None = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type RandomCrop; requires height and width."""

def RandomElasticTransform(
    factor: float | Sequence[float | Param] | Param = ...,
    scale: float | Sequence[float | Param] | Param = ...,
    interpolation: Literal["bilinear", "nearest"] | Param = ...,
    fill_mode: Literal["constant", "nearest", "reflect", "wrap"] | Param = ...,
    fill_value: float | Param = ...,
    value_range: Sequence[float | Param] | Param = ...,
    seed: int | Param | None = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type RandomElasticTransform."""

def RandomErasing(
    factor: float | Sequence[float | Param] | Param = ...,
    scale: float | Sequence[float | Param] | Param = ...,
    fill_value: float | Sequence[float | Param] | Param | None = ...,
    value_range: Sequence[float | Param] | Param = ...,
    seed: int | Param | None = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type RandomErasing."""

def RandomFlip(
    mode: Literal["horizontal", "horizontal_and_vertical", "vertical"] | Param = ...,
    seed: int | Param | None = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type RandomFlip."""

def RandomGaussianBlur(
    factor: float | Sequence[float | Param] | Param = ...,
    kernel_size: int | Sequence[int | Param] | Param = ...,
    sigma: float | Sequence[float | Param] | Param = ...,
    value_range: Sequence[float | Param] | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    seed: int | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type RandomGaussianBlur."""

def RandomGrayscale(
    factor: float | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    seed: int | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type RandomGrayscale."""

def RandomHue(
    factor: float | Sequence[float | Param] | Param = ...,
    value_range: Sequence[float | Param] | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    seed: int | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type RandomHue; requires factor."""

def RandomInvert(
    factor: float | Sequence[float | Param] | Param = ...,
    value_range: Sequence[float | Param] | Param = ...,
    seed: int | Param | None = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type RandomInvert."""

def RandomPerspective(
    factor: float | Sequence[float | Param] | Param = ...,
    scale: float | Param = ...,
    interpolation: Literal["bilinear", "nearest"] | Param = ...,
    fill_value: float | Param = ...,
    seed: int | Param | None = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type RandomPerspective."""

def RandomPosterization(
    factor: int | Sequence[int | Param] | Param = ...,
    value_range: Sequence[float | Param] | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    seed: int | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type RandomPosterization; requires factor."""

def RandomRotation(
    factor: float | Sequence[float | Param] | Param = ...,
    fill_mode: Literal["constant", "nearest", "reflect", "wrap"] | Param = ...,
    interpolation: Literal["bilinear", "nearest"] | Param = ...,
    seed: int | Param | None = ...,
    fill_value: float | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type RandomRotation; requires factor."""

def RandomSaturation(
    factor: float | Sequence[float | Param] | Param = ...,
    value_range: Sequence[float | Param] | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    seed: int | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type RandomSaturation; requires factor."""

def RandomSharpness(
    factor: float | Sequence[float | Param] | Param = ...,
    value_range: Sequence[float | Param] | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    seed: int | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type RandomSharpness; requires factor."""

def RandomShear(
    x_factor: float | Sequence[float | Param] | Param = ...,
    y_factor: float | Sequence[float | Param] | Param = ...,
    interpolation: Literal["bilinear", "nearest"] | Param = ...,
    fill_mode: Literal["constant", "nearest", "reflect", "wrap"] | Param = ...,
    fill_value: float | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    seed: int | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type RandomShear."""

def RandomTranslation(
    height_factor: float | Sequence[float | Param] | Param = ...,
    width_factor: float | Sequence[float | Param] | Param = ...,
    fill_mode: Literal["constant", "nearest", "reflect", "wrap"] | Param = ...,
    interpolation: Literal["bilinear", "nearest"] | Param = ...,
    seed: int | Param | None = ...,
    fill_value: float | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type RandomTranslation; requires height_factor and width_factor."""

def RandomZoom(
    height_factor: float | Sequence[float | Param] | Param = ...,
    width_factor: float | Sequence[float | Param] | Param | None = ...,
    fill_mode: Literal["constant", "nearest", "reflect", "wrap"] | Param = ...,
    interpolation: Literal["bilinear", "nearest"] | Param = ...,
    seed: int | Param | None = ...,
    fill_value: float | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type RandomZoom; requires height_factor."""

def ReLU(
    max_value: float | Param | None = ...,
    negative_slope: float | Param = ...,
    threshold: float | Param = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type ReLU."""

def RepeatVector(
    n: int | Param = ...,
    trainable: bool | Param = ...,
    dtype: DType | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type RepeatVector; requires n."""

def Rescaling(
    scale: float | Sequence[float | Param] | Param = ...,
    offset: float | Sequence[float | Param] | Param = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Rescaling; requires scale."""

def Reshape(
    target_shape: Sequence[int | Literal[-1] | Param] | Param = ...,
    trainable: bool | Param = ...,
    dtype: DType | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Reshape; requires target_shape."""

def Resizing(
    height: int | Param = ...,
    width: int | Param = ...,
    interpolation: Resampling | Param = ...,
    crop_to_aspect_ratio: bool | Param = ...,
    pad_to_aspect_ratio: bool | Param = ...,
    fill_mode: Literal["constant"] | Param = ...,
    fill_value: float | Param = ...,
    antialias: bool | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Resizing; requires height and width."""

def ReversibleEmbedding(
    input_dim: int | Literal["auto"] | Param = ...,
    output_dim: int | Param = ...,
    tie_weights: bool | Param = ...,
    embeddings_initializer: InitializerLike | Param | None = ...,
    embeddings_regularizer: RegularizerLike | Param | None = ...,
    embeddings_constraint: ConstraintLike | Param | None = ...,
    mask_zero: bool | Param = ...,
    reverse_dtype: DType | Param | None = ...,
    logit_soft_cap: float | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type ReversibleEmbedding; requires input_dim and output_dim."""

def STFTSpectrogram(
    mode: Literal["angle", "imag", "log", "magnitude", "psd", "real", "stft"] | Param = ...,
    frame_length: int | Param = ...,
    frame_step: int | Param | None = ...,
    fft_length: int | Param | None = ...,
    window: str | Sequence[float | Param] | None = ...,
    periodic: bool | Param = ...,
    scaling: Literal["density", "spectrum"] | Param | None = ...,
    padding: Literal["same", "valid"] | Param = ...,
    expand_dims: bool | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type STFTSpectrogram."""

def Scale(
    scale_initializer: InitializerLike | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Scale."""

def SeparableConv1D(
    filters: int | Param = ...,
    kernel_size: int | Sequence[int | Param] | Param = ...,
    strides: int | Sequence[int | Param] | Param = ...,
    padding: Literal["same", "valid"] | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    dilation_rate: int | Sequence[int | Param] | Param = ...,
    depth_multiplier: int | Param = ...,
    activation: ActivationLike | Literal["auto"] | Param | None = ...,
    use_bias: bool | Param = ...,
    depthwise_initializer: InitializerLike | Param | None = ...,
    pointwise_initializer: InitializerLike | Param | None = ...,
    bias_initializer: InitializerLike | Param | None = ...,
    depthwise_regularizer: RegularizerLike | Param | None = ...,
    pointwise_regularizer: RegularizerLike | Param | None = ...,
    bias_regularizer: RegularizerLike | Param | None = ...,
    activity_regularizer: RegularizerLike | Param | None = ...,
    depthwise_constraint: ConstraintLike | Param | None = ...,
    pointwise_constraint: ConstraintLike | Param | None = ...,
    bias_constraint: ConstraintLike | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type SeparableConv1D; requires filters and kernel_size."""

def SeparableConv2D(
    filters: int | Param = ...,
    kernel_size: int | Sequence[int | Param] | Param = ...,
    strides: int | Sequence[int | Param] | Param = ...,
    padding: Literal["same", "valid"] | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    dilation_rate: int | Sequence[int | Param] | Param = ...,
    depth_multiplier: int | Param = ...,
    activation: ActivationLike | Literal["auto"] | Param | None = ...,
    use_bias: bool | Param = ...,
    depthwise_initializer: InitializerLike | Param | None = ...,
    pointwise_initializer: InitializerLike | Param | None = ...,
    bias_initializer: InitializerLike | Param | None = ...,
    depthwise_regularizer: RegularizerLike | Param | None = ...,
    pointwise_regularizer: RegularizerLike | Param | None = ...,
    bias_regularizer: RegularizerLike | Param | None = ...,
    activity_regularizer: RegularizerLike | Param | None = ...,
    depthwise_constraint: ConstraintLike | Param | None = ...,
    pointwise_constraint: ConstraintLike | Param | None = ...,
    bias_constraint: ConstraintLike | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type SeparableConv2D; requires filters and kernel_size."""

def SimpleRNN(
    units: int | Literal["auto"] | Param = ...,
    activation: ActivationLike | Literal["auto"] | Param | None = ...,
    use_bias: bool | Param = ...,
    kernel_initializer: InitializerLike | Literal["auto"] | Param | None = ...,
    recurrent_initializer: InitializerLike | Param | None = ...,
    bias_initializer: InitializerLike | Param | None = ...,
    kernel_regularizer: RegularizerLike | Param | None = ...,
    recurrent_regularizer: RegularizerLike | Param | None = ...,
    bias_regularizer: RegularizerLike | Param | None = ...,
    activity_regularizer: RegularizerLike | Param | None = ...,
    kernel_constraint: ConstraintLike | Param | None = ...,
    recurrent_constraint: ConstraintLike | Param | None = ...,
    bias_constraint: ConstraintLike | Param | None = ...,
    dropout: float | Param = ...,
    recurrent_dropout: float | Param = ...,
    return_sequences: bool | Param = ...,
    return_state: bool | Param = ...,
    go_backwards: bool | Param = ...,
    stateful: bool | Param = ...,
    unroll: bool | Param = ...,
    seed: int | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type SimpleRNN; requires units."""

def Softmax(
    axis: int | Sequence[int | Param] | Param = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Softmax."""

def Solarization(
    addition_factor: float | Sequence[float | Param] | Param = ...,
    threshold_factor: float | Sequence[float | Param] | Param = ...,
    value_range: Sequence[float | Param] | Param = ...,
    seed: int | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Solarization."""

def SpatialDropout1D(
    rate: float | Param = ...,
    seed: int | Param | None = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type SpatialDropout1D; requires rate."""

def SpatialDropout2D(
    rate: float | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    seed: int | Param | None = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type SpatialDropout2D; requires rate."""

def SpatialDropout3D(
    rate: float | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    seed: int | Param | None = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type SpatialDropout3D; requires rate."""

def SpectralNormalization(
    layer: LayerLike | Param = ...,
    power_iterations: int | Param = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type SpectralNormalization; requires layer."""

def StringLookup(
    max_tokens: int | Param | None = ...,
    num_oov_indices: int | Param = ...,
    mask_token: str | None = ...,
    oov_token: str = ...,
    vocabulary: Sequence[str] | Param | None = ...,
    idf_weights: Sequence[float | Param] | Param | None = ...,
    invert: bool | Param = ...,
    output_mode: Literal["count", "int", "multi_hot", "one_hot", "tf_idf"] | Param = ...,
    pad_to_max_tokens: bool | Param = ...,
    sparse: bool | Param = ...,
    encoding: str = ...,
    salt: int | Sequence[int | Param] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: DType | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type StringLookup."""

def Subtract(
    trainable: bool | Param = ...,
    dtype: DType | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type Subtract."""

def TakeStep(
    step: int | Param = ...,
    trainable: bool | Param = ...,
    dtype: DType | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type TakeStep."""

def TextVectorization(
    max_tokens: int | Param | None = ...,
    standardize: Literal["lower", "lower_and_strip_punctuation", "strip_punctuation"] | Param | None = ...,
    split: Literal["character", "whitespace"] | Param | None = ...,
    ngrams: int | Param | None = ...,
    output_mode: Literal["count", "int", "multi_hot", "tf_idf"] | Param = ...,
    output_sequence_length: int | Param | None = ...,
    pad_to_max_tokens: bool | Param = ...,
    vocabulary: Sequence[str] | Param | None = ...,
    idf_weights: Sequence[float | Param] | Param | None = ...,
    sparse: bool | Param = ...,
    ragged: bool | Param = ...,
    encoding: str = ...,
    trainable: bool | Param = ...,
    dtype: DType | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type TextVectorization."""

def TimeDistributed(
    layer: LayerLike | Param = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type TimeDistributed; requires layer."""

def UnitNormalization(
    axis: int | Sequence[int | Param] | Param = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type UnitNormalization."""

def UpSampling1D(
    size: int | Param = ...,
    trainable: bool | Param = ...,
    dtype: DType | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type UpSampling1D."""

def UpSampling2D(
    size: int | Sequence[int | Param] | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    interpolation: Resampling | Param = ...,
    trainable: bool | Param = ...,
    dtype: DType | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type UpSampling2D."""

def UpSampling3D(
    size: int | Sequence[int | Param] | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: DType | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type UpSampling3D."""

def ZeroPadding1D(
    padding: int | Sequence[int | Param] | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: DType | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type ZeroPadding1D."""

def ZeroPadding2D(
    padding: int | Sequence[int | Sequence[int | Param] | Param] | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: DType | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type ZeroPadding2D."""

def ZeroPadding3D(
    padding: int | Sequence[int | Sequence[int | Param] | Param] | Param = ...,
    data_format: Literal["channels_first", "channels_last"] | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: DType | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
    learning_rate_factor: float | Mapping[str, float | Param] | Param = ...,
    weight_decay_factor: float | Mapping[str, float | Param] | Param = ...,
) -> dict[str, Any]:
    """A node of type ZeroPadding3D."""

def GRUCell(
    units: int | Param = ...,
    activation: ActivationLike | Param | None = ...,
    recurrent_activation: ActivationLike | Param | None = ...,
    use_bias: bool | Param = ...,
    kernel_initializer: InitializerLike | Literal["auto"] | Param | None = ...,
    recurrent_initializer: InitializerLike | Param | None = ...,
    bias_initializer: InitializerLike | Param | None = ...,
    kernel_regularizer: RegularizerLike | Param | None = ...,
    recurrent_regularizer: RegularizerLike | Param | None = ...,
    bias_regularizer: RegularizerLike | Param | None = ...,
    kernel_constraint: ConstraintLike | Param | None = ...,
    recurrent_constraint: ConstraintLike | Param | None = ...,
    bias_constraint: ConstraintLike | Param | None = ...,
    dropout: float | Param = ...,
    recurrent_dropout: float | Param = ...,
    reset_after: bool | Param = ...,
    seed: int | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
) -> dict[str, Any]:
    """A recurrent cell of type GRUCell; requires units."""

def LSTMCell(
    units: int | Param = ...,
    activation: ActivationLike | Param | None = ...,
    recurrent_activation: ActivationLike | Param | None = ...,
    use_bias: bool | Param = ...,
    kernel_initializer: InitializerLike | Literal["auto"] | Param | None = ...,
    recurrent_initializer: InitializerLike | Param | None = ...,
    bias_initializer: InitializerLike | Param | None = ...,
    unit_forget_bias: bool | Param = ...,
    kernel_regularizer: RegularizerLike | Param | None = ...,
    recurrent_regularizer: RegularizerLike | Param | None = ...,
    bias_regularizer: RegularizerLike | Param | None = ...,
    kernel_constraint: ConstraintLike | Param | None = ...,
    recurrent_constraint: ConstraintLike | Param | None = ...,
    bias_constraint: ConstraintLike | Param | None = ...,
    dropout: float | Param = ...,
    recurrent_dropout: float | Param = ...,
    seed: int | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
) -> dict[str, Any]:
    """A recurrent cell of type LSTMCell; requires units."""

def SimpleRNNCell(
    units: int | Param = ...,
    activation: ActivationLike | Param | None = ...,
    use_bias: bool | Param = ...,
    kernel_initializer: InitializerLike | Literal["auto"] | Param | None = ...,
    recurrent_initializer: InitializerLike | Param | None = ...,
    bias_initializer: InitializerLike | Param | None = ...,
    kernel_regularizer: RegularizerLike | Param | None = ...,
    recurrent_regularizer: RegularizerLike | Param | None = ...,
    bias_regularizer: RegularizerLike | Param | None = ...,
    kernel_constraint: ConstraintLike | Param | None = ...,
    recurrent_constraint: ConstraintLike | Param | None = ...,
    bias_constraint: ConstraintLike | Param | None = ...,
    dropout: float | Param = ...,
    recurrent_dropout: float | Param = ...,
    seed: int | Param | None = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
) -> dict[str, Any]:
    """A recurrent cell of type SimpleRNNCell; requires units."""

def StackedRNNCells(
    cells: Sequence[CellLike | Param] | Param = ...,
    trainable: bool | Param = ...,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | Param | None = ...,
    *,
    name: str | None = ...,
    inputs: Iterable[str] | None = ...,
) -> dict[str, Any]:
    """A recurrent cell of type StackedRNNCells; requires cells."""
