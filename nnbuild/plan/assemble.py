"""Build the resolved network and the symbolic Keras model of a recipe, node by node."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import keras

from nnbuild.catalog.facts import layer_facts
from nnbuild.errors import Problem, RecipeError
from nnbuild.language.composites import SHORTCUT
from nnbuild.language.shared import SHARED
from nnbuild.plan.argument_checks import argument_problem, n_inner_layers, refusal
from nnbuild.plan.masks import counts_padding
from nnbuild.plan.objects import call_arguments, make_layer
from nnbuild.plan.shapes import failure, shape_text, trace
from nnbuild.plan.shortcut import projection
from nnbuild.plan.tensor_checks import shape_problem, text_problem
from nnbuild.plan.traced_checks import trial_problem
from nnbuild.plan.weight_checks import weight_problem
from nnbuild.plan.weight_factors import factor_problem, factors_by_weight, weight_names
from nnbuild.private.keras import mask_of
from nnbuild.records import Node, ResolvedNetwork, Shape, frozen_mapping

MAX_INNER_LAYERS = 1000  # limit on the layers and cells inside other layers


@dataclass(frozen=True)
class Assembly:
    """Result of assembling a network.

    Attributes
    ----------
    resolved : ResolvedNetwork
        Resolved network.
    model : keras.Model
        Symbolic model: its variables have shapes, but no values.
    shapes : dict of str to Shape
        Shape of each input and node, with the batch axis (None) first.
    notes : dict of str to str
        Notes on nodes for the user, such as projected shapes.
    dtypes : dict of str to str
        Dtype of each input, and of the output of each node.
    tensors : dict of str to KerasTensor
        Symbolic output of each input and node.
    """

    resolved: ResolvedNetwork
    model: keras.Model
    shapes: dict[str, Shape]
    notes: dict[str, str]
    dtypes: dict[str, str]
    tensors: dict[str, keras.KerasTensor]


class Assembler:
    """Builder that calls the layers of a network on symbolic tensors. Use it inside `symbolically`.

    Attributes
    ----------
    checks : bool
        Whether to check that outputs and gradients of each layer can be computed, and that its weights suit their
        initializers, regularizers and constraints. False for resolved networks, which were checked when they were
        resolved.
    factors : mapping of str to JSON value
        Factors of the recipe's `defaults`.
    weight_names : set of str
        Names of the weights of all layers so far.
    tensors : dict of str to KerasTensor
        Symbolic output of each input and node.
    nodes : list of Node
        Nodes added so far, including the projections of shortcuts.
    problems : list of Problem
        Problems found so far.
    notes : dict of str to str
        As in `Assembly`.
    """

    def __init__(
        self, inputs: Mapping[str, Mapping], precision: str, checks: bool = True, factors: Mapping = frozen_mapping()
    ):
        self.precision = precision
        self.checks = checks
        self.factors = factors
        self.weight_names: set[str] = set()
        self.inputs = {
            name: keras.Input(tuple(value["shape"]), dtype=value["dtype"], name=name) for name, value in inputs.items()
        }
        self.tensors = dict(self.inputs)
        self.nodes: list[Node] = []
        self.problems: list[Problem] = []
        self.notes: dict[str, str] = {}
        self._layers: dict[str, tuple[keras.Layer, Node]] = {}
        self._aliases: dict[str, str] = {}
        self._n_inner_layers = 0
        self._masked: set[str] = set()

    def mask(self, node: Node) -> None:
        """Mask an input with a masking layer. Later layers whose results depend on padding are reported."""
        self.add(node)
        self._masked.add(node.name)
        self.use_instead(node.inputs[0], node.name)

    def add(self, node: Node) -> None:
        """Call one layer. If this fails, record the problem and skip all nodes that depend on the layer."""
        node = replace(node, inputs=tuple(map(self.alias, node.inputs)))
        if any(name not in self.tensors for name in node.inputs):
            return
        if node.type == SHORTCUT:
            self._shortcut(node)
        elif node.type == SHARED:
            self._shared(node)
        else:
            self._layer(node)

    def _shortcut(self, node: Node) -> None:
        """Replace the shortcut of a Residual by its input if the shapes are equal, otherwise by a projection."""
        start, end = (self.tensors[name] for name in node.inputs)
        if start.shape == end.shape:
            self._aliases[node.name] = node.inputs[0]
            return
        found = self._channels_first(node) or projection(node, tuple(start.shape), tuple(end.shape))
        if isinstance(found, Problem):
            self.problems.append(replace(found, shapes=self.trace(node.inputs)))
            return
        self.notes[found.name] = f"projects {shape_text(start.shape)} to {shape_text(end.shape)}"
        self._aliases[node.name] = found.name
        self._layer(found)

    def _channels_first(self, shortcut: Node) -> Problem | None:
        """Return a problem if a Residual that needs a projection has layers with channels first."""
        scope = shortcut.name.rpartition(".")[0] + "."
        inner = [node for node in self.nodes if node.name.startswith(scope)]
        if all(node.arguments.get("data_format") != "channels_first" for node in inner):
            return None
        found = "Residual can project its input only with channels last, but its layers have channels first"
        return Problem(shortcut.path, found, hint="set the 'shortcut' of the Residual")

    def _shared(self, node: Node) -> None:
        """Call the layer of another node again."""
        if node.arguments["node"] not in self._layers:
            return  # the problem of this layer is already recorded
        layer, first = self._layers[node.arguments["node"]]
        own = {key: value for key, value in node.arguments.items() if key != "node"}
        self.notes[node.name] = f"weights of {first.name}"
        self._apply(replace(node, type=first.type, arguments=frozen_mapping({**first.arguments, **own})), layer, node)

    def _layer(self, node: Node) -> None:
        try:
            problem = self._too_many_inner_layers(node) or argument_problem(node)
            layer = None if problem else make_layer(node.type, node.arguments, node.name, self.precision)
        except Exception as error:
            problem = refusal(node, error)
        if problem is not None:
            self.problems.append(problem)
            return
        self._layers[node.name] = layer, node
        self._apply(node, layer, node)

    def _apply(self, node: Node, layer: keras.Layer, recipe_node: Node) -> None:
        """Call a layer with the arguments of `node`, and add `recipe_node`, the node as in the recipe, to `nodes`."""
        tensors = [self.tensors[name] for name in node.inputs]
        is_masked = not self._masked.isdisjoint(node.inputs)
        problem = (
            (counts_padding(node) if is_masked else None)
            or text_problem(node, [tensor.dtype for tensor in tensors])
            or shape_problem(node, layer, tuple(tuple(tensor.shape) for tensor in tensors))
            or self._call(node, layer, tensors, recipe_node)
        )
        if problem is not None:
            self.problems.append(replace(problem, shapes=self.trace(node.inputs)))
        elif is_masked and mask_of(self.tensors[node.name]) is not None:
            self._masked.add(node.name)

    def _too_many_inner_layers(self, node: Node) -> Problem | None:
        """Return a problem if too many layers are inside other layers. The limit on nodes does not include them."""
        n_here = n_inner_layers(node)
        self._n_inner_layers += n_here
        if not n_here or self._n_inner_layers <= MAX_INNER_LAYERS:
            return None
        n_inner = f"{self._n_inner_layers} layers and cells inside other layers"
        found = f"with {node.type} {node.name!r} the network has {n_inner}"
        return Problem(node.path, found, allowed=f"at most {MAX_INNER_LAYERS} in all")

    def _call(
        self, node: Node, layer: keras.Layer, tensors: list[keras.KerasTensor], recipe_node: Node
    ) -> Problem | None:
        try:
            output = call(layer, node.type, tensors, call_arguments(node.type, node.arguments))
        except Exception as error:
            return Problem(node.path, f"Keras can't apply {node.type} {node.name!r} here: {failure(error)}")
        if not isinstance(output, keras.KerasTensor):
            hint = "remove return_state" if "return_state" in node.arguments else ""
            found = f"{node.type} {node.name!r} returns {len(output)} tensors; a node must return one"
            return Problem(node.path, found, hint=hint)
        if any(output is tensor for tensor in tensors):  # the layer returned its input, so Keras can't record the call
            found = f"Keras can't build {node.type} {node.name!r} into a network"
            return Problem(node.path, found, hint="apply it to the data before training")
        problem = trial_problem(node, layer, tensors, output, _repeated_call(node, layer)) or weight_problem(
            node, layer
        )
        names = [] if recipe_node.type == SHARED else weight_names(node, layer)
        problem = problem or factor_problem(recipe_node, names)
        if problem is not None and self.checks:
            return problem
        if node.arguments.get("trainable") is False:
            _freeze(layer)
        self.tensors[node.name] = output
        # A copy, because nodes share objects with each other and with the defaults.
        arguments = frozen_mapping(copy.deepcopy(dict(recipe_node.arguments)))
        factors = frozen_mapping(factors_by_weight(recipe_node, self.factors, names))
        self.nodes.append(replace(recipe_node, arguments=arguments, factors=factors))
        self.weight_names.update(names)
        return None

    def use_instead(self, name: str, node: str) -> None:
        """Use `node` in place of `name` for all later nodes."""
        if node != name:
            self._aliases[name] = node

    def alias(self, name: str) -> str:
        """Return the node used in place of `name`; for a shortcut, its input or its projection."""
        return self._aliases.get(name, name)

    def trace(self, names: tuple[str, ...]) -> str:
        """Return the shapes from the network's input to the tensors `names`, as text."""
        return trace(names, {node.name: node.inputs for node in self.nodes}, self.shapes())

    def dtypes(self) -> dict[str, str]:
        """Return the dtype of every tensor so far."""
        return {name: tensor.dtype for name, tensor in self.tensors.items()}

    def sparse(self) -> set[str]:
        """Return the names of the sparse tensors."""
        return {name for name, tensor in self.tensors.items() if tensor.sparse}

    def shapes(self) -> dict[str, Shape]:
        """Return the shape of every tensor so far."""
        return {name: tuple(tensor.shape) for name, tensor in self.tensors.items()}

    def model(self, outputs: Mapping[str, Mapping], name: str) -> keras.Model:
        """Return the symbolic model; raise a `RecipeError` with all problems, if there are any."""
        if self.problems:
            raise RecipeError(self.problems)
        ends = {output: self.tensors[self.alias(value["node"])] for output, value in outputs.items()}
        try:
            model = keras.Model(
                _single_or_dict(self.inputs), _single_or_dict(ends), name=re.sub(r"\W+", "_", name) or "network"
            )
        except RecursionError:  # Keras recurses once for each layer of a chain
            found = f"the {len(self.nodes)} layers of the network are a chain too long for Keras"
            hint = "use fewer layers one after the other, or raise the limit with sys.setrecursionlimit"
            raise RecipeError([Problem(("layers",), found, hint=hint)]) from None
        model.dtype_policy = self.precision  # with "mixed_float16", Keras scales the loss
        return model


