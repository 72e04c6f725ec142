"""The joblib backend: scikit-learn's searches, cross-validations and ensembles train their members together."""

import gc
import os
import signal
import threading
import time
import warnings
import weakref
from dataclasses import dataclass, replace
from types import MappingProxyType

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
from keras.callbacks import Callback, LambdaCallback
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_iris
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from estimators.samples import classifier
from nnbuild import NNClassifier, stacked
from nnbuild.errors import DivergenceError
from nnbuild.estimators.joblib_backend import MAX_TASKS, MIN_TASKS, n_tasks_in_memory
from nnbuild.records import History
from nnbuild.train import executor, rendezvous
from nnbuild.train.executor import STACKED, Fit
from terminals import Terminal

pytestmark = pytest.mark.usefixtures("short_stacks")

IRIS = load_iris(return_X_y=True)
GRID = {"nnclassifier__learning_rate": [1e-3, 3e-3], "nnclassifier__l2": [0.0, 1e-3]}


WILD = {"nnclassifier__learning_rate": [1e-3, 1e30], "nnclassifier__l2": [0.0, 1e-3]}


def quick(**params):
    return NNClassifier(**{"hidden": [6], "epochs": 3, "batch_size": 16, "dropout": 0.0, "random_state": 0, **params})


def pipeline(**params):
    return make_pipeline(StandardScaler(), quick(**params))


@pytest.fixture(autouse=True)
def nothing_is_left():
    """No thread, filter or setting outlives a call."""
    filters, content = warnings.filters, list(warnings.filters)
    configuration, shown = sklearn.get_config(), warnings.showwarning
    yield
    assert warnings.filters == content
    assert warnings.filters is filters
    assert warnings.showwarning is shown
    assert sklearn.get_config() == configuration
    ours = [thread for thread in threading.enumerate() if thread.name.startswith("nnbuild")]
    for thread in ours:
        thread.join(10)  # Ctrl-C while a pool starts a thread: the pool does not know it, and it ends by itself
    assert not [thread for thread in ours if thread.is_alive()]


