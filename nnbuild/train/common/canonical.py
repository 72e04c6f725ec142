"""Functions of TensorFlow whose names and contents depend on what they compute only.

TensorFlow numbers all functions of a process. The numbers are in the names of a function and of the functions that it
calls, and in the keys under which compiled programs are stored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import tensorflow as tf


def canonical_definitions(concrete: tf.types.experimental.ConcreteFunction) -> list[Any]:
    """Return the definitions of a function and of all functions that it calls, with canonical names.

    Parameters
    ----------
    concrete : tf.types.experimental.ConcreteFunction
        It can't be differentiated from outside afterwards.

    Returns
    -------
    list of FunctionDef
        The function itself comes first. Its name contains a digest of all definitions; the others have its name and a
        number.
    """
    library = {function.signature.name: function for function in concrete.graph.as_graph_def().library.function}
    found = _with_called(concrete.function_def, library)
    _rename(found, {function.signature.name: str(number) for number, function in enumerate(found)})
    digest = hashlib.blake2b(digest_size=16)
    for function in found:
        digest.update(function.SerializeToString(deterministic=True))
    name = PREFIX + digest.hexdigest()
    _rename(found, {str(number): f"{name}_{number}" if number else name for number in range(len(found))})
    return found


def _with_called(main: Any, library: Mapping[str, Any]) -> list[Any]:
    """Return copies of a function and of the functions that it calls, in the order of the calls."""
    found = [_plain_copy(main)]
    names = {main.signature.name}
    for function in found:  # grows in the loop
        for name in list(_called(function)):
            if name in library and name not in names:
                names.add(name)
                found.append(_plain_copy(library[name]))
    return found


def _plain_copy(function: Any) -> Any:
    """Return a copy with numbered arguments and outputs, and without names of other functions as text.

    Names of operations stay, because TensorFlow's optimizations of graphs, and thus the last bits, depend on them.
    """
    copy = type(function)()
    copy.CopyFrom(function)
    for attributes in (copy.attr, *(node.attr for node in copy.node_def), *(x.attr for x in copy.arg_attr.values())):
        for name in TEXT_ATTRIBUTES & set(attributes):
            del attributes[name]
    names = {node.name: node.name for node in copy.node_def}
    for place, argument in enumerate(copy.signature.input_arg):
        names[argument.name] = argument.name = f"argument_{place}"
    for node in copy.node_def:
        node.ClearField("experimental_debug_info")
        node.input[:] = [_renamed(value, names) for value in node.input]
    _number_outputs(copy, names)
    return copy


def _number_outputs(function: Any, names: Mapping[str, str]) -> None:
    """Number the outputs of a function, and the operations that it always runs."""
    signature = function.signature
    returned = {f"y{place}": function.ret[output.name] for place, output in enumerate(signature.output_arg)}
    controls = {f"c{place}": function.control_ret[name] for place, name in enumerate(signature.control_output)}
    for output, name in zip(signature.output_arg, returned, strict=True):
        output.name = name
    signature.control_output[:] = controls
    function.ret.clear()
    function.ret.update({name: _renamed(value, names) for name, value in returned.items()})
    function.control_ret.clear()
    function.control_ret.update({name: names[value] for name, value in controls.items()})


def _renamed(value: str, names: Mapping[str, str]) -> str:
    """Return a reference to a value or an operation, such as ``add:z:0`` or ``^add``, with the new name."""
    mark = "^" if value.startswith("^") else ""
    name, colon, output = value.removeprefix("^").partition(":")
    return f"{mark}{names[name]}{colon}{output}"


def _called(function: Any) -> Iterator[str]:
    """Yield the names of possible functions in a definition, in a fixed order."""
    for node in function.node_def:
        yield node.op
        yield from (reference.name for reference in _references(node.attr))


def _rename(functions: Iterable[Any], names: Mapping[str, str]) -> None:
    """Rename functions, and the references to them."""
    for function in functions:
        function.signature.name = names[function.signature.name]
        for node in function.node_def:
            node.op = names.get(node.op, node.op)
            for reference in _references(node.attr):
                reference.name = names.get(reference.name, reference.name)


def _references(attributes: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the references to functions in the attributes of a node."""
    for _, value in sorted(attributes.items()):
        for reference in (*([value.func] if value.HasField("func") else []), *value.list.func):
            yield reference
            yield from _references(reference.attr)


PREFIX = "nnbuild_"
# Attributes with names: of gradients, which are not computed again, of operations on the same device, of arguments.
TEXT_ATTRIBUTES = {
    "_gradient_op_type", "forward_function_name", "backward_function_name", "_class", "_user_specified_name",
}  # fmt: skip
