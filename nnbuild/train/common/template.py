"""Template of a network and its training: placeholders replace the numbers in which members may differ.

One compiled program trains members with the same template. Their numbers, such as learning rates, are arguments of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import keras
import tensorflow as tf

from nnbuild import catalog
from nnbuild.catalog.facts import layer_facts, object_facts
from nnbuild.catalog.json_form import with_type
from nnbuild.catalog.kinds import is_number
from nnbuild.language.factors import FACTOR_KEYS
from nnbuild.private.keras import function_arguments, learning_rate_slot
from nnbuild.records import Node, Record, ResolvedNetwork, frozen_mapping
from nnbuild.train.common.factors import factor_places, factors_of, scheduled_values
from nnbuild.train.common.optimizers import optimizer_value
from nnbuild.train.common.substitution import Positive, replaced

# Place of a number: names of a node, of its argument and, if that is an object such as a regularizer, of an argument of
# the object. For the optimizer, `OPTIMIZER` replaces the node's name. A factor has the names of a node, of the kind of
# factor, and of a weight.
Place = tuple[str, ...]

PLACEHOLDER = 0.25  # valid for all these arguments
OPTIMIZER = ""  # no node has this name
SMOOTHING: Place = ("label_smoothing",)  # places in nodes have at least two names


@dataclass(frozen=True)
class Template(Record):
    """Network and training settings with placeholders for numbers.

    Attributes
    ----------
    resolved : ResolvedNetwork
        The network, with placeholders.
    settings : mapping of str to JSON value
        Settings for `train`, with placeholders.
    places : tuple of Place
        Places of the numbers, in order.
    """

    resolved: ResolvedNetwork
    settings: Mapping
    places: tuple[Place, ...]


def separated(resolved: ResolvedNetwork, settings: Mapping) -> tuple[Template, tuple[float, ...]]:
    """Return the template of a network and its training, and the values of its placeholders, in order.

    Rates, momenta and limits of 0 stay in the template, because Keras omits their computation. Values that are not
    numbers, such as a learning rate schedule, also stay.
    """
    network, numbers = network_template(resolved)
    predicting = predicting_numbers(network)
    network, numbers = _with_placeholders(network, predicting), numbers | predicting
    optimizer = optimizer_value(settings)
    for name in _placeholders_of(optimizer):
        numbers[OPTIMIZER, name] = float(optimizer[name])
        optimizer[name] = PLACEHOLDER
    found = {name: settings.get(name) for name in PROGRAM_SETTINGS} | {"optimizer": optimizer, "learning_rate": None}
    if factors := settings.get("weight_factors"):
        numbers |= factor_places(factors)
        found["weight_factors"] = _placeholders(factors)
    if scheduled := scheduled_values(settings):
        found["schedules"] = list(scheduled)
    if settings["label_smoothing"] and not _has_smoothing(settings["loss"]):
        numbers[SMOOTHING] = float(settings["label_smoothing"])
        found["label_smoothing"] = PLACEHOLDER
    return Template(network, frozen_mapping(found), tuple(numbers)), tuple(numbers.values())


def network_template(resolved: ResolvedNetwork) -> tuple[ResolvedNetwork, dict[Place, float]]:
    """Return a network with placeholders, and its numbers, which do not affect prediction."""
    numbers: dict[Place, float] = {}
    nodes = tuple(_without_factors_and_numbers(node, numbers) for node in resolved.nodes)
    training = frozen_mapping({"precision": resolved.training["precision"]})
    return replace(resolved, name="", nodes=nodes, training=training), numbers


def predicting_numbers(resolved: ResolvedNetwork) -> dict[Place, float]:
    """Return the numbers of a network that may differ between members of a stack, and affect predictions."""
    return {
        (node.name, name): float(node.arguments[name])
        for node in resolved.nodes
        for name in layer_facts(node.type).predicting_numbers
        if is_number(node.arguments.get(name))
    }


def _with_placeholders(resolved: ResolvedNetwork, places: Iterable[Place]) -> ResolvedNetwork:
    """Return a network with placeholders in arguments of its nodes."""
    names = {place[0]: place[1] for place in places}
    nodes = [
        replace(node, arguments=frozen_mapping({**node.arguments, names[node.name]: PLACEHOLDER}))
        if node.name in names
        else node
        for node in resolved.nodes
    ]
    return replace(resolved, nodes=tuple(nodes))


@contextmanager
def given(
    template: Template,
    values: list[tf.Tensor],
    model: keras.Model,
    optimizer: keras.Optimizer,
    losses: Mapping[str, keras.losses.Loss],
) -> Iterator[None]:
    """Replace the placeholders in layers, optimizer and losses by `values` inside the context, for tracing."""
    layers = {layer.name: layer for layer in model.layers}
    slots = [
        (slot, key, Positive(value) if key in COMPARED_WITH_0 else value)
        for place, value in zip(template.places, values, strict=True)
        for slot, key in _slots(place, layers, optimizer, losses)
    ]
    with replaced(slots):
        yield


def _placeholders(value: Any) -> Any:
    return {key: _placeholders(item) for key, item in value.items()} if isinstance(value, Mapping) else PLACEHOLDER


def _without_factors_and_numbers(node: Node, numbers: dict[Place, float]) -> Node:
    arguments = _without_numbers(node.type, node.arguments, (node.name,), numbers)
    return replace(node, arguments=frozen_mapping(arguments), factors=frozen_mapping())


def _without_numbers(kind: str, arguments: Mapping, place: Place, numbers: dict[Place, float]) -> dict:
    """Return the arguments of a class with placeholders, and add their numbers to `numbers`."""
    found, penalty = dict(arguments), object_facts("regularizers", kind)
    own = penalty.numbers or layer_facts(kind).numbers
    for name, value in arguments.items():
        if name in own and is_number(value) and (value > 0 or penalty.zero_too):
            numbers[*place, name] = float(value)
            found[name] = PLACEHOLDER
        elif name.endswith("_regularizer") and isinstance(value, Mapping | str):
            value = with_type(value)
            found[name] = {"type": value["type"], **_without_numbers(value["type"], value, (*place, name), numbers)}
    return found


def _placeholders_of(optimizer: Mapping) -> list[str]:
    """Return the names of an optimizer's arguments that become placeholders."""
    names = object_facts("optimizers", catalog.own_name("optimizers", optimizer["type"])).numbers or ()
    found = [name for name in (*OPTIMIZER_ARGUMENTS, *names) if is_number(optimizer.get(name))]
    return [name for name in found if name not in COMPARED_WITH_0 or optimizer[name] > 0]


