"""Whole messages of shapes and states that a network can't merge."""

import pytest

import nnbuild
from messages import node, problem, problem_of

# --- Merging

MERGES = [
    ("Add", {}, [(8,), (4,)], "add (8,) and (4,): axes must agree or be 1"),
    ("Concatenate", {}, [(8, 4), (3,)], "join (8, 4) and (3,): they have different numbers of axes"),
    ("Concatenate", {}, [(8, 4), (7, 4)], "join (8, 4) and (7, 4): all axes but the last must agree"),
    ("Concatenate", {"axis": 1}, [(8, 4), (8, 5)], "join (8, 4) and (8, 5): all axes but axis 1 must agree"),
    ("Concatenate", {"axis": 3}, [(8, 4), (8, 4)], "join (8, 4) and (8, 4): there is no axis 3 to join them on"),
    ("Concatenate", {"axis": 0}, [(8,), (8,)], "join (8,) and (8,): there is no axis 0 to join them on"),
    ("Dot", {"axes": 1}, [(8,), (4,)], "multiply (8,) and (4,): the summed axes have 8 and 4 elements"),
    ("Dot", {"axes": [1, 2]}, [(8, 4), (8, 4)], "multiply (8, 4) and (8, 4): the summed axes have 8 and 4 elements"),
    ("Dot", {"axes": 2}, [(8,), (8,)], "multiply (8,) and (8,): (8,) has no axis 2"),
]


@pytest.mark.parametrize("type_name, arguments, shapes, why", MERGES)
def test_shapes_that_do_not_merge(type_name, arguments, shapes, why):
    inputs = " and ".join(f"{name} {shape}" for name, shape in zip("abc", shapes, strict=False))
    expected = f"layers[0]: 'here' can't {why}\n  shapes: {inputs}"
    assert problem_of(type_name, {"name": "here", **arguments}, *shapes) == expected


def test_shapes_that_merge_because_an_axis_is_one():
    inputs = {"a": {"shape": [8, 4]}, "b": {"shape": [4]}, "c": {"shape": [1, 4]}}
    described = {"nnbuild": 1, "inputs": inputs, "layers": [node("Add", inputs=["a", "b", "c"])], "outputs": "last"}
    assert nnbuild.describe(described).output_shape == (None, 8, 4)


def test_branches_that_do_not_merge():
    branches = {"a": [node("Dense", units=3)], "b": [node("Dense", units=4)]}
    assert problem([node("Parallel", branches=branches, merge="Add")], (8,)) == (
        "layers[0].merge: 'parallel_1.merge' can't add (3,) and (4,): axes must agree or be 1\n"
        "  shapes: input (8,) -> parallel_1.a.dense_1 (3,) and input (8,) -> parallel_1.b.dense_1 (4,)"
    )


STATES = [
    ("GRU", {"units": 3}, [(6, 4), (5,)], "starts from 1 state, (3,), got (5,)"),
    ("LSTM", {"units": 3}, [(6, 4), (3,)], "starts from 2 states, (3,) and (3,), got (3,)"),
    ("Bidirectional", {"layer": {"type": "GRU", "units": 3}}, [(6, 4), (3,)],
     "starts from 2 states, (3,) and (3,), got (3,)"),
]  # fmt: skip


@pytest.mark.parametrize("type_name, arguments, shapes, why", STATES)
def test_states_of_another_size(type_name, arguments, shapes, why):
    inputs = " and ".join(f"{name} {shape}" for name, shape in zip("ab", shapes, strict=True))
    expected = f"layers[0]: {type_name} 'here' {why}\n  shapes: {inputs}"
    assert problem_of(type_name, {"name": "here", **arguments}, *shapes) == expected


# --- Residuals

RESIDUALS = [
    (node("Conv2D", filters=4, kernel_size=3), (8, 8, 1), "conv2d_1", (6, 6, 4)),
    (node("UpSampling2D"), (8, 8, 1), "up_sampling2d_1", (16, 16, 1)),
    (node("Flatten"), (8, 8, 1), "flatten_1", (64,)),
]


@pytest.mark.parametrize("inner, shape, name, result", RESIDUALS)
def test_a_residual_without_a_fitting_projection(inner, shape, name, result):
    hint = "set the 'shortcut' of the Residual"
    hint = hint if inner["type"] == "Flatten" else f"padding='same' keeps the shape; or {hint}"
    assert problem([node("Residual", layers=[inner]), node("Flatten")], shape) == (
        f"layers[0]: Residual can't add its input {shape} to the result {result} of its layers\n"
        f"  shapes: input {shape} -> residual_1.{name} {result}\n"
        f"  hint: {hint}"
    )


def test_a_shortcut_of_another_shape():
    layers = [node("Residual", layers=[node("Dense", units=4)], shortcut=[node("Dense", units=5)])]
    assert problem(layers, (8,)) == (
        "layers[0]: 'residual_1.add' can't add (4,) and (5,): axes must agree or be 1\n"
        "  shapes: input (8,) -> residual_1.dense_1 (4,) and input (8,) -> residual_1.shortcut.dense_1 (5,)"
    )
