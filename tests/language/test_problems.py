"""Problems of wrong recipes: messages, places, limits; one mistake is one problem."""

import json
import pickle
import re

import pytest

from bad_cases import BAD
from cases import DENSE, dense, nested, net, parallel, repeat, residual
from nnbuild.errors import RecipeError
from nnbuild.language import checker, expand
from nnbuild.recipe import Recipe


def problems(recipe):
    with pytest.raises(RecipeError) as caught:
        Recipe.from_dict(recipe)
    return caught.value


def message(recipe):
    return str(problems(recipe))


def problems_of_text(text, source=""):
    with pytest.raises(RecipeError) as caught:
        Recipe.from_json(text, source)
    return caught.value.problems


def as_file(recipe):
    """A recipe as the text of a file."""
    return json.dumps({"nnbuild": 1, **recipe}, indent=1)


SHORTENED = re.compile(r"  allowed: .*\.\.\.")


@pytest.mark.parametrize(("recipe", "lines"), [(row[0], row[1:]) for row in BAD.values()], ids=BAD)
def test_a_dict_and_a_file_have_the_same_problems_in_file_order(recipe, lines):
    # Shortened lists of names are compared in the rows that have them.
    shown = [line for line in message(recipe).split("\n") if line in lines or not SHORTENED.match(line)]
    assert shown == list(lines)
    text = as_file(recipe)
    found = problems_of_text(text, "bad.json")
    assert [problem.located("", None, None) for problem in found] == list(problems({"nnbuild": 1, **recipe}).problems)
    assert {problem.source for problem in found} == {"bad.json"}
    places = [(problem.line, problem.column) for problem in found]
    assert places == sorted(places)
    for problem in found:
        assert decoded(text, problem.line, problem.column) == expected_at({"nnbuild": 1, **recipe}, problem)


def decoded(text, line, column):
    """The JSON value that begins at a place of a text."""
    lines = text.split("\n")
    offset = sum(len(before) + 1 for before in lines[: line - 1]) + column - 1
    return json.JSONDecoder().raw_decode(text, offset)[0]


def expected_at(value, problem):
    """The value at the path of a problem, the innermost that exists, or its key."""
    for index, part in enumerate(problem.path):
        inside = isinstance(value, dict | list) and (part in value if isinstance(value, dict) else part < len(value))
        if not inside:
            return value
        if index == len(problem.path) - 1 and problem.at_key:
            return part
        value = value[part]
    return value


def test_a_text_without_a_version():
    assert list(map(str, problems_of_text('{"layers": [{"type": "Dense", "units": 4}]}'))) == [
        "1:1: needs 'nnbuild'\n  hint: add \"nnbuild\": 1, the version of the recipe language"
    ]
    assert list(map(str, problems_of_text('{"nbuild": 1, "layers": [{"type": "Dense", "units": 4}]}'))) == [
        "1:2: nbuild: unknown key\n"
        "  allowed: ..., about, blocks, ..., inputs, layers, name, nnbuild, outputs, ..., training\n"
        "  hint: did you mean 'nnbuild'?"
    ]


def test_a_recipe_is_an_object():
    assert list(map(str, problems_of_text("[]"))) == ["1:1: a recipe is a JSON object: { ... }"]
    assert message(None) == "a recipe is an object (a dict), got NoneType"


def test_problems_pickle():
    error = pickle.loads(pickle.dumps(problems(BAD["several"][0])))
    assert isinstance(error, RecipeError)
    assert isinstance(error, ValueError)
    assert str(error) == message(BAD["several"][0])
    assert error.problems == problems(BAD["several"][0]).problems


# Limits


@pytest.fixture
def low_limits(monkeypatch):
    """The limits of nodes and values, a hundredth of the real ones: so many take seconds."""
    assert (expand.MAX_NODES, checker.MAX_VALUES) == (10_000, 500_000)
    monkeypatch.setattr(expand, "MAX_NODES", 100)
    monkeypatch.setattr(checker, "MAX_VALUES", 5_000)


TOO_MANY = "the network has more than 100 nodes after expansion of repeats and blocks"


@pytest.mark.usefixtures("low_limits")
def test_a_network_has_at_most_ten_thousand_nodes():
    assert len(Recipe.from_dict(net(repeat(DENSE, times=99))).network.nodes) == 99  # the Repeat is a node too
    assert message(net(repeat(DENSE, times=100))) == f"layers[0]: {TOO_MANY}"
    assert message(net(*[DENSE] * 101)) == f"layers: {TOO_MANY}"
    assert message(net(repeat(repeat(DENSE, times=100), times=100))) == f"layers[0]: {TOO_MANY}"


