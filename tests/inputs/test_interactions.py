"""Interactions of users and items: lookup, negative samples, histories and the saved form."""

import numpy as np
import pytest

from nnbuild.inputs.interactions import InteractionsPreparation, NegativeSampling
from saved_forms import reread

USERS = np.array(["ann", "bob", "ann", "ann", "bob", "ann", "eve"], object)
ITEMS = np.array([10, 10, 30, 20, 40, 10, 50])  # ann has item 10 twice
INPUTS = {"user": {"kind": "ids"}, "item": {"kind": "ids"}, "history": {"kind": "ids", "shape": [2]}}


@pytest.fixture(scope="module")
def had():
    return InteractionsPreparation.fitted(USERS, ITEMS, INPUTS)


def test_each_pair_counts_once(had):
    users, items = had.encoded(np.array(["bob", "new"], object), np.array([50, 60]))
    assert (users.tolist(), items.tolist()) == ([2, 0], [5, 0])
    assert [had.items_of(user).tolist() for user in range(4)] == [[], [1, 3, 2], [1, 4], [5]]
    assert had.counts(np.array([3, 0, 1])).tolist() == [1, 0, 3]
    assert had.summary() == ["3 users, 5 items, 6 interactions"]
    np.testing.assert_allclose(had.popularity(), np.array([2, 1, 1, 1, 1]) / 3)


def test_interactions_are_looked_up_for_many_users_at_once(had):
    users, items = np.repeat(np.arange(4), 6), np.tile(np.arange(6), 4)
    expected = [item in had.items_of(user) for user, item in zip(users, items, strict=True)]
    assert had.contains(users, items).tolist() == expected
    table = had.table(np.array([2, 0, 1]))
    assert [np.flatnonzero(row).tolist() for row in table] == [[0, 3], [], [0, 1, 2]]
    assert had.items_without(1).tolist() == [4, 5]


def test_negatives_are_uniform_over_items_without_interaction(had):
    users = np.repeat([1, 2, 3], 3000)
    drawn = had.sample_negatives(users, np.random.default_rng(0))
    assert drawn.dtype == np.int32
    for user in (1, 2, 3):
        items, counts = np.unique(drawn[users == user], return_counts=True)
        assert items.tolist() == had.items_without(user).tolist()
        assert np.abs(counts / 3000 - 1 / len(items)).max() < 0.04


def test_a_user_with_nearly_all_items_gets_the_rest():
    items = np.arange(5000)
    had = InteractionsPreparation.fitted(np.append(np.zeros(4999, int), 1), items, INPUTS)
    assert had.sample_negatives(np.array([1, 1]), np.random.default_rng(0)).tolist() == [5000, 5000]


@pytest.mark.parametrize(
    ("user", "left_out", "history"),
    [
        (1, 2, [3, 1]),  # ann's 10 and 30, the last first
        (1, 1, [2, 3]),
        (1, 5, [2, 3]),  # the last two of three
        (2, 4, [1, 0]),
        (0, 5, [0, 0]),
    ],
)
def test_a_history_contains_the_last_items_without_that_of_the_pair(had, user, left_out, history):
    made = had.inputs(np.array([user]), np.array([left_out]))
    assert {name: array.tolist() for name, array in made.items()} == {
        "user": [user],
        "item": [left_out],
        "history": [history],
    }
    assert {array.dtype.name for name, array in made.items() if name == "history"} == {"int32"}


def test_negatives_have_the_history_of_their_pair(had):
    users, items = (np.repeat(values, 50) for values in had.encoded(USERS[:4], ITEMS[:4]))
    y = {"output": np.tile([1, 0], 100)[:, None]}
    X, targets = NegativeSampling(had, had)({"user": users, "item": items}, y, np.random.default_rng(0))
    assert targets is y
    kept = y["output"][:, 0] == 1
    assert np.array_equal(X["item"][kept], items[kept])
    assert not had.contains(users, X["item"])[~kept].any()
    assert had.contains(users, items).all()
    assert np.array_equal(X["history"], had.inputs(users, items)["history"])
    assert not (X["history"] == items[:, None]).any()


def test_held_out_items_are_negatives_in_training_only(had):
    seen = had.with_pairs(USERS[1:], np.where(ITEMS[1:] == 40, 10, ITEMS[1:]))  # bob's 40, number 4, is held out
    users, items, drawn = np.full(3000, 2), np.full(3000, 1), {"output": np.zeros((3000, 1))}
    X, _ = NegativeSampling(had, seen)({"user": users, "item": items}, drawn, np.random.default_rng(0))
    numbers, counts = np.unique(X["item"], return_counts=True)
    assert numbers.tolist() == [2, 3, 4, 5]
    assert np.abs(counts / 3000 - 1 / 4).max() < 0.04
    X, _ = NegativeSampling(had, seen)({"user": users, "item": items + 3}, drawn, np.random.default_rng(0))
    assert np.unique(X["item"]).tolist() == [2, 3, 5]  # in validation, nothing that the user had


def test_other_interactions_keep_the_numbers_of_users_and_items(had):
    other = had.with_pairs(np.array(["eve", "new", "eve"], object), np.array([20, 20, 60]))
    assert other.users is had.users
    assert [other.items_of(user).tolist() for user in range(4)] == [[], [], [], [2]]


def test_the_saved_form_gives_the_same(had):
    loaded = reread(had)
    assert (loaded.users, loaded.items, dict(loaded.shapes)) == (had.users, had.items, dict(had.shapes))
    assert np.array_equal(loaded.starts, had.starts)
    assert np.array_equal(loaded.user_items, had.user_items)
