"""Arguments of layers that may be "auto": those of the output layer, and the numeric columns of a table."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from nnbuild import catalog
from nnbuild.catalog.facts import layer_facts
from nnbuild.errors import Problem, name_list
from nnbuild.language.vocabulary_inputs import AUTO
from nnbuild.records import Node, frozen_mapping

OF_TASK = ("activation", "units")  # set by the task, for a network with its own output layer
COLUMNS = "columns"


def may_be_auto(class_name: str, argument: str) -> bool:
    """Return whether an argument of a layer may be "auto" in a recipe, instead of a value for Keras."""
    if argument in (*OF_TASK, COLUMNS):
        return catalog.find("layers", class_name) is not None  # a user's class may have another meaning for "auto"
    return argument == "kernel_initializer" or layer_facts(class_name).vocabulary_argument == argument


def auto_problems(
    nodes: Iterable[Node],
    inputs: Iterable[str],
    outputs: str | Mapping[str, Mapping],
    dependent: Mapping[str, Collection[str]],
) -> Iterator[Problem]:
    """Yield problems of arguments "auto" that neither a task nor a table can set.

    Parameters
    ----------
    nodes : iterable of Node
    inputs : iterable of str
        Names of the inputs.
    outputs : "auto", "last" or mapping of str to mapping
    dependent : mapping of str to collection of str
        Names of the named outputs that depend on each node.
    """
    known: dict[int, str] = {}  # repetitions share arguments: each value is visited once
    for node in nodes:
        for value in node.arguments.values():
            if id(value) not in known:
                known[id(value)] = next(_auto_inside(value), "")
        if inner := next(filter(None, (known[id(value)] for value in node.arguments.values())), ""):
            yield Problem(node.path, f"a layer inside {node.type} can't have the argument {inner} 'auto'")
        for name in _autos(node) if outputs != "last" else ():
            yield from _head_problems(node, name, outputs, sorted(dependent.get(node.name, ())))
        if _has_auto_columns(node) and node.inputs[0] not in inputs:
            found = f"{COLUMNS} 'auto' requires an input of the network, got {node.inputs[0]!r}"
            yield Problem((*node.path, COLUMNS), found)


def _head_problems(
    node: Node, argument: str, outputs: str | Mapping[str, Mapping], dependent: list[str]
) -> Iterator[Problem]:
    """Yield a problem if an argument "auto" does not belong to the output layer of exactly one output."""
    path = (*node.path, argument)
    if not isinstance(outputs, Mapping):
        hint = "set 'outputs' to 'last' if the recipe has its own output layer, otherwise set a value"
        yield Problem(path, f"{argument} 'auto' requires outputs 'last'", hint=hint)
    elif len(dependent) > 1:
        found = f"{argument} 'auto' requires a layer of one output, but {name_list(dependent)} depend on {node.name!r}"
        yield Problem(path, found, hint="set a value")
    elif dependent and "node" not in outputs[dependent[0]]:
        found = f"{argument} 'auto' requires the last layer of an output, but one is added for {dependent[0]!r}"
        yield Problem(path, found, hint=f"set 'node' of this output to {node.name!r}, or set a value")


def with_head(nodes: Iterable[Node], values: Mapping[str, object]) -> list[Node]:
    """Replace each "auto" of an output layer.

    Parameters
    ----------
    nodes : iterable of Node
    values : mapping of str to JSON value
        Values of `activation` and `units`, and further arguments of the layers with an "auto".
    """
    return [_with(node, values) if _autos(node) else node for node in nodes]


def has_head(nodes: Iterable[Node]) -> Node | None:
    """Return the first node with an argument that the task sets; None if there is none."""
    return next(filter(_autos, nodes), None)


def with_columns(nodes: Iterable[Node], columns: Mapping[str, Sequence[int]]) -> list[Node]:
    """Replace `columns` "auto" by the indices of the numeric columns of a table; by null, for all, for other inputs.

    Parameters
    ----------
    nodes : iterable of Node
    columns : mapping of str to sequence of int
        Indices of the numeric columns of each input that is a table.
    """
    return [_with_columns(node, columns) if _has_auto_columns(node) else node for node in nodes]


def _with_columns(node: Node, columns: Mapping[str, Sequence[int]]) -> Node:
    known = columns.get(node.inputs[0])
    return replace(node, arguments=frozen_mapping({**node.arguments, COLUMNS: None if known is None else list(known)}))


def _with(node: Node, values: Mapping[str, object]) -> Node:
    """Return a node with values for its "auto", and with those of the further arguments that it leaves open."""
    autos = _autos(node)
    found = {name: value for name, value in values.items() if name in autos}
    found |= {name: value for name, value in values.items() if name not in OF_TASK and node.arguments.get(name) is None}
    return replace(node, arguments=frozen_mapping({**node.arguments, **found}))


def _autos(node: Node) -> list[str]:
    return [name for name in OF_TASK if node.arguments.get(name) == AUTO and may_be_auto(node.type, name)]


def _has_auto_columns(node: Node) -> bool:
    return node.arguments.get(COLUMNS) == AUTO and may_be_auto(node.type, COLUMNS)


def _auto_inside(value: object) -> Iterator[str]:
    """Yield the arguments "auto" of layers in an argument."""
    if isinstance(value, list):
        for item in value:
            yield from _auto_inside(item)
    if isinstance(value, Mapping):
        autos = (name for name in (*OF_TASK, COLUMNS) if value.get(name) == AUTO)
        yield from (name for name in autos if may_be_auto(str(value.get("type")), name))
        for item in value.values():
            yield from _auto_inside(item)
