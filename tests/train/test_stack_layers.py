"""Every layer, loss and metric of the tables trains in a stack as it does alone; the tables name what there is."""

import numpy as np
import pytest

from layer_cases import LAYERS, batches, network
from nnbuild import Recipe, resolve
from nnbuild.recipe import catalog
from nnbuild.train.engines import LOSSES, METRICS, OPTIMIZERS, STACKABLE, why_alone
from nnbuild.train.member import Member
from nnbuild.train.partition import training_and_validation
from nnbuild.train.pool import Weights, borrowed
from nnbuild.train.stack import train_stack
from nnbuild.train.trainer import train
from train.nets import classes, settings


def test_the_tables_name_what_there_is():
    assert set(catalog.class_names("layers")) >= STACKABLE
    assert set(catalog.class_names("optimizers")) >= OPTIMIZERS
    assert set(catalog.class_names("losses")) >= LOSSES
    assert set(catalog.class_names("metrics")) >= METRICS


@pytest.mark.slow
@pytest.mark.parametrize("type_name", sorted(STACKABLE))
def test_like_alone(type_name):
    row = LAYERS[type_name]
    recipe = network(type_name, row)
    del recipe["outputs"]
    recipe["layers"].append({"type": "Flatten"})
    resolved = resolve(recipe, task="regression", n_outputs=1)
    names = list(resolved.outputs)
    X = batches(row, 13)
    X = dict(zip(resolved.inputs, X, strict=True)) if isinstance(X, list | tuple) else X
    y = np.random.default_rng(1).normal(size=(13, 1)).astype("float32")
    biggest = max(np.abs(array).max() for array in (X.values() if isinstance(X, dict) else [X]))
    members = []
    for seed in (0, 1):
        rate = (0.01 if biggest < 10 else 1e-6) * (seed + 1)  # images have values to 255
        chosen = settings(loss="mean_squared_error", optimizer={"type": "SGD", "learning_rate": rate}, epochs=2)
        rows = training_and_validation(names, X, y, chosen, seed)
        members.append(Member(resolved, chosen, seed, *rows))
    assert_like_alone(members)


@pytest.mark.slow
@pytest.mark.parametrize("type_name", sorted(LOSSES))
def test_losses_like_alone(type_name):
    assert_like_alone([objects(seed, type_name) for seed in (0, 1)])


@pytest.mark.slow
@pytest.mark.parametrize("type_name", sorted(METRICS))
def test_metrics_like_alone(type_name):
    by_class = "Sparse" in type_name
    loss = "SparseCategoricalCrossentropy" if by_class else "MeanSquaredError"
    assert_like_alone([objects(seed, loss, "accuracy" if type_name == "Accuracy" else type_name) for seed in (0, 1)])


def objects(seed, loss, *metrics):
    """A training with a loss and metrics, of classes by number or one column each."""
    resolved = resolve(Recipe([{"type": "Dense", "units": 5}]), (4,), task="multiclass", n_outputs=3)
    X, y = classes()
    by_number = "Sparse" in loss or loss == "CategoricalGeneralizedCrossEntropy"
    targets = y if by_number else np.eye(3, dtype="float32")[y]
    chosen = settings(loss=loss, metrics=list(metrics), optimizer={"type": "SGD", "learning_rate": 1e-3})
    return Member(resolved, chosen, seed, *training_and_validation(["output"], X, targets, chosen, seed))


def assert_like_alone(members):
    """Weights and curves of a stack are those of its members alone."""
    assert not any(map(why_alone, members))
    for member, outcome in zip(members, train_stack(members), strict=True):
        data = member.training
        with borrowed(member.resolved, member.seed) as model:
            start = Weights.of(model).values
            history = train(model, data.X, data.y, member.settings, seed=member.seed)
            for before, there, here in zip(start, Weights.of(model).values, outcome.weights, strict=True):
                change = np.abs(there.astype(float) - before).max(initial=0)
                np.testing.assert_allclose(here, there, rtol=0, atol=1e-3 * max(change, 1e-6))
        assert outcome.history.curves.keys() == history.curves.keys()
        for name, curve in history.curves.items():
            np.testing.assert_allclose(outcome.history.curves[name], curve, rtol=1e-4, atol=1e-6)
