"""Networks that start from the weights and preparations of a fitted one."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import nnbuild
from few import few_of
from nnbuild import NNClassifier, NNRegressor
from nnbuild.errors import show
from nnbuild.saved.archive import ModelFileError
from plain import PLAIN

X, y = load_iris(return_X_y=True)
SMALL = {"epochs": 2, "random_state": 0}
PIPELINE = make_pipeline(StandardScaler(), NNClassifier(PLAIN))


def trunk(units=8, trainable=True, head=()):
    layers = [
        {"type": "Dense", "units": 6, "activation": "relu", "name": "low", "trainable": trainable},
        {"type": "Dense", "units": units, "activation": "relu", "name": "high", "trainable": trainable},
        *head,
    ]
    return {"layers": layers}


def words(length=5, **settings):
    inputs = {"text": {"kind": "text", "output_sequence_length": length, **settings}}
    embedding = {"type": "Embedding", "input_dim": "auto", "output_dim": 3, "name": "words", "trainable": False}
    return {"inputs": inputs, "layers": [embedding, {"type": "GlobalAveragePooling1D"}]}


def weights_of(estimator, layer):
    return estimator.model_.get_layer(layer).get_weights()


@pytest.fixture(scope="module")
def quantities():
    """A regression of two columns from the other two, by the trunk."""
    return NNRegressor(trunk(), **SMALL).fit(X, X[:, 2:])


@pytest.fixture(scope="module")
def read():
    """A network trained on texts."""
    texts = ["the cat sat", "a dog ran", "the dog sat", "a cat ran"] * 3
    return NNClassifier(words(), **SMALL).fit(texts, [0, 1] * 6)


@pytest.mark.parametrize("engine", few_of(["keras", "compiled"], "compiled"))
def test_frozen_layers_keep_the_pretrained_weights(quantities, engine):
    given = NNClassifier(trunk(trainable=False), pretrained=quantities, engine=engine, **SMALL).fit(X, y)
    assert given.pretrained_layers_ == ("low", "high")  # the output has three units here, and two there
    for layer in given.pretrained_layers_:
        for ours, theirs in zip(weights_of(given, layer), weights_of(quantities, layer), strict=True):
            np.testing.assert_array_equal(ours, theirs)
    start = nnbuild.build(given.recipe_, seed=0).get_layer("output").get_weights()[0]
    assert not np.array_equal(weights_of(given, "output")[0], start)  # it was trained


@pytest.mark.parametrize(
    "layer",
    [
        {"type": "MultiHeadAttention", "num_heads": 2, "key_dim": 2},
        {"type": "Bidirectional", "layer": {"type": "LSTM", "units": 2, "return_sequences": True}},
    ],
    ids=lambda layer: layer["type"],
)
def test_layers_inside_a_frozen_layer_are_frozen(layer):
    recipe = {"layers": [{**layer, "name": "body", "trainable": False}, {"type": "GlobalAveragePooling1D"}]}
    model = nnbuild.build(recipe, (4, 3), n_outputs=3, seed=0)
    assert [variable.path for variable in model.trainable_variables] == ["output/kernel", "output/bias"]
    body = nnbuild.describe(recipe, (4, 3), n_outputs=3).steps[0]
    assert (body.n_trainable, body.n_other) == (0, sum(value.size for value in weights_in(model, "body")))


def weights_in(model, layer):
    return model.get_layer(layer).get_weights()


@pytest.mark.slow
def test_engines_agree_on_trainable_layers(quantities):
    one, other = (
        NNClassifier(trunk(), pretrained=quantities, engine=engine, **SMALL) for engine in ("keras", "compiled")
    )
    found, wanted = one.fit(X, y).predict_proba(X), other.fit(X, y).predict_proba(X)
    np.testing.assert_allclose(found, wanted, atol=1e-5)
    fresh = NNClassifier(trunk(), **SMALL).fit(X, y).predict_proba(X)
    assert np.abs(found - fresh).max() > 0.01
    assert not np.array_equal(weights_of(one, "low")[0], weights_of(quantities, "low")[0])


def test_layers_of_other_shapes_are_initialized(quantities):
    wider = NNClassifier(trunk(units=9), pretrained=quantities, **SMALL).fit(X, y)
    assert wider.pretrained_layers_ == ("low",)
    assert not hasattr(NNClassifier(trunk(), **SMALL).fit(X, y), "pretrained_layers_")


def test_no_layer_in_common_raises(quantities):
    other = {"layers": [{"type": "Dense", "units": 4, "name": "low"}, {"type": "Dense", "units": 5}]}
    message = (
        "no layer has the same name and the same weight shapes in pretrained and in this network\n"
        "  layers of pretrained: high 6x8 + 8, low 4x6 + 6, output 8x2 + 2\n"
        "  layers of this network: dense_1 4x5 + 5, low 4x4 + 4, output 5x3 + 3\n"
        "  hint: set the same 'name' in both recipes for the layers to transfer"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        NNClassifier(other, pretrained=quantities, **SMALL).fit(X, y)


@pytest.mark.slow
def test_the_vocabulary_of_pretrained_is_kept(read):
    later = NNClassifier(words(length=4), pretrained=read, **SMALL).fit(["new words sat", "a cat"] * 4, ["b", "a"] * 4)
    assert later.preparation_.tokens == read.preparation_.tokens
    assert later.preparation_.output_sequence_length == 4
    np.testing.assert_array_equal(weights_of(later, "words")[0], weights_of(read, "words")[0])
    assert NNClassifier(words(), **SMALL).fit(["new words"] * 4, [0, 1] * 2).preparation_.tokens == ("words", "new")


def test_the_vocabulary_of_another_input_is_not_transferred(read):
    """Also with as many words: rows of the embedding would belong to other words."""
    recipe = words()
    other = {**recipe, "inputs": {"review": recipe["inputs"]["text"]}}
    texts = ["new words", "some words", "here it is"] * 2
    later = NNClassifier(other, pretrained=read, **SMALL).fit(texts, [0, 1] * 3)
    assert weights_of(later, "words")[0].shape == weights_of(read, "words")[0].shape
    assert later.pretrained_layers_ == ("output",)
    alone = NNClassifier(other, **SMALL).fit(texts, [0, 1] * 3)
    np.testing.assert_array_equal(weights_of(later, "words")[0], weights_of(alone, "words")[0])


def test_other_settings_of_an_input_raise(read):
    message = (
        "max_tokens of input 'text' is 9, but null in pretrained\n"
        "  hint: remove max_tokens or set the same value; the vocabulary of pretrained is kept"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        NNClassifier(words(max_tokens=9), pretrained=read, **SMALL).fit(["a cat", "the dog"] * 2, [0, 1] * 2)


@pytest.mark.slow
def test_the_output_mode_of_pretrained_is_kept():
    layers = [{"type": "Dense", "units": 3, "name": "words"}]
    bag = {"inputs": {"text": {"kind": "text", "output_mode": "multi_hot"}}, "layers": layers}
    texts = ["a cat", "the dog"] * 4
    counted = NNClassifier(bag, **SMALL).fit(texts, [0, 1] * 4)
    plain = {"inputs": {"text": {"kind": "text"}}, "layers": layers}
    assert (
        NNClassifier(plain, pretrained=counted, **SMALL).fit(texts, [0, 1] * 4).preparation_.output_mode == "multi_hot"
    )
    message = (
        "input 'text' has an output_sequence_length, but output_mode 'multi_hot' in pretrained, "
        "with a value for each token of the vocabulary\n  hint: remove output_sequence_length"
    )
    in_order = {"inputs": {"text": {"kind": "text", "output_sequence_length": 8}}, "layers": layers}
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        NNClassifier(in_order, pretrained=counted, **SMALL).fit(texts, [0, 1] * 4)


def test_preparations_of_ids_and_tables_are_kept():
    recipe = {
        "inputs": {"who": {"kind": "ids"}, "rest": {"kind": "table"}},
        "layers": [
            {"type": "Embedding", "input_dim": "auto", "output_dim": 3, "inputs": ["who"], "name": "people"},
            {"type": "Concatenate", "inputs": ["people", "rest"]},
            {"type": "Dense", "units": 4, "name": "low"},
        ],
    }
    table = pd.DataFrame(
        {"who": ["ann", "bob", "cid"] * 4, "size": np.arange(12.0), "town": ["Bern", "Chur", "Genf"] * 4}
    )
    first = NNClassifier(recipe, **SMALL).fit(table, [0, 1] * 6)
    other = table.assign(who=["bob", "dan", "eve"] * 4, town=["Chur", "Genf", "Visp"] * 4, size=table["size"] * 10)
    later = NNClassifier(recipe, pretrained=first, **SMALL).fit(other, [0, 1] * 6)
    assert later.preparation_ == first.preparation_
    assert later.pretrained_layers_ == ("people", "low", "output")
    message = "input 'text' has kind 'ids', but 'text' in pretrained"
    ids = {
        **recipe,
        "inputs": {"text": {"kind": "ids"}},
        "layers": [{"type": "Embedding", "input_dim": "auto", "output_dim": 3}],
    }
    texts = NNClassifier(words(), **SMALL).fit(["a b", "c d"] * 2, [0, 1] * 2)
    with pytest.raises(ValueError, match=f"^{message}$"):
        NNClassifier(ids, pretrained=texts, **SMALL).fit(["a", "c"] * 2, [0, 1] * 2)


@pytest.mark.slow
def test_clones_and_searches_start_from_the_same_weights(quantities):
    estimator = NNClassifier(trunk(), pretrained=quantities, **SMALL)
    assert clone(estimator).pretrained is quantities
    alone = cross_val_score(estimator, X, y, cv=2)
    with nnbuild.stacked():
        np.testing.assert_array_equal(cross_val_score(estimator, X, y, cv=2), alone)
        grid = {"pretrained": [None, FrozenEstimator(quantities)]}
        search = GridSearchCV(NNClassifier(trunk(), **SMALL), grid, cv=2).fit(X, y)
    assert search.cv_results_["mean_test_score"][1] == pytest.approx(alone.mean())


def test_members_start_from_the_same_weights(quantities):
    several = NNClassifier(trunk(trainable=False), pretrained=quantities, n_members=2, **SMALL).fit(X, y)
    for member in several.members_:
        np.testing.assert_array_equal(weights_of(member, "low")[0], weights_of(quantities, "low")[0])
    later = NNClassifier(trunk(trainable=False), pretrained=several, **SMALL).fit(X, y)
    first = several.members_[0]
    np.testing.assert_array_equal(weights_of(later, "high")[0], weights_of(first, "high")[0])


def test_a_pretrained_file_and_a_self_contained_file(quantities, tmp_path: Path):
    source, saved = tmp_path / "source.nnb", tmp_path / "later.nnb"
    quantities.save(source)
    by_estimator = NNClassifier(trunk(), pretrained=quantities, **SMALL).fit(X, y)
    by_file = NNClassifier(trunk(), pretrained=source, **SMALL).fit(X, y)
    np.testing.assert_array_equal(by_file.predict_proba(X), by_estimator.predict_proba(X))
    by_estimator.save(saved)
    source.unlink()
    again = nnbuild.load(saved)
    np.testing.assert_array_equal(again.predict_proba(X), by_estimator.predict_proba(X))
    assert (again.pretrained, again.pretrained_layers_) == (None, by_estimator.pretrained_layers_)


def test_continued_training_starts_from_the_previous_fit(quantities):
    estimator = NNClassifier(trunk(), pretrained=quantities, warm_start=True, **SMALL).fit(X, y)
    before = weights_of(estimator, "low")[0]
    assert estimator.pretrained_layers_ == ("low", "high")
    moved = np.abs(weights_of(estimator.fit(X, y), "low")[0] - before).max()
    assert estimator.pretrained_layers_ == ("low", "high")
    assert moved < np.abs(before - weights_of(quantities, "low")[0]).max() * 3


@pytest.mark.parametrize(
    "pretrained, error, message",
    [
        (3, ValueError, "pretrained must be a fitted estimator of nnbuild, or the path of a saved one, got 3"),
        (
            NNClassifier(PLAIN),
            NotFittedError,
            "pretrained is a NNClassifier that is not fitted\n  hint: fit it first; in a search, which clones "
            "its values, pass FrozenEstimator(estimator) or the path of a saved file",
        ),
        (
            NNClassifier(PLAIN).fit(X, np.ones(150)),
            ValueError,
            "pretrained has no network, because it was fitted on samples of one class",
        ),
        (
            PIPELINE,
            ValueError,
            f"pretrained must be a fitted estimator of nnbuild, or the path of a saved one, got {show(PIPELINE)}\n"
            "  hint: pass only the network, such as pipeline[-1]",
        ),
        (Path("none.nnb"), ModelFileError, "none.nnb: no such file"),
    ],
)
def test_invalid_values_of_pretrained_raise(pretrained, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        NNClassifier(trunk(), pretrained=pretrained, **SMALL).fit(X, y)
