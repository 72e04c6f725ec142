"""What a fit starts from and leaves behind: going on, failing, copies, threads, memory of data, attributes."""

import copy
import gc
import pickle
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import joblib
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
from nnbuild.records import History, Resolved

MAKERS = pytest.mark.parametrize("make, data", [(classifier, classes), (regressor, quantities)], ids=["c", "r"])


class TestPartialFit:
    @MAKERS
    @pytest.mark.parametrize("optimizer", ["adam", {"type": "SGD", "momentum": 0.9}, "rmsprop"], ids=str)
    def test_one_epoch_after_another_is_all_at_once(self, make, data, optimizer):
        X, y = data()
        whole = make(optimizer=optimizer, dropout=0.3).fit(X, y)
        parts = make(optimizer=optimizer, dropout=0.3)
        for _ in range(whole.n_iter_):
            parts.partial_fit(X, y)
        assert same_bits(whole, parts, X)
        assert (parts.n_iter_, parts.best_epoch_, whole.n_iter_) == (1, 1, 4)
        assert parts.history_.curves["loss"] == whole.history_.curves["loss"][-1:]

    def test_rows_in_portions(self):
        X, y = classes(200)
        estimator = classifier()
        for _ in range(15):
            for rows in (slice(0, 100), slice(100, 200)):
                estimator.partial_fit(X[rows], y[rows])
        assert estimator.score(X, y) > 0.85

    def test_all_classes_are_known_from_the_first_call(self):
        X, y = classes()
        estimator = classifier().partial_fit(X[y != 2], y[y != 2], classes=[0, 1, 2])
        assert estimator.classes_.tolist() == [0, 1, 2]
        assert estimator.partial_fit(X, y).predict_proba(X).shape == (60, 3)
        assert estimator.partial_fit(X, y, classes=[2, 1, 0]).n_outputs_ == 3

    def test_labels_that_come_later(self):
        X, y = classes()
        estimator = classifier().partial_fit(X[y != 2], y[y != 2])
        assert message_of(lambda: estimator.partial_fit(X, y)) == "y contains previously unseen labels: [2]"
        assert (
            message_of(lambda: estimator.partial_fit(X, y, classes=[0, 1, 2]))
            == "classes=[0, 1, 2] is not the same as on last call to partial_fit, was: array([0, 1])"
        )
        only = classifier().partial_fit(X, np.zeros(60))
        with pytest.raises(ValueError, match=r"^y contains previously unseen labels: \[1.0\]$"):
            only.partial_fit(X, np.ones(60))

    def test_labels_that_are_not_among_the_classes(self):
        with pytest.raises(ValueError, match=r"^y contains previously unseen labels: \[2\]$"):
            classifier().partial_fit(*classes(), classes=[0, 1])

    def test_targets_are_scaled_as_in_the_first_call(self):
        X, y = quantities()
        estimator = regressor().partial_fit(X, y)
        mean = estimator._fitted.targets.mean
        assert estimator.partial_fit(X, y + 1000)._fitted.targets.mean is mean

    def test_weights_and_columns(self):
        X, y = classes()
        weights = np.arange(60) % 2
        first = classifier().partial_fit(X, y, sample_weight=weights)
        assert same_bits(first, classifier().partial_fit(X[1::2], y[1::2]), X)
        with pytest.raises(ValueError, match=r"^X has 3 features, but NNClassifier is expecting 4 features as input"):
            first.partial_fit(X[:, :3], y)

    def test_it_continues_after_fit(self):
        X, y = classes()
        estimator = classifier().fit(X, y)
        first, *_, last = estimator.history_.curves["loss"]
        (loss,) = estimator.partial_fit(X, y).history_.curves["loss"]
        assert loss < last < first


