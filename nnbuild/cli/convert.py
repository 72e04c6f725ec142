"""`nnbuild convert` and `nnbuild schema`: convert recipes, and print their JSON Schema."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nnbuild.cli.options import RECIPE

if TYPE_CHECKING:
    from nnbuild.recipe import Recipe


@click.command()
@RECIPE
@click.option(
    "--to",
    "form",
    type=click.Choice(["json", "python", "keras"]),
    required=True,
    help="json: a recipe file; python: code with nnbuild.layers; keras: code with Keras alone, without params.",
)
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(),
    help="Write to a file, which is replaced. Default: standard output.",
)
def convert(recipe: str, form: str, out: str | None) -> None:
    """Convert a recipe to another form.

    RECIPE is a JSON file, a name of the gallery, or a Python file that assigns a Recipe. A Python file is parsed, not
    run. It may contain imports of nnbuild, literals, names, and calls of Recipe and of the constructors of
    nnbuild.layers.
    """
    text = _written(_read(recipe), form)
    if out is None:
        click.echo(text, nl=False)
    else:
        from nnbuild.runs.output import write_text

        write_text(out, text)


@click.command()
def schema() -> None:
    """Print the JSON Schema of recipes, for editors."""
    from nnbuild.convert.schema import recipe_schema
    from nnbuild.runs.output import json_text

    click.echo(json_text(recipe_schema()))


def _read(recipe: str) -> Recipe:
    from nnbuild.language.gallery import find, read
    from nnbuild.recipe import Recipe

    if not recipe.lower().endswith(".py"):
        return Recipe.load(recipe)
    from nnbuild.convert.python_reader import read_python

    return read_python(read(find(Path(recipe))), recipe)


def _written(recipe: Recipe, form: str) -> str:
    if form == "json":
        return recipe.to_json() + "\n"
    if form == "keras":
        return recipe.to_python()
    from nnbuild.convert.python_writer import python_form

    return python_form(recipe)
