"""Losses and metrics by the targets that they compare, and and the output layer and targets for a loss."""

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
    """Output activation and targets for a loss.

    Attributes
    ----------
    activation : str or mapping
        Activation of the output layer that is appended.
    scaling : {"standard", "divided", "none"}
        Scaling of the target: (y - mean) / standard deviation, y / mean absolute value, or none.
    values : {"any", "not negative", "not zero", "positive", "shares", "distributions", "directions"}
        Values that the target may have.
    takes_logarithm : bool
        Whether the loss takes logarithms of predictions.
    listed : tuple of float
        Values that the network predicts for each target, in increasing order, such as `quantiles` of a loss. Empty for
        a single value.
    place : int
        Index of the value in `listed` that `predict` returns.
    """

    activation: JsonForm = "linear"
    scaling: str = "standard"
    values: str = "any"
    takes_logarithm: bool = False
    listed: tuple[float, ...] = ()
    place: int = 0

    @property
    def n_values(self) -> int:
        """Number of values that the network predicts for each target."""
        return len(self.listed) or 1


PLAIN = Head()  # for the squared error, and for custom classes


def head_of(loss: str | Mapping | None) -> Head:
    """Return the head of a loss; that of the squared error for None and for custom classes."""
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
    return replace(head, listed=tuple(given[argument]), place=given[argument].index(predicted))


def kind_of_targets(loss: str | Mapping | None) -> str | None:
    """Return "classification" or "regression" for the targets that a loss compares; None if it compares others too.

    Examples
    --------
    >>> kind_of_targets("mean_squared_error"), kind_of_targets("categorical_crossentropy")
    ('regression', 'classification')
    """
    name = "" if loss is None else catalog.own_name("losses", type_of(loss))
    if name in SHARES or name not in LOSSES:
        return None
    if name in OF_NUMBERS:  # the squared error of labels is unusual
        return "regression"
    return "classification" if name in OF_CLASSES | OF_LABELS else None


def kind_of_output(output: Mapping) -> str | None:
    """Return "classification" or "regression" for a named output, from its task or its loss; None if they are open."""
    return output.get("task") or kind_of_targets(output.get("loss"))


def predicts_numbers(task: str | None, loss: str | Mapping | None) -> bool:
    """Return whether an output is that of a regression, by its task or, without a task, by its loss."""
    return (task or kind_of_targets(loss)) == "regression"


def compares_numbers(loss: str | Mapping) -> bool:
    """Return whether a loss compares numbers, not labels."""
    return kind_of_targets(loss) == "regression"


def _activation(name: str, loss: Mapping) -> JsonForm:
    """Return the activation of a head; a class gets its required arguments from the loss."""
    known = catalog.find("activations", name)
    if known is None:
        return name
    return {"type": name, **catalog.with_defaults("activations", name, **{key: loss[key] for key in known.required})}


def takes_smoothing(loss: str | Mapping) -> bool:
    """Return whether a loss supports label smoothing."""
    known = catalog.find("losses", type_of(loss))
    return known is not None and (known.name == CLASS_LOSS or "label_smoothing" in known.arguments)


def smoothing_mistake(losses: Iterable[str | Mapping]) -> str:
    """Return an error message if no loss supports label smoothing, else ""."""
    losses = list(losses)
    types = ", ".join(sorted({show(type_of(loss)) for loss in losses}))
    return "" if any(map(takes_smoothing, losses)) else f"label_smoothing requires a cross-entropy loss, got {types}"


CLASS_LOSS = "SparseCategoricalCrossentropy"
# Keras' losses and metrics, by the targets that they compare.
OF_CLASSES = comparing("classes")
OF_COLUMNS = comparing("columns")
OF_LABELS = comparing("labels") | OF_COLUMNS
OF_NUMBERS = comparing("numbers")
OF_TOKENS = comparing("tokens")
OF_REGIONS = comparing("regions")  # areas, reduced over whole batches unless `axis` excludes the first axis
# Losses of labels, and of numbers from 0 to 1.
SHARES = {name for name, facts in LOSSES.items() if facts.head and facts.head[2] == "shares"}
# Losses of class indices, and losses and metrics of one-hot labels.
CLASS_NUMBERS = {name for name, facts in LOSSES.items() if facts.class_numbers}
ONE_HOT = {name for family in (LOSSES, METRICS) for name, facts in family.items() if facts.one_hot}
