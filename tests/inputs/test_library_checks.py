"""Checks of data: warning filters are unchanged in threads, and messages name the argument."""

import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import numpy as np
import pandas as pd
import pytest

from estimators.samples import classes, classifier, features, message_of, quantities, regressor
from nnbuild.errors import DataError
from nnbuild.inputs import library_checks
from nnbuild.inputs.library_checks import name_in_messages

N_THREADS = 4
ONE_EPOCH = {"epochs": 1, "hidden": [4]}
NO_PARAMS = {"hidden": None, "epochs": None}
Y = np.arange(20) % 2
DATES = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(60) * 31, unit="h")


def fit_a_classifier():
    X, y = classes()
    estimator = classifier(**ONE_EPOCH, validation_fraction=0.25).fit(X, y, np.ones(60))
    estimator.predict(X)


def fit_a_regressor_on_a_table():
    X, y = quantities()
    frame = pd.DataFrame({"a": X[:, 0], "b": np.where(X[:, 1] > 0, "yes", "no"), "c": DATES})
    estimator = regressor(**ONE_EPOCH).fit(frame, y, X_val=frame, y_val=y, sample_weight_val=np.ones(60))
    estimator.predict(frame)


def fit_several_labels_in_parts():
    X, _ = classes()
    classifier(**ONE_EPOCH).partial_fit(X, (X[:, :2] > 0).astype(int)).predict_proba(X)
    classifier(**ONE_EPOCH).partial_fit(X, np.arange(60) % 2, classes=[0, 1])


WORK = [fit_a_classifier, fit_a_regressor_on_a_table, fit_several_labels_in_parts]


def overlaps_in_threads(work, monkeypatch):
    """Count how often a thread enters `catch_warnings` while another thread is inside."""
    inside, overlaps = [], []
    enter, leave = warnings.catch_warnings.__enter__, warnings.catch_warnings.__exit__

    def slow_enter(self):
        others = [thread for thread in inside if thread != threading.get_ident()]
        overlaps.extend(others)
        inside.append(threading.get_ident())
        return enter(self)

    def slow_leave(self, *error):
        time.sleep(0.002)
        inside.remove(threading.get_ident())
        leave(self, *error)

    start = threading.Barrier(N_THREADS)

    def all_at_once(_):
        start.wait()
        work()

    monkeypatch.setattr(warnings.catch_warnings, "__enter__", slow_enter)
    monkeypatch.setattr(warnings.catch_warnings, "__exit__", slow_leave)
    with ThreadPoolExecutor(N_THREADS) as threads:
        list(threads.map(all_at_once, range(N_THREADS)))
    monkeypatch.undo()
    return len(overlaps)


class TestThreads:
    @pytest.mark.slow
    @pytest.mark.parametrize("work", WORK, ids=lambda work: work.__name__)
    def test_warning_filters_are_unchanged(self, work, monkeypatch):
        before = warnings.filters
        content = list(before)
        assert overlaps_in_threads(work, monkeypatch) == 0
        assert warnings.filters is before
        assert warnings.filters == content

    @pytest.mark.slow
    def test_without_the_lock_they_would_not(self, monkeypatch):
        """The test above can fail."""
        monkeypatch.setattr(library_checks, "_lock", nullcontext())
        with warnings.catch_warnings():  # restores the filters
            assert overlaps_in_threads(fit_a_classifier, monkeypatch) > 0


TABLE = pd.DataFrame(features(20), columns=list("abcd"))
NO_NAN = "NNClassifier does not accept missing values encoded as NaN natively. "
MATCH = "The feature names should match those that were passed during fit.\n"
TOO_LARGE = "contains infinity or a value too large for dtype('float32')"
SEVERAL = "duplicate column names: 'a', 'b'\n  hint: rename these columns, or drop all but one of each name"
TWICE = TABLE.rename(columns={"c": "a", "d": "b"})


def validated(trained, X_val, y_val=None, weights=None, **params):
    """Return the message of a fit on arrays or a table with a wrong validation set."""
    X, y = classes(20)
    X = pd.DataFrame(X, columns=list("abcd")) if trained == "table" else X
    rows = {"X_val": X_val, "y_val": y if y_val is None else y_val, "sample_weight_val": weights}
    return message_of(lambda: classifier(**ONE_EPOCH, **params).fit(X, y, **rows), (ValueError, TypeError))


