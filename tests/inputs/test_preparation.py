"""A whole table: its columns, their names and order, and the saved form."""

import copy
import gc
import json
import pickle
import re
import weakref

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import StandardScaler

from estimators.samples import message_of
from nnbuild.errors import DataError, RecipeError
from nnbuild.inputs.frames import is_table
from nnbuild.inputs.table.preparation import TablePreparation
from saved_forms import reread

N_ROWS = 120


def mixed_table(seed=0, n_rows=N_ROWS):
    """A table with a column of every kind."""
    rng = np.random.default_rng(seed)
    holes = rng.random(n_rows) < 0.2
    days = pd.Series(pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 1e6, n_rows), unit="min"))
    return pd.DataFrame(
        {
            "number": rng.normal(size=n_rows),
            "holed": np.where(holes, np.nan, rng.lognormal(size=n_rows)),
            "whole": pd.array(np.where(holes, None, rng.integers(0, 9, n_rows)), "Int64"),
            "flag": rng.random(n_rows) < 0.5,
            "maybe": pd.array(np.where(holes, None, rng.random(n_rows) < 0.5), "boolean"),
            "text": np.where(holes, None, rng.choice(["a", "b", "c"], n_rows)),
            "category": pd.Categorical(rng.choice(["u", "v"], n_rows)),
            "many": rng.choice([f"level {i}" for i in range(30)], n_rows),
            "when": days.where(~holes, pd.NaT),
            "lasted": pd.to_timedelta(rng.integers(1, 100, n_rows), unit="s"),
            "id": [f"id {i}" for i in range(n_rows)],
            "constant": 1,
            "nothing": None,
        }
    )


@pytest.fixture(scope="module")
def table():
    return mixed_table()


@pytest.fixture(scope="module")
def preparation(table):
    return TablePreparation.fitted(table)


def same(first, second):
    np.testing.assert_array_equal(first.numeric, second.numeric)
    assert first.codes.keys() == second.codes.keys()
    for name, codes in first.codes.items():
        np.testing.assert_array_equal(codes, second.codes[name])


class TestOutputs:
    def test_of_a_table_with_a_column_of_every_kind(self, table, preparation):
        prepared = preparation.transformed(table)
        assert prepared.numeric.shape == (N_ROWS, preparation.n_numeric)
        assert prepared.numeric.dtype == np.float32
        assert prepared.numeric.flags.c_contiguous
        assert {name: (codes.shape, codes.dtype) for name, codes in prepared.codes.items()} == {
            "many": ((N_ROWS,), np.int32)
        }
        assert np.isfinite(prepared.numeric).all()

    def test_names(self, table, preparation):
        assert preparation.columns == tuple(table.columns)
        assert len(preparation.feature_names) == preparation.n_numeric
        when = preparation.steps[8].feature_names
        assert preparation.feature_names == (
            "number", "holed", "holed missing", "whole", "whole missing", "flag", "maybe", "maybe missing",
            *preparation.steps[5].feature_names, *preparation.steps[6].feature_names, *when, "lasted",
        )  # fmt: skip
        assert sorted(preparation.steps[5].feature_names) == ["text missing", "text=a", "text=b", "text=c"]

    def test_numeric_columns_are_numbers_and_times(self, preparation):
        outputs = [preparation.feature_names[index] for index in preparation.numeric_columns]
        when = [name for name in preparation.steps[8].feature_names if name != "when missing"]
        assert outputs == ["number", "holed", "whole", *when, "lasted"]

    def test_of_no_rows(self, table, preparation):
        prepared = preparation.transformed(table.iloc[:0])
        assert prepared.numeric.shape == (0, preparation.n_numeric)
        assert prepared.codes["many"].shape == (0,)

    def test_do_not_depend_on_the_index(self, table, preparation):
        shuffled = table.set_axis(np.arange(N_ROWS)[::-1] % 7, axis="index")
        same(preparation.transformed(shuffled), preparation.transformed(table))
        assert TablePreparation.fitted(shuffled) == preparation

    def test_of_one_row_equal_those_in_the_table(self, table, preparation):
        whole = preparation.transformed(table)
        one = preparation.transformed(pd.DataFrame([table.iloc[5].to_dict()]))  # other dtypes
        np.testing.assert_array_equal(one.numeric[0], whole.numeric[5])


