"""Convert a Keras model to a recipe, by its configuration; Keras is not imported here."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping

from nnbuild.catalog.conventions import PLAIN_PRECISION
from nnbuild.catalog.facts import layer_facts
from nnbuild.convert.keras_config import Described, arguments_of, policy_name
from nnbuild.convert.keras_graph import OPEN_INPUT, Call, Graph, read_graph
from nnbuild.convert.keras_training import training_of
from nnbuild.errors import Problem, RecipeError, show
from nnbuild.language.expressions import NAME
from nnbuild.language.outputs import DEFAULT_OUTPUT
from nnbuild.language.sections import VERSION
from nnbuild.language.values import UnwritableError

PRECISIONS = ("float32", "float64", "mixed_bfloat16", "mixed_float16")


def document_of(model: object) -> dict:
    """Return the recipe of a Sequential or functional Keras model, as plain values.

    Parameters
    ----------
    model : keras.Model
        Nested models are flattened. The model is not changed.

    Returns
    -------
    dict
        A node for each layer, with its name; characters that are invalid in a recipe's names become underscores.
        Only arguments that differ from Keras' defaults are included. For a compiled model, the optimizer, losses and
        metrics are included. Weights, names of layers in wrappers, and a fixed batch size are not.

    Raises
    ------
    RecipeError
        If a recipe can't express a part of the model: a layer called twice, code, operations on tensors, arguments
        of calls, a subclassed model. Each problem names the layer and a fix.

    Warns
    -----
    UserWarning
        If a loss, a metric or the optimizer is not from Keras; it is omitted.
    """
    graph = read_graph(model)
    precision = _precision(graph.calls)
    input_names = _unique([(name, "input") for name in graph.inputs], {DEFAULT_OUTPUT})
    names = input_names | _unique([(call.key, _type_name(call)) for call in graph.calls], set(input_names.values()))
    nodes = _nodes(_in_reading_order(graph.calls), list(graph.inputs) or [OPEN_INPUT], names, precision)
    training, by_output, left_out = training_of(model, [name for name, _ in graph.outputs])
    if left_out:
        warnings.warn(f"a recipe can't contain {', '.join(left_out)}; this is omitted", UserWarning, stacklevel=3)
    training |= {"precision": precision} if precision != PLAIN_PRECISION else {}
    document = {
        "nnbuild": VERSION,
        "name": str(getattr(model, "name", "")),
        "inputs": _inputs(graph, input_names),
        "layers": nodes,
        "outputs": _outputs(graph, names, by_output),
        "training": training,
    }
    return {key: value for key, value in document.items() if value or key == "layers"}


def _precision(calls: Iterable[Call]) -> str:
    """Return the most common dtype policy of the layers, among those that a recipe can set for all."""
    policies = (call.serialized["config"].get("dtype") for call in calls if not layer_facts(_type_name(call)).own_dtype)
    names = (policy["config"].get("name") if isinstance(policy, Mapping) else policy for policy in policies)
    counts = Counter(name for name in names if name in PRECISIONS)
    return counts.most_common(1)[0][0] if counts else PLAIN_PRECISION


def _type_name(call: Call) -> str:
    return Described.of_serialized(call.serialized).type_name


def _unique(keys: Iterable[tuple[str, str]], used: set[str]) -> dict[str, str]:
    """Return a unique valid name for each key: its last part, or more of its parts if that name is taken."""
    used = set(used)
    names = {}
    for key, kind in keys:
        parts = key.split("/")
        candidates = [_valid_name("_".join(parts[start:]), kind) for start in range(len(parts) - 1, -1, -1)]
        numbered = (f"{candidates[-1]}_{number}" for number in range(2, len(used) + 3))
        names[key] = next(name for name in [*candidates, *numbered] if name not in used)
        used.add(names[key])
    return names


def _valid_name(name: str, kind: str) -> str:
    """Return `name` as a valid name of a recipe.

    Examples
    --------
    >>> _valid_name("residual_1.add", "Add"), _valid_name("1x1__conv", "Conv2D"), _valid_name("Conv1", "Conv2D")
    ('residual_1_add', 'layer_1x1_conv', 'Conv1')
    """
    if NAME.match(name):
        return name
    plain = re.sub(r"_{2,}", "_", re.sub(r"[^A-Za-z0-9]", "_", name)).strip("_") or kind.lower()
    return plain if plain[0].isalpha() else f"layer_{plain}"


def _in_reading_order(calls: list[Call]) -> list[Call]:
    """Sort the calls in an order of computation in which most follow directly one of their inputs."""
    known = {call.key for call in calls}
    missing = [set(call.inputs) & known for call in calls]
    consumers: dict[str, list[int]] = {}
    for index, keys in enumerate(missing):
        for key in keys:
            consumers.setdefault(key, []).append(index)
    ready = {index for index, keys in enumerate(missing) if not keys}
    result: list[Call] = []
    while ready:
        following = ready.intersection(consumers.get(result[-1].key, ())) if result else set()
        chosen = min(following or ready)
        ready.discard(chosen)
        result.append(calls[chosen])
        for index in consumers.get(calls[chosen].key, ()):
            missing[index].discard(calls[chosen].key)
            ready |= set() if missing[index] else {index}
    return result


def _nodes(calls: list[Call], inputs: list[str], names: Mapping[str, str], precision: str) -> list[dict]:
    nodes, problems = [], []
    before = inputs[0] if len(inputs) == 1 else None
    for call in calls:
        try:
            node = _node(call, names[call.key], precision)
        except UnwritableError as error:
            problems.append(Problem((), f"layer {show(call.key.split('/')[-1])}: {error.found}", hint=error.hint))
            continue
        if call.inputs != (before,):
            node["inputs"] = [names[key] for key in call.inputs]
        nodes.append(node)
        before = call.key
    if problems:
        raise RecipeError(problems)
    return nodes


def _node(call: Call, name: str, precision: str) -> dict:
    described = Described.of_serialized(call.serialized, call.layer)
    described = _without_derived(described, call.ranks)
    return {"type": described.type_name, "name": name, **arguments_of(described, precision), **call.arguments}


def _without_derived(described: Described, ranks: tuple[int, ...]) -> Described:
    """Return a layer's configuration without the values that `build` derived from the input shape."""
    config = dict(described.config)
    if ranks and list(config.get("attention_axes") or ()) == list(range(1, ranks[0] - 1)):
        config.pop("attention_axes", None)
    return Described(described.type_name, described.module, config, described.source)


def _inputs(graph: Graph, names: Mapping[str, str]) -> dict[str, dict]:
    problems = [problem for name, config in graph.inputs.items() for problem in _input_problems(name, config, graph)]
    if problems:
        raise RecipeError(problems)
    return {
        names[name]: {"shape": list(config["batch_shape"][1:]), "dtype": policy_name(config["dtype"])}
        for name, config in graph.inputs.items()
    }


def _input_problems(name: str, config: Mapping, graph: Graph) -> Iterable[Problem]:
    for word in ("sparse", "ragged", "optional"):
        if config.get(word):
            yield Problem((), f"input {show(name)} is {word}", hint="a recipe's inputs are dense and required")
    used = {key for call in graph.calls for key in call.inputs} | {key for _, key in graph.outputs}
    if name not in used:
        yield Problem((), f"input {show(name)} is not used by any layer", hint="remove it from the model")


def _outputs(graph: Graph, names: Mapping[str, str], by_output: Mapping[str, Mapping]) -> str | dict[str, dict]:
    if len(graph.outputs) == 1 and not graph.named:
        return "last"
    titles = _unique([(name, "output") for name, _ in graph.outputs], set())
    return {titles[name]: {"node": names[key], **by_output.get(name, {})} for name, key in graph.outputs}
