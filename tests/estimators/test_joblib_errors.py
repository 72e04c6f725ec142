"""The joblib backend: errors, Ctrl-C and nested calls in any order end every task."""

import os
import signal
import threading
import time
import warnings
from dataclasses import dataclass
from types import MappingProxyType

import joblib
import numpy as np
import pytest
from keras.callbacks import LambdaCallback
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import GridSearchCV, cross_val_score

from estimators.joblib_fits import IRIS, quick, scaled, step, together, until_waiting
from nnbuild import stacked
from nnbuild.errors import DivergenceError
from nnbuild.records import History
from nnbuild.train import executor, rendezvous
from nnbuild.train.executor import STACKED, Fit

pytestmark = pytest.mark.usefixtures("short_stacks", "no_leftovers")

DIVERGING = {"nnclassifier__learning_rate": [1e-3, 1e30]}


class TestErrors:
    def test_a_diverging_candidate_gets_the_error_score(self):
        search = GridSearchCV(scaled(optimizer="sgd"), DIVERGING, cv=3, error_score=-1, refit=False)
        with stacked(), pytest.warns(FitFailedWarning, match=r"3 fits failed out of a total of 6"):
            scores = search.fit(*IRIS).cv_results_["mean_test_score"]
        assert scores[1] == -1 < 0 < scores[0]

    def test_error_score_raise_ends_the_other_fits(self):
        search = GridSearchCV(scaled(optimizer="sgd"), DIVERGING, cv=3, error_score="raise")
        with pytest.raises(DivergenceError):
            together(lambda: search.fit(*IRIS))

    def test_an_error_in_a_task_ends_waiting_fits(self, meetings):
        class Failing(ClassifierMixin, BaseEstimator):
            def fit(self, X, y):
                until_waiting(meetings, 6)
                raise RuntimeError("no")

        search = GridSearchCV(step(quick()), {"model": [quick(), Failing(), quick()]}, cv=3, error_score="raise")
        with pytest.raises(RuntimeError, match=r"^no$"):
            together(lambda: search.fit(*IRIS))

    def test_a_failing_stack_warns_and_its_fits_are_trained_alone(self, monkeypatch):
        def failing(*arguments):
            raise RuntimeError("out of memory\nand more")

        monkeypatch.setattr(executor, "train_stack", failing)
        found = "^3 trainings could not be stacked and are done one by one: out of memory$"
        with stacked(), pytest.warns(RuntimeWarning, match=found):
            scores = cross_val_score(quick(), *IRIS, cv=3)
        assert np.array_equal(scores, cross_val_score(quick(), *IRIS, cv=3))

        def scored():
            warnings.filterwarnings("error", "3 trainings could not be stacked")
            return cross_val_score(quick(), *IRIS, cv=3)

        with pytest.warns(FitFailedWarning, match=r"1 fits failed out of a total of 3"):
            scores = together(scored)
        assert np.isnan(scores).sum() == 1

    def test_an_error_in_a_nested_call_waits_for_its_other_tasks(self):
        """They may still bring fits to the rendezvous."""
        begun, failed = threading.Event(), threading.Event()

        def failing():
            begun.wait(30)
            failed.set()
            raise RuntimeError("no")

        def late():
            begun.set()
            failed.wait(30)
            return quick(epochs=1).fit(*IRIS).n_iter_

        def inner():
            with pytest.raises(RuntimeError, match=r"^no$"):
                joblib.Parallel()([joblib.delayed(failing)(), joblib.delayed(late)()])
            return "done"

        assert together(lambda: joblib.Parallel()([joblib.delayed(inner)()]), seconds=30) == ["done"]


