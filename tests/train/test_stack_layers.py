"""Every layer, loss and metric of the tables: training in a stack equals separate training."""

import numpy as np
import pytest

from layer_cases import LAYERS, REFUSED, SEQUENCES, VARIANTS, batches, case, image, network, sequence
from nnbuild import Recipe, resolve
from nnbuild.catalog.facts import layer_facts
from nnbuild.catalog.facts.losses import LOSSES, METRICS
from nnbuild.train.common.adaptation import adapt
from nnbuild.train.common.member import Member
from nnbuild.train.common.model_cache import Weights, borrowed
from nnbuild.train.common.program_cache import Store
from nnbuild.train.common.splits import training_and_validation
from nnbuild.train.keras.trainer import train
from nnbuild.train.stacked import execution_modes, stack
from nnbuild.train.stacked.stack import train_stack
from nnbuild.train.stacked.stackable import REFUSED as REFUSED_ARGUMENTS
from nnbuild.train.stacked.stackable import obstacle_to_stacking
from train.nets import classes, settings

# Besides the rows of all layers: layers with inner dropout, inner layers, masks.
MORE = [
    *((kind, sequence(units=3, dropout=0.5, recurrent_dropout=0.3)) for kind in ("LSTM", "GRU", "SimpleRNN")),
    *((kind, case(*SEQUENCES, dropout=0.4)) for kind in ("Attention", "AdditiveAttention")),
    ("MultiHeadAttention", sequence(num_heads=2, key_dim=3, dropout=0.4)),
    ("GroupQueryAttention", sequence(head_dim=2, num_query_heads=4, num_key_value_heads=2, dropout=0.4)),
    ("TimeDistributed", case((3, 8, 8, 2), layer={"type": "Conv2D", "filters": 2, "kernel_size": 3})),
    ("TimeDistributed", case((3, 8, 8, 2), layer={"type": "MaxPooling2D"})),
    ("Conv2D", image(filters=6, kernel_size=3, groups=3)),
    ("Conv1D", sequence(filters=3, kernel_size=2, padding="causal", dilation_rate=2)),
    ("EinsumDense", sequence(equation="abc,cd->abd", output_shape=[6, 3], bias_axes="d")),
    ("LSTM", case((100, 2), units=2)),  # longer than unrolled series
]
# Rows of all layers that no Flatten or Dense can follow: an output of unknown length, masks, and layers at the end.
ENDLESS = ("EinsumDense", "LogVariance", "Masking", "MemberAverage")


def of_one_layer(type_name, row):
    """The network of one layer with a Dense one behind it."""
    recipe = network(type_name, row)
    del recipe["outputs"]
    recipe["layers"].append({"type": "Flatten"})
    return resolve(recipe, task="regression", n_outputs=1)


def trainings(type_name, row):
    resolved = of_one_layer(type_name, row)
    X = batches(row, 13)
    X = {name: np.asarray(X[name]) for name in X} if isinstance(X, dict) else np.asarray(X)
    y = np.random.default_rng(1).normal(size=(13, 1)).astype("float32")
    big = max(np.abs(x).max() for x in (X.values() if isinstance(X, dict) else [X])) > 10
    for seed in (0, 1):
        rate = (1e-6 if big else 0.01) * (seed + 1)  # images have values to 255
        chosen = settings(loss="mean_squared_error", optimizer={"type": "SGD", "learning_rate": rate}, epochs=2)
        yield Member(resolved, chosen, seed, *training_and_validation(list(resolved.outputs), X, y, None))


def is_there(type_name, row):
    followed = type_name not in (*ENDLESS, *REFUSED) and not row.arguments.get("mask_zero")
    return followed and row.dtype != "string"


CASES = [row for row in [*LAYERS.items(), *VARIANTS] if is_there(*row)] + MORE


@pytest.mark.slow
@pytest.mark.parametrize(("type_name", "row"), CASES, ids=[f"{kind} {place}" for place, (kind, _) in enumerate(CASES)])
def test_a_layer_trains_in_a_stack_as_alone(monkeypatch, type_name, row):
    """In each execution mode of the layer's table row; other layers have a reason to train alone."""
    members = list(trainings(type_name, row))
    if why := obstacle_to_stacking(members[0]):
        assert why.startswith("layers of type") or why.split(" ")[0] in (*REFUSED_ARGUMENTS, "activation")
        return
    kinds = [kind for kind, _ in execution_modes.every_layer(members[0].resolved)]
    modes = [mode for mode in execution_modes.EXECUTION_MODES if all(mode in layer_facts(kind).modes for kind in kinds)]
    assert modes
    for mode in modes:
        monkeypatch.setattr(execution_modes, "EXECUTION_MODES", (mode,))
        monkeypatch.setattr(stack, "_programs", Store(1))
        assert_like_separate(members)


@pytest.mark.slow
@pytest.mark.parametrize("type_name", [name for name, facts in LOSSES.items() if facts.stacked])
def test_losses_equal_to_separate_training(type_name):
    assert_like_separate([objects(seed, type_name) for seed in (0, 1)])


@pytest.mark.slow
@pytest.mark.parametrize("type_name", [name for name, facts in METRICS.items() if facts.stacked])
def test_metrics_equal_to_separate_training(type_name):
    by_class = "Sparse" in type_name
    loss = "SparseCategoricalCrossentropy" if by_class else "MeanSquaredError"
    assert_like_separate([objects(seed, loss, "accuracy" if type_name == "Accuracy" else type_name) for seed in (0, 1)])


def objects(seed, loss, *metrics):
    """A training with a loss and metrics, of classes by number or one column each."""
    resolved = resolve(Recipe([{"type": "Dense", "units": 5}]), (4,), task="multiclass", n_outputs=3)
    X, y = classes()
    by_number = "Sparse" in loss or loss == "CategoricalGeneralizedCrossEntropy"
    targets = y if by_number else np.eye(3, dtype="float32")[y]
    if loss == "Quantile":
        loss, targets = {"type": loss, "quantiles": [0.1, 0.5, 0.9]}, y[:, np.newaxis].astype("float32")
    if loss == "Gamma":
        targets = targets + 0.5
    chosen = settings(loss=loss, metrics=list(metrics), optimizer={"type": "SGD", "learning_rate": 1e-3})
    return Member(resolved, chosen, seed, *training_and_validation(["output"], X, targets, None))


def assert_like_separate(members):
    """Weights and curves of a stack are those of its members alone."""
    assert not any(map(obstacle_to_stacking, members))
    for member, outcome in zip(members, train_stack(members), strict=True):
        with borrowed(member.resolved, member.seed) as model:
            adapt(model, member.resolved, member.seed, member.training)
            start = Weights.of(model).values
            history = train(model, member.settings, member.seed, member.training).history
            trained = Weights.of(model).values
        changes = [
            np.abs(there.astype(float) - before).max(initial=0) for before, there in zip(start, trained, strict=True)
        ]
        least = max(1e-6, 1e-3 * max(changes))  # a bias that softmax takes away has rounding for a gradient
        for there, here, change in zip(trained, outcome.weights, changes, strict=True):
            np.testing.assert_allclose(here, there, rtol=0, atol=1e-3 * max(change, least))
        assert outcome.history.curves.keys() == history.curves.keys()
        for name, curve in history.curves.items():
            np.testing.assert_allclose(outcome.history.curves[name], curve, rtol=1e-4, atol=1e-6)
