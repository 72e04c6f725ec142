"""Errors and warnings of nnbuild: what is wrong, where, what is allowed, and how to fix it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from heapq import nsmallest
from itertools import islice

Path = tuple[str | int, ...]

_PLAIN_KEY = re.compile(r"[A-Za-z_$][A-Za-z0-9_]*\Z")
_MAX_NAMES = 8  # a list of allowed names longer than this is cut to the nearest ones
_MAX_COMPARED = 300  # names compared letter by letter, at about 0.05 ms each
_MAX_LENGTH = 100  # characters of a compared name


class NNBuildError(Exception):
    """Base class of all errors that nnbuild raises."""


@dataclass(frozen=True)
class Problem:
    """One mistake in a recipe.

    Attributes
    ----------
    path : tuple of str and int
        Keys and list positions from the top of the recipe to the mistake.
    found : str
        What is wrong.
    allowed : str, default=""
        Allowed values.
    hint : str, default=""
        How to fix it.
    shapes : str, default=""
        The tensor shapes that led to the mistake, if shapes matter.
    at_key : bool, default=False
        Whether the key at the end of `path` is wrong, not its value.
    source : str, default=""
        File of the recipe.
    line, column : int or None
        Position in that file or text, counted from 1.
    """

    path: Path
    found: str
    allowed: str = ""
    hint: str = ""
    shapes: str = ""
    at_key: bool = field(default=False, compare=False)
    source: str = ""
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.source, self.line, self.column) if part)
        where = ": ".join(part for part in (place, format_path(self.path)) if part)
        lines = [f"{where}: {self.found}" if where else self.found]
        for name in ("shapes", "allowed", "hint"):
            if text := getattr(self, name):
                lines.append(f"  {name}: {text}")
        return "\n".join(lines)

    def located(self, source: str, line: int | None, column: int | None) -> Problem:
        """Return this problem with its position in a file."""
        return replace(self, source=source, line=line, column=column)


class RecipeError(NNBuildError, ValueError):
    """Invalid recipe, with every problem found.

    Parameters
    ----------
    problems : iterable of Problem
        In file order.
    """

    def __init__(self, problems: Iterable[Problem]):
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class DataError(NNBuildError, ValueError):
    """Invalid data: what is wrong, where, and how to fix it."""


class DataTypeError(DataError, TypeError):
    """Invalid types of values in data."""


class DivergenceError(NNBuildError, ArithmeticError):
    """The loss became NaN or infinite before any epoch with finite weights."""


class NNBuildWarning(UserWarning):
    """Base class of all warnings of nnbuild, and the warning about findings of a diagnosis."""


class DivergenceWarning(NNBuildWarning):
    """The loss became NaN or infinite: training stopped and kept the weights of an earlier epoch."""


class UnderfittingWarning(NNBuildWarning):
    """The trained network predicts no better than a constant."""


class PreparationWarning(NNBuildWarning):
    """Samples of a continued training do not match the preparation learned from earlier samples."""


class MemoryLimitError(NNBuildError, MemoryError):
    """A network requires more memory than the machine has."""


class BackendError(NNBuildError, RuntimeError):
    """Keras runs on another backend than TensorFlow, or the device lacks an operation of the network."""


class CacheError(NNBuildError, RuntimeError):
    """Compiled programs on disk can't be used: TensorFlow has already computed, or others can change the folder."""


def format_path(path: Path) -> str:
    """Format a path as text, like an expression on JSON.

    Examples
    --------
    >>> format_path(("layers", 2, "layers", 0, "activation"))
    'layers[2].layers[0].activation'
    >>> format_path(("params", "two words"))
    "params['two words']"
    """
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif len(part) <= _MAX_LENGTH and _PLAIN_KEY.match(part):
            text += f".{part}" if text else part
        else:
            text += f"[{show(part)}]"
    return text


def show(value: object, most: int = 60) -> str:
    """Format a JSON value for error messages: strings in single quotes, long values cut.

    Examples
    --------
    >>> show("4"), show(True), show(None), show({"a": [1, 2.5]})
    ("'4'", 'true', 'null', "{'a': [1, 2.5]}")
    """
    text = ""
    for piece in _pieces(value, 4):
        text += piece
        if len(text) > most:  # the rest of a long value is not formatted
            end = {"[": "]", "{": "}"}.get(text[0], text[0] if isinstance(value, str) else "")
            return text[: most - 4].rstrip() + " ..." + end
    return text


def _pieces(value: object, depth: int) -> Iterator[str]:
    """Yield the text of a value from left to right, with lists and objects to a nesting depth of `depth`."""
    if not isinstance(value, dict | list | tuple):
        yield _atom(value)
        return
    start, end = "{}" if isinstance(value, dict) else "[]"
    yield start
    if depth == 0 and value:
        yield "..."
    else:
        yield from _items(value, depth - 1)
    yield end


