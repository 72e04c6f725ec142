"""`nnbuild gradients`: signals and gradients of each layer."""

from __future__ import annotations

from typing import Any

import click

from nnbuild.cli.completion import complete_recipe
from nnbuild.cli.options import (
    AS_JSON,
    PREPARE,
    SET,
    data_options,
    echo,
    is_model_file,
    loaded_recipe,
    model_workflow,
    read_dataset,
    refuse_data_file,
    refuse_words,
)
from nnbuild.cli.starting import start_tensorflow

# Options that determine the preparation and the initial weights, which a model file has.
RECIPE_NAMES = (
    "settings", "task", "drop", "drop_missing_target", "decimal", "thousands", "dates", "lags", "horizon", "time",
    "class_names", "size", "prepare", "seed",
)  # fmt: skip


@click.command()
@click.argument("recipe", metavar="RECIPE|MODEL", shell_complete=complete_recipe)
@SET
@data_options
@PREPARE
@click.option(
    "--row", "rows", type=click.IntRange(0), multiple=True,
    help="Row of the data, from 0. May be repeated. Default: the first batch of training.",
)  # fmt: skip
@click.option("--check", is_flag=True, help="Compare the gradients with central differences in float64.")
@click.option(
    "--predicting", is_flag=True, help="Layers behave as in prediction: no dropout, statistics of batch normalization."
)
@click.option("--member", type=click.IntRange(0), default=0, show_default=True, help="Member of an ensemble, from 0.")
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True, help="Seed of the initial weights."
)
@click.option("--report", metavar="FILE", help="Write a report with a chart, usually NAME.html.")
@AS_JSON
def gradients(
    recipe: str, settings: tuple[str, ...], prepare: str, rows: tuple[int, ...], check: bool, predicting: bool,
    member: int, seed: int, report: str | None, as_json: bool, **reading: Any,
) -> None:  # fmt: skip
    """Show the signals and gradients of each layer, for a batch or for some rows.

    For a recipe: with the initial weights of a training on all rows. For a model file: with its weights.

    The tables list mean, variance, zeros and saturated units of the outputs of each layer, and the norms of the
    gradients of the loss for its outputs (a), its values before the activation (z) and its weights.

    With --json: an object with rows, is_fitted, training, loss, penalty, losses (by output), max_error and layers.
    Each layer has name, type, activation, saturated, the arrays z, a, dz and da, and weights. Each weight has name,
    value, gradient, penalty and check. Each array has shape, norm, mean, variance and zeros, and its values if there
    are at most 100.
    """
    from nnbuild.runs.output import check_writable, json_text, write_text

    if report:
        check_writable(report, (recipe, reading["data"]))
    options = {"row": list(rows) or None, "check": check, "training": not predicting, "member": member}
    if is_model_file(recipe):
        refuse_words(RECIPE_NAMES, recipe)
        if not reading["data"]:
            raise click.UsageError(f"pass a file with --data FILE, in the form of the training data of {recipe}")
        workflow, _ = model_workflow(recipe)
        from nnbuild.runs.workflows.readers import READERS

        READERS[workflow.name].find(reading["data"])
        start_tensorflow()
        from nnbuild.runs.gradients import model_gradients

        masks = {"masks": reading["masks"]} if reading["masks"] else {}
        found = model_gradients(recipe, reading["data"], reading["targets"], options, **masks)
    else:
        refuse_data_file(recipe)
        loaded = loaded_recipe(recipe, settings)
        data = read_dataset(loaded, **reading)
        start_tensorflow()
        from nnbuild.runs.gradients import recipe_gradients

        found = recipe_gradients(loaded, data, seed, prepare, options)
    if as_json:
        click.echo(json_text(found.gradients.to_dict()))
    else:
        echo(found.text())
    if report:
        write_text(report, found.page(seed))
