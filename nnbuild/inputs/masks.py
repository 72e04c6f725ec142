"""Read masks: image files with a class for each pixel."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from nnbuild.errors import DataError, did_you_mean, name_list, show
from nnbuild.inputs.images import DAMAGE, SUFFIXES

INDEX_MODES = ("1", "L", "P", "I", "I;16", "I;16B", "I;16L")
LOSSLESS = (".bmp", ".gif", ".pgm", ".png", ".ppm", ".tif", ".tiff")
MAX_CLASSES = 256
ORIENTATION, SWAPPED = 0x0112, (5, 6, 7, 8)  # EXIF tag, and its values that exchange height and width
Size = tuple[int, int]  # height and width


class Masks(NamedTuple):
    """Masks of one size.

    Attributes
    ----------
    values : array of shape (n_samples, height, width), int32
        Class indices, or colours as 65536 * red + 256 * green + blue.
    has_colours : bool
    """

    values: np.ndarray
    has_colours: bool


def flat_images(folder: str) -> list[str]:
    """Return the image files directly in a folder, sorted by name.

    Raises
    ------
    DataError
        If there is no such folder, it contains no image, or two images have the same name without suffix.
    """
    files = _files(folder)
    if not files:
        found = f"{folder}: contains no images"
        raise DataError(
            f"{found}\n  allowed: image files with names that end in {', '.join(SUFFIXES)}, not in subfolders"
        )
    return [str(file) for file in files.values()]


def masks_beside(images: Sequence[str], folder: str) -> list[str]:
    """Return the mask of each image: the file in a folder of the same name without suffix.

    Raises
    ------
    DataError
        If there is no such folder, or an image has no mask.
    """
    files = _files(folder)
    stems = {Path(image).stem for image in images}
    for image in images:
        stem = Path(image).stem
        if stem not in files:
            hint = did_you_mean(stem, [name for name in files if name not in stems])
            found = f"{image}: has no mask in {folder}\n  allowed: {stem}.png; masks have the name of their image"
            raise DataError(found + (f"\n  hint: {hint}" if hint else ""))
    found_files = [files[Path(image).stem] for image in images]
    for file in found_files:
        if file.suffix.lower() not in LOSSLESS:
            hint = "save it as PNG"
            raise DataError(f"{file}: a mask in a lossy format has wrong classes at edges\n  hint: {hint}")
    return [str(file) for file in found_files]


def common_size(images: Sequence[str]) -> Size:
    """Return the height and width of all images; raise a `DataError` if they differ."""
    sizes = [image_size(image) for image in images]
    for image, size in zip(images, sizes, strict=True):
        if size != sizes[0]:
            found = f"{image} is {_text(size)}, but {images[0]} is {_text(sizes[0])}"
            raise DataError(
                f"{found}\n  hint: resize all images and masks with --size HEIGHTxWIDTH, such as --size 64x64"
            )
    return sizes[0]


def image_size(file: str) -> Size:
    """Return the height and width of an image, upright by its EXIF orientation."""
    with _opened(file) as image:
        width, height = image.size
        return (width, height) if image.getexif().get(ORIENTATION) in SWAPPED else (height, width)


def are_gray(images: Sequence[str]) -> bool:
    """Return whether all images have a single channel."""
    for file in images:
        with _opened(file) as image:
            if image.mode not in ("1", "L") and not image.mode.startswith("I;16"):
                return False
    return True


def read_masks(files: Sequence[str], images: Sequence[str], size: Size, has_colours: bool | None = None) -> Masks:
    """Read masks, and scale them to a size by nearest pixels.

    Parameters
    ----------
    files, images : sequence of str
        Masks and their images, which must have equal sizes.
    size : (int, int)
        Height and width.
    has_colours : bool, optional
        Whether classes are colours. By default they are if the first mask is an RGB image. Gray and palette images
        contain class indices.

    Raises
    ------
    DataError
        If a file can't be read, if its size or its kind differs, if it has transparent pixels, or if there are more
        than 256 classes.
    """
    values = np.empty((len(files), *size), "int32")
    palette: list[int] | None = None
    known: set[int] = set()
    for row, (file, image) in enumerate(zip(files, images, strict=True)):
        with _opened(file) as mask:
            if has_colours is None:
                has_colours = mask.mode not in INDEX_MODES
            if mask.mode == "P" and not has_colours:
                palette = _same_palette(palette, mask.getpalette() or [], file, files[0])
            array = _colours(mask, file, files[0]) if has_colours else _indices(mask, file, files[0])
        if array.shape != (wanted := image_size(image)):
            raise DataError(f"{file}: is {_text(array.shape)}, but its image {image} is {_text(wanted)}")
        known |= set(np.unique(array).tolist())
        if len(known) > MAX_CLASSES:
            what = "colours" if has_colours else "values"
            hint = "draw masks without smoothed edges, one value or colour for each class"
            raise DataError(f"{file}: masks have more than {MAX_CLASSES} {what} up to this file\n  hint: {hint}")
        values[row] = scaled(array, size)
    return Masks(values, bool(has_colours))


def scaled(array: np.ndarray, size: Size) -> np.ndarray:
    """Return an array of shape (height, width) scaled to another size by nearest pixels.

    Examples
    --------
    >>> scaled(np.array([[1, 2], [3, 4]]), (2, 4)).tolist()
    [[1, 1, 2, 2], [3, 3, 4, 4]]
    """
    rows, columns = (
        ((np.arange(new) + 0.5) * old / new).astype(int) for new, old in zip(size, array.shape, strict=True)
    )
    return array[rows[:, np.newaxis], columns]


def write_mask(path: Path, codes: np.ndarray, values: Sequence[int], has_colours: bool) -> None:
    """Write a PNG file of class indices.

    Parameters
    ----------
    path : Path
    codes : array of shape (height, width)
        Positions in `values`.
    values : sequence of int
        Class indices; or colours, of which the file contains the positions, with the colours as palette.
    has_colours : bool
    """
    if has_colours:
        image = Image.fromarray(codes.astype("uint8"))
        image.putpalette([part for colour in values for part in (colour >> 16, colour >> 8 & 255, colour & 255)])
    else:
        image = Image.fromarray(np.array(values)[codes].astype("uint8" if max(values) < 256 else "uint16"))
    image.save(path)


def checked_names(names: Sequence[str], values: Sequence[str], source: str) -> dict[str, str]:
    """Return names of classes by value, from texts such as "1=road"; raise a `DataError` for unknown values."""
    found: dict[str, str] = {}
    for text in names:
        value, equals, name = text.partition("=")
        if not equals or not value or not name:
            raise DataError(f"--class {show(text)} is not VALUE=NAME, such as 1=road")
        value = value.lower()
        if value not in values:
            raise DataError(f"{source}: no mask has the class {value}\n  allowed: {name_list(values)}")
        if value in found:
            raise DataError(f"--class: the class {value} has two names, {show(found[value])} and {show(name)}")
        found[value] = name
    if twice := [name for name in found.values() if list(found.values()).count(name) > 1]:
        raise DataError(f"--class: two classes have the name {show(twice[0])}\n  hint: rename one of them")
    return found


def colour_text(value: int) -> str:
    """Return a colour as text.

    Examples
    --------
    >>> colour_text(255)
    '#0000ff'
    """
    return f"#{value:06x}"


def _files(folder: str) -> dict[str, Path]:
    """Return the image files directly in a folder by their names without suffix, in alphabetical order."""
    top = Path(folder)
    if not top.is_dir():
        raise DataError(f"{folder}: is not a folder")
    files: dict[str, Path] = {}
    for file in sorted(top.iterdir()):
        if file.suffix.lower() in SUFFIXES and not file.name.startswith(".") and file.is_file():
            if other := files.get(file.stem):
                raise DataError(
                    f"{folder}: {other.name} and {file.name} differ only in the suffix\n  hint: rename one of them"
                )
            files[file.stem] = file
    return files


def _opened(file: str) -> Image.Image:
    try:
        return Image.open(file)
    except FileNotFoundError:
        raise DataError(f"{file}: no such image file") from None
    except DAMAGE as error:
        raise DataError(f"{file}: can't be read as an image: {_message(error, file)}") from None


def _same_palette(palette: list[int] | None, other: list[int], file: str, first: str) -> list[int]:
    """Return the longer of two palettes; raise a `DataError` if one does not begin with the other."""
    if palette is None:
        return other
    n = min(len(palette), len(other))
    if palette[:n] != other[:n]:
        found = f"{file}: its palette differs from that of {first}, so equal indices are different classes"
        raise DataError(f"{found}\n  hint: convert all masks to RGB; each colour is then a class")
    return max(palette, other, key=len)


def _indices(mask: Image.Image, file: str, first: str) -> np.ndarray:
    if mask.mode not in INDEX_MODES:
        raise _other_kind(file, f"has colours (mode {mask.mode})", first, "class indices")
    return _pixels(mask, file).astype("int32")


def _colours(mask: Image.Image, file: str, first: str) -> np.ndarray:
    if mask.mode not in ("RGB", "RGBA", "P"):
        if mask.mode not in INDEX_MODES:
            found = f"{file}: is a mask of mode {mask.mode}"
            raise DataError(f"{found}\n  allowed: RGB colours, or class indices in a gray or palette image")
        raise _other_kind(file, "has class indices", first, "colours")
    pixels = _pixels(mask if mask.mode == "RGBA" else mask.convert("RGB"), file).astype("int32")
    if mask.mode == "RGBA" and (pixels[..., 3] < 255).any():
        raise DataError(
            f"{file}: the mask has transparent pixels\n  hint: save it as an RGB image without transparency"
        )
    return (pixels[..., 0] << 16) + (pixels[..., 1] << 8) + pixels[..., 2]


def _pixels(mask: Image.Image, file: str) -> np.ndarray:
    try:
        return np.asarray(mask)
    except DAMAGE as error:
        raise DataError(f"{file}: can't be read as an image: {_message(error, file)}") from None


def _message(error: Exception, file: str) -> str:
    """Return Pillow's message without the name of the file."""
    text = " ".join(str(error).split()).replace(f" {file!r}", "")
    return text[:1].lower() + text[1:200] if text else type(error).__name__


def _other_kind(file: str, found: str, first: str, expected: str) -> DataError:
    hint = "save all masks in the same form"
    return DataError(f"{file}: {found}, but {first} has {expected}\n  hint: {hint}")


def _text(size: tuple[int, ...]) -> str:
    return f"{size[0]}x{size[1]}"
