"""Parameters of tests: few of them in the fast suite, all others in the slow one."""

from collections.abc import Iterable

import pytest


def few_of(values: Iterable, *few: object) -> list:
    """Parameters of a test of all `values`: `few` in the fast suite, all others marked ``slow``."""
    return [pytest.param(value, marks=[] if value in few else pytest.mark.slow) for value in values]
