"""Append the output layer of a task, or check the network's own output layer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from nnbuild import catalog
from nnbuild.catalog.conventions import PLAIN_PRECISION
from nnbuild.catalog.facts import activation_facts, layer_facts, loss_facts
from nnbuild.catalog.json_form import type_of
from nnbuild.errors import Problem, RecipeError
from nnbuild.language.auto_arguments import has_head, with_head
from nnbuild.language.outputs import UNCERTAINTY, outputs_after
from nnbuild.plan.assemble import Assembler
from nnbuild.plan.ranks import GLOBAL_POOLS
from nnbuild.plan.requests import Request
from nnbuild.plan.shapes import shape_text
from nnbuild.records import Node, Shape, frozen_mapping
from nnbuild.tasks.losses import head_of
from nnbuild.tasks.rows import TASKS, Task


def append_outputs(assembler: Assembler, request: Request, outputs: Mapping[str, Mapping]) -> None:
    """Append the output layers of the task, or record a problem if the network's last node does not suit one."""
    for name, one in request.by_output().items():
        if one.appends_output:
            _append(assembler, one, name, outputs[name]["loss"])


def _append(assembler: Assembler, request: Request, name: str, loss: str | Mapping | None) -> None:
    assert request.task is not None  # a request without a task has its own output
    network, task = request.recipe.network, TASKS[request.task]
    last = assembler.alias(network.last)
    path = network.nodes[-1].path if network.nodes else ("layers",)
    problem = _base_problem(path, assembler.shapes()[last], task, last, request.positions)
    if problem:
        assembler.problems.append(replace(problem, shapes=assembler.trace((last,))))
        return
    arguments = catalog.with_defaults("layers", "Dense", **_arguments(request, loss))
    assembler.add(Node(name, "Dense", (last,), frozen_mapping(arguments)))


def with_own_heads(nodes: Sequence[Node], request: Request, outputs: Mapping[str, Mapping]) -> Sequence[Node]:
    """Replace `units` and `activation` "auto" by those that the task requires; raise a `RecipeError` without a task."""
    first = has_head(nodes)
    if first is None:
        return nodes
    network, found = request.recipe.network, list(nodes)
    takers = outputs_after(nodes, network.outputs, network.last)
    for name, one in request.by_output().items():
        own = [name in takers[node.name] or not isinstance(network.outputs, Mapping) for node in nodes]
        heads = [node for node, is_own in zip(found, own, strict=True) if is_own]
        if (first := has_head(heads)) is None:
            continue
        if one.task is None or not one.widths:
            problem = "units and activation 'auto' are those of the output layer of a task, which is not known here"
            raise RecipeError([Problem(first.path, problem, hint="pass n_outputs (--outputs), or set values")])
        changed = iter(with_head(heads, _arguments(one, outputs[name]["loss"])))
        found = [next(changed) if is_own else node for node, is_own in zip(found, own, strict=True)]
    return found


def _arguments(request: Request, loss: str | Mapping | None) -> dict[str, object]:
    """Return the arguments of the output layer for the task that differ from the defaults of Dense."""
    task = TASKS[str(request.task)]
    activation = head_of(loss).activation if task.head_by_loss else task.activation
    return {"units": request.n_units, "activation": activation, **plain_dtype(request)}


def plain_dtype(request: Request) -> dict[str, str]:
    """Return the argument `dtype` of output layers: half precision is too low for probabilities and losses."""
    return {"dtype": PLAIN_PRECISION} if request.precision.startswith("mixed") else {}


def add_log_variances(
    assembler: Assembler, request: Request, outputs: Mapping[str, dict], training: Mapping
) -> dict[str, dict]:
    """Return the outputs with a `LogVariance` layer after each, if the losses are weighted by their uncertainty."""
    if request.recipe.network.training.get("loss_weighting") != UNCERTAINTY or assembler.problems:
        return dict(outputs)
    decays = training["optimizer"].get("weight_decay") is not None
    factors = {"weight_decay_factor": {"log_variance": 0}} if decays else {}
    found = {}
    for name, output in outputs.items():
        arguments = catalog.with_defaults("layers", LOG_VARIANCE, **plain_dtype(request))
        node = f"{name}.{catalog.snake_case(LOG_VARIANCE)}"
        assembler.add(
            Node(node, LOG_VARIANCE, (output["node"],), frozen_mapping(arguments), factors=frozen_mapping(factors))
        )
        found[name] = {**output, "node": node}
    return found


