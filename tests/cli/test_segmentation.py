"""Segmentation on the command line: folders of images and masks, scores, predicted masks, and mistakes."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import nnbuild
from cli.running import printed, run
from nnbuild.inputs.masks import LOSSLESS
from nnbuild.metrics import class_iou, mean_iou

TINY = {
    "nnbuild": 1, "name": "tiny", "estimator": "NNClassifier", "task": "segmentation", "params": {"n": 2},
    "layers": [{"type": "Conv2D", "filters": "$n", "kernel_size": 3, "padding": "same"}],
    "training": {"epochs": 1}, "search": {"n": [2, 3]},
}  # fmt: skip
COLOURS = np.array([[0, 0, 0], [0, 0, 255], [255, 0, 0]], "uint8")


def pixels(name: str | Path) -> np.ndarray:
    return np.asarray(Image.open(name))


def save(name: str, array: np.ndarray) -> None:
    Path(name).parent.mkdir(exist_ok=True)
    Image.fromarray(array).save(name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with images, masks of class indices and of colours, a model, and the printed results of its training."""
    folder, rng = tmp_path_factory.mktemp("segmentation"), np.random.default_rng(0)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for number in range(22):
            mask = np.zeros((6, 8), "uint8")
            mask[number % 3 :, 2:5] = number % 2 + 1
            save(f"images/{number}.png", rng.integers(0, 50, (6, 8, 3)).astype("uint8") + 100 * mask[..., None])
            save(f"masks/{number}.png", mask)
            save(f"colours/{number}.png", COLOURS[mask])
        Path("tiny.json").write_text(json.dumps(TINY), "utf-8")
        words = ["train", "tiny.json", "--data", "images", "--masks", "masks", "--class", "1=cell", "--seed", 1]
        text = printed(*words, "--out", "m.nnb", "--report", "m.html", "--json")
        Path("run.json").write_text(text, "utf-8")
    return folder


def test_pixels_are_scored(here):
    found = json.loads(Path("run.json").read_text("utf-8"))
    assert (found["estimator"], found["task"], found["data"]["source"]) == ("NNClassifier", "segmentation", "images")
    assert (found["data"]["targets"], found["data"]["n_train"], found["data"]["n_test"]) == (["masks"], 17, 5)
    assert found["columns"] == {"images": "images of 6x8x3", "masks": "class indices: 0, 1 (cell), 2"}
    estimator = nnbuild.load("m.nnb")
    assert estimator.classes_.tolist() == [0, 1, 2]
    scores = json.loads(printed("evaluate", "m.nnb", "--data", "images", "--masks", "masks", "--json"))
    names = sorted(Path("images").iterdir())
    true = np.stack([pixels(Path("masks", name.name)) for name in names])
    predicted = estimator.predict(np.stack([pixels(name) for name in names]))
    assert scores["values"]["accuracy"] == pytest.approx((true == predicted).mean())
    assert scores["values"]["mean_iou"] == pytest.approx(mean_iou(true, predicted))
    assert scores["baseline"]["mean_iou"] == pytest.approx(mean_iou(true, np.zeros_like(true)))
    overlaps = [part["values"]["iou"] for part in scores["parts"]]
    assert overlaps == pytest.approx(class_iou(true, predicted, labels=[0, 1, 2]).tolist())
    assert [part["name"] for part in scores["parts"]] == ["0", "cell", "2"]
    assert "IoU" in Path("m.html").read_text("utf-8")
    text = printed("evaluate", "m.nnb", "--data", "images", "--masks", "masks")
    assert text.startswith("data       22 images of images -> masks\n")
    assert "on 22 images; the baseline" in text
    assert [line.split() for line in text.splitlines() if "IoU" in line] == [
        ["classes", "precision", "recall", "F1", "IoU", "loss", "pixels"]
    ]


