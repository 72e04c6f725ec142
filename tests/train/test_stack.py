"""A stack trains each member as it would be trained alone, and so do Keras' own steps on the same batches."""

import numpy as np
import pytest

from nnbuild import Recipe, resolve
from nnbuild.catalog.facts.objects import OPTIMIZERS
from nnbuild.train.stacked.stack import program_key, train_stack
from nnbuild.train.stacked.stackable import obstacle_to_stacking
from train.stacks import (
    DENSE,
    NETWORKS,
    OPTIMIZER_ROWS,
    TWO_VALUES,
    X,
    Y,
    alone,
    assert_like_separate,
    few_of,
    member,
    network,
    trainings,
)


@pytest.mark.parametrize("run", [lambda one: train_stack([member(), one]), alone], ids=["stack", "alone"])
def test_both_engines_refuse_the_same_targets(run):
    with pytest.raises(ValueError, match="y must contain class indices") as caught:
        run(member(seed=1, y=Y + 1))
    assert str(caught.value) == (
        "y must contain class indices from 0 to 2, because the output has 3 units, got 3\n"
        "  hint: encode the classes as 0 to n_classes - 1, or set n_outputs to their number"
    )


class TestLikeAlone:
    @pytest.mark.parametrize("name", few_of(OPTIMIZER_ROWS, "Nesterov", "cosine", "clipped sums", "averages"))
    def test_optimizers(self, name):
        optimizer = OPTIMIZER_ROWS[name]
        members = [member(seed=seed, optimizer=optimizer) for seed in (0, 1)]
        assert not any(map(obstacle_to_stacking, members))
        assert_like_separate(members)

    @pytest.mark.parametrize("name", few_of(OPTIMIZERS, "SGD", "Adam"))
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

    @pytest.mark.parametrize("name", few_of(NETWORKS, "convolutions", "LSTM", "attention", "mask of words, LSTM"))
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
