"""Write a recipe as a module of plain Keras code."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from nnbuild.catalog.conventions import OWN_MODULES, PLAIN_PRECISION
from nnbuild.catalog.facts import layer_facts
from nnbuild.catalog.facts.losses import LOSSES
from nnbuild.convert.code_layout import WIDTH, Expression, Group, Item, flat, lines, literal, sequence, shortened
from nnbuild.convert.code_names import variables
from nnbuild.convert.code_objects import Open, call_items, layer_code
from nnbuild.convert.code_training import compile_code
from nnbuild.errors import RecipeError
from nnbuild.language.analysis import Network
from nnbuild.language.auto_arguments import OF_TASK, has_head, with_columns, with_head
from nnbuild.language.composites import SHORTCUT
from nnbuild.language.outputs import DEFAULT_OUTPUT, appended_outputs, outputs_after
from nnbuild.language.shared import SHARED, layer_name
from nnbuild.language.vocabulary_inputs import AUTO, as_numbers, vocabulary_limits, with_vocabulary_sizes
from nnbuild.records import Node, frozen_mapping
from nnbuild.tasks.losses import Head, head_of


def code_of(network: Network, name: str = "", description: str = "") -> str:
    """Return the text of a module that builds the network of a recipe with Keras, and nnbuild's layers if needed.

    Parameters
    ----------
    network : Network
        Of a recipe, with params substituted.
    name, description : str, optional
        Of the recipe, for the docstring.

    Returns
    -------
    str
        The parameters of ``build_model`` are the settings that the recipe leaves open: `input_shape`, `input_dtype`,
        `n_outputs`, `output_activation`. ``compile_model`` exists if the recipe has training settings. An input of
        text takes token ids, as Keras' TextVectorization returns them.

    Raises
    ------
    RecipeError
        If a layer has the vocabulary size "auto", and its input has no `max_tokens`.
    """
    network = _with_known_arguments(network)
    functions = [_build_model(network, name), compile_code(network)]
    if any(node.type == SHORTCUT for node in network.nodes):
        functions.append(_shortcut_function(_precision(network)))
    body = "\n\n\n".join("\n".join(function) for function in functions if function)
    head = ["\n".join(_docstring(name, description)), "\n".join(_imports(body))]
    return "\n\n".join(head) + "\n\n\n" + body + "\n"


def _imports(body: str) -> list[str]:
    """Return the imports of the code."""
    own = [name for name in _OWN if f"{name}." in body]
    return ["import keras", *([f"from nnbuild import {', '.join(own)}"] if own else [])]


def _with_known_arguments(network: Network) -> Network:
    """Return a network without inputs of text and without arguments "auto", but those that the caller sets.

    Inputs of text become token ids, with `max_tokens` as vocabulary size, and layers take all columns of a table.
    """
    nodes, problems = with_vocabulary_sizes(network.nodes, vocabulary_limits(network.inputs))
    if problems:
        raise RecipeError(problems)
    inputs = {name: as_numbers(spec) for name, spec in network.inputs.items()}
    nodes = _with_heads(with_columns(nodes, {}), network)
    return replace(network, inputs=frozen_mapping(inputs), nodes=tuple(nodes))


def _with_heads(nodes: Sequence[Node], network: Network) -> list[Node]:
    """Return nodes whose arguments "auto" are those of one output, where there are several."""
    if not _has_several_outputs(network):
        return with_head(nodes, _output_arguments(network))
    takers = outputs_after(nodes, network.outputs, network.last)
    found = []
    for node in nodes:
        if has_head([node]):
            (output,) = takers[node.name]
            (node,) = with_head([node], _output_arguments(network, output))
            opened = {key: Open(output) for key in OF_TASK if node.arguments.get(key) == AUTO}
            node = replace(node, arguments=frozen_mapping({**node.arguments, **opened}))
        found.append(node)
    return found


def _docstring(name: str, description: str) -> list[str]:
    title = ": ".join(part for part in (name, description) if part)
    text = shortened(_plain(title)) or "A neural network"
    text = text if text[-1] in ".!?" else f"{text}."
    wrapped = textwrap.wrap(f'"""{text}', WIDTH - 3)
    return [*wrapped[:-1], f'{wrapped[-1]}"""']


