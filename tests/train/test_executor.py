"""Which engine trains a fit; and fits that were pickled, as for another process, train with the same bits."""

import pickle
from dataclasses import replace

import keras
import numpy as np
import pytest

from nnbuild import Recipe, resolve
from nnbuild.train.common.batches import Drawing
from nnbuild.train.common.epochs import EpochHooks
from nnbuild.train.common.member import Member, Previous, Start
from nnbuild.train.common.model_cache import Weights
from nnbuild.train.common.splits import training_and_validation
from nnbuild.train.executor import STACKED, Callbacks, Choice, Executor, Fit
from nnbuild.train.stacked import stackable
from train.nets import classes, settings

X, Y = classes(29)
DENSE = {"type": "Dense", "units": 5, "activation": "tanh", "kernel_regularizer": {"type": "L2", "l2": 0.01}}
NETWORK = resolve(Recipe([DENSE, {"type": "Dropout", "rate": 0.3}]), (4,), task="multiclass", n_outputs=3)
EXECUTOR = Executor()


def member(seed=0, **changes):
    """A training with held-out rows, class weights and early stopping."""
    loss = NETWORK.outputs["output"]["loss"]
    chosen = settings(loss=loss, early_stopping={"patience": 2}, metrics=["accuracy"], **changes)
    return Member(
        NETWORK, chosen, seed, *training_and_validation(["output"], X, Y, {"output": {"0": 2.0}}, None, np.arange(9))
    )


def sent(value):
    """A value as another process would get it."""
    return pickle.loads(pickle.dumps(value))


def assert_same_bits(outcomes, others):
    for one, other in zip(outcomes, others, strict=True):
        assert all(np.array_equal(*pair) for pair in zip(one.weights, other.weights, strict=True))
        assert all(np.array_equal(*pair) for pair in zip(one.optimizer, other.optimizer, strict=True))
        assert (one.history.curves, one.history.stopped) == (other.history.curves, other.history.stopped)


class AddsNoise:
    """Rows with noise, which differs in each epoch."""

    def __call__(self, X, y, rng):
        return {"": X[""] + rng.normal(size=X[""].shape).astype("float32")}, y


class TestPickling:
    @pytest.mark.parametrize("engine", ["keras", "compiled"])
    def test_a_fit(self, engine):
        start = Start({1: np.full(5, 0.5, "float32")})
        fit = Fit((member(0), replace(member(1), start=start)), engine)
        assert fit.members[0].numbers  # derived values do not prevent pickling
        assert_same_bits(EXECUTOR.run(fit, Callbacks()), EXECUTOR.run(sent(fit), Callbacks()))

    @pytest.mark.slow
    def test_a_group(self):
        (group,) = EXECUTOR.groups([Fit((member(0), member(1)), "compiled"), Fit((member(2, learning_rate=0.01),))])
        assert (group.choice, len(group.members)) == (STACKED, 3)
        outcomes, others = (EXECUTOR.train(one, ()) for one in (group, sent(group)))
        assert_same_bits(outcomes, others)
        assert sent(outcomes[0]).history.curves == outcomes[0].history.curves

    def test_a_warm_start(self):
        first = replace(member(optimizer="adam"), keeps_optimizer=True)
        (before,) = EXECUTOR.run(Fit((first,)), Callbacks())
        assert before.optimizer
        previous = Previous(Weights(before.weights), before.history.n_epochs, before.optimizer)
        fit = Fit((replace(first, previous=previous),))
        assert_same_bits(EXECUTOR.run(fit, Callbacks()), EXECUTOR.run(sent(fit), Callbacks()))

    def test_rows_that_are_drawn(self):
        one = member()
        drawn = [replace(data, drawing=Drawing(AddsNoise(), 7)) for data in one.parts]
        fit = Fit((replace(one, training=drawn[0], held_out=drawn[1]),))
        assert_same_bits(EXECUTOR.run(fit, Callbacks()), EXECUTOR.run(sent(fit), Callbacks()))

    @pytest.mark.parametrize("engine", ["keras", "compiled"])
    def test_hooks_are_not_pickled(self, engine):
        calls = []

        def end(epoch, weights):
            calls.append((epoch, len(weights())))
            return epoch == 2

        hooks = [[EpochHooks(calls.append, end)]]
        (outcome,) = EXECUTOR.run(sent(Fit((member(),), engine)), Callbacks(hooks=hooks))
        n_variables = len(outcome.weights)
        assert calls == [1, (1, n_variables), 2, (2, n_variables)]
        assert outcome.history.stopped == "callback"


class TestChoice:
    @pytest.mark.parametrize(
        ("fit", "callbacks", "reason"),
        [
            (Fit((member(),), "keras"), Callbacks(), "engine='keras'"),
            (Fit((member(),)), Callbacks([keras.callbacks.Callback()]), "Keras' callbacks"),
            (Fit((replace(member(), keeps_optimizer=True),)), Callbacks(), "warm_start"),
            (Fit((member(),), is_step=True), Callbacks(), "warm_start"),
            (Fit((member(precision="mixed_float16"),)), Callbacks(), "precision mixed_float16"),
        ],
    )
    def test_reasons_to_train_separately(self, fit, callbacks, reason):
        assert EXECUTOR.choice(fit, callbacks, at_once=False) == Choice(False, reason)

    def test_short_fits_are_stacked_only_with_others(self, monkeypatch):
        fit, short = Fit((member(),)), Choice(False, "too few steps to be worth compiling")
        assert EXECUTOR.choice(fit, Callbacks(), at_once=True) == short
        assert EXECUTOR.choice(fit, Callbacks(), at_once=False) == STACKED
        assert EXECUTOR.choice(replace(fit, engine="compiled"), Callbacks(), at_once=True) == STACKED
        assert [group.choice for group in EXECUTOR.groups([fit, Fit((member(1),))])] == [short]
        monkeypatch.setattr(stackable, "MANY_STEPS_STACKED", 2 * 3 * 3)  # members, epochs, batches of 20 rows
        assert [group.choice for group in EXECUTOR.groups([fit, Fit((member(1),))])] == [STACKED]
        assert [group.choice for group in EXECUTOR.groups([fit])] == [short]

    def test_groups_are_of_one_form(self):
        fits = [Fit((member(seed),)) for seed in range(2)] + [Fit((member(batch_size=4),)), Fit((member(2),))]
        assert [[fits.index(fit) for fit in group.fits] for group in EXECUTOR.groups(fits)] == [[0, 1, 3], [2]]
