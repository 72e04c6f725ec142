"""Predictions of segmentation: a folder with a PNG file of class indices for each image."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nnbuild.files.writing import NotWritten, replacing_path
from nnbuild.inputs.masks import flat_images, image_size, scaled, write_mask
from nnbuild.runs.data.segmented import Legend, read_images
from nnbuild.runs.output import LEGEND_FILE, MASK_FOLDER, WritingError
from nnbuild.runs.predict import open_model
from nnbuild.runs.workflows.segmentation import batches, image_shape


def predict_masks(model: str, source: str, out: str) -> pd.DataFrame:
    """Predict the class of each pixel of images, and write a PNG file for each to a folder.

    The files have the sizes of the images, and contain the class indices of the training masks; for masks of colours,
    indices in the order of `classes.csv` with these colours as palette. The folder replaces one of earlier predictions
    in one step.

    Parameters
    ----------
    model : str
        Model file.
    source : str
        Folder of images.
    out : str
        Folder to write.

    Returns
    -------
    DataFrame of n_samples rows
        Image, PNG file, and the share of the pixels of each class.

    Raises
    ------
    ModelFileError
        If the model can't be read.
    DataError
        If an image can't be read.
    WritingError
        If the folder can't be written.
    """
    opened = open_model(model, "predict")
    legend, shape = Legend.of_model(opened.estimator, opened.notes), image_shape(opened.estimator)
    images = flat_images(source)
    try:
        with replacing_path(out, MASK_FOLDER) as folder:
            folder.mkdir()
            _legend_table(legend).to_csv(folder / LEGEND_FILE, index=False)
            return _written(opened.estimator, legend, images, shape, folder)
    except NotWritten as error:
        raise WritingError(str(error)) from None


def _written(
    estimator: Any, legend: Legend, images: list[str], shape: tuple[int, int, int], folder: Path
) -> pd.DataFrame:
    """Write the predictions, and return their table."""
    rows = []
    for part in batches(np.empty((len(images), *shape[:2], 0))):
        X = read_images(images[part], shape)
        for image, labels in zip(images[part], estimator.predict(X), strict=True):
            codes = np.searchsorted(estimator.classes_, labels)
            name = f"{Path(image).stem}.png"
            write_mask(folder / name, scaled(codes, image_size(image)), legend.values, legend.has_colours)
            shares = np.bincount(codes.ravel(), minlength=len(legend.names)) / codes.size
            rows.append([Path(image).name, name, *shares.tolist()])
    return pd.DataFrame(rows, columns=["image", "mask", *(f"share of {name}" for name in legend.names)])


def _legend_table(legend: Legend) -> pd.DataFrame:
    """Return the classes: value in the PNG files, colour if the masks have colours, and name."""
    if not legend.has_colours:
        return pd.DataFrame({"value": legend.values, "name": legend.names})
    positions = range(len(legend.values))
    return pd.DataFrame({"value": positions, "colour": legend.value_texts, "name": legend.names})
