"""Checks of saved preparations."""

import numpy as np
import pandas as pd
import pytest

from nnbuild.inputs.ids import IdsPreparation
from nnbuild.inputs.images import ImagePreparation
from nnbuild.inputs.interactions import InteractionsPreparation
from nnbuild.inputs.series import SeriesPreparation
from nnbuild.inputs.table.preparation import TablePreparation
from nnbuild.inputs.text import TextPreparation
from nnbuild.saved.archive import Refused
from saved_forms import checked


def made(kind):
    """Document and arrays of a preparation of each kind."""
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
OTHER_TERMS = "must have the arrays terms and ends"
OTHER_ARRAYS = "must have the arrays of ids, and starts and had"
OTHER_PAIRS = "the interactions do not match the users and items"
COLUMNS_KIND = "a non-empty list, each an object whose values are each any value"
QUANTILES = "must rise, for numbers that are scaled to a normal distribution only"
NO_PAIRS = "shapes: are not valid for pairs"
COLUMN_CASES = {
    "a kind": (0, {"kind": "code"}, "kind: unknown 'code'"),
    "no kind": (0, {"kind": []}, "kind: unknown []"),
    "too few": (1, {"levels": None}, "requires 'levels'"),
    "too many": (
        1,
        {"more": 1},
        "unknown key 'more'; allowed are centers, ..., levels, n_missing, n_rare, name, note, of, scales",
    ),
    "NaN": (0, {"fill": float("nan")}, "fill: must be a number, got nan"),
    "scale": (0, {"scale": 0}, "scale: must be a number above 0, got 0"),
    "marked": (0, {"marked": 1}, "marked: must be true or false, got 1"),
    "noun": (0, {"noun": "__class__"}, "noun: must be 'duration' or 'number', got '__class__'"),
    "rare": (1, {"n_rare": -1}, "n_rare: must be an integer of at least 0, got -1"),
    "levels": (1, {"levels": ["a", 1]}, "levels: must be a list, each a string, got ['a', 1]"),
    "path as zone": (2, {"zone": "../../etc/passwd"}, "zone: no time zone '../../etc/passwd' on this machine"),
    "other path": (2, {"zone": "dateutil//etc/passwd"}, "zone: no time zone 'dateutil//etc/passwd' on this machine"),
    "no limit": (0, {"clip": 0}, "clip: must be a number above 0 or null, got 0"),
    "one center": (1, {"centers": [0.5]}, "centers, scales: must have 2 values each, or none"),
    "no quantiles": (0, {"scaled_by": "normal"}, f"quantiles: {QUANTILES}"),
    "falling": (0, {"scaled_by": "normal", "quantiles": [2.0, 1.0]}, f"quantiles: {QUANTILES}"),
    "one category": (
        1,
        {"kind": "signed", "levels": ["a"], "n_rare": None, "marked": False},
        "levels: must be two, got 1",
    ),
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
    ("table", {"columns": [3]}, {}, f"columns: must be {COLUMNS_KIND}, got [3]"),
    ("table", {"columns": [{"kind": "dropped", "name": "x", "reason": ""}] * 2}, {}, "columns: duplicate names"),
    ("table", {}, {"a": np.zeros(1)}, "contains the unexpected array 'x/a'"),
    ("text", {"split": "commas"}, {}, "split: must be 'character' or 'whitespace', got 'commas'"),
    ("text", {"output_sequence_length": -1}, {},
     "output_sequence_length: must be an integer of at least 0, got -1"),
    ("text", {"output_mode": "count"}, {}, "output_sequence_length must be above 0 for output_mode 'int', else 0"),
    ("text", {"output_mode": "tf_idf", "output_sequence_length": 0}, {},
     "term weights are required for output_mode 'tf_idf', and not allowed for others"),
    ("text", {"output_mode": "tf_idf", "output_sequence_length": 0}, {"weights": np.zeros(2)},
     "requires 3 finite weights of terms"),
    ("text", {"code": "x"}, {}, "unknown key 'code'; allowed are marked, max_length, max_tokens, ngrams, "
     "output_mode, output_sequence_length, split, standardize"),
    ("text", {}, {"ends": np.array([1, 2])}, "ends are not valid positions in the terms"),
    ("text", {}, {"ends": np.array([2, 1, 3])}, "ends are not valid positions in the terms"),
    ("text", {}, {"ends": np.array([1.0, 2.0, 3.0])}, "'x/ends' must be int64 with one axis"),
    ("text", {}, {"more": np.zeros(1)}, OTHER_TERMS),
    ("text", {}, {"terms": np.frombuffer(b"aab", "uint8")}, "duplicate terms"),
    ("text", {}, {"terms": np.array([97, 98, 255], "uint8")}, "terms are not UTF-8"),
    ("ids", {}, {"ids": np.array([1, 1])}, "duplicate ids"),
    ("ids", {"of": "text"}, {}, OTHER_TERMS),
    ("ids", {"of": "code"}, {}, "of: must be 'numbers' or 'text', got 'code'"),
    ("ids", {}, {"ids": np.array([], "int64")}, "max_tokens: is null, but there are 0 ids"),
    ("ids", {"shape": [2, 2]}, {}, "shape: must be a list of 0 to 1, each an integer of at least 1, got [2, 2]"),
    ("image", {}, {"a": np.zeros(1)}, "contains the unexpected array 'x/a'"),
    ("image", {"shape": [0, 1, 1]}, {},
     "shape: must be a list of 1 to 31, each an integer of at least 1 or null, got [0, 1, 1]"),
    ("series", {"shape": [3, None]}, {}, "shape: the number of channels must be fixed"),
    ("series", {"shape": [3]}, {}, "shape: must be a list of 2, each an integer of at least 1 or null, got [3]"),
    ("interactions", {}, {"had": np.zeros(3, "int64")}, "'x/had' must be int32 with one axis"),
    ("interactions", {}, {"more": np.zeros(6)}, OTHER_ARRAYS),
    ("interactions", {}, {"had": np.array([1, 2, 4], "int32")}, OTHER_PAIRS),
    ("interactions", {}, {"had": np.array([1, 2, 0], "int32")}, OTHER_PAIRS),
    ("interactions", {}, {"starts": np.array([0, 0, 1, 3])}, OTHER_PAIRS),
    ("interactions", {}, {"starts": np.array([0, 0, 2, 1, 3])}, OTHER_PAIRS),
    ("interactions", {}, {"starts": np.array([0, 0, 1, 2, 4])}, OTHER_PAIRS),
    ("interactions", {"shapes": {"user": []}}, {}, NO_PAIRS),
    ("interactions", {"shapes": {"user": [2], "item": []}}, {}, NO_PAIRS),
    ("interactions", {"shapes": {"user": [], "item": [], "history": []}}, {}, NO_PAIRS),
    ("interactions", {"shapes": 3}, {},
     "shapes: must be an object whose values are each a list, each an integer of at least 1, got 3"),
]  # fmt: skip


@pytest.mark.parametrize("kind, fields, arrays, message", CASES)
def test_damaged_preparations(kind, fields, arrays, message):
    values, had = made(kind)
    with pytest.raises(Refused) as caught:
        checked({**values, **fields}, {**had, **arrays})
    member, _, found = caught.value.args[0].partition(": ")
    wheres = {"features.json": "preparation: x: ", "vocabulary.safetensors": "x: "}
    assert found.removeprefix(wheres[member]) == message
