"""Table of the workflows, after the start of TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping

from nnbuild.runs.workflows.forecasts import ForecastWorkflow
from nnbuild.runs.workflows.multioutput import MultiOutputWorkflow
from nnbuild.runs.workflows.protocol import Workflow
from nnbuild.runs.workflows.recommender import RecommenderWorkflow
from nnbuild.runs.workflows.rows import (
    FORECASTS,
    LANGUAGE_MODEL,
    MASKED,
    RECOMMENDER,
    SEGMENTATION,
    SEVERAL_OUTPUTS,
    SUPERVISED,
    TRANSLATOR,
)
from nnbuild.runs.workflows.segmentation import SegmentationWorkflow
from nnbuild.runs.workflows.supervised import SupervisedWorkflow
from nnbuild.runs.workflows.texts import LanguageModelWorkflow, MaskedWorkflow
from nnbuild.runs.workflows.translator import TranslatorWorkflow

WORKFLOWS: Mapping[str, Workflow] = {
    SUPERVISED: SupervisedWorkflow(),
    SEGMENTATION: SegmentationWorkflow(),
    FORECASTS: ForecastWorkflow(),
    SEVERAL_OUTPUTS: MultiOutputWorkflow(),
    RECOMMENDER: RecommenderWorkflow(),
    LANGUAGE_MODEL: LanguageModelWorkflow(),
    MASKED: MaskedWorkflow(),
    TRANSLATOR: TranslatorWorkflow(),
}
