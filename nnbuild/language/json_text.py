"""Parse JSON text into plain values and their positions; rejects ambiguous text that `json` accepts."""

from __future__ import annotations

import json
import math
import re
import sys
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from nnbuild.errors import Path, Problem, RecipeError, show

MAX_BYTES = 4 * 2**20  # of a whole text, in UTF-8
MAX_DEPTH = 64  # nesting depth of JSON objects and lists, and of composites and blocks in recipes
MAX_DIGITS = 4000  # of an integer; Python's own limit is 4300 by default


@dataclass(frozen=True)
class Document:
    """A JSON value with the position of each of its parts in the text.

    Attributes
    ----------
    value : JSON value
        As `json.loads` returns it: dict, list, str, int, float, bool or None.
    source : str
        Name of the file, or "".
    """

    value: object
    source: str = ""
    _offsets: int | _Offsets = field(default=0, repr=False, compare=False)
    _line_starts: list[int] = field(default_factory=lambda: [0], repr=False, compare=False)

    def position(self, path: Path, at_key: bool = False) -> tuple[int, int]:
        """Return the line and column, in characters and counted from 1, where a part of the value begins.

        Parameters
        ----------
        path : tuple of str and int
            Keys and list positions from the top. If it does not exist, the longest existing part of it is used.
        at_key : bool, default=False
            Whether to return the position of the key at the end of `path` instead of its value.
        """
        return _line_and_column(self._line_starts, self.offset(path, at_key))

    def offset(self, path: Path, at_key: bool = False) -> int:
        """Return the character offset of `path`, by which problems are sorted."""
        offsets, key_at = self._offsets, None
        for part in path:
            if not (isinstance(offsets, _Offsets) and offsets.contains(part)):
                key_at = None
                break
            key_at, offsets = offsets.keys.get(part), offsets.children[part]
        value_at = offsets.start if isinstance(offsets, _Offsets) else offsets
        return value_at if key_at is None or not at_key else key_at


def parse(text: str | bytes, source: str = "", max_bytes: int = MAX_BYTES) -> Document:
    r"""Parse a JSON text and record the position of each part.

    Rejects all that `json` of the standard library rejects, and duplicate keys, non-finite numbers, integers of more
    than 4000 digits, lone surrogates, a nesting depth above 64, more than `max_bytes` bytes, invalid UTF-8, and a
    byte-order mark.

    Parameters
    ----------
    text : str or bytes
        The whole text; bytes are read as UTF-8.
    source : str, default=""
        Name of the file, for messages.
    max_bytes : int, default=4 MiB
        Largest length in bytes.

    Raises
    ------
    RecipeError
        With the first problem in the text, its line and column.

    Examples
    --------
    >>> document = parse('{"layers": [\n  {"type": "Dense"}]}')
    >>> document.value
    {'layers': [{'type': 'Dense'}]}
    >>> document.position(("layers", 0, "type")), document.position(("layers", 0, "type"), at_key=True)
    ((2, 12), (2, 4))
    """
    data = _encoded(text, source) if isinstance(text, str) else text
    if len(data) > max_bytes:
        most = f"at most {max_bytes // 2**20} MiB in UTF-8"
        raise RecipeError([Problem((), "the text is too long", most, source=source)])
    return _Reader(_decoded(data, source), source).document()


class _Offsets(NamedTuple):
    """Offsets of an object or list, and of its parts. A value of another type has one offset, an int."""

    start: int
    children: Any  # dict or list of the offsets of the values
    keys: dict[str | int, int]  # offsets of the keys; a list has none

    def contains(self, part: str | int) -> bool:
        return part in (self.children if isinstance(self.children, dict) else range(len(self.children)))


