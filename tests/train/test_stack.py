"""A stack trains each member as it would be trained alone, and so do Keras' own steps on the same batches."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from nnbuild import Recipe, resolve
from nnbuild.catalog.facts.objects import OPTIMIZERS
from nnbuild.train.common.batches import make_data
from nnbuild.train.common.device import on_device
from nnbuild.train.common.epochs import EpochHooks
from nnbuild.train.common.member import Member
from nnbuild.train.common.model_cache import Weights, borrowed
from nnbuild.train.common.splits import training_and_validation
from nnbuild.train.common.template import separated
from nnbuild.train.keras.trainer import train
from nnbuild.train.stacked import stack, stack_program, stack_run
from nnbuild.train.stacked.stack import program_key, train_stack
from nnbuild.train.stacked.stack_program import StackProgram
from nnbuild.train.stacked.stackable import obstacle_to_stacking
from train.nets import classes, settings

X, Y = classes(29)
DENSE = {"type": "Dense", "units": 5, "activation": "tanh"}


def network(*layers, task="multiclass", **inputs):
    return resolve(Recipe([*(layers or (DENSE,))]), (4,), task=task, n_outputs=3 if task == "multiclass" else 1)


def member(resolved=None, seed=0, rows=None, validation=None, weights=None, X=X, y=Y, **changes):
    """A training on some of the 29 rows; SGD, 3 epochs, batches of 8."""
    resolved = resolved or network()
    loss = next(iter(resolved.outputs.values()))["loss"]
    full = settings(**{"loss": loss, **changes})
    taken = slice(None) if rows is None else rows
    weights = None if weights is None else weights[taken]
    data = training_and_validation(
        list(resolved.outputs), X[taken], y[taken], full["class_weight"], weights, validation
    )
    return Member(resolved, full, seed, *data)


RNG = np.random.default_rng(0)
IMAGES = RNG.normal(size=(29, 8, 8, 2)).astype("float32")
SERIES = RNG.normal(size=(29, 6, 3)).astype("float32")
SERIES[::3, 4:] = 0  # shorter ones, where a mask looks
WORDS = np.where(np.arange(7) < RNG.integers(2, 8, (29, 1)), RNG.integers(1, 9, (29, 7)), 0).astype("int32")
CONVOLUTION = {"type": "Conv2D", "filters": 4, "kernel_size": 3, "activation": "relu"}
LSTM = {"type": "LSTM", "units": 4}
ATTENTION = {"type": "MultiHeadAttention", "num_heads": 2, "key_dim": 2, "dropout": 0.3}
EMBEDDING = {"type": "Embedding", "input_dim": 9, "output_dim": 4, "mask_zero": True}
POOLED = {"type": "GlobalAveragePooling1D"}
FLATTEN = {"type": "Flatten"}
NETWORKS = {
    "convolutions": (IMAGES, CONVOLUTION, {"type": "MaxPooling2D"}, {**CONVOLUTION, "padding": "same"}, FLATTEN),
    "separable": (IMAGES, {**CONVOLUTION, "type": "SeparableConv2D"}, {"type": "BatchNormalization"}, FLATTEN),
    "LSTM": (SERIES, {**LSTM, "return_sequences": True, "dropout": 0.3}, {**LSTM, "recurrent_dropout": 0.3}),
    "GRU": (SERIES, {"type": "GRU", "units": 4, "dropout": 0.3, "kernel_regularizer": "l2"}),
    "Bidirectional": (SERIES, {"type": "Bidirectional", "layer": LSTM}),
    "cells": (SERIES, {"type": "RNN", "cell": [{"type": "GRUCell", "units": 3}, {"type": "LSTMCell", "units": 3}]}),
    "attention": (SERIES, {"type": "Dense", "units": 4}, ATTENTION, {"type": "LayerNormalization"}, POOLED),
    "mask of words, mean": (WORDS, EMBEDDING, POOLED),
    "mask of words, LSTM": (WORDS, EMBEDDING, LSTM),
    "mask of words, attention": (WORDS, EMBEDDING, ATTENTION, POOLED),
    "mask of series": (SERIES, {"type": "Masking"}, {"type": "GRU", "units": 3}),
}


def trainings(name, seeds=(0, 1), **changes):
    """Members of one of the networks: 3 epochs at 1e-3, validated."""
    X, *layers = NETWORKS[name]
    resolved = resolve(Recipe(layers), X.shape[1:], dtype=str(X.dtype), task="multiclass", n_outputs=3)
    # By Adam, a bias that softmax takes away would be noise.
    optimizer = {"type": "SGD" if "attention" in name else "Adam", "learning_rate": 1e-3}
    changes = {"optimizer": optimizer, "validation": np.arange(0, 29, 4), **changes}
    return [member(resolved, seed, X=X, **changes) for seed in seeds]


def alone(one):
    """Weights and history of the same training by Keras' steps."""
    with borrowed(one.resolved, one.seed) as model:
        outcome = train(model, one.settings, one.seed, one.training, one.held_out)
        return Weights.of(model).values, outcome.history


