"""Kinds of the arguments of Keras' classes: what Keras' signatures do not say."""

from __future__ import annotations

import re

from nnbuild import catalog
from nnbuild.catalog.argument_table import ARGUMENTS, EXCEPTIONS, HELD, OBJECTS
from nnbuild.catalog.kinds import Either, Kind, Text, Whole, optional
from nnbuild.catalog.safe_kinds import OfOwnClass, Terms


def kind_of(family: str, class_name: str, argument: str) -> Kind:
    """What may stand for an argument of a class of the catalog.

    Parameters
    ----------
    family : str
        The class's family in the catalog: "layers", "optimizers" ...
    class_name : str
        The class's own name.
    argument : str
        Keras' name of the argument.

    Returns
    -------
    Kind
        By the first that has an entry: the class, its number of dimensions ("2D"), its family, the argument's name,
        the last word of that name.

    Raises
    ------
    KeyError
        If nothing in the tables says what the argument is.

    Examples
    --------
    >>> kind_of("layers", "Dense", "units").says
    'a whole number of at least 1'
    >>> kind_of("layers", "Dropout", "rate").says
    'a number from 0 to 1'
    """
    for scope in (class_name, _dimensions(class_name), family):
        if argument in EXCEPTIONS.get(scope, {}):
            return EXCEPTIONS[scope][argument]
    return ARGUMENTS[argument] if argument in ARGUMENTS else OBJECTS[_last_word(argument)]


def kind_for_unknown(argument: str, family: str = "layers") -> Kind:
    """What may stand for an argument of a class that the user registered.

    Parameters
    ----------
    argument : str
        The argument's name in the constructor.
    family : str, default="layers"
        Of the class.

    Returns
    -------
    Kind
        The Keras object that the name speaks of (``gate_initializer``, ``activation``, ``cell`` ...), so that a recipe
        can describe it; otherwise any value, as the class alone knows what it takes.

    Examples
    --------
    >>> kind_for_unknown("gate_initializer").says
    "an initializer (its name, or an object with 'type') or null"
    >>> kind_for_unknown("use_bias").accepts(True)
    True
    """
    if family in _USUAL and (argument == "learning_rate" or argument in catalog.common_arguments(family)):
        return kind_of(family, _USUAL[family], argument)  # Keras' own class takes it
    if argument in HELD:
        return ARGUMENTS[argument]
    if argument == "vocabulary":  # of a class like Keras' lookups, which take paths too
        return optional(Terms(Either(Text(), Whole()), 1))
    # By custom, use_activation and the like are true or false.
    return OfOwnClass() if argument.startswith("use_") else OBJECTS.get(_last_word(argument), OfOwnClass())


def usual_default(family: str, argument: str) -> object:
    """The default of an argument that a registered class leaves to Keras' own class; None where there is none."""
    return catalog.with_defaults(family, _USUAL[family]).get(argument) if family in _USUAL else None


_USUAL = {"losses": "MeanSquaredError", "metrics": "Mean", "optimizers": "SGD"}


def _dimensions(class_name: str) -> str:
    found = re.search(r"[123]D", class_name)
    return found.group() if found else ""


def _last_word(argument: str) -> str:
    return argument.rpartition("_")[2]
