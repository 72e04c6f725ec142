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
import sklearn
import tensorflow as tf
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

from estimators.samples import classes, classifier, features, message_of, quantities, regressor, same_bits
from nnbuild import DivergenceError, NNClassifier, NNRegressor
from nnbuild.errors import DivergenceWarning
from nnbuild.estimators.rows import ATTRIBUTES
from nnbuild.records import History, ResolvedNetwork

MAKERS = pytest.mark.parametrize("make, data", [(classifier, classes), (regressor, quantities)], ids=["c", "r"])


class TestPartialFit:
    @MAKERS
    def test_calls_for_each_epoch_equal_one_fit(self, make, data):
        X, y = data()
        whole = make(dropout=0.3).fit(X, y)
        parts = make(dropout=0.3)
        for _ in range(whole.n_iter_):
            parts.partial_fit(X, y)
        assert same_bits(whole, parts, X)
        assert (parts.n_iter_, parts.best_epoch_, whole.n_iter_) == (1, 1, 4)
        assert parts.history_.curves["loss"] == whole.history_.curves["loss"][-1:]

    def test_classes_of_the_first_call(self):
        X, y = classes()
        estimator = classifier().partial_fit(X[y != 2], y[y != 2], classes=[0, 1, 2])
        assert estimator.classes_.tolist() == [0, 1, 2]
        assert estimator.partial_fit(X, y).predict_proba(X).shape == (60, 3)
        assert estimator.partial_fit(X, y, classes=[2, 1, 0]).n_outputs_ == 3

    def test_labels_that_are_not_among_the_classes(self):
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

    def test_sample_weights_and_number_of_features(self):
        X, y = classes()
        weights = np.arange(60) % 2
        first = classifier().partial_fit(X, y, sample_weight=weights)
        assert same_bits(first, classifier().partial_fit(X[1::2], y[1::2]), X)
        with pytest.raises(ValueError, match=r"^X has 3 features, but NNClassifier is expecting 4 features as input"):
            first.partial_fit(X[:, :3], y)

    def test_partial_fit_continues_a_fit(self):
        X, y = classes()
        estimator = classifier().fit(X, y)
        first, *_, last = estimator.history_.curves["loss"]
        (loss,) = estimator.partial_fit(X, y).history_.curves["loss"]
        assert loss < last < first


class TestWarmStart:
    @MAKERS
    def test_two_fits_equal_one_with_all_epochs(self, make, data):
        X, y = data()
        twice = make(epochs=2, warm_start=True, dropout=0.3).fit(X, y).fit(X, y)
        assert same_bits(twice, make(epochs=4, dropout=0.3).fit(X, y), X)

    def test_mixed_precision_keeps_the_loss_scale(self):
        X, y = classes()
        twice = classifier(epochs=2, warm_start=True, precision="mixed_float16").fit(X, y).fit(X, y)
        assert same_bits(twice, classifier(epochs=4, precision="mixed_float16").fit(X, y), X)

    def test_another_network_raises(self):
        estimator = classifier(warm_start=True).fit(*classes()).set_params(hidden=[5])
        assert message_of(lambda: estimator.fit(*classes())) == (
            "the network differs from that of the previous fit: the recipe or its parameters have changed\n"
            "  hint: set warm_start=False to train a new network"
        )

    def test_without_warm_start_a_fit_has_new_weights(self):
        X, y = classes()
        assert same_bits(classifier().fit(X, y), classifier().fit(X, 2 - y).fit(X, y), X)


class Stop(keras.callbacks.Callback):
    """Raises an error at the end of an epoch."""

    def __init__(self, error):
        super().__init__()
        self.error, self.epoch = error, 1

    def on_epoch_end(self, epoch, logs=None):
        if epoch == self.epoch:
            raise self.error


class Unfit(Exception):
    pass


FAILURES = {
    "interrupt": ({"callbacks": [Stop(KeyboardInterrupt())]}, KeyboardInterrupt),
    "callback": ({"callbacks": [Stop(Unfit("no"))]}, Unfit),
    "divergence": ({"learning_rate": 1e38, "optimizer": "sgd"}, DivergenceError),
    "recipe": ({"epochs": -1}, ValueError),
    "device": ({"device": "tpu"}, ValueError),
    "callback kind": ({"callbacks": [print]}, ValueError),
    "seed": ({"random_state": -1}, ValueError),
}


@pytest.fixture(scope="module")
def fitted():
    return regressor().fit(*quantities())


