"""Plain text of plans and histories for terminals."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap

from nnbuild.catalog import snake_case
from nnbuild.combination import Combination
from nnbuild.records import Cost, History, Plan, Step
from nnbuild.report.cells import WIDTH, cells_line, cut_widths, line_width
from nnbuild.report.scores import ClassScore
from nnbuild.report.units import (
    count,
    counted,
    data_size,
    decimals,
    middle_cut,
    number,
    printable,
    shape_text,
    weights_text,
)


@dataclass(frozen=True)
class TextColumn:
    """Column of a table of layers.

    Attributes
    ----------
    title : str
    cell : callable
        Returns the text for a step.
    is_number : bool
        Whether it is right-aligned.
    least : int or None
        Minimum number of characters; None if the column is never cut.
    """

    title: str
    cell: Callable[[Step], str]
    is_number: bool = False
    least: int | None = None


def plan_table(plan: Plan) -> str:
    """Return a network as text: a table of its layers, totals, memory of training, and notes.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    str
        Lines of at most 100 characters for usual networks. Names that are too wide are cut in the middle; if needed,
        layers of a scope are grouped below its name. Multiply-adds and memory (of the outputs) are per sample. "?" is
        a number that nnbuild can't compute, or a size that depends on the data.
    """
    title = printable(plan.name or "Network")
    sections = [[title], _layer_lines(plan), total_lines(plan), cost_lines(plan), note_lines(plan)]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def history_line(history: History, n_members: int = 1) -> str:
    """Return a line about the end of a training and the kept epoch; with several members, of the first.

    Examples
    --------
    >>> history_line(History({"loss": (0.5, 0.25), "val_loss": (0.6, 0.7)}, 1, "early_stopping", 2.345))
    '2 epochs in 2.3 s, stopped early; kept epoch 1: loss 0.5, val_loss 0.6'
    """
    end = _STOPPED.get(history.stopped, history.stopped)
    values = zip(history.curves, _values(history, history.best_epoch), strict=True)
    best = ", ".join(f"{printable(name)} {value}" for name, value in values)
    took = f"{counted(history.n_epochs, 'epoch')} in {duration(history.elapsed_s)}{f', {end}' if end else ''}"
    first = f"the first of {n_members} members: " if n_members > 1 else ""
    return f"{first}{took}; kept epoch {history.best_epoch}: {best}"


def combination_line(found: Combination | None) -> str:
    """Return a line about the folds, weights and temperature of an ensemble; empty if it has no folds.

    Examples
    --------
    >>> combination_line(Combination((0, 0, 1, 1), (0.4, 0.4, 0.1, 0.1), 0.95, 2, 0, 0.875))
    '2 folds; weights of the variants 0.8, 0.2; temperature 0.95; score of out-of-fold predictions 0.875'
    """
    if found is None or not found.n_folds:
        return ""
    shares = [
        sum(weight for weight, variant in zip(found.weights, found.variants, strict=True) if variant == one)
        for one in sorted(set(found.variants) if found.weights else ())
    ]
    parts = [
        counted(found.n_folds, "fold"),
        f"weights of the variants {', '.join(map(number, shares))}" if len(shares) > 1 else "",
        f"temperature {number(found.temperature)}" if found.temperature != 1 else "",
        f"weight of the nearest training samples {number(found.neighbors.weight)}" if found.neighbors else "",
        f"score of out-of-fold predictions {number(found.score)}" if found.score is not None else "",
    ]
    return "; ".join(filter(None, parts))


def class_table(scores: Sequence[ClassScore], title: str) -> list[tuple[str, ...]]:
    """Return the scores of classes as rows of text, after a row of titles; `title` is that of the classes."""
    of_pixels = any(score.iou is not None for score in scores)
    titles = (title, "precision", "recall", "F1", *(["IoU"] if of_pixels else []), "loss")
    rows: list[tuple[str, ...]] = [(*titles, "pixels" if of_pixels else "rows")]
    for one in scores:
        values = (one.precision, one.recall, one.f1, *([] if one.iou is None else [one.iou]), one.loss)
        rows.append((printable(one.label), *map(decimals, values), count(one.n)))
    return rows


def duration(seconds: float) -> str:
    """Return a duration in seconds, minutes or hours.

    Examples
    --------
    >>> duration(0.012), duration(2.345), duration(75), duration(7322)
    ('0.01 s', '2.3 s', '1 min 15 s', '2 h 2 min')
    """
    if seconds < 59.95:
        return f"{seconds:.2f} s" if seconds < 1 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def columns(plan: Plan) -> list[TextColumn]:
    """Return the columns for `plan`. The one of other parameters is omitted if there are none."""
    return [column for column in COLUMNS if column.title != "other" or plan.n_other]


def total_lines(plan: Plan) -> list[str]:
    """Return the totals of the network."""
    weights = data_size(plan.cost.weight_bytes)
    parts = f" ({count(plan.n_trainable)} trainable, {count(plan.n_other)} other)" if plan.n_other else ""
    unknown = sorted({printable(step.type) for step in plan.steps if step.macs is None})
    macs = f"{count(plan.macs)} per sample in a forward pass"
    facts = {
        "weights": f"{count(plan.n_parameters)} parameters, {weights}{parts}",
        "multiply-adds": f"at least {macs} (unknown: {', '.join(unknown)})" if unknown else macs,
        "memory": f"{data_size(_output_bytes(plan))} per sample for the outputs of all layers",
        "members": f"{count(plan.n_members)} networks" if plan.n_members > 1 else "",
        "task": plan.task or "",
        "outputs": _several_outputs(plan),
        "loss": printable(plan.loss),
    }
    return [line for name, text in facts.items() if text for line in _hanging(f"{name:15}", text)]


def _several_outputs(plan: Plan) -> str:
    """Return several outputs by name, with shape, and with the layer if its name differs."""
    if len(plan.outputs) < 2:
        return ""
    shapes = {step.name: step.output_shape for step in plan.steps} | dict(plan.inputs)
    ends = [(name if name == layer else f"{name}: {layer}", shapes[layer]) for name, layer in plan.outputs.items()]
    return ", ".join(f"{printable(name)} ({shape_text(shape)})" for name, shape in ends)


def cost_lines(plan: Plan) -> list[str]:
    """Return the memory of training, followed by its parts."""
    parts = cost_parts(plan.cost, plan.optimizer)
    sizes = [data_size(n_bytes) for n_bytes in parts.values()]
    wide, names = max(map(len, sizes)), max(13, 2 + max(map(len, parts)))
    head = f"{'training':15}{data_size(plan.cost.total_bytes)} at batch size {count(plan.cost.batch_size)}"
    return [head, *(f"  {name:{names}}{size:>{wide}}" for name, size in zip(parts, sizes, strict=True))]


def cost_parts(cost: Cost, optimizer: str) -> dict[str, int]:
    """Return the parts of the memory of training by name, in bytes."""
    return {
        "weights": cost.weight_bytes,
        "gradients": cost.gradient_bytes,
        f"{printable(optimizer) or 'optimizer'} state": cost.optimizer_bytes,
        "activations": cost.activation_bytes,
    }


def note_lines(plan: Plan) -> list[str]:
    """Return choices of nnbuild that are not in the recipe."""
    notes = [(printable(step.name), printable(step.note)) for step in plan.steps if step.note]
    return (
        ["notes", *(line for name, note in notes for line in _hanging(f"  {name}: ", note, indent=4))] if notes else []
    )


def _layer_lines(plan: Plan) -> list[str]:
    shown = columns(plan)
    rows = [[column.cell(step) for column in shown] for step in plan.steps]
    if line_width(_widths([_titles(shown), *rows])) > WIDTH:
        shown = [_OWN_NAME, *shown[2:]]
        rows = list(_by_scope(plan, shown))
    sums = ["total", *(_sum(plan, column) for column in shown[1:])]
    widths = cut_widths(_widths([_titles(shown), *rows, sums]), [column.least for column in shown])
    lines = [_line(row, widths, shown) for row in [_titles(shown), *rows, sums]]
    rule = "-" * line_width(widths)
    return [lines[0], rule, *lines[1:-1], rule, lines[-1]]


def _titles(shown: list[TextColumn]) -> list[str]:
    return [column.title for column in shown]


def _by_scope(plan: Plan, shown: list[TextColumn]) -> Iterator[list[str]]:
    """Yield rows, with the scope of consecutive layers on a line above them."""
    current = ""
    for step in plan.steps:
        scope = printable(step.name).rpartition(".")[0]
        if scope != current and scope:
            yield [scope]
        current = scope
        yield [column.cell(step) for column in shown]


def _own_name(step: Step) -> str:
    """Return a name without its scopes, with the type if the name does not contain it."""
    scope, _, own = printable(step.name).rpartition(".")
    has_type = re.fullmatch(re.escape(snake_case(step.type)) + r"(_\d+)?", own)
    return ("  " if scope else "") + (own if has_type else f"{own} ({printable(step.type)})")


def _sum(plan: Plan, column: TextColumn) -> str:
    if column.title == "memory":
        return data_size(_output_bytes(plan))
    sums = {"trainable": plan.n_trainable, "other": plan.n_other, "multiply-adds": plan.macs}
    return count(sums[column.title]) if column.title in sums else ""


def _output_bytes(plan: Plan) -> int:
    return sum(step.output_bytes for step in plan.steps)


def _widths(rows: list[list[str]]) -> list[int]:
    """Return the widths of the columns. The single cell of a scope's line may span them."""
    whole = [row for row in rows if len(row) > 1]
    return [max(len(row[index]) for row in whole) for index in range(len(whole[0]))]


