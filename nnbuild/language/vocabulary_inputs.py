"""Inputs of terms that are numbered once there is data, and layers behind them that ask how many numbers there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from nnbuild.catalog.facts import layer_facts
from nnbuild.errors import Problem, show
from nnbuild.language.input_kinds import MASK_VALUE, input_kind, kinds_where
from nnbuild.records import Node, frozen_mapping

AUTO = "auto"
MASKED_VALUE = -65280.0  # where a mask is put in: no step of a series is so low, and float16 and bfloat16 have it
STEPS = 4  # sizes between one power of two and the next


def rounded_up(count: int) -> int:
    """The next of the sizes 1 to 8, 10, 12, 14, 16, 20, 24, 28, 32, 40 ...

    Vocabularies of the folds of a cross-validation differ by a few terms, and the lengths of their longest texts too:
    rounded, they make one network, whose fits train together.

    Examples
    --------
    >>> [rounded_up(count) for count in (3, 9, 943, 1000, 19_998)]
    [3, 10, 1024, 1024, 20480]
    """
    step = max(1, 2 ** ((count - 1).bit_length() - 1) // STEPS)
    return -(-count // step) * step


def may_be_auto(class_name: str, argument: str) -> bool:
    """Whether an argument of a layer may be "auto", in place of what Keras takes."""
    return argument == "kernel_initializer" or layer_facts(class_name).n_ids == argument


def misplaced(nodes: Iterable[Node], inputs: Mapping[str, Mapping]) -> Iterator[Problem]:
    """What is wrong with layers that ask how many numbers their input has, where it is none of text or ids."""
    known: dict[int, bool] = {}  # nodes made in turns share their arguments: each is looked into once
    for node in nodes:
        for value in node.arguments.values():
            if id(value) not in known:
                known[id(value)] = _asks_inside(value)
        if any(known[id(value)] for value in node.arguments.values()):
            yield Problem(node.path, f"a layer inside {node.type} can't have 'auto' for the numbers of its input")
        said = inputs.get(node.inputs[0], {})
        if not _asks(node.type, node.arguments) or _gives_ids(said):
            continue
        argument = layer_facts(node.type).n_ids
        kinds = " or ".join(map(show, kinds_where("is_numbered")))
        found = f"{argument} 'auto' is for a layer right behind an input of kind {kinds}"
        mode = f" by its output_mode {show(said['output_mode'])}" if input_kind(said).is_numbered else ""
        yield Problem((*node.path, argument), f"{found}, and this one takes what {show(node.inputs[0])} gives{mode}")


def unlike_masks(nodes: Iterable[Node], inputs: Mapping[str, Mapping]) -> Iterator[Problem]:
    """What is wrong with layers that look for other numbers behind the end of a series than its input puts there."""
    for node in nodes:
        said = inputs.get(node.inputs[0], {}) if node.type == "Masking" else {}
        stands, sought = said.get("mask_value", mask_value_of(said)), node.arguments.get("mask_value")
        if "mask_value" in input_kind(said).settings and stands != sought:
            found = f"mask_value is {show(sought)}, but {show(stands)} stands behind the end of a series"
            hint = f"give the layer and the input {show(node.inputs[0])} one mask_value"
            yield Problem((*node.path, "mask_value"), found, hint=hint)


def mask_value_of(said: Mapping) -> float:
    """What stands behind the end of the series of an input."""
    return float(said.get("mask_value", MASKED_VALUE if said.get("masked") else MASK_VALUE))


def most_ids(inputs: Mapping[str, Mapping]) -> dict[str, int]:
    """How many numbers inputs have at most, as far as the recipe says it."""
    return {name: said["max_tokens"] for name, said in inputs.items() if "max_tokens" in said}


def with_vocabulary_sizes(nodes: Iterable[Node], n_ids: Mapping[str, int]) -> tuple[list[Node], list[Problem]]:
    """Nodes with numbers in place of each "auto" for them, and where the number is not known.

    Parameters
    ----------
    nodes : iterable of Node
    n_ids : mapping of str to int
        How many numbers an input has.
    """
    found, problems = [], []
    for node in nodes:
        if _asks(node.type, node.arguments):
            argument, name = layer_facts(node.type).n_ids, node.inputs[0]
            if name not in n_ids:
                problems.append(_unknown((*node.path, argument), argument, name))
            node = replace(node, arguments=frozen_mapping({**node.arguments, argument: n_ids.get(name)}))
        found.append(node)
    return found, problems


def as_numbers(said: Mapping, shape: object = None) -> dict:
    """What a network takes of an input: the shape and dtype of its numbers, where the recipe says an input of terms.

    Parameters
    ----------
    said : mapping
        What the recipe says of the input.
    shape : tuple of int, optional
        What is known otherwise of a sample's shape.
    """
    if not input_kind(said).is_numbered:
        return dict(said)
    if not _gives_ids(said):
        return {**said, "shape": [said["max_tokens"]]} if "max_tokens" in said and shape is None else dict(said)
    length = said.get("output_sequence_length")
    if length is not None:
        said = {**said, "shape": [length]}
    elif (default := input_kind(said).default_shape) is not None and "shape" not in said and shape is None:
        said = {**said, "shape": list(default)}
    return {**said, "dtype": "int32"}


def _unknown(path: tuple, argument: str, name: str) -> Problem:
    found = f"{argument} 'auto' is known once there is data: it is how many numbers the input {show(name)} has"
    return Problem(path, found, hint="max_tokens of that input says how many at most, and is taken until then")


def _gives_ids(said: Mapping) -> bool:
    """Whether an input is of numbers of terms, and not of their counts."""
    return input_kind(said).is_numbered and said.get("output_mode", "int") == "int"


def _asks(class_name: str, arguments: Mapping) -> bool:
    argument = layer_facts(class_name).n_ids
    return bool(argument) and arguments.get(argument) == AUTO


def _asks_inside(value: object) -> bool:
    """Whether a layer inside an argument asks for the numbers of its input."""
    if isinstance(value, list):
        return any(map(_asks_inside, value))
    if not isinstance(value, Mapping):
        return False
    return _asks(str(value.get("type")), value) or any(map(_asks_inside, value.values()))
