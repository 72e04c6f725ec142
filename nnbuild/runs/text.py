"""Lines that commands print."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

WIDTH = 11  # of the word at the beginning of a line


def section(word: str, lines: Iterable[str]) -> str:
    """Lines under a word on their left.

    Examples
    --------
    >>> print(section("data", ["3 rows", "2 columns"]))
    data       3 rows
               2 columns
    """
    return "\n".join(f"{word if not number else '':{WIDTH}}{line}".rstrip() for number, line in enumerate(lines))


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of texts as lines: the first text on the left, the others flush right.

    Examples
    --------
    >>> aligned([["", "recall"], ["yes", "0.5"]])
    ['     recall', 'yes     0.5']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(_filled(row, widths)) for row in rows]


def _filled(row: Sequence[str], widths: list[int]) -> list[str]:
    first, *others = zip(row, widths, strict=True)
    return [first[0].ljust(first[1]), *(text.rjust(width) for text, width in others)]


def count(number: int, noun: str) -> str:
    """A number of things.

    Examples
    --------
    >>> count(1, "row"), count(2000, "row")
    ('1 row', '2,000 rows')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
