"""Implementation of `nnbuild translate`: translate texts with a model file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from nnbuild.runs.data.estimator import data_error
from nnbuild.runs.data.translations import read_sources
from nnbuild.runs.predict import open_model
from nnbuild.runs.workflows.translator import columns_of

CHANCE = "log_probability"


def translate_texts(model: str, texts: Sequence[str], source: str | None, n_candidates: int | None) -> pd.DataFrame:
    """Return the translations of texts, then of those in a file.

    Parameters
    ----------
    model : str
        Model file of a translator.
    texts : sequence of str
    source : str or None
        File with further texts: in the column of the training data, or in the only column.
    n_candidates : int or None
        Number of translations of each text, from a beam search with at least as many beams. None for the best one.

    Returns
    -------
    DataFrame of n_texts * n_candidates rows
        Texts, translations, and their log probabilities; the most probable translation of a text first. If fewer
        translations are possible, the other rows are left out.

    Raises
    ------
    ModelFileError
        If the model can't be read.
    DataError
        If the file can't be read or lacks the column, or if the command does not support the model.
    """
    opened = open_model(model, "translate")
    estimator: Any = opened.estimator
    column, target = columns_of(opened.notes)
    every = [*texts, *(read_sources(source, column)[0].iloc[:, 0] if source else [])]
    n_each = n_candidates or 1
    if n_each > estimator.beam_width:
        estimator.set_params(beam_width=n_each)
    with data_error(model):
        found, chances = (part[:, :n_each] for part in estimator.predict_candidates(every))
    table = pd.DataFrame({column: np.repeat(every, n_each), target: found.ravel(), CHANCE: chances.ravel()})
    return table[np.isfinite(table[CHANCE])]
