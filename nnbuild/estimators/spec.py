"""Values that the steps of a fit pass on: what is asked for, and the samples to train on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nnbuild.estimators.fitted import Draft, Fitted
from nnbuild.estimators.training import Rows
from nnbuild.inputs.user_data import NO_SAMPLES, Given
from nnbuild.recipe import Recipe
from nnbuild.train.common.batches import Draw

ONE_EPOCH = {"epochs": 1, "validation_fraction": 0.0, "early_stopping": False}


@dataclass(frozen=True, eq=False)
class Spec:
    """One fit as it is asked for.

    Attributes
    ----------
    recipe : Recipe
        With every value that is set on the estimator.
    data : Given
        Inputs, targets, sample weights and groups to train on, not checked yet.
    validation : Given
        Inputs, targets and sample weights to validate on, in place of `validation_fraction`; empty if there are none.
    previous : Fitted or None
        The fit that this one continues.
    classes : array-like of shape (n_classes,) or None
        All labels, where `y` may lack some.
    one_epoch : bool
        Whether this is one epoch of `partial_fit`.
    """

    recipe: Recipe
    data: Given
    validation: Given = NO_SAMPLES
    previous: Fitted | None = None
    classes: object = None
    one_epoch: bool = False

    @property
    def overrides(self) -> Mapping:
        """Training settings that go before those of the recipe."""
        return ONE_EPOCH if self.one_epoch else {}


class Expected(NamedTuple):
    """Inputs that X is checked against.

    Attributes
    ----------
    inputs : mapping of str to mapping
        `shape` and `dtype` of each input, as far as they are known.
    kinds : mapping of str to str
        Of the inputs that are prepared.
    reset : bool
        Whether these samples set the features of the estimator; else they are compared with them.
    """

    inputs: Mapping[str, Mapping]
    kinds: Mapping[str, str]
    reset: bool


class TrainingSet(NamedTuple):
    """Samples as the network takes them, and the fit with what was learned for that.

    Attributes
    ----------
    draft : Draft
    rows : Rows
        To train on, and to validate on if `held_out` holds their numbers.
    held_out : array of int, Rows or None
        Numbers of the rows to validate on, or other rows.
    draw : callable or None
        Makes the samples of each epoch from the rows, as `train` takes it.
    """

    draft: Draft
    rows: Rows
    held_out: np.ndarray | Rows | None
    draw: Draw | None = None
