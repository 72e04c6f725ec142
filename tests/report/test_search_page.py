"""The page of a search: candidates, charts of params and curves, commands."""

import re
from dataclasses import replace
from functools import cache
from xml.etree import ElementTree

import pytest

from nnbuild.records import frozen_mapping
from nnbuild.report.scores import Score
from nnbuild.report.search_charts import curve_charts, param_chart
from nnbuild.report.search_page import search_page
from nnbuild.report.search_report import ReportedCandidate, SearchReport
from report.tags import check_page

NAN = float("nan")


def candidate(rank, score, *, curves=True, error="", is_final=True, **params):
    own = {"loss": (0.9, 0.5, 1 - score), "val_loss": (0.9, 0.6, 1.1 - score), "accuracy": (0.4, 0.5, score)}
    found = frozen_mapping(own if curves else {})
    return ReportedCandidate(rank, frozen_mapping(params), score, 0.01, 0.9, 1.25, error, is_final, found)


def report(n=4, **changes):
    """A search of widths and rates; the last candidate has failed."""
    rates = [0.001 * 3**place for place in range(n)]
    widths = [[16], [128, 64], [16], [8]]
    scored = [
        candidate(1 + place, 0.9 - 0.05 * place, hidden=widths[place % 4], rate=rates[place]) for place in range(n)
    ]
    failed = candidate(n + 1, NAN, curves=False, error="layers[0]: <too large>", hidden=[99], rate=0.5)
    given = {
        "title": "Search of <mlp>",
        "data": frozen_mapping({"data": "flowers.csv: 10 rows, 4 columns -> kind"}),
        "scoring": "accuracy",
        "candidates": (*scored, failed),
        "spaces": frozen_mapping({"rate": "log", "hidden": "categories"}),
        "score": Score("accuracy", 0.9, 0.5, training=0.95),
        "std": 0.012345,
        "n_folds": 5,
        "recipe": '{"nnbuild": 1}',
        "train_command": "nnbuild train mlp --set rate=0.001",
        "command": "nnbuild search mlp --data flowers.csv",
        "files": (("results", "mlp_search.csv"),),
    }
    return SearchReport(**{**given, **changes})


@cache
def page_of(n=4):
    return search_page(report(n))


def charts(page):
    return re.findall('aria-label="(.*?)"', page)


@pytest.mark.parametrize("n", [1, 4, 12])
def test_it_is_valid_and_self_contained(n):
    check_page(page_of(n))


def test_the_same_search_gives_the_same_bytes():
    assert search_page(report(1)) == page_of(1)


def test_sections_have_a_fixed_order():
    titles = ["Candidates", "Hyperparameters", "Learning curves", "Recipe of the best candidate", "Files", "Command"]
    assert re.findall("<h[12]>(.*?)</h", page_of()) == ["Search of &lt;mlp&gt;", *titles, "Try next"]
    assert charts(page_of()) == [
        "accuracy by hidden, of 4 candidates",
        "accuracy by rate, of 4 candidates",
        "validation loss of the best 3 candidates, mean over the folds",
        "accuracy of the best 3 candidates, mean over the folds",
    ]


def test_scores_of_the_best_candidate_are_at_the_top():
    tested = report(test_score=Score("accuracy", 0.875, 0.625), tested_on="24 rows of test.csv")
    assert (
        "<div><span>accuracy, mean of 5 folds</span><b>0.9</b><small>training rows 0.95</small>"
        "<small>baseline 0.5</small></div>\n"
        "<div><span>accuracy, test set</span><b>0.875</b><small>baseline 0.625</small></div>\n</div>\n"
        '<p class="dim">Best candidate; standard deviation over the folds 0.01235. For the test set, 24 rows of '
        "test.csv, it was trained on all rows.</p>"
    ) in search_page(tested)


def test_candidates_have_rows_and_failures_a_reason():
    page = page_of()
    row = '<td class="n">0.9000</td><td class="n">0.0100</td><td class="n">0.9000</td><td class="n">1.2</td></tr>'
    assert f"<tr><td>1</td><td>[16]</td><td>0.001</td>{row}" in page
    assert '<tr><td>5</td><td>[99]</td><td>0.5</td><td class="n">failed</td>' in page
    assert "<p>Failed: layers[0]: &lt;too large&gt;</p>" in page
    assert "<summary>" not in page.partition("<h2>Recipe")[0]


def test_many_candidates_are_collapsed_after_the_best():
    page = page_of(12)
    assert "<summary>13 candidates</summary>" in page
    assert page.partition("<summary>")[0].count("<tr><td>") == 10


def test_a_search_without_scores_has_no_charts():
    failed = candidate(1, NAN, error="no", hidden=[99], curves=False)
    page = search_page(report(candidates=(failed,), score=None, std=None, recipe=None, train_command=None))
    check_page(page)
    assert charts(page) == []
    assert re.findall("<h2>(.*?)</h", page) == ["Candidates", "Files", "Command"]


def texts(svg):
    return [node.text for node in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def test_categories_are_sorted_by_size_with_their_means():
    shown = texts(param_chart("hidden", report().candidates, "categories", "accuracy"))
    assert [text for text in shown if text.startswith("[")] == ["[8]", "[16]", "[128, 64]"]
    booleans = [candidate(1, 0.9, flag=True), candidate(2, 0.8, flag=False)]
    assert [text for text in texts(param_chart("flag", booleans, "linear", "r2")) if text in ("true", "false")] == [
        "false",
        "true",
    ]


def test_scores_far_below_the_others_are_at_the_edge():
    scores = [0.9, 0.89, 0.88, 0.87, 0.86, 0.85, 0.84, 0.3, 0.1]
    found = [candidate(place, score, rate=0.1 * place) for place, score in enumerate(scores, 1)]
    assert "2 lower" in texts(param_chart("rate", found, "linear", "r2"))
    assert not any(text.endswith("lower") for text in texts(param_chart("rate", found[:5], "linear", "r2")))


def test_rounds_of_halving_are_distinguished():
    found = [candidate(1, 0.9, rate=0.1), candidate(2, 0.95, rate=0.2), candidate(3, 0.7, rate=0.3, is_final=False)]
    legend = ["earlier rounds", "last round", "best"]
    assert [text for text in texts(param_chart("rate", found, "linear", "r2")) if text in legend] == legend
    legend = ["candidates", "best"]
    assert [text for text in texts(param_chart("rate", found[:2], "linear", "r2")) if text in legend] == legend


def test_curves_are_those_that_all_the_best_have():
    best = report().candidates[:2]
    without = replace(best[1], curves=frozen_mapping({"loss": (0.5, 0.4)}))
    assert len(list(curve_charts(best))) == 2
    (svg,) = curve_charts([best[0], without])
    assert [text for text in texts(svg) if text in ("loss", "rank 1", "rank 2")] == ["loss", "rank 1", "rank 2"]
    assert list(curve_charts([replace(one, curves=frozen_mapping({})) for one in best])) == []
