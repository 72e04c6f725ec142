"""SVG charts of a search: scores by the values of each param, and learning curves of the best candidates."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from math import isfinite
from statistics import median

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from nnbuild.report.figures import BEST, DIM, TRAINING, VALIDATION, drawing, legend, svg_text, titled
from nnbuild.report.search_report import ReportedCandidate
from nnbuild.report.units import count, middle_cut, printable

N_CURVES = 3  # best candidates whose curves are drawn
_MAX_LABEL = 18  # characters of a category
_MIN_CLIPPED = 6  # candidates
_MAX_SPAN = 2  # of the axis of scores, relative to the difference between the best and the lower quartile
_WIDTH = 0.5  # of the points of a category, which are drawn next to each other
_COLOURS = (BEST, TRAINING, VALIDATION)


def param_chart(name: str, candidates: Sequence[ReportedCandidate], axis: str, scoring: str) -> str:
    """Draw the score of each candidate by its value of a param, with the standard deviation over the folds.

    Parameters
    ----------
    name : str
        Address of the param.
    candidates : sequence of ReportedCandidate
        Best first. Those without a score or without this param are omitted.
    axis : {"linear", "log", "categories"}
        Axis of the values. Values other than numbers are categories.
    scoring : str
        Title of the scorer.

    Returns
    -------
    str
        SVG text. A line marks the median score of each category. A few scores far below the others are at the edge.
    """
    shown = [one for one in candidates if one.is_scored and name in one.params]
    values = [one.params[name] for one in shown]
    with drawing():
        figure = Figure(figsize=(6.1, 3.6), layout="constrained")
        axes = figure.add_subplot()
        titled(axes, printable(name), "", printable(scoring))
        low = _lowest([one.mean for one in shown])
        if axis != "categories" and all(map(_is_number, values)):
            places = [float(value) for value in values]
            _set_range(axes, places, axis)
        else:
            places = _set_categories(axes, values, [one.mean for one in shown], low)
        _draw_candidates(axes, shown, places, low)
        legend(axes, n_columns=4)
        return svg_text(figure, f"{scoring} by {name}, of {count(len(shown))} candidates")


def curve_charts(candidates: Sequence[ReportedCandidate]) -> Iterator[str]:
    """Yield charts of the loss and the first metric of the best candidates over the epochs, as SVG text.

    Parameters
    ----------
    candidates : sequence of ReportedCandidate
        Best first. Curves of the validation set are drawn if all of them have one.
    """
    best = [one for one in candidates if one.is_scored and one.curves][:N_CURVES]
    names = [name for name in (best[0].curves if best else ()) if not name.startswith("val_")]
    for name in names:
        validation = f"val_{name}"
        shown = validation if all(validation in one.curves for one in best) else name
        if all(shown in one.curves for one in best):
            yield _curves_drawn(best, shown)


# Params


def _set_range(axes: Axes, places: Sequence[float], axis: str) -> None:
    if axis == "log" and min(places) > 0:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        if max(places) < 100 * min(places):  # there may be less than two powers of 10
            axes.xaxis.set_minor_locator(LogLocator(subs=range(2, 10) if max(places) < 10 * min(places) else (2, 5)))
            axes.xaxis.set_minor_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            axes.tick_params(axis="x", which="minor", length=3.5, pad=3.5)
        else:
            axes.xaxis.set_minor_formatter(NullFormatter())
    elif all(place == int(place) for place in places):
        axes.xaxis.set_major_locator(MaxNLocator(8, integer=True, min_n_ticks=1))


def _set_categories(axes: Axes, values: Sequence[object], scores: Sequence[float], low: float) -> list[float]:
    """Name the categories on the axis, mark their median scores, and return the place of each value."""
    keys = [_label(value) for value in values]
    labels = sorted(set(keys), key=lambda label: _order(values[keys.index(label)]))
    members = {label: [index for index, key in enumerate(keys) if key == label] for label in labels}
    places = [0.0] * len(values)
    for centre, label in enumerate(labels):
        own = members[label]
        for number, index in enumerate(own):
            places[index] = centre + _WIDTH * ((number + 0.5) / len(own) - 0.5)
        middle = max(low, median(scores[index] for index in own))
        axes.plot([centre - 0.36, centre + 0.36], [middle] * 2, "-", color=DIM, linewidth=1.4, zorder=2)
    texts = [middle_cut(label, _MAX_LABEL, "\N{HORIZONTAL ELLIPSIS}") for label in labels]
    axes.set_xticks(range(len(labels)), texts, rotation=0 if sum(map(len, texts)) < 60 else 90)
    axes.set_xlim(-0.6, max(len(labels) - 0.4, 0.6))
    axes.grid(False, axis="x")
    return places


def _label(value: object) -> str:
    return printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _order(value: object) -> tuple:
    """Return a key for sorting: numbers and lists of numbers by size, then other values by their text."""
    numbers = value if isinstance(value, list | tuple) else [value]
    if all(map(_is_number, numbers)):
        return 0, list(numbers)
    return 1, _label(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _lowest(scores: Sequence[float]) -> float:
    """Return the lower end of the axis of scores: the lowest score, or a higher value if a few are far below."""
    if len(scores) < _MIN_CLIPPED:
        return min(scores, default=0.0)
    best, quartile = max(scores), sorted(scores)[len(scores) // 4]
    return max(min(scores), best - _MAX_SPAN * (best - quartile))


def _draw_candidates(axes: Axes, shown: Sequence[ReportedCandidate], places: Sequence[float], low: float) -> None:
    """Draw the candidates: earlier rounds hollow, the best in another colour, those below `low` at the edge."""
    is_below = [one.mean < low for one in shown]
    first = [index for index, one in enumerate(shown) if not one.is_final and not is_below[index]]
    others = [index for index, one in enumerate(shown) if one.is_final and index and not is_below[index]]
    _draw_points(axes, shown, places, first, "earlier rounds", DIM, "none")
    _draw_points(axes, shown, places, others, "last round" if first else "candidates", TRAINING)
    _draw_points(axes, shown, places, [0] if shown else [], "best", BEST)
    below = [place for place, lower in zip(places, is_below, strict=True) if lower]
    if below:
        edge = low - 0.04 * (max(one.mean for one in shown) - low)
        axes.set_ylim(bottom=edge)
        label = f"{count(len(below))} lower"
        axes.plot(below, [edge] * len(below), "D", markersize=5, color=VALIDATION, clip_on=False, label=label)


def _draw_points(
    axes: Axes,
    shown: Sequence[ReportedCandidate],
    places: Sequence[float],
    indices: Sequence[int],
    label: str,
    colour: str,
    fill: str = "full",
) -> None:
    if not indices:
        return
    x, own = [places[index] for index in indices], [shown[index] for index in indices]
    low, high = [one.mean - one.std for one in own], [one.mean + one.std for one in own]
    axes.vlines(x, low, high, color=colour, linewidth=1, alpha=0.45)
    axes.plot(x, [one.mean for one in own], "o", markersize=5, color=colour, fillstyle=fill, label=label)


# Learning curves


def _curves_drawn(best: Sequence[ReportedCandidate], name: str) -> str:
    title = name.replace("val_", "validation ", 1).replace("_", " ")
    with drawing():
        figure = Figure(figsize=(6.1, 3.6), layout="constrained")
        axes = figure.add_subplot()
        titled(axes, printable(title), "epoch", "")
        for one, colour in zip(best, _COLOURS, strict=False):
            values = [value if isfinite(value) else float("nan") for value in one.curves[name]]
            kind = "o-" if len(values) < 12 else "-"
            axes.plot(range(1, len(values) + 1), values, kind, markersize=3.5, color=colour, label=f"rank {one.rank}")
        axes.xaxis.set_major_locator(MaxNLocator(8, integer=True, min_n_ticks=1, steps=[1, 2, 5, 10]))
        legend(axes)
        return svg_text(figure, f"{title} of the best {count(len(best))} candidates, mean over the folds")
