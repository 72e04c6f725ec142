"""`nnbuild predict`, `evaluate`, `show` and `export`: commands on a trained model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from nnbuild.cli.options import AS_JSON, echo, echo_table, model_workflow
from nnbuild.cli.starting import quiet, start_tensorflow
from nnbuild.errors import DataError
from nnbuild.export.formats import FORMATS, checked_format

MODEL = click.argument("model", metavar="MODEL")
PREPARED = (
    "nnbuild prepares tables, texts, ids, images and series; the exported network does not, and takes prepared arrays."
)


@click.command()
@MODEL
@click.option(
    "--data",
    required=True,
    metavar="FILE",
    help="CSV, TSV, Parquet, npz, npy or images, in the form of the training data.",
)
@click.option(
    "--out", metavar="FILE", help="Write the predictions to a file, or images to a folder. Default: standard output."
)
@click.option("--proba", is_flag=True, help="Add the probability of each class.")
@AS_JSON
def predict(model: str, data: str, out: str | None, proba: bool, as_json: bool) -> None:
    """Predict the rows of a file with a trained model. The output is CSV, one line per row."""
    from nnbuild.runs.output import check_writable

    # Errors in files are raised before the start of TensorFlow, which takes seconds.
    if out and not Path(out).is_dir():  # a folder may be for images
        check_writable(out, (model, data))
    workflow, facts = model_workflow(model)
    if out and not workflow.predicts_images:
        check_writable(out, (model, data))
    if proba and not workflow.predicts_probabilities(facts.task):
        what = facts.task if workflow.has_probabilities else workflow.title
        raise DataError(f"{model}: --proba is not supported for {what}")
    from nnbuild.runs.workflows.readers import READERS

    READERS[workflow.name].find(data)
    if workflow.predicts_images:
        echo_table(_predict_images(model, data, out), None, as_json)
        return
    start_tensorflow()
    from nnbuild.runs.predict import predict_file

    table, ignored = predict_file(model, data, proba)
    if ignored:
        click.echo(f"columns ignored, because the model does not use them: {', '.join(ignored)}", err=True)
    echo_table(table, out, as_json)


def _predict_images(model: str, data: str, out: str | None) -> Any:
    """Write a folder of images, and return the table of its files."""
    if out is None:
        raise click.UsageError("the predictions are images; pass a folder for them with --out FOLDER")
    from nnbuild.inputs.masks import flat_images
    from nnbuild.runs.output import MASK_FOLDER, check_writable

    check_writable(out, (model, data), MASK_FOLDER)
    flat_images(data)
    start_tensorflow()
    from nnbuild.runs.predict_masks import predict_masks

    return predict_masks(model, data, out)


def _check_masks(data: str, masks: str | None) -> None:
    """Raise an error if an image has no mask."""
    from nnbuild.inputs.masks import flat_images, masks_beside

    if masks is None:
        raise click.UsageError("pass the folder of masks with --masks FOLDER")
    masks_beside(flat_images(data), masks)


@click.command()
@MODEL
@AS_JSON
def show(model: str, as_json: bool) -> None:
    """Show the contents of a model file.

    These are facts about its data, network, training and scores.
    """
    from nnbuild.runs.output import json_text
    from nnbuild.runs.show import facts_document, facts_text
    from nnbuild.saved.model_info import model_info

    facts = model_info(model)
    echo(json_text(facts_document(facts)) if as_json else facts_text(facts))


@click.command()
@MODEL
@click.option(
    "--data", required=True, metavar="FILE", help="File with the columns and the target of the training data."
)
@click.option(
    "--target", "targets", metavar="COLUMN", multiple=True, help="Target column. Default: that of the training data."
)
@click.option("--masks", metavar="FOLDER", help="Folder of masks of a segmentation.")
@AS_JSON
def evaluate(model: str, data: str, targets: tuple[str, ...], masks: str | None, as_json: bool) -> None:
    """Score a trained model on a file with targets."""
    from nnbuild.runs.output import json_text

    workflow, _ = model_workflow(model)
    from nnbuild.runs.workflows.readers import READERS

    READERS[workflow.name].find(data)
    if workflow.predicts_images:
        _check_masks(data, masks)
    start_tensorflow()
    from nnbuild.report.terminal import data_text, scores_text
    from nnbuild.runs.evaluate import evaluate_file, scores_document

    options = {"masks": masks} if masks else {}
    scores, about = evaluate_file(model, data, targets, **options)
    if as_json:
        click.echo(json_text(scores_document(scores)))
    else:
        echo(f"{data_text({'data': about})}\n\n{scores_text(scores)}")


@click.command(epilog=PREPARED)
@MODEL
@click.argument("path", metavar="PATH")
@click.option(
    "--format",
    "name",
    type=click.Choice(list(FORMATS)),
    help="Default: from the suffix of PATH: .keras, .onnx, or none for the folder of a SavedModel.",
)
def export(model: str, path: str, name: str | None) -> None:
    """Export a trained network to Keras, ONNX or a SavedModel."""
    from nnbuild.runs.output import check_apart
    from nnbuild.saved.model_info import model_info

    check_apart(path, (model,))
    model_info(model)
    checked_format(path, name)
    start_tensorflow()
    from nnbuild.runs.export import export_file

    with quiet():  # TensorFlow and tf2onnx log each export
        text = export_file(model, path, name)
    echo(f"{text}\n{PREPARED}")
