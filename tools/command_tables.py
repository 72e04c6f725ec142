"""Commands of nnbuild with their options, for docs/cli.md."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from nnbuild.cli.main import main
from nnbuild.runs.workflows.rows import COMMANDS, WORKFLOW_ROWS, WorkflowRow
from tools.markdown import code, table


def commands() -> str:
    """Return a section for each command."""
    return "\n\n".join(section(command, path) for path, command in subcommands(main, "nnbuild"))


def subcommands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """Yield all subcommands, each with its full name."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    for name, subcommand in command.commands.items():
        if not subcommand.hidden:
            yield from subcommands(subcommand, f"{path} {name}")


def section(command: click.Command, path: str) -> str:
    with click.Context(command, info_name=path) as context:
        usage = " ".join([path, *command.collect_usage_pieces(context)])
        rows = [row(option, context) for option in command.params if isinstance(option, click.Option)]
    options = table(("option", "meaning"), rows) if rows else ""
    return "\n\n".join(filter(None, [f"### {path}", help_text(command.help or ""), f"```text\n{usage}\n```", options]))


def help_text(text: str) -> str:
    r"""Return a help text in Markdown; paragraphs marked with ``\b``, which click does not wrap, are code blocks."""
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(
        f"```text\n{part.removeprefix(chr(8)).strip(chr(10))}\n```" if part.startswith("\b") else part
        for part in paragraphs
    )


def row(option: click.Option, context: click.Context) -> tuple[str, str]:
    names, text = option.get_help_record(context) or ("", "")
    return code(names.replace(" RANGE", "")), text.replace("  [", " [")


def estimators_by_command() -> str:
    """Return a table of estimators and commands, and the reasons for unsupported combinations."""
    reasons = list(dict.fromkeys(reason for row in WORKFLOW_ROWS.values() for reason in row.refused.values()))
    rows = [(row.title, *(_support(row, command, reasons) for command in COMMANDS)) for row in WORKFLOW_ROWS.values()]
    listed = "\n".join(f"{number}. {reason}" for number, reason in enumerate(reasons, 1))
    return f"{table(('estimator', *map(code, COMMANDS)), rows)}\n\n{listed}"


def _support(workflow: WorkflowRow, command: str, reasons: list[str]) -> str:
    reason = workflow.refusal(command)
    return f"no ({reasons.index(reason) + 1})" if reason else "works"


TABLES = {"commands": commands, "estimators_by_command": estimators_by_command}
