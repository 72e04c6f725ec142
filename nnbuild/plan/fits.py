"""Training settings that do not fit the task or the outputs, told before anything is trained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nnbuild.errors import Path, Problem, did_you_mean, name_list, show
from nnbuild.plan.settings import WITHOUT_CLASSES, Request
from nnbuild.recipe import catalog
from nnbuild.recipe.forms import type_of


def unfit_settings(request: Request, training: Mapping, outputs: Mapping[str, Mapping]) -> list[Problem]:
    """What the training of a resolved network can't do.

    Parameters
    ----------
    request : Request
        Its task decides; a network without one may have any loss and metrics.
    training : mapping
        The resolved training settings.
    outputs : mapping of str to mapping
        The resolved outputs.
    """
    return [
        *_unfit_objects(request, outputs),
        *_unfit_class_weight(request, training),
        *_unfit_smoothing(training, outputs),
        *_unfit_monitor(training, outputs),
    ]


def takes_smoothing(loss: str | Mapping) -> bool:
    """Whether labels can be smoothed for a loss."""
    known = catalog.find("losses", type_of(loss))
    return known is not None and (known.name == "SparseCategoricalCrossentropy" or "label_smoothing" in known.arguments)


def metric_names(metrics: list) -> list[str]:
    """Names of an output's metrics, as Keras tells equal ones apart: the second "auc" is "auc_1"."""
    names = [catalog.snake_case(type_of(metric).rpartition(">")[2]) for metric in metrics]
    earlier = [names[:index].count(name) for index, name in enumerate(names)]
    return [f"{name}_{count}" if count else name for name, count in zip(names, earlier, strict=True)]


def _unfit_objects(request: Request, outputs: Mapping[str, Mapping]) -> Iterator[Problem]:
    """Losses and metrics that compare other targets than those of the task; several outputs may differ in theirs."""
    if request.task is None or len(outputs) > 1:
        return
    also = _OF_CLASSES if request.task == "binary" and not request.appends_output else set()  # of two columns
    for name, output in outputs.items():
        if output["loss"] is not None:
            path = _path(request, name, "loss")
            yield from _unfit("losses", output["loss"], path, request.task, LOSSES_OF[request.task] | also)
        for index, metric in enumerate(output["metrics"]):
            path = (*_path(request, name, "metrics"), index)
            yield from _unfit("metrics", metric, path, request.task, METRICS_OF[request.task] | also)


def _unfit(family: str, value: str | Mapping, path: Path, task: str, fitting: set[str]) -> Iterator[Problem]:
    known = catalog.find(family, type_of(value))
    if known is None or known.name in fitting:  # a user's own class knows best
        return
    found = f"{known.name} does not suit a {task} task"
    in_family = {name for name in fitting if catalog.find(family, name)}
    yield Problem(path, found, allowed=", ".join(sorted(in_family, key=str.lower)))


def _path(request: Request, output: str, key: str) -> Path:
    """Where the recipe says the loss or the metrics of an output."""
    said = request.recipe.network.outputs
    return ("outputs", output, key) if isinstance(said, Mapping) and key in said[output] else ("training", key)


def _unfit_class_weight(request: Request, training: Mapping) -> Iterator[Problem]:
    if training["class_weight"] is not None and request.task in WITHOUT_CLASSES:
        found = f"a {request.task} task has no classes to weigh"
        yield Problem(("training", "class_weight"), found, hint="give sample_weight to fit instead")


def _unfit_smoothing(training: Mapping, outputs: Mapping[str, Mapping]) -> Iterator[Problem]:
    losses = [output["loss"] for output in outputs.values() if output["loss"] is not None]
    if training["label_smoothing"] and losses and not any(map(takes_smoothing, losses)):
        types = ", ".join(sorted({show(type_of(loss)) for loss in losses}))
        yield Problem(("training", "label_smoothing"), f"label_smoothing needs a cross-entropy loss, got {types}")


