"""Plain text of a run report for terminals, at most 100 characters wide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from math import isfinite, log10
from textwrap import wrap

from rich.cells import cell_len

from nnbuild.combination import Combination
from nnbuild.diagnosis.findings import Finding
from nnbuild.records import History, Plan
from nnbuild.report.cells import ROOM, cut_to, section, table_lines
from nnbuild.report.diagram.sketch import sketch
from nnbuild.report.run import RunReport
from nnbuild.report.scores import Classified, ClassScore, Measured, Score, Scores
from nnbuild.report.text import class_table, combination_line, history_line
from nnbuild.report.units import count, counted, data_size, first_names, number, printable, short_count

_MAX_CROSSED = 12  # classes of a confusion matrix
_MAX_CLASSES = 20  # lines of a table of classes
_FEW = 8  # lines of a shortened table
_CURVE_WIDTH = 48
_MAX_COLUMNS = 24  # columns that are listed one per line
_MAX_EDITS = 5  # lines of the edit of a finding
_MAX_NAMES = 4  # names of columns that share a line


def data_text(data: Mapping[str, str]) -> str:
    """Return the facts about the data before training."""
    return "\n".join(section(word, wrapped(sentence)) for word, sentence in data.items())


def result_text(report: RunReport) -> str:
    """Return the report of a run: findings, columns, network, curves, scores, classes, files, next commands."""
    return sections_text(_sections(report))


def findings_text(found: Sequence[Finding]) -> str:
    """Return findings with their heading; empty if there are none."""
    return sections_text([("findings", finding_lines(found))])


def scores_text(scores: Scores) -> str:
    """Return scores, then classes and confusions, labels, or errors."""
    return sections_text(_score_sections(scores))


def as_encoded(text: str, encoding: str | None) -> str:
    """Return `text` in the characters of an encoding: lines and bars become ASCII, other characters "?".

    Examples
    --------
    >>> as_encoded("\N{BOX DRAWINGS LIGHT VERTICAL} caf\N{LATIN SMALL LETTER E WITH ACUTE}", "ascii")
    '| caf?'
    """
    try:
        text.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        encoding = "ascii"
        return text.translate(_ASCII).encode(encoding, "replace").decode(encoding)
    return text


def sparkline(values: Sequence[float]) -> str:
    """Return a curve as a row of bars, with spaces for values that are not finite; logarithmic if its range is wide.

    Examples
    --------
    >>> sparkline([1, 2, 3, 4, 5, 6, 7, 8])
    '\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588'
    """
    means = _means(values, _CURVE_WIDTH)
    finite = [value for value in means if isfinite(value)]
    if finite and min(finite) > 0 and max(finite) > 50 * min(finite):
        means, finite = ([log10(v) if isfinite(v) else v for v in kept] for kept in (means, finite))
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    span = (high - low) or 1.0
    return "".join(_BARS[round(7 * (value - low) / span)] if isfinite(value) else " " for value in means)


def sections_text(sections: Iterable[tuple[str, list[str]]]) -> str:
    """Return sections with their headings. Sections without lines are omitted."""
    return "\n\n".join(section(word, lines) for word, lines in sections if lines)


def _sections(report: RunReport) -> Iterator[tuple[str, list[str]]]:
    yield "findings", finding_lines(report.findings)
    yield "columns", column_lines(report.columns)
    yield "network", _network(report.plan)
    yield "training", training_lines(report.history, report.n_members, report.combination)
    if report.scores:
        yield from _score_sections(report.scores)
    wide = max((cell_len(printable(what)) for what, _ in report.files), default=0)
    yield "files", [f"{printable(what):{wide}}  {printable(path)}" for what, path in report.files]
    yield (
        "try next",
        [line for command, effect in report.commands for line in (printable(command), f"  {printable(effect)}")],
    )


def finding_lines(found: Sequence[Finding]) -> list[str]:
    """Return findings in their order, each with its location, numbers, meaning, edit and remedies."""
    lines: list[str] = []
    for finding in found:
        lines += [*([""] if lines else []), f"{finding.title} ({finding.severity})"]
        lines += [f"  {printable(str(finding.location))}"] if finding.location else []
        for sentence in (*finding.evidence, finding.meaning):
            lines += wrap(printable(sentence), ROOM, initial_indent="  ", subsequent_indent="    ")
        lines += [f"  edit: {cut_to(printable(line), ROOM - 8)}" for line in _shortened(finding.edit_text())]
        for remedy in finding.remedies:
            lines += [f"  try: {printable(remedy.command)}", f"       {printable(remedy.effect)}"]
    return lines


def _shortened(lines: Sequence[str]) -> Sequence[str]:
    return lines if len(lines) <= _MAX_EDITS else (*lines[: _MAX_EDITS - 1], f"and {len(lines) - _MAX_EDITS + 1} more")


def _score_sections(scores: Scores) -> Iterator[tuple[str, list[str]]]:
    yield "test", _score_lines(scores)
    yield from _outcome_sections(scores)
    for name, own in scores.outputs.items():
        yield "output", [*wrapped(name), *_score_lines(own)]
        yield from _outcome_sections(own)


def _outcome_sections(scores: Scores) -> Iterator[tuple[str, list[str]]]:
    for outcome in scores.outcomes:
        if isinstance(outcome, Measured):
            yield "errors", wrapped(f"{outcome.target}: {outcome.summary()}")
        else:
            yield ("classes" if isinstance(outcome, Classified) else "labels"), _classes(outcome.scores())
        if isinstance(outcome, Classified):
            yield "confusion", _confusion(outcome)


def column_lines(rows: Sequence[tuple[str, str]]) -> list[str]:
    """Return name and preparation of each column. If there are many, columns of equal preparation share a line."""
    if len(rows) > _MAX_COLUMNS:
        names_of: dict[str, list[str]] = {}
        for name, preparation in rows:
            names_of.setdefault(_kind(preparation), []).append(name)
        rows = [(count(len(names)), f"{kind}: {first_names(names, _MAX_NAMES)}") for kind, names in names_of.items()]
    if not rows:
        return []
    return table_lines([(printable(name), printable(preparation)) for name, preparation in rows], 2, ROOM)


def _kind(preparation: str) -> str:
    """Return the preparation of a column without its numbers."""
    start = preparation.partition(";")[0].partition(" (")[0]
    return next((kind for kind in ("one-hot", "embedding") if start.startswith(kind)), start)


def _network(plan: Plan) -> list[str]:
    macs = f"{'at least ' if any(step.macs is None for step in plan.steps) else ''}{short_count(plan.macs)}"
    trained = f"{data_size(plan.cost.total_bytes)} to train in batches of {count(plan.cost.batch_size)}"
    facts = f"{count(plan.n_parameters)} parameters, {macs} multiply-adds, {trained}"
    return [*wrapped(f"{plan.name}: {facts}" if plan.name else facts), "", *sketch(plan, ROOM).splitlines()]


def wrapped(sentence: str) -> list[str]:
    """Wrap a sentence to the width of a section's lines."""
    return wrap(printable(sentence), ROOM, subsequent_indent="  ")


