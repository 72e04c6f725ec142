"""Plain values of parameters, checked before anything is done with them."""

from __future__ import annotations

import sys
from numbers import Integral, Real
from typing import Any, TypeGuard

import numpy as np

from nnbuild.errors import show


def checked_count(name: str, value: object, least: int = 1) -> int:
    """The whole number that a parameter is.

    Raises
    ------
    ValueError
        If it is none, or less than `least`.

    Examples
    --------
    >>> checked_count("n_members", 0)
    Traceback (most recent call last):
    ValueError: n_members must be a whole number of 1 or more, got 0
    """
    if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
        raise ValueError(f"{name} must be a whole number of {least} or more, got {show(value)}")
    return int(value)


def is_real(value: Any) -> TypeGuard[float]:
    """Whether a parameter is a number that a float holds, NumPy's too; truth values are none."""
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    return is_number and abs(value) <= sys.float_info.max


def checked_flag(name: str, value: object) -> bool:
    """The truth value that a parameter is: a text such as "no" would count as true.

    Raises
    ------
    ValueError
        If it is none.

    Examples
    --------
    >>> checked_flag("bootstrap", "no")
    Traceback (most recent call last):
    ValueError: bootstrap must be True or False, got 'no'
    """
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{name} must be True or False, got {value!r}")
    return bool(value)