def _has_smoothing(loss: Any) -> bool:
    """Return whether a loss, or the loss of any output, has its own label smoothing."""
    if not isinstance(loss, Mapping):
        return False
    return bool(loss.get("label_smoothing")) or any(map(_has_smoothing, loss.values()))


def _slots(place: Place, layers: Mapping, optimizer: keras.Optimizer, losses: Mapping) -> list[tuple[dict, Any]]:
    """Return the dicts and keys in which Keras stores the value of a place.

    Values are written to the `__dict__` of an object, because Keras tracks attributes as parts of the layer.
    """
    if place == SMOOTHING:
        kept = [(vars(loss), function_arguments(loss)) for loss in losses.values()]
        return [(slot, place[-1]) for slots in kept for slot in slots if slot.get(place[-1])]
    if place == (OPTIMIZER, "learning_rate"):
        return [learning_rate_slot(optimizer)]
    if place[1] in FACTOR_KEYS:
        return [(factors_of(optimizer).by_weight, place)]
    holder = optimizer if place[0] == OPTIMIZER else layers[place[0]]
    for name in place[1:-1]:
        holder = getattr(holder, name)
    return [(vars(holder), place[-1])]


OPTIMIZER_ARGUMENTS = ("learning_rate", "weight_decay", "clipnorm", "clipvalue", "global_clipnorm")
# Arguments that Keras compares with 0 in Python.
COMPARED_WITH_0 = ("clipnorm", "clipvalue", "global_clipnorm", "l1", "l2", "label_smoothing", "momentum")
PROGRAM_SETTINGS = ("loss", "loss_weights", "label_smoothing", "metrics", "precision", "gradient_accumulation")