class TestInterrupts:
    @pytest.mark.parametrize("n_tasks", [1, 4])
    def test_ctrl_c_in_a_stack_is_raised_in_the_calling_thread(self, n_tasks, monkeypatch):
        original = executor.train_stack

        def interrupted(members, *others):
            os.kill(os.getpid(), signal.SIGINT)
            return original(members, *others)

        monkeypatch.setattr(executor, "train_stack", interrupted)
        with stacked(), pytest.raises(KeyboardInterrupt):
            joblib.Parallel()(joblib.delayed(quick(epochs=10**6).fit)(*IRIS) for _ in range(n_tasks))
        monkeypatch.setattr(executor, "train_stack", original)
        with stacked():
            assert len(cross_val_score(quick(), *IRIS, cv=3)) == 3

    def test_ctrl_c_in_a_fit_that_is_trained_alone(self):
        once = threading.Lock()

        def interrupt(epoch, logs):
            if once.acquire(blocking=False):
                os.kill(os.getpid(), signal.SIGINT)

        interrupting = LambdaCallback(on_epoch_end=interrupt)
        with stacked(), pytest.raises(KeyboardInterrupt):
            joblib.Parallel()(joblib.delayed(quick(epochs=10**6, callbacks=interrupting).fit)(*IRIS) for _ in range(2))

    def test_stacks_do_not_start_after_a_cancellation(self, meetings, monkeypatch):
        begun = []

        def cancelled(members, progress, *others):
            begun.append(members)
            meetings[0].cancel()
            progress.start(1, 1)

        monkeypatch.setattr(executor, "train_stack", cancelled)
        monkeypatch.setattr(os, "cpu_count", lambda: 1)
        with stacked(), pytest.raises(rendezvous.Cancelled):
            joblib.Parallel()(joblib.delayed(quick(hidden=[units]).fit)(*IRIS) for units in (3, 4, 5))
        assert len(begun) == 1


@dataclass
class Number:
    """A member, and its outcome."""

    number: int
    settings = MappingProxyType({"epochs": 0})
    history = History(MappingProxyType({}), 0, "epochs", 0.0)


class TestNestedCalls:
    """Parallel calls in parallel calls, with fits, pauses and errors in random order: no deadlock."""

    @pytest.fixture(autouse=True)
    def no_training(self, monkeypatch):
        """Members are numbers, and their outcome is minus the number."""
        monkeypatch.setattr(executor, "program_key", lambda member: str(member.number % 3))
        monkeypatch.setattr(executor, "stacking_pays", lambda members: True)
        monkeypatch.setattr(executor, "train_stack", lambda members, *others: [Number(-one.number) for one in members])

    def work(self, seed, depth):
        """Run a random sequence of steps, and return the sum of the trained numbers."""
        rng, total = np.random.default_rng(seed), 0
        for number in range(rng.integers(0, 4)):
            kind = rng.choice(["train", "pause", "fail", "nest", "nothing"], p=[0.45, 0.2, 0.05, 0.2, 0.1])
            if kind == "train":
                member = int(rng.integers(1, 100))
                (found,) = rendezvous.current().train(Fit((Number(member),)), STACKED).outcomes
                assert found.number == -member
                total += member
            elif kind == "pause":
                time.sleep(0)  # lets another thread run
            elif kind == "fail":
                raise RuntimeError("one of the tasks failed")
            elif kind == "nest" and depth:
                total += self.call(seed * 31 + number, depth - 1, int(rng.integers(0, 5)))
        return total

    def call(self, seed, depth, n_tasks):
        with stacked():
            tasks = (joblib.delayed(self.work)(seed * 7 + task, depth) for task in range(n_tasks))
            return sum(joblib.Parallel(pre_dispatch="all")(tasks))

    def outcome_of(self, function):
        try:
            assert together(function, seconds=30) >= 0
        except RuntimeError as error:
            return str(error)
        return "sum"

    def test_random_nested_calls_end(self, meetings):
        found = [self.outcome_of(lambda seed=seed: self.call(seed, 2, 6)) for seed in range(60)]
        assert set(found) == {"sum", "one of the tasks failed"}
        assert sum(meeting.n_trained for meeting in meetings) > 60
