"""State of estimators before and after fits: partial_fit, warm start, failed fits, copies, threads, attributes."""

import copy
import gc
import pickle
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn import config_context
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from estimators.samples import classes, classifier, features, message_of, quantities, regressor, same_bits
from few import few_of
from nnbuild import DivergenceError, NNClassifier, NNRegressor


class TestPartialFit:
    def test_calls_for_each_epoch_equal_one_fit(self):
        X, y = classes()
        whole, parts = classifier(dropout=0.3).fit(X, y), classifier(dropout=0.3)
        for _ in range(whole.n_iter_):
            parts.partial_fit(X, y)
        assert same_bits(whole, parts, X)
        assert (parts.n_iter_, parts.best_epoch_, whole.n_iter_) == (1, 1, 4)
        assert parts.history_.curves["loss"] == whole.history_.curves["loss"][-1:]

    def test_schedules_continue_up_to_the_epochs_of_the_recipe(self):
        X, y = classes()
        settings = {"training__schedules": {"learning_rate": "Cosine", "dropout": "Cosine"}, "dropout": 0.3}
        whole, parts = classifier(**settings).fit(X, y), classifier(**settings)
        for _ in range(whole.n_iter_):
            parts.partial_fit(X, y)
        assert same_bits(whole, parts, X)
        before = parts.predict_proba(X)
        change = np.abs(parts.partial_fit(X, y).predict_proba(X) - before).max()
        assert change < 1e-5  # the factor of the learning rate is 0 after the last epoch

    def test_classes_of_the_first_call(self):
        X, y = classes()
        estimator = classifier().partial_fit(X[y != 2], y[y != 2], classes=[0, 1, 2])
        assert estimator.classes_.tolist() == [0, 1, 2]
        assert estimator.partial_fit(X, y).predict_proba(X).shape == (60, 3)
        assert estimator.partial_fit(X, y, classes=[2, 1, 0]).n_outputs_ == 3

    def test_unseen_labels_raise(self):
        X, y = classes()
        estimator = classifier().partial_fit(X[y != 2], y[y != 2])
        assert message_of(lambda: estimator.partial_fit(X, y)) == "y contains previously unseen labels: [2]"
        assert (
            message_of(lambda: estimator.partial_fit(X, y, classes=[0, 1, 2]))
            == "classes=[0, 1, 2] is not the same as on last call to partial_fit, was: array([0, 1])"
        )
        only = classifier().partial_fit(X, np.zeros(60))  # one class, without a network
        assert message_of(lambda: only.partial_fit(X, np.ones(60))) == "y contains previously unseen labels: [1.0]"

    def test_scaling_of_the_first_call_is_kept(self):
        X, y = quantities()
        estimator = regressor().partial_fit(X, y)
        mean = estimator._fitted.targets.mean
        assert estimator.partial_fit(X, y + 1000)._fitted.targets.mean is mean

    def test_samples_with_weight_0_are_dropped(self):
        X, y = classes()
        weights = np.arange(60) % 2
        first = classifier().partial_fit(X, y, sample_weight=weights)
        assert same_bits(first, classifier().partial_fit(X[1::2], y[1::2]), X)

    def test_partial_fit_continues_a_fit(self):
        X, y = classes()
        estimator = classifier().fit(X, y)
        first, *_, last = estimator.history_.curves["loss"]
        (loss,) = estimator.partial_fit(X, y).history_.curves["loss"]
        assert loss < last < first


class TestWarmStart:
    @pytest.mark.parametrize(
        "precision", few_of(["float32", "mixed_float16"], "float32")
    )  # the second has a loss scale
    def test_two_fits_equal_one_with_all_epochs(self, precision):
        X, y = quantities()
        params = {"dropout": 0.3, "precision": precision}
        twice = regressor(epochs=2, warm_start=True, **params).fit(X, y).fit(X, y)
        assert same_bits(twice, regressor(epochs=4, **params).fit(X, y), X)

    def test_another_network_raises(self):
        estimator = classifier(warm_start=True).fit(*classes()).set_params(hidden=[5])
        assert message_of(lambda: estimator.fit(*classes())) == (
            "the network differs from that of the previous fit: the recipe or its parameters have changed\n"
            "  hint: set warm_start=False to train a new network"
        )


