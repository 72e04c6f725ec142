"""Columns of text and categories."""

import numpy as np
import pandas as pd
import pytest

from inputs.tables_of import codes, fitted, frame_of, names, outputs, summary
from nnbuild.errors import DataError
from nnbuild.inputs.columns import embedding_size
from nnbuild.inputs.table import categories
from nnbuild.inputs.table.preparation import TablePreparation
from saved_forms import reread


class TestOneHot:
    def test_an_output_for_each_level_the_most_frequent_first(self):
        preparation = fitted(["b", "a", "c", "c"])
        assert names(preparation) == ["x=c", "x=a", "x=b"]
        assert outputs(preparation, ["a", "b", "c"]).tolist() == [[0, 1, 0], [0, 0, 1], [1, 0, 0]]
        assert summary(preparation) == "x: one-hot of 3 categories"

    def test_unseen_and_missing_ones_are_zeros_where_fit_saw_neither_rare_nor_missing_ones(self):
        preparation = fitted(["a", "b"])
        assert outputs(preparation, ["new", None, "a"]).tolist() == [[0, 0], [0, 0], [1, 0]]

    def test_missing_is_a_level(self):
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

    def test_rare_ones_beside_missing_ones(self):
        preparation = fitted(["a", "a", "a", "b", None], rare_fraction=0.5)
        assert names(preparation) == ["x=a", "x rare", "x missing"]
        assert outputs(preparation, [None, "new"]).tolist() == [[0, 0, 1], [0, 1, 0]]

    def test_rare_is_a_fraction_of_all_rows_with_missing_ones(self):
        assert names(fitted(["a", "a", "b"], rare_fraction=0.3)) == ["x=a", "x=b"]
        assert names(fitted(["a", "a", "b", None], rare_fraction=0.3)) == ["x=a", "x rare", "x missing"]

    def test_the_most_frequent_one_is_never_rare(self):
        assert names(fitted(["a", "b", "c"], rare_fraction=0.9)) == ["x=a", "x rare"]

    def test_by_default_fewer_than_one_row_in_two_hundred_is_rare(self):
        assert names(fitted(["a"] * 398 + ["b"] * 2)) == ["x=a", "x=b"]
        assert names(fitted(["a"] * 400 + ["b"] * 2)) == ["x=a", "x rare"]

    def test_the_order_of_rows_does_not_matter(self):
        values = ["b", "a", "c", "c", "d", "a"]
        assert fitted(values) == fitted(values[::-1])

    @pytest.mark.parametrize("dtype", [object, "str", "string", "category"])
    def test_text_of_any_dtype_is_one(self, dtype):
        reference = fitted(["a", "b", None, "b"])
        assert fitted(["a", "b", None, "b"], dtype) == reference
        assert outputs(reference, ["b", None], dtype).tolist() == [[1, 0, 0], [0, 0, 1]]

    def test_levels_of_a_dtype_that_no_row_has_do_not_count(self):
        column = pd.Series(pd.Categorical(["a", "b", "b"], categories=["z", "b", "a", "y"], ordered=True))
        assert names(fitted(column)) == ["x=b", "x=a"]
        assert outputs(fitted(column), column.cat.set_categories(["a", "b"])).tolist() == [[0, 1], [1, 0], [1, 0]]

    def test_categories_of_numbers_are_levels_and_whole_ones_have_no_fraction(self):
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
            (np.array(["a", 1, 1.0], object), ["x=1", "x=a"]),
        ],
        ids=["flags", "fractions", "intervals", "mixed"],
    )
    def test_levels_as_text(self, values, expected):
        assert names(fitted(pd.Series(values))) == expected

    def test_one_level_of_two_types_counts_once(self):
        preparation = fitted(np.array([1, "1", "1", "a", "a"], object))
        assert names(preparation) == ["x=1", "x=a"]

    @pytest.mark.parametrize("value", [["a", "b"], {"a": 1}], ids=["list", "dict"])
    def test_lists_and_the_like(self, value):
        with pytest.raises(DataError) as caught:
            fitted([value, value])
        shown = {list: "['a', 'b']", dict: "{'a': 1}"}[type(value)]
        assert str(caught.value) == (
            f"column 'x': contains values that are not hashable, such as {shown}\n"
            "  hint: convert them to text, or to a column for each part"
        )


