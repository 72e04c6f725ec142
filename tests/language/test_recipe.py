"""Recipe: read and written in every form, compared, copied and pickled."""

import copy
import json
import pickle
from types import MappingProxyType

import numpy as np
import pytest

from cases import DENSE, GOOD, dense, net, repeat
from nnbuild.errors import RecipeError
from nnbuild.layers import Block, Dense, Dropout, Parallel, Repeat, Residual
from nnbuild.recipe import Recipe


def message(make):
    with pytest.raises(RecipeError) as caught:
        make()
    return str(caught.value)


def of(*layers, **keys):
    return Recipe.from_dict(net(*layers, **keys))


# Forms


@pytest.mark.parametrize("document", GOOD.values(), ids=GOOD)
def test_every_form_is_read_back(document, tmp_path):
    document = {"nnbuild": 1, **document}
    recipe = Recipe.from_dict(document)
    assert exact(recipe.to_dict()) == exact(document)
    for indent in (None, 2):
        text = recipe.to_json(indent)
        assert exact(json.loads(text)) == exact(document)
        again = Recipe.from_json(text)
        assert again.to_json(indent) == text
        assert again == recipe
    recipe.save(tmp_path / "recipe.json")
    assert Recipe.load(tmp_path / "recipe.json") == recipe
    assert (tmp_path / "recipe.json").read_bytes().endswith(b"}\n")


def exact(value):
    """A JSON value as text, in which 1, 1.0 and true differ, and the order of keys counts."""
    return json.dumps(value)


def test_the_python_form_equals_the_json_form():
    recipe = Recipe(
        [
            Repeat([Dense("$n", activation="$act"), Dropout(0.2)], over={"n": "$hidden"}),
            Residual([Dense(8, name="inner")], activation="relu", name="body"),
            Parallel({"a": [], "b": [Dense(units=8)]}, merge="Add"),
            Block("fc", n=4, inputs=["body"]),
            {"type": "Add", "inputs": ["fc_1", "parallel_1"]},
        ],
        name="both",
        description="in Python",
        about={"kind": "mlp"},
        params={"hidden": (16, 8), "act": "tanh"},
        defaults={"use_bias": False},
        blocks={"fc": {"params": {"n": 2}, "layers": [Dense("$n")]}},
        training={"epochs": 3},
        search={"hidden": [[8], [8, 4]]},
    )
    text = """{
      "nnbuild": 1, "name": "both", "description": "in Python", "about": {"kind": "mlp"},
      "params": {"hidden": [16, 8], "act": "tanh"}, "defaults": {"use_bias": false},
      "blocks": {"fc": {"params": {"n": 2}, "layers": [{"type": "Dense", "units": "$n"}]}},
      "layers": [
        {"type": "Repeat", "over": {"n": "$hidden"}, "layers": [
          {"type": "Dense", "units": "$n", "activation": "$act"}, {"type": "Dropout", "rate": 0.2}]},
        {"type": "Residual", "layers": [{"type": "Dense", "name": "inner", "units": 8}],
         "activation": "relu", "name": "body"},
        {"type": "Parallel", "branches": {"a": [], "b": [{"type": "Dense", "units": 8}]}, "merge": "Add"},
        {"type": "fc", "inputs": ["body"], "n": 4},
        {"type": "Add", "inputs": ["fc_1", "parallel_1"]}],
      "training": {"epochs": 3}, "search": {"hidden": [[8], [8, 4]]}}"""
    assert recipe == Recipe.from_json(text)
    assert hash(recipe) == hash(Recipe.from_json(text))
    assert recipe.network == Recipe.from_json(text).network


def test_values_of_python_and_numpy():
    made = Recipe(
        (dense(np.int64(4), name=np.str_("a")) for _ in range(1)),
        params=MappingProxyType({"rate": np.float32(0.5), "on": np.bool_(True), "n": np.uint8(3)}),
        training={"learning_rate": "$rate", "shuffle": "$on", "epochs": "$n", "batch_size": np.float64(8)},
        search={"rate": {"uniform": (np.float64(0.25), 1)}, "n": [np.int32(1)]},
    )
    plain = made.to_dict()
    assert plain["layers"] == [{"type": "Dense", "units": 4, "name": "a"}]
    assert plain["search"] == {"rate": {"uniform": [0.25, 1]}, "n": [1]}
    assert {key: type(value) for key, value in plain["params"].items()} == {"rate": float, "on": bool, "n": int}
    assert type(plain["layers"][0]["units"]) is int
    assert type(plain["layers"][0]["name"]) is str
    assert made == Recipe.from_json(made.to_json())


