"""Layers and cells of Keras, and ours: one row per class, in the order of the alphabet."""

from __future__ import annotations

from nnbuild.catalog.facts.rows import LayerFacts

BOTH, XLA, VECTORIZED = ("xla", "vectorized"), ("xla",), ("vectorized",)  # execution modes of stacks
_SEQUENCE, _IMAGE, _MEMBERS = ("steps", "features"), ("height", "width", "channels"), ("members", "outputs")
_CELL_RATES = ("dropout", "recurrent_dropout")

# fmt: off
LAYERS: dict[str, LayerFacts] = {
    "Activation": LayerFacts(
        family="activation", macs="free", ordinary="real", masks="regarded", modes=BOTH, keeps_steps=True,
        steps="each_step", follows=True,
    ),
    "ActivityRegularization": LayerFacts(family="noise", macs="free", masks="regarded", steps="each_step"),
    "AdaptiveAveragePooling1D": LayerFacts(family="pooling", macs="adaptive_average_pooling", ndim=3, modes=BOTH),
    "AdaptiveAveragePooling2D": LayerFacts(family="pooling", macs="adaptive_average_pooling", ndim=4, modes=BOTH),
    "AdaptiveAveragePooling3D": LayerFacts(
        family="pooling", macs="adaptive_average_pooling", ndim=5, shapes="pooled_volumes", modes=BOTH,
    ),
    "AdaptiveMaxPooling1D": LayerFacts(family="pooling", macs="free", ndim=3, modes=BOTH),
    "AdaptiveMaxPooling2D": LayerFacts(family="pooling", macs="free", ndim=4, modes=BOTH),
    "AdaptiveMaxPooling3D": LayerFacts(family="pooling", macs="free", ndim=5, shapes="pooled_volumes", modes=BOTH),
    "Add": LayerFacts(
        family="merge", n_inputs=(2, None), inputs_as="list", merges="add", any_dtype=True, macs="free",
        shapes="cannot_add", ordinary="real", masks="regarded", modes=BOTH, steps="each_step",
    ),
    "AdditiveAttention": LayerFacts(
        family="attention", n_inputs=(2, 3), inputs_as="list", call_arguments={"use_causal_mask": False},
        macs="additive_attention", ndim=3, axes=_SEQUENCE, masks="regarded", modes=BOTH, random="attention",
        steps="lookup", dropout_rates=("dropout",),
    ),
    "AlphaDropout": LayerFacts(
        family="noise", macs="free", masks="regarded", steps="each_step", follows=True, dropout_rates=("rate",),
    ),
    "Attention": LayerFacts(
        family="attention", n_inputs=(2, 3), inputs_as="list", call_arguments={"use_causal_mask": False},
        macs="attention", ndim=3, axes=_SEQUENCE, masks="regarded", modes=BOTH, random="attention", steps="lookup",
        dropout_rates=("dropout",),
    ),
    "AugMix": LayerFacts(family="augmentation", clash="shear", macs="free", ndim=4, moves_pixels=True),
    "AutoContrast": LayerFacts(family="image", macs="uncounted", ndim=4, modes=BOTH),  # by the extremes of each image
    "Average": LayerFacts(
        family="merge", n_inputs=(2, None), inputs_as="list", merges="average", any_dtype=True, macs="average",
        shapes="cannot_add", masks="regarded", modes=BOTH, steps="each_step",
    ),
    "AveragePooling1D": LayerFacts(
        family="pooling", macs="average_pooling", shapes="window_too_large", ordinary="real", modes=BOTH,
        form="average_pooling",
    ),
    "AveragePooling2D": LayerFacts(
        family="pooling", macs="average_pooling", shapes="window_too_large", ordinary="real", modes=BOTH,
        form="average_pooling",
    ),
    "AveragePooling3D": LayerFacts(
        family="pooling", macs="average_pooling", shapes="pooled_volumes", modes=BOTH, form="average_pooling",
    ),
    "BatchEnsembleDense": LayerFacts(family="dense", own=True, macs="batch_ensemble", ordinary="real", modes=BOTH),
    "BatchNormalization": LayerFacts(
        family="normalization", normalizes=True, macs="scaling", shapes="no_axis", ordinary="real", masks="along_axis",
        modes=BOTH, keeps_steps=True, whole_batches=True, steps="each_step", follows=True,
    ),
    "Bidirectional": LayerFacts(
        family="recurrent", n_inputs=(1, None), takes_states=True, macs="bidirectional", axes=_SEQUENCE,
        arguments="both_ways", shapes="both_ways", ordinary="real", masks="regarded", modes=VECTORIZED,
        keeps_steps=True,
    ),
    "CategoryEncoding": LayerFacts(
        family="encoding", own_dtype=True, any_dtype=True, vocabulary_argument="num_tokens",
        not_in_config={"sparse": "sparse"}, macs="free",
    ),
    "CenterCrop": LayerFacts(family="image", any_dtype=True, macs="center_crop", ndim=4, modes=BOTH),
    "ClassToken": LayerFacts(
        family="embedding", own=True, macs="free", axes=_SEQUENCE, ordinary="real", masks="regarded",
    ),
    "Concatenate": LayerFacts(
        family="merge", n_inputs=(2, None), inputs_as="list", merges="join", takes_text=True, any_dtype=True,
        macs="free", shapes="cannot_concatenate", ordinary="real", masks="along_axis", modes=BOTH, steps="each_step",
    ),
    "ContrastLimitedAdaptiveHistogramEqualization": LayerFacts(family="image", macs="uncounted", ndim=4),  # histograms
    "Conv1D": LayerFacts(
        family="convolution", linear=True, macs="convolution", ndim=3, arguments="convolution", shapes="convolution",
        ordinary="real", modes=XLA, form="convolution", steps="convolution",
    ),
    "Conv1DTranspose": LayerFacts(family="convolution", macs="transposed_convolution", ndim=3, arguments="convolution"),
    "Conv2D": LayerFacts(
        family="convolution", linear=True, macs="convolution", ndim=4, arguments="convolution", shapes="convolution",
        ordinary="real", modes=XLA, form="convolution",
    ),
    "Conv2DTranspose": LayerFacts(
        family="convolution", macs="transposed_convolution", ndim=4, arguments="convolution", ordinary="real",
    ),
    "Conv3D": LayerFacts(
        family="convolution", linear=True, macs="convolution", ndim=5, arguments="convolution", shapes="convolution",
        modes=XLA, form="convolution",
    ),
    "Conv3DTranspose": LayerFacts(family="convolution", macs="transposed_convolution", ndim=5, arguments="convolution"),
    "ConvLSTM1D": LayerFacts(
        family="recurrent", n_inputs=(1, 3), takes_states=True, recurrent=True, macs="recurrent",
        axes=("steps", "length", "channels"), arguments="convolution", shapes="conv_lstm", fixed_dropout=True,
    ),
    "ConvLSTM2D": LayerFacts(
        family="recurrent", n_inputs=(1, 3), takes_states=True, recurrent=True, macs="recurrent",
        axes=("steps", *_IMAGE), arguments="convolution", shapes="conv_lstm", fixed_dropout=True,
    ),
    "ConvLSTM3D": LayerFacts(
        family="recurrent", n_inputs=(1, 3), takes_states=True, recurrent=True, macs="recurrent",
        axes=("steps", "depth", *_IMAGE), arguments="convolution", shapes="conv_lstm", fixed_dropout=True,
    ),
    "ConvLSTMCell": LayerFacts(  # inside of ConvLSTM; Keras does not export it
        family="recurrent", macs="conv_lstm_cell",
    ),
    "Cropping1D": LayerFacts(family="shape", any_dtype=True, macs="free", shapes="nothing_left", modes=BOTH),
    "Cropping2D": LayerFacts(family="shape", any_dtype=True, macs="free", shapes="nothing_left", modes=BOTH),
    "Cropping3D": LayerFacts(family="shape", any_dtype=True, macs="free", shapes="nothing_left", modes=BOTH),
    "Dense": LayerFacts(
        family="dense", linear=True, macs="dense", ordinary="real", masks="regarded", modes=BOTH, keeps_steps=True,
        steps="each_step",
    ),
    "DepthwiseConv1D": LayerFacts(
        family="convolution", macs="depthwise_convolution", ndim=3, shapes="convolution", modes=XLA,
        form="depthwise_convolution",
    ),
    "DepthwiseConv2D": LayerFacts(
        family="convolution", macs="depthwise_convolution", ndim=4, shapes="convolution", ordinary="real", modes=XLA,
        form="depthwise_convolution",
    ),
    "Discretization": LayerFacts(
        family="encoding", own_dtype=True, any_dtype=True, clash="boundaries", macs="free", modes=BOTH,
    ),
    "Dot": LayerFacts(
        family="merge", n_inputs=(2, 2), inputs_as="list", merges="multiply", macs="dot", shapes="cannot_multiply",
        ordinary="real", modes=BOTH,
    ),
    "Dropout": LayerFacts(
        family="noise", macs="free", ordinary="real", masks="regarded", modes=BOTH, random="dropout", numbers=("rate",),
        keeps_steps=True, steps="each_step", follows=True, dropout_rates=("rate",),
    ),
    "ELU": LayerFacts(
        family="activation", activation="elu", macs="free", masks="regarded", modes=BOTH, steps="each_step",
        follows=True,
    ),
    "EinsumDense": LayerFacts(family="dense", macs="einsum_dense", shapes="bad_equation", modes=BOTH),
    "Embedding": LayerFacts(
        family="embedding", vocabulary_argument="input_dim", macs="free", ordinary="any", modes=BOTH, keeps_steps=True,
        steps="each_step",
    ),
    "Equalization": LayerFacts(family="image", macs="free", ndim=4),
    "Flatten": LayerFacts(family="shape", takes_text=True, any_dtype=True, macs="free", ordinary="any", modes=BOTH),
    "GRU": LayerFacts(
        family="recurrent", n_inputs=(1, 2), takes_states=True, recurrent=True, macs="recurrent", axes=_SEQUENCE,
        shapes="wrong_states", ordinary="real", masks="regarded", modes=VECTORIZED, form="recurrent", keeps_steps=True,
        steps="states",
    ),
    "GRUCell": LayerFacts(
        family="recurrent", macs="gru_cell", modes=VECTORIZED, random="cell", dropout_rates=_CELL_RATES,
    ),
    "GaussianDropout": LayerFacts(
        family="noise", macs="free", masks="regarded", modes=BOTH, random="gaussian_dropout", numbers=("rate",),
        steps="each_step", follows=True, dropout_rates=("rate",),
    ),
    "GaussianNoise": LayerFacts(
        family="noise", macs="free", ordinary="real", masks="regarded", modes=BOTH, random="gaussian_noise",
        numbers=("stddev",), keeps_steps=True, steps="each_step", follows=True,
    ),
    "GlobalAveragePooling1D": LayerFacts(
        family="pooling", macs="global_average_pooling", ordinary="real", masks="regarded", modes=BOTH,
    ),
    "GlobalAveragePooling2D": LayerFacts(family="pooling", macs="global_average_pooling", ordinary="real", modes=BOTH),
    "GlobalAveragePooling3D": LayerFacts(family="pooling", macs="global_average_pooling", modes=BOTH),
    "GlobalMaxPooling1D": LayerFacts(family="pooling", any_dtype=True, macs="free", ordinary="real", modes=BOTH),
    "GlobalMaxPooling2D": LayerFacts(family="pooling", any_dtype=True, macs="free", ordinary="real", modes=BOTH),
    "GlobalMaxPooling3D": LayerFacts(family="pooling", any_dtype=True, macs="free", modes=BOTH),
    "GroupNormalization": LayerFacts(
        family="normalization", normalizes=True, macs="mean_and_variance_scaling", shapes="group_normalization",
        modes=BOTH, follows=True,
    ),
    "GroupQueryAttention": LayerFacts(
        family="attention", keras_name="GroupedQueryAttention", n_inputs=(1, 3), inputs_as="arguments",
        call_arguments={"use_causal_mask": False}, not_in_config={"flash_attention": "flash_attention"},
        macs="group_query_attention", ndim=3, axes=_SEQUENCE, modes=BOTH, steps="attention",
    ),
    "HashedCrossing": LayerFacts(
        family="encoding", n_inputs=(2, None), inputs_as="list", takes_text=True, own_dtype=True, ids_dtype="int64",
        any_dtype=True, macs="free",
    ),
    "Hashing": LayerFacts(
        family="encoding", takes_text=True, own_dtype=True, ids_dtype="int64", any_dtype=True, macs="free",
    ),
    "Identity": LayerFacts(
        family="other", takes_text=True, any_dtype=True, macs="free", masks="regarded", modes=BOTH, steps="each_step",
    ),
    "IntegerLookup": LayerFacts(family="encoding", own_dtype=True, any_dtype=True, macs="free"),
    "LSTM": LayerFacts(
        family="recurrent", n_inputs=(1, 3), takes_states=True, recurrent=True, macs="recurrent", axes=_SEQUENCE,
        shapes="wrong_states", ordinary="real", masks="regarded", modes=VECTORIZED, form="recurrent", keeps_steps=True,
        steps="states",
    ),
    "LSTMCell": LayerFacts(
        family="recurrent", macs="lstm_cell", modes=VECTORIZED, random="cell", dropout_rates=_CELL_RATES,
    ),
    "LayerNormalization": LayerFacts(
        family="normalization", normalizes=True, macs="layer_normalization", shapes="no_axis", ordinary="real",
        masks="along_axis", modes=BOTH, keeps_steps=True, steps="each_step", follows=True,
    ),
    "LeakyReLU": LayerFacts(
        family="activation", activation="leaky_relu", macs="free", masks="regarded", modes=BOTH, steps="each_step",
        follows=True,
    ),
    "LogVariance": LayerFacts(family="other", own=True, only_last=True, macs="free", ordinary="any", modes=BOTH),
    "Masking": LayerFacts(
        family="other", any_dtype=True, macs="free", masks="regarded", modes=BOTH, sets_mask=True, keeps_steps=True,
        steps="each_step",
    ),
    "MaxPooling1D": LayerFacts(
        family="pooling", any_dtype=True, macs="free", shapes="window_too_large", ordinary="real", modes=BOTH,
        form="max_pooling",
    ),
    "MaxPooling2D": LayerFacts(
        family="pooling", any_dtype=True, macs="free", shapes="window_too_large", ordinary="real", modes=BOTH,
        form="max_pooling",
    ),
    "MaxPooling3D": LayerFacts(family="pooling", macs="free", shapes="pooled_volumes"),
    "Maximum": LayerFacts(
        family="merge", n_inputs=(2, None), inputs_as="list", merges="take the maximum of", any_dtype=True, macs="free",
        shapes="cannot_add", masks="regarded", modes=BOTH, steps="each_step",
    ),
    "MelSpectrogram": LayerFacts(family="sound", macs="uncounted", shapes="signal_too_short"),  # a Fourier transform
    "MemberAverage": LayerFacts(family="pooling", own=True, only_last=True, macs="average", axes=_MEMBERS, modes=BOTH),
    "Minimum": LayerFacts(
        family="merge", n_inputs=(2, None), inputs_as="list", merges="take the minimum of", any_dtype=True, macs="free",
        shapes="cannot_add", masks="regarded", modes=BOTH, steps="each_step",
    ),
    "MultiHeadAttention": LayerFacts(
        family="attention", n_inputs=(1, 3), inputs_as="arguments", call_arguments={"use_causal_mask": False},
        not_in_config={"flash_attention": "flash_attention"}, macs="multi_head_attention", min_ndim=3, axes=_SEQUENCE,
        shapes="attention", ordinary="real", masks="regarded", modes=BOTH, steps="attention",
    ),
    "Multiply": LayerFacts(
        family="merge", n_inputs=(2, None), inputs_as="list", merges="multiply", any_dtype=True, macs="multiply",
        shapes="cannot_add", ordinary="real", masks="regarded", modes=BOTH, steps="each_step",
    ),
    "NTPDense": LayerFacts(
        family="dense", own=True, scales_weights=True, linear=True, macs="dense", ordinary="real", masks="regarded",
        modes=BOTH, keeps_steps=True, steps="each_step",
    ),
    "Normalization": LayerFacts(
        family="normalization", normalizes=True, macs="scaling", shapes="normalization", masks="along_axis", modes=BOTH,
    ),
    "OrderedQuantiles": LayerFacts(family="activation", own=True, macs="free", modes=BOTH, follows=True),
    "PReLU": LayerFacts(
        family="activation", activation="prelu", learned=True, macs="free", shapes="no_axis", modes=BOTH,
        steps="each_step", follows=True,
    ),
    "ParametricActivation": LayerFacts(
        family="activation", own=True, macs="scaling", ordinary="real", masks="regarded", modes=BOTH, keeps_steps=True,
        steps="each_step", follows=True,
    ),
    "PeriodicEmbedding": LayerFacts(
        family="embedding", own=True, macs="periodic_embedding", ordinary="real", modes=BOTH,
    ),
    "Permute": LayerFacts(
        family="shape", takes_text=True, any_dtype=True, macs="free", axes=(), arguments="no_order", ordinary="real",
        modes=BOTH,
    ),
    "PiecewiseLinearEncoding": LayerFacts(
        family="encoding", own=True, adapts=True, macs="scaling", ordinary="real", modes=BOTH,
    ),
    "Pipeline": LayerFacts(family="image", macs="pipeline", shapes="chained", modes=BOTH),
    "PositionEmbedding": LayerFacts(
        family="embedding", own=True, macs="free", axes=_SEQUENCE, shapes="too_few_places", ordinary="real",
        masks="regarded", steps="places",
    ),
    "RMSNormalization": LayerFacts(
        family="normalization", normalizes=True, macs="mean_square_scaling", shapes="no_axis", ordinary="real",
        modes=BOTH, steps="each_step", follows=True,
    ),
    "RNN": LayerFacts(
        family="recurrent", n_inputs=(1, None), takes_states=True, recurrent=True, macs="recurrent", min_ndim=3,
        axes=_SEQUENCE, shapes="wrong_states", masks="regarded", modes=VECTORIZED, form="recurrent", keeps_steps=True,
        steps="states",
    ),
    "RandAugment": LayerFacts(family="augmentation", clash="shear", macs="free", ndim=4, moves_pixels=True),
    "RandomBrightness": LayerFacts(family="augmentation", macs="free", ndim=4),
    "RandomColorDegeneration": LayerFacts(family="augmentation", macs="free", ndim=4),
    "RandomColorJitter": LayerFacts(family="augmentation", macs="free", ndim=4),
    "RandomContrast": LayerFacts(family="augmentation", macs="free", ndim=4),
    "RandomCrop": LayerFacts(
        family="augmentation", macs="free", ndim=4, training_hint="CenterCrop crops in training and in prediction",
        moves_pixels=True,
    ),
    "RandomElasticTransform": LayerFacts(family="augmentation", macs="free", ndim=4, moves_pixels=True),
    "RandomErasing": LayerFacts(family="augmentation", macs="free", ndim=4),
    "RandomFlip": LayerFacts(family="augmentation", macs="free", ndim=4, moves_pixels=True),
    "RandomGaussianBlur": LayerFacts(family="augmentation", macs="free", ndim=4),
    "RandomGrayscale": LayerFacts(family="augmentation", not_in_config={"seed": "seed"}, macs="free", ndim=4),
    "RandomHue": LayerFacts(family="augmentation", macs="free", ndim=4),
    "RandomInvert": LayerFacts(family="augmentation", macs="free", ndim=4),
    "RandomPerspective": LayerFacts(family="augmentation", macs="free", ndim=4, moves_pixels=True),
    "RandomPosterization": LayerFacts(family="augmentation", macs="free", ndim=4),
    "RandomRotation": LayerFacts(family="augmentation", macs="free", ndim=4, moves_pixels=True),
    "RandomSaturation": LayerFacts(family="augmentation", macs="free", ndim=4),
    "RandomSharpness": LayerFacts(family="augmentation", macs="free", ndim=4),
    "RandomShear": LayerFacts(family="augmentation", clash="shear", macs="free", ndim=4, moves_pixels=True),
    "RandomTranslation": LayerFacts(family="augmentation", macs="free", ndim=4, moves_pixels=True),
    "RandomZoom": LayerFacts(family="augmentation", macs="free", ndim=4, moves_pixels=True),
    "ReLU": LayerFacts(
        family="activation", activation="relu", macs="free", ordinary="real", masks="regarded", modes=BOTH,
        keeps_steps=True, steps="each_step", follows=True,
    ),
    "RepeatVector": LayerFacts(family="shape", takes_text=True, any_dtype=True, macs="free", modes=BOTH),
    "Rescaling": LayerFacts(
        family="image", macs="scaling", ordinary="real", masks="regarded", modes=BOTH, steps="each_step",
        predicting_numbers=("scale",),
    ),
    "Reshape": LayerFacts(
        family="shape", takes_text=True, any_dtype=True, macs="free", arguments="two_unknown", shapes="wrong_size",
        ordinary="any", modes=BOTH,
    ),
    "Resizing": LayerFacts(family="image", macs="resizing", ndim=4),
    "ReversibleEmbedding": LayerFacts(
        family="embedding", shared_arguments={"reverse": False}, vocabulary_argument="input_dim",
        macs="reversible_embedding", ordinary="any", modes=BOTH, steps="each_step",
    ),
    "STFTSpectrogram": LayerFacts(family="sound", macs="spectrogram", ndim=3, shapes="frame_too_long"),
    "Scale": LayerFacts(
        family="normalization", own=True, normalizes=True, macs="scaling", ordinary="real", masks="regarded",
        modes=BOTH, keeps_steps=True, steps="each_step", follows=True,
    ),
    "SeparableConv1D": LayerFacts(
        family="convolution", macs="separable_convolution", ndim=3, shapes="convolution", modes=XLA,
        form="separable_convolution",
    ),
    "SeparableConv2D": LayerFacts(
        family="convolution", macs="separable_convolution", ndim=4, shapes="convolution", ordinary="real", modes=XLA,
        form="separable_convolution",
    ),
    "SimpleRNN": LayerFacts(
        family="recurrent", n_inputs=(1, 2), takes_states=True, recurrent=True, not_in_config={"seed": "cell.seed"},
        macs="recurrent", axes=_SEQUENCE, shapes="wrong_states", ordinary="real", masks="regarded", modes=VECTORIZED,
        form="recurrent", keeps_steps=True, steps="states",
    ),
    "SimpleRNNCell": LayerFacts(
        family="recurrent", macs="simple_rnn_cell", modes=VECTORIZED, random="cell", dropout_rates=_CELL_RATES,
    ),
    "Softmax": LayerFacts(
        family="activation", activation="softmax", macs="free", shapes="no_axis", modes=BOTH, steps="each_step",
        follows=True,
    ),
    "Solarization": LayerFacts(family="image", macs="free", ndim=4),
    "SpatialDropout1D": LayerFacts(
        family="noise", macs="free", ordinary="real", masks="regarded", modes=BOTH, random="spatial_dropout",
        numbers=("rate",), keeps_steps=True, steps="each_step", follows=True, dropout_rates=("rate",),
    ),
    "SpatialDropout2D": LayerFacts(
        family="noise", macs="free", modes=BOTH, random="spatial_dropout", numbers=("rate",), follows=True,
        dropout_rates=("rate",),
    ),
    "SpatialDropout3D": LayerFacts(
        family="noise", macs="free", modes=BOTH, random="spatial_dropout", numbers=("rate",), follows=True,
        dropout_rates=("rate",),
    ),
    "SpectralNormalization": LayerFacts(family="normalization", macs="wrapped", shapes="wrapped"),
    "StackedRNNCells": LayerFacts(family="recurrent", macs="stacked_cells", modes=VECTORIZED),
    "StringLookup": LayerFacts(
        family="encoding", takes_text=True,
        needs_text="set the input dtype to 'string', or use IntegerLookup for integers", own_dtype=True,
        any_dtype=True, macs="free",
    ),
    "Subtract": LayerFacts(
        family="merge", n_inputs=(2, 2), inputs_as="list", merges="subtract", any_dtype=True, macs="free",
        shapes="cannot_add", masks="regarded", modes=BOTH, steps="each_step",
    ),
    "TakeStep": LayerFacts(
        family="shape", own=True, any_dtype=True, macs="free", axes=_SEQUENCE, shapes="no_step", ordinary="real",
        masks="regarded",
    ),
    "TextVectorization": LayerFacts(
        family="encoding", takes_text=True,
        needs_text="set the input dtype to 'string', or its kind to 'text' without this layer",
        own_dtype=True, any_dtype=True, clash="ragged", macs="free", states_shape=False,
    ),
    "TimeDistributed": LayerFacts(
        family="recurrent", macs="time_distributed", min_ndim=3, axes=("steps", "..."), shapes="inside",
        masks="regarded", modes=BOTH, keeps_steps=True, steps="each_step",
    ),
    "UnitNormalization": LayerFacts(
        family="normalization", normalizes=True, macs="mean_square_scaling", shapes="no_axis", masks="along_axis",
        modes=BOTH, steps="each_step", follows=True,
    ),
    "UpSampling1D": LayerFacts(family="shape", any_dtype=True, macs="free", modes=BOTH),
    "UpSampling2D": LayerFacts(family="shape", any_dtype=True, macs="up_sampling", ordinary="real"),
    "UpSampling3D": LayerFacts(family="shape", any_dtype=True, macs="free", modes=BOTH),
    "ZeroPadding1D": LayerFacts(family="shape", any_dtype=True, macs="free", modes=BOTH),
    "ZeroPadding2D": LayerFacts(family="shape", any_dtype=True, macs="free", ordinary="real", modes=BOTH),
    "ZeroPadding3D": LayerFacts(family="shape", any_dtype=True, macs="free", modes=BOTH),
}
# fmt: on
