"""Commands on recipes whose inputs are columns of text, and on folders of images."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from nnbuild.cli.main import main

READ = [
    {"type": "Embedding", "input_dim": "auto", "output_dim": 4, "inputs": ["text"]},
    {"type": "GlobalAveragePooling1D", "name": "read"},
]
TEXT = {"kind": "text", "column": "review", "output_sequence_length": 4}
ALONE = {"nnbuild": 1, "name": "words", "inputs": {"text": TEXT}, "layers": READ}
BESIDE = {
    "nnbuild": 1,
    "name": "both",
    "params": {"size": 4},
    "inputs": {"text": TEXT, "rest": {"kind": "table"}},
    "layers": [*READ, {"type": "Concatenate", "inputs": ["read", "rest"]}, {"type": "Dense", "units": "$size"}],
}


def run(*words: object):
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A folder with recipes and tables, in which the commands run."""
    monkeypatch.chdir(tmp_path)
    for recipe in (ALONE, BESIDE):
        training = {"epochs": 10, "learning_rate": 0.1}
        (tmp_path / f"{recipe['name']}.json").write_text(json.dumps({**recipe, "training": training}), "utf-8")
    rows = [f"a {'lovely' if i % 2 else 'dreadful'} film,{i / 60},{'good' if i % 2 else 'bad'}" for i in range(60)]
    (tmp_path / "films.csv").write_text("\n".join(["review,minutes,verdict", *rows]) + "\n", "utf-8")
    return tmp_path


def test_texts_and_a_table_are_trained_on(folder):
    done = run("train", "both.json", "--data", "films.csv", "--out", "m.nnb", "--report", "page.html")
    assert done.exit_code == 0, done.output
    lines = [" ".join(line.split()) for line in done.output.splitlines()]
    assert "columns review text as 4 token ids; vocabulary of 4 words" in lines
    assert any(line.startswith("minutes number, standardized") for line in lines)
    assert "text as 4 token ids; vocabulary of 4 words" in (folder / "page.html").read_text("utf-8")
    assert run("predict", "m.nnb", "--data", "films.csv").stdout.splitlines()[:3] == ["verdict", "bad", "good"]


def test_a_folder_of_images_is_trained_on(folder):
    photo = {"kind": "image", "shape": [4, 4, 1]}
    layers = [{"type": "Rescaling", "scale": 1 / 255}, {"type": "Flatten"}]
    training = {"epochs": 20, "learning_rate": 0.1}
    recipe = {"nnbuild": 1, "inputs": {"photo": photo}, "layers": layers, "training": training}
    (folder / "photos.json").write_text(json.dumps(recipe), "utf-8")
    for number in range(30):
        name = "day" if number % 2 else "night"
        (folder / "pictures" / name).mkdir(parents=True, exist_ok=True)
        grey = Image.new("L", (6, 5), 250 - number if number % 2 else number)
        grey.save(folder / "pictures" / name / f"{number}.png")
    done = run("train", "photos.json", "--data", "pictures", "--out", "m.nnb")
    assert done.exit_code == 0, done.output
    lines = [" ".join(line.split()) for line in done.output.splitlines()]
    assert lines[0] == "data pictures: 30 rows, 1 column -> class"
    assert "columns photo images of 4x4x1" in lines
    predicted = run("predict", "m.nnb", "--data", "pictures/night").stdout.splitlines()
    assert predicted == ["class", *["night"] * 15]
    assert run("evaluate", "m.nnb", "--data", "pictures").exit_code == 0
    (folder / "pictures" / "night" / "0.png").write_text("", "utf-8")
    done = run("predict", "m.nnb", "--data", "pictures/night")
    found = "night: pictures/night/0.png: can't be read as an image: cannot identify image file"
    assert (done.exit_code, done.stderr) == (1, f"{found}\n")


def test_a_column_that_no_input_uses_is_reported(folder):
    (folder / "data.csv").write_text("review,minutes,verdict\na,1,b\nb,2,c\n", "utf-8")
    done = run("train", "words.json", "--data", "data.csv")
    assert (done.exit_code, done.stderr) == (
        1,
        "data.csv: X has columns, in addition to 'review', that no input uses: 'minutes'\n"
        "  hint: drop them, or add an input of kind 'table' to the recipe\n",
    )
