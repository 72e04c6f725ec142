"""Outputs of single steps equal those of the whole sequence, for each kind of state."""

import numpy as np
import pytest

from few import few_of
from nnbuild import build, resolve
from nnbuild.generate.stepper import Stepper
from nnbuild.train.common.model_cache import Weights

N_TOKENS, LENGTH = 11, 20
EMBEDDING = {"type": "Embedding", "input_dim": N_TOKENS, "output_dim": 8}
ATTENTION = {"type": "MultiHeadAttention", "num_heads": 2, "key_dim": 4, "use_causal_mask": True}
GROUPED = {"type": "GroupQueryAttention", "num_query_heads": 4, "num_key_value_heads": 2, "head_dim": 3,
           "use_causal_mask": True}  # fmt: skip
PLACES = {"type": "PositionEmbedding"}
OF_SEQUENCES = {"return_sequences": True}


def residual(*layers):
    return {"type": "Residual", "layers": [{"type": "LayerNormalization"}, *layers]}


NETWORKS = {
    "transformer": [
        EMBEDDING,
        {**PLACES, "sequence_length": LENGTH},
        residual(ATTENTION, {"type": "Dropout", "rate": 0.5}),
        residual({"type": "Dense", "units": 16, "activation": "gelu"}, {"type": "Dense", "units": 8}),
    ],
    "dropout in attention": [EMBEDDING, residual({**ATTENTION, "dropout": 0.1})],
    "window of five": [EMBEDDING, PLACES, residual({**ATTENTION, "sliding_window": 5})],
    "grouped queries": [EMBEDDING, PLACES, residual(GROUPED), {"type": "RMSNormalization"}],
    "grouped queries with a window": [EMBEDDING, PLACES, residual({**GROUPED, "sliding_window": 3})],
    "masked": [
        {**EMBEDDING, "mask_zero": True},
        PLACES,
        residual(ATTENTION),
        {"type": "LSTM", "units": 5, **OF_SEQUENCES},
    ],
    "lstm": [EMBEDDING, {"type": "LSTM", "units": 7, **OF_SEQUENCES}, {"type": "LSTM", "units": 6, **OF_SEQUENCES}],
    "gru": [EMBEDDING, {"type": "GRU", "units": 7, **OF_SEQUENCES}, {"type": "Dense", "units": 6}],
    "simple": [EMBEDDING, {"type": "SimpleRNN", "units": 7, **OF_SEQUENCES}],
    "cells": [
        EMBEDDING,
        {"type": "RNN", "cell": [{"type": "GRUCell", "units": 5}, {"type": "LSTMCell", "units": 4}], **OF_SEQUENCES},
    ],
    "convolutions": [
        EMBEDDING,
        {"type": "Conv1D", "filters": 6, "kernel_size": 3, "padding": "causal", "activation": "relu"},
        {"type": "Conv1D", "filters": 6, "kernel_size": 2, "padding": "causal", "dilation_rate": 4},
        {"type": "Conv1D", "filters": 4, "kernel_size": 1},
    ],
    "one layer twice": [
        {"type": "ReversibleEmbedding", "input_dim": N_TOKENS, "output_dim": 8, "name": "tokens"},
        {**ATTENTION, "name": "attention"},
        {"type": "Shared", "node": "attention", "use_causal_mask": True},
        {"type": "LSTM", "units": 8, **OF_SEQUENCES, "name": "lstm"},
        {"type": "Shared", "node": "lstm"},
        {"type": "Shared", "node": "tokens", "reverse": True},
    ],
    "branches": [
        EMBEDDING,
        {
            "type": "Parallel",
            "merge": "Concatenate",
            "branches": {"a": [ATTENTION], "b": [{"type": "GRU", "units": 3, **OF_SEQUENCES}]},
        },
        {"type": "BatchNormalization"},
        {"type": "TimeDistributed", "layer": {"type": "Dense", "units": 4}},
    ],
}


def resolved_of(layers, length=None, **keys):
    recipe = {"nnbuild": 1, "layers": layers, **keys}
    if keys.get("outputs") != "last":
        recipe["layers"] = [*layers, {"type": "Dense", "units": N_TOKENS}]
    recipe |= {"outputs": "last", "training": {"loss": "sparse_categorical_crossentropy"}}
    given = {} if "inputs" in keys else {"input_shape": (length,), "dtype": "int32"}
    return resolve(recipe, **given)


def network(layers, length=None, **keys):
    resolved = resolved_of(layers, length, **keys)
    model = build(resolved, seed=1)
    for variable in model.trainable_variables:  # biases of 0 would hide omitted ones
        variable.assign(variable + np.random.default_rng(0).normal(0, 0.1, variable.shape))
    return resolved, model


@pytest.fixture(scope="module")
def tokens():
    return np.random.default_rng(0).integers(0, N_TOKENS, (3, LENGTH)).astype("int32")


FEW = "transformer", "grouped queries with a window", "masked", "gru", "convolutions", "one layer twice"


