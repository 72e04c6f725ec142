"""A small fitted model of each estimator, shared by tests and never changed."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from estimators import pairs
from estimators.samples import classes, classifier, features
from nnbuild import NNLanguageModel, NNMaskedLanguageModel, NNMultiOutput, NNRecommender, NNRegressor
from plain import PLAIN

HIDDEN = "repeat_1.1.dense_1"
LAST = "repeat_1.1.dropout_1"
ONE_EPOCH = {"epochs": 1, "random_state": 0}
IMAGES = np.random.default_rng(0).normal(size=(20, 6, 5, 1)).astype("float32")
CONVOLUTIONAL = {
    "layers": [
        {"type": "Conv2D", "filters": 2, "kernel_size": 3, "activation": "relu"},
        {"type": "GlobalAveragePooling2D"},
    ]
}
TEXTS = ["the cat sat on the mat", "the dog lay on the rug", "a cat"] * 6
CHARACTERS = {
    "inputs": {"text": {"kind": "text", "split": "character", "output_sequence_length": 8}},
    "layers": [
        {"type": "Embedding", "input_dim": "auto", "output_dim": 4},
        {"type": "GRU", "units": 5, "return_sequences": True},
    ],
}
PAIRS = pd.DataFrame({"user": ["ann", "ann", "bob", "bob", "eve"], "item": ["tea", "milk", "tea", "gin", "milk"]})


@dataclass(frozen=True)
class Case:
    """An estimator.

    Attributes
    ----------
    make : callable
        Returns the fitted estimator.
    X : object
        Samples to predict.
    results : dict of str to callable
        Results of the methods, of the estimator and X.
    arrays : callable
        Takes the estimator and X, and returns the inputs of `model_`.
    last : str
        Layer before the output layer.
    layers : tuple of str
        Some of the other layers.
    invalid : tuple
        Arguments with which `fit` fails.
    """

    make: Callable[[], Any]
    X: Any
    results: dict[str, Callable[[Any, Any], Any]]
    arrays: Callable[[Any, Any], Any]
    last: str
    layers: tuple[str, ...]
    invalid: tuple


def targets():
    """Two columns for `features()`: a class, and a number that one sample lacks."""
    X = features()
    size = np.where(np.arange(len(X)) == 1, np.nan, X[:, 0])
    return pd.DataFrame({"size": size, "kind": np.where(X[:, 1] > 0, "a", "b")})


def last_tokens(model, texts):
    """Token ids of the last characters of each text, with the start token first if there is room."""
    preparation = model.preparation_
    rows = [[preparation.start, *preparation.all_token_ids(text)][-8:] for text in texts]
    return np.array([row + [0] * (8 - len(row)) for row in rows])


def both_texts(model, texts):
    found = {"source": np.array(texts, object), "target": model.predict(texts)}
    return {name: model.preparation_[name].transformed(found[name]) for name in found}


def encoded_pairs(model, X):
    preparation = model.preparation_
    return preparation.inputs(*preparation.encoded(X["user"].to_numpy(object), X["item"].to_numpy(object)))


def predict(model, X):
    return model.predict(X)


def predict_proba(model, X):
    return model.predict_proba(X)


CASES = {
    "NNClassifier": Case(
        lambda: classifier(dropout=0.5).fit(*classes()),
        features(20),
        {"predict": predict, "predict_proba": predict_proba},
        lambda model, X: X,
        LAST,
        (HIDDEN, "output"),
        (features(), np.linspace(0, 1, 60)),
    ),
    "NNRegressor": Case(
        lambda: NNRegressor(CONVOLUTIONAL, **ONE_EPOCH).fit(IMAGES, IMAGES.mean(axis=(1, 2, 3))),
        IMAGES,
        {"predict": predict},
        lambda model, X: X,
        "global_average_pooling2d_1",
        ("input", "conv2d_1"),
        (IMAGES, np.full(20, np.nan)),
    ),
    "NNMultiOutput": Case(
        lambda: NNMultiOutput(PLAIN, outputs=["kind", "size"], hidden=[8], **ONE_EPOCH).fit(features(), targets()),
        features(20),
        {
            "predict": predict,
            "predict_proba": lambda model, X: model.predict_proba(X)["kind"],
            "score": lambda model, X: model.score(X, targets()[:20]),
        },
        lambda model, X: X,
        LAST,
        (HIDDEN, "kind"),
        (features(), targets()[["size"]]),
    ),
    "NNLanguageModel": Case(
        lambda: NNLanguageModel(CHARACTERS, **ONE_EPOCH).fit(TEXTS),
        ["the cat sat", "", "a"],
        {
            "predict_proba": predict_proba,
            "generate": lambda model, X: model.generate(X, 9, seed=0),
            "score": lambda model, X: model.score(X),
            "perplexity": lambda model, X: model.perplexity(X),
        },
        last_tokens,
        "gru_1",
        ("text", "embedding_1", "output"),
        ("short",),
    ),
    "NNMaskedLanguageModel": Case(
        lambda: NNMaskedLanguageModel(length=8, width=16, heads=2, depth=1, **ONE_EPOCH).fit(TEXTS),
        TEXTS[:3],
        {"score": lambda model, X: model.score(X), "bits_per_token": lambda model, X: model.bits_per_token(X)},
        lambda model, X: model.preparation_.transformed(np.array(X, object)),
        "layer_normalization_1",
        ("words", "encoded", "dense_1"),
        ([],),
    ),
    "NNTranslator": Case(
        lambda: pairs.translator().fit(pairs.X, pairs.Y),
        pairs.X[:4],
        {
            "predict": predict,
            "predict_candidates": lambda model, X: model.predict_candidates(X)[1],
            "score": lambda model, X: model.score(X, pairs.Y[:4]),
        },
        both_texts,
        "gru_1",
        ("source", "read", "so_far", "output"),
        (pairs.X, [""] * 32),
    ),
    "NNRecommender": Case(
        lambda: NNRecommender(dim=4, **ONE_EPOCH).fit(PAIRS),
        PAIRS,
        {
            "predict": predict,
            "recommend": lambda model, X: model.recommend(["ann", "new"], 1)["score"].to_numpy(),
            "score": lambda model, X: model.score(X),
            "items_": lambda model, X: model.items_,
        },
        encoded_pairs,
        "add_1",
        ("user", "of_user", "match"),
        ([["ann"]],),
    ),
}
EACH = pytest.mark.parametrize("name", CASES)


@cache
def fitted(name):
    return CASES[name].make()
