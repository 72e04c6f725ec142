"""Reading JSON: the standard library is the reference; recipes are stricter; errors have line and column."""

import json
import pickle
import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nnbuild.errors import RecipeError
from nnbuild.language.json_text import MAX_BYTES, MAX_DEPTH, MAX_DIGITS, parse

RECIPE = """{
  "nnbuild": 1,
  "layers": [
    {"type": "Dense", "units": 4},
    {"type": "Dropout",
     "rate": [0.5, -1e3]}
  ]
}"""


def message(text):
    with pytest.raises(RecipeError) as caught:
        parse(text, "a.json")
    assert len(caught.value.problems) == 1
    return str(caught.value)


# --- what is valid ---


def strict_value(text):
    """The value that the standard library reads; an exception for text that it or a recipe does not allow."""
    if isinstance(text, bytes):
        text = text.decode("utf-8")
    if len(text.encode("utf-8")) > MAX_BYTES:
        raise ValueError("long")
    value = json.loads(text, object_pairs_hook=no_duplicates, parse_float=finite, parse_constant=finite)
    json.dumps(value, ensure_ascii=False).encode("utf-8")  # lone surrogates fail here
    if depth(value) > MAX_DEPTH:
        raise ValueError("deep")
    return value


def no_duplicates(pairs):
    if len(dict(pairs)) < len(pairs):
        raise ValueError("duplicate")
    return dict(pairs)


def finite(text):
    if abs(float(text)) < float("inf"):
        return float(text)
    raise ValueError("not finite")


def depth(value):
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inside is None else 1 + max(map(depth, inside), default=0)


def agree(text):
    """Compare `parse` with the oracle; return whether both accept the text."""
    try:
        expected = strict_value(text)
    except (ValueError, RecursionError):
        assert message(text).startswith("a.json:")
        return False
    assert repr(parse(text).value) == repr(expected)  # 1, 1.0 and true differ in repr, 0.0 and -0.0 too
    return True


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
WRITTEN = st.builds(
    lambda value, indent, ascii: json.dumps(value, indent=indent, ensure_ascii=ascii),
    JSON,
    st.sampled_from([None, 0, 1, "\t"]),
    st.booleans(),
)
PIECES = [*'{}[],:"\\/-+.eE01u \n\t', "true", "null", "NaN", '"a"', '"a":', "\\ud83d", "\\ude00", "\\n", "1e999", "//"]
JUNK = st.lists(st.sampled_from(PIECES) | st.characters(), max_size=12).map("".join)  # surrogates among them


@st.composite
def mutated(draw):
    """A valid JSON text with one to three places overwritten by pieces of JSON."""
    text = draw(WRITTEN)
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        stop = start + draw(st.integers(0, 2))
        text = text[:start] + draw(st.sampled_from(["", *PIECES])) + text[stop:]
    return text


@given(WRITTEN)
@settings(max_examples=100, deadline=None)
def test_output_of_json_dumps_is_accepted(text):
    assert agree(text)
    assert agree(text.encode("utf-8"))


@given(st.text() | JUNK | mutated())
@settings(max_examples=400, deadline=None)
@example("")
@example("[-0, -0.0, 0e5, 1E+2, 1e-999]")
@example('"\\ud83d\\ude00"')
@example('"\\ud83d\\ud83d\\ude00"')
@example('"\\ude00\\ud83d"')
@example('"\\ude00\\ude00"')
@example('"\\uD83D"')
@example('"\x7f\u2028"')
@example("\u0661")  # a digit, but not of ASCII
@example('{"a": 1, "\\u0061": 2}')
@example("\ufeff{}")
@example("1\u00a0")
def test_any_text_is_read_like_json_loads(text):
    agree(text)


@given(st.binary() | mutated().map(lambda text: text.encode("utf-8", "surrogatepass")[:-1]))
@settings(max_examples=200, deadline=None)
@example(b"\xff\xfe{\0}\0")
@example(b'"\xed\xa0\x80"')  # a surrogate in UTF-8's manner
def test_any_bytes_are_read_as_utf_8(data):
    agree(data)


@pytest.mark.parametrize("opening, closing", [("[", "]"), ('{"a":', "}")])
def test_nesting_up_to_64_levels(opening, closing):
    assert agree(opening * 64 + "1" + closing * 64)
    assert not agree(opening * 65 + "1" + closing * 65)


def test_integers_up_to_4000_digits():
    assert parse("-" + "9" * MAX_DIGITS).value == 1 - 10**MAX_DIGITS
    assert message('{"a": [1, ' + "9" * 4001 + "]}") == (
        "a.json:1:11: a[1]: must be a number of at most 4000 digits, got 4001 digits"
    )


def test_the_digit_limit_of_python_applies():
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(1000)
    try:
        assert message("9" * 1001) == "a.json:1:1: must be a number of at most 1000 digits, got 1001 digits"
    finally:
        sys.set_int_max_str_digits(before)


