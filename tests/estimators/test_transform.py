"""Embeddings: `transform` of each estimator returns the values of a layer, by scikit-learn's conventions."""

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from estimators import pairs
from estimators.each_estimator import CASES, EACH, LAST, ONE_EPOCH, fitted
from estimators.samples import classes, classifier, features, message_of, quantities, regressor
from nnbuild import NNClassifier, NNRegressor, NNTranslator
from nnbuild.train.common import model_cache as pool
from nnbuild.train.common.program_cache import Store
from nnbuild.train.common.tracing import FlatFunction


@EACH
def test_values_equal_those_of_a_keras_model_cut_at_the_layer(name):
    case, estimator = CASES[name], fitted(name)
    model = estimator.model_
    for layer in (case.last, *case.layers):
        cut = keras.Model(model.input, model.get_layer(layer).output)
        wanted = np.array(cut(case.arrays(estimator, case.X)))
        found = estimator.transform(case.X, layer=layer)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, wanted.reshape(len(case.X), -1), rtol=1e-5, atol=1e-6)
        names = estimator.get_feature_names_out(layer=layer)
        places = ["_".join(map(str, (layer, *place))) for place in np.ndindex(wanted.shape[1:])]
        assert (names.dtype, names.tolist()) == (object, places)


@EACH
def test_the_default_layer_is_before_the_output_layer(name):
    case, estimator = CASES[name], fitted(name)
    assert np.array_equal(estimator.transform(case.X), estimator.transform(case.X, layer=case.last))
    names = estimator.get_feature_names_out()
    assert names.tolist() == estimator.get_feature_names_out(layer=case.last).tolist()


@EACH
def test_values_do_not_depend_on_other_samples(name, monkeypatch):
    case, estimator = CASES[name], fitted(name)
    together = estimator.transform(case.X)
    rows = [case.X[row : row + 1] for row in range(len(case.X))]
    assert np.array_equal(np.concatenate([estimator.transform(row) for row in rows]), together)
    monkeypatch.setattr(pool, "MAX_BYTES", 1)
    assert np.array_equal(estimator.transform(case.X), together)  # in batches of 8


@pytest.mark.parametrize(("precision", "dtype"), [("float64", "float64"), ("mixed_bfloat16", "float32")])
def test_precision(precision, dtype):
    X, y = classes()
    estimator = classifier(precision=precision).fit(X, y)
    found = estimator.transform(X)
    wanted = keras.Model(estimator.model_.input, estimator.model_.get_layer(LAST).output)(X).numpy()
    assert found.dtype == dtype
    np.testing.assert_allclose(found, wanted.astype(dtype), rtol=1e-2 if "mixed" in precision else 1e-5)


class TestContainers:
    """`set_output`, pipelines and searches."""

    @pytest.mark.slow
    def test_pandas(self):
        X, y = classes()
        X = pd.DataFrame(X, columns=list("abcd"), index=range(10, 70))
        estimator = classifier().set_output(transform="pandas")
        for found, layer in ((estimator.fit_transform(X, y), LAST), (estimator.transform(X, layer="output"), "output")):
            assert found.index.tolist() == list(range(10, 70))
            assert found.columns.tolist() == estimator.get_feature_names_out(layer=layer).tolist()
            assert found.columns[0] == f"{layer}_0"
        assert list(estimator.fit_transform(X, y, layer="output")) == ["output_0", "output_1", "output_2"]
        with config_context(transform_output="default"):
            assert isinstance(estimator.transform(X), pd.DataFrame)  # set_output comes first

    def test_a_pipeline_passes_the_layer_by_metadata_routing(self):
        X, y = classes()
        with config_context(enable_metadata_routing=True):
            network = classifier().set_transform_request(layer=True)
            pipeline = make_pipeline(network, LogisticRegression()).fit(X, y, layer="input")
            assert pipeline[-1].n_features_in_ == 4
            wanted = LogisticRegression().fit(X.astype("float32"), y).predict(X)
            assert np.array_equal(pipeline.predict(X, layer="input"), wanted)

    @pytest.mark.slow
    def test_in_a_column_transformer(self):
        X, y = quantities()
        X = pd.DataFrame(X, columns=list("abcd"))
        columns = ColumnTransformer([("net", regressor(), ["a", "b"]), ("rest", "passthrough", ["d"])]).fit(X, y)
        names = [f"net__{LAST}_{unit}" for unit in range(8)] + ["rest__d"]
        assert columns.get_feature_names_out().tolist() == names
        wanted = regressor().fit(X[["a", "b"]], y).transform(X[["a", "b"]])
        assert np.array_equal(columns.transform(X), np.column_stack([wanted, X["d"]]))


