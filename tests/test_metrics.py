"""Intersection over union of classes, compared with scikit-learn and Keras."""

import re

import keras
import numpy as np
import pytest
from sklearn.metrics import jaccard_score

from nnbuild.metrics import class_iou, mean_iou

RNG = np.random.default_rng(0)
TRUE, FOUND = RNG.integers(0, 4, (2, 20, 8, 9))


def test_it_is_the_jaccard_index_of_flat_labels():
    flat = TRUE.ravel(), FOUND.ravel()
    np.testing.assert_allclose(class_iou(TRUE, FOUND), jaccard_score(*flat, average=None), rtol=1e-12)
    assert mean_iou(TRUE, FOUND) == pytest.approx(jaccard_score(*flat, average="macro"), rel=1e-12)


def test_weights_of_samples_are_those_of_their_pixels():
    weights = RNG.uniform(0, 2, 20)
    by_pixel = np.repeat(weights, 72)
    wanted = jaccard_score(TRUE.ravel(), FOUND.ravel(), average=None, sample_weight=by_pixel)
    np.testing.assert_allclose(class_iou(TRUE, FOUND, sample_weight=weights), wanted, rtol=1e-12)
    assert mean_iou(TRUE, FOUND, sample_weight=weights) == pytest.approx(wanted.mean(), rel=1e-12)


def test_it_is_keras_mean_iou():
    assert mean_iou(TRUE, FOUND) == pytest.approx(float(keras.metrics.MeanIoU(4)(TRUE, FOUND)), rel=1e-6)


def test_given_labels_and_labels_without_samples():
    names = np.array(["road", "sky", "car", "tree"])
    true, found = names[np.minimum(TRUE, 2)], names[np.minimum(FOUND, 2)]
    overlaps = class_iou(true, found, labels=["sky", "tree", "car"])
    np.testing.assert_array_equal(np.isnan(overlaps), [False, True, False])
    assert mean_iou(true, found, labels=["sky", "tree", "car"]) == np.nanmean(overlaps)
    assert overlaps[0] == jaccard_score(true.ravel(), found.ravel(), labels=["sky"], average="macro")


def test_without_any_class_there_is_no_overlap():
    assert np.isnan(mean_iou([], []))
    assert np.isnan(mean_iou(TRUE, FOUND, labels=[7]))


def test_all_right_and_all_wrong():
    assert mean_iou(TRUE, TRUE) == 1
    assert mean_iou(TRUE, (TRUE + 1) % 4) == 0


@pytest.mark.parametrize(
    ("y_pred", "more", "message"),
    [
        (FOUND[:, :4], {}, "y_true and y_pred must have the same shape, got (20, 8, 9) and (20, 4, 9)"),
        (FOUND, {"sample_weight": [1, 2]}, "sample_weight must be of shape (20,), got (2,)"),
        (FOUND, {"labels": 1}, "labels must be a list of labels, got 1"),
    ],
)
def test_wrong_arguments(y_pred, more, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        class_iou(TRUE, y_pred, **more)