def check_ends(request: Request, outputs: Mapping, assembler: Assembler) -> None:
    """Raise a `RecipeError` if an output layer of the network does not suit its task."""
    for name, one in request.by_output().items():
        if one.appends_output or one.task is None or not one.widths:
            continue
        end = assembler.alias(outputs[name]["node"])
        last = next((node for node in assembler.nodes if node.name == end), None)
        if last is not None and last.type == LOG_VARIANCE:
            (end,) = last.inputs
            last = next((node for node in assembler.nodes if node.name == end), None)
        problem = _end_problem(one, assembler.shapes()[end], last, outputs[name]["loss"])
        if problem:
            raise RecipeError([replace(problem, shapes=assembler.trace((end,)))])


def early_layers(nodes: Sequence[Node], ends: Collection[str]) -> list[Problem]:
    """Return a problem for each layer that must be the last one of an output, but is not.

    Parameters
    ----------
    nodes : sequence of Node
    ends : collection of str
        Names of the nodes whose outputs are those of the network.
    """
    ends = {*ends, *(name for node in nodes if node.type == LOG_VARIANCE for name in node.inputs)}
    return [
        Problem(
            node.path, f"{kind}{_inside(node, kind)} must be the last layer of an output: {_OF_INPUTS}", hint=_OWN_HEAD
        )
        for node in nodes
        for kind in sorted(node.types)
        if layer_facts(kind).only_last and (kind != node.type or node.name not in ends)
    ]


def _inside(node: Node, kind: str) -> str:
    return f" {node.name!r}" if node.type == kind else f" in {node.type} {node.name!r}"


def _end_problem(request: Request, shape: Shape, last: Node | None, loss: str | Mapping | None) -> Problem | None:
    """Return a problem if the network's own output does not suit the task."""
    assert request.task is not None
    task, path = TASKS[request.task], last.path if last else ()
    if task.ends_in == "places" and (problem := _places_problem(path, shape, request.positions)):
        return problem
    if task.head_by_loss and last and (problem := _listed_problem(loss, last) or _head_problem(loss, last)):
        return problem
    if task.ends_in == "features" and len(shape) > 2:
        found = f"the output shape is {shape_text(shape)}, but the output of a {task.name} task has one axis"
        return Problem(path, found, hint=_FLATTENED)
    wider = task.allows_more_units and (shape[-1] or 0) > request.widths[0]
    if len(shape) > 1 and (wider or shape[-1] in (None, *request.widths)):
        return None
    wanted = " or ".join(map(str, request.widths))
    noun = "value" if wanted == "1" else "values"
    found = f"the output shape is {shape_text(shape)}, but a {task.name} task requires {wanted} {noun} in the last axis"
    return Problem(path, found, hint="set 'outputs' to 'auto' for an output layer that suits the task")


def _base_problem(
    path: tuple, shape: Shape, task: Task, name: str, positions: tuple[int, ...] | None
) -> Problem | None:
    """Return a problem if the output layer of a task can't follow a tensor of this shape."""
    problem = _BASES[task.ends_in](path, shape, task, positions)
    if problem is None and shape[-1] is None:
        found = f"the network ends with {name!r}, which has an unknown number of features"
        return Problem(path, found, hint="set a fixed shape of the input, or add a last layer with a fixed output size")
    return problem


def _places_problem(path: tuple, shape: Shape, positions: tuple[int, ...] | None) -> Problem | None:
    """Return a problem if an output of this shape does not have one class per position of y."""
    there = shape[1:-1]
    if positions is None and len(there) < 2:
        found = f"the output shape is {shape_text(shape)}, but a segmentation requires (height, width, channels)"
        return Problem(path, found, hint=_KEEPS)
    fits = positions is None or (
        len(there) == len(positions)
        and all(length in (None, wanted) for length, wanted in zip(there, positions, strict=True))
    )
    if fits:
        return None
    found = f"the output shape is {shape_text(shape)}, but y has one class per position of {positions}"
    one_more = positions is not None and positions[:-1] == tuple(there)
    return Problem(path, found, hint=_ONE_LABEL if one_more else _KEEPS)


