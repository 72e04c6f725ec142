"""Write the function that compiles the model, from the training section of a recipe."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from nnbuild import catalog
from nnbuild.catalog.json_form import type_of, with_type
from nnbuild.convert.code_layout import WIDTH, Expression, Group, Item, flat, lines, literal, sequence, shortened
from nnbuild.convert.code_objects import object_code
from nnbuild.language.analysis import Network
from nnbuild.language.outputs import appended_outputs
from nnbuild.tasks.losses import head_of

DEFAULT_OPTIMIZER = "adam"


def compile_code(network: Network) -> list[str]:
    """Return the lines of ``compile_model``; none if the recipe has no training settings.

    Parameters
    ----------
    network : Network
        The expanded recipe.
    """
    training = network.training
    outputs: Mapping[str, Mapping] = network.outputs if isinstance(network.outputs, Mapping) else {}
    if not training and not any("loss" in output for output in outputs.values()):
        return []
    losses = [output.get("loss", training.get("loss", "")) for output in outputs.values()] or [training.get("loss", "")]
    items = [Item("optimizer=", _optimizer(training)), *_losses(training, outputs)]
    by_task = any(item == _LOSS_BY_TASK for item in items) or bool(_without_loss(outputs))
    text = _docstring_by_task(len(outputs)) if by_task else ['"""Set the optimizer, the loss and the metrics."""']
    return [
        f"def compile_model(model{', loss' if by_task else ''}):",
        *(f"    {line}" if line else "" for line in text),
        *_comments(training, losses),
        *lines("", Group("model.compile(", tuple(items), ")"), indent=4),
    ]


def _docstring_by_task(n_outputs: int) -> list[str]:
    """Return the docstring of ``compile_model`` with an argument `loss`."""
    first, second = _LOSSES_BY_TASK
    several = [first.replace("loss: ", "loss, by the name of an output: ").removesuffix(" or"), f"    or{second[3:]}"]
    text = several if n_outputs > 1 else [first, second]
    return ['"""Set the optimizer, the loss and the metrics.', "", *text, '"""']


def _optimizer(training: Mapping) -> Expression:
    value = training.get("optimizer", DEFAULT_OPTIMIZER)
    settings = with_type(value)
    settings |= {name: training[name] for name in ("learning_rate", "weight_decay") if name in training}
    if training.get("gradient_accumulation", 1) > 1:
        settings["gradient_accumulation_steps"] = training["gradient_accumulation"]
    return object_code("optimizers", settings)


def _losses(training: Mapping, outputs: Mapping[str, Mapping]) -> list[Item]:
    """Return the arguments for losses, their weights and metrics: of the only output, or by name of several."""
    if len(outputs) > 1:
        return _losses_by_name(training, outputs)
    (output,) = outputs.values() or ({},)
    loss = output.get("loss", training.get("loss"))
    metrics = output.get("metrics", training.get("metrics", []))
    items = [_LOSS_BY_TASK if loss is None else Item("loss=", _loss(loss, training))]
    return items + ([Item("metrics=", _metrics(metrics))] if metrics and not head_of(loss).listed else [])


def _losses_by_name(training: Mapping, outputs: Mapping[str, Mapping]) -> list[Item]:
    open_losses = _without_loss(outputs)
    losses: dict[str, Expression] = {
        name: _loss(output["loss"], training) if "loss" in output else f"loss[{flat(literal(name))}]"
        for name, output in outputs.items()
        if "loss" in output or name in open_losses
    }
    weighted = any("weight" in output for output in outputs.values())  # Keras requires all weights, or none
    weights = {name: literal(outputs[name].get("weight", 1.0)) for name in losses} if weighted else {}
    metrics = {name: _metrics(output["metrics"]) for name, output in outputs.items() if output.get("metrics")}
    parts: dict[str, Mapping[str, Expression]] = {"loss": losses, "loss_weights": weights, "metrics": metrics}
    return [Item(f"{key}=", _table(values)) for key, values in parts.items() if values]


def _without_loss(outputs: Mapping[str, Mapping]) -> list[str]:
    """Return those of several outputs whose loss follows from their task: stated, or that of a layer that is added."""
    appended = appended_outputs(outputs)
    by_task = (name for name, output in outputs.items() if name in appended or "task" in output)
    return [name for name in by_task if "loss" not in outputs[name]] if len(outputs) > 1 else []


def _table(values: Mapping[str, Expression]) -> Group:
    return Group("{", tuple(Item(f"{flat(literal(name))}: ", value) for name, value in values.items()), "}")


def _loss(value: str | Mapping, training: Mapping) -> Expression:
    settings = with_type(value)
    if _takes_smoothing(settings["type"]) and training.get("label_smoothing"):
        settings["label_smoothing"] = settings.get("label_smoothing") or training["label_smoothing"]
    return object_code("losses", settings)


def _takes_smoothing(name: str) -> bool:
    signature = catalog.find("losses", name)
    return signature is not None and "label_smoothing" in signature.arguments


def _metrics(values: list) -> Group:
    return sequence([object_code("metrics", value) for value in values])


def _comments(training: Mapping, losses: list) -> list[str]:
    """Return comment lines with the training settings that are no arguments of ``compile``."""
    settings = [f"{key}={flat(literal(value))}" for key, value in training.items() if key not in _COMPILED]
    if training.get("label_smoothing") and not any(_takes_smoothing(type_of(loss)) for loss in losses):
        settings.append(f"label_smoothing={training['label_smoothing']}, which Keras' loss does not support")
    if training.get("metrics") and any(head_of(loss or None).listed for loss in losses):
        settings.append(f"metrics={flat(literal(training['metrics']))}, computed from the output of predict")
    text = shortened(f"The recipe also sets: {', '.join(settings)}")
    return textwrap.wrap(text, WIDTH, initial_indent="    # ", subsequent_indent="    # ") if settings else []


_LOSS_BY_TASK = Item("loss=", "loss")
_LOSSES_BY_TASK = [
    'loss: "sparse_categorical_crossentropy" for classes, "binary_crossentropy" for two classes or',
    '    labels, "mean_squared_error" for numbers',
]
# Settings that are in the call of compile, or in the layers.
_COMPILED = (
    "optimizer", "learning_rate", "weight_decay", "loss", "metrics", "label_smoothing", "precision",
    "gradient_accumulation",
)  # fmt: skip