class Path(str):
    """A string of another type, as libraries make them."""


def test_keys_and_strings_of_other_types_become_plain():
    recipe = Recipe.from_dict({Path("layers"): [{Path("type"): Path("Dense"), "units": 4}]})
    assert {type(key) for key in recipe.to_dict()} == {str}
    assert pickle.loads(pickle.dumps(recipe)) == of(DENSE)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (float("nan"), "can't be written as JSON: nan"),
        (10**5000, "can't be written as JSON: a number with too many digits"),
        (b"x", "can't be written as JSON: a value of type bytes"),
        ("\ud800", "can't be written as JSON: '\\ud800'"),
        ({1: 2}, "keys must be strings, got 1"),
    ],
    ids=["nan", "digits", "bytes", "surrogate", "key"],
)
def test_values_that_json_cannot_hold(value, found):
    assert message(lambda: of(DENSE, params={"x": value})) == f"params.x: {found}"


def test_the_document_is_copied():
    document = net(dense(name="a"), params={"n": [1]}, search={"n": [[2]]}, training={"epochs": "$n"})
    document["training"] = {"metrics": ["mse"], "class_weight": {"0": 1}}
    document["layers"].append({"type": "Normalization", "mean": "$n", "variance": [1]})
    recipe = Recipe.from_dict(document)
    before = recipe.to_json()
    document["layers"][0]["units"] = 5
    document["params"]["n"].append(2)
    recipe.to_dict()["params"]["n"].append(3)
    recipe.params["n"].append(4)
    recipe.search["n"].append([5])
    recipe.about["kind"] = "x"
    assert recipe.to_json() == before
    assert recipe.params == {"n": [1]}


def test_texts_beyond_ascii():
    recipe = of(DENSE, name="größe", description='\u2028 \x00 \U0001f600 " \\')
    assert Recipe.from_json(recipe.to_json()).to_dict() == recipe.to_dict()
    assert "größe" in recipe.to_json()
    assert Recipe.from_json(recipe.to_json().encode()).name == "größe"


def test_other_types_than_text_and_path():
    assert message(lambda: Recipe.from_json(5)) == "from_json takes a text (str or bytes), got int"
    assert message(lambda: Recipe.load(5)) == "load takes a name or a path, got int"
    assert message(lambda: Recipe.load(None)) == "load takes a name or a path, got NoneType"


def test_a_loss_that_one_output_takes():
    outputs = {"x": {"node": "a", "loss": "mse"}, "y": {"node": "b"}}
    recipe = of(dense(name="a"), dense(name="b"), outputs=outputs, training={"loss": "mae"})
    assert recipe.network.training == {"loss": "mae"}


def test_the_version_may_be_left_out_in_python_only():
    assert Recipe.from_dict({"layers": [DENSE]}).to_dict() == {"nnbuild": 1, "layers": [DENSE]}
    assert Recipe.from_dict({"layers": [DENSE], "nnbuild": 1.0}) == of(DENSE)
    assert message(lambda: Recipe.from_json('{"layers": []}')).split("\n")[0] == "1:1: needs 'nnbuild'"


# Facts


def test_facts_of_a_recipe():
    recipe = Recipe.from_dict(GOOD["people"])
    assert (recipe.name, recipe.description, recipe.about["data"]) == ("small", "for people", "digits")
    plain = Recipe.from_dict(GOOD["smallest"])
    assert (plain.name, plain.description, plain.about, plain.params, plain.search) == ("", "", {}, {}, {})


def test_repr():
    assert repr(of(DENSE)) == "<Recipe 1 layers>"
    assert (
        repr(Recipe.from_dict({**GOOD["params"], "name": "mlp"}))
        == "<Recipe 'mlp', 5 layers, params=hidden, act, drop>"
    )
    assert repr(of(repeat(DENSE, times=3), name="it's")) == '<Recipe "it\'s", 3 layers>'


# Equality