def test_predicted_masks_have_the_sizes_of_the_images(here):
    Path("new").mkdir(exist_ok=True)
    shutil.copy("images/3.png", "new/same.png")
    Image.open("images/4.png").resize((16, 12), Image.Resampling.NEAREST).save("new/large.png")
    table = pd.read_csv(io.StringIO(printed("predict", "m.nnb", "--data", "new", "--out", "found")))
    assert sorted(file.name for file in Path("found").iterdir()) == ["classes.csv", "large.png", "same.png"]
    estimator = nnbuild.load("m.nnb")
    expected = estimator.predict(pixels("images/3.png")[None])[0]
    np.testing.assert_array_equal(pixels("found/same.png"), expected)
    assert pixels("found/large.png").shape == (12, 16)
    assert list(table) == ["image", "mask", "share of 0", "share of cell", "share of 2"]
    assert table.loc[1, "share of cell"] == pytest.approx((expected == 1).mean())
    assert Path("found/classes.csv").read_text("utf-8").split() == ["value,name", "0,0", "1,cell", "2,2"]
    printed("predict", "m.nnb", "--data", "images", "--out", "found")  # replaces earlier predictions
    assert len(list(Path("found").iterdir())) == 23


def test_classes_are_colours(here):
    words = ("--data", "images", "--masks", "colours", "--class", "#FF0000=red", "--test-data", "images")
    text = printed("train", "tiny.json", *words, "--test-masks", "colours", "--out", "c.nnb")
    assert "3 classes: #000000, #0000ff, red" in text
    assert "22 to train, 22 to test" in text
    printed("predict", "c.nnb", "--data", "images", "--out", "coloured")
    found, codes = Image.open("coloured/3.png"), pixels("coloured/3.png")
    assert (found.mode, codes.max() <= 2) == ("P", True)
    np.testing.assert_array_equal(np.asarray(found.convert("RGB")), COLOURS[codes])
    scores = json.loads(printed("evaluate", "c.nnb", "--data", "images", "--masks", "coloured", "--json"))
    assert scores["values"]["accuracy"] == 1  # predictions are masks


def test_sizes_and_kinds_of_masks(tmp_path, monkeypatch):
    from nnbuild.inputs.masks import read_masks
    from nnbuild.recipe import Recipe
    from nnbuild.runs.data.segmented import read_segmented

    monkeypatch.chdir(tmp_path)
    save("x/a.png", np.zeros((4, 4), "uint8"))
    save("x/b.png", np.zeros((2, 6), "uint8"))
    save("y/a.tif", np.arange(16).reshape(4, 4).astype("uint16") * 100)
    save("y/b.png", np.zeros((2, 6), bool))
    data = read_segmented("x", None, masks="y", size="2x2")
    assert (data.X.shape, data.y.shape) == ((2, 2, 2, 1), (2, 2, 2))  # gray images have one channel
    assert data.y[0].tolist() == [[500, 700], [1300, 1500]]
    recipe = Recipe.from_dict({**TINY, "inputs": {"image": {"kind": "image", "shape": [2, 2, 3]}}})
    assert read_segmented("x", recipe, masks="y").X.shape == (2, 2, 2, 3)
    image = Image.fromarray(np.array([[0, 1]], "uint8"))
    image.putpalette([9, 9, 9, 0, 0, 255])
    image.save("p.png")
    assert read_masks(["p.png"], ["p.png"], (1, 2)).values.tolist() == [[[0, 1]]]
    assert read_masks(["p.png"], ["p.png"], (1, 2), has_colours=True).values.tolist() == [[[0x090909, 255]]]


def test_rare_classes_are_in_the_training_set(here):
    from nnbuild.runs.data.chosen import chosen_recipe
    from nnbuild.runs.data.segmented import read_segmented

    data = read_segmented("images", None, masks="masks")
    assert chosen_recipe(data).name == "unet"
    for seed in range(5):
        train, test = data.split(0.9, seed)
        assert set(np.unique(train.y)) == {0, 1, 2}
        assert len(train) + len(test) == len(data)


@pytest.mark.parametrize(
    ("labels", "values"), [(["bird", "cat"], (0, 1)), ([0, 255], (0, 255)), ([-1, 1], (0, 1)), ([0.5, 2.0], (0, 1))]
)
def test_classes_of_a_model_that_was_saved_in_python(labels, values):
    from nnbuild.runs.data.segmented import Legend

    model = SimpleNamespace(classes_=np.array(labels))
    for notes in ({}, {"classes": 3}, {"classes": {"values": [1], "names": ["x"], "colours": False}}):
        assert Legend.of_model(model, notes) == Legend(values, tuple(map(str, labels)))


