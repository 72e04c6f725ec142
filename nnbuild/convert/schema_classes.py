"""The catalog -> JSON Schema: Keras objects as values, and the arguments of each class."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from itertools import chain

from nnbuild import catalog
from nnbuild.catalog import Signature
from nnbuild.catalog.arguments import kind_of
from nnbuild.catalog.facts import layer_facts
from nnbuild.catalog.kinds import NOUNS
from nnbuild.convert.schema_values import EXPRESSION, any_of, ref, type_is, value
from nnbuild.language.sections import layer_arguments
from nnbuild.language.vocabulary_inputs import AUTO, may_be_auto

REGISTERED = {
    "description": "a class or function registered in Python: package>Name",
    "type": "string",
    "pattern": "^[^>]+>[^>]+$",
}


def class_definitions() -> dict[str, dict]:
    """The definitions of all families: ``layers`` (a layer as a value), ``layers.Dense`` (its arguments) ..."""
    definitions = {f"arguments.{name}": _usual(name) for name in _argument_names() if _usual(name)}
    for family in NOUNS:
        definitions.update(_family(family))
    return definitions


def _family(family: str) -> dict[str, dict]:
    # A layer inside another has neither a name of its own nor inputs.
    not_a_node = {"properties": {"name": False, "inputs": False}} if family == "layers" else {}
    types = any_of([{"enum": sorted(chain(*names_by_class(family).values()))}, REGISTERED])
    return {
        family: any_of([{"enum": plain_names(family)}, REGISTERED, ref(f"{family}.object"), EXPRESSION]),
        f"{family}.object": {
            "type": "object",
            "required": ["type"],
            **not_a_node,
            "allOf": [{"properties": {"type": types}}, ref(f"{family}.by_type")],
        },
        f"{family}.by_type": {"allOf": _by_type(family)},
        **{f"{family}.{signature.name}": _class(signature) for signature in signatures(family)},
    }


def plain_names(family: str) -> list[str]:
    """The names that stand for an object of `family` on their own: those of classes that need no argument."""
    if family == "activations":
        return catalog.activation_names()
    needy = {signature.name for signature in signatures(family) if signature.required}
    return sorted(name for own, names in names_by_class(family).items() if own not in needy for name in names)


def _by_type(family: str) -> list[dict]:
    """For an object of a type of `family`, the definition of that class.

    First by the initial of the type, so that a validator tries some twenty conditions instead of all.
    """
    initials: dict[str, list[dict]] = {}
    for own, names in names_by_class(family).items():
        for initial in {name[0]: None for name in names}:
            initials.setdefault(initial, []).append({"if": type_is(names), "then": ref(f"{family}.{own}")})
    return [
        {"if": {"required": ["type"], "properties": {"type": {"pattern": f"^{initial}"}}}, "then": {"allOf": cases}}
        for initial, cases in sorted(initials.items())
    ]


@cache
def names_by_class(family: str) -> dict[str, list[str]]:
    """Each class of `family` with every name that its `type` may be."""
    names: dict[str, list[str]] = {own: [] for own in catalog.class_names(family)}
    for name in catalog.names(family):
        if found := catalog.find(family, name):  # activations have names that are functions'
            names[found.name].append(name)
    return names


@cache
def signatures(family: str) -> list[Signature]:
    """What each class of `family` takes."""
    found = (catalog.find(family, name) for name in catalog.class_names(family))
    return [signature for signature in found if signature]


def _class(signature: Signature) -> dict:
    """The arguments of a class, with their kinds in words and their defaults."""
    arguments = {name: _argument(signature, name) for name in signature.arguments}
    node = _node_keys(signature.name) if signature.family == "layers" else {}
    # What layers need may be given by `defaults`: the schema of nodes asks for it.
    asked = signature.required and signature.family not in ("layers", "cells")
    return {
        **({"required": list(signature.required)} if asked else {}),
        "properties": {"type": True, **node, **arguments},
        "additionalProperties": False,
    }


def _node_keys(layer: str) -> dict:
    fewest, most = layer_facts(layer).n_inputs
    return {"name": True, "inputs": {"minItems": fewest, **({} if most is None else {"maxItems": most})}}


def _argument(signature: Signature, name: str) -> dict:
    default = signature.arguments[name]
    shown = {} if name in signature.required or default is None else {"default": default}
    schema = _described(signature.family, signature.name, name)
    return {**(ref(f"arguments.{name}") if schema == _usual(name) else schema), **shown}


def _described(family: str, class_name: str, name: str) -> dict:
    """The schema of an argument of a class, with its kind in words."""
    kind = kind_of(family, class_name, name)
    schema = value(kind)
    if may_be_auto(class_name, name):
        schema = any_of([{"const": AUTO}, schema])
    return {"description": kind.says, **schema}


@cache
def _usual(name: str) -> dict:
    """What the argument `name` is in most classes that take it; empty where no two agree."""
    every = (signature for family in NOUNS for signature in signatures(family))
    found = Counter(json.dumps(_described(s.family, s.name, name)) for s in every if name in s.arguments)
    text, count = found.most_common(1)[0]
    return json.loads(text) if count > 1 else {}


@cache
def _argument_names() -> list[str]:
    return sorted({name for family in NOUNS for signature in signatures(family) for name in signature.arguments})


def default_schemas() -> dict[str, dict]:
    """Each argument of any layer, with what some layer takes for it."""
    return {name: _any_layers(name) for name in layer_arguments()}


def _any_layers(name: str) -> dict:
    schemas = (_described("layers", s.name, name) for s in signatures("layers") if name in s.arguments)
    different = {json.dumps(schema): schema for schema in schemas}
    if [_usual(name)] == list(different.values()):
        return ref(f"arguments.{name}")
    return any_of({k: v for k, v in schema.items() if k != "description"} for schema in different.values())
