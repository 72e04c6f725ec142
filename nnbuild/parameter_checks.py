"""Checks of plain parameter values."""

from __future__ import annotations

import math
import sys
from numbers import Integral, Real
from typing import Any, TypeGuard

import numpy as np

from nnbuild.errors import show


def checked_count(name: str, value: object, least: int = 1) -> int:
    """Return a parameter as an int.

    Raises
    ------
    ValueError
        If it is not an integer, or less than `least`.

    Examples
    --------
    >>> checked_count("n_members", 0)
    Traceback (most recent call last):
    ValueError: n_members must be an integer of at least 1, got 0
    """
    if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
        raise ValueError(f"{name} must be an integer of at least {least}, got {show(value)}")
    return int(value)


def is_real(value: Any) -> TypeGuard[float]:
    """Return whether a parameter is a number in the range of a float, NumPy's included; booleans are not numbers."""
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    return is_number and abs(value) <= sys.float_info.max


def checked_seconds(name: str, value: object) -> float:
    """Return a time limit in seconds; infinity for None, no limit.

    Raises
    ------
    ValueError
        If it is neither None nor a number above 0.

    Examples
    --------
    >>> checked_seconds("time_budget", None), checked_seconds("time_budget", 90)
    (inf, 90.0)
    >>> checked_seconds("time_budget", "90s")
    Traceback (most recent call last):
    ValueError: time_budget must be a number of seconds above 0, or None, got '90s'
    """
    if value is None:
        return math.inf
    if not is_real(value) or value <= 0:
        raise ValueError(f"{name} must be a number of seconds above 0, or None, got {show(value)}")
    return float(value)


def checked_flag(name: str, value: object) -> bool:
    """Return a parameter as a bool; other values raise an error, since a text such as "no" counts as true.

    Raises
    ------
    ValueError
        If it is not a boolean.

    Examples
    --------
    >>> checked_flag("bootstrap", "no")
    Traceback (most recent call last):
    ValueError: bootstrap must be True or False, got 'no'
    """
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{name} must be True or False, got {value!r}")
    return bool(value)
