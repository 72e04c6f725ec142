"""Commands about recipes themselves: check, describe, and the schema of the language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from nnbuild.cli.completion import complete_recipe
from nnbuild.cli.options import AS_JSON, RECIPE, SET, loaded_recipe, quiet
from nnbuild.errors import NNBuildError, Problem, RecipeError
from nnbuild.tasks.rows import TASKS, TRAINED

if TYPE_CHECKING:
    from nnbuild.recipe import Recipe


@click.command()
@click.argument("recipes", metavar="RECIPE...", nargs=-1, required=True, shell_complete=complete_recipe)
@AS_JSON
def validate(recipes: tuple[str, ...], as_json: bool) -> None:
    """Check recipes: files, or names of the gallery.

    With --json, a list with an object for each: recipe (as given), valid, name, n_layers, params (their names), and
    problems, each with path (keys and positions), found, allowed, hint, line, column and message (all of it as text).
    """
    checked = [(recipe, _loaded(recipe)) for recipe in recipes]
    if as_json:
        from nnbuild.runs.writing import json_text

        click.echo(json_text([_checked(recipe, found) for recipe, found in checked]))
    else:
        for recipe, found in checked:
            if isinstance(found, NNBuildError):
                click.echo(str(found), err=True)
            else:
                params = ", ".join(found.params) or "none"
                click.echo(f"{recipe}: fine, {len(found.network.nodes)} layers; params: {params}")
    if any(isinstance(found, NNBuildError) for _, found in checked):
        raise SystemExit(1)


def _loaded(recipe: str) -> Recipe | NNBuildError:
    from nnbuild.recipe import Recipe

    try:
        return Recipe.validate(recipe)
    except NNBuildError as error:
        return error


def _checked(recipe: str, found: Recipe | NNBuildError) -> dict:
    """The result of a check as JSON values."""
    if isinstance(found, NNBuildError):
        problems = found.problems if isinstance(found, RecipeError) else (found,)
        said = {"valid": False, "name": "", "n_layers": 0, "params": []}
        return {"recipe": recipe, **said, "problems": [_problem(problem) for problem in problems]}
    said = {"valid": True, "name": found.name, "n_layers": len(found.network.nodes), "params": list(found.params)}
    return {"recipe": recipe, **said, "problems": []}


def _problem(problem: Problem | NNBuildError) -> dict:
    """A problem of a recipe as JSON values; of a file that can't be read, only what is wrong with it."""
    said = {key: getattr(problem, key, None) for key in ("path", "found", "allowed", "hint", "line", "column")}
    plain = {**said, "path": said["path"] or [], "found": said["found"] or str(problem).splitlines()[0]}
    return {**plain, "message": str(problem)}


@click.command()
@RECIPE
@SET
@click.option(
    "--input",
    "shape",
    metavar="SHAPE",
    help="Shape of one sample: 28,28,1 or 28x28x1; of several inputs: a=64 b=28,28,1.",
)
@click.option("--outputs", "n_outputs", type=click.IntRange(1), help="Number of classes or targets.")
@click.option(
    "--task",
    type=click.Choice(TRAINED),
    help="Default: multiclass for two or more outputs, else regression.",
)
@click.option("--batch", "batch_size", type=click.IntRange(1), help="Batch size for the memory of training.")
@click.option("--svg", metavar="FILE", type=click.Path(), help="Write the diagram to an SVG file too.")
@AS_JSON
def describe(
    recipe: str, settings: tuple[str, ...], shape: str | None, n_outputs: int | None,
    task: str | None, batch_size: int | None, svg: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Show the layers of a network, their shapes, parameters, multiply-adds and memory.

    A recipe of the gallery is described as published, or for the data that it names, where --input, --outputs and
    --task say nothing else.

    With --json, an object: name, task, loss, optimizer, inputs (shapes by name), outputs (layers by name),
    n_parameters, n_trainable, macs, memory (batch_size and bytes), and layers, each with name, type, inputs,
    input_shapes, output_shape, weights, n_parameters, n_trainable, macs, output_bytes and note. Shapes begin with the
    batch axis, null.
    """
    from nnbuild.runs.writing import check_writable, json_text, write_text

    loaded = loaded_recipe(recipe, settings)
    input_shape = None if shape is None else _shape(shape)
    if svg:
        check_writable(svg)
    with quiet():
        from nnbuild.plan.describe import describe as plan
        from nnbuild.plan.symbolic import start_tensorflow

        start_tensorflow()
    asked = _as_usual(recipe, input_shape, task, n_outputs)
    found = plan(loaded, batch_size=batch_size, **asked)
    click.echo(json_text(found.to_dict()) if as_json else str(found))
    if svg:
        from nnbuild.report.diagram.drawing import diagram_svg

        write_text(svg, diagram_svg(found))


@click.command()
def schema() -> None:
    """Print the JSON Schema of recipes, for editors."""
    from nnbuild.convert.schema import recipe_schema
    from nnbuild.runs.writing import json_text

    click.echo(json_text(recipe_schema()))


def _as_usual(recipe: str, input_shape: object, task: str | None, n_outputs: int | None) -> dict[str, Any]:
    """What to describe a network for: one of the gallery for what it is usually given, where nothing else is said."""
    from nnbuild.language.gallery_facts import USUAL

    usual = USUAL.get(recipe)
    if usual and input_shape is None:
        input_shape = usual.input_shape
    if usual and task is None and n_outputs is None:
        task, n_outputs = usual.task, usual.n_outputs
    elif usual and task is None and usual.task and TASKS[usual.task].ends_in == "places":
        task = usual.task
    return {"input_shape": input_shape, "task": task, "n_outputs": n_outputs}


def _shape(text: str) -> tuple | dict[str, tuple]:
    """``28,28,1``, or ``left=28,28,1 right=64``."""
    parts = text.split()
    if parts and all("=" in part for part in parts):
        return {name: _sizes(sizes) for name, _, sizes in (part.partition("=") for part in parts)}
    return _sizes(text)


def _sizes(text: str) -> tuple[int | None, ...]:
    try:
        return tuple(
            None if size.strip() in ("?", "None") else int(size)
            for size in re.sub(r"(?<=[\d?])x(?=[\d?])", ",", text).split(",")
            if size.strip()
        )
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is no shape; write it as 28,28,1 or 28x28x1", param_hint="--input"
        ) from None
