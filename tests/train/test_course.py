"""Course of a training: the reason why it ends, the weights it keeps, and its history."""

import numpy as np

from nnbuild.train.common.course import TrainingCourse
from nnbuild.train.common.epochs import EpochHooks
from train.nets import settings


def run(losses, hooks=()):
    """A course of these validation losses."""
    course = TrainingCourse(["output"], settings(epochs=4), True, hooks)
    for epoch, loss in enumerate(losses, 1):
        course.begin_epoch(epoch)
        assert not course.diverges(epoch, np.array([loss]), True, loss)
        course.improves(epoch, {"loss": loss, "val_loss": loss})
        course.end_epoch(epoch, list)
        if course.stopped:
            break
    return course


def test_all_epochs_are_trained_and_the_last_weights_kept():
    course = run([3.0, 1.0, 2.0, 2.5])
    history = course.history(elapsed_s=1.5)
    assert (course.stopped, course.keeps_best, course.last["loss"]) == ("epochs", False, 2.5)
    assert (history.best_epoch, history.stopped, history.elapsed_s) == (4, "epochs", 1.5)
    assert list(history.curves["val_loss"]) == [3.0, 1.0, 2.0, 2.5]


def test_every_hook_is_called_and_any_of_them_ends_it():
    begun, ended = [], []
    stops = EpochHooks(begun.append, lambda epoch, weights: epoch == 2)
    counts = EpochHooks(begun.append, lambda epoch, weights: ended.append(epoch))
    course = run([3.0, 2.0, 1.0], [stops, counts])
    assert (course.stopped, begun, ended) == ("callback", [1, 1, 2, 2], [1, 2])
