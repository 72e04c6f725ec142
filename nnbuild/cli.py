"""The command line: each command imports the stage that it needs, when it runs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from nnbuild.errors import NNBuildError, RecipeError, show

if TYPE_CHECKING:
    from nnbuild.recipe.recipe import Recipe

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Commands(click.Group):
    """Turns errors of nnbuild into messages."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; what is wrong with a recipe or data is printed, with exit code 1."""
        try:
            return super().invoke(ctx)
        except NNBuildError as error:
            click.echo(str(error), err=True)
            ctx.exit(1)


@click.group(cls=Commands, context_settings=CONTEXT)
@click.version_option(package_name="nnbuild", message="nnbuild %(version)s")
def main() -> None:
    """Describe a neural network as a recipe; check, plan and train it."""


RECIPE = click.argument("recipe", metavar="RECIPE")
SET = click.option(
    "--set", "settings", metavar="ADDRESS=VALUE", multiple=True,
    help="Another value for a param or address, as JSON; may be repeated.",
)  # fmt: skip


@main.command()
@click.argument("recipes", metavar="RECIPE...", nargs=-1, required=True)
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


@main.command()
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
@click.option("--svg", metavar="FILE", help="Write the diagram to an SVG file too.")
def describe(
    recipe: str, settings: tuple[str, ...], shape: str | None, n_outputs: int | None,
    task: str | None, batch_size: int | None, svg: str | None,
) -> None:  # fmt: skip
    """Show the layers of a network, their shapes, parameters, multiply-adds and memory."""
    loaded = _loaded(recipe, settings)
    input_shape = None if shape is None else _shape(shape)
    with _quiet():
        from nnbuild.plan.describe import describe as plan
        from nnbuild.plan.symbolic import start_tensorflow

        start_tensorflow()
    found = plan(loaded, input_shape, task=task, n_outputs=n_outputs, batch_size=batch_size)
    click.echo(str(found))
    if svg:
        from nnbuild.report.diagram import diagram_svg

        _write(svg, diagram_svg(found))


@main.command()
@RECIPE
@SET
@click.option("--data", metavar="FILE", help="A CSV file with a header; by default the data that the recipe names.")
@click.option("--target", metavar="COLUMN", help="Column to predict; by default the last.")
@click.option(
    "--test-fraction",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.2,
    show_default=True,
    help="Share of the rows to hold out.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the split and of training.")
def train(
    recipe: str, settings: tuple[str, ...], data: str | None, target: str | None, test_fraction: float, seed: int
) -> None:
    """Train a network on a table and tell how well it does on rows held out."""
    loaded = _loaded(recipe, settings)
    about = loaded.about
    source = data or about.get("data")
    if source is None:
        raise click.UsageError("the recipe names no data; give a table with --data FILE")
    with _quiet():
        from nnbuild.cli_train import train_on_table
        from nnbuild.plan.symbolic import start_tensorflow

        start_tensorflow()
    table_target = target or (about.get("target") if data is None else None)
    train_on_table(loaded, source, table_target, test_fraction, seed)


@main.command()
def schema() -> None:
    """Print the JSON Schema of recipes, for editors."""
    from nnbuild.recipe.schema import recipe_schema

    click.echo(json.dumps(recipe_schema(), indent=2))


def _loaded(recipe: str, settings: tuple[str, ...]) -> Recipe:
    """A recipe with the values of ``--set``."""
    from nnbuild.recipe.recipe import Recipe

    loaded = Recipe.load(recipe)
    return loaded.with_values(_values(settings)) if settings else loaded


def _values(settings: tuple[str, ...]) -> dict[str, object]:
    """Values by address; one that is set twice must be the same."""
    from nnbuild.recipe.values import canonical

    values: dict[str, object] = {}
    for address, value in map(_setting, settings):
        if address in values and canonical(values[address]) != canonical(value):
            found = f"{address} is set twice, to {show(values[address])} and to {show(value)}"
            raise click.BadParameter(found, param_hint="--set")
        values[address] = value
    return values


def _setting(text: str) -> tuple[str, object]:
    """An address and a value; what is no JSON is a string."""
    from nnbuild.recipe.text import parse

    address, equals, value = text.partition("=")
    if not equals or not address:
        raise click.BadParameter(f"{text!r} is not ADDRESS=VALUE", param_hint="--set")
    try:
        return address, parse(value).value
    except RecipeError:
        return address, value


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


def _write(path: str, text: str) -> None:
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise click.ClickException(f"can't write {path}: {error.strerror}") from None


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep TensorFlow's start-up messages, which it writes to the process's standard error, off the terminal."""
    try:
        kept = os.dup(2)
    except OSError:  # nothing is open there that could be written to
        yield
        return
    sys.stderr.flush()
    with open(os.devnull, "wb") as nothing:
        os.dup2(nothing.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