def test_text_up_to_4_mib():
    assert parse('"' + "é" * (MAX_BYTES // 2 - 1) + '"').value == "é" * (MAX_BYTES // 2 - 1)
    expected = "a.json: the text is too long\n  allowed: at most 4 MiB in UTF-8"
    assert message('"' + "é" * (MAX_BYTES // 2) + '"') == expected
    assert message(b" " * (MAX_BYTES + 1)) == expected


@pytest.mark.parametrize(
    "text",
    ["[" * MAX_BYTES, "0" * MAX_BYTES, "1_" * 10**6, "1_" * 10**6 + "x", "-" * 10**6, "1." * 10**6, "a" * 10**6],
    ids=["brackets", "zeros", "underscores", "underscores and x", "signs", "points", "letters"],
)
def test_huge_texts_are_refused_with_a_short_message(text):
    assert len(message(text)) < 200


# --- places ---


def offset(text, place):
    """The offset of a line and column; in these texts only a newline ends a line."""
    line, column = place
    return sum(len(part) + 1 for part in text.split("\n")[: line - 1]) + column - 1


def paths(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for part, inner in items:
        yield from paths(inner, (*path, part))


def at(value, path):
    for part in path:
        value = value[part]
    return value


@given(WRITTEN.map(lambda text: text.replace("\r", " ")))
@settings(max_examples=150, deadline=None)
@example(RECIPE)
def test_positions_of_values_and_keys(text):
    document, read = parse(text), json.JSONDecoder().raw_decode
    found = list(paths(document.value))
    for path in found:
        start = offset(text, document.position(path))
        assert start == document.offset(path)
        assert repr(read(text, start)[0]) == repr(at(document.value, path))
        if path and isinstance(path[-1], str):
            key_start = offset(text, document.position(path, at_key=True))
            assert key_start == document.offset(path, at_key=True) < start
            assert read(text, key_start)[0] == path[-1]
    assert sorted(found, key=document.offset) == found


@pytest.mark.parametrize(
    "path, at_key, place",
    [
        ((), True, (1, 1)),
        (("layers", 1), True, (5, 5)),  # a list has no keys
        (("name",), False, (1, 1)),  # from here on, paths that are not there
        (("layers", 0, "unit"), True, (4, 5)),
        (("layers", 2), False, (3, 13)),
        (("layers", -1), False, (3, 13)),
        (("layers", "type"), False, (3, 13)),
        (("layers", 0, "units", "deeper", 3), True, (4, 32)),
        ((0,), False, (1, 1)),
    ],
)
def test_positions_of_missing_paths(path, at_key, place):
    assert parse(RECIPE).position(path, at_key) == place


def test_missing_paths_sort_with_their_parent():
    paths = [("layers", 1), ("layers", 0, "units"), ("layers", 0, "unit"), ("nnbuild",), ("name",)]
    assert sorted(paths, key=parse(RECIPE).offset) == paths[::-1]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end(end):
    text = end.join(["[", '"é\U0001f600", 1,', "", " 2]"])
    assert [parse(text).position((n,)) for n in range(3)] == [(2, 1), (2, 7), (4, 2)]
    assert message(text[:-1] + "}").startswith("a.json:4:3: ")


def test_a_document_is_a_value():
    document = parse(b'{"a": [1]}', "a.json")
    assert (document.value, document.source) == ({"a": [1]}, "a.json")
    assert document == parse('{"a":\n[1]}', "a.json") != parse('{"a": [1]}', "b.json")
    assert pickle.loads(pickle.dumps(document)).position(("a", 0)) == (1, 8)
    with pytest.raises(AttributeError):
        document.value = {}


# --- messages ---


def rows(table):
    return pytest.mark.parametrize(
        ("text", "place", "found", "hint"), table, ids=[ascii(row[0])[1:40] for row in table]
    )


def test_a_syntax_error_is_one_problem_without_a_path():
    with pytest.raises(RecipeError) as caught:
        parse('{"layers": [1, 2,],}', "a.json")
    (problem,) = caught.value.problems
    assert (problem.path, problem.source, problem.line, problem.column) == ((), "a.json", 1, 17)
    with pytest.raises(RecipeError, match=r"^1:17: not JSON: a comma before ']'"):
        parse('{"layers": [1, 2,],}')


SYNTAX = [  # text, place, what is found, hint
    ("", "1:1", "the text is empty", 'a recipe starts with {"nnbuild": 1, ...'),
    ('{"a": 1,\n  "b": [1, 2 ,\n]}', "2:14", "a comma before ']' (JSON does not allow it)", ""),
    ('{"a": 1 // one\n}', "1:9", "a comment (JSON has none)", "use 'description' for comments"),
    ('{"a": /* one */ 1}', "1:7", "a comment (JSON has none)", "use 'description' for comments"),
    ("{'a': 1}", "1:2", "a single quote (JSON strings use double quotes)", ""),
    ("{\u201ca\u201d: 1}", "1:2", "a typographic quote (JSON strings use double quotes)", 'use the character "'),
    ("{units: 4}", "1:2", "the key units without quotes", 'write keys in double quotes: "units"'),
    ("{1: 2}", "1:2", "the key 1 without quotes", 'write keys in double quotes: "1"'),
    ('{"activation": relu}', "1:16", "relu without quotes", 'write strings in double quotes: "relu"'),
    ("[NaN]", "1:2", "NaN (numbers must be finite)", ""),
    ("[True]", "1:2", "True (true must be in lower case)", ""),
    ("[None]", "1:2", "None (write null for a missing value)", ""),
    ('["a" "b"]', "1:5", "expected ',' before the next item", ""),
    ('{"a": 1\n "b": 2}', "1:8", "expected ',' before the next key", ""),
    ('["say "hi""]', "1:8", "expected ',' before the next item", 'write a double quote inside a string as \\"'),
    ('{"a" 1}', "1:5", "expected ':' after the key 'a'", ""),
    ('{"a": , "b": 1}', "1:7", "expected a value, got ','", ""),
    ("{:1}", "1:2", "expected a key in double quotes, got ':'", ""),
    ('["a": 1]', "1:5", "a colon in a list", 'keys are only allowed in an object: {"key": 1}'),
    ('{"a": "b\n"}', "1:7", "unterminated string", 'add the closing quote ("); write a line break as \\n'),
    ('["abc', "1:2", "unterminated string", 'add the closing quote ("); write a line break as \\n'),
    ('["a\tb"]', "1:4", "the control character U+0009 in a string", "write a tab as \\t"),
    ('["a\x01b"]', "1:4", "the control character U+0001 in a string", "write it as \\u0001"),
    ('["C:\\data"]', "1:5", "a backslash before 'd'", "write a backslash as \\\\"),
    ('["\\u12"]', "1:3", "four hexadecimal digits are required after \\u", "like this: \\u00e9"),
    ("[-007.5]", "1:2", "-007.5 (JSON allows no leading zero)", "write -7.5"),
    ("[+1]", "1:2", "+1 (JSON allows no plus sign before a number)", "write 1"),
    ("[.5]", "1:2", ".5 (a digit is required before the decimal point)", "write 0.5"),
    ("[1.]", "1:2", "1. (a digit is required after the decimal point)", "write 1.0"),
    ("[0x1F]", "1:2", "0x1F (JSON numbers are decimal)", ""),
    ("[1_000]", "1:2", "1_000 (JSON allows no underscores in numbers)", ""),
    ("[1e]", "1:2", "1e (digits are required after the e)", ""),
    ("[5px]", "1:2", "5px is not a number", 'write strings in double quotes: "5px"'),
    ("[\u0661]", "1:2", "\u0661 is not a number", 'write strings in double quotes: "\u0661"'),
    (
        '{"layers": [\n  {"type": "Dense"\n',
        "2:19",
        "the '{' at line 2, column 3 is never closed",
        "add the missing '}'",
    ),
    ('{"a": [1, 2}', "1:12", "'}' can't close the '[' at line 1, column 7", "write ']' first"),
    (
        '{"layers": [{"units": 4,\n {"units": 5}]}',
        "2:2",
        "expected a key in double quotes, got '{'",
        "is the '{' at line 1, column 13 closed?",
    ),
    ("{} {}", "1:4", "text after the end of the JSON value", ""),
    ('{"a": 1}}', "1:9", "'}' has no opening bracket", ""),
    ("}", "1:1", "expected a value, got '}'", ""),
    ('{\x00"\x00a"}', "1:2", "a zero byte", "save the file as UTF-8, not UTF-16"),
    (
        "[1,\xa0 2]",
        "1:4",
        "the character U+00A0 outside a string",
        "only spaces, tabs and line breaks are allowed between values",
    ),
    ('{"a": 1 @}', "1:9", "expected ',' or '}', got '@'", ""),
    (b"\xef\xbb\xbf{}", "1:1", "a byte-order mark", "save the file as UTF-8 without one"),
]
BEYOND_SYNTAX = [
    ('["\\ud800 "]', "1:3", "'\\ud800' is a lone surrogate", "write the character itself, or the full surrogate pair"),
    ('["\ud800"]', "1:3", "'\\ud800' is a lone surrogate", "write the character itself, or the full surrogate pair"),
    ('{"p": {"rate": -1e400}}', "1:16", "p.rate: must be a finite number, got -1e400", ""),
    ('{"a": [{"x": 1,\n "y": 2, "x": 3}]}', "2:10", "a[0]: duplicate key 'x', first defined at line 1, column 9", ""),
    ("[" * 65, "1:65", "objects and lists are nested deeper than 64", ""),
    (b'{"a": 1,\n "b": "\xc3\xa9\xff"}', "2:9", "not UTF-8: byte 19 of the file is 0xFF", "save the file as UTF-8"),
    (b"\xff\xfe{\x00", "1:1", "not UTF-8: byte 1 of the file is 0xFF", "save the file as UTF-8, not UTF-16"),
]


@rows(SYNTAX)
def test_syntax_errors(text, place, found, hint):
    assert message(text) == f"a.json:{place}: not JSON: {found}" + (f"\n  hint: {hint}" if hint else "")


@rows(BEYOND_SYNTAX)
def test_errors_beyond_json_syntax(text, place, found, hint):
    assert message(text) == f"a.json:{place}: {found}" + (f"\n  hint: {hint}" if hint else "")
