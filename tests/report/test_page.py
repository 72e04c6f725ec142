"""The page of a run: valid, self-contained, deterministic, and safe for any names."""

import re
from dataclasses import replace
from functools import cache

import pytest

from nnbuild.report.page import run_page
from nnbuild.report.scores import Classified, Scores
from report import runs
from report.tags import check_page


@cache
def page_of(name):
    return run_page(runs.ALL[name]())


@pytest.mark.parametrize("name", ["two classes", "thirty classes", "diverged", "outliers", "odd names", "findings"])
def test_it_is_valid_and_self_contained(name):
    check_page(page_of(name))


def test_the_same_run_gives_the_same_bytes():
    assert run_page(runs.ALL["two classes"]()) == page_of("two classes")


def test_sections_have_a_fixed_order():
    titles = re.findall("<h[12]>(.*?)</h", page_of("two classes"))
    assert titles == [
        *("digits_mlp", "Training", "Classes", "Confusion", "Network", "Columns", "Recipe", "Files", "Try next")
    ]


def test_scores_are_next_to_their_baselines():
    page = page_of("outliers")
    assert (
        "<div><span>mean absolute error</span><b>19.87 kEUR</b><small>baseline 71.4 kEUR</small></div>\n</div>\n"
        '<p class="dim">On 360 held-out rows; the baseline predicts their mean for each.</p>'
    ) in page


def test_classes_have_rows_of_scores():
    page = run_page(runs.report(Classified(("no", "yes"), ((3, 1), (0, 0)), (0.25, float("nan")))))
    assert (
        '<tr><td>no</td><td class="n">1.000</td><td class="n">0.750</td><td class="n">0.857</td>'
        '<td class="n">0.250</td><td class="n">4</td></tr>\n'
        '<tr><td>yes</td><td class="n">0.000</td><td class="n">-</td><td class="n">0.000</td>'
        '<td class="n">-</td><td class="n">0</td></tr>'
    ) in page
    assert '<tr><td>no</td><td>yes</td><td class="n">1</td><td class="n">25.0%</td></tr>' in page


def test_quantities_are_one_after_the_other():
    outcomes = (runs.measured(20), replace(runs.measured(20), target="<size>", unit=""))
    page = run_page(runs.report(None, scores=Scores(20, (), "", outcomes)))
    assert re.findall("<h2>(.*?)</h", page)[:3] == ["Training", "price", "&lt;size&gt;"]


def test_findings_are_first():
    page = page_of("findings")
    assert re.findall("<h2>(.*?)</h", page)[:2] == ["Findings", "Training"]
    assert re.findall('<div class="finding (.*?)">\n<h3>(.*?) <small>', page) == [
        ("error", "overfitting"),
        ("warning", "an earlier epoch was better"),
        ("hint", "still improving in the last epoch"),
    ]
    assert (
        "<ul>\n<li>accuracy 1.000 on training rows, 0.675 on 40 test rows (baseline 0.500)</li>\n"
        "<li>&lt;script&gt;alert(&#x27;1&#x27;)&lt;/script&gt;</li>\n</ul>\n"
        "<p>Predictions are better on the training set than on other samples.</p>\n"
        "<p>To try: drops half of the units</p>\n<pre>nnbuild train x --set dropout=&lt;script&gt;"
    ) in page
    assert "<b>0.675</b><small>training rows 1</small><small>baseline 0.5</small></div>" in page


def test_labels_have_a_table():
    page = run_page(runs.ALL["labels"]())
    assert '<tr><td>red</td><td class="n">0.900</td><td class="n">0.800</td><td class="n">0.847</td>' in page
    assert re.findall("<h2>(.*?)</h", page)[:3] == ["Training", "Labels", "Network"]


def test_many_classes_are_folded():
    assert "<summary>30 classes</summary>" in page_of("thirty classes")


def test_empty_sections_are_omitted():
    page = run_page(runs.report(None, columns=(), files=(), commands=(), scores=None))
    assert re.findall("<h2>(.*?)</h", page) == ["Training", "Network", "Recipe"]
