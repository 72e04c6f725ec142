"""Notations of the columns of files: data only, without NumPy. `nnbuild.inputs.table` reads values by them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from nnbuild.catalog.kinds import Choice


@dataclass(frozen=True)
class Notation:
    """How the values of a column are written.

    Attributes
    ----------
    kind : {"number", "flag", "time", "text", "missing"}
        What they are; "missing" where the training had no value.
    decimal : {".", ","}
        Between a whole number and its fraction.
    thousands : str
        Between groups of three digits; "" where numbers have no groups.
    currency : str
        Symbol or code at each number, such as "$"; "" where there is none.
    percent : bool
        Whether each number has a percent sign: 12.3% is 0.123.
    date : str
        Format of dates as of `strptime`, `%b` for English names of months; "" for those of ISO 8601: 2024-01-31.
    zoned : bool
        Whether times have a time zone.
    """

    kind: Literal["number", "flag", "time", "text", "missing"]
    decimal: Annotated[str, Choice(".", ",")] = "."
    thousands: Annotated[str, Choice("", ",", ".", " ", "'", "\N{RIGHT SINGLE QUOTATION MARK}")] = ""
    currency: str = ""
    percent: bool = False
    date: str = ""
    zoned: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether it is the usual notation of its kind."""
        return self == Notation(self.kind, zoned=self.zoned)

    def example(self) -> str:
        """A value in this notation, where it is not the usual one of its kind; else ""."""
        if self.is_plain:
            return ""
        if self.date:
            return datetime(2015, 3, 14, 15, 9, 26).strftime(self.date)
        digits = f"1{self.thousands}234{self.decimal}5" if self.thousands else f"12{self.decimal}5"
        if len(self.currency) > 1:
            return f"{self.currency} {digits}"
        return f"{self.currency}{digits}{'%' if self.percent else ''}"


TEXT = Notation("text")
