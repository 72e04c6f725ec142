"""Problems of wrong recipes: messages, places, limits; one mistake is one problem."""

import json
import pickle

import pytest

from bad_cases import BAD
from cases import DENSE, GOOD, dense, nested, net, parallel, repeat, residual
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


@pytest.mark.parametrize(("recipe", "lines"), [(row[0], row[1:]) for row in BAD.values()], ids=BAD)
def test_a_dict_and_a_file_have_the_same_problems_in_file_order(recipe, lines):
    assert message(recipe).split("\n") == list(lines)
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


def test_the_whole_message_of_a_file():
    text = (
        '{\n  "nnbuild": 1,\n  "params": {"width": 4},\n  "layers": [\n    {"type": "Dense",\n'
        '      "units": "$widht"},\n'
        '    {"type": "Flatten"},\n    {"type": "Dense", "units": 10,\n      "activation": "rellu"}\n  ]\n}\n'
    )
    assert "\n".join(map(str, problems_of_text(text, "recipes/digits.json"))) == (
        "recipes/digits.json:3:14: params.width: is never used\n"
        "recipes/digits.json:6:16: layers[0].units: unknown param 'widht'\n"
        "  allowed: width\n"
        "  hint: did you mean 'width'?\n"
        "recipes/digits.json:9:21: layers[2].activation: unknown activation 'rellu'\n"
        "  allowed: celu, elu, ..., gelu, ..., leaky_relu, ..., relu, relu6, selu, ..., squareplus, ...\n"
        "  hint: did you mean 'relu'?"
    )


def test_a_text_without_a_version():
    assert list(map(str, problems_of_text('{"layers": [{"type": "Dense", "units": 4}]}'))) == [
        "1:1: needs 'nnbuild'\n  hint: add \"nnbuild\": 1, the version of the recipe language"
    ]
    assert list(map(str, problems_of_text('{"nbuild": 1, "layers": [{"type": "Dense", "units": 4}]}'))) == [
        "1:2: nbuild: unknown key\n"
        "  allowed: ..., about, blocks, ..., inputs, layers, name, nnbuild, outputs, ..., training\n"
        "  hint: did you mean 'nnbuild'?"
    ]


@pytest.mark.parametrize("text", ["[]", "null"])
def test_a_text_that_is_no_object(text):
    assert list(map(str, problems_of_text(text))) == ["1:1: a recipe is a JSON object: { ... }"]


@pytest.mark.parametrize("given", [None, DENSE.items()])
def test_a_value_that_is_no_mapping(given):
    kind = type(given).__name__
    assert message(given) == f"a recipe is an object (a dict), got {kind}"


def test_every_problem_of_a_wrong_value_is_found_at_once():
    wrong = [dense("4"), dense(activation="rellu"), {"type": "Dropout", "rate": 2}, dense(kernel_regularizer="l3")]
    separate = [message(net(node)).replace("layers[0]", f"layers[{index}]") for index, node in enumerate(wrong)]
    assert message(net(*wrong)) == "\n".join(separate)


def test_a_problem_is_found_once_however_often_it_is_expanded():
    body = [dense("4"), {"type": "fc"}]
    blocks = {"fc": {"layers": [dense(colour="red")]}}
    once = message(net(repeat(*body, times=1), blocks=blocks))
    assert len(problems(net(repeat(*body, times=1), blocks=blocks)).problems) == 2
    assert message(net(repeat(*body, times=50), blocks=blocks)) == once


def test_problems_pickle():
    error = pickle.loads(pickle.dumps(problems(BAD["several"][0])))
    assert isinstance(error, RecipeError)
    assert isinstance(error, ValueError)
    assert str(error) == message(BAD["several"][0])
    assert error.problems == problems(BAD["several"][0]).problems


# Numbers beyond all floats


HUGE = 10**400
BELOW = "\n  hint: sizes and counts are below 2**31"


@pytest.mark.parametrize(
    ("recipe", "expected"),
    [
        (net(dense("$n"), params={"n": HUGE}),
         "layers[0].units: must be an integer of at least 1, got a number with too many digits"
         + BELOW + "; from params.n"),
        (net({"type": "Rescaling", "scale": [1, HUGE]}),
         "layers[0].scale: must be a number or a non-empty list, each a number, "
         "got [1, a number with too many digits]"),
        (net(DENSE, search={"training__epochs": {"int": [1, HUGE]}}),
         "search.training__epochs.int: must be a list of two integers, lowest and highest, "
         "got [1, a number with too many digits]"),
        (net(dense("$n * 0"), params={"n": HUGE}),
         "layers[0].units: '$n * 0' is too large: its magnitude must be below 2**63"),
    ],
    ids=["param", "list", "search", "expression"],
)  # fmt: skip
def test_numbers_beyond_all_floats(recipe, expected):
    assert message(recipe) == expected
    assert [str(problem).split(": ", 1)[1] for problem in problems_of_text(as_file(recipe))] == [expected]


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
        nested(30, DENSE),
        repeat(DENSE, DENSE, over={"u": [1] * 99}),
        residual(DENSE, shortcut=[nested(7, DENSE)]),
        parallel(a=[nested(6, DENSE)], b=[nested(6, DENSE)]),
        repeat(nested(20, DENSE), times=0),
    ],
    ids=["nested", "over", "shortcut", "branches", "no_turn"],
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
    (problem,) = problems(chain(500)).problems
    assert problem.path == ("blocks", "b64", "layers")