def _line(row: list[str], widths: list[int], shown: list[TextColumn]) -> str:
    return (
        cells_line(row, widths, [column.is_number for column in shown]) if len(row) > 1 else middle_cut(row[0], WIDTH)
    )


def _hanging(head: str, text: str, indent: int | None = None) -> list[str]:
    below = " " * (len(head) if indent is None else indent)
    return wrap(head + text, WIDTH, subsequent_indent=below, drop_whitespace=True) or [head.rstrip()]


def _values(history: History, epoch: int) -> list[str]:
    return [number(curve[epoch - 1]) for curve in history.curves.values()]


_STOPPED = {
    "epochs": "",
    "early_stopping": "stopped early",
    "diverged": "stopped because the loss became infinite or NaN",
    "callback": "stopped by a callback",
    "time_budget": "stopped at the end of the time budget",
}

_OWN_NAME = TextColumn("layer", _own_name, least=16)
COLUMNS = (
    TextColumn("name", lambda step: printable(step.name), least=16),
    TextColumn("type", lambda step: printable(step.type), least=12),
    TextColumn("output", lambda step: shape_text(step.output_shape), least=10),
    TextColumn("weights", lambda step: weights_text(step.weights), least=12),
    TextColumn("trainable", lambda step: count(step.n_trainable) if step.weights else "", is_number=True),
    TextColumn("other", lambda step: count(step.n_other) if step.n_other else "", is_number=True),
    TextColumn("multiply-adds", lambda step: "?" if step.macs is None else count(step.macs), is_number=True),
    TextColumn("memory", lambda step: data_size(step.output_bytes), is_number=True),
)