@pytest.mark.usefixtures("low_limits")
@pytest.mark.parametrize(
    "node",
    [
        repeat(DENSE, DENSE, over={"u": [1] * 99}),
        residual(DENSE, shortcut=[nested(7, DENSE)]),
        parallel(a=[nested(6, DENSE)], b=[nested(6, DENSE)]),
        repeat(nested(20, DENSE), times=0),
    ],
    ids=["over", "shortcut", "branches", "no_iteration"],
)
def test_too_many_nodes_wherever_they_are(node):
    (problem,) = problems(net(node)).problems
    assert problem.found == TOO_MANY


@pytest.mark.usefixtures("low_limits")
@pytest.mark.parametrize("called", [True, False])
def test_blocks_that_double(called):
    blocks = {f"b{i}": {"layers": [{"type": f"b{i + 1}"}] * 2} for i in range(40)}
    (problem,) = problems(
        net({"type": "b0"} if called else DENSE, blocks={**blocks, "b40": {"layers": [DENSE]}})
    ).problems
    assert problem.found == TOO_MANY


def chain(n_blocks):
    """Blocks each of which holds the next."""
    blocks = {f"b{i}": {"layers": [{"type": f"b{i + 1}"}]} for i in range(n_blocks - 1)}
    return net({"type": "b0"}, blocks={**blocks, f"b{n_blocks - 1}": {"layers": [DENSE]}})


def test_blocks_sixty_four_deep_and_no_more():
    (node,) = Recipe.from_dict(chain(64)).network.nodes
    assert node.name.count(".") == 64
    assert message(chain(65)) == "blocks.b64.layers: composites and blocks are nested deeper than 64"


def test_a_problem_in_each_of_many_iterations_is_found_once():
    blocks = {"fc": {"layers": [dense(colour="red")]}}
    once, often = (message(net(repeat(dense("4"), {"type": "fc"}, times=n), blocks=blocks)) for n in (1, 500))
    assert often == once
    assert message(net(repeat(dense(inputs=["x"]), times=500))) == (
        "layers[0].layers[0].inputs[0]: node 'x' is not defined in this scope\n  allowed: input, repeat_1"
    )
    assert message(net(repeat(dense("$x"), times=500))) == (
        "layers[0].layers[0].units: unknown param 'x'\n  hint: define it under 'params'"
    )


def test_the_first_hundred_problems():
    error = problems(net(*[dense(-1)] * 101))
    assert str(error).split("\n")[:3] == [
        "has more than 100 problems; only these are listed",
        "layers[0].units: must be an integer of at least 1, got -1",
        "layers[1].units: must be an integer of at least 1, got -1",
    ]
    assert len(error.problems) == 101
    assert len(problems(net(*[dense(-1)] * 100)).problems) == 100


@pytest.mark.usefixtures("low_limits")
def test_values_are_counted_over_all_iterations():
    found = "holds more than 5000 values after expansion"
    of_params = net(repeat({"type": "StringLookup", "vocabulary": ["$x"] * 50}, times=99), params={"x": "a"})
    assert message(of_params) == f"layers[0].layers[0].vocabulary: the recipe {found}"
    of_words = {"type": "StringLookup", "vocabulary": [f"w{i}" for i in range(90)]}
    assert len(Recipe.from_dict(net(repeat(of_words, times=40))).network.nodes) == 40
    assert found in message(net(repeat(of_words, times=80)))


def test_sixty_four_levels_and_no_more():
    def inside(n):
        return [] if n == 0 else [inside(n - 1)]

    # The document, search and the space itself are three levels.
    assert Recipe.from_dict(net(DENSE, search={"training__epochs": [inside(61)]}))
    with pytest.raises(RecipeError) as caught:
        Recipe.from_dict(net(DENSE, search={"training__epochs": [inside(70)]}))
    assert str(caught.value) == "search.training__epochs[0][0][0][0][0][0]: is nested deeper than 64"
    (problem,) = problems_of_text(as_file(net(DENSE, search={"training__epochs": [inside(70)]})))
    assert problem.found == "objects and lists are nested deeper than 64"
