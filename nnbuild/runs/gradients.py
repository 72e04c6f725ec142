"""Implementation of `nnbuild gradients`: signals and gradients of a recipe or a model on a data file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nnbuild.estimators.base import NNEstimator
from nnbuild.inspect.network_gradients import gradients
from nnbuild.inspect.records import Gradients
from nnbuild.recipe import Recipe
from nnbuild.report.gradients_page import gradients_page
from nnbuild.report.terminal import data_text
from nnbuild.runs.data.estimator import data_error
from nnbuild.runs.evaluate import about_new_data
from nnbuild.runs.measured_findings import samples_of
from nnbuild.runs.predict import open_model
from nnbuild.runs.train_report import package_versions
from nnbuild.runs.workflows.implementations import WORKFLOWS
from nnbuild.runs.workflows.protocol import Data


@dataclass(frozen=True)
class GradientsOfData:
    """Signals and gradients, the name of the network, and a line about the data."""

    gradients: Gradients
    title: str
    about: str

    def text(self) -> str:
        """Return data, signals and gradients as text."""
        return f"{data_text({'data': self.about})}\n{self.gradients}".rstrip()

    def page(self, seed: int) -> str:
        """Return signals and gradients as the text of an HTML file."""
        from nnbuild.report.gradient_charts import gradient_chart  # matplotlib takes a while to start

        report = self.gradients.report()
        return gradients_page(report, self.title, self.about, gradient_chart(report), seed, package_versions())


def recipe_gradients(recipe: Recipe, data: Data, seed: int, prepare: str, options: Mapping) -> GradientsOfData:
    """Return signals and gradients at the start of a training on all rows.

    Parameters
    ----------
    recipe : Recipe
    data : Data
    seed : int
    prepare : {"auto", "none"}
    options : mapping
        Other arguments of `gradients`.

    Raises
    ------
    NNBuildError
        If recipe and data are incompatible, or a row is not in the data.
    """
    workflow = WORKFLOWS[data.workflow]
    parameters: dict[str, object] = {"prepare": None} if prepare == "none" else {}
    estimator = workflow.estimator(recipe, data, random_state=seed, **parameters)
    workflow.check(recipe, data)
    return _found(estimator, workflow.adapted(recipe, data), recipe.name, data.text(), options)


def model_gradients(
    model: str, source: str, targets: tuple[str, ...], options: Mapping, **reading: Any
) -> GradientsOfData:
    """Return signals and gradients of a model file on a data file.

    Parameters
    ----------
    model, source, targets, **reading : as for `evaluate_file`
    options : mapping
        Other arguments of `gradients`.

    Raises
    ------
    ModelFileError
        If the model can't be read.
    DataError
        If the data can't be read, if a row is not in the data, or if the command does not support the model.
    """
    opened = open_model(model, "gradients")
    data = WORKFLOWS[opened.workflow].new_data(opened.estimator, opened.notes, source, targets, **reading)
    return _found(opened.estimator, data, model, about_new_data(data), options)


def _found(estimator: NNEstimator, data: Data, title: str, about: str, options: Mapping) -> GradientsOfData:
    with data_error(data.source):
        found = gradients(estimator, *samples_of(data), **options)
    return GradientsOfData(found, title or "network", about)
