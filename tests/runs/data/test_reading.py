"""Features, targets and tasks in files of data."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from estimators.samples import message_of
from nnbuild import DataError, Recipe
from nnbuild.runs.data.estimator import shaped
from nnbuild.runs.data.new_data import Schema, dataset_of, read_new_data
from nnbuild.runs.data.reading import read_data
from nnbuild.runs.data.targets import new_targets

N = 30
COLUMNS = {
    "text": ["p", "q", "r"] * 10,
    "two": [0, 1] * 15,
    "marks": [1, 2, 3, 4, 5] * 6,
    "count": list(range(N)),
    "size": [number / 4 for number in range(N)],
    "flag": [True, False, False] * 10,
    "other": [1, 0, 0] * 10,
    "feature": [number / 3 for number in range(N)],
}

WHOLE = "only {} different integers"
LABELS = "because the targets are 0 and 1, or boolean"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pd.DataFrame(COLUMNS).to_csv("t.csv", index=False)


@pytest.mark.parametrize(
    "target, task, task_text, dtype",
    [
        ("text", "multiclass", "classification into 3 classes, because 'text' is text", "O"),
        ("flag", "binary", "classification into 2 classes, because 'flag' is boolean", "b"),
        ("two", "binary", f"classification into 2 classes, because 'two' has {WHOLE.format(2)}", "i"),
        ("count", "regression", "regression, because 'count' has 30 different numbers", "f"),
        ("size", "regression", "regression, because 'size' has numbers with fractions", "f"),
        (None, "regression", "regression, because 'feature' has numbers with fractions", "f"),
        ("two,other,flag", "multilabel", f"classification with 3 labels, {LABELS}", "i"),
        (["size", "count"], "regression", "regression of 2 targets, because the targets are numbers", "f"),
    ],
)  # fmt: skip
def test_the_target_determines_the_task(target, task, task_text, dtype):
    data = read_data("t.csv", target)
    assert (data.task, data.task_text(), data.y.dtype.kind) == (task, task_text, dtype)
    assert len(data.X.columns) + len(data.targets) == len(COLUMNS)
    assert not set(data.targets) & set(data.X.columns)


@pytest.mark.parametrize(
    "target, task, task_text, labels",
    [
        ("marks", "regression", "regression, as set by --task", None),
        ("flag", "regression", "regression, as set by --task", None),
        ("count", "classification", "classification into 30 classes, as set by --task", list(range(N))),
        ("size", "classification", "classification into 30 classes, as set by --task", [str(n / 4) for n in range(N)]),
        (["two", "flag"], "regression", "regression of 2 targets, as set by --task", None),
    ],
)
def test_the_task_may_be_set(target, task, task_text, labels):
    data = read_data("t.csv", target, task)
    assert data.task_text() == task_text
    assert data.y.dtype.kind == "f" if labels is None else data.y.tolist() == labels


def test_a_name_with_a_comma_is_one_column():
    pd.DataFrame({"a,b": ["p", "q"] * 3, "a": range(6), "b": range(6)}).to_csv("commas.csv", index=False)
    assert read_data("commas.csv", "a,b").targets == ("a,b",)


def test_rows_without_a_target_are_dropped_when_set():
    Path("holes.csv").write_text("a,y\n1,1\n2,\n3,2\n4,1\n5,2\n", "utf-8")
    data = read_data("holes.csv", drop_missing_target=True)
    assert data.X["a"].tolist() == [1, 3, 4, 5]
    assert data.y.tolist() == [1, 2, 1, 2]


def test_a_split_keeps_the_shares_of_classes_and_follows_the_seed():
    data = read_data("t.csv", "text")
    train, test = data.split(0.2, seed=1)
    assert (len(train), len(test)) == (24, 6)
    assert sorted(test.y) == ["p", "p", "q", "q", "r", "r"]
    assert test.X.equals(data.split(0.2, seed=1)[1].X)
    assert not test.X.equals(data.split(0.2, seed=2)[1].X)


def test_a_class_of_one_row_is_in_the_training_set():
    Path("rare.csv").write_text("a,y\n" + "1,p\n2,q\n" * 12 + "3,r\n", "utf-8")
    data = read_data("rare.csv")
    for seed in range(8):
        train, test = data.split(0.5, seed)
        assert "r" in train.y
        assert len(train) + len(test) == 25


def test_a_split_needs_a_class_with_two_rows():
    assert (
        message_of(lambda: read_data("t.csv", "count", "classification").split(0.2, 0), DataError)
        == "t.csv: no class has enough rows to hold some out\n  hint: pass --test-data FILE"
    )


def test_a_file_of_arrays_may_contain_a_test_set():
    np.savez(
        "t.npz", x_train=np.zeros((6, 2, 2)), y_train=[["p"], ["q"]] * 3, x_test=np.ones((2, 2, 2)), y_test=["q", "q"]
    )
    data = read_data("t.npz")
    assert (data.task, data.targets, data.X.shape, data.test.X.shape) == ("binary", ("y",), (6, 2, 2), (2, 2, 2))
    assert data.test.y.tolist() == ["q", "q"]


def test_several_targets_in_an_array():
    np.savez("t.npz", X=np.zeros((4, 2)), y=np.arange(8.0).reshape(4, 2))
    data = read_data("t.npz")
    assert (data.task, data.targets, data.y.shape) == ("regression", ("y[0]", "y[1]"), (4, 2))


@pytest.mark.parametrize(
    "target, text, y",
    [
        ("marks", "marks\n1.0\n\n5\n", [1, 5]),
        ("text", "text\nr\np\n", ["r", "p"]),
        ("flag", "flag\nTrue\nTrue\n", [True, True]),
        ("size", "size\n3\n4\n", [3.0, 4.0]),
    ],
)
def test_later_targets_have_the_type_of_the_training_targets(target, text, y):
    schema = Schema.of_data(
        read_data("t.csv", target, drop=[name for name in COLUMNS if name not in ("feature", target)])
    )
    lines = [line for line in text.splitlines() if line]
    Path("later.csv").write_text(
        "\n".join(["more,feature," + lines[0], *(f"x,1,{line}" for line in lines[1:])]), "utf-8"
    )
    later = read_new_data("later.csv", schema)
    assert later.ignored == ("more",)
    assert list(later.X.columns) == ["feature"]
    assert dataset_of(later, schema).y.tolist() == y


def test_an_image_has_no_missing_values():
    X = pd.DataFrame({"a": [1], "b": [2], "c": [np.nan], "d": [4]})
    assert (
        message_of(lambda: shaped(X, {"image": {"shape": [2, 2]}}), DataError)
        == "X: column 'c' has 1 missing value\n  hint: use a recipe for tables, such as 'table'"
    )


def test_columns_of_a_table_become_an_image():
    X = pd.DataFrame(np.arange(24).reshape(2, 12), columns=list("abcdefghijkl"))
    recipe = Recipe.from_json(
        '{"nnbuild": 1, "inputs": {"image": {"shape": [3, 4, 1]}}, "layers": [{"type": "Flatten"}]}'
    )
    found = shaped(X, recipe.network.inputs)
    assert found.shape == (2, 3, 4, 1)
    assert found[1, 0, 2, 0] == 14


def test_samples_without_a_target_are_dropped_when_set():
    np.savez("t.npz", X=[[np.nan], [1.0], [2.0], [3.0]], y=[np.nan, 0.5, 1.5, 2.5])
    data = read_data("t.npz", drop_missing_target=True)
    assert (data.X.tolist(), data.y.tolist()) == ([[1.0], [2.0], [3.0]], [0.5, 1.5, 2.5])


def test_columns_are_dropped_by_name():
    Path("t.csv").write_text('a,b,"c,d",y\n1,2,3,p\n1,2,3,q\n', "utf-8")
    assert list(read_data("t.csv", drop=["a,b"]).X.columns) == ["c,d"]
    assert list(read_data("t.csv", drop=["c,d", "a"]).X.columns) == ["b"]


@pytest.mark.parametrize(
    "n_rows, n_classes, fits",
    [
        (20, 10, True),
        (20, 11, False),
        (100, 20, True),
        (100, 21, False),
        (300, 30, True),
        (300, 31, False),
    ],
)
def test_a_text_target_needs_enough_rows_for_each_class(n_rows, n_classes, fits):
    rows = "".join(f"{row},class {row % n_classes}\n" for row in range(n_rows))
    Path("classes.csv").write_text("a,y\n" + rows, "utf-8")
    if fits:
        assert read_data("classes.csv").n_outputs == n_classes
    else:
        assert message_of(lambda: read_data("classes.csv"), DataError) == (
            f"classes.csv: target 'y' has {n_classes} different texts in {n_rows} rows, too many for classes\n"
            "  hint: choose another column with --target, or pass --task classification"
        )
    assert read_data("classes.csv", task="classification").n_outputs == n_classes


def test_a_target_of_numbers_with_one_wrong_value_is_named():
    rows = "".join(f"{row},{row * 1.5 if row != 5 else 'many'}\n" for row in range(30))
    Path("wrong.csv").write_text("a,y\n" + rows, "utf-8")
    assert message_of(lambda: read_data("wrong.csv"), DataError) == (
        "wrong.csv: target 'y' has 30 different texts in 30 rows, too many for classes\n"
        "  hint: 29 of 30 values are numbers; the first other one is 'many' in line 7; "
        "numeric targets are learned by regression"
    )


def test_prices_are_a_regression():
    rows = "".join(f'{row},"{670 + row},000"\n' for row in range(30))
    Path("prices.csv").write_text("a,y\n" + rows + '31,"1,200,000"\n', "utf-8")
    data = read_data("prices.csv")
    assert (data.task, data.y[0], data.text()) == (
        "regression",
        670_000,
        "prices.csv: 31 rows, 1 column -> y (written as 1,234.5)",
    )


def test_columns_with_two_readings_need_an_option_unless_dropped():
    Path("two.csv").write_text('a,b,y\n1,"1,234",p\n2,"5,678",q\n', "utf-8")
    with pytest.raises(DataError, match="column 'b' is ambiguous: '1,234' in line 2 may be 1234"):
        read_data("two.csv")
    assert list(read_data("two.csv", drop=["b"]).X.columns) == ["a"]
    assert read_data("two.csv", decimal=",").X["b"].tolist() == [1.234, 5.678]
    assert read_data("two.csv", thousands=",").X["b"].tolist() == [1234, 5678]


def test_text_labels_that_look_like_numbers_stay_text():
    Path("t.csv").write_text("a,y\n" + "1,1.0\n2,1.10\n3,x\n" * 4, "utf-8")
    schema = Schema.of_data(read_data("t.csv"))
    Path("later.csv").write_text("a,y\n1,1.10\n", "utf-8")
    assert dataset_of(read_new_data("later.csv", schema), schema).y.tolist() == ["1.10"]
    numbers = new_targets(pd.DataFrame({"y": [1, 2]}), "t", "multiclass", np.array(["1", "2", "x"], object), 1)
    assert numbers.tolist() == ["1", "2"]
    assert message_of(
        lambda: new_targets(pd.DataFrame({"y": [1.0, 1.1]}), "t", "multiclass", np.array(["1", "1.1", "x"], object), 1),
        DataError,
    ) == (
        "t: target 'y' is numeric, such as 1.1 in row 1, but the classes are text\n  hint: convert it with astype(str)"
    )


def test_classes_that_are_fractions_are_read_later():
    rows = "".join(f"{row},{row % 3 / 2}\n" for row in range(30))
    Path("t.csv").write_text("a,y\n" + rows, "utf-8")
    schema = Schema.of_data(read_data("t.csv", task="classification"))
    assert dataset_of(read_new_data("t.csv", schema), schema).y[:3].tolist() == ["0.0", "0.5", "1.0"]


def test_an_infinite_target_is_named():
    Path("infinite.csv").write_text("a,y\n1,2.5\n2,-inf\n3,4\n", "utf-8")
    assert message_of(lambda: read_data("infinite.csv"), DataError) == (
        "infinite.csv: target 'y' has an infinite value in line 3\n  hint: correct it, or drop the row"
    )
