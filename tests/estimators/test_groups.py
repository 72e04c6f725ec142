"""`validation_groups`: the training set and the validation set have no group in common."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import nnbuild
from estimators import pairs as texts
from estimators.pairs import translator
from estimators.samples import message_of
from nnbuild import NNClassifier, NNRecommender
from nnbuild.estimators import base
from plain import PLAIN

N = 120
SETTINGS = {"hidden": [4], "epochs": 2, "validation_fraction": 0.25, "early_stopping": True, "random_state": 0}


@pytest.fixture(scope="module")
def grouped():
    """Features whose first column is the group of the row, labels, and groups."""
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 12, N)
    X = np.column_stack([groups, rng.normal(size=(N, 2))]).astype(float)
    return X, (X[:, 1] > 0).astype(int), groups


@pytest.fixture
def parts(monkeypatch):
    """Groups of the training set and of the validation set, and the share of the second, of each fit."""
    seen = []

    def run(fit, jobs, *others):
        rows, held = jobs[0].rows, jobs[0].held_out
        column = np.asarray(rows.X)[:, 0]
        kept = np.setdiff1d(np.arange(len(column)), held)
        seen.extend((set(column[kept]), set(column[held]), len(held) / len(column)) for _ in jobs)
        return original(fit, jobs, *others)

    original = base.run
    monkeypatch.setattr(base, "run", run)
    return seen


def check(parts, n_fits):
    assert len(parts) == n_fits
    for kept, held, share in parts:
        assert kept
        assert held
        assert not kept & held
        assert 0.1 < share < 0.4


def test_whole_groups_are_held_out(grouped, parts):
    X, y, groups = grouped
    NNClassifier(PLAIN, **SETTINGS).fit(X, y, validation_groups=groups)
    named = pd.Series([f"group {group}" for group in groups], index=range(5, 5 + N))
    NNClassifier(PLAIN, **SETTINGS).fit(X, y, validation_groups=named)
    check(parts, 2)
    assert parts[0] == parts[1]


def test_samples_with_weight_0_have_no_group(grouped, parts):
    X, y, groups = grouped
    weights = (groups < 8).astype(float)
    NNClassifier(PLAIN, **SETTINGS).fit(X, y, weights, validation_groups=groups)
    check(parts, 1)
    assert parts[0][0] | parts[0][1] == set(range(8))


@pytest.mark.slow
def test_groups_of_all_members_are_whole(grouped, parts):
    X, y, groups = grouped
    NNClassifier(PLAIN, **SETTINGS, n_members=3, bootstrap=True, engine="compiled").fit(X, y, validation_groups=groups)
    check(parts, 3)


def test_early_stopping_inside_group_k_fold(grouped, parts):
    X, y, groups = grouped
    with sklearn.config_context(enable_metadata_routing=True):
        network = NNClassifier(PLAIN, **SETTINGS).set_fit_request(validation_groups=True)
        pipe = make_pipeline(FunctionTransformer(), network)
        search = GridSearchCV(
            pipe, {"nnclassifier__learning_rate": [1e-3, 1e-2]}, cv=GroupKFold(3), error_score="raise"
        )
        with nnbuild.stacked():
            search.fit(X, y, groups=groups, validation_groups=groups)
    check(parts, 7)
    for kept, held, _ in parts[:6]:
        assert len(kept | held) == 8  # the test set has the other four of the twelve groups


@pytest.mark.slow
def test_pairs_and_texts_have_groups():
    rng = np.random.default_rng(0)
    baskets = np.repeat(np.arange(40), 3)
    pairs = pd.DataFrame({"user": baskets % 8, "item": rng.integers(0, 30, 120)})
    settings = {"epochs": 1, "validation_fraction": 0.25, "random_state": 0}
    recommender = NNRecommender(**settings).fit(pairs, validation_groups=baskets)
    assert "val_loss" in recommender.history_.curves
    model = translator(validation_fraction=0.25).fit(texts.X, texts.Y, validation_groups=np.arange(32) % 6)
    assert "val_loss" in model.history_.curves


def test_each_user_or_item_in_one_group_raises():
    pairs = np.array([[user, (user + number) % 6] for user in range(8) for number in range(3)])
    for groups in (pairs[:, 0], pairs[:, 1]):
        recommender = NNRecommender(epochs=1, validation_fraction=0.25, random_state=0)
        found = message_of(lambda one=recommender, groups=groups: one.fit(pairs, validation_groups=groups))
        assert found == (
            "the validation set is empty: no held-out interaction has both a user and an item of the training set\n"
            "  hint: pass validation_groups that split the interactions of each user and each item over several groups"
        )


NO_EFFECT = "  hint: set validation='random' and a validation_fraction above 0, and pass no X_val"


@pytest.mark.parametrize(
    ("groups", "settings", "given", "message"),
    [
        (np.zeros(N), {}, {}, "validation_groups has only one group in 120 samples, but one group is held out\n"
         "  hint: pass at least two groups, or no validation_groups"),
        (np.arange(N - 1), {}, {}, "validation_groups has 119 values, but X has 120 samples"),
        (np.zeros((N, 2)), {}, {}, "validation_groups must be of shape (n_samples,), got (120, 2)\n"
         "  hint: pass one group for each sample"),
        ([*range(N - 2), None, None], {}, {}, "validation_groups has 2 missing values, the first in row 118\n"
         "  hint: assign a group to these samples"),
        (np.arange(N), {"validation_fraction": 0, "early_stopping": False}, {},
         f"validation_groups has no effect with validation_fraction=0\n{NO_EFFECT}"),
        (np.arange(N), {"validation": "last"}, {},
         f"validation_groups has no effect with validation='last'\n{NO_EFFECT}"),
        (np.arange(N), {}, {"X_val": np.ones((2, 3)), "y_val": [0, 1]},
         f"validation_groups has no effect with X_val\n{NO_EFFECT}"),
    ],
    ids=["one", "length", "shape", "missing", "no fraction", "last", "X_val"],
)  # fmt: skip
def test_invalid_groups_raise(grouped, groups, settings, given, message):
    X, y, _ = grouped
    estimator = NNClassifier(PLAIN, **SETTINGS | settings)
    assert message_of(lambda: estimator.fit(X, y, **given, validation_groups=groups)) == message
