"""SVG chart of the norms of gradients by layer."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from nnbuild.report.figures import TRAINING, drawing, svg_text, titled
from nnbuild.report.gradients import GradientReport
from nnbuild.report.units import count, middle_cut, number, printable

_MAX_LAYERS = 60


def gradient_chart(report: GradientReport) -> str:
    """Draw the norm of the gradients of each layer's weights as SVG text, on a logarithmic axis.

    Parameters
    ----------
    report : GradientReport
        Layers without trainable weights are left out; layers whose gradients are 0 have no bar.
    """
    layers = [layer for layer in report.layers if layer.weight_gradient is not None][:_MAX_LAYERS]
    norms = [layer.weight_gradient or float("nan") for layer in layers]
    with drawing():
        figure = Figure(figsize=(6.1, 1.2 + 0.26 * len(layers)), layout="constrained")
        axes = figure.add_subplot()
        titled(axes, "Norm of the gradients of the weights", "norm, on a logarithmic axis", "")
        if any(norm == norm for norm in norms):
            axes.set_xscale("log")
            axes.xaxis.set_major_locator(LogLocator(numticks=6))
            axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
            axes.xaxis.set_minor_locator(NullLocator())
        axes.barh(range(len(layers)), norms, color=TRAINING)
        axes.set_yticks(range(len(layers)), [middle_cut(printable(layer.name), 22) for layer in layers])
        axes.invert_yaxis()
        return svg_text(figure, f"Norms of the gradients of {count(len(layers))} layers")