class Stop(keras.callbacks.Callback):
    """Raises an error at the end of the first epoch."""

    def __init__(self, error):
        super().__init__()
        self.error = error

    def on_epoch_end(self, epoch, logs=None):
        raise self.error


class TestFailedFits:
    @pytest.mark.parametrize(
        "params, error",
        [
            ({"callbacks": [Stop(KeyboardInterrupt())]}, KeyboardInterrupt),
            ({"learning_rate": 1e38, "optimizer": "sgd"}, DivergenceError),
            ({"epochs": -1}, ValueError),
        ],
        ids=["interrupt", "divergence", "recipe"],
    )
    def test_a_failed_fit_keeps_the_state(self, params, error):
        X, y = quantities()
        fitted, unfitted = regressor().fit(X, y), regressor(**params)
        expected = fitted.predict(X)
        vars(fitted).update(params)
        for call, data in ((unfitted.fit, X), (fitted.fit, np.hstack([X, X])), (fitted.partial_fit, X)):
            before = vars(call.__self__).copy()
            with pytest.raises(error):
                call(data, y)
            assert vars(call.__self__) == before
        with pytest.raises(NotFittedError, match=r"^This NNRegressor instance is not fitted yet"):
            unfitted.predict(X)
        assert np.array_equal(fitted.predict(X), expected)


class TestCopies:
    @pytest.mark.parametrize("copied", [lambda fit: pickle.loads(pickle.dumps(fit)), copy.copy], ids=["pickle", "copy"])
    def test_training_of_a_copy_continues(self, copied):
        X, y = classes()
        estimator = classifier(warm_start=True, callbacks=[keras.callbacks.TerminateOnNaN()]).fit(X, y)
        assert estimator.model_ is not None  # not part of a copy
        again = copied(estimator)
        assert same_bits(again, estimator, X)
        again.callbacks = None
        assert same_bits(again.fit(X, y), classifier(epochs=8).fit(X, y), X)
        assert not same_bits(again, estimator, X)

    def test_a_pickle_has_no_data(self):
        X, y = classes(5000)
        assert len(pickle.dumps(classifier(epochs=1).fit(X, y))) < 20_000 < X.nbytes

    def test_a_fit_on_other_shapes_replaces_the_state(self):
        X, y = classes()
        estimator = classifier().fit(X, y)
        estimator.fit(X[:, :2], (y == 1).astype(str))
        assert (estimator.n_features_in_, estimator.classes_.tolist()) == (2, ["False", "True"])
        assert same_bits(estimator, classifier().fit(X[:, :2], (y == 1).astype(str)), X[:, :2])
        estimator.fit(X, np.zeros(60))
        assert not hasattr(estimator, "model_")
        assert same_bits(estimator.fit(X, y), classifier().fit(X, y), X)


class TestReferences:
    def test_a_failed_fit_releases_its_data(self):
        X, y = classes()
        gone = [weakref.ref(X), weakref.ref(y)]
        with pytest.raises(ArithmeticError):
            classifier(callbacks=[Stop(ArithmeticError("no"))]).fit(X, y)
        del X, y
        sys.last_exc = None
        gc.collect()
        assert [reference() for reference in gone] == [None, None]


class TestThreads:
    def test_concurrent_first_predictions(self):
        X, y = classes(500)
        estimator = classifier(hidden=[7]).fit(X, y)
        fresh = pickle.loads(pickle.dumps(estimator))
        start = threading.Barrier(8)

        def predict(n_samples):
            start.wait()
            return fresh.predict_proba(X[:n_samples])

        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(predict, range(20, 500, 60)))
        expected = estimator.predict_proba(X)
        assert all(np.array_equal(result, expected[: len(result)]) for result in found)


