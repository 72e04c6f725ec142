"""Plain values that travel between the stages: what is built, what it costs, how its training went."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from types import MappingProxyType

Shape = tuple[int | None, ...]


def frozen_mapping(values: Mapping | None = None) -> Mapping:
    """A read-only mapping with the items of `values`, in their order."""
    return MappingProxyType(dict(values or {}))


class Record:
    """Base of records that hold read-only mappings: they pickle and copy like other dataclasses."""

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
        Names of the nodes and inputs that it takes, in order.
    arguments : mapping of str to JSON value
        Arguments of the class, by Keras' names.
    path : tuple of str and int
        Where the recipe says it; empty for what nnbuild adds.
    """

    name: str
    type: str
    inputs: tuple[str, ...]
    arguments: Mapping = field(default_factory=frozen_mapping)
    path: tuple[str | int, ...] = field(default=(), compare=False)

    @cached_property
    def types(self) -> frozenset[str]:
        """Names of its class, and of those in its arguments."""
        return frozenset((self.type, *_types_in(self.arguments)))


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
class Resolved(Record):
    """The network that is built, as data: no params, blocks, composites or defaults are left.

    Attributes
    ----------
    name : str
        The recipe's name, or "".
    task : str or None
        "binary", "multiclass", "multilabel", "regression", "segmentation", "tokens", or None for outputs of the
        recipe's own.
    inputs : mapping of str to dict
        `shape` (without the batch axis), `dtype` and `kind` of each input.
    nodes : tuple of Node
        Layers in order of computation, with all their arguments.
    outputs : mapping of str to dict
        `node`, `loss`, `weight`, `metrics` and `target` of each output.
    training : mapping of str to JSON value
        How it is trained, with all settings.
    """

    name: str
    task: str | None
    inputs: Mapping
    nodes: tuple[Node, ...]
    outputs: Mapping
    training: Mapping

    def to_dict(self) -> dict:
        """The same as JSON values."""
        nodes = [
            {"name": node.name, "type": node.type, "inputs": list(node.inputs), "arguments": _copied(node.arguments)}
            for node in self.nodes
        ]
        return {
            "name": self.name,
            "task": self.task,
            "inputs": _copied(self.inputs),
            "nodes": nodes,
            "outputs": _copied(self.outputs),
            "training": _copied(self.training),
        }

    @classmethod
    def from_dict(cls, values: Mapping) -> Resolved:
        """The network that `to_dict` gave."""
        nodes = tuple(
            Node(node["name"], node["type"], tuple(node["inputs"]), frozen_mapping(node["arguments"]))
            for node in values["nodes"]
        )
        mappings = (frozen_mapping(values[key]) for key in ("inputs", "outputs", "training"))
        inputs, outputs, training = mappings
        return cls(values["name"], values["task"], inputs, nodes, outputs, training)


def _copied(value: object) -> object:
    """JSON values copied, read-only mappings as dicts."""
    if isinstance(value, Mapping):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list | tuple) else value


@dataclass(frozen=True)
class Weight:
    """One weight array of a layer: its name within the layer, shape and bytes, and whether it is trained."""

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
    """One layer of a plan, with its facts.

    Attributes
    ----------
    name, type, inputs, path
        As in `Node`.
    input_shapes : tuple of Shape
        Shapes of what it takes, the batch axis (None) first.
    output_shape : Shape
        Shape of what it gives, the batch axis (None) first.
    weights : tuple of Weight
        Its arrays, trainable or not.
    macs : int or None
        Multiply-accumulates per sample in a forward pass; None where nnbuild has no rule for the layer.
    output_bytes : int
        Memory of its output per sample, in bytes.
    note : str
        What nnbuild decided here and the recipe does not say.
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
        """Number of trained parameters."""
        return sum(weight.n_parameters for weight in self.weights if weight.trainable)

    @property
    def n_other(self) -> int:
        """Number of parameters that training does not change by gradients."""
        return sum(weight.n_parameters for weight in self.weights if not weight.trainable)

    @property
    def n_parameters(self) -> int:
        """Number of parameters, trained or not."""
        return self.n_trainable + self.n_other

    def to_dict(self) -> dict:
        """The same as JSON values, without its place in the recipe."""
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
        Samples in a batch.
    weight_bytes, gradient_bytes, optimizer_bytes : int
        All weights; one gradient per trained weight; what the optimizer keeps.
    activation_bytes : int
        Outputs of all layers for one batch, kept for the backward pass.
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
    """A network as facts: what `describe` returns.

    Attributes
    ----------
    name : str
        The recipe's name, or "".
    inputs : mapping of str to Shape
        Input shapes, the batch axis (None) first.
    steps : tuple of Step
        Layers in the order of computation.
    outputs : mapping of str to str
        The step (or input) that gives each output, by the output's name.
    task : str or None
        "binary", "multiclass", "multilabel", "regression", "segmentation", "tokens" or None.
    loss : str
        Name of the loss; "" where it is not known.
    optimizer : str
        Class of the optimizer.
    cost : Cost
        Memory of training.
    """

    name: str
    inputs: Mapping
    steps: tuple[Step, ...]
    outputs: Mapping
    task: str | None
    loss: str
    optimizer: str
    cost: Cost

    @property
    def n_trainable(self) -> int:
        """Number of trained parameters."""
        return sum(step.n_trainable for step in self.steps)

    @property
    def n_other(self) -> int:
        """Number of other parameters."""
        return sum(step.n_other for step in self.steps)

    @property
    def n_parameters(self) -> int:
        """Number of parameters, trained or not."""
        return self.n_trainable + self.n_other

    @property
    def macs(self) -> int:
        """Multiply-accumulates per sample in a forward pass, of the layers that have a rule."""
        return sum(step.macs or 0 for step in self.steps)

    @property
    def output_shape(self) -> Shape | tuple[Shape, ...]:
        """Shape of the output, or of each of several."""
        shapes = {step.name: step.output_shape for step in self.steps} | dict(self.inputs)
        found = tuple(shapes[name] for name in self.outputs.values())
        return found[0] if len(found) == 1 else found

    def to_dict(self) -> dict:
        """The same as JSON values: counts, bytes, and shapes with the batch axis (None) first."""
        return {
            "name": self.name,
            "task": self.task,
            "loss": self.loss,
            "optimizer": self.optimizer,
            "inputs": _copied(self.inputs),
            "outputs": dict(self.outputs),
            "n_parameters": self.n_parameters,
            "n_trainable": self.n_trainable,
            "macs": self.macs,
            "memory": {**asdict(self.cost), "total_bytes": self.cost.total_bytes},
            "layers": [step.to_dict() for step in self.steps],
        }


@dataclass(frozen=True)
class History(Record):
    """How a training went.

    Attributes
    ----------
    curves : mapping of str to tuple of float
        One value per epoch: "loss", "val_loss" where there is validation, and each metric.
    best_epoch : int
        Epoch, counted from 1, whose weights were kept.
    stopped : str
        Why it ended: "epochs", "early_stopping", "diverged" or "callback".
    elapsed_s : float
        Wall-clock seconds, without building.
    """

    curves: Mapping
    best_epoch: int
    stopped: str
    elapsed_s: float

    @property
    def n_epochs(self) -> int:
        """Number of epochs that ran."""
        return len(self.curves["loss"])
