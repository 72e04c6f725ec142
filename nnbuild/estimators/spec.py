"""Values passed between the steps of a fit: its arguments, and its training and validation samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nnbuild.estimators.ensembles import Ensemble
from nnbuild.estimators.fitted import Draft, Fitted
from nnbuild.estimators.training import Rows
from nnbuild.inputs.user_data import NO_SAMPLES, Given
from nnbuild.recipe import Recipe
from nnbuild.train.common.batches import Draw

ONE_EPOCH = {"epochs": 1, "validation_fraction": 0.0, "early_stopping": False}


@dataclass(frozen=True, eq=False)
class Spec:
    """Arguments of one fit.

    Attributes
    ----------
    recipe : Recipe
        Recipe with all values that were set on the estimator.
    ensemble : Ensemble
        Members to train.
    data : Given
        Inputs, targets, sample weights and groups to train on, not checked.
    validation : Given
        Inputs, targets and sample weights of the validation set, in place of `validation_fraction`; empty if none.
    previous : Fitted or None
        The fit that this fit continues.
    classes : array-like of shape (n_classes,) or None
        All labels, some of which may not be in `y`.
    one_epoch : bool
        Whether this is one epoch of `partial_fit`.
    chosen : Recipe or None
        Recipe for the data, with ``recipe="auto"``.
    """

    recipe: Recipe
    ensemble: Ensemble
    data: Given
    validation: Given = NO_SAMPLES
    previous: Fitted | None = None
    classes: object = None
    one_epoch: bool = False
    chosen: Recipe | None = None

    @property
    def overrides(self) -> Mapping:
        """Training settings that override those of the recipe."""
        return ONE_EPOCH if self.one_epoch else {}

    @property
    def n_folds(self) -> int:
        """Number of folds that validate the members; 0 if there are none."""
        return 0 if self.one_epoch else self.ensemble.folds

    def split_seed(self, seed: int) -> int:
        """Return the seed of the folds: `seed`, or that of the fit that this fit continues."""
        before = self.previous.combination if self.previous else None
        return seed if before is None or before.split_seed is None else before.split_seed


class Expected(NamedTuple):
    """Expected properties of X, for checks.

    Attributes
    ----------
    inputs : mapping of str to mapping
        Known `shape` and `dtype` of each input.
    kinds : mapping of str to str
        Kind of each prepared input.
    reset : bool
        Whether to set the features of the estimator from X, instead of comparing them.
    """

    inputs: Mapping[str, Mapping]
    kinds: Mapping[str, str]
    reset: bool


class TrainingSet(NamedTuple):
    """Training and validation samples, and the fit with its fitted preparation.

    Attributes
    ----------
    draft : Draft
    rows : Rows
        Training samples; they include the validation set if `held_out` is an array.
    held_out : array of int, Rows or None
        Indices of the held-out samples in `rows`, or other samples to validate on.
    draw : callable or None
        Draws the samples of each epoch from the rows; see `Draw`.
    folds : tuple of array of int
        Indices of the samples of each fold in `rows`; empty without folds.
    """

    draft: Draft
    rows: Rows
    held_out: np.ndarray | Rows | None
    draw: Draw | None = None
    folds: tuple[np.ndarray, ...] = ()