@pytest.mark.parametrize("run", [lambda one: train_stack([member(), one]), alone], ids=["stack", "alone"])
def test_both_engines_refuse_the_same_targets(run):
    with pytest.raises(ValueError, match="y must contain class indices") as caught:
        run(member(seed=1, y=Y + 1))
    assert str(caught.value) == (
        "y must contain class indices from 0 to 2, because the output has 3 units, got 3\n"
        "  hint: encode the classes as 0 to n_classes - 1, or set n_outputs to their number"
    )


def assert_like_separate(members, tolerance=1e-5):
    outcomes = train_stack(members)
    for one, outcome in zip(members, outcomes, strict=True):
        weights, history = alone(one)
        for here, there in zip(outcome.weights, weights, strict=True):
            np.testing.assert_allclose(here, there, rtol=0, atol=tolerance)
        assert outcome.history.curves.keys() == history.curves.keys()
        for name, curve in history.curves.items():
            np.testing.assert_allclose(outcome.history.curves[name], curve, rtol=0, atol=1e-4)
        assert (outcome.history.best_epoch, outcome.history.stopped) == (history.best_epoch, history.stopped)
    return outcomes


def assert_same_bits(outcomes, others):
    for one, other in zip(outcomes, others, strict=True):
        assert all(np.array_equal(*pair) for pair in zip(one.weights, other.weights, strict=True))
        assert (one.history.curves, one.history.stopped) == (other.history.curves, other.history.stopped)


TWO_VALUES = {"beta": (1e-3, 2e-3), "beta_2_decay": (-0.8, -0.5), "momentum": (0.5, 0.3), "rho": (0.5, 0.3)}
OPTIMIZER_ROWS = [
    {"type": "SGD", "learning_rate": 1e-3, "momentum": 0.9, "nesterov": True},
    {"type": "SGD", "learning_rate": 0.1, "loss_scale_factor": 8.0},
    {"type": "AdamW", "learning_rate": 1e-3, "weight_decay": 0.1},
    {"type": "Adam", "learning_rate": 1e-3, "clipnorm": 0.01},
    {"type": "Adam", "learning_rate": 1e-3, "clipvalue": 0.01, "amsgrad": True},
    {"type": "RMSprop", "learning_rate": 1e-3, "global_clipnorm": 0.01, "momentum": 0.5, "centered": True},
    {"type": "Adam", "learning_rate": {"type": "CosineDecay", "initial_learning_rate": 1e-3, "decay_steps": 9}},
    {"type": "Adam", "learning_rate": 1e-3, "use_ema": True, "ema_momentum": 0.8},
    {"type": "SGD", "learning_rate": 1e-3, "use_ema": True, "ema_momentum": 0.8, "ema_overwrite_frequency": 3},
    {"type": "AdamW", "learning_rate": 1e-3, "weight_decay": 0.1, "clipnorm": 0.01, "gradient_accumulation_steps": 3},
    {"type": "Nadam", "learning_rate": 1e-3, "gradient_accumulation_steps": 2},
    {
        "type": "Adam", "learning_rate": 1e-3, "gradient_accumulation_steps": 2, "use_ema": True, "ema_momentum": 0.8,
        "ema_overwrite_frequency": 2,
    },
]  # fmt: skip


