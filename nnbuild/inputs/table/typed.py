"""Convert a table of texts to columns of numbers, booleans, times or text.

The type of a column is the first that matches all its values; other columns stay text, unchanged:

- numbers: such as 12, -0.5 or 1e-3. In a column of numbers, "NA", "NaN", "null", "?" and the like are missing values;
  in a column of text they are text. Digits with a leading zero (007, a postal code), or 16 and more digits, are an id,
  and stay text.
- numbers in other notations, if all values have the same one: 1,234.5, 1.234,5, 1 234 or 1'234, $1,234 or 12 €, 12.3%
  (0.123). (1,234) is negative if other values have no brackets.
- booleans: True and False, in exactly this spelling.
- times: 2024-01-31, optionally with a time of day and a time zone.
- dates in other notations, if all values have the same one: 31.01.2024, 1/31/2024, 2024/01/31, 31 Jan 2024,
  January 31, 2024, optionally with a time of day. Years have four digits.
- text: everything else.

If all values are ambiguous, such as 1,234 or 03/04/2015, an error lists the options.
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

# How to read a column: in a given notation; in any that matches its values; or, for None, in a standard one.
How = Notation | Readings | None


def typed(table: TextTable, how: Mapping[str, How]) -> tuple[pd.DataFrame, dict[str, Notation]]:
    """Return some columns of a table of texts as typed values, and the notation of each.

    Parameters
    ----------
    table : TextTable
    how : mapping of str to Notation, Readings or None
        Columns to return, in order, and how each is read.

    Returns
    -------
    frame : DataFrame of shape (n_samples, n_columns)
        Its index contains the lines of the file.
    notations : dict of str to Notation

    Raises
    ------
    DataError
        For a value that does not match the notation of its column, and for ambiguous columns.
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
    """Return the error about a value that does not match the notation in the training set."""
    text, noun, example = table.columns[column][position], NOUNS[notation.kind], notation.example()
    place = f"{show(text)} in line {table.lines[position]}"
    if example:
        found = f"{place} is not a {noun} in the notation of the training file, such as {example}"
    elif notation.kind == "time" and TIME.fullmatch(text) and notation.zoned != (ZONE.search(text) is not None):
        in_training, now = ("with", "without") if notation.zoned else ("without", "with")
        found = f"{place} is a date {now} a time zone, but the training file contained dates {in_training} one"
    else:
        such = " such as 2024-01-31" if notation.kind == "time" else ""
        found = f"{place} is not a {noun}, but the training file contained {noun}s{such}"
    hint = "correct it, or leave the field empty if the value is missing"
    return DataError(f"{table.name}: column {show(column)}: {found}\n  hint: {hint}")


def _unclear(table: TextTable, unclear: Mapping[str, Ambiguous]) -> DataError:
    """Return the error about ambiguous columns."""
    (column, first), *others = unclear.items()
    place = int(np.argmax(table.columns[column] == first.text))
    found = f"column {show(column)} is ambiguous: {show(first.text)} in line {table.lines[place]} may be"
    found = f"{table.name}: {found} {first.readings}"
    if others:
        found += f"\n  also: {name_list([show(name) for name, _ in others])}"
    return DataError(f"{found}\n  hint: {first.hint}")


NOUNS = {"number": "number", "flag": "boolean", "time": "date"}
