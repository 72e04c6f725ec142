"""`nnbuild train`: train a network on a data file."""

from __future__ import annotations

from typing import Any

import click

from nnbuild.cli.options import (
    DATA_NAMES,
    OPTIONAL_RECIPE,
    PREPARE,
    SET,
    TEST_DATA,
    Duration,
    data_options,
    echo,
    given_words,
    loaded_recipe,
    read_dataset,
    refuse_data_file,
    with_settings,
)
from nnbuild.cli.starting import start_tensorflow

# Other parameters that determine the result, except the seed.
TRAIN_NAMES = (
    "weight", "column", "by_line", "test_data", "test_masks", "test_fraction", "prepare", "scale_target", "epochs",
    "members", "pretrained", "time_budget", "device",
)  # fmt: skip


@click.command()
@OPTIONAL_RECIPE
@SET
@data_options
@click.option("--weight", metavar="COLUMN", help="Column of sample weights, such as ratings.")
@click.option("--column", metavar="COLUMN", help="Column of texts, or of source texts for a translator.")
@click.option("--by-line", is_flag=True, help="Each line of a text file is a text.")
@TEST_DATA
@click.option("--test-masks", metavar="FOLDER", help="Folder of the masks of the test set.")
@click.option(
    "--test-fraction",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.2,
    show_default=True,
    help="Fraction of the rows to hold out as test set.",
)
@PREPARE
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
@click.option("--pretrained", metavar="MODEL", help="Model file with initial weights, for layers of the same names.")
@click.option(
    "--time-budget",
    type=Duration(),
    metavar="TIME",
    help="End the training after this time, with the current epoch: seconds, or 90s, 10m, 1.5h.",
)
@click.option("--device", type=click.Choice(["cpu", "gpu"]), help="Default: a GPU if TensorFlow finds one.")
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True, help="Seed of the split and of training."
)
@click.option("--out", metavar="FILE", help="Write the trained model to a file, usually NAME.nnb.")
@click.option("--report", metavar="FILE", help="Write a report with charts, usually NAME.html.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
@click.option("--quiet", "is_quiet", is_flag=True, help="Print only errors.")
def train(
    recipe: str | None, settings: tuple[str, ...], test_data: str | None, test_fraction: float, prepare: str,
    scale_target: str, epochs: int | None, members: int | None, pretrained: str | None,
    time_budget: float | None, device: str | None, seed: int, out: str | None, report: str | None, as_json: bool,
    is_quiet: bool, **reading: Any,
) -> None:  # fmt: skip
    """Train a network on a data file, and score it on held-out rows.

    Without RECIPE, the kind of the data selects the recipe, as with recipe="auto" in Python.
    """
    from nnbuild.language.gallery import AUTO

    refuse_data_file(recipe)
    loaded = None if recipe in (None, AUTO) else loaded_recipe(str(recipe), settings)
    from nnbuild.runs.output import check_writable, json_text

    if reading["test_masks"] and not test_data:
        raise click.UsageError("--test-masks requires the images of the test set: pass --test-data FOLDER")
    read_files = (recipe, reading["data"], test_data, pretrained)
    if report:
        check_writable(report, (*read_files, out))
    if out:
        check_writable(out, read_files)
    # Errors in files are raised before the start of TensorFlow, which takes seconds.
    if pretrained:
        from nnbuild.saved.model_info import model_info

        model_info(pretrained)
    found = read_dataset(loaded, **reading)
    if loaded is None:
        from nnbuild.runs.data.chosen import chosen_recipe

        loaded = with_settings(chosen_recipe(found), settings)
    from nnbuild.runs.workflows.readers import READERS
    from nnbuild.tasks.rows import TASKS

    if scale_target == "none" and TASKS[found.task].has_probabilities:
        raise click.UsageError(f"--scale-target is only for regression; the task is {found.task}")
    test = READERS[found.workflow].read_test(test_data, found) if test_data else None
    start_tensorflow(device=device)
    from nnbuild.runs.train import TrainRequest, run_training, training_document

    given = {
        "epochs": epochs, "n_members": members, "pretrained": pretrained, "time_budget": time_budget, "device": device,
    }  # fmt: skip
    parameters: dict[str, object] = {name: value for name, value in given.items() if value is not None}
    parameters |= {"prepare": None} if prepare == "none" else {}
    parameters |= {"scale_target": False} if scale_target == "none" else {}
    call = tuple(given_words((*DATA_NAMES, *TRAIN_NAMES)))
    source = reading["data"] or loaded.about["data"]
    request = TrainRequest(
        loaded, found, test, test_fraction, seed, parameters, out, report, call, source, verbose=not is_quiet
    )  # fmt: skip
    result = run_training(request, (lambda text: None) if as_json or is_quiet else echo)
    if as_json:
        click.echo(json_text(training_document(result)))
