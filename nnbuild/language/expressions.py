"""Parse and evaluate expressions on params, such as ``"$units * 2"``; a closed grammar, without Python's eval."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from nnbuild.catalog.json_form import UNKNOWN
from nnbuild.errors import Path, Problem, did_you_mean, name_list, show

MAX_CHARACTERS = 200
MAX_MAGNITUDE = 2**63
MAX_EXPONENT = 64
NAME = re.compile(r"[A-Za-z](?:(?!__)[A-Za-z0-9_])*\Z")

_MENTION = re.compile(r"[A-Za-z]\w*", re.ASCII)
_TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|([A-Za-z]\w*)|(\*\*|//|[-+*/%(),]))", re.ASCII)


class ExpressionError(Exception):
    """An expression that can't be read or evaluated.

    Parameters
    ----------
    found : str
        What is wrong.
    hint : str, default=""
        How to fix it; by default the nearest of `names` to `name`.
    name : str, default=""
        The unknown name in it.
    names : iterable of str
        Names in scope.
    """

    def __init__(self, found: str, hint: str = "", name: str = "", names: Iterable[str] = ()):
        super().__init__(found)
        self.found, self.hint, self.name, self.names = found, hint, name, names

    def problem(self, path: Path) -> Problem:
        """Return the `Problem` of the expression at `path`."""
        names = list(self.names)
        return Problem(path, self.found, name_list(names, self.name), self.hint or did_you_mean(self.name, names))


class UnknownParam(ExpressionError):
    """An expression on a param that is not in scope."""


@dataclass(frozen=True)
class _Call:
    """An operator or function with its operands: numbers, names (str) or calls."""

    symbol: str
    operands: tuple


def is_expression(value: object) -> bool:
    """Return whether a JSON value is an expression: a string that starts with one ``$``."""
    return isinstance(value, str) and value.startswith("$") and not value.startswith("$$")


def mentioned(text: str) -> list[str]:
    """Return the names in an expression, even if its syntax is invalid.

    Examples
    --------
    >>> mentioned("$max(f, 2 * + g")
    ['max', 'f', 'g']
    """
    return _MENTION.findall(text)


def evaluate(text: str, values: Mapping[str, object]) -> object:
    """Return the value of an expression.

    Parameters
    ----------
    text : str
        The expression with its leading ``$``.
    values : mapping of str to JSON value
        The params in scope.

    Returns
    -------
    JSON value or UNKNOWN
        Any JSON value for a name alone; a number for arithmetic; UNKNOWN if the value of a param is unknown.

    Raises
    ------
    ExpressionError
        If the text is not an expression, a name is not in scope, or the arithmetic fails.

    Examples
    --------
    >>> evaluate("$max(f // 2, 20)", {"f": 64}), evaluate("$-f ** 2", {"f": 3}), evaluate("$h", {"h": [8, 4]})
    (32, -9, [8, 4])
    """
    tree = _parse(text)
    if isinstance(tree, str):
        return _lookup(tree, values)
    return _compute(tree, text, values)


def _lookup(name: str, values: Mapping[str, object]) -> object:
    if name not in values:
        raise UnknownParam(f"unknown param {show(name)}", name=name, names=values)
    return values[name]


def _compute(tree: Any, text: str, values: Mapping[str, object]) -> object:
    if isinstance(tree, str):
        value = _lookup(tree, values)
        if value is UNKNOWN:
            return value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ExpressionError(f"{show(text)} needs a number for {show(tree)}, got {show(value)}")
        return _limited(value, text)
    if not isinstance(tree, _Call):
        return _limited(tree, text)
    operands = [_compute(operand, text, values) for operand in tree.operands]
    if any(operand is UNKNOWN for operand in operands):
        return UNKNOWN
    return _apply(tree.symbol, operands, text)


def _apply(symbol: str, operands: list, text: str) -> int | float:
    if symbol == "**" and abs(operands[1]) > MAX_EXPONENT:
        raise ExpressionError(f"{show(text)} has an exponent above {MAX_EXPONENT}")
    try:
        value = FUNCTIONS[symbol][0](*operands) if symbol in FUNCTIONS else OPERATORS[len(operands), symbol](*operands)
    except ZeroDivisionError:
        raise ExpressionError(f"{show(text)} divides by zero") from None
    except (OverflowError, ValueError):
        raise _too_large(text) from None
    if isinstance(value, complex):
        raise ExpressionError(f"{show(text)} raises a negative number to a fractional power")
    return _limited(value, text)


def _limited(value: int | float, text: str) -> int | float:
    """Return `value`; raise an error if its magnitude is beyond the limit, or it is NaN."""
    if not abs(value) < MAX_MAGNITUDE:  # "not <" instead of ">=", for NaN
        raise _too_large(text)
    return value


def _too_large(text: str) -> ExpressionError:
    return ExpressionError(f"{show(text)} is too large: its magnitude must be below 2**63")


@lru_cache(maxsize=4096)
def _parse(text: str) -> object:
    """Return the syntax tree of an expression; a name alone is a str."""
    if len(text) > MAX_CHARACTERS:
        raise ExpressionError(f"an expression must have at most {MAX_CHARACTERS} characters, got {len(text)}")
    tokens = _tokens(text)
    tree, rest = _binary(tokens, 0, text, lowest=0)
    if rest < len(tokens):
        raise _not_an_expression(text, f"unexpected {show(tokens[rest])}")
    return tree


def _tokens(text: str) -> list:
    """Split an expression into tokens: numbers as int or float, everything else as str."""
    tokens: list = []
    position = 1
    end = len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if not match:
            found = f"unexpected character {show(text[position:].lstrip()[0])}"
            raise _not_an_expression(text, found, f"write a plain string as {show('$' + text)}")
        number, name, symbol = match.groups()
        tokens.append(_number(number) if number else name or symbol)
        position = match.end()
    return tokens


def _number(text: str) -> int | float:
    return int(text) if text.isdigit() else float(text)


def _binary(tokens: list, at: int, text: str, lowest: int) -> tuple[object, int]:
    """Parse an operand and the operators after it of at least the precedence `lowest`; return the tree and its end."""
    left, at = _operand(tokens, at, text)
    while at < len(tokens) and PRECEDENCE.get(tokens[at], -1) >= lowest and not isinstance(tokens[at], int | float):
        symbol = tokens[at]
        # Powers group to the right, the others to the left.
        right, at = _binary(tokens, at + 1, text, PRECEDENCE[symbol] + (0 if symbol == "**" else 1))
        left = _Call(symbol, (left, right))
    return left, at


def _operand(tokens: list, at: int, text: str) -> tuple[object, int]:
    token = tokens[at] if at < len(tokens) else None
    if token is None:
        raise _not_an_expression(text, "a value is missing at the end")
    if isinstance(token, int | float):
        return token, at + 1
    if token == "-":
        return _negated(tokens, at, text)
    if token == "(":
        inner, at = _binary(tokens, at + 1, text, 0)
        return inner, _closing(tokens, at, text)
    if token in PRECEDENCE or token in (")", ","):
        raise _not_an_expression(text, f"a value is missing before {show(token)}")
    if at + 1 < len(tokens) and tokens[at + 1] == "(":
        return _function(tokens, at, text)
    return token, at + 1


def _negated(tokens: list, at: int, text: str) -> tuple[object, int]:
    first = at
    while at < len(tokens) and tokens[at] == "-":
        at += 1
    n_signs = at - first
    # As in Python, minus binds less tightly than a power after it, and more tightly than a product.
    inner, at = _binary(tokens, at, text, PRECEDENCE["**"])
    for _ in range(2 - n_signs % 2):  # an odd number of signs is one, an even number two
        inner = _Call("-", (inner,))
    return inner, at


def _function(tokens: list, at: int, text: str) -> tuple[object, int]:
    name = tokens[at]
    if name not in FUNCTIONS:
        raise ExpressionError(f"unknown function {show(name)}", name=name, names=FUNCTIONS)
    operands: list = []
    separator: object = ","
    at += 1
    while separator == ",":
        operand, at = _binary(tokens, at + 1, text, 0)
        operands.append(operand)
        separator = tokens[at] if at < len(tokens) else None
    most = FUNCTIONS[name][1]
    if most and len(operands) > most:
        raise ExpressionError(f"{name}() takes 1 argument, got {len(operands)} in {show(text)}")
    return _Call(name, tuple(operands)), _closing(tokens, at, text)


def _closing(tokens: list, at: int, text: str) -> int:
    if at >= len(tokens) or tokens[at] != ")":
        raise _not_an_expression(text, "')' is missing")
    return at + 1


def _not_an_expression(text: str, why: str, hint: str = "") -> ExpressionError:
    return ExpressionError(f"{show(text)} is not an expression: {why}", hint=hint)


PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2, "//": 2, "%": 2, "**": 3}

OPERATORS: dict[tuple[int, str], Callable] = {
    (1, "-"): operator.neg,
    (2, "+"): operator.add,
    (2, "-"): operator.sub,
    (2, "*"): operator.mul,
    (2, "/"): operator.truediv,
    (2, "//"): operator.floordiv,
    (2, "%"): operator.mod,
    (2, "**"): operator.pow,
}

# Each function with its largest number of arguments; None for any number.
FUNCTIONS: dict[str, tuple[Callable, int | None]] = {
    "min": (lambda *values: min(values), None),
    "max": (lambda *values: max(values), None),
    "round": (round, 1),
    "int": (int, 1),
}
