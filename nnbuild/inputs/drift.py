"""A preparation that was learned from earlier rows + later rows -> where these contradict it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from nnbuild.inputs.protocol import Finding, InputPreparation

FACTOR = 3  # times the share of the first rows: as many unseen levels follow as levels were rare (Good and Turing)


@dataclass(frozen=True)
class Watch:
    """What was seen of rows, besides what their preparation holds.

    Attributes
    ----------
    reported : frozenset of (str, str)
        Column or input, and reason: each pair is reported once.
    constants : mapping of str to str
        The value of columns that had one only, as text.
    shares : mapping of (str, str) to float
        Share of the first rows that are outliers or rare, by column and reason.
    is_based : bool
        Whether the rows that the preparation was learned from were seen.
    """

    reported: frozenset[tuple[str, str]] = frozenset()
    constants: Mapping[str, str] = field(default_factory=dict)
    shares: Mapping[tuple[str, str], float] = field(default_factory=dict)
    is_based: bool = False

    @classmethod
    def based_on(cls, preparations: Mapping[str, InputPreparation], X: Any) -> Watch:
        """What was seen of the rows that preparations were learned from."""
        constants: dict[str, str] = {}
        found = list(cls(is_based=True)._found(preparations, X, constants))
        return cls(frozenset(), constants, {(called, one.reason): one.share for called, one in found}, True)

    def after(self, preparations: Mapping[str, InputPreparation], X: Any) -> tuple[Watch, list[str]]:
        """What was seen once some rows came, and what is new in them, a line each.

        Parameters
        ----------
        preparations : mapping of str to preparation
            By input.
        X : part of X, or dict of parts
            Checked, not prepared.
        """
        reported, constants, lines = set(self.reported), dict(self.constants), []
        for called, found in self._found(preparations, X, constants):
            key = called, found.reason
            if key not in reported and found.share > found.least + FACTOR * self.shares.get(key, 0.0):
                reported.add(key)
                lines.append(f"{called}: {found.text}")
        return replace(self, reported=frozenset(reported), constants=constants), lines

    def _found(
        self, preparations: Mapping[str, InputPreparation], X: Any, constants: dict
    ) -> Iterator[tuple[str, Finding]]:
        """All findings, with the column or input; notes the values of constant columns."""
        for name, preparation in preparations.items():
            part = X[name] if isinstance(X, dict) else X
            if len(part):
                yield from preparation.findings(name, part, self.is_based, constants)