class TestEmbeddings:
    def test_codes_by_frequency_and_zero_for_what_is_unseen_rare_or_missing(self):
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

    def test_without_missing_ones(self):
        preparation = fitted(["a", "a", "b", "b"], max_onehot=1)
        table = preparation.transformed(pd.DataFrame({"x": ["b", None], "beside": [0, 1]}))
        assert table.codes["x"].tolist() == [2, 0]
        assert table.codes["x"].dtype == np.int32
        assert preparation.feature_names == ("beside",)
        assert summary(preparation) == "x: embedding of 2 categories, 3 dimensions"

    def test_without_indicators(self):
        preparation = fitted(["a", "a", "b", "b", None], max_onehot=1, indicators=False)
        assert names(preparation) == []
        assert codes(preparation, [None, "a"]) == [0, 1]

    def test_begin_above_twenty_levels(self):
        values = [f"level {i}" for i in range(20)] * 2
        assert fitted(values).embeddings == {}
        assert fitted([*values, "one more", "one more"]).embeddings == {"x": (22, 9)}

    def test_levels_beyond_the_most_have_code_zero(self, monkeypatch):
        monkeypatch.setattr(categories, "MAX_CATEGORIES", 2)
        preparation = fitted(["a"] * 4 + ["b"] * 3 + ["c"] * 2, max_onehot=0)
        assert codes(preparation, ["a", "b", "c"]) == [1, 2, 0]
        assert (
            summary(preparation) == "x: embedding of 2 categories, 3 dimensions; rare categories (1) encoded as code 0"
        )

    def test_ten_thousand_levels_at_most(self):
        values = np.repeat(np.arange(10_005), 2).astype(str)
        preparation = fitted(values)
        assert preparation.embeddings == {"x": (10_001, 50)}
        assert preparation.steps[0].n_rare == 5

    @pytest.mark.parametrize(
        ("n_codes", "size"), [(2, 2), (3, 3), (10, 6), (100, 21), (400, 46), (470, 50), (9999, 50)]
    )
    def test_size(self, n_codes, size):
        assert embedding_size(n_codes) == size


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

    def test_few_levels_are_no_ids(self):
        assert names(fitted(["a", "b", "c"])) == ["x=a", "x=b", "x=c"]


class TestLevelsOfAnotherKind:
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
    @pytest.mark.parametrize("max_onehot", [20, 1], ids=["one-hot", "embedding"])
    def test_are_an_error(self, fit, later, message, max_onehot):
        preparation = fitted(pd.Series(fit).repeat(3), max_onehot=max_onehot)
        with pytest.raises(DataError) as caught:
            preparation.transformed(frame_of(pd.Series(later)))
        assert str(caught.value) == f"column 'x': {message}"

    @pytest.mark.parametrize(
        ("fit", "later"),
        [
            (pd.Categorical([1, 2, 2]), pd.Categorical([2, 1])),
            (pd.Categorical([1, 2, 2]), [2.0, 1.0]),
            (pd.Categorical([1, 2, 2]), ["1", "2"]),
            (pd.Categorical([True, False, False]), [True, False]),
            (pd.Categorical([True, False, False]), ["True", "False"]),
            (np.array(["a", 1, 1.0], object), [1, 2]),
            (["a", "b", "b"], [None, None]),
            (["a", "b", "b"], pd.Categorical(["c"], categories=["c", "d"])),
        ],
        ids=str,
    )
    def test_may_be_held_in_another_way(self, fit, later):
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
        few = fitted([str(row % 3) if row != 7 else "forty" for row in range(30)])
        assert summary(few) == f"x: one-hot of 4 categories{note}"
        many = fitted([str(row % 3) if row != 7 else "forty" for row in range(30)], max_onehot=1)
        assert (
            summary(many) == f"x: embedding of 3 categories, 3 dimensions; rare categories (1) encoded as code 0{note}"
        )

    def test_many_other_values_are_not(self):
        assert summary(fitted(["1", "2", "3", "a", "b"] * 4)) == "x: one-hot of 5 categories"
        assert summary(fitted(["1", "2", "007"] * 4)) == "x: one-hot of 3 categories"


def test_bytes_are_the_text_that_they_encode():
    texts = pd.DataFrame({"v": ["é", "b"] * 10})
    coded = pd.DataFrame({"v": [text.encode() for text in texts["v"]]})
    for one, other in ((texts, coded), (coded, texts)):
        prepared = TablePreparation.fitted(one)
        np.testing.assert_array_equal(prepared.transformed(other).numeric, prepared.transformed(one).numeric)


def test_lists_in_place_of_levels_are_refused():
    prepared = TablePreparation.fitted(pd.DataFrame({"v": ["a", "b"] * 10}))
    with pytest.raises(DataError) as caught:
        prepared.transformed(pd.DataFrame({"v": [[1], [2]]}))
    assert str(caught.value) == (
        "column 'v': contains values that are not hashable, such as [1]\n"
        "  hint: convert them to text, or to a column for each part"
    )
