"""Time budget: the training ends with the current epoch, and the members of a fit divide the time."""

import math
import time
from dataclasses import replace

import numpy as np
import pytest

from estimators.samples import message_of
from nnbuild import NNClassifier, load
from nnbuild.records import History
from nnbuild.report.text import history_line
from nnbuild.train import executor
from nnbuild.train.common.course import Outcome, TrainingCourse
from nnbuild.train.common.member import Pool
from nnbuild.train.common.pooling import PooledCourses
from nnbuild.train.executor import STACKED, Callbacks, Choice, Executor, Fit
from nnbuild.train.stacked import stack
from plain import PLAIN
from train.nets import settings
from train.stacks import X, Y, member

OVER = 1e-9  # seconds, over after the first epoch
FOUR = {"epochs": 4, "validation": np.arange(9)}


@pytest.mark.parametrize(
    ("early_stopping", "now_s", "stopped", "n_epochs", "best_epoch"),
    [
        (False, [1, 2, 3, 4], "epochs", 4, 4),
        (False, [1, 2, 5, 6], "time_budget", 3, 3),
        (True, [1, 2, 5, 6], "time_budget", 3, 2),
        (False, [1, 2, 3, 9], "epochs", 4, 4),  # after the last epoch
    ],
)
def test_a_training_ends_after_the_deadline(early_stopping, now_s, stopped, n_epochs, best_epoch):
    course = TrainingCourse(["output"], settings(epochs=4, early_stopping=early_stopping), True, deadline_s=4.5)
    for epoch, (loss, time_s) in enumerate(zip([3.0, 1.0, 2.0, 2.5], now_s, strict=True), 1):
        course.improves(epoch, {"loss": loss, "val_loss": loss})
        course.end_epoch(epoch, list, now_s=time_s)
        if course.stopped:
            break
    history = course.history()
    assert (history.stopped, history.n_epochs, history.best_epoch) == (stopped, n_epochs, best_epoch)


@pytest.fixture(scope="module")
def limited():
    """Outcomes of two members by engine, whose budget is over in the first epoch; and of a training of one epoch."""
    members = tuple(member(seed=seed, **FOUR) for seed in (0, 1))
    found = {engine: Executor().run(Fit(members, engine, time_budget_s=OVER), Callbacks()) for engine in ENGINES}
    one = member(seed=0, **{**FOUR, "epochs": 1})
    return found, Executor().run(Fit((one,), "keras"), Callbacks())


ENGINES = ("keras", "compiled")


@pytest.mark.parametrize("engine", ENGINES)
def test_both_engines_end_with_the_current_epoch(limited, engine):
    outcomes, (expected,) = limited[0][engine], limited[1]
    assert [(one.history.stopped, one.history.n_epochs) for one in outcomes] == [("time_budget", 1)] * 2
    for here, there in zip(outcomes[0].weights, expected.weights, strict=True):
        np.testing.assert_allclose(here, there, rtol=0, atol=1e-5)


def pool(n_epochs):
    """Three members of a pool, each validated on its fold."""
    shared, folds = Pool(), np.array_split(np.arange(29), 3)
    return tuple(replace(member(epochs=n_epochs, validation=fold), pool=shared) for fold in folds)


@pytest.mark.parametrize("engine", ["keras", pytest.param("compiled", marks=pytest.mark.slow)])
def test_the_members_of_a_pool_end(engine):
    found = Executor().run(Fit(pool(n_epochs=4), engine, time_budget_s=OVER), Callbacks())
    assert [(one.history.stopped, one.history.n_epochs) for one in found] == [("time_budget", 1)] * 3


def test_the_members_of_a_pool_end_in_the_same_epoch():
    pooled = PooledCourses(pool(n_epochs=4), (), deadline_s=5.0)
    for course, now_s in zip(pooled.courses, [3.0, 4.0, 6.0], strict=True):
        course.improves(1, {"loss": 1.0, "val_loss": 1.0})
        course.end_epoch(1, list, now_s=now_s)
    assert [course.stopped for course in pooled.courses] == ["", "", "time_budget"]
    assert pooled.end_epoch(1)
    assert [course.stopped for course in pooled.courses] == ["time_budget"] * 3


