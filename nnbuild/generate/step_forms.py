"""How each layer reads a sequence some steps at a time: what it keeps of earlier steps, and what it gives for new ones.

The facts of a layer name its form; a layer without one can't be read in steps.
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

Kept = dict[str, Any]  # tensors by name, or lists of them, each with an axis of rows first


@dataclass(frozen=True)
class Called:
    """One call of a layer in a network that is read in steps.

    Attributes
    ----------
    type : str
        The layer's class.
    layer : keras.Layer
    arguments : mapping
        Of the class, and of this call.
    moves : tuple of bool
        Of each input, whether it comes in steps; others are there as a whole from the start.
    ranks : tuple of int
        Axes of each input.
    """

    type: str
    layer: Any
    arguments: Mapping
    moves: tuple[bool, ...]
    ranks: tuple[int, ...]

    def apply(self, tensors: Sequence) -> Any:
        """What the layer gives for whole inputs."""
        return call(self.layer, self.type, list(tensors), call_arguments(self.type, self.arguments))


@dataclass(frozen=True)
class Form:
    """How layers of some types are read in steps.

    Attributes
    ----------
    objection : callable
        Takes a `Called`; says what keeps it from being read so, "" where nothing does.
    start : callable
        Takes a `Called`, its inputs that are there as a whole (None for the others), the number of rows, and how many
        steps there may be; gives what is kept before the first step.
    step : callable
        Takes a `Called`, its inputs (None for those that are there as a whole), what was kept, and the place of the
        first new step; gives the output for the new steps, and what is kept then.
    """

    objection: Callable[[Called], str]
    start: Callable[[Called, list, Any, int], Kept]
    step: Callable[[Called, list, Kept, Any], tuple[Any, Kept]]


def form_of(called: Called) -> tuple[Form | None, str]:
    """How a layer is read in steps; where it can't be, why."""
    form = STEP_FORMS.get(layer_facts(called.type).steps)
    if form is None:
        return None, f"layers of type {called.type}"
    objection = form.objection(called)
    return (None, f"{called.type} {objection}") if objection else (form, "")


def _keeps_nothing(called: Called, inputs: list, n_rows: Any, capacity: int) -> Kept:
    return {}


# Layers that look at one step at a time.


def _mixes_steps(called: Called) -> str:
    if not all(called.moves):
        return "of a sequence that is read in steps and of one that is not"
    axes = called.arguments.get("axis")
    last = called.ranks[0] - 1
    if axes is not None and any(axis not in (-1, last) for axis in (axes if isinstance(axes, list) else [axes])):
        return f"over the axis {axes}"
    if called.type == "PReLU" and 1 not in (called.arguments.get("shared_axes") or []):
        return "with weights for each step"
    return ""


def _each_step(called: Called, inputs: list, kept: Kept, place: Any) -> tuple[Any, Kept]:
    return called.apply(inputs), kept


def _add_places(called: Called, inputs: list, kept: Kept, place: Any) -> tuple[Any, Kept]:
    return called.layer(inputs[0], start=place), kept


# Attention.


def _is_causal(called: Called) -> bool:
    return bool(called.arguments.get("use_causal_mask"))


def _looks_ahead(called: Called) -> str:
    others = called.moves[1:] or called.moves
    if called.arguments.get("attention_axes") or any(rank != 3 for rank in called.ranks):
        return "over other axes than that of the steps"
    if called.arguments.get("use_gate"):
        return "with a gate"
    if not called.moves[0] or len(set(others)) > 1:
        return "of a sequence that is read in steps and of one that is not"
    if all(others):
        return "" if _is_causal(called) else "without use_causal_mask"
    return "with use_causal_mask over what is there as a whole" if _is_causal(called) else ""


def _attention_start(called: Called, inputs: list, n_rows: Any, capacity: int) -> Kept:
    """Room for the keys and values of every step; of what is there as a whole, the keys and values themselves."""
    dense = projections_of(called.layer)
    if not called.moves[-1]:
        value, key = _value_and_key(inputs)
        keys, values = dense.key(_unmarked(key)), dense.value(_unmarked(value))
        return {"counts": _counted(value, key), "keys": keys, "values": values}
    shapes = [part.compute_output_shape((None, 1, part.kernel.shape[0])) for part in (dense.key, dense.value)]
    dtype = called.layer.compute_dtype
    keys, values = (ops.zeros((n_rows, capacity, *shape[2:]), dtype) for shape in shapes)
    return {"counts": ops.ones((n_rows, capacity), "int32"), "keys": keys, "values": values}


def _attention_step(called: Called, inputs: list, kept: Kept, place: Any) -> tuple[Any, Kept]:
    layer, query = called.layer, inputs[0]
    if called.moves[-1]:
        kept = _with_new(layer, inputs, kept, place)
    seen = ops.cast(kept["counts"], "bool")[:, None, :]
    if called.moves[-1]:
        seen = ops.logical_and(seen, _behind(called, query, kept, place))
    keys, values = (_repeated(layer, kept[name]) for name in ("keys", "values"))
    dense = projections_of(layer)
    found = attended(layer, dense.query(_unmarked(query)), keys, values, seen)
    return _marked(dense.output(found), mask_of(query)), kept


def _with_new(layer: Any, inputs: list, kept: Kept, place: Any) -> Kept:
    """The keys and values of earlier steps, and those of the new ones."""
    value, key = _value_and_key(inputs)
    found = dict(kept)
    dense = projections_of(layer)
    found["keys"] = written(kept["keys"], dense.key(_unmarked(key)), place)
    found["values"] = written(kept["values"], dense.value(_unmarked(value)), place)
    found["counts"] = written(kept["counts"], _counted(value, key), place)
    return found


