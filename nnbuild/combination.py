"""How the predictions of the members of an ensemble are combined, as plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NeighborSettings:
    """How the targets of the nearest training samples count in the predictions of an ensemble.

    Attributes
    ----------
    layer : str
        Layer whose outputs are compared.
    scale : float
        Squared distance at which the weight of a sample is 1 / e, relative to the variance of the outputs.
    weight : float
        Weight in the mean, beside that of the networks.
    """

    layer: str
    scale: float
    weight: float


@dataclass(frozen=True)
class Combination:
    """How the predictions of the members of an ensemble are combined.

    Attributes
    ----------
    variants : tuple of int
        Variant of each member, as an index in the recipe's list.
    weights : tuple of float
        Weight of each member in the mean, with a sum of 1; empty if all are equal.
    temperature : float
        Temperature of the mean probabilities.
    n_folds : int
        Number of folds that validated the members; 0 without folds.
    split_seed : int or None
        Seed of the folds. None if members were also trained on other samples than those of their folds.
    score : float or None
        Score of the out-of-fold predictions.
    neighbors : NeighborSettings or None
        None if predictions do not depend on the nearest training samples.
    """

    variants: tuple[int, ...]
    weights: tuple[float, ...] = ()
    temperature: float = 1.0
    n_folds: int = 0
    split_seed: int | None = None
    score: float | None = None
    neighbors: NeighborSettings | None = None
