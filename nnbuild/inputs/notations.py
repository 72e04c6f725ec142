"""Notations of columns in text files, as plain Python values. `nnbuild.inputs.table` parses values with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from nnbuild.catalog.kinds import Choice


@dataclass(frozen=True)
class Notation:
    """Notation of the values of a column.

    Attributes
    ----------
    kind : {"number", "flag", "time", "text", "missing"}
        Type of the values; "missing" if the training set had no value.
    decimal : {".", ","}
        Decimal separator.
    thousands : str
        Separator of groups of three digits; "" if there is none.
    currency : str
        Currency symbol or code of each number, such as "$"; "" if there is none.
    percent : bool
        Whether each number has a percent sign; 12.3% becomes 0.123.
    date : str
        Format of dates for `strptime`, with English month names for `%b`; "" for ISO 8601, such as 2024-01-31.
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
        """Whether this is the usual notation of its kind."""
        return self == Notation(self.kind, zoned=self.zoned)

    def example(self) -> str:
        """Return an example value if this is not the usual notation of its kind, else ""."""
        if self.is_plain:
            return ""
        if self.date:
            return datetime(2015, 3, 14, 15, 9, 26).strftime(self.date)
        digits = f"1{self.thousands}234{self.decimal}5" if self.thousands else f"12{self.decimal}5"
        if len(self.currency) > 1:
            return f"{self.currency} {digits}"
        return f"{self.currency}{digits}{'%' if self.percent else ''}"


TEXT = Notation("text")
