"""Inputs and layers for tables: columns with many categories are integer inputs of embeddings."""

from __future__ import annotations

from collections.abc import Mapping

from nnbuild import catalog
from nnbuild.language.input_kinds import CODES
from nnbuild.language.sections import codes_name
from nnbuild.records import Node, frozen_mapping

Embeddings = Mapping[str, tuple[int, int]]  # by column: number of codes, embedding length


def table_inputs(name: str, numeric: dict, embeddings: Embeddings) -> dict[str, dict]:
    """Return the inputs for a prepared table.

    Parameters
    ----------
    name : str
        Name of the recipe's input.
    numeric : dict
        The resolved input; its shape is the number of numeric columns.
    embeddings : mapping of str to (int, int)
        Number of codes and embedding length of each column with an embedding.

    Returns
    -------
    dict of str to dict
        The input itself, if there are numeric columns, and an integer input for each column with an embedding, named
        ``<name>.codes_1`` and so on.
    """
    codes = {
        codes_name(name, index): {"shape": [], "dtype": "int32", "kind": CODES, "column": column}
        for index, column in enumerate(embeddings)
    }
    return {name: numeric, **codes} if numeric["shape"] != [0] else codes


def table_nodes(name: str, has_numeric: bool, embeddings: Embeddings) -> tuple[list[Node], str]:
    """Return the layers that combine the columns of a table, and the name of the node used in place of the input.

    The layers are one embedding per column of codes, and a concatenation with the numeric columns
    (Guo & Berkhahn, "Entity Embeddings of Categorical Variables", arXiv:1604.06737).
    """
    nodes = []
    for index, (count, size) in enumerate(embeddings.values()):
        codes = (codes_name(name, index),)
        nodes.append(_node(f"{name}.embedding_{index + 1}", "Embedding", codes, input_dim=count, output_dim=size))
    parts = ((name,) if has_numeric else ()) + tuple(node.name for node in nodes)
    if len(parts) == 1:
        return nodes, parts[0]
    joined = _node(f"{name}.table", "Concatenate", parts)
    return [*nodes, joined], joined.name


def _node(name: str, type_name: str, inputs: tuple[str, ...], **given: object) -> Node:
    return Node(name, type_name, inputs, frozen_mapping(catalog.with_defaults("layers", type_name, **given)))