def written(sequence: Any, new: Any, place: Any) -> Any:
    """A sequence with new steps from a place on, in place of what stood there."""
    # Keras' slice_update is an operation of XLA, which TensorFlow would start for it.
    found = ops.concatenate([sequence[:, :place], new, sequence[:, place + ops.shape(new)[1] :]], axis=1)
    return ops.reshape(found, (-1, *sequence.shape[1:]))


def _behind(called: Called, query: Any, kept: Kept, place: Any) -> Any:
    """Which steps each new one sees: itself and earlier ones, as far back as the layer looks."""
    here = place + ops.arange(ops.shape(query)[1], dtype="int32")[:, None]
    there = ops.arange(kept["keys"].shape[1], dtype="int32")[None, :]
    seen = there <= here
    reach = called.arguments.get("sliding_window")
    return (ops.logical_and(seen, here - there < reach) if reach else seen)[None]


def _value_and_key(inputs: list) -> tuple[Any, Any]:
    """Attention takes query, value and key; one that is not given is the one before."""
    others = inputs[1:] or inputs
    return others[0], others[-1]


def _repeated(layer: Any, tensor: Any) -> Any:
    """Keys or values for every head of the queries, where several share them."""
    n_repeats = getattr(layer, "num_repeats", 1)
    return ops.repeat(tensor, n_repeats, axis=2) if n_repeats > 1 else tensor


def _whole_attention(called: Called) -> str:
    if called.moves[0] and not any(called.moves[1:]) and len(called.moves) > 1 and not _is_causal(called):
        return ""
    return "over a sequence that is read in steps"


def _looked_up_start(called: Called, inputs: list, n_rows: Any, capacity: int) -> Kept:
    value, *key = inputs[1:]
    return {"counts": _counted(value, value), "key": key, "value": value}


def _looked_up_step(called: Called, inputs: list, kept: Kept, place: Any) -> tuple[Any, Kept]:
    value = _marked(ops.copy(kept["value"]), ops.cast(kept["counts"], "bool"))
    return called.apply([inputs[0], value, *kept["key"]]), kept


# Layers with a state.


def _no_running_state(called: Called) -> str:
    if not called.moves[0] or any(called.moves[1:]):
        return "whose states come in steps"
    for name, wanted in (("return_sequences", True), ("go_backwards", False), ("stateful", False)):
        if bool(called.arguments.get(name, False)) is not wanted:
            return f"with {name}={not wanted}"
    return ""


def _state_start(called: Called, inputs: list, n_rows: Any, capacity: int) -> Kept:
    given = inputs[1:]
    return {"states": given or called.layer.get_initial_state(n_rows)}


def _state_step(called: Called, inputs: list, kept: Kept, place: Any) -> tuple[Any, Kept]:
    layer = called.layer
    # Keras passes masks on by itself only where states are not given.
    mask = mask_of(inputs[0]) if len(inputs) == 1 else None
    layer.return_state = True
    try:
        output, *states = layer(inputs[0], initial_state=kept["states"], mask=mask)
    finally:
        layer.return_state = False
    return output, {"states": states}


# Convolutions.


def _reach(called: Called) -> int:
    """Steps behind the one it stands at that a convolution takes."""
    (size,), (spread,) = called.layer.kernel_size, called.layer.dilation_rate
    return spread * (size - 1)


def _sees_ahead(called: Called) -> str:
    if called.arguments.get("padding") != "causal" and _reach(called):
        return "without padding='causal'"
    if called.layer.strides != (1,) or called.layer.data_format != "channels_last":
        return "with strides, or channels first"
    return ""


def _convolution_start(called: Called, inputs: list, n_rows: Any, capacity: int) -> Kept:
    channels = called.layer.kernel.shape[1] * called.layer.groups
    return {"inputs": ops.zeros((n_rows, _reach(called), channels), called.layer.compute_dtype)}


def _convolution_step(called: Called, inputs: list, kept: Kept, place: Any) -> tuple[Any, Kept]:
    layer, padding = called.layer, called.layer.padding
    seen = ops.concatenate([kept["inputs"], ops.cast(inputs[0], layer.compute_dtype)], axis=1)
    layer.padding = "valid"
    try:
        output = layer(seen)
    finally:
        layer.padding = padding
    return output, {"inputs": seen[:, inputs[0].shape[1] :]}


def _counted(value: Any, key: Any) -> Any:
    """1 for each step that attention may look at, 0 for those that Keras has masked, in values or in keys."""
    counted = ops.ones(ops.shape(value)[:2], "int32")
    for mask in map(mask_of, [value] if value is key else [value, key]):  # most often they are one tensor
        counted = counted if mask is None else counted * ops.cast(mask, "int32")
    return counted


def _unmarked(tensor: Any) -> Any:
    """The same values, for a layer that would warn that it can't pass a mask on."""
    return tensor if mask_of(tensor) is None else ops.copy(tensor)


def _marked(tensor: Any, mask: Any) -> Any:
    if mask is not None:
        set_mask(tensor, mask)
    return tensor


KEEPS_EACH_STEP = "attention"  # the form of layers that keep something of every step: keys and values
STEP_FORMS: dict[str, Form] = {
    KEEPS_EACH_STEP: Form(_looks_ahead, _attention_start, _attention_step),
    "convolution": Form(_sees_ahead, _convolution_start, _convolution_step),
    "each_step": Form(_mixes_steps, _keeps_nothing, _each_step),
    "lookup": Form(_whole_attention, _looked_up_start, _looked_up_step),
    "places": Form(_mixes_steps, _keeps_nothing, _add_places),
    "states": Form(_no_running_state, _state_start, _state_step),
}
