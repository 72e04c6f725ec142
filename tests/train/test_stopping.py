"""Early stopping, the weights that are kept, and divergence."""

import math
import re

import keras
import numpy as np
import pytest

from nnbuild.errors import DivergenceError, DivergenceWarning
from nnbuild.train.common.stopping import Rule, Watch, divergence, stopping_rule
from train.nets import classes, deep_net, regression_net, same_bits, settings, softmax_net, train

WAYS = {"loss": "down", "accuracy": "up", "sum": None}


class TestRule:
    @pytest.mark.parametrize(
        ("setting", "validated", "rule"),
        [
            (False, True, Rule("val_loss", False, None, 0.0, False)),
            (True, True, Rule("val_loss", False, 10, 0.0, True)),
            (True, False, Rule("loss", False, 10, 0.0, True)),
            ({"patience": 3, "min_delta": 0.1}, True, Rule("val_loss", False, 3, 0.1, True)),
            ({"monitor": "val_accuracy", "restore_best": False}, True, Rule("val_accuracy", True, 10, 0.0, False)),
            ({"monitor": "accuracy"}, False, Rule("accuracy", True, 10, 0.0, True)),
        ],
    )
    def test_settings(self, setting, validated, rule):
        assert stopping_rule(setting, WAYS, validated) == rule

    @pytest.mark.parametrize(
        ("monitor", "message"),
        [
            ("val_acuracy", "early_stopping.monitor: no metric is named 'val_acuracy'\n"
             "  allowed: accuracy, loss, sum, val_accuracy, val_loss, val_sum\n"
             "  hint: did you mean 'val_accuracy'?"),
            ("val_sum", "early_stopping.monitor: 'val_sum' has no direction of improvement"),
        ],
    )  # fmt: skip
    def test_curves_that_cannot_be_watched(self, monitor, message):
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            stopping_rule({"monitor": monitor}, WAYS, True)


class TestWatch:
    @pytest.mark.parametrize(
        ("values", "up", "patience", "min_delta", "stops_at", "best"),
        [
            ([3, 2, 1, 0], False, 1, 0.0, None, 4),
            ([3, 2, 2, 2, 1], False, 2, 0.0, 4, 2),
            ([1, 2, 3, 3, 3], True, 2, 0.0, 5, 3),
            ([3, 2.9, 2.8, 2.7], False, 3, 0.5, 4, 1),
            ([3, 2.9, 2.4, 2.3], False, 3, 0.5, None, 3),
            ([math.nan, 5, 6, 4], False, 2, 0.0, None, 4),
            ([5, math.nan, math.nan], False, 2, 0.0, 3, 1),
            ([1, 2, 3], False, None, 0.0, None, 1),
        ],
    )
    def test_patience(self, values, up, patience, min_delta, stops_at, best):
        watch = Watch(Rule("m", up, patience, min_delta, True))
        epochs = enumerate(values, 1)
        assert next((epoch for epoch, value in epochs if watch.end_epoch(epoch, {"m": value})), None) == stops_at
        assert watch.best_epoch == best


@pytest.fixture(scope="module")
def data():
    """Labels that do not depend on the inputs: the validation loss has its best epoch early."""
    X, y = classes(60)
    return X, np.random.default_rng(0).permutation(y)


class TestEarlyStopping:
    def run(self, data, early_stopping, **changes):
        """A model, its history, and its weights after every epoch."""
        model, snapshots = deep_net(), []
        record = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: snapshots.append(model.get_weights()))
        chosen = settings(
            epochs=40, validation_fraction=0.5, early_stopping=early_stopping, metrics=["accuracy"], **changes
        )
        return model, train(model, *data, chosen, seed=0, callbacks=[record]), snapshots

    @pytest.mark.parametrize("restore", [True, False])
    def test_the_best_or_the_last_weights_are_kept(self, data, restore):
        model, history, snapshots = self.run(data, {"patience": 4, "restore_best": restore})
        best_epoch = 1 + int(np.argmin(history.curves["val_loss"]))
        assert (history.stopped, history.n_epochs) == ("early_stopping", best_epoch + 4)
        assert history.best_epoch == (best_epoch if restore else best_epoch + 4)
        assert same_bits(model, snapshots[history.best_epoch - 1])
        assert not same_bits(snapshots[-1], snapshots[best_epoch - 1])

    def test_the_best_weights_are_restored_after_the_last_epoch_too(self, data):
        model, history, snapshots = self.run(data, {"patience": 100})
        assert (history.stopped, history.n_epochs) == ("epochs", 40)
        assert history.best_epoch < 40
        assert same_bits(model, snapshots[history.best_epoch - 1])


