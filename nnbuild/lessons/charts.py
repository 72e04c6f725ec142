"""Charts of lessons: values that become text in a terminal, and SVG on pages and in notebooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nnbuild.report import text_charts


@dataclass(frozen=True, eq=False)
class Chart:
    """Base of charts.

    Attributes
    ----------
    title : str
    """

    title: str

    def text(self) -> str:
        """Return the chart as lines of text."""
        raise NotImplementedError

    def svg(self) -> str:
        """Return the chart as SVG text, for light and dark pages."""
        raise NotImplementedError

    def _repr_svg_(self) -> str:
        return self.svg()

    def __str__(self) -> str:
        return self.text()


@dataclass(frozen=True, eq=False)
class Bars(Chart):
    """Horizontal bars.

    Attributes
    ----------
    values : mapping of str to float
    label : str
        Label of the axis of values.
    log : bool
        Whether this axis is logarithmic.
    """

    values: Mapping[str, float] = field(default_factory=dict)
    label: str = ""
    log: bool = False

    def text(self) -> str:
        return text_charts.bars(self.title, _rounded(list(self.values.values())), list(self.values), self.log)

    def svg(self) -> str:
        from nnbuild.report import lesson_charts

        values = _rounded(list(self.values.values()))
        return lesson_charts.bars(self.title, values, list(self.values), self.label, self.log)


@dataclass(frozen=True, eq=False)
class Curves(Chart):
    """Curves and points in one plane.

    Attributes
    ----------
    curves, points : mapping of str to pair of arrays
        x and y of each curve, and of each set of points.
    x, y : str
        Labels of the axes.
    log_x, log_y : bool
        Whether an axis is logarithmic. Values of 0 and below are left out.
    """

    curves: Mapping[str, tuple] = field(default_factory=dict)
    points: Mapping[str, tuple] = field(default_factory=dict)
    x: str = ""
    y: str = ""
    log_x: bool = False
    log_y: bool = False

    def text(self) -> str:
        return text_charts.plane(self.title, *self._series(), (self.x, self.y), (self.log_x, self.log_y))

    def svg(self) -> str:
        from nnbuild.report import lesson_charts

        return lesson_charts.plane(self.title, *self._series(), (self.x, self.y), (self.log_x, self.log_y))

    def _series(self) -> tuple[dict, dict]:
        return _rounded_pairs(self.curves), _rounded_pairs(self.points)


@dataclass(frozen=True, eq=False)
class Grids(Chart):
    """Matrices as shaded cells: blue for positive, orange for negative values.

    Attributes
    ----------
    panels : mapping of str to array of shape (n_rows, n_columns)
    rows, columns : sequence of str
        Names of rows and columns; "" or none for no names.
    n_across : int
        Number of panels side by side.
    """

    panels: Mapping[str, Any] = field(default_factory=dict)
    rows: Sequence[str] = ()
    columns: Sequence[str] = ()
    n_across: int = 4

    def text(self) -> str:
        return text_charts.grids(self.title, self._panels(), self.rows, self.columns, self.n_across)

    def svg(self) -> str:
        from nnbuild.report import lesson_charts

        return lesson_charts.grids(self.title, self._panels(), self.rows, self.columns, self.n_across)

    def _panels(self) -> dict[str, list[list[float]]]:
        return {name: [_rounded(row) for row in panel] for name, panel in self.panels.items()}


def _rounded_pairs(series: Mapping[str, tuple]) -> dict[str, tuple[list[float], list[float]]]:
    return {name: (_rounded(x), _rounded(y)) for name, (x, y) in series.items()}


def _rounded(values: Any) -> list[float]:
    """Return values with four significant digits: charts are then equal on all machines. Integers are unchanged."""
    return [value if isinstance(value, int) else float(f"{float(value):.4g}") for value in values]
