"""The commands of nnbuild with their options, for docs/cli.md: as click knows them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from nnbuild.cli.main import main
from tools.markdown import code, table


def commands() -> str:
    """A section for each command."""
    return "\n\n".join(section(command, path) for path, command in found(main, "nnbuild"))


def found(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """All commands below one, each with the words that call it."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    for name, below in command.commands.items():
        if not below.hidden:
            yield from found(below, f"{path} {name}")


def section(command: click.Command, path: str) -> str:
    with click.Context(command, info_name=path) as context:
        usage = " ".join([path, *command.collect_usage_pieces(context)])
        rows = [row(option, context) for option in command.params if isinstance(option, click.Option)]
    options = table(("option", "what it does"), rows) if rows else ""
    return "\n\n".join(filter(None, [f"### {path}", said(command.help or ""), f"```text\n{usage}\n```", options]))


def said(text: str) -> str:
    r"""A help text in paragraphs; those that click is told not to wrap, by a line of ``\b``, as they are."""
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(
        f"```text\n{part.removeprefix(chr(8)).strip(chr(10))}\n```" if part.startswith("\b") else part
        for part in paragraphs
    )


def row(option: click.Option, context: click.Context) -> tuple[str, str]:
    names, words = option.get_help_record(context) or ("", "")
    return code(names.replace(" RANGE", "")), words.replace("  [", " [")


TABLES = {"commands": commands}
