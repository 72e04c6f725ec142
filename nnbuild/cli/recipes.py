"""`nnbuild recipes`: list, show and copy the recipes of the gallery."""

from __future__ import annotations

import json
import os
import shutil
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import fields
from itertools import groupby
from typing import TYPE_CHECKING

import click

from nnbuild.cli.completion import complete_name
from nnbuild.cli.options import AS_JSON
from nnbuild.errors import show
from nnbuild.tasks.rows import TASKS

if TYPE_CHECKING:
    from nnbuild.language.gallery_records import GalleryRecipe
    from nnbuild.lessons.source import Lesson


@click.group(invoke_without_command=True)
@click.option(
    "--search", "words", metavar="WORDS", help="List only recipes, and lessons, that contain all of these words."
)
@AS_JSON
@click.pass_context
def recipes(context: click.Context, words: str | None, as_json: bool) -> None:
    """List the recipes of the gallery by kind and use.

    Each line has name, input, number of parameters, data, description and paper of a recipe. A search also lists
    lessons.

    With --json: a list of objects with name, description, kind, uses, paper, data, inputs, params, use,
    n_parameters, estimators and task.
    """
    if context.invoked_subcommand:
        if words is not None or as_json:
            raise click.UsageError("--search and --json before a command are only for the list")
        return
    from nnbuild.language.gallery_records import gallery, nearest_word
    from nnbuild.lessons.source import lessons_about
    from nnbuild.runs.output import json_text

    found, lessons = gallery(words or ""), lessons_about(words or "")
    if as_json:
        click.echo(json_text([_plain(recipe) for recipe in found]))
    elif found or lessons:
        click.echo("\n".join([*([_listed(found)] if found else []), *_listed_lessons(lessons)]))
    if not found and not lessons:
        near = " ".join(nearest_word(word) or word for word in (words or "").split())
        hint = f"\n  hint: did you mean {near!r}?" if near != " ".join((words or "").lower().split()) else ""
        click.echo(f"no recipe of the gallery and no lesson mentions {show(words)}{hint}", err=True)
        context.exit(1)


@recipes.command("show")
@click.argument("name", shell_complete=complete_name)
@AS_JSON
def show_recipe(name: str, as_json: bool) -> None:
    """Print a recipe: description, layers in order, params with their search spaces, and JSON text.

    With --json: an object with the keys of `recipes --json`, and layers (name, type, inputs, arguments), search and
    recipe.
    """
    from nnbuild.language.gallery import gallery_path
    from nnbuild.language.gallery_records import gallery_recipe
    from nnbuild.recipe import Recipe
    from nnbuild.runs.output import json_text

    record, recipe = gallery_recipe(name), Recipe.load(gallery_path(name))
    if as_json:
        layers = [
            {"name": node.name, "type": node.type, "inputs": node.inputs, "arguments": dict(node.arguments)}
            for node in recipe.network.nodes
        ]
        values = {**_plain(record), "search": recipe.search, "layers": layers, "recipe": recipe.to_dict()}
        click.echo(json_text(values))
        return
    from nnbuild.report.outline_text import network_outline

    text = gallery_path(name).read_text("utf-8")
    parts = (_head(record), network_outline(recipe.network), _params(recipe.params, recipe.search), text)
    click.echo("\n".join(parts), nl=False)


@recipes.command("copy")
@click.argument("name", shell_complete=complete_name)
@click.argument("file", required=False, type=click.Path())
@click.option("--force", is_flag=True, help="Replace an existing file.")
def copy_recipe(name: str, file: str | None, force: bool) -> None:
    """Copy a recipe to FILE, or into a folder, for editing. Default: NAME.json in the current folder."""
    from nnbuild.language.gallery import gallery_path
    from nnbuild.runs.output import check_absent, write_text

    source = gallery_path(name)
    target = file or source.name
    if os.path.isdir(target):
        target = os.path.join(target, source.name)
    if not force:
        check_absent(target)
    write_text(target, source.read_text("utf-8"))
    click.echo(target)


