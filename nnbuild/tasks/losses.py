"""Keras' losses and metrics by the targets that they compare, and what a loss requires of the targets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nnbuild import catalog
from nnbuild.catalog.facts import comparing
from nnbuild.catalog.facts.training import LOSSES, METRICS
from nnbuild.catalog.json_form import type_of
from nnbuild.errors import show


@dataclass(frozen=True)
class Head:
    """What suits a loss.

    Attributes
    ----------
    activation : str
        Of the output layer that is appended.
    scaling : {"standard", "divided", "none"}
        Of the target: less its mean over its deviation, over its mean size, or as it is.
    values : {"any", "not negative", "not zero", "shares", "distributions", "directions"}
        What the target may hold.
    takes_logarithm : bool
        Whether it takes logarithms of predictions.
    """

    activation: str = "linear"
    scaling: str = "standard"
    values: str = "any"
    takes_logarithm: bool = False


def head_of(loss: str | Mapping | None) -> Head:
    """What suits a loss; that of the squared error for None, and for a user's own class."""
    if loss is None or (isinstance(loss, Mapping) and loss.get("from_logits")):
        return Head()
    known = catalog.find("losses", type_of(loss))
    return HEADS.get(known.name, Head()) if known else Head()


def takes_smoothing(loss: str | Mapping) -> bool:
    """Whether labels can be smoothed for a loss."""
    known = catalog.find("losses", type_of(loss))
    return known is not None and (known.name == CLASS_LOSS or "label_smoothing" in known.arguments)


def smoothing_mistake(losses: Iterable[str | Mapping]) -> str:
    """Message for losses of which none can smooth labels; "" where one can."""
    losses = list(losses)
    types = ", ".join(sorted({show(type_of(loss)) for loss in losses}))
    return "" if any(map(takes_smoothing, losses)) else f"label_smoothing needs a cross-entropy loss, got {types}"


CLASS_LOSS = "SparseCategoricalCrossentropy"
HEADS = {
    name: Head(*facts.head, takes_logarithm=facts.logarithm) for name, facts in LOSSES.items() if facts.head is not None
}
# Keras' losses and metrics, by the targets that they compare.
OF_CLASSES = comparing("classes")
OF_COLUMNS = comparing("columns")
OF_LABELS = comparing("labels") | OF_COLUMNS
OF_NUMBERS = comparing("numbers")
OF_TOKENS = comparing("tokens")
OF_REGIONS = comparing("regions")  # areas, over whole batches unless their `axis` keeps the first one
# Losses that take numbers of classes alone, and losses and metrics that want them in one-hot form.
CLASS_NUMBERS = {name for name, facts in LOSSES.items() if facts.class_numbers}
ONE_HOT = {name for family in (LOSSES, METRICS) for name, facts in family.items() if facts.one_hot}
