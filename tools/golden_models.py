"""Estimators of the golden model files, with their data and method calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from PIL import Image

from nnbuild import (
    NNClassifier,
    NNLanguageModel,
    NNMaskedLanguageModel,
    NNRecommender,
    NNRegressor,
    NNTranslator,
)

N = 30
PROBABILITIES = ({"method": "predict"}, {"method": "predict_proba"})
QUANTITIES = ({"method": "predict"},)
TINY = {"epochs": 2, "batch_size": 16, "learning_rate": 0.02, "random_state": 0}
RNG = np.random.default_rng(0)


class Golden(NamedTuple):
    """Fitted estimator, samples to predict, and the calls to record: methods with their arguments."""

    estimator: Any
    X: Any
    questions: tuple[Mapping, ...] = PROBABILITIES


def dense(units: int, **keys: object) -> dict:
    return {"type": "Dense", "units": units, "activation": "relu", **keys}


def mlp(**params: object) -> dict:
    return {"hidden": [4], **TINY, **params}


def numbers(n: int = N, width: int = 3) -> np.ndarray:
    return RNG.normal(size=(n, width)).astype("float32")


def binary(folder: Path) -> Golden:
    X = numbers()
    return Golden(NNClassifier("mlp", **mlp(metrics=["auc"], optimizer="sgd")).fit(X, (X[:, 0] > 0) * 1), X[:6])


def text_labels(folder: Path) -> Golden:
    X = numbers()
    estimator = NNClassifier("mlp", **mlp(validation_fraction=0.3, early_stopping=True, class_weight="balanced"))
    return Golden(estimator.fit(X, np.array(["low", "mid", "über"])[X.argmax(axis=1)]), X[:6])


def date_labels(folder: Path) -> Golden:
    X = numbers()
    days = np.array(["2024-01-01", "2024-02-01", "2024-03-01"], "M8[D]")
    return Golden(NNClassifier("mlp", **mlp()).fit(X, days[X.argmax(axis=1)]), X[:6])


def multilabel(folder: Path) -> Golden:
    X = numbers()
    return Golden(NNClassifier("mlp", **mlp()).fit(X, (X > 0) * 1), X[:6])


def segmentation(folder: Path) -> Golden:
    X = RNG.normal(size=(12, 4, 4, 1)).astype("float32")
    recipe = {"layers": [{"type": "Conv2D", "filters": 2, "kernel_size": 3, "padding": "same"}]}
    labels = np.array(["road", "sky"])[(X[..., 0] > 0) * 1]
    return Golden(NNClassifier(recipe, **TINY).fit(X, labels), X[:3])


def constant(folder: Path) -> Golden:
    X = numbers()
    return Golden(NNClassifier("mlp", **mlp()).fit(X, ["only"] * N), X[:6])


def all_columns() -> pd.DataFrame:
    """Return a table with a column of every supported type, some with missing values."""
    frame = pd.DataFrame(
        {
            "size": RNG.normal(100, 20, N),
            "count": RNG.integers(0, 50, N),
            "new": RNG.choice([True, False], N),
            "took": pd.to_timedelta(RNG.integers(1, 9999, N), unit="s"),
            "since": pd.Timestamp("2024-01-01") + pd.to_timedelta(RNG.integers(0, 700, N), unit="D"),
            "seen": pd.Timestamp("2024-01-01 10:00", tz="Europe/Zurich")
            + pd.to_timedelta(RNG.integers(0, 9000, N), unit="min"),
            "colour": RNG.choice(["red", "green", "blue"], N),
            "grade": pd.Categorical(RNG.choice(["a", "b"], N), ["b", "a", "c"], ordered=True),
            "city": RNG.choice([f"city {number}" for number in range(8)], N),
            "same": np.ones(N),
            "comment": [f"comment {number}" for number in range(N)],
            "remark": [None if number < N // 2 else "some" for number in range(N)],
        }
    )
    frame.loc[RNG.choice(N, 5, replace=False), "size"] = np.nan
    frame.loc[RNG.choice(N, 5, replace=False), "colour"] = None
    frame.loc[RNG.choice(N, 3, replace=False), "since"] = pd.NaT
    return frame


def table(folder: Path) -> Golden:
    X = all_columns()
    estimator = NNClassifier("mlp", **mlp(prepare={"max_onehot": 4}))
    later = X.head(8).assign(colour=["red", "pink", None, "blue"] * 2)
    return Golden(estimator.fit(X, np.where(X["size"] > 100, "yes", "no")), later)


def table_robust(folder: Path) -> Golden:
    X = all_columns()
    estimator = NNRegressor("mlp", **mlp(prepare={"scale": "robust", "impute": "mean", "indicators": False}))
    return Golden(estimator.fit(X, X["count"] * 2.5), X.head(6), QUANTITIES)


def text(folder: Path) -> Golden:
    texts = ["a lovely film", "great, simply great", "a dreadful film", "poor, simply poor"] * 5
    inputs = {"text": {"kind": "text", "max_tokens": 50, "output_sequence_length": 5}}
    layers = [{"type": "Embedding", "input_dim": "auto", "output_dim": 3}, {"type": "GlobalAveragePooling1D"}]
    estimator = NNClassifier({"inputs": inputs, "layers": layers}, **TINY)
    return Golden(estimator.fit(texts, ["good", "good", "bad", "bad"] * 5), ["A lovely story!", "", "poor film"])


def text_mlp(folder: Path) -> Golden:
    texts = ["a lovely film", "great, simply great", "a dreadful film", "poor, simply poor"] * 5
    estimator = NNClassifier("text_mlp", max_tokens=40, units=3, split="character", ngrams=2, **TINY)
    return Golden(estimator.fit(texts, [1, 1, 0, 0] * 5), ["A lovely story!", "", "poor film"])


def text_and_table(folder: Path) -> Golden:
    X = pd.DataFrame({"review": ["a lovely film", "a dreadful film"] * 10, "minutes": [90.0, 120.0, None, 80.0] * 5})
    recipe = {
        "inputs": {
            "text": {"kind": "text", "column": "review", "output_mode": "tf_idf"},
            "rest": {"kind": "table"},
        },
        "layers": [{"type": "Concatenate", "inputs": ["text", "rest"]}, dense(3)],
    }
    return Golden(NNClassifier(recipe, **TINY).fit(X, [True, False] * 10), X.head(5))


def ids(folder: Path) -> Golden:
    X = pd.DataFrame({"user": RNG.integers(100, 110, N), "film": RNG.choice(["Alien", "Heat", "Up"], N)})
    embedding = {"type": "Embedding", "input_dim": "auto", "output_dim": 2}
    recipe = {
        "inputs": {"user": {"kind": "ids"}, "film": {"kind": "ids"}},
        "layers": [
            {**embedding, "inputs": ["user"], "name": "of_user"},
            {**embedding, "inputs": ["film"], "name": "of_film"},
            {"type": "Concatenate", "inputs": ["of_user", "of_film"]},
            dense(3),
        ],
    }
    later = pd.DataFrame({"user": [100, 105, 7], "film": ["Up", "Alien", "Jaws"]})
    return Golden(NNRegressor(recipe, **TINY).fit(X, RNG.normal(size=N)), later, QUANTITIES)


def images(folder: Path) -> Golden:
    paths = [folder / f"image_{number}.png" for number in range(8)]
    for number, path in enumerate(paths):
        pixels = RNG.integers(0, 256, (6, 5, 3)).astype("uint8")
        Image.fromarray(pixels // (1 + number % 2)).save(path)
    recipe = {
        "inputs": {"photo": {"kind": "image", "shape": [4, 4, 3]}},
        "layers": [
            {"type": "Rescaling", "scale": 1 / 255},
            {"type": "RandomFlip"},
            {"type": "Conv2D", "filters": 2, "kernel_size": 3, "activation": "relu"},
            {"type": "Flatten"},
        ],
    }
    return Golden(NNClassifier(recipe, **TINY).fit(paths, [0, 1] * 4), paths[:4])


def series(folder: Path) -> Golden:
    X = [RNG.normal(size=(RNG.integers(3, 7), 2)).round(3) for _ in range(N)]
    recipe = {
        "inputs": {"pulse": {"kind": "series"}},
        "layers": [{"type": "Masking"}, {"type": "GRU", "units": 3}],
    }
    return Golden(NNClassifier(recipe, **TINY).fit(X, [int(one[0, 0] > 0) for one in X]), X[:5])


def members(folder: Path) -> Golden:
    X = numbers()
    estimator = NNRegressor("mlp", n_members=2, bootstrap=True, **mlp()).fit(X, X.sum(axis=1))
    return Golden(estimator, X[:6], (*QUANTITIES, {"method": "predict", "arguments": {"return_std": True}}))


def class_members(folder: Path) -> Golden:
    X = numbers()
    return Golden(NNClassifier("mlp", n_members=2, **mlp()).fit(X, X.argmax(axis=1)), X[:6])


def warm(folder: Path) -> Golden:
    X = numbers()
    estimator = NNClassifier("mlp", warm_start=True, optimizer="adam", **mlp()).fit(X, X[:, 0] > 0)
    return Golden(estimator.fit(X, X[:, 0] > 0), X[:6])


def streamed(folder: Path) -> Golden:
    X = numbers()
    estimator = NNRegressor("mlp", n_members=2, scale_target=False, optimizer="rmsprop", **mlp())
    return Golden(estimator.partial_fit(X, X.sum(axis=1)), X[:6], QUANTITIES)


def quantity(folder: Path) -> Golden:
    X = numbers()
    return Golden(NNRegressor("mlp", **mlp(loss="huber")).fit(X, 1000 + 50 * X.sum(axis=1)), X[:6], QUANTITIES)


def quantities(folder: Path) -> Golden:
    X = numbers()
    return Golden(NNRegressor("mlp", **mlp()).fit(X, X[:, :2] * [1, 100]), X[:6], QUANTITIES)


def several_inputs(folder: Path) -> Golden:
    X = {"left": numbers(width=2), "right": numbers(width=3)}
    recipe = {
        "inputs": {"left": {}, "right": {}},
        "layers": [
            dense(2, inputs=["left"], name="a"),
            {"type": "Concatenate", "inputs": ["a", "right"], "name": "both"},
            dense(3, name="body", kernel_regularizer={"type": "L2", "l2": 0.01}),
            {"type": "BatchNormalization"},
            {"type": "Dropout", "rate": 0.1},
            {"type": "Dense", "units": 3, "name": "again"},
            {"type": "Shared", "node": "again"},
        ],
        "training": {"learning_rate": {"type": "CosineDecay", "initial_learning_rate": 0.1, "decay_steps": 9}},
    }
    rows = {name: part[:6] for name, part in X.items()}
    settings = {"epochs": 2, "random_state": 0}
    return Golden(NNClassifier(recipe, **settings).fit(X, X["right"].argmax(axis=1)), rows)


def forecast(folder: Path) -> Golden:
    X = numbers(n=N, width=6)[..., None]
    return Golden(NNRegressor("forecast_gru", units=3, **TINY).fit(X, X.sum(axis=(1, 2))), X[:6], QUANTITIES)


VERSE = "the cat sat on the mat and saw the dog. " * 6
CONTINUED = (
    {"method": "bits_per_character"},
    {"method": "perplexity"},
    {"method": "predict_proba"},
    {"method": "generate", "arguments": {"max_new_tokens": 6, "temperature": 0}},
)


def language_characters(folder: Path) -> Golden:
    small = {"length": 8, "width": 8, "depth": 1, "heads": 2, "steps": 20, "epochs": 1, "random_state": 0}
    return Golden(NNLanguageModel(**small).fit(VERSE), ["the cat", "a dog sat"], CONTINUED)


def language_words(folder: Path) -> Golden:
    recipe = {
        "inputs": {"text": {"kind": "text", "output_sequence_length": 6}},
        "layers": [
            {"type": "Embedding", "input_dim": "auto", "output_dim": 4},
            {"type": "GRU", "units": 6, "return_sequences": True},
        ],
    }
    estimator = NNLanguageModel(recipe, stride=1, **TINY).fit([VERSE, "a dog saw the cat"])
    return Golden(estimator, ["the cat sat", "a dog"], CONTINUED)


def masked_language(folder: Path) -> Golden:
    small = {"length": 8, "width": 8, "heads": 2, "depth": 1, "epochs": 1, "random_state": 0}
    texts = ["the cat sat on the mat", "the dog lay on the rug", "a cat saw the dog"] * 4
    estimator = NNMaskedLanguageModel(n_maskings=2, **small).fit(texts)
    return Golden(estimator, texts[:3], ({"method": "bits_per_token"}, {"method": "score"}))


def translator(folder: Path) -> Golden:
    small = {"width": 8, "inner": 8, "depth": 1, "heads": 2, "epochs": 3, "learning_rate": 0.01, "random_state": 0}
    source, target = ["one", "two", "three", "four"] * 6, ["1", "22", "333", ""] * 6
    estimator = NNTranslator(beam_width=2, **small).fit(source, target)
    return Golden(estimator, source[:4], ({"method": "predict"}, {"method": "predict_candidates"}))


def pairs() -> pd.DataFrame:
    taken = [(f"u{user}", int(item)) for user in range(8) for item in RNG.choice(10, 4, replace=False)]
    return pd.DataFrame(taken, columns=["customer", "product"])


def recommender(recipe: str, **params: object) -> Callable[[Path], Golden]:
    def fitted(folder: Path) -> Golden:
        X = pairs()
        estimator = NNRecommender(recipe, **{**TINY, **params}).fit(X)
        users = {"users": ["u0", "u1", "nobody"], "n_items": 3}
        recommended = {"method": "recommend", "without_X": True, "arguments": users}
        return Golden(estimator, X.head(6), ({"method": "predict"}, recommended, {"method": "score"}))

    return fitted


MODELS: dict[str, Callable[[Path], Golden]] = {
    "binary": binary,
    "text_labels": text_labels,
    "date_labels": date_labels,
    "multilabel": multilabel,
    "segmentation": segmentation,
    "constant": constant,
    "table": table,
    "table_robust": table_robust,
    "text": text,
    "text_mlp": text_mlp,
    "text_and_table": text_and_table,
    "ids": ids,
    "images": images,
    "series": series,
    "members": members,
    "class_members": class_members,
    "warm": warm,
    "streamed": streamed,
    "quantity": quantity,
    "quantities": quantities,
    "several_inputs": several_inputs,
    "forecast": forecast,
    "language_characters": language_characters,
    "language_words": language_words,
    "masked_language": masked_language,
    "translator": translator,
    "recommender": recommender("two_tower", dim=3),
    "recommender_neumf": recommender("neumf", factors=3, hidden=[4]),
    "recommender_item_set": recommender("item_set", dim=3, length=4),
}
