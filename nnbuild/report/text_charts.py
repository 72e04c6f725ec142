"""Charts as text: bars, curves in a plane of characters, shaded matrices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from math import log10, nan

from rich.cells import cell_len

from nnbuild.report.gradients import bar_lengths
from nnbuild.report.units import number

Series = Mapping[str, tuple[Sequence[float], Sequence[float]]]

_BAR = 40  # characters of the longest bar
_WIDTH, _HEIGHT = 64, 14  # characters of the plane
_MARKS = "ox+*#%@"
_SHADES = " .:-=+*#%@"
_BLOCK = "\N{FULL BLOCK}"


def bars(title: str, values: Sequence[float], names: Sequence[str], is_log: bool = False) -> str:
    """Return horizontal bars with names and values.

    Examples
    --------
    >>> print(bars("loss", [1.0, 0.25], ["a", "bc"]))
    loss
    <BLANKLINE>
    a      1  ████████████████████████████████████████
    bc  0.25  ██████████
    """
    most = max(map(abs, values), default=0.0) or 1.0
    lengths = bar_lengths(values) if is_log else [abs(value) / most for value in values]
    texts = [number(value) for value in values]
    left, middle = max(map(cell_len, names)), max(map(len, texts))
    lines = [
        f"{name}{' ' * (left - cell_len(name))}  {text:>{middle}}  {_BLOCK * round(_BAR * length)}".rstrip()
        for name, text, length in zip(names, texts, lengths, strict=True)
    ]
    return "\n".join([title, "", *lines])


def plane(title: str, curves: Series, points: Series, labels: tuple[str, str], are_log: tuple[bool, bool]) -> str:
    """Return curves and points as characters in a plane.

    Examples
    --------
    >>> print(plane("line", {"y = x": ([0, 63], [0, 13])}, {}, ("x", "y"), (False, False)).splitlines()[2])
     13 |                                                               o
    """
    series = {**curves, **points}
    scaled = [
        [_scaled(values, is_log) for values, is_log in zip(pair, are_log, strict=True)] for pair in series.values()
    ]
    xs, ys = (list(_finite(chain.from_iterable(pair[axis] for pair in scaled))) for axis in (0, 1))
    canvas = [[" "] * _WIDTH for _ in range(_HEIGHT)]
    for mark, (x, y) in zip(_MARKS * len(scaled), scaled, strict=False):
        for column, row in zip(_places(x, xs, _WIDTH), _places(y, ys, _HEIGHT), strict=True):
            if column is not None and row is not None:
                canvas[_HEIGHT - 1 - row][column] = mark
    (left, right), (bottom, top) = (
        [number(10**end if is_log else end) for end in (min(values), max(values))]
        for values, is_log in zip((xs, ys), are_log, strict=True)
    )
    margin = max(len(top), len(bottom)) + 1
    sides = [top, *[""] * (_HEIGHT - 2), bottom]
    lines = [f"{side:>{margin}} |{''.join(row)}".rstrip() for side, row in zip(sides, canvas, strict=True)]
    axis = f"{' ' * margin} +{'-' * _WIDTH}"
    ends = f"{' ' * (margin + 2)}{left}{right:>{_WIDTH - len(left)}}"
    key = "   ".join(f"{mark} {name}" for mark, name in zip(_MARKS * len(scaled), series, strict=False))
    names = "   ".join(f"{word}: {label}" for word, label in zip("xy", labels, strict=True) if label)
    return "\n".join([title, "", *lines, axis, ends, "", *filter(None, (key, names))])


def grids(
    title: str,
    panels: Mapping[str, Sequence[Sequence[float]]],
    rows: Sequence[str],
    columns: Sequence[str],
    n_across: int,
) -> str:
    """Return matrices as shaded cells: dark for large absolute values.

    Examples
    --------
    >>> print(grids("shades", {"a": [[0, 1], [0.5, -1]]}, ["p", "q"], ["c", "d"], 4))
    shades
    <BLANKLINE>
       a
       c d
    p    @@
    q  ==@@
    """
    lines = [title]
    names = list(panels)
    for start in range(0, len(names), n_across):
        blocks = [_block(name, panels[name], rows, columns) for name in names[start : start + n_across]]
        lines += ["", *("  ".join(line).rstrip() for line in zip(*blocks, strict=True))]
    return "\n".join(lines)


def _block(name: str, panel: Sequence[Sequence[float]], rows: Sequence[str], columns: Sequence[str]) -> list[str]:
    """Return the lines of one matrix, of equal width."""
    most = max((abs(value) for row in panel for value in row), default=0.0) or 1.0
    width = max(map(len, rows), default=-2) + 2
    shaded = ["".join(_SHADES[round(9 * abs(value) / most)] * 2 for value in row) for row in panel]
    heads = rows or [""] * len(shaded)
    lines = [" " * width + name]
    lines += [" " * width + "".join(f"{column[:2]:2}" for column in columns)] if columns else []
    lines += [f"{head:{width}}{line}" for head, line in zip(heads, shaded, strict=True)]
    most_cells = max(map(cell_len, lines))
    return [line + " " * (most_cells - cell_len(line)) for line in lines]


def _scaled(values: Sequence[float], is_log: bool) -> list[float]:
    return [log10(value) if value > 0 else nan for value in values] if is_log else list(values)


def _finite(values: chain[float]) -> filter[float]:
    return filter(lambda value: abs(value) < float("inf"), values)


def _places(values: Sequence[float], all_values: Sequence[float], n_places: int) -> list[int | None]:
    """Return the index of the character of each value; None for values that are not finite."""
    low, span = min(all_values), (max(all_values) - min(all_values)) or 1.0
    return [round((n_places - 1) * (v - low) / span) if abs(v) < float("inf") else None for v in values]
