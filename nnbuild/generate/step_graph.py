"""Stepwise computation of a resolved network: the cache before the first step, and the outputs for new steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras
from keras import ops

from nnbuild.catalog.facts import layer_facts
from nnbuild.generate.step_forms import KEEPS_EACH_STEP, LayerCall, form_of, written
from nnbuild.language.shared import SHARED, layer_name
from nnbuild.plan.describe import assembled
from nnbuild.records import Node, ResolvedNetwork, frozen_mapping


@dataclass(frozen=True)
class _Call:
    """Call of a layer, with the names of its output and its inputs."""

    name: str
    inputs: tuple[str, ...]
    layer_call: LayerCall

    @property
    def moves(self) -> bool:
        """Whether the call depends on the input that is passed in steps."""
        return any(self.layer_call.moves)


class StepGraph:
    """Network whose layers are called one by one, on any tensors.

    Parameters
    ----------
    resolved, capacity, moving
        As for `Stepper`.

    Attributes
    ----------
    capacity : int
    holds_all : bool
    recompute_reason : str
        As for `Stepper`.
    dtype : str
        Dtype of the input that is passed in steps.
    """

    def __init__(self, resolved: ResolvedNetwork, capacity: int, moving: str):
        assembly = assembled(resolved)
        self._model, self._moving = assembly.model, moving
        self._calls = _calls_of(assembly.resolved, assembly.model, assembly.shapes, moving)
        (output,) = assembly.resolved.outputs.values()
        self._output = output["node"]
        self.dtype = assembly.dtypes[moving]
        self.recompute_reason = next(
            filter(None, (form_of(call.layer_call)[1] for call in self._calls if call.moves)), ""
        )
        length = assembly.shapes[moving][1] if self.recompute_reason else None
        limits = _limits(self._calls)
        self.capacity = min([capacity, length or capacity, *limits])
        self.holds_all = not self.recompute_reason and not limits and not any(map(_keeps_each_step, self._calls))

    @contextmanager
    def with_weights(self, values: Sequence) -> Iterator[None]:
        """Use `values` as weights inside the context; they are in the order of the model's variables."""
        pairs = zip(self._model.variables, values, strict=True)
        with keras.StatelessScope(state_mapping=list(pairs)):
            yield

    def start(self, fixed: Mapping[str, Any], n_rows: Any) -> dict[str, Any]:
        """Return the cache before the first step."""
        if self.recompute_reason:
            return {"fixed": dict(fixed), "steps": ops.zeros((n_rows, self.capacity), self.dtype)}
        tensors, kept = dict(fixed), {}
        for call in self._calls:
            if not call.moves:
                tensors[call.name] = call.layer_call.apply([tensors[name] for name in call.inputs])
                continue
            form, _ = form_of(call.layer_call)
            assert form is not None
            inputs = [tensors.get(name) for name in call.inputs]
            kept[call.name] = form.start(call.layer_call, inputs, n_rows, self.capacity)
        return kept

    def step(self, kept: dict[str, Any], steps: Any, place: Any) -> tuple[Any, dict[str, Any]]:
        """Return the output for new steps, and the new cache; `place` is the index of the first new step."""
        if self.recompute_reason:
            return self._recompute(kept, steps, place)
        tensors, found = {self._moving: steps}, {}
        for call in self._calls:
            if call.moves:
                form, _ = form_of(call.layer_call)
                assert form is not None
                inputs = [tensors.get(name) for name in call.inputs]
                tensors[call.name], found[call.name] = form.step(call.layer_call, inputs, kept[call.name], place)
        return tensors[self._output], found

    def _recompute(self, kept: dict[str, Any], steps: Any, place: Any) -> tuple[Any, dict[str, Any]]:
        """Compute the whole network on all steps so far; values at later steps do not affect them."""
        so_far = written(kept["steps"], steps, place)
        tensors = {**kept["fixed"], self._moving: so_far}
        for call in self._calls:
            tensors[call.name] = call.layer_call.apply([tensors[name] for name in call.inputs])
        return tensors[self._output][:, place : place + steps.shape[1]], {**kept, "steps": so_far}


def _calls_of(resolved: ResolvedNetwork, model: keras.Model, shapes: Mapping[str, tuple], moving: str) -> list[_Call]:
    """Return the calls of layers in the order of computation."""
    layers = {node.name: node for node in resolved.nodes if node.type != SHARED}
    comes_in_steps, found = {moving}, []
    for node in resolved.nodes:
        first, own = layers[layer_name(node)], _own_arguments(node)
        moves = tuple(name in comes_in_steps for name in node.inputs)
        ranks = tuple(len(shapes[name]) for name in node.inputs)
        arguments = frozen_mapping({**first.arguments, **own})
        layer_call = LayerCall(first.type, model.get_layer(first.name), arguments, moves, ranks)
        found.append(_Call(node.name, node.inputs, layer_call))
        if any(moves):
            comes_in_steps.add(node.name)
    return found


def _own_arguments(node: Node) -> dict[str, Any]:
    """Return the arguments of a further call of a shared layer."""
    return {key: value for key, value in node.arguments.items() if key != "node"} if node.type == SHARED else {}


def _keeps_each_step(call: _Call) -> bool:
    """Return whether the cache of a call grows with the steps, as that of attention over an input in steps."""
    return layer_facts(call.layer_call.type).steps == KEEPS_EACH_STEP and call.layer_call.moves[-1]


def _limits(calls: Sequence[_Call]) -> list[int]:
    """Return the maximum number of steps of each layer that has one."""
    forms = [(call.layer_call, form_of(call.layer_call)[0]) for call in calls if call.moves]
    limits = [form.max_steps(called) for called, form in forms if form]
    return [limit for limit in limits if limit is not None]
