"""Find the kinds of the arguments of Keras' classes, which Keras' signatures do not contain."""

from __future__ import annotations

import re

from nnbuild import catalog
from nnbuild.catalog.argument_table import ARGUMENTS, EXCEPTIONS, HELD, OBJECTS
from nnbuild.catalog.kinds import Either, Integer, Kind, Text, optional
from nnbuild.catalog.safe_kinds import OfOwnClass, Terms


def kind_of(family: str, class_name: str, argument: str) -> Kind:
    """Return the kind of an argument of a class in the catalog.

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
        From the first table with an entry: of the class, its number of dimensions ("2D"), its family, the argument's
        name, the last word of that name.

    Raises
    ------
    KeyError
        If no table has an entry.

    Examples
    --------
    >>> kind_of("layers", "Dense", "units").description
    'an integer of at least 1'
    >>> kind_of("layers", "Dropout", "rate").description
    'a number from 0 to 1'
    """
    for scope in (class_name, _dimensions(class_name), family):
        if argument in EXCEPTIONS.get(scope, {}):
            return EXCEPTIONS[scope][argument]
    return ARGUMENTS[argument] if argument in ARGUMENTS else OBJECTS[_last_word(argument)]


def kind_for_unknown(argument: str, family: str = "layers") -> Kind:
    """Return the kind of an argument of a class that the user registered.

    Parameters
    ----------
    argument : str
        The argument's name in the constructor.
    family : str, default="layers"
        Family of the class.

    Returns
    -------
    Kind
        The kind of Keras object that the name implies (``gate_initializer``, ``activation``, ``cell`` ...), so that a
        recipe can describe it; otherwise any value, which the class itself must check.

    Examples
    --------
    >>> kind_for_unknown("gate_initializer").description
    "an initializer (its name, or an object with 'type') or null"
    >>> kind_for_unknown("use_bias").accepts(True)
    True
    """
    if family in _BASE_CLASSES and (argument == "learning_rate" or argument in catalog.common_arguments(family)):
        return kind_of(family, _BASE_CLASSES[family], argument)  # an argument of Keras' own class
    if argument in HELD:
        return ARGUMENTS[argument]
    if argument == "vocabulary":  # of a class like Keras' lookup layers, which accept paths too
        return optional(Terms(Either(Text(), Integer()), 1))
    # By convention, use_activation and similar names are true or false.
    return OfOwnClass() if argument.startswith("use_") else OBJECTS.get(_last_word(argument), OfOwnClass())


def base_class_default(family: str, argument: str) -> object:
    """Return the default of an argument that a registered class passes on to Keras' class; None if there is none."""
    return catalog.with_defaults(family, _BASE_CLASSES[family]).get(argument) if family in _BASE_CLASSES else None


_BASE_CLASSES = {"losses": "MeanSquaredError", "metrics": "Mean", "optimizers": "SGD"}


def _dimensions(class_name: str) -> str:
    found = re.search(r"[123]D", class_name)
    return found.group() if found else ""


def _last_word(argument: str) -> str:
    return argument.rpartition("_")[2]
