"""Signals and gradients of a network as plain values, and as text for terminals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite, log10

from nnbuild.report.cells import ROOM, section, table_lines
from nnbuild.report.units import counted, first_names, number, sizes_text

_MAX_ROWS = 60  # layers or weights in a table
_BAR = 24  # characters of the longest bar
_DECADES = 12  # of the shortest bar below the longest, at most


@dataclass(frozen=True)
class WeightRow:
    """A trainable weight.

    Attributes
    ----------
    name : str
    shape : tuple of int
    norm, gradient : float
        Norms of the weight and of its gradient.
    zeros : float
        Share of zeros in the gradient.
    penalty : float or None
        Norm of the part of the gradient that is due to penalties.
    is_checked : bool
    error : float or None
        Relative error of the gradient; None if it was not checked or not compared.
    """

    name: str
    shape: tuple[int, ...]
    norm: float
    gradient: float
    zeros: float
    penalty: float | None
    is_checked: bool
    error: float | None


@dataclass(frozen=True)
class LayerRow:
    """Statistics of a layer.

    Attributes
    ----------
    name, type, activation : str
    shape : tuple of int
        Shape of the outputs, samples first.
    mean, variance, zeros : float
        Of the outputs.
    saturated : float or None
    da, dz, weight_gradient : float or None
        Norms of the gradients for outputs, for values before the activation, and for all weights.
    weights : tuple of WeightRow
    """

    name: str
    type: str
    activation: str
    shape: tuple[int, ...]
    mean: float
    variance: float
    zeros: float
    saturated: float | None
    da: float | None
    dz: float | None
    weight_gradient: float | None
    weights: tuple[WeightRow, ...]


@dataclass(frozen=True)
class GradientReport:
    """Signals and gradients of a network on some samples.

    Attributes
    ----------
    layers : tuple of LayerRow
    rows : tuple of int
        Indices of the samples.
    loss, penalty : float
        Loss without penalties, and penalties.
    is_fitted : bool
        Whether the weights are those of a fitted estimator.
    training : bool
        Whether random layers behave as in training.
    check : str
        Result of the comparison with central differences; "" if there was none.
    """

    layers: tuple[LayerRow, ...]
    rows: tuple[int, ...]
    loss: float
    penalty: float
    is_fitted: bool
    training: bool
    check: str = ""


def gradients_text(report: GradientReport) -> str:
    """Return signals and gradients as text: samples and loss, tables of layers and weights, and a chart."""
    parts = (
        section("samples", [samples_line(report)]),
        section("loss", [loss_line(report)]),
        *([section("check", [report.check])] if report.check else []),
        "",
        section("signals", _table(SIGNAL_TITLES, [signal_cells(layer) for layer in report.layers], "layer")),
        "",
        section("gradients", _gradient_lines(report)),
        "",
        section("weights", _table(weight_titles(report), weight_rows(report), "weight", 3)),
    )
    return "\n".join(parts) + "\n"


def samples_line(report: GradientReport) -> str:
    """Return the samples, the weights and the mode of the pass."""
    n = len(report.rows)
    rows = f"row {report.rows[0]}" if n == 1 else f"{counted(n, 'row')}: {first_names(report.rows, 6)}"
    weights = "weights of the model" if report.is_fitted else "initial weights"
    return f"{rows}; {weights}; layers as in {'training' if report.training else 'prediction'}"


def loss_line(report: GradientReport) -> str:
    """Return the loss, and the penalties if there are any."""
    penalty = f", and penalties {number(report.penalty)}" if report.penalty else ""
    return f"{number(report.loss)}{penalty}"


def signal_cells(layer: LayerRow) -> tuple[str, ...]:
    """Return the cells of a layer below `SIGNAL_TITLES`."""
    numbers = (number(layer.mean), number(layer.variance), share(layer.zeros), share(layer.saturated))
    return (layer.name, layer.activation or layer.type, sizes_text(layer.shape), *numbers)


def gradient_cells(layer: LayerRow) -> tuple[str, ...]:
    """Return the cells of a layer below `GRADIENT_TITLES`."""
    norms = (layer.da, layer.dz, layer.weight_gradient)
    return (layer.name, *("" if norm is None else number(norm) for norm in norms))


def weight_titles(report: GradientReport) -> tuple[str, ...]:
    """Return the titles of the table of weights."""
    penalty = ("penalty",) if any(weight.penalty is not None for weight in _weights(report)) else ()
    error = ("error",) if report.check else ()
    return ("layer", "weight", "shape", "norm", "gradient", "zeros", *penalty, *error)


def weight_rows(report: GradientReport) -> list[tuple[str, ...]]:
    """Return the cells of each weight below `weight_titles`."""
    titles = weight_titles(report)
    return [
        (layer.name, weight.name, sizes_text(weight.shape), *(_cells(weight)[title] for title in titles[3:]))
        for layer in report.layers
        for weight in layer.weights
    ]


def share(value: float | None) -> str:
    """Return a share in percent; empty for None and NaN.

    Examples
    --------
    >>> share(0.5), share(0.0004), share(None)
    ('50 %', '0.04 %', '')
    """
    return "" if value is None or value != value else f"{100 * value:.3g} %"


def bar_lengths(values: Sequence[float | None]) -> list[float]:
    """Return the length of each bar of a logarithmic chart, from 0 to 1; 0 for None, 0 and values that are not finite.

    Examples
    --------
    >>> bar_lengths([1.0, 0.1, 0.0, None])
    [1.0, 0.5, 0.0, 0.0]
    """
    decades = [log10(value) if value and isfinite(value) else None for value in values]
    known = [value for value in decades if value is not None]
    if not known:
        return [0.0] * len(values)
    span = min(max(known) - min(known), _DECADES) + 1
    return [0.0 if value is None else max(0.0, 1 - (max(known) - value) / span) for value in decades]


def _weights(report: GradientReport) -> Iterator[WeightRow]:
    return (weight for layer in report.layers for weight in layer.weights)


def _cells(weight: WeightRow) -> dict[str, str]:
    """Return the cells of a weight by the titles of their columns."""
    error = f"{weight.error:.1e}" if weight.error is not None else "-" if weight.is_checked else ""
    return {
        "norm": number(weight.norm),
        "gradient": number(weight.gradient),
        "zeros": share(weight.zeros),
        "penalty": "" if weight.penalty is None else number(weight.penalty),
        "error": error,
    }


def _table(titles: tuple[str, ...], rows: Sequence[tuple[str, ...]], noun: str, n_words: int = 2) -> list[str]:
    more = [f"... and {counted(len(rows) - _MAX_ROWS, noun)} more"] if len(rows) > _MAX_ROWS else []
    return [*table_lines([titles, *rows[:_MAX_ROWS]], n_words, ROOM), *more]


def _gradient_lines(report: GradientReport) -> list[str]:
    """Return the norms of gradients by layer, with a bar for those of the weights."""
    layers = report.layers[:_MAX_ROWS]
    lines = _table(GRADIENT_TITLES, [gradient_cells(layer) for layer in report.layers], "layer", 1)
    lengths = bar_lengths([layer.weight_gradient for layer in layers])
    bars = ["", *(_BLOCK * max(1, round(_BAR * length)) if length else "" for length in lengths)]
    return [f"{line}  {bar}".rstrip() for line, bar in zip(lines, bars, strict=False)] + lines[len(bars) :]


SIGNAL_TITLES = ("layer", "activation", "output", "mean", "variance", "zeros", "saturated")
GRADIENT_TITLES = ("layer", "|dL/da|", "|dL/dz|", "|dL/dweights|")
_BLOCK = "\N{FULL BLOCK}"
