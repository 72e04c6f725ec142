"""Groups of a stack: same bits with any other members, bounded memory, threads, errors."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from nnbuild import Recipe, resolve
from nnbuild.train.common.batches import make_data
from nnbuild.train.common.device import on_device
from nnbuild.train.common.epochs import EpochHooks
from nnbuild.train.common.template import separated
from nnbuild.train.stacked import stack, stack_program, stack_run
from nnbuild.train.stacked.stack import program_key, train_stack
from nnbuild.train.stacked.stack_program import StackProgram
from nnbuild.train.stacked.stackable import obstacle_to_stacking
from train.stacks import DENSE, Y, assert_same_bits, member, network, trainings


def test_one_member_that_diverges_leaves_the_others_alone():
    def of(rate):
        return member(optimizer={"type": "SGD", "learning_rate": rate}, epochs=3, loss="mean_squared_error", y=Y * 1.0)

    resolved = network(DENSE, task="regression")
    wild = replace(of(1e12), resolved=resolved)
    calm = replace(of(1e-3), resolved=resolved)
    together = train_stack([calm, wild, calm])
    assert "became" in together[1].divergence_message
    assert together[1].history.stopped == "diverged"
    assert together[0].divergence_message == together[2].divergence_message == ""
    for here, there in zip(together[0].weights, train_stack([calm, calm, calm])[0].weights, strict=True):
        assert np.array_equal(here, there)


@pytest.mark.slow
@pytest.mark.parametrize(
    "members",
    [lambda seeds: [member(seed=seed) for seed in seeds], lambda seeds: trainings("LSTM", seeds)],
    ids=["xla", "vectorized"],
)
def test_bits_do_not_depend_on_the_other_members(members):
    first, again = (train_stack(members(seeds)) for seeds in ((0, 1, 2, 3), (0, 7, 8, 9)))
    for here, there in zip(first[0].weights, again[0].weights, strict=True):
        assert np.array_equal(here, there)


@pytest.mark.slow
def test_the_shapes_kept_compiled_are_few(monkeypatch):
    monkeypatch.setattr(stack_program, "MAX_SHAPES", 1)
    one = member(network({**DENSE, "units": 3}))
    template, _ = separated(one.resolved, one.settings)
    for n_members in (1, 2, 1):
        train_stack([one] * n_members)
    assert len(stack.program_for(template, one.training)._functions) == 1


def test_a_stack_trains_on_its_device(monkeypatch):
    used = []
    monkeypatch.setattr(stack, "on_device", lambda device: used.append(device) or on_device(device))
    here, anywhere = replace(member(), device="cpu"), member()
    assert program_key(here) != program_key(anywhere)
    train_stack([here, here])
    train_stack([anywhere, anywhere])
    assert used == ["cpu", "cpu", None, None]  # for the program, and in the thread that trains


class Listener:
    def __init__(self):
        self.events = []

    def start(self, n_epochs, n_steps):
        self.events.append((n_epochs, n_steps))

    def epoch(self, epoch, logs):
        self.events.append(epoch)

    def stop(self):
        self.events.append("stop")


@pytest.fixture
def groups(monkeypatch):
    """Sizes of the groups that train at a time, and the places of their program, of each stack."""
    seen = []

    def watched(program, batches, groups, n_places, *rest):
        seen.append(([len(group) for group in groups], n_places))
        return trained(program, batches, groups, n_places, *rest)

    trained = stack._train_groups
    monkeypatch.setattr(stack, "_train_groups", watched)
    return seen


def test_many_members_are_groups_of_bounded_memory(monkeypatch, groups):
    monkeypatch.setattr(stack, "MAX_STATE_BYTES", 1200)  # two members: 43 weights, 8 rows of 12 values
    members = [member(seed=seed) for seed in range(5)]
    outcomes = train_stack(members, n_threads=1)
    assert groups == [([2, 2, 1], 2)]
    assert all(outcome.history.elapsed_s > 0 for outcome in outcomes)
    monkeypatch.undo()
    assert_same_bits(outcomes, train_stack(members))


@pytest.mark.slow
def test_groups_train_in_threads(groups):
    members = [member(seed=seed, epochs=seed % 3 + 1) for seed in range(9)]
    parts, whole = train_stack(members, n_threads=2), train_stack(members, n_threads=1)
    assert groups == [([5, 4], 5), ([9], 10)]
    assert_same_bits(parts, whole)
    train_stack(members[:7], n_threads=2)
    train_stack([member(seed=seed) for seed in range(70)], n_threads=2)
    assert groups[2:] == [([7], 7), ([24, 24, 22], 24)]


def test_groups_report_the_slowest():
    listener = Listener()
    train_stack([member(seed=seed) for seed in range(8)], listener, n_threads=2)
    assert listener.events == [(3, 4), 1, 2, 3, "stop"]


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
    begun, listener = [], Listener()

    def fail(epoch):
        begun.append(epoch)
        raise ArithmeticError("no")

    monkeypatch.setattr("nnbuild.train.stacked.stack.MAX_GROUP", 1)
    bad = [EpochHooks(fail, lambda *_: False)]
    with pytest.raises(ArithmeticError, match=r"^no$"):
        train_stack([member()] * 5, listener, n_threads=1, hooks=[bad] * 5)
    assert begun == [1]
    assert listener.events == [(3, 4), "stop"]


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


@pytest.mark.slow
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


def series(*layers):
    return resolve(Recipe([*layers]), (6, 4), task="multiclass", n_outputs=3)


def test_obstacles_to_stacking():
    assert obstacle_to_stacking(member()) == ""
    assert obstacle_to_stacking(member(network({**DENSE, "activity_regularizer": "l2"}))) == (
        "activity_regularizer of a layer of type Dense"
    )
    inside = {"type": "TimeDistributed", "layer": {"type": "AlphaDropout", "rate": 0.5}}
    assert obstacle_to_stacking(member(series(inside, {"type": "Flatten"}))) == "layers of type AlphaDropout"
    mixed = series({"type": "Conv1D", "filters": 2, "kernel_size": 2}, {"type": "LSTM", "units": 3})
    assert obstacle_to_stacking(member(mixed)) == "layers of types Conv1D and LSTM in one network"
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
