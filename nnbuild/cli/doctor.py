"""`nnbuild doctor`: find faults of a recipe, of data or of a trained model, and correct recipes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from nnbuild.cli.completion import complete_recipe
from nnbuild.cli.options import (
    AS_JSON,
    DATA,
    PREPARE,
    SET,
    data_options,
    echo,
    given_words,
    is_model_file,
    model_workflow,
    read_dataset,
    refuse_data_file,
    refuse_words,
    with_settings,
)
from nnbuild.cli.starting import start_tensorflow
from nnbuild.recipe import Recipe

if TYPE_CHECKING:
    from nnbuild.diagnosis.diagnosis import Diagnosis

# Options that have no effect without data.
OF_DATA = (
    "targets", "task", "drop", "drop_missing_target", "decimal", "thousands", "dates", "lags", "horizon", "time",
    "masks", "class_names", "size", "prepare", "seed", "range_test",
)  # fmt: skip
# Options that a model file has values for.
RECIPE_NAMES = (
    "settings", "task", "drop", "drop_missing_target", "decimal", "thousands", "dates", "lags", "horizon", "time",
    "class_names", "size", "prepare", "seed", "fix", "dry_run",
)  # fmt: skip


@click.command()
@click.argument("recipe", metavar="[RECIPE|MODEL]", required=False, shell_complete=complete_recipe)
@SET
@click.option(
    "--data", metavar="FILE", help="Examine this data too: a CSV, TSV, Parquet, npz or text file, or a folder."
)
@partial(data_options, options=DATA[1:])
@PREPARE
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True, help="Seed of the initial weights."
)
@click.option(
    "--range-test", is_flag=True, help="With --data: also train copies of the network to find usable learning rates."
)
@click.option("--fix", metavar="FILE", help="Write a corrected copy of the recipe, usually NAME.json.")
@click.option("--dry-run", is_flag=True, help="Show the difference to the corrected copy, and write no file.")
@click.option("--system", is_flag=True, help="Report versions, processors, memory and GPUs that TensorFlow finds.")
@AS_JSON
def doctor(
    recipe: str | None, settings: tuple[str, ...], prepare: str, seed: int, range_test: bool, fix: str | None,
    dry_run: bool, system: bool, as_json: bool, **reading: Any,
) -> None:  # fmt: skip
    """Find faults: settings and data that prevent learning or cost accuracy.

    For a recipe: without --data, its text is examined, in a fraction of a second. With --data, also the data and the
    initial weights. For a model file: its recipe and its training; with --data, its training file, also its scores.

    The exit status is 1 if there is a finding of severity error, else 0. With --fix or --dry-run, findings about the
    corrected copy count.

    With --json: an object with recipe (as given), findings, fixed (the file of --fix), diff (the text of --dry-run),
    and remaining (codes of findings about the corrected copy). Each finding has code, severity (error, warning or
    hint), title, location (path, source, line, column), evidence, meaning, remedies and edit (paths and values).
    """
    if system:
        if recipe:
            raise click.UsageError("--system takes no recipe")
        _report_system(as_json)
        return
    if recipe is None:
        raise click.UsageError("pass a recipe or a model file, or --system")
    if not reading["data"] and (words := given_words(OF_DATA)):
        raise click.UsageError(f"{words[0]} requires --data FILE")
    if is_model_file(recipe):
        refuse_words(RECIPE_NAMES, recipe)
        found = remaining = _of_model(recipe, range_test, reading)
        diff = None
    else:
        refuse_data_file(recipe)
        found, remaining, diff = _of_recipe(recipe, settings, (prepare, seed, range_test), fix, dry_run, reading)
    if as_json:
        from nnbuild.runs.doctor import doctor_document
        from nnbuild.runs.output import json_text

        click.echo(json_text(doctor_document(recipe, found, remaining, None if dry_run else fix, diff)))
    else:
        echo(f"{recipe}: {found}" if not found else str(found))
        if diff is not None:
            echo(f"\n{diff}".rstrip() if diff else "\nno finding has an edit")
        elif fix:
            echo(f"\nwrote {fix}")
    if remaining.has_errors:
        raise SystemExit(1)


def _of_recipe(
    recipe: str, settings: tuple[str, ...], options: tuple, fix: str | None, dry_run: bool, reading: Any
) -> tuple[Diagnosis, Diagnosis, str | None]:
    """Return the findings about a recipe, those about its corrected copy, and the difference of the copy."""
    from nnbuild.runs.doctor import RecipeText
    from nnbuild.runs.output import check_writable, write_text

    written = RecipeText.read(recipe)
    own = written.with_recipe(with_settings(written.recipe, settings))
    if fix:
        check_writable(fix, (own.file, reading["data"]))
    examined = _examined_with_data(own.recipe, options, reading) if reading["data"] else Recipe.diagnose
    found = examined(own.recipe)
    if not fix and not dry_run:
        return found, found, None
    corrected = own.with_recipe(found.fixed())
    if fix and not dry_run:
        write_text(fix, corrected.text)
    diff = written.diff(corrected, fix or f"{written.file}, corrected") if dry_run else None
    return found, examined(corrected.recipe), diff


def _examined_with_data(recipe: Recipe, options: tuple, reading: Any) -> Callable[[Recipe], Diagnosis]:
    """Return a function that examines a recipe with the data of the command."""
    data = read_dataset(recipe, **reading)
    start_tensorflow()
    from nnbuild.runs.doctor_data import recipe_diagnosis

    return lambda examined: recipe_diagnosis(examined, data, *options)


def _of_model(model: str, range_test: bool, reading: Any) -> Diagnosis:
    """Return the findings about a model file, with its scores if there are data."""
    workflow, _ = model_workflow(model)
    if reading["data"]:
        from nnbuild.runs.workflows.readers import READERS

        READERS[workflow.name].find(reading["data"])
    start_tensorflow()
    from nnbuild.runs.doctor_data import model_diagnosis

    masks = {"masks": reading["masks"]} if reading["masks"] else {}
    return model_diagnosis(model, reading["data"], reading["targets"], range_test, **masks)


def _report_system(as_json: bool) -> None:
    start_tensorflow()
    from nnbuild.runs.output import json_text
    from nnbuild.runs.system import system_facts

    facts = system_facts()
    if as_json:
        click.echo(json_text(facts.to_dict()))
    else:
        echo(str(facts))
