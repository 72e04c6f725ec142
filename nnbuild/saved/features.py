"""features.json: the columns of X, the preparation of each input, and the notations of the training file.

The reader checks them against each other and the network.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from nnbuild.catalog.facts import layer_facts
from nnbuild.catalog.fields import defaults_of, kinds_of, saved_fields
from nnbuild.catalog.kinds import Anything, Integer, Kind, ListOf, MapOf, Text, optional
from nnbuild.errors import show
from nnbuild.inputs.notations import Notation
from nnbuild.language.input_kinds import CODES, PAIRS, input_keys, input_kind, share_a_column
from nnbuild.language.sections import codes_name, input_of, own_inputs
from nnbuild.records import ResolvedNetwork
from nnbuild.saved.archive import FEATURES, NETWORK, Archive, Refused, json_member, table
from nnbuild.saved.preparations import Prepared, read_preparations, read_vocabulary


def features_member(
    n_features: int | None,
    feature_names: list[str] | None,
    inputs: Mapping[str, Mapping] | None,
    preparation: Mapping[str, Mapping],
    notations: Mapping[str, Notation],
) -> tuple[str, bytes]:
    """Return the member with the columns and inputs of X.

    Parameters
    ----------
    n_features : int or None
        Number of columns of X; None if X was a dict.
    feature_names : list of str or None
        Names of the columns; None if they have none.
    inputs : mapping of str to mapping or None
        `shape` and `dtype` of each input; None if there is a network, which contains them.
    preparation : mapping of str to mapping
        Preparation of each input as JSON values.
    notations : mapping of str to Notation
        Notations of the columns of the training file.
    """
    columns: dict[Notation, list[str]] = {}
    for name, notation in notations.items():
        columns.setdefault(notation, []).append(name)
    written = [{**saved_fields(notation), "columns": names} for notation, names in columns.items()]
    document = {
        "n_features": n_features,
        "feature_names": feature_names,
        "inputs": inputs,
        "preparation": preparation,
        **({"notations": written} if written else {}),
    }
    return json_member(FEATURES, document)


def read_features(archive: Archive, network: ResolvedNetwork | None) -> tuple[dict, dict[str, Prepared]]:
    """Read the columns and inputs of X.

    Parameters
    ----------
    archive : Archive
    network : ResolvedNetwork or None
        The network; None if the file has none.

    Returns
    -------
    features : dict
        Arguments of `features_member`.
    prepared : dict of str to Prepared
        Preparation of each input.

    Raises
    ------
    Refused
        If parts do not match each other or the network.
    """
    # Files of earlier versions do not contain notations.
    features = table({"notations": [], **archive.json(FEATURES)}, KINDS, FEATURES)
    features["notations"] = read_notations(features["notations"])
    if network is None:
        features["inputs"] = _inputs(features["inputs"])
        if features["preparation"]:
            raise Refused(f"{FEATURES}: preparation: must be {{}}, got {show(features['preparation'])}")
        _check_columns(features, features["inputs"], {})
        return features, {}
    if features["inputs"] is not None:
        raise Refused(f"{FEATURES}: inputs: must be null, got {show(features['inputs'])}")
    features["preparation"], prepared = read_preparations(features["preparation"], read_vocabulary(archive))
    _check_outputs(prepared, network)
    _check_columns(features, network.inputs, prepared)
    return features, prepared


def read_notations(values: list[Mapping]) -> dict[str, Notation]:
    """Return the notation of each column; raise `Refused` for invalid ones, and for a column with two."""
    found: dict[str, Notation] = {}
    for index, one in enumerate(values):
        where = f"{FEATURES}: notations[{index}]"
        given = table({**defaults_of(Notation), **one}, NOTATION, where)
        names = given.pop("columns")
        if given["date"] and not FORMAT.fullmatch(given["date"]):
            raise Refused(f"{where}: date: invalid date format {show(given['date'])}")
        if len(set(names)) < len(names) or found.keys() & set(names):
            raise Refused(f"{where}: columns: a column has two notations")
        found |= dict.fromkeys(names, Notation(**given))
    return found


def _inputs(inputs: Mapping | None) -> dict[str, dict]:
    """Return the inputs of an estimator without a network, in the order of the file."""
    if not inputs:
        raise Refused(f"{FEATURES}: inputs: at least one is required")
    found, known = {}, input_keys()
    for name, spec in inputs.items():
        kinds = {key: known[key] for key in ("shape", *spec) if key in known}
        cleaned = table(spec, kinds, f"{FEATURES}: inputs.{name}")
        found[name] = {key: cleaned[key] for key in spec}
    return found


def _check_outputs(prepared: Mapping[str, Prepared], network: ResolvedNetwork) -> None:
    """Raise `Refused` unless each input has the preparation of its kind, with the arrays of the network's inputs."""
    own = own_inputs(network.inputs)
    needed = {name for name, spec in own.items() if input_kind(spec).takes_column}
    unlike = [name for name, one in prepared.items() if name not in own or own[name]["kind"] not in (one.kind, CODES)]
    given = {name: tuple(spec["shape"]) for name, spec in network.inputs.items() if input_of(name) not in prepared}
    for name, one in prepared.items():
        if one.shape != (0,) or one.columns is None:
            given[name] = one.shape
        given |= {codes_name(name, index): () for index in range(len(one.codes))}
    expected = {name: tuple(spec["shape"]) for name, spec in network.inputs.items()}
    if given != expected or unlike or not needed <= prepared.keys():
        raise Refused(f"{FEATURES}: preparation: its outputs do not match the inputs of the network")
    for name, one in prepared.items():
        for index, n_codes in enumerate(one.codes.values()):
            _check_embeddings(network, codes_name(name, index), n_codes)
        if one.vocabulary_size is not None:
            _check_embeddings(network, name, one.vocabulary_size)


