"""Messages of recipes whose layers don't suit the shape of the data."""

import pytest

import nnbuild

# Texts that Python, Keras and TensorFlow add to an error message.
SURROUNDINGS = ("\x1b", "Traceback", "Exception", "Arguments received", "function_node")


def node(type_name, **arguments):
    return {"type": type_name, **arguments}


def problem(layers, shape, **parts):
    """The message of a recipe whose layers don't suit the shape of the data."""
    given = {"n_outputs": 3, **{key: parts.pop(key) for key in ("n_outputs", "task", "dtype") if key in parts}}
    with pytest.raises(nnbuild.RecipeError) as caught:
        nnbuild.describe({"nnbuild": 1, "layers": layers, **parts}, shape, **given)
    message = str(caught.value)
    assert not any(word in message for word in SURROUNDINGS)
    return message


def problem_of(type_name, arguments, *shapes, **given):
    """The message of a layer that gets tensors of these shapes; several inputs are called a, b, c."""
    if len(shapes) == 1:
        return problem([node(type_name, **arguments)], shapes[0], **given)
    names = "abc"[: len(shapes)]
    inputs = {name: {"shape": list(shape)} for name, shape in zip(names, shapes, strict=True)}
    return problem([node(type_name, inputs=list(names), **arguments)], None, inputs=inputs, **given)
