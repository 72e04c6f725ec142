"""Later rows that contradict a preparation: each reason is reported once."""

import pickle

import numpy as np
import pandas as pd
import pytest

from nnbuild.inputs.drift import Watch
from nnbuild.inputs.ids import IdsPreparation
from nnbuild.inputs.table.preparation import TablePreparation
from nnbuild.inputs.text import TextPreparation

N = 100


def first_rows(seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": rng.normal(40, 10, N),
            "city": rng.choice(["Bern", "Basel", "Chur"], N),
            "year": np.full(N, 2020),
            "gone": np.full(N, np.nan),
            "member": rng.choice([True, False], N),
            "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 30, N), unit="D"),
            "street": rng.choice([f"street {i}" for i in range(30)], N),
            "mostly": rng.lognormal(0, 3, N),
        }
    )


def later(column, values):
    return first_rows(1).assign(**{column: values})


def lines_of(*later_rows, settings=None, includes_first_fit=True):
    """Return the lines about each of some later tables."""
    table = {"x": TablePreparation.fitted(first_rows(), settings)}
    watch = Watch.of_first_fit(table, first_rows()) if includes_first_fit else Watch()
    found = []
    for rows in later_rows:
        watch, lines = watch.after(table, rows)
        found.append(lines)
    return found


@pytest.mark.parametrize(("scale", "includes_first_fit"), [("standard", True), ("robust", False)])
def test_rows_like_the_first_contradict_nothing(scale, includes_first_fit):
    assert (
        lines_of(*map(first_rows, range(1, 30)), settings={"scale": scale}, includes_first_fit=includes_first_fit)
        == [[]] * 29
    )


CASES = {
    "range": (
        later("age", np.random.default_rng(0).normal(4000, 10, N)),
        "column 'age': 100% of the values are more than 10 standard deviations from the mean; "
        "the scaling does not change",
    ),
    "dates": (
        later("since", pd.Timestamp("2024-01-01")),
        "column 'since': 100% of the values are more than 10 standard deviations from the mean; "
        "the scaling does not change",
    ),
    "varies": (
        later("year", np.arange(N) % 2 + 2020),
        "column 'year': it was constant before, but varies now; its values are still dropped",
    ),
    "another constant": (
        later("year", 2021),
        "column 'year': it was constant before, but varies now; its values are still dropped",
    ),
    "present": (
        later("gone", 1.0),
        "column 'gone': all values were missing before, but some are present now; the column is still dropped",
    ),
    "categories": (
        later("city", np.where(np.arange(N) % 4 == 0, "Genf", "Bern")),
        "column 'city': 25% of the values are unseen or rare categories, which are all encoded alike",
    ),
    "codes": (
        later("street", [f"street {i + 25}" for i in range(N)]),
        "column 'street': 95% of the values are unseen or rare categories, which are all encoded alike",
    ),
    "missing number": (
        later("age", np.where(np.arange(N) < 3, np.nan, 40.0)),
        "column 'age': 3 of 100 values are missing, but none was before; there is no indicator",
    ),
    "missing category": (
        later("city", [None, *["Bern"] * (N - 1)]),
        "column 'city': 1 of 100 values are missing, but none was before; there is no indicator",
    ),
    "missing date": (
        later("since", [pd.NaT, *[pd.Timestamp("2020-01-09")] * (N - 1)]),
        "column 'since': 1 of 100 values are missing, but none was before; there is no indicator",
    ),
}


@pytest.mark.parametrize("rows, line", CASES.values(), ids=CASES)
def test_each_reason_is_found_once(rows, line):
    assert lines_of(rows, first_rows(2), rows) == [[line], [], []]


@pytest.mark.parametrize(
    ("settings", "center"),
    [
        ({"scale": "robust", "clip": 3}, "interquartile ranges from the median"),
        ({"scale": "normal"}, "standard deviations from the mean"),
    ],
    ids=["clipped", "normal"],
)
def test_values_are_far_although_the_outputs_are_limited(settings, center):
    line = f"column 'age': 100% of the values are more than 10 {center}; the scaling does not change"
    assert lines_of(*map(first_rows, range(1, 9)), settings=settings) == [[]] * 8
    assert lines_of(later("age", 1e300), settings=settings) == [[line]]
    since = later("since", pd.Timestamp("2034-01-01"))
    assert [one.partition(":")[0] for one in lines_of(since, settings=settings)[0]] == ["column 'since'"]


