"""The command that trains a network on a table."""

from __future__ import annotations

import click

from nnbuild.cli.options import RECIPE, SET, loaded_recipe, quiet


@click.command()
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
    loaded = loaded_recipe(recipe, settings)
    about = loaded.about
    source = data or about.get("data")
    if source is None:
        raise click.UsageError("the recipe names no data; give a table with --data FILE")
    with quiet():
        from nnbuild.plan.symbolic import start_tensorflow
        from nnbuild.runs.train import train_on_table

        start_tensorflow()
    table_target = target or (about.get("target") if data is None else None)
    train_on_table(loaded, source, table_target, test_fraction, seed)
