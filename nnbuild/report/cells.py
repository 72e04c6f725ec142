"""Cells -> lines of a table in characters, as wide as a terminal and no wider."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from nnbuild.report.units import middle_cut

WIDTH = 100
MARGIN = 11  # of the word beside a section
ROOM = WIDTH - MARGIN
_GAP = 2
_LEAST = 8  # characters of words


def table_lines(rows: Sequence[Sequence[str]], n_words: int = 1, width: int = WIDTH) -> list[str]:
    """The lines of a table.

    Parameters
    ----------
    rows : sequence of sequence of str
        Its cells; rows are of one length.
    n_words : int
        Columns that are words, from the left; the others are numbers, which stand to the right and are never cut.
    width : int
        Characters that a line may have; words are cut, down to 8 of them.
    """
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    are_numbers = [index >= n_words for index in range(len(widths))]
    widths = cut_widths(widths, [None if is_number else _LEAST for is_number in are_numbers], width)
    return [cells_line(row, widths, are_numbers) for row in rows]


def section(word: str, lines: Sequence[str]) -> str:
    """Lines beside a word on their left.

    Examples
    --------
    >>> print(section("data", ["3 rows", "2 columns"]))
    data       3 rows
               2 columns
    """
    return "\n".join(f"{'' if index else word:{MARGIN}}{line}".rstrip() for index, line in enumerate(lines))


def cells_line(cells: Sequence[str], widths: Sequence[int], are_numbers: Sequence[bool]) -> str:
    """One line: cells cut to their widths, numbers to the right."""
    aligned = [
        _aligned(cut_to(text, width), width, is_number)
        for text, width, is_number in zip(cells, widths, are_numbers, strict=True)
    ]
    return (" " * _GAP).join(aligned).rstrip()


def cut_widths(widths: Sequence[int], least: Sequence[int | None], width: int = WIDTH) -> list[int]:
    """`widths` with the widest columns made narrower until a line fits; `least` is how far, None: not at all."""
    widths = list(widths)
    while line_width(widths) > width:
        spare = [wide - most_cut if most_cut else 0 for wide, most_cut in zip(widths, least, strict=True)]
        if max(spare) <= 0:
            break
        widths[spare.index(max(spare))] -= 1
    return widths


def line_width(widths: Sequence[int]) -> int:
    """Characters of a line of cells."""
    return sum(widths) + _GAP * (len(widths) - 1)


def cut_to(text: str, width: int) -> str:
    """`text` cut in the middle to a width in a terminal, where some characters take two places."""
    most = width
    while cell_len(cut := middle_cut(text, most)) > width:
        most -= 1
    return cut


def _aligned(text: str, width: int, is_number: bool) -> str:
    room = " " * (width - cell_len(text))
    return room + text if is_number else text + room