def training_lines(history: History, n_members: int = 1, combination: Combination | None = None) -> list[str]:
    """Return sentences about a training, and its curves; with several members, of the first."""
    sentences = [history_line(history, n_members), combination_line(combination)]
    return [*(line for sentence in filter(None, sentences) for line in wrapped(sentence)), *_curves(history)]


def _curves(history: History) -> list[str]:
    """Return one line per curve: its first value, bars, last value."""
    rows = [
        (printable(name), number(curve[0]), sparkline(curve), number(curve[-1]))
        for name, curve in history.curves.items()
    ]
    names, firsts, bars, lasts = ([cell_len(text) for text in column] for column in zip(*rows, strict=True))
    return [
        f"{cut_to(name, 24):{min(24, max(names))}}  {first:>{max(firsts)}} {line:{max(bars)}} {last:>{max(lasts)}}"
        for name, first, line, last in rows
    ]


def _score_lines(scores: Scores) -> list[str]:
    rows = [
        (
            printable(score.title),
            number(score.value),
            printable(score.unit),
            _references(score, scores.unit),
        )
        for score in scores.values
    ]
    baseline = f"; the baseline predicts {scores.baseline} for each" if scores.baseline else ""
    return [*table_lines(rows, 4, ROOM), *wrapped(f"on {counted(scores.n_rows, scores.unit)}{baseline}")]


def _references(score: Score, unit: str) -> str:
    """Return the score on training samples and that of the baseline, if available."""
    training = [] if score.training is None else [f"training {unit}s {number(score.training)}"]
    baseline = [] if score.baseline is None else [f"baseline {number(score.baseline)}"]
    return f"({', '.join([*training, *baseline])})" if training or baseline else ""


def _classes(scores: Sequence[ClassScore]) -> list[str]:
    if len(scores) <= _MAX_CLASSES:
        return _class_lines(scores)
    worst = sorted(scores, key=lambda score: score.f1 if isfinite(score.f1) else 2.0)[:_FEW]
    return [*_class_lines(worst), f"the {_FEW} of {count(len(scores))} classes with the lowest F1"]


def _confusion(outcome: Classified) -> list[str]:
    if len(outcome.labels) <= _MAX_CROSSED:
        return ["rows: true classes, columns: predicted classes", *_crossed(outcome)]
    found = outcome.confusions(_FEW)
    rows = [(printable(pair.true), printable(pair.predicted), count(pair.n), f"{pair.share:.1%}") for pair in found]
    return (
        table_lines([("true class", "predicted as", outcome.unit, "share of class"), *rows], 2, ROOM)
        if rows
        else ["none"]
    )


def _class_lines(scores: Sequence[ClassScore]) -> list[str]:
    return table_lines(class_table(scores, ""), width=ROOM)


def _crossed(outcome: Classified) -> list[str]:
    """Return a confusion matrix with a point for 0."""
    labels = [printable(label) for label in outcome.labels]
    titles = ("", *(cut_to(label, 14 if len(labels) <= 4 else 4) for label in labels))
    rows = [
        (label, *(_counted(n_rows) for n_rows in counts)) for label, counts in zip(labels, outcome.counts, strict=True)
    ]
    return table_lines([titles, *rows], width=ROOM)


def _counted(n_rows: int) -> str:
    if not n_rows:
        return "\N{MIDDLE DOT}"
    return str(n_rows) if n_rows < 10_000 else short_count(n_rows).replace(" ", "")


def _means(values: Sequence[float], width: int) -> list[float]:
    """Return at most `width` values, each the mean of a section of `values`."""
    if len(values) <= width:
        return list(values)
    ends = [round(index * len(values) / width) for index in range(width + 1)]
    return [sum(values[start:end]) / (end - start) for start, end in pairwise(ends)]


_BARS = "\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588"
_ASCII = str.maketrans(
    dict(zip(_BARS, "_.:-=+*#", strict=True))
    | {
        "\N{BOX DRAWINGS LIGHT DOWN AND RIGHT}": "+",
        "\N{BOX DRAWINGS LIGHT VERTICAL}": "|",
        "\N{BOX DRAWINGS LIGHT UP AND RIGHT}": "+",
        "\N{MULTIPLICATION SIGN}": "x",
        "\N{MIDDLE DOT}": ".",
        "\N{EN DASH}": "-",
    }
)
