"""Self-contained HTML page of a run report, for light and dark screens and for print."""

from __future__ import annotations

from collections.abc import Iterator

from nnbuild.report.charts import confusion_chart, curve_names, error_chart, learning_curve, prediction_chart
from nnbuild.report.gradient_charts import gradient_chart
from nnbuild.report.gradients_page import gradients_section
from nnbuild.report.html import plan_html
from nnbuild.report.page_parts import (
    commands_html,
    finding_html,
    one_line,
    page_text,
    pictures,
    recipe_html,
    score_tiles,
    table_html,
)
from nnbuild.report.run import RunReport
from nnbuild.report.scores import Classified, Labelled, Measured, Scores
from nnbuild.report.text import class_table, combination_line, history_line
from nnbuild.report.units import count

_MAX_CONFUSIONS = 8


def run_page(report: RunReport) -> str:
    """Return the report of a training run as the text of an HTML file.

    Parameters
    ----------
    report : RunReport

    Returns
    -------
    str
        A page without scripts or external resources; the same bytes for the same report.
    """
    return page_text(report.title, _head(report), _sections(report), report.seed, report.versions)


def _head(report: RunReport) -> str:
    lines = [f"<p>{one_line(sentence)}</p>" for sentence in report.data.values()]
    if report.scores:
        lines.append(_scores(report.scores))
    return "\n".join(lines)


def _scores(scores: Scores) -> str:
    about = f"On {count(scores.n_rows)} held-out {scores.unit}s"
    about += f"; the baseline predicts {scores.baseline} for each." if scores.baseline else "."
    return f'{score_tiles(scores.values, scores.unit)}\n<p class="dim">{one_line(about)}</p>'


def _sections(report: RunReport) -> Iterator[tuple[str, str]]:
    """Yield titles and bodies in order. Sections with an empty body are omitted."""
    yield "Findings", "".join(map(finding_html, report.findings))
    lines = filter(None, (history_line(report.history, report.n_members), combination_line(report.combination)))
    sentences = "".join(f"<p>{one_line(line)}.</p>\n" for line in lines)
    curves = (learning_curve(report.history, name) for name in curve_names(report.history))
    yield "Training", f"{sentences}{pictures(*curves)}"
    if report.scores:
        yield from _outcomes(report.scores)
        for name, scores in report.scores.outputs.items():
            yield f"Output {one_line(name)}", _scores(scores)
            for title, body in _outcomes(scores):
                yield f"Output {one_line(name)}: {title}", body
    if report.gradients:
        yield "Gradients", gradients_section(report.gradients, gradient_chart(report.gradients))
    yield "Network", plan_html(report.plan)
    yield "Columns", table_html(("column", "network input"), report.columns, "columns", n_words=2)
    yield "Recipe", recipe_html(report.recipe)
    yield "Files", table_html(("what", "where"), report.files, "files", n_words=2)
    yield "Try next", commands_html(report.commands)


def _outcomes(scores: Scores) -> Iterator[tuple[str, str]]:
    for outcome in scores.outcomes:
        if isinstance(outcome, Measured):
            yield (
                one_line(outcome.target),
                f"<p>{one_line(outcome.summary())}</p>\n{pictures(prediction_chart(outcome), error_chart(outcome))}",
            )
        else:
            yield ("Classes" if isinstance(outcome, Classified) else "Labels"), _classes(outcome)
        if isinstance(outcome, Classified):
            yield "Confusion", _confusion(outcome)


def _classes(outcome: Classified | Labelled) -> str:
    titles, *rows = class_table(outcome.scores(), "class")
    return table_html(titles, rows, "classes")


def _confusion(outcome: Classified) -> str:
    found = outcome.confusions(_MAX_CONFUSIONS)
    rows = [(pair.true, pair.predicted, count(pair.n), f"{pair.share:.1%}") for pair in found]
    table = table_html(("true class", "predicted as", outcome.unit, "share of class"), rows, "pairs", n_words=2)
    return f"<p>{_CONFUSION}</p>\n{pictures(confusion_chart(outcome), beside=table)}"


_CONFUSION = "Rows are true classes, columns are predicted classes; the shade is the share of the true class."
