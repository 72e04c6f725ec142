"""Validation sets: their size, and whole groups in proportions as near to the fraction as groups allow."""

import numpy as np
import pytest

from nnbuild.train.common.splits import fold_count, split_folds, split_groups, split_rows


def is_split(groups, kept, held):
    groups = np.asarray(groups)
    assert sorted([*kept, *held]) == list(range(len(groups)))
    assert not set(groups[kept]) & set(groups[held])
    assert len(kept)
    assert len(held)


def test_the_size_of_the_validation_set_is_rounded_up():
    kept, held = split_rows(10, 0.21, "last", 0)
    assert (kept.tolist(), held.tolist()) == ([0, 1, 2, 3, 4, 5, 6], [7, 8, 9])
    assert len(split_rows(10, 0.21, "random", 0)[1]) == 3


@pytest.mark.parametrize("fraction", [0.01, 0.25, 0.99])
@pytest.mark.parametrize("sizes", [[1, 1], [1, 99], [3] * 30, list(range(1, 20))])
def test_groups_are_not_divided(sizes, fraction):
    groups = np.repeat(np.arange(len(sizes)), sizes)
    for seed in range(5):
        is_split(groups, *split_groups(groups, fraction, seed))


def test_the_share_is_that_of_the_rows():
    rng = np.random.default_rng(0)
    groups = rng.choice(60, 2000, p=rng.dirichlet(np.full(60, 0.5)))
    shares = [len(split_groups(groups, 0.2, seed)[1]) / 2000 for seed in range(20)]
    assert np.abs(np.array(shares) - 0.2).max() < 0.08


def test_shares_of_classes_are_kept():
    rng = np.random.default_rng(1)
    of_group = rng.random(80) < 0.2  # all rows of a group have one class
    groups = rng.integers(0, 80, 1600)
    labels = of_group[groups].astype(int)
    for seed in range(20):
        held = split_groups(groups, 0.25, seed, labels)[1]
        assert abs(labels[held].mean() - labels.mean()) < 0.08
        assert abs(len(held) / 1600 - 0.25) < 0.06


def test_a_split_depends_on_the_seed_and_not_on_names():
    groups = np.repeat(np.arange(20), 5)
    first = split_groups(groups, 0.25, 3)[1]
    np.testing.assert_array_equal(split_groups(groups, 0.25, 3)[1], first)
    np.testing.assert_array_equal(split_groups(groups * 10 + 7, 0.25, 3)[1], first)
    assert any(not np.array_equal(split_groups(groups, 0.25, seed)[1], first) for seed in range(4, 8))


def test_one_group_can_not_be_split():
    with pytest.raises(ValueError, match="one group") as caught:
        split_groups(np.zeros(4, int), 0.25, 0)
    assert str(caught.value) == (
        "validation_groups has only one group in 4 samples, but one group is held out\n"
        "  hint: pass at least two groups, or no validation_groups"
    )


class TestFolds:
    def test_each_sample_is_in_one_fold(self):
        labels = np.repeat([0, 1, 2], [40, 30, 13])
        folds = split_folds(4, 83, 0, labels)
        assert sorted(np.concatenate(folds).tolist()) == list(range(83))
        for fold in folds:
            assert np.abs(np.bincount(labels[fold]) - np.bincount(labels) / 4).max() < 1
        assert all(map(np.array_equal, folds, split_folds(4, 83, 0, labels)))
        assert not all(map(np.array_equal, folds, split_folds(4, 83, 1, labels)))

    def test_rare_classes_prevent_strata(self):
        labels = np.repeat([0, 1], [80, 3])
        folds = split_folds(4, 83, 0, labels)
        assert all(map(np.array_equal, folds, split_folds(4, 83, 0)))
        assert sorted(map(len, folds)) == [20, 21, 21, 21]

    @pytest.mark.parametrize("labels", [None, np.tile([0, 1], 60), np.zeros(120, int)], ids=["none", "two", "one"])
    def test_groups_are_not_divided(self, labels):
        groups = np.repeat(np.arange(8), [50, 30, 20, 10, 4, 3, 2, 1])
        for seed in range(5):
            folds = split_folds(8, 120, seed, labels, groups)
            assert sorted(np.concatenate(folds).tolist()) == list(range(120))
            assert [len(set(groups[fold])) for fold in folds] == [1] * 8

    @pytest.mark.parametrize(
        "n_rows, groups, expected", [(1, None, 0), (2, None, 2), (5, None, 2), (15, None, 7), (16, None, 8), (99, 3, 3)]
    )
    def test_few_samples_or_groups_have_fewer_folds(self, n_rows, groups, expected):
        assert fold_count(8, n_rows, groups and np.arange(n_rows) % groups) == expected

    def test_one_group_has_no_folds(self):
        with pytest.raises(ValueError, match=r"^validation_groups has only one group in 4 samples"):
            fold_count(2, 4, np.zeros(4, int))
