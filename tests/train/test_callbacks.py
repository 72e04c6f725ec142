"""Calls of Keras callbacks and of the progress listener, and that they do not change the training."""

import keras
import numpy as np
import pytest

from train.nets import classes, deep_net, same_bits, settings, softmax_net, train


class Listener:
    def __init__(self):
        self.calls = []

    def start(self, n_epochs, n_steps):
        self.calls.append(("start", n_epochs, n_steps))

    def step(self, epoch, step, loss):
        assert np.isfinite(loss)
        self.calls.append(("step", epoch, step))

    def epoch(self, epoch, logs):
        self.calls.append(("epoch", epoch, sorted(logs)))

    def stop(self):
        self.calls.append("stop")


class Recorder(keras.callbacks.Callback):
    """Records its calls in a list that its copies share."""

    def __init__(self, calls):
        super().__init__()
        self.calls = calls
        self.count = 0

    def __deepcopy__(self, memo):
        return Recorder(self.calls)

    def on_train_begin(self, logs=None):
        self.calls.append(("train_begin", self.params["epochs"], self.params["steps"]))

    def on_epoch_begin(self, epoch, logs=None):
        self.calls.append(("epoch_begin", epoch))

    def on_train_batch_begin(self, batch, logs=None):
        self.calls.append(("batch_begin", batch))

    def on_train_batch_end(self, batch, logs=None):
        self.calls.append(("batch_end", batch, sorted(logs)))

    def on_test_batch_end(self, batch, logs=None):
        self.calls.append(("test_batch_end", batch))

    def on_epoch_end(self, epoch, logs=None):
        self.calls.append(("epoch_end", epoch, sorted(logs)))

    def on_train_end(self, logs=None):
        self.calls.append(("train_end", sorted(logs)))


class Counter(keras.callbacks.Callback):
    """Keeps state of its own."""

    def __init__(self, stop_at=None):
        super().__init__()
        self.count = 0
        self.stop_at = stop_at

    def on_epoch_end(self, epoch, logs=None):
        self.count += 1
        if self.count == self.stop_at:
            self.model.stop_training = True


class TestCallbacks:
    def test_every_call_in_its_order(self):
        X, y = classes(20)
        calls = []
        chosen = settings(epochs=1, batch_size=8, validation_fraction=0.2, metrics=["accuracy"])
        train(softmax_net(), X, y, chosen, seed=0, callbacks=[Recorder(calls)])
        batches = [
            (call, n, *rest) for n in (0, 1) for call, *rest in (("batch_begin",), ("batch_end", ["accuracy", "loss"]))
        ]
        everything = ["accuracy", "loss", "val_accuracy", "val_loss"]
        assert calls == [
            ("train_begin", 1, 2),
            ("epoch_begin", 0),
            *batches,
            ("test_batch_end", 0),
            ("epoch_end", 0, everything),
            ("train_end", everything),
        ]

    def test_copies_keep_fits_apart(self):
        X, y = classes()
        counter = Counter(stop_at=2)
        for _ in range(2):
            history = train(softmax_net(), X, y, settings(epochs=5), callbacks=[counter])
            assert (history.n_epochs, history.stopped, history.best_epoch) == (2, "callback", 2)
        assert (counter.count, counter.model) == (0, None)

    def test_stopping_inside_an_epoch(self):
        X, y = classes()

        class Stop(keras.callbacks.Callback):
            def on_train_batch_end(self, batch, logs=None):
                self.model.stop_training = batch == 1

        model, other = softmax_net(), softmax_net()
        history = train(model, X, y, settings(shuffle=False), callbacks=[Stop()])
        assert (history.n_epochs, history.stopped) == (1, "callback")
        train(other, X[:16], y[:16], settings(shuffle=False, epochs=1))
        assert same_bits(model, other)

    @pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
    def test_errors_pass_through_and_leave_the_model_usable(self, error):
        X, y = classes()

        def fail(epoch, logs):
            raise error("no")

        model, listener = softmax_net(), Listener()
        with pytest.raises(error, match=r"^no$"):
            train(
                model,
                X,
                y,
                settings(),
                callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=fail)],
                progress=listener,
            )
        assert listener.calls[-1] == "stop"
        assert train(model, X, y, settings()).n_epochs == 3
        assert np.isfinite(np.array(model(X))).all()


def test_progress_is_reported():
    X, y = classes(20)
    listener = Listener()
    train(softmax_net(), X, y, settings(epochs=2), progress=listener)
    epochs = [call for n in (1, 2) for call in (("step", n, 3), ("epoch", n, ["loss"]))]
    assert listener.calls == [("start", 2, 3), *epochs, "stop"]


def test_batch_callbacks_and_progress_do_not_change_the_training():
    X, y = classes()
    models = deep_net(dropout=0.5), deep_net(dropout=0.5)
    chosen = settings(validation_fraction=0.2)
    histories = (
        train(models[0], X, y, chosen, seed=0),
        train(models[1], X, y, chosen, seed=0, callbacks=[Recorder([])], progress=Listener()),
    )
    assert same_bits(*models)
    assert histories[0].curves == histories[1].curves
