"""The JSON Schema of recipes accepts every right recipe and refuses mistakes that need no knowledge of names."""

import copy
import itertools
import json

import jsonschema
import pytest

from convert.schema_cases import DENSE, RIGHT, WRONG, layers
from layer_cases import LAYERS, network
from nnbuild import catalog
from nnbuild.catalog.arguments import kind_of
from nnbuild.catalog.kinds import NOUNS, Anything, Choice, Either, Integer, ListOf, MapOf, Named, Number, Object, Text
from nnbuild.convert.schema import recipe_schema
from nnbuild.convert.schema_classes import names_by_class, plain_names, signatures
from nnbuild.convert.schema_values import value
from nnbuild.errors import RecipeError
from nnbuild.language.expressions import NAME as NAME_PATTERN
from nnbuild.language.gallery import gallery_names, gallery_path
from nnbuild.language.input_kinds import input_keys
from nnbuild.language.sections import ABOUT, DOCUMENT_KEYS, OUTPUT, STOPPING, TRAINING, layer_arguments
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
    assert set(properties["defaults"]["properties"]) == set(layer_arguments())


@pytest.mark.parametrize("family", NOUNS)
def test_every_class_has_its_arguments(family):
    for signature in signatures(family):
        properties = set(SCHEMA["$defs"][f"{family}.{signature.name}"]["properties"])
        assert properties - {"type", "name", "inputs"} == set(signature.arguments)


def test_the_schema_describes_kinds_and_defaults():
    dense = SCHEMA["$defs"]["layers.Dense"]["properties"]
    assert dense["use_bias"] == {"$ref": "#/$defs/arguments.use_bias", "default": True}
    assert dense["units"] == {"$ref": "#/$defs/arguments.units"}
    assert SCHEMA["$defs"]["arguments.units"] == {
        "description": "an integer of at least 1",
        "type": ["integer", "string"],
        "minimum": 1,
        "maximum": 2**31 - 1,
        "pattern": r"^\$[A-Za-z0-9_\s.+*/%(),-]{1,199}$",
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


@pytest.mark.parametrize("text", ["a_", "aB1", "a__b", "_a", "1a", "a b", "", "\u00e4", "a\n"])
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


@pytest.mark.parametrize("number", range(len(RIGHT)))
def test_a_recipe_that_nnbuild_accepts_is_accepted(number):
    """Also after a change: each place in turn gets another value."""
    recipe, values = RIGHT[number], itertools.cycle([*VALUES, "$n", DENSE])
    assert complaints(recipe) == set()
    assert accepted_by_nnbuild(recipe)
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


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_recipe_is_refused(what):
    recipe, place = WRONG[what]
    assert any(found.startswith(place) for found in complaints(recipe)), complaints(recipe)
    assert not accepted_by_nnbuild(recipe)


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
