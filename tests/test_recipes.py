"""Every recipe of the gallery learns its task, on data included in the package."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import train_test_split

from benchmarks.roads.scenes import make_road_scenes
from nnbuild import (
    NNClassifier,
    NNMultiOutput,
    NNRecommender,
    NNRegressor,
    Recipe,
    build,
    describe,
    make_windows,
    seasonal_naive,
)
from nnbuild.datasets import make_shapes
from nnbuild.language.gallery import gallery_names
from nnbuild.metrics import class_iou, output_scorer
from nnbuild.model_selection import leave_one_out

ROOT = Path(__file__).parents[1]
slow = pytest.mark.slow


def bundled(name):
    """Features and target of a bundled data set."""
    frame = pd.read_csv(ROOT / "data" / f"{name}.csv.gz")
    return frame.iloc[:, :-1], frame.iloc[:, -1].to_numpy()


def as_it_is(frame):
    return frame


def from_0_to_1(frame):
    return frame.to_numpy("float32") / 16


def images(times, margin=0):
    """Return a function that turns digits into images of 8 * times + 2 * margin pixels a side."""

    def enlarged(frame):
        pixels = np.kron(from_0_to_1(frame).reshape(-1, 8, 8), np.ones((1, times, times), "float32"))
        return np.pad(pixels, ((0, 0), (margin, margin), (margin, margin)))[..., None]

    return enlarged


def bytes_of_28(frame):
    """Digits as in the file mnist.npz: images of 28 x 28, from 0 to 255."""
    return (255 * images(3, margin=2)(frame)[..., 0]).astype("uint8")


def rows_of_pixels(frame):
    """Digits as sequences: each of eight rows is a step of eight numbers."""
    return from_0_to_1(frame).reshape(-1, 8, 8)


def ids(frame):
    """Digits as texts of 64 words: how bright each pixel is, from 1 to 17, as 0 is for padding."""
    words = frame.to_numpy("int32") + 1
    return {"ids": words, "segments": np.zeros_like(words)}


def texts(frame):
    """Digits as texts of 64 words: where a pixel is, and how bright."""
    return [" ".join(f"{column}is{value}" for column, value in row.items()) for row in (frame // 4).to_dict("records")]


def two_parts(frame):
    """Standardised columns: the ten means, and the rest."""
    scaled = ((frame - frame.mean()) / frame.std()).to_numpy("float32")
    return {"wide": scaled[:, :10], "deep": scaled[:, 10:]}


def road(frame):
    """Digits as pictures of a camera, 66 x 200 x 3, from 0 to 255: each two and a half times side by side."""
    digit = images(9)(frame)[:, 3:69] * 255
    return np.concatenate([digit, digit, digit[:, :, :56]], axis=2)[..., [0, 0, 0]]


class Trial(NamedTuple):
    """Data for a recipe, and the scores that it may reach on a quarter of the rows, held out."""

    recipe: str
    data: str
    least: float
    most: float = 1.0
    features: Callable = as_it_is
    settings: Mapping = MappingProxyType({})
    kind: type = NNClassifier


VGG = {"filters": [8, 16, 16], "units": 32, "dropout": 0.0, "batch_size": 32}
RESNET = {"stem": 8, "filters": [8, 16], "strides": [1, 2], "batch_size": 32, "learning_rate": 0.03}
MOBILE = {
    "filters": [32, 64, 64], "strides": [1, 2, 1], "width": 0.5, "batch_size": 32, "learning_rate": 0.005, "epochs": 12,
}  # fmt: skip
PILOT = {
    "filters_5x5": [8, 12, 16], "filters_3x3": [16, 16], "batch_size": 32, "learning_rate": 0.003, "epochs": 3,
}  # fmt: skip
TRANSFORMER = {"width": 32, "heads": 4, "depth": 2, "dropout": 0.0, "learning_rate": 0.003}
BERT = {**TRANSFORMER, "vocabulary": 18, "max_length": 64}
VIT = {**TRANSFORMER, "patch": 8, "patches": 16, "batch_size": 32}
TRIALS = [
    Trial("mlp", "wine", 0.93, settings={"epochs": 30}),
    Trial("table", "wine", 0.93, settings={"epochs": 8}),
    Trial("tabm", "wine", 0.93, settings={"width": 64, "hidden": [64], "epochs": 30}),
    Trial("realmlp", "wine", 0.93, settings={"epochs": 30}),
    Trial("digits_mlp", "digits", 0.95, features=from_0_to_1, settings={"epochs": 20}),
    Trial("mnist_mlp", "digits", 0.95, features=bytes_of_28, settings={"epochs": 10}),
    Trial("lenet5", "digits", 0.95, features=images(4), settings={"epochs": 5}),
    Trial("small_cnn", "digits", 0.97, features=images(1), settings={"epochs": 12}),
    Trial("residual_mlp", "breast_cancer", 0.93, settings={"epochs": 10}),
    Trial("wide_and_deep", "breast_cancer", 0.93, features=two_parts, settings={"epochs": 20}),
    Trial("regression_mlp", "diabetes", 0.25, kind=NNRegressor),
    Trial("perceptron", "iris", 0.9),
    # Twenty layers: gradients die in sigmoids, and arrive with ReLU and He's weights.
    Trial("deep_sigmoid", "digits", 0.0, most=0.2, features=from_0_to_1),
    Trial("deep_relu", "digits", 0.85, features=from_0_to_1),
    Trial(
        "lstm", "digits", 0.85, features=rows_of_pixels, settings={"units": 16, "epochs": 12, "learning_rate": 0.005}
    ),
    Trial("gru", "digits", 0.85, features=rows_of_pixels, settings={"units": 16, "epochs": 12, "learning_rate": 0.005}),
    Trial("fcn", "digits", 0.95, features=rows_of_pixels, settings={"filters": [32, 64, 32], "epochs": 8}),
    Trial("inception", "digits", 0.97, features=rows_of_pixels, settings={"epochs": 15}),
    Trial("bert_base", "digits", 0.6, features=ids, settings={**BERT, "epochs": 8}),
    Trial("small_bert", "digits", 0.8, features=texts, settings={"length": 64, "width": 32, "depth": 1, "epochs": 8}),
    Trial("text_ensemble", "digits", 0.93, features=texts),
    Trial("text_mlp", "digits", 0.93, features=texts, settings={"epochs": 10}),
    Trial("text_cnn", "digits", 0.9, features=texts, settings={"length": 64, "filters": 32, "epochs": 10}),
    Trial("vit_tiny", "digits", 0.7, features=images(4), settings={**VIT, "epochs": 8}),
    # The published networks, narrow and not as deep: thousands of weights are enough for digits.
    Trial("vgg16", "digits", 0.9, features=images(4), settings={**VGG, "convolutions": [2, 2, 3], "epochs": 8}),
    Trial("vgg19", "digits", 0.9, features=images(4), settings={**VGG, "convolutions": [2, 2, 4], "epochs": 8}),
    Trial("resnet18", "digits", 0.85, features=images(4), settings={**RESNET, "blocks": [2, 2], "epochs": 10}),
    Trial("resnet34", "digits", 0.85, features=images(4), settings={**RESNET, "blocks": [2, 3], "epochs": 8}),
    Trial("resnet50", "digits", 0.8, features=images(4), settings={**RESNET, "blocks": [1, 1], "epochs": 12}),
    Trial("mobilenet", "digits", 0.8, features=images(4), settings=MOBILE),
    Trial("pilotnet", "digits", 0.7, features=road, settings=PILOT, kind=NNRegressor),
]


@slow
@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.recipe)
def test_a_recipe_learns(trial):
    X, y = bundled(trial.data)
    strata = y if trial.kind is NNClassifier else None
    train, test = train_test_split(np.arange(len(y)), random_state=0, stratify=strata)
    estimator = trial.kind(trial.recipe, random_state=0, **trial.settings)
    estimator.fit(trial.features(X.iloc[train]), y[train])
    assert trial.least <= estimator.score(trial.features(X.iloc[test]), y[test]) <= trial.most


def test_three_targets_at_once():
    table = pd.read_csv(ROOT / "data" / "linnerud.csv.gz")
    X, y = table[["chins", "situps", "jumps"]], table[["weight", "waist", "pulse"]]
    regressor = NNRegressor("regression_mlp", early_stopping=False, epochs=60, random_state=0).fit(X, y)
    assert regressor.predict(X).shape == (20, 3)
    assert regressor.score(X, y) > 0.2  # on the rows it was fitted to: twenty are too few to hold some out


@slow
def test_unet_finds_the_pixels_of_a_digit_under_noise():
    digits = images(2)(bundled("digits")[0])
    seen = digits + np.random.default_rng(0).normal(0, 0.5, digits.shape)
    bright = digits[..., 0] > 0.5
    settings = {"filters": 4, "dropout": 0.1, "learning_rate": 0.01, "epochs": 6}
    found = NNClassifier("unet", random_state=0, **settings).fit(seen[:600], bright[:600]).predict(seen[1200:])
    by_value = class_iou(bright[1200:], seen[1200:, ..., 0] > 0.5)[1]
    assert class_iou(bright[1200:], found)[1] > 0.6 > 0.5 > by_value


@slow
def test_pilotnet_steers_on_held_out_roads():
    images, _, angles = make_road_scenes(800, random_state=0)
    seen = np.concatenate([images, images[:, :, ::-1]]), np.concatenate([angles, -angles])  # each in a mirror, too
    settings = {**PILOT, "activation": "elu", "batch_size": 16, "learning_rate": 0.001, "epochs": 8}
    regressor = NNRegressor("pilotnet", random_state=0, **settings).fit(*seen)
    images, _, angles = make_road_scenes(200, random_state=1)
    assert regressor.score(images, angles) > 0.4


@slow
def test_the_kind_and_the_position_of_a_shape():
    X, y = make_shapes(500, random_state=0)
    model = NNMultiOutput("kind_and_position", filters=[8, 16], epochs=12, random_state=0).fit(X[:400], y[:400])
    assert output_scorer("kind")(model, X[400:], y[400:]) > 0.85
    assert output_scorer("position")(model, X[400:], y[400:]) > 0.85


@slow
def test_two_targets_of_a_table_with_missing_values():
    X, kind = bundled("wine")
    y = X[["alcohol"]].assign(kind=kind)
    y.loc[::3, "alcohol"] = np.nan
    train, test = train_test_split(np.arange(len(y)), random_state=0, stratify=kind)
    settings = {"outputs__size__target": "alcohol", "learning_rate": 0.005, "dropout": 0.0}
    model = NNMultiOutput("kind_and_size", random_state=0, **settings)
    model.fit(X.drop(columns="alcohol").iloc[train], y.iloc[train])
    held_out = X.drop(columns="alcohol").iloc[test], y.iloc[test]
    assert output_scorer("kind")(model, *held_out) > 0.93
    assert output_scorer("size")(model, *held_out) > 0.1


SMALL = {"width": 32, "heads": 2, "dropout": 0.0, "learning_rate": 0.003}


@slow
def test_gpt2_predicts_the_next_pixel_better_than_counts():
    pixels = bundled("digits")[0].to_numpy("int32") + 1
    before = np.pad(pixels, [(0, 0), (1, 0)])[:, :-1]  # 0 is the beginning
    recipe = Recipe.load("gpt2_small").with_values(vocabulary=18, max_length=64, depth=2, **SMALL)
    model = build(recipe, seed=0, compile=True)
    model.fit(before[:1200], pixels[:1200], epochs=4, shuffle=False, verbose=0)
    shares = np.bincount(pixels[:1200].ravel(), minlength=18) / pixels[:1200].size
    by_counts = -np.log(shares[pixels[1200:]]).mean()
    assert model.evaluate(before[1200:], pixels[1200:], verbose=0) < 0.85 * by_counts


@slow
def test_the_transformer_translates():
    """Rows of pixels into their negatives, one token at a time."""
    rows = bundled("digits")[0].to_numpy("int32").reshape(-1, 8)
    rows = rows[(rows > 0).sum(axis=1) > 3]
    source, wanted = rows + 1, 17 - rows
    so_far = np.pad(wanted, [(0, 0), (1, 0)], constant_values=18)[:, :-1]  # 18 is the beginning
    recipe = Recipe.load("transformer").with_values(vocabulary=19, inner=64, depth=1, **SMALL)
    model = build(recipe, seed=0, compile=True)
    pairs = {"source": source[1000:], "target": so_far[1000:]}
    model.fit(pairs, wanted[1000:], epochs=2, batch_size=64, shuffle=False, verbose=0)
    found = model.predict({"source": source[:1000], "target": so_far[:1000]}, verbose=0).argmax(axis=-1)
    assert (found == wanted[:1000]).mean() > 0.95


@slow
@pytest.mark.parametrize(
    ("name", "settings", "least"),
    [
        ("two_tower", {"dim": 8, "epochs": 10}, 0.8),
        ("neumf", {"epochs": 20}, 0.45),
        ("item_set", {"dim": 8, "length": 8, "epochs": 10}, 0.9),
    ],
)
def test_a_recommender_finds_the_group_of_a_users_items(name, settings, least):
    """All items are as popular as the others: by that alone, an item that was left out is among ten in a fifth."""
    rng = np.random.default_rng(0)
    had = [[user, item + 15 * (user % 4)] for user in range(48) for item in rng.choice(15, 7, replace=False)]
    train, test = leave_one_out(had, 0)
    recommender = NNRecommender(name, batch_size=64, learning_rate=0.02, random_state=0, **settings)
    assert recommender.fit(np.array(had)[train]).score(np.array(had)[test]) > least


@slow
@pytest.mark.parametrize("name", ["forecast_gru", "forecast_lstm"])
def test_validation_windows_of_a_forecast_do_not_overlap_training_windows(name):
    series = np.cumsum(np.random.default_rng(0).normal(size=59))  # 50 windows
    X, y = make_windows(series, 8, 2)
    settings = {"units": 2, "epochs": 1, "random_state": 0}
    held_out = NNRegressor(name, **settings, validation_fraction=0.2).fit(X, y)
    given = NNRegressor(name, **settings).fit(X[:-10], y[:-10], X_val=X[-10:], y_val=y[-10:])
    assert held_out.history_.curves["val_loss"] == given.history_.curves["val_loss"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["forecast_gru", "forecast_lstm"])
def test_a_forecast_beats_the_season_before(name):
    """Two seasons of which one is louder in every other year, under noise: the last year is no good forecast."""
    rng, months = np.random.default_rng(0), np.arange(600)
    loud = 1 + (months // 12 % 2)
    series = 20 + loud * np.sin(2 * np.pi * months / 12) + rng.normal(0, 0.2, len(months))
    X, y = make_windows(series, lags=24, horizon=3)
    train, test = slice(0, 400), slice(402, None)
    regressor = NNRegressor(name, random_state=0, epochs=20).fit(X[train], y[train])
    error = np.abs(regressor.predict(X[test]) - y[test]).mean()
    assert error < 0.5 * np.abs(seasonal_naive(X[test], 12, 3) - y[test]).mean()


TRUTH_TABLE = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])


@slow
@pytest.mark.parametrize("seed", range(10))
def test_a_hidden_layer_solves_xor_and_none_does_not(seed):
    X, y = TRUTH_TABLE
    assert NNClassifier("xor", random_state=seed).fit(X, y).score(X, y) == 1
    assert NNClassifier("perceptron", random_state=seed).fit(X, y).score(X, y) <= 0.75


def test_every_recipe_has_its_trial():
    others = {
        "char_lstm",
        "forecast_gru",
        "forecast_lstm",
        "gpt2_small",
        "item_set",
        "kind_and_position",
        "kind_and_size",
        "neumf",
        "small_bert_pretraining",
        "small_gpt",
        "small_transformer",
        "transformer",
        "two_tower",
        "unet",
        "xor",
    }
    assert {trial.recipe for trial in TRIALS} | others == set(gallery_names())  # some are in tests/estimators


def test_the_stacks_of_the_lesson_differ_in_activation_and_start_alone():
    sigmoid, relu = (describe(name, (64,), n_outputs=10) for name in ("deep_sigmoid", "deep_relu"))
    assert [step.weights for step in sigmoid.steps] == [step.weights for step in relu.steps]
    assert len(relu.steps) == 21
