"""Targets that do not suit a loss, and class indices for losses and metrics that take one-hot targets."""

import re

import numpy as np
import pytest

from train.nets import classes, settings, softmax_net, train

X, Y = classes()
HINT = "\n  hint: encode the classes as 0 to n_classes - 1, or set n_outputs to their number"


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (Y + 1, "y must contain class indices from 0 to 2, because the output has 3 units, got 3" + HINT),
        (Y + 0.5, f"y must contain class indices from 0 to 2, because the output has 3 units, got {Y[0] + 0.5}{HINT}"),
        (np.array(["a"] * 29), "y must be numeric, got 'a'\n"
         "  hint: encode the classes as 0 to n_classes - 1, or use nnbuild.NNClassifier, which accepts any labels"),
    ],
)  # fmt: skip
def test_targets_that_do_not_suit_the_loss(y, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        train(softmax_net(), X, y, settings(), seed=0)


def test_class_indices_train_as_their_one_hot_form():
    chosen = settings(loss="categorical_crossentropy", metrics=["AUC", "F1Score", "accuracy"])
    numbers = train(softmax_net(), X, Y, chosen, seed=0)
    one_hot = train(softmax_net(), X, np.eye(3, dtype="float32")[Y], chosen, seed=0)
    assert dict(numbers.curves) == dict(one_hot.curves)


def test_all_rows_to_validate_on():
    message = (
        "validation leaves 0 rows to train on and 29 to validate on; each needs at least one with a weight above 0"
    )
    with pytest.raises(ValueError, match=f"^{message}$"):
        train(softmax_net(), X, Y, settings(), validation=np.arange(29))


def test_rows_of_weight_zero_do_not_validate():
    weights = np.ones(29)
    weights[:2] = 0
    history = train(softmax_net(), X, Y, settings(), sample_weight=weights, validation=np.arange(4), seed=0)
    assert np.isfinite(history.curves["val_loss"]).all()


def test_a_batch_larger_than_any_number_of_rows():
    huge = train(softmax_net(), X, Y, settings(batch_size=2**40), seed=0)
    assert huge.curves == train(softmax_net(), X, Y, settings(batch_size=29), seed=0).curves
