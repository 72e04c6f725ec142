"""Combination of the members of an ensemble, as a part of manifest.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from nnbuild.catalog.kinds import MAX_DOUBLE, Anything, Integer, Kind, ListOf, MapOf, Number, Text, optional
from nnbuild.combination import Combination, NeighborSettings
from nnbuild.saved.archive import MANIFEST, Refused, table


def combination_document(found: Combination) -> dict:
    """Return a combination as JSON values."""
    values = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(found).items()}
    return {key: value for key, value in values.items() if key != "neighbors" or value}


def read_combination(manifest: Mapping, n_members: int) -> Combination | None:
    """Return the combination in a manifest, or None.

    Raises
    ------
    Refused
        If its values are not those of an ensemble with `n_members` members.
    """
    if "ensemble" not in manifest:
        return None
    where = f"{MANIFEST}: ensemble"
    document = manifest["ensemble"]
    neighbors = {"neighbors": MapOf(Anything())} if "neighbors" in document else {}
    values = table(document, {**KINDS, **neighbors}, where)
    variants, weights = values["variants"], values["weights"]
    if len(variants) != n_members:
        raise Refused(f"{where}: variants: must have a number for each of {n_members} members, got {len(variants)}")
    if weights and (len(weights) != n_members or abs(sum(weights) - 1) > TOLERANCE):
        raise Refused(f"{where}: weights: must be {n_members} numbers with a sum of 1")
    if neighbors:
        values["neighbors"] = NeighborSettings(**table(values["neighbors"], NEIGHBOR_KINDS, f"{where}: neighbors"))
    return Combination(**{**values, "variants": tuple(variants), "weights": tuple(weights)})


TOLERANCE = 1e-6
KINDS: dict[str, Kind] = {
    "variants": ListOf(Integer(0), 1),
    "weights": ListOf(Number(low=0)),
    "temperature": Number(above=0),
    "n_folds": Integer(0),
    "split_seed": optional(Integer(0)),
    "score": optional(Number(most=MAX_DOUBLE)),
}
NEIGHBOR_KINDS: dict[str, Kind] = {"layer": Text(), "scale": Number(above=0), "weight": Number(low=0, high=1)}