SUPERVISED = "NNClassifier and NNRegressor"
MASKED = "segmentation (NNClassifier)"
# Line: exit code and message.
MISTAKES = {
    "train tiny.json": (
        2, "the recipe has no default data; pass a file with --data FILE: a folder of images, with a folder of masks "
        "as --masks FOLDER",
    ),
    "train tiny.json --data images": (
        1, "images: segmentation requires masks\n  hint: pass the folder of masks with --masks FOLDER",
    ),
    "train tiny.json --data images --masks none": (1, "none: is not a folder"),
    "train tiny.json --data one.csv --masks masks": (1, "one.csv: is not a folder"),
    "train tiny.json --data empty --masks masks": (
        1, "empty: contains no images\n  allowed: image files with names that end in .bmp, .gif, .jpeg, .jpg, .pgm, "
        ".png, .ppm, .tif, .tiff, .webp, not in subfolders",
    ),
    "train tiny.json --data images --masks few": (
        1, "images/1.png: has no mask in few\n  allowed: 1.png; masks have the name of their image",
    ),
    "train tiny.json --data twice --masks masks": (
        1, "twice: 1.bmp and 1.png differ only in the suffix\n  hint: rename one of them",
    ),
    "train tiny.json --data single --masks lossy": (
        1, "lossy/1.jpg: a mask in a lossy format has wrong classes at edges\n  hint: save it as PNG",
    ),
    "train tiny.json --data sizes --masks masks": (
        1, "sizes/2.png is 3x3, but sizes/1.png is 6x8\n"
        "  hint: resize all images and masks with --size HEIGHTxWIDTH, such as --size 64x64",
    ),
    "train tiny.json --data single --masks small": (1, "small/1.png: is 3x3, but its image single/1.png is 6x8"),
    "train tiny.json --data pair --masks mixed": (
        1, "mixed/2.png: has colours (mode RGB), but mixed/1.png has class indices\n"
        "  hint: save all masks in the same form",
    ),
    "train tiny.json --data single --masks clear": (
        1, "clear/1.png: the mask has transparent pixels\n  hint: save it as an RGB image without transparency",
    ),
    "train tiny.json --data single --masks floats": (
        1, "floats/1.tif: is a mask of mode F\n  allowed: RGB colours, or class indices in a gray or palette image",
    ),
    "train tiny.json --data large --masks smooth": (
        1, "smooth/1.png: masks have more than 256 colours up to this file\n"
        "  hint: draw masks without smoothed edges, one value or colour for each class",
    ),
    "train tiny.json --data pair --masks palettes": (
        1, "palettes/2.png: its palette differs from that of palettes/1.png, so equal indices are different classes\n"
        "  hint: convert all masks to RGB; each colour is then a class",
    ),
    "train tiny.json --data single --masks blank": (
        1, "blank: all masks have only the class 0\n  allowed: two classes or more",
    ),
    "train tiny.json --data single --masks damaged": (
        1, "damaged/1.png: can't be read as an image: cannot identify image file",
    ),
    "train tiny.json --data images --masks masks --class 7=x": (
        1, "masks: no mask has the class 7\n  allowed: 0, 1, 2",
    ),
    "train tiny.json --data images --masks masks --class 1": (1, "--class '1' is not VALUE=NAME, such as 1=road"),
    "train tiny.json --data images --masks masks --class 1=x --class 2=x": (
        1, "--class: two classes have the name 'x'\n  hint: rename one of them",
    ),
    "train tiny.json --data images --masks masks --class 1=x --class 1=y": (
        1, "--class: the class 1 has two names, 'x' and 'y'",
    ),
    "train tiny.json --data images --masks masks --test-masks masks": (
        2, "--test-masks requires the images of the test set: pass --test-data FOLDER",
    ),
    "train tiny.json --data images --masks masks --size 8": (1, "--size '8' is not HEIGHTxWIDTH, such as 64x64"),
    "train sized.json --data images --masks masks --size 8x8": (
        1, "--size 8x8 contradicts the recipe, whose input is 6x8",
    ),
    "train tiny.json --data images --masks masks --test-data images": (
        1, "images: segmentation requires masks\n  hint: pass the folder of masks with --test-masks FOLDER",
    ),
    "train tiny.json --data pair --masks masks --test-data single --test-masks other": (
        1, "other/1.png: has the class 9, which is not in the training data\n  allowed: 0, 1, 2",
    ),
    "train regression_mlp --data one.csv --masks masks": (2, f"--masks is not supported by {SUPERVISED}"),
    "train tiny.json --data images --masks masks --drop a": (2, f"--drop is not supported by {MASKED}"),
    "search tiny.json --data images --masks masks": (
        2, "`nnbuild search` does not support segmentation: use it in Python, in GridSearchCV with "
        "scoring=make_scorer(mean_iou)",
    ),
    "evaluate m.nnb --data images": (2, "pass the folder of masks with --masks FOLDER"),
    "evaluate m.nnb --data images --masks few": (
        1, "images/1.png: has no mask in few\n  allowed: 1.png; masks have the name of their image",
    ),
    "predict m.nnb --data images": (2, "the predictions are images; pass a folder for them with --out FOLDER"),
    "predict m.nnb --data images --out images": (
        1, "images: is another file of this command\n  hint: choose another name",
    ),
    "predict m.nnb --data images --out masks": (
        1, "masks: is a folder without 'classes.csv', and is not replaced\n  hint: use the name of a new folder",
    ),
    "predict m.nnb --data images --out one.csv": (1, "one.csv: is a file, not a folder"),
    "predict m.nnb --data images --out new2 --proba": (1, f"m.nnb: --proba is not supported for {MASKED}"),
    "predict m.nnb --data one.csv --out new2": (1, "one.csv: is not a folder"),
}  # fmt: skip


