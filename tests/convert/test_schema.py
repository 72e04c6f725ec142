"""The JSON Schema of recipes accepts every right recipe and refuses mistakes that need no knowledge of names."""

import copy
import itertools
import json

import jsonschema
import pytest

from bad_cases import BAD
from cases import DENSE, GOOD, net
from layer_cases import LAYERS, network
from nnbuild import catalog
from nnbuild.catalog.arguments import kind_of
from nnbuild.catalog.kinds import NOUNS, Anything, Choice, Either, Integer, ListOf, MapOf, Named, Number, Object, Text
from nnbuild.convert.schema import recipe_schema
from nnbuild.convert.schema_classes import names_by_class, plain_names, signatures
from nnbuild.convert.schema_values import value
from nnbuild.errors import RecipeError
from nnbuild.language.expressions import NAME as NAME_PATTERN
from nnbuild.language.factors import FACTOR_KEYS
from nnbuild.language.gallery import gallery_names, gallery_path
from nnbuild.language.input_kinds import input_keys
from nnbuild.language.outputs import OUTPUT
from nnbuild.language.sections import ABOUT, DOCUMENT_KEYS, SCHEDULES, STOPPING, TRAINING, layer_arguments
from nnbuild.recipe import Recipe
from tools import make_schema

SCHEMA = recipe_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def complaints(recipe):
    """Places of the errors that the schema reports."""
    return {error.json_path for error in VALIDATOR.iter_errors(recipe)}


def accepted_by_nnbuild(recipe):
    try:
        Recipe.from_json(json.dumps(recipe))
    except RecipeError:
        return False
    return True


def layers(*nodes, **keys):
    """A recipe with a version."""
    return net(*nodes, nnbuild=1, **keys)


def validator_of(part):
    """A validator of a part of the schema, with the schema's definitions."""
    return jsonschema.Draft202012Validator({**part, "$defs": SCHEMA["$defs"]})


# --- the schema itself ---


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == jsonschema.Draft202012Validator.META_SCHEMA["$schema"]


def test_the_file_is_in_step():
    assert make_schema.FILE.read_text("utf-8") == make_schema.text(), "run: python tools/make_schema.py"
    assert json.loads(make_schema.text()) == SCHEMA


def test_every_reference_leads_to_a_definition():
    found, defined = references(SCHEMA), {f"#/$defs/{name}" for name in SCHEMA["$defs"]}
    assert found - defined == set()
    # The definition of an expression is for readers: its pattern is joined with the types of each place.
    assert defined - found == {"#/$defs/expression"}


def references(part):
    own = {part["$ref"]} if isinstance(part, dict) and isinstance(part.get("$ref"), str) else set()
    inner = list(part.values()) if isinstance(part, dict) else part if isinstance(part, list) else []
    return own.union(*map(references, inner))


def test_the_schema_has_the_keys_of_the_language():
    properties = SCHEMA["properties"]
    outputs = properties["outputs"]["anyOf"][1]["additionalProperties"]
    assert set(properties) == set(DOCUMENT_KEYS)
    assert set(properties["about"]["properties"]) == set(ABOUT)
    assert set(properties["inputs"]["additionalProperties"]["properties"]) == set(input_keys())
    assert set(outputs["properties"]) == set(OUTPUT)
    assert set(properties["training"]["properties"]) == set(TRAINING)
    assert set(properties["training"]["properties"]["early_stopping"]["properties"]) == set(STOPPING)
    assert set(properties["training"]["properties"]["schedules"]["properties"]) == set(SCHEDULES)
    assert set(properties["defaults"]["properties"]) == {*layer_arguments(), *FACTOR_KEYS}


@pytest.mark.parametrize("family", NOUNS)
def test_every_class_has_its_arguments(family):
    for signature in signatures(family):
        properties = set(SCHEMA["$defs"][f"{family}.{signature.name}"]["properties"])
        assert properties - {"type", "name", "inputs", *FACTOR_KEYS} == set(signature.arguments)