def call(layer: keras.Layer, type_name: str, tensors: list, more_arguments: Mapping[str, Any]) -> Any:
    """Call a layer on the tensors of a node, in the order of the node's `inputs`, with further arguments."""
    inputs_as = layer_facts(type_name).inputs_as
    if inputs_as == "arguments":
        query, value, key = (tensors + [tensors[-1]] * 2)[:3]
        return layer(query, value, key, **more_arguments)
    if inputs_as == "list" or (len(tensors) > 1 and not hasattr(layer, "return_sequences")):
        return layer(tensors, **more_arguments)
    if len(tensors) > 1:
        return layer(tensors[0], initial_state=tensors[1:], **more_arguments)
    return layer(tensors[0], **more_arguments)


def _repeated_call(node: Node, layer: keras.Layer) -> Callable[[list, Mapping[str, Any]], Any]:
    """Return a function that calls a layer with the arguments of its node, on other tensors and with more arguments."""
    arguments = call_arguments(node.type, node.arguments)
    return lambda tensors, more: call(layer, node.type, tensors, {**arguments, **more})


def _freeze(layer: keras.Layer) -> None:
    """Freeze the weights of a layer, including weights of inner layers that Keras creates in the first call."""
    layer.trainable = True  # otherwise, setting False again would have no effect on the new weights
    layer.trainable = False


def _single_or_dict(tensors: Mapping[str, object]) -> object:
    """Return the tensor if there is only one, otherwise all tensors by name."""
    return next(iter(tensors.values())) if len(tensors) == 1 else dict(tensors)
