"""Findings about layers, losses and settings of a recipe, without data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from nnbuild import catalog
from nnbuild.catalog.facts import activation_facts, layer_facts, loss_facts, object_facts
from nnbuild.catalog.json_form import type_of, with_type
from nnbuild.catalog.kinds import is_number
from nnbuild.diagnosis.layout import OTHER, End, Layout, has_weights
from nnbuild.diagnosis.rules import Evidence
from nnbuild.errors import Path
from nnbuild.records import Node, frozen_mapping
from nnbuild.report.units import number
from nnbuild.tasks.losses import head_of, predicts_numbers

AUTO = "auto"  # activation of the output layer of a task
FAR = 10.0  # factor beyond the usual range of a learning rate
# Estimators whose output layers are usually narrower than hidden ones, unlike those of vocabularies.
FEW_OUTPUTS = {"NNClassifier", "NNRegressor", "NNMultiOutput"}
SHARES = (0.0, 1.0)  # bounds of probabilities


def softmax_of_one(layout: Layout) -> Iterator[Evidence]:
    """Yield layers with softmax and one unit."""
    for node in layout.nodes.values():
        is_over_units = node.arguments.get("axis", -1) == -1
        if is_over_units and _shares_of_all(layout.activation(node)) and layout.n_features(node.name) == 1:
            text = f"{layout.label(node)} has {layout.activation(node)} over 1 unit: its output is 1 for every sample"
            argument = "activation" if "activation" in node.arguments else ""
            edit = layout.edit(node, argument, "sigmoid") if argument else _replaced(layout, node)
            yield Evidence(text, _part(node, argument), frozen_mapping(edit))


def _shares_of_all(activation: str) -> bool:
    """Whether an activation returns probabilities whose sum over units is 1, as softmax does."""
    facts = activation_facts(activation)
    return facts.saturates == "samples" and facts.bounds == SHARES


def _replaced(layout: Layout, node: Node) -> dict[Path, object]:
    """Return the edit that makes a sigmoid of a Softmax layer."""
    place = layout.place(node, "activation")
    name = {key: value for key, value in layout.at(node.path).items() if key in ("name", "inputs")}
    return {node.path: {"type": "Activation", "activation": "sigmoid", **name}} if place else {}


def _part(node: Node, argument: str) -> Path:
    return (*node.path, argument) if argument else node.path


def linear_in_a_row(layout: Layout) -> Iterator[Evidence]:
    """Yield layers without activation before another layer of the same kind, or before the output layer.

    A layer that is narrower than the next one is a factorization of low rank, and is not reported.
    """
    for node in layout.nodes.values():
        if not layer_facts(node.type).linear or layout.activation(node):
            continue
        ahead = layout.ahead(node)
        if ahead is None or any(_takes_maximum(between) for between in ahead[0]):
            continue
        if taker := _linear_taker(layout, node, ahead[1]):
            text = f"{layout.label(node)} has no activation, and {taker} follows: together they are one linear layer"
            yield Evidence(text, node.path, frozen_mapping(layout.edit(node, "activation", "relu")))


def _takes_maximum(node: Node) -> bool:
    """Whether a layer is a maximum pooling; other pooling layers are linear."""
    return layer_facts(node.type).family == "pooling" and layer_facts(node.type).macs == "free"


def _linear_taker(layout: Layout, node: Node, taker: Node | None) -> str:
    """Return the label of a linear layer after another one, if both together have no more rank; else ""."""
    if taker is None:
        is_dense = layer_facts(node.type).family == "dense" and not set(layout.recipe.estimators) - FEW_OUTPUTS
        return "the output layer" if is_dense and any(end.is_added for end in layout.ends) else ""
    if not layer_facts(taker.type).linear or layer_facts(taker.type).family != layer_facts(node.type).family:
        return ""
    own, next_ = layout.n_features(node.name), layout.n_features(taker.name)
    is_narrower = own is None or (next_ is not None and own < next_)
    return "" if is_narrower else layout.label(taker)


def dropout_before_normalization(layout: Layout) -> Iterator[Evidence]:
    """Yield dropout layers whose output is normalized by the statistics of batches."""
    for node in layout.nodes.values():
        rates: list[Any] = [node.arguments.get(name) for name in layer_facts(node.type).dropout_rates]
        rate = max((value for value in rates if is_number(value)), default=0)
        if layer_facts(node.type).family != "noise" or rate == 0:
            continue
        ahead = layout.ahead(node)
        if ahead and ahead[1] and layer_facts(ahead[1].type).whole_batches:
            text = f"{layout.label(node)} (rate {number(rate)}) precedes {layout.label(ahead[1])}"
            yield Evidence(text, node.path, frozen_mapping(_swapped(layout, node, ahead[1])))


def _swapped(layout: Layout, first: Node, second: Node) -> dict[Path, object]:
    """Return the edit that swaps two layers that follow each other in one list."""
    place, index = first.path[:-1], first.path[-1]
    if not isinstance(index, int) or second.path != (*place, index + 1):
        return {}
    both = layout.at(first.path), layout.at(second.path)
    if any("inputs" in node or "name" in node for node in both):
        return {}
    return {first.path: both[1], second.path: both[0]}


def missing_probabilities(layout: Layout) -> Iterator[Evidence]:
    """Yield outputs whose loss takes probabilities, but whose last activation does not return any."""
    for end, loss, node, activation in _own_heads(layout):
        suited = loss_facts(loss["type"]).probabilities
        fits = activation_facts(activation).bounds == SHARES and (
            _shares_of_all(activation) or not _shares_of_all(suited)
        )
        if suited and not loss.get("from_logits") and not fits:
            if end.loss is None:  # the task of the targets is not known: one class of several, or several labels
                suited = AUTO
            name = loss["type"] if end.loss else "a cross-entropy, the default loss,"
            has = f"{layout.label(node)} has {activation or 'no activation'}"
            yield _about_head(layout, end, node, f"{name} takes probabilities, and {has}; {suited} suits it", suited)


def activated_logits(layout: Layout) -> Iterator[Evidence]:
    """Yield outputs whose loss takes logits, but whose last activation returns probabilities."""
    for end, loss, node, activation in _own_heads(layout):
        if loss.get("from_logits") and activation_facts(activation).bounds == SHARES:
            text = f"{loss['type']} has from_logits true, and {layout.label(node)} has {activation}"
            yield Evidence(text, end.loss_path, frozen_mapping({(*end.loss_path, "from_logits"): False}))


def bounded_regression(layout: Layout) -> Iterator[Evidence]:
    """Yield outputs of a regression whose last activation cannot return all values of the target."""
    for end, loss, node, activation in _own_heads(layout):
        low, high = activation_facts(activation).bounds
        is_scaled = predicts_numbers(end.task, loss) and head_of(end.loss).scaling == "standard"
        if is_scaled and (isfinite(low) or isfinite(high)):
            text = f"{layout.label(node)} has {activation}: it returns {_between(low, high)}; targets are standardized"
            yield _about_head(layout, end, node, text, None)


def _between(low: float, high: float) -> str:
    if not isfinite(high):
        return f"values of at least {number(low)}"
    return f"values between {number(low)} and {number(high)}" if isfinite(low) else f"values up to {number(high)}"


def _about_head(layout: Layout, end: End, node: Node, text: str, activation: str | None) -> Evidence:
    """Return evidence about the activation of an output layer, with another one as edit if the layer has it itself."""
    edit = layout.edit(node, "activation", activation) if end.node == node.name else {}
    return Evidence(text, _part(node, "activation" if "activation" in node.arguments else ""), frozen_mapping(edit))


def _own_heads(layout: Layout) -> Iterator[tuple[End, dict, Node, str]]:
    """Yield outputs with an output layer of their own: the output, its loss, that layer and its activation."""
    for end in layout.ends:
        node, activation = layout.head(end)
        if end.is_added or node is None or activation == OTHER or not layer_facts(node.type).linear:
            continue
        loss = _default_loss(layout, end, node, activation) if end.loss is None else end.loss
        if loss is not None:
            yield end, {**with_type(loss), "type": catalog.own_name("losses", type_of(loss))}, node, activation


def _default_loss(layout: Layout, end: End, node: Node, activation: str) -> str | None:
    """Return the loss of an output with a task, if the recipe has none. A sigmoid of several units is multilabel."""
    if end.task is None:
        return None
    if predicts_numbers(end.task, None):
        return "MeanSquaredError"
    is_of_labels = layout.n_features(node.name) == 1 or activation_facts(activation).bounds == SHARES
    return "BinaryCrossentropy" if is_of_labels else "SparseCategoricalCrossentropy"


def learning_rate_range(layout: Layout) -> Iterator[Evidence]:
    """Yield a learning rate far outside the usual range of its optimizer, for networks with hidden layers."""
    training = layout.recipe.network.training
    if not any(has_weights(node) and layout.is_hidden(node) for node in layout.nodes.values()):
        return  # the loss of a linear network has one minimum
    optimizer = with_type(training.get("optimizer", "adam"))
    name = catalog.own_name("optimizers", optimizer["type"])
    usual = object_facts("optimizers", name).learning_rates
    rate = _peak(training.get("learning_rate", optimizer.get("learning_rate")))
    if usual is None or rate is None or rate == 0 or usual[0] / FAR <= rate <= usual[1] * FAR:
        return
    path: Path = ("training", "learning_rate")
    if "learning_rate" not in training:
        path = ("training", "optimizer", "learning_rate")
    edit: dict[Path, object] = {}
    if isinstance(training.get("learning_rate", optimizer.get("learning_rate")), float | int):
        edit = {layout.param_of(path): catalog.with_defaults("optimizers", name)["learning_rate"]}
    text = f"the learning rate of {name} is {number(rate)}; usual are {number(usual[0])} to {number(usual[1])}"
    yield Evidence(text, path, frozen_mapping(edit))


def _peak(rate: Any) -> float | None:
    """Return a learning rate, or the highest one that a schedule starts from or warms up to."""
    if isinstance(rate, Mapping):
        starts: Iterator[Any] = (rate.get(key) for key in ("initial_learning_rate", "warmup_target"))
        return max((value for value in starts if is_number(value)), default=None)
    return rate if is_number(rate) else None


def batches_of_one(layout: Layout) -> Iterator[Evidence]:
    """Yield batch normalization layers in a recipe with batches of one sample."""
    if layout.recipe.network.training.get("batch_size") != 1:
        return
    edit = frozen_mapping({layout.param_of(("training", "batch_size")): 32})
    for node in layout.nodes.values():
        if layer_facts(node.type).whole_batches:
            text = f"batch_size is 1, and {layout.label(node)} uses the mean and variance of each batch"
            yield Evidence(text, node.path, edit)


def batches_of_one_severity(layout: Layout) -> str:
    """Return "warning" if batches have several positions, as in images and series, else "error"."""
    families = {layer_facts(node.type).family for node in layout.nodes.values()}
    return "warning" if families & {"convolution", "recurrent", "attention"} else "error"


def bottlenecks(layout: Layout) -> Iterator[Evidence]:
    """Yield hidden layers of one unit that all signals pass through."""
    for node in layout.nodes.values():
        widths = [node.arguments[key] for key in ("units", "filters") if key in node.arguments]
        if widths == [1] and layout.is_hidden(node) and not _is_avoidable(layout, node.name):
            argument = "units" if "units" in node.arguments else "filters"
            text = f"{layout.label(node)} has 1 unit, and every path to an output passes through it"
            yield Evidence(text, (*node.path, argument), frozen_mapping(layout.edit(node, argument, 8)))


def _is_avoidable(layout: Layout, name: str) -> bool:
    """Whether a path from an input to an output avoids a layer."""
    waiting, seen = [end.node for end in layout.ends], {name}
    while waiting:
        here = waiting.pop()
        if here in seen:
            continue
        if here not in layout.nodes:
            return True
        seen.add(here)
        waiting += layout.nodes[here].inputs
    return False


def without_effect(layout: Layout) -> Iterator[Evidence]:
    """Yield layers and outputs that cannot change a prediction or a weight."""
    for node in layout.nodes.values():
        if reason := _useless(layout, node):
            yield Evidence(f"{layout.label(node)} {reason}", node.path)
    for end in layout.ends:
        outputs = layout.recipe.network.outputs
        if end.name and isinstance(outputs, Mapping) and outputs[end.name].get("weight") == 0:
            text = f"output {end.name!r} has weight 0: its loss is not minimized"
            path = ("outputs", end.name, "weight")
            yield Evidence(text, path, frozen_mapping({path: 1.0}))


def _useless(layout: Layout, node: Node) -> str:
    """Return why the output of a layer does not depend on its inputs, or on one of them; else ""."""
    arguments = node.arguments
    is_fixed = layout.place(node, "scale") == (*node.path, "scale")  # and no param, which searches and variants set
    if node.type == "Rescaling" and arguments.get("scale") == 0 and is_fixed:
        return "multiplies its input by 0"
    if any(arguments.get(name) == 1 for name in layer_facts(node.type).dropout_rates):
        return "drops all its inputs in training"
    same = _OF_SAME.get(layer_facts(node.type).merges, "")
    return f"{same} {node.inputs[0]!r} and itself" if same and len(set(node.inputs)) == 1 else ""


# By the verb of merging layers.
_OF_SAME = {
    "subtract": "is 0, the difference of",
    "take the maximum of": "is the maximum of",
    "take the minimum of": "is the minimum of",
}
