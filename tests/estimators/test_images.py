"""Image files as inputs, alone or as a column of a table; augmentation in training only."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.datasets import load_digits

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
    """Files of handwritten digits, twice the size of the input, and whether the digits are odd."""
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


@pytest.fixture(scope="module")
def arrays(digits, fitted):
    """Pixels of the files, as float32."""
    return fitted.preparation_.transformed(np.array(digits[0], object)).astype("float32")


@pytest.fixture(scope="module")
def plain(digits):
    return of_images(epochs=1).fit(*digits)


def test_score_on_image_files(digits, fitted):
    assert fitted.score(*digits) > 0.9
    assert fitted.recipe_.inputs == {"photo": {"shape": [8, 8, 1], "dtype": "float32", "kind": "image"}}
    assert fitted.preparation_.summary() == ["images of 8x8x1"]


def test_arrays_equal_files(digits, plain, arrays):
    paths, y = digits
    assert same_bits(plain, of_images(epochs=1).fit(list(arrays.astype("uint8")), y), paths)
    np.testing.assert_array_equal(plain.predict_proba(arrays), plain.predict_proba(paths))


def test_files_and_a_table(digits):
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


def test_augmentation_is_applied_in_training_only(digits, plain, arrays):
    paths, y = digits
    augmented, again = (of_images(layers=[{"type": "RandomFlip"}, *BODY], epochs=1).fit(paths, y) for _ in range(2))
    assert same_bits(augmented, again, paths)  # random_state is the seed
    assert not same_bits(augmented, plain, paths)
    network = augmented.model_
    predicted = augmented.predict_proba(paths)[:, 1]
    np.testing.assert_allclose(network(arrays, training=False)[:, 0], predicted, atol=1e-6)
    network.set_weights([*network.get_weights()[:-4], *plain.model_.get_weights()])
    np.testing.assert_allclose(network(arrays, training=False), plain.model_(arrays), atol=1e-6)


def test_containers_of_names_and_a_loaded_model(digits, fitted, tmp_path):
    paths = digits[0][:5]
    fitted.save(tmp_path / "m.nnb")
    loaded = nnbuild.load(tmp_path / "m.nnb")
    for names in ([Path(path) for path in paths], pd.Series(paths), pd.DataFrame({"any name": paths})):
        np.testing.assert_array_equal(loaded.predict_proba(names), fitted.predict_proba(paths))


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


def test_arrays_of_another_size_in_predict_raise(fitted):
    assert message_of(lambda: fitted.predict(np.zeros((2, 9, 8, 1)))) == (
        "X has samples of shape (9, 8, 1), but NNClassifier is expecting samples of shape (8, 8, 1)"
    )