def _items(values: dict | list | tuple, depth: int) -> Iterator[str]:
    for index, item in enumerate(values):
        yield ", " if index else ""
        if isinstance(values, dict):
            yield f"{_atom(item)}: "
            item = values[item]
        yield from _pieces(item, depth)


def _atom(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {"None": "null", "True": "true", "False": "false"}[str(value)]
    if isinstance(value, int) and abs(value) >= 10**40:
        return "a number with too many digits"
    return repr(value[:1000] if isinstance(value, str) else value)


def nearest(name: str, names: Iterable[str]) -> str:
    """Return the one of `names` that `name` probably means; "" if none is near.

    Examples
    --------
    >>> nearest("rellu", ["relu", "selu"]), nearest("DENSE", ["Dense"]), nearest("x", ["Dense"])
    ('relu', 'Dense', '')
    >>> nearest("lr", ["learning_rate", "loss"]), nearest("acc", ["auc", "accuracy"])
    ('learning_rate', 'accuracy')
    """
    name = name[:_MAX_LENGTH]
    names = _comparable(name, names)
    folded = {_folded(known): known for known in reversed(names)}
    plain = _folded(name)
    if plain in folded:
        return folded[plain]
    short = [known for known in names if _shortened(plain, known)]
    if len(set(map(_folded, short))) == 1:
        return next((known for known in short if known.startswith(name)), short[0])
    cutoff = 0.5 if len(plain) <= 3 else 0.6  # one wrong letter of two is a typing error too
    near = get_close_matches(name, names, 1, cutoff)
    near = near or [folded[match] for match in get_close_matches(plain, folded, 1, cutoff)]
    return near[0] if near else ""


def _comparable(name: str, names: Iterable[str]) -> list[str]:
    """Return the names to compare with `name`: of very many, those that share most letters with it."""
    letters = set(_folded(name))
    names = [known for known in islice(names, 5_000) if len(known) <= _MAX_LENGTH]
    if len(names) <= _MAX_COMPARED:
        return names
    return nsmallest(_MAX_COMPARED, names, key=lambda known: len(letters.symmetric_difference(_folded(known))))


def _folded(name: str) -> str:
    return name.lower().replace("_", "")


def _shortened(plain: str, known: str) -> bool:
    """Return whether `plain` is the beginning of a name, or the first letters of its words."""
    words = known.lower().split("_")
    return len(plain) >= 2 and ("".join(words).startswith(plain) or "".join(word[:1] for word in words) == plain)


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return a hint with the nearest of `names`; "" if none is near."""
    near = nearest(name, names)
    return f"did you mean {near!r}?" if near else ""


def name_list(names: Iterable[str], near: str = "") -> str:
    """Format sorted `names` as text; a list of more than eight is cut to those nearest to `near`.

    Examples
    --------
    >>> name_list(["relu", "elu"])
    'elu, relu'
    >>> name_list(["axis", "dtype", "kernel", "kernels", "mask", "name", "rate", "seed", "size", "units"], "kernal")
    'axis, ..., kernel, kernels, mask, name, rate, seed, size, ...'
    """
    ordered = sorted(set(names), key=lambda name: (name.lower(), name))
    if len(ordered) <= _MAX_NAMES:
        return ", ".join(ordered)
    near = near[:_MAX_LENGTH]
    comparable = _comparable(near, ordered)
    if not comparable:
        return ""
    close = sorted(ordered.index(name) for name in get_close_matches(near, comparable, _MAX_NAMES, cutoff=0.0))
    parts, last = [], -1
    for index in close:
        parts += ["...", ordered[index]] if index > last + 1 else [ordered[index]]
        last = index
    return ", ".join(parts + (["..."] if last < len(ordered) - 1 else []))


def first_names(names: Sequence[str], most: int = 10) -> str:
    """Format names as text in their order; of many, the first ones and the last.

    Examples
    --------
    >>> first_names(["no", "yes"]), first_names([str(n) for n in range(100)], most=4)
    ('no, yes', '0, 1, 2, ..., 99 (100)')
    """
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[: most - 1])}, ..., {names[-1]} ({len(names):,})"


def unknown_name(path: Path, what: str, name: str, names: Iterable[str], at_key: bool = False) -> Problem:
    """Return the `Problem` of a name that is not among `names`, with the nearest one as a hint."""
    names = list(names)
    return Problem(
        path,
        found=f"unknown {what} {show(name)}",
        allowed=name_list(names, name),
        hint=did_you_mean(name, names),
        at_key=at_key,
    )
