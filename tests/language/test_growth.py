"""Recipes made to grow: bounded steps, time and memory."""

import json
import subprocess
import sys
import time
import tracemalloc

import pytest

from cases import DENSE, dense, net, parallel, repeat
from nnbuild.errors import RecipeError
from nnbuild.recipe import Recipe

MAX_SECONDS = 20  # on a busy machine; what grows without bound takes minutes
MAX_BYTES = 500 * 2**20


def read(make, *given):
    """Return a recipe, or None if it has problems; any other exception is a failure."""
    try:
        return make(*given)
    except RecipeError:
        return None


WORD_LIST = [f"w{i}" for i in range(20_000)]
LOOKUP = {"type": "StringLookup", "vocabulary": WORD_LIST}


MANY = {f"p{i}": 1 for i in range(20_000)}


def deep(n, inner, make):
    return inner if n == 0 else make(deep(n - 1, inner, make))


def stacked(cell):
    return {"type": "StackedRNNCells", "cells": [cell, cell]}


GROWING = {
    "list_in_iterations": net(repeat(LOOKUP, times=9000)),
    "bad_list_in_iterations": net(repeat({**LOOKUP, "vocabulary": [*WORD_LIST, 5]}, times=9000)),
    "params_in_repeated_lists": net(repeat({**LOOKUP, "vocabulary": ["$x"] * 5000}, times=9000), params={"x": "a"}),
    "over_many_names": net(repeat(dense("$u0"), over={f"u{i}": "$w" for i in range(900)}), params={"w": [1] * 9000}),
    "many_params_in_iterations": net(repeat(dense("$p0"), times=9000), params=MANY),
    "unknown_inputs_in_iterations": net(
        *[dense(name=f"n{i}") for i in range(5000)], repeat(dense(inputs=["n"]), times=4000)
    ),
    "named_nodes": net(*[dense(name=f"n{i}") for i in range(9999)]),
    "a_ring_of_nodes": net(*[dense(name=f"n{i}", inputs=[f"n{(i + 1) % 9000}"]) for i in range(9000)]),
    "inputs_in_iterations": net(repeat({"type": "Add", "inputs": ["input"] * 5000}, times=5000)),
    "nested_wrappers": net(deep(29, DENSE, lambda node: {"type": "TimeDistributed", "layer": node})),
    "long_chain_of_blocks": net(
        {"type": "b0"},
        blocks={**{f"b{i}": {"layers": [{"type": f"b{i + 1}"}]} for i in range(9000)}, "b9000": {"layers": [DENSE]}},
    ),
    "very_long_type": net(repeat({"type": "T" * 10**6}, times=9000)),
    "long_addresses": net(
        deep(27, [dense(name=f"n{i}") for i in range(9000)], lambda nodes: [repeat(*nodes, times=1, name="r" * 90)])[0],
        search={"x": [1], "y": [1]},
    ),
    "long_search": net(DENSE, search={f"training__epoch{i}": [1] for i in range(20_000)}),
    # The iterations hold no nodes.
    "empty_bodies": net(deep(4, repeat(times=4900), lambda node: repeat(node, times=4900))),
    "empty_blocks_that_double": net(
        {"type": "b0"},
        blocks={**{f"b{i}": {"layers": [{"type": f"b{i + 1}"}] * 2} for i in range(60)}, "b60": {"layers": []}},
    ),
    # The same problems in every iteration.
    "many_unknown_arguments": net(dense(**{f"k{i}": 0 for i in range(200_000)})),
    "unknown_activations": net(repeat(dense(activation="$a"), over={"a": [f"{'x' * 100}{i}" for i in range(4900)]})),
    # What is good, and long.
    "long_text_in_iterations": net(
        repeat({"type": "EinsumDense", "equation": "a" * 2_000_000, "output_shape": 3}, times=4900)
    ),
    "layers_of_two_families": net(
        {"name": "a", **deep(30, {"type": "ReLU"}, lambda value: {"type": "ReLU", "max_value": value})},
        search={"layers__a__x": [1]},
    ),
    "cells_that_double": net(
        repeat({"type": "RNN", "cell": deep(12, {"type": "LSTMCell", "units": "$n"}, stacked)}, times=4900),
        params={"n": 1},
    ),
    "branches_of_repeats": net(
        deep(6, DENSE, lambda node: parallel(a=[repeat(node, times=100)], b=[repeat(node, times=100)]))
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("document", GROWING.values(), ids=GROWING)
def test_time_and_memory_are_bounded(document):
    started = time.process_time()
    recipe = read(Recipe.from_dict, document)
    if recipe is not None:
        assert len(recipe.network.nodes) <= 10_000
    assert time.process_time() - started < MAX_SECONDS
    tracemalloc.start()
    try:
        read(Recipe.from_dict, document)
        assert tracemalloc.get_traced_memory()[1] < MAX_BYTES
    finally:
        tracemalloc.stop()


# Steps for each character of the text, for each value that the limits allow, and for the problems with their hints.
STEPS_OF_A_CHARACTER, STEPS_OF_A_VALUE, STEPS_OF_PROBLEMS = 10, 50, 5_000_000


def smaller(value):
    """A document of the table above with its numbers and long lists a tenth, and its longest texts a hundredth."""
    if isinstance(value, dict):
        return {key[:10_000]: smaller(item) for key, item in list(value.items())[: max(60, len(value) // 10)]}
    if isinstance(value, list):
        return [smaller(item) for item in value[: max(60, len(value) // 10)]]
    if isinstance(value, int) and 1000 <= value < 10_000:
        return value // 10
    return value[:20_000] if isinstance(value, str) else value


@pytest.mark.parametrize("document", GROWING.values(), ids=GROWING)
def test_steps_are_bounded_by_the_text_and_the_limits(document, monkeypatch):
    """Steps <= 10 * characters + 50 * MAX_VALUES + 5,000,000, counted as calls of functions: no clock."""
    max_values = 20_000
    monkeypatch.setattr("nnbuild.language.checker.MAX_VALUES", max_values)
    monkeypatch.setattr("nnbuild.language.expand.MAX_NODES", 1_000)
    text = json.dumps(smaller(document))
    most = STEPS_OF_A_CHARACTER * len(text) + STEPS_OF_A_VALUE * max_values + STEPS_OF_PROBLEMS
    assert steps_of(lambda: read(Recipe.from_json, text), most) <= most


def steps_of(function, most):
    """How many functions are called, of Python and of C; beyond `most` the call is given up."""
    steps = 0

    def count(frame, event, argument):
        nonlocal steps
        steps += event in ("call", "c_call")
        if steps > most:
            raise TooManySteps

    sys.setprofile(count)
    try:
        function()
    except TooManySteps:
        pass
    finally:
        sys.setprofile(None)
    return steps


class TooManySteps(BaseException):
    """A function goes on for longer than it may."""


def test_steps_are_counted():
    assert steps_of(lambda: [len("") for _ in range(50)], 1000) >= 50
    assert steps_of(lambda: [len("") for _ in range(10**7)], 1000) == 1001


SHARED = """
import sys
from nnbuild import Recipe
from nnbuild.errors import RecipeError
from nnbuild.layers import Dense

value, mapping, node = [1], {"a": 1}, {"type": "Dense", "units": 1}
for _ in range(40):
    value, mapping, node = [value, value], {"a": mapping, "b": mapping}, {"type": "Residual", "layers": [node, node]}
itself = []
itself += [itself, itself]
long = "x" * 10**8
for make in (
    lambda: Recipe([Dense(value)]),
    lambda: Recipe([Dense(mapping)]),
    lambda: Recipe([node]),
    lambda: Recipe([Dense("$a")], params={"a": value}),
    lambda: Recipe([Dense("$a")], params={"a": 1}, search={"a": value}),
    lambda: Recipe([Dense("$a")], params={"a": 1}).with_values(a=value),
    lambda: Recipe.from_dict({"layers": value}),
    lambda: Recipe([Dense(1)], description=long),
    lambda: Recipe([{"type": "Dense", "units": 1, long: 1}]),
    lambda: Recipe.from_json('"' + long + '"'),
    lambda: Recipe([itself]),
):
    try:
        make()
    except RecipeError as error:
        print(str(error).splitlines()[0])
"""


def test_a_shared_part_counts_at_each_place():
    done = subprocess.run([sys.executable, "-c", SHARED], capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "the recipe is too long",
        "the recipe is too long",
        "the recipe is too long",
        "the recipe is too long",
        "the recipe is too long",
        "params.a: the recipe is too long",
        "the recipe is too long",
        "the recipe is too long",
        "the recipe is too long",
        "the text is too long",
        "layers[0][0][0][0][0][0][0]: is nested deeper than 64",
    ]
