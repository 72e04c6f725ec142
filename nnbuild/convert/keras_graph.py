"""Read the graph of a Keras model: its inputs, calls of layers and outputs, with nested models flattened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from nnbuild import catalog
from nnbuild.catalog.conventions import OWN_MODULES
from nnbuild.catalog.facts.refused import REFUSED_LAYERS
from nnbuild.catalog.registered import registered_name
from nnbuild.convert.keras_calls import call_settings, is_plain_model, leaves, tensors_of
from nnbuild.errors import Problem, RecipeError, show
from nnbuild.language.values import UnwritableError

# Name of the input of a Sequential model without an input layer.
OPEN_INPUT = ""


@dataclass(frozen=True)
class Call:
    """A call of a layer.

    Attributes
    ----------
    key : str
        Name of the layer, after the names of the models that contain it: "backbone/conv1".
    layer : object
        The Keras layer.
    serialized : mapping
        The layer as Keras serializes it.
    inputs : tuple of str
        Keys of the calls and inputs that compute its input tensors, in a recipe's order.
    ranks : tuple of int
        Number of axes of each input tensor, with the batch axis; empty if unknown.
    arguments : mapping of str to JSON value
        Other arguments of the call.
    """

    key: str
    layer: object
    serialized: Mapping
    inputs: tuple[str, ...]
    ranks: tuple[int, ...] = ()
    arguments: Mapping = field(default_factory=dict)


@dataclass
class Graph:
    """The computation of a model.

    Attributes
    ----------
    inputs : dict of str to mapping
        Configuration of each input layer; empty for a Sequential model without one.
    calls : list of Call
        In an order of computation.
    outputs : list of tuple of str and str
        The name of each output and the key of its call.
    named : bool
        Whether the outputs of the model are a dict.
    """

    inputs: dict[str, Mapping] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    outputs: list[tuple[str, str]] = field(default_factory=list)
    named: bool = False


def read_graph(model: object) -> Graph:
    """Return the graph of a Sequential or functional model.

    Raises
    ------
    RecipeError
        With all problems of unknown classes, or else all problems of calls that a recipe can't express.
    """
    problems = list(_class_problems(model))
    if problems:
        raise RecipeError(problems)
    try:
        config = model.get_config()  # type: ignore[attr-defined]
    except Exception as error:
        found = f"Keras can't write {_model_text(model)} as data: {' '.join(str(error).split())[:200]}"
        raise RecipeError([Problem((), found, hint="give its layers a get_config")]) from error
    reader = _Reader()
    reader.read(model, config)
    reader.problems += _shared_weights(reader.graph.calls)
    if reader.problems:
        raise RecipeError(reader.problems)
    return reader.graph


def _class_problems(model: object) -> Iterable[Problem]:
    """Yield problems of the classes of a model and of its layers, at any depth."""
    if not is_plain_model(model):
        yield _no_plain_model(model)
        return
    for layer in model.layers:  # type: ignore[attr-defined]
        if is_plain_model(layer):
            yield from _class_problems(layer)
        elif problem := _class_problem(layer):
            yield problem


def _no_plain_model(model: object) -> Problem:
    kind = type(model).__name__
    if not _is_model(model):
        return Problem((), f"from_keras takes a keras.Model, got {kind}")
    found = f"{_model_text(model)} is of the class {kind}, whose code can't be part of a recipe"
    return Problem((), found, hint="build the model with keras.Sequential or keras.Model(inputs, outputs)")


def _is_model(value: object) -> bool:
    return hasattr(value, "layers") and hasattr(value, "compile") and hasattr(value, "get_config")


def _class_problem(layer: object) -> Problem | None:
    kind = type(layer)
    own = kind.__module__.startswith("keras.") or kind.__module__ == OWN_MODULES["layers"]
    if own and kind.__name__ in REFUSED_LAYERS:
        found = f"layer {show(_name(layer))}: {kind.__name__} {REFUSED_LAYERS[kind.__name__].reason}"
        hint = "write it as a layer class, registered with keras.saving.register_keras_serializable"
        return Problem((), found, hint=hint)
    known = kind.__name__ in _KNOWN_OTHERWISE or catalog.find("layers", kind.__name__)
    if (own and known) or registered_name(kind):
        return None
    if _is_model(layer):
        return _no_plain_model(layer)
    found = f"layer {show(_name(layer))} is of the class {kind.__name__}, which recipes don't support"
    return Problem((), found, hint="register the class with keras.saving.register_keras_serializable")


def _name(layer: object) -> str:
    return str(getattr(layer, "name", ""))


def _model_text(model: object) -> str:
    return f"the model {show(_name(model))}"


class _Reader:
    """Traversal of a model and its nested models."""

    def __init__(self) -> None:
        self.graph = Graph()
        self.problems: list[Problem] = []
        self._operations: dict[str, Mapping] = {}

    def read(self, model: object, config: Mapping) -> None:
        """Read the outermost model."""
        inputs = [layer["config"] for layer in config["layers"] if layer["class_name"] == "InputLayer"]
        found = {layer["name"]: layer for layer in inputs}
        names = [layer[0] for _, layer in leaves(config["input_layers"])] if "input_layers" in config else list(found)
        self.graph.inputs = {name: found[name] for name in names}
        ends = self._model(model, config, names or [OPEN_INPUT], "")
        structure = config.get("output_layers")
        self.graph.named = isinstance(structure, Mapping)
        names_of_outputs = [name or layer[0] for name, layer in leaves(structure)] if structure else [""]
        self.graph.outputs = list(zip(names_of_outputs, ends, strict=True))

    def _model(self, model: object, config: Mapping, feeds: list[str], prefix: str) -> list[str]:
        """Read the layers of a model called on the tensors `feeds`; return the keys of its outputs."""
        if "input_layers" in config:
            return self._functional(model, config, feeds, prefix)
        layers = {_name(layer): layer for layer in model.layers}  # type: ignore[attr-defined]
        ends = feeds
        for serialized in config["layers"]:
            if serialized["class_name"] != "InputLayer":
                layer = layers[serialized["config"]["name"]]
                ends = self._layer(layer, serialized, _Arguments(tuple(ends)), prefix)
        return ends

    def _functional(self, model: object, config: Mapping, feeds: list[str], prefix: str) -> list[str]:
        layers = {_name(layer): layer for layer in model.layers}  # type: ignore[attr-defined]
        starts = [layer[0] for _, layer in leaves(config["input_layers"])]
        given = {(name, 0): feed for name, feed in zip(starts, feeds, strict=True)}
        for serialized in config["layers"]:
            name = serialized["name"]
            if serialized["class_name"] == "InputLayer":
                continue
            if name not in layers:  # Keras serializes operations on masks too: they count only as inputs of a layer
                self._operations[name] = serialized
                continue
            layer = layers[name]
            arguments = self._arguments(layer, serialized, given)
            if arguments is not None:
                results = self._layer(layer, serialized, arguments, prefix)
                given |= {(name, place): key for place, key in enumerate(results)}
        ends = [(layer[0], layer[2]) for _, layer in leaves(config["output_layers"])]
        return [self._key_of(end, given) for end in ends]

    def _layer(self, layer: object, serialized: Mapping, arguments: _Arguments, prefix: str) -> list[str]:
        """Read a layer, or the layers of a nested model; return the keys of its outputs."""
        key = prefix + _name(layer)
        if is_plain_model(layer):
            return self._model(layer, serialized["config"], list(arguments.keys), f"{key}/")
        if _gives_several(serialized["config"]):
            self._note(
                f"layer {show(_name(layer))} returns several tensors; a node must return one", "remove return_state"
            )
        self.graph.calls.append(Call(key, layer, serialized, arguments.keys, arguments.ranks, arguments.arguments))
        return [key]

    def _arguments(self, layer: object, serialized: Mapping, given: Mapping) -> _Arguments | None:
        """Return the inputs of a layer's only call; note a problem and return None if a recipe can't express it."""
        nodes = serialized["inbound_nodes"]
        if len(nodes) != 1:
            found = f"layer {show(_name(layer))} is called {len(nodes)} times, which from_keras does not support"
            self._note(found, f"{_SHARED_HINT}, or write the recipe by hand, with a Shared node")
            return None
        try:
            tensors = tensors_of(layer, serialized, nodes[0])
        except UnwritableError as error:
            self._note(f"layer {show(_name(layer))} {error.found}", error.hint)
            return None
        history = [tensor["config"]["keras_history"] for tensor in tensors]
        keys = tuple(self._key_of((name, place), given) for name, _, place in history)
        ranks = tuple(len(tensor["config"]["shape"]) for tensor in tensors)
        return _Arguments(keys, ranks, call_settings(serialized["class_name"], nodes[0]))

    def _key_of(self, tensor: tuple[str, int], given: Mapping) -> str:
        """Return the key of the call that computes a tensor, or the name of its layer with a problem noted."""
        name = tensor[0]
        if name in self._operations:
            kind = self._operations[name]["class_name"]
            self._note(f"{show(name)} is the operation {kind}, not a layer", _operation_hint(kind))
        elif (name, 0) in given and tensor not in given:
            self._note(f"layer {show(name)} returns several tensors; a node must return one", "remove return_state")
        return given.get(tensor, name)

    def _note(self, found: str, hint: str) -> None:
        problem = Problem((), found, hint=hint)
        if problem not in self.problems:
            self.problems.append(problem)


@dataclass(frozen=True)
class _Arguments:
    """Inputs and other arguments of a call."""

    keys: tuple[str, ...]
    ranks: tuple[int, ...] = ()
    arguments: Mapping = field(default_factory=dict)


def _gives_several(config: Mapping) -> bool:
    """Return whether a recurrent layer, or one in a wrapper, returns its states too."""
    inner = config.get("layer")
    return bool(config.get("return_state")) or (isinstance(inner, Mapping) and _gives_several(inner["config"]))


def _operation_hint(kind: str) -> str:
    layer = next((name for name in catalog.class_names("layers") if name.lower() == kind.lower()), "")
    return f"use keras.layers.{layer}" if layer else "use a layer instead, or register your own layer class"


def _shared_weights(calls: list[Call]) -> list[Problem]:
    """Return a problem for each pair of layers with a weight in common."""
    owners: dict[int, Call] = {}
    problems: dict[str, Problem] = {}
    for call in calls:
        for weight in getattr(call.layer, "weights", ()):
            owner = owners.setdefault(id(weight), call)
            if owner is not call:
                found = f"layers {show(_name(owner.layer))} and {show(_name(call.layer))} share weights"
                problems.setdefault(call.key, Problem((), found, hint=_SHARED_HINT))
    return list(problems.values())


# Classes of Keras that are no type of a node, or have another name as a type.
_KNOWN_OTHERWISE = ("GroupedQueryAttention", "InputLayer")
_SHARED_HINT = "use a separate layer in each place"
