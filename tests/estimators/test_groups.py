"""`validation_groups`: what early stopping looks at has no group in common with what is trained on."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import nnbuild
from estimators import pairs as texts
from estimators.pairs import translator
from estimators.samples import message_of
from nnbuild import NNClassifier, NNRecommender, NNRegressor
from nnbuild.estimators import base
from nnbuild.estimators.training import Rows

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
    """Groups trained on and validated on, by the first column, of each fit."""
    seen = []

    def run(jobs, *others):
        rows, held = jobs[0].rows, jobs[0].held_out
        column = np.asarray(rows.X)[:, 0]
        kept = np.setdiff1d(np.arange(len(column)), held)
        seen.extend((set(column[kept]), set(column[held]), len(held) / len(column)) for _ in jobs)
        return original(jobs, *others)

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


@pytest.mark.parametrize("kind", [NNClassifier, NNRegressor])
def test_whole_groups_are_held_out(grouped, parts, kind):
    X, y, groups = grouped
    kind(**SETTINGS).fit(X, y, validation_groups=groups)
    kind(**SETTINGS).fit(
        X, y, validation_groups=pd.Series([f"group {group}" for group in groups], index=range(5, 5 + N))
    )
    check(parts, 2)
    assert parts[0] == parts[1]


def test_rows_without_weight_have_no_group(grouped, parts):
    X, y, groups = grouped
    weights = (groups < 8).astype(float)
    NNClassifier(**SETTINGS).fit(X, y, weights, validation_groups=groups)
    check(parts, 1)
    assert parts[0][0] | parts[0][1] == set(range(8))


def test_members_are_validated_on_the_same_groups(grouped, parts):
    X, y, groups = grouped
    NNClassifier(**SETTINGS, n_members=3, bootstrap=True, engine="compiled").fit(X, y, validation_groups=groups)
    check(parts, 3)


def test_the_stacked_fit_is_the_lone_one(grouped):
    X, y, groups = grouped
    alone, stacked = (
        NNClassifier(**SETTINGS, engine=engine).fit(X, y, validation_groups=groups) for engine in ("keras", "compiled")
    )
    np.testing.assert_allclose(
        alone.history_.curves["val_loss"], stacked.history_.curves["val_loss"], rtol=1e-4, atol=1e-5
    )


def test_early_stopping_inside_group_k_fold(grouped, parts):
    X, y, groups = grouped
    given = {"groups": groups, "validation_groups": groups}
    with sklearn.config_context(enable_metadata_routing=True):
        network = NNClassifier(**SETTINGS).set_fit_request(validation_groups=True)
        pipe = make_pipeline(FunctionTransformer(), network)
        search = GridSearchCV(
            pipe, {"nnclassifier__learning_rate": [1e-3, 1e-2]}, cv=GroupKFold(3), error_score="raise"
        )
        with nnbuild.stacked():
            search.fit(X, y, **given)
            found = cross_validate(pipe, X, y, cv=GroupKFold(3), params=given, error_score="raise")
    assert len(found["test_score"]) == 3
    check(parts, 10)
    for kept, held, _ in [*parts[:6], *parts[7:]]:
        assert len(kept | held) == 8  # four of the twelve groups are those of the test


def test_without_groups_nothing_changes(grouped):
    X, y, _ = grouped
    first, second = (NNClassifier(**SETTINGS).fit(X, y, validation_groups=given) for given in (None, np.arange(N)))
    plain = NNClassifier(**SETTINGS).fit(X, y)
    np.testing.assert_array_equal(first.predict_proba(X), plain.predict_proba(X))
    assert first.history_.curves["val_loss"] != second.history_.curves["val_loss"]


def test_pairs_and_texts_have_groups():
    rng = np.random.default_rng(0)
    baskets = np.repeat(np.arange(40), 3)
    pairs = pd.DataFrame({"user": baskets % 8, "item": rng.integers(0, 30, 120)})
    settings = {"epochs": 1, "validation_fraction": 0.25, "random_state": 0}
    recommender = NNRecommender(**settings).fit(pairs, validation_groups=baskets)
    assert "val_loss" in recommender.history_.curves
    model = translator(validation_fraction=0.25).fit(texts.X, texts.Y, validation_groups=np.arange(32) % 6)
    assert "val_loss" in model.history_.curves


def test_a_user_in_one_group_has_nothing_to_validate_on():
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
    ("groups", "settings", "message"),
    [
        (np.zeros(N), {}, "validation_groups has only one group in 120 samples, but one group is held out\n"
         "  hint: pass at least two groups, or no validation_groups"),
        (np.arange(N - 1), {}, "validation_groups has 119 values, but X has 120 samples"),
        (np.zeros((N, 2)), {}, "validation_groups must be of shape (n_samples,), got (120, 2)\n"
         "  hint: pass one group for each sample"),
        ([*range(N - 2), None, None], {}, "validation_groups has 2 missing values, the first in row 118\n"
         "  hint: assign a group to these samples"),
        (np.arange(N), {"validation_fraction": 0},
         f"validation_groups has no effect with validation_fraction=0\n{NO_EFFECT}"),
        (np.arange(N), {"validation": "last"}, f"validation_groups has no effect with validation='last'\n{NO_EFFECT}"),
    ],
    ids=["one", "length", "shape", "missing", "no fraction", "last"],
)  # fmt: skip
def test_what_are_no_groups(grouped, groups, settings, message):
    X, y, _ = grouped
    estimator = NNClassifier(**SETTINGS | {"early_stopping": False} | settings)
    assert message_of(lambda: estimator.fit(X, y, validation_groups=groups)) == message


def test_groups_beside_rows_to_validate_on(grouped):
    X, y, groups = grouped
    estimator = NNClassifier(**SETTINGS)
    assert message_of(lambda: estimator.fit(X, y, X_val=X, y_val=y, validation_groups=groups)) == (
        f"validation_groups has no effect with X_val\n{NO_EFFECT}"
    )


def test_rows_keep_their_groups():
    rows = Rows(np.arange(4), np.arange(4), np.array([1.0, 0, 1, 1]), np.array([5, 6, 7, 8]))
    assert rows.with_positive_weight().groups.tolist() == [5, 7, 8]
