"""Commands of segmentation: training on images with masks, and pixel scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nnbuild.errors import DataError
from nnbuild.estimators.base import NNEstimator
from nnbuild.estimators.classifier import NNClassifier
from nnbuild.estimators.fitted import fit_of
from nnbuild.metrics import mean_iou
from nnbuild.recipe import Recipe
from nnbuild.report.scores import Classified, Score, Scores
from nnbuild.runs.data.estimator import training_and_validation_rows
from nnbuild.runs.data.segmented import Legend, SegmentedImages, read_new_segmented
from nnbuild.runs.workflows.protocol import Predictions
from nnbuild.tasks.scores import MIN_SHARE, entropy, mean_error

MAX_PIXELS = 2**20  # predicted at once; probabilities have a value for each class


class SegmentationWorkflow:
    """Workflow of segmentation."""

    def estimator(self, recipe: Recipe, data: SegmentedImages, **parameters: object) -> NNEstimator:
        """Return an unfitted classifier."""
        return NNClassifier(recipe, **parameters)

    def check(self, recipe: Recipe, data: SegmentedImages) -> None:
        """Accept all data: their reader has checked them."""

    def adapted(self, recipe: Recipe, data: SegmentedImages) -> SegmentedImages:
        """Return the data."""
        return data

    def fit(self, estimator: Any, train: SegmentedImages) -> None:
        """Train on images and the labels of their pixels."""
        estimator.fit(train.X, train.y)

    def parts(self, estimator: Any, train: Any, seed: int) -> tuple[Any, int]:
        """Return the training set without the validation set, and the size of the validation set."""
        return training_and_validation_rows(estimator, train, train.X, train.y, seed)

    def scores(self, estimator: Any, data: SegmentedImages) -> Scores:
        """Return accuracy, mean IoU and log loss of pixels, with class frequencies as the baseline."""
        true, found, losses = _compared(estimator, data)
        n = len(data.legend.values)
        counts = np.bincount((true.astype("int64") * n + found).ravel(), minlength=n * n).reshape(n, n)
        n_true = counts.sum(axis=1)
        shares = n_true / n_true.sum()
        right = (true == found).mean(axis=(1, 2))
        with np.errstate(invalid="ignore"):
            means = losses / n_true  # NaN for a class without pixels
        values = (
            Score("accuracy", float(right.mean()), float(shares.max()), error=mean_error(right)),
            Score("mean_iou", mean_iou(true, found), mean_iou(true, np.full_like(true, n_true.argmax()))),
            Score("log_loss", float(losses.sum() / n_true.sum()), entropy(shares)),
        )
        outcome = Classified(
            data.legend.names, tuple(map(tuple, counts.tolist())), tuple(means.tolist()), of_pixels=True
        )
        return Scores(len(data), values, "the shares of the classes of all pixels", (outcome,), unit="image")

    def columns(self, estimator: Any, data: SegmentedImages) -> list[tuple[str, str]]:
        """Return the size of the images, and the classes of the masks."""
        height, width, channels = data.X.shape[1:]
        kind = "colours" if data.legend.has_colours else "class indices"
        pairs = zip(data.legend.value_texts, data.legend.names, strict=True)
        classes = ", ".join(value if value == name else f"{value} ({name})" for value, name in pairs)
        return [(data.source, f"images of {height}x{width}x{channels}"), (data.masks, f"{kind}: {classes}")]

    def new_data(
        self, estimator: Any, notes: Mapping, source: str, targets: tuple[str, ...] = (), masks: str | None = None
    ) -> SegmentedImages:
        """Read a folder of images and a folder of masks."""
        return read_new_segmented(source, masks, Legend.of_model(estimator, notes), image_shape(estimator))

    def predictions(self, estimator: Any, notes: Mapping, source: str, probabilities: bool) -> Predictions:
        """Raise an error: predictions are written to a folder."""
        raise DataError("predictions of segmentation are images: use nnbuild.runs.predict_masks")


def image_shape(estimator: Any) -> tuple[int, int, int]:
    """Return height, width and channels of the images of a fitted estimator."""
    fitted = fit_of(estimator)
    positions = fitted.targets.positions
    inputs = list(estimator.recipe_.inputs.values()) if estimator.recipe_ is not None else []
    if len(inputs) != 1 or len(positions) != 2:
        raise DataError("the model does not segment images: use it in Python")
    shape = inputs[0].get("shape") or (*positions, 3)
    return positions[0], positions[1], shape[-1]


def batches(X: np.ndarray) -> list[slice]:
    """Return slices of images that are predicted at once."""
    size = max(1, MAX_PIXELS // max(1, X.shape[1] * X.shape[2]))
    return [slice(start, start + size) for start in range(0, len(X), size)]


def _compared(estimator: Any, data: SegmentedImages) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the true and the predicted class of each pixel as positions in the legend, and summed losses by class."""
    n = len(data.legend.values)
    true = np.searchsorted(data.legend.labels, data.y).astype("uint8")
    found, losses = np.empty_like(true), np.zeros(n)
    for part in batches(data.X):
        probabilities = np.asarray(estimator.predict_proba(data.X[part]), "float32")
        found[part] = probabilities.argmax(axis=-1)
        own = np.take_along_axis(probabilities, true[part][..., np.newaxis].astype("int64"), axis=-1)
        losses += np.bincount(true[part].ravel(), -np.log(np.maximum(own, MIN_SHARE)).ravel(), minlength=n)
    return true, found, losses
