"""Callbacks: Keras', which each fit copies, and scikit-learn's, which see each epoch as a task."""

from collections import Counter
from contextlib import nullcontext

import keras
import numpy as np
import pytest
from joblib import Parallel, delayed
from sklearn import config_context, get_config
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from estimators.samples import classes, classifier, message_of, quantities, regressor, same_bits
from nnbuild import stacked
from nnbuild.train import executor

pytestmark = pytest.mark.usefixtures("short_stacks")


class Tasks:
    """A callback of scikit-learn's protocol that records its calls, and stops after some epochs."""

    def __init__(self, stop_after=99):
        self.reported, self.stop_after = [], stop_after

    def setup(self, estimator, context):
        self.reported.append(("setup", context.max_subtasks))

    def teardown(self, estimator, context):
        self.reported.append("teardown")

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None, fitted_estimator=None):
        self.reported.append(("begin", context.task_name, context.task_id, len(X), len(y)))

    def on_fit_task_end(self, estimator, context, *, metadata=None, fitted_estimator=None):
        self.reported.append(("end", context.task_name, context.task_id, sorted(metadata or ())))
        return context.task_name == "epoch" and context.task_id + 1 == self.stop_after


class TestKeras:
    @pytest.mark.parametrize("wrong", [[Tasks()], [keras.callbacks.Callback], "early"], ids=["task", "class", "text"])
    def test_other_values_raise(self, wrong):
        start, _, hint = message_of(lambda: classifier(callbacks=wrong).fit(*classes())).partition("\n")
        assert start.startswith("callbacks must be Keras callbacks, got ")
        assert hint == "  hint: pass callbacks of scikit-learn to set_callbacks"


class TestScikitLearn:
    def test_epochs_are_tasks(self):
        X, y = classes()
        tasks = Tasks()
        estimator = classifier(epochs=2).set_callbacks(tasks).fit(X, y, sample_weight=np.ones(60))
        assert tasks.reported == [
            ("setup", 2),
            ("begin", "fit", 0, 60, 60),
            ("begin", "epoch", 0, 60, 60),
            ("end", "epoch", 0, ["sample_weight"]),
            ("begin", "epoch", 1, 60, 60),
            ("end", "epoch", 1, ["sample_weight"]),
            ("end", "fit", 0, ["sample_weight"]),
            "teardown",
        ]
        assert same_bits(estimator, classifier(epochs=2).fit(X, y), X)

    def test_a_callback_may_stop_the_training(self):
        estimator = classifier().set_callbacks(Tasks(stop_after=3)).fit(*classes())
        assert (estimator.n_iter_, estimator.history_.stopped) == (3, "callback")

    def test_partial_fit_is_one_epoch(self):
        tasks = Tasks()
        classifier().set_callbacks(tasks).partial_fit(*classes())
        assert [what[:2] for what in tasks.reported if what[0] == "begin"] == [("begin", "fit"), ("begin", "epoch")]

    def test_teardown_is_called_if_a_fit_fails(self):
        tasks = Tasks()
        estimator = classifier(callbacks=keras.callbacks.LambdaCallback(on_epoch_end=_fail))
        with pytest.raises(ArithmeticError):
            estimator.set_callbacks(tasks).fit(*classes())
        assert tasks.reported[-1] == "teardown"
        assert not hasattr(estimator, "_callback_fit_ctx")

    def test_scores_of_every_epoch(self):
        X, y = quantities()
        monitor = ScoringMonitor(scoring="r2")
        estimator = regressor(epochs=2).set_callbacks(monitor).fit(X, y)
        rows = [row for row in monitor.get_logs().data if row["task_name"] == "epoch"]
        assert [row["r2"] for row in rows] == [regressor(epochs=1).fit(X, y).score(X, y), estimator.score(X, y)]

    def test_a_progress_bar_with_early_stopping(self, capsys):
        estimator = classifier(early_stopping={"patience": 1, "min_delta": 9}, epochs=9).set_callbacks(ProgressBar())
        assert estimator.fit(*classes()).n_iter_ == 2
        shown = capsys.readouterr().out
        assert "NNClassifier - fit" in shown
        assert "100%" in shown


