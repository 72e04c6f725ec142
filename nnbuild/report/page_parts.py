"""Parts of self-contained HTML pages of reports, for light and dark screens and for print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from nnbuild.diagnosis.findings import Finding
from nnbuild.report.diagram.drawing import FONTS
from nnbuild.report.scores import Score
from nnbuild.report.units import count, number, printable

_MAX_OPEN = 20  # longer tables are collapsed


def page_text(title: str, head: str, sections: Iterable[tuple[str, str]], seed: int, versions: Mapping) -> str:
    """Return the text of an HTML file without scripts or external resources.

    Parameters
    ----------
    title : str
    head : str
        HTML above the sections, without the title.
    sections : iterable of tuple of str
        Heading and HTML of each section. Sections without HTML are omitted.
    seed : int
    versions : mapping of str to str
        Versions of packages, for the last line.
    """
    bodies = (f"<section>\n<h2>{heading}</h2>\n{body}</section>" for heading, body in sections if body)
    style = "\n".join([*(f"{selector}{{{rule}}}" for selector, rule in _STYLE.items()), *_CONDITIONAL])
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{one_line(title)}</title>\n<style>\n{style}\n</style>\n</head>\n<body>\n<main>\n"
        + "\n".join([f"<header>\n<h1>{one_line(title)}</h1>\n{head}\n</header>", *bodies, _foot(seed, versions)])
        + "\n</main>\n</body>\n</html>\n"
    )


def score_tiles(scores: Iterable[Score], unit: str = "row") -> str:
    """Return a row of scores, with those on training samples, whose name is `unit`, and the baselines."""
    return "\n".join(['<div class="scores">', *(_tile(score, unit) for score in scores), "</div>"])


def finding_html(finding: Finding) -> str:
    """Return a finding with its evidence and remedies."""
    place = f"<p><code>{one_line(str(finding.location))}</code></p>\n" if finding.location else ""
    evidence = "".join(f"<li>{one_line(sentence)}</li>\n" for sentence in finding.evidence)
    edits = "\n".join(map(one_line, finding.edit_text()))
    edit = f"<p>Edit of the recipe:</p>\n<pre>{edits}</pre>\n" if edits else ""
    remedies = commands_html((remedy.command, f"To try: {remedy.effect}") for remedy in finding.remedies)
    title = f"{one_line(finding.title)} <small>{finding.severity}</small>"
    return (
        f'<div class="finding {finding.severity}">\n<h3>{title}</h3>\n{place}<ul>\n{evidence}</ul>\n'
        f"<p>{one_line(finding.meaning)}</p>\n{edit}{remedies}</div>\n"
    )


def pictures(*charts: str, beside: str = "") -> str:
    """Return charts next to each other where there is room, with other HTML after them."""
    figures = "".join(f"<figure>\n{svg}</figure>\n" for svg in charts)
    return f'<div class="beside">\n{figures}{beside}</div>\n'


def table_html(
    titles: tuple[str, ...],
    rows: Iterable[tuple[str, ...]],
    what: str,
    n_words: int = 1,
    is_open: bool = True,
    wraps: bool = True,
) -> str:
    """Return a table with `n_words` text columns, then columns of numbers.

    It is collapsed if it is long or not `is_open`; `what` are its rows, for the title of a collapsed table. Texts are
    broken into lines if it `wraps`; otherwise a wide table is scrolled.
    """
    lines = [_row(row, "td", n_words) for row in rows]
    if not lines:
        return ""
    body = "\n".join(["<tbody>", *lines, "</tbody>"])
    head = f"<thead>{_row(titles, 'th', n_words)}</thead>"
    style = "facts" if wraps else "facts values"
    table = f'<div class="wide"><table class="{style}">\n{head}\n{body}\n</table></div>\n'
    if is_open and len(lines) <= _MAX_OPEN:
        return table
    return f"<details>\n<summary>{count(len(lines))} {what}</summary>\n{table}</details>\n"


def commands_html(commands: Iterable[tuple[str, str]]) -> str:
    """Return commands, each below its effect."""
    return "".join(f"<p>{one_line(effect)}</p>\n<pre>{one_line(command)}</pre>\n" for command, effect in commands)


def recipe_html(recipe: str) -> str:
    """Return the JSON text of a recipe, collapsed."""
    return f"<details>\n<summary>as JSON</summary>\n<pre>{escape(recipe)}</pre>\n</details>\n"


def one_line(text: str) -> str:
    """Return text on one line, as HTML."""
    return escape(printable(text))


def _tile(score: Score, sample: str) -> str:
    unit = f" {score.unit}" if score.unit else ""
    value = f"<b>{one_line(number(score.value) + unit)}</b>"
    baseline = "" if score.baseline is None else f"<small>baseline {one_line(number(score.baseline) + unit)}</small>"
    seen = "" if score.training is None else one_line(number(score.training) + unit)
    training = f"<small>training {sample}s {seen}</small>" if seen else ""
    return f"<div><span>{one_line(score.title)}</span>{value}{training}{baseline}</div>"


def _row(cells: tuple[str, ...], tag: str, n_words: int) -> str:
    words = "".join(f"<{tag}>{one_line(cell)}</{tag}>" for cell in cells[:n_words])
    numbers = "".join(f'<{tag} class="n">{one_line(cell)}</{tag}>' for cell in cells[n_words:])
    return f"<tr>{words}{numbers}</tr>"


def _foot(seed: int, versions: Mapping) -> str:
    parts = [f"seed {seed}", *(f"{name} {version}" for name, version in versions.items())]
    return f"<footer>{one_line(', '.join(parts))}</footer>"


_STYLE = {
    ":root": (
        "color-scheme:light dark;--ink:#1b2330;--dim:#5a6677;--line:#d5dce6;--paper:#f4f6f9;--card:#ffffff;"
        "--accent:#3347c4;--error:#b3261e;--warning:#b26a00"
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
    ".finding.error": "border-left-color:var(--error)",
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
    ".values td": "white-space:nowrap",
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
    "--card:#15181d;--accent:#b9c3ff;--error:#ff8a80;--warning:#ffc46b}}",
    "@media print{:root{color-scheme:light;--paper:#ffffff}body{font-size:11pt}main{max-width:none;padding:0}"
    "figure,tr,.scores div,.finding{break-inside:avoid}h2{break-after:avoid}}",
)
