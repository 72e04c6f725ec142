"""Keras' callbacks have the same effect in `fit` as in `Model.fit`, or are refused."""

import csv
import threading
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

from estimators.samples import classes, classifier, message_of, quantities, regressor, same_bits
from few import few_of
from nnbuild import DivergenceError, build
from nnbuild.errors import DivergenceWarning

X, Y = classes(64)
X_VAL, Y_VAL = classes(32, seed=1)
SETTINGS = {"shuffle": False, "l2": 0.0, "dropout": 0.0, "epochs": 4}


def fitted(*callbacks, **params):
    return classifier(**{**SETTINGS, **params}, callbacks=list(callbacks)).fit(X, Y, X_val=X_VAL, y_val=Y_VAL)


def by_keras(estimator, *callbacks):
    """The same training by Keras' own `fit`."""
    model = build(estimator.recipe_, seed=estimator.random_state, compile=True)
    rows = {"validation_data": (X_VAL, Y_VAL), "batch_size": 16, "epochs": 4, "shuffle": False, "verbose": 0}
    model.fit(X, Y, callbacks=list(callbacks), **rows)
    return model


def check_same(estimator, model):
    np.testing.assert_allclose(estimator.predict_proba(X), np.array(model(X)), atol=1e-5)


def halving():
    return keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 4)


def other_weights(estimator):
    assert not np.allclose(estimator.predict_proba(X), fitted().predict_proba(X), atol=1e-4)


class TestSupported:
    def test_learning_rate_scheduler(self):
        estimator = fitted(halving())
        check_same(estimator, by_keras(estimator, halving()))
        other_weights(estimator)

    def test_reduce_lr_on_plateau(self):
        def reduce():
            return keras.callbacks.ReduceLROnPlateau("val_loss", factor=0.1, patience=1, min_delta=9)

        rates = []
        watch = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: rates.append(logs["learning_rate"]))
        estimator = fitted(reduce(), watch)
        check_same(estimator, by_keras(estimator, reduce()))
        assert rates == pytest.approx([0.02, 0.02, 0.002, 0.0002])

    @pytest.mark.parametrize("restore", few_of([False, True], True))
    def test_early_stopping(self, restore):
        def stop():
            return keras.callbacks.EarlyStopping("loss", patience=1, mode="max", restore_best_weights=restore)

        estimator = fitted(stop())
        check_same(estimator, by_keras(estimator, stop()))
        assert (estimator.n_iter_, estimator.history_.stopped) == (2, "callback")
        assert estimator.best_epoch_ == (1 if restore else 2)
        assert same_bits(estimator, fitted(epochs=1 if restore else 2), X)

    def test_model_checkpoint_keeps_the_best(self, tmp_path):
        path = tmp_path / "best.keras"
        rates = keras.callbacks.LearningRateScheduler(lambda epoch: 0.05 if epoch < 2 else 30.0)  # diverges
        estimator = fitted(rates, keras.callbacks.ModelCheckpoint(path, save_best_only=True))
        losses = estimator.history_.curves["val_loss"]
        best = int(np.argmin(losses)) + 1
        assert best < 4
        model = keras.models.load_model(path)
        check_same(fitted(rates, epochs=best), model)
        assert not np.allclose(estimator.predict_proba(X), np.array(model(X)), atol=1e-3)
        check_same(estimator.set_weights_from(model), model)

    def test_csv_logger(self, tmp_path):
        path = tmp_path / "log.csv"
        curves = fitted(keras.callbacks.CSVLogger(path), metrics=["accuracy"]).history_.curves
        rows = list(csv.DictReader(path.read_text().splitlines()))
        assert [row.pop("epoch") for row in rows] == ["0", "1", "2", "3"]
        assert sorted(rows[0]) == sorted(curves)
        for name, curve in curves.items():
            assert [float(row[name]) for row in rows] == pytest.approx(curve)

    def test_tensorboard(self, tmp_path):
        pytest.importorskip("tensorboard")
        curves = fitted(keras.callbacks.TensorBoard(tmp_path, histogram_freq=1)).history_.curves
        for part, name in (("train", "loss"), ("validation", "val_loss")):
            (path,) = (tmp_path / part).iterdir()
            events = tf.compat.v1.train.summary_iterator(str(path))
            values = [
                float(tf.make_ndarray(value.tensor))
                for event in events
                for value in event.summary.value
                if value.tag == "epoch_loss"
            ]
            assert values == pytest.approx(curves[name], rel=1e-6)

    @pytest.mark.slow
    def test_swap_ema_weights(self):
        """Validation and predictions use the averages."""
        average = {"optimizer": {"type": "SGD", "use_ema": True, "ema_momentum": 0.9}, "learning_rate": 0.5}
        for on_epoch in (False, True):
            estimator = fitted(keras.callbacks.SwapEMAWeights(on_epoch), **average)
            losses = []
            watch = keras.callbacks.LambdaCallback(
                on_epoch_end=lambda epoch, logs, to=losses: to.append(logs["val_loss"])
            )
            check_same(estimator, by_keras(estimator, keras.callbacks.SwapEMAWeights(on_epoch), watch))
            assert estimator.history_.curves["val_loss"] == pytest.approx(losses[-4:], abs=1e-5)
        kept = fitted(keras.callbacks.SwapEMAWeights(), **average, early_stopping={"patience": 4})
        best = np.log(kept.predict_proba(X_VAL)[np.arange(32), Y_VAL]).mean()
        assert -best == pytest.approx(min(kept.history_.curves["val_loss"]), abs=1e-5)

    @pytest.mark.slow
    def test_terminate_on_nan(self):
        stop = keras.callbacks.TerminateOnNaN()
        with pytest.raises(
            DivergenceError,
            match=r"^the loss became nan in epoch 1, step 2 of 2, "
            r"before the end of the first epoch",
        ):
            fitted(stop, learning_rate=1e30, loss={"type": "CategoricalCrossentropy"}, activation="exponential")
        breaking = keras.callbacks.LearningRateScheduler(lambda epoch: 0.01 if epoch < 2 else 1e38)
        kept = pytest.warns(DivergenceWarning, match="the weights of epoch 2 are kept")
        with kept, warnings.catch_warnings():
            warnings.filterwarnings("ignore", "__array__", DeprecationWarning)  # of Keras, with NumPy 2
            estimator = fitted(breaking, stop, activation="exponential")
        assert same_bits(estimator, fitted(breaking, activation="exponential", epochs=2), X)

    def test_a_callback_list(self):
        seen = []
        both = keras.callbacks.CallbackList(
            [
                keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(batch)),
                keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(sorted(logs))),
                keras.callbacks.Callback(),
            ]
        )
        estimator = fitted(both, epochs=1)
        assert seen == [0, 1, 2, 3, ["loss", "val_loss"]]
        assert same_bits(estimator, fitted(epochs=1), X)

    def test_a_callback_may_change_weights(self):
        class Zero(keras.callbacks.Callback):
            def on_epoch_end(self, epoch, logs=None):
                self.model.set_weights([0 * weight for weight in self.model.get_weights()])

        np.testing.assert_allclose(fitted(Zero()).predict_proba(X), 1 / 3, atol=1e-6)

    def test_each_member_and_each_fit_has_copies(self):
        """Each member has copies, which start again in each call of fit and partial_fit."""
        estimator = fitted(halving(), n_members=2)
        check_same(estimator.members_[0], by_keras(estimator.members_[0], halving()))
        epochs = []
        watch = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: epochs.append(epoch))
        warm = classifier(epochs=2, warm_start=True, callbacks=watch)
        for train in (warm.fit, warm.fit, warm.partial_fit):
            train(X, Y)
        assert epochs == [0, 1, 0, 1, 0]


