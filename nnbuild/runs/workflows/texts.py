"""Commands of language models and masked language models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from nnbuild.errors import DataError
from nnbuild.estimators.base import NNEstimator
from nnbuild.estimators.language_model import NNLanguageModel, losses_by_token
from nnbuild.estimators.masked_language_model import NNMaskedLanguageModel, masked_results
from nnbuild.estimators.texts import first_and_last
from nnbuild.inputs.text import WORDS
from nnbuild.recipe import Recipe
from nnbuild.report.scores import Score, Scores
from nnbuild.runs.data.new_data import noted_texts
from nnbuild.runs.data.texts import TEXT, Texts, read_new_texts
from nnbuild.runs.workflows.protocol import Predictions
from nnbuild.runs.workflows.rows import LANGUAGE_MODEL, MASKED, WORKFLOW_ROWS
from nnbuild.tasks.scores import entropy, mean_error, share_error

BASELINE = "the token frequencies"


class _TextWorkflow:
    name: ClassVar[str]
    estimator_class: ClassVar[type[NNEstimator]]

    def estimator(self, recipe: Recipe, data: Texts, **parameters: object) -> NNEstimator:
        """Return an unfitted language model."""
        return self.estimator_class(recipe, **parameters)

    def check(self, recipe: Recipe, data: Texts) -> None:
        """Do nothing: `fit` raises the errors."""

    def adapted(self, recipe: Recipe, data: Texts) -> Texts:
        """Return the data unchanged."""
        return data

    def fit(self, estimator: Any, train: Texts) -> None:
        """Train on texts."""
        estimator.fit(train.texts)

    def parts(self, estimator: Any, train: Texts, seed: int) -> tuple[Texts, int]:
        """Return the training set without the validation set, and the number of tokens of the validation set."""
        fraction = estimator.recipe_.training["validation_fraction"]
        if not fraction:
            return train, 0
        first, last = first_and_last(train.texts, fraction, train.split_by)
        return train.with_texts(first), sum(len(estimator.preparation_.all_token_ids(text)) for text in last)

    def scores(self, estimator: Any, data: Texts) -> Scores:
        """Return the scores, and those of token frequencies as predictions."""
        raise NotImplementedError

    def columns(self, estimator: Any, data: Texts) -> list[tuple[str, str]]:
        """Return the preparation of the texts."""
        return estimator.preparation_.by_column(str(data.X.columns[0]))

    def new_data(self, estimator: Any, notes: Mapping, source: str, targets: tuple[str, ...]) -> Texts:
        """Read a file of texts."""
        column = (*noted_texts(notes, "columns"), TEXT)[0]
        return read_new_texts(source, self.name, estimator.preparation_.split, column)

    def predictions(self, estimator: Any, notes: Mapping, source: str, probabilities: bool) -> Predictions:
        """Raise an error: there are no predictions for rows."""
        raise DataError(WORKFLOW_ROWS[self.name].refusal("predict"))


class LanguageModelWorkflow(_TextWorkflow):
    """Workflow of language models."""

    name = LANGUAGE_MODEL
    estimator_class = NNLanguageModel

    def scores(self, estimator: Any, data: Texts) -> Scores:
        """Return bits per character and perplexity, and those of token frequencies as predictions."""
        texts, losses = losses_by_token(estimator, data.texts)
        expected = _entropy(np.concatenate([estimator.preparation_.all_token_ids(text) for text in texts]))
        bits = len(losses) / (np.log(2) * sum(map(len, texts)))  # per character, of a mean loss of 1 per token
        error = mean_error(losses)
        values = (
            Score(
                "bits_per_character", float(bits * losses.mean()), float(bits * expected),
                error=None if error is None else float(bits * error),
            ),
            Score("perplexity", float(np.exp(losses.mean())), float(np.exp(expected))),
        )  # fmt: skip
        return Scores(len(losses), values, BASELINE, unit=_unit(estimator))


class MaskedWorkflow(_TextWorkflow):
    """Workflow of masked language models."""

    name = MASKED
    estimator_class = NNMaskedLanguageModel

    def scores(self, estimator: Any, data: Texts) -> Scores:
        """Return accuracy and bits per token for masked tokens, and those of token frequencies as predictions."""
        hits, losses, token_ids = masked_results(estimator, data.texts)
        bits = losses / np.log(2)
        most_frequent = float(np.bincount(token_ids).max() / len(token_ids))
        values = (
            Score("accuracy", float(hits.mean()), most_frequent, error=share_error(hits)),
            Score("bits_per_token", float(bits.mean()), _entropy(token_ids) / np.log(2), error=mean_error(bits)),
        )
        return Scores(len(hits), values, BASELINE, unit=_unit(estimator))


def _entropy(token_ids: np.ndarray) -> float:
    """Return the entropy of the frequencies of tokens, in nats."""
    return entropy(np.bincount(token_ids) / len(token_ids))


def _unit(estimator: Any) -> str:
    return WORDS[estimator.preparation_.split].removesuffix("s")
