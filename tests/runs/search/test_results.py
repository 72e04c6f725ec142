"""Results of a search: order and ranks of candidates, errors over folds, and the CSV table."""

import csv
import io
import math

import numpy as np
import pytest

from nnbuild.runs.search.journal_file import JournalEntry
from nnbuild.runs.search.results import fold_score, params_text, ranked, results_csv, score_text


def fits(rate, scores, train_scores=(), error="", **params):
    trained = train_scores or [None] * len(scores)
    return [
        JournalEntry({"rate": rate, **params}, fold, score, 0.5, 0.25, error, train_score)
        for fold, (score, train_score) in enumerate(zip(scores, trained, strict=True))
    ]


def test_equal_scores_have_equal_ranks_and_failed_or_unfinished_candidates_are_last():
    found = ranked(
        [
            *fits(0.1, [0.5]),  # lacks a fold
            *fits(0.2, [math.nan, 0.9], error="diverged"),
            *fits(0.3, [0.4, 0.6]),
            *fits(0.4, [0.9, 0.7]),
            *reversed(fits(0.5, [0.7, 0.9])),
        ],
        n_folds=2,
    )
    assert [(one.params["rate"], one.rank) for one in found] == [(0.4, 1), (0.5, 1), (0.3, 3), (0.2, 4), (0.1, None)]
    assert found[1].scores == [0.7, 0.9]  # in the order of folds
    assert (score_text(found[2]), score_text(found[3])) == ("0.5000 ± 0.1000", "failed")


def test_candidates_with_more_of_the_resource_come_first():
    found = ranked([*fits(0.1, [0.9], epochs=1), *fits(0.1, [0.2], epochs=3)], n_folds=1, resource="epochs")
    assert [one.params["epochs"] for one in found] == [3, 1]


def test_the_error_of_a_score_takes_overlapping_training_sets_into_account():
    (candidate,) = ranked(fits(0.1, [0.5, 0.7, 0.9], train_scores=[0.8, 0.9, 1.0]), n_folds=3)
    found = fold_score("accuracy", 0.3, candidate)
    p = 0.990097  # of the normal distribution up to 2.33 standard errors
    t_quantile = (2 * p - 1) / math.sqrt(2 * p * (1 - p))  # of Student's t with 2 degrees of freedom
    factor = math.sqrt(1 / 3 + 1 / 2) * t_quantile / 2.33
    assert (found.value, found.training, found.baseline) == pytest.approx((0.7, 0.9, 0.3))
    assert found.error == pytest.approx(0.2 * factor, rel=1e-3)
    assert found.gap_error == pytest.approx(0.1 * factor, rel=1e-3)


def test_without_all_training_scores_there_is_no_gap():
    (candidate,) = ranked(fits(0.1, [0.5, 0.7], train_scores=[0.8, None]), n_folds=2)
    assert fold_score("accuracy", 0.3, candidate).training is None


def test_the_table_has_the_columns_of_scikit_learn_and_empty_cells_for_missing_folds():
    candidates = ranked([*fits(0.1, [0.5, 0.7], hidden=[4, 2]), *fits(0.2, [0.5])], n_folds=2)
    first, second = csv.DictReader(io.StringIO(results_csv(candidates, 2)))
    assert list(first) == [
        "rank_test_score", "mean_test_score", "std_test_score", "mean_fit_time", "std_fit_time", "mean_score_time",
        "std_score_time", "mean_train_score", "split0_test_score", "split1_test_score", "param_rate", "param_hidden",
        "error",
    ]  # fmt: skip
    assert (first["rank_test_score"], first["param_hidden"]) == ("1", "[4, 2]")
    assert float(first["mean_test_score"]) == np.mean([0.5, 0.7])
    assert (second["rank_test_score"], second["mean_test_score"], second["split1_test_score"]) == ("", "", "")
    assert (second["split0_test_score"], second["param_hidden"]) == ("0.5", "")


def test_params_are_one_line():
    assert (
        params_text({"a": 0.00012345678, "b": [1, 2], "c": "relu", "d": None}) == "a=0.0001235 b=[1, 2] c=relu d=null"
    )