class TestWarmStart:
    @MAKERS
    def test_two_fits_are_one_of_all_epochs(self, make, data):
        X, y = data()
        twice = make(epochs=2, warm_start=True, dropout=0.3).fit(X, y).fit(X, y)
        assert same_bits(twice, make(epochs=4, dropout=0.3).fit(X, y), X)

    def test_the_learning_rate_may_change(self):
        X, y = classes()
        estimator = classifier(warm_start=True).fit(X, y)
        before = estimator.predict_proba(X)
        estimator.set_params(learning_rate=1e-9).fit(X, y)
        np.testing.assert_allclose(estimator.predict_proba(X), before, atol=1e-6)

    def test_another_optimizer_begins_anew(self):
        X, y = classes()
        estimator = classifier(warm_start=True).fit(X, y).set_params(optimizer="sgd").fit(X, y)
        assert estimator.recipe_.training["optimizer"]["type"] == "SGD"

    def test_mixed_precision_keeps_its_state_too(self):
        X, y = classes()
        twice = classifier(epochs=2, warm_start=True, precision="mixed_float16").fit(X, y).fit(X, y)
        assert same_bits(twice, classifier(epochs=4, precision="mixed_float16").fit(X, y), X)

    def test_another_network_is_reported(self):
        estimator = classifier(warm_start=True).fit(*classes()).set_params(hidden=[5])
        assert message_of(lambda: estimator.fit(*classes())) == (
            "the network differs from that of the previous fit: the recipe or its parameters have changed\n"
            "  hint: set warm_start=False to train a new network"
        )

    def test_without_it_a_fit_starts_anew(self):
        X, y = classes()
        assert same_bits(classifier().fit(X, y), classifier().fit(X, 2 - y).fit(X, y), X)


class Stop(keras.callbacks.Callback):
    """Raises at the end of the second epoch."""

    def __init__(self, error):
        super().__init__()
        self.error = error

    def on_epoch_end(self, epoch, logs=None):
        if epoch == 1:
            raise self.error


class Unfit(Exception):
    pass


FAILURES = {
    "interrupt": ({"callbacks": [Stop(KeyboardInterrupt())]}, KeyboardInterrupt),
    "callback": ({"callbacks": [Stop(Unfit("no"))]}, Unfit),
    "divergence": ({"learning_rate": 1e38, "optimizer": "sgd"}, DivergenceError),
    "recipe": ({"epochs": -1}, ValueError),
    "address": ({"layers__no__units": 3}, ValueError),
    "device": ({"device": "tpu"}, ValueError),
    "callback kind": ({"callbacks": [print]}, ValueError),
    "precision": ({"precision": "int8"}, ValueError),
    "seed": ({"random_state": -1}, ValueError),
}


class TestFailingFits:
    @pytest.mark.parametrize("params, error", FAILURES.values(), ids=FAILURES)
    def test_a_fresh_estimator_is_not_fitted(self, params, error):
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
    @pytest.mark.parametrize("method", ["fit", "partial_fit"])
    def test_a_fitted_one_stays_as_it_was(self, params, error, method):
        X, y = quantities()
        estimator = regressor().fit(X, y)
        expected = estimator.predict(X)
        vars(estimator).update(params)
        before = vars(estimator).copy()
        wider = np.hstack([X, X]) if method == "fit" else X
        if method == "partial_fit" and error in (KeyboardInterrupt, Unfit):
            vars(estimator)["callbacks"] = [keras.callbacks.LambdaCallback(on_epoch_end=_raiser(error))]
            before = vars(estimator).copy()
        with pytest.raises(error):
            getattr(estimator, method)(wider, y)
        assert vars(estimator) == before
        estimator.set_params(device=None)
        assert np.array_equal(estimator.predict(X), expected)

    def test_bad_data_leaves_a_fitted_one_as_it_was(self):
        X, y = classes()
        estimator = classifier().fit(X, y)
        before = vars(estimator).copy()
        for wrong in ((X[:, :3], y[:-1]), (np.full((60, 9), np.nan), y), (X[:, :2], np.linspace(0, 1, 60))):
            assert message_of(lambda wrong=wrong: estimator.fit(*wrong))
        assert vars(estimator) == before

    def test_a_fit_that_diverges_later_keeps_its_best_weights(self):
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

    def test_the_next_fit_is_as_if_nothing_had_failed(self):
        X, y = classes()
        expected = classifier().fit(X, y)
        with pytest.raises(KeyboardInterrupt):
            classifier(callbacks=[Stop(KeyboardInterrupt())]).fit(X, y)
        assert same_bits(classifier().fit(X, y), expected, X)


