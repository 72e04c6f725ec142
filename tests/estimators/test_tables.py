"""DataFrames: preparations are fitted on the training set and saved with the model."""

import zipfile

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import cross_val_score, cross_validate

import nnbuild
from estimators.samples import message_of
from few import few_of
from nnbuild import NNClassifier, NNRegressor
from nnbuild.plan import describe
from nnbuild.saved import archive
from plain import PLAIN

N = 240
SMALL = {"hidden": [8], "epochs": 12, "learning_rate": 0.02, "random_state": 0}


@pytest.fixture(scope="module")
def table():
    """Numbers, text, booleans, dates and a column of many categories, some missing; and labels that depend on them."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "size": rng.normal(100, 20, N),
            "colour": rng.choice(["red", "green", "blue"], N),
            "new": rng.choice([True, False], N),
            "since": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 700, N), unit="D"),
            "city": rng.choice([f"city {i}" for i in range(30)], N),
        }
    )
    label = np.where((frame["colour"] == "red") | (frame["size"] > 110), "yes", "no")
    frame.loc[rng.choice(N, 20, replace=False), "size"] = np.nan
    frame.loc[rng.choice(N, 20, replace=False), "colour"] = None
    return frame, label


@pytest.fixture(scope="module")
def fitted(table):
    X, y = table
    return NNClassifier(PLAIN, **SMALL).fit(X, y)


@pytest.mark.slow
def test_scores_of_a_table(table):
    X, y = table
    assert cross_val_score(NNClassifier(PLAIN, **{**SMALL, "epochs": 30}), X, y, cv=3).mean() > 0.75


def test_the_resolved_network_has_the_prepared_inputs(fitted):
    assert {name: value["kind"] for name, value in fitted.recipe_.inputs.items()} == {
        "input": "table",
        "input.codes_1": "codes",
    }
    assert fitted.recipe_.inputs["input.codes_1"]["column"] == "city"
    assert [node.name for node in fitted.recipe_.nodes][:2] == ["input.embedding_1", "input.table"]
    assert fitted.n_features_in_ == 5
    assert list(fitted.feature_names_in_) == ["size", "colour", "new", "since", "city"]


def test_the_numeric_columns_are_passed_to_the_plan(table, monkeypatch):
    requests = []
    build = describe.assemble
    monkeypatch.setattr(describe, "assemble", lambda request: requests.append(request) or build(request))
    estimator = NNClassifier(PLAIN, **{**SMALL, "hidden": [3], "epochs": 1}).fit(*table)
    assert [request.numeric_columns for request in requests] == [
        {"input": estimator._fitted.preparation.numeric_columns}
    ]


def test_validation_rows_are_prepared_alike(table):
    X, y = table
    own = NNClassifier(PLAIN, **SMALL).fit(X[:180], y[:180], X_val=X[180:], y_val=y[180:])
    split = NNClassifier(PLAIN, **SMALL, validation_fraction=0.25, validation="last").fit(X, y)
    assert own.history_.curves == split.history_.curves
    assert own.preparation_ == split.preparation_ != NNClassifier(PLAIN, **SMALL).fit(X, y).preparation_


def test_unknown_categories_at_predict(fitted, table):
    X = table[0].head(5).assign(city="elsewhere", colour="violet")
    assert fitted.predict_proba(X).shape == (5, 2)
    assert fitted.predict(X.head(0)).shape == (0,)


def test_warm_start_keeps_the_preparation(table):
    X, y = table
    estimator = NNClassifier(PLAIN, **SMALL, warm_start=True).fit(X, y)
    before = estimator._fitted.preparation
    assert estimator.fit(X.head(100), y[:100])._fitted.preparation is before


def test_settings_prepare_arrays_too():
    rng = np.random.default_rng(1)
    X = rng.normal(1000, 300, (120, 3))
    y = X[:, 0] - X[:, 1]
    plain, asked = (
        NNRegressor(PLAIN, **SMALL, prepare=prepare).fit(X, y) for prepare in ("auto", {"scale": "standard"})
    )
    assert plain.recipe_.inputs["input"]["kind"] == "tensor"
    assert asked.recipe_.inputs["input"]["kind"] == "table"
    assert asked.score(X, y) > 0.9 > plain.score(X, y)


class TestFramesOfPlainNumbers:
    """Frames are prepared and arrays are not, whatever their values."""

    frame = pd.DataFrame(np.random.default_rng(2).normal(50, 20, (90, 2)), columns=["a", "b"])
    y = (frame["a"] > 50).to_numpy().astype(int)

    @pytest.mark.parametrize("missing", few_of([0, 1], 1))
    def test_auto_prepares_in_every_fold(self, missing):
        frame = self.frame.copy()
        frame.iloc[:missing, 0] = np.nan  # in the training rows of two folds of three
        folds = cross_validate(NNClassifier(PLAIN, **SMALL), frame, self.y, cv=3, return_estimator=True)["estimator"]
        assert [fold.recipe_.inputs["input"]["kind"] for fold in folds] == ["table"] * 3
        n_outputs = [3, 3, 2] if missing else [2] * 3
        assert sorted((fold.recipe_.inputs["input"]["shape"][0] for fold in folds), reverse=True) == n_outputs
        centers = [fold._fitted.preparation.steps[0].center for fold in folds]
        assert len(set(centers)) == 3  # of three training sets

    def test_none_gives_the_bits_of_the_array(self):
        frame, array = (
            NNClassifier(PLAIN, **SMALL, prepare=None).fit(X, self.y) for X in (self.frame, self.frame.to_numpy())
        )
        assert frame.recipe_ == array.recipe_
        np.testing.assert_array_equal(frame.predict_proba(self.frame), array.predict_proba(self.frame.to_numpy()))
        auto = NNClassifier(PLAIN, **SMALL).fit(self.frame.to_numpy(), self.y)  # for an array, "auto" is the same
        np.testing.assert_array_equal(auto.predict_proba(self.frame.to_numpy()), frame.predict_proba(self.frame))


def test_columns_of_a_list_have_their_own_types():
    rows = [[float(i), "red" if i % 3 else "blue"] for i in range(30)]
    estimator = NNClassifier(PLAIN, **SMALL, prepare={}).fit(rows, np.arange(30) % 2)
    assert [line.partition(",")[0] for line in estimator._fitted.preparation.summary()] == [
        "0: number",
        "1: one-hot of 2 categories",
    ]
    assert estimator.predict(rows[:4]).shape == (4,)


def test_invalid_tables_raise():
    estimator = NNClassifier(PLAIN, **SMALL, prepare={})
    assert message_of(lambda: estimator.fit(np.zeros((12, 2, 2)), np.arange(12) % 2)) == (
        "X has samples of shape (2, 2), but the recipe has an input of kind 'table'\n"
        "  allowed: a DataFrame, or an array of shape (n_samples, n_columns)\n"
        "  hint: use recipe='auto', or a recipe for images, such as 'small_cnn', or for series, such as 'gru'"
    )
    assert message_of(lambda: estimator.fit(["so it goes", "b"] * 6, np.arange(12) % 2)) == (
        "X contains text, such as 'so it goes', but the recipe has an input of kind 'table'\n"
        "  hint: use recipe='auto' or 'text_mlp', or pass categories as a DataFrame"
    )


def test_an_input_of_kind_table_without_preparation():
    recipe = {"inputs": {"x": {"kind": "table"}}, "layers": [{"type": "Dense", "units": 4}]}
    X = np.random.default_rng(0).normal(size=(N, 3))
    estimator = NNClassifier(recipe, epochs=1, random_state=0, prepare=None).fit(X, np.arange(N) % 2)
    assert estimator._fitted.kinds == {}
    assert estimator.predict(X).shape == estimator.predict(pd.DataFrame(X)).shape == (N,)


def test_settings_in_the_recipe(table):
    recipe = {"inputs": {"x": {"kind": "table", "max_onehot": 40}}, "layers": [{"type": "Dense", "units": 4}]}
    estimator = NNClassifier(recipe, epochs=1, random_state=0).fit(*table)
    assert list(estimator.recipe_.inputs) == ["x"]  # 30 cities are one-hot now


def test_prepare_none_prepares_nothing(table):
    X, y = table
    with pytest.raises(ValueError, match="could not convert string to float"):
        NNClassifier(PLAIN, **SMALL, prepare=None).fit(X, y)
    numbers = X[["size"]].fillna(0.0)
    estimator = NNClassifier(PLAIN, **SMALL, prepare=None).fit(numbers, y)
    assert estimator.recipe_.inputs["input"]["kind"] == "tensor"


def test_other_values_of_prepare_raise(table):
    with pytest.raises(ValueError, match=r"^prepare must be 'auto', None or a dict of settings, got 3$"):
        NNClassifier(PLAIN, **SMALL, prepare=3).fit(*table)


def test_one_class_takes_a_table(table, tmp_path):
    X, _ = table
    estimator = NNClassifier(PLAIN, **SMALL).fit(X, np.full(N, "only"))
    assert set(estimator.partial_fit(X, np.full(N, "only")).predict(X)) == {"only"}
    assert set(estimator.predict(X)) == {"only"}
    estimator.save(tmp_path / "one.nnb")
    assert set(nnbuild.load(tmp_path / "one.nnb").predict(X)) == {"only"}


@pytest.mark.slow
def test_wide_and_deep_take_one_table(table):
    X, y = table
    small = {"hidden": [8], "epochs": 12, "learning_rate": 0.02, "random_state": 0}
    one = NNClassifier("wide_and_deep", **small).fit(X, y)
    assert one.preparation_["wide"] == one.preparation_["deep"]
    assert one.score(X, y) > 0.75
    parts = NNClassifier("wide_and_deep", **small).fit({"wide": X, "deep": X}, y)
    np.testing.assert_array_equal(one.predict_proba(X), parts.predict_proba({"wide": X, "deep": X}))
    narrow = NNClassifier("wide_and_deep", **small).fit({"wide": X[["colour"]], "deep": X}, y)
    assert narrow.preparation_["wide"].columns == ("colour",)
    assert message_of(lambda: one.predict(X.drop(columns="size"))).startswith("The feature names should match")
    arrays = {"wide": np.eye(4), "deep": np.eye(4)}
    raw = NNClassifier("wide_and_deep", **small, prepare=None).fit(arrays, [0, 1, 0, 1])
    assert raw.preparation_ is None


@pytest.mark.slow
@pytest.mark.parametrize("prepare", ["auto", None])
def test_a_model_of_two_tables_from_one_is_saved(table, tmp_path, prepare):
    X, y = table
    X = X if prepare else pd.DataFrame({"a": np.arange(N) / N, "b": 1.0})
    model = NNClassifier("wide_and_deep", hidden=[8], epochs=1, prepare=prepare).fit(X, y)
    model.save(tmp_path / "m.nnb")
    loaded = nnbuild.load(tmp_path / "m.nnb")
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))


@pytest.mark.slow
def test_a_model_of_a_table_with_very_long_names_is_saved(tmp_path, monkeypatch):
    X = pd.DataFrame({letter * 2**20: np.arange(20.0) for letter in "abc"})
    model = NNClassifier(PLAIN, hidden=[2], epochs=1).fit(X, [0, 1] * 10)
    path, packed = tmp_path / "m.nnb", tmp_path / "packed.nnb"
    model.save(path)
    np.testing.assert_array_equal(nnbuild.load(path).predict_proba(X), model.predict_proba(X))
    with zipfile.ZipFile(path) as stored, zipfile.ZipFile(packed, "w") as other:
        n_bytes = stored.getinfo("features.json").file_size
        for info in stored.infolist():
            kind = zipfile.ZIP_DEFLATED if info.filename == "features.json" else info.compress_type
            other.writestr(info.filename, stored.read(info), kind)
    assert n_bytes > 4 * 2**20
    found = f"features.json has {n_bytes} bytes; at most 4194304 are allowed"
    assert message_of(lambda: nnbuild.load(packed)) == f"{packed}: {found}"
    monkeypatch.setitem(archive.STORED_LIMITS, "features.json", 5 * 2**20)
    found = f"can't be written: features.json would have {n_bytes} bytes; at most 5242880 are allowed"
    assert message_of(lambda: model.save(path)) == f"{path}: {found}"


def test_a_table_for_inputs_of_no_kind(table):
    X, y = table
    layers = [{"type": "Concatenate", "inputs": ["left", "right"]}]
    recipe = {"inputs": {"left": {}, "right": {}}, "layers": layers}
    assert message_of(lambda: NNClassifier(recipe).fit(X, y)) == (
        "X must be a dict with an array for each input of the recipe: left, right\n"
        '  hint: set "kind": "table" for inputs in the recipe to pass all columns to each of them'
    )
