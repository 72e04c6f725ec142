"""SVG charts of a training run: learning curves, confusion matrix, predicted against true values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import isfinite, log10

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from nnbuild.records import History
from nnbuild.report.figures import BEST, DIM, INK, LINE, PAPER, TRAINING, VALIDATION, drawing, legend, svg_text, titled
from nnbuild.report.scores import Classified, Measured
from nnbuild.report.units import count, middle_cut, number, printable, short_count

_MAX_COUNTED, _MAX_LABELLED = 20, 40  # maximum number of classes with counts in cells, with names at rows
_MAX_LABEL = 22  # characters
_MAX_POINTS = 1500  # more are drawn as a 2D histogram
_BINS = 48  # of the 2D histogram, along each axis
_POINTS = 72  # per inch


def learning_curve(history: History, name: str) -> str:
    """Draw a loss or metric over the epochs, of training and validation set, with the kept epoch marked.

    Parameters
    ----------
    history : History
        Values that are not finite are omitted, with a note.
    name : str
        One of `curve_names`.

    Returns
    -------
    str
        SVG text.
    """
    with drawing():
        figure = Figure(figsize=(6.1, 3.6), layout="constrained")
        _draw_curves(figure.add_subplot(), history, name)
        return svg_text(figure, f"Learning curve: {name} over {count(history.n_epochs)} epochs")


def curve_names(history: History) -> list[str]:
    """Return the names of the loss, and of the losses of several outputs or the first metric, if there is one."""
    names = [name for name in history.curves if not name.startswith("val_")]
    return [*names[:1], *([name for name in names if name.endswith("_loss")] or names[1:2])]


def confusion_chart(outcome: Classified) -> str:
    """Draw a confusion matrix as SVG text. Rows are true classes; the shade is the share of the row.

    Parameters
    ----------
    outcome : Classified
        With up to 20 classes, cells have counts; with up to 12, also shares. With up to 40, the sides have names.
    """
    n = len(outcome.labels)
    cell = min(60, 440 / n) if n <= 12 else 30 if n <= _MAX_COUNTED else max(16 if n <= _MAX_LABELLED else 3, 480 / n)
    side = cell * n / _POINTS
    with drawing():
        figure = Figure(figsize=(side, side))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, n), ylim=(n, 0))
        titled(
            axes,
            f"Test {outcome.unit} by class" if n <= _MAX_COUNTED else "Share of each true class",
            "predicted",
            "true",
        )
        _shade_cells(axes, outcome)
        if n <= _MAX_COUNTED:
            _write_cells(axes, outcome, cell)
        _name_classes(axes, outcome.labels, cell)
        return svg_text(figure, f"Confusion matrix of {count(n)} classes")


def prediction_chart(outcome: Measured) -> str:
    """Draw predicted against true values as SVG text.

    Parameters
    ----------
    outcome : Measured
        More than 1500 samples are drawn as a 2D histogram. A few outliers are drawn at the edge.
    """
    pairs = outcome.pairs
    with drawing():
        figure = Figure(figsize=(6.1, 5), layout="constrained")
        axes = figure.add_subplot()
        titled(axes, "Predicted against true", f"true {_label(outcome.name)}", f"predicted {_label(outcome.name)}")
        if pairs:
            _draw_pairs(axes, pairs)
        left_out = len(outcome.true) - len(pairs)
        if left_out:
            _note(axes, f"{count(left_out)} of {count(len(outcome.true))} rows have no finite value")
        return svg_text(figure, f"Predicted against true {outcome.name} of {count(len(outcome.true))} rows")


def error_chart(outcome: Measured) -> str:
    """Draw a histogram of the errors as SVG text."""
    errors = [predicted - true for true, predicted in outcome.pairs]
    with drawing():
        figure = Figure(figsize=(6.1, 5), layout="constrained")
        axes = figure.add_subplot()
        titled(axes, "Errors", f"predicted - true {_label(outcome.name)}", "test rows")
        if errors:
            _draw_errors(axes, errors)
        return svg_text(figure, f"Errors of {outcome.name} in {count(len(errors))} rows")


# Learning curves


def _draw_curves(axes: Axes, history: History, name: str) -> None:
    title = printable(name).replace("_", " ")
    titled(axes, title, "epoch", "")
    curves = {"training": (name, TRAINING), "validation": (f"val_{name}", VALIDATION)}
    shown = {label: (history.curves[key], colour) for label, (key, colour) in curves.items() if key in history.curves}
    finite = [value for values, _ in shown.values() for value in values if isfinite(value)]
    for label, (values, colour) in shown.items():
        _draw_curve(axes, label, values, colour)
    axes.set_xlim(0.5, history.n_epochs + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True, min_n_ticks=1, steps=[1, 2, 5, 10]))
    if finite:
        _mark_best(axes, history, [(values, colour) for values, colour in shown.values()])
        if name == "loss":
            _mark_lowest(axes, history)
        if min(finite) > 0 and max(finite) > 50 * min(finite):
            _scale_by_logarithm(axes)
        legend(axes)
    else:
        axes.set_yticks([])
    n_lost = sum(not isfinite(value) for values, _ in shown.values() for value in values)
    if n_lost:
        _note(axes, f"{count(n_lost)} value{'s are' if n_lost > 1 else ' is'} infinite or NaN")


def _draw_curve(axes: Axes, label: str, values: Sequence[float], colour: str) -> None:
    """Draw a line, interrupted at values that are not finite, and with markers if there are few points."""
    kept = [value if isfinite(value) else float("nan") for value in values]
    shows_points = len(kept) < 12 or sum(map(isfinite, values)) < 2
    axes.plot(range(1, len(kept) + 1), kept, "o-" if shows_points else "-", markersize=3.5, color=colour, label=label)


def _mark_best(axes: Axes, history: History, shown: list[tuple[Sequence[float], str]]) -> None:
    """Mark the epoch whose weights were kept: a line, and a point on the monitored curve."""
    values, _ = shown[-1]
    value = values[history.best_epoch - 1]
    axes.axvline(history.best_epoch, color=BEST, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    if isfinite(value):
        label = f"kept epoch {count(history.best_epoch)}: {number(value)}"
        axes.plot([history.best_epoch], [value], "o", markersize=6, color=BEST, label=label, zorder=3)


def _mark_lowest(axes: Axes, history: History) -> None:
    """Mark the epoch of the lowest validation loss if it is not the kept one."""
    values = history.curves.get("val_loss", ())
    lowest = min(filter(isfinite, values), default=None)
    if lowest is not None and (epoch := 1 + values.index(lowest)) != history.best_epoch:
        label = f"lowest in epoch {count(epoch)}: {number(lowest)}"
        axes.plot([epoch], [lowest], "o", markersize=6, color=VALIDATION, fillstyle="none", label=label)


def _scale_by_logarithm(axes: Axes) -> None:
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(numticks=7))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.tick_params(which="minor", length=0)


def _note(axes: Axes, text: str) -> None:
    """Write a note above a chart, at the right."""
    axes.set_title(text, loc="right", color=DIM, fontsize=10, pad=24)


# Confusion matrix


def _shade_cells(axes: Axes, outcome: Classified) -> None:
    """Draw the cells, one path for all cells of a shade: the share of their row, in twentieths."""
    n = len(outcome.labels)
    cells: dict[int, list[tuple[int, int]]] = {}
    for row, counts in enumerate(outcome.counts):
        for column, n_rows in enumerate(counts):
            if n_rows:
                cells.setdefault(round(20 * n_rows / sum(counts)), []).append((column, row))
    for shade, places in sorted(cells.items()):
        squares = Path.make_compound_path(*(_square(x, y) for x, y in places))
        axes.add_patch(PathPatch(squares, facecolor=TRAINING, alpha=0.08 + 0.046 * shade, edgecolor="none"))
    axes.grid(False)
    axes.set_frame_on(False)
    if n <= _MAX_LABELLED:
        axes.hlines(range(n + 1), 0, n, color=LINE, linewidth=0.6)
        axes.vlines(range(n + 1), 0, n, color=LINE, linewidth=0.6)
    else:
        axes.add_patch(PathPatch(_square(0, 0, n), facecolor="none", edgecolor=LINE, linewidth=0.8))


def _square(x: float, y: float, side: float = 1) -> Path:
    return Path([(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)], closed=True)


def _write_cells(axes: Axes, outcome: Classified, cell: float) -> None:
    with_shares = len(outcome.labels) <= 12
    for row, counts in enumerate(outcome.counts):
        for column, n_rows in enumerate(counts):
            if not n_rows:
                continue
            share = n_rows / sum(counts)
            colour = PAPER if share > 0.55 else INK
            text = count(n_rows) if n_rows < 10_000 else short_count(n_rows)
            size = min(11, 1.6 * (cell - 6) / max(2, len(text)))
            middle = row + (0.38 if with_shares else 0.5)
            axes.text(column + 0.5, middle, text, ha="center", va="center", color=colour, fontsize=size)
            if with_shares:
                axes.text(column + 0.5, row + 0.72, _percent(share), ha="center", va="center", color=colour, fontsize=9)


def _percent(share: float) -> str:
    """Return a share in whole percent, with <1% and >99% in place of rounding to 0 or 100."""
    return "<1%" if 0 < share < 0.005 else ">99%" if 0.995 <= share < 1 else f"{100 * share:.0f}%"


def _name_classes(axes: Axes, labels: Sequence[str], cell: float) -> None:
    n = len(labels)
    axes.tick_params(length=0, pad=4)
    if n > _MAX_LABELLED:
        axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        axes.yaxis.set_major_locator(MaxNLocator(8, integer=True))
        axes.set_xlabel("predicted, class index")
        axes.set_ylabel("true, class index")
        return
    names = [_label(label) for label in labels]
    size = 10 if cell >= 20 else 8.5
    fits = max(map(len, names)) * size * 0.62 < cell - 4
    axes.set_xticks([index + 0.5 for index in range(n)], names, fontsize=size)
    axes.set_yticks([index + 0.5 for index in range(n)], names, fontsize=size)
    if not fits:
        axes.tick_params(axis="x", labelrotation=90)


def _label(text: str) -> str:
    return middle_cut(printable(text), _MAX_LABEL, "\N{HORIZONTAL ELLIPSIS}")


# Regression


def _draw_pairs(axes: Axes, pairs: list[tuple[float, float]]) -> None:
    low, high = _range([value for pair in pairs for value in pair])
    inside = [pair for pair in pairs if low <= min(pair) and max(pair) <= high]
    axes.set(xlim=(low, high), ylim=(low, high), aspect="equal")
    axes.plot([low, high], [low, high], color=BEST, linewidth=1, linestyle=(0, (4, 3)), label="predicted = true")
    if len(inside) > _MAX_POINTS:
        _shade_pairs(axes, inside, low, high)
    elif inside:
        axes.plot(*zip(*inside, strict=True), "o", markersize=4, color=TRAINING, alpha=0.55, markeredgewidth=0)
    kept = set(inside)
    far = [tuple(min(max(value, low), high) for value in pair) for pair in pairs if pair not in kept]
    if far:
        label = f"{count(len(far))} of {count(len(pairs))} beyond"
        axes.plot(*zip(*far, strict=True), "D", markersize=5, color=VALIDATION, clip_on=False, label=label)
    legend(axes)


def _shade_pairs(axes: Axes, pairs: list[tuple[float, float]], low: float, high: float) -> None:
    """Draw a 2D histogram with shades by the logarithm of the count."""
    side = (high - low) / _BINS
    bins = Counter((min(int((x - low) / side), _BINS - 1), min(int((y - low) / side), _BINS - 1)) for x, y in pairs)
    most = log10(max(bins.values()) + 1)
    shades: dict[int, list[Path]] = {}
    for (column, row), n_rows in sorted(bins.items()):
        square = _square(low + column * side, low + row * side, side)
        shades.setdefault(round(20 * log10(n_rows + 1) / most), []).append(square)
    for shade, squares in sorted(shades.items()):
        path = Path.make_compound_path(*squares)
        axes.add_patch(PathPatch(path, facecolor=TRAINING, alpha=0.05 * shade, edgecolor="none"))


def _draw_errors(axes: Axes, errors: list[float]) -> None:
    low, high = _range(errors)
    inside = [error for error in errors if low <= error <= high]
    axes.hist(inside, bins=min(40, max(8, round(len(inside) ** 0.5))), range=(low, high), color=TRAINING, alpha=0.75)
    axes.axvline(0, color=BEST, linewidth=1, linestyle=(0, (4, 3)), label="no error")
    axes.yaxis.set_major_locator(MaxNLocator(6, integer=True))
    if len(inside) < len(errors):
        _note(axes, f"{count(len(errors) - len(inside))} of {count(len(errors))} beyond")
    legend(axes)


def _range(values: list[float]) -> tuple[float, float]:
    """Return the limits of an axis: those of all values or, with outliers, of the central 96 % plus half their span."""
    ordered = sorted(values)
    low, high = ordered[0], ordered[-1]
    end = len(ordered) // 50
    core_low, core_high = ordered[end], ordered[-1 - end]
    core = core_high - core_low
    if 0 < 4 * core < high - low:
        low, high = max(low, core_low - core / 2), min(high, core_high + core / 2)
    room = 0.03 * (high - low) or 0.5 * abs(high) or 0.5
    return low - room, high + room
