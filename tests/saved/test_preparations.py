"""What a file says of preparations and parameters is checked without numpy: by tables that agree with the classes."""

import re
from dataclasses import MISSING, asdict, fields
from typing import Literal, get_args, get_origin, get_type_hints

import numpy as np
import pandas as pd
import pytest
from golden_models import all_columns

from nnbuild.catalog.kinds import MOST_DOUBLE, Choice, Either, Flag, Float, ListOf, Null, Text, Whole
from nnbuild.inputs.ids import IdsPreparation
from nnbuild.inputs.images import ImagePreparation
from nnbuild.inputs.interactions import InteractionsPreparation
from nnbuild.inputs.series import SeriesPreparation
from nnbuild.inputs.table.column import Positive
from nnbuild.inputs.table.notation import GROUP, Notation, Readings
from nnbuild.inputs.table.preparation import KINDS, TablePreparation
from nnbuild.inputs.table.recognition import read_column
from nnbuild.inputs.text import TextPreparation
from nnbuild.loading import ESTIMATORS
from nnbuild.saved.archive import Refused
from nnbuild.saved.notations import NOTATION, check_notations
from nnbuild.saved.notations import USUAL as USUAL_NOTATION
from nnbuild.saved.parameters import TAKEN, TAKEN_BY
from nnbuild.saved.preparations import COLUMNS, USUAL, WIDTHS
from saved_forms import checked


def field_kind(hint):
    """What JSON values a field of a column takes, by its type."""
    if get_origin(hint) is Literal:
        return Choice(*get_args(hint))
    if get_origin(hint) is tuple:
        return ListOf(field_kind(get_args(hint)[0]))
    return FIELD_KINDS[hint]


FIELD_KINDS = {
    str: Text(),
    str | None: Either(Text(), Null()),
    int: Whole(0),
    bool: Flag(),
    float: Float(most=MOST_DOUBLE),
    Positive: Float(above=0, most=MOST_DOUBLE),
}


def test_columns_have_the_fields_of_their_classes():
    usual = {
        kind: {field.name: field.default for field in fields(record) if field.default is not MISSING}
        for kind, record in KINDS.items()
    }
    assert {kind: values for kind, values in usual.items() if values} == USUAL
    hints = {
        kind: {name: field_kind(hint) for name, hint in get_type_hints(record, include_extras=True).items()}
        for kind, record in KINDS.items()
    }
    assert {kind: list(values) for kind, values in hints.items()} == {
        kind: list(values) for kind, values in COLUMNS.items()
    }
    for kind, values in hints.items():
        for name, found in values.items():
            # The standard deviation of years is not negative.
            low = (kind, name) == ("dates", "years_scale")
            assert low or COLUMNS[kind][name] == found or COLUMNS[kind][name].schema() == found.schema(), (kind, name)


def test_notations_have_the_fields_of_their_class():
    usual = {field.name: field.default for field in fields(Notation) if field.name != "kind"}
    assert usual == USUAL_NOTATION
    assert list(NOTATION) == ["kind", *usual, "columns"]
    groups = [",", ".", *GROUP]
    read = [read_column([f"1{group}234{group}567"], Readings())[0] for group in groups]
    assert {notation.thousands for notation in read} | {""} == set(NOTATION["thousands"].options)


DAMAGED = {
    "kind": ([{"kind": "code", "columns": ["a"]}],
             "notations[0]: kind: must be 'flag', 'missing', 'number', 'text' or 'time', got 'code'"),
    "no kind": ([{"columns": ["a"]}], "notations[0]: needs 'kind'"),
    "no columns": ([{"kind": "text"}], "notations[0]: needs 'columns'"),
    "columns": ([{"kind": "text", "columns": [1]}],
                "notations[0]: columns: must be a non-empty list, each a string, got [1]"),
    "date": ([{"kind": "time", "date": "%d{0}", "columns": ["a"]}], "notations[0]: date: no format of dates: '%d{0}'"),
    "percent": ([{"kind": "number", "percent": 1, "columns": ["a"]}],
                "notations[0]: percent: must be true or false, got 1"),
    "twice": ([{"kind": "text", "columns": ["a"]}, {"kind": "number", "columns": ["b", "a"]}],
              "notations[1]: columns: a column has two notations"),
}  # fmt: skip


@pytest.mark.parametrize("case", DAMAGED)
def test_damaged_notations(case):
    values, message = DAMAGED[case]
    with pytest.raises(Refused) as caught:
        check_notations(values)
    assert caught.value.args[0] == f"features.json: {message}"


