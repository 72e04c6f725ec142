"""Later files are read with the notations of the training file."""

import csv
import json
import random
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nnbuild
from estimators.samples import message_of
from nnbuild import DataError, NNClassifier, Recipe
from nnbuild.estimators.fitted import keep_notations
from nnbuild.inputs.notations import Notation
from nnbuild.runs.data.estimator import estimator_for
from nnbuild.runs.data.new_data import Schema, dataset_of, read_new_data
from nnbuild.runs.data.reading import read_data

N = 60
LAYERS = {"nnbuild": 1, "layers": [{"type": "Dense", "units": 4}]}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def columns_of_every_kind(rng: random.Random) -> dict[str, list[str]]:
    """Text of columns of every kind and notation; some rows alone would be read differently."""

    def some(*texts: str) -> list[str]:
        return [*texts, *rng.choices(texts, k=N - len(texts))]

    columns = {
        "plain": some(*(f"{rng.gauss(0, 9):.3f}" for _ in range(20)), "", "NA", "7"),
        "whole": some("1", "2", "3", "1.0"),
        "versions": some("1.0", "1.1", "1.10", "beta"),
        "codes": some("007", "12", "7", ""),
        "many": some(*(f"{number}.{number % 10}0" for number in range(29)), "x"),
        "flag": some("True", "False", ""),
        "day": some("2024-01-31", "2023-05-04", ""),
        "zoned": some("2024-01-31T10:00Z", "2024-02-01T10:00+02:00"),
        "american": some("03/14/2015", "01/02/2015", "11/12/2014"),
        "german": some("31.01.2024", "01.02.2024", ""),
        "dollars": some("$1,234.50", "$1,234", "$7"),
        "commas": some("1,5", "1,234", "12"),
        "groups": some("1,234", "2,345,678", "12"),
        "percent": some("12.3%", "4%", ""),
        "words": some("NA", "null", "yes", "True", "1"),
        "empty": [""] * N,
        "one": ["1"] * N,
        "name": [f"{number}" if number else "person" for number in range(N)],
    }
    for texts in columns.values():
        rng.shuffle(texts)
    return columns


