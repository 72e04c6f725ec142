"""Make JSON Schema definitions from the catalog: Keras objects as values, and the arguments of each class."""

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
from nnbuild.language.auto_arguments import may_be_auto
from nnbuild.language.factors import FACTOR, FACTOR_KEYS
from nnbuild.language.sections import layer_arguments
from nnbuild.language.vocabulary_inputs import AUTO

REGISTERED = {
    "description": "a class or function registered in Python: package>Name",
    "type": "string",
    "pattern": "^[^>]+>[^>]+$",
}


def class_definitions() -> dict[str, dict]:
    """Return the definitions of all families: ``layers`` (a layer as a value), ``layers.Dense`` (its arguments) ..."""
    definitions = {"factor": {"description": FACTOR.description, **value(FACTOR)}}
    definitions |= {f"arguments.{name}": _common(name) for name in _argument_names() if _common(name)}
    for family in NOUNS:
        definitions.update(_family(family))
    return definitions


def _family(family: str) -> dict[str, dict]:
    # A layer inside another has neither a name nor inputs nor factors.
    node_keys = dict.fromkeys(("name", "inputs", *FACTOR_KEYS), False)
    not_a_node = {"properties": node_keys} if family == "layers" else {}
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
    """Return the names that are valid as objects of `family`: those of classes without required arguments."""
    if family == "activations":
        return catalog.activation_names()
    needy = {signature.name for signature in signatures(family) if signature.required}
    return sorted(name for own, names in names_by_class(family).items() if own not in needy for name in names)


def _by_type(family: str) -> list[dict]:
    """Return conditions that apply the definition of a class of `family` to objects of its type.

    The outer conditions test the initial of the type, so that a validator tries about twenty conditions, not all.
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
    """Return each class of `family` with all names that are valid as its `type`."""
    names: dict[str, list[str]] = {own: [] for own in catalog.class_names(family)}
    for name in catalog.names(family):
        if found := catalog.find(family, name):  # some names of activations are functions
            names[found.name].append(name)
    return names


@cache
def signatures(family: str) -> list[Signature]:
    """Return the signatures of the classes of `family`."""
    found = (catalog.find(family, name) for name in catalog.class_names(family))
    return [signature for signature in found if signature]


def _class(signature: Signature) -> dict:
    """Return the schema of a class: its arguments, with descriptions of their kinds and defaults."""
    arguments = {name: _argument(signature, name) for name in signature.arguments}
    node = _node_keys(signature.name) if signature.family == "layers" else {}
    # `defaults` may contain required arguments of layers: `schema._without_defaults` requires them instead.
    required = signature.required and signature.family not in ("layers", "cells")
    return {
        **({"required": list(signature.required)} if required else {}),
        "properties": {"type": True, **node, **arguments},
        "additionalProperties": False,
    }


def _node_keys(layer: str) -> dict:
    fewest, most = layer_facts(layer).n_inputs
    inputs = {"minItems": fewest, **({} if most is None else {"maxItems": most})}
    return {"name": True, "inputs": inputs, **factor_schemas()}


def factor_schemas() -> dict[str, dict]:
    """Return a schema for each factor of a node, or of `defaults`."""
    return dict.fromkeys(FACTOR_KEYS, ref("factor"))


def _argument(signature: Signature, name: str) -> dict:
    default = signature.arguments[name]
    shown = {} if name in signature.required or default is None else {"default": default}
    schema = _argument_schema(signature.family, signature.name, name)
    return {**(ref(f"arguments.{name}") if schema == _common(name) else schema), **shown}


def _argument_schema(family: str, class_name: str, name: str) -> dict:
    """Return the schema of an argument of a class, with a description of its kind."""
    kind = kind_of(family, class_name, name)
    schema = value(kind)
    if may_be_auto(class_name, name):
        schema = any_of([{"const": AUTO}, schema])
    return {"description": kind.description, **schema}


@cache
def _common(name: str) -> dict:
    """Return the most common schema of the argument `name`; empty if no two classes agree."""
    every = (signature for family in NOUNS for signature in signatures(family))
    found = Counter(json.dumps(_argument_schema(s.family, s.name, name)) for s in every if name in s.arguments)
    text, count = found.most_common(1)[0]
    return json.loads(text) if count > 1 else {}


@cache
def _argument_names() -> list[str]:
    return sorted({name for family in NOUNS for signature in signatures(family) for name in signature.arguments})


def default_schemas() -> dict[str, dict]:
    """Return a schema for each argument of any layer, which accepts the values of every layer."""
    return {name: _default_schema(name) for name in layer_arguments()}


def _default_schema(name: str) -> dict:
    schemas = (_argument_schema("layers", s.name, name) for s in signatures("layers") if name in s.arguments)
    different = {json.dumps(schema): schema for schema in schemas}
    if [_common(name)] == list(different.values()):
        return ref(f"arguments.{name}")
    return any_of({k: v for k, v in schema.items() if k != "description"} for schema in different.values())
