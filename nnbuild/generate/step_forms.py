"""Stepwise forms of layers, which process the next steps of a sequence with a cache of earlier steps.

The facts of a layer contain the name of its form. A layer without a form can't be computed in steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keras import ops

from nnbuild.catalog.facts import layer_facts
from nnbuild.plan.assemble import call
from nnbuild.plan.objects import call_arguments
from nnbuild.private.keras import mask_of, set_mask
from nnbuild.private.keras_layers import attended, projections_of

Kept = dict[str, Any]  # cache of a layer: tensors, or lists of tensors, by name; the first axis is that of rows


@dataclass(frozen=True)
class LayerCall:
    """One call of a layer in a network that is computed in steps.

    Attributes
    ----------
    type : str
        The layer's class.
    layer : keras.Layer
    arguments : mapping
        Arguments of the class and of this call.
    moves : tuple of bool
        For each input, whether it is passed in steps; other inputs are complete from the start.
    ranks : tuple of int
        Number of axes of each input.
    """

    type: str
    layer: Any
    arguments: Mapping
    moves: tuple[bool, ...]
    ranks: tuple[int, ...]

    def apply(self, tensors: Sequence) -> Any:
        """Return the output of the layer for complete inputs."""
        return call(self.layer, self.type, list(tensors), call_arguments(self.type, self.arguments))


@dataclass(frozen=True)
class StepForm:
    """Stepwise form of some layer types.

    Attributes
    ----------
    objection : callable
        Called with a `LayerCall`. Returns the reason why it has no stepwise form, or "".
    start : callable
        Called with a `LayerCall`, its complete inputs (None for inputs in steps), the number of rows, and the maximum
        number of steps. Returns the cache before the first step.
    step : callable
        Called with a `LayerCall`, its inputs (None for complete inputs), the cache, and the index of the first new
        step. Returns the output for the new steps, and the new cache.
    max_steps : callable
        Called with a `LayerCall`. Returns the maximum number of steps of the layer, or None.
    """

    objection: Callable[[LayerCall], str]
    start: Callable[[LayerCall, list, Any, int], Kept]
    step: Callable[[LayerCall, list, Kept, Any], tuple[Any, Kept]]
    max_steps: Callable[[LayerCall], int | None] = lambda call: None


def form_of(call: LayerCall) -> tuple[StepForm | None, str]:
    """Return the stepwise form of a layer and "", or None and the reason why it has none."""
    form = STEP_FORMS.get(layer_facts(call.type).steps)
    if form is None:
        return None, f"layers of type {call.type}"
    objection = form.objection(call)
    return (None, f"{call.type} {objection}") if objection else (form, "")


def _no_cache(call: LayerCall, inputs: list, n_rows: Any, capacity: int) -> Kept:
    return {}


# Layers that process each step independently.


def _each_step_objection(call: LayerCall) -> str:
    if not all(call.moves):
        return "of a sequence that is read in steps with one that is not"
    axes = call.arguments.get("axis")
    last = call.ranks[0] - 1
    if axes is not None and any(axis not in (-1, last) for axis in (axes if isinstance(axes, list) else [axes])):
        return f"over the axis {axes}"
    if layer_facts(call.type).learned and 1 not in (call.arguments.get("shared_axes") or []):
        return "with weights for each step"
    return ""


def _each_step(call: LayerCall, inputs: list, kept: Kept, place: Any) -> tuple[Any, Kept]:
    return call.apply(inputs), kept


def _add_positions(call: LayerCall, inputs: list, kept: Kept, place: Any) -> tuple[Any, Kept]:
    return call.layer(inputs[0], start=place), kept


def _n_positions(call: LayerCall) -> int | None:
    return call.arguments["sequence_length"]


# Attention.


def _is_causal(call: LayerCall) -> bool:
    return bool(call.arguments.get("use_causal_mask"))


def _attention_objection(call: LayerCall) -> str:
    others = call.moves[1:] or call.moves
    if call.arguments.get("attention_axes") or any(rank != 3 for rank in call.ranks):
        return "over other axes than that of the steps"
    if call.arguments.get("use_gate"):
        return "with a gate"
    if not call.moves[0] or len(set(others)) > 1:
        return "of a sequence that is read in steps with one that is not"
    if all(others):
        return "" if _is_causal(call) else "without use_causal_mask"
    return "with use_causal_mask over a complete sequence" if _is_causal(call) else ""


def _attention_start(call: LayerCall, inputs: list, n_rows: Any, capacity: int) -> Kept:
    """Allocate the keys and values of every step, or compute those of complete inputs."""
    dense = projections_of(call.layer)
    if not call.moves[-1]:
        value, key = _value_and_key(inputs)
        keys, values = dense.key(_without_mask(key)), dense.value(_without_mask(value))
        return {"counts": _unmasked_steps(value, key), "keys": keys, "values": values}
    shapes = [part.compute_output_shape((None, 1, part.kernel.shape[0])) for part in (dense.key, dense.value)]
    dtype = call.layer.compute_dtype
    keys, values = (ops.zeros((n_rows, capacity, *shape[2:]), dtype) for shape in shapes)
    return {"counts": ops.ones((n_rows, capacity), "int32"), "keys": keys, "values": values}


def _attention_step(call: LayerCall, inputs: list, kept: Kept, place: Any) -> tuple[Any, Kept]:
    layer, query = call.layer, inputs[0]
    if call.moves[-1]:
        kept = _updated_cache(layer, inputs, kept, place)
    mask = ops.cast(kept["counts"], "bool")[:, None, :]
    if call.moves[-1]:
        mask = ops.logical_and(mask, _causal_mask(call, query, kept, place))
    keys, values = (_repeated_heads(layer, kept[name]) for name in ("keys", "values"))
    dense = projections_of(layer)
    found = attended(layer, dense.query(_without_mask(query)), keys, values, mask)
    return _with_mask(dense.output(found), mask_of(query)), kept


def _updated_cache(layer: Any, inputs: list, kept: Kept, place: Any) -> Kept:
    """Return the cache of keys and values with those of the new steps."""
    value, key = _value_and_key(inputs)
    found = dict(kept)
    dense = projections_of(layer)
    found["keys"] = written(kept["keys"], dense.key(_without_mask(key)), place)
    found["values"] = written(kept["values"], dense.value(_without_mask(value)), place)
    found["counts"] = written(kept["counts"], _unmasked_steps(value, key), place)
    return found


def written(sequence: Any, new: Any, place: Any) -> Any:
    """Return a sequence in which new steps replace those from index `place` on."""
    # Keras' slice_update is an XLA operation, which would initialize XLA.
    found = ops.concatenate([sequence[:, :place], new, sequence[:, place + ops.shape(new)[1] :]], axis=1)
    return ops.reshape(found, (-1, *sequence.shape[1:]))


def _causal_mask(call: LayerCall, query: Any, kept: Kept, place: Any) -> Any:
    """Return the causal mask: each new step attends to itself and to earlier steps, within the window."""
    query_steps = place + ops.arange(ops.shape(query)[1], dtype="int32")[:, None]
    key_steps = ops.arange(kept["keys"].shape[1], dtype="int32")[None, :]
    mask = key_steps <= query_steps
    window = call.arguments.get("sliding_window")
    return (ops.logical_and(mask, query_steps - key_steps < window) if window else mask)[None]


def _value_and_key(inputs: list) -> tuple[Any, Any]:
    """Return value and key of query, value and key. The value defaults to the query, and the key to the value."""
    others = inputs[1:] or inputs
    return others[0], others[-1]


def _repeated_heads(layer: Any, tensor: Any) -> Any:
    """Repeat keys or values for all query heads that share them."""
    n_repeats = getattr(layer, "num_repeats", 1)
    return ops.repeat(tensor, n_repeats, axis=2) if n_repeats > 1 else tensor


def _lookup_objection(call: LayerCall) -> str:
    if call.moves[0] and not any(call.moves[1:]) and len(call.moves) > 1 and not _is_causal(call):
        return ""
    return "over a sequence that is read in steps"


def _lookup_start(call: LayerCall, inputs: list, n_rows: Any, capacity: int) -> Kept:
    value, *key = inputs[1:]
    return {"counts": _unmasked_steps(value, value), "key": key, "value": value}


def _lookup_step(call: LayerCall, inputs: list, kept: Kept, place: Any) -> tuple[Any, Kept]:
    value = _with_mask(ops.copy(kept["value"]), ops.cast(kept["counts"], "bool"))
    return call.apply([inputs[0], value, *kept["key"]]), kept


# Layers with a state.


def _state_objection(call: LayerCall) -> str:
    if not call.moves[0] or any(call.moves[1:]):
        return "whose states come in steps"
    for name, wanted in (("return_sequences", True), ("go_backwards", False), ("stateful", False)):
        if bool(call.arguments.get(name, False)) is not wanted:
            return f"with {name}={not wanted}"
    return ""


def _state_start(call: LayerCall, inputs: list, n_rows: Any, capacity: int) -> Kept:
    given = inputs[1:]
    return {"states": given or call.layer.get_initial_state(n_rows)}


def _state_step(call: LayerCall, inputs: list, kept: Kept, place: Any) -> tuple[Any, Kept]:
    layer = call.layer
    # Keras passes the mask to the layer automatically only if no states are given.
    mask = mask_of(inputs[0]) if len(inputs) == 1 else None
    layer.return_state = True
    try:
        output, *states = layer(inputs[0], initial_state=kept["states"], mask=mask)
    finally:
        layer.return_state = False
    return output, {"states": states}


# Convolutions.


def _n_earlier_steps(call: LayerCall) -> int:
    """Return the number of earlier steps that a convolution uses."""
    (size,), (dilation,) = call.layer.kernel_size, call.layer.dilation_rate
    return dilation * (size - 1)


def _convolution_objection(call: LayerCall) -> str:
    if call.arguments.get("padding") != "causal" and _n_earlier_steps(call):
        return "without padding='causal'"
    if call.layer.strides != (1,) or call.layer.data_format != "channels_last":
        return "with strides, or channels first"
    return ""


def _convolution_start(call: LayerCall, inputs: list, n_rows: Any, capacity: int) -> Kept:
    channels = call.layer.kernel.shape[1] * call.layer.groups
    return {"inputs": ops.zeros((n_rows, _n_earlier_steps(call), channels), call.layer.compute_dtype)}


def _convolution_step(call: LayerCall, inputs: list, kept: Kept, place: Any) -> tuple[Any, Kept]:
    layer, padding = call.layer, call.layer.padding
    steps = ops.concatenate([kept["inputs"], ops.cast(inputs[0], layer.compute_dtype)], axis=1)
    layer.padding = "valid"
    try:
        output = layer(steps)
    finally:
        layer.padding = padding
    return output, {"inputs": steps[:, inputs[0].shape[1] :]}


def _unmasked_steps(value: Any, key: Any) -> Any:
    """Return 0 for steps with a Keras mask of values or keys, and 1 for others, as integers."""
    is_unmasked = ops.ones(ops.shape(value)[:2], "int32")
    for mask in map(mask_of, [value] if value is key else [value, key]):
        is_unmasked = is_unmasked if mask is None else is_unmasked * ops.cast(mask, "int32")
    return is_unmasked


def _without_mask(tensor: Any) -> Any:
    """Return a tensor without its mask, for layers that warn about masks."""
    return tensor if mask_of(tensor) is None else ops.copy(tensor)


def _with_mask(tensor: Any, mask: Any) -> Any:
    if mask is not None:
        set_mask(tensor, mask)
    return tensor


KEEPS_EACH_STEP = "attention"  # form of layers whose cache grows with the steps: keys and values
STEP_FORMS: dict[str, StepForm] = {
    KEEPS_EACH_STEP: StepForm(_attention_objection, _attention_start, _attention_step),
    "convolution": StepForm(_convolution_objection, _convolution_start, _convolution_step),
    "each_step": StepForm(_each_step_objection, _no_cache, _each_step),
    "lookup": StepForm(_lookup_objection, _lookup_start, _lookup_step),
    "places": StepForm(_each_step_objection, _no_cache, _add_positions, _n_positions),
    "states": StepForm(_state_objection, _state_start, _state_step),
}