@pytest.fixture(scope="module")
def wrong_files(folder):
    """Folders of images and masks with mistakes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        blank, colours = np.zeros((6, 8), "uint8"), np.zeros((6, 8, 3), "uint8")
        for name in ("single/1.png", "twice/1.png", "twice/1.bmp", "sizes/1.png", "pair/1.png", "pair/2.png"):
            save(name, colours)
        for name in ("few/0.png", "mixed/1.png", "blank/1.png", "lossy/1.jpg"):
            save(name, blank)
        save("mixed/2.png", colours)
        save("sizes/2.png", colours[:3, :3])
        save("small/1.png", blank[:3, :3])
        save("clear/1.png", np.zeros((6, 8, 4), "uint8"))
        save("floats/1.tif", blank.astype("float32"))
        save("other/1.png", blank + np.uint8(9))
        save("large/1.png", np.zeros((20, 20), "uint8"))
        shades = np.arange(400).reshape(20, 20, 1)
        save("smooth/1.png", np.concatenate([shades % 256, shades // 256, shades * 0], -1).astype("uint8"))
        for number in (1, 2):
            image = Image.fromarray(blank)
            image.putpalette([number, 0, 0])
            Path("palettes").mkdir(exist_ok=True)
            image.save(f"palettes/{number}.png")
        for name in ("damaged", "empty"):
            Path(name).mkdir()
        Path("damaged/1.png").write_bytes(b"no image")
        Path("one.csv").write_text("a,b\n1,2\n", "utf-8")
        sized = {**TINY, "inputs": {"image": {"shape": [6, 8, 3]}}}
        Path("sized.json").write_text(json.dumps(sized), "utf-8")


@pytest.mark.parametrize("line", MISTAKES)
def test_a_mistake_is_one_message(line, here, wrong_files):
    code, message = MISTAKES[line]
    done = run(*line.split())
    assert (done.exit_code, done.stdout) == (code, "")
    assert (done.stderr.splitlines()[-1] if code == 2 else done.stderr) == (
        f"Error: {message}" if code == 2 else f"{message}\n"
    )


def test_masks_are_lossless():
    assert not {".jpg", ".jpeg", ".webp"} & set(LOSSLESS)
