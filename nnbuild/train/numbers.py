"""What of a network and its training is a number that members may differ in, and what is its form.

Members of one form are trained by one compiled program, which is given their numbers as data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

import keras
import tensorflow as tf

from nnbuild.recipe.forms import with_type
from nnbuild.records import Resolved, frozen_mapping
from nnbuild.train.program import optimizer_value

# A number's place: a node's name and the argument, perhaps one of an object there; or "optimizer" and the argument.
Place = tuple[str, ...]

STAND_IN = 0.25  # what the form has in place of a number
OPTIMIZER = ""  # no node has this name


@dataclass(frozen=True)
class Form:
    """A network and its training without the numbers.

    Attributes
    ----------
    resolved : Resolved
        The network, with stand-ins.
    settings : mapping of str to JSON value
        How it is trained, as `train` takes it, with stand-ins.
    places : tuple of Place
        Where the numbers were, in order.
    """

    resolved: Resolved
    settings: Mapping
    places: tuple[Place, ...]


def separated(resolved: Resolved, settings: Mapping) -> tuple[Form, tuple[float, ...]]:
    """The form of a network and its training, and the numbers of this member in the order of the form's places.

    Rates of zero are part of the form: Keras leaves such layers out of the computation. So is whatever is no plain
    number, such as a learning rate that follows a schedule.
    """
    network, numbers = network_form(resolved)
    optimizer = optimizer_value(settings)
    for name in OPTIMIZER_NUMBERS:
        if _is_number(optimizer.get(name)):
            numbers[OPTIMIZER, name] = float(optimizer[name])
            optimizer[name] = STAND_IN
    form = {name: settings.get(name) for name in OF_THE_PROGRAM} | {"optimizer": optimizer, "learning_rate": None}
    return Form(network, frozen_mapping(form), tuple(numbers)), tuple(numbers.values())


def network_form(resolved: Resolved) -> tuple[Resolved, dict[Place, float]]:
    """A network with stand-ins for its numbers, and the numbers: what predicts is the same for all of them."""
    numbers: dict[Place, float] = {}
    nodes = tuple(
        replace(node, arguments=frozen_mapping(_taken_out(node.type, node.arguments, (node.name,), numbers)))
        for node in resolved.nodes
    )
    training = frozen_mapping({"precision": resolved.training["precision"]})
    return replace(resolved, name="", nodes=nodes, training=training), numbers


@contextmanager
def given(
    places: tuple[Place, ...], values: list[tf.Tensor], model: keras.Model, optimizer: keras.Optimizer
) -> Iterator[None]:
    """A context in which layers and optimizer have these values in place of the stand-ins, while they are traced."""
    layers = {layer.name: layer for layer in model.layers}
    holders = [_holder(place, layers, optimizer) for place in places]
    before = [getattr(holder, _attribute(place)) for holder, place in zip(holders, places, strict=True)]
    try:
        for holder, place, value in zip(holders, places, values, strict=True):
            _set(holder, _attribute(place), value)
        yield
    finally:
        for holder, place, value in zip(holders, places, before, strict=True):
            _set(holder, _attribute(place), value)


def _taken_out(kind: str, arguments: Mapping, place: Place, numbers: dict[Place, float]) -> dict:
    """Arguments of a class with stand-ins; what stood there is put into `numbers`."""
    found = dict(arguments)
    for name, value in arguments.items():
        if name in NUMBERS.get(kind, ()) and _is_number(value) and (value > 0 or kind in ("L1", "L2")):
            numbers[*place, name] = float(value)
            found[name] = STAND_IN
        elif name.endswith("_regularizer") and isinstance(value, Mapping | str):
            value = with_type(value)
            found[name] = {"type": value["type"], **_taken_out(value["type"], value, (*place, name), numbers)}
    return found


def _holder(place: Place, layers: Mapping, optimizer: keras.Optimizer) -> object:
    holder = optimizer if place[0] == OPTIMIZER else layers[place[0]]
    for name in place[1:-1]:
        holder = getattr(holder, name)
    return holder


def _attribute(place: Place) -> str:
    # Keras' `learning_rate` is a property that assigns to a variable.
    return "_learning_rate" if place == (OPTIMIZER, "learning_rate") else place[-1]


def _set(holder: object, name: str, value: object) -> None:
    object.__setattr__(holder, name, value)  # Keras would note what is set as a part of the layer


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


NUMBERS = {
    "Dropout": ("rate",),
    "SpatialDropout1D": ("rate",),
    "SpatialDropout2D": ("rate",),
    "SpatialDropout3D": ("rate",),
    "GaussianDropout": ("rate",),
    "GaussianNoise": ("stddev",),
    "L1": ("l1",),
    "L2": ("l2",),
}
OPTIMIZER_NUMBERS = ("learning_rate", "weight_decay")
OF_THE_PROGRAM = ("loss", "loss_weights", "label_smoothing", "metrics", "precision", "gradient_accumulation")
