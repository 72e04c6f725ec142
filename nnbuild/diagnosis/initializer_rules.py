"""Findings about initializers: the variance of signals through several layers, and equal units."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import exp, log, prod
from typing import Any

from nnbuild.catalog.facts import activation_facts, layer_facts, object_facts
from nnbuild.diagnosis.layout import KERNELS, OTHER, Layout, has_weights, object_values
from nnbuild.diagnosis.rules import Evidence
from nnbuild.errors import show
from nnbuild.language.composites import SHORTCUT
from nnbuild.language.graph import activations_after
from nnbuild.records import Node, frozen_mapping
from nnbuild.report.units import counted, number

AUTO = "auto"
MAX_CHANGE = 100.0  # of the variance of signals through a chain of layers, relative to suitable initializers
MAX_EXPONENT = 700.0  # of a finite float
CONSTANT = "constant"  # rule of initializers of equal weights


def unsuitable_initializers(layout: Layout) -> Iterator[Evidence]:
    """Yield chains of layers whose initializers do not suit their activations.

    Notes
    -----
    The variance of the weights times the number of inputs of a unit is compared with that of the initializer that suits
    the activation: 2 for rectifiers [1]_, 1 for selu and, between layers of equal width, for tanh and sigmoid [2]_. The
    product of the ratios is the change of the variance of signals by the chain. Normalization layers and merges, such
    as those of residual blocks, end a chain.

    References
    ----------
    .. [1] He et al., "Delving deep into rectifiers", arXiv:1502.01852.
    .. [2] Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
    """
    after = activations_after(list(layout.nodes.values()))
    last: dict[str, str] = {}  # last linear layer of the chain that reaches the output of each layer; "" for none
    before: dict[str, str] = {}  # linear layer before each linear layer of a chain
    ratios: dict[str, float | None] = {}
    for node in layout.nodes.values():
        last[node.name] = last.get(node.inputs[0], "") if len(node.inputs) == 1 else ""
        if layer_facts(node.type).linear:
            before[node.name], last[node.name] = last[node.name], node.name
            activation = layout.activation(node) or after[node.name] or "linear"
            n_inputs = layout.n_features(node.inputs[0])
            ratios[node.name] = None if activation == OTHER else _ratio(node, activation, n_inputs)
        elif not _passes_variance(node):
            last[node.name] = ""
    inner = {name for node in layout.nodes.values() if last[node.name] for name in node.inputs}
    for end in dict.fromkeys(linear for name, linear in last.items() if linear and name not in inner):
        names = [end]
        while before[names[-1]]:
            names.append(before[names[-1]])
        chain = [(layout.nodes[name], ratios[name]) for name in reversed(names)]
        change = sum(log(ratio) for _, ratio in chain if ratio)
        if abs(change) >= log(MAX_CHANGE):
            yield _chain_evidence(layout, after, chain, exp(max(-MAX_EXPONENT, min(change, MAX_EXPONENT))))


def _passes_variance(node: Node) -> bool:
    """Whether a layer keeps the variance of signals about the same."""
    facts = layer_facts(node.type)
    return (
        len(node.inputs) == 1 and facts.family in ("activation", "noise", "pooling", "shape") and not facts.normalizes
    )


def _chain_evidence(
    layout: Layout, after: Mapping[str, str], chain: Sequence[tuple[Node, float | None]], change: float
) -> Evidence:
    first = next(node for node, ratio in chain if ratio not in (None, 1))
    initializer = first.arguments["kernel_initializer"]
    wrong = [
        node
        for node, ratio in chain
        if ratio not in (None, 1) or (ratio is None and node.arguments.get("kernel_initializer") == initializer)
    ]
    activation = layout.activation(first) or after[first.name] or "linear"
    given = object_values("initializers", initializer)[0]
    names = f"{layout.label(wrong[0])} to {wrong[-1].name!r}" if len(wrong) > 1 else layout.label(first)
    names = f"{names} ({counted(len(wrong), 'layer')})"
    suited = activation_facts(activation).initializer
    text = (
        f"the initializers of {names} multiply the variance of signals by {number(change)}, compared with"
        f" suitable initializers: {given} before {activation}, which {suited} suits"
    )
    edits: dict = {}
    for node in wrong:
        edits |= layout.edit(node, "kernel_initializer", AUTO)
    return Evidence(text, wrong[0].path, frozen_mapping(edits))


def _ratio(node: Node, activation: str, n_inputs: int | None) -> float | None:
    """Return the variance of the weights of a layer relative to that of a suitable initializer; None if unknown."""
    given = node.arguments.get("kernel_initializer")
    if given is None or layer_facts(node.type).scales_weights:
        return 1.0
    size = prod(_sizes(node.arguments.get("kernel_size", 1), node.type))
    units = next((node.arguments[key] for key in ("units", "filters") if key in node.arguments), None)
    fan_in = None if n_inputs is None else n_inputs * size
    fan_out = units * size if isinstance(units, int) else None
    own = _variance(given, fan_in, fan_out)
    suitable = _variance(activation_facts(activation).initializer, fan_in, fan_out)
    return own / suitable if own and suitable else None


def _sizes(value: Any, kind: str) -> list[int]:
    n_axes = (layer_facts(kind).ndim or 2) - 2
    return list(value) if isinstance(value, list | tuple) else [value] * max(n_axes, 1)


def _variance(initializer: Any, fan_in: int | None, fan_out: int | None) -> float | None:
    """Return the variance of weights times `fan_in`; None if it is unknown."""
    rule = VARIANCES.get(_rule_of(initializer))
    return None if rule is None else rule(object_values("initializers", initializer)[1], fan_in, fan_out)


def _rule_of(initializer: Any) -> str:
    return object_facts("initializers", object_values("initializers", initializer)[0]).variance


def _fan_in(scale: float) -> Callable[[Mapping, int | None, int | None], float | None]:
    return lambda values, fan_in, fan_out: scale


def _glorot(values: Mapping, fan_in: int | None, fan_out: int | None) -> float | None:
    return 2 * fan_in / (fan_in + fan_out) if fan_in and fan_out else 1.0


def _scaling(values: Mapping, fan_in: int | None, fan_out: int | None) -> float | None:
    scale, mode = values["scale"], values["mode"]
    if mode == "fan_in":
        return scale
    ratio = _glorot(values, fan_in, fan_out)
    return scale * (ratio if mode == "fan_avg" else fan_in / fan_out if fan_in and fan_out else 1.0)


def _normal(truncated: float) -> Callable[[Mapping, int | None, int | None], float | None]:
    return lambda values, fan_in, fan_out: None if fan_in is None else truncated * fan_in * values["stddev"] ** 2


def _uniform(values: Mapping, fan_in: int | None, fan_out: int | None) -> float | None:
    return None if fan_in is None else fan_in * (values["maxval"] - values["minval"]) ** 2 / 12


def constant_weights(layout: Layout) -> Iterator[Evidence]:
    """Yield layers of several units with equal initial weights.

    Layers without further weights after them may start so: the targets make their units different. So may the last
    layer of a branch that is added to another one.
    """
    for node in layout.nodes.values():
        if (found := _constant(node)) and (all_constant(layout) or not _may_be_constant(layout, node)):
            argument, value = found
            yield Evidence(
                f"{layout.label(node)} has {argument} {show(value)}: all its units are equal",
                (*node.path, argument),
                frozen_mapping(layout.edit(node, argument, AUTO if argument == "kernel_initializer" else "uniform")),
            )


def constant_severity(layout: Layout) -> str:
    """Return "error" if all weights of the network are constant, so that units stay equal, else "warning"."""
    return "error" if all_constant(layout) else "warning"


def all_constant(layout: Layout) -> bool:
    """Whether all layers with several units have constant weights, the output layers included."""
    weighted = [node for node in layout.nodes.values() if has_weights(node)]
    return not any(end.is_added for end in layout.ends) and len(weighted) > 1 and all(map(_constant, weighted))


def _constant(node: Node) -> tuple[str, Any] | None:
    """Return the argument and value of a constant initializer of a layer's weights, or None."""
    for key in KERNELS:
        value = node.arguments.get(key)
        if value is not None and _rule_of(value) == CONSTANT:
            return key, value
    return None


def _may_be_constant(layout: Layout, node: Node) -> bool:
    if layout.n_features(node.name) == 1 or not node.arguments.get("trainable", True):
        return True
    takers = [layout.nodes[name].type for name in layout.consumers.get(node.name, ())]
    is_added = {layer_facts(name).merges for name in takers if name != SHORTCUT} == {"add"}
    return is_added or not layout.is_hidden(node)


VARIANCES: dict[str, Callable[[Mapping, int | None, int | None], float | None]] = {
    "glorot": _glorot,
    "he": _fan_in(2.0),
    "lecun": _fan_in(1.0),
    "normal": _normal(1.0),
    "scaling": _scaling,
    "truncated_normal": _normal(0.774),  # variance of a standard normal distribution that is cut at two deviations
    "uniform": _uniform,
}
