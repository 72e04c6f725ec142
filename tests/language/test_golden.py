"""The golden problems of the language: what is found where, and how it is mended."""

import json

import pytest

from cases import DENSE, dense, net, repeat
from nnbuild.errors import RecipeError
from nnbuild.recipe import Recipe

MUST_BE_UNITS = "layers[0].units: must be an integer of at least 1, got "
REGULARIZER = {"type": "L2", "l3": 1}
A_AND_B = [dense(name="a", inputs=["b"]), dense(name="b", inputs=["a"])]

# Each recipe with its problems: what is found, and the hint.
GOLDEN = {
    "misspelt_type": (
        net({"type": "Dens", "units": 4}),
        [("layers[0].type: unknown layer type 'Dens'", "did you mean 'Dense'?")],
    ),
    "missing_argument": (net({"type": "Dense"}), [("layers[0]: Dense needs 'units'", "")]),
    "misspelt_argument": (
        net({"type": "Dense", "unit": 4}),
        [("layers[0].unit: unknown argument 'unit' of Dense", "did you mean 'units'?")],
    ),
    "text": (net(dense("4")), [(MUST_BE_UNITS + "'4'", "")]),
    "fraction": (net(dense(4.5)), [(MUST_BE_UNITS + "4.5", "")]),
    "boolean": (net(dense(True)), [(MUST_BE_UNITS + "true", "")]),
    "negative": (net(dense(-1)), [(MUST_BE_UNITS + "-1", "")]),
    "negative_expression": (net(dense("$-f"), params={"f": 16}), [(MUST_BE_UNITS + "-16", "from params.f")]),
    "misspelt_activation": (
        net(dense(activation="rellu")),
        [("layers[0].activation: unknown activation 'rellu'", "did you mean 'relu'?")],
    ),
    "rate": (net({"type": "Dropout", "rate": 1.5}), [("layers[0].rate: must be a number from 0 to 1, got 1.5", "")]),
    "misspelt_param": (
        net(dense("$widht"), params={"width": 4}),
        [("params.width: is never used", ""), ("layers[0].units: unknown param 'widht'", "did you mean 'width'?")],
    ),
    "misspelt_argument_inside": (
        net(dense(kernel_regularizer=REGULARIZER)),
        [("layers[0].kernel_regularizer.l3: unknown argument 'l3' of L2", "did you mean 'l2'?")],
    ),
    "misspelt_input": (
        net(dense(name="stem"), dense(inputs=["stam"])),
        [("layers[1].inputs[0]: node 'stam' is not defined in this scope", "did you mean 'stem'?")],
    ),
    "cycle": (net(*A_AND_B), [("layers[0].inputs[0]: 'a' and 'b' form a cycle: a -> b -> a", "")]),
    "same_name": (
        net(dense(name="a"), dense(name="a")),
        [("layers[1].name: the name 'a' is already used by layers[0]", "")],
    ),
    "block_in_itself": (
        net(DENSE, blocks={"b": {"layers": [{"type": "b"}]}}),
        [("blocks.b.layers[0].type: block 'b' contains itself: b -> b", "")],
    ),
    "too_many_turns": (
        net(repeat(DENSE, times=1000000000)),
        [("layers[0].times: at most 10000, got 1000000000", "")],
    ),
    "code": (
        net({"type": "Lambda", "function": "x"}),
        [
            (
                "layers[0].type: Lambda can run code from the recipe and is refused",
                "register a layer class in Python and use its registered name",
            )
        ],
    ),
    "version": (net(DENSE, nnbuild=2), [("nnbuild: this version of nnbuild reads language version 1, got 2", "")]),
    "misspelt_key": (net(DENSE, trainig={}), [("trainig: unknown key", "did you mean 'training'?")]),
    "misspelt_address": (
        net(dense("$hidden"), params={"hidden": 4}, search={"hiden": [1]}),
        [("search.hiden: unknown address", "did you mean 'hidden'?")],
    ),
}
# What is no JSON: the seventh line of a file, and what is said of it.
LINES = ["{", ' "nnbuild": 1,', ' "layers": [', '  {"type": "Dense",', '   "units": 4}', " ],"]
NOT_JSON = {
    "comma": ('"name": "x",\n}', "7:12: not JSON: a comma before '}' (JSON does not allow it)"),
    "comma_in_a_list": ('"search": {"a": [1,]}}', "7:19: not JSON: a comma before ']' (JSON does not allow it)"),
    "comment": (
        "// for people",
        "7:1: not JSON: a comment (JSON has none)\n  hint: use 'description' for comments",
    ),
    "single_quotes": ("'name': 'x'}", "7:1: not JSON: a single quote (JSON strings use double quotes)"),
    "nan": ('"training": {"epochs": NaN}}', "7:24: not JSON: NaN (numbers must be finite)"),
}


def problems_of(read, recipe):
    with pytest.raises(RecipeError) as caught:
        read(recipe)
    return caught.value.problems


@pytest.mark.parametrize(("recipe", "expected"), GOLDEN.values(), ids=GOLDEN)
def test_problems(recipe, expected):
    for read, document in ((Recipe.from_dict, recipe), (Recipe.from_json, json.dumps({"nnbuild": 1, **recipe}))):
        plain = [problem.located("", None, None) for problem in problems_of(read, document)]
        assert [(str(problem).split("\n")[0], problem.hint) for problem in plain] == expected


@pytest.mark.parametrize(("line", "expected"), NOT_JSON.values(), ids=NOT_JSON)
def test_what_is_no_json(line, expected):
    (problem,) = problems_of(lambda text: Recipe.from_json(text, "digits.json"), "\n".join([*LINES, line]))
    assert str(problem) == f"digits.json:{expected}"


def test_integral_floats_are_whole_numbers():
    (node,) = Recipe.from_dict(net(dense("$f / 2"), params={"f": 16})).network.nodes
    assert node.arguments["units"] == 8
    assert type(node.arguments["units"]) is int