def test_a_signed_category():
    settings, frame = {"signed_binary": True}, first_rows().assign(city=np.where(np.arange(N) % 3, "Bern", "Basel"))
    watch, table = Watch(includes_first_fit=True), {"x": TablePreparation.fitted(frame, settings)}
    _, lines = watch.after(table, frame.assign(city="Genf"))
    assert lines == [CASES["categories"][1].replace("25%", "100%")]


def test_a_few_outliers_are_no_contradiction():
    assert lines_of(later("age", np.where(np.arange(N) < 5, 1e6, 40.0))) == [[]]
    assert len(lines_of(later("age", np.where(np.arange(N) < 6, 1e6, 40.0)))[0]) == 1


def test_a_few_new_categories_are_no_contradiction():
    assert lines_of(later("city", np.where(np.arange(N) < 10, "Genf", "Bern"))) == [[]]
    assert len(lines_of(later("city", np.where(np.arange(N) < 11, "Genf", "Bern")))[0]) == 1


def test_one_or_two_rows_are_no_share():
    row = first_rows()[:2].assign(age=1e6, city="Genf")
    assert lines_of(row, row) == [[], []]
    row = pd.concat([row, row])
    assert [line.partition(":")[0] for line in lines_of(row)[0]] == ["column 'age'", "column 'city'"]


def test_each_column_and_reason_has_a_line():
    rows = first_rows(1).assign(age=[*[np.nan] * 5, *[1e4] * (N - 5)], year=range(N))
    lines = lines_of(rows)[0]
    assert [line.partition(":")[0] for line in lines] == ["column 'age'", "column 'age'", "column 'year'"]


def test_after_loading_a_constant_is_that_of_the_next_rows():
    found = lines_of(later("year", 2021), later("year", 2022), includes_first_fit=False)
    assert [len(lines) for lines in found] == [0, 1]


def test_a_column_without_scaling_has_no_range():
    assert lines_of(CASES["range"][0], settings={"scale": "none"}) == [[]]


def test_no_rows_contradict_nothing():
    assert lines_of(first_rows()[:0]) == [[]]


def test_unseen_ids_and_words_are_reported():
    ids = IdsPreparation.fitted(np.arange(100), {})
    watch, lines = Watch().after({"user": ids}, np.arange(80, 120))
    assert lines == ["input 'user': 50% of the ids are unseen, and encoded as unknown"]
    assert watch.after({"user": ids}, np.arange(200, 220))[1] == []
    assert Watch().after({"user": ids}, np.arange(100))[1] == []
    cut = IdsPreparation.fitted(np.arange(100), {"max_tokens": 10})
    assert Watch().after({"user": cut}, np.arange(80, 120))[1] == []

    texts = np.array(["the cat sat on the mat", "the dog lay on the rug"], object)
    new = np.array(["the cat sat in the tree"], object)
    for settings in ({}, {"ngrams": 2}, {"ngrams": 2, "output_mode": "tf_idf"}):
        words = TextPreparation.fitted(texts, settings)
        lines = Watch().after({"text": words}, new)[1]
        assert lines == ["input 'text': 33% of the words are unseen, and encoded as unknown"]
        assert Watch().after({"text": words}, texts)[1] == []
    cut = TextPreparation.fitted(texts, {"max_tokens": 5})
    assert Watch().after({"text": cut}, new)[1] == []


def test_inputs_are_named():
    parts = {"a": np.arange(9), "b": np.arange(9)}
    both = {name: IdsPreparation.fitted(part, {}) for name, part in parts.items()}
    lines = Watch().after(both, {"a": np.arange(9), "b": np.arange(9) + 9})[1]
    assert [line.partition(":")[0] for line in lines] == ["input 'b'"]


def test_a_watch_pickles():
    watch = Watch.of_first_fit({"x": TablePreparation.fitted(first_rows())}, first_rows())
    assert pickle.loads(pickle.dumps(watch)) == watch
    assert watch.constants == {"column 'year'": "2020"}
