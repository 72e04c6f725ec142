"""Notations of the columns of files, as a model file has them -> the same, checked."""

from __future__ import annotations

import re
from collections.abc import Mapping

from nnbuild.catalog.kinds import Choice, Flag, Kind, ListOf, Text
from nnbuild.errors import show
from nnbuild.saved.archive import FEATURES, Refused, table

FORMAT = re.compile(r"(?:%[YmbdHIMSp]|[-/., :T]){1,40}")


def check_notations(values: list[Mapping]) -> None:
    """Raise `Refused` unless each is a notation with the names of its columns, and no column has two."""
    names: set[str] = set()
    for index, one in enumerate(values):
        where = f"{FEATURES}: notations[{index}]"
        given = table({**USUAL, **one}, NOTATION, where)
        if given["date"] and not FORMAT.fullmatch(given["date"]):
            raise Refused(f"{where}: date: no format of dates: {show(given['date'])}")
        columns = set(given["columns"])
        if len(columns) < len(given["columns"]) or names & columns:
            raise Refused(f"{where}: columns: a column has two notations")
        names |= columns


# Fields that a file leaves out where they have these values.
USUAL: dict[str, object] = {
    "decimal": ".", "thousands": "", "currency": "", "percent": False, "date": "", "zoned": False,
}  # fmt: skip
# The fields of `nnbuild.inputs.table.notation.Notation`, which a test compares.
NOTATION: dict[str, Kind] = {
    "kind": Choice("number", "flag", "time", "text", "missing"),
    "decimal": Choice(".", ","),
    "thousands": Choice("", ",", ".", " ", "'", "\N{RIGHT SINGLE QUOTATION MARK}"),
    "currency": Text(),
    "percent": Flag(),
    "date": Text(),
    "zoned": Flag(),
    "columns": ListOf(Text(), 1),
}
