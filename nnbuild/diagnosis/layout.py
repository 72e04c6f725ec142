"""Layers of a recipe with their neighbours, activations and places in the text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from nnbuild import catalog
from nnbuild.catalog.facts import layer_facts
from nnbuild.catalog.json_form import with_type
from nnbuild.errors import Path
from nnbuild.language.expressions import is_expression, mentioned
from nnbuild.language.graph import activation_name, own_activation
from nnbuild.language.outputs import CLASSIFICATION, REGRESSION, appended_outputs
from nnbuild.recipe import Recipe
from nnbuild.records import Node

# Families of layers that keep the number of features, have no weights, and compute no function of single features.
PASSIVE = ("noise", "pooling")
# Arguments for the initial weights of a layer that depend on its inputs.
KERNELS = ("kernel_initializer", "embeddings_initializer", "depthwise_initializer")
OTHER = "other"  # activation of a user, or one that the task sets
WIDTHS = ("units", "filters", "output_dim")  # arguments that are the number of features of an output


@dataclass(frozen=True)
class End:
    """Output of a network.

    Attributes
    ----------
    name : str
        Name of the output, or "" if it has none.
    node : str
        The layer that computes it, or the last one before an output layer that is added.
    is_added : bool
        Whether an output layer is added.
    loss : str, mapping or None
        As in the recipe; None for the default of the task.
    loss_path : tuple of str and int
        Path of the loss in the recipe.
    task : str or None
        "classification" or "regression", if the recipe names it.
    """

    name: str
    node: str
    is_added: bool
    loss: Any
    loss_path: Path
    task: str | None


@dataclass(frozen=True)
class Layout:
    """A recipe as a graph of layers, for rules about it.

    Attributes
    ----------
    recipe : Recipe
    estimator : str, default=""
        Class of the estimator, for recipes that name none or several.
    """

    recipe: Recipe
    estimator: str = ""

    @cached_property
    def nodes(self) -> Mapping[str, Node]:
        """Layers by name, in order of computation."""
        return {node.name: node for node in self.recipe.network.nodes}

    @cached_property
    def document(self) -> dict:
        """The recipe as JSON values."""
        return self.recipe.to_dict()

    @cached_property
    def consumers(self) -> Mapping[str, tuple[str, ...]]:
        """Layers that take the output of each layer or input."""
        found: dict[str, dict[str, None]] = {}
        for node in self.nodes.values():
            for name in node.inputs:
                found.setdefault(name, {})[node.name] = None
        return {name: tuple(takers) for name, takers in found.items()}

    @cached_property
    def ends(self) -> tuple[End, ...]:
        """Outputs of the network."""
        network = self.recipe.network
        training_loss, task = network.training.get("loss"), self._task()
        if isinstance(network.outputs, str):
            is_added = network.outputs == "auto"
            return (End("", network.last, is_added, training_loss, ("training", "loss"), task),)
        added = appended_outputs(network.outputs)
        return tuple(
            End(
                name,
                output.get("node", network.last),
                name in added,
                output.get("loss", training_loss),
                ("outputs", name, "loss") if "loss" in output else ("training", "loss"),
                output.get("task") or task,
            )
            for name, output in network.outputs.items()
        )

    def _task(self) -> str | None:
        """Return the task of the estimator, or of the recipe's only one; None if it is not known."""
        names = [self.estimator] if self.estimator else self.recipe.estimators
        return _TASKS.get(names[0]) if len(names) == 1 else None

    def activation(self, node: Node) -> str:
        """Return the name of the activation that a layer applies; "" for none and for linear, `OTHER` for a user's."""
        value = node.arguments.get("activation")
        known = own_activation(node) or activation_name(value)
        return known or ("" if value is None or catalog.activation(value) else OTHER)

    def ahead(self, node: Node) -> tuple[tuple[Node, ...], Node | None] | None:
        """Return the passive layers after a layer, and the next other layer; None at a branch or merge.

        The other layer is None at the end of a network.
        """
        between: list[Node] = []
        while takers := self.consumers.get(node.name, ()):
            node = self.nodes[takers[0]]
            if len(takers) > 1 or len(node.inputs) > 1:
                return None
            if not self.is_passive(node):
                return tuple(between), node
            between.append(node)
        return tuple(between), None

    def head(self, end: End) -> tuple[Node | None, str]:
        """Return the last layer of an output that is not passive or an activation, and the last activation."""
        node, activation = self.nodes.get(end.node), ""
        while node is not None:
            activation = activation or self.activation(node)
            facts = layer_facts(node.type)
            if len(node.inputs) > 1 or not (self.is_passive(node) or facts.family == "activation"):
                break
            node = self.nodes.get(node.inputs[0])
        return node, activation

    @cached_property
    def _hidden(self) -> frozenset[str]:
        """Names of the layers whose output passes through further weights."""
        last = self.recipe.network.last
        found = {last} if any(end.is_added for end in self.ends) else set()
        for node in reversed(list(self.nodes.values())):
            if node.name in found or has_weights(node):
                found.update(node.inputs)
        return frozenset(found)

    def is_hidden(self, node: Node) -> bool:
        """Whether the output of a layer passes through further weights, such as those of an added output layer."""
        return node.name in self._hidden

    def is_passive(self, node: Node) -> bool:
        """Whether a layer has no weights and no activation: dropout, pooling, reshaping."""
        return layer_facts(node.type).family in (*PASSIVE, "shape") or node.type in ("Identity", "Shortcut")

    def n_features(self, name: str) -> int | None:
        """Return the number of features of the output of a layer, if the recipe contains it."""
        node = self.nodes.get(name)
        while node is not None:
            width = next((node.arguments[key] for key in WIDTHS if key in node.arguments), None)
            if width is not None:
                return width if isinstance(width, int) else None
            facts = layer_facts(node.type)
            keeps = facts.family in (*PASSIVE, "activation") or facts.normalizes
            node = self.nodes.get(node.inputs[0]) if keeps and len(node.inputs) == 1 else None
        return None

    def place(self, node: Node, argument: str) -> Path | None:
        """Return the path where the value of an argument is written, or where it can be added.

        It is the path of a param if the argument is the param alone. None for layers that composites add, and for
        values that depend on the params of a block or Repeat, which differ between its layers.
        """
        at: Any = self.document
        local: set[str] = set()
        for part in node.path:
            for key in ("over", "params") if at is not self.document else ():
                local |= set(at[key]) if isinstance(at, dict) and isinstance(at.get(key), dict) else set()
            at = at[part]
        if not isinstance(at, dict) or catalog.own_name("layers", str(at.get("type"))) != node.type:
            return None
        value: Any = at.get(argument)
        if is_expression(value) and local & set(mentioned(value)):
            return None
        return self.param_of((*node.path, argument))

    def at(self, path: Path) -> Any:
        """Return the value at a path of the recipe, as written."""
        value: Any = self.document
        for part in path:
            value = value[part]
        return value

    def param_of(self, path: Path) -> Path:
        """Return the path of the param that a setting consists of, or the path itself."""
        try:
            value = self.at(path)
        except (KeyError, IndexError, TypeError):  # it has its default
            return path
        is_param = is_expression(value) and value[1:] in self.recipe.params
        return ("params", value[1:]) if is_param else path

    def edit(self, node: Node, argument: str, value: object) -> dict[Path, object]:
        """Return the edit that sets an argument of a layer; empty if it can't be set there."""
        path = self.place(node, argument)
        return {} if path is None else {path: value}

    def label(self, node: Node) -> str:
        """Return class and name of a layer, for sentences."""
        return f"{node.type} {node.name!r}"


def has_weights(node: Node) -> bool:
    """Whether a layer has weights that are multiplied by its inputs."""
    return any(key in node.arguments for key in KERNELS)


def object_values(family: str, value: Any) -> tuple[str, dict[str, Any]]:
    """Return the own name of a Keras object in JSON form, and its arguments with their defaults."""
    given = with_type(value)
    name = catalog.own_name(family, given.pop("type"))
    return name, {**catalog.with_defaults(family, name), **given} if catalog.find(family, name) else given


_TASKS = {"NNClassifier": CLASSIFICATION, "NNRegressor": REGRESSION}
