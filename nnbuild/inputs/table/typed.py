"""A table of texts -> a table whose columns hold numbers, truth values, times or text.

A column becomes what all of its values are written as; what is not sure stays text, as it is:

- numbers: as in 12, -0.5 or 1e-3. Among them, "NA", "NaN", "null", "?" and the like are missing; in a column of text
  they are text. Digits that begin with 0 (007, a postal code), and 16 or more of them, are an id, and stay text.
- numbers in other notations, where all values have one: 1,234.5, 1.234,5, 1 234 or 1'234, $1,234 or 12 €, 12.3%, which
  is 0.123. (1,234) is negative where other values have no brackets.
- truth values: True and False, in just this spelling.
- times: 2024-01-31, also with a time of day and a time zone.
- dates in other notations, where all values have one: 31.01.2024, 1/31/2024, 2024/01/31, 31 Jan 2024, January 31, 2024,
  also with a time of day. Years have four digits.
- text: everything else.

Where all values have two readings, as 1,234 or 03/04/2015, the table can't be read until somebody decides.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from nnbuild.errors import DataError, name_list, show
from nnbuild.inputs.notations import Notation
from nnbuild.inputs.table.csv_text import TextTable
from nnbuild.inputs.table.notation import TIME, ZONE, Readings, Unreadable, converted
from nnbuild.inputs.table.recognition import Ambiguous, read_column

# How a column is read: in a notation; in one that its values show; or None, in the usual one that they show.
How = Notation | Readings | None


def typed(table: TextTable, how: Mapping[str, How]) -> tuple[pd.DataFrame, dict[str, Notation]]:
    """Some columns of a table of texts with their values, and the notation of each.

    Parameters
    ----------
    table : TextTable
    how : mapping of str to Notation, Readings or None
        Columns, in the order that they are to have, and how each is read.

    Returns
    -------
    frame : DataFrame of shape (n_samples, n_columns)
        Its index is the line of the file.
    notations : dict of str to Notation

    Raises
    ------
    DataError
        For a value that the notation of its column does not have, and for columns with two readings.
    """
    values, notations, unclear = {}, {}, {}
    for name, one in how.items():
        texts = table.columns[name].tolist()
        try:
            if isinstance(one, Notation):
                notations[name] = one
                column = converted(texts, one)
            else:
                notations[name], column = read_column(texts, one)
            values[name] = column
        except Ambiguous as ambiguous:
            unclear[name] = ambiguous
        except Unreadable as wrong:
            raise _unreadable(table, name, wrong.position, notations[name]) from None
    if unclear:
        raise _unclear(table, unclear)
    return pd.DataFrame(values, index=table.lines), notations


def _unreadable(table: TextTable, column: str, position: int, notation: Notation) -> DataError:
    """The error of a value that is not written as the column was in the training."""
    text, noun, example = table.columns[column][position], NOUNS[notation.kind], notation.example()
    found = f"{show(text)} in line {table.lines[position]} is no {noun}"
    had = f" in the notation of the training, such as {example}" if example else f"; the training had {noun}s"
    if notation.kind == "time" and notation.is_plain:
        has_zone = ZONE.search(text) is not None
        is_alike = has_zone == notation.zoned or not TIME.fullmatch(text)
        had += " such as 2024-01-31" if is_alike else f" {'without' if has_zone else 'with'} a time zone"
    hint = "correct it, or leave the field empty if the value is missing"
    return DataError(f"{table.name}: column {show(column)}: {found}{had}\n  hint: {hint}")


def _unclear(table: TextTable, unclear: Mapping[str, Ambiguous]) -> DataError:
    """The error of columns with two readings."""
    (column, first), *others = unclear.items()
    place = int(np.argmax(table.columns[column] == first.text))
    found = f"column {show(column)}: {show(first.text)} in line {table.lines[place]} has two readings"
    found = f"{table.name}: {found}: {first.readings}; no value of the column decides"
    if others:
        found += f"\n  also: {name_list([show(name) for name, _ in others])}"
    return DataError(f"{found}\n  hint: {first.hint}")


NOUNS = {"number": "number", "flag": "truth value", "time": "date"}
