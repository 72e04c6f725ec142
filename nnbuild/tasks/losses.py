"""Keras' losses and metrics by the targets that they compare, and what a loss requires of the targets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from nnbuild import catalog
from nnbuild.catalog.facts import comparing, loss_facts
from nnbuild.catalog.facts.losses import LOSSES, METRICS
from nnbuild.catalog.json_form import JsonForm, type_of, with_type
from nnbuild.errors import show


@dataclass(frozen=True)
class Head:
    """What suits a loss.

    Attributes
    ----------
    activation : str or mapping
        Of the output layer that is appended.
    scaling : {"standard", "divided", "none"}
        Of the target: less its mean over its deviation, over its mean size, or as it is.
    values : {"any", "not negative", "not zero", "positive", "shares", "distributions", "directions"}
        What the target may hold.
    takes_logarithm : bool
        Whether it takes logarithms of predictions.
    listed : tuple of float
        What the network predicts of each target, in increasing order: the items of a list of the loss. Empty for one
        value.
    place : int or None
        Which of these `predict` returns; None where it is not listed.
    """

    activation: JsonForm = "linear"
    scaling: str = "standard"
    values: str = "any"
    takes_logarithm: bool = False
    listed: tuple[float, ...] = ()
    place: int | None = 0

    @property
    def n_values(self) -> int:
        """Number of values that the network predicts of each target."""
        return len(self.listed) or 1


PLAIN = Head()  # of the squared error, and of a user's own class


def head_of(loss: str | Mapping | None) -> Head:
    """What suits a loss; that of the squared error for None, and for a user's own class."""
    if loss is None or (isinstance(loss, Mapping) and loss.get("from_logits")):
        return PLAIN
    facts, given = loss_facts(catalog.own_name("losses", type_of(loss))), with_type(loss)
    if facts.head is None:
        return PLAIN
    activation, scaling, values = facts.head
    head = Head(_activation(activation, given), scaling, values, facts.logarithm)
    if facts.per_target is None:
        return head
    argument, predicted = facts.per_target
    items = given[argument]
    return replace(head, listed=tuple(items), place=items.index(predicted) if predicted in items else None)


def _activation(name: str, loss: Mapping) -> JsonForm:
    """Return the activation of a head; a class gets its required arguments from the loss."""
    known = catalog.find("activations", name)
    if known is None:
        return name
    return {"type": name, **catalog.with_defaults("activations", name, **{key: loss[key] for key in known.required})}


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
