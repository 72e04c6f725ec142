"""Columns of text and categories."""

import numpy as np
import pandas as pd
import pytest

from estimators.samples import message_of
from inputs.tables_of import codes, fitted, frame_of, names, outputs, summary
from nnbuild.errors import DataError
from nnbuild.inputs.columns import embedding_size
from nnbuild.inputs.table import categories
from nnbuild.inputs.table.preparation import TablePreparation
from saved_forms import reread


class TestOneHot:
    def test_each_category_has_an_output_the_most_frequent_first(self):
        preparation = fitted(["b", "a", "c", "c"])
        assert names(preparation) == ["x=c", "x=a", "x=b"]
        assert outputs(preparation, ["a", "b", "c"]).tolist() == [[0, 1, 0], [0, 0, 1], [1, 0, 0]]
        assert summary(preparation) == "x: one-hot of 3 categories"

    def test_unseen_and_missing_categories_are_zeros_without_rare_and_missing_ones_in_fit(self):
        preparation = fitted(["a", "b"])
        assert outputs(preparation, ["new", None, "a"]).tolist() == [[0, 0], [0, 0], [1, 0]]

    def test_missing_is_a_category(self):
        preparation = fitted(["a", "b", None, "a"], indicators=False)
        assert names(preparation) == ["x=a", "x=b", "x missing"]
        assert outputs(preparation, [None, "b", "new"]).tolist() == [[0, 0, 1], [0, 1, 0], [0, 0, 0]]
        assert summary(preparation) == "x: one-hot of 2 categories; missing values (1) are a category"

    def test_rare_and_unseen_ones_are_joined(self):
        values = ["a"] * 10 + ["b"] * 5 + ["c"] * 4 + ["d"]
        preparation = fitted(values, rare_fraction=0.25)  # of 20 rows: fewer than 5 are rare
        assert names(preparation) == ["x=a", "x=b", "x rare"]
        expected = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1], [0, 0, 1], [0, 0, 1]]
        assert outputs(preparation, ["a", "b", "c", "d", "new", None]).tolist() == expected
        assert summary(preparation) == "x: one-hot of 2 categories; rare categories (2) grouped"

    def test_rare_is_a_fraction_of_all_rows_with_missing_ones(self):
        assert names(fitted(["a", "a", "b"], rare_fraction=0.3)) == ["x=a", "x=b"]
        preparation = fitted(["a", "a", "b", None], rare_fraction=0.3)
        assert names(preparation) == ["x=a", "x rare", "x missing"]
        assert outputs(preparation, [None, "new"]).tolist() == [[0, 0, 1], [0, 1, 0]]

    def test_the_most_frequent_one_is_never_rare(self):
        assert names(fitted(["a", "b", "c"], rare_fraction=0.9)) == ["x=a", "x rare"]

    def test_by_default_fewer_than_one_row_in_two_hundred_is_rare(self):
        assert names(fitted(["a"] * 398 + ["b"] * 2)) == ["x=a", "x=b"]
        assert names(fitted(["a"] * 400 + ["b"] * 2)) == ["x=a", "x rare"]

    def test_the_order_of_rows_does_not_matter(self):
        values = ["b", "a", "c", "c", "d", "a"]
        assert fitted(values) == fitted(values[::-1])

    @pytest.mark.parametrize("dtype", ["string", "category"])
    def test_text_of_any_dtype_is_one(self, dtype):
        reference = fitted(["a", "b", None, "b"])
        assert fitted(["a", "b", None, "b"], dtype) == reference
        assert outputs(reference, ["b", None], dtype).tolist() == [[1, 0, 0], [0, 0, 1]]

    def test_unused_categories_of_a_dtype_do_not_count(self):
        column = pd.Series(pd.Categorical(["a", "b", "b"], categories=["z", "b", "a", "y"], ordered=True))
        assert names(fitted(column)) == ["x=b", "x=a"]
        assert outputs(fitted(column), column.cat.set_categories(["a", "b"])).tolist() == [[0, 1], [1, 0], [1, 0]]

    def test_integers_and_equal_floats_are_one_category(self):
        preparation = fitted(pd.Series(pd.Categorical([1, 2, 2])))
        assert names(preparation) == ["x=2", "x=1"]
        for values in ([1, 2], [1.0, 2.0], ["1", "2"], pd.Categorical([1.0, 2.0])):
            assert outputs(preparation, pd.Series(values)).tolist() == [[0, 1], [1, 0]]

    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            (pd.Categorical([True, False, False]), ["x=False", "x=True"]),
            (pd.Categorical([0.5, 2, 2]), ["x=2", "x=0.5"]),
            (pd.cut([1, 5, 6], [0, 4, 8]), ["x=(4, 8]", "x=(0, 4]"]),
            (np.array([1, "1", 1.0, "a", "a"], object), ["x=1", "x=a"]),
        ],
        ids=["flags", "fractions", "intervals", "mixed"],
    )
    def test_names_of_categories(self, values, expected):
        assert names(fitted(pd.Series(values))) == expected


