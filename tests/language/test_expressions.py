"""Expressions: values equal those of Python's arithmetic; errors; no code is run."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnbuild.catalog.json_form import UNKNOWN
from nnbuild.language.expressions import NAME, ExpressionError, evaluate, is_expression, mentioned

PARAMS = {
    "f": 16,
    "g": 3,
    "rate": 0.25,
    "zero": 0,
    "min": 7,
    "hidden": [8, 4],
    "name": "relu",
    "on": True,
    "none": None,
}
NUMBERS = {name: PARAMS[name] for name in ("f", "g", "rate", "zero")}


ARITHMETIC = ("divides by zero", "magnitudes stay below 2**63", "beyond 64", "root of a negative number")


def outcome(text, values):
    """The value of an expression, or its error."""
    try:
        return evaluate(text, values), None
    except ExpressionError as error:
        return None, error


def error(text, values=PARAMS):
    with pytest.raises(ExpressionError) as caught:
        evaluate(text, values)
    return caught.value


@pytest.mark.parametrize(
    ("value", "expected"),
    [("$f", True), ("$", True), ("$ f", True), ("$$f", False), ("$$", False), ("f$", False), ("", False), (5, False)],
)
def test_one_leading_dollar_marks_an_expression(value, expected):
    assert is_expression(value) is expected


@pytest.mark.parametrize(
    ("name", "good"),
    [("a", True), ("Ab1_c", True), ("a_", True), ("a__b", False), ("_a", False), ("1a", False), ("a b", False),
     ("a.b", False), ("ä", False), ("a\n", False), ("", False)],
)  # fmt: skip
def test_names(name, good):
    assert bool(NAME.match(name)) is good


@pytest.mark.parametrize("name", PARAMS)
def test_a_single_name_evaluates_to_any_value(name):
    assert evaluate(f"${name}", PARAMS) is PARAMS[name]
    assert evaluate(f"$ {name} ", PARAMS) is PARAMS[name]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$2 ** 3 ** 2", 512), ("$-2 ** 2", -4), ("$2 ** --2", 4), ("$1.5E-1 * 2", 0.3), ("$007", 7), ("$f\t*\n2", 32),
        ("$min(f)", 16), ("$min + 1", 8), ("$min(min, 9)", 7),  # a param may be called like a function
        ("$9223372036854775807", 2**63 - 1), ("$-9223372036854775807", 1 - 2**63), ("$1 ** 64", 1), ("$zero ** 0", 1),
    ],
)  # fmt: skip
def test_values_that_the_oracle_below_rarely_draws(text, expected):
    value = evaluate(text, PARAMS)
    assert value == pytest.approx(expected, rel=1e-15)
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$9223372036854775808", "'$9223372036854775808' is too large: its magnitude must be below 2**63"),
        ("$2 ** 63", "'$2 ** 63' is too large: its magnitude must be below 2**63"),
        ("$2 ** 64.5", "'$2 ** 64.5' has an exponent above 64"),
        ("$zero ** -1", "'$zero ** -1' divides by zero"),
        ("$f // zero", "'$f // zero' divides by zero"),
        ("$(zero - 4) ** 0.5", "'$(zero - 4) ** 0.5' raises a negative number to a fractional power"),
        ("$hidden + 1", "'$hidden + 1' needs a number for 'hidden', got [8, 4]"),
        ("$on * 2", "'$on * 2' needs a number for 'on', got true"),
        ("$max(none, 1)", "'$max(none, 1)' needs a number for 'none', got null"),
        ("$.5", "'$.5' is not an expression: unexpected character '.'"),
        ("$+f", "'$+f' is not an expression: a value is missing before '+'"),
        ("$f g", "'$f g' is not an expression: unexpected 'g'"),
        ("$()", "'$()' is not an expression: a value is missing before ')'"),
        ("$max(f", "'$max(f' is not an expression: ')' is missing"),
        ("$٣", "'$٣' is not an expression: unexpected character '٣'"),
        ("$f(g)", "unknown function 'f'"),
        ("$__import__(1)", "'$__import__(1)' is not an expression: unexpected character '_'"),
        ("$round(f, 2)", "round() takes 1 argument, got 2 in '$round(f, 2)'"),
    ],
)
def test_errors(text, found):
    assert error(text).found == found


def test_an_unknown_name_and_the_nearest_one():
    assert str(error("$hiden").problem(("layers", 0, "units"))) == (
        "layers[0].units: unknown param 'hiden'\n"
        "  allowed: ..., g, hidden, min, name, none, on, rate, zero\n"
        "  hint: did you mean 'hidden'?"
    )
    assert str(error("$maxx(f, g)").problem(())) == (
        "unknown function 'maxx'\n  allowed: int, max, min, round\n  hint: did you mean 'max'?"
    )
    assert str(error("$f & g").problem(())) == (
        "'$f & g' is not an expression: unexpected character '&'\n  hint: write a plain string as '$$f & g'"
    )


def test_a_value_computed_from_an_unknown_one_is_unknown():
    for text in ("$u", "$u + 1", "$max(f, -u) * 2", "$u / 0 + u"):
        assert evaluate(text, {**PARAMS, "u": UNKNOWN}) is UNKNOWN
    assert error("$u + none", {**PARAMS, "u": UNKNOWN}).found == "'$u + none' needs a number for 'none', got null"


def test_at_most_two_hundred_characters():
    assert evaluate("$" + "1+" * 99 + "1", {}) == 100
    assert error("$" + "1+" * 99 + "11").found == "an expression must have at most 200 characters, got 201"


@pytest.mark.parametrize(
    "text", ["(" * 99 + "f" + ")" * 99, "-" * 198 + "f", "-(" * 66 + "f" + ")" * 66, "int(" * 39 + "f" + ")" * 39]
)
def test_deeply_nested_expressions(text):
    assert evaluate("$" + text, PARAMS) == 16


def test_names_in_an_unfinished_expression_are_found():
    assert mentioned("$max(f, g +") == ["max", "f", "g"]


# Python's own arithmetic as the oracle

NUMBER = st.integers(0, 99).map(str) | st.sampled_from(["0.5", "2.25", "1e2"])
ATOM = NUMBER | st.sampled_from(sorted(NUMBERS))


def larger(inner):
    pair = st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "//", "%", "**", " + ", " // "]), inner).map("".join)
    call = st.tuples(st.sampled_from(["min", "max"]), st.lists(inner, min_size=2, max_size=3)).map(
        lambda parts: f"{parts[0]}({', '.join(parts[1])})"
    )
    one = st.tuples(st.sampled_from(["round", "int"]), inner).map(lambda parts: f"{parts[0]}({parts[1]})")
    return pair | call | one | inner.map("({})".format) | inner.map("-{}".format)


@given(st.recursive(ATOM, larger, max_leaves=12).filter(lambda text: len(text) < 200))
def test_agrees_with_python(text):
    value, found = outcome("$" + text, NUMBERS)
    if found is not None:
        assert found.found.endswith(ARITHMETIC)
        return
    expected = eval(text, {"__builtins__": {}}, {**NUMBERS, "min": min, "max": max, "round": round, "int": int})
    assert value == expected
    assert type(value) is type(expected)
    assert math.isfinite(value)
    assert abs(value) < 2**63


@given(st.text(alphabet="$fg09. +-*/%(),mainxrodt\n\t_&[]{}'\"\\é", max_size=210).map("${}".format))
def test_any_text_is_a_value_or_an_error(text):
    value, found = outcome(text, PARAMS)
    assert (value is None) == (found is not None) or text.strip("$ \t\n") == "none"