class TestLikeAlone:
    @pytest.mark.parametrize("optimizer", OPTIMIZER_ROWS, ids=lambda value: value["type"])
    def test_optimizers(self, optimizer):
        members = [member(seed=seed, optimizer=optimizer) for seed in (0, 1)]
        assert not any(map(obstacle_to_stacking, members))
        assert_like_separate(members)

    @pytest.mark.parametrize("name", OPTIMIZERS)
    def test_all_numbers_of_an_optimizer_differ_in_one_program(self, name):
        def one(which):
            numbers = {
                argument: TWO_VALUES.get(argument, (0.5, 0.3) if "beta_" in argument else (1e-3, 2e-3))[which]
                for argument in OPTIMIZERS[name].numbers
            }
            return member(optimizer={"type": name, "learning_rate": 1e-3, **numbers})

        members = [one(0), one(1)]
        assert not any(map(obstacle_to_stacking, members))
        assert len({program_key(m) for m in members}) == 1
        outcomes = assert_like_separate(members)
        differ = [not np.array_equal(*pair) for pair in zip(*(outcome.weights for outcome in outcomes), strict=True)]
        assert any(differ)

    @pytest.mark.parametrize("name", ["clipnorm", "clipvalue", "global_clipnorm"])
    def test_limits_of_gradients_differ_in_one_program(self, name):
        members = [member(optimizer={"type": "SGD", "learning_rate": 0.01, name: value}) for value in (1e-3, 2e-3)]
        assert len({program_key(m) for m in members}) == 1
        assert_like_separate(members)

    @pytest.mark.parametrize("name", NETWORKS)
    def test_networks(self, name):
        members = trainings(name, metrics=["accuracy"])
        assert not any(map(obstacle_to_stacking, members))
        assert_like_separate(members)

    def test_numbers_differ_in_one_program(self):
        def one(rate, l2, learning_rate, decay):
            regularized = {**DENSE, "kernel_regularizer": {"type": "L2", "l2": l2}}
            resolved = network(regularized, {"type": "Dropout", "rate": rate})
            optimizer = {"type": "AdamW", "learning_rate": learning_rate, "weight_decay": decay}
            return member(resolved, optimizer=optimizer, metrics=["accuracy"])

        members = [one(0.1, 0.0, 1e-3, 0.1), one(0.4, 0.01, 2e-3, 0.0), one(0.8, 0.1, 5e-4, 0.01)]
        assert len({program_key(m) for m in members}) == 1
        assert_like_separate(members)

    def test_penalties_of_both_kinds_differ_in_one_program(self):
        def one(l1, l2):
            return member(network({**DENSE, "kernel_regularizer": {"type": "L1L2", "l1": l1, "l2": l2}}))

        members = [one(0.01, 0.1), one(0.02, 0.05)]
        assert len({program_key(m) for m in members}) == 1
        assert program_key(one(0.0, 0.1)) != program_key(members[0])  # Keras leaves a penalty of zero out
        assert_like_separate(members)

    @pytest.mark.parametrize("loss", ["SparseCategoricalCrossentropy", "CategoricalCrossentropy"])
    def test_smoothing_differs_in_one_program(self, loss):
        members = [member(loss=loss, label_smoothing=smoothing) for smoothing in (0.1, 0.3)]
        assert len({program_key(m) for m in members}) == 1
        assert program_key(member(loss=loss)) != program_key(members[0])
        assert_like_separate(members)

    def test_rows_of_folds_differ(self):
        folds = [np.delete(np.arange(29), np.arange(start, 29, 3)) for start in range(3)]
        assert_like_separate([member(rows=rows, seed=seed) for seed, rows in enumerate(folds)])

    def test_batch_normalization_gets_whole_batches_only(self):
        resolved = network(DENSE, {"type": "BatchNormalization"})
        assert_like_separate([member(resolved, seed=seed) for seed in (0, 1, 2)])
        few, many = member(resolved, rows=np.arange(20)), member(resolved)
        assert program_key(few) != program_key(many)

    def test_weights_of_rows_and_of_classes(self):
        weights = np.random.default_rng(0).integers(0, 3, 29).astype(float)
        assert_like_separate([member(weights=weights, metrics=["accuracy"]), member(weights=weights[::-1].copy())][:1])
        balanced = member(weights=weights, class_weight="balanced")
        assert_like_separate([balanced, member(weights=weights + 1)])

    def test_validation_and_early_stopping(self):
        stopping = {"patience": 1, "monitor": "val_loss"}
        rates = (0.001, 3.0, 0.3)
        outcomes = assert_like_separate(
            [
                member(
                    validation=np.arange(0, 29, 4), early_stopping=stopping, epochs=8, metrics=["accuracy"],
                    optimizer={"type": "SGD", "learning_rate": rate},
                )
                for rate in rates
            ],
            tolerance=1e-4,
        )  # fmt: skip
        assert {outcome.history.stopped for outcome in outcomes} == {"epochs", "early_stopping"}

    def test_averages_and_early_stopping(self):
        """The best weights are those of an epoch; without, averages have the last word."""
        optimizer = {"type": "SGD", "learning_rate": 0.3, "use_ema": True, "ema_momentum": 0.8}
        for best in (True, False):
            stopping = {"patience": 1, "restore_best": best}
            held_out = np.arange(0, 29, 4)
            members = [
                member(validation=held_out, early_stopping=stopping, epochs=6, optimizer=optimizer, seed=seed)
                for seed in (0, 1)
            ]
            assert_like_separate(members, tolerance=1e-4)

    def test_epochs_differ(self):
        members = [member(epochs=epochs) for epochs in (1, 4, 2)]
        assert [outcome.history.n_epochs for outcome in assert_like_separate(members)] == [1, 4, 2]

    def test_more_rows_in_a_batch_than_there_are(self):
        assert_like_separate([member(batch_size=100), member(batch_size=100, seed=1)])

    def test_a_stack_of_one(self):
        assert_like_separate([member(network(DENSE, {"type": "Dropout", "rate": 0.5}))])

    def test_shuffling_differs(self):
        assert_like_separate([member(shuffle=True), member(shuffle=False)])

    def test_padding_has_no_gradients_that_rows_have_not(self):
        plain = {"type": "Dense", "units": 5, "use_bias": False}
        resolved = network({"type": "UnitNormalization"}, plain, {"type": "UnitNormalization"})
        assert_like_separate([member(resolved, seed=seed) for seed in (0, 1)])

    def test_a_loss_that_is_a_sum(self):
        loss = {"type": "SparseCategoricalCrossentropy", "reduction": "sum"}
        optimizer = {"type": "SGD", "learning_rate": 1e-3}
        held_out = np.arange(0, 29, 2)
        assert_like_separate(
            [member(loss=loss, seed=seed, validation=held_out, optimizer=optimizer) for seed in (0, 1)]
            + [member(loss=loss, batch_size=8, validation=held_out, optimizer=optimizer)]
        )
        assert_like_separate([member(loss=loss, batch_size=100, rows=np.arange(20), validation=np.arange(4, 20))])

    def test_all_is_dropped(self):
        assert_like_separate([member(network(DENSE, {"type": "Dropout", "rate": rate})) for rate in (0.5, 1.0)])

    def test_double_precision(self):
        recipe = Recipe([DENSE], training={"precision": "float64"})
        resolved = resolve(recipe, (4,), dtype="float64", task="multiclass", n_outputs=3)
        assert_like_separate([member(resolved, seed=seed, precision="float64") for seed in (0, 1)], tolerance=1e-7)

    def test_regression(self):
        target = X.sum(axis=1).astype("float32")
        resolved = network(DENSE, task="regression")
        assert_like_separate(
            [member(resolved, seed=seed, y=target, metrics=["mean_absolute_error"]) for seed in (0, 1)]
        )