class TestEmbeddings:
    def test_codes_by_frequency_and_zero_for_unseen_rare_and_missing(self):
        values = ["b"] * 4 + ["c"] * 4 + ["a"] * 2 + ["once", None]
        preparation = fitted(values, max_onehot=3)
        assert preparation.embeddings == {"x": (4, 3)}  # round(1.6 * 4**0.56)
        assert preparation.steps[0].categories == ("b", "c", "a")
        assert codes(preparation, ["a", "b", "c", "once", "new", None]) == [3, 1, 2, 0, 0, 0]
        assert names(preparation) == ["x missing"]
        assert outputs(preparation, [None, "new", "a"]).tolist() == [[1], [0], [0]]
        assert summary(preparation) == (
            "x: embedding of 3 categories, 3 dimensions; rare categories (1) encoded as code 0; "
            "missing values (1) encoded as code 0, indicator 'x missing'"
        )

    def test_without_indicators(self):
        preparation = fitted(["a", "a", "b", "b", None], max_onehot=1, indicators=False)
        assert names(preparation) == []
        assert codes(preparation, [None, "a"]) == [0, 1]

    def test_begin_above_twenty_categories(self):
        values = [f"level {i}" for i in range(20)] * 2
        assert fitted(values).embeddings == {}
        assert fitted([*values, "one more", "one more"]).embeddings == {"x": (22, 9)}

    def test_categories_beyond_ten_thousand_have_code_zero(self, monkeypatch):
        assert categories.MAX_CATEGORIES == 10_000
        monkeypatch.setattr(categories, "MAX_CATEGORIES", 2)
        preparation = fitted(["a"] * 4 + ["b"] * 3 + ["c"] * 2, max_onehot=0)
        assert codes(preparation, ["a", "b", "c"]) == [1, 2, 0]
        assert (
            summary(preparation) == "x: embedding of 2 categories, 3 dimensions; rare categories (1) encoded as code 0"
        )

    @pytest.mark.parametrize(("n_codes", "size"), [(2, 2), (100, 21), (470, 50), (9999, 50)])
    def test_size(self, n_codes, size):
        assert embedding_size(n_codes) == size


class TestSigned:
    def test_two_categories_are_one_output(self):
        preparation = fitted(["a", "b", "a", None], signed_binary=True)
        assert names(preparation) == ["x=a", "x missing"]
        assert outputs(preparation, ["a", "b", "new", None]).tolist() == [[1, 0], [-1, 0], [0, 0], [0, 1]]
        assert summary(preparation) == (
            "x: 1 for 'a', -1 for 'b'; missing values (1) encoded as 0, indicator 'x missing'"
        )

    def test_without_missing_values(self):
        preparation = fitted(pd.Series(pd.Categorical([1, 2, 2])), signed_binary=True, max_onehot=0)
        assert outputs(preparation, pd.Series([2.0, 1.0, None])).tolist() == [[1], [-1], [0]]

    def test_three_categories_are_not(self):
        assert names(fitted(["a", "b", "c"], signed_binary=True)) == ["x=a", "x=b", "x=c"]

    @pytest.mark.parametrize("dtype", ["boolean", object])
    def test_booleans(self, dtype):
        preparation = fitted([True, None, False], dtype, signed_binary=True)
        assert outputs(preparation, [True, None, False], dtype).tolist() == [[1, 0], [0, 1], [-1, 0]]
        assert summary(preparation) == "x: boolean as 1 or -1; missing values (1) encoded as 0, indicator 'x missing'"


