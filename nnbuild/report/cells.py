"""Plain-text tables, limited to the width of a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from nnbuild.report.units import middle_cut

WIDTH = 100
MARGIN = 11  # width of the heading at the left of a section
ROOM = WIDTH - MARGIN
_GAP = 2
_LEAST = 8  # characters that text columns keep


def table_lines(rows: Sequence[Sequence[str]], n_words: int = 1, width: int = WIDTH) -> list[str]:
    """Return the lines of a table.

    Parameters
    ----------
    rows : sequence of sequence of str
        Cells, with rows of equal length.
    n_words : int
        Number of text columns at the left. The others are numbers, which are right-aligned and never cut.
    width : int
        Maximum number of characters per line. Text is cut to fit, to no less than 8 characters.
    """
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    are_numbers = [index >= n_words for index in range(len(widths))]
    widths = cut_widths(widths, [None if is_number else _LEAST for is_number in are_numbers], width)
    return [cells_line(row, widths, are_numbers) for row in rows]


def section(word: str, lines: Sequence[str]) -> str:
    """Return lines with a heading at their left.

    Examples
    --------
    >>> print(section("data", ["3 rows", "2 columns"]))
    data       3 rows
               2 columns
    """
    return "\n".join(f"{'' if index else word:{MARGIN}}{line}".rstrip() for index, line in enumerate(lines))


def cells_line(cells: Sequence[str], widths: Sequence[int], are_numbers: Sequence[bool]) -> str:
    """Return one line of cells cut to their widths, with numbers right-aligned."""
    aligned = [
        _aligned(cut_to(text, width), width, is_number)
        for text, width, is_number in zip(cells, widths, are_numbers, strict=True)
    ]
    return (" " * _GAP).join(aligned).rstrip()


def cut_widths(widths: Sequence[int], least: Sequence[int | None], width: int = WIDTH) -> list[int]:
    """Return `widths` with the widest columns narrowed to fit; `least` has minimum widths, None for fixed columns."""
    widths = list(widths)
    while line_width(widths) > width:
        spare = [wide - max_cut if max_cut else 0 for wide, max_cut in zip(widths, least, strict=True)]
        if max(spare) <= 0:
            break
        widths[spare.index(max(spare))] -= 1
    return widths


def line_width(widths: Sequence[int]) -> int:
    """Return the number of characters in a line of cells."""
    return sum(widths) + _GAP * (len(widths) - 1)


def cut_to(text: str, width: int) -> str:
    """Return `text` cut in the middle to a terminal width, in which some characters have width 2."""
    most = width
    while cell_len(cut := middle_cut(text, most)) > width:
        most -= 1
    return cut


def _aligned(text: str, width: int, is_number: bool) -> str:
    room = " " * (width - cell_len(text))
    return room + text if is_number else text + room
