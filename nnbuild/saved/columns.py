"""What is known of X must agree in a file: number and names of its columns, its preparation, and the network."""

from __future__ import annotations

from collections.abc import Mapping

from nnbuild.catalog.facts import layer_facts
from nnbuild.errors import show
from nnbuild.language.input_kinds import CODES, input_kind
from nnbuild.language.sections import codes_name, input_of, own_inputs
from nnbuild.records import Resolved
from nnbuild.saved.archive import FEATURES, NETWORK, Refused
from nnbuild.saved.preparations import Prepared


def check_gives(prepared: Mapping[str, Prepared], network: Resolved) -> None:
    """Raise `Refused` unless each input is prepared as its kind says, and gives the arrays that the network takes."""
    own = own_inputs(network.inputs)
    needed = {name for name, spec in own.items() if input_kind(spec).takes_column}
    unlike = [name for name, one in prepared.items() if name not in own or own[name]["kind"] not in (one.kind, CODES)]
    given = {name: tuple(spec["shape"]) for name, spec in network.inputs.items() if input_of(name) not in prepared}
    for name, one in prepared.items():
        if one.shape != (0,) or one.columns is None:
            given[name] = one.shape
        given |= {codes_name(name, index): () for index in range(len(one.codes))}
    taken = {name: tuple(spec["shape"]) for name, spec in network.inputs.items()}
    if given != taken or unlike or not needed <= prepared.keys():
        raise Refused(f"{FEATURES}: preparation: gives other inputs than the network takes")
    for name, one in prepared.items():
        for index, n_codes in enumerate(one.codes.values()):
            _check_embeddings(network, codes_name(name, index), n_codes)
        if one.n_ids is not None:
            _check_embeddings(network, name, one.n_ids)


def _check_embeddings(network: Resolved, name: str, n_codes: int) -> None:
    """Raise `Refused` where an input may give numbers that an embedding behind it has no vector for."""
    for node in network.nodes:
        size = node.arguments.get("input_dim") if layer_facts(node.type).n_ids == "input_dim" else None
        if isinstance(size, int) and node.inputs == (name,) and size < n_codes:
            found = f"{node.type} {show(node.name)} has {size} vectors, and its input gives {n_codes} numbers"
            raise Refused(f"{NETWORK}: {found}")


def check_columns(features: Mapping, inputs: Mapping[str, Mapping], prepared: Mapping[str, Prepared]) -> None:
    """Raise `Refused` unless number and names of the columns of X suit its inputs and their preparation."""
    n_features, names = features["n_features"], features["feature_names"]
    if names is not None and len(names) != n_features:
        raise Refused(f"{FEATURES}: feature_names: {len(names)} names, but n_features is {show(n_features)}")
    if n_features is None:
        return
    own = own_inputs(inputs)
    if features["preparation"].keys() == {"interactions"}:
        width: int | None = 2  # users and items
    else:
        width = _all_columns(own, prepared)
    open_axis = len(own) == 1 and not prepared and next(iter(own.values()))["shape"][:1] == [None]
    if width != n_features and not open_axis:
        raise Refused(f"{FEATURES}: n_features: {n_features} does not suit the shape of the input")
    tables = [one for one in prepared.values() if one.columns is not None]
    if any(one.named != (names is not None) for one in tables):
        raise Refused(f"{FEATURES}: feature_names: are there if the columns of the table have names, and else are not")
    if names is not None and "interactions" not in features["preparation"]:
        _check_names(names, own, tables)


def _check_names(names: list[str], own: Mapping[str, Mapping], tables: list[Prepared]) -> None:
    """Raise `Refused` unless the columns are those that inputs take, and those of the table in their order."""
    singles = {name: spec for name, spec in own.items() if input_kind(spec).takes_column}
    taken = [spec.get("column", name) for name, spec in singles.items()]
    if len(own) == len(names) == 1 and "column" not in next(iter(own.values())):
        taken = names  # the only column, whatever it is called
    if singles and not set(taken) <= set(names):
        raise Refused(f"{FEATURES}: feature_names: has no {show(min(set(taken) - set(names)))}, which an input takes")
    for one in tables:
        if tuple(name for name in names if not singles or name not in taken) != one.columns:
            raise Refused(f"{FEATURES}: feature_names: are not those of the columns of the table")


def _all_columns(own: Mapping[str, Mapping], prepared: Mapping[str, Prepared]) -> int | None:
    """How many columns X has: those of single inputs, and all others, which every table takes; None where unknown."""
    widths = {name: _width(spec, prepared.get(name)) for name, spec in own.items()}
    tables = [name for name, spec in own.items() if input_kind(spec).takes_others]
    if len({widths[name] for name in tables}) == 1:
        widths = {name: width for name, width in widths.items() if name not in tables[1:]}
    return None if None in widths.values() else sum(width for width in widths.values() if width is not None)


def _width(spec: Mapping, one: Prepared | None) -> int | None:
    """How many columns of X an input takes; None where that can't be columns of a table."""
    if one is not None:
        return 1 if one.columns is None else len(one.columns)
    if input_kind(spec).takes_column:
        return 1
    return spec["shape"][0] if spec["shape"] else None
