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
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from estimators.samples import classes, classifier, quantities, regressor, same_bits
from nnbuild import stacked
from nnbuild.train import executor

pytestmark = pytest.mark.usefixtures("short_stacks")


def message(error):
    return str(error.value)


class Counting(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.epochs = 0

    def on_epoch_end(self, epoch, logs=None):
        self.epochs += 1
        if self.epochs == 2:
            self.model.stop_training = True


class Tasks:
    """A callback of scikit-learn's protocol that writes down what it is told, and stops after some epochs."""

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
    def test_each_fit_has_copies_of_its_own(self):
        X, y = classes()
        callback = Counting()
        estimator = classifier(callbacks=[callback])
        for _ in range(2):
            estimator.fit(X, y)
            assert (estimator.n_iter_, estimator.history_.stopped) == (2, "callback")
        assert (callback.epochs, callback._model) == (0, None)

    def test_one_alone(self):
        assert regressor(callbacks=Counting()).fit(*quantities()).n_iter_ == 2

    def test_keras_own(self):
        X, y = classes()
        callbacks = [
            keras.callbacks.EarlyStopping("loss", patience=0, min_delta=9),
            keras.callbacks.TerminateOnNaN(),
            keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2),
        ]
        assert classifier(callbacks=callbacks).fit(X, y).n_iter_ == 2

    def test_what_is_no_callback(self):
        for wrong, shown in (([Tasks()], "a value of type Tasks"), ([Counting], ""), ("early", "'early'")):
            with pytest.raises(ValueError, match=r"^callbacks must be Keras callbacks, got ") as error:
                classifier(callbacks=wrong).fit(*classes())
            assert message(error).endswith("\n  hint: pass callbacks of scikit-learn to set_callbacks")
            assert shown in message(error) or shown.startswith("a value")


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

    def test_one_may_stop_the_training(self):
        estimator = classifier().set_callbacks(Tasks(stop_after=3)).fit(*classes())
        assert (estimator.n_iter_, estimator.history_.stopped) == (3, "callback")

    def test_partial_fit_is_one_epoch(self):
        tasks = Tasks()
        classifier().set_callbacks(tasks).partial_fit(*classes())
        assert [what[:2] for what in tasks.reported if what[0] == "begin"] == [("begin", "fit"), ("begin", "epoch")]

    def test_they_are_torn_down_when_a_fit_fails(self):
        tasks = Tasks()
        estimator = classifier(callbacks=[Counting(), keras.callbacks.LambdaCallback(on_epoch_end=_fail)])
        with pytest.raises(ArithmeticError):
            estimator.set_callbacks(tasks).fit(*classes())
        assert tasks.reported[-1] == "teardown"
        assert not hasattr(estimator, "_callback_fit_ctx")

    def test_scores_of_every_epoch(self):
        X, y = classes()
        monitor = ScoringMonitor(scoring=["accuracy", "neg_log_loss"])
        estimator = classifier(epochs=3).set_callbacks(monitor).fit(X, y)
        rows = [row for row in monitor.get_logs().data if row["task_name"] == "epoch"]
        after = [classifier(epochs=epochs).fit(X, y) for epochs in (1, 2, 3)]
        assert [row["accuracy"] for row in rows] == [accuracy_score(y, one.predict(X)) for one in after]
        assert rows[0]["neg_log_loss"] < rows[2]["neg_log_loss"]
        assert same_bits(estimator, after[2], X)

    def test_scores_of_a_regressor(self):
        X, y = quantities()
        monitor = ScoringMonitor(scoring="r2")
        estimator = regressor(epochs=3).set_callbacks(monitor).fit(X, y)
        rows = [row for row in monitor.get_logs().data if row["task_name"] == "epoch"]
        assert [row["task_id"] for row in rows] == [0, 1, 2]
        assert rows[-1]["r2"] == estimator.score(X, y)

    def test_in_a_search(self):
        X, y = classes()
        monitor, bar = ScoringMonitor(scoring="accuracy"), ProgressBar()
        search = GridSearchCV(classifier(epochs=2).set_callbacks(monitor), {"l2": [0.0, 0.1]}, cv=2).set_callbacks(bar)
        search.fit(X, y)
        rows = [row for row in monitor.get_logs().data if row["task_name"] == "epoch"]
        assert len(rows) == (2 * 2 + 1) * 2  # candidates and folds, and the best again
        assert {row["task_id"] for row in rows} == {0, 1}

    def test_a_progress_bar_in_a_pipeline(self, capsys):
        X, y = classes()
        pipeline = make_pipeline(StandardScaler(), classifier(epochs=3)).set_callbacks(ProgressBar())
        plain = make_pipeline(StandardScaler(), classifier(epochs=3)).fit(X, y)
        pipeline.fit(X, y)
        assert np.array_equal(pipeline.predict_proba(X), plain.predict_proba(X))
        shown = capsys.readouterr().out
        assert "NNClassifier - fit" in shown
        assert "100%" in shown

    def test_a_progress_bar_with_early_stopping(self, capsys):
        estimator = classifier(early_stopping={"patience": 1, "min_delta": 9}, epochs=9).set_callbacks(ProgressBar())
        assert estimator.fit(*classes()).n_iter_ == 2
        assert "NNClassifier - fit" in capsys.readouterr().out


def _fail(epoch, logs):
    raise ArithmeticError("no")


def test_nothing_is_printed(capfd):
    X, y = classes()
    classifier(verbose=True, metrics=["accuracy"]).fit(X, y).predict(X)  # standard error is no terminal here
    regressor().fit(*quantities()).partial_fit(*quantities()).predict(X)
    assert capfd.readouterr() == ("", "")