@pytest.mark.parametrize("settings", [{}, {"max_onehot": 4}, {"indicators": False}, {"rare_fraction": 0.5}])
def test_columns_give_as_many_numbers_as_their_classes(settings):
    frame = all_columns()
    frame["year"] = pd.to_datetime(np.array(["2024-01-01"] * 15 + ["2024-01-02"] * 15))
    preparation = TablePreparation.fitted(frame, settings)
    kinds = {record: kind for kind, record in KINDS.items()}
    for step in preparation.steps:
        assert WIDTHS[kinds[type(step)]](asdict(step)) == len(step.feature_names), step
    if settings == {"max_onehot": 4}:
        assert {type(step) for step in preparation.steps} == set(KINDS.values())


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_no_parameter_has_the_name_of_a_method(kind):
    estimator = ESTIMATORS[kind]
    public = {name for name in dir(estimator) if re.match(r"[a-z]", name)}
    assert public - set(estimator._own_parameters()) - TAKEN - TAKEN_BY[kind] == set()
    assert (TAKEN | TAKEN_BY[kind]) & set(estimator._own_parameters()) == set()


def made(kind):
    """A preparation of each kind, as a model file has it: its document and its arrays."""
    ids = np.array([3, 1, 2])
    preparation = {
        "table": lambda: TablePreparation.fitted(TABLE),
        "text": lambda: TextPreparation.fitted(np.array(["a b", "c"], object), {}),
        "ids": lambda: IdsPreparation.fitted(ids, {}),
        "image": lambda: ImagePreparation((None, 9, 3)),
        "series": lambda: SeriesPreparation((3, 1)),
        "interactions": lambda: InteractionsPreparation.fitted(ids, ids, {"user": {}, "item": {}}),
    }[kind]()
    return {"kind": kind, **preparation.to_dict()}, preparation.arrays()


TABLE = pd.DataFrame(
    {"x": [1.0, None, 3.0], "y": ["a", "b", "a"], "t": pd.to_datetime(["2020-01-01", "2020-03-01", "2020-04-01"])}
)
OTHER_TERMS = "has other arrays than the terms and ends of a vocabulary"
OTHER_ARRAYS = "has other arrays than ids, starts and had"
OTHER_PAIRS = "says of other users or items who had what"
COLUMNS_SAID = "a non-empty list, each an object whose values are each any value"
NO_PAIRS = "shapes: no network takes pairs so"
COLUMN_CASES = {
    "a kind": (0, {"kind": "code"}, "kind: unknown 'code'"),
    "no kind": (0, {"kind": []}, "kind: unknown []"),
    "too few": (1, {"levels": None}, "needs 'levels'"),
    "too many": (1, {"more": 1}, "unknown key 'more'; known are levels, n_missing, n_rare, name, note, of"),
    "text": (0, {"fill": "2"}, "fill: must be a number, got '2'"),
    "NaN": (0, {"fill": float("nan")}, "fill: must be a number, got nan"),
    "scale": (0, {"scale": 0}, "scale: must be a number above 0, got 0"),
    "marked": (0, {"marked": 1}, "marked: must be true or false, got 1"),
    "noun": (0, {"noun": "__class__"}, "noun: must be 'duration' or 'number', got '__class__'"),
    "rare": (1, {"n_rare": -1}, "n_rare: must be a whole number of at least 0, got -1"),
    "levels": (1, {"levels": ["a", 1]}, "levels: must be a list, each a string, got ['a', 1]"),
    "path as zone": (2, {"zone": "../../etc/passwd"}, "zone: no time zone '../../etc/passwd' on this machine"),
    "other path": (2, {"zone": "dateutil//etc/passwd"}, "zone: no time zone 'dateutil//etc/passwd' on this machine"),
    "no zone": (2, {"zone": "Nowhere/Town"}, "zone: no time zone 'Nowhere/Town' on this machine"),
}


@pytest.mark.parametrize("case", COLUMN_CASES)
def test_damaged_columns(case):
    place, change, message = COLUMN_CASES[case]
    values, arrays = made("table")
    column = values["columns"][place]
    column |= change
    values["columns"][place] = {key: value for key, value in column.items() if value is not None or key == "zone"}
    with pytest.raises(Refused) as caught:
        checked(values, arrays)
    assert caught.value.args[0] == f"features.json: preparation: x: columns[{place}]: {message}"