def test_a_problem_in_each_of_many_turns_is_found_once():
    assert message(net(repeat(dense(colour="red"), times=500))) == message(net(repeat(dense(colour="red"), times=1)))
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
    assert len(problems({f"key{i}": 1 for i in range(200)}).problems) == 101


@pytest.mark.usefixtures("low_limits")
def test_values_are_counted_over_all_turns():
    found = "holds more than 5000 values after expansion"
    of_params = net(repeat({"type": "StringLookup", "vocabulary": ["$x"] * 50}, times=99), params={"x": "a"})
    assert message(of_params) == f"layers[0].layers[0].vocabulary: the recipe {found}"
    of_words = {"type": "StringLookup", "vocabulary": [f"w{i}" for i in range(90)]}
    assert len(Recipe.from_dict(net(repeat(of_words, times=40))).network.nodes) == 40
    assert found in message(net(repeat(of_words, times=80)))


def test_four_mebibytes_and_no_more():
    text = as_file(net(DENSE))
    assert Recipe.from_json(text + " " * (4 * 2**20 - len(text))).name == ""
    (problem,) = problems_of_text(text + " " * (4 * 2**20 - len(text) + 1))
    assert str(problem) == "the text is too long\n  allowed: at most 4 MiB in UTF-8"


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


@pytest.mark.parametrize("recipe", GOOD.values(), ids=GOOD)
def test_nothing_is_wrong_with_the_good_ones(recipe):
    assert Recipe.from_json(as_file(recipe)) == Recipe.from_dict(recipe)


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (
            {"type": "Discretization", "bin_boundaries": [2.0, 1.0]},
            "layers[0].bin_boundaries: bin_boundaries of Discretization must increase, got [2.0, 1.0]\n"
            "  hint: sort them",
        ),
        (
            {"type": "RandomColorJitter", "value_range": [0, 0]},
            "layers[0].value_range: value_range of RandomColorJitter must be the lowest and the highest value, "
            "got [0, 0]\n  hint: give [0, 255], or [0, 1] where the values are scaled",
        ),
        (
            {"type": "RandomGaussianBlur", "kernel_size": 2**31 - 1},
            "layers[0].kernel_size: must be an integer from 1 to 1001 or a list of 2, each an integer from "
            "1 to 1001, got 2147483647",
        ),
        (
            {"type": "TextVectorization", "ragged": True},
            "layers[0].ragged: TextVectorization returns ragged tensors, which no layer supports\n"
            "  hint: remove it: samples are padded",
        ),
    ],
    ids=["boundaries", "value_range", "kernel_size", "ragged"],
)
def test_values_that_no_layer_computes_with(layer, expected):
    assert message({"layers": [layer]}) == expected


@pytest.mark.parametrize(
    "layer",
    [
        {"type": "RandomShear", "x_factor": [1, 1], "y_factor": [1.0, 1.0]},
        {"type": "RandAugment", "factor": [1, 1]},
        {"type": "AugMix", "factor": [1.0, 1.0]},
    ],
    ids=["RandomShear", "RandAugment", "AugMix"],
)
def test_images_sheared_to_a_line(layer):
    first, *others = [key for key in layer if key != "type"]
    assert message({"layers": [layer]}) == (
        f"layers[0].{first}: {' and '.join([first, *others])} of {layer['type']} must not be [1, 1]: an image sheared "
        "so is a line\n  hint: give a range that starts below 1, such as [0, 0.3]"
    )


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (
            {"type": "AUC", "num_labels": 3},
            "training.metrics[0].num_labels: num_labels of AUC requires multi_label\n  hint: add multi_label: true",
        ),
        (
            {"type": "AUC", "num_labels": 2**16, "multi_label": True},
            "training.metrics[0].num_thresholds: num_thresholds x num_labels of AUC must be at most 2097152, got "
            "13107200\n  hint: use fewer thresholds",
        ),
        (
            {"type": "IoU", "num_classes": 3, "target_class_ids": [0, 3]},
            "training.metrics[0].target_class_ids: target_class_ids of IoU has 3, but num_classes is 3\n"
            "  hint: give ids from 0 to 2",
        ),
        (
            {"type": "MeanIoU", "num_classes": 2**31 - 1},
            "training.metrics[0].num_classes: must be an integer from 1 to 4096, got 2147483647",
        ),
    ],
    ids=["num_labels", "num_thresholds", "target_class_ids", "num_classes"],
)
def test_metrics_that_keras_can_not_make(metric, expected):
    assert message({"layers": [DENSE], "training": {"metrics": [metric]}}) == expected


def test_a_param_that_holds_an_expression_is_one_problem():
    recipe = {"params": {"sizes": ["$units"], "units": 1}, "layers": [{"type": "Dense", "units": "$sizes"}]}
    assert message(recipe) == (
        "params.sizes[0]: must be a plain value, got the expression '$units'\n"
        "  hint: a param must have a plain value; write '$units' where the param is used"
    )
