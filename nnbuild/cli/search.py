"""`nnbuild search`: search for the best values of a recipe."""

from __future__ import annotations

import math
from pathlib import Path
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
    recipe_workflow,
    refuse_data_file,
    value_in,
    with_settings,
)
from nnbuild.cli.starting import start_tensorflow
from nnbuild.errors import RecipeError
from nnbuild.recipe import Recipe

# Parameters that determine the candidates and scores, besides those for the recipe, the data and training.
SEARCH_NAMES = ("spaces", "method", "n_iter", "n_folds", "scoring", "positive", "seed", "time_budget")


@click.command()
@OPTIONAL_RECIPE
@SET
@click.option(
    "--param",
    "spaces",
    metavar="ADDRESS=VALUES",
    multiple=True,
    help="Values to try instead of those in the recipe: 16,32,64, or a list or range as JSON. May be repeated.",
)
@data_options
@TEST_DATA
@PREPARE
@click.option("--epochs", type=click.IntRange(1), help="Passes over the training set. Default: those of the recipe.")
@click.option(
    "--members", type=click.IntRange(1), help="Number of networks of each candidate. Default: those of the recipe."
)
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
@click.option(
    "--time-budget",
    type=Duration(),
    metavar="TIME",
    help="Begin no batch of fits after this time: seconds, or 90s, 10m, 1.5h. --resume continues the search.",
)
@click.option("--out", metavar="FILE", help="Train the best candidate on all rows, and write the model to this file.")
@click.option("--report", metavar="FILE", help="Write a report with charts, usually NAME.html.")
@click.option("--results", metavar="FILE", help="CSV table of all candidates. Default: RECIPE_search.csv.")
@click.option("--resume", is_flag=True, help="Continue an earlier run from the journal of its results.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
@click.option("--quiet", "is_quiet", is_flag=True, help="Print only errors.")
@click.option("--verbose", is_flag=True, help="Also print the reason why fits train one by one.")
def search(
    recipe: str | None, settings: tuple[str, ...], spaces: tuple[str, ...], test_data: str | None, prepare: str,
    epochs: int | None, members: int | None, method: str, n_iter: int | None, n_folds: int, scoring: str | None,
    positive: str | None, seed: int, n_jobs: int | None, time_budget: float | None, out: str | None,
    report: str | None, results: str | None, resume: bool, as_json: bool, is_quiet: bool, verbose: bool,
    **reading: Any,
) -> None:  # fmt: skip
    """Search for the best values of a recipe by cross-validation.

    Without RECIPE, the kind of the data selects the recipe, as with recipe="auto" in Python. After Ctrl-C or the time
    budget, --resume continues the search.
    """
    from nnbuild.language.gallery import AUTO

    refuse_data_file(recipe)
    named = None if recipe in (None, AUTO) else loaded_recipe(str(recipe), settings)
    recipe_workflow(named)  # raises an error for estimators without this command
    loaded = named and _searched(named, settings, spaces, epochs)
    if method == "grid" and n_iter is not None:
        raise click.UsageError("--n-iter is not supported with --method grid, which tries all candidates")
    table = Path(results or f"{Path(recipe or AUTO).stem}_search.csv")
    # Errors in options and files are raised before the import of libraries and the start of TensorFlow.
    _check_files(table, resume, out, report, (recipe, reading["data"], test_data))
    data = read_dataset(loaded, **reading)
    if loaded is None:
        from nnbuild.runs.data.chosen import chosen_recipe

        loaded = _searched(with_settings(chosen_recipe(data), settings), settings, spaces, epochs)
    from nnbuild.runs.search.scorers import held_out_baseline, scoring_of
    from nnbuild.runs.workflows.readers import READERS

    test = READERS[data.workflow].read_test(test_data, data) if test_data else None
    found_scoring = scoring_of(scoring, positive, not data.is_regression, data.y, ", ".join(data.targets))
    if test:
        held_out_baseline(found_scoring, not data.is_regression, data.y, test.y, test.source)
    start_tensorflow(with_xla=n_jobs != 1)
    from nnbuild.runs.output import json_text
    from nnbuild.runs.search.cross_validation import Options
    from nnbuild.runs.search.request import SearchRequest
    from nnbuild.runs.search.run import run_search, search_document

    options = Options(
        method, n_folds, scoring, positive, n_iter, seed, n_jobs, table, resume, is_quiet, verbose,
        prepare=None if prepare == "auto" else prepare, n_members=members, time_budget_s=time_budget or math.inf,
    )  # fmt: skip
    train_names = (*DATA_NAMES, "prepare", "epochs", "members")
    words = given_words((*train_names, "test_data", *SEARCH_NAMES))
    request = SearchRequest(
        loaded, data, options, test, out, report, ("search", *words), tuple(given_words(train_names))
    )
    found = run_search(request, (lambda text: None) if as_json or is_quiet else echo)
    if as_json:
        click.echo(json_text(search_document(found)))
    if found.interrupted:
        raise KeyboardInterrupt


def _check_files(
    table: Path, resume: bool, out: str | None, report: str | None, read_files: tuple[str | None, ...]
) -> None:
    """Raise an error if a file can't be written, or the journal has fits of another search that is unfinished."""
    from nnbuild.runs.output import check_writable
    from nnbuild.runs.search.journal_file import check_continued, journal_of, read_journal

    check_writable(str(table), (*read_files, out, report))
    if out:
        check_writable(out, (*read_files, report))
    if report:
        check_writable(report, read_files)
    journal = journal_of(table)
    check_continued(journal, read_journal(journal), resume)


def _searched(recipe: Recipe, settings: tuple[str, ...], spaces: tuple[str, ...], epochs: int | None) -> Recipe:
    """Return the recipe with the values of ``--epochs``, and the search spaces of ``--param``."""
    fixed = {text.partition("=")[0]: "--set" for text in settings}
    if epochs is not None:
        address = "epochs" if "epochs" in recipe.params else "training__epochs"
        recipe, fixed = recipe.with_values({address: epochs}), {**fixed, address: "--epochs"}
    return _with_spaces(recipe, fixed, spaces)


def _with_spaces(recipe: Recipe, fixed: dict[str, str], spaces: tuple[str, ...]) -> Recipe:
    """Return the recipe with the search spaces of ``--param``, and without those of fixed addresses."""
    search = {address: space for address, space in recipe.search.items() if address not in fixed}
    given: dict[str, object] = {}
    for address, space in map(_space, spaces):
        if address in given:
            raise click.BadParameter(f"{address} is given twice", param_hint="--param")
        given[address] = space
    if both := [address for address in given if address in fixed]:
        raise click.BadParameter(f"{both[0]} is set by {fixed[both[0]]}", param_hint="--param")
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
