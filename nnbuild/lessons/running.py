"""Run the code and commands of a lesson, and put their values into its text."""

from __future__ import annotations

import ast
import re
import shlex
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import chdir, redirect_stdout
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from nnbuild.errors import UnderfittingWarning
from nnbuild.lessons.charts import Chart
from nnbuild.lessons.source import FILES, Lesson, Part

Command = Callable[[list[str]], str]


@dataclass(frozen=True)
class Ran:
    """A part of a lesson after it ran.

    Attributes
    ----------
    part : Part
    text : str
        Its text; values are in their places.
    outputs : tuple of str
        What each command printed, or the code.
    chart : Chart or None
    """

    part: Part
    text: str
    outputs: tuple[str, ...] = ()
    chart: Chart | None = None


def run_lesson(
    lesson: Lesson,
    command: Command,
    *,
    solution: bool = False,
    translations: Sequence[Lesson] = (),
    on_part: Callable[[Ran], object] = lambda ran: None,
) -> list[list[Ran]]:
    """Run a lesson in an empty folder.

    Parameters
    ----------
    lesson : Lesson
    command : callable
        Runs nnbuild with a list of arguments, and returns what it prints.
    solution : bool, default=False
        Whether to run the solution too.
    translations : sequence of Lesson
        The same lesson in other languages. Of these, only figures run.
    on_part : callable, optional
        Receives each part of the lesson when it has run.

    Returns
    -------
    list of list of Ran
        The parts of the lesson, and of each translation.
    """
    all_parts = [each.parts + (each.solution if solution else ()) for each in (lesson, *translations)]
    names: dict[str, Any] = {"__name__": "lesson"}
    found = []
    with TemporaryDirectory() as folder, chdir(folder), warnings.catch_warnings():
        warnings.simplefilter("ignore", UnderfittingWarning)  # some networks are to show this
        for part, *others in zip(*all_parts, strict=True):
            ran = _ran(part, names, command)
            found.append([ran, *(_translated(ran, other, names, command) for other in others)])
            on_part(ran)
    return [list(rans) for rans in zip(*found, strict=True)]


def command_lines(part: Part) -> list[str]:
    """Return the commands of a part of kind "console"."""
    return [line.removeprefix("$ ") for line in part.text.splitlines()]


def filled(text: str, names: Mapping[str, Any]) -> str:
    """Return text with values in their places, outside of inline code.

    Examples
    --------
    >>> filled("{x:.1f} and {y[1]}, not `{x}`", {"x": 0.25, "y": [1, 2]})
    '0.2 and 2, not `{x}`'
    """
    return _VALUE.sub(lambda found: found[0] if found[0][0] == "`" else found[0].format_map(names), text)


def _ran(part: Part, names: dict[str, Any], command: Command) -> Ran:
    if part.kind == "text":
        return Ran(part, filled(part.text, names))
    if part.kind == "console":
        outputs = tuple(command(shlex.split(line)[1:]) for line in command_lines(part))
        return Ran(part, part.text, tuple(_kept(output, part.options) for output in outputs))
    if part.kind in FILES:
        Path(part.options[0]).write_text(part.text, "utf-8")
        return Ran(part, part.text)
    with redirect_stdout(StringIO()) as printed:
        value = _value(part.text, names)
    return Ran(part, part.text, (printed.getvalue(),), value if part.kind == "figure" else None)


def _translated(ran: Ran, part: Part, names: dict[str, Any], command: Command) -> Ran:
    """Return `part`, a translation of a part that ran."""
    return _ran(part, names, command) if part.kind in ("text", "figure") else replace(ran, part=part, text=part.text)


def _value(code: str, names: dict[str, Any]) -> Any:
    """Run code of a lesson, and return the value of its last line if that is an expression."""
    *statements, last = ast.parse(code).body
    if not isinstance(last, ast.Expr):
        statements.append(last)
    # Lessons are files of this package, like its modules: no other code runs here.
    exec(compile(ast.Module(statements, []), "<lesson>", "exec"), names)  # noqa: S102
    if isinstance(last, ast.Expr):
        return eval(compile(ast.Expression(last.value), "<lesson>", "eval"), names)  # noqa: S307
    return None


def _kept(output: str, sections: Sequence[str]) -> str:
    """Return the sections of a report, with "..." for those between; all of it without `sections`."""
    if not sections:
        return output
    lines: list[str] = []
    for part in re.split(r"^(?=[^\s-])", output, flags=re.MULTILINE)[1:]:
        is_kept = part.partition(" ")[0] in sections
        lines += [part.rstrip()] if is_kept else ["..."] if lines[-1:] != ["..."] else []
    return "\n".join(lines) + "\n"


_VALUE = re.compile(r"`[^`\n]*`|\{[A-Za-z_]\w*(?:\[\w+\])*(?::[^{}\s]+)?\}")