class TestReported:
    def test_names_that_cannot_be_printed_are_quoted(self):
        frame = pd.DataFrame({"two\nlines": [1.0, 2.0], 3: [0, 0]}).rename(columns=str)
        assert TablePreparation.fitted(frame).summary() == [
            r"'two\nlines': number, standardized (mean 1.5, standard deviation 0.5)",
            "3: dropped: one value only",
        ]


class TestColumns:
    @pytest.mark.parametrize(
        ("change", "reported"),
        [
            (lambda frame: frame[["b", "a"]], "Feature names must be in the same order as they were in fit.\n"),
            (
                lambda frame: frame.rename(columns={"b": "B"}),
                "Feature names unseen at fit time:\n- B\nFeature names seen at fit time, yet now missing:\n- b\n",
            ),
        ],
        ids=["another order", "renamed"],
    )
    def test_must_be_those_of_fit_with_the_message_of_scikit_learn(self, change, reported):
        frame = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 5.0]})
        with pytest.raises(ValueError, match="feature names") as theirs:
            StandardScaler().fit(frame).transform(change(frame))
        with pytest.raises(ValueError, match="feature names") as ours:
            TablePreparation.fitted(frame).transformed(change(frame))
        message = "The feature names should match those that were passed during fit.\n" + reported
        assert str(ours.value) == str(theirs.value) == message

    @pytest.mark.parametrize("columns", [[0, 1], [("a", 1), ("a", 2)]], ids=str)
    def test_without_string_names_are_matched_by_position(self, columns):
        frame = pd.DataFrame([[1.0, 2.0], [3.0, 5.0]], columns=pd.Index(columns))
        preparation = TablePreparation.fitted(frame)
        assert not preparation.named
        same(preparation.transformed(frame.set_axis([7, 8], axis="columns")), preparation.transformed(frame))

    def test_of_another_number_are_reported(self):
        preparation = TablePreparation.fitted(pd.DataFrame([[1.0, 2.0], [3.0, 5.0]]))
        with pytest.raises(ValueError, match="features") as caught:
            preparation.transformed(pd.DataFrame([[1.0]]))
        assert str(caught.value) == "X has 1 features, but TableColumns is expecting 2 features as input."

    def test_with_names_of_two_types_are_reported(self):
        with pytest.raises(TypeError, match=re.escape("Feature names are only supported if all input features have")):
            TablePreparation.fitted(pd.DataFrame({"a": [1, 2], 0: [1, 2]}))

    def test_of_one_name_are_reported(self):
        frame = pd.DataFrame([[1, 2, 3, 4, 5]] * 2, columns=["a", "b", "a", "b", "c"])
        message = (
            "X has duplicate column names: 'a', 'b'\n  hint: rename these columns, or drop all but one of each name"
        )
        assert message_of(lambda: TablePreparation.fitted(frame), DataError) == message
        preparation = TablePreparation.fitted(pd.DataFrame({"a": [1, 2], "b": [1, 2]}))
        assert message_of(lambda: preparation.transformed(frame), DataError) == message