@pytest.mark.parametrize("state", [np.random.RandomState(0), None])
def test_each_fit_draws_a_seed_from_random_state(state):
    X, y = classes()
    first, second = (classifier(random_state=state).fit(X, y) for _ in range(2))
    assert not same_bits(first, second, X)
    if state:
        assert same_bits(first, classifier(random_state=np.random.RandomState(0)).fit(X, y), X)


class TestAttributes:
    def test_fitted_attributes(self):
        estimator = classifier(metrics=["accuracy"]).fit(*classes())
        assert list(estimator.history_.curves) == ["loss", "accuracy"]
        assert (estimator.n_iter_, estimator.best_epoch_) == (4, 4)
        assert (estimator.n_outputs_, estimator.n_features_in_) == (3, 4)
        names = [node.name for node in estimator.recipe_.nodes]
        assert names == ["repeat_1.1.dense_1", "repeat_1.1.dropout_1", "output"]

    def test_model_is_a_copy(self):
        X, y = classes()
        estimator = classifier().fit(X, y)
        model, expected = estimator.model_, estimator.predict_proba(X)
        assert isinstance(model, keras.Model)
        assert estimator.model_ is model
        np.testing.assert_allclose(np.array(model(X)), expected, atol=1e-6)
        model.set_weights([0 * weight for weight in model.get_weights()])
        assert np.array_equal(estimator.predict_proba(X), expected)
        assert estimator.fit(X, y).model_ is not model

    def test_html_has_parameters_and_the_network(self):
        estimator = classifier()
        assert "<svg" not in estimator._repr_html_()
        shown = estimator.fit(*classes())._repr_html_()
        for part in ("batch_size", "n_features_in_", "dense_1", "sk-estimator"):
            assert part in shown
        assert estimator._repr_mimebundle_()["text/html"].count("<svg") == shown.count("<svg") == 1
        assert "<svg" not in classifier().fit(features(), np.zeros(60))._repr_html_()


class TestDevice:
    @pytest.mark.skipif(bool(tf.config.list_logical_devices("GPU")), reason="has a GPU")
    def test_no_gpu(self):
        X, y = classes()
        assert message_of(lambda: classifier(device="gpu").fit(X, y)) == (
            "device='gpu', but TensorFlow finds no GPU\n  hint: set device=None, which uses a GPU if there is one"
        )
        estimator = classifier().fit(X, y)
        expected = estimator.predict_proba(X)
        assert np.array_equal(estimator.set_params(device="gpu").predict_proba(X), expected)  # as if fitted on a GPU

    def test_unknown_device(self):
        message = "device must be 'cpu', 'gpu' or None, got 'tpu'"
        assert message_of(lambda: classifier(device="tpu").fit(*classes())) == message


@pytest.mark.parametrize(
    "kind, method, names",
    [
        (NNClassifier, "fit", {"sample_weight", "X_val", "y_val", "sample_weight_val", "validation_groups"}),
        (NNClassifier, "partial_fit", {"classes", "sample_weight"}),
        (NNRegressor, "partial_fit", {"sample_weight"}),
        (NNRegressor, "score", {"sample_weight"}),
    ],
)
def test_metadata_requests(kind, method, names):
    assert set(getattr(kind().get_metadata_routing(), method).requests) == names


def test_a_pipeline_transforms_the_validation_set():
    X, y = classes(80)
    X_val, y_val = classes(40, seed=5)
    with config_context(enable_metadata_routing=True):
        last = classifier().set_fit_request(X_val=True, y_val=True)
        pipeline = Pipeline([("scale", StandardScaler()), ("net", last)], transform_input=["X_val"])
        pipeline.fit(100 * X, y, X_val=100 * X_val, y_val=y_val)
    scaler = StandardScaler().fit(100 * X)
    by_hand = classifier().fit(scaler.transform(100 * X), y, X_val=scaler.transform(100 * X_val), y_val=y_val)
    assert pipeline["net"].history_.curves["val_loss"] == by_hand.history_.curves["val_loss"]
