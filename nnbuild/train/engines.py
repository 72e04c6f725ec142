"""Which trainings can be done together: what each layer, optimizer, loss and metric allows, as it was tried.

A layer is here if TensorFlow has rules to compute it for many members at once, XLA compiles them, and members come out
as they do alone; a test tries each of them. All others train one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nnbuild.recipe import catalog
from nnbuild.recipe.forms import JsonForm, is_plain_accuracy, type_of
from nnbuild.train.batches import is_sparse
from nnbuild.train.program import optimizer_value
from nnbuild.train.stack import Member

MOST_BYTES = 2**29  # of a member's rows, which are on the device as a whole


def can_stack(member: Member) -> bool:
    """Whether a training can be one of a stack."""
    settings = member.settings
    return (
        all(_is_stackable(node.type, node.arguments) for node in member.resolved.nodes)
        and all(spec.get("dtype") != "string" for spec in member.resolved.inputs.values())
        and settings["precision"] in ("float32", "float64")
        and _optimizer_is(settings)
        and all(_class_name("losses", value) in LOSSES for value in _written(settings["loss"]))
        and all(_class_name("metrics", value) in METRICS for value in _written(settings["metrics"] or []))
        and _fits(member)
    )


def _is_stackable(kind: str, arguments: Mapping) -> bool:
    return kind in STACKABLE and not any(arguments.get(name) for name in REFUSED)


def _optimizer_is(settings: Mapping) -> bool:
    value = optimizer_value(settings)
    name = _class_name("optimizers", value)
    return name in OPTIMIZERS and not any(value.get(key) for key in ("use_ema", "gradient_accumulation_steps"))


def _written(value: Any) -> Iterator[JsonForm]:
    """Losses or metrics of all outputs."""
    if isinstance(value, Mapping) and "type" not in value:
        for item in value.values():
            yield from _written(item)
    elif isinstance(value, list | tuple):
        yield from value
    elif value is not None:
        yield value


def _class_name(family: str, value: JsonForm) -> str:
    if is_plain_accuracy(value):
        return "Accuracy"
    name = type_of(value)
    known = catalog.find(family, name)
    return known.name if known else name


def _fits(member: Member) -> bool:
    """Whether the rows are arrays that fit on the device as a whole."""
    for data in filter(None, (member.training, member.held_out)):
        inputs = list(data.X.values()) if isinstance(data.X, dict) else [data.X]
        if any(is_sparse(array) or array.dtype.kind not in "biuf" for array in inputs):
            return False
        if len(data.weights) * data.row_bytes > MOST_BYTES:
            return False
    return True


STACKABLE = {
    "Activation", "Add", "Average", "AveragePooling1D", "BatchNormalization", "Concatenate", "Cropping1D", "Dense",
    "DepthwiseConv1D", "Discretization", "Dot", "Dropout", "ELU", "Embedding", "Flatten", "GaussianDropout",
    "GaussianNoise", "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalMaxPooling1D", "GlobalMaxPooling2D",
    "GroupNormalization", "Identity", "LayerNormalization", "LeakyReLU", "MaxPooling1D", "Maximum", "Minimum",
    "Multiply", "Normalization", "PReLU", "Permute", "RMSNormalization", "ReLU", "RepeatVector", "Rescaling", "Reshape",
    "ReversibleEmbedding", "Softmax", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "Subtract",
    "UnitNormalization", "UpSampling1D", "ZeroPadding1D",
}  # fmt: skip

# Arguments of theirs that change that: losses over whole batches, masks, weights of other kinds.
REFUSED = ("activity_regularizer", "mask_zero", "lora_rank", "quantization_config")

OPTIMIZERS = {
    "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "Ftrl", "Lamb", "Lion", "Muon", "Nadam", "RMSprop",
    "SGD",
}  # fmt: skip

# Not those of a batch as a whole (CTC, Circle, Dice, Tversky), where rows of padding would count, nor the hinges that
# look at a whole batch to tell how its labels are written.
LOSSES = {
    "BinaryCrossentropy", "BinaryFocalCrossentropy", "CategoricalCrossentropy", "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy", "CategoricalHinge", "CosineSimilarity", "Huber", "KLDivergence", "LogCosh",
    "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredError", "MeanSquaredLogarithmicError", "Poisson",
    "SparseCategoricalCrossentropy",
}  # fmt: skip

METRICS = {
    "Accuracy", "BinaryAccuracy", "BinaryCrossentropy", "CategoricalAccuracy", "CategoricalCrossentropy",
    "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredError", "MeanSquaredLogarithmicError",
    "RootMeanSquaredError", "SparseCategoricalAccuracy", "SparseCategoricalCrossentropy",
}  # fmt: skip