class TestValidationSet:
    """Messages name X_val, y_val and sample_weight_val."""

    @pytest.mark.parametrize(
        "X_val, message",
        [
            (features(20)[:, :3], "X_val has 3 features, but NNClassifier is expecting 4 features as input."),
            (np.full((20, 4), np.inf), f"Input X_val {TOO_LARGE.replace('32', '64')}."),
            (np.ma.masked_less(features(20), 0), "X_val has masked values\n  hint: fill them, or drop their rows"),
            ({"x": features(20)}, "X_val has the keys x, but the recipe has the inputs input"),
            (features(3), "X_val, y_val: Found input variables with inconsistent numbers of samples: [3, 20]"),
            (TWICE, f"X_val has {SEVERAL}"),
        ],
        ids=["columns", "infinite", "masked", "inputs", "rows", "names"],
    )
    def test_arrays(self, X_val, message):
        assert validated("array", X_val) == message

    def test_nan(self):
        found = validated("array", np.full((20, 4), np.nan))
        assert found.startswith(f"Input X_val contains NaN.\n{NO_NAN}")
        assert "\n" not in found.partition("\n")[2]  # scikit-learn's advice, unchanged

    @pytest.mark.parametrize("prepare", ["auto", None])
    @pytest.mark.parametrize(
        "X_val, message",
        [
            (TABLE.rename(columns={"d": "X"}), f"X_val: {MATCH}Feature names unseen at fit time:\n- X\n"
             "Feature names seen at fit time, yet now missing:\n- d\n"),
            (TABLE[list("bacd")], f"X_val: {MATCH}Feature names must be in the same order as they were in fit.\n"),
        ],
        ids=["new", "order"],
    )  # fmt: skip
    def test_tables(self, prepare, X_val, message):
        assert validated("table", X_val, prepare=prepare) == message

    @pytest.mark.parametrize(
        "X_val, message",
        [
            (
                TABLE.assign(a="x"),
                "X_val: column 'a': contained numbers in fit, but contains text or categories now, "
                "such as 'x' in row 0",
            ),
            (
                TABLE.assign(a=np.inf),
                f"column 'a': Input X_val {TOO_LARGE}\n"
                "  hint: replace it by NaN, for a missing value, or by a finite number",
            ),
        ],
        ids=["text", "infinite"],
    )
    def test_columns_that_cannot_be_prepared(self, X_val, message):
        assert validated("table", X_val) == message

    @pytest.mark.parametrize(
        "y_val, weights, message",
        [
            (np.arange(20) % 4, None, "y_val contains previously unseen labels: [3]"),
            (None, np.ones(3), "sample_weight_val.shape == (3,), expected (20,)!"),
            (None, -np.ones(20), "Negative values in data passed to `sample_weight_val`."),
            (None, np.zeros(20), "sample_weight_val: Sample weights must contain at least one non-zero number."),
        ],
        ids=["labels", "lengths", "negative", "zero"],
    )
    def test_targets_and_weights(self, y_val, weights, message):
        assert validated("array", features(20), y_val, weights) == message

    def test_several_inputs(self):
        recipe = {
            "inputs": {"a": {}, "b": {}},
            "layers": [{"type": "Concatenate", "inputs": ["a", "b"]}],
            "training": {"epochs": 1},
        }
        X = {"a": features(20)[:, :2], "b": features(20)[:, 2:]}
        wrong = {**X, "b": features(20)}
        assert message_of(lambda: classifier(recipe=recipe, **NO_PARAMS).fit(X, Y, X_val=wrong, y_val=Y)) == (
            "X_val['b'] has samples of shape (4,), but NNClassifier is expecting samples of shape (2,)"
        )

    def test_warnings(self):
        X, y = classes(20)
        found = r"^X_val has feature names, but NNClassifier was fitted without feature names$"
        with pytest.warns(UserWarning, match=found):
            classifier(**ONE_EPOCH).fit(X, y, X_val=TABLE, y_val=y)
        with pytest.warns(UserWarning, match=r"^A column-vector y_val was passed when a 1d array was expected"):
            classifier(**ONE_EPOCH).fit(X, y, X_val=X, y_val=y[:, None])


class TestRenamedInErrors:
    def test_quoted_names_are_unchanged(self):
        def fail():
            with name_in_messages("X", "X_val"):
                raise DataError("column 'X': no\nX")

        assert message_of(fail, DataError) == "X_val: column 'X': no\nX"

    def test_errors_of_another_form_are_unchanged(self):
        def fail():
            with name_in_messages("X", "X_val"):
                raise UnicodeEncodeError("utf-8", "X", 0, 1, "X")

        assert message_of(fail) == "'utf-8' codec can't encode character '\\x58' in position 0: X"
