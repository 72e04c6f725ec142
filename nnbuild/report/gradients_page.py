"""Signals and gradients of a network as HTML: a part of a page, and a page of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nnbuild.report.gradients import (
    GRADIENT_TITLES,
    SIGNAL_TITLES,
    GradientReport,
    gradient_cells,
    loss_line,
    samples_line,
    signal_cells,
    weight_rows,
    weight_titles,
)
from nnbuild.report.page_parts import one_line, page_text, pictures, table_html


def gradients_page(report: GradientReport, title: str, about: str, chart: str, seed: int, versions: Mapping) -> str:
    """Return signals and gradients as the text of an HTML file without scripts or external resources.

    Parameters
    ----------
    report : GradientReport
    title, about : str
        Name of the network, and a line about the data.
    chart : str
        SVG text of the norms of the gradients.
    seed : int
    versions : mapping of str to str
        Versions of packages, for the last line.
    """
    lines = (about, samples_line(report), f"Loss {loss_line(report)}", report.check)
    head = "\n".join(f"<p>{one_line(line)}</p>" for line in lines if line)
    return page_text(title, head, _sections(report, pictures(chart)), seed, versions)


def gradients_html(report: GradientReport) -> str:
    """Return the tables of signals and gradients as HTML, for notebooks."""
    return "".join(f"<h3>{title}</h3>\n{body}" for title, body in _sections(report) if body)


def gradients_section(report: GradientReport, chart: str) -> str:
    """Return the gradients and signals of layers as HTML, for the page of a training."""
    gradient_table = table_html(GRADIENT_TITLES, list(map(gradient_cells, report.layers)), "layers")
    signal_table = table_html(SIGNAL_TITLES, list(map(signal_cells, report.layers)), "layers", 2)
    return f"<p>{one_line(samples_line(report))}.</p>\n{pictures(chart)}{gradient_table}{signal_table}"


def _sections(report: GradientReport, chart: str = "") -> Iterator[tuple[str, str]]:
    """Yield titles and bodies in order."""
    yield "Gradients", chart + table_html(GRADIENT_TITLES, list(map(gradient_cells, report.layers)), "layers")
    yield "Signals", table_html(SIGNAL_TITLES, list(map(signal_cells, report.layers)), "layers", 2)
    yield "Weights", table_html(weight_titles(report), weight_rows(report), "weights", 3)
