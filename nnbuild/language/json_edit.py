"""Edit a JSON text so that it has another value; other parts of the text keep their form."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any

from nnbuild.errors import Path
from nnbuild.language.json_text import Document, parse
from nnbuild.language.values import canonical


def edited(text: str, value: Any) -> str:
    r"""Return a JSON text with another value.

    Parts that are equal keep their text, with its line breaks and spaces. An added item is written on one line, after
    the separator of its neighbours. Items of a list that change their place keep their text too.

    Parameters
    ----------
    text : str
        Valid JSON.
    value : JSON value

    Raises
    ------
    RecipeError
        If `text` is not JSON.

    Examples
    --------
    >>> print(edited('{"a": [1,\n       2],  "b": {"c": 3}}', {"a": [1, 2, 4], "b": {"c": 5, "d": None}}))
    {"a": [1,
           2,
           4],  "b": {"c": 5, "d": null}}
    """
    editor = _Editor(text)
    start, end = editor.span(())
    return text[:start] + editor.text_of((), value) + text[end:]


class _Editor:
    """Text of a JSON document, and of its parts with other values."""

    def __init__(self, text: str):
        self.text = text
        self.document: Document = parse(text)
        self.decoder = json.JSONDecoder()

    def text_of(self, path: Path, new: Any) -> str:
        """Return the text of the part at `path`, with the value `new`."""
        start, end = self.span(path)
        old = self.value(path)
        if canonical(old) == canonical(new):
            return self.text[start:end]
        if isinstance(old, dict) and isinstance(new, dict) and old and new:
            places = {key: place for place, key in enumerate(old)}
            return self.joined(path, list(old), [(places.get(key), self.item(path, key, new[key])) for key in new])
        if isinstance(old, list) and isinstance(new, list) and old and new:
            return self.joined(path, list(range(len(old))), list(self.items(path, old, new)))
        return json.dumps(new, ensure_ascii=False)

    def item(self, path: Path, key: str, new: Any) -> str:
        """Return the text of a key of an object, with its value."""
        if key not in self.value(path):
            return f"{json.dumps(key, ensure_ascii=False)}: {json.dumps(new, ensure_ascii=False)}"
        inner = (*path, key)
        return self.text[self.document.offset(inner, at_key=True) : self.span(inner)[0]] + self.text_of(inner, new)

    def items(self, path: Path, old: list, new: list) -> Iterator[tuple[int | None, str]]:
        """Yield the text of each item of a list, with its place in the old list."""
        places = _places([canonical(value) for value in old], [canonical(value) for value in new])
        for index, value in enumerate(new):
            place = places.get(index)
            text = json.dumps(value, ensure_ascii=False)
            yield place, text if place is None else self.text_of((*path, place), value)

    def joined(self, path: Path, keys: Sequence[Any], items: list[tuple[int | None, str]]) -> str:
        """Return the text of an object or list with other items, each with its place in the old one."""
        start, end = self.span(path)
        starts = [self.document.offset((*path, key), at_key=True) for key in keys]
        ends = [self.span((*path, key))[1] for key in keys]
        opening, closing = self.text[start : starts[0]], self.text[ends[-1] : end]
        between = [self.text[before:after] for before, after in zip(ends, starts[1:], strict=False)]
        between = between or [self.separator_after(opening)]
        result = opening
        for number, (place, text) in enumerate(items):
            last = items[number - 1][0] if number else None
            if place is not None and last is not None and place == last + 1:
                result += between[last]
            elif number:
                result += between[number - 1] if len(items) == len(keys) else between[0]
            result += text
        return result + closing

    @staticmethod
    def separator_after(opening: str) -> str:
        """Return a separator for a list or object of one item, from the spaces before the item."""
        spaces = opening[1:]
        return "," + (spaces if "\n" in spaces else " ")

    def span(self, path: Path) -> tuple[int, int]:
        """Return the offsets of the beginning and the end of a part."""
        start = self.document.offset(path)
        return start, self.decoder.raw_decode(self.text, start)[1]

    def value(self, path: Path) -> Any:
        value: Any = self.document.value
        for part in path:
            value = value[part]
        return value


def _places(before: list[str], after: list[str]) -> dict[int, int]:
    """Return the place in the old list of each item of a new one that is equal, moved or changed."""
    if len(before) == len(after):  # none is added or removed
        places = {index: index for index, value in enumerate(after) if before[index] == value}
    else:
        blocks = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
        places = {j + n: i + n for _, i, i_end, j, j_end in blocks if i_end - i == j_end - j for n in range(i_end - i)}
    free = [place for place in range(len(before)) if place not in places.values()]
    for index, value in enumerate(after):
        if (
            index not in places
            and (moved := next((place for place in free if before[place] == value), None)) is not None
        ):
            places[index] = moved
            free.remove(moved)
    if len(before) == len(after):
        places |= zip((index for index in range(len(after)) if index not in places), free, strict=True)
    return places