def _encoded(text: str, source: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        message_and_hint = _lone_surrogate(f"\\u{ord(text[error.start]):04x}")
        raise _Reader(text, source).error(error.start, *message_and_hint) from None


def _decoded(data: bytes, source: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        message = f"not UTF-8: byte {error.start + 1} of the file is 0x{data[error.start]:02X}"
        hint = "save the file as UTF-8" + (", not UTF-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "")
        raise _Reader(before, source).error(len(before), message, hint) from None


def _lone_surrogate(escape: str) -> tuple[str, str]:
    return f"'{escape}' is a lone surrogate", "write the character itself, or the full surrogate pair"


def _line_and_column(line_starts: list[int], at: int) -> tuple[int, int]:
    line = bisect_right(line_starts, at)
    return line, at - line_starts[line - 1] + 1


class _Reader:
    """Recursive-descent parser of one text.

    The methods named after values take the offset and the path of the value. They return the value, its offsets
    and the offset after it. The methods named `..._error` return an error.
    """

    def __init__(self, text: str, source: str):
        self.text = text
        self.source = source
        self.line_starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
        self.opened: list[int] = []  # offsets of the open brackets

    def document(self) -> Document:
        value, offsets, end = self.value(self.skip_spaces(0), ())
        if self.skip_spaces(end) < len(self.text):
            raise self.end_error(self.skip_spaces(end))
        return Document(value, self.source, offsets, self.line_starts)

    def skip_spaces(self, at: int) -> int:
        match = _NON_SPACE.search(self.text, at)
        return match.start() if match else len(self.text)

    def value(self, at: int, path: Path) -> tuple:
        if not (read := _READERS.get(self.text[at : at + 1])):
            raise self.value_error(at)
        return read(self, at, path)

    def object(self, at: int, path: Path) -> tuple:
        value, offsets = {}, {}
        keys: dict[str | int, int] = {}
        has_item, end = self.open(at)
        while has_item:
            key_at = end
            key, end = self.key(end, path, keys)
            value[key], offsets[key], end = self.value(end, (*path, key))
            keys[key] = key_at
            has_item, end = self.next_item(end)
        return value, _Offsets(at, offsets, keys), end

    def array(self, at: int, path: Path) -> tuple:
        values: list = []
        offsets: list = []
        has_item, end = self.open(at)
        while has_item:
            value, offset, end = self.value(end, (*path, len(values)))
            values.append(value)
            offsets.append(offset)
            has_item, end = self.next_item(end)
        return values, _Offsets(at, offsets, {}), end

    def open(self, at: int) -> tuple[bool, int]:
        """Step past an opening bracket; return whether anything is inside, and the next offset."""
        if len(self.opened) == MAX_DEPTH:
            raise self.error(at, f"objects and lists are nested deeper than {MAX_DEPTH}")
        end = self.skip_spaces(at + 1)
        if self.text.startswith(_CLOSING[self.text[at]], end):
            return False, end + 1
        self.opened.append(at)
        return True, end

    def next_item(self, at: int) -> tuple[bool, int]:
        """Step past the comma or closing bracket after an item; return whether it is a comma, and the next offset."""
        match = _AFTER_ITEM.match(self.text, at)
        if not match or match[1] not in ("," + _CLOSING[self.text[self.opened[-1]]]):
            raise self.comma_error(at)
        if match[1] != ",":
            self.opened.pop()
        return match[1] == ",", match.end()

    def key(self, at: int, path: Path, keys: dict) -> tuple[str, int]:
        if not self.text.startswith('"', at):
            raise self.key_error(at)
        key, _, end = self.string(at, path)
        if key in keys:
            message = f"duplicate key {show(key)}, first defined at {self.position_text(keys[key])}"
            raise self.error(at, message, path=path)
        if not (colon := _COLON.match(self.text, end)):
            raise self.colon_error(end, key)
        return key, colon.end()

    def string(self, at: int, path: Path) -> tuple:
        if plain := _PLAIN_STRING.match(self.text, at):
            return plain[1], at, plain.end()
        for stop in _STRING_STOP.finditer(self.text, at + 1):
            if stop[0] == '"':
                return json.loads(self.text[at : stop.end()]), at, stop.end()
            if not stop["escape"]:
                raise self.character_error(stop.start(), at)
        raise self.error(at, *_OPEN_STRING)

    def number(self, at: int, path: Path) -> tuple:
        if not (match := _NUMBER.match(self.text, at)):
            raise self.value_error(at)
        if match[2] or match[3]:
            value = float(match[0])
            if math.isinf(value):
                raise self.error(at, f"must be a finite number, got {_cut(match[0])}", path=path)
            return value, at, match.end()
        n_digits, max_digits = len(match[1].lstrip("-")), min(MAX_DIGITS, sys.get_int_max_str_digits() or MAX_DIGITS)
        if n_digits > max_digits:
            raise self.error(at, f"must be a number of at most {max_digits} digits, got {n_digits} digits", path=path)
        return int(match[1]), at, match.end()

    def literal(self, at: int, path: Path) -> tuple:
        word = _BARE.match(self.text, at)
        if not word or word[0] not in _LITERALS:
            raise self.value_error(at)
        return _LITERALS[word[0]], at, word.end()

    def error(self, at: int, message: str, hint: str = "", path: Path = ()) -> RecipeError:
        line, column = _line_and_column(self.line_starts, at)
        return RecipeError([Problem(path, message, hint=hint, source=self.source, line=line, column=column)])

    def value_error(self, at: int) -> RecipeError:
        return self.unexpected_text_error(at) or self.unquoted_word_error(at) or self.expected_error(at, "a value")

    def key_error(self, at: int) -> RecipeError:
        if error := self.unexpected_text_error(at):
            return error
        if word := _BARE.match(self.text, at):
            return self.error(at, f"not JSON: the key {_cut(word[0])} without quotes", _quoted("keys", word[0]))
        hint = f"is the {self.opening()} closed?" if self.text[at] in "{[" else ""
        return self.expected_error(at, "a key in double quotes", hint)

    def colon_error(self, at: int, key: str) -> RecipeError:
        message = f"not JSON: expected ':' after the key {show(key)}"
        return self.unexpected_text_error(self.skip_spaces(at)) or self.error(at, message)

    def comma_error(self, at: int) -> RecipeError:
        end = self.skip_spaces(at)
        if error := self.unexpected_text_error(end):
            return error
        opened, char = self.text[self.opened[-1]], self.text[end]
        if char in "]}":
            message = f"not JSON: {char!r} can't close the {self.opening()}"
            return self.error(end, message, f"write {_CLOSING[opened]!r} first")
        if char == ":" and opened == "[":
            return self.error(end, "not JSON: a colon in a list", 'keys are only allowed in an object: {"key": 1}')
        if char in '"{[' or _BARE.match(char):
            hint = _INNER_QUOTE if char not in '"{[' and self.text[at - 1 : end] == '"' else ""
            return self.error(at, f"not JSON: expected ',' before the next {_ITEM[opened]}", hint)
        return self.expected_error(end, f"',' or {_CLOSING[opened]!r}")

    def end_error(self, at: int) -> RecipeError:
        closing = self.text[at] if self.text[at] in "]}" else ""
        message = f"{closing!r} has no opening bracket" if closing else "text after the end of the JSON value"
        return self.unexpected_text_error(at) or self.error(at, f"not JSON: {message}")

    def character_error(self, at: int, string_at: int) -> RecipeError:
        """Return the error for a character that is invalid in a string: a control character or a backslash."""
        char, escaped = self.text[at], self.text[at + 1 : at + 2]
        if char in "\r\n" or (char == "\\" and escaped in ("", "\r", "\n")):
            return self.error(string_at, *_OPEN_STRING)
        if char != "\\":
            hint = "write a tab as \\t" if char == "\t" else f"write it as \\u{ord(char):04x}"
            return self.error(at, f"not JSON: the control character U+{ord(char):04X} in a string", hint)
        if re.match("u[0-9a-fA-F]{4}", self.text[at + 1 : at + 6]):
            return self.error(at, *_lone_surrogate(self.text[at : at + 6]))
        if escaped == "u":
            return self.error(at, "not JSON: four hexadecimal digits are required after \\u", "like this: \\u00e9")
        return self.error(at, f"not JSON: a backslash before {escaped!r}", "write a backslash as \\\\")

    def unexpected_text_error(self, at: int) -> RecipeError | None:
        """Return the error for invalid text between values, such as a trailing comma, a comment or single quotes."""
        char, before = self.text[at : at + 1], self.text[:at].rstrip(_SPACES)
        if not char and not self.opened:
            return self.error(0, "not JSON: the text is empty", 'a recipe starts with {"nnbuild": 1, ...')
        if not char:
            hint = f"add the missing {_CLOSING[self.text[self.opened[-1]]]!r}"
            return self.error(len(before), f"not JSON: the {self.opening()} is never closed", hint)
        if char in "]}" and before.endswith(","):
            return self.error(len(before) - 1, f"not JSON: a comma before {char!r} (JSON does not allow it)")
        for start, message, hint in _UNEXPECTED_TEXTS:
            if re.match(start, self.text[at : at + 2]):
                return self.error(at, f"not JSON: {message}", hint)
        if char.isspace() or not char.isprintable():
            return self.error(at, f"not JSON: the character U+{ord(char):04X} outside a string", _ODD_SPACE)
        return None

    def unquoted_word_error(self, at: int) -> RecipeError | None:
        """Return the error for an unquoted word or a number that is not JSON."""
        if not (match := _BARE.match(self.text, at)):
            return None
        word, lower = match[0], match[0].lower()
        if lower in _LITERALS:
            return self.error(at, f"not JSON: {word} ({lower} must be in lower case)")
        if reason := _INVALID_LITERALS.get(lower.lstrip("+-")):
            return self.error(at, f"not JSON: {_cut(word)} ({reason})")
        if re.match(r"[-+.]|\d", word):
            return self.error(at, *_bad_number(word))
        return self.error(at, f"not JSON: {_cut(word)} without quotes", _quoted("strings", word))

    def expected_error(self, at: int, wanted: str, hint: str = "") -> RecipeError:
        return self.error(at, f"not JSON: expected {wanted}, got {self.text[at]!r}", hint)

    def opening(self) -> str:
        return f"{self.text[self.opened[-1]]!r} at {self.position_text(self.opened[-1])}"

    def position_text(self, at: int) -> str:
        return "line {}, column {}".format(*_line_and_column(self.line_starts, at))


def _bad_number(word: str) -> tuple[str, str]:
    """Return the message for an invalid number, and a hint with the number that was probably meant."""
    for pattern, reason, replacement in _BAD_NUMBERS:
        if re.fullmatch(pattern, word):
            corrected = re.sub(pattern, replacement, word) if replacement else ""
            hint = f"write {corrected}" if len(corrected) < 40 and _NUMBER.fullmatch(corrected) else ""
            return f"not JSON: {_cut(word)} ({reason})", hint
    return f"not JSON: {_cut(word)} is not a number", _quoted("strings", word)


def _quoted(what: str, word: str) -> str:
    return f"write {what} in double quotes" + (f': "{word}"' if len(word) < 40 else "")


def _cut(word: str) -> str:
    return word if len(word) < 40 else word[:36] + " ..."


_SPACES = " \t\n\r"
_NON_SPACE = re.compile(r"[^ \t\n\r]")
_LINE_END = re.compile(r"\r\n?|\n")
_COLON = re.compile(r"[ \t\n\r]*:[ \t\n\r]*")
_AFTER_ITEM = re.compile(r"[ \t\n\r]*([,\]}])[ \t\n\r]*")
_PLAIN_STRING = re.compile(r'"([^"\\\x00-\x1f]*)"')
_STRING_STOP = re.compile(  # next special part of a string: the closing quote, an escape, or an invalid character
    r'"|(?P<escape>\\(?:["\\/bfnrt]|u(?![dD][89a-fA-F])[0-9a-fA-F]{4}'
    r"|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}))|[\\\x00-\x1f]"
)
_NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?(?![\w.+-])")
_BARE = re.compile(r"[-+.]*[\w$][\w$.+-]*|[-+.]+")  # a word without quotes, or a number in any notation
_READERS = {
    "{": _Reader.object,
    "[": _Reader.array,
    '"': _Reader.string,
    **dict.fromkeys("tfn", _Reader.literal),
    **dict.fromkeys("-0123456789", _Reader.number),
}
_CLOSING = {"{": "}", "[": "]"}
_ITEM = {"{": "key", "[": "item"}
_LITERALS = {"true": True, "false": False, "null": None}
_INVALID_LITERALS = {
    **dict.fromkeys(("none", "undefined"), "write null for a missing value"),
    **dict.fromkeys(("nan", "inf", "infinity"), "numbers must be finite"),
}
_OPEN_STRING = ("not JSON: unterminated string", 'add the closing quote ("); write a line break as \\n')
_INNER_QUOTE = 'write a double quote inside a string as \\"'
_ODD_SPACE = "only spaces, tabs and line breaks are allowed between values"
_UNEXPECTED_TEXTS = (  # pattern, description, hint
    (r"//|/\*|#", "a comment (JSON has none)", "use 'description' for comments"),
    (r"'", "a single quote (JSON strings use double quotes)", ""),
    ("[`\u00ab\u00bb\u2018-\u201f]", "a typographic quote (JSON strings use double quotes)", 'use the character "'),
    ("\ufeff", "a byte-order mark", "save the file as UTF-8 without one"),
    ("\0", "a zero byte", "save the file as UTF-8, not UTF-16"),
)
_BAD_NUMBERS = (  # pattern, reason, replacement
    (r"[-+]?0[xXoObB]\w*", "JSON numbers are decimal", ""),
    (r"\+(.+)", "JSON allows no plus sign before a number", r"\1"),
    (r"(-?)0+(\d.*)", "JSON allows no leading zero", r"\1\2"),
    (r"(-?)(\.\d.*)", "a digit is required before the decimal point", r"\g<1>0\2"),
    (r"(-?\d+\.)([eE].*)?", "a digit is required after the decimal point", r"\g<1>0\2"),
    (r"-?\d[\d.]*[eE][-+]?", "digits are required after the e", ""),
    (r"-?\d[\d.]*_[\d_.]*", "JSON allows no underscores in numbers", ""),
)