class TestLayers:
    """Values and names of features."""

    def test_members_are_concatenated(self):
        X, y = quantities()
        ensemble = regressor(hidden=[2], n_members=3).fit(X, y)
        wanted = np.concatenate([member.transform(X) for member in ensemble.members_], axis=1)
        assert np.array_equal(ensemble.transform(X), wanted)
        names = [f"member_{member}_{LAST}_{unit}" for member in (1, 2, 3) for unit in (0, 1)]
        assert ensemble.get_feature_names_out().tolist() == names
        assert not np.allclose(wanted[:, :2], wanted[:, 2:4])

    def test_each_call_of_a_shared_layer_has_its_name(self):
        recipe = {
            "inputs": {"left": {}, "right": {}},
            "layers": [
                {"type": "Dense", "units": 3, "inputs": ["left"], "name": "tower"},
                {"type": "Shared", "node": "tower", "inputs": ["right"], "name": "again"},
                {"type": "Concatenate", "inputs": ["tower", "again"], "name": "both"},
            ],
        }
        X, y = classes()
        X = {"left": X[:, :2], "right": X[:, 2:]}
        estimator = NNClassifier(recipe, **ONE_EPOCH).fit(X, y)
        kernel, bias = estimator.model_.get_layer("tower").get_weights()
        for layer, name in (("tower", "left"), ("again", "right")):
            np.testing.assert_allclose(estimator.transform(X, layer), X[name] @ kernel + bias, rtol=1e-5, atol=1e-6)
            assert estimator.get_feature_names_out(layer=layer)[0] == f"{layer}_0"
        assert np.array_equal(estimator.transform(X)[:, 3:], estimator.transform(X, "again"))

    def test_an_output_of_several_layers(self):
        recipe = {
            "layers": [
                {"type": "Dense", "units": 1, "name": "a"},
                {"type": "Dense", "units": 1, "name": "b", "inputs": ["input"]},
                {"type": "Add", "inputs": ["a", "b"]},
            ],
            "outputs": "last",
        }
        X, y = quantities()
        estimator = NNRegressor(recipe, **ONE_EPOCH).fit(X, y)
        assert estimator.get_feature_names_out().tolist() == ["a_0", "b_0"]
        np.testing.assert_allclose(
            estimator.transform(X).sum(axis=1), estimator.transform(X, "add_1")[:, 0], rtol=1e-5, atol=1e-6
        )

    def test_columns_of_a_table_are_those_of_its_preparation(self):
        words = [f"w{number}" for number in range(40)] * 5
        table = pd.DataFrame({"age": np.arange(200.0) / 7, "city": ["Bern", "Chur"] * 100, "word": words})
        estimator = classifier().fit(table, np.arange(200) % 2)
        names = estimator.preparation_.feature_names
        assert names == ("age", "city=Bern", "city=Chur")
        found = estimator.transform(table, layer="input")
        assert np.array_equal(found[:, names.index("city=Chur")], np.arange(200) % 2)
        joined = estimator.transform(table, layer="input.table")
        assert np.array_equal(joined[:, :3], found)
        assert joined.shape[1] > 3

    def test_sparse_values_become_dense(self):
        look = {"type": "StringLookup", "vocabulary": ["a", "b"], "output_mode": "multi_hot", "sparse": True}
        words = {"inputs": {"word": {"shape": [1], "dtype": "string"}}, "layers": [{**look, "name": "look"}]}
        X = np.array([["a"], ["b"]] * 10, object)
        estimator = NNClassifier(words, **ONE_EPOCH).fit(X, np.arange(20) % 2)
        assert estimator.transform(X[:3], layer="look").tolist() == [[0, 1, 0], [0, 0, 1], [0, 1, 0]]
        assert message_of(lambda: estimator.transform(X, layer="word")) == (
            "layer 'word' returns text, but features must be numeric\n  hint: choose a layer after the text lookup"
        )

    def test_no_texts(self):
        assert fitted("NNLanguageModel").transform([]).shape == (0, 40)

    @pytest.mark.slow
    def test_a_translator_generates_only_for_layers_of_the_target(self, monkeypatch):
        estimator, X = fitted("NNTranslator"), pairs.X[:4]
        read = estimator.transform(X, "read")
        written = []
        monkeypatch.setattr(NNTranslator, "predict", lambda self, X: written.append(len(X)) or np.array(["1"] * len(X)))
        assert np.array_equal(estimator.transform(X, "read"), read)
        assert written == []
        assert estimator.transform(X, "target")[:, 1:].any(axis=1).all()
        assert written == [4]


