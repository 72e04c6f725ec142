"""Image files become arrays of one size; folders of images become tables."""

import numpy as np
import pytest
from PIL import Image

from nnbuild.errors import DataError
from nnbuild.inputs.images import ImagePreparation, folder_table, image_folder
from saved_forms import reread

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 9, 3)).astype("uint8")
GREY = {"shape": [6, 9, 1]}
COLOUR = {"shape": [6, 9, 3]}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(name, pixels, **options):
    Image.fromarray(pixels).save(name, **options)
    return np.array([name], object)


def read(paths, settings):
    return ImagePreparation.fitted(paths, settings).transformed(paths)


def message_of(paths, settings):
    with pytest.raises(DataError) as caught:
        read(paths, settings)
    return str(caught.value)


@pytest.mark.parametrize("name", ["a.png", "a.webp"])
def test_pixels_are_those_of_the_file(folder, name):
    options = {"lossless": True} if name.endswith("webp") else {}
    images = read(written(name, PIXELS, **options), COLOUR)
    assert images.dtype == "uint8"
    np.testing.assert_array_equal(images, PIXELS[None])


def test_channels_are_those_of_the_recipe(folder):
    grey = np.asarray(Image.fromarray(PIXELS).convert("L"))
    np.testing.assert_array_equal(read(written("a.png", PIXELS), GREY)[0, ..., 0], grey)
    np.testing.assert_array_equal(read(written("b.png", grey), COLOUR)[0], np.stack([grey] * 3, axis=-1))
    assert (read(written("c.png", PIXELS), {"shape": [6, 9, 4]})[0, ..., 3] == 255).all()


def test_sizes_are_those_of_the_recipe(folder):
    paths = np.concatenate([written("a.png", PIXELS), written("b.png", PIXELS[:3])])
    images = read(paths, {"shape": [4, 5, 3]})
    assert images.shape == (2, 4, 5, 3)
    wanted = np.asarray(Image.fromarray(PIXELS).resize((5, 4), Image.Resampling.BILINEAR))
    np.testing.assert_array_equal(images[0], wanted)


def test_16_bits_become_8(folder):
    deep = np.arange(54, dtype="uint16").reshape(6, 9) * 1200
    np.testing.assert_array_equal(read(written("a.png", deep), GREY)[0, ..., 0], deep >> 8)


def test_a_photo_is_upright(folder):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    paths = written("a.png", PIXELS, exif=exif)
    np.testing.assert_array_equal(read(paths, {"shape": [9, 6, 3]})[0], np.rot90(PIXELS, -1))


def test_arrays_are_returned_unchanged():
    arrays = np.zeros((2, 6, 9, 3))
    preparation = ImagePreparation.fitted(arrays, {})
    assert preparation.shape == (6, 9, 3)
    assert preparation.transformed(arrays) is arrays
    assert ImagePreparation.fitted(arrays, {"shape": [None, None, 3]}).shape == (None, None, 3)
    with pytest.raises(
        DataError, match=r"^X contains names of image files, but in fit it contained arrays without a fixed size$"
    ):
        ImagePreparation((None, 9, 3)).transformed(np.array(["a.png"], object))


def test_damaged_files_are_reported(folder):
    paths = written("a.png", PIXELS)
    content = (folder / "a.png").read_bytes()
    (folder / "a.png").write_bytes(content[:-40])
    assert message_of(paths, COLOUR) == "a.png: can't be read as an image: image file is truncated"
    (folder / "a.png").write_text("no image", "utf-8")
    assert message_of(paths, COLOUR) == "a.png: can't be read as an image: cannot identify image file"
    (folder / "a.png").unlink()
    assert message_of(paths, COLOUR) == "a.png: no such image file"


def test_images_too_large_for_the_memory_are_reported(folder, monkeypatch):
    paths = written("a.png", PIXELS)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 20)
    assert message_of(paths, COLOUR).startswith("a.png: can't be read as an image: image size (54 pixels) exceeds")


def test_pixels_of_32_bits_are_reported(folder):
    paths = written("a.tif", np.ones((3, 3), "float32"))
    assert message_of(paths, GREY) == (
        "a.tif: has 32 bits per channel, but must have 8 or 16\n  hint: pass such images as arrays"
    )


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"shape": [None, 9, 3]}, "X contains names of image files, but the input of the recipe has no shape\n"
         '  hint: set "shape": [64, 64, 3] for this input in the recipe to resize all images to 64 by 64 RGB pixels'),
        ({"shape": [9, 9, 2]}, "image files have 1, 3 or 4 channels, but the input of the recipe has 2"),
    ],
)  # fmt: skip
def test_shapes_that_files_cannot_have_are_reported(settings, message):
    assert message_of(np.array(["a.png"], object), settings) == message


def test_the_saved_form():
    preparation = ImagePreparation((None, 9, 3))
    assert reread(preparation) == preparation


class TestFolders:
    @pytest.fixture
    def pets(self, folder):
        for name in ("dog/b.png", "dog/a.PNG", "cat/old/c.png", "cat/notes.txt", ".thumbs/d.png"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            written(name, PIXELS) if name.lower().endswith("png") else (folder / name).write_text("")
        return folder

    def test_a_folder_for_each_class(self, pets):
        paths, labels = image_folder(".")
        assert (paths.tolist(), labels.tolist()) == (["cat/old/c.png", "dog/a.PNG", "dog/b.png"], ["cat", "dog", "dog"])
        dogs = [str(pets / "dog/a.PNG"), str(pets / "dog/b.png")]
        assert folder_table(pets / "dog").to_dict("list") == {"image": dogs}

    @pytest.mark.parametrize(
        "folder_name, message",
        [
            ("dog", "dog: has images, but no subfolder for each class"),
            ("none", "none: is not a folder"),
            ("cat/empty", "cat/empty: contains no images\n  allowed: images, or a subfolder of images for each class, "
             "with names that end in .bmp, .gif, .jpeg, .jpg, .pgm, .png, .ppm, .tif, .tiff, .webp"),
        ],
    )  # fmt: skip
    def test_a_folder_without_classes_is_reported(self, pets, folder_name, message):
        (pets / "cat/empty").mkdir()
        with pytest.raises(DataError) as caught:
            image_folder(folder_name)
        assert str(caught.value) == message

    def test_images_without_a_class_are_reported(self, pets):
        written("e.png", PIXELS)
        with pytest.raises(DataError) as caught:
            image_folder(".")
        found = ".: contains images outside of the class folders, such as e.png"
        assert str(caught.value) == f"{found}\n  allowed: images in cat, dog"
