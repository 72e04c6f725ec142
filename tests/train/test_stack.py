"""A stack trains each member as its separate training and as the steps of Keras on the same batches."""

import numpy as np
import pytest

from few import few_of
from nnbuild import Recipe, resolve
from nnbuild.catalog.facts.objects import OPTIMIZERS
from nnbuild.train.keras.trainer import train_member
from nnbuild.train.stacked.stack import program_key, train_stack
from nnbuild.train.stacked.stackable import obstacle_to_stacking
from train.stacks import (
    DENSE,
    NETWORKS,
    OPTIMIZER_ROWS,
    TWO_VALUES,
    Y,
    assert_like_separate,
    member,
    network,
    trainings,
)


def clipped(name):
    return lambda _, value: member(optimizer={"type": "SGD", "learning_rate": 0.01, name: value})


def regularized(rate, l2):
    penalized = {**DENSE, "kernel_regularizer": {"type": "L2", "l2": l2}}
    optimizer = {"type": "AdamW", "learning_rate": l2, "weight_decay": rate}
    return member(network(penalized, {"type": "Dropout", "rate": rate}), optimizer=optimizer, metrics=["accuracy"])


# Trainings by two numbers.
DIFFERENT = {
    "clipnorm": clipped("clipnorm"),
    "clipvalue": clipped("clipvalue"),
    "global_clipnorm": clipped("global_clipnorm"),
    "rates and decay": regularized,
    "penalties": lambda l1, l2: member(
        network({**DENSE, "kernel_regularizer": {"type": "L1L2", "l1": l1 / 10, "l2": l2}})
    ),
    "smoothing": lambda by, _: member(loss="SparseCategoricalCrossentropy", label_smoothing=by),
    "smoothing of one-hot targets": lambda by, _: member(loss="CategoricalCrossentropy", label_smoothing=by),
}


def test_a_stack_refuses_targets_out_of_range():
    with pytest.raises(ValueError, match="y must contain class indices") as caught:
        train_stack([member(), member(seed=1, y=Y + 1)])
    assert str(caught.value) == (
        "y must contain class indices from 0 to 2, because the output has 3 units, got 3\n"
        "  hint: encode the classes as 0 to n_classes - 1, or set n_outputs to their number"
    )


class TestLikeAlone:
    @pytest.mark.parametrize("name", few_of(OPTIMIZER_ROWS, "averages"))
    def test_optimizers(self, name):
        optimizer = OPTIMIZER_ROWS[name]
        members = [member(seed=seed, optimizer=optimizer) for seed in (0, 1)]
        assert not any(map(obstacle_to_stacking, members))
        assert_like_separate(members)

    @pytest.mark.parametrize("name", few_of(OPTIMIZERS, "SGD"))
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

    @pytest.mark.parametrize("name", few_of(NETWORKS, "convolutions"))
    def test_networks(self, name):
        members = trainings(name, metrics=["accuracy"])
        assert not any(map(obstacle_to_stacking, members))
        assert_like_separate(members)

    @pytest.mark.parametrize("name", few_of(DIFFERENT, "clipnorm", "rates and decay"))
    def test_numbers_differ_in_one_program(self, name):
        members = [DIFFERENT[name](*values) for values in ((0.1, 1e-3), (0.3, 2e-3))]
        assert len({program_key(m) for m in members}) == 1
        assert_like_separate(members)

    @pytest.mark.parametrize("name", ["penalties", "smoothing", "smoothing of one-hot targets"])
    def test_zero_needs_another_program(self, name):
        """Keras leaves a penalty of zero out, and smoothing of zero is another loss."""
        assert program_key(DIFFERENT[name](0.0, 1e-3)) != program_key(DIFFERENT[name](0.1, 1e-3))

    def test_scales_differ_in_one_program(self):
        unit = {"type": "Dense", "units": 4, "kernel_initializer": "unit_variance"}
        scaled = [network(DENSE, {"type": "Rescaling", "scale": scale}, unit) for scale in (0.5, 0.0, -2.0)]
        members = [member(one) for one in scaled]
        assert len(set(map(program_key, members))) == 1
        for one, outcome in zip(members, train_stack(members), strict=True):
            for here, there in zip(outcome.weights, train_member(one).weights, strict=True):
                np.testing.assert_allclose(here, there, rtol=1e-4, atol=1e-5)

    def test_rows_epochs_and_shuffling_differ(self):
        folds = [np.delete(np.arange(29), np.arange(start, 29, 3)) for start in range(3)]
        members = [
            member(rows=rows, seed=seed, epochs=epochs, shuffle=seed != 1)
            for seed, rows, epochs in zip(range(3), folds, (1, 4, 2), strict=True)
        ]
        assert [outcome.history.n_epochs for outcome in assert_like_separate(members)] == [1, 4, 2]

    def test_a_stack_of_one_with_a_batch_of_more_rows_than_there_are(self):
        assert_like_separate([member(batch_size=100)])

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

    @pytest.mark.parametrize("best", few_of([True, False], True))
    def test_averages_and_early_stopping(self, best):
        """The best weights are those of an epoch; without `restore_best`, averages are kept."""
        optimizer = {"type": "SGD", "learning_rate": 0.3, "use_ema": True, "ema_momentum": 0.8}
        stopping = {"patience": 1, "restore_best": best}
        held_out = np.arange(0, 29, 4)
        members = [
            member(validation=held_out, early_stopping=stopping, epochs=6, optimizer=optimizer, seed=seed)
            for seed in (0, 1)
        ]
        assert_like_separate(members, tolerance=1e-4)

    def test_padding_has_no_gradients(self):
        plain = {"type": "Dense", "units": 5, "use_bias": False}
        resolved = network({"type": "UnitNormalization"}, plain, {"type": "UnitNormalization"})
        assert_like_separate([member(resolved, seed=seed) for seed in (0, 1)])

    @pytest.mark.slow
    def test_a_loss_that_is_a_sum(self):
        loss = {"type": "SparseCategoricalCrossentropy", "reduction": "sum"}
        optimizer = {"type": "SGD", "learning_rate": 1e-3}
        held_out = np.arange(0, 29, 2)
        assert_like_separate(
            [member(loss=loss, seed=seed, validation=held_out, optimizer=optimizer) for seed in (0, 1)]
            + [member(loss=loss, batch_size=8, validation=held_out, optimizer=optimizer)]
        )
        assert_like_separate([member(loss=loss, batch_size=100, rows=np.arange(20), validation=np.arange(4, 20))])

    @pytest.mark.slow
    def test_a_dropout_of_all_values(self):
        assert_like_separate([member(network(DENSE, {"type": "Dropout", "rate": rate})) for rate in (0.5, 1.0)])

    def test_double_precision(self):
        recipe = Recipe([DENSE], training={"precision": "float64"})
        resolved = resolve(recipe, (4,), dtype="float64", task="multiclass", n_outputs=3)
        assert_like_separate([member(resolved, seed=seed, precision="float64") for seed in (0, 1)], tolerance=1e-7)
