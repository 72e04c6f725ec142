"""Class weights against scikit-learn's."""

import re

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from nnbuild.train.common.batches import make_data
from nnbuild.train.common.sample_weights import class_weights, row_weights

LABELS = np.array([0, 0, 0, 1, 1, 2])
WEIGHTS = np.array([1.0, 2.0, 0.5, 3.0, 1.0, 0.0])


def data_of(y=LABELS, weights=None):
    return make_data(np.zeros((len(y), 1)), y, weights, ["output"])


def test_balanced():
    expected = compute_class_weight("balanced", classes=np.unique(LABELS), y=LABELS)
    assert list(class_weights(data_of(), "output", "balanced").values()) == pytest.approx(expected.tolist())


def test_balanced_with_sample_weights():
    """Rows of weight zero, and with them the whole class 2, are not there."""
    expected = compute_class_weight("balanced", classes=np.array([0, 1]), y=LABELS[:5], sample_weight=WEIGHTS[:5])
    found = class_weights(data_of(weights=WEIGHTS), "output", "balanced")
    assert found == {0: pytest.approx(expected[0]), 1: pytest.approx(expected[1])}
    assert row_weights(data_of(weights=WEIGHTS), "output", found)[[0, 5]].tolist() == [found[0], 0.0]


@pytest.mark.parametrize("y", [LABELS, LABELS.astype(float), LABELS[:, None], np.eye(3)[LABELS]])
def test_labels_may_be_written_as_json_does(y):
    data = data_of(y, WEIGHTS)
    weights = row_weights(data, "output", class_weights(data, "output", {"0": 2, "2": 0.5}))
    assert weights.tolist() == [2.0, 4.0, 1.0, 3.0, 1.0, 0.0]
    assert class_weights(data, "output", {0: 2, 2: 0.5}) == class_weights(data, "output", {"0": 2, "2": 0.5})


@pytest.mark.parametrize(
    ("y", "class_weight", "message"),
    [
        (LABELS, {"3": 1.0}, "class_weight: no class '3'; classes: 0, 1, 2"),
        (LABELS, {"1": -1.0}, "class_weight must be finite and non-negative, got -1.0"),
        (np.ones((6, 2)), "balanced", "class_weight requires one class per sample; y has several"),
    ],
)
def test_refused_class_weights(y, class_weight, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        class_weights(data_of(y), "output", class_weight)


def test_samples_without_a_target_do_not_count():
    weights = {"a": np.array([1.0, 1, 1, 1, 0, 0]), "b": np.ones(6)}
    data = make_data(np.zeros((6, 1)), {"a": LABELS, "b": LABELS}, weights, ["a", "b"])
    assert class_weights(data, "a", "balanced") == {0: pytest.approx(4 / 6), 1: 2.0}
    assert class_weights(data, "b", "balanced") == class_weights(data_of(), "output", "balanced")