def _fail(epoch, logs):
    raise ArithmeticError("no")


class Failing(Tasks):
    """Raises in the second epoch of a fit with many rows."""

    def on_fit_task_end(self, estimator, context, *, metadata=None, fitted_estimator=None):
        if context.task_name == "epoch" and context.task_id == 1 and estimator.l2 == 0.1:
            raise ArithmeticError("no")


class TestTogether:
    """In the backend, fits with scikit-learn's callbacks are members of stacks like others."""

    def search(self, *callbacks):
        return GridSearchCV(classifier(epochs=2).set_callbacks(*callbacks), {"l2": [0.0, 0.1]}, cv=2, refit=False)

    @pytest.mark.slow
    def test_events_and_scores_are_those_of_sequential_fits(self, stacks):
        events, scores = [], []
        for context in (nullcontext, stacked):  # called in the loop: `stacked()` starts when it is called
            tasks, monitor = Tasks(), ScoringMonitor(scoring="neg_log_loss")
            with context():
                self.search(tasks, monitor).fit(*classes())
            events.append(Counter(map(str, tasks.reported)))
            rows = [row for row in monitor.get_logs().data if row["task_name"] == "epoch"]
            scores.append({row["task_id_path"]: row["neg_log_loss"] for row in rows})
        assert stacks == [4]
        assert events[1] == events[0]
        assert events[1]["('begin', 'epoch', 1, 30, 30)"] == 4
        assert scores[1] == pytest.approx(scores[0], abs=1e-5)

    def test_a_callback_stops_its_own_fit_only(self, stacks):
        class Stopping(Tasks):
            def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
                return context.task_name == "epoch" and estimator.l2 == 0.1

        X, y = classes()
        models = [classifier(epochs=3, l2=l2).set_callbacks(Stopping()) for l2 in (0.0, 0.1)]
        with stacked():
            Parallel()(delayed(model.fit)(X, y) for model in models)
        assert stacks == [2]
        assert [(model.n_iter_, model.history_.stopped) for model in models] == [(3, "epochs"), (1, "callback")]

    def test_an_error_in_a_callback_ends_its_own_fit_only(self, stacks):
        tasks = Failing()
        failed = pytest.warns(FitFailedWarning, match="2 fits failed out of a total of 4")
        not_finite = pytest.warns(UserWarning, match="One or more of the test scores are non-finite")
        with stacked(), failed, not_finite:
            scores = self.search(tasks).fit(*classes()).cv_results_["mean_test_score"]
        assert stacks == [4]
        assert np.isfinite(scores).tolist() == [True, False]
        assert tasks.reported.count("teardown") == 4

    def test_a_progress_bar_of_a_search_over_a_pipeline(self, stacks, capsys):
        pipeline = make_pipeline(StandardScaler(), classifier(epochs=2))
        search = GridSearchCV(pipeline, {"nnclassifier__l2": [0.0, 0.1]}, cv=2).set_callbacks(ProgressBar(None))
        with stacked():
            search.fit(*classes())
        assert stacks == [4]
        shown = capsys.readouterr().out
        assert shown.count("NNClassifier - fit") == 5  # with the refit
        assert shown.count("100%") == shown.count("%")

    def test_the_configuration_is_that_of_the_caller(self, stacks):
        class Configured(Tasks):
            def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
                self.reported.append(get_config()["print_changed_only"])

        tasks = Configured()
        with config_context(print_changed_only=False), stacked():
            self.search(tasks).fit(*classes())
        assert [reported for reported in tasks.reported if reported in (True, False)] == [False] * (4 * 3)

    @pytest.mark.slow
    def test_each_epoch_is_reported_once_if_a_stack_fails(self, monkeypatch):
        def failing(members, *others, original=executor.train_stack):
            original(members, *others)
            raise RuntimeError("out of memory")

        monkeypatch.setattr(executor, "train_stack", failing)
        tasks = Tasks()
        with stacked(), pytest.warns(RuntimeWarning, match="^4 trainings could not be stacked"):
            self.search(tasks).fit(*classes())
        assert [what[:3] for what in tasks.reported if what[0] == "end"].count(("end", "epoch", 1)) == 4
