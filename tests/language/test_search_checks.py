"""Values in a search space that the recipe does not allow are found before any training."""

import time

import pytest

from cases import dense, net
from nnbuild import Recipe, RecipeError
from nnbuild.language import search_checks
from nnbuild.language.gallery import gallery_names


def found(search, **parts):
    """The problems of a search space, one after the other."""
    layers = parts.pop("layers", [dense("$n", activation="$activation", name="stem")])
    recipe = Recipe.from_dict(net(*layers, params={"n": 8, "activation": "relu"}, search=search, **parts))
    return "\n".join(map(str, recipe.search_problems()))


ACTIVATIONS = "  allowed: celu, elu, ..., gelu, ..., leaky_relu, ..., relu, relu6, selu, ..., squareplus, ...\n"


@pytest.mark.parametrize(
    "search, expected",
    [
        (
            {"activation": ["relu", "rellu"]},
            "search.activation[1]: unknown activation 'rellu'\n"
            f"{ACTIVATIONS}"
            "  hint: did you mean 'relu'?; the value would be set at layers[0].activation",
        ),
        (
            {"n": [8, 0, "8"]},
            "search.n[1]: must be an integer of at least 1, got 0\n  hint: the value would be set at layers[0].units\n"
            "search.n[2]: must be an integer of at least 1, got '8'\n  hint: the value would be set at layers[0].units",
        ),
        (
            {"n": {"int": [0, 8]}},
            "search.n.int[0]: must be an integer of at least 1, got 0\n"
            "  hint: the value would be set at layers[0].units",
        ),
        (
            {"n": {"uniform": [2, 6]}},
            "search.n.uniform: must be an integer of at least 1, got 4.4721359548\n"
            "  hint: 'int' draws integers; the value would be set at layers[0].units",
        ),
        (
            {"training__validation_fraction": {"uniform": [0.1, 1.5]}},
            "search.training__validation_fraction.uniform[1]: must be a number of at least 0 and below 1, got 1.5\n"
            "  hint: the value would be set at training.validation_fraction",
        ),
    ],
)
def test_wrong_values(search, expected):
    assert found(search) == expected


def test_right_values():
    assert found({"activation": ["relu", None], "n": {"log_int": [1, 512]}, "training__learning_rate": [1e-3]}) == ""
    assert found({"layers__stem__kernel_regularizer": [None, "l2", {"type": "L1", "l1": 0.1}]}) == ""


def test_a_value_that_leaves_another_param_unused():
    layers = [{"type": "Repeat", "over": {"width": "$widths"}, "layers": [dense("$width", activation="$act")]}]
    recipe = net(*layers, params={"widths": [8], "act": "relu"}, search={"widths": [[], [8], [0]]})
    (problem,) = Recipe.from_dict(recipe).search_problems()
    assert str(problem) == (
        "search.widths[2]: must be an integer of at least 1, got 0\n"
        "  hint: the problem occurs in iteration 1 of layers[0]; the value would be set at layers[0].layers[0].units"
    )


def test_a_file_is_reported_with_lines(tmp_path):
    path = tmp_path / "my.json"
    path.write_text(
        '{"nnbuild": 1,\n "params": {"n": 8},\n "layers": [{"type": "Dense", "units": "$n"}],\n'
        ' "search": {"n": [8,\n   -8]}}'
    )
    with pytest.raises(RecipeError) as caught:
        Recipe.validate(path)
    assert str(caught.value) == (
        f"{path}:5:4: search.n[1]: must be an integer of at least 1, got -8\n"
        "  hint: the value would be set at layers[0].units"
    )
    assert Recipe.load(path).search == {"n": [8, -8]}
    path.write_text(path.read_text().replace("-8", "4"))
    assert Recipe.validate(path) == Recipe.load(path)


@pytest.mark.slow
def test_recipes_of_the_gallery_can_be_searched():
    for name in gallery_names():
        assert Recipe.validate(name).search_problems() == []


def test_the_number_of_trials_is_bounded():
    start = time.process_time()
    assert len(found({"n": [0] * 100_000}).split("\nsearch")) == search_checks.MAX_TRIALS
    layers = [{"type": "Repeat", "times": "$n", "layers": [dense(4, activation="$activation")]}]
    assert len(found({"n": list(range(4000, 4900)), "activation": ["rellu"]}, layers=layers).splitlines()) == 3
    assert time.process_time() - start < 20