EQUAL = {
    "whole_floats": (net(dense(4)), net(dense(4.0))),
    "large_numbers": (net(dense("$n * 0 + 4"), params={"n": 10**18}), net(dense("$n * 0 + 4"), params={"n": 1e18})),
    "zeros": (net({"type": "Dropout", "rate": 0}), net({"type": "Dropout", "rate": -0.0})),
    "order_of_keys": (net(dense(use_bias=True), name="a"), net({"use_bias": True, "units": 4, "type": "Dense"})),
    "what_is_for_people": (GOOD["people"], GOOD["smallest"]),
    "order_of_params": (net(dense("$a + b"), params={"a": 1, "b": 2}), net(dense("$a + b"), params={"b": 2, "a": 1})),
}
DIFFERENT = {
    "true_is_not_1": (net(DENSE, search={"training__epochs": [1]}), net(DENSE, search={"training__epochs": [True]})),
    "text_is_no_number": (net(DENSE, search={"training__epochs": [1]}), net(DENSE, search={"training__epochs": ["1"]})),
    "a_default_written_out": (net(dense()), net(dense(use_bias=True))),
    "order_of_nodes": (net(dense(4), dense(5)), net(dense(5), dense(4))),
    "a_name_of_a_node": (net(dense()), net(dense(name="a"))),
    "a_search_space": (net(DENSE), net(DENSE, search={"training__epochs": [1]})),
    "near_numbers": (net({"type": "Dropout", "rate": 0.1}), net({"type": "Dropout", "rate": 0.1 + 1e-17 + 1e-16})),
}  # fmt: skip


@pytest.mark.parametrize(("one", "other"), EQUAL.values(), ids=EQUAL)
def test_equal_recipes(one, other):
    one, other = Recipe.from_dict(one), Recipe.from_dict(other)
    assert one == other
    assert hash(one) == hash(other)
    assert len({one, other}) == 1


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT)
def test_different_recipes(one, other):
    one, other = Recipe.from_dict(one), Recipe.from_dict(other)
    assert one != other
    assert len({one, other}) == 2


def test_a_recipe_equals_recipes_only():
    recipe = of(DENSE)
    assert recipe != recipe.to_dict()
    assert recipe != "mlp"
    assert recipe is not None


def test_copies_are_equal():
    recipe = Recipe.from_dict(GOOD["structure"])
    for made in (copy.copy(recipe), copy.deepcopy(recipe), pickle.loads(pickle.dumps(recipe))):
        assert made == recipe
        assert made.to_json() == recipe.to_json()
        assert made.network == recipe.network
        assert hash(made) == hash(recipe)


def test_a_recipe_does_not_change():
    recipe = of(DENSE)
    with pytest.raises(AttributeError):
        recipe.name = "other"
    with pytest.raises(AttributeError):
        recipe.colour = "red"
    with pytest.raises(TypeError):
        recipe.network.nodes[0].arguments["units"] = 5


def test_integral_floats_are_integers():
    (node,) = of(dense("$f / 2"), params={"f": 16}).network.nodes
    assert repr(node.arguments["units"]) == "8"


def test_the_constructor_checks():
    assert message(lambda: Recipe([dense("4")], training={"epochs": 0}, params={"n": 1})) == (
        "params.n: is never used\n"
        "layers[0].units: must be an integer of at least 1, got '4'\n"
        "training.epochs: must be an integer of at least 1 or an object with any of 'steps', 'min', 'max', each "
        "an integer of at least 1, got 0"
    )
    assert message(lambda: Recipe([])) == "layers: needs at least one node"
    with pytest.raises(TypeError, match="unexpected keyword argument 'trainig'"):
        Recipe([DENSE], trainig={})


class TestVariants:
    RECIPE = Recipe.from_dict(
        net(
            dense("$width"),
            dense("$other"),
            params={"width": 8, "other": 2},
            training={"ensemble": {"folds": 3, "variants": [{"width": 4}, {"width": 5, "other": 3}]}},
        )
    )

    def variants(self, **values):
        return self.RECIPE.with_values(**values).to_dict()["training"]["ensemble"]["variants"]

    def test_a_value_replaces_those_of_the_variants(self):
        assert self.variants(width=6) == [{}, {"other": 3}]
        assert self.variants(training__epochs=6) == [{"width": 4}, {"width": 5, "other": 3}]

    def test_variants_are_a_value_too(self):
        assert self.variants(width=6, training__ensemble__variants=[{"width": 2}]) == [{"width": 2}]

    def test_a_param_without_use_is_dropped_from_the_variants(self):
        layers = [{"type": "Repeat", "times": "$times", "layers": [dense("$width")]}, dense(3)]
        ensemble = {"variants": [{"width": 2}, {"times": 0}]}
        recipe = Recipe.from_dict(net(*layers, params={"times": 1, "width": 4}, training={"ensemble": ensemble}))
        assert recipe.with_values(times=2).to_dict()["training"]["ensemble"]["variants"] == [{"width": 2}, {}]
