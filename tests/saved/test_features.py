"""Notations of columns in a model file."""

import json

import pytest

from nnbuild.inputs.notations import Notation
from nnbuild.inputs.table.notation import GROUP, Readings
from nnbuild.inputs.table.recognition import read_column
from nnbuild.saved.archive import Refused
from nnbuild.saved.features import NOTATION, features_member, read_notations


def test_notations_are_saved_once_with_the_names_of_their_columns():
    price = Notation("number", ",", ".", "$")
    notations = {"a": Notation("text"), "b": price, "c": Notation("text"), "d": Notation("time", date="%d.%m.%Y")}
    _, text = features_member(4, list(notations), None, {}, notations)
    saved = json.loads(text)["notations"]
    assert saved == [
        {"kind": "text", "columns": ["a", "c"]},
        {"kind": "number", "decimal": ",", "thousands": ".", "currency": "$", "columns": ["b"]},
        {"kind": "time", "date": "%d.%m.%Y", "columns": ["d"]},
    ]
    assert read_notations(saved) == notations


def test_all_recognised_thousands_separators_are_read():
    read = [read_column([f"1{group}234{group}567"], Readings())[0] for group in [",", ".", *GROUP]]
    assert {notation.thousands for notation in read} | {""} == set(NOTATION["thousands"].options)


DAMAGED = {
    "kind": ([{"kind": "code", "columns": ["a"]}],
             "notations[0]: kind: must be 'flag', 'missing', 'number', 'text' or 'time', got 'code'"),
    "no kind": ([{"columns": ["a"]}], "notations[0]: requires 'kind'"),
    "no columns": ([{"kind": "text"}], "notations[0]: requires 'columns'"),
    "columns": ([{"kind": "text", "columns": [1]}],
                "notations[0]: columns: must be a non-empty list, each a string, got [1]"),
    "date": ([{"kind": "time", "date": "%d{0}", "columns": ["a"]}], "notations[0]: date: invalid date format '%d{0}'"),
    "percent": ([{"kind": "number", "percent": 1, "columns": ["a"]}],
                "notations[0]: percent: must be true or false, got 1"),
    "twice": ([{"kind": "text", "columns": ["a"]}, {"kind": "number", "columns": ["b", "a"]}],
              "notations[1]: columns: a column has two notations"),
}  # fmt: skip


@pytest.mark.parametrize("case", DAMAGED)
def test_damaged_notations(case):
    values, message = DAMAGED[case]
    with pytest.raises(Refused) as caught:
        read_notations(values)
    assert caught.value.args[0] == f"features.json: {message}"
