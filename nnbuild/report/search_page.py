"""Self-contained HTML page of a search report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

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
from nnbuild.report.search_charts import curve_charts, param_chart
from nnbuild.report.search_report import ReportedCandidate, SearchReport
from nnbuild.report.units import count, middle_cut, number

_N_BEST = 10  # candidates in the first table
_MAX_VALUE = 40  # characters of a value in a table


def search_page(report: SearchReport) -> str:
    """Return the report of a search as the text of an HTML file.

    Parameters
    ----------
    report : SearchReport

    Returns
    -------
    str
        A page without scripts or external resources; the same bytes for the same report.
    """
    return page_text(report.title, _head(report), _sections(report), report.seed, report.versions)


def _head(report: SearchReport) -> str:
    lines = [f"<p>{one_line(sentence)}</p>" for sentence in report.data.values()]
    if report.score:
        tiles = [replace(report.score, name=f"{report.scoring}, mean of {report.n_folds} folds")]
        about = f"Best candidate; standard deviation over the folds {number(report.std or 0.0)}."
        if report.test_score:
            tiles.append(replace(report.test_score, name=f"{report.scoring}, test set"))
            about += f" For the test set, {report.tested_on}, it was trained on all rows."
        lines += [score_tiles(tiles), f'<p class="dim">{one_line(about)}</p>']
    return "\n".join(lines)


def _sections(report: SearchReport) -> Iterator[tuple[str, str]]:
    """Yield titles and bodies in order. Sections with an empty body are omitted."""
    yield "Findings", "".join(map(finding_html, report.findings))
    yield "Candidates", _candidates(report)
    yield "Hyperparameters", _hyperparameters(report)
    yield "Learning curves", _curves(report)
    yield "Recipe of the best candidate", recipe_html(report.recipe) if report.recipe else ""
    yield "Files", table_html(("what", "where"), report.files, "files", n_words=2)
    yield "Command", commands_html([(report.command, "The search:")])
    if report.train_command:
        yield "Try next", commands_html([(report.train_command, "Train the best candidate:")])


def _candidates(report: SearchReport) -> str:
    """Return the best candidates, and all of them collapsed if there are more."""
    titles = ("", *report.names, report.scoring, "std", "training rows", "seconds")
    rows = [_row(one, report) for one in report.candidates]
    n_words = 1 + len(report.names)
    best = table_html(titles, rows[:_N_BEST], "candidates", n_words, wraps=False)
    errors = {one.error: None for one in report.candidates if one.error}
    failed = "".join(f"<p>Failed: {one_line(error)}</p>\n" for error in list(errors)[:3])
    if len(rows) <= _N_BEST:
        return best + failed
    every = table_html(titles, rows, "candidates", n_words, is_open=False, wraps=False)
    return best + every + failed


def _row(one: ReportedCandidate, report: SearchReport) -> tuple[str, ...]:
    params = (_value(one.params[name]) if name in one.params else "" for name in report.names)
    rank = "-" if one.rank is None else count(one.rank)
    scores = (f"{one.mean:.4f}", f"{one.std:.4f}") if one.is_scored else ("failed" if one.error else "-", "-")
    train = "-" if one.train is None else f"{one.train:.4f}"
    return (rank, *params, *scores, train, f"{one.seconds:.1f}")


def _value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return middle_cut(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), _MAX_VALUE)


def _hyperparameters(report: SearchReport) -> str:
    """Return a chart for each param with several values."""
    scored = [one for one in report.candidates if one.is_scored]
    varied = [
        name for name in report.names if len({_value(one.params[name]) for one in scored if name in one.params}) > 1
    ]
    if not varied:
        return ""
    charts = (
        param_chart(name, report.candidates, report.spaces.get(name, "categories"), report.scoring) for name in varied
    )
    return f"<p>{_HYPERPARAMETERS}</p>\n{pictures(*charts)}"


def _curves(report: SearchReport) -> str:
    charts = list(curve_charts(report.candidates))
    return f"<p>{_CURVES}</p>\n{pictures(*charts)}" if charts else ""


_HYPERPARAMETERS = (
    "Each point is a candidate: its mean score over the folds, with the standard deviation. Horizontal lines are"
    " medians of a category. The other params of the candidates differ too, so a difference may be due to them."
)
_CURVES = "Best candidates, mean over the folds, in the epochs that all folds were trained."
