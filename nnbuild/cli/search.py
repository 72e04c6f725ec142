"""`nnbuild search`: search for the best values of a recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from nnbuild.cli.options import (
    DATA_NAMES,
    RECIPE,
    SET,
    data_options,
    echo,
    given_words,
    loaded_recipe,
    read_dataset,
    start_tensorflow,
    value_in,
)
from nnbuild.errors import RecipeError
from nnbuild.recipe import Recipe


@click.command()
@RECIPE
@SET
@click.option(
    "--param",
    "spaces",
    metavar="ADDRESS=VALUES",
    multiple=True,
    help="Values to try instead of those in the recipe: 16,32,64, or a list or range as JSON. May be repeated.",
)
@data_options
@click.option(
    "--method",
    type=click.Choice(["random", "grid", "halving"]),
    default="random",
    show_default=True,
    help="random: draw candidates; grid: try all, with 3 values of each range; halving: train many for few epochs, and "
    "the best for more.",
)
@click.option("--n-iter", type=click.IntRange(1), help="Number of candidates to draw. Default: 20, or all if fewer.")
@click.option("--cv", "n_folds", type=click.IntRange(2), default=5, show_default=True, help="Number of folds.")
@click.option("--scoring", metavar="NAME", help="Scorer of scikit-learn. Default: accuracy, or r2 for regression.")
@click.option(
    "--positive", metavar="LABEL", help="Positive label, for scorers such as f1, recall and average_precision."
)
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True, help="Seed of folds, draws and training."
)
@click.option(
    "--jobs",
    "n_jobs",
    type=click.IntRange(1),
    help="Number of fits that train together; 1 trains one by one. Default: as many as take about a minute.",
)
@click.option("--out", metavar="FILE", help="Train the best candidate on all rows, and write the model to this file.")
@click.option("--results", metavar="FILE", help="CSV table of all candidates. Default: RECIPE_search.csv.")
@click.option("--resume", is_flag=True, help="Continue an earlier run from the journal of its results.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
@click.option("--quiet", "is_quiet", is_flag=True, help="Print only errors.")
@click.option("--verbose", is_flag=True, help="Also print the reason why fits train one by one.")
def search(
    recipe: str, settings: tuple[str, ...], spaces: tuple[str, ...], method: str, n_iter: int | None, n_folds: int,
    scoring: str | None, positive: str | None, seed: int, n_jobs: int | None, out: str | None, results: str | None,
    resume: bool, as_json: bool, is_quiet: bool, verbose: bool, **reading: Any,
) -> None:  # fmt: skip
    """Search for the best values of a recipe by cross-validation.

    After Ctrl-C, --resume continues the search.
    """
    loaded = _with_spaces(loaded_recipe(recipe, settings), settings, spaces)
    if method == "grid" and n_iter is not None:
        raise click.UsageError("--n-iter is not supported with --method grid, which tries all candidates")
    from nnbuild.runs.output import check_writable, json_text

    table = Path(results or f"{Path(recipe).stem}_search.csv")
    check_writable(str(table), (recipe, reading["data"], out))
    if out:
        check_writable(out, (recipe, reading["data"]))
    data = read_dataset(loaded, **reading)
    from nnbuild.runs.search.scorers import scoring_of

    # Errors in options are raised before the start of TensorFlow, which takes seconds.
    scoring_of(scoring, positive, not data.is_regression, data.y, ", ".join(data.targets))
    start_tensorflow(with_xla=n_jobs != 1)
    from nnbuild.runs.search.cross_validation import Options
    from nnbuild.runs.search.run import SearchRequest, run_search, search_document

    options = Options(method, n_folds, scoring, positive, n_iter, seed, n_jobs, table, resume, is_quiet, verbose)
    words = given_words((*DATA_NAMES, "spaces", "method", "n_iter", "n_folds", "scoring", "positive", "seed"))
    request = SearchRequest(loaded, data, options, out, ("search", *words), tuple(given_words(DATA_NAMES)))
    found = run_search(request, (lambda text: None) if as_json or is_quiet else echo)
    if as_json:
        click.echo(json_text(search_document(found)))
    if found.interrupted:
        raise KeyboardInterrupt


def _with_spaces(recipe: Recipe, settings: tuple[str, ...], spaces: tuple[str, ...]) -> Recipe:
    """Return the recipe with the search spaces of ``--param``, and without those of ``--set`` addresses."""
    fixed = {text.partition("=")[0] for text in settings}
    search = {address: space for address, space in recipe.search.items() if address not in fixed}
    given: dict[str, object] = {}
    for address, space in map(_space, spaces):
        if address in given:
            raise click.BadParameter(f"{address} is given twice", param_hint="--param")
        given[address] = space
    if both := [address for address in given if address in fixed]:
        raise click.BadParameter(f"{both[0]} is set by --set", param_hint="--param")
    if not {**search, **given}:
        free = ", ".join(name for name in recipe.params if name not in fixed)
        params = f"; params of the recipe: {free}" if free else ""
        raise click.UsageError(f"the search space is empty; add values with --param ADDRESS=VALUES{params}")
    return Recipe.from_dict({**recipe.to_dict(), "search": {**search, **given}})


def _space(text: str) -> tuple[str, object]:
    """Parse an address and its values to try: a list or range as JSON, or values with commas."""
    from nnbuild.language.json_text import parse

    address, equals, values = text.partition("=")
    if not equals or not address or not values:
        raise click.BadParameter(f"{text!r} is not ADDRESS=VALUES", param_hint="--param")
    try:
        space = parse(values).value
        if isinstance(space, list | dict):
            return address, space
    except RecipeError:
        pass
    try:
        return address, parse(f"[{values}]").value
    except RecipeError:
        if values.lstrip()[:1] in tuple("[{"):
            value_in(values, "--param")  # raises an error about the whole text
        return address, [value_in(text.strip(), "--param") for text in values.split(",")]