def _plain(recipe: GalleryRecipe) -> dict:
    """Return the record as JSON values."""
    values = {field.name: getattr(recipe, field.name) for field in fields(recipe)}
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in values.items()}


def _listed(found: Iterable[GalleryRecipe]) -> str:
    rows = [(_group(each), _cells(each), _description(each)) for each in found]
    widths = [max(len(cells[column]) for _, cells, _ in rows) for column in range(4)]
    lines = []
    for group, members in groupby(rows, lambda row: row[0]):
        lines.append(group)
        for _, cells, description in members:
            head = "  " + "".join(f"{cell:{width + 2}}" for cell, width in zip(cells, widths, strict=True))
            lines.append(_hanging(head, description))
    return "\n".join(lines)


def _listed_lessons(lessons: Iterable[Lesson]) -> list[str]:
    rows = [_hanging(f"  nnbuild learn {lesson.name}  ", lesson.title) for lesson in lessons]
    return ["lessons", *rows] if rows else []


def _group(recipe: GalleryRecipe) -> str:
    return ", ".join(part for part in (recipe.kind or "other", recipe.use) if part)


def _cells(recipe: GalleryRecipe) -> list[str]:
    n_parameters = "-" if recipe.n_parameters is None else f"{recipe.n_parameters:,}"
    return [recipe.name, _inputs(recipe, False), n_parameters, recipe.data or "-"]


def _description(recipe: GalleryRecipe) -> str:
    """Return description and paper, without the URL of the paper."""
    paper = recipe.paper.partition(", https:")[0]
    return recipe.description + (f" ({paper})" if paper else "")


def _head(record: GalleryRecipe) -> str:
    facts = {
        "kind": record.kind,
        "use": record.use,
        "input": _inputs(record, True),
        "size": "" if record.n_parameters is None else f"{record.n_parameters:,} parameters{_given(record.name)}",
        "data": record.data,
        "uses": ", ".join(record.uses),
        "paper": record.paper,
    }
    title = _hanging(f"{record.name}: ", record.description)
    return "\n".join([title, *(f"  {name:7}{text}" for name, text in facts.items() if text)]) + "\n"


def _given(name: str) -> str:
    """Return the inputs and outputs for which the parameters are counted."""
    from nnbuild.language.gallery_facts import TYPICAL_USES

    typical = TYPICAL_USES[name]
    shapes = typical.input_shape if isinstance(typical.input_shape, Mapping) else {"": typical.input_shape}
    inputs = " and ".join(f"{key} {shape or ''}".strip() for key, shape in shapes.items())
    outputs = typical.outputs or (TASKS[typical.task].outputs_text if isinstance(typical.task, str) else "")
    return f" with {inputs}" + (f" and {outputs}" if outputs else "")


def _params(params: Mapping, search: Mapping) -> str:
    """Return a table of values and search spaces: params first, then other addresses."""
    spaces = {name: json.dumps(space, ensure_ascii=False) for name, space in search.items()}
    values = {name: json.dumps(value, ensure_ascii=False) for name, value in params.items()}
    names = [*values, *(name for name in spaces if name not in values)]
    rows = [("param", "value", "search"), *((name, values.get(name, ""), spaces.get(name, "")) for name in names)]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return "".join(f"{row[0]:{widths[0]}}  {row[1]:{widths[1]}}  {row[2]}".rstrip() + "\n" for row in rows)


def _inputs(recipe: GalleryRecipe, in_full: bool) -> str:
    """Return the form of the input; for several inputs their names and, in full, the form of each."""
    if len(recipe.inputs) == 1:
        return next(iter(recipe.inputs.values()))
    return ", ".join(f"{name} ({takes})" if in_full else name for name, takes in recipe.inputs.items())


def _hanging(head: str, text: str) -> str:
    """Wrap `head` and `text` to the width of the terminal, later lines indented to the start of `text`."""
    width = max(60, shutil.get_terminal_size((100, 24)).columns)
    return "\n".join(textwrap.wrap(head + text, width, subsequent_indent=" " * len(head)) or [head])
