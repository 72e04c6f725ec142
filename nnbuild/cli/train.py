"""`nnbuild train`: train a network on a data file."""

from __future__ import annotations

from typing import Any

import click

from nnbuild.cli.completion import complete_recipe
from nnbuild.cli.options import (
    DATA_NAMES,
    SET,
    data_options,
    echo,
    given_words,
    loaded_recipe,
    read_dataset,
    start_tensorflow,
    with_settings,
)


@click.command()
@click.argument("recipe", metavar="[RECIPE]", required=False, shell_complete=complete_recipe)
@SET
@data_options
@click.option("--test-data", metavar="FILE", help="File of the test set, with the columns of the training data.")
@click.option(
    "--test-fraction",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.2,
    show_default=True,
    help="Fraction of the rows to hold out as test set.",
)
@click.option(
    "--prepare", type=click.Choice(["auto", "none"]), default="auto", help="none: tables of numbers are used unchanged."
)
@click.option(
    "--scale-target",
    type=click.Choice(["auto", "none"]),
    default="auto",
    help="none: the targets of a regression are not scaled.",
)
@click.option("--epochs", type=click.IntRange(1), help="Passes over the training set. Default: those of the recipe.")
@click.option(
    "--members",
    type=click.IntRange(1),
    help="Number of networks to train, each with its own seed. Predictions are their mean.",
)
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True, help="Seed of the split and of training."
)
@click.option("--out", metavar="FILE", help="Write the trained model to a file, usually NAME.nnb.")
@click.option("--report", metavar="FILE", help="Write a report with charts, usually NAME.html.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
@click.option("--quiet", "is_quiet", is_flag=True, help="Print only errors.")
def train(
    recipe: str | None, settings: tuple[str, ...], test_data: str | None, test_fraction: float, prepare: str,
    scale_target: str, epochs: int | None, members: int | None, seed: int, out: str | None, report: str | None,
    as_json: bool, is_quiet: bool, **reading: Any,
) -> None:  # fmt: skip
    """Train a network on a data file, and score it on held-out rows.

    Without RECIPE, the kind of the data selects the recipe, as with recipe="auto" in Python.
    """
    from nnbuild.language.gallery import AUTO

    _check_recipe(recipe)
    loaded = None if recipe in (None, AUTO) else loaded_recipe(str(recipe), settings)
    from nnbuild.runs.data.new_data import Schema, dataset_of, read_new_data
    from nnbuild.runs.output import check_writable, json_text

    read_files = (recipe, reading["data"], test_data)
    if report:
        check_writable(report, (*read_files, out))
    if out:
        check_writable(out, read_files)
    # Errors in files are raised before the start of TensorFlow, which takes seconds.
    found = read_dataset(loaded, **reading)
    if loaded is None:
        from nnbuild.runs.data.chosen import chosen_recipe

        loaded = with_settings(chosen_recipe(found), settings)
    schema = Schema.of_data(found)
    if scale_target == "none" and not found.is_regression:
        raise click.UsageError(f"--scale-target is only for regression; the task is {found.task}")
    test = dataset_of(read_new_data(test_data, schema), schema) if test_data else None
    start_tensorflow()
    from nnbuild.runs.train import TrainRequest, run_training, training_document

    parameters = {"epochs": epochs, "prepare": None if prepare == "none" else prepare, "n_members": members}
    if scale_target == "none":
        parameters["scale_target"] = False
    call = tuple(
        given_words((*DATA_NAMES, "test_data", "test_fraction", "prepare", "scale_target", "epochs", "members"))
    )
    source = reading["data"] or loaded.about["data"]
    request = TrainRequest(
        loaded, found, test, test_fraction, seed, parameters, out, report, call, source, verbose=not is_quiet
    )  # fmt: skip
    result = run_training(request, (lambda text: None) if as_json or is_quiet else echo)
    if as_json:
        click.echo(json_text(training_document(result)))


def _check_recipe(recipe: str | None) -> None:
    """Raise an error if the argument RECIPE is a data file."""
    from nnbuild.language.gallery import gallery_names

    if recipe is None or recipe in gallery_names():
        return
    from nnbuild.inputs.files import is_data

    if is_data(recipe):
        raise click.UsageError(f"{recipe} is a data file, not a recipe; pass it as --data {recipe}")
