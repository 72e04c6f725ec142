"""SVG charts of lessons: bars, curves and points in a plane, shaded matrices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from nnbuild.report.figures import BEST, DIM, INK, LINE, TRAINING, VALIDATION, drawing, legend, svg_text, titled
from nnbuild.report.text_charts import Series
from nnbuild.report.units import number

_COLOURS = (TRAINING, VALIDATION, BEST, INK, DIM)
_SHADES = 12
_FEW_POINTS = 12  # are drawn large


def bars(title: str, values: Sequence[float], names: Sequence[str], label: str, is_log: bool) -> str:
    """Draw horizontal bars as SVG text."""
    with drawing():
        figure = Figure(figsize=(6.1, 1.1 + 0.32 * len(values)), layout="constrained")
        axes = figure.add_subplot()
        titled(axes, title, label, "")
        axes.barh(range(len(values)), values, height=0.6, color=TRAINING)
        if is_log:
            _set_log(axes, "x")
        axes.set_yticks(range(len(values)), names)
        axes.grid(axis="y", visible=False)
        axes.invert_yaxis()
        return svg_text(figure, title)


def plane(title: str, curves: Series, points: Series, labels: tuple[str, str], are_log: tuple[bool, bool]) -> str:
    """Draw curves and points in one plane as SVG text."""
    with drawing():
        figure = Figure(figsize=(6.1, 3.8), layout="constrained")
        axes = figure.add_subplot()
        titled(axes, title, *labels)
        for index, (name, (x, y)) in enumerate(curves.items()):
            style = ("-", "--", ":")[index // len(_COLOURS) % 3]
            axes.plot(x, y, style, label=name, color=_COLOURS[index % len(_COLOURS)], linewidth=1.8)
        for index, (name, (x, y)) in enumerate(points.items(), len(curves)):
            size = 8 if len(x) <= _FEW_POINTS else 4
            axes.plot(x, y, "o", label=name, color=_COLOURS[index % len(_COLOURS)], markersize=size)
        if all(isinstance(value, int) for x, _ in (*curves.values(), *points.values()) for value in x):
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))  # layers, epochs
        for axis, is_log in zip("xy", are_log, strict=True):
            if is_log:
                _set_log(axes, axis)
        if len(curves) + len(points) > 1:
            legend(axes, 4)
        return svg_text(figure, title)


def grids(
    title: str,
    panels: Mapping[str, Sequence[Sequence[float]]],
    rows: Sequence[str],
    columns: Sequence[str],
    n_across: int,
) -> str:
    """Draw matrices as shaded cells as SVG text: blue for positive, orange for negative values."""
    n_down = -(-len(panels) // n_across)
    n_across = min(n_across, len(panels))
    tallest = max(len(panel) / len(panel[0]) for panel in panels.values())
    side = min(6.1 / n_across, 3.6)
    with drawing():
        figure = Figure(figsize=(side * n_across + 0.6, 0.5 + (side * tallest + 0.3) * n_down), layout="constrained")
        figure.suptitle(title, fontweight="bold", x=0.0, ha="left", fontsize=12)
        for index, (name, panel) in enumerate(panels.items()):
            axes = figure.add_subplot(n_down, n_across, index + 1)
            _draw_matrix(axes, panel, rows, columns)
            if name:
                axes.set_title(name, loc="left", fontsize=10)
        return svg_text(figure, title)


def _draw_matrix(axes: Axes, panel: Sequence[Sequence[float]], rows: Sequence[str], columns: Sequence[str]) -> None:
    """Draw a matrix, one path for all cells of a shade."""
    most = max((abs(value) for row in panel for value in row), default=0.0) or 1.0
    cells: dict[int, list[tuple[int, int]]] = {}
    for y, row in enumerate(panel):
        for x, value in enumerate(row):
            cells.setdefault(round(_SHADES * value / most), []).append((x, y))
    for shade, places in sorted(cells.items()):
        if shade:
            squares = Path.make_compound_path(*(_square(x, y) for x, y in places))
            colour = TRAINING if shade > 0 else VALIDATION
            axes.add_patch(PathPatch(squares, facecolor=colour, alpha=abs(shade) / _SHADES, edgecolor="none"))
    axes.set(xlim=(0, len(panel[0])), ylim=(len(panel), 0), aspect="equal")
    axes.set_xticks([x + 0.5 for x in range(len(columns))], columns)
    axes.set_yticks([y + 0.5 for y in range(len(rows))], rows)
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set(visible=True, color=LINE)


def _square(x: float, y: float) -> Path:
    return Path([(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1), (x, y)], closed=True)


def _set_log(axes: Axes, axis: str) -> None:
    axes.set(**{f"{axis}scale": "log"})
    one = axes.xaxis if axis == "x" else axes.yaxis
    one.set_major_locator(LogLocator(numticks=6))
    one.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    one.set_minor_locator(NullLocator())