class TestTables:
    @pytest.mark.parametrize(
        ("frame", "message"),
        [
            (pd.DataFrame({"a": []}), "Found array with 0 sample(s) (shape=(0, 1)) while a minimum of 1 is required."),
            (
                pd.DataFrame(index=[1, 2]),
                "Found array with 0 feature(s) (shape=(2, 0)) while a minimum of 1 is required.",
            ),
            (np.eye(2), "X must be a pandas DataFrame, got ndarray"),
            (
                pd.DataFrame({"a": [1.0], "b": ["x"], "c": [None]}),
                "X has no usable column in 1 sample(s)\n"
                "  a: dropped: one value only\n"
                "  b: dropped: one value only\n"
                "  c: dropped: all values are missing",
            ),
        ],
        ids=["no rows", "no columns", "array", "one row"],
    )
    def test_that_cannot_be_prepared(self, frame, message):
        assert message_of(lambda: TablePreparation.fitted(frame), DataError) == message

    def test_settings_are_checked_first(self):
        with pytest.raises(RecipeError, match="did you mean 'impute'"):
            TablePreparation.fitted(pd.DataFrame(), {"imput": "mean"})

    def test_is_table(self, table):
        assert is_table(table)
        for other in (table["number"], table.to_numpy(), {"a": [1]}, [[1]], None, pd.DataFrame):
            assert not is_table(other)

    def test_are_not_kept(self):
        frame = mixed_table(n_rows=60)
        array = frame["number"].to_numpy()
        seen = [weakref.ref(frame), weakref.ref(array)]
        preparation = TablePreparation.fitted(frame)
        preparation.transformed(frame)
        del frame, array
        gc.collect()
        assert [reference() for reference in seen] == [None, None]
        assert preparation.n_numeric > 0


class TestSavedForm:
    def test_of_a_column(self):
        preparation = TablePreparation.fitted(pd.DataFrame({"x": [1.0, None, 3.0], "y": ["a", "b", "a"]}))
        assert preparation.to_dict() == {
            "named": True,
            "columns": [
                {
                    "kind": "number", "name": "x", "n_missing": 1, "marked": True, "noun": "number", "fill": 2.0,
                    "filled_by": "median", "center": 2.0, "scale": np.sqrt(2 / 3), "scaled_by": "standard",
                },
                {"kind": "one-hot", "name": "y", "levels": ["a", "b"], "n_rare": 0, "n_missing": 0, "of": "text"},
            ],
        }  # fmt: skip

    def test_copies_and_pickles(self, table, preparation):
        preparation.transformed(table)
        for made in (copy.deepcopy(preparation), pickle.loads(pickle.dumps(preparation))):
            assert made == preparation
            same(made.transformed(table), preparation.transformed(table))


CELLS = {
    "number": st.one_of(st.none(), st.floats(-1e6, 1e6)),
    "text": st.one_of(st.none(), st.text(max_size=2), st.integers(0, 3)),
    "flag": st.one_of(st.none(), st.booleans()),
    "time": st.one_of(st.none(), st.datetimes()),
}


@given(
    rows=st.lists(st.fixed_dictionaries(CELLS), min_size=2, max_size=12),
    settings=st.fixed_dictionaries(
        {
            "max_onehot": st.integers(0, 4),
            "rare_fraction": st.sampled_from([0, 0.3]),
            "impute": st.sampled_from(["median", "mean", "zero"]),
            "scale": st.sampled_from(["standard", "robust"]),
            "indicators": st.booleans(),
        }
    ),
)
def test_any_table_round_trips_and_gives_finite_outputs_row_by_row(rows, settings):
    frame = pd.DataFrame(rows, dtype=object).assign(beside=np.arange(len(rows)))
    preparation = TablePreparation.fitted(frame, settings)
    prepared = preparation.transformed(frame)
    assert np.isfinite(prepared.numeric).all()
    assert len(preparation.summary()) == len(frame.columns)
    json.dumps(preparation.to_dict(), allow_nan=False)
    loaded = reread(preparation)
    assert loaded == preparation
    for row in range(len(frame)):
        one = loaded.transformed(frame.iloc[[row]])
        np.testing.assert_array_equal(one.numeric[0], prepared.numeric[row])
        assert {name: codes[0] for name, codes in one.codes.items()} == {
            name: codes[row] for name, codes in prepared.codes.items()
        }
    for name, (n_codes, _) in preparation.embeddings.items():
        assert 0 <= prepared.codes[name].min() <= prepared.codes[name].max() < n_codes
