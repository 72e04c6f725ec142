"""Check that training settings suit the task and the outputs, before training."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from nnbuild import catalog
from nnbuild.catalog.json_form import type_of
from nnbuild.errors import Path, Problem, did_you_mean, name_list, show
from nnbuild.language.outputs import CLASSIFICATION
from nnbuild.plan.requests import Request
from nnbuild.tasks.losses import smoothing_mistake
from nnbuild.tasks.rows import TASKS


def unfit_settings(request: Request, training: Mapping, outputs: Mapping[str, Mapping]) -> list[Problem]:
    """Return the problems of training settings that do not suit the resolved network.

    Parameters
    ----------
    request : Request
        Contains the task. Without a task, all losses and metrics are allowed.
    training : mapping
        The resolved training settings.
    outputs : mapping of str to mapping
        The resolved outputs.
    """
    return [
        *_unfit_tasks(request),
        *_unfit_objects(request, outputs),
        *_unfit_class_weight(request, training),
        *_for_one_output(request),
        *_unfit_smoothing(training, outputs),
        *_unfit_monitor(training, outputs),
    ]


def metric_names(metrics: list) -> list[str]:
    """Return the names of an output's metrics, numbered as in Keras: the second "auc" is "auc_1"."""
    names = [catalog.snake_case(type_of(metric).rpartition(">")[2]) for metric in metrics]
    earlier = [names[:index].count(name) for index, name in enumerate(names)]
    return [f"{name}_{count}" if count else name for name, count in zip(names, earlier, strict=True)]


def curve_names(
    outputs: Collection[str], losses: Iterable[str], metrics: Mapping[str, Iterable[str]] | None = None
) -> list[str]:
    """Return the names of training curves: the loss, the loss of each output if there are several, and metrics.

    Parameters
    ----------
    outputs : collection of str
    losses : iterable of str
        Outputs with a loss.
    metrics : mapping of str to iterable of str, optional
        Names of each output's metrics.

    Examples
    --------
    >>> curve_names(["a", "b"], ["a"], {"b": ["auc"]})
    ['loss', 'a_loss', 'b_auc']
    >>> curve_names(["a"], ["a"], {"a": ["auc"]})
    ['loss', 'auc']
    """
    pairs = [(output, name) for output, names in (metrics or {}).items() for name in names]
    if len(outputs) == 1:
        return ["loss", *(name for _, name in pairs)]
    return ["loss", *(f"{name}_loss" for name in losses), *(f"{output}_{name}" for output, name in pairs)]


def _unfit_tasks(request: Request) -> Iterator[Problem]:
    """Yield problems of outputs whose task in the recipe is not that of the targets."""
    declared = request.recipe.network.outputs
    for name, one in request.by_output().items():
        given = declared[name].get("task") if isinstance(declared, Mapping) else None
        if given and one.task and (given == CLASSIFICATION) != TASKS[one.task].has_probabilities:
            found = f"is {show(given)}, but the estimator trains a {one.task} task"
            yield Problem(("outputs", name, "task"), found, hint="remove it, or use an estimator for this task")


def _unfit_objects(request: Request, outputs: Mapping[str, Mapping]) -> Iterator[Problem]:
    """Yield problems of losses and metrics that do not suit the task. Without a task, all are allowed."""
    for name, one in request.by_output().items():
        if one.task is None:
            continue
        row, output = TASKS[one.task], outputs[name]
        also = frozenset() if one.appends_output else row.own_also
        if output["loss"] is not None:
            path = _path(request, name, "loss")
            yield from _unfit("losses", output["loss"], path, one.task, row.losses | also)
        for index, metric in enumerate(output["metrics"]):
            path = (*_path(request, name, "metrics"), index)
            yield from _unfit("metrics", metric, path, one.task, row.metrics | also)


def _unfit(family: str, value: str | Mapping, path: Path, task: str, fitting: frozenset[str]) -> Iterator[Problem]:
    known = catalog.find(family, type_of(value))
    if known is None or known.name in fitting:  # a user's own class is not checked
        return
    found = f"{known.name} does not suit a {task} task"
    in_family = {name for name in fitting if catalog.find(family, name)}
    yield Problem(path, found, allowed=", ".join(sorted(in_family, key=str.lower)))


def _path(request: Request, output: str, key: str) -> Path:
    """Return the path of the loss or the metrics of an output in the recipe."""
    declared = request.recipe.network.outputs
    return ("outputs", output, key) if isinstance(declared, Mapping) and key in declared[output] else ("training", key)


def _unfit_class_weight(request: Request, training: Mapping) -> Iterator[Problem]:
    """Yield problems of class weights for targets without classes."""
    found = "a {} task does not support class_weight"
    hint = "pass sample_weight to fit instead"
    if training["class_weight"] is not None and isinstance(request.task, str) and not _has_class_weight(request.task):
        yield Problem(("training", "class_weight"), found.format(request.task), hint=hint)
    declared = request.recipe.network.outputs
    for name, one in request.by_output().items():
        own = isinstance(declared, Mapping) and "class_weight" in declared[name]
        if own and one.task and not _has_class_weight(one.task):
            yield Problem(("outputs", name, "class_weight"), found.format(one.task), hint=hint)


def _has_class_weight(task: str) -> bool:
    return TASKS[task].takes_class_weight


def _for_one_output(request: Request) -> Iterator[Problem]:
    """Yield problems of training settings for one output, in a recipe whose outputs are trained by their own."""
    network = request.recipe.network
    if not request.is_by_output or len(network.outputs) == 1:
        return
    for key in ("loss", "metrics", "class_weight"):
        if key in network.training:
            found = f"is the setting of one output, but the recipe has {len(network.outputs)}"
            yield Problem(("training", key), found, hint=f"set {key!r} of each output", at_key=True)


def _unfit_smoothing(training: Mapping, outputs: Mapping[str, Mapping]) -> Iterator[Problem]:
    losses = [output["loss"] for output in outputs.values() if output["loss"] is not None]
    if training["label_smoothing"] and losses and (found := smoothing_mistake(losses)):
        yield Problem(("training", "label_smoothing"), found)


def _unfit_monitor(training: Mapping, outputs: Mapping[str, Mapping]) -> Iterator[Problem]:
    stopping = training["early_stopping"]
    monitor = stopping.get("monitor") if isinstance(stopping, Mapping) else None
    curves = _curves(outputs)
    if monitor is not None and monitor not in curves:
        allowed, hint = name_list(curves, monitor), did_you_mean(monitor, curves)
        yield Problem(("training", "early_stopping", "monitor"), f"unknown curve {show(monitor)}", allowed, hint)


def _curves(outputs: Mapping[str, Mapping]) -> list[str]:
    """Return the names of all training and validation curves; a validation set may be passed to `fit`."""
    losses = [name for name, output in outputs.items() if output["loss"] is not None]
    metrics = {name: metric_names(output["metrics"]) for name, output in outputs.items()}
    names = curve_names(outputs, losses, metrics)
    return names + [f"val_{name}" for name in names]
