"""Arrays and settings -> the rows to train on and those to validate on, with what each of them counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from nnbuild.train.batches import Data, class_labels, make_data, resampled, split, weighted
from nnbuild.train.losses import loss_types
from nnbuild.train.weights import class_weights, row_weights


def training_and_validation(
    names: list[str],
    X: object,
    y: object,
    settings: Mapping,
    seed: int,
    sample_weight: object = None,
    validation: tuple | np.ndarray | None = None,
    bootstrap: bool = False,
) -> tuple[Data, Data | None]:
    """Rows to train on and to validate on, with their class weights; None for no validation.

    Parameters
    ----------
    names : list of str
        Of the outputs.
    X, y, settings, seed, sample_weight, validation, bootstrap
        As for `train`.
    """
    training, held_out = _weighted_parts(names, X, y, settings, seed, sample_weight, validation)
    return (resampled(training, seed) if bootstrap else training), held_out


def _weighted_parts(names, X, y, settings, seed, sample_weight, validation) -> tuple[Data, Data | None]:
    """All rows to train on, and those to validate on, with their class weights."""
    training, held_out = make_data(X, y, sample_weight, names), None
    if isinstance(validation, np.ndarray):
        held = np.isin(training.rows, validation)
        if held.all() or not held.any():
            counts = f"{(~held).sum()} rows to train on and {held.sum()} to validate on"
            raise ValueError(f"validation leaves {counts}; each needs at least one with a weight above 0")
        training, held_out = replace(training, rows=training.rows[~held]), replace(training, rows=training.rows[held])
    elif validation is not None:
        if len(validation) not in (2, 3):
            raise ValueError(f"validation must be (X, y) or (X, y, sample_weight), got {len(validation)} values")
        val_X, val_y, val_weight = (*validation, None)[:3]
        held_out = make_data(val_X, val_y, val_weight, names)
    elif settings["validation_fraction"]:
        labels = _labels_to_stratify(training, names, settings)
        training, held_out = split(training, settings["validation_fraction"], settings["validation"], seed, labels)
    if settings["class_weight"] is None:
        return training, held_out
    by_class = class_weights(training, settings["class_weight"])
    training = weighted(training, row_weights(training, by_class))
    return training, None if held_out is None else weighted(held_out, row_weights(held_out, by_class))


def _labels_to_stratify(data: Data, names: list[str], settings: Mapping) -> np.ndarray | None:
    """Classes of the rows in use, where there is one output and its loss is one of classes."""
    if len(names) > 1 or loss_types(names, settings).get(names[0]) not in CLASS_LOSSES:
        return None
    labels = class_labels(data.y[names[0]])
    return None if labels is None else labels[data.rows]


# Losses whose targets are classes: a random split keeps the classes' shares.
CLASS_LOSSES = {
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy",
    "CategoricalHinge",
    "Hinge",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
}