class TestGrouped:
    def test_the_most_frequent_categories_are_kept(self):
        values = ["a"] * 4 + ["b"] * 3 + ["c"] * 2 + ["d"] * 2
        preparation = fitted(values, max_onehot=2, many_categories="group")
        assert names(preparation) == ["x=a", "x=b", "x rare"]
        assert outputs(preparation, ["b", "c", "new", None]).tolist() == [[0, 1, 0], [0, 0, 1], [0, 0, 1], [0, 0, 1]]
        assert preparation.embeddings == {}

    def test_categories_of_one_sample_are_grouped(self):
        values = ["a", "a", "b", "c"]
        assert names(fitted(values, many_categories="group")) == ["x=a", "x rare"]
        assert names(fitted(values)) == ["x=a", "x=b", "x=c"]

    def test_one_category_is_always_kept(self):
        assert names(fitted(["a", "b", "c", "d"], many_categories="group")) == ["x=a", "x rare"]
        assert names(fitted(["a", "a", "b", "b"] * 5, max_onehot=0, many_categories="group")) == ["x=a", "x rare"]

    def test_ids_are_dropped(self):
        values = [f"id {i}" for i in range(30)]
        assert summary(fitted(values, many_categories="group")).startswith("x: dropped: an id or free text")


class TestScaled:
    def test_by_quartiles_or_half_of_the_range(self):
        values = ["a"] * 12 + ["b"] * 5 + ["c"] * 3 + [None] * 4  # of 24: the others in fewer than a quarter
        plain = outputs(fitted(values), values)
        low, middle, high = np.percentile(plain, [25, 50, 75], axis=0)
        assert (high - low > 0).tolist() == [True, False, False, False]
        preparation = fitted(values, scale_categories=True)
        scale = np.where(high > low, high - low, 0.5)
        np.testing.assert_allclose(outputs(preparation, values), (plain - middle) / scale, rtol=1e-6)
        assert summary(preparation) == (
            "x: one-hot of 3 categories; missing values (4) are a category; indicators and categories scaled"
        )

    def test_and_clipped(self):
        preparation = fitted(["a"] * 9 + ["b"], scale_categories=True, signed_binary=True, clip=3)
        assert (preparation.steps[0].centers, preparation.steps[0].scales) == ((1.0,), (1.0,))
        np.testing.assert_allclose(outputs(preparation, ["a", "b"]).ravel(), [0, -2 / np.sqrt(1 + 4 / 9)], rtol=1e-6)
        assert summary(preparation) == "x: 1 for 'a', -1 for 'b'; indicators and categories scaled; clipped at 3"

    @pytest.mark.parametrize(
        "values",
        [[1.0, None, 3.0, 4.0, 5.0, 6.0], [7, None, 7, 7, 7, 7], pd.to_datetime([None, *pd.date_range("2020", "2024")]),
         ["a", "b", "c", "a", "b", None] * 9],
        ids=["numbers", "one value", "times", "embedding"],
    )  # fmt: skip
    def test_missing_indicators_of_any_column(self, values):
        values = pd.Series(values)
        plain, scaled = (fitted(values, max_onehot=2, scale_categories=scales) for scales in (False, True))
        n_numbers = plain.steps[0].n_numbers
        before, after = outputs(plain, values), outputs(scaled, values)
        np.testing.assert_array_equal(after[:, :n_numbers], before[:, :n_numbers])
        np.testing.assert_array_equal(after[:, n_numbers:], before[:, n_numbers:] / 0.5)  # half of the range


class TestIds:
    def test_text_that_differs_in_almost_every_row_is_dropped(self):
        values = [f"id {i}" for i in range(30)]
        preparation = fitted(values)
        assert summary(preparation) == "x: dropped: an id or free text, with 30 different values in 30 rows"
        assert preparation.embeddings == {}
        assert names(preparation) == []

    def test_that_it_is_missing_is_kept(self):
        preparation = fitted([*(f"id {i}" for i in range(30)), None])
        assert outputs(preparation, [None, "id 3"]).tolist() == [[1], [0]]
        assert summary(preparation) == (
            "x: dropped: an id or free text, with 30 different values in 30 rows; "
            "indicator 'x missing' of missing values (1)"
        )

    def test_is_more_than_nine_in_ten(self):
        repeated = [f"id {i}" for i in range(27)]
        assert fitted([*repeated, "id 0", "id 1", "id 2"]).embeddings == {"x": (4, 3)}  # 27 in 30
        assert fitted([*repeated, "other", "id 1", "id 2"]).embeddings == {}  # 28 in 30


