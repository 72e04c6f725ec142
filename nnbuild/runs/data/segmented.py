"""Images and masks to train or to test on: a class for each pixel."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from nnbuild.errors import DataError, name_list, show
from nnbuild.inputs.images import MODES, ImagePreparation
from nnbuild.inputs.masks import (
    Masks,
    Size,
    are_gray,
    checked_names,
    colour_text,
    common_size,
    flat_images,
    masks_beside,
    read_masks,
)
from nnbuild.inputs.notations import Notation
from nnbuild.recipe import Recipe
from nnbuild.report.units import counted, first_names
from nnbuild.runs.data.dataset import drawn_rows
from nnbuild.runs.workflows.rows import SEGMENTATION
from nnbuild.tasks.rows import TASKS

MAX_NAMES = 12  # listed classes


@dataclass(frozen=True)
class Legend:
    """Classes of masks.

    Attributes
    ----------
    values : tuple of int
        Class indices, or colours as numbers, in ascending order.
    names : tuple of str
    has_colours : bool
    """

    values: tuple[int, ...]
    names: tuple[str, ...]
    has_colours: bool = False

    @property
    def labels(self) -> np.ndarray:
        """Label of each class in y: its index in masks, or for colours its position."""
        return np.arange(len(self.values)) if self.has_colours else np.array(self.values)

    def labels_in(self, masks: Masks, files: Sequence[str]) -> np.ndarray:
        """Return the labels of pixels, of the shape of the masks; raise a `DataError` for an unknown class."""
        codes = np.searchsorted(self.values, masks.values).clip(max=len(self.values) - 1)
        wrong = np.array(self.values)[codes] != masks.values
        if wrong.any():
            row = int(wrong.any(axis=(1, 2)).argmax())
            value = value_text(int(masks.values[row][wrong[row]][0]), self.has_colours)
            found = f"{files[row]}: has the class {value}, which is not in the training data"
            raise DataError(f"{found}\n  allowed: {name_list(self.value_texts)}")
        return self.labels[codes].astype("uint8" if self.labels.max() < 256 else "int32")

    @property
    def value_texts(self) -> list[str]:
        """Class indices or colours as text."""
        return [value_text(value, self.has_colours) for value in self.values]

    def to_dict(self) -> dict:
        """Return the fields as JSON values."""
        return {"values": list(self.values), "names": list(self.names), "colours": self.has_colours}

    @classmethod
    def of_model(cls, estimator: Any, notes: Mapping) -> Legend:
        """Return the classes of a saved model, from the notes of `nnbuild train` or the labels of a model of Python."""
        match notes.get("classes"):
            case {"values": [*values], "names": [*names], "colours": bool(colours)} if len(values) == len(names) == len(
                estimator.classes_
            ) and all(isinstance(one, int) for one in values):
                return cls(tuple(values), tuple(map(str, names)), colours)
        labels = estimator.classes_.tolist()
        are_indices = all(isinstance(label, int) and 0 <= label < 2**16 for label in labels)
        return cls(tuple(labels if are_indices else range(len(labels))), tuple(map(str, labels)))


def value_text(value: int, is_colour: bool) -> str:
    """Return a class index or a colour as text."""
    return colour_text(value) if is_colour else str(value)


@dataclass(frozen=True, eq=False)
class SegmentedImages:
    """Images with a class for each pixel.

    Attributes
    ----------
    X : array of shape (n_samples, height, width, channels), uint8
    y : array of shape (n_samples, height, width)
        Labels of `legend`.
    legend : Legend
    source, masks : str
        Folders of the images and of the masks.
    test_masks : str or None
        Folder of the masks of the test set.
    """

    X: np.ndarray
    y: np.ndarray
    legend: Legend
    source: str
    masks: str
    test_masks: str | None = None
    test: SegmentedImages | None = None
    notations: Mapping[str, Notation] = field(default_factory=dict)
    remarks: Mapping[str, str] = field(default_factory=dict)

    workflow: ClassVar[str] = SEGMENTATION
    task: ClassVar[str] = "segmentation"
    reason: ClassVar[str] = "because --masks has a class for each pixel"
    is_regression: ClassVar[bool] = False

    def __len__(self) -> int:
        return len(self.X)

    @property
    def targets(self) -> tuple[str, ...]:
        """Folder of the masks."""
        return (self.masks,)

    @property
    def notes(self) -> dict[str, object]:
        """Notes of the model file, for `Legend.of_model`."""
        return {"classes": self.legend.to_dict()}

    def select(self, rows: np.ndarray) -> SegmentedImages:
        """Return the images at these positions."""
        return replace(self, X=self.X[rows], y=self.y[rows], test=None)

    def sample(self, most: int) -> SegmentedImages:
        """Return at most `most` images, drawn with a fixed seed."""
        return self if len(self) <= most else self.select(drawn_rows(len(self), most))

    def split(self, fraction: float, seed: int) -> tuple[SegmentedImages, SegmentedImages]:
        """Return a training set and a test set with `fraction` of the images, drawn with a seed.

        Each class is in the training set: images with a class that it lacks are not tested.

        Raises
        ------
        DataError
            If the test set is empty.
        """
        from nnbuild.train.common.splits import split_rows

        train_rows, test_rows = split_rows(len(self), fraction, "random", seed, None)
        has_class = np.stack([(self.y == label).any(axis=(1, 2)) for label in self.legend.labels], axis=1)
        is_lacking = ~has_class[train_rows].any(axis=0)
        moved = has_class[test_rows][:, is_lacking].any(axis=1)
        train_rows, test_rows = np.sort(np.append(train_rows, test_rows[moved])), test_rows[~moved]
        if not len(test_rows):
            raise DataError(f"{self.source}: no images can be held out\n  hint: pass --test-data and --test-masks")
        return self.select(train_rows), self.select(test_rows)

    def text(self) -> str:
        """Return folders, number and shape of the images."""
        height, width, channels = self.X.shape[1:]
        return f"{self.source}: {counted(len(self), 'image')} of {height}x{width}x{channels} -> {self.masks}"

    def task_text(self) -> str:
        """Return the task, and the names of the classes."""
        return f"{TASKS[self.task].in_words(len(self.legend.values))}: {first_names(self.legend.names, MAX_NAMES)}"


def read_segmented(
    source: str,
    recipe: Recipe | None,
    *,
    masks: str | None = None,
    class_names: Sequence[str] = (),
    size: str | None = None,
    test_masks: str | None = None,
) -> SegmentedImages:
    """Read a folder of images and a folder of masks.

    Parameters
    ----------
    source, masks : str
        Folders. An image and its mask have the same name without suffix.
    recipe : Recipe or None
        The shape of its input, if it has one, is that of the images.
    class_names : sequence of str, optional
        Names of classes, as "VALUE=NAME".
    size : str, optional
        Height and width, such as "64x64", to which images and masks are scaled.
    test_masks : str, optional
        Folder of the masks of a test set.

    Raises
    ------
    DataError
        If an image or mask can't be read, an image has no mask, sizes differ, or there is only one class.
    """
    images, files = _pairs(source, masks, "--masks")
    height, width, channels = _shape(images, recipe, size)
    found = read_masks(files, images, (height, width))
    values = np.unique(found.values).tolist()
    texts = [value_text(value, found.has_colours) for value in values]
    if len(values) < 2:
        raise DataError(f"{masks}: all masks have only the class {texts[0]}\n  allowed: two classes or more")
    given = checked_names(class_names, texts, str(masks))
    legend = Legend(tuple(values), tuple(given.get(text, text) for text in texts), found.has_colours)
    X = read_images(images, (height, width, channels))
    y = legend.labels_in(found, files)
    return SegmentedImages(X, y, legend, _name(source), _name(str(masks)), test_masks)


def read_new_segmented(
    source: str, masks: str | None, legend: Legend, shape: tuple[int, ...], option: str = "--masks"
) -> SegmentedImages:
    """Read images and masks to test on, in the form of the training data."""
    images, files = _pairs(source, masks, option)
    found = read_masks(files, images, (shape[0], shape[1]), legend.has_colours)
    y = legend.labels_in(found, files)
    return SegmentedImages(read_images(images, shape), y, legend, _name(source), _name(str(masks)))


def read_images(files: Sequence[str], shape: tuple[int, ...]) -> np.ndarray:
    """Return images of a shape: array of shape (n_samples, *shape), uint8."""
    return ImagePreparation(shape).transformed(np.array(files, object))


def _pairs(source: str, masks: str | None, option: str) -> tuple[list[str], list[str]]:
    """Return the images of a folder, and their masks."""
    if masks is None:
        raise DataError(f"{source}: segmentation requires masks\n  hint: pass the folder of masks with {option} FOLDER")
    images = flat_images(source)
    return images, masks_beside(images, masks)


def _shape(images: Sequence[str], recipe: Recipe | None, size: str | None) -> tuple[int, int, int]:
    """Return height, width and channels: those of the recipe, of --size, or of the images."""
    own = _recipe_shape(recipe) if recipe else [None, None, None]
    channels = own[2] or (1 if are_gray(images) else 3)
    if channels not in MODES:
        raise DataError(f"image files have 1, 3 or 4 channels, but the input of the recipe has {channels}")
    given = _parsed(size) if size else None
    if own[0] and own[1]:
        fixed = (own[0], own[1])
        if given and given != fixed:
            raise DataError(f"--size {size} contradicts the recipe, whose input is {fixed[0]}x{fixed[1]}")
        return (*fixed, channels)
    return (*(given or common_size(images)), channels)


def _recipe_shape(recipe: Recipe) -> list[int | None]:
    inputs = recipe.network.inputs
    if len(inputs) > 1:
        raise DataError(f"the recipe has the inputs {', '.join(inputs)}, but segmentation has images only")
    (spec,) = inputs.values()
    shape = list(spec.get("shape") or [None, None, None])
    if len(shape) != 3:
        sizes = "x".join("?" if one is None else str(one) for one in shape)
        raise DataError(f"the recipe's input has shape {sizes}\n  allowed: HEIGHTxWIDTHxCHANNELS, as of images")
    return shape


def _parsed(size: str) -> Size:
    found = re.fullmatch(r"([1-9]\d{0,4})x([1-9]\d{0,4})", size)
    if not found:
        raise DataError(f"--size {show(size)} is not HEIGHTxWIDTH, such as 64x64")
    return int(found[1]), int(found[2])


def _name(folder: str) -> str:
    return Path(folder).name or folder
