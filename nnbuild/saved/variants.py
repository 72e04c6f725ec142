"""variants.json: the networks of an ensemble whose members do not all have the same network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from nnbuild.catalog.kinds import Anything, Integer, Kind, ListOf, MapOf
from nnbuild.errors import show
from nnbuild.records import ResolvedNetwork
from nnbuild.saved.archive import NETWORK, VARIANTS, Archive, Refused, json_member
from nnbuild.saved.network import read_network


class Networks(NamedTuple):
    """Networks of an ensemble, and the index of each member's network."""

    distinct: tuple[ResolvedNetwork, ...]
    of_members: tuple[int, ...]

    @classmethod
    def of(cls, networks: Sequence[ResolvedNetwork]) -> Networks:
        """Return the distinct networks, in order of first use, and those of the members."""
        distinct: list[ResolvedNetwork] = []
        for network in networks:
            if network not in distinct:
                distinct.append(network)
        return cls(tuple(distinct), tuple(map(distinct.index, networks)))

    def for_members(self, n_members: int) -> Networks:
        """Return the networks of a file with a number of members; raise `Refused` if they are those of others."""
        if len(self.distinct) == 1 and not self.of_members:
            return self._replace(of_members=(0,) * n_members)
        found = self.of_members
        if len(found) != n_members or set(found) != set(range(len(self.distinct))) or found[0] != 0:
            wanted = f"must list a network for each of {n_members} members"
            raise Refused(f"{VARIANTS}: of_members: {wanted}, got {show([*found])}")
        return self


def variants_member(networks: Networks) -> tuple[str, bytes]:
    """Return the member with all networks but the first, which is in resolved.json."""
    others = [network.to_dict() for network in networks.distinct[1:]]
    return json_member(VARIANTS, {"networks": others, "of_members": list(networks.of_members)})


def read_variants(archive: Archive, first: ResolvedNetwork) -> Networks:
    """Return the networks of a model file; `first` is that of resolved.json. `of_members` is empty for one network.

    Raises
    ------
    Refused
        If a network is not valid, or has other inputs or another task than the first.
    """
    if not archive.has(VARIANTS):
        return Networks((first,), ())
    values = archive.table(VARIANTS, KINDS)
    others = [_network(document, place) for place, document in enumerate(values["networks"])]
    for place, network in enumerate(others):
        if (network.task, network.inputs, len(network.outputs)) != (first.task, first.inputs, 1):
            raise Refused(f"{VARIANTS}: networks[{place}]: has other inputs or outputs than {NETWORK}")
    return Networks((first, *others), tuple(values["of_members"]))


def _network(document: dict, place: int) -> ResolvedNetwork:
    try:
        return read_network(document)
    except Refused as refused:
        found = refused.found.replace(NETWORK, f"{VARIANTS}: networks[{place}]", 1)
        raise Refused(found, refused.hint) from refused.__cause__


KINDS: dict[str, Kind] = {"networks": ListOf(MapOf(Anything()), 1), "of_members": ListOf(Integer(0), 1)}