@pytest.mark.parametrize(
    ("budget_s", "choice"),
    [(5, Choice(False, "too few steps to be worth compiling")), (60, STACKED), (math.inf, STACKED)],
    ids=str,
)
def test_a_short_budget_is_not_worth_compiling(budget_s, choice):
    fit = Fit((member(epochs=10_000),), time_budget_s=budget_s)
    assert Executor().choice(fit, Callbacks(), at_once=True) == choice


def outcome(elapsed_s):
    return Outcome([], History({"loss": (1.0,)}, 1, "epochs", elapsed_s))


def test_members_trained_one_by_one_divide_the_time(monkeypatch):
    given, elapsed = [], iter([2.0, 5.0, 5.0])

    def train_member(one, callbacks, hooks, progress, deadline_s):
        given.append(deadline_s - time.perf_counter())
        return outcome(next(elapsed))

    monkeypatch.setattr(executor, "train_member", train_member)
    members = tuple(member(seed=seed) for seed in range(3))
    Executor().run(Fit(members, "keras", time_budget_s=12.0), Callbacks())
    assert given == pytest.approx([4.0, 5.0, 5.0], abs=0.1)
    assert Fit(members).share_s(1, [outcome(2.0)]) == math.inf


def test_members_of_several_programs_divide_the_time(monkeypatch):
    given = []

    def train_stack(members, progress, n_threads, hooks, deadline_s):
        given.append((len(members), deadline_s - time.perf_counter()))
        return [outcome(1.0)] * len(members)

    monkeypatch.setattr(executor, "train_stack", train_stack)
    members = (*(member(seed=seed) for seed in range(3)), member(batch_size=16))
    Executor().run(Fit(members, "compiled", time_budget_s=8.0), Callbacks())
    assert [n for n, _ in given] == [3, 1]
    assert [left_s for _, left_s in given] == pytest.approx([6.0, 5.0], abs=0.1)


def test_stacked_fits_have_a_share_of_the_time(monkeypatch):
    given = []
    monkeypatch.setattr(executor, "train_stack", lambda *arguments: given.append(arguments[-1] - time.perf_counter()))
    fits = [Fit((member(seed=seed),), "compiled", time_budget_s=5.0) for seed in range(3)]
    groups = Executor().groups([*fits, replace(fits[0], time_budget_s=math.inf)])
    assert [len(group.fits) for group in groups] == [3, 1]
    for group in groups:
        Executor().train(group, ())
    assert given == [pytest.approx(15.0, abs=0.1), math.inf]


def test_groups_that_a_thread_trains_in_turn_divide_the_time(monkeypatch):
    given = []

    class Run:
        def __init__(self, program, batches, group, n_places, deadline_s):
            given.append(deadline_s - time.perf_counter())

        def run(self, listener):
            return [outcome(0.0)]

    monkeypatch.setattr(stack, "StackRun", Run)
    monkeypatch.setattr(stack, "MAX_GROUP", 1)
    stack.train_stack([member(seed=seed) for seed in range(3)], n_threads=1, deadline_s=time.perf_counter() + 60)
    assert given == pytest.approx([20.0, 30.0, 60.0], abs=10)  # including the time to build the program


@pytest.fixture(scope="module")
def fitted():
    return NNClassifier(PLAIN, epochs=3, time_budget=OVER, random_state=0).fit(X, Y)


class TestEstimators:
    def test_the_history_has_the_reason(self, fitted):
        assert (fitted.n_iter_, fitted.best_epoch_, fitted.history_.stopped) == (1, 1, "time_budget")
        assert ", stopped at the end of the time budget; kept epoch 1: loss " in history_line(fitted.history_)

    def test_a_model_file_keeps_it(self, fitted, tmp_path):
        fitted.save(tmp_path / "m.nnb")
        again = load(tmp_path / "m.nnb")
        assert (again.time_budget, again.history_.stopped) == (OVER, "time_budget")

    @pytest.mark.parametrize(
        ("budget", "shown"), [(0, "0"), (-1.5, "-1.5"), ("10m", "'10m'"), (True, "true"), (math.inf, "inf")]
    )
    def test_other_values_are_refused(self, budget, shown):
        found = message_of(lambda: NNClassifier(PLAIN, time_budget=budget).fit(X, Y))
        assert found == f"time_budget must be a number of seconds above 0, or None, got {shown}"
