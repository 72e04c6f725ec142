"""Resolve the factors of a layer on the learning rate and the weight decay to numbers by weight."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import keras

from nnbuild.catalog import own_name
from nnbuild.catalog.facts import layer_facts, object_facts
from nnbuild.errors import Path, Problem, did_you_mean, name_list, show
from nnbuild.language.factors import FACTOR_KEYS
from nnbuild.records import Node


def weight_names(node: Node, layer: keras.Layer) -> list[str]:
    """Return the names of the weights that a layer trains, or would train if it were not frozen."""
    weights = layer.weights if node.arguments.get("trainable") is False else layer.trainable_variables
    return list(dict.fromkeys(weight.name for weight in weights))


def factors_by_weight(node: Node, defaults: Mapping, names: Collection[str]) -> dict[str, dict[str, float]]:
    """Return the factors of a layer by weight; weights without a factor are left out.

    Parameters
    ----------
    node : Node
        With its own factors. Those by weight precede one for all weights, and both precede the defaults.
    defaults : mapping of str to JSON value
        Factors of the recipe's `defaults`.
    names : collection of str
        Names of the layer's weights.
    """
    found = {}
    for key in FACTOR_KEYS:
        by_weight = {name: _factor(node.factors.get(key), defaults.get(key), name) for name in names}
        found[key] = {name: float(factor) for name, factor in by_weight.items() if factor is not None}
    return {key: factors for key, factors in found.items() if factors}


def _factor(own: Any, default: Any, weight: str) -> float | None:
    for given in (own, default):
        factor = given.get(weight) if isinstance(given, Mapping) else given
        if factor is not None:
            return factor
    return None


def factor_problem(node: Node, names: Collection[str]) -> Problem | None:
    """Return a problem if a node has factors for weights that its layer does not have."""
    for key, factor in node.factors.items():
        path: Path = (*node.path, key)
        if not names:
            found = f"{node.type} {node.name!r} has no weights to train, so it has no {key}"
            return Problem(path, found, hint="remove it", at_key=True)
        for weight in factor if isinstance(factor, Mapping) else ():
            if weight not in names:
                return _unknown_weight(
                    (*path, weight), f"{node.type} {node.name!r} has no weight {show(weight)}", names
                )
    return None


def unfit_defaults(defaults: Mapping, names: Collection[str]) -> Iterator[Problem]:
    """Yield problems of factors in `defaults` for weights that no layer has; `names` are those of all layers."""
    for key, factor in defaults.items():
        for weight in factor if isinstance(factor, Mapping) else ():
            if weight not in names:
                yield _unknown_weight(("defaults", key, weight), f"no layer has a weight {show(weight)}", names)


def _unknown_weight(path: Path, found: str, names: Collection[str]) -> Problem:
    weight = str(path[-1])
    return Problem(path, found, name_list(names, weight), did_you_mean(weight, names), at_key=True)


def unfit_factors(training: Mapping, nodes: Collection[Node]) -> Iterator[Problem]:
    """Yield problems of factors and schedules that do not suit the optimizer or a layer.

    Parameters
    ----------
    training : mapping
        The resolved training settings.
    nodes : collection of Node
        The resolved layers.
    """
    optimizer, schedules = training["optimizer"], training.get("schedules", {})
    if "weight_decay" in schedules and optimizer.get("weight_decay") is None:
        found = "there is no weight decay to multiply"
        yield Problem(("training", "schedules", "weight_decay"), found, hint="set training.weight_decay")
    for node in nodes if "dropout" in schedules else ():
        if any(layer_facts(kind).fixed_dropout for kind in node.types) and _has_dropout(node.arguments):
            found = f"the dropout rates of {node.type} {node.name!r} can't change during training"
            yield Problem(node.path, found, hint="use Dropout layers, or remove training.schedules.dropout")
    name = own_name("optimizers", optimizer["type"])
    has_factors = any(node.factors for node in nodes) or {"learning_rate", "weight_decay"} & set(schedules)
    if has_factors and object_facts("optimizers", name).one_rate:
        found = f"{name} computes weights from sums over all steps, which factors and schedules of rates do not suit"
        yield Problem(("training", "optimizer"), found, hint="use another optimizer, such as Adam")


def _has_dropout(arguments: Mapping) -> bool:
    """Return whether a layer, or one in its arguments, has a dropout rate above 0."""
    inner = [value for value in arguments.values() if isinstance(value, Mapping)]
    return any(arguments.get(name) for name in ("dropout", "recurrent_dropout")) or any(map(_has_dropout, inner))