def write_rows(name: str, columns: dict[str, list[str]], rows) -> None:
    with open(name, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([texts[row] for texts in columns.values()] for row in rows)


def trained(source: str, recipe: object = LAYERS, prepare: object = "auto", **reading: object):
    """A model that was trained on a file, saved and loaded; and its data."""
    loaded = recipe if isinstance(recipe, Recipe) else Recipe.from_dict(recipe)
    data = read_data(source, inputs=loaded.network.inputs, **reading)
    estimator = estimator_for(loaded, data, epochs=1, random_state=0, prepare=prepare)
    estimator.fit(data.X, data.y)
    keep_notations(estimator, data.notations)
    estimator.save("m.nnb", notes={"targets": list(data.targets)})
    return nnbuild.load("m.nnb"), data


def schema_of(estimator) -> Schema:
    return Schema.of_model(estimator, {"targets": ["y"]})


def test_any_rows_of_a_file_get_the_same_predictions():
    rng = random.Random(0)
    columns = columns_of_every_kind(rng)
    columns["y"] = [rng.choice(["1.0", "1.10", "no"]) for _ in range(N)]
    write_rows("all.csv", columns, range(N))
    estimator, data = trained("all.csv")
    schema = schema_of(estimator)
    everything = estimator.predict_proba(data.X)
    assert np.array_equal(everything, estimator.predict_proba(read_new_data("all.csv", schema).X))
    for _ in range(25):
        rows = rng.sample(range(N), rng.choice([1, 1, 2, 3, 10, 40]))
        write_rows("some.csv", columns, rows)
        for like in (schema, Schema.of_data(data)):  # of a model, and of --test-data
            later = dataset_of(read_new_data("some.csv", like), like)
            assert later.y.tolist() == [columns["y"][row] for row in rows]
        assert np.array_equal(estimator.predict_proba(later.X), everything[rows])


@pytest.mark.parametrize("target", [["$1,234", "$7.50", "$99"], ["12%", "5%", "7.5%"]], ids=str)
def test_targets_are_read_as_in_the_training(target):
    columns = {"a": [str(row) for row in range(N)], "y": target * 20}
    write_rows("all.csv", columns, range(N))
    estimator, data = trained("all.csv")
    assert data.task == "regression"
    write_rows("some.csv", columns, [0])
    assert dataset_of(read_new_data("some.csv", schema_of(estimator)), schema_of(estimator)).y.tolist() == [data.y[0]]


def test_columns_that_are_not_prepared_are_read_as_in_the_training():
    columns = {"a": ["1,5", "1,234", "2"] * 20, "b": ["7%", "8%", "9%"] * 20, "y": ["p", "q", "p"] * 20}
    write_rows("all.csv", columns, range(N))
    estimator, data = trained("all.csv", prepare=None)
    assert estimator.preparation_ is None
    write_rows("some.csv", columns, [1])
    later = read_new_data("some.csv", schema_of(estimator))
    assert later.X.to_numpy().tolist() == [[1.234, 0.08]]
    assert np.array_equal(estimator.predict_proba(later.X), estimator.predict_proba(data.X)[[1]])


def test_texts_that_are_numbers_stay_texts_for_an_input_of_texts():
    recipe = {
        "nnbuild": 1,
        "inputs": {"words": {"kind": "text", "output_mode": "multi_hot"}, "rest": {"kind": "table"}},
        "layers": [{"type": "Concatenate", "inputs": ["words", "rest"]}, {"type": "Dense", "units": 4}],
    }
    columns = {"words": ["12", "7", "12 7"] * 20, "a": ["1", "2", "3"] * 20, "y": ["p", "q", "p"] * 20}
    write_rows("all.csv", columns, range(N))
    estimator, data = trained("all.csv", recipe)
    write_rows("some.csv", columns, [0, 1])
    later = read_new_data("some.csv", schema_of(estimator))
    assert later.X["words"].tolist() == ["12", "7"]
    assert np.array_equal(estimator.predict_proba(later.X), estimator.predict_proba(data.X)[:2])


def test_ids_that_are_new_may_be_of_another_kind():
    recipe = {
        "nnbuild": 1,
        "inputs": {"user": {"kind": "ids"}},
        "layers": [{"type": "Embedding", "input_dim": "auto", "output_dim": 2}, {"type": "Dense", "units": 4}],
    }
    columns = {"user": ["1", "2", "3"] * 20, "y": ["p", "q", "p"] * 20}
    write_rows("all.csv", columns, range(N))
    estimator, data = trained("all.csv", recipe)
    assert data.X["user"].dtype == "int64"
    write_rows("some.csv", {"user": ["2", "anna", "9"]}, range(3))
    later = read_new_data("some.csv", schema_of(estimator))
    found = estimator.predict_proba(later.X)
    assert np.array_equal(found[0], estimator.predict_proba(data.X)[1])
    assert np.array_equal(found[1], found[2])  # unknown ones


def test_targets_are_not_read_to_predict():
    columns = {"a": [str(row) for row in range(N)], "y": [f"{row}.5" for row in range(N)]}
    write_rows("all.csv", columns, range(N))
    schema = schema_of(trained("all.csv")[0])
    Path("later.csv").write_text("a,y\n1,to be predicted\n", "utf-8")
    later = read_new_data("later.csv", schema, with_targets=False)
    assert (later.targets, later.ignored) == (None, ())
    with pytest.raises(DataError, match="column 'y': 'to be predicted' in line 2 is not a number"):
        read_new_data("later.csv", schema)


def test_a_dropped_column_may_contain_anything():
    columns = {"a": [str(row) for row in range(N)], "none": [""] * N, "y": ["p", "q", "p"] * 20}
    write_rows("all.csv", columns, range(N))
    estimator, _ = trained("all.csv")
    Path("later.csv").write_text("a,none\n1,anything\n2,7\n", "utf-8")
    assert len(estimator.predict(read_new_data("later.csv", schema_of(estimator)).X)) == 2


def stripped(document: dict) -> dict:
    """Return features.json as earlier versions wrote it."""
    document.pop("notations")
    for column in document["preparation"]["input"]["columns"]:
        column.pop("of", None)
    return document


def test_models_of_earlier_versions_read_files_as_before():
    columns = {"codes": ["1", "2", "x"] * 20, "n": ["1.5", "2", "NA"] * 20, "y": ["p", "q", "p"] * 20}
    write_rows("all.csv", columns, range(N))
    estimator, data = trained("all.csv")
    with zipfile.ZipFile("m.nnb") as new, zipfile.ZipFile("old.nnb", "w") as old:
        for info in new.infolist():
            content = new.read(info)
            if info.filename == "features.json":
                content = json.dumps(stripped(json.loads(content))).encode()
            old.writestr(info, content)
    earlier = nnbuild.load("old.nnb")
    assert np.array_equal(earlier.predict_proba(data.X), estimator.predict_proba(data.X))
    Path("later.csv").write_text("codes,n\n1.0,1.5\n2,NA\n", "utf-8")
    later = read_new_data("later.csv", schema_of(earlier))
    assert later.X["codes"].tolist() == [1.0, 2.0]
    assert np.array_equal(earlier.predict_proba(later.X)[:1], estimator.predict_proba(data.X)[:1])
    assert list(read_new_data("later.csv", schema_of(estimator)).X["codes"]) == ["1.0", "2"]


@pytest.mark.parametrize(
    "values, later, texts",
    [
        (["1.0", "1.10", "x"], "1.0\n1.10\n", ["1.0", "1.10"]),
        (pd.Categorical([1, 2, 3]), "1.0\n2\n", [1.0, 2.0]),
        ([1.5, 2, 3], "NA\n007\n", [None, 7]),
        ([True, False, True], "1.0\nFalse\n0\n", [True, False, False]),
    ],
    ids=["text", "categories of numbers", "numbers", "booleans"],
)
def test_a_model_trained_in_python_reads_files_by_its_preparation(values, later, texts):
    frame = pd.DataFrame({"v": pd.Series(values).repeat(20).reset_index(drop=True), "n": range(N)})
    NNClassifier(LAYERS, epochs=1).fit(frame, ["p", "q", "p"] * 20).save("m.nnb")
    Path("later.csv").write_text("v,n\n" + "".join(f"{line},1\n" for line in later.split()), "utf-8")
    found = read_new_data("later.csv", schema_of(nnbuild.load("m.nnb"))).X["v"]
    assert found.astype(object).where(found.notna(), None).tolist() == texts


DAYS = pd.date_range("2024-01-01", periods=3)


@pytest.mark.parametrize(
    "values, text, found, expected",
    [
        ([1.5, 2, 3], "1.234,5", "not a number", "numbers"),
        ([True, False, True], "yes", "not a boolean", "booleans"),
        (DAYS, "2020-02-30", "not a date", "dates such as 2024-01-31"),
        (DAYS, "2020-02-01 10:00Z", "a date with a time zone", "dates without one"),
        (DAYS.tz_localize("UTC"), "2020-02-01", "a date without a time zone", "dates with one"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_model_trained_in_python_has_no_notations(values, text, found, expected):
    frame = pd.DataFrame({"v": pd.Series(values).repeat(20).reset_index(drop=True), "n": range(N)})
    estimator = NNClassifier(LAYERS, epochs=1).fit(frame, ["p", "q", "p"] * 20)
    Path("later.csv").write_text(f'v,n\n"{text}",1\n', "utf-8")
    assert message_of(lambda: read_new_data("later.csv", schema_of(estimator)), DataError) == (
        f"later.csv: column 'v': '{text}' in line 2 is {found}, but the training file contained {expected}\n"
        "  hint: correct it, or leave the field empty if the value is missing"
    )


def test_notations_stay_in_a_model_that_is_saved_again():
    write_rows("all.csv", {"a": ["$1", "$2", "$3"] * 20, "y": ["p", "q", "p"] * 20}, range(N))
    estimator, data = trained("all.csv")
    assert estimator._fitted.notations == data.notations
    assert data.notations == {"a": Notation("number", currency="$"), "y": Notation("text")}
    first = Path("m.nnb").read_bytes()
    estimator.save("m.nnb", notes={"targets": ["y"]})
    assert Path("m.nnb").read_bytes() == first


def test_damaged_notations_are_refused():
    write_rows("all.csv", {"a": ["$1", "$2", "$3"] * 20, "y": ["p", "q", "p"] * 20}, range(N))
    trained("all.csv")
    with zipfile.ZipFile("m.nnb") as new, zipfile.ZipFile("bad.nnb", "w") as bad:
        for info in new.infolist():
            content = new.read(info)
            bad.writestr(info, content.replace(b'"currency": "$"', b'"currency": 12'))
    with pytest.raises(nnbuild.ModelFileError) as caught:
        nnbuild.load("bad.nnb")
    assert str(caught.value) == "bad.nnb: features.json: notations[0]: currency: must be a string, got 12"