def test_the_schema_describes_kinds_and_defaults():
    dense = SCHEMA["$defs"]["layers.Dense"]["properties"]
    assert dense["use_bias"] == {"$ref": "#/$defs/arguments.use_bias", "default": True}
    assert dense["units"] == {"$ref": "#/$defs/arguments.units"}
    size = {
        "type": ["integer", "string"],
        "minimum": 1,
        "maximum": 2**31 - 1,
        "pattern": r"^\$[A-Za-z0-9_\s.+*/%(),-]{1,199}$",
    }
    assert SCHEMA["$defs"]["arguments.filters"] == {"description": "an integer of at least 1", **size}
    assert SCHEMA["$defs"]["arguments.units"] == {
        "description": "an integer of at least 1",
        "anyOf": [{"const": "auto"}, size],
    }


# --- values ---

# fmt: off
VALUES = [
    None, True, False, -1, 0, 1, 2, 3, 0.5, 1.5, -0.5, 1.0, 2.0, 1e9, 2**31, 1e39, "", "x", "same", "valid", "auto",
    "relu", "int64", "float32", [], [1], [0], [-1], [1, 2], [2, 1], [0.5], [0.25, 0.5], [1, 2, 3], [1, None],
    [None, None], ["x"], ["a", "b"], [[1, 1], 2], [[1, 2], [3, 4]], [[1], [2]], [[[0.5]]], [[[[0.5]]]], [True], {},
    {"dmax": 1}, {"dmax": -1}, {"0": 1.5}, {"0": -1}, {"type": "relu"},
]
# fmt: on


def holds_object(kind):
    inner = [*getattr(kind, "kinds", ()), *([kind.of] if hasattr(kind, "of") else [])]
    return isinstance(kind, Object) or any(map(holds_object, inner))


def plain_kinds():
    """Every kind in use that no Keras object is part of."""
    tables = [kind for table in (ABOUT, input_keys(), OUTPUT, TRAINING, STOPPING) for kind in table.values()]
    every = (signature for family in NOUNS for signature in signatures(family))
    kinds = [kind_of(one.family, one.name, argument) for one in every for argument in one.arguments]
    return list(dict.fromkeys(kind for kind in [*tables, *kinds] if not holds_object(kind)))


def test_a_value_is_accepted_where_nnbuild_accepts_it():
    for kind in plain_kinds():
        opened, plain = validator_of(value(kind)), validator_of(kind.schema())
        accepted = [each for each in VALUES if kind.accepts(each)]
        assert [each for each in VALUES if opened.is_valid(each)] == accepted, kind.description
        assert [each for each in VALUES if plain.is_valid(each)] == accepted, kind.description
        assert opened.is_valid("$max(n, 2) * 3.5"), kind.description


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (ListOf(Integer(1), 2), ["$sizes", ["$a", 2], ["$a * 2", "$b"]], [["$a", 0], ["a", "b"], ["$a"]]),
        (ListOf(ListOf(Number())), [[["$a"]], ["$row"]], [[["a"]]]),
        (MapOf(Number(low=0)), [{"x": "$w"}], [{"x": "w"}, {"x": -1}]),
        (Named(("a",), Number()), [{"a": "$w"}, "$all"], [{"b": "$w"}]),
        (Either(Choice("balanced"), Number()), ["balanced", "$w", 1], ["balance", None]),
        (Text(), ["", "a", "$$a", "two\nlines", "$name"], ["$", "$a!", "$" + "a" * 200]),
        (Anything(), [None, ["$a", {"b": "$$"}], "$" + "a" * 199], ["$", ["$"], {"a": [{"b": "$!"}]}, "$" + "a" * 200]),
        (Integer(), ["$(a + b) // 2 % 3 - -1e3 ** 2"], ["$", "$$a", "a", "$a;b", "$a\u00e4", "$" + "a" * 200]),
    ],
    ids=str,
)
def test_expressions_may_replace_any_value_in_a_value(kind, good, bad):
    validator = validator_of(value(kind))
    assert [each for each in good if not validator.is_valid(each)] == []
    assert [each for each in bad if validator.is_valid(each)] == []