class TestFailedFits:
    @pytest.mark.parametrize("params, error", FAILURES.values(), ids=FAILURES)
    def test_a_first_failed_fit_leaves_it_unfitted(self, params, error):
        X, y = quantities()
        estimator = regressor(**params)
        before = vars(estimator).copy()
        with pytest.raises(error):
            estimator.fit(X, y)
        assert vars(estimator) == before
        with pytest.raises(NotFittedError, match=r"^This NNRegressor instance is not fitted yet"):
            estimator.predict(X)
        with pytest.raises(NotFittedError):
            check_is_fitted(estimator)

    @pytest.mark.parametrize("params, error", FAILURES.values(), ids=FAILURES)
    def test_a_failed_fit_keeps_the_previous_state(self, params, error, fitted):
        X, y = quantities()
        estimator = copy.copy(fitted)
        vars(estimator).update(params)
        before = vars(estimator).copy()
        for failing, data in ((estimator.fit, np.hstack([X, X])), (estimator.partial_fit, X)):
            if failing == estimator.partial_fit and error in (KeyboardInterrupt, Unfit):
                estimator.callbacks[0].epoch = 0
            with pytest.raises(error):
                failing(data, y)
            assert vars(estimator) == before
        estimator.set_params(device=None)
        assert np.array_equal(estimator.predict(X), fitted.predict(X))

    def test_a_late_divergence_keeps_the_best_weights(self):
        X, y = quantities()

        class Blow(keras.callbacks.Callback):
            def on_epoch_end(self, epoch, logs=None):
                if epoch == 1:
                    self.model.optimizer.learning_rate = 1e38

        kept = r" in epoch 3, step \d of 4: training stopped, the weights of epoch 2 are kept$"
        with pytest.warns(DivergenceWarning, match=kept):
            estimator = regressor(callbacks=Blow(), optimizer="sgd").fit(X, y)
        assert (estimator.history_.stopped, estimator.n_iter_, estimator.best_epoch_) == ("diverged", 2, 2)
        assert same_bits(estimator, regressor(epochs=2, optimizer="sgd").fit(X, y), X)


class TestCopies:
    COPIES = {  # noqa: RUF012
        "pickle": lambda estimator: pickle.loads(pickle.dumps(estimator)),
        "deepcopy": copy.deepcopy,
        "copy": copy.copy,
    }

    @pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
    def test_a_copy_predicts_and_continues_the_same(self, copied):
        X, y = classes()
        estimator = classifier(warm_start=True, callbacks=[keras.callbacks.TerminateOnNaN()]).fit(X, y)
        assert estimator.model_ is not None  # not part of a copy
        again = copied(estimator)
        assert same_bits(again, estimator, X)
        assert dict(again.history_.curves) == dict(estimator.history_.curves)
        assert again.recipe_ == estimator.recipe_
        again.callbacks = None
        assert same_bits(again.fit(X, y), classifier(epochs=8).fit(X, y), X)
        assert not same_bits(again, estimator, X)

    @pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
    def test_a_copy_before_fit_fits_the_same(self, copied):
        X, y = classes()
        estimator = classifier()
        again = copied(estimator)
        assert again.get_params() == estimator.get_params()
        assert vars(again).keys() == vars(estimator).keys()
        assert same_bits(again.fit(X, y), estimator.fit(X, y), X)

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


class TestMemoryOfData:
    @MAKERS
    def test_a_fit_releases_its_data(self, make, data):
        X, y = data()
        X_val, y_val = data(20)
        weights = np.ones(60)
        estimator = make(metrics=["accuracy" if make is classifier else "mse"], warm_start=True)
        estimator.fit(X, y, weights, X_val=X_val, y_val=y_val).predict(X)
        estimator.partial_fit(X, y)
        gone = [weakref.ref(array) for array in (X, y, X_val, y_val, weights)]
        del X, y, X_val, y_val, weights
        gc.collect()
        assert [reference() for reference in gone] == [None] * 5

    def test_a_failed_fit_releases_its_data(self):
        X, y = classes()
        gone = [weakref.ref(X), weakref.ref(y)]
        with pytest.raises(Unfit):
            classifier(callbacks=[Stop(Unfit("no"))]).fit(X, y)
        del X, y
        sys.last_exc = None
        gc.collect()
        assert [reference() for reference in gone] == [None, None]


