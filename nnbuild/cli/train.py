"""The command that trains a network on a file of data."""

from __future__ import annotations

import json

import click

from nnbuild.cli.options import RECIPE, SET, loaded_recipe, quiet


@click.command()
@RECIPE
@SET
@click.option("--data", metavar="FILE", help="CSV, TSV, Parquet or npz; by default the data that the recipe names.")
@click.option("--target", "targets", metavar="COLUMN", multiple=True, help="Column to predict; by default the last.")
@click.option("--task", type=click.Choice(["classification", "regression"]), help="By default the target says it.")
@click.option("--drop", metavar="COLUMN", multiple=True, help="Column to leave out; may be repeated.")
@click.option("--drop-missing-target", is_flag=True, help="Leave out rows without a target.")
@click.option("--test-data", metavar="FILE", help="Rows to test on.")
@click.option(
    "--test-fraction",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.2,
    show_default=True,
    help="Share of the rows to hold out for the test.",
)
@click.option("--prepare", type=click.Choice(["auto", "none"]), default="auto", help="none: numbers go in as they are.")
@click.option("--epochs", type=click.IntRange(1), help="Passes over the training rows; by default the recipe's.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the split and of training.")
@click.option("--out", metavar="FILE", help="Write the trained model, by custom NAME.nnb.")
@click.option("--json", "as_json", is_flag=True, help="Print the run as JSON.")
@click.option("--quiet", "is_quiet", is_flag=True, help="Print nothing but errors.")
def train(
    recipe: str, settings: tuple[str, ...], data: str | None, targets: tuple[str, ...], task: str | None,
    drop: tuple[str, ...], drop_missing_target: bool, test_data: str | None, test_fraction: float, prepare: str,
    epochs: int | None, seed: int, out: str | None, as_json: bool, is_quiet: bool,
) -> None:  # fmt: skip
    """Train a network on a file of data, and tell how well it does on rows held out."""
    loaded = loaded_recipe(recipe, settings)
    about = loaded.about
    source = data or about.get("data")
    if source is None:
        raise click.UsageError("the recipe names no data; give a file with --data FILE")
    named = about.get("target") if data is None else None
    from nnbuild.runs.data import read_data
    from nnbuild.runs.later import Known, data_of, read_later
    from nnbuild.runs.writing import check_writable

    if out:
        check_writable(out)
    # What is wrong with files is said before the seconds that TensorFlow takes.
    found = read_data(source, targets or named, task, drop=drop, drop_missing_target=drop_missing_target)
    known = Known.of_data(found)
    test = data_of(read_later(test_data, known), known) if test_data else None
    with quiet():
        from nnbuild.plan.symbolic import start_tensorflow
        from nnbuild.runs.train import Order, run_document, run_order

        start_tensorflow()
    parameters = {"epochs": epochs, "prepare": None if prepare == "none" else prepare}
    order = Order(loaded, found, test, test_fraction, seed, parameters, out, verbose=not is_quiet)
    run = run_order(order, (lambda text: None) if as_json or is_quiet else click.echo)
    if as_json:
        click.echo(json.dumps(run_document(run), indent=2))