def _plain(text: str) -> str:
    """Return `text` on one line, safe in a docstring: without backslashes, double quotes and control characters."""
    text = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(text.replace("\\", "/").replace('"', "'").split())


def _build_model(network: Network, name: str) -> list[str]:
    parameters = _parameters(network)
    ends = _output_nodes(network)
    nodes = [*network.nodes, *_appended_nodes(network)]
    names = variables(network.inputs, nodes, list(ends.values()), [*_PARAMETERS, "keras", *_OWN, _HELPER])
    model = Group(
        "keras.Model(",
        (
            Item("", _one_or_dict({key: names[key] for key in network.inputs})),
            Item("", _one_or_dict({key: names[node] for key, node in ends.items()})),
            Item("name=", literal(re.sub(r"\W+", "_", name) or "network")),
        ),
        ")",
    )
    return [
        f"def build_model({', '.join(parameters)}):",
        *_build_docstring(parameters, network),
        *(line for key in network.inputs for line in _input(key, names[key], network)),
        *_factors("Keras has no factors of rates; the recipe sets for all layers: ", network.factors),
        *_layers(nodes, names, _precision(network), _has_several_outputs(network)),
        *lines("return ", model, indent=4),
    ]


def _parameters(network: Network) -> list[str]:
    """Return the parameters of ``build_model``, with defaults."""
    needed = {
        "input_shape": any("shape" not in value for value in network.inputs.values()),
        "n_outputs": _is_open(network, "units"),
        "output_activation": _is_open(network, "activation"),
        "input_dtype": any(_needs_dtype(name, network) for name in network.inputs),
    }
    return [f"{name}{_DEFAULTS.get(name, '')}" for name in _PARAMETERS if needed[name]]


def _is_open(network: Network, argument: str) -> bool:
    """Return whether the caller of ``build_model`` sets an argument of the output layer."""
    of_task = any(argument not in node.arguments for node in _appended_nodes(network))
    return of_task or any(node.arguments.get(argument) == AUTO for node in network.nodes)


def _needs_dtype(name: str, network: Network) -> bool:
    """Return whether an input without dtype feeds a layer that may take other dtypes than floats."""
    consumers = [layer_facts(node.type) for node in network.nodes if name in node.inputs]
    return "dtype" not in network.inputs[name] and any(facts.own_dtype or facts.looks_up for facts in consumers)


def _appended_nodes(network: Network) -> list[Node]:
    """Return the output layers for the task; the parameters of ``build_model`` are their arguments."""
    return [
        Node(name, _OUTPUT, (network.last,), frozen_mapping(_output_arguments(network, name)))
        for name in appended_outputs(network.outputs)
    ]


def _output_arguments(network: Network, output: str = DEFAULT_OUTPUT) -> dict[str, object]:
    """Return the arguments of an output layer that precision and loss determine."""
    # Half precision is too coarse for probabilities and losses.
    dtype = {"dtype": PLAIN_PRECISION} if _precision(network).startswith("mixed") else {}
    head = _head(network, output)
    return {**({"activation": head.activation} if head.listed else {}), **dtype}


def _head(network: Network, output: str = DEFAULT_OUTPUT) -> Head:
    """Return the head that suits the loss of an output in the recipe."""
    own = network.outputs.get(output, {}) if isinstance(network.outputs, Mapping) else {}
    return head_of(own.get("loss", network.training.get("loss")))


def _has_several_outputs(network: Network) -> bool:
    return isinstance(network.outputs, Mapping) and len(network.outputs) > 1


def _precision(network: Network) -> str:
    return str(network.training.get("precision", PLAIN_PRECISION))


def _output_nodes(network: Network) -> dict[str, str]:
    """Return the node that computes each output."""
    if isinstance(network.outputs, Mapping):
        return {name: output.get("node", name) for name, output in network.outputs.items()}
    return {DEFAULT_OUTPUT: DEFAULT_OUTPUT if network.outputs == "auto" else network.last}


def _one_or_dict(values: Mapping[str, str]) -> Expression:
    """Return the only variable, or a dict of all."""
    if len(values) == 1:
        return next(iter(values.values()))
    return Group("{", tuple(Item(f"{flat(literal(name))}: ", value) for name, value in values.items()), "}")


