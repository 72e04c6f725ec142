"""Self-contained HTML page of a run report, for light and dark screens and for print."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from nnbuild.report.charts import confusion_chart, curve_names, error_chart, learning_curve, prediction_chart
from nnbuild.report.diagram.drawing import FONTS
from nnbuild.report.findings import Finding
from nnbuild.report.html import plan_html
from nnbuild.report.run import RunReport
from nnbuild.report.scores import Classified, Labelled, Measured, Score
from nnbuild.report.text import combination_line, history_line
from nnbuild.report.units import count, decimals, number, printable

_MAX_CONFUSIONS = 8
_MAX_OPEN = 20  # longer tables are collapsed


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
    sections = (f"<section>\n<h2>{title}</h2>\n{body}</section>" for title, body in _sections(report) if body)
    style = "\n".join([*(f"{selector}{{{rule}}}" for selector, rule in _STYLE.items()), *_CONDITIONAL])
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(report.title)}</title>\n<style>\n{style}\n</style>\n</head>\n<body>\n<main>\n"
        + "\n".join([_head(report), *sections, _foot(report)])
        + "\n</main>\n</body>\n</html>\n"
    )


def _head(report: RunReport) -> str:
    lines = [f"<h1>{_text(report.title)}</h1>", *(f"<p>{_text(sentence)}</p>" for sentence in report.data.values())]
    if report.scores:
        about = f"On {count(report.scores.n_rows)} held-out rows"
        about += f"; the baseline predicts {report.scores.baseline} for each." if report.scores.baseline else "."
        lines += [
            '<div class="scores">',
            *map(_tile, report.scores.values),
            "</div>",
            f'<p class="dim">{_text(about)}</p>',
        ]
    return "\n".join(["<header>", *lines, "</header>"])


def _tile(score: Score) -> str:
    unit = f" {score.unit}" if score.unit else ""
    value = f"<b>{_text(number(score.value) + unit)}</b>"
    baseline = "" if score.baseline is None else f"<small>baseline {_text(number(score.baseline) + unit)}</small>"
    training = "" if score.training is None else f"<small>training rows {_text(number(score.training) + unit)}</small>"
    return f"<div><span>{_text(score.title)}</span>{value}{training}{baseline}</div>"


def _sections(report: RunReport) -> Iterator[tuple[str, str]]:
    """Yield titles and bodies in order. Sections with an empty body are omitted."""
    yield "Findings", "".join(map(_finding, report.findings))
    lines = filter(None, (history_line(report.history, report.n_members), combination_line(report.combination)))
    sentences = "".join(f"<p>{_text(line)}.</p>\n" for line in lines)
    curves = (learning_curve(report.history, name) for name in curve_names(report.history))
    yield "Training", f"{sentences}{_pictures(*curves)}"
    for outcome in report.scores.outcomes if report.scores else ():
        if isinstance(outcome, Measured):
            yield (
                _text(outcome.target),
                f"<p>{_text(outcome.summary())}</p>\n{_pictures(prediction_chart(outcome), error_chart(outcome))}",
            )
        else:
            yield ("Classes" if isinstance(outcome, Classified) else "Labels"), _classes(outcome)
        if isinstance(outcome, Classified):
            yield "Confusion", _confusion(outcome)
    yield "Network", plan_html(report.plan)
    yield "Columns", _table(("column", "network input"), report.columns, "columns", n_words=2)
    yield "Recipe", f"<details>\n<summary>as JSON</summary>\n<pre>{escape(report.recipe)}</pre>\n</details>\n"
    yield "Files", _table(("what", "where"), report.files, "files", n_words=2)
    yield "Try next", _commands(report.commands)


def _finding(finding: Finding) -> str:
    evidence = "".join(f"<li>{_text(sentence)}</li>\n" for sentence in finding.evidence)
    remedies = _commands((remedy.command, f"To try: {remedy.effect}") for remedy in finding.remedies)
    title = f"{_text(finding.title)} <small>{finding.severity}</small>"
    return (
        f'<div class="finding {finding.severity}">\n<h3>{title}</h3>\n<ul>\n{evidence}</ul>\n'
        f"<p>{_text(finding.meaning)}</p>\n{remedies}</div>\n"
    )


def _pictures(*charts: str, beside: str = "") -> str:
    figures = "".join(f"<figure>\n{svg}</figure>\n" for svg in charts)
    return f'<div class="beside">\n{figures}{beside}</div>\n'


def _classes(outcome: Classified | Labelled) -> str:
    rows = [
        (score.label, *map(decimals, (score.precision, score.recall, score.f1, score.loss)), count(score.n))
        for score in outcome.scores()
    ]
    return _table(("class", "precision", "recall", "F1", "loss", "rows"), rows, "classes")


def _confusion(outcome: Classified) -> str:
    found = outcome.confusions(_MAX_CONFUSIONS)
    rows = [(pair.true, pair.predicted, count(pair.n), f"{pair.share:.1%}") for pair in found]
    table = _table(("true class", "predicted as", "rows", "share of class"), rows, "pairs", n_words=2)
    return f"<p>{_CONFUSION}</p>\n{_pictures(confusion_chart(outcome), beside=table)}"


def _table(titles: tuple[str, ...], rows: Iterable[tuple[str, ...]], what: str, n_words: int = 1) -> str:
    """Return a table with `n_words` text columns, then columns of numbers; collapsed if it is long."""
    lines = [_row(row, "td", n_words) for row in rows]
    if not lines:
        return ""
    body = "\n".join(["<tbody>", *lines, "</tbody>"])
    head = f"<thead>{_row(titles, 'th', n_words)}</thead>"
    table = f'<div class="wide"><table class="facts">\n{head}\n{body}\n</table></div>\n'
    if len(lines) <= _MAX_OPEN:
        return table
    return f"<details>\n<summary>{count(len(lines))} {what}</summary>\n{table}</details>\n"


def _row(cells: tuple[str, ...], tag: str, n_words: int) -> str:
    words = "".join(f"<{tag}>{_text(cell)}</{tag}>" for cell in cells[:n_words])
    numbers = "".join(f'<{tag} class="n">{_text(cell)}</{tag}>' for cell in cells[n_words:])
    return f"<tr>{words}{numbers}</tr>"


def _commands(commands: Iterable[tuple[str, str]]) -> str:
    return "".join(f"<p>{_text(effect)}</p>\n<pre>{_text(command)}</pre>\n" for command, effect in commands)


def _foot(report: RunReport) -> str:
    parts = [f"seed {report.seed}", *(f"{name} {version}" for name, version in report.versions.items())]
    return f"<footer>{_text(', '.join(parts))}</footer>"


def _text(text: str) -> str:
    """Return text on one line, as HTML."""
    return escape(printable(text))


_CONFUSION = "Rows are true classes, columns are predicted classes; the shade is the share of the true class."
_STYLE = {
    ":root": (
        "color-scheme:light dark;--ink:#1b2330;--dim:#5a6677;--line:#d5dce6;--paper:#f4f6f9;--card:#ffffff;"
        "--accent:#3347c4;--serious:#b3261e;--warning:#b26a00"
    ),
    "*": "box-sizing:border-box",
    "body": (f"margin:0;background:var(--paper);color:var(--ink);font-size:15px;line-height:1.5;font-family:{FONTS}"),
    "main": "max-width:980px;margin:0 auto;padding:32px 20px 48px",
    "h1": "font-size:26px;line-height:1.25;margin:0 0 8px;overflow-wrap:anywhere",
    "h2": "font-size:18px;margin:36px 0 10px",
    "p": "margin:4px 0;overflow-wrap:anywhere",
    ".dim,footer": "color:var(--dim);font-size:13px",
    ".scores": "display:flex;flex-wrap:wrap;gap:12px;margin:18px 0 10px",
    ".scores div": (
        "display:flex;flex-direction:column;min-width:150px;padding:12px 16px;background:var(--card);"
        "border:1px solid var(--line);border-radius:10px"
    ),
    ".scores span,.scores small": "color:var(--dim);font-size:13px",
    ".scores b": "font-size:24px;line-height:1.3;font-variant-numeric:tabular-nums",
    ".finding": (
        "margin:12px 0;padding:12px 16px 4px;background:var(--card);border:1px solid var(--line);"
        "border-left:5px solid var(--accent);border-radius:10px"
    ),
    ".finding.serious": "border-left-color:var(--serious)",
    ".finding.warning": "border-left-color:var(--warning)",
    ".finding pre": "background:var(--paper)",
    ".finding ul": "margin:6px 0;padding-left:22px",
    "h3": "font-size:16px;margin:0",
    "h3 small": "color:var(--dim);font-size:13px;font-weight:400",
    ".beside": "display:flex;flex-wrap:wrap;gap:12px 28px;align-items:flex-start",
    ".beside>*": "max-width:100%;margin:12px 0 0",
    ".wide": "overflow-x:auto",
    ".facts": (
        "border-collapse:collapse;font-size:14px;font-variant-numeric:tabular-nums;background:var(--card);"
        "border-radius:10px"
    ),
    ".facts th,.facts td": "padding:5px 14px;text-align:left;border-bottom:1px solid var(--line)",
    ".facts .n": "text-align:right;white-space:nowrap",
    ".facts th": "color:var(--dim);font-weight:600;white-space:nowrap",
    ".facts td": "overflow-wrap:anywhere",
    ".facts tr:last-child td": "border-bottom:none",
    "pre": (
        "margin:6px 0 14px;padding:10px 14px;background:var(--card);border:1px solid var(--line);border-radius:8px;"
        "font-size:13px;white-space:pre-wrap;overflow-wrap:anywhere"
    ),
    "summary": "cursor:pointer;color:var(--accent)",
    "footer": "margin-top:40px;padding-top:12px;border-top:1px solid var(--line)",
}
_CONDITIONAL = (
    "@media screen and (prefers-color-scheme:dark){:root{--ink:#eef1f5;--dim:#a3aebd;--line:#363e4b;--paper:#0e1014;"
    "--card:#15181d;--accent:#b9c3ff;--serious:#ff8a80;--warning:#ffc46b}}",
    "@media print{:root{color-scheme:light;--paper:#ffffff}body{font-size:11pt}main{max-width:none;padding:0}"
    "figure,tr,.scores div,.finding{break-inside:avoid}h2{break-after:avoid}}",
)
