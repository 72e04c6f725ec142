"""Plan and history -> plain text for the terminal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from textwrap import wrap

from nnbuild.catalog import snake_case
from nnbuild.records import Cost, History, Plan, Step
from nnbuild.report.cells import WIDTH, cells_line, cut_widths, line_width
from nnbuild.report.units import count, counted, data_size, middle_cut, number, printable, shape_text, weights_text


@dataclass(frozen=True)
class Column:
    """One column of facts about layers.

    Attributes
    ----------
    title : str
    cell : callable
        Step -> text.
    is_number : bool
        Whether it stands to the right.
    least : int or None
        Characters that the column may be cut to; None: it is never cut.
    """

    title: str
    cell: Callable[[Step], str]
    is_number: bool = False
    least: int | None = None


def plan_table(plan: Plan) -> str:
    """A network as text: a table of its layers, totals, memory of training, and what nnbuild decided.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    str
        Lines of at most 100 characters for usual networks: names that are too wide are cut in the middle, and where
        that is needed, layers of one scope stand together below its name. Multiply-adds and memory (of the outputs)
        are per sample; "?" is a number that nnbuild has no rule for, or a size that only data decides.
    """
    title = printable(plan.name or "Network")
    sections = [[title], _layer_lines(plan), total_lines(plan), cost_lines(plan), note_lines(plan)]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def history_line(history: History, n_members: int = 1) -> str:
    """What came of a training, in one line; of several members, of the first.

    Examples
    --------
    >>> history_line(History({"loss": (0.5, 0.25), "val_loss": (0.6, 0.7)}, 1, "early_stopping", 2.345))
    '2 epochs in 2.3 s, stopped early; kept epoch 1: loss 0.5, val_loss 0.6'
    """
    end = _STOPPED.get(history.stopped, history.stopped)
    values = zip(history.curves, _values(history, history.best_epoch), strict=True)
    best = ", ".join(f"{printable(name)} {value}" for name, value in values)
    took = f"{counted(history.n_epochs, 'epoch')} in {duration(history.elapsed_s)}{f', {end}' if end else ''}"
    whose = f"the first of {n_members} members: " if n_members > 1 else ""
    return f"{whose}{took}; kept epoch {history.best_epoch}: {best}"


def duration(seconds: float) -> str:
    """A time as people say it.

    Examples
    --------
    >>> duration(0.012), duration(2.345), duration(75), duration(7322)
    ('0.01 s', '2.3 s', '1 min 15 s', '2 h 2 min')
    """
    if seconds < 59.95:
        return f"{seconds:.2f} s" if seconds < 1 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def columns(plan: Plan) -> list[Column]:
    """The facts about the layers of `plan`; the column of other parameters only where there are any."""
    return [column for column in COLUMNS if column.title != "other" or plan.n_other]


def total_lines(plan: Plan) -> list[str]:
    """Counts of the whole network."""
    weights = data_size(plan.cost.weight_bytes)
    parts = f" ({count(plan.n_trainable)} trainable, {count(plan.n_other)} other)" if plan.n_other else ""
    unknown = sorted({printable(step.type) for step in plan.steps if step.macs is None})
    macs = f"{count(plan.macs)} per sample in a forward pass"
    facts = {
        "weights": f"{count(plan.n_parameters)} parameters, {weights}{parts}",
        "multiply-adds": f"at least {macs} (unknown: {', '.join(unknown)})" if unknown else macs,
        "memory": f"{data_size(_output_bytes(plan))} per sample for the outputs of all layers",
        "task": plan.task or "",
        "outputs": _several_outputs(plan),
        "loss": printable(plan.loss),
    }
    return [line for name, text in facts.items() if text for line in _hanging(f"{name:15}", text)]


def _several_outputs(plan: Plan) -> str:
    """Several outputs by name: the layer, where it has another name, and the shape."""
    if len(plan.outputs) < 2:
        return ""
    shapes = {step.name: step.output_shape for step in plan.steps} | dict(plan.inputs)
    ends = [(name if name == layer else f"{name}: {layer}", shapes[layer]) for name, layer in plan.outputs.items()]
    return ", ".join(f"{printable(name)} ({shape_text(shape)})" for name, shape in ends)


def cost_lines(plan: Plan) -> list[str]:
    """Memory of training, its parts below."""
    parts = cost_parts(plan.cost, plan.optimizer)
    sizes = [data_size(n_bytes) for n_bytes in parts.values()]
    wide, names = max(map(len, sizes)), max(13, 2 + max(map(len, parts)))
    head = f"{'training':15}{data_size(plan.cost.total_bytes)} at batch size {count(plan.cost.batch_size)}"
    return [head, *(f"  {name:{names}}{size:>{wide}}" for name, size in zip(parts, sizes, strict=True))]


def cost_parts(cost: Cost, optimizer: str) -> dict[str, int]:
    """The parts of the memory of training, in bytes, by their names."""
    return {
        "weights": cost.weight_bytes,
        "gradients": cost.gradient_bytes,
        f"{printable(optimizer) or 'optimizer'} state": cost.optimizer_bytes,
        "activations": cost.activation_bytes,
    }


def note_lines(plan: Plan) -> list[str]:
    """What nnbuild decided and the recipe does not say."""
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


def _titles(shown: list[Column]) -> list[str]:
    return [column.title for column in shown]


def _by_scope(plan: Plan, shown: list[Column]) -> Iterator[list[str]]:
    """Rows with the scope of neighbours on a line of its own above them."""
    current = ""
    for step in plan.steps:
        scope = printable(step.name).rpartition(".")[0]
        if scope != current and scope:
            yield [scope]
        current = scope
        yield [column.cell(step) for column in shown]


def _own_name(step: Step) -> str:
    """The part of a name after its scopes, with the type where the name does not say it."""
    scope, _, own = printable(step.name).rpartition(".")
    said = re.fullmatch(re.escape(snake_case(step.type)) + r"(_\d+)?", own)
    return ("  " if scope else "") + (own if said else f"{own} ({printable(step.type)})")


def _sum(plan: Plan, column: Column) -> str:
    if column.title == "memory":
        return data_size(_output_bytes(plan))
    sums = {"trainable": plan.n_trainable, "other": plan.n_other, "multiply-adds": plan.macs}
    return count(sums[column.title]) if column.title in sums else ""


def _output_bytes(plan: Plan) -> int:
    return sum(step.output_bytes for step in plan.steps)


def _widths(rows: list[list[str]]) -> list[int]:
    """Widths of the columns; the line of a scope has one cell, which may reach over the others."""
    whole = [row for row in rows if len(row) > 1]
    return [max(len(row[index]) for row in whole) for index in range(len(whole[0]))]


def _line(row: list[str], widths: list[int], shown: list[Column]) -> str:
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
    "diverged": "stopped as the loss became infinite or no number",
    "callback": "stopped by a callback",
}

_OWN_NAME = Column("layer", _own_name, least=16)
COLUMNS = (
    Column("name", lambda step: printable(step.name), least=16),
    Column("type", lambda step: printable(step.type), least=12),
    Column("output", lambda step: shape_text(step.output_shape), least=10),
    Column("weights", lambda step: weights_text(step.weights), least=12),
    Column("trainable", lambda step: count(step.n_trainable) if step.weights else "", is_number=True),
    Column("other", lambda step: count(step.n_other) if step.n_other else "", is_number=True),
    Column("multiply-adds", lambda step: "?" if step.macs is None else count(step.macs), is_number=True),
    Column("memory", lambda step: data_size(step.output_bytes), is_number=True),
)