class Copyless(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.lock = threading.Lock()


BACKUP = (
    "BackupAndRestore would restore weights and then train all epochs again\n"
    "  hint: to continue after a crash, call partial_fit and save() for each epoch: after nnbuild.load, "
    "partial_fit continues with the same weights, optimizer state and batch order"
)
EMPTY = "History would stay empty, because each fit uses copies of the callbacks\n  hint: use history_.curves after fit"
SAME_FILES = (
    "{} would write the files of n_members=3 networks to the same path\n"
    "  hint: fit separate estimators, each with its own random_state and path"
)
REFUSED = {
    "backup": (keras.callbacks.BackupAndRestore, {}, BACKUP),
    "backup in a list": (
        lambda path: keras.callbacks.CallbackList([keras.callbacks.BackupAndRestore(path)]),
        {},
        BACKUP,
    ),
    "subclass": (type("Own", (keras.callbacks.BackupAndRestore,), {}), {}, BACKUP),
    "history": (lambda path: keras.callbacks.History(), {}, EMPTY),
    "history of a list": (lambda path: keras.callbacks.CallbackList(add_history=True), {}, EMPTY),
    "progress": (
        lambda path: keras.callbacks.ProgbarLogger(),
        {},
        "ProgbarLogger would print nothing\n  hint: set verbose=True to show progress",
    ),
    "log": (lambda path: keras.callbacks.CSVLogger(path / "a"), {"n_members": 3}, SAME_FILES.format("CSVLogger")),
    "checkpoint": (
        lambda path: keras.callbacks.ModelCheckpoint(path / "a.keras"),
        {"n_members": 3},
        SAME_FILES.format("ModelCheckpoint"),
    ),
    "TensorBoard": (keras.callbacks.TensorBoard, {"n_members": 3}, SAME_FILES.format("TensorBoard")),
    "lock": (
        lambda path: Copyless(),
        {},
        "Copyless can't be copied for the fit (TypeError: cannot pickle '_thread.lock' object)\n"
        "  hint: create files, locks and connections in on_train_begin, or define a __deepcopy__ that returns self",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_callbacks_that_do_not_work_are_refused(name, tmp_path):
    make, params, message = REFUSED[name]
    estimator = classifier(callbacks=[make(tmp_path)], **params)
    assert message_of(lambda: estimator.fit(X, Y)) == f"callbacks: {message}"


def test_partial_fit_checks_callbacks(tmp_path):
    estimator = classifier(callbacks=keras.callbacks.BackupAndRestore(tmp_path))
    assert message_of(lambda: estimator.partial_fit(X, Y)) == f"callbacks: {BACKUP}"


def test_the_compiled_engine_has_no_callbacks_of_keras():
    assert message_of(lambda: classifier(callbacks=[halving()], engine="compiled").fit(X, Y)) == (
        "engine='compiled' is not supported here: Keras' callbacks\n"
        "  hint: set engine='auto', which uses Keras' engine if necessary"
    )


def test_a_checkpoint_of_a_regression_predicts_standardized_targets(tmp_path):
    rows, y = quantities()
    path = tmp_path / "last.keras"
    estimator = regressor(callbacks=keras.callbacks.ModelCheckpoint(path)).fit(rows, y)
    scaled = np.array(keras.models.load_model(path)(rows))[:, 0] * y.std() + y.mean()
    np.testing.assert_allclose(estimator.predict(rows), scaled, rtol=1e-5)
