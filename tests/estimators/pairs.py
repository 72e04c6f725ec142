"""Pairs of texts and a small recipe, shared by tests."""

import numpy as np

from nnbuild import NNTranslator

TEXT = {"kind": "text", "split": "character"}
INPUTS = {"source": TEXT, "target": TEXT}
X = ["one", "two", "three", "four"] * 8
Y = ["1", "22", "333", ""] * 8


def embedding(of, **more):
    return {"type": "Embedding", "input_dim": "auto", "output_dim": 12, "mask_zero": True, "inputs": [of], **more}


def recurrent(cell="GRU", between=(), **keys):
    """Return a recipe: the state of a recurrent layer is the initial state of another, after layers `between`."""
    states = ["read"] * (2 if cell == "LSTM" else 1)
    seen = between[-1]["name"] if between else "so_far"
    return {
        "nnbuild": 1,
        "inputs": INPUTS,
        "layers": [
            embedding("source"),
            {"type": cell, "units": 24, "name": "read"},
            embedding("target", name="so_far"),
            *between,
            {"type": cell, "units": 24, "return_sequences": True, "inputs": [seen, *states]},
        ],
        "training": {"epochs": 1, "batch_size": 16, "learning_rate": 0.01},
        **keys,
    }


def translator(recipe=None, **params):
    return NNTranslator(recipe or recurrent(), **{"random_state": 0, **params})


def reversed_words(n, seed=0):
    """Words of one to four letters, and the reversed words."""
    rng = np.random.default_rng(seed)
    words = ["".join(rng.choice(list("abcd"), rng.integers(1, 5))) for _ in range(n)]
    return words, [word[::-1] for word in words]
