"""Make the JSON Schema of recipes, with which editors check and complete them."""

from __future__ import annotations

from collections.abc import Mapping

from nnbuild import catalog
from nnbuild.catalog.argument_table import HELD
from nnbuild.catalog.facts import MERGING
from nnbuild.catalog.facts.refused import REFUSED_LAYERS
from nnbuild.catalog.kinds import Anything, Flag, Integer, Kind, ListOf, Named, Object, optional
from nnbuild.convert.schema_classes import (
    REGISTERED,
    class_definitions,
    default_schemas,
    factor_schemas,
    names_by_class,
    signatures,
)
from nnbuild.convert.schema_values import EXPRESSION, NAME, TEXT, any_of, names_of, ref, table, type_is, value
from nnbuild.language.composites import MAX_ITERATIONS
from nnbuild.language.ensembles import ENSEMBLE
from nnbuild.language.input_kinds import input_keys
from nnbuild.language.outputs import DEFAULT_OUTPUT, OUTPUT
from nnbuild.language.purpose import PURPOSE
from nnbuild.language.search import RANGES
from nnbuild.language.sections import ABOUT, TABLES, TRAINING, VERSION
from nnbuild.language.unknown_classes import COMPOSITES, INPUT_LAYERS


def recipe_schema() -> dict:
    """Return the JSON Schema (draft 2020-12) of recipes.

    Returns
    -------
    dict
        A schema that accepts every recipe that nnbuild accepts, with two rare exceptions: a recipe without blocks that
        names a registered layer class without its package, and `defaults` of a kind that no Keras layer accepts.

    Notes
    -----
    The schema can't check what depends on names in the recipe: unknown params, nodes, blocks and addresses, and
    cycles. It can't check values of expressions or shapes either. Required arguments of layers are checked only if
    `defaults` contains no required argument of any layer.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "nnbuild recipe",
        "description": "A neural network, its training settings and its search space.",
        "type": "object",
        "required": ["nnbuild", "layers"],
        "properties": {key: {"description": KEYS[key], **schema} for key, schema in _document().items()},
        "additionalProperties": False,
        "allOf": [_without_defaults(), _without_blocks()],
        "$defs": _definitions(),
    }


def _document() -> dict[str, dict]:
    """Return the schema of each key of a recipe."""
    outputs = names_of(_open_table(OUTPUT), least=1)
    return {
        "nnbuild": {"const": VERSION},
        "$schema": {"type": "string"},
        "name": {"type": "string"},
        "description": {"type": "string"},
        "about": _plain_table(ABOUT),
        **{key: kind.schema() for key, kind in PURPOSE.items()},
        "params": PARAMS,
        "defaults": table({**default_schemas(), **factor_schemas()}),
        "blocks": names_of(table({"params": PARAMS, "layers": ref("nodes")}, ["layers"]), _names_of_keras()),
        "inputs": names_of(_open_table(input_keys()), [DEFAULT_OUTPUT], least=1),
        "layers": ref("nodes"),
        "outputs": {"default": "auto", "anyOf": [{"enum": ["auto", "last"]}, outputs]},
        "training": _open_table(TRAINING),
        "search": {
            "type": "object",
            "propertyNames": {"pattern": "^[A-Za-z][A-Za-z0-9_]*$"},
            "additionalProperties": ref("space"),
        },
    }


def _definitions() -> dict[str, dict]:
    return {
        "expression": {"description": "A param, or an expression on params: $name, $name * 2.", **EXPRESSION},
        "name": NAME,
        "any": {"pattern": TEXT["pattern"], "items": ref("any"), "additionalProperties": ref("any")},
        "plain": {  # a value without references to params
            "not": {"type": "string", "pattern": r"^\$([^$]|$)"},
            "items": ref("plain"),
            "additionalProperties": ref("plain"),
        },
        "space": _space(),
        "nodes": {"type": "array", "minItems": 1, "items": ref("node")},
        "node": _node(),
        "Repeat": _repeat(),
        "Residual": _residual(),
        "Parallel": _parallel(),
        "Shared": _shared(),
        "complete": _complete(),
        "known": _known(),
        **class_definitions(),
    }


def _plain_table(kinds: Mapping[str, Kind]) -> dict:
    return table({key: {"description": kind.description, **kind.schema()} for key, kind in kinds.items()})


def _open_table(kinds: Mapping[str, Kind], required: tuple | list = ()) -> dict:
    """Return the schema of an object whose keys have `kinds`, with params wherever they are allowed."""
    properties = {}
    for key, kind in kinds.items():
        schemas = [_ensemble()] if key == "ensemble" else [value(kind)]
        schemas += [_open_table(TABLES[key])] if key in TABLES and not isinstance(kind, Named) else []
        properties[key] = {"description": kind.description, **any_of(schemas)}
    return table(properties, required)


def _ensemble() -> dict:
    """Return the schema of an ensemble, whose variants have plain values."""
    schema = _open_table({key: kind for key, kind in ENSEMBLE.items() if key != "variants"})
    kind = ENSEMBLE["variants"]
    variants = {**kind.schema(), "items": {"type": "object", "additionalProperties": ref("plain")}}
    schema["properties"]["variants"] = {"description": kind.description, **variants}
    return schema


def _names_of_keras() -> list[str]:
    """Return the names that no block may have."""
    return [*COMPOSITES, *catalog.names("layers"), *catalog.names("cells"), *REFUSED_LAYERS, *INPUT_LAYERS]


def _space() -> dict:
    """Return the schema of a search space: values to try, or a range."""
    ranges = {}
    for name, (whole, positive) in RANGES.items():
        end = {"type": "integer" if whole else "number", **({"exclusiveMinimum": 0} if positive else {})}
        ranges[name] = {"type": "array", "items": end, "minItems": 2, "maxItems": 2}
    one = {"minProperties": 1, "maxProperties": 1}
    return any_of([{"type": "array", "minItems": 1}, {**table(ranges), **one}])


def _node() -> dict:
    known = [*COMPOSITES, *catalog.names("layers")]
    block = {"pattern": NAME["pattern"], "not": {"enum": _names_of_keras()}, "description": "a block of this recipe"}
    other = {"if": {"properties": {"type": {"enum": known}}}, "else": {"additionalProperties": ref("any")}}
    return {
        "type": "object",
        "required": ["type"],
        "properties": {
            "type": {"description": KEYS["node.type"], "type": "string", "anyOf": [{"enum": known}, block, REGISTERED]},
            "name": {"description": KEYS["node.name"], **ref("name")},
            "inputs": {"description": KEYS["node.inputs"], "type": "array", "minItems": 1, "items": ref("name")},
        },
        "allOf": [*({"if": type_is([name]), "then": ref(name)} for name in COMPOSITES), ref("layers.by_type"), other],
    }


def _composite(required: list[str], **properties: dict) -> dict:
    any_node = {"type": True, "name": True, "inputs": True}
    return {"required": required, "properties": {**any_node, **properties}, "additionalProperties": False}


def _repeat() -> dict:
    times, lists = value(Integer(0, MAX_ITERATIONS)), names_of(value(ListOf(Anything())), least=1)
    return {
        **_composite(
            ["layers"],
            times={"description": "Number of repetitions.", **times},
            over={"description": "Lists of equal length, iterated together. Each name is a param.", **lists},
            layers={"description": "The nodes to repeat.", **ref("nodes")},
        ),
        "oneOf": [{"required": ["times"]}, {"required": ["over"]}],
    }


def _residual() -> dict:
    skips = "Nodes of the skip connection. Default: the identity, or a projection if shapes differ."
    return _composite(
        ["layers"],
        inputs={"maxItems": 1},
        layers={"description": "The nodes to whose output the input is added.", **ref("nodes")},
        shortcut={"description": skips, "default": "auto", "anyOf": [{"const": "auto"}, ref("nodes")]},
        activation={"description": "Activation of the sum.", **value(optional(Object("activations")))},
    )


def _parallel() -> dict:
    merging = {"enum": list(MERGING)}
    by_name, by_object = any_of([merging, EXPRESSION]), {"properties": {"type": merging}}
    return _composite(
        ["branches", "merge"],
        branches={
            "description": "Named lists of nodes with the same input; an empty list returns it unchanged.",
            **names_of({"type": "array", "items": ref("node")}, ["merge"], least=1),
        },
        merge={
            "description": "The layer that merges the outputs of the branches.",
            **ref("layers"),
            "if": {"type": "string"},
            "then": by_name,
            "else": by_object,
        },
    )


def _shared() -> dict:
    flag = value(Flag())
    return _composite(
        ["node"],
        inputs={"maxItems": 1},
        node={"description": "Name of the node whose layer is called again.", **ref("name")},
        reverse={"description": "For a ReversibleEmbedding: map vectors to token logits.", **flag},
        use_causal_mask={"description": "For an attention layer: mask later steps.", **flag},
    )


# Rules for the nodes of some recipes only. They are separate from the definition of a node, because a schema
# can't pass on whether the recipe has defaults or blocks.


def _without_defaults() -> dict:
    """Return the rule that layers have their required arguments if `defaults` contains none of any layer."""
    needed = {name for family in ("layers", "cells") for signature in signatures(family) for name in signature.required}
    harmless = {"propertyNames": {"not": {"enum": sorted(needed)}}}
    return {"if": {"properties": {"defaults": harmless}}, "then": _in_all_nodes("complete")}


def _without_blocks() -> dict:
    """Return the rule that, without blocks, a node has a known type."""
    return {"if": {"properties": {"blocks": {"maxProperties": 0}}}, "then": _in_all_nodes("known")}


def _complete() -> dict:
    """Return the schema of a node, or a layer inside one, with all required arguments of its class."""
    needs: dict[tuple[str, ...], list[str]] = {}
    held: dict[str, list[str]] = {}
    for family in ("layers", "cells"):
        for signature in signatures(family):
            names = names_by_class(family)[signature.name]
            needs.setdefault(signature.required, []).extend(names)
            for argument in set(signature.arguments) & {*HELD, "layers", "cells"}:
                held.setdefault(argument, []).extend(names)
    inside = {**ref("complete"), "items": ref("complete")}
    rules: list[tuple[list[str], dict]]
    rules = [(names, {"required": list(required)}) for required, names in needs.items() if required]
    rules += [(names, {"properties": {argument: inside}}) for argument, names in sorted(held.items())]
    rules += [(["Parallel"], {"properties": {"merge": ref("complete")}})]
    cases = [{"if": type_is(names), "then": rule} for names, rule in rules]
    return {"if": {"type": "object"}, "then": {"allOf": [*cases, _in_composites("complete")]}}


def _known() -> dict:
    """Return the schema of a node of a known type that contains only such nodes."""
    known = {"if": {"pattern": REGISTERED["pattern"]}, "else": {"enum": [*COMPOSITES, *catalog.names("layers")]}}
    return {"properties": {"type": known}, "allOf": [_in_composites("known")]}


def _in_composites(name: str) -> dict:
    """Return the rule that every node inside a composite follows the definition `name`."""
    nodes = {"items": ref(name)}
    lists = {"layers": nodes, "shortcut": nodes, "branches": {"additionalProperties": nodes}}
    return {"if": type_is(COMPOSITES), "then": {"properties": lists}}


def _in_all_nodes(name: str) -> dict:
    """Return the rule that every outermost node of the recipe and its blocks follows the definition `name`."""
    nodes = {"items": ref(name)}
    return {"properties": {"layers": nodes, "blocks": {"additionalProperties": {"properties": {"layers": nodes}}}}}


PARAMS = {"type": "object", "propertyNames": ref("name"), "additionalProperties": ref("plain")}

KEYS = {
    "nnbuild": "Version of the recipe language.",
    "$schema": "Path or URL of the JSON Schema, for editors.",
    "name": "Name of the network.",
    "description": "Description in one line.",
    "about": "Metadata for the gallery, and the default data.",
    "estimator": "Estimator that takes the recipe, or a list of several. Default: NNClassifier or NNRegressor.",
    "task": "Task of the estimator, for networks of one task only. Default: from the targets.",
    "params": "Named hyperparameters; values refer to them as $name.",
    "defaults": "Default arguments for all layers that have them.",
    "blocks": "Named groups of layers with their own params, called by a node with that name as type.",
    "inputs": "Named inputs. Default: one input with the shape and dtype of the data.",
    "layers": "Nodes of the network. By default, each takes the output of the node above it.",
    "outputs": "auto: add an output layer for the task; last: output of the last node; or an object of named outputs.",
    "training": "Training settings: optimizer, loss, epochs and others.",
    "search": "Search space: a list of values or a range for each address.",
    "node.type": "A Keras layer, a registered class, a block of this recipe, or Repeat, Residual, Parallel, Shared.",
    "node.name": "Name of the node, for the inputs of other nodes and for addresses.",
    "node.inputs": "Names of the nodes or network inputs that it takes. Default: the node above it.",
}
