"""Plain values passed between the stages: networks, plans with costs, training histories."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from types import MappingProxyType

Shape = tuple[int | None, ...]


def frozen_mapping(values: Mapping | None = None) -> Mapping:
    """Return a read-only mapping with the items of `values`, in their order."""
    return MappingProxyType(dict(values or {}))


class Record:
    """Base of records with read-only mappings: they pickle and copy like other dataclasses."""

    @cached_property
    def strings(self) -> frozenset[str]:
        """Every string in its fields, at any depth."""
        values = (getattr(self, item.name) for item in fields(self))  # type: ignore[arg-type]
        return frozenset(string for value in values for string in _strings_in(value))

    def __reduce__(self) -> tuple:
        values = (getattr(self, item.name) for item in fields(self))  # type: ignore[arg-type]
        return _restored, (type(self), [dict(v) if isinstance(v, Mapping) else v for v in values])


def _restored(kind: type, values: list) -> Record:
    return kind(*(frozen_mapping(value) if isinstance(value, dict) else value for value in values))


@dataclass(frozen=True)
class Node(Record):
    """One layer of a network before it is built.

    Attributes
    ----------
    name : str
        The Keras layer's name: scopes and the node's own part, joined by dots.
    type : str
        The Keras layer's class.
    inputs : tuple of str
        Names of its input nodes and inputs of the network, in order.
    arguments : mapping of str to JSON value
        Arguments of the class, by Keras' names.
    path : tuple of str and int
        Its path in the recipe; empty for a layer that nnbuild adds.
    factors : mapping of str to JSON value
        `learning_rate_factor` and `weight_decay_factor`, if set; in a resolved network, numbers by weight name.
    """

    name: str
    type: str
    inputs: tuple[str, ...]
    arguments: Mapping = field(default_factory=frozen_mapping)
    path: tuple[str | int, ...] = field(default=(), compare=False)
    factors: Mapping = field(default_factory=frozen_mapping)

    @cached_property
    def types(self) -> frozenset[str]:
        """Names of its class, and of the classes in its arguments."""
        return frozenset((self.type, *_types_in(self.arguments)))

    def to_dict(self) -> dict:
        """Return the record as JSON values, without its path; `factors` only if there are any."""
        values = {"name": self.name, "type": self.type, "inputs": list(self.inputs)}
        factors = {"factors": _copied(self.factors)} if self.factors else {}
        return {**values, "arguments": _copied(self.arguments), **factors}

    @classmethod
    def from_dict(cls, values: Mapping) -> Node:
        """Restore the node from the result of `to_dict`."""
        arguments, factors = (frozen_mapping(values.get(key)) for key in ("arguments", "factors"))
        return cls(values["name"], values["type"], tuple(values["inputs"]), arguments, factors=factors)


def _strings_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Record):
        yield from value.strings
    inside = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    for item in inside:
        yield from _strings_in(item)


def _types_in(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from (value["type"],) if "type" in value else ()
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _types_in(item)


@dataclass(frozen=True)
class ResolvedNetwork(Record):
    """Definition of the network to build, without weights: params, blocks, composites and defaults are resolved.

    Attributes
    ----------
    name : str
        The recipe's name, or "".
    task : str or None
        "binary", "multiclass", "multilabel", "regression", "segmentation", "tokens", or None for outputs that the
        recipe defines.
    inputs : mapping of str to dict
        `shape` (without the batch axis), `dtype` and `kind` of each input.
    nodes : tuple of Node
        Layers in order of computation, with all their arguments.
    outputs : mapping of str to dict
        `node`, `loss`, `weight`, `metrics` and `target` of each output.
    training : mapping of str to JSON value
        All training settings.
    """

    name: str
    task: str | None
    inputs: Mapping
    nodes: tuple[Node, ...]
    outputs: Mapping
    training: Mapping

    def to_dict(self) -> dict:
        """Return the record as JSON values."""
        return {
            "name": self.name,
            "task": self.task,
            "inputs": _copied(self.inputs),
            "nodes": [node.to_dict() for node in self.nodes],
            "outputs": _copied(self.outputs),
            "training": _copied(self.training),
        }

    @classmethod
    def from_dict(cls, values: Mapping) -> ResolvedNetwork:
        """Restore the network from the result of `to_dict`."""
        nodes = tuple(map(Node.from_dict, values["nodes"]))
        inputs, outputs, training = (frozen_mapping(values[key]) for key in ("inputs", "outputs", "training"))
        return cls(values["name"], values["task"], inputs, nodes, outputs, training)


def _copied(value: object) -> object:
    """Copy JSON values, with read-only mappings as dicts."""
    if isinstance(value, Mapping):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list | tuple) else value


@dataclass(frozen=True)
class Weight:
    """One weight array of a layer: its name in the layer, shape, bytes per element, and whether it is trainable."""

    name: str
    shape: tuple[int, ...]
    trainable: bool
    itemsize: int = 4

    @property
    def n_parameters(self) -> int:
        """Number of elements."""
        count = 1
        for size in self.shape:
            count *= size
        return count

    @property
    def n_bytes(self) -> int:
        """Memory of the array, in bytes."""
        return self.n_parameters * self.itemsize


@dataclass(frozen=True)
class Step:
    """One layer of a plan, with its shapes, weights and costs.

    Attributes
    ----------
    name, type, inputs, path
        As in `Node`.
    input_shapes : tuple of Shape
        Shapes of its inputs, the batch axis (None) first.
    output_shape : Shape
        Shape of its output, the batch axis (None) first.
    weights : tuple of Weight
        Its weights, trainable or not.
    macs : int or None
        Multiply-accumulates per sample in a forward pass; None if nnbuild has no rule for the layer.
    output_bytes : int
        Memory of its output per sample, in bytes.
    note : str
        Decision of nnbuild that is not in the recipe.
    """

    name: str
    type: str
    inputs: tuple[str, ...]
    input_shapes: tuple[Shape, ...]
    output_shape: Shape
    weights: tuple[Weight, ...] = ()
    macs: int | None = 0
    output_bytes: int = 0
    note: str = ""
    path: tuple[str | int, ...] = field(default=(), compare=False)

    @property
    def n_trainable(self) -> int:
        """Number of trainable parameters."""
        return sum(weight.n_parameters for weight in self.weights if weight.trainable)

    @property
    def n_other(self) -> int:
        """Number of non-trainable parameters."""
        return self.n_parameters - self.n_trainable

    @property
    def n_parameters(self) -> int:
        """Number of parameters, trained or not."""
        return sum(weight.n_parameters for weight in self.weights)

    def to_dict(self) -> dict:
        """Return the record as JSON values, without its path in the recipe."""
        weights = [{"name": each.name, "shape": list(each.shape), "trainable": each.trainable} for each in self.weights]
        return {
            "name": self.name,
            "type": self.type,
            "inputs": list(self.inputs),
            "input_shapes": _copied(self.input_shapes),
            "output_shape": list(self.output_shape),
            "weights": weights,
            "n_parameters": self.n_parameters,
            "n_trainable": self.n_trainable,
            "macs": self.macs,
            "output_bytes": self.output_bytes,
            "note": self.note,
        }


@dataclass(frozen=True)
class Cost:
    """Memory of training at one batch size, in bytes.

    Attributes
    ----------
    batch_size : int
        Number of samples in a batch.
    weight_bytes, gradient_bytes, optimizer_bytes, activation_bytes : int
        All weights; one gradient per trainable weight; the state of the optimizer; outputs of all layers for one batch.
    """

    batch_size: int
    weight_bytes: int
    gradient_bytes: int
    optimizer_bytes: int
    activation_bytes: int

    @property
    def total_bytes(self) -> int:
        """Sum of the four parts."""
        return self.weight_bytes + self.gradient_bytes + self.optimizer_bytes + self.activation_bytes


@dataclass(frozen=True)
class Plan(Record):
    """Shapes, parameters and costs of a network, as `describe` returns them.

    Attributes
    ----------
    name : str
        The recipe's name, or "".
    inputs : mapping of str to Shape
        Input shapes, the batch axis (None) first.
    steps : tuple of Step
        Layers in order of computation.
    outputs : mapping of str to str
        The step (or input) that computes each output, by the output's name.
    task : str or None
        "binary", "multiclass", "multilabel", "regression", "segmentation", "tokens" or None.
    loss : str
        Name of the loss; "" if unknown.
    optimizer : str
        Class of the optimizer.
    cost : Cost
        Memory of training, of one member of an ensemble.
    n_members : int
        Number of networks that the recipe trains.
    """

    name: str
    inputs: Mapping
    steps: tuple[Step, ...]
    outputs: Mapping
    task: str | None
    loss: str
    optimizer: str
    cost: Cost
    n_members: int = 1

    @property
    def n_trainable(self) -> int:
        """Number of trainable parameters."""
        return sum(step.n_trainable for step in self.steps)

    @property
    def n_other(self) -> int:
        """Number of non-trainable parameters."""
        return sum(step.n_other for step in self.steps)

    @property
    def n_parameters(self) -> int:
        """Number of parameters, trained or not."""
        return self.n_trainable + self.n_other

    @property
    def macs(self) -> int:
        """Multiply-accumulates per sample in a forward pass, over the layers with a rule."""
        return sum(step.macs or 0 for step in self.steps)

    @property
    def output_shape(self) -> Shape | tuple[Shape, ...]:
        """Shape of the output, or a tuple of the shapes of several outputs."""
        shapes = {step.name: step.output_shape for step in self.steps} | dict(self.inputs)
        found = tuple(shapes[name] for name in self.outputs.values())
        return found[0] if len(found) == 1 else found

    def to_dict(self) -> dict:
        """Return the plan as JSON values: counts, bytes, and shapes with the batch axis (None) first."""
        return {
            "name": self.name,
            "task": self.task,
            "loss": self.loss,
            "optimizer": self.optimizer,
            "inputs": _copied(self.inputs),
            "outputs": dict(self.outputs),
            "n_members": self.n_members,
            "n_parameters": self.n_parameters,
            "n_trainable": self.n_trainable,
            "macs": self.macs,
            "memory": {**asdict(self.cost), "total_bytes": self.cost.total_bytes},
            "layers": [step.to_dict() for step in self.steps],
        }


@dataclass(frozen=True)
class History(Record):
    """Curves of a training, and how it ended.

    Attributes
    ----------
    curves : mapping of str to tuple of float
        One value per epoch: "loss", "val_loss" with a validation set, and each metric.
    best_epoch : int
        Epoch, counted from 1, of the kept weights.
    stopped : str
        Reason for the end: "epochs", "early_stopping", "diverged", "callback" or "time_budget".
    elapsed_s : float
        Wall-clock seconds of training, without building the model.
    """

    curves: Mapping
    best_epoch: int
    stopped: str
    elapsed_s: float

    @property
    def n_epochs(self) -> int:
        """Number of completed epochs."""
        return len(self.curves["loss"])