@pytest.mark.parametrize("text", ["a_", "aB1", "a__b", "_a", "1a", "a b", "", "\u00e4"])
def test_the_schema_accepts_the_names_that_nnbuild_accepts(text):
    assert validator_of({"$ref": "#/$defs/name"}).is_valid(text) == bool(NAME_PATTERN.match(text))


@pytest.mark.parametrize("family", NOUNS)
def test_an_object_is_its_name_or_has_its_type(family):
    validator = validator_of(Object(family).schema())
    needy = {signature.name for signature in signatures(family) if signature.required and family not in LAYERED}
    for own, names in names_by_class(family).items():
        for name in names:
            assert validator.is_valid(name) == (name in plain_names(family))
            assert validator.is_valid({"type": name}) == (own not in needy)
            assert not validator.is_valid({"type": name, "unheard": 1})
    wrong = ["unheard", "", {}, {"type": "unheard"}, {"typ": "x"}, {"type": 1}, 1, True, [], None]
    assert [each for each in wrong if validator.is_valid(each)] == []
    assert validator.is_valid("$param")


LAYERED = ("layers", "cells")  # what they need may be given by `defaults`


# --- recipes that are right ---


def test_every_recipe_of_the_gallery_is_accepted():
    recipes = {name: json.loads(gallery_path(name).read_text("utf-8")) for name in gallery_names()}
    assert {name: found for name, recipe in recipes.items() if (found := complaints(recipe))} == {}


def test_every_layer_is_accepted_with_its_arguments():
    recipes = {name: network(name, row) for name, row in LAYERS.items()}
    assert {name: found for name, recipe in recipes.items() if (found := complaints(recipe))} == {}


def test_every_argument_of_a_layer_may_be_a_param():
    for name in catalog.class_names("layers"):
        node = {"type": name, **{argument: f"${argument}" for argument in catalog.find("layers", name).arguments}}
        assert complaints(layers(node)) == set(), name


@pytest.mark.parametrize("name", GOOD)
def test_a_recipe_that_nnbuild_accepts_is_accepted(name):
    """Also after a change: each place in turn gets another value."""
    recipe, values = {"nnbuild": 1, **GOOD[name]}, itertools.cycle([*VALUES, "$n", DENSE])
    assert complaints(recipe) == set()
    changed = [put(recipe, place, next(values)) for place in places(recipe) if place not in [(), ("nnbuild",)]]
    assert [each for each in changed if not VALIDATOR.is_valid(each) and accepted_by_nnbuild(each)] == []
    assert any(not VALIDATOR.is_valid(each) for each in changed)


def places(part, path=()):
    yield path
    for key, item in part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ():
        yield from places(item, (*path, key))


def put(recipe, path, new):
    changed = at = copy.deepcopy(recipe)
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = new
    return changed


# --- recipes that are wrong ---


@pytest.mark.parametrize("name", BAD)
def test_a_wrong_recipe_is_refused_where_nnbuild_finds_its_problem(name):
    recipe, line, *_ = BAD[name]
    found = complaints({"nnbuild": 1, **recipe})
    path = f"$.{line.partition(': ')[0]}"
    assert any(path.startswith(place) or place.startswith(path) for place in found) == (name not in BEYOND), found