class Failing(Tasks):
    """Raises in the second epoch of a fit with many rows."""

    def on_fit_task_end(self, estimator, context, *, metadata=None, fitted_estimator=None):
        if context.task_name == "epoch" and context.task_id == 1 and estimator.l2 == 0.1:
            raise ArithmeticError("no")


class TestTogether:
    """In the backend, fits with scikit-learn's callbacks are members of stacks like others."""

    @pytest.fixture
    def stacks(self, monkeypatch):
        """Sizes of the stacks that train."""
        sizes = []

        def watched(members, *others, original=executor.train_stack):
            sizes.append(len(members))
            return original(members, *others)

        monkeypatch.setattr(executor, "train_stack", watched)
        return sizes

    def search(self, tasks, **params):
        return GridSearchCV(classifier(epochs=2, **params).set_callbacks(tasks), {"l2": [0.0, 0.1]}, cv=2, refit=False)

    def test_events_are_those_of_one_fit_after_another(self, stacks):
        X, y = classes()
        reported = []
        for context in (nullcontext, stacked):  # the second holds from when it is made
            tasks = Tasks()
            with context():
                self.search(tasks).fit(X, y)
            reported.append(tasks.reported)
        assert stacks == [4]
        assert Counter(map(str, reported[1])) == Counter(map(str, reported[0]))
        assert reported[1].count(("begin", "epoch", 1, 30, 30)) == 4

    def test_one_may_stop_its_fit_and_no_other(self, stacks):
        class Stopping(Tasks):
            def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
                return context.task_name == "epoch" and estimator.l2 == 0.1

        X, y = classes()
        models = [classifier(epochs=3, l2=l2).set_callbacks(Stopping()) for l2 in (0.0, 0.1)]
        with stacked():
            Parallel()(delayed(model.fit)(X, y) for model in models)
        assert stacks == [2]
        assert [(model.n_iter_, model.history_.stopped) for model in models] == [(3, "epochs"), (1, "callback")]

    def test_an_error_in_one_ends_its_fit_and_no_other(self, stacks):
        tasks = Failing()
        failed = pytest.warns(FitFailedWarning, match="2 fits failed out of a total of 4")
        not_finite = pytest.warns(UserWarning, match="One or more of the test scores are non-finite")
        with stacked(), failed, not_finite:
            scores = self.search(tasks).fit(*classes()).cv_results_["mean_test_score"]
        assert stacks == [4]
        assert np.isfinite(scores).tolist() == [True, False]
        assert tasks.reported.count("teardown") == 4

    def test_scores_of_every_epoch(self, stacks):
        X, y = classes()
        logs = []
        for context in (nullcontext, stacked):  # the second holds from when it is made
            monitor = ScoringMonitor(scoring="neg_log_loss")
            with context():
                self.search(monitor).fit(X, y)
            logs.append([row for row in monitor.get_logs().data if row["task_name"] == "epoch"])
        assert stacks == [4]
        alone, together = ([(row["task_id_path"], row["neg_log_loss"]) for row in rows] for rows in logs)
        assert [path for path, _ in together] == [path for path, _ in alone]
        assert [score for _, score in together] == pytest.approx([score for _, score in alone], abs=1e-5)

    def test_a_progress_bar_on_the_search(self, stacks, capsys):
        search = GridSearchCV(classifier(epochs=2), {"l2": [0.0, 0.1]}, cv=2).set_callbacks(ProgressBar(None))
        with stacked():
            search.fit(*classes())
        assert stacks == [4]
        shown = capsys.readouterr().out
        assert shown.count("NNClassifier - fit") == 5  # and the best again
        assert shown.count("100%") == shown.count("%")

    def test_bars_of_all_levels(self, stacks, capsys):
        """A halving search of pipelines: their tasks are one tree, in threads of any order."""
        pipeline = make_pipeline(StandardScaler(), classifier(epochs=2))
        grid = {"nnclassifier__l2": [0.0, 0.1]}
        search = HalvingGridSearchCV(pipeline, grid, cv=2, min_resources=30, factor=2, random_state=0)
        with stacked():
            search.set_callbacks(ProgressBar(None)).fit(*classes())
        assert stacks == [4, 2]
        shown = capsys.readouterr().out
        assert shown.count("NNClassifier - fit") == 4 + 2 + 1
        assert shown.count("100%") == shown.count("%")

    def test_the_configuration_is_that_of_the_caller(self, stacks):
        class Asking(Tasks):
            def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
                self.reported.append(get_config()["print_changed_only"])

        tasks = Asking()
        with config_context(print_changed_only=False), stacked():
            self.search(tasks).fit(*classes())
        assert [reported for reported in tasks.reported if reported in (True, False)] == [False] * (4 * 3)

    def test_each_epoch_is_reported_once_if_a_stack_fails(self, monkeypatch):
        def failing(members, *others, original=executor.train_stack):
            original(members, *others)
            raise RuntimeError("out of memory")

        monkeypatch.setattr(executor, "train_stack", failing)
        tasks = Tasks()
        with (
            stacked(),
            pytest.warns(
                RuntimeWarning, match="^4 trainings could not be stacked and are done one by one: out of memory$"
            ),
        ):
            self.search(tasks).fit(*classes())
        assert [what[:3] for what in tasks.reported if what[0] == "end"].count(("end", "epoch", 1)) == 4

    def test_keras_callbacks_are_not_stacked(self, stacks):
        counting = Counting()
        with stacked():
            self.search(Tasks(), callbacks=[counting]).fit(*classes())
        assert stacks == []
