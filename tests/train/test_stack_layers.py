"""Every layer that may be stacked trains in a stack as it does alone; the table names layers of the catalog."""

import numpy as np
import pytest

from layer_cases import LAYERS, batches, network
from nnbuild import resolve
from nnbuild.recipe import catalog
from nnbuild.train.engines import METRICS, OF_WHOLE_BATCHES, OPTIMIZERS, STACKABLE, can_stack
from nnbuild.train.partition import training_and_validation
from nnbuild.train.pool import Weights, borrowed
from nnbuild.train.stack import Member, train_stack
from nnbuild.train.trainer import train
from train.nets import settings


def test_the_tables_name_what_there_is():
    assert set(catalog.class_names("layers")) >= STACKABLE
    assert set(catalog.class_names("optimizers")) >= OPTIMIZERS
    assert set(catalog.class_names("losses")) >= OF_WHOLE_BATCHES
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
    assert all(map(can_stack, members))
    for member, outcome in zip(members, train_stack(members), strict=True):
        with borrowed(resolved, member.seed) as model:
            start = Weights.of(model).values
            train(model, X, y, member.settings, seed=member.seed)
            for before, there, here in zip(start, Weights.of(model).values, outcome.weights, strict=True):
                change = np.abs(there.astype(float) - before).max(initial=0)
                np.testing.assert_allclose(here, there, rtol=0, atol=1e-3 * max(change, 1e-6), err_msg=type_name)
