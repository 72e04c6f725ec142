"""A preparation that was learned from earlier rows + later rows -> where these contradict it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from nnbuild.errors import show
from nnbuild.features.categories import Embedded, OneHot
from nnbuild.features.column import NO_VALUES, ONE_VALUE, Column
from nnbuild.features.dates import Dates
from nnbuild.features.ids import UNKNOWN, IdsPreparation
from nnbuild.features.numeric import Dropped, Number, Presence
from nnbuild.features.preparation import TablePreparation
from nnbuild.features.reading import as_levels, missing_of
from nnbuild.features.text import WORDS, TextPreparation

FAR = 10.0  # scales from the center: by Chebyshev's inequality, a hundredth of the rows of fit at most is beyond
FAR_SHARE = 0.05  # of values that far: more is no matter of outliers
UNSEEN_SHARE = 0.1  # of levels, ids and tokens that fit did not see
LEAST_VALUES = 3  # that are far or unseen: fewer are no share of anything
FACTOR = 3  # times the share of the first rows: as many unseen levels follow as levels were rare (Good and Turing)


@dataclass(frozen=True)
class Finding:
    """What some rows have and the first ones had not.

    Attributes
    ----------
    reason : str
        A word for it.
    text : str
        The sentence that reports it.
    share : float, default=1.0
        Of the rows.
    least : float, default=0.0
        Share that is no contradiction, besides `FACTOR` times the share of the first rows.
    """

    reason: str
    text: str
    share: float = 1.0
    least: float = 0.0


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
    def based_on(cls, preparations: Mapping[str, object], X: Any) -> Watch:
        """What was seen of the rows that preparations were learned from."""
        constants: dict[str, str] = {}
        found = list(cls(is_based=True)._found(preparations, X, constants))
        return cls(frozenset(), constants, {(called, one.reason): one.share for called, one in found}, True)

    def after(self, preparations: Mapping[str, object], X: Any) -> tuple[Watch, list[str]]:
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

    def _found(self, preparations: Mapping[str, object], X: Any, constants: dict) -> Iterator[tuple[str, Finding]]:
        """All findings, with the column or input; notes the values of constant columns."""
        for name, preparation in preparations.items():
            part = X[name] if isinstance(X, dict) else X
            if isinstance(preparation, TablePreparation):
                for step, (_, column) in zip(preparation.steps, part.items(), strict=True):
                    called = f"column {show(step.name)}"
                    found = self._of_column(step, column, called, constants) if len(column) else ()
                    yield from ((called, one) for one in found)
            elif isinstance(preparation, IdsPreparation | TextPreparation) and len(part):
                yield from ((f"input {show(name)}", one) for one in _unseen_terms(preparation, part))

    def _of_column(self, step: Column, column: pd.Series, called: str, constants: dict) -> Iterator[Finding]:
        if isinstance(step, Dropped | Presence):
            yield from _dropped(step, column, called, constants)
        elif isinstance(step, OneHot | Embedded):
            if self.is_based or not step.n_rare:  # rare levels count as unseen ones
                yield from _unseen_levels(step, column)
        elif isinstance(step, Dates) or (isinstance(step, Number) and self._has_scale(step)):
            yield from _far(step, column)
        n_missing = int(missing_of(column).sum())
        if n_missing and getattr(step, "n_missing", 1) == 0:
            text = f"{n_missing} of {len(column)} values are missing, none was; they have no mark"
            yield Finding("missing", text)

    def _has_scale(self, step: Number) -> bool:
        """Whether the scale of a column bounds the share of far values: quartiles do for the first rows alone."""
        return step.scaled_by == "standard" or (step.scaled_by == "robust" and self.is_based)


def _dropped(step: Dropped | Presence, column: pd.Series, called: str, constants: dict) -> Iterator[Finding]:
    """What a column of one value, or of none, has now."""
    if step.reason not in (ONE_VALUE, NO_VALUES):
        return
    codes, levels = as_levels(step.name, column)
    values = {levels[code] for code in np.unique(codes[codes >= 0])}
    if not values:
        return
    if step.reason == NO_VALUES:
        yield Finding("present", "all values were missing, and some are present now; the column stays dropped")
    elif len(values | {constants.setdefault(called, min(values))}) > 1:
        yield Finding("varies", "it had one value only, and varies now; its values stay dropped")


def _far(step: Number | Dates, column: pd.Series) -> Iterator[Finding]:
    """Values that are far from the center, of which there may be a few."""
    out = np.zeros((len(column), len(step.feature_names)), "float32")
    step.write(column, out)
    present = out[~missing_of(column), 0]
    if (n_far := int((np.abs(present) > FAR).sum())) >= LEAST_VALUES:
        share = n_far / len(present)
        center = CENTERS[step.scaled_by if isinstance(step, Number) else "standard"]
        text = f"{share:.0%} of the values are more than {FAR:g} {center}; its scale stays as it is"
        yield Finding("range", text, share, FAR_SHARE)


def _unseen_levels(step: OneHot | Embedded, column: pd.Series) -> Iterator[Finding]:
    codes, levels = as_levels(step.name, column)
    known = set(step.levels)
    is_new = np.array([level not in known for level in levels], bool)
    present = codes[codes >= 0]
    if (n_new := int(is_new[present].sum())) >= LEAST_VALUES:
        share = n_new / len(present)
        text = f"{share:.0%} of the values are levels that were not there, or rare; all of these count as one"
        yield Finding("levels", text, share, UNSEEN_SHARE)


def _unseen_terms(preparation: IdsPreparation | TextPreparation, part: np.ndarray) -> Iterator[Finding]:
    if preparation.is_cut:  # terms beyond the limit are unknown by choice
        return
    if isinstance(preparation, IdsPreparation):
        share, noun = float((preparation.transformed(part) == UNKNOWN).mean()), "ids"
    else:
        share, noun = preparation.unknown_share(part), WORDS[preparation.split]
    text = f"{share:.0%} of the {noun} were not there; all of these count as one unknown"
    yield Finding("terms", text, share, UNSEEN_SHARE)


CENTERS = {
    "standard": "standard deviations from the mean",
    "robust": "interquartile ranges from the median",
}