class TestDivergence:
    def test_before_one_epoch_has_ended(self):
        X, y = classes(32)
        X[20] = np.nan
        model = deep_net()
        before = model.get_weights()
        message = (
            "the loss became nan in epoch 1, step 3 of 4, before the end of the first epoch; "
            "the weights are the initial ones\n"
            "  hint: reduce learning_rate, scale the inputs, and check them for NaN"
        )
        with pytest.raises(DivergenceError, match=f"^{re.escape(message)}$"):
            train(model, X, y, settings(shuffle=False))
        assert same_bits(before, model)
        assert train(model, X[:20], y[:20], settings()).n_epochs == 3

    @pytest.mark.parametrize("early_stopping", [False, True])
    def test_later_the_best_weights_are_kept(self, early_stopping):
        X, y = classes(32)
        model, snapshots = regression_net(), []

        def explode(epoch, logs):
            snapshots.append(model.get_weights())
            if epoch == 2:
                model.optimizer.learning_rate = 1e30

        callback = keras.callbacks.LambdaCallback(on_epoch_end=explode)
        chosen = settings(loss="mse", epochs=9, learning_rate=0.01, early_stopping=early_stopping, shuffle=False)
        with pytest.warns(DivergenceWarning) as caught:
            history = train(model, X, y, chosen, callbacks=[callback])
        assert [str(warning.message) for warning in caught] == [
            "the loss became inf in epoch 4, step 2 of 4: training stopped, the weights of epoch 3 are kept"
        ]
        assert caught[0].filename == __file__
        assert (history.stopped, history.n_epochs, history.best_epoch) == ("diverged", 3, 3)
        assert same_bits(model, snapshots[2])

    def test_in_the_last_step_of_an_epoch(self):
        """The loss of the step that makes the weights infinite is finite itself."""
        X, y = classes(32)
        model = regression_net()
        before = model.get_weights()
        chosen = settings(loss="mse", learning_rate=1e38, batch_size=32, epochs=1, optimizer="sgd")
        with pytest.raises(
            DivergenceError, match=r"^the weights became NaN or infinite in epoch 1, step 1 of 1, before"
        ):
            train(model, 100 * X, 100.0 * y, chosen)
        assert same_bits(before, model)

    def test_of_the_validation_alone(self):
        X, y = classes(32)
        bad = np.full_like(X, np.inf)
        with pytest.raises(DivergenceError, match=r"^the validation loss became nan in epoch 1, step 4 of 4, before"):
            train(softmax_net(), X, y, settings(), validation=(bad, y, None))

    @pytest.mark.parametrize(
        ("losses", "val_loss", "finite", "message"),
        [
            ([1, 2], None, True, ""),
            ([1, 2], 3.0, True, ""),
            ([1, np.nan, np.inf], None, False, "the loss became nan in epoch 5, step 2 of 3"),
            ([-np.inf], None, True, "the loss became -inf in epoch 5, step 1 of 1"),
            ([1, 2], None, False, "the weights became NaN or infinite in epoch 5, step 2 of 2"),
            ([1, 2], math.inf, True, "the validation loss became inf in epoch 5, step 2 of 2"),
        ],
    )
    def test_messages(self, losses, val_loss, finite, message):
        assert divergence(5, np.array(losses, float), val_loss, finite) == message