def _raiser(error):
    def on_epoch_end(epoch, logs):
        raise error

    return on_epoch_end


class TestCopies:
    COPIES = {  # noqa: RUF012
        "pickle": lambda estimator, folder: pickle.loads(pickle.dumps(estimator)),
        "joblib": lambda estimator, folder: joblib.load(joblib.dump(estimator, folder / "a.joblib")[0]),
        "deepcopy": lambda estimator, folder: copy.deepcopy(estimator),
        "copy": lambda estimator, folder: copy.copy(estimator),
    }

    @MAKERS
    @pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
    def test_a_copy_predicts_the_same(self, make, data, copied, tmp_path):
        X, y = data()
        estimator = make(warm_start=True, callbacks=[keras.callbacks.TerminateOnNaN()]).fit(X, y)
        assert estimator.model_ is not None  # which no copy takes along
        again = copied(estimator, tmp_path)
        assert same_bits(again, estimator, X)
        assert dict(again.history_.curves) == dict(estimator.history_.curves)
        assert again.recipe_ == estimator.recipe_
        again.callbacks = None
        assert same_bits(again.fit(X, y), clone(make(epochs=8)).fit(X, y), X)  # and goes on from there
        assert not same_bits(again, estimator, X)

    @pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
    def test_a_copy_of_what_was_not_fitted_fits_the_same(self, copied, tmp_path):
        X, y = classes()
        estimator = classifier(learning_rate=0.01)
        again = copied(estimator, tmp_path)
        assert again.get_params() == estimator.get_params()
        assert vars(again).keys() == vars(estimator).keys()
        assert same_bits(again.fit(X, y), estimator.fit(X, y), X)

    def test_a_pickle_has_no_data_in_it(self):
        X, y = classes(5000)
        assert len(pickle.dumps(classifier(epochs=1).fit(X, y))) < 20_000 < X.nbytes

    def test_a_clone_is_not_fitted(self):
        again = clone(classifier().fit(*classes()))
        assert not hasattr(again, "classes_")
        with pytest.raises(NotFittedError):
            again.predict(features())

    def test_a_fit_on_other_shapes(self):
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
    def test_no_x_or_y_is_kept_alive(self, make, data):
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

    def test_nor_by_a_fit_that_fails(self):
        X, y = classes()
        gone = [weakref.ref(X), weakref.ref(y)]
        with pytest.raises(Unfit):
            classifier(callbacks=[Stop(Unfit("no"))]).fit(X, y)
        del X, y
        sys.last_exc = None
        gc.collect()
        assert [reference() for reference in gone] == [None, None]


class TestThreads:
    def test_predictions_from_eight_at_once(self):
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

    def test_fits_at_once(self):
        X, y = classes()
        alone = [classifier(random_state=seed).fit(X, y) for seed in range(4)]
        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(lambda seed: classifier(random_state=seed).fit(X, y), range(4)))
        assert all(same_bits(first, second, X) for first, second in zip(alone, together, strict=True))


