"""Inputs with a vocabulary, and the layers after them with a vocabulary size of "auto", resolved at fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from nnbuild.catalog.facts import layer_facts
from nnbuild.errors import Problem, show
from nnbuild.language.input_kinds import MASK_VALUE, input_kind, kinds_where
from nnbuild.records import Node, frozen_mapping

AUTO = "auto"
MASKED_VALUE = -65280.0  # padding of masked series: below any step of a series, and exact in float16 and bfloat16
STEPS = 4  # sizes from one power of two to the next


def rounded_up(count: int) -> int:
    """Round up to one of the sizes 1 to 8, 10, 12, 14, 16, 20, 24, 28, 32, 40 ...

    The folds of a cross-validation differ slightly in vocabulary size and in the length of the longest text.
    Rounded sizes give all folds the same network, so that their fits train as one stack.

    Examples
    --------
    >>> [rounded_up(count) for count in (3, 9, 943, 1000, 19_998)]
    [3, 10, 1024, 1024, 20480]
    """
    step = max(1, 2 ** ((count - 1).bit_length() - 1) // STEPS)
    return -(-count // step) * step


def vocabulary_problems(nodes: Iterable[Node], inputs: Mapping[str, Mapping]) -> Iterator[Problem]:
    """Yield problems of layers with vocabulary size "auto" that do not directly follow an input of token ids."""
    known: dict[int, bool] = {}  # iterations of a Repeat share arguments: each value is visited once
    for node in nodes:
        for value in node.arguments.values():
            if id(value) not in known:
                known[id(value)] = _is_auto_inside(value)
        if any(known[id(value)] for value in node.arguments.values()):
            yield Problem(node.path, f"a layer inside {node.type} can't have the vocabulary size 'auto'")
        spec = inputs.get(node.inputs[0], {})
        if not _is_auto(node.type, node.arguments) or _gives_ids(spec):
            continue
        argument = layer_facts(node.type).vocabulary_argument
        kinds = " or ".join(map(show, kinds_where("has_vocabulary")))
        found = f"{argument} 'auto' requires an input of kind {kinds}, got {show(node.inputs[0])}"
        mode = f" with output_mode {show(spec['output_mode'])}" if input_kind(spec).has_vocabulary else ""
        yield Problem((*node.path, argument), found + mode)


def mask_value_problems(nodes: Iterable[Node], inputs: Mapping[str, Mapping]) -> Iterator[Problem]:
    """Yield problems of Masking layers with another `mask_value` than the padding of their input."""
    for node in nodes:
        spec = inputs.get(node.inputs[0], {}) if layer_facts(node.type).sets_mask else {}
        padding, wanted = spec.get("mask_value", mask_value_of(spec)), node.arguments.get("mask_value")
        if "mask_value" in input_kind(spec).settings and padding != wanted:
            found = f"mask_value is {show(wanted)}, but the series are padded with {show(padding)}"
            hint = f"use the same mask_value for the layer and the input {show(node.inputs[0])}"
            yield Problem((*node.path, "mask_value"), found, hint=hint)


def mask_value_of(spec: Mapping) -> float:
    """Return the padding value after the end of the series of an input."""
    return float(spec.get("mask_value", MASKED_VALUE if spec.get("masked") else MASK_VALUE))


def vocabulary_limits(inputs: Mapping[str, Mapping]) -> dict[str, int]:
    """Return the largest vocabulary size of each input that the recipe limits with `max_tokens`."""
    return {name: spec["max_tokens"] for name, spec in inputs.items() if "max_tokens" in spec}


def with_vocabulary_sizes(nodes: Iterable[Node], sizes: Mapping[str, int]) -> tuple[list[Node], list[Problem]]:
    """Replace each vocabulary size "auto"; return the nodes, and the problems of unknown sizes.

    Parameters
    ----------
    nodes : iterable of Node
    sizes : mapping of str to int
        Vocabulary size of each input.
    """
    found, problems = [], []
    for node in nodes:
        if _is_auto(node.type, node.arguments):
            argument, name = layer_facts(node.type).vocabulary_argument, node.inputs[0]
            if name not in sizes:
                problems.append(_unknown((*node.path, argument), argument, name))
            node = replace(node, arguments=frozen_mapping({**node.arguments, argument: sizes.get(name)}))
        found.append(node)
    return found, problems


def as_numbers(spec: Mapping, shape: object = None) -> dict:
    """Return the settings of an input as the network receives it: for text, with the shape and dtype of its numbers.

    Parameters
    ----------
    spec : mapping
        Settings of the input in the recipe.
    shape : tuple of int, optional
        Shape of one sample, if known from elsewhere.
    """
    row = input_kind(spec)
    if row.default_shape is not None and "shape" not in spec and shape is None:
        spec = {**spec, "shape": list(row.default_shape)}
    if not row.has_vocabulary:
        return dict(spec)
    if not _gives_ids(spec):
        return {**spec, "shape": [spec["max_tokens"]]} if "max_tokens" in spec and shape is None else dict(spec)
    length = spec.get("output_sequence_length")
    if length is not None:
        spec = {**spec, "shape": [length]}
    return {**spec, "dtype": "int32"}


def _unknown(path: tuple, argument: str, name: str) -> Problem:
    found = f"{argument} 'auto' is resolved at fit time to the vocabulary size of input {show(name)}"
    return Problem(path, found, hint="set max_tokens of that input to fix it now")


def _gives_ids(spec: Mapping) -> bool:
    """Return whether an input yields token ids, not counts of tokens."""
    return input_kind(spec).has_vocabulary and spec.get("output_mode", "int") == "int"


def _is_auto(class_name: str, arguments: Mapping) -> bool:
    argument = layer_facts(class_name).vocabulary_argument
    return bool(argument) and arguments.get(argument) == AUTO


def _is_auto_inside(value: object) -> bool:
    """Return whether a layer inside an argument has the vocabulary size "auto"."""
    if isinstance(value, list):
        return any(map(_is_auto_inside, value))
    if not isinstance(value, Mapping):
        return False
    return _is_auto(str(value.get("type")), value) or any(map(_is_auto_inside, value.values()))
