"""MNIST on the command line: the file of `keras.datasets`, its download, and errors without it."""

import json
import sys

import keras
import numpy as np
import pytest
from sklearn.datasets import load_digits

from cli.running import printed, run, table

KEYS = ("x_train", "y_train", "x_test", "y_test")
MISSING = (
    "Usage: nnbuild {command} [OPTIONS] {arguments}\n"
    "Try 'nnbuild {command} --help' for help.\n\n"
    "Error: the data of the recipe, 70,000 digits of 28x28 pixels, are not included in nnbuild, and there is no file "
    "mnist.npz\n"
    "  allowed: --data FILE, the mnist.npz of keras.datasets; --download, to fetch it with Keras\n"
    "  hint: `nnbuild {command} digits_mlp` has included data: digits of 8x8 pixels\n"
)


def arrays() -> dict[str, np.ndarray]:
    """scikit-learn's digits in the form of mnist.npz: 400 training and 100 test images of 28x28, as bytes."""
    images, y = load_digits().images[:500], load_digits().target[:500].astype("uint8")
    larger = np.pad(np.kron(images, np.ones((3, 3))) / 16 * 255, [(0, 0), (2, 2), (2, 2)]).astype("uint8")
    return dict(zip(KEYS, (larger[:400], y[:400], larger[400:], y[400:]), strict=True))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a small mnist.npz, and a model that `nnbuild train mnist_mlp` trained on it."""
    folder = tmp_path_factory.mktemp("mnist")
    np.savez(folder / "mnist.npz", **arrays())
    model, file = folder / "mnist.nnb", folder / "mnist.npz"
    words = ("--set", "units=16", "--set", "dropout=0", "--epochs", "8", "--out", model, "--json")
    (folder / "train.json").write_text(printed("train", "mnist_mlp", "--data", file, *words), "utf-8")
    return folder


def test_training_and_test_set_are_those_of_the_file(here):
    result = json.loads((here / "train.json").read_text("utf-8"))
    assert (result["data"]["n_train"], result["data"]["n_test"]) == (400, 100)
    assert result["scores"]["values"]["accuracy"] > 0.8


def test_predictions_and_scores_are_of_the_test_set(here):
    score = json.loads((here / "train.json").read_text("utf-8"))["scores"]["values"]["accuracy"]
    assert len(table(printed("predict", "mnist.nnb", "--data", "mnist.npz"))) == 100
    done = printed("evaluate", "mnist.nnb", "--data", "mnist.npz")
    assert done.startswith("data       100 rows of mnist.npz (test set) -> y\n")
    assert json.loads(printed("evaluate", "mnist.nnb", "--data", "mnist.npz", "--json"))["values"]["accuracy"] == score


def test_the_recipe_reads_the_file_in_the_current_folder(here):
    assert printed("gradients", "mnist_mlp", "--row", "0").startswith(
        "data       mnist.npz: 400 rows, X of 28x28 -> y\n"
    )


@pytest.mark.parametrize(
    ("command", "arguments"), [("train", "[RECIPE]"), ("search", "[RECIPE]"), ("gradients", "RECIPE|MODEL")]
)
def test_a_missing_file_is_an_error(command, arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run(command, "mnist_mlp")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == MISSING.format(command=command, arguments=arguments)


def test_digits_of_8x8_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run("train", "mnist_mlp", "--data", "digits")
    assert (done.exit_code, done.stderr) == (
        1,
        "digits: has 64 columns, but the recipe's input 'image' has shape 28x28\n"
        "  hint: use a recipe for tables, such as 'table', or arrays of that shape in an .npz file\n",
    )


def test_a_download_is_written_and_not_repeated(tmp_path, monkeypatch):
    parts, calls = arrays(), []

    def load_data():
        calls.append(1)
        sys.stdout.write("Downloading data\n")  # as Keras does
        return tuple(parts[key] for key in KEYS[:2]), tuple(parts[key] for key in KEYS[2:])

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(keras.datasets.mnist, "load_data", load_data)
    for _ in range(2):
        done = run("gradients", "mnist_mlp", "--download", "--row", "0", "--json")
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout)["rows"] == [0]
    assert len(calls) == 1
    with np.load("mnist.npz") as found:
        assert all(np.array_equal(found[key], parts[key]) for key in KEYS)


def test_a_failed_download_is_an_error(tmp_path, monkeypatch):
    def load_data():
        raise Exception("URL fetch failure on https://keras.io/m.npz: None -- no network")  # Keras' class

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(keras.datasets.mnist, "load_data", load_data)
    done = run("train", "mnist_mlp", "--download")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        "keras.datasets.mnist can't be downloaded: URL fetch failure on https://keras.io/m.npz: None -- no network\n"
        "  hint: fetch the file on another computer, and pass it with --data mnist.npz\n"
    )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("mnist_mlp", "--download", "--data", "a.npz"), "--data and --download exclude each other"),
        (("digits_mlp", "--download"), "--download is only for recipes whose data are mnist.npz"),
        (("--download",), "--download is only for recipes whose data are mnist.npz"),
    ],
)
def test_a_download_is_refused(words, message):
    done = run("train", *words)
    assert (done.exit_code, done.stderr.splitlines()[-1]) == (2, f"Error: {message}")
