"""Course of a training: the reason why it ends, the weights it keeps, and its history."""

import math

import numpy as np
import pytest

from nnbuild.train.common.course import Course
from nnbuild.train.common.epochs import EpochHooks
from train.nets import settings


def run(losses, hooks=(), **changes):
    """A course that reads validation losses; the epochs whose weights were the best so far."""
    course, best = Course(["output"], settings(epochs=4, **changes), True, hooks), []
    for epoch, loss in enumerate(losses, 1):
        course.begin_epoch(epoch)
        if course.diverges(epoch, np.array([loss]), True, loss):
            break
        if course.improves(epoch, {"loss": loss, "val_loss": loss}):
            best.append(epoch)
        course.end_epoch(epoch, list)
        if course.stopped:
            break
    return course, best


def test_all_epochs_are_trained_and_the_last_weights_kept():
    course, _ = run([3.0, 1.0, 2.0, 2.5])
    history = course.history(elapsed_s=1.5)
    assert (course.stopped, course.keeps_best, course.last["loss"]) == ("epochs", False, 2.5)
    assert (history.best_epoch, history.stopped, history.elapsed_s) == (4, "epochs", 1.5)
    assert list(history.curves["val_loss"]) == [3.0, 1.0, 2.0, 2.5]


@pytest.mark.parametrize(("restore", "kept"), [(True, 2), (False, 3)])
def test_early_stopping_ends_it_after_its_patience(restore, kept):
    course, best = run([3.0, 1.0, 2.0, 0.5], early_stopping={"patience": 1, "restore_best": restore})
    assert (course.stopped, course.keeps_best, best) == ("early_stopping", restore, [1, 2])
    assert course.history().best_epoch == kept


def test_a_loss_that_is_not_finite_ends_it():
    course, _ = run([3.0, math.nan, 1.0])
    assert (course.stopped, course.keeps_best) == ("diverged", True)
    assert "loss" in course.trouble
    assert list(course.history().curves["loss"]) == [3.0]


def test_every_hook_is_called_and_any_of_them_ends_it():
    begun, ended = [], []
    stops = EpochHooks(begun.append, lambda epoch, weights: epoch == 2)
    counts = EpochHooks(begun.append, lambda epoch, weights: ended.append(epoch))
    course, _ = run([3.0, 2.0, 1.0], [stops, counts])
    assert (course.stopped, begun, ended) == ("callback", [1, 1, 2, 2], [1, 2])