def together(function, seconds=120):
    """What a function gives where fits train together; an error if it takes longer."""
    found = []

    def run():
        try:
            with stacked():
                found.append((function(), None))
        except BaseException as error:
            found.append((None, error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    assert not thread.is_alive(), "it hangs"
    result, error = found[0]
    if error is not None:
        raise error
    return result


class TestSearch:
    def test_scores_are_those_of_one_fit_after_another(self, meetings):
        search = GridSearchCV(pipeline(), GRID, cv=3)
        found = together(lambda: sklearn.clone(search).fit(*IRIS))
        (meeting,) = meetings
        assert (meeting.n_trained, meeting.n_programs) == (12, 1)
        one_by_one = sklearn.clone(search).fit(*IRIS)
        for fold in range(3):
            name = f"split{fold}_test_score"
            np.testing.assert_allclose(found.cv_results_[name], one_by_one.cv_results_[name], atol=0.021)  # a row
        assert found.best_params_.keys() == one_by_one.best_params_.keys()

    def test_the_same_bits_again(self):
        def probabilities():
            with joblib.parallel_config(backend="nnbuild"):
                return cross_val_predict(pipeline(), *IRIS, cv=3, method="predict_proba")

        assert np.array_equal(probabilities(), probabilities())

    def test_architectures_are_programs(self, meetings):
        with stacked():
            GridSearchCV(pipeline(), {"nnclassifier__hidden": [[6], [7], [6, 6]]}, cv=2, refit=False).fit(*IRIS)
        assert (meetings[0].n_trained, meetings[0].n_programs) == (6, 3)

    def test_halving(self, meetings):
        search = HalvingGridSearchCV(pipeline(), GRID, cv=2, min_resources=60, factor=2, random_state=0)
        with stacked():
            search.fit(*IRIS)
        assert sum(meeting.n_trained for meeting in meetings) == 8 + 4
        assert search.best_score_ > 0.4

    def test_estimators_of_others_run_beside(self, meetings):
        steps = {"model": [LogisticRegression(max_iter=1000), quick(), quick(hidden=[7])]}
        with stacked():
            search = GridSearchCV(sklearn.pipeline.Pipeline([("model", quick())]), steps, cv=3, refit=False).fit(*IRIS)
        assert meetings[0].n_trained == 6
        assert search.cv_results_["mean_test_score"][0] > 0.9

    def test_fits_that_can_not_be_stacked_train_separately(self, meetings):
        layer = {"type": "Dense", "units": 4, "activity_regularizer": "l2"}
        regularized = NNClassifier({"nnbuild": 1, "layers": [layer]}, epochs=3, random_state=0)
        with stacked():
            scores = cross_val_score(regularized, *IRIS, cv=3)
        assert meetings[0].n_trained == 0
        assert np.array_equal(scores, cross_val_score(regularized, *IRIS, cv=3))


MIXED = {"nnclassifier__precision": [None, "mixed_bfloat16"], "nnclassifier__callbacks": [None, Callback()]}


class TestProgress:
    def test_lines_where_there_is_no_terminal(self, capsys):
        search = GridSearchCV(pipeline(verbose=True), MIXED, cv=2, refit=False)
        together(lambda: search.fit(*IRIS))
        assert capsys.readouterr() == (
            "",
            "4 fits one by one: Keras' callbacks\n"
            "2 fits one by one: precision mixed_bfloat16\n"
            "2 fits in 1 program, 6 fits one by one\n",
        )

    def test_nothing_is_printed_by_default(self, capsys):
        together(lambda: GridSearchCV(pipeline(), MIXED, cv=2, refit=False).fit(*IRIS))
        assert capsys.readouterr() == ("", "")

    def test_one_bar_on_a_terminal(self, monkeypatch):
        monkeypatch.setenv("TERM", "xterm")
        terminal = Terminal()
        monkeypatch.setattr("sys.stderr", terminal.stream)
        search = GridSearchCV(pipeline(verbose=True, early_stopping={"patience": 1}), MIXED, cv=2, refit=False)
        together(lambda: search.fit(*IRIS))
        monkeypatch.undo()
        lines = terminal.shown()
        reported = "2 fits in 1 program, 6 fits one by one "
        assert lines[:2] == [
            "4 fits one by one: Keras' callbacks",
            "2 fits one by one: precision mixed_bfloat16",
        ]
        assert all(line.startswith(reported) for line in lines[2:])
        assert lines[-1].endswith("epoch 24/24 0:00:00")  # also where a fit needs fewer

    def test_no_batch_is_forgotten(self, monkeypatch, capsys):
        monkeypatch.setattr("nnbuild.estimators.joblib_backend.MAX_TASKS", 5)
        together(lambda: cross_val_score(quick(verbose=True), *IRIS, cv=12))
        assert (
            capsys.readouterr().err == "5 fits in 1 program\n2 fits in 1 program\n"
        )  # what is said before is not again


class TestErrors:
    def test_a_candidate_that_diverges_gets_the_error_score(self):
        search = GridSearchCV(pipeline(optimizer="sgd"), WILD, cv=2, error_score=-1, refit=False)
        with stacked(), pytest.warns(FitFailedWarning, match=r"4 fits failed out of a total of 8"):
            scores = search.fit(*IRIS).cv_results_["mean_test_score"]
        wild = np.array([params["nnclassifier__learning_rate"] == 1e30 for params in search.cv_results_["params"]])
        assert (scores[wild] == -1).all()
        assert (scores[~wild] > 0).all()

    def test_an_error_that_is_raised_ends_the_others(self):
        search = GridSearchCV(pipeline(optimizer="sgd"), WILD, cv=2, error_score="raise")
        with pytest.raises(DivergenceError):
            together(lambda: search.fit(*IRIS))

    def test_an_error_in_one_task_while_the_others_wait(self):
        class Failing(ClassifierMixin, BaseEstimator):
            def fit(self, X, y):
                time.sleep(0.2)
                raise RuntimeError("no")

        models = {"model": [quick(), Failing(), quick()]}
        search = GridSearchCV(sklearn.pipeline.Pipeline([("model", quick())]), models, cv=2, error_score="raise")
        with pytest.raises(RuntimeError, match=r"^no$"):
            together(lambda: search.fit(*IRIS))

    def test_an_error_in_a_scorer(self):
        def scorer(estimator, X, y):
            raise ValueError("no score")

        with pytest.raises(ValueError, match=r"^no score$"):
            together(lambda: cross_val_score(quick(), *IRIS, cv=3, scoring=scorer, error_score="raise"))

    @pytest.mark.parametrize("n_tasks", [1, 4])
    def test_ctrl_c(self, n_tasks, monkeypatch):
        """It reaches the thread that hands out the tasks, whichever thread trains."""
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

    def test_ctrl_c_while_a_fit_trains_separately(self):
        once = threading.Lock()

        def interrupt(epoch, logs):
            if once.acquire(blocking=False):
                os.kill(os.getpid(), signal.SIGINT)

        interrupting = LambdaCallback(on_epoch_end=interrupt)
        with stacked(), pytest.raises(KeyboardInterrupt):
            joblib.Parallel()(joblib.delayed(quick(epochs=10**6, callbacks=interrupting).fit)(*IRIS) for _ in range(2))

    def test_what_has_not_begun_when_it_ends_does_not_begin(self, meetings, monkeypatch):
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

    def test_a_failed_stack_is_reported_and_trained_one_by_one(self, monkeypatch):
        def failing(*arguments):
            raise RuntimeError("out of memory\nand more")

        monkeypatch.setattr(executor, "train_stack", failing)
        found = "^3 trainings could not be stacked and are done one by one: out of memory$"
        with stacked(), pytest.warns(RuntimeWarning, match=found):
            scores = cross_val_score(quick(), *IRIS, cv=3)
        assert np.array_equal(scores, cross_val_score(quick(), *IRIS, cv=3))

    def test_its_warning_as_an_error_ends_one_fit(self, monkeypatch):
        def failing(*arguments):
            raise RuntimeError("out of memory")

        monkeypatch.setattr(executor, "train_stack", failing)

        def scored():
            warnings.filterwarnings("error", "3 trainings could not be done together")
            return cross_val_score(quick(), *IRIS, cv=3)

        with pytest.warns(FitFailedWarning, match=r"1 fits failed out of a total of 3"):
            scores = together(scored)
        assert np.isnan(scores).sum() == 1

    def test_an_error_in_a_call_in_a_call_while_one_is_still_to_train(self):
        """The outer task waits for all of its own: they may yet bring members."""

        def failing():
            time.sleep(0.1)
            raise RuntimeError("no")

        def late():
            time.sleep(0.4)
            return quick(epochs=1).fit(*IRIS).n_iter_

        def inner():
            with pytest.raises(RuntimeError, match=r"^no$"):
                joblib.Parallel()([joblib.delayed(failing)(), joblib.delayed(late)()])
            return "done"

        assert together(lambda: joblib.Parallel()([joblib.delayed(inner)()]), seconds=30) == ["done"]


class TestFitTimes:
    """scikit-learn's clock runs while a fit waits; `fit_time` is what is the fit's own."""

    @pytest.fixture
    def shares(self, monkeypatch):
        """Stacks that take 1.5 s longer, of which each member's share is told as 0.1 s."""

        def slow(*arguments, original=executor.train_stack):
            outcomes = original(*arguments)
            time.sleep(1.5)
            return [replace(one, history=replace(one.history, elapsed_s=0.1)) for one in outcomes]

        monkeypatch.setattr(executor, "train_stack", slow)

    def times(self, estimator, **options):
        return together(lambda: cross_validate(estimator, *IRIS, cv=3, error_score="raise", **options))["fit_time"]

    @pytest.mark.usefixtures("shares")
    def test_stacked_fits_have_their_share(self):
        assert all(0.1 <= seconds < 1 for seconds in self.times(quick()))

    @pytest.mark.usefixtures("shares")
    def test_an_ensemble_has_the_shares_of_its_members(self):
        assert all(0.3 <= seconds < 1.2 for seconds in self.times(quick(n_members=3)))

    @pytest.mark.usefixtures("shares")
    def test_a_fit_of_several_has_theirs(self):
        bagging = BaggingClassifier(quick(), n_estimators=3, random_state=0)
        assert all(0.3 <= seconds < 1.2 for seconds in self.times(bagging))

    @pytest.mark.parametrize("estimator", [quick(), quick(engine="keras")], ids=["together", "alone"])
    def test_who_waits_for_others_does_not_count_it(self, estimator):
        class Slow(ClassifierMixin, BaseEstimator):
            def fit(self, X, y):
                time.sleep(1.5)
                self.classes_ = np.unique(y)
                return self

            def predict(self, X):
                return np.zeros(len(X), int)

        estimator.fit(*IRIS)  # models and programs are there
        models = sklearn.pipeline.Pipeline([("model", estimator)])
        search = GridSearchCV(models, {"model": [estimator, Slow()]}, cv=2, refit=False)
        with stacked():
            cross_val_score(estimator, *IRIS, cv=2)
            ours, slow = search.fit(*IRIS).cv_results_["mean_fit_time"]
        assert ours < 1
        assert slow >= 1.5

    def test_a_result_of_another_kind_stays_as_it_is(self):
        def task():
            quick().fit(*IRIS)
            return {"fit_time": 0.0}

        assert together(lambda: joblib.Parallel()([joblib.delayed(task)()])) == [{"fit_time": 0.0}]


class TestMetaEstimators:
    """One rendezvous for a call, whatever is inside; they give what they give one after another."""

    @pytest.mark.parametrize(
        ("make", "n_trained"),
        [
            (lambda: BaggingClassifier(quick(), n_estimators=4, random_state=0), 4),
            (lambda: OneVsRestClassifier(quick(), n_jobs=-1), 3),
            (lambda: VotingClassifier([("a", quick()), ("b", quick(hidden=[7]))], voting="soft", n_jobs=-1), 2),
            (lambda: CalibratedClassifierCV(quick(), cv=3, n_jobs=-1), 3),
            (lambda: StackingClassifier([("a", quick()), ("b", quick(l2=0.1))], cv=3, n_jobs=-1), 2 + 6),
        ],
        ids=["bagging", "one versus rest", "voting", "calibrated", "stacking"],
    )
    def test_ensembles(self, make, n_trained, meetings):
        model = together(lambda: make().fit(*IRIS))
        assert sum(meeting.n_trained for meeting in meetings) == n_trained
        assert abs(model.score(*IRIS) - make().set_params(n_jobs=None).fit(*IRIS).score(*IRIS)) < 0.05

    def test_nested_searches_meet(self, meetings):
        inner = GridSearchCV(quick(), {"learning_rate": [1e-3, 3e-3]}, cv=2, refit=False, scoring="accuracy")
        inner.refit = True
        scores = together(lambda: cross_val_score(inner, *IRIS, cv=3))
        assert len(meetings) == 1
        assert meetings[0].n_trained == 3 * (2 * 2 + 1)
        assert scores.shape == (3,)

    def test_predictions_and_curves(self):
        with stacked():
            predicted = cross_val_predict(quick(), *IRIS, cv=3, method="predict_proba")
            _, train_scores, _ = learning_curve(quick(), *IRIS, train_sizes=[0.5, 1.0], cv=3, shuffle=True)
        assert predicted.shape == (150, 3)
        assert train_scores.shape == (2, 3)
        np.testing.assert_allclose(
            predicted, cross_val_predict(quick(), *IRIS, cv=3, method="predict_proba"), atol=1e-4
        )


class TestMemory:
    def test_more_rows_are_fewer_tasks(self):
        def limit(X):
            return n_tasks_in_memory(joblib.parallel.BatchedCalls([(None, (X,), {"y": np.zeros(10)})], (None, None)))

        assert limit(np.zeros((100, 10))) == MAX_TASKS
        assert limit(np.broadcast_to(np.float64(0), (2**40, 100))) == MIN_TASKS

    def test_images_count_as_what_they_are_read_to(self):
        def limit(kind, X):
            recipe = {"inputs": {"photo": {"kind": kind, "shape": [512, 512, 3]}}, "layers": [{"type": "Flatten"}]}
            fits = make_pipeline(NNClassifier(recipe))
            return n_tasks_in_memory(
                joblib.parallel.BatchedCalls([(None, (fits, X), {"y": np.zeros(10)})], (None, None))
            )

        names = ["a.png"] * 2**20
        assert limit("tensor", names) == MAX_TASKS
        assert limit("image", names) == limit("image", pd.DataFrame({"photo": names})) == MIN_TASKS

    def test_no_rows_are_kept_alive(self):
        X, y = IRIS[0].copy(), IRIS[1]
        alive = weakref.ref(X)
        search = GridSearchCV(quick(), {"l2": [0.0, 1e-3]}, cv=2)
        with stacked():
            search.fit(X, y)
        del X
        gc.collect()
        assert alive() is None
        assert search.best_score_ > 0

    def test_searches_in_batches(self, meetings, monkeypatch):
        monkeypatch.setattr("nnbuild.estimators.joblib_backend.MAX_TASKS", 5)
        scores = together(lambda: GridSearchCV(pipeline(), GRID, cv=3, refit=False).fit(*IRIS))
        assert meetings[0].n_trained == 12
        assert (scores.cv_results_["mean_test_score"] > 0).all()


def test_stacks_do_not_depend_on_time(monkeypatch):
    """Waves are tasks in their order, however soon some of them end; a kept fit of a journal ends at once."""
    stacks = []

    def watched(members, *others, original=executor.train_stack):
        stacks.append(sorted(member.seed for member in members))
        return original(members, *others)

    def task(seed):
        if seed < 2:
            return
        time.sleep(0.05 * (seed == 3))
        quick(random_state=seed, epochs=1).fit(*IRIS)

    monkeypatch.setattr(executor, "train_stack", watched)
    with joblib.parallel_config(backend="nnbuild", most_tasks=3):
        joblib.Parallel()(joblib.delayed(task)(seed) for seed in range(7))
    assert stacks == [[2], [3, 4, 5], [6]]


class TestOptions:
    def test_one_job_is_one_task_after_another(self, meetings):
        threads = []

        def task(number):
            threads.append(threading.current_thread())
            return cross_val_score(quick(random_state=number), *IRIS, cv=2).shape

        with stacked():
            assert joblib.Parallel(n_jobs=1)(joblib.delayed(task)(number) for number in range(2)) == [(2,), (2,)]
        assert set(threads) == {threading.current_thread()}
        assert [meeting.n_trained for meeting in meetings] == [2, 2]  # calls inside are together

    @pytest.mark.parametrize("n_jobs", [None, 2, -1])
    def test_other_numbers_of_jobs_change_nothing(self, n_jobs, meetings):
        together(lambda: cross_val_score(quick(), *IRIS, cv=4, n_jobs=n_jobs))
        assert [meeting.n_trained for meeting in meetings] == [4]

    @pytest.mark.parametrize(
        ("value", "shown"), [(0, "0"), (-1, "-1"), ("4", "'4'"), (2.5, "2.5"), (None, "null"), (True, "true")], ids=str
    )
    def test_most_tasks_is_a_number(self, value, shown):
        with pytest.raises(ValueError, match=rf"^most_tasks must be an integer of at least 1, got {shown}$"):
            joblib.parallel_config(backend="nnbuild", most_tasks=value)

    def test_an_option_that_there_is_not(self):
        with pytest.raises(TypeError) as error:
            joblib.parallel_config(backend="nnbuild", most_task=3)
        assert str(error.value) == (
            "the joblib backend 'nnbuild' has no option 'most_task'\n"
            "  allowed: listener, most_tasks\n"
            "  hint: did you mean 'most_tasks'?"
        )


def test_calls_that_overlap():
    def both():
        calls = [
            joblib.Parallel(return_as="generator")(joblib.delayed(quick(hidden=[units]).fit)(*IRIS) for _ in range(3))
            for units in (3, 4)
        ]
        return [[model.hidden for model in call] for call in reversed(calls)]

    assert together(both) == [[[4]] * 3, [[3]] * 3]


def test_a_task_that_trains_several_times_after_another():
    class Twice(ClassifierMixin, BaseEstimator):
        def fit(self, X, y):
            self.models_ = [quick(random_state=seed).fit(X, y) for seed in range(2)]
            self.classes_ = self.models_[0].classes_
            return self

        def predict(self, X):
            return self.models_[-1].predict(X)

    assert len(together(lambda: cross_val_score(Twice(), *IRIS, cv=3))) == 3


def test_without_a_parallel_call_nothing_waits():
    assert together(lambda: classifier(epochs=1).fit(*IRIS)).n_iter_ == 1


@dataclass
class Number:
    """A member, and its outcome."""

    number: int
    settings = MappingProxyType({"epochs": 0})
    history = History(MappingProxyType({}), 0, "epochs", 0.0)


class TestMixtures:
    """Parallel calls in parallel calls, with fits, pauses and errors in any order: none of them hangs."""

    @pytest.fixture(autouse=True)
    def quick_training(self, monkeypatch):
        """Members are numbers, and their training takes no time."""
        monkeypatch.setattr(executor, "program_key", lambda member: str(member.number % 3))
        monkeypatch.setattr(executor, "stacking_pays", lambda members: True)
        monkeypatch.setattr(executor, "train_stack", lambda members, *others: [Number(-one.number) for one in members])

    def work(self, seed, depth):
        """Some steps in a random order; the sum of what was trained."""
        rng, total = np.random.default_rng(seed), 0
        for step in range(rng.integers(0, 4)):
            kind = rng.choice(["train", "pause", "fail", "nest", "nothing"], p=[0.45, 0.2, 0.05, 0.2, 0.1])
            if kind == "train":
                member = int(rng.integers(1, 100))
                (found,) = rendezvous.current().train(Fit((Number(member),)), STACKED).outcomes
                assert found.number == -member
                total += member
            elif kind == "pause":
                time.sleep(rng.uniform(0, 0.003))
            elif kind == "fail":
                raise RuntimeError("one of the tasks failed")
            elif kind == "nest" and depth:
                total += self.call(seed * 31 + step, depth - 1, int(rng.integers(0, 5)))
        return total

    def call(self, seed, depth, n_tasks):
        with stacked():
            tasks = (joblib.delayed(self.work)(seed * 7 + task, depth) for task in range(n_tasks))
            return sum(joblib.Parallel(pre_dispatch="all")(tasks))

    def end_of(self, function):
        try:
            assert together(function, seconds=30) >= 0
        except RuntimeError as error:
            return str(error)
        return "a sum"

    @pytest.mark.parametrize("start", range(0, 200, 20))
    def test_none_hangs(self, start, meetings):
        ends = [self.end_of(lambda seed=seed: self.call(seed, 2, 6)) for seed in range(start, start + 20)]
        assert set(ends) == {"a sum", "one of the tasks failed"}
        assert sum(meeting.n_trained for meeting in meetings) > 20
