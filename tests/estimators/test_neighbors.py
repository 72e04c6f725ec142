"""Ensembles whose predictions depend on the nearest training samples."""

import pickle
import zipfile

import keras
import numpy as np
import pytest

import nnbuild
from nnbuild import NNClassifier, NNRegressor, Recipe, RecipeError
from nnbuild.estimators import neighbors
from nnbuild.train.common.neighbors import Keys
from saved.edited_files import DELETED, edited, error_of, with_arrays, without

RNG = np.random.default_rng(0)
POINTS = RNG.normal(size=(40, 3)).astype("float32")
X = np.repeat(POINTS, 4, axis=0)
CLASSES = np.repeat(RNG.integers(0, 2, 40), 4)  # random, so only equal samples help
NUMBERS = 1000 + 10 * np.repeat(RNG.normal(size=40), 4)
NEW = RNG.normal(size=(9, 3)).astype("float32")


def recipe(layer="dense_1", **others):
    ensemble = {"folds": 4, "weights": "out_of_fold", "temperature": True, "neighbors": layer}
    layers = [{"type": "Dense", "units": 8, "activation": "tanh"}]
    return {"layers": layers, "training": {"epochs": 2, "ensemble": ensemble, **others}}


@pytest.fixture(scope="module")
def classifier():
    return NNClassifier(recipe(), random_state=0).fit(X, CLASSES)


@pytest.fixture(scope="module")
def regressor():
    return NNRegressor(recipe(), random_state=0).fit(X, NUMBERS)


def test_equal_samples_have_equal_targets(classifier, regressor):
    assert classifier.neighbor_weight_ > 0.5
    assert classifier.score(X, CLASSES) == 1
    assert classifier.oof_score_ > 0.85
    assert regressor.neighbor_weight_ > 0.5
    assert regressor.score(X, NUMBERS) > 0.9
    assert regressor.oof_score_ > 0.6


def test_a_sample_is_not_compared_with_itself():
    random = RNG.normal(size=(160, 3))
    found = NNClassifier(recipe(), random_state=0).fit(random, CLASSES)
    assert found.oof_score_ < 0.7  # 1 with the own target


def by_hand(estimator, values, new):
    """Mean over members of the weighted targets, by NumPy."""
    found = []
    for member in estimator.members_:
        queries, keys = (member.transform(rows, "dense_1").astype("float64") for rows in (new, X))
        scale = estimator._fitted.combination.neighbors.scale * keys.var(axis=0).sum()
        distances = ((queries[:, None] - keys) ** 2).sum(axis=2) / scale
        powers = np.exp(distances.min(axis=1, keepdims=True) - distances)
        found.append(powers @ values / powers.sum(axis=1, keepdims=True))
    return np.mean(found, axis=0)


def test_predictions_are_the_weighted_targets_of_near_samples_beside_those_of_the_networks(regressor, classifier):
    weight = regressor.neighbor_weight_
    networks = np.mean([member.predict(NEW) for member in regressor.members_], axis=0)
    expected = (1 - weight) * networks + weight * by_hand(regressor, NUMBERS[:, None], NEW)[:, 0]
    np.testing.assert_allclose(regressor.predict(NEW), expected, rtol=1e-5)
    weight, temperature = classifier.neighbor_weight_, classifier.temperature_
    networks = np.mean([member.predict_proba(NEW) for member in classifier.members_], axis=0)
    powers = (1 - weight) * networks + weight * by_hand(classifier, np.eye(2)[CLASSES], NEW)
    powers = np.clip(powers, 1e-7, 1) ** (1 / temperature)
    np.testing.assert_allclose(classifier.predict_proba(NEW), powers / powers.sum(axis=1, keepdims=True), atol=1e-4)


def test_a_prediction_does_not_depend_on_other_samples(classifier):
    many = RNG.normal(size=(2000, 3)).astype("float32")
    whole = classifier.predict_proba(many)
    for n_samples in (1, 8, 300):
        assert np.array_equal(whole[:n_samples], classifier.predict_proba(many[:n_samples]))


def test_comparisons_of_wide_outputs_do_not_depend_on_other_samples():
    outputs = RNG.normal(size=(1000, 1000)).astype("float32")
    keys, values, log_weights = Keys(outputs), outputs[:, :1].copy(), np.zeros(1000, "float32")
    whole = keys.means(outputs, values, log_weights, [0.1])
    for n_samples in (1, 300):
        assert np.array_equal(keys.means(outputs[:n_samples], values, log_weights, [0.1]), whole[:, :n_samples])


