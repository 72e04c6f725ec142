"""Tests of private names of other libraries: a failure names the function and what to check at an update."""

import functools
from collections.abc import Callable


def relies_on(function: Callable, check: str) -> Callable:
    """Mark a test of the private API that `function` uses; `check` is the part of the library to review on failure."""

    def marked(test: Callable) -> Callable:
        @functools.wraps(test)
        def reported(*arguments, **named):
            try:
                test(*arguments, **named)
            except Exception as error:
                where = f"{function.__module__}.{function.__name__}"
                raise AssertionError(f"{where} is broken by this version: check {check}") from error

        return reported

    return marked
