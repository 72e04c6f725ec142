"""Shared parts of commands: options, reading of recipes and data, and printing."""

from __future__ import annotations

import os
import re
import sys
import zipfile
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from nnbuild.cli.completion import complete_recipe
from nnbuild.cli.starting import start_tensorflow
from nnbuild.errors import RecipeError, show

if TYPE_CHECKING:
    from nnbuild.recipe import Recipe
    from nnbuild.runs.workflows.rows import WorkflowRow
    from nnbuild.saved.model_info import ModelInfo


class Duration(click.ParamType):
    """Time as seconds, or as a number with the unit s, m or h."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, int | float):
            return value
        found = re.fullmatch(r"(\d+(?:\.\d*)?|\.\d+)(s|m|h|)", value, re.ASCII)
        seconds = float(found[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[found[2]] if found else 0.0
        if not 0 < seconds <= MAX_SECONDS:
            self.fail(f"{show(value)} is not a time\n  allowed: 90, 90s, 10m, 1.5h; more than 0, at most a year")
        return int(seconds) if seconds == int(seconds) else seconds


MAX_SECONDS = 365 * 24 * 3600
RECIPE = click.argument("recipe", metavar="RECIPE", shell_complete=complete_recipe)
OPTIONAL_RECIPE = click.argument("recipe", metavar="[RECIPE]", required=False, shell_complete=complete_recipe)
PREPARE = click.option(
    "--prepare", type=click.Choice(["auto", "none"]), default="auto", help="none: tables of numbers are used unchanged."
)
TEST_DATA = click.option(
    "--test-data", metavar="FILE", help="File of the test set, with the columns of the training data."
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
SET = click.option(
    "--set", "settings", metavar="ADDRESS=VALUE", multiple=True,
    help="Set a param or address to a value, as JSON. May be repeated.",
)  # fmt: skip

# Options of commands that train on data; `read_dataset` takes their values.
DATA = (
    click.option(
        "--data",
        metavar="FILE",
        help="CSV, TSV, Parquet, npz or text file, or a folder. Default: the data that the recipe names.",
    ),
    click.option(
        "--download",
        is_flag=True,
        help="Fetch the data file that the recipe names with Keras, unless the current folder has it.",
    ),
    click.option(
        "--target", "targets", metavar="COLUMN", multiple=True, help="Column to predict. Default: the last column."
    ),
    click.option(
        "--task", type=click.Choice(["classification", "regression"]), help="Default: inferred from the target."
    ),
    click.option("--drop", metavar="COLUMN", multiple=True, help="Column to ignore. May be repeated."),
    click.option("--drop-missing-target", is_flag=True, help="Drop rows without a target."),
    click.option(
        "--decimal",
        type=click.Choice([".", ","]),
        help="Decimal separator of ambiguous columns: with , the text 1,234 is 1.234.",
    ),
    click.option(
        "--thousands",
        type=click.Choice([",", "."]),
        help="Thousands separator of ambiguous columns: with , the text 1,234 is 1234.",
    ),
    click.option(
        "--dates",
        type=click.Choice(["day-first", "month-first"]),
        help="Order of day and month in ambiguous columns, such as 03/04/2015.",
    ),
    click.option("--lags", type=click.IntRange(1), help="Forecast a series from windows of this many rows."),
    click.option("--horizon", type=click.IntRange(1), default=1, show_default=True, help="Number of rows to forecast."),
    click.option("--time", metavar="COLUMN", help="Column of the times of a series. Default: rows are equal steps."),
    click.option("--masks", metavar="FOLDER", help="Folder of masks, each with the name of its image, usually PNG."),
    click.option(
        "--class",
        "class_names",
        metavar="VALUE=NAME",
        multiple=True,
        help="Name of a class of the masks: 1=road, or '#ff0000=road'. May be repeated.",
    ),
    click.option(
        "--size", metavar="HEIGHTxWIDTH", help="Size to scale images and masks to. Default: that of the images."
    ),
)


# Parameters for the recipe and the data.
DATA_NAMES = (
    "recipe", "settings", "data", "download", "targets", "task", "drop", "drop_missing_target", "decimal", "thousands",
    "dates", "lags", "horizon", "time", "masks", "class_names", "size",
)  # fmt: skip


def data_options(command: Callable, options: Sequence[Callable] = DATA) -> Callable:
    """Add options about data to a command, by default those of `DATA`."""
    for option in reversed(options):
        command = option(command)
    return command


def recipe_workflow(recipe: Recipe | None) -> WorkflowRow:
    """Return the workflow of a recipe, or of data without a recipe.

    A usage error is raised if the running command or one of its options is not for the workflow.
    """
    from nnbuild.runs.workflows.rows import fixed_task

    context = click.get_current_context()
    workflow = _given_workflow(recipe)
    _check_supported(workflow, str(context.command.name))
    _check_options(workflow)
    task = context.params.get("task")
    fixed = fixed_task(recipe.estimators) if recipe else None
    if task and fixed and task != fixed:
        raise click.UsageError(f"--task {task} contradicts the recipe, which is for {fixed}")
    return workflow


def _given_workflow(recipe: Recipe | None) -> WorkflowRow:
    """Return the workflow that the options or the recipe select."""
    from nnbuild.runs.workflows.rows import FORECASTS, SEGMENTATION, WORKFLOW_ROWS, workflow_of

    context = click.get_current_context()
    for name, options in {FORECASTS: ("lags", "horizon", "time"), SEGMENTATION: ("masks",)}.items():
        workflow = WORKFLOW_ROWS[name]
        is_given = any(context.get_parameter_source(option) is ParameterSource.COMMANDLINE for option in options)
        if is_given and (recipe is None or _allows(recipe, workflow)):
            return workflow
    return workflow_of(_estimators(recipe), recipe.task) if recipe else workflow_of()


def _allows(recipe: Recipe, workflow: WorkflowRow) -> bool:
    """Return whether a recipe is for a workflow, or does not name its estimator and task."""
    estimators = _estimators(recipe)
    is_named = not estimators or bool(set(estimators) & set(workflow.estimators))
    return is_named and recipe.task in (None, "", workflow.task)


def _estimators(recipe: Recipe) -> tuple[str, ...]:
    """Return the estimators that a recipe names; without a name, that of several outputs."""
    outputs = recipe.network.outputs
    return recipe.estimators or (("NNMultiOutput",) if not isinstance(outputs, str) and len(outputs) > 1 else ())


def model_workflow(model: str) -> tuple[WorkflowRow, ModelInfo]:
    """Return the workflow and the facts of a model file.

    A usage error is raised if the running command or one of its options is not for the workflow.
    """
    from nnbuild.runs.workflows.rows import FORECAST, workflow_of
    from nnbuild.saved.model_info import model_info

    facts = model_info(model)
    workflow = workflow_of([facts.estimator], facts.task, is_forecast=FORECAST in facts.notes)
    _check_supported(workflow, str(click.get_current_context().command.name))
    _check_options(workflow)
    return workflow, facts


def _check_options(workflow: WorkflowRow) -> None:
    """Raise a usage error for a given option of the running command that is only for other workflows."""
    context = click.get_current_context()
    for option in context.command.params:
        name = str(option.name)
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE and not workflow.supports(name):
            raise click.UsageError(f"{option.opts[0]} is not supported by {workflow.title}")


def _check_supported(workflow: WorkflowRow, command: str) -> None:
    if refusal := workflow.refusal(command):
        raise click.UsageError(refusal)


def _source(recipe: Recipe | None, data: str | None, download: bool, workflow: WorkflowRow) -> str:
    """Return the data of ``--data``, or the data that the recipe names, downloaded if requested."""
    named = recipe.about.get("data", "") if recipe else ""
    if download or not data:
        _provide(named, data, download)
    if source := data or named:
        return source
    if recipe is None:
        raise click.UsageError("pass a file with --data FILE, or a recipe with default data")
    raise click.UsageError(f"the recipe has no default data; pass a file with --data FILE: {workflow.data}")


def _provide(named: str, data: str | None, download: bool) -> None:
    """Download the file that a recipe names, if it is missing; a usage error is raised if that is not requested."""
    from nnbuild.runs.data.downloads import DOWNLOADS, fetch, missing_text

    if download and data:
        raise click.UsageError("--data and --download exclude each other")
    if download and named not in DOWNLOADS:
        raise click.UsageError(f"--download is only for recipes whose data are {' or '.join(DOWNLOADS)}")
    if named in DOWNLOADS and not os.path.exists(named):
        if not download:
            raise click.UsageError(missing_text(named, str(click.get_current_context().command.name)))
        start_tensorflow()
        fetch(named)


def read_dataset(recipe: Recipe | None, data: str | None, download: bool = False, **options: Any) -> Any:
    """Read the data of ``--data``, or the data that the recipe names.

    Parameters
    ----------
    recipe : Recipe or None
        None if the data select the recipe.
    data : str or None
    download : bool, default=False
        Whether to download the data that the recipe names.
    **options : object
        Values of the other options about data; those that the workflow does not support are ignored.

    Returns
    -------
    Data
        As defined in `nnbuild.runs.workflows.protocol`.
    """
    workflow = recipe_workflow(recipe)
    source = _source(recipe, data, download, workflow)
    from nnbuild.runs.workflows.readers import READERS

    supported = {name: value for name, value in options.items() if name in workflow.options}
    return READERS[workflow.name].read(source, recipe, **supported)


def standard_input() -> str:
    """Return the standard input, which is text in UTF-8, without a newline at its end."""
    from nnbuild.inputs.table.csv_text import decoded

    return decoded(sys.stdin.buffer.read(), "standard input").replace("\r\n", "\n").removesuffix("\n")


def echo_table(table: Any, out: str | None, as_json: bool) -> None:
    """Print a DataFrame as CSV or JSON, or write it to a file."""
    from nnbuild.runs.output import json_text, write_text

    text = json_text(table.to_dict("records")) + "\n" if as_json else table.to_csv(index=False)
    if out:
        write_text(out, text)
    else:
        click.echo(text, nl=False)


def given_words(names: Collection[str]) -> list[str]:
    """Return the command-line words that set these parameters of the running command, by their names in Python."""
    context = click.get_current_context()
    words: list[str] = []
    for parameter in context.command.params:
        if (
            parameter.name not in names
            or context.get_parameter_source(parameter.name) is not ParameterSource.COMMANDLINE
        ):
            continue
        value = context.params[parameter.name]
        if isinstance(parameter, click.Argument):
            words.append(value)
        elif getattr(parameter, "is_flag", False):
            words.append(parameter.opts[0])
        else:
            values = value if parameter.multiple else [value]
            words += [word for each in values for word in (parameter.opts[0], str(each))]
    return words


def loaded_recipe(recipe: str, settings: tuple[str, ...]) -> Recipe:
    """Load a recipe, with the values of ``--set``."""
    from nnbuild.recipe import Recipe

    return with_settings(Recipe.load(recipe), settings)


def with_settings(recipe: Recipe, settings: tuple[str, ...]) -> Recipe:
    """Return a recipe with the values of ``--set``."""
    return recipe.with_values(_values(settings)) if settings else recipe


def _values(settings: tuple[str, ...]) -> dict[str, object]:
    """Return values by address; an address that is set twice must have equal values."""
    from nnbuild.language.values import canonical

    values: dict[str, object] = {}
    for address, value in map(_setting, settings):
        if address in values and canonical(values[address]) != canonical(value):
            found = f"{address} is set twice, to {show(values[address])} and to {show(value)}"
            raise click.BadParameter(found, param_hint="--set")
        values[address] = value
    return values


def _setting(text: str) -> tuple[str, object]:
    """Parse ``ADDRESS=VALUE``."""
    address, equals, value = text.partition("=")
    if not equals or not address:
        raise click.BadParameter(f"{text!r} is not ADDRESS=VALUE", param_hint="--set")
    return address, value_in(value, "--set")


def is_model_file(path: str) -> bool:
    """Return whether an argument RECIPE|MODEL is a model file."""
    return zipfile.is_zipfile(path)


def refuse_words(names: Collection[str], model: str) -> None:
    """Raise a usage error if the running command has an option that is only for recipes; `names` are in Python."""
    if words := given_words(names):
        raise click.UsageError(f"{words[0]} is only for recipes, and {model} is a model file")


def refuse_data_file(recipe: str | None) -> None:
    """Raise an error if the argument RECIPE is a data file."""
    from nnbuild.language.gallery import gallery_names

    if recipe is None or recipe in gallery_names() or recipe.endswith(".json"):
        return  # without the import of pandas
    from nnbuild.inputs.files import is_data
    from nnbuild.inputs.text_files import SUFFIX

    if is_data(recipe) or recipe.lower().endswith(SUFFIX):
        raise click.UsageError(f"{recipe} is a data file, not a recipe; pass it as --data {recipe}")


def value_in(text: str, option: str) -> object:
    """Parse a text as JSON. Invalid JSON is a string, unless it begins like a list, object or string."""
    from nnbuild.language.json_text import parse

    try:
        return parse(text).value
    except RecipeError as error:
        if text.lstrip()[:1] not in tuple('[{"'):
            return text
        hint = "put strings in lists in double quotes, and the list in single quotes: '[\"accuracy\"]'"
        found = f"{show(text)} is {error.problems[0].found}\n  hint: {hint}"
    raise click.BadParameter(found, param_hint=option)


def echo(text: str) -> None:
    """Print lines in the encoding of the standard output."""
    from nnbuild.report.terminal import as_encoded

    click.echo(as_encoded(text, getattr(sys.stdout, "encoding", None)))
