"""Rows of a training and their order."""

import re

import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from nnbuild.train.common import batches
from nnbuild.train.common.batches import calls, class_labels, epoch_order, fresh_seed, make_data, steps_in
from nnbuild.train.common.splits import split_rows


def data_of(n, width=1, **kwargs):
    return make_data(np.zeros((n, width), np.float32), np.arange(n), kwargs.get("weights"), ["output"])


class TestMakeData:
    def test_rows_of_weight_zero_are_left_out(self):
        data = data_of(4, weights=[1, 0, 2, 0])
        assert data.rows.tolist() == [0, 2]
        assert len(data) == 2

    def test_real_numbers_are_cast_and_others_left(self):
        y = np.arange(3)
        data = make_data({"a": np.zeros((3, 2)), "b": np.array(["x", "y", "z"])}, y, None, ["output"])
        assert data.y["output"] is y  # no copy
        X, y, weights = data.take(np.array([2, 0]), "float32")
        assert (X["a"].dtype, y["output"].dtype, weights["output"].dtype) == (np.float32, np.int64, np.float32)
        assert X["b"].tolist() == ["z", "x"]
        assert y["output"].tolist() == [2, 0]

    @pytest.mark.parametrize(
        ("X", "y", "weights", "message"),
        [
            (np.zeros((3, 1)), np.zeros(3), [1],
             "lengths differ: X has 3 rows, y has 3 rows, sample_weight has 1 rows"),
            ({"a": [1], "b": [1, 2]}, [1], None, "lengths differ: X['a'] has 1 rows, X['b'] has 2 rows, y has 1 rows"),
            ([[1.0]], [1], [[1.0]], "sample_weight must be of shape (1,), got (1, 1)"),
            ([[1.0]], [1], [-1.0], "sample_weight must be finite and non-negative"),
            ([[1.0]], [1], [0.0], "all sample weights are 0"),
            (np.zeros((0, 1)), [], None, "there are no samples to train on"),
            ([[1.0]], {"other": [1]}, None, "y has targets for other; outputs: output"),
        ],
    )  # fmt: skip
    def test_refused_data(self, X, y, weights, message):
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            make_data(X, y, weights, ["output"])


class TestSplit:
    def test_random_is_a_partition_that_depends_on_the_seed(self):
        kept, held = split_rows(50, 0.1, "random", seed=3)
        assert sorted([*kept, *held]) == list(range(50))
        assert len(held) == 5
        again, other = (split_rows(50, 0.1, "random", seed=seed)[1] for seed in (3, 4))
        assert held.tolist() == again.tolist() != other.tolist()

    def test_shares_of_classes_are_those_of_scikit_learn(self):
        fraction = 0.25
        labels = np.repeat([0, 1, 2], [61, 23, 12])
        held = split_rows(96, fraction, "random", 0, labels)[1]
        expected = train_test_split(labels, test_size=fraction, stratify=labels, random_state=0)[1]
        assert np.abs(np.bincount(labels[held]) - np.bincount(expected)).max() <= 1  # ties are drawn
        assert len(held) == len(expected)

    @pytest.mark.parametrize("labels", [[0] * 9 + [1], [0, 1, 2, 3, 4] * 2])
    def test_plain_where_classes_cannot_be_shared_out(self, labels):
        kept, held = split_rows(10, 0.2, "random", 0, np.array(labels))
        assert (len(kept), len(held)) == (8, 2)

    def test_nothing_left(self):
        with pytest.raises(ValueError, match=r"^validation_fraction=0\.6 of 2 rows leaves none to train on$"):
            split_rows(2, 0.6, "random", 0)


class TestOrder:
    def test_the_order_depends_on_seed_and_epoch(self):
        data = data_of(20)
        orders = [epoch_order(data, True, seed, epoch).tolist() for seed in (0, 1) for epoch in (1, 2)]
        assert all(sorted(order) == list(range(20)) for order in orders)
        assert len({tuple(order) for order in orders}) == 4
        assert orders[0] == epoch_order(data, True, 0, 1).tolist()

    def test_rows_keep_their_order_without_shuffling(self):
        assert epoch_order(data_of(4, weights=[1, 0, 1, 1]), False, 0, 1).tolist() == [0, 2, 3]

    def test_calls_hold_whole_batches(self):
        data = data_of(10)
        parts = [rows.tolist() for rows in calls(data, data.rows, 3, max_steps=2)]
        assert parts == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9]]
        assert steps_in(data, 3) == 4

    def test_calls_are_limited_in_memory(self, monkeypatch):
        monkeypatch.setattr(batches, "MAX_BYTES", 200)
        data = data_of(10, width=8)  # 32 bytes a row, and 8 of its target
        assert [len(rows) for rows in calls(data, data.rows, 2, max_steps=64)] == [4, 4, 2]
        assert [len(rows) for rows in calls(data, data.rows, 7, max_steps=64)] == [7, 3]

    def test_fresh_seeds_differ(self):
        assert len({fresh_seed() for _ in range(10)}) == 10


@pytest.mark.parametrize(
    ("y", "labels"),
    [
        ([2, 0, 1], [2, 0, 1]),
        ([[1], [0]], [1, 0]),
        ([[0, 1, 0], [1, 0, 0]], [1, 0]),
        ([[0, 1, 1], [1, 0, 0]], None),
        ([[0.5, 0.5]], None),
        ([[[1], [0]]], None),
    ],
)
def test_class_labels(y, labels):
    found = class_labels(np.array(y))
    assert (found if found is None else found.tolist()) == labels
