"""Read image files as arrays of one size."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from PIL import Image, ImageOps

from nnbuild.errors import DataError, name_list, show
from nnbuild.inputs.protocol import InputPreparation
from nnbuild.inputs.samples import described, samples_of

MODES = {1: "L", 3: "RGB", 4: "RGBA"}  # Pillow's modes, by number of channels
SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")
IMAGE_COLUMN, CLASS_COLUMN = "image", "class"


@dataclass(frozen=True)
class ImagePreparation(InputPreparation):
    """Fitted preparation of image files.

    Attributes
    ----------
    shape : tuple of int or None
        Height, width and channels of all images; None for an axis of unknown length, if fit had arrays.
    """

    kind: ClassVar[str] = "image"
    unprepared_ndim: ClassVar[int] = 4

    shape: tuple[int | None, ...]

    @classmethod
    def checked(cls, values: Any, name: str) -> np.ndarray:
        """Return the names of image files as an array.

        Parameters
        ----------
        values : list, Series, array or DataFrame of one column, of str or path
        name : str
            Name of the data in messages.

        Returns
        -------
        array of str of shape (n_samples,), dtype object

        Raises
        ------
        ValueError
            For values that are not names of existing files.
        """
        files = samples_of(values, name, "an image")
        if files.ndim != 1:
            found = f"{name} must contain an image for each sample, got an array of shape {files.shape}"
            raise ValueError(
                f"{found}\n  hint: pass an array of shape (n_samples, height, width, channels), or a list of file names"
            )
        wrong = (row for row, value in enumerate(files) if not isinstance(value, str | PathLike))
        if (row := next(wrong, None)) is not None:
            found = f"got {described(files[row])} in row {row}"
            raise ValueError(f"{name} must contain names of image files, or image arrays of one size, {found}")
        missing = [row for row, value in enumerate(files) if not os.path.isfile(value)]
        if missing:
            first = f"{show(str(files[missing[0]]), 200)} in row {missing[0]}"
            what = f"a missing image file: {first}"
            if len(missing) > 1:
                what = f"{len(missing)} missing image files, the first is {first}"
            raise ValueError(
                f"{name} contains {what}\n  hint: relative names start from the current directory, {os.getcwd()}"
            )
        return np.array([os.fspath(value) for value in files], object)

    @classmethod
    def as_numbers(cls, values: Any) -> np.ndarray | None:
        """Return an array of images, also from a list of arrays of one size; None for other values."""
        if isinstance(values, list | tuple) and values and isinstance(values[0], np.ndarray):
            one_size = len({np.shape(value) for value in values}) == 1
            values = np.stack(values) if one_size else values
        return super().as_numbers(values)

    @classmethod
    def fitted(cls, values: np.ndarray, settings: Mapping) -> ImagePreparation:
        """Determine the shape of images: that of the recipe or, for arrays, their own.

        Parameters
        ----------
        values : array of str of shape (n_samples,), or of numbers of shape (n_samples, height, width, channels)
            Paths, or images.
        settings : mapping of str to JSON value
            `shape`, as in a recipe.

        Raises
        ------
        DataError
            For files if the recipe has no shape, or one with an unsupported number of channels.
        """
        wanted = settings.get("shape")
        if values.dtype != object:
            sizes = zip(wanted or values.shape[1:], values.shape[1:], strict=False)
            return cls(tuple(None if axis is None else size for axis, size in sizes))
        if wanted is None or None in wanted:
            hint = 'set "shape": [64, 64, 3] for this input in the recipe to resize all images to 64 by 64 RGB pixels'
            raise DataError(
                f"X contains names of image files, but the input of the recipe has no shape\n  hint: {hint}"
            )
        if wanted[2] not in MODES:
            raise DataError(f"image files have 1, 3 or 4 channels, but the input of the recipe has {wanted[2]}")
        return cls(tuple(wanted))

    def transformed(self, values: np.ndarray) -> np.ndarray:
        """Return images as an array of shape (n_samples, height, width, channels); uint8 from 0 to 255 for files.

        Files are scaled to the shape without keeping their aspect ratio, and rotated by their EXIF orientation. Only
        the first frame of an animation is used.

        Raises
        ------
        DataError
            For missing or damaged files, and for files if the training set had arrays of unknown size.
        """
        if values.dtype != object:
            return values
        if None in self.shape:
            raise DataError("X contains names of image files, but in fit it contained arrays without a fixed size")
        images = np.empty((len(values), *map(int, self.shape)), "uint8")  # type: ignore[arg-type]
        with ThreadPoolExecutor(os.cpu_count()) as pool:  # reading and scaling release the GIL
            for row, image in enumerate(pool.map(self._read, values)):
                images[row] = image
        return images

    def summary(self) -> list[str]:
        """Return a line that summarizes the preparation."""
        return ["images of " + "x".join("?" if size is None else str(size) for size in self.shape)]

    def to_dict(self) -> dict:
        """Return the fields as JSON values."""
        return {"shape": list(self.shape)}

    @classmethod
    def from_saved(cls, fields: Mapping, arrays: Mapping[str, np.ndarray]) -> ImagePreparation:
        """Return the preparation from the checked fields of `to_dict`."""
        return cls(tuple(fields["shape"]))

    def _read(self, path: str) -> np.ndarray:
        """Read the image in a file: array of the fitted shape, uint8."""
        height, width, channels = self.shape
        try:
            with Image.open(path) as image:
                if image.mode in ("F", "I"):
                    hint = "pass such images as arrays"
                    raise DataError(f"{path}: has 32 bits per channel, but must have 8 or 16\n  hint: {hint}")
                upright = ImageOps.exif_transpose(_of_8_bits(image)).convert(MODES[channels])  # type: ignore[index]
                scaled = upright.resize((width, height), Image.Resampling.BILINEAR)  # type: ignore[arg-type]
        except DataError:
            raise
        except FileNotFoundError:
            raise DataError(f"{path}: no such image file") from None
        except DAMAGE as error:
            raise DataError(f"{path}: can't be read as an image: {_message(error, path)}") from None
        return np.asarray(scaled).reshape(self.shape)  # type: ignore[arg-type]


def image_folder(folder: str | PathLike) -> tuple[np.ndarray, np.ndarray]:
    """List the images in a folder that has a subfolder for each class.

    Parameters
    ----------
    folder : str or path

    Returns
    -------
    paths : array of str of shape (n_samples,)
        Image files, sorted by class and name. Other files are ignored.
    labels : array of str of shape (n_samples,)
        Names of the subfolders that contain the images, at any depth.

    Raises
    ------
    DataError
        If there is no such folder, or it has no subfolders with images.

    Examples
    --------
    >>> paths, labels = image_folder("flowers")  # doctest: +SKIP
    """
    found = folder_table(folder)
    if CLASS_COLUMN not in found:
        raise DataError(f"{folder}: has images, but no subfolder for each class")
    return found[IMAGE_COLUMN].to_numpy(object), found[CLASS_COLUMN].to_numpy(object)


def folder_table(folder: str | PathLike) -> pd.DataFrame:
    """Return a table of the images in a folder: column "image" and, if each is in a subfolder of its class, "class".

    Raises
    ------
    DataError
        If there is no such folder, or it contains no image.
    """
    top = Path(folder)
    if not top.is_dir():
        raise DataError(f"{folder}: is not a folder")
    files = sorted(file for file in top.rglob("*") if file.suffix.lower() in SUFFIXES and not _is_hidden(file, top))
    if not files:
        allowed = f"images, or a subfolder of images for each class, with names that end in {', '.join(SUFFIXES)}"
        raise DataError(f"{folder}: contains no images\n  allowed: {allowed}")
    flat = [file for file in files if file.parent == top]
    table = pd.DataFrame({IMAGE_COLUMN: list(map(str, files))})
    if len(flat) == len(files):
        return table
    if flat:
        folders = name_list({file.relative_to(top).parts[0] for file in files if file.parent != top})
        found = f"contains images outside of the class folders, such as {flat[0].name}"
        raise DataError(f"{folder}: {found}\n  allowed: images in {folders}")
    return table.assign(**{CLASS_COLUMN: [file.relative_to(top).parts[0] for file in files]})


def _is_hidden(file: Path, top: Path) -> bool:
    return any(part.startswith(".") for part in file.relative_to(top).parts)


def _of_8_bits(image: Image.Image) -> Image.Image:
    """Return an image of 16 bits as its upper 8 bits; Pillow would clip values above 255."""
    if not image.mode.startswith("I;16"):
        return image
    return Image.fromarray((np.asarray(image) >> 8).astype("uint8"))


def _message(error: Exception, path: str) -> str:
    """Return Pillow's message without the name of the file."""
    text = " ".join(str(error).split()).replace(f" {path!r}", "")
    return text[:1].lower() + text[1:200] if text else type(error).__name__


# Errors of Pillow for files that are not images, damaged, or decompression bombs.
DAMAGE = (
    OSError, SyntaxError, ValueError, EOFError, OverflowError, Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)  # fmt: skip
