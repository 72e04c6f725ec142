"""Members of a pool: one best epoch by their pooled validation loss, and a common end, in both engines."""

from dataclasses import replace

import numpy as np
import pytest

from nnbuild.train.common.epochs import EpochHooks
from nnbuild.train.common.member import Pool
from nnbuild.train.executor import Callbacks, Executor, Fit
from nnbuild.train.stacked import stack
from nnbuild.train.stacked.stackable import obstacle_to_pooling
from train.stacks import DENSE, member, network

FOLDS = np.array_split(np.random.default_rng(0).permutation(29), 3)
STOPPING = {"patience": 2}


def pooled(resolved=None, n_pools=1, **changes):
    """Members of pools, each validated on its fold."""
    given = {"epochs": 30, "early_stopping": STOPPING, **changes}
    pools = [Pool() for _ in range(n_pools)]
    return tuple(
        replace(member(resolved, seed=3 * number + place, validation=fold, **given), pool=pool)
        for number, pool in enumerate(pools)
        for place, fold in enumerate(FOLDS)
    )


def trained(members, engine, hooks=()):
    return Executor().run(Fit(members, engine), Callbacks(hooks=hooks))


def pooled_losses(outcomes):
    return np.average([one.history.curves["val_loss"] for one in outcomes], axis=0, weights=list(map(len, FOLDS)))


@pytest.fixture(scope="module", params=["keras", "compiled"])
def outcomes(request):
    fast = {"optimizer": {"type": "SGD", "learning_rate": 2.0}}
    return trained(pooled(n_pools=2, **fast), request.param)


class TestPool:
    def test_all_members_keep_the_best_epoch_of_the_pooled_loss(self, outcomes):
        for pool in (outcomes[:3], outcomes[3:]):
            losses = pooled_losses(pool)
            assert {one.history.best_epoch for one in pool} == {int(losses.argmin()) + 1}
            assert {one.history.n_epochs for one in pool} == {int(losses.argmin()) + 1 + STOPPING["patience"]}
            assert {one.history.stopped for one in pool} == {"early_stopping"}
        own = [int(np.argmin(one.history.curves["val_loss"])) + 1 for one in outcomes]
        assert own != [one.history.best_epoch for one in outcomes]  # members alone would keep other epochs

    def test_kept_weights_are_those_of_the_epoch(self, outcomes):
        best = outcomes[1].history.best_epoch
        alone = replace(
            pooled(optimizer={"type": "SGD", "learning_rate": 2.0}, epochs=best, early_stopping=False)[1], pool=None
        )
        (expected,) = trained((alone,), "keras")
        for found, wanted in zip(outcomes[1].weights, expected.weights, strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(
            outcomes[1].history.curves["val_loss"][:best], expected.history.curves["val_loss"], rtol=1e-4
        )


@pytest.mark.parametrize("engine", ["keras", "compiled"])
class TestEnds:
    def test_a_member_that_diverges_ends_its_pool(self, engine):
        calm = {"loss": "mean_squared_error", "epochs": 4, "y": np.arange(29.0)}
        members = pooled(network(DENSE, task="regression"), n_pools=2, **calm)
        huge = np.where(np.isin(np.arange(29), FOLDS[1]), 0, 1e20)
        wild = replace(members[1], training=replace(members[1].training, y={"output": huge}))
        found = trained_without_reports((members[0], wild, *members[2:]), engine)
        assert [one.history.stopped for one in found] == ["diverged"] * 3 + ["epochs"] * 3
        assert [bool(one.divergence_message) for one in found] == [False, True, False, False, False, False]

    def test_a_hook_of_one_member_ends_its_pool(self, engine):
        ends = [EpochHooks(lambda epoch: None, lambda epoch, weights: epoch == 2)]
        found = trained(pooled(n_pools=2, epochs=4, early_stopping=False), engine, [[], ends, *[[]] * 4])
        assert [one.history.stopped for one in found] == ["callback"] * 3 + ["epochs"] * 3
        assert [one.history.n_epochs for one in found] == [2, 2, 2, 4, 4, 4]


def trained_without_reports(members, engine):
    """Outcomes of members, without the error of one that diverged before the end of the first epoch."""
    from nnbuild.train.keras.pooled import train_pool

    if engine == "compiled":
        return stack.train_stack(members)
    return [*train_pool(members[:3], hooks=[()] * 3), *train_pool(members[3:], hooks=[()] * 3)]


class TestGroups:
    @pytest.mark.parametrize(
        "n_pools, size, expected",
        [(2, 3, [3, 3]), (4, 6, [6, 6]), (3, 5, [3, 3, 3]), (2, 1, [3, 3]), (1, 9, [3])],
    )
    def test_a_pool_is_in_one_group(self, n_pools, size, expected):
        hooked = [(one, ()) for one in pooled(n_pools=n_pools)]
        groups = stack._groups(hooked, size)
        assert list(map(len, groups)) == expected
        assert [one for group in groups for one in group] == hooked

    def test_each_thread_trains_a_pool(self, monkeypatch):
        sizes = []

        def train(program, batches, groups, n_places, *others):
            sizes.append((list(map(len, groups)), n_places))
            return []

        monkeypatch.setattr(stack, "_train_groups", train)
        pools = (Pool(), Pool())
        members = [replace(one, pool=pools[place // 8]) for place, one in enumerate([pooled()[0]] * 16)]
        stack.train_stack(members, n_threads=2)
        assert sizes == [([8, 8], 8)]

    def test_obstacles(self):
        normalized = network({"type": "BatchNormalization"}, DENSE)
        assert obstacle_to_pooling(pooled()) == ""
        assert obstacle_to_pooling(pooled(normalized)) == (
            "members that keep the same epoch, with different numbers of samples for BatchNormalization"
        )
        lone = replace(pooled(normalized)[0], pool=None)
        assert obstacle_to_pooling([lone]) == ""

    def test_parts_of_a_fit(self):
        other = network({**DENSE, "units": 3})
        members = (*pooled(), *pooled(other), *pooled())
        assert Fit(members).parts() == [[0, 1, 2, 6, 7, 8], [3, 4, 5]]
        normalized = network({"type": "BatchNormalization"}, DENSE)
        parts = Fit((*pooled(normalized), *(replace(one, pool=None) for one in pooled(normalized)))).parts()
        assert parts == [[0, 1, 2], [3, 4], [5]]  # two folds have 10 samples, one has 9