class TestSeeds:
    def test_a_whole_number_holds_for_every_fit(self):
        X, y = classes()
        estimator = classifier(validation_fraction=0.2, dropout=0.3)
        first = estimator.fit(X, y).predict_proba(X)
        assert np.array_equal(estimator.fit(X, y).predict_proba(X), first)
        other = classifier(validation_fraction=0.2, dropout=0.3, random_state=np.int64(1)).fit(X, y)
        assert not np.array_equal(other.predict_proba(X), first)

    def test_a_generator_gives_a_new_one_each_time(self):
        X, y = classes()
        state = np.random.RandomState(0)
        first, second = (classifier(random_state=state).fit(X, y) for _ in range(2))
        assert not same_bits(first, second, X)
        assert same_bits(first, classifier(random_state=np.random.RandomState(0)).fit(X, y), X)

    def test_none_is_a_fresh_one(self):
        X, y = classes()
        assert not same_bits(classifier(random_state=None).fit(X, y), classifier(random_state=None).fit(X, y), X)


class TestAttributes:
    def test_classifier(self):
        X, y = classes()
        estimator = classifier(metrics=["accuracy"]).fit(X, y)
        assert isinstance(estimator.recipe_, Resolved)
        assert isinstance(estimator.history_, History)
        assert list(estimator.history_.curves) == ["loss", "accuracy"]
        assert (estimator.n_iter_, estimator.best_epoch_) == (4, 4)
        assert (estimator.n_outputs_, estimator.n_features_in_) == (3, 4)
        names = [node.name for node in estimator.recipe_.nodes]
        assert names == ["repeat_1.1.dense_1", "repeat_1.1.dropout_1", "output"]

    def test_the_model_is_of_its_own(self):
        X, y = classes()
        estimator = classifier().fit(X, y)
        model, expected = estimator.model_, estimator.predict_proba(X)
        assert isinstance(model, keras.Model)
        assert estimator.model_ is model
        np.testing.assert_allclose(model.predict(X, verbose=0), expected, atol=1e-6)
        model.set_weights([0 * weight for weight in model.get_weights()])
        assert np.array_equal(estimator.predict_proba(X), expected)
        assert estimator.fit(X, y).model_ is not model

    def test_they_are_not_there_before_fit(self):
        for name in ATTRIBUTES:
            assert not hasattr(classifier(), name)

    def test_notebooks_show_parameters_and_the_network(self):
        estimator = classifier()
        assert "<svg" not in estimator._repr_html_()
        estimator.fit(*classes())
        shown = estimator._repr_html_()
        for part in ("batch_size", "n_features_in_", "<svg", "dense_1", "sk-estimator"):
            assert part in shown
        assert estimator._repr_mimebundle_()["text/html"].count("<svg") == shown.count("<svg") == 1
        assert classifier().fit(features(), np.zeros(60))._repr_html_().count("<svg") == 0


class TestDevice:
    def test_cpu(self):
        X, y = classes()
        assert same_bits(classifier(device="cpu").fit(X, y), classifier().fit(X, y), X)

    @pytest.mark.skipif(bool(tf.config.list_logical_devices("GPU")), reason="has a GPU")
    def test_no_gpu(self):
        X, y = classes()
        assert message_of(lambda: classifier(device="gpu").fit(X, y)) == (
            "device='gpu', but TensorFlow finds no GPU\n  hint: set device=None, which uses a GPU if there is one"
        )
        estimator = classifier().fit(X, y)
        expected = estimator.predict_proba(X)  # as of an estimator that comes from a machine with a GPU
        assert np.array_equal(estimator.set_params(device="gpu").predict_proba(X), expected)

    def test_others(self):
        assert (
            message_of(lambda: classifier(device="tpu").fit(*classes()))
            == "device must be 'cpu', 'gpu' or None, got 'tpu'"
        )


OF_FIT = {"sample_weight", "X_val", "y_val", "sample_weight_val", "validation_groups"}


class TestRouting:
    def test_rows_to_validate_on_go_through_a_pipeline(self):
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
    def test_what_can_be_asked_for(self, kind, method, names):
        requests = kind().get_metadata_routing()
        assert set(getattr(requests, method).requests) == names
