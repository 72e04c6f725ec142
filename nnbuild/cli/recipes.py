"""Commands about recipes themselves: check, describe, and the schema of the language."""

from __future__ import annotations

import json

import click

from nnbuild.cli.completion import complete_recipe
from nnbuild.cli.options import RECIPE, SET, loaded_recipe, quiet, write_text
from nnbuild.errors import NNBuildError


@click.command()
@click.argument("recipes", metavar="RECIPE...", nargs=-1, required=True, shell_complete=complete_recipe)
def validate(recipes: tuple[str, ...]) -> None:
    """Check recipes: files, or names of the gallery."""
    from nnbuild.recipe.recipe import Recipe

    failed = False
    for recipe in recipes:
        try:
            found = Recipe.load(recipe)
        except NNBuildError as error:
            failed = True
            click.echo(str(error), err=True)
        else:
            params = ", ".join(found.params) or "none"
            click.echo(f"{recipe}: fine, {len(found.network.nodes)} layers; params: {params}")
    if failed:
        raise SystemExit(1)


@click.command()
@RECIPE
@SET
@click.option("--input", "shape", metavar="SHAPE", help="Shape of one sample: 28,28,1; of several: a=64 b=28,28,1.")
@click.option("--outputs", "n_outputs", type=click.IntRange(1), help="Number of classes or targets.")
@click.option(
    "--task",
    type=click.Choice(["binary", "multiclass", "multilabel", "regression"]),
    help="Default: multiclass for two or more outputs, else regression.",
)
@click.option("--batch", "batch_size", type=click.IntRange(1), help="Batch size for the memory of training.")
@click.option("--svg", metavar="FILE", type=click.Path(), help="Write the diagram to an SVG file too.")
def describe(
    recipe: str, settings: tuple[str, ...], shape: str | None, n_outputs: int | None,
    task: str | None, batch_size: int | None, svg: str | None,
) -> None:  # fmt: skip
    """Show the layers of a network, their shapes, parameters, multiply-adds and memory."""
    loaded = loaded_recipe(recipe, settings)
    input_shape = None if shape is None else _shape(shape)
    with quiet():
        from nnbuild.plan.describe import describe as plan
        from nnbuild.plan.symbolic import start_tensorflow

        start_tensorflow()
    found = plan(loaded, input_shape, task=task, n_outputs=n_outputs, batch_size=batch_size)
    click.echo(str(found))
    if svg:
        from nnbuild.report.diagram import diagram_svg

        write_text(svg, diagram_svg(found))


@click.command()
def schema() -> None:
    """Print the JSON Schema of recipes, for editors."""
    from nnbuild.recipe.schema import recipe_schema

    click.echo(json.dumps(recipe_schema(), indent=2))


def _shape(text: str) -> tuple | dict[str, tuple]:
    """``28,28,1``, or ``left=28,28,1 right=64``."""
    parts = text.split()
    if parts and all("=" in part for part in parts):
        return {name: _sizes(sizes) for name, _, sizes in (part.partition("=") for part in parts)}
    return _sizes(text)


def _sizes(text: str) -> tuple[int | None, ...]:
    try:
        return tuple(None if size.strip() in ("?", "None") else int(size) for size in text.split(",") if size.strip())
    except ValueError:
        raise click.BadParameter(f"{text!r} is no shape; write it as 28,28,1", param_hint="--input") from None
