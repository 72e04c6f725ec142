"""The catalog: names, arguments and defaults of Keras' classes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from nnbuild.catalog.facts.refused import REFUSED_ACTIVATIONS, REFUSED_LAYERS


@dataclass(frozen=True)
class Signature:
    """Name and arguments of a class.

    Attributes
    ----------
    family : str
        "layers", "initializers", "optimizers" ...
    name : str
        The class's own name, also if it was found by another name.
    required : tuple of str
        Arguments without a default.
    arguments : mapping of str to JSON value
        All arguments in Keras' order with their defaults (null where required).
    """

    family: str
    name: str
    required: tuple[str, ...]
    arguments: Mapping[str, object]


def keras_version() -> str:
    """Return the minor version of Keras that the catalog was made from, such as "3.15"."""
    return _data()["keras"]


def find(family: str, name: object) -> Signature | None:
    """Return the signature of a class of `family` by any of its names; None if there is no such class."""
    if not isinstance(name, str):
        return None
    part = _data()[family]
    own = part["aliases"].get(name, name)
    row = part["classes"].get(own)
    return row and Signature(family, own, tuple(row["required"]), row["arguments"])


def own_name(family: str, name: str) -> str:
    """Return Keras' own name of a class of `family` by any of its names; an unknown name unchanged.

    Examples
    --------
    >>> own_name("losses", "mse"), own_name("losses", "mine")
    ('MeanSquaredError', 'mine')
    """
    known = find(family, name)
    return known.name if known else name


def with_defaults(family: str, name: str, **given: object) -> dict[str, object]:
    """Return all arguments of a known class of `family`: the `given` ones, and the defaults of the others.

    Examples
    --------
    >>> with_defaults("regularizers", "L1L2", l2=0.1)
    {'l1': 0.0, 'l2': 0.1}
    """
    signature = find(family, name)
    assert signature is not None
    return {**signature.arguments, **given}


def names(family: str) -> list[str]:
    """Return every name of the classes of `family` that are not refused, for messages and completion."""
    part = _data()[family]
    return sorted({*part["classes"], *part["aliases"]} - _refused(family))


def common_arguments(family: str) -> list[str]:
    """Return the arguments that all classes of `family` have, except `name`.

    Examples
    --------
    >>> common_arguments("losses")
    ['reduction', 'dtype']
    """
    taken = [row["arguments"] for row in _data()[family]["classes"].values()]
    return [name for name in taken[0] if all(name in others for others in taken)]


def class_names(family: str) -> list[str]:
    """Return the classes of `family` that are not refused, each by its own name."""
    return sorted(set(_data()[family]["classes"]) - _refused(family))


def activation(name: object) -> str | None:
    """Return the own name of an activation function (``"silu"`` for ``"swish"``); None if there is none."""
    if not isinstance(name, str) or name in REFUSED_ACTIVATIONS:
        return None
    return _data()["activations"]["aliases"].get(name)


def activation_names() -> list[str]:
    """Return every name of an activation function."""
    return sorted(set(_data()["activations"]["aliases"]) - set(REFUSED_ACTIVATIONS))


def _refused(family: str) -> set[str]:
    """Return the classes that recipes may not use; some are in the catalog for model files of earlier versions."""
    return {"layers": set(REFUSED_LAYERS), "activations": set(REFUSED_ACTIVATIONS)}.get(family, set())


def snake_case(name: str) -> str:
    """Convert a class name to the name that Keras generates for its layers.

    Examples
    --------
    >>> snake_case("BatchNormalization"), snake_case("Conv2D"), snake_case("LSTM")
    ('batch_normalization', 'conv2d', 'lstm')
    """
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


@cache
def _data() -> dict:
    return json.loads((files("nnbuild.catalog") / "catalog.json").read_text("utf-8"))
