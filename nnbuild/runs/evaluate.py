"""Implementation of `nnbuild evaluate`: score the predictions of a fitted estimator."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from nnbuild.records import frozen_mapping
from nnbuild.report.scores import Classified, Measured, Outcome, Score, Scores
from nnbuild.report.units import counted
from nnbuild.runs.data.estimator import data_error
from nnbuild.runs.predict import open_model
from nnbuild.runs.workflows.implementations import WORKFLOWS
from nnbuild.runs.workflows.protocol import Data
from nnbuild.runs.workflows.rows import WORKFLOW_ROWS

MAX_TRAINING_ROWS = 5000


def evaluate_file(model: str, source: str, targets: tuple[str, ...] = (), **options: Any) -> tuple[Scores, str]:
    """Return scores of a saved model on a file, and a line about the file.

    Parameters
    ----------
    model : str
        Model file.
    source : str
        Data file with the columns and targets of the training data.
    targets : tuple of str, optional
        Target columns, also as one text with commas, if their names differ from those of the training data.
    **options : object
        Further options of the workflow: `masks`, the folder of masks of a segmentation.

    Raises
    ------
    ModelFileError
        If the model can't be read.
    DataError
        If the data can't be read, or lacks columns or targets, or if the command does not support the model.
    """
    opened = open_model(model, "evaluate")
    data = WORKFLOWS[opened.workflow].new_data(opened.estimator, opened.notes, source, targets, **options)
    with data_error(data.source):
        return scores_of(opened.estimator, data), about_new_data(data)


def about_new_data(data: Data) -> str:
    """Return a line about data that are not training data: size, source and targets."""
    predicted = f" -> {', '.join(data.targets)}" if data.targets else ""
    return f"{counted(len(data), WORKFLOW_ROWS[data.workflow].unit)} of {data.source}{predicted}"


def scores_of(estimator: Any, data: Data, training: Data | None = None) -> Scores:
    """Return scores of an estimator on data in the form that it takes.

    Parameters
    ----------
    estimator : NNEstimator
    data : Data
    training : Data, optional
        Training set to score too, on at most 5,000 samples.
    """
    workflow = WORKFLOWS[data.workflow]
    scores = workflow.scores(estimator, data)
    return (
        scores if training is None else _with_training_scores(scores, workflow.scores(estimator, some_rows(training)))
    )


def some_rows(data: Data) -> Data:
    """Return at most 5,000 samples, drawn with a fixed seed."""
    return data.sample(MAX_TRAINING_ROWS)


def _with_training_scores(scores: Scores, seen: Scores) -> Scores:
    values = tuple(map(_with_training_score, scores.values, seen.values))
    outputs = {name: _with_training_scores(own, seen.outputs[name]) for name, own in scores.outputs.items()}
    return replace(scores, values=values, outputs=frozen_mapping(outputs))


def _with_training_score(score: Score, seen: Score) -> Score:
    """Return a score with the one on training samples added."""
    gap_error = float(np.hypot(score.error or 0.0, seen.error or 0.0))
    return replace(score, training=seen.value, training_baseline=seen.baseline, gap_error=gap_error)


def scores_document(scores: Scores) -> dict:
    """Return scores as JSON values, by the names of scikit-learn's functions; NaN if undefined."""
    document: dict = {
        "n_rows": scores.n_rows,
        "values": {score.name: score.value for score in scores.values},
        "baseline": {score.name: score.baseline for score in scores.values if score.baseline is not None},
        "parts": [part for outcome in scores.outcomes for part in _parts(outcome)],
    }
    if any(score.training is not None for score in scores.values):
        document["training"] = {score.name: score.training for score in scores.values}
    for outcome in scores.outcomes:
        if isinstance(outcome, Classified):
            document["confusion"] = {"classes": list(outcome.labels), "counts": [list(row) for row in outcome.counts]}
    if scores.outputs:
        document["outputs"] = {name: scores_document(own) for name, own in scores.outputs.items()}
    return document


def _parts(outcome: Outcome) -> list[dict]:
    """Return the scores of each class, label or regression target."""
    if isinstance(outcome, Measured):
        errors = {"mean_absolute_error": outcome.mean_error, "median_absolute_error": outcome.error_within(0.5)}
        return [{"name": outcome.target, "n_rows": len(outcome.true), "values": errors}]
    return [
        {"name": score.label, "n_rows": score.n, "values": {name: getattr(score, name) for name in outcome.score_names}}
        for score in outcome.scores()
    ]
