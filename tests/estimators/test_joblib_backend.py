"""The joblib backend: fits of searches, cross-validations and ensembles are trained together."""

import gc
import threading
import weakref

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
from keras.callbacks import Callback
from sklearn.ensemble import StackingClassifier
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline

from estimators.joblib_fits import GRID, IRIS, quick, scaled, together, until_waiting
from nnbuild import NNClassifier, stacked
from nnbuild.estimators.joblib_backend import MAX_TASKS, MIN_TASKS, n_tasks_in_memory
from nnbuild.train import executor
from terminals import Terminal

pytestmark = pytest.mark.usefixtures("short_stacks", "no_leftovers")


class TestSearch:
    def test_scores_equal_those_of_sequential_fits(self, meetings, capsys):
        search = GridSearchCV(scaled(), GRID, cv=3)
        found = together(lambda: sklearn.clone(search).fit(*IRIS))
        (meeting,) = meetings
        assert (meeting.n_trained, meeting.n_programs) == (12, 1)
        one_by_one = sklearn.clone(search).fit(*IRIS)
        for fold in range(3):
            name = f"split{fold}_test_score"
            np.testing.assert_allclose(found.cv_results_[name], one_by_one.cv_results_[name], atol=0.021)  # a sample
        assert capsys.readouterr() == ("", "")  # without verbose

    def test_results_are_bit_identical_when_repeated(self):
        def probabilities():
            with joblib.parallel_config(backend="nnbuild"):
                return cross_val_predict(scaled(), *IRIS, cv=3, method="predict_proba")

        first = probabilities()
        assert np.array_equal(probabilities(), first)
        sequential = cross_val_predict(scaled(), *IRIS, cv=3, method="predict_proba")
        np.testing.assert_allclose(first, sequential, atol=1e-4)

    def test_each_architecture_has_a_program(self, meetings):
        with stacked():
            GridSearchCV(scaled(), {"nnclassifier__hidden": [[6], [7]]}, cv=3, refit=False).fit(*IRIS)
        assert (meetings[0].n_trained, meetings[0].n_programs) == (6, 2)


MIXED = {"nnclassifier__callbacks": [None, Callback()]}  # fits with a callback are trained alone


class TestProgress:
    def test_one_bar_on_a_terminal(self, monkeypatch):
        monkeypatch.setenv("TERM", "xterm")
        terminal = Terminal()
        monkeypatch.setattr("sys.stderr", terminal.stream)
        search = GridSearchCV(scaled(verbose=True, early_stopping={"patience": 1}), MIXED, cv=3, refit=False)
        together(lambda: search.fit(*IRIS))
        monkeypatch.undo()
        lines = terminal.shown()
        assert lines[0] == "3 fits one by one: Keras' callbacks"
        assert all(line.startswith("3 fits in 1 program, 3 fits one by one ") for line in lines[1:])
        assert lines[-1].endswith("epoch 12/12 0:00:00")  # also if a fit needs fewer epochs

    @pytest.mark.slow
    def test_each_batch_of_tasks_prints_a_line(self, monkeypatch, capsys):
        monkeypatch.setattr("nnbuild.estimators.joblib_backend.MAX_TASKS", 3)
        together(lambda: joblib.Parallel()(joblib.delayed(quick(verbose=True).fit)(*IRIS) for _ in range(8)))
        lines = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("epoch ")]
        assert lines == ["3 fits in 1 program", "2 fits in 1 program"]  # equal lines are printed once


