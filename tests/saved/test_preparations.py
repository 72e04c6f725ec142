"""What a file says of preparations and parameters is checked without numpy: by tables that agree with the classes."""

import re
from dataclasses import asdict, fields
from typing import get_type_hints

import numpy as np
import pandas as pd
import pytest
from golden_models import all_columns

from nnbuild.features import ids, images, interactions, series, text
from nnbuild.features.column import field_kind
from nnbuild.features.notation import GROUP, Notation, Readings
from nnbuild.features.preparation import KINDS, TablePreparation
from nnbuild.features.recognition import read_column
from nnbuild.loading import ESTIMATORS
from nnbuild.saved.archive import Refused
from nnbuild.saved.notations import NOTATION, USUAL, check_notations
from nnbuild.saved.parameters import TAKEN, TAKEN_BY
from nnbuild.saved.preparations import COLUMNS, IDS, IMAGE, INTERACTIONS, SERIES, TEXT, WIDTHS


def test_columns_have_the_fields_of_their_classes():
    fields = {
        kind: {name: field_kind(hint) for name, hint in get_type_hints(record, include_extras=True).items()}
        for kind, record in KINDS.items()
    }
    assert {kind: list(values) for kind, values in fields.items()} == {
        kind: list(values) for kind, values in COLUMNS.items()
    }
    for kind, values in fields.items():
        for name, found in values.items():
            # The standard deviation of years is not negative.
            low = (kind, name) == ("dates", "years_scale")
            assert low or COLUMNS[kind][name] == found or COLUMNS[kind][name].schema() == found.schema(), (kind, name)


def test_notations_have_the_fields_of_their_class():
    usual = {field.name: field.default for field in fields(Notation) if field.name != "kind"}
    assert usual == USUAL
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


def test_other_preparations_have_the_fields_of_their_classes():
    found = [list(module.FIELDS) for module in (text, ids, images, series, interactions)]
    assert found == [list(fields) for fields in (TEXT, IDS, IMAGE, SERIES, INTERACTIONS)]


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
