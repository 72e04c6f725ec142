"""`nnbuild learn`: lessons on neural networks."""

from __future__ import annotations

from contextlib import redirect_stderr, redirect_stdout
from io import BytesIO, TextIOWrapper
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from nnbuild.cli.options import AS_JSON, echo
from nnbuild.cli.starting import quiet, start_tensorflow

if TYPE_CHECKING:
    from nnbuild.lessons.source import Lesson


def complete_lesson(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the lessons that begin with `incomplete`."""
    from nnbuild.lessons.source import lessons

    return [CompletionItem(each.name, help=each.title) for each in lessons() if each.name.startswith(incomplete)]


@click.command()
@click.argument("lesson", metavar="[NAME|NUMBER]", required=False, shell_complete=complete_lesson)
@click.option("--solution", is_flag=True, help="Also show and run the solution of the exercise.")
@click.option(
    "--lang", "language", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="English or Chinese."
)
@click.option("--notebook", metavar="FILE", help="Run the lesson, and write it as a notebook, usually NAME.ipynb.")
@click.option("--force", is_flag=True, help="Replace an existing notebook.")
@click.option("--list", "lists", is_flag=True, help="List the lessons, as without NAME.")
@AS_JSON
def learn(
    lesson: str | None, solution: bool, language: str, notebook: str | None, force: bool, lists: bool, as_json: bool
) -> None:
    """Run a lesson on neural networks, or list the lessons in the order of the theory.

    A lesson shows text, recipes, code and commands with their real output, figures and an exercise. It takes seconds.

    With --list --json: a list of objects with number, name, title, summary and words.
    """
    from nnbuild.lessons.source import find_lesson

    if lesson is None or lists:
        if lesson or solution or notebook:
            raise click.UsageError("pass a lesson to run, or only --list, --lang and --json for the list")
        _list_lessons(language, as_json)
        return
    if as_json:
        raise click.UsageError("--json is only for the list")
    found = find_lesson(lesson, language)
    if notebook:
        _write_notebook(found, notebook, solution, force)
    else:
        _print_lesson(found, solution)


def command_output(words: list[str]) -> str:
    """Return what a command prints, with its error messages."""
    from nnbuild.cli.main import main

    printed = BytesIO()
    stream = TextIOWrapper(printed, "utf-8", write_through=True)  # with an encoding, as a terminal has
    with redirect_stdout(stream), redirect_stderr(stream):
        main(words, prog_name="nnbuild", standalone_mode=False)
    return printed.getvalue().decode("utf-8")


def _list_lessons(language: str, as_json: bool) -> None:
    from nnbuild.lessons.source import lessons
    from nnbuild.lessons.terminal import listed
    from nnbuild.runs.output import json_text

    found = lessons(language)
    if as_json:
        names = ("number", "name", "title", "summary", "words")
        click.echo(json_text([{name: getattr(each, name) for name in names} for each in found]))
    else:
        echo(listed(found))


def _print_lesson(lesson: Lesson, solution: bool) -> None:
    """Run a lesson, and print each part when it has run."""
    start_tensorflow()
    from nnbuild.lessons.running import run_lesson
    from nnbuild.lessons.terminal import heading, ran_text
    from nnbuild.lessons.words import WORDS

    echo(heading(lesson))
    with quiet():
        run_lesson(
            lesson,
            command_output,
            solution=solution,
            on_part=lambda ran: echo(f"\n{ran_text(ran, lesson.language)}"),
        )
    if not solution:
        echo("\n" + WORDS[lesson.language]["solution"].format(name=lesson.name))


def _write_notebook(lesson: Lesson, file: str, solution: bool, force: bool) -> None:
    from nnbuild.runs.output import check_absent, check_writable, json_text, write_text

    check_writable(file)
    if not force:
        check_absent(file)  # it may contain solutions of the reader
    start_tensorflow()
    from nnbuild.lessons.notebook import notebook
    from nnbuild.lessons.running import run_lesson

    with quiet():
        (rans,) = run_lesson(lesson, command_output, solution=solution)
    write_text(file, json_text(notebook(lesson, rans)) + "\n")
    click.echo(file)