@pytest.mark.parametrize("name", few_of(NETWORKS, *FEW))
def test_steps_equal_the_whole_sequence(name, tokens):
    resolved, model = network(NETWORKS[name])
    stepper, weights = Stepper(resolved, LENGTH), Weights.of(model)
    assert stepper.recompute_reason == ""
    state, found = stepper.start(weights, n_rows=3), []
    for start, stop in ((0, 9), (9, 10), (10, 11), (11, 20)):  # pieces of eight and of one
        outputs, state = stepper.read(weights, state, tokens[:, start:stop])
        found.append(outputs)
    assert state.n_read == LENGTH
    whole = np.array(model(tokens))
    counted = tokens > 0 if name == "masked" else np.ones_like(tokens, bool)  # outputs of padding are arbitrary
    np.testing.assert_allclose(np.concatenate(found, axis=1)[counted], whole[counted], rtol=0, atol=1e-5)


TO_TRANSLATE = {
    "attention": [
        {**EMBEDDING, "mask_zero": True, "inputs": ["source"]},
        {"type": "MultiHeadAttention", "num_heads": 2, "key_dim": 4, "name": "encoder"},
        {**EMBEDDING, "inputs": ["target"]},
        {**ATTENTION, "name": "so_far"},
        {"type": "MultiHeadAttention", "num_heads": 2, "key_dim": 4, "inputs": ["so_far", "encoder"]},
    ],
    "groups": [
        {**EMBEDDING, "inputs": ["source"], "name": "encoder"},
        {**EMBEDDING, "inputs": ["target"], "name": "so_far"},
        {**GROUPED, "use_causal_mask": False, "inputs": ["so_far", "encoder"]},
    ],
    "states": [
        {**EMBEDDING, "inputs": ["source"]},
        {"type": "GRU", "units": 7, "name": "encoder"},
        {**EMBEDDING, "inputs": ["target"], "name": "so_far"},
        {"type": "GRU", "units": 7, **OF_SEQUENCES, "inputs": ["so_far", "encoder"]},
    ],
    "looked up": [
        {**EMBEDDING, "mask_zero": True, "inputs": ["source"]},
        {"type": "GRU", "units": 7, **OF_SEQUENCES, "name": "encoder"},
        {**EMBEDDING, "inputs": ["target"]},
        {"type": "GRU", "units": 7, **OF_SEQUENCES, "name": "so_far"},
        {"type": "Attention", "inputs": ["so_far", "encoder"], "name": "found"},
        {"type": "Concatenate", "inputs": ["so_far", "found"]},
    ],
}


@pytest.mark.parametrize("name", TO_TRANSLATE)
def test_fixed_inputs_are_read_once(name, tokens):
    inputs = {"source": {"shape": [None], "dtype": "int32"}, "target": {"shape": [None], "dtype": "int32"}}
    resolved, model = network(TO_TRANSLATE[name], length=None, inputs=inputs)
    sources = np.array([[3, 1, 4, 0], [5, 9, 0, 0], [2, 6, 5, 3]], "int32")
    stepper, weights = Stepper(resolved, LENGTH, moving="target"), Weights.of(model)
    assert stepper.recompute_reason == ""
    state = stepper.start(weights, {"source": sources})
    first, state = stepper.read(weights, state, tokens[:, :9])
    rows = np.array([2, 0, 0, 1])  # as a beam search continues some rows and drops others
    second, _ = stepper.read(weights, state.select(rows), tokens[rows, 9:])
    whole = np.array(model({"source": sources, "target": tokens}))
    np.testing.assert_allclose(first, whole[:, :9], rtol=0, atol=1e-5)
    np.testing.assert_allclose(second, whole[rows, 9:], rtol=0, atol=1e-5)


def test_a_layer_without_steps_recomputes_the_sequence(tokens):
    layers = [{**EMBEDDING, "name": "x"}, {"type": "Attention", "use_causal_mask": True, "inputs": ["x", "x"]}]
    resolved, model = network(layers)
    stepper, weights = Stepper(resolved, LENGTH), Weights.of(model)
    assert stepper.recompute_reason == "Attention over a sequence that is read in steps"
    state, found = stepper.start(weights, n_rows=3), []
    for place in range(LENGTH):
        outputs, state = stepper.read(weights, state, tokens[:, place : place + 1])
        found.append(outputs)
    np.testing.assert_allclose(np.concatenate(found, axis=1), np.array(model(tokens)), rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    "layers, reason",
    [
        (
            [{"type": "Bidirectional", "layer": {"type": "GRU", "units": 3, **OF_SEQUENCES}}],
            "layers of type Bidirectional",
        ),
        ([{**ATTENTION, "use_causal_mask": False}], "MultiHeadAttention without use_causal_mask"),
        ([{**ATTENTION, "use_gate": True}], "MultiHeadAttention with a gate"),
        ([{"type": "LSTM", "units": 3, **OF_SEQUENCES, "go_backwards": True}], "LSTM with go_backwards=True"),
        ([{"type": "Conv1D", "filters": 3, "kernel_size": 2, "padding": "same"}], "Conv1D without padding='causal'"),
        ([{"type": "LayerNormalization", "axis": [1, 2]}], "LayerNormalization over the axis [1, 2]"),
    ],
)
def test_the_reason_of_recomputation(layers, reason):
    assert Stepper(resolved_of([EMBEDDING, *layers], length=LENGTH), LENGTH).recompute_reason == reason


def test_learned_positions_limit_the_capacity():
    layers = [EMBEDDING, {**PLACES, "sequence_length": 6}]
    assert Stepper(resolved_of(layers, length=6), capacity=100).capacity == 6