def _unfit_monitor(training: Mapping, outputs: Mapping[str, Mapping]) -> Iterator[Problem]:
    stopping = training["early_stopping"]
    monitor = stopping.get("monitor") if isinstance(stopping, Mapping) else None
    curves = _curves(outputs)
    if monitor is not None and monitor not in curves:
        allowed, hint = name_list(curves, monitor), did_you_mean(monitor, curves)
        yield Problem(("training", "early_stopping", "monitor"), f"there is no curve {show(monitor)}", allowed, hint)


def _curves(outputs: Mapping[str, Mapping]) -> list[str]:
    """Names of the curves of training, and of validation, whose rows may come with the data."""
    names = ["loss"]
    for output, value in outputs.items():
        prefix = f"{output}_" if len(outputs) > 1 else ""
        names += [f"{prefix}loss"] if prefix else []
        names += [prefix + name for name in metric_names(value["metrics"])]
    return names + [f"val_{name}" for name in names]


# Keras' losses and metrics, by the targets that they compare. Those for one class out of several:
_OF_CLASSES = {
    "Accuracy", "CategoricalAccuracy", "CategoricalCrossentropy", "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy", "CategoricalHinge", "OneHotIoU", "OneHotMeanIoU",
    "SparseCategoricalAccuracy", "SparseCategoricalCrossentropy", "SparseTopKCategoricalAccuracy",
    "TopKCategoricalAccuracy",
}  # fmt: skip
# Those of any number of columns, where classes are 0 and 1:
_OF_COLUMNS = {
    "AUC", "BinaryAccuracy", "F1Score", "FBetaScore", "FalseNegatives", "FalsePositives", "Precision",
    "PrecisionAtRecall", "Recall", "RecallAtPrecision", "SensitivityAtSpecificity", "SpecificityAtSensitivity",
    "TrueNegatives", "TruePositives",
}  # fmt: skip
_OF_LABELS = {
    "Accuracy", "BinaryCrossentropy", "BinaryFocalCrossentropy", "BinaryIoU", "Dice", "Hinge", "MeanAbsoluteError",
    "MeanSquaredError", "RootMeanSquaredError", "SquaredHinge", "Tversky", *_OF_COLUMNS,
}  # fmt: skip
# Those for real numbers, shares from 0 to 1 among them:
_OF_NUMBERS = {
    "BinaryCrossentropy", "ConcordanceCorrelation", "CosineSimilarity", "Huber", "KLDivergence", "LogCosh",
    "LogCoshError", "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredError",
    "MeanSquaredLogarithmicError", "PearsonCorrelation", "Poisson", "R2Score", "RootMeanSquaredError",
}  # fmt: skip
OF_REGIONS = {"Dice", "Tversky"}  # compare areas, over whole batches unless their `axis` keeps the first one
# Losses that take numbers of classes alone, and losses and metrics that want them in one-hot form.
CLASS_NUMBERS = {"CategoricalGeneralizedCrossEntropy", "SparseCategoricalCrossentropy"}
ONE_HOT = {
    "CategoricalAccuracy", "CategoricalCrossentropy", "CategoricalFocalCrossentropy", "CategoricalHinge", "OneHotIoU",
    "OneHotMeanIoU", "TopKCategoricalAccuracy", *_OF_COLUMNS, *OF_REGIONS,
}  # fmt: skip
LOSSES_OF = {
    "binary": _OF_LABELS,
    "multiclass": _OF_CLASSES,
    "multilabel": _OF_LABELS,
    "regression": _OF_NUMBERS,
    "segmentation": _OF_CLASSES | OF_REGIONS,
    "tokens": {"SparseCategoricalCrossentropy"},  # that can ignore padding
}
_OF_TOKENS = {
    "Accuracy", "SparseCategoricalAccuracy", "SparseCategoricalCrossentropy", "SparseTopKCategoricalAccuracy",
}  # fmt: skip
METRICS_OF = {
    **LOSSES_OF, "multiclass": _OF_CLASSES | _OF_COLUMNS, "segmentation": _OF_CLASSES, "tokens": _OF_TOKENS,
}  # fmt: skip
