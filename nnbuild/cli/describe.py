"""`nnbuild describe`: show the layers, shapes and costs of a network."""

from __future__ import annotations

import re
from typing import Any

import click

from nnbuild.cli.completion import complete_recipe
from nnbuild.cli.options import AS_JSON, SET, is_model_file, loaded_recipe, refuse_words
from nnbuild.cli.starting import start_tensorflow
from nnbuild.recipe import Recipe
from nnbuild.tasks.rows import TRAINED_TASKS


class Counts(click.ParamType):
    """Number of at least 1, or such numbers by name."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Parse ``3`` or ``price=1 kind=3``."""
        number: Any = click.IntRange(1)
        parts = str(value).split()
        if parts and all("=" in part for part in parts):
            pairs = (part.partition("=") for part in parts)
            return {name: number.convert(count, param, ctx) for name, _, count in pairs}
        return number.convert(value, param, ctx)


RECIPE_NAMES = ("settings", "shape", "n_outputs", "task")  # parameters that a model file has


@click.command()
@click.argument("recipe", metavar="RECIPE|MODEL", shell_complete=complete_recipe)
@SET
@click.option(
    "--input",
    "shape",
    metavar="SHAPE",
    help="Shape of one sample: 28,28,1 or 28x28x1; for several inputs: 'a=64 b=28,28,1'.",
)
@click.option(
    "--outputs", "n_outputs", type=Counts(), help="Number of classes or targets; for several outputs: 'a=1 b=3'."
)
@click.option(
    "--task",
    type=click.Choice(TRAINED_TASKS),
    help="Default: multiclass for two or more outputs, else regression.",
)
@click.option(
    "--batch",
    "batch_size",
    type=click.IntRange(1),
    help="Batch size for the memory of training, and for the products of --weights.",
)
@click.option(
    "--weights", "shows_weights", is_flag=True,
    help="Show the shapes of all weights, as in Keras and in textbooks; for a model file also their statistics.",
)  # fmt: skip
@click.option("--svg", metavar="FILE", type=click.Path(), help="Also write the diagram to an SVG file.")
@AS_JSON
def describe(
    recipe: str, settings: tuple[str, ...], shape: str | None, n_outputs: int | dict[str, int] | None,
    task: str | None, batch_size: int | None, shows_weights: bool, svg: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Show layers, shapes and costs of a network.

    The costs are parameters, multiply-adds and memory.

    For a recipe of the gallery, --input, --outputs and --task default to the published network, or to the data that
    the recipe names. A model file has its own shapes and task.

    With --json: an object with name, task, loss, optimizer, inputs (shapes by name), outputs (layers by name),
    n_members (networks that the recipe trains), and of one network n_parameters, n_trainable, macs, memory
    (batch_size and bytes) and layers. Each layer has name, type, inputs, input_shapes, output_shape, weights,
    n_parameters, n_trainable, macs, output_bytes and note. Shapes begin with null, the batch axis. With --weights, also
    weights: a list of objects with layer, name, shape, textbook_shape and, for a model file, mean, std, min, max and
    zeros.
    """
    from nnbuild.report.weights_text import weights_document, weights_table
    from nnbuild.runs.output import check_writable, json_text, write_text

    if svg:
        check_writable(svg, (recipe,))
    statistics = None
    if is_model_file(recipe):
        refuse_words(RECIPE_NAMES, recipe)
        start_tensorflow()
        from nnbuild.runs.weights import model_weights

        found, statistics = model_weights(recipe, batch_size)
    else:
        loaded = loaded_recipe(recipe, settings)
        input_shape = None if shape is None else _shape(shape)
        start_tensorflow()
        from nnbuild.plan.describe import describe as plan

        options = _with_defaults(recipe, loaded, input_shape, task, n_outputs)
        found = plan(loaded, batch_size=batch_size, **options)
    if as_json:
        weights = {"weights": weights_document(found, statistics)} if shows_weights else {}
        click.echo(json_text({**found.to_dict(), **weights}))
    else:
        click.echo(weights_table(found, batch_size, statistics) if shows_weights else str(found))
    if svg:
        from nnbuild.report.diagram.drawing import diagram_svg

        write_text(svg, diagram_svg(found))


def _with_defaults(recipe: str, loaded: Recipe, input_shape: object, task: Any, n_outputs: Any) -> dict[str, Any]:
    """Return arguments of `describe`; without options, those of the gallery's facts, or the task of the recipe."""
    from nnbuild.language.gallery_facts import TYPICAL_USES

    typical = TYPICAL_USES.get(recipe)
    if typical and input_shape is None:
        input_shape = typical.input_shape
    if typical and task is None and n_outputs is None:
        task, n_outputs = typical.task, typical.n_outputs
    elif task is None and loaded.task and loaded.network.outputs == "auto":
        task = loaded.task
    return {"input_shape": input_shape, "task": task, "n_outputs": n_outputs}


def _shape(text: str) -> tuple | dict[str, tuple]:
    """Parse ``28,28,1`` or ``left=28,28,1 right=64``."""
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
            f"{text!r} is not a shape; write it as 28,28,1 or 28x28x1", param_hint="--input"
        ) from None
