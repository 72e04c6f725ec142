"""`nnbuild doctor`: find faults of a recipe, of data or of a trained model, and correct recipes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from nnbuild.cli.completion import complete_recipe
from nnbuild.cli.options import (
    AS_JSON,
    SET,
    echo,
    is_model_file,
    model_workflow,
    refuse_data_file,
    refuse_words,
    start_tensorflow,
    with_settings,
)

if TYPE_CHECKING:
    from nnbuild.diagnosis.diagnosis import Diagnosis

RECIPE_NAMES = ("settings", "fix", "dry_run")  # parameters that are only for recipes


@click.command()
@click.argument("recipe", metavar="[RECIPE|MODEL]", required=False, shell_complete=complete_recipe)
@SET
@click.option("--fix", metavar="FILE", help="Write a corrected copy of the recipe, usually NAME.json.")
@click.option("--dry-run", is_flag=True, help="Show the difference to the corrected copy, and write no file.")
@click.option("--system", is_flag=True, help="Report versions, processors, memory and GPUs that TensorFlow finds.")
@AS_JSON
def doctor(
    recipe: str | None, settings: tuple[str, ...], fix: str | None, dry_run: bool, system: bool, as_json: bool
) -> None:  # fmt: skip
    """Find faults: settings and data that prevent learning or cost accuracy.

    Of a recipe, its text is examined, in a fraction of a second. Of a model file, its recipe and its training.

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
    if is_model_file(recipe):
        refuse_words(RECIPE_NAMES, recipe)
        found = remaining = _of_model(recipe)
        diff = None
    else:
        refuse_data_file(recipe)
        found, remaining, diff = _of_recipe(recipe, settings, fix, dry_run)
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
    recipe: str, settings: tuple[str, ...], fix: str | None, dry_run: bool
) -> tuple[Diagnosis, Diagnosis, str | None]:
    """Return the findings about a recipe, those about its corrected copy, and the difference of the copy."""
    from nnbuild.runs.doctor import RecipeText
    from nnbuild.runs.output import check_writable, write_text

    written = RecipeText.read(recipe)
    own = written.with_recipe(with_settings(written.recipe, settings))
    if fix:
        check_writable(fix, (own.file,))
    found = own.recipe.diagnose()
    if not fix and not dry_run:
        return found, found, None
    corrected = own.with_recipe(found.fixed())
    if fix and not dry_run:
        write_text(fix, corrected.text)
    diff = written.diff(corrected, fix or f"{written.file}, corrected") if dry_run else None
    return found, corrected.recipe.diagnose(), diff


def _of_model(model: str) -> Diagnosis:
    """Return the findings about a model file."""
    model_workflow(model)
    start_tensorflow()
    from nnbuild.runs.doctor_data import model_diagnosis

    return model_diagnosis(model)


def _report_system(as_json: bool) -> None:
    start_tensorflow()
    from nnbuild.runs.output import json_text
    from nnbuild.runs.system import system_facts

    facts = system_facts()
    if as_json:
        click.echo(json_text(facts.to_dict()))
    else:
        echo(str(facts))