def _build_docstring(parameters: Iterable[str], network: Network) -> list[str]:
    n_inputs, n_values, is_by_output = len(network.inputs), _head(network).n_values, _has_several_outputs(network)
    several = {"n_outputs": [f"n_outputs: {n_values} for each target"]} if n_values > 1 and not is_by_output else {}
    described = [{**_PARAMETERS, **several}[parameter.partition("=")[0]] for parameter in parameters]
    if not described:
        return ['    """The network, with its first weights."""']
    text = ["The network, with its first weights.", "", *(line for part in described for line in part)]
    text = [line.replace(*_SEVERAL) if n_inputs > 1 else line for line in text]
    if is_by_output:
        text = [re.sub(r"^(n_outputs|output_activation): ", r"\1: by the name of the output: ", line) for line in text]
    return [f'    """{text[0]}', *(f"    {line}".rstrip() for line in text[1:]), '    """']


def _input(name: str, variable: str, network: Network) -> list[str]:
    spec = network.inputs[name]
    part = "" if len(network.inputs) == 1 else f"[{flat(literal(name))}]"
    shape = literal(spec["shape"], as_tuple=True) if "shape" in spec else f"input_shape{part}"
    items = [Item("", shape), Item("name=", literal(name))]
    if _needs_dtype(name, network):
        items.insert(1, Item("dtype=", f"input_dtype{part}"))
    elif spec.get("dtype", PLAIN_PRECISION) != PLAIN_PRECISION:
        items.insert(1, Item("dtype=", literal(spec["dtype"])))
    return lines(f"{variable} = ", Group("keras.Input(", tuple(items), ")"), indent=4)


def _layers(nodes: list[Node], names: Mapping[str, str], precision: str, is_by_output: bool) -> list[str]:
    """Return the lines that call each layer, with empty lines around composites."""
    result: list[str] = []
    shared = _shared_layers(nodes, names)
    scopes = [node.name.rpartition(".")[0].partition(".")[0] for node in nodes]
    for node, scope, before in zip(nodes, scopes, ["", *scopes], strict=False):
        if scope != before:
            result.append("")
        result += _factors("", node.factors)
        made = _call(node, names, precision, shared, is_by_output)
        if node.name in shared:
            result += lines(f"{shared[node.name][0]} = ", replace(made, call=None), indent=4)
            assert made.call is not None
            made = replace(made.call, opening=f"{shared[node.name][0]}(")
        result += lines(f"{names[node.name]} = ", made, indent=4)
    return result


def _factors(prefix: str, factors: Mapping) -> list[str]:
    """Return comment lines with factors, which Keras does not have."""
    settings = ", ".join(f"{key}={flat(literal(value))}" for key, value in factors.items())
    lead = "    # "
    return (
        textwrap.wrap(shortened(prefix + settings), WIDTH, initial_indent=lead, subsequent_indent=lead)
        if factors
        else []
    )