CASES = [
    ("table", {"named": 1}, {}, "named: must be true or false, got 1"),
    ("table", {"columns": {}}, {}, f"columns: must be {COLUMNS_SAID}, got {{}}"),
    ("table", {"columns": [3]}, {}, f"columns: must be {COLUMNS_SAID}, got [3]"),
    ("table", {"columns": [{"kind": "dropped", "name": "x", "reason": ""}] * 2}, {}, "columns: two have one name"),
    ("table", {}, {"a": np.zeros(1)}, "holds 'x/a', which is no part of it"),
    ("text", {"split": "commas"}, {}, "split: must be 'character' or 'whitespace', got 'commas'"),
    ("text", {"output_sequence_length": -1}, {},
     "output_sequence_length: must be a whole number of at least 0, got -1"),
    ("text", {"output_mode": "count"}, {}, "output_sequence_length goes with output_mode 'int' alone"),
    ("text", {"output_sequence_length": 0}, {}, "output_sequence_length goes with output_mode 'int' alone"),
    ("text", {"output_mode": "tf_idf", "output_sequence_length": 0}, {},
     "weights of terms go with output_mode 'tf_idf' alone"),
    ("text", {"output_mode": "tf_idf", "output_sequence_length": 0}, {"weights": np.zeros(2)},
     "needs 3 weights of terms, finite numbers"),
    ("text", {"code": "x"}, {}, "unknown key 'code'; known are marked, max_tokens, ngrams, output_mode, "
     "output_sequence_length, split, standardize"),
    ("text", {}, {"ends": np.array([1, 2])}, "ends are no places in the terms"),
    ("text", {}, {"ends": np.array([2, 1, 3])}, "ends are no places in the terms"),
    ("text", {}, {"ends": np.array([1.0, 2.0, 3.0])}, "'x/ends' must be int64 of one axis"),
    ("text", {}, {"more": np.zeros(1)}, OTHER_TERMS),
    ("text", {}, {"terms": np.frombuffer(b"aab", "uint8")}, "a term stands twice"),
    ("text", {}, {"terms": np.array([97, 98, 255], "uint8")}, "terms are no UTF-8"),
    ("ids", {}, {"ids": np.array([1, 1])}, "an id stands twice"),
    ("ids", {}, {"ids": np.array([1.0])}, "'x/ids' must be int64 of one axis"),
    ("ids", {"of": "text"}, {}, OTHER_TERMS),
    ("ids", {"of": "code"}, {}, "of: must be 'numbers' or 'text', got 'code'"),
    ("ids", {}, {"ids": np.array([], "int64")}, "max_tokens: is null, but there are 0 ids"),
    ("ids", {"shape": [2, 2]}, {}, "shape: must be a list, each a whole number of at least 1, got [2, 2]"),
    ("image", {}, {"a": np.zeros(1)}, "holds 'x/a', which is no part of it"),
    ("image", {"shape": [0, 1, 1]}, {},
     "shape: must be a non-empty list, each a whole number of at least 1 or null, got [0, 1, 1]"),
    ("series", {"shape": [3, None]}, {}, "shape: series have a fixed number of channels"),
    ("series", {"shape": [3]}, {}, "shape: must be a list of 2, each a whole number of at least 1 or null, got [3]"),
    ("series", {"mask_value": "0"}, {}, "mask_value: must be a number, got '0'"),
    ("interactions", {}, {"had": np.zeros(3, "int64")}, "'x/had' must be int32 of one axis"),
    ("interactions", {}, {"more": np.zeros(6)}, OTHER_ARRAYS),
    ("interactions", {}, {"had": np.array([1, 2, 4], "int32")}, OTHER_PAIRS),
    ("interactions", {}, {"had": np.array([1, 2, 0], "int32")}, OTHER_PAIRS),
    ("interactions", {}, {"starts": np.array([0, 0, 1, 3])}, OTHER_PAIRS),
    ("interactions", {}, {"starts": np.array([0, 0, 2, 1, 3])}, OTHER_PAIRS),
    ("interactions", {}, {"starts": np.array([0, 0, 1, 2, 4])}, OTHER_PAIRS),
    ("interactions", {"shapes": {"user": []}}, {}, NO_PAIRS),
    ("interactions", {"shapes": {"item": []}}, {}, NO_PAIRS),
    ("interactions", {"shapes": {"user": [2], "item": []}}, {}, NO_PAIRS),
    ("interactions", {"shapes": {"user": [], "item": [], "history": []}}, {}, NO_PAIRS),
    ("interactions", {"shapes": 3}, {},
     "shapes: must be an object whose values are each a list, each a whole number of at least 1, got 3"),
]  # fmt: skip


@pytest.mark.parametrize("kind, fields, arrays, message", CASES)
def test_damaged_preparations(kind, fields, arrays, message):
    values, had = made(kind)
    with pytest.raises(Refused) as caught:
        checked({**values, **fields}, {**had, **arrays})
    member, _, found = caught.value.args[0].partition(": ")
    wheres = {"features.json": "preparation: x: ", "vocabulary.safetensors": "x: "}
    assert found.removeprefix(wheres[member]) == message
