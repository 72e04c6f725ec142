"""Masks for padded series: the masking layer of an input, and a check for layers that would use padding."""

from __future__ import annotations

from nnbuild import catalog
from nnbuild.catalog.facts import layer_facts
from nnbuild.catalog.facts.layers import LAYERS
from nnbuild.errors import Problem, name_list
from nnbuild.records import Node, frozen_mapping

MASKING = ".masking"  # suffix to the name of an input


def masking_node(name: str, mask_value: float) -> Node:
    """Return the masking layer that is used in place of an input of padded series."""
    arguments = catalog.with_defaults("layers", "Masking", mask_value=mask_value)
    return Node(f"{name}{MASKING}", "Masking", (name,), frozen_mapping(arguments))


def counts_padding(node: Node) -> Problem | None:
    """Return a problem if the results of a layer after a mask depend on padding."""
    arguments = node.arguments
    ignores_padding = arguments.get("step", 0) == 0 and arguments.get("data_format") != "channels_first"
    if layer_facts(node.type).masks == "along_axis":
        ignores_padding = arguments.get("axis", -1) in (-1, 2, [-1], [2])
    if layer_facts(node.type).masks and ignores_padding:
        return None
    found = f"{node.type} {node.name!r} would include the padding of series of different lengths"
    hint = "pad or truncate the series to one length and pass an array, or use the recipes lstm or gru"
    regarding = [name for name, facts in LAYERS.items() if facts.masks]
    return Problem(node.path, found, allowed=name_list(regarding, node.type), hint=hint)
