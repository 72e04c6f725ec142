"""Facts by class of Keras: one row per class, plain data, and the names of the code that treats it."""

from __future__ import annotations

from collections.abc import Mapping

from nnbuild.catalog.conventions import MODULES, OWN_MODULES
from nnbuild.catalog.facts.activations import ACTIVATIONS
from nnbuild.catalog.facts.layers import LAYERS
from nnbuild.catalog.facts.losses import LOSSES, METRICS
from nnbuild.catalog.facts.objects import CONSTRAINTS, INITIALIZERS, OPTIMIZERS, REGULARIZERS, SCHEDULES
from nnbuild.catalog.facts.rows import ActivationFacts, LayerFacts, LossFacts, MetricFacts, ObjectFacts

_OTHER_LAYER = LayerFacts(family="other")
_OTHER_ACTIVATION = ActivationFacts()
_OTHER_LOSS, _OTHER_METRIC, _OTHER_OBJECT = LossFacts(), MetricFacts(), ObjectFacts()
_OBJECTS = {
    "constraints": CONSTRAINTS,
    "initializers": INITIALIZERS,
    "optimizers": OPTIMIZERS,
    "regularizers": REGULARIZERS,
    "schedules": SCHEDULES,
}
MERGING = tuple(name for name, facts in LAYERS.items() if facts.merges)
_PUBLIC = {facts.keras_name: name for name, facts in LAYERS.items() if facts.keras_name}


def layer_facts(name: str) -> LayerFacts:
    """The facts about a class of layers or cells, by its own name; the defaults for a class without a row.

    Examples
    --------
    >>> layer_facts("Conv1D").ndim, layer_facts("mine>Layer").n_inputs
    (3, (1, 1))
    """
    return LAYERS.get(name, _OTHER_LAYER)


def loss_facts(name: str) -> LossFacts:
    """The facts about a class of losses, by its own name; the defaults for a class without a row."""
    return LOSSES.get(name, _OTHER_LOSS)


def metric_facts(name: str) -> MetricFacts:
    """The facts about a class of metrics, by its own name; the defaults for a class without a row."""
    return METRICS.get(name, _OTHER_METRIC)


def activation_facts(name: str) -> ActivationFacts:
    """The facts about an activation, by its own name; the defaults for one without a row."""
    return ACTIVATIONS.get(name, _OTHER_ACTIVATION)


def object_facts(family: str, name: str) -> ObjectFacts:
    """The facts about a class of another family, by its own name; the defaults for a class without a row."""
    return _OBJECTS.get(family, {}).get(name, _OTHER_OBJECT)


def module_of(family: str, name: str) -> str:
    """Return the module of a class of the catalog, by its own name.

    Examples
    --------
    >>> module_of("layers", "Dense"), module_of("layers", "TakeStep")
    ('keras.layers', 'nnbuild.keras_layers')
    """
    return OWN_MODULES[family] if is_own(family, name) else MODULES[family]


def is_own(family: str, name: str) -> bool:
    """Return whether a class of the catalog, by its own name, is one of nnbuild."""
    tables: dict[str, Mapping] = {"initializers": INITIALIZERS, "losses": LOSSES}
    row = tables.get(family, LAYERS).get(name) if family in OWN_MODULES else None
    return row is not None and row.own


def comparing(targets: str) -> frozenset[str]:
    """The losses and metrics that compare targets of a kind: "classes", "columns", "labels", "numbers" ...

    Examples
    --------
    >>> sorted(comparing("regions"))
    ['Dice', 'Tversky']
    """
    families: tuple[Mapping[str, LossFacts | MetricFacts], ...] = (LOSSES, METRICS)
    return frozenset(name for family in families for name, facts in family.items() if targets in facts.targets)


def public_name(keras_name: str) -> str:
    """The name by which users import a class that has another one inside Keras.

    Examples
    --------
    >>> public_name("GroupedQueryAttention"), public_name("Dense")
    ('GroupQueryAttention', 'Dense')
    """
    return _PUBLIC.get(keras_name, keras_name)
