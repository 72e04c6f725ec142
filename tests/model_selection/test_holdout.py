"""`leave_one_out`: one item of each user who has two, and all its rows."""

import numpy as np
import pandas as pd
import pytest

from nnbuild.model_selection import leave_one_out

ROWS = [["a", 1], ["a", 2], ["a", 1], ["b", 1], ["c", 5], ["c", 5], ["d", 3], ["d", 1], ["a", 3]]
X = pd.DataFrame(ROWS, columns=["who", "what"])


@pytest.mark.parametrize("form", [ROWS, np.array(ROWS, object), X], ids=["list", "array", "table"])
def test_one_item_of_each_user_is_left_out(form):
    chosen = set()
    for seed in range(30):
        train, test = leave_one_out(form, seed)
        assert sorted([*train, *test]) == list(range(len(ROWS)))
        out = X.iloc[test].drop_duplicates()
        assert set(out["who"]) == {"a", "d"}
        assert len(out) == 2
        left = X.iloc[train]
        assert not len(left.merge(out))  # no row of what was left out is trained on
        chosen |= set(map(tuple, out.to_numpy()))
    assert chosen == {("a", 1), ("a", 2), ("a", 3), ("d", 3), ("d", 1)}


def test_the_same_seed_leaves_out_the_same():
    (first, second), (third, fourth) = leave_one_out(X, 3), leave_one_out(X, 3)
    assert first.tolist() == third.tolist()
    assert second.tolist() == fourth.tolist()


def test_the_last_of_each_user():
    assert leave_one_out(X, last=True)[1].tolist() == [7, 8]
    assert leave_one_out(X[::-1], last=True)[1].tolist() == [2, 6, 8]  # both rows of a's 1


def test_there_must_be_something_to_leave_out():
    with pytest.raises(ValueError, match=r"^no user has two items or more, so no item can be held out$"):
        leave_one_out([["a", 1], ["a", 1], ["b", 2]])


def test_whether_it_is_the_last_is_a_flag():
    with pytest.raises(ValueError, match=r"^last must be True or False, got 'no'$"):
        leave_one_out(X, last="no")