# fmt: off
BEYOND = {  # mistakes that a schema cannot find: names, sums of several values, and values of params
    "not_registered", "name_too_long", "name_of_the_output", "name_of_the_input", "name_twice",
    "name_of_an_unnamed_one_behind", "name_in_residual", "inputs_unknown", "inputs_inside_a_repeat",
    "inputs_outside_a_block", "feed_in_a_ring", "repeats_of_no_iteration_feed_each_other", "repeat_takes_itself",
    "too_few_inputs", "recipe_input_text_setting", "recipe_input_image_shape", "recipe_input_text_shape",
    "recipe_input_text_counted", "recipe_ids_of_counted_texts", "recipe_ids_of_an_input_of_numbers",
    "recipe_ids_inside_a_layer", "several_inputs", "input_not_used", "input_called_like_an_unnamed_node",
    "output_node_unknown", "output_leaves_a_node_out", "output_called_like_an_input", "output_called_like_a_node",
    "auto_units_of_two_outputs", "auto_units_before_an_added_layer", "uncertainty_of_one_output",
    "param_unknown", "param_unknown_and_none_defined",
    "param_misspelt_activation", "params_of_one_expression", "block_misspelt", "block_param_not_used",
    "block_param_hides", "block_param_called_like_a_key", "block_sees_no_outer_param", "block_call_unknown_key",
    "block_call_wrong_value", "block_default_wrong", "block_contains_itself", "blocks_contain_each_other",
    "over_unequal", "over_not_used", "over_hides_a_param", "over_hides_another", "over_too_many",
    "over_wrong_in_one_iteration", "repeat_of_no_iteration_with_two_inputs", "parallel_dot_of_three",
    "expression_unfinished",
    "param_beyond_all_floats", "expression_beyond_all_floats", "range_beyond_all_floats", "two_ways_to_clip",
    "boundaries_that_decrease", "empty_value_range", "ragged_tokens", "image_sheared_to_a_line",
    "image_augmented_to_a_line", "labels_without_multi_label", "too_many_thresholds", "class_id_too_large",
    "learning_rate_twice", "learning_rate_scheduled_twice", "weight_decay_twice", "loss_that_no_output_takes",
    "metrics_that_no_output_takes", "quantiles_out_of_order", "quantiles_without_the_median", "early_stopping_param",
    "monitor_without_validation", "epochs_without_steps", "epochs_limits", "search_misspelt",
    "search_of_an_unnamed_node",
    "pooled_epoch_without_folds", "weights_without_folds", "temperature_without_folds", "members_with_folds",
    "neighbors_without_folds", "neighbors_of_an_unknown_node",
    "variant_of_an_unknown_param", "variant_of_the_ensemble", "values_of_variants", "variant_with_another_loss",
}
# fmt: on


def test_required_keys_of_a_document():
    assert complaints({"layers": [DENSE]}) == complaints({"nnbuild": 1}) == {"$"}
    assert complaints(layers({"type": "Add", "inputs": ["input"]})) == {"$.layers[0].inputs"}


# --- what depends on the rest of the recipe ---


def test_a_default_replaces_a_required_argument():
    conv = {"type": "Conv2D", "filters": 4}
    assert complaints(layers(conv)) == {"$.layers[0]"}
    assert complaints(layers(conv, defaults={"use_bias": False})) == {"$.layers[0]"}
    assert complaints(layers(conv, defaults={"kernel_size": 3})) == set()


def test_an_unknown_type_may_be_a_block_where_there_are_blocks():
    assert complaints(layers({"type": "fc", "n": 1})) == {"$.layers[0].type"}
    assert complaints(layers({"type": "fc", "n": 1}, blocks={})) == {"$.layers[0].type"}
    assert complaints(layers({"type": "fc", "n": 1}, blocks={"fc": {"params": {"n": 2}, "layers": [DENSE]}})) == set()


def test_a_registered_class_takes_any_arguments():
    node = {"type": "mine>Gate", "units": "many", "gate_initializer": {"type": "HeNormal"}, "name": "a"}
    assert complaints(layers(node, {"type": "TimeDistributed", "layer": {"type": "mine>Gate", "units": 0}})) == set()
    assert complaints(layers({**node, "units": "$"})) == {"$.layers[0].units"}
