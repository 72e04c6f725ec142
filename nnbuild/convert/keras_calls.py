"""Find the input tensors of a layer's call in a functional model, in a recipe's order."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

from nnbuild.catalog.facts import layer_facts, public_name
from nnbuild.errors import show
from nnbuild.language.values import UnwritableError
from nnbuild.private.keras import calls_of, mask_of, source_of


def is_plain_model(layer: object) -> bool:
    """Return whether `layer` is a model that consists of its layers alone: Functional or Sequential."""
    kind = type(layer)
    return kind.__module__.startswith("keras.") and kind.__name__ in ("Functional", "Sequential")


def leaves(structure: object, name: str = "") -> list[tuple[str, list]]:
    """Return the items (name, node, tensor) of a nested structure in Keras' order, each with its key in a dict."""
    if isinstance(structure, Mapping):
        return [leaf for key in sorted(structure) for leaf in leaves(structure[key], key)]
    assert isinstance(structure, list | tuple)
    if len(structure) == 3 and isinstance(structure[0], str) and isinstance(structure[1], int):
        return [(name, list(structure))]
    return [leaf for part in structure for leaf in leaves(part, name)]


def tensors_of(layer: object, serialized: Mapping, node: Mapping) -> list[Mapping]:
    """Return the input tensors of a layer, or a model, in one call.

    Parameters
    ----------
    layer : keras.Layer
    serialized : mapping
        The layer as Keras serializes it.
    node : mapping
        One of its `inbound_nodes` there.

    Returns
    -------
    list of mapping
        Each as Keras serializes it: ``config`` contains its `shape` and its `keras_history`.

    Raises
    ------
    UnwritableError
        If the call has arguments that a recipe can't pass to a layer.
    """
    arguments = _call_arguments(layer, serialized["class_name"], node)
    if is_plain_model(layer):
        return _model_inputs(serialized["config"], arguments[_INPUTS])
    if layer_facts(serialized["class_name"]).inputs_as == "arguments":
        return _attention_inputs([arguments[name] for name in _ATTENTION if arguments.get(name) is not None])
    values = [arguments[_INPUTS], *([arguments["initial_state"]] if "initial_state" in arguments else [])]
    if any(isinstance(value, Mapping) and not _is_tensor(value) for value in values):
        raise UnwritableError("is called on a dict of tensors", "call it on one tensor, or on a list")
    found = [tensor for value in values for tensor in _as_list(value)]
    if not all(map(_is_tensor, found)):
        raise UnwritableError("is called on a constant", "a recipe passes only tensors to a layer")
    return found


def call_settings(type_name: str, node: Mapping) -> dict[str, object]:
    """Return the arguments of a call that a recipe keeps in the node, where they differ from Keras' defaults.

    Parameters
    ----------
    type_name : str
        Class of the layer.
    node : mapping
        One of its `inbound_nodes`, as Keras serializes it.
    """
    defaults = layer_facts(public_name(type_name)).call_arguments
    given = {name: value for name, value in node["kwargs"].items() if name in defaults}
    return {name: value for name, value in given.items() if value is not None and value != defaults[name]}


def _call_arguments(layer: object, type_name: str, node: Mapping) -> dict:
    """Return the arguments of a call by name, the first one as `_INPUTS`."""
    facts, known = layer_facts(type_name), [_INPUTS]
    if facts.inputs_as == "arguments":
        known = [*_ATTENTION]
    elif facts.takes_states:
        known = [_INPUTS, "initial_state"]
    args = _as_list(node["args"]) if node["args"] else []
    given = dict(zip(known, args, strict=False))
    others = {f"argument {place}": value for place, value in enumerate(args[len(known) :], len(known) + 1)}
    for name, value in node["kwargs"].items():
        if name in call_settings(type_name, node):
            continue
        own = known[0] if name in ("inputs", "sequences") else name
        (given if own in known else others)[own] = value
    unread = [f"{name}={_shown(value)}" for name, value in others.items() if not _is_default(layer, name, value)]
    if unread:
        raise UnwritableError(
            f"is called with {', '.join(unread)}; a recipe passes only tensors to a layer", _CALL_HINT
        )
    return {name: value for name, value in given.items() if value is not None}


def _is_default(layer: object, name: str, value: object) -> bool:
    """Return whether Keras itself passes this value to a layer: a default, or the mask of an input."""
    parameter = inspect.signature(layer.call).parameters.get(name)  # type: ignore[attr-defined]
    if value is None or (parameter is not None and value is parameter.default):
        return True
    if name != "mask" and not name.endswith("_mask"):
        return False
    masks = _flattened(value)
    return all(
        _is_tensor(mask) and _is_mask_of_input(layer, name, mask["config"]["keras_history"][0]) for mask in masks
    )


def _is_mask_of_input(layer: object, argument: str, source: str) -> bool:
    """Return whether the mask that the operation `source` computes belongs to an input tensor of the layer."""
    for call in calls_of(layer):
        masks = _flattened(call.arguments.kwargs.get(argument))
        own = [id(mask_of(tensor)) for tensor in call.input_tensors]
        if any(id(mask) in own and source_of(mask).name == source for mask in masks):
            return True
    return False


def _shown(value: object) -> str:
    return "a tensor" if isinstance(value, Mapping) else show(value)


def _attention_inputs(tensors: list) -> list:
    """Return the input tensors of an attention layer without trailing duplicates, which are its defaults."""
    if not all(map(_is_tensor, tensors)):
        raise UnwritableError(
            "is called on values that are not tensors", "pass query, value and key as separate arguments"
        )
    while len(tensors) > 1 and tensors[-1] == tensors[-2]:
        tensors = tensors[:-1]
    return tensors


def _model_inputs(config: Mapping, value: object) -> list[Mapping]:
    """Return the tensors of a model's call, in the order of its inputs."""
    structure = config.get("input_layers")
    if isinstance(value, Mapping) and not _is_tensor(value) and isinstance(structure, list):
        return [value[layer[0]] for _, layer in leaves(structure)]
    if isinstance(value, Mapping) and not _is_tensor(value):
        return [value[name] for name in sorted(value)]
    return _as_list(value)


def _as_list(value: object) -> list:
    """Return a tensor, or a list or tuple of tensors, as a list."""
    if isinstance(value, Mapping) and value.get("class_name") == "__tuple__":
        return list(value["items"])
    return list(value) if isinstance(value, list | tuple) else [value]


def _flattened(value: object) -> list:
    """Return the leaves of nested lists and dicts, without None."""
    if value is None or _is_tensor(value) or not isinstance(value, Mapping | list | tuple):
        return [] if value is None else [value]
    parts = value.values() if isinstance(value, Mapping) and "class_name" not in value else _as_list(value)
    return [leaf for part in parts for leaf in _flattened(part)]


def _is_tensor(value: object) -> bool:
    return isinstance(value, Mapping) and value.get("class_name") == "__keras_tensor__"


_INPUTS = "inputs"
_ATTENTION = ("query", "value", "key")
_CALL_HINT = "nnbuild sets training and masks itself; for other arguments, register your own layer class"