@pytest.fixture
def compiled(monkeypatch):
    """The programs that are made, in a store that was empty."""
    made = []
    monkeypatch.setattr(pool, "FlatFunction", lambda *parts: made.append(FlatFunction(*parts)) or made[-1])
    monkeypatch.setattr(pool, "_programs", Store(pool.MAX_PROGRAMS))
    return made


def test_each_layer_has_one_program(compiled):
    X, y = classes()
    first, second = classifier().fit(X, y), classifier(random_state=1).fit(X, y)
    for estimator in (first, second):
        for n_rows in (1, 9, 60):
            estimator.transform(X[:n_rows])
            estimator.transform(X[:n_rows], layer="output")
            estimator.get_feature_names_out()
    assert len(compiled) == 2


class TestErrors:
    def test_unknown_layers(self):
        estimator = fitted("NNClassifier")
        wanted = (
            "unknown layer 'repeat_1.1.dense'\n"
            "  allowed: input, output, repeat_1.1.dense_1, repeat_1.1.dropout_1\n"
            "  hint: did you mean 'repeat_1.1.dense_1'?"
        )
        assert message_of(lambda: estimator.transform(features(2), layer="repeat_1.1.dense")) == wanted
        assert message_of(lambda: estimator.get_feature_names_out(layer="repeat_1.1.dense")) == wanted

    @pytest.mark.parametrize("layer", [-1, ["output"]], ids=str)
    def test_layer_must_be_a_name(self, layer):
        wanted = f"layer must be the name of a layer, got {layer!r}"
        assert message_of(lambda: fitted("NNClassifier").transform(features(2), layer=layer)) == wanted

    def test_an_axis_without_fixed_length(self):
        recipe = {"inputs": {"series": {"shape": [None, 3]}}, "layers": [{"type": "GRU", "units": 4}]}
        X, (_, y) = np.random.default_rng(0).normal(size=(60, 6, 3)), classes()
        estimator = NNClassifier(recipe, **ONE_EPOCH).fit(X, y)
        assert estimator.transform(X[:, :5]).shape == (60, 4)
        wanted = (
            "layer 'series' gives values of shape (None, 3) per sample, but features must have a fixed length\n"
            "  hint: choose a layer after a pooling layer, or set a fixed shape of the input"
        )
        assert message_of(lambda: estimator.transform(X, layer="series")) == wanted
        assert message_of(lambda: estimator.get_feature_names_out(layer="series")) == wanted

    def test_one_class(self):
        estimator = classifier().fit(features(), np.zeros(60))
        wanted = "there is no network, because y had only one class"
        assert message_of(lambda: estimator.transform(features())) == wanted
        assert message_of(estimator.get_feature_names_out) == wanted

    def test_names_of_other_features(self):
        X, y = classes()
        estimator = classifier().fit(pd.DataFrame(X, columns=list("abcd")), y)
        assert len(estimator.get_feature_names_out(list("abcd"))) == 8
        wanted = "input_features is not equal to feature_names_in_"
        assert message_of(lambda: estimator.get_feature_names_out(list("abce"))) == wanted