def _steps_problem(path: tuple, shape: Shape, task: Task) -> Problem | None:
    if len(shape) == 3:
        return None
    found = (
        f"the output shape is {shape_text(shape)}, but the output layer of a {task.name} task takes (steps, features)"
    )
    hint = "add a last layer that returns every step, such as one with return_sequences"
    return Problem(path, found, hint=hint)


def _features_problem(path: tuple, shape: Shape, task: Task) -> Problem | None:
    if len(shape) == 2:
        return None
    ends = ["Flatten"] if None not in shape[1:] else []  # unknown lengths flatten to an unknown length
    end = " or ".join(ends + ([GLOBAL_POOLS[len(shape)]] if len(shape) in GLOBAL_POOLS else [])) or _FLAT
    found = f"the output shape is {shape_text(shape)}, but the output layer of a {task.name} task takes (features,)"
    hint = f"add {end}, or set outputs to 'last' if the last node is the output"
    return Problem(path, found, hint=hint)


def _listed_problem(loss: str | Mapping | None, node: Node) -> Problem | None:
    """Return a problem if a list, such as quantiles, differs between the loss and the last activation."""
    suits, activation = head_of(loss).activation, node.arguments.get("activation")
    own = {"type": node.type, **node.arguments} if activation is None else activation
    if not isinstance(suits, Mapping) or not isinstance(own, Mapping) or type_of(own) != suits["type"]:
        return None
    assert loss is not None
    kind = catalog.own_name("losses", type_of(loss))
    argument, _ = loss_facts(kind).per_target or ("", 0)
    there, wanted = list(own[argument]), list(suits[argument])
    if there == wanted:
        return None
    found = f"{argument} of {suits['type']} in {node.type} {node.name!r} are {there}, and those of loss {kind} {wanted}"
    hint = "use the same list for both, or set 'outputs' to 'auto' for an output layer that suits the loss"
    return Problem(node.path, found, hint=hint)


def _head_problem(loss: str | Mapping | None, node: Node) -> Problem | None:
    """Return a problem if the network's own last layer returns negative values, of which a loss takes the logarithm."""
    if loss is None or node.type not in ("Dense", "Activation") or not head_of(loss).takes_logarithm:
        return None
    activation = node.arguments.get("activation") or "linear"
    if not activation_facts(catalog.activation(activation) or "").negative:
        return None
    name = catalog.own_name("losses", type_of(loss))
    found = f"loss {name} takes logarithms of predictions, and {node.type} {node.name!r} ({activation}) returns "
    hint = "set 'outputs' to 'auto' for an output layer that suits the loss"
    return Problem(node.path, f"{found}negative values", "exponential, softplus, relu, sigmoid", hint)


# Checks of the shape before the output layer; keys are values of `Task.ends_in`.
_BASES: dict[str, Callable[[tuple, Shape, Task, tuple[int, ...] | None], Problem | None]] = {
    "features": lambda path, shape, task, positions: _features_problem(path, shape, task),
    "steps": lambda path, shape, task, positions: _steps_problem(path, shape, task),
    "places": lambda path, shape, task, positions: _places_problem(path, shape, positions),
}
LOG_VARIANCE = "LogVariance"  # layer that passes on its input, also the predictions of members
_OF_INPUTS = "the loss of a training depends on its inputs"
_OWN_HEAD = "set 'outputs' to 'last', and units and activation of the layer before it to 'auto'"
_FLATTENED = "add Flatten or a global pooling before the last layer, or MemberAverage after layers with members"
_FLAT = "a layer with a flat output"
_ONE_LABEL = "use one label per position: y[..., 0] if the last axis has length 1, y.argmax(axis=-1) for one-hot labels"
_KEEPS = "use padding='same', remove Flatten and global pooling, and upsample as much as strides downsample"