def _check_embeddings(network: ResolvedNetwork, name: str, n_codes: int) -> None:
    """Raise `Refused` if an input may have integers beyond the size of the next embedding."""
    for node in network.nodes:
        size = node.arguments.get("input_dim") if layer_facts(node.type).looks_up else None
        if isinstance(size, int) and node.inputs == (name,) and size < n_codes:
            found = f"{node.type} {show(node.name)} has {size} vectors, but its input has {n_codes} different integers"
            raise Refused(f"{NETWORK}: {found}")


def _check_columns(features: Mapping, inputs: Mapping[str, Mapping], prepared: Mapping[str, Prepared]) -> None:
    """Raise `Refused` unless number and names of the columns of X match its inputs and their preparations."""
    n_features, names = features["n_features"], features["feature_names"]
    if names is not None and len(names) != n_features:
        raise Refused(f"{FEATURES}: feature_names: {len(names)} names, but n_features is {show(n_features)}")
    if n_features is None:
        return
    own = own_inputs(inputs)
    if features["preparation"].keys() == {PAIRS}:
        width: int | None = 2  # a user column and an item column
    elif n_features == 1 and len(own) > 1 and share_a_column(own):
        width = 1
    else:
        width = _all_columns(own, prepared)
    open_axis = len(own) == 1 and not prepared and next(iter(own.values()))["shape"][:1] == [None]
    if width != n_features and not open_axis:
        raise Refused(f"{FEATURES}: n_features: {n_features} does not suit the shape of the input")
    tables = [one for one in prepared.values() if one.columns is not None]
    if any(one.named != (names is not None) for one in tables):
        raise Refused(f"{FEATURES}: feature_names: must be given if the columns of the table have names, else null")
    if names is not None and PAIRS not in features["preparation"]:
        _check_names(names, own, tables)


def _check_names(names: list[str], own: Mapping[str, Mapping], tables: list[Prepared]) -> None:
    """Raise `Refused` unless the columns match the inputs, and those of the table are in order."""
    singles = {name: spec for name, spec in own.items() if input_kind(spec).takes_column}
    columns = [spec.get("column", name) for name, spec in singles.items()]
    if len(names) == 1 and share_a_column(own):
        columns = names  # a single column may have any name
    if singles and not set(columns) <= set(names):
        raise Refused(
            f"{FEATURES}: feature_names: has no {show(min(set(columns) - set(names)))}, which an input requires"
        )
    for one in tables:
        if tuple(name for name in names if not singles or name not in columns) != one.columns:
            raise Refused(f"{FEATURES}: feature_names: do not match the columns of the table")


def _all_columns(own: Mapping[str, Mapping], prepared: Mapping[str, Prepared]) -> int | None:
    """Return the number of columns of X: one for each single input, and all others for tables; None if unknown."""
    widths = {name: _width(spec, prepared.get(name)) for name, spec in own.items()}
    tables = [name for name, spec in own.items() if input_kind(spec).takes_others]
    if len({widths[name] for name in tables}) == 1:
        widths = {name: width for name, width in widths.items() if name not in tables[1:]}
    return None if None in widths.values() else sum(width for width in widths.values() if width is not None)


def _width(spec: Mapping, one: Prepared | None) -> int | None:
    """Return the number of columns of X of an input; None if it accepts no columns of a table."""
    if one is not None:
        return 1 if one.columns is None else len(one.columns)
    if input_kind(spec).takes_column:
        return 1
    return spec["shape"][0] if spec["shape"] else None


FORMAT = re.compile(r"(?:%[YmbdHIMSp]|[-/., :T]){1,40}")
NOTATION: dict[str, Kind] = {**kinds_of(Notation), "columns": ListOf(Text(), 1)}
KINDS: dict[str, Kind] = {
    "n_features": optional(Integer(1)),
    "feature_names": optional(ListOf(Text())),
    "inputs": optional(MapOf(MapOf(Anything()))),
    "preparation": MapOf(MapOf(Anything())),
    "notations": ListOf(MapOf(Anything())),
}