class TestMetaEstimators:
    """All fits of a call share one rendezvous."""

    @pytest.mark.slow
    def test_an_ensemble_with_n_jobs_scores_as_with_sequential_fits(self, meetings):
        ensemble = StackingClassifier([("a", quick()), ("b", quick(l2=0.1))], cv=3, n_jobs=2)
        model = together(lambda: sklearn.clone(ensemble).fit(*IRIS))
        assert sum(meeting.n_trained for meeting in meetings) == 2 + 6
        assert abs(model.score(*IRIS) - ensemble.set_params(n_jobs=None).fit(*IRIS).score(*IRIS)) < 0.05

    @pytest.mark.slow
    def test_nested_searches_share_a_rendezvous(self, meetings):
        inner = GridSearchCV(quick(), {"learning_rate": [1e-3, 3e-3]}, cv=2)
        scores = together(lambda: cross_val_score(inner, *IRIS, cv=3))
        assert [meeting.n_trained for meeting in meetings] == [3 * (2 * 2 + 1)]
        assert scores.shape == (3,)

    @pytest.mark.slow
    def test_calls_that_return_generators_may_overlap(self):
        def both():
            calls = [
                joblib.Parallel(return_as="generator")(
                    joblib.delayed(quick(hidden=[units]).fit)(*IRIS) for _ in range(3)
                )
                for units in (6, 7)
            ]
            return [[model.hidden for model in call] for call in reversed(calls)]

        assert together(both) == [[[7]] * 3, [[6]] * 3]

    def test_a_fit_outside_of_a_parallel_call_does_not_wait(self):
        assert together(lambda: quick(epochs=1).fit(*IRIS)).n_iter_ == 1


class TestMemory:
    @staticmethod
    def limit(*args):
        return n_tasks_in_memory(joblib.parallel.BatchedCalls([(None, args, {"y": np.zeros(10)})], (None, None)))

    def test_large_data_limits_the_number_of_tasks(self):
        assert self.limit(np.zeros((100, 10))) == MAX_TASKS
        assert self.limit(np.broadcast_to(np.float64(0), (2**40, 100))) == MIN_TASKS

    def test_image_files_count_with_their_decoded_size(self):
        def limit(kind, X):
            recipe = {"inputs": {"photo": {"kind": kind, "shape": [512, 512, 3]}}, "layers": [{"type": "Flatten"}]}
            return self.limit(make_pipeline(NNClassifier(recipe)), X)

        names = ["a.png"] * 2**20
        assert limit("tensor", names) == MAX_TASKS
        assert limit("image", names) == limit("image", pd.DataFrame({"photo": names})) == MIN_TASKS

    def test_data_is_released(self):
        X, y = IRIS[0].copy(), IRIS[1]
        alive = weakref.ref(X)
        with stacked():
            search = GridSearchCV(quick(), {"l2": [0.0, 1e-3]}, cv=3).fit(X, y)
        del X
        gc.collect()
        assert alive() is None
        assert search.best_score_ > 0


def test_stacks_do_not_depend_on_the_duration_of_tasks(meetings, monkeypatch):
    """Batches are tasks in their order. A task without a fit, such as a fit restored from a journal, ends at once."""
    stacks = []

    def watched(members, *others, original=executor.train_stack):
        stacks.append(sorted(member.seed for member in members))
        return original(members, *others)

    def task(seed):
        if seed < 2:
            return
        if seed == 3:  # the last of its batch
            until_waiting(meetings, 2)
        quick(random_state=seed, epochs=1).fit(*IRIS)

    monkeypatch.setattr(executor, "train_stack", watched)
    with joblib.parallel_config(backend="nnbuild", max_tasks=3):
        joblib.Parallel()(joblib.delayed(task)(seed) for seed in range(7))
    assert stacks == [[2], [3, 4, 5], [6]]


class TestOptions:
    def test_one_job_runs_tasks_sequentially(self, meetings):
        threads = []

        def task(number):
            threads.append(threading.current_thread())
            return cross_val_score(quick(random_state=number), *IRIS, cv=3).shape

        with stacked():
            assert joblib.Parallel(n_jobs=1)(joblib.delayed(task)(number) for number in range(2)) == [(3,), (3,)]
        assert set(threads) == {threading.current_thread()}
        assert [meeting.n_trained for meeting in meetings] == [3, 3]  # calls inside a task are parallel

    @pytest.mark.parametrize(("value", "shown"), [(0, "0"), (True, "true")])
    def test_max_tasks_must_be_a_positive_integer(self, value, shown):
        with pytest.raises(ValueError, match=rf"^max_tasks must be an integer of at least 1, got {shown}$"):
            joblib.parallel_config(backend="nnbuild", max_tasks=value)

    def test_unknown_option(self):
        with pytest.raises(TypeError) as error:
            joblib.parallel_config(backend="nnbuild", most_task=3)
        assert str(error.value) == (
            "the joblib backend 'nnbuild' has no option 'most_task'\n"
            "  allowed: listener, max_tasks\n"
            "  hint: did you mean 'max_tasks'?"
        )
