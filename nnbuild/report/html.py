"""HTML of a plan for notebooks: the diagram, and below it a collapsible table."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from nnbuild.records import Plan
from nnbuild.report.diagram.drawing import diagram_svg
from nnbuild.report.text import columns, cost_lines, note_lines, total_lines
from nnbuild.report.units import count, data_size, printable


def plan_html(plan: Plan) -> str:
    """Return a network as HTML: its diagram, and a collapsed table of layers, totals and memory of training.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    str
        One `div` without scripts or external resources. The table has the colours of the page.
    """
    style = "".join(f".nnb-plan {selector}{{{rule}}}" for selector, rule in _STYLE.items())
    return f'<div class="nnb-plan">\n<style>{style}</style>\n{diagram_svg(plan)}\n{_details(plan)}</div>\n'


def _details(plan: Plan) -> str:
    trained = f"{data_size(plan.cost.total_bytes)} to train at batch size {count(plan.cost.batch_size)}"
    summary = f"{count(len(plan.steps))} layers, {count(plan.n_parameters)} parameters, {trained}"
    facts = "\n".join([*total_lines(plan), "", *cost_lines(plan), "", *note_lines(plan)]).rstrip()
    return f"<details>\n<summary>{escape(summary)}</summary>\n{_table(plan)}\n<pre>{escape(facts)}</pre>\n</details>\n"


def _table(plan: Plan) -> str:
    shown = columns(plan)
    numbers = [column.is_number for column in shown]
    head = _row((column.title for column in shown), numbers, "th")
    rows = [_row((column.cell(step) for column in shown), numbers, "td") for step in plan.steps]
    body = "\n".join(rows)
    return f'<div class="wide"><table>\n<thead>{head}</thead>\n<tbody>\n{body}\n</tbody>\n</table></div>'


def _row(cells: Iterable[str], numbers: list[bool], tag: str) -> str:
    sides = ("right" if is_number else "left" for is_number in numbers)
    inside = (
        f'<{tag} style="text-align:{side}">{escape(printable(cell))}</{tag}>'
        for cell, side in zip(cells, sides, strict=True)
    )
    return f"<tr>{''.join(inside)}</tr>"


_STYLE = {
    "details": "margin:8px 0",
    "summary": "cursor:pointer",
    ".wide": "overflow-x:auto",
    "table": "border-collapse:collapse;margin:8px 0;font-size:12px;font-variant-numeric:tabular-nums",
    "th": "padding:3px 10px;border-bottom:1px solid #8793a4;white-space:nowrap",
    "td": "padding:3px 10px;border-bottom:1px solid #8793a433;white-space:nowrap",
    "pre": "font-size:12px;background:none;color:inherit",
}