def test_sample_weights_count_as_repetitions(regressor):
    whole = NNRegressor(recipe(), random_state=0).fit(X, NUMBERS, sample_weight=np.full(len(X), 2.0))
    assert np.array_equal(whole.predict(NEW), regressor.predict(NEW))
    y = np.tile([0.0, 1.0], len(X) // 2)
    weights = np.where(y == 1, 3.0, 1.0)
    weighted = NNRegressor(recipe(), random_state=0).fit(X, y + NUMBERS, sample_weight=weights)
    found = weighted._fitted.neighbors
    np.testing.assert_allclose(found.log_weights, np.log(weights), rtol=1e-6)


@pytest.mark.parametrize("name", ["classifier", "regressor"])
def test_copies_files_and_exported_networks_have_equal_predictions(name, request, tmp_path):
    estimator = request.getfixturevalue(name)
    predict = "predict_proba" if name == "classifier" else "predict"
    expected = getattr(estimator, predict)(NEW)
    estimator.save(tmp_path / "model.nnb")
    loaded = nnbuild.load(tmp_path / "model.nnb")
    for copy in (pickle.loads(pickle.dumps(estimator)), loaded):
        assert np.array_equal(getattr(copy, predict)(NEW), expected)
        assert copy.neighbor_weight_ == estimator.neighbor_weight_
    estimator.export(tmp_path / "model.keras")
    exported = keras.models.load_model(tmp_path / "model.keras").predict(NEW, verbose=0)
    np.testing.assert_allclose(exported.reshape(expected.shape), expected, rtol=1e-4, atol=1e-5)


def test_a_file_with_samples_has_version_5_and_shows_their_weight(classifier, tmp_path):
    classifier.save(tmp_path / "model.nnb")
    with zipfile.ZipFile(tmp_path / "model.nnb") as archive:
        assert '"version": 5' in archive.read("manifest.json").decode()
    assert nnbuild.model_info(tmp_path / "model.nnb").combination.neighbors.layer == "dense_1"


def test_members_and_continued_networks_do_not_compare_samples(classifier):
    assert classifier.members_[0]._fitted.neighbors is None
    continued = pickle.loads(pickle.dumps(classifier)).partial_fit(X, CLASSES)
    assert continued.neighbor_weight_ == 0.0
    assert not hasattr(NNClassifier(recipe(), n_members=1, random_state=0).fit(X, CLASSES), "neighbor_weight_")


def test_an_output_of_a_shared_layer_can_be_compared_and_exported(tmp_path):
    layers = [{"type": "Dense", "name": "first", "units": 3}, {"type": "Shared", "name": "second", "node": "first"}]
    found = NNClassifier({**recipe("second"), "layers": layers}, n_members=2, random_state=0).fit(X, CLASSES)
    assert found.neighbor_weight_ > 0.5
    found.export(tmp_path / "model.keras")
    exported = keras.models.load_model(tmp_path / "model.keras").predict(NEW, verbose=0)
    np.testing.assert_allclose(exported, found.predict_proba(NEW), rtol=1e-4, atol=1e-5)


def test_the_standard_error_of_a_gain_counts_samples_with_small_weights_less():
    gains = np.array([1.0, -0.5] * 50)
    assert neighbors._is_clear(gains, None)
    assert not neighbors._is_clear(gains, np.array([1e3] * 2 + [1e-3] * 98))


@pytest.mark.parametrize("limit", [{"MAX_SAMPLES": 100}, {"MAX_SAMPLE_BYTES": 100 * X[0].nbytes}], ids=str)
def test_limits_of_number_and_memory_of_samples(limit, monkeypatch):
    for name, value in limit.items():
        monkeypatch.setattr(neighbors, name, value)
    found = NNClassifier(recipe(), random_state=0).fit(X, CLASSES)
    assert len(found._fitted.neighbors.values) == 100
    assert found.oof_prediction_.shape == (160, 2)


MANIFEST = ("manifest.json", "ensemble", "neighbors")
SAMPLES = "neighbors.safetensors"
DAMAGES = {
    edited(*MANIFEST, DELETED): "neighbors.safetensors: is not expected, because manifest.json has no neighbors",
    edited(
        *MANIFEST, "weight", 1.5
    ): "manifest.json: ensemble: neighbors: weight: must be a number from 0 to 1, got 1.5",
    edited(*MANIFEST, "layer", "dense_9"): (
        "manifest.json: ensemble: neighbors: layer: 'dense_9' is no layer of the network"
    ),
    without(SAMPLES): "neighbors.safetensors: is missing, because manifest.json has neighbors",
    with_arrays(SAMPLES, values=None): "neighbors.safetensors: contains no training samples",
    with_arrays(SAMPLES, values=np.zeros((160, 3), "float32")): (
        "neighbors.safetensors: 'values' must be float32 of shape (160, 2), got float32 of shape (160, 3)"
    ),
    with_arrays(SAMPLES, **{"X/input": np.zeros((160, 2), "float32")}): (
        "neighbors.safetensors: 'X/input' must be float32 of shape (160, 3), got float32 of shape (160, 2)"
    ),
    with_arrays(SAMPLES, **{"X/input": np.zeros(160, "float32")}): (
        "neighbors.safetensors: 'X/input' must be float32 of shape (160, 3), got float32 of shape (160,)"
    ),
}


@pytest.mark.parametrize("damage", DAMAGES, ids=range(len(DAMAGES)))
def test_a_damaged_file_is_refused(classifier, damage, tmp_path):
    classifier.save(tmp_path / "m.nnb")
    content = damage((tmp_path / "m.nnb").read_bytes())
    assert error_of(content, tmp_path) == f"m.nnb: {DAMAGES[damage]}"


ERRORS = {
    "multilabel": (
        NNClassifier(recipe(), random_state=0),
        np.tile([[0, 1], [1, 1]], (80, 1)),
        "training.ensemble.neighbors: neighbors don't support the task 'multilabel' with the loss "
        "'BinaryCrossentropy'\n"
        "  allowed: one class for each sample; numbers, with a loss that predicts one value for each\n"
        "  hint: remove it",
    ),
    "quantiles": (
        NNRegressor(recipe(loss={"type": "Quantile", "quantiles": [0.1, 0.5, 0.9]}), random_state=0),
        NUMBERS,
        "training.ensemble.neighbors: neighbors don't support the task 'regression' with the loss 'Quantile'\n"
        "  allowed: one class for each sample; numbers, with a loss that predicts one value for each\n"
        "  hint: remove it",
    ),
}


@pytest.mark.parametrize(("estimator", "y", "message"), ERRORS.values(), ids=ERRORS)
def test_tasks_without_means_of_targets_are_refused_before_training(estimator, y, message):
    with pytest.raises(RecipeError) as error:
        estimator.fit(X, y)
    assert str(error.value) == message


def test_outputs_of_unknown_length_are_refused():
    layers = [{"type": "Conv1D", "filters": 2, "kernel_size": 2}, {"type": "GlobalAveragePooling1D"}]
    series = {**recipe("conv1d_1"), "layers": layers, "inputs": {"input": {"shape": [None, 1]}}}
    with pytest.raises(RecipeError) as error:
        NNClassifier(series, random_state=0).fit(X[..., None], CLASSES)
    assert str(error.value) == (
        "training.ensemble.neighbors: the outputs of 'conv1d_1' have shape (None, 2), and None is an axis of unknown "
        "length\n"
        "  hint: name a layer without such an axis, such as GlobalAveragePooling1D or one after it"
    )


def test_variants_have_the_same_layer():
    layers = [{"type": "Repeat", "times": "$n", "layers": [{"type": "Dense", "units": 4}]}]
    training = {"ensemble": {"folds": 2, "neighbors": "repeat_1", "variants": [{}, {"n": 1}]}}
    with pytest.raises(RecipeError) as error:
        Recipe.from_dict({"params": {"n": 2}, "layers": layers, "training": training})
    assert str(error.value) == (
        "training.ensemble.variants[1].n: changes the last layer of training.ensemble.neighbors from "
        "'repeat_1.2.dense_1' to 'repeat_1.1.dense_1'\n"
        "  hint: name a layer there that has the same name in all variants"
    )


def test_a_block_stands_for_its_last_layer():
    layers = [{"type": "Repeat", "times": 2, "layers": [{"type": "Dense", "units": 4}, {"type": "ReLU"}]}]
    training = {"ensemble": {"folds": 2, "neighbors": "repeat_1"}}
    found = Recipe.from_dict({"layers": layers, "training": training})
    assert found.network.training["ensemble"]["neighbors"] == "repeat_1.2.re_lu_1"
