"""Detect differences of later samples from those that a preparation was fitted on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from nnbuild.inputs.protocol import Difference, InputPreparation

FACTOR = 3  # times the share in the first fit: expect as many unseen categories as rare ones (Good-Turing)


@dataclass(frozen=True)
class Watch:
    """Record of the samples so far, in addition to their preparation.

    Attributes
    ----------
    reported : frozenset of (str, str)
        Column or input, and reason; each pair is reported once.
    constants : mapping of str to str
        Value of each column with a single value, as text.
    shares : mapping of (str, str) to float
        Share of outliers or rare values in the samples of the first fit, by column and reason.
    includes_first_fit : bool
        Whether the samples that the preparation was fitted on are included.
    """

    reported: frozenset[tuple[str, str]] = frozenset()
    constants: Mapping[str, str] = field(default_factory=dict)
    shares: Mapping[tuple[str, str], float] = field(default_factory=dict)
    includes_first_fit: bool = False

    @classmethod
    def of_first_fit(cls, preparations: Mapping[str, InputPreparation], X: Any) -> Watch:
        """Return the record of the samples that preparations were fitted on."""
        constants: dict[str, str] = {}
        found = list(cls(includes_first_fit=True)._found(preparations, X, constants))
        return cls(frozenset(), constants, {(place, one.reason): one.share for place, one in found}, True)

    def after(self, preparations: Mapping[str, InputPreparation], X: Any) -> tuple[Watch, list[str]]:
        """Return the record after some samples, and new findings about them, a line each.

        Parameters
        ----------
        preparations : mapping of str to preparation
            By input.
        X : part of X, or dict of parts
            Checked, not prepared.
        """
        reported, constants, lines = set(self.reported), dict(self.constants), []
        for place, found in self._found(preparations, X, constants):
            key = place, found.reason
            if key not in reported and found.share > found.tolerance + FACTOR * self.shares.get(key, 0.0):
                reported.add(key)
                lines.append(f"{place}: {found.text}")
        return replace(self, reported=frozenset(reported), constants=constants), lines

    def _found(
        self, preparations: Mapping[str, InputPreparation], X: Any, constants: dict
    ) -> Iterator[tuple[str, Difference]]:
        """Yield all findings, with their column or input; values of constant columns are added to `constants`."""
        for name, preparation in preparations.items():
            part = X[name] if isinstance(X, dict) else X
            if len(part):
                yield from preparation.findings(name, part, self.includes_first_fit, constants)