def test_one_member_that_diverges_leaves_the_others_alone():
    def of(rate):
        return member(optimizer={"type": "SGD", "learning_rate": rate}, epochs=3, loss="mean_squared_error", y=Y * 1.0)

    resolved = network(DENSE, task="regression")
    wild = replace(of(1e12), resolved=resolved)
    calm = replace(of(1e-3), resolved=resolved)
    together = train_stack([calm, wild, calm])
    assert "became" in together[1].trouble
    assert together[1].history.stopped == "diverged"
    assert together[0].trouble == together[2].trouble == ""
    for here, there in zip(together[0].weights, train_stack([calm, calm, calm])[0].weights, strict=True):
        assert np.array_equal(here, there)


def test_same_bits_whoever_the_neighbours_are():
    first = train_stack([member(seed=seed) for seed in (0, 1, 2, 3)])
    again = train_stack([member(seed=seed) for seed in (0, 7, 8, 9)])
    for here, there in zip(first[0].weights, again[0].weights, strict=True):
        assert np.array_equal(here, there)


def test_same_bits_whoever_the_neighbours_are_by_the_other_way():
    first, again = (train_stack(trainings("LSTM", seeds)) for seeds in ((0, 1, 2, 3), (0, 7, 8, 9)))
    for here, there in zip(first[0].weights, again[0].weights, strict=True):
        assert np.array_equal(here, there)