class TestThreads:
    def test_concurrent_predictions(self):
        X, y = classes(500)
        estimator = classifier(hidden=[7]).fit(X, y)
        fresh = pickle.loads(pickle.dumps(estimator))
        start = threading.Barrier(8)

        def predict(number):
            start.wait()
            return [fresh.predict_proba(X[: 60 * number + 20]) for _ in range(5)]

        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(predict, range(8)))
        expected = estimator.predict_proba(X)
        for number, results in enumerate(found):
            assert all(np.array_equal(result, expected[: 60 * number + 20]) for result in results)

    def test_concurrent_fits(self):
        X, y = classes()
        alone = [classifier(random_state=seed).fit(X, y) for seed in range(4)]
        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(lambda seed: classifier(random_state=seed).fit(X, y), range(4)))
        assert all(same_bits(first, second, X) for first, second in zip(alone, together, strict=True))


class TestSeeds:
    def test_an_integer_repeats_each_fit(self):
        X, y = classes()
        estimator = classifier(validation_fraction=0.2, dropout=0.3)
        first = estimator.fit(X, y).predict_proba(X)
        assert np.array_equal(estimator.fit(X, y).predict_proba(X), first)
        other = classifier(validation_fraction=0.2, dropout=0.3, random_state=np.int64(1)).fit(X, y)
        assert not np.array_equal(other.predict_proba(X), first)

    def test_a_generator_draws_a_seed_for_each_fit(self):
        X, y = classes()
        state = np.random.RandomState(0)
        first, second = (classifier(random_state=state).fit(X, y) for _ in range(2))
        assert not same_bits(first, second, X)
        assert same_bits(first, classifier(random_state=np.random.RandomState(0)).fit(X, y), X)

    def test_none_draws_a_new_seed(self):
        X, y = classes()
        assert not same_bits(classifier(random_state=None).fit(X, y), classifier(random_state=None).fit(X, y), X)


class TestAttributes:
    def test_classifier(self):
        X, y = classes()
        estimator = classifier(metrics=["accuracy"]).fit(X, y)
        assert isinstance(estimator.recipe_, ResolvedNetwork)
        assert isinstance(estimator.history_, History)
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
        np.testing.assert_allclose(model.predict(X, verbose=0), expected, atol=1e-6)
        model.set_weights([0 * weight for weight in model.get_weights()])
        assert np.array_equal(estimator.predict_proba(X), expected)
        assert estimator.fit(X, y).model_ is not model

    def test_no_fitted_attributes_before_fit(self):
        for name in ATTRIBUTES:
            assert not hasattr(classifier(), name)

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
        expected = estimator.predict_proba(X)  # as of an estimator that comes from a machine with a GPU
        assert np.array_equal(estimator.set_params(device="gpu").predict_proba(X), expected)

    def test_unknown_device(self):
        assert (
            message_of(lambda: classifier(device="tpu").fit(*classes()))
            == "device must be 'cpu', 'gpu' or None, got 'tpu'"
        )


OF_FIT = {"sample_weight", "X_val", "y_val", "sample_weight_val", "validation_groups"}


class TestRouting:
    def test_a_pipeline_transforms_the_validation_set(self):
        X, y = classes(80)
        X_val, y_val = classes(40, seed=5)
        with sklearn.config_context(enable_metadata_routing=True):
            last = NNClassifier(hidden=[8], epochs=4, random_state=0)
            last.set_fit_request(X_val=True, y_val=True, sample_weight=True)
            pipeline = Pipeline([("scale", StandardScaler()), ("net", last)], transform_input=["X_val"])
            weights = np.linspace(1, 2, 80)
            pipeline.set_params(scale=StandardScaler().set_fit_request(sample_weight=False))
            pipeline.fit(100 * X, y, X_val=100 * X_val, y_val=y_val, sample_weight=weights)
        scaler = StandardScaler().fit(100 * X)
        by_hand = clone(last).fit(
            scaler.transform(100 * X), y, weights, X_val=scaler.transform(100 * X_val), y_val=y_val
        )
        assert pipeline["net"].history_.curves == by_hand.history_.curves
        assert "val_loss" in by_hand.history_.curves

    @pytest.mark.parametrize(
        "kind, method, names",
        [
            (NNClassifier, "fit", OF_FIT),
            (NNRegressor, "fit", OF_FIT),
            (NNClassifier, "partial_fit", {"classes", "sample_weight"}),
            (NNRegressor, "partial_fit", {"sample_weight"}),
            (NNClassifier, "score", {"sample_weight"}),
            (NNRegressor, "score", {"sample_weight"}),
        ],
        ids=lambda value: getattr(value, "__name__", value if isinstance(value, str) else "names"),
    )
    def test_metadata_requests(self, kind, method, names):
        requests = kind().get_metadata_routing()
        assert set(getattr(requests, method).requests) == names