def _shared_layers(nodes: list[Node], names: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return the variable and the class of each layer that is called more than once, by its name."""
    types = {node.name: node.type for node in nodes}
    shared = dict.fromkeys(layer_name(node) for node in nodes if node.type == SHARED)
    used = {*names.values()}
    variables = {name: f"{re.sub(r'[^A-Za-z0-9]+', '_', name)}_layer" for name in shared}
    return {name: (variable + "_" * (variable in used), types[name]) for name, variable in variables.items()}


def _call(
    node: Node, names: Mapping[str, str], precision: str, shared: Mapping[str, tuple[str, str]], is_by_output: bool
) -> Group:
    """Return the expression that constructs a layer and calls it."""
    tensors: list[Expression] = [names[name] for name in node.inputs]
    if node.type == SHORTCUT:
        return Group(f"{_HELPER}(", (*(Item("", tensor) for tensor in tensors), Item("", literal(node.name))), ")")
    if node.type == _OUTPUT:
        part = f"[{flat(literal(node.name))}]" if is_by_output else ""
        activation = () if "activation" in node.arguments else (Item("activation=", f"output_activation{part}"),)
        chosen = (Item("", f"n_outputs{part}"), *activation)
        made = layer_code("Dense", {"units": 1, **node.arguments}, node.name, precision)
        return replace(made, items=(*chosen, *made.items[1:]), call=_call_brackets("Dense", tensors))
    if node.type == SHARED:
        variable, kind = shared[layer_name(node)]
        applied = _call_brackets(kind, tensors)
        return replace(applied, opening=f"{variable}(", items=(*applied.items, *call_items(kind, node.arguments)))
    made = layer_code(node.type, node.arguments, node.name, precision)
    applied = _call_brackets(node.type, tensors)
    extra = call_items(node.type, node.arguments)
    return replace(made, call=replace(applied, items=(*applied.items, *extra)))


def _call_brackets(type_name: str, tensors: list[Expression]) -> Group:
    """Return the brackets of a layer's call, with its input tensors."""
    facts = layer_facts(type_name)
    if facts.inputs_as == "arguments":
        tensors = tensors * 2 if len(tensors) == 1 else tensors
        return Group("(", tuple(Item("", tensor) for tensor in tensors), ")")
    if len(tensors) > 1 and facts.takes_states:
        return Group("(", (Item("", tensors[0]), Item("initial_state=", sequence(tensors[1:]))), ")")
    if len(tensors) > 1 or facts.inputs_as == "list":
        return Group("(", (Item("", sequence(tensors)),), ")")
    return Group("(", (Item("", tensors[0]),), ")")


def _shortcut_function(precision: str) -> list[str]:
    """Return the lines of a helper that adds the projection of a Residual, if shapes differ."""
    dtype = () if precision == PLAIN_PRECISION else (Item("dtype=", literal(precision)),)

    def made(what: str, name: str, *arguments: Item) -> list[str]:
        items = (Item("", "end.shape[-1]"), *arguments, Item("use_bias=", "False"), *dtype, Item("name=", f'f"{name}"'))
        return lines("layer = ", Group(f"{what}(", items, ")"), indent=8)

    return [
        f"def {_HELPER}(start, end, name):",
        '    """The input `start` of a residual block, projected where its result `end` has another shape."""',
        "    if start.shape == end.shape:",
        "        return start",
        "    n_axes = len(start.shape) - 2",
        "    if n_axes == 0:",
        *made("keras.layers.Dense", "{name}.dense_1"),
        "    else:",
        "        convolutions = [keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D]",
        "        axes = zip(start.shape[1:-1], end.shape[1:-1])",
        "        strides = [-(-before // after) if before and after else 1 for before, after in axes]",
        *made("convolutions[n_axes - 1]", "{name}.conv{n_axes}d_1", Item("", "1"), Item("strides=", "strides")),
        "    projected = layer(start)",
        "    if projected.shape != end.shape:",
        '        raise ValueError(f"{name} can\'t bring {start.shape} to {end.shape}")',
        "    return projected",
    ]


_HELPER = "shortcut"
_OWN = sorted({module.removeprefix("nnbuild.") for module in OWN_MODULES.values()})
_OUTPUT = "Output"  # placeholder for the layer with n_outputs and output_activation
_EXPONENTIAL = [name for name, facts in LOSSES.items() if facts.head and facts.head[0] == "exponential"]
_NUMBERS = f'"linear" for numbers; "exponential" for the losses {", ".join(_EXPONENTIAL)}'
# Parameters of build_model in order, with their lines in its docstring.
_PARAMETERS = {
    "input_shape": ["input_shape: shape of one sample, as (64,) or (28, 28, 1)"],
    "n_outputs": ["n_outputs: number of classes, labels or targets; 1 for two classes"],
    "output_activation": [
        'output_activation: "softmax" for classes, "sigmoid" for two classes or labels,',
        *textwrap.wrap(_NUMBERS, WIDTH - 4, initial_indent="    ", subsequent_indent="    "),
    ],
    "input_dtype": ["input_dtype: type of the data, as int32 or string"],
}
_DEFAULTS = {"input_dtype": '="float32"'}
_SEVERAL = (": shape of one sample, as (64,) or (28, 28, 1)", ": shape of one sample of each input, by its name")