def test_the_shapes_kept_compiled_are_few(monkeypatch):
    monkeypatch.setattr(stack_program, "MAX_SHAPES", 1)
    one = member(network({**DENSE, "units": 3}))
    template, _ = separated(one.resolved, one.settings)
    for n_members in (1, 2, 1):
        train_stack([one] * n_members)
    assert len(stack.program_for(template, one.training)._functions) == 1


def test_devices_are_honoured(monkeypatch):
    used = []
    monkeypatch.setattr(stack, "on_device", lambda device: used.append(device) or on_device(device))
    here, anywhere = replace(member(), device="cpu"), member()
    assert program_key(here) != program_key(anywhere)
    train_stack([here, here])
    train_stack([anywhere, anywhere])
    assert used == ["cpu", "cpu", None, None]  # for the program, and in the thread that trains


@pytest.fixture
def groups(monkeypatch):
    """Sizes of the groups that train at a time, and the places of their program, of each stack."""
    seen = []

    def watched(program, batches, groups, n_places, *rest):
        seen.append(([len(group) for group in groups], n_places))
        return trained(program, batches, groups, n_places, *rest)

    trained = stack._trained
    monkeypatch.setattr(stack, "_trained", watched)
    return seen


def test_many_members_are_groups_of_bounded_memory(monkeypatch, groups):
    monkeypatch.setattr(stack, "MAX_STATE_BYTES", 1200)  # two members: 43 weights, 8 rows of 12 values
    members = [member(seed=seed) for seed in range(5)]
    outcomes = train_stack(members, n_threads=1)
    assert groups == [([2, 2, 1], 2)]
    assert all(outcome.history.elapsed_s > 0 for outcome in outcomes)
    monkeypatch.undo()
    assert_same_bits(outcomes, train_stack(members))


def test_groups_train_in_threads(groups):
    members = [member(seed=seed, epochs=seed % 3 + 1) for seed in range(9)]
    parts, whole = train_stack(members, n_threads=2), train_stack(members, n_threads=1)
    assert groups == [([5, 4], 5), ([9], 10)]
    assert_same_bits(parts, whole)
    train_stack(members[:7], n_threads=2)
    train_stack([member(seed=seed) for seed in range(70)], n_threads=2)
    assert groups[2:] == [([7], 7), ([24, 24, 22], 24)]


def test_groups_report_the_slowest():
    events = []

    class Listener:
        def start(self, n_epochs, n_steps):
            events.append((n_epochs, n_steps))

        def epoch(self, epoch, logs):
            events.append(epoch)

        def stop(self):
            events.append("stop")

    train_stack([member(seed=seed) for seed in range(8)], Listener(), n_threads=2)
    assert events == [(3, 4), 1, 2, 3, "stop"]


