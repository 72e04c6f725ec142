"""Columns of numbers, durations and truth values."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import RobustScaler, StandardScaler

from inputs.tables_of import fitted, frame_of, names, outputs, summary
from nnbuild.errors import DataError
from nnbuild.inputs.table.preparation import TablePreparation

ROOT2 = np.sqrt(2)
INFINITE = (
    "column 'x': Input X contains infinity or a value too large for dtype('float32')\n"
    "  hint: replace it by NaN, for a missing value, or by a finite number"
)
TO_NUMBERS = "\n  hint: convert it with pandas.to_numeric"


class TestNumbers:
    def test_missing_ones_are_the_median_then_all_are_standardised(self):
        values = [1, None, 3, 5]  # imputed: 1, 3, 3, 5 with mean 3 and standard deviation sqrt(2)
        preparation = fitted(values)
        expected = [[-ROOT2, 0], [0, 1], [0, 0], [ROOT2, 0]]
        np.testing.assert_allclose(outputs(preparation, values), expected, rtol=1e-6)
        assert names(preparation) == ["x", "x missing"]
        assert summary(preparation) == (
            "x: number, standardized (mean 3, standard deviation 1.414); "
            "missing values (1) imputed with the median 3, indicator 'x missing'"
        )

    def test_the_mean_is_of_the_values_that_are_there(self):
        step = fitted([1, None, 3, 11], impute="mean").steps[0]
        assert (step.fill, step.center, step.scale) == (5.0, 5.0, np.sqrt(14))

    def test_zero(self):
        preparation = fitted([1, None, 3], impute="zero", scale="none")
        assert outputs(preparation, [1, None, 3]).tolist() == [[1, 0], [0, 1], [3, 0]]
        assert summary(preparation) == "x: number, not scaled; missing values (1) imputed with 0, indicator 'x missing'"

    def test_without_indicators(self):
        preparation = fitted([1, None, 3, 5], indicators=False)
        np.testing.assert_allclose(outputs(preparation, [None, 1]), [[0], [-ROOT2]], rtol=1e-6)
        assert summary(preparation).endswith("missing values (1) imputed with the median 3")

    def test_missing_where_fit_saw_none_is_the_median_without_a_mark(self):
        preparation = fitted([1, 2, 9])  # median 2, mean 4, standard deviation sqrt(38 / 3)
        assert outputs(preparation, [None, 4]).ravel().tolist() == [np.float32(-2 / np.sqrt(38 / 3)), 0]
        assert summary(preparation) == "x: number, standardized (mean 4, standard deviation 3.559)"

    def test_robust(self):
        preparation = fitted([0, 1, 2, 3, 100], scale="robust")  # quartiles 1, 2, 3
        assert outputs(preparation, [0, 1, 2, 3, 100]).ravel().tolist() == [-1, -0.5, 0, 0.5, 49]
        assert summary(preparation) == "x: number, scaled (median 2, interquartile range 2)"

    def test_robust_falls_back_where_the_quartiles_are_one(self):
        preparation = fitted([0, 0, 0, 0, 5], scale="robust")
        assert outputs(preparation, [0, 5]).ravel().tolist() == [-0.5, 2]
        assert summary(preparation) == "x: number, standardized (mean 1, standard deviation 2)"

    @pytest.mark.parametrize(("scale", "scaler"), [("standard", StandardScaler()), ("robust", RobustScaler())])
    def test_agrees_with_scikit_learn(self, scale, scaler):
        values = np.random.default_rng(0).lognormal(size=200)
        expected = scaler.fit_transform(values[:, None])
        np.testing.assert_allclose(outputs(fitted(values, scale=scale), values), expected, rtol=1e-6)

    @pytest.mark.parametrize(
        "column",
        [
            pd.Series([1, 2, 4], dtype="int8"),
            pd.Series([1, 2, 4], dtype="uint64"),
            pd.Series([1, 2, 4], dtype="float16"),
            pd.Series([1, 2, 4], dtype="Int64"),
            pd.Series([1, 2, 4], dtype="Float32"),
            pd.Series([1, 2, 4], dtype=object),
            pd.Series([1, 2.0, np.int64(4)], dtype=object),
            pd.Series([Decimal(1), 2, 4], dtype=object),
            pd.Series([True, 2, 4], dtype=object),
            pd.arrays.SparseArray([1, 2, 4]),
        ],
        ids=lambda column: str(column.dtype),
    )
    def test_numbers_of_any_dtype_are_one(self, column):
        reference = fitted([1.0, 2.0, 4.0])
        assert fitted(pd.Series(column)) == reference
        np.testing.assert_array_equal(outputs(reference, pd.Series(column)), outputs(reference, [1.0, 2.0, 4.0]))

    @pytest.mark.parametrize("dtype", ["float64", "Int64", "Float64", object])
    @pytest.mark.parametrize("missing", [None, np.nan, pd.NA], ids=str)
    def test_missing_values_of_any_kind_are_one(self, dtype, missing):
        if dtype == "float64" and missing is pd.NA:
            missing = np.nan  # NumPy's dtype has no other
        column = pd.Series([1, missing, 3, 5], dtype=dtype)
        assert fitted(column) == fitted([1, None, 3, 5])

    def test_truth_values_where_fit_saw_numbers(self):
        assert outputs(fitted([0, 2]), [True, False]).ravel().tolist() == [0, -1]

    @pytest.mark.parametrize("factor", [1e-300, 1e-30, 1e30, 1e300])
    def test_tiny_and_huge_scales(self, factor):
        preparation = fitted(np.array([1.0, 3.0]) * factor)
        np.testing.assert_allclose(outputs(preparation, np.array([1.0, 3.0]) * factor).ravel(), [-1, 1], rtol=1e-6)

    def test_differences_far_from_zero_are_kept(self):
        np.testing.assert_allclose(outputs(fitted([1e9, 1e9 + 2]), [1e9, 1e9 + 2]).ravel(), [-1, 1])

    @pytest.mark.parametrize(
        "values", [[1.0, np.inf], [-np.inf, 1.0], [Decimal("Infinity"), 1], [10**400, 1], [np.inf, np.nan]], ids=str
    )
    def test_infinite_values(self, values):
        with pytest.raises(DataError) as caught:
            fitted(pd.Series(values))
        assert str(caught.value) == INFINITE

    def test_infinite_values_later(self):
        with pytest.raises(DataError) as caught:
            outputs(fitted([1.0, 2.0]), [1.0, -np.inf])
        assert str(caught.value) == INFINITE

    def test_values_too_large_for_float32(self):
        with pytest.raises(DataError) as caught:
            outputs(fitted([1.0, 2.0], scale="none"), [1e39])
        assert str(caught.value) == INFINITE

    def test_complex_numbers(self):
        for column in (pd.Series([1j, 2]), pd.Series([1j, 2j], dtype=object)):
            with pytest.raises(DataError) as caught:
                fitted(column)
            assert str(caught.value) == (
                "column 'x': Complex data not supported\n  hint: pass the real and the imaginary part as two columns"
            )

    @pytest.mark.parametrize(
        ("values", "found"),
        [
            (["1", "2"], f"text or categories now, such as '1' in row 0{TO_NUMBERS}"),
            (pd.Categorical([None, 2]), f"text or categories now, such as '2' in row 1{TO_NUMBERS}"),
            (pd.to_datetime(["2020-01-02"]), "datetimes now, such as '2020-01-02 00:00:00' in row 0"),
            ([[1, 2]], "text or categories now, such as [1, 2] in row 0"),
        ],
        ids=["text", "category", "time", "list"],
    )
    def test_something_else_later(self, values, found):
        with pytest.raises(DataError) as caught:
            outputs(fitted([1, 2]), pd.Series(values))
        assert str(caught.value) == f"column 'x': contained numbers in fit, but contains {found}"

    @pytest.mark.parametrize(
        ("values", "found"),
        [
            (["22", "38", "forty"], "'forty' in row 2"),
            ([22, 38.0, "forty"], "'forty' in row 2"),
            (pd.Series([22, None, "forty"], index=["a", "b", "c"]), "'forty' in row 'c'"),
            (pd.Series(pd.Categorical(["1", "x"]), index=[7, 3]), "'x' in row 3"),
            (pd.Series(["1", "x"], index=pd.Index([2, 5], name="line")), "'x' in line 5"),
        ],
        ids=["texts", "mixed", "labels", "category", "file"],
    )
    def test_a_wrong_value_later_is_named_with_its_row(self, values, found):
        frame = pd.DataFrame({"x": values})
        with pytest.raises(DataError) as caught:
            TablePreparation.fitted(pd.DataFrame({"x": [1, 2]})).transformed(frame)
        assert str(caught.value) == (
            f"column 'x': contained numbers in fit, but contains text or categories now, such as {found}"
        )

    @pytest.mark.parametrize("dtype", [object, "str", "category", "datetime64[ns]", "float64"])
    def test_missing_values_alone_later_are_missing_whatever_the_dtype(self, dtype):
        preparation = fitted([1, None, 3, 5])
        assert outputs(preparation, [None, None], dtype).tolist() == [[0, 1], [0, 1]]


class TestOneValue:
    @pytest.mark.parametrize("values", [[7, 7], [0.1] * 10, ["a", "a"], [True, True], [pd.Timestamp(0)] * 2], ids=str)
    def test_is_dropped(self, values):
        preparation = fitted(values)
        assert names(preparation) == []
        assert summary(preparation) == "x: dropped: one value only"
        assert outputs(preparation, values[:1]).shape == (1, 0)

    @pytest.mark.parametrize("value", [7, "a", True, pd.Timestamp(0), pd.Timedelta(0)], ids=str)
    def test_that_it_is_missing_is_kept(self, value):
        preparation = fitted([value, None, value])
        assert names(preparation) == ["x missing"]
        assert outputs(preparation, [None, value]).tolist() == [[1], [0]]
        assert summary(preparation) == "x: dropped: one value only; indicator 'x missing' of missing values (1)"

    @pytest.mark.parametrize("value", [7, True, pd.Timestamp(0)], ids=str)
    def test_is_dropped_without_indicators(self, value):
        assert summary(fitted([value, None, value], indicators=False)) == "x: dropped: one value only"

    def test_zero_for_missing_makes_two(self):
        preparation = fitted([4, None], impute="zero", indicators=False)
        assert outputs(preparation, [4, None]).tolist() == [[1], [-1]]

    @pytest.mark.parametrize("dtype", ["float64", object, "str", "category", "datetime64[ns]", "Int64", "boolean"])
    def test_none_at_all(self, dtype):
        preparation = fitted([None, None], dtype)
        assert summary(preparation) == "x: dropped: all values are missing"
        assert outputs(preparation, [1, 2]).shape == (2, 0)


class TestFlags:
    @pytest.mark.parametrize("dtype", ["boolean", object])
    def test_missing_ones_are_in_the_middle(self, dtype):
        preparation = fitted([True, None, False], dtype)
        assert outputs(preparation, [True, None, False], dtype).tolist() == [[1, 0], [0.5, 1], [0, 0]]
        assert names(preparation) == ["x", "x missing"]
        assert summary(preparation) == "x: boolean as 1 or 0; missing values (1) encoded as 0.5, indicator 'x missing'"

    def test_without_missing_ones(self):
        preparation = fitted([True, False])
        assert outputs(preparation, [False, True]).tolist() == [[0], [1]]
        assert summary(preparation) == "x: boolean as 1 or 0"

    def test_zero_and_one_later(self):
        assert outputs(fitted([True, False]), [0, 1, np.nan]).ravel().tolist() == [0, 1, 0.5]

    def test_other_numbers_later(self):
        with pytest.raises(DataError) as caught:
            outputs(fitted([True, False]), [2, 1])
        assert (
            str(caught.value) == "column 'x': contained booleans in fit, but contains numbers now, such as '2' in row 0"
        )


class TestDurations:
    def test_are_seconds(self):
        values = pd.to_timedelta(["1min", None, "3min", "5min"])
        preparation = fitted(pd.Series(values))
        step = preparation.steps[0]
        assert (step.fill, step.center) == (180, 180)
        np.testing.assert_allclose(
            outputs(preparation, pd.Series(values)), [[-ROOT2, 0], [0, 1], [0, 0], [ROOT2, 0]], rtol=1e-6
        )
        assert summary(preparation) == (
            "x: duration in seconds, standardized (mean 180, standard deviation 84.85); "
            "missing values (1) imputed with the median 180, indicator 'x missing'"
        )

    def test_as_objects(self):
        values = [pd.Timedelta("1min"), pd.Timedelta("3min").to_pytimedelta()]
        assert fitted(values, object) == fitted(values)

    def test_numbers_later(self):
        with pytest.raises(DataError) as caught:
            outputs(fitted(pd.to_timedelta(["1min", "2min"]).to_series()), [60, 120])
        assert (
            str(caught.value)
            == "column 'x': contained durations in fit, but contains numbers now, such as '60' in row 0"
        )


def test_the_table_is_left_as_it_is():
    frame = frame_of([1.0, None, 3.0])
    before = frame.copy()
    preparation = fitted([1.0, None, 3.0])
    preparation.transformed(frame)
    pd.testing.assert_frame_equal(frame, before)