class TestCategoriesOfAnotherType:
    @pytest.mark.parametrize(
        ("fit", "later", "message"),
        [
            (
                ["1.0", "1.10", "x"], [1.0, 1.1],
                "its categories were text in fit, but are numbers now, such as '1.0' in row 0\n"
                "  hint: convert it with astype(str), or read it as text: pandas.read_csv(..., dtype={'x': str})",
            ),
            (
                ["yes", "no"], [True, False],
                "its categories were text in fit, but are booleans now, such as 'True' in row 0\n"
                "  hint: convert it with astype(str), or read it as text: pandas.read_csv(..., dtype={'x': str})",
            ),
            (
                pd.Categorical([1, 2, 2]), ["1", "2.0"],
                "its categories were numbers in fit, but are text now, such as '2.0' in row 1\n"
                "  hint: convert it with pandas.to_numeric",
            ),
        ],
        ids=["numbers", "flags", "text"],
    )  # fmt: skip
    def test_are_an_error(self, fit, later, message):
        preparation = fitted(pd.Series(fit).repeat(3))
        assert (
            message_of(lambda: preparation.transformed(frame_of(pd.Series(later))), DataError)
            == f"column 'x': {message}"
        )

    @pytest.mark.parametrize(
        ("fit", "later"),
        [
            (pd.Categorical([1, 2, 2]), [2.0, 1.0]),
            (pd.Categorical([1, 2, 2]), ["1", "2"]),
            (pd.Categorical([True, False, False]), [True, False]),
            (np.array(["a", 1, 1.0], object), [1, 2]),
            (["a", "b", "b"], [None, None]),
            (["a", "b", "b"], pd.Categorical(["c"], categories=["c", "d"])),
        ],
        ids=str,
    )
    def test_may_have_another_dtype(self, fit, later):
        preparation = fitted(pd.Series(fit))
        assert np.isfinite(outputs(preparation, pd.Series(later))).all()

    def test_of_earlier_versions_are_compared_as_text(self):
        preparation = fitted(["1", "2", "x"])
        columns = preparation.to_dict()["columns"]
        del columns[0]["of"]
        assert outputs(reread(preparation, columns=columns), [1, 2]).tolist() == [[1, 0, 0], [0, 1, 0]]


class TestAlmostNumbers:
    def test_are_reported_with_the_first_other_value_and_its_row(self):
        note = "; 29 of 30 values are numbers; the first other one is 'forty' in row 7"
        ages = [str(row) if row != 7 else "forty" for row in range(30)]
        assert summary(fitted(ages)) == f"x: dropped: an id or free text, with 30 different values in 30 rows{note}"
        few = [str(row % 3) if row != 7 else "forty" for row in range(30)]
        assert summary(fitted(few)) == f"x: one-hot of 4 categories{note}"
        assert summary(fitted(few, max_onehot=1)).endswith(f"encoded as code 0{note}")

    def test_many_other_values_are_not(self):
        assert summary(fitted(["1", "2", "3", "a", "b"] * 4)) == "x: one-hot of 5 categories"
        assert summary(fitted(["1", "2", "007"] * 4)) == "x: one-hot of 3 categories"


def test_bytes_are_the_text_that_they_encode():
    texts = pd.DataFrame({"v": ["é", "b"] * 10})
    coded = pd.DataFrame({"v": [text.encode() for text in texts["v"]]})
    for one, other in ((texts, coded), (coded, texts)):
        prepared = TablePreparation.fitted(one)
        np.testing.assert_array_equal(prepared.transformed(other).numeric, prepared.transformed(one).numeric)


@pytest.mark.parametrize("prepare", [fitted, lambda values: outputs(fitted(["a", "b"]), values)], ids=["fit", "later"])
def test_values_that_are_not_hashable_are_reported(prepare):
    assert message_of(lambda: prepare([["a", "b"], ["a", "b"]]), DataError) == (
        "column 'x': contains values that are not hashable, such as ['a', 'b']\n"
        "  allowed: each argument must be a string, a boolean, a time, a number or missing\n"
        "  hint: convert them to text, or to a column for each part"
    )