def test_an_error_in_one_group_ends_the_others():
    class Unfit(Exception):
        pass

    def fail(epoch, weights):
        raise Unfit

    ended = []
    bad = [EpochHooks(lambda epoch: None, fail)]
    good = [EpochHooks(lambda epoch: None, lambda *_: ended.append(1))]
    with pytest.raises(Unfit):
        train_stack([member(epochs=1000)] * 8, n_threads=2, hooks=[good] * 4 + [bad] * 4)
    assert len(ended) < 4 * 1000


def test_groups_that_have_not_begun_do_not_begin_after_an_error(monkeypatch):
    begun, events = [], []

    class Listener:
        def start(self, n_epochs, n_steps):
            events.append("start")

        def epoch(self, epoch, logs):
            events.append(epoch)

        def stop(self):
            events.append("stop")

    def fail(epoch):
        begun.append(epoch)
        raise ArithmeticError("no")

    monkeypatch.setattr("nnbuild.train.stacked.stack.MAX_TOGETHER", 1)
    bad = [EpochHooks(fail, lambda *_: False)]
    with pytest.raises(ArithmeticError, match=r"^no$"):
        train_stack([member()] * 5, Listener(), n_threads=1, hooks=[bad] * 5)
    assert begun == [1]
    assert events == ["start", "stop"]


def test_members_that_have_ended_are_left_out(monkeypatch):
    members = [member(seed=seed, epochs=epochs) for seed, epochs in enumerate((1, 9, 2, 1, 1, 9))]
    whole, sizes = train_stack(members, n_threads=1), []
    monkeypatch.setattr(stack_run, "COMPILE_S", 0.0)
    epoch = StackProgram.epoch
    monkeypatch.setattr(
        StackProgram, "epoch", lambda self, state, *rest: sizes.append(len(rest[0])) or epoch(self, state, *rest)
    )
    fewer = train_stack(members, n_threads=1)
    assert sizes == [6, 3, 2, 2, 2, 2, 2, 2, 2]
    assert_same_bits(fewer, whole)
    assert [outcome.history.n_epochs for outcome in fewer] == [1, 9, 2, 1, 1, 9]


def test_the_best_weights_of_members_that_are_left_out(monkeypatch):
    stopping = {"patience": 1, "min_delta": 10.0}  # the first epoch is the best one
    members = [
        member(seed=seed, validation=np.arange(0, 29, 4), epochs=6, early_stopping=stopping if seed < 2 else False)
        for seed in range(4)
    ]
    whole = train_stack(members, n_threads=1)
    monkeypatch.setattr(stack_run, "COMPILE_S", 0.0)
    fewer = train_stack(members, n_threads=1)
    assert_same_bits(fewer, whole)
    assert [outcome.history.best_epoch for outcome in fewer] == [1, 1, 6, 6]


def test_what_can_not_be_stacked():
    assert obstacle_to_stacking(member()) == ""
    assert obstacle_to_stacking(member(network({**DENSE, "activity_regularizer": "l2"}))) == (
        "activity_regularizer of a layer of type Dense"
    )
    assert obstacle_to_stacking(member(network({"type": "AlphaDropout", "rate": 0.5}))) == "layers of type AlphaDropout"
    assert obstacle_to_stacking(member(metrics=["accuracy", "AUC"])) == "metric AUC"
    assert obstacle_to_stacking(member(loss={"type": "dice"})) == "loss Dice"
    assert obstacle_to_stacking(member(precision="mixed_float16")) == "precision mixed_float16"
    assert obstacle_to_stacking(member(optimizer={"type": "LossScaleOptimizer"})) == "optimizer LossScaleOptimizer"
    big = make_data(np.broadcast_to(np.float32(0), (2**20, 200)), np.zeros(2**20), None, ["output"])
    assert obstacle_to_stacking(replace(member(), training=big)) == "more than 512 MiB of rows"
    sparse = make_data(csr_matrix(np.eye(4)), np.zeros(4), None, ["output"])
    assert obstacle_to_stacking(replace(member(), training=sparse)) == "sparse X"
    words = make_data(np.array([["a"], ["b"]]), np.zeros(2), None, ["output"])
    assert obstacle_to_stacking(replace(member(), training=words)) == "inputs of text"
