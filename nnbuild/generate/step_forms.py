"""Stepwise forms of layers: process a sequence some steps at a time, with a cache of earlier steps.

The facts of a layer name its form; a layer without a form can't be read in steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keras import ops

from nnbuild.catalog.facts import layer_facts
from nnbuild.plan.assemble import call
from nnbuild.plan.objects import call_arguments
from nnbuild.private.keras import attended, mask_of, projections_of, set_mask

Kept = dict[str, Any]  # cache of a layer: tensors by name, or lists of them, with the axis of rows first


@dataclass(frozen=True)
class LayerCall:
    """One call of a layer in a network that is read in steps.

    Attributes
    ----------
    type : str
        The layer's class.
    layer : keras.Layer
    arguments : mapping
        Arguments of the class, and of this call.
    moves : tuple of bool
        Whether each input comes in steps; other inputs are complete from the start.
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
        Takes a `LayerCall`; returns the reason why it has no stepwise form, or "".
    start : callable
        Takes a `LayerCall`, its complete inputs (None for the others), the number of rows, and the maximum number of
        steps. Returns the cache before the first step.
    step : callable
        Takes a `Called`, its inputs (None for complete ones), the cache, and the index of the first new step. Returns
        the output for the new steps, and the new cache.
    max_steps : callable
        Takes a `Called`; returns the maximum number of steps that the layer can read, or None.
    """

    objection: Callable[[LayerCall], str]
    start: Callable[[LayerCall, list, Any, int], Kept]
    step: Callable[[LayerCall, list, Kept, Any], tuple[Any, Kept]]
    max_steps: Callable[[LayerCall], int | None] = lambda call: None


def form_of(call: LayerCall) -> tuple[StepForm | None, str]:
    """Return the stepwise form of a layer, or None and why it has none."""
    form = STEP_FORMS.get(layer_facts(call.type).steps)
    if form is None:
        return None, f"layers of type {call.type}"
    objection = form.objection(call)
    return (None, f"{call.type} {objection}") if objection else (form, "")


def _keeps_nothing(call: LayerCall, inputs: list, n_rows: Any, capacity: int) -> Kept:
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


def _add_places(call: LayerCall, inputs: list, kept: Kept, place: Any) -> tuple[Any, Kept]:
    return call.layer(inputs[0], start=place), kept


def _n_places(call: LayerCall) -> int | None:
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
        keys, values = dense.key(_unmarked(key)), dense.value(_unmarked(value))
        return {"counts": _counted(value, key), "keys": keys, "values": values}
    shapes = [part.compute_output_shape((None, 1, part.kernel.shape[0])) for part in (dense.key, dense.value)]
    dtype = call.layer.compute_dtype
    keys, values = (ops.zeros((n_rows, capacity, *shape[2:]), dtype) for shape in shapes)
    return {"counts": ops.ones((n_rows, capacity), "int32"), "keys": keys, "values": values}


def _attention_step(call: LayerCall, inputs: list, kept: Kept, place: Any) -> tuple[Any, Kept]:
    layer, query = call.layer, inputs[0]
    if call.moves[-1]:
        kept = _with_new(layer, inputs, kept, place)
    seen = ops.cast(kept["counts"], "bool")[:, None, :]
    if call.moves[-1]:
        seen = ops.logical_and(seen, _behind(call, query, kept, place))
    keys, values = (_repeated(layer, kept[name]) for name in ("keys", "values"))
    dense = projections_of(layer)
    found = attended(layer, dense.query(_unmarked(query)), keys, values, seen)
    return _marked(dense.output(found), mask_of(query)), kept


def _with_new(layer: Any, inputs: list, kept: Kept, place: Any) -> Kept:
    """Return the keys and values of earlier steps with those of the new ones."""
    value, key = _value_and_key(inputs)
    found = dict(kept)
    dense = projections_of(layer)
    found["keys"] = written(kept["keys"], dense.key(_unmarked(key)), place)
    found["values"] = written(kept["values"], dense.value(_unmarked(value)), place)
    found["counts"] = written(kept["counts"], _counted(value, key), place)
    return found


def written(sequence: Any, new: Any, place: Any) -> Any:
    """Overwrite a sequence with new steps from an index on."""
    # Keras' slice_update is an XLA operation, and would initialize XLA.
    found = ops.concatenate([sequence[:, :place], new, sequence[:, place + ops.shape(new)[1] :]], axis=1)
    return ops.reshape(found, (-1, *sequence.shape[1:]))


def _behind(call: LayerCall, query: Any, kept: Kept, place: Any) -> Any:
    """Return the mask of the steps that each new step attends to: itself and earlier ones, within the window."""
    here = place + ops.arange(ops.shape(query)[1], dtype="int32")[:, None]
    there = ops.arange(kept["keys"].shape[1], dtype="int32")[None, :]
    seen = there <= here
    reach = call.arguments.get("sliding_window")
    return (ops.logical_and(seen, here - there < reach) if reach else seen)[None]


def _value_and_key(inputs: list) -> tuple[Any, Any]:
    """Return value and key; attention takes query, value and key, and a missing one equals the one before."""
    others = inputs[1:] or inputs
    return others[0], others[-1]


def _repeated(layer: Any, tensor: Any) -> Any:
    """Repeat keys or values for every query head that shares them."""
    n_repeats = getattr(layer, "num_repeats", 1)
    return ops.repeat(tensor, n_repeats, axis=2) if n_repeats > 1 else tensor


def _lookup_objection(call: LayerCall) -> str:
    if call.moves[0] and not any(call.moves[1:]) and len(call.moves) > 1 and not _is_causal(call):
        return ""
    return "over a sequence that is read in steps"


def _looked_up_start(call: LayerCall, inputs: list, n_rows: Any, capacity: int) -> Kept:
    value, *key = inputs[1:]
    return {"counts": _counted(value, value), "key": key, "value": value}


def _looked_up_step(call: LayerCall, inputs: list, kept: Kept, place: Any) -> tuple[Any, Kept]:
    value = _marked(ops.copy(kept["value"]), ops.cast(kept["counts"], "bool"))
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
    # Keras propagates masks automatically only if states are not given.
    mask = mask_of(inputs[0]) if len(inputs) == 1 else None
    layer.return_state = True
    try:
        output, *states = layer(inputs[0], initial_state=kept["states"], mask=mask)
    finally:
        layer.return_state = False
    return output, {"states": states}


# Convolutions.


def _reach(call: LayerCall) -> int:
    """Return the number of earlier steps that a convolution uses."""
    (size,), (spread,) = call.layer.kernel_size, call.layer.dilation_rate
    return spread * (size - 1)


def _convolution_objection(call: LayerCall) -> str:
    if call.arguments.get("padding") != "causal" and _reach(call):
        return "without padding='causal'"
    if call.layer.strides != (1,) or call.layer.data_format != "channels_last":
        return "with strides, or channels first"
    return ""


def _convolution_start(call: LayerCall, inputs: list, n_rows: Any, capacity: int) -> Kept:
    channels = call.layer.kernel.shape[1] * call.layer.groups
    return {"inputs": ops.zeros((n_rows, _reach(call), channels), call.layer.compute_dtype)}


def _convolution_step(call: LayerCall, inputs: list, kept: Kept, place: Any) -> tuple[Any, Kept]:
    layer, padding = call.layer, call.layer.padding
    seen = ops.concatenate([kept["inputs"], ops.cast(inputs[0], layer.compute_dtype)], axis=1)
    layer.padding = "valid"
    try:
        output = layer(seen)
    finally:
        layer.padding = padding
    return output, {"inputs": seen[:, inputs[0].shape[1] :]}


def _counted(value: Any, key: Any) -> Any:
    """Return 1 for steps to attend to, and 0 for steps that Keras has masked, in values or in keys."""
    counted = ops.ones(ops.shape(value)[:2], "int32")
    for mask in map(mask_of, [value] if value is key else [value, key]):  # often the same tensor
        counted = counted if mask is None else counted * ops.cast(mask, "int32")
    return counted


def _unmarked(tensor: Any) -> Any:
    """Return the same values without a mask, for layers that would warn about one."""
    return tensor if mask_of(tensor) is None else ops.copy(tensor)


def _marked(tensor: Any, mask: Any) -> Any:
    if mask is not None:
        set_mask(tensor, mask)
    return tensor


KEEPS_EACH_STEP = "attention"  # form of layers that cache something for every step: keys and values
STEP_FORMS: dict[str, StepForm] = {
    KEEPS_EACH_STEP: StepForm(_attention_objection, _attention_start, _attention_step),
    "convolution": StepForm(_convolution_objection, _convolution_start, _convolution_step),
    "each_step": StepForm(_each_step_objection, _keeps_nothing, _each_step),
    "lookup": StepForm(_lookup_objection, _looked_up_start, _looked_up_step),
    "places": StepForm(_each_step_objection, _keeps_nothing, _add_places, _n_places),
    "states": StepForm(_state_objection, _state_start, _state_step),
}
