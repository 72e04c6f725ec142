"""Image files go straight in, alone or as a column; what is augmented is so in training alone."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.model_selection import cross_val_score

import nnbuild
from estimators.samples import message_of, same_bits
from nnbuild import NNClassifier

PHOTO = {"photo": {"kind": "image", "shape": [8, 8, 1]}}
BODY = [
    {"type": "Rescaling", "scale": 1 / 255},
    {"type": "Conv2D", "filters": 4, "kernel_size": 3, "activation": "relu"},
    {"type": "Flatten"},
]
SMALL = {"epochs": 15, "learning_rate": 0.02, "random_state": 0}


def of_images(inputs=PHOTO, layers=BODY, **params):
    return NNClassifier({"inputs": inputs, "layers": layers}, **{**SMALL, **params})


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """Files of handwritten digits, twice as large as the network takes them, and whether they are odd."""
    folder = tmp_path_factory.mktemp("digits")
    pixels, labels = load_digits(return_X_y=True)
    paths = []
    for row in range(90):
        paths.append(str(folder / f"{row}.png"))
        Image.fromarray((pixels[row].reshape(8, 8) * 15).astype("uint8")).resize((16, 16)).save(paths[-1])
    return paths, labels[:90] % 2


@pytest.fixture(scope="module")
def fitted(digits):
    return of_images().fit(*digits)


def test_score_on_image_files(digits, fitted):
    assert fitted.score(*digits) > 0.9
    assert fitted.recipe_.inputs == {"photo": {"shape": [8, 8, 1], "dtype": "float32", "kind": "image"}}
    assert fitted.preparation_.summary() == ["images of 8x8x1"]


@pytest.mark.parametrize(
    "form",
    [
        np.array,
        lambda paths: [Path(path) for path in paths],
        pd.Series,
        lambda paths: pd.DataFrame({"any name": paths}),
    ],
    ids=["array", "paths", "Series", "DataFrame"],
)
def test_containers_of_names(digits, fitted, form):
    paths = digits[0][:5]
    np.testing.assert_array_equal(fitted.predict_proba(form(paths)), fitted.predict_proba(paths))


def test_arrays_of_the_same_pixels_give_the_same_bits(digits, fitted):
    paths, y = digits
    arrays = fitted.preparation_.transformed(np.array(paths, object))
    for form in (list(arrays), arrays.astype("float32")):
        estimator = of_images().fit(form, y)
        np.testing.assert_array_equal(estimator.predict_proba(form), fitted.predict_proba(paths))
        assert same_bits(estimator, fitted, paths)


def test_files_beside_a_table(digits):
    paths, y = digits
    recipe = {
        "inputs": {"photo": {**PHOTO["photo"], "column": "file"}, "rest": {"kind": "table"}},
        "layers": [
            {"type": "Rescaling", "scale": 1 / 255, "inputs": ["photo"]},
            {"type": "Flatten", "name": "seen"},
            {"type": "Concatenate", "inputs": ["seen", "rest"]},
        ],
    }
    frame = pd.DataFrame({"file": paths, "age": np.arange(90.0), "sex": ["f", "m"] * 45})
    estimator = NNClassifier(recipe, **{**SMALL, "epochs": 1}).fit(frame, y)
    assert list(estimator.preparation_) == ["photo", "rest"]
    assert estimator.predict(frame.head(3)).shape == (3,)


AUGMENTATIONS = [
    {"type": "RandomFlip"},
    {"type": "RandomTranslation", "height_factor": 0.2, "width_factor": 0.2},
    {"type": "RandomRotation", "factor": 0.1},
    {"type": "RandomZoom", "height_factor": 0.2},
    {"type": "RandomContrast", "factor": 0.2},
    {"type": "RandomBrightness", "factor": 0.2},
    {"type": "RandomErasing", "factor": 0.5},
]


@pytest.fixture(scope="module")
def plain(digits):
    return of_images(epochs=2).fit(*digits)


@pytest.mark.parametrize(
    "layer",
    [AUGMENTATIONS[0], *(pytest.param(layer, marks=pytest.mark.slow) for layer in AUGMENTATIONS[1:])],
    ids=lambda layer: layer["type"],
)
def test_augmentation_is_applied_in_training_only(digits, fitted, plain, layer):
    paths, y = digits
    augmented = [of_images(layers=[layer, *BODY], epochs=2).fit(paths, y) for _ in range(2)]
    assert same_bits(*augmented, paths)  # by the same seed
    assert not same_bits(augmented[0], plain, paths)
    other = of_images(layers=[layer, *BODY], epochs=2, random_state=1).fit(paths, y)
    assert not same_bits(augmented[0], other, paths)
    arrays = fitted.preparation_.transformed(np.array(paths, object)).astype("float32")
    network = augmented[0].model_
    predicted = augmented[0].predict_proba(paths)[:, 1]
    np.testing.assert_allclose(network(arrays, training=False)[:, 0], predicted, atol=1e-6)
    for own, value in zip(network.trainable_variables, plain.model_.trainable_variables, strict=True):
        own.assign(value)
    np.testing.assert_allclose(network(arrays, training=False), plain.model_(arrays), atol=1e-6)


def test_augmented_fits_are_not_stacked(digits):
    estimator = of_images(layers=[AUGMENTATIONS[0], *BODY], epochs=1)
    alone = cross_val_score(estimator, *digits, cv=2)
    with nnbuild.stacked():
        together = cross_val_score(estimator, *digits, cv=2)
    np.testing.assert_array_equal(together, alone)


def test_a_loaded_model_reads_files(digits, fitted, tmp_path):
    fitted.save(tmp_path / "m.nnb")
    loaded = nnbuild.load(tmp_path / "m.nnb")
    assert same_bits(loaded, fitted, digits[0])
    loaded.save(tmp_path / "again.nnb")
    assert (tmp_path / "again.nnb").read_bytes() == (tmp_path / "m.nnb").read_bytes()


def test_missing_files_raise(digits, tmp_path, monkeypatch):
    paths, y = digits
    monkeypatch.chdir(tmp_path)
    hint = f"\n  hint: relative names start from the current directory, {tmp_path}"
    one, two = [*paths[:89], "a.png"], ["a.png", *paths[:88], "b.png"]
    assert message_of(lambda: of_images().fit(one, y)) == (f"X contains a missing image file: 'a.png' in row 89{hint}")
    assert message_of(lambda: of_images().fit(two, y)) == (
        f"X contains 2 missing image files, the first is 'a.png' in row 0{hint}"
    )


@pytest.mark.parametrize(
    "X, message",
    [
        ([3, 4], "X must contain names of image files, or image arrays of one size, got 3 in row 0"),
        ([np.zeros((8, 8, 1)), np.zeros((9, 8, 1))],
         "X must contain names of image files, or image arrays of one size, got an array of shape (8, 8, 1) in row 0"),
        (np.zeros((2, 8, 8)), "X must contain an image for each sample, got an array of shape (2, 8, 8)\n"
         "  hint: pass an array of shape (n_samples, height, width, channels), or a list of file names"),
        (np.full((2, 8, 8, 1), np.nan), "Input X contains NaN."),
        (np.zeros((2, 9, 8, 1)), "inputs.photo.shape: the recipe has the shape (8, 8, 1), but the data has (9, 8, 1)"),
    ],
    ids=["numbers", "sizes", "no channels", "NaN", "shape"],
)  # fmt: skip
def test_invalid_images_raise(X, message):
    assert message_of(lambda: of_images().fit(X, [0, 1])).partition("\nNN")[0] == message


def test_arrays_of_another_size_at_predict(fitted):
    assert message_of(lambda: fitted.predict(np.zeros((2, 9, 8, 1)))) == (
        "X has samples of shape (9, 8, 1), but NNClassifier is expecting samples of shape (8, 8, 1)"
    )
