"""Mistakes on the command line: each has one clear message, on standard error, and its exit code; never a traceback."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from nnbuild import NNRegressor, Recipe, catalog
from nnbuild.cli.main import main
from nnbuild.errors import name_list
from nnbuild.inputs.files import bundled_names

DENSE = {"type": "Dense", "units": 3}


RECIPES = {
    "good": {"layers": [{"type": "Dense", "units": "$units"}], "params": {"units": 3}, "training": {"epochs": 1}},
    "typo": {"layers": [{"type": "Dens"}]},
    "pair": {"inputs": {"a": {}, "b": {}}, "layers": [{"type": "Concatenate", "inputs": ["a", "b"]}, DENSE]},
    "maps": {"layers": [{"type": "Conv2D", "filters": 2, "kernel_size": 3}, {"type": "Flatten"}]},
    "image": {"inputs": {"image": {"shape": [8, 8, 1]}}, "layers": [{"type": "Flatten"}]},
}


GOOD = "a,b,y\n" + "".join(f"{i},{'pqr'[i % 3]},{'no' if i % 2 else 'yes'}\n" for i in range(12))


NUMBERS = "a,b,y\n" + "".join(f"{i},{i * i},{i / 7}\n" for i in range(12))


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    """A working folder with the recipes above and two valid tables."""
    monkeypatch.chdir(tmp_path)
    for name, parts in RECIPES.items():
        Path(f"{name}.json").write_text(json.dumps({"nnbuild": 1, **parts}), "utf-8")
    Path("good.csv").write_text(GOOD, "utf-8")
    Path("numbers.csv").write_text(NUMBERS, "utf-8")
    return tmp_path


def run(line: str) -> Result:
    return CliRunner().invoke(main, line.split(), prog_name="nnbuild")


def failed(line: str, code: int) -> str:
    """Return the message of a command that fails, prints nothing else and leaves no file."""
    before = sorted(Path().iterdir())
    done = run(line)
    assert done.exit_code == code, done.output
    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert done.stdout == ""
    assert sorted(Path().iterdir()) == before
    return done.stderr


def savez(**arrays) -> Callable[[str], None]:
    return lambda name: np.savez(name, **arrays)


FILES = {
    "empty.csv": ("", "is empty"),
    "nameless.csv": ("1,2\n3,4\n", "the first line must contain the column names, got '1,2'"),
    "latin.csv": (
        "a,y\n1,ça\n".encode("latin-1"),
        "is not UTF-8: line 2 has the byte 0xe7 (byte 7)\n"
        "  hint: save it as UTF-8, or in Python: Path(new).write_text(Path(old).read_text('latin-1'), 'utf-8')",
    ),
    "wide.csv": (
        "a,y\n1,x\n".encode("utf-16"),
        "is text in UTF-16, not UTF-8\n"
        "  hint: save it as UTF-8, or in Python: Path(new).write_text(Path(old).read_text('utf-16'), 'utf-8')",
    ),
    "rubbish.csv": (b"\x7fELF\x00\x01\n", "is not text: line 1 contains a zero byte"),
    "cut.csv.gz": (
        gzip.compress(GOOD.encode())[:40],
        "is damaged or not a gzip file: Compressed file ended before the end-of-stream marker was reached",
    ),
    "cut.npz": (b"PK\x03\x04rubbish", "is damaged or not a NumPy file: File is not a zip file"),
    "lengths.npz": (savez(X=np.zeros((3, 2)), y=np.zeros(4)), "X has 3 rows, but y has 4"),
    "nothing.npz": (
        savez(Z=np.zeros((3, 2))),
        "has no array X, but Z\n"
        "  allowed: x, y, x_train, y_train, x_test, y_test, in upper or lower case\n"
        '  hint: write it with numpy.savez("data.npz", X=X, y=y)',
    ),
    "alone.npz": (
        savez(X=np.zeros((3, 2))),
        "contains X but no y\n  hint: save both with numpy.savez('data.npz', X=X, y=y)",
    ),
    "objects.npz": (
        savez(X=np.array([[1, {}]] * 4, object), y=np.arange(4)),
        "contains Python objects, which are never loaded because they can run code\n"
        "  hint: save numbers or text: numpy.asarray(X, dtype=float), or dtype=str",
    ),
    "flat.npz": (
        savez(X=np.zeros(5), y=np.arange(5)),
        "X has shape (5,)\n  allowed: (n_samples, n_features, ...), with at least one sample",
    ),
    "holes.npz": (
        savez(X=np.array([[1.0, np.nan], [np.inf, 2.0]]), y=np.arange(2)),
        "X has 2 values that are NaN or infinite\n"
        "  hint: impute them first; only missing values in tables, such as CSV files, are imputed",
    ),
    "table.xlsx": (
        "x",
        "unknown type of file\n"
        "  allowed: names that end in .csv, .csv.gz, .tsv, .tsv.gz, .parquet, .npz, .npy\n"
        "  hint: save the sheet as CSV (UTF-8)",
    ),
    "one.csv": ("a,y\n1,x\n2,x\n", "target 'y' has only one value, 'x'"),
    "some.csv": (
        "a,y\n1,x\n2,\n3,z\n",
        "target 'y' is missing in 1 of 3 rows\n  hint: fill them, or drop these rows with --drop-missing-target",
    ),
    "none.csv": ("a,y\n1,\n2,\n", "target 'y' has only missing values"),
    "only.csv": ("y\n1\n2\n", "has no column besides the target"),
    "texts.csv": (
        "y,name\n" + "".join(f"{i % 2},person {i}\n" for i in range(30)),
        "target 'name' has 30 different texts in 30 rows, too many for classes\n"
        "  hint: choose another column with --target, or pass --task classification",
    ),
    "days.csv": (
        "a,day\n1,2024-01-01\n2,2024-01-02\n",
        "target 'day' contains dates or durations, which can't be targets\n"
        "  hint: convert it to a number, such as days",
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_a_bad_data_file_is_reported(name):
    content, message = FILES[name]
    if callable(content):
        content(name)
    else:
        Path(name).write_bytes(content.encode() if isinstance(content, str) else content)
    assert failed(f"train good.json --data {name}", 1) == f"{name}: {message}\n"


LINES = {
    # Names that do not exist.
    "train good.json --data goood.csv": (
        "no such file or bundled data set: 'goood.csv'\n  allowed: {bundled}\n  hint: did you mean 'good.csv'?"
    ),
    "train good.json --data .": ".: contains no images\n  allowed: images, or a subfolder of images for each class, "
    "with names that end in .bmp, .gif, .jpeg, .jpg, .pgm, .png, .ppm, .tif, .tiff, .webp",
    "train good.json --data good.csv --target yy": (
        "good.csv: has no column 'yy'\n  allowed: a, b, y\n  hint: did you mean 'y'?"
    ),
    "train good.json --data good.csv --drop c": "good.csv: has no column 'c'\n  allowed: a, b, y",
    "train good.json --data good.csv --drop y": "good.csv: column 'y' is the target and can't be dropped",
    "train good.json --data good.csv --test-data numbers.csv": (
        "numbers.csv: target 'y' has the value '0.0' in line 2, which is not in the training data\n  allowed: no, yes"
    ),
    "train god.json --data good.csv": "no file 'god.json'\n  hint: did you mean 'good.json'?",
    # Tasks and targets that do not fit.
    "train good.json --data good.csv --task regression": (
        "good.csv: regression requires numbers, but target 'y' is text, such as 'yes'"
    ),
    "train good.json --data good.csv --target a,y": (
        "good.csv: several targets must be numeric or boolean, but 'y' is text, such as 'yes'\n"
        '  hint: for an output for each, write "outputs": {"a": {}, "y": {}} in the recipe'
    ),
    "train good.json --data numbers.csv --target a,b --task classification": (
        "numbers.csv: several targets of a classification must be 0 and 1, or boolean"
    ),
    # Recipes that do not support such data.
    "train pair.json --data good.csv": (
        "good.csv: the recipe has the inputs a, b, but the data has only one\n"
        "  hint: in Python, NNClassifier and NNRegressor take a dict of arrays"
    ),
    "train image.json --data numbers.csv": (
        "numbers.csv: has 2 columns, but the recipe's input 'image' has shape 8x8x1\n"
        "  hint: use a recipe for tables, such as 'table', or arrays of that shape in an .npz file"
    ),
    "train lenet5 --data good.csv": (
        "good.csv: column 'b' is not numeric: it contains values such as 'p'\n"
        "  hint: use a recipe for tables, such as 'table'"
    ),
    "train good.json --data good.csv --prepare none": (
        "good.csv: column 'b' is not numeric: it contains values such as 'p'\n"
        "  hint: use --prepare auto and a recipe for tables, so that every column is converted to numbers"
    ),
    "train typo.json --data good.csv": (
        "typo.json:1:36: layers[0].type: unknown layer type 'Dens'\n  allowed: {layers}\n  hint: did you mean 'Dense'?"
    ),
    "train good.json --data good.csv --set unit=3": (
        "unknown address 'unit'\n  allowed: {addresses}\n  hint: did you mean 'units'?"
    ),
    # Files that cannot be written.
    "train good.json --data good.csv --out nowhere/m.nnb": (
        "nowhere/m.nnb: can't be written: no folder 'nowhere'\n  hint: mkdir -p nowhere"
    ),
    "train good.json --data good.csv --report nowhere/p.html": (
        "nowhere/p.html: can't be written: no folder 'nowhere'\n  hint: mkdir -p nowhere"
    ),
    "train good.json --data good.csv --out .": ".: is a folder, not a file",
    "train good.json --data good.csv --out /dev/full": "/dev/full: is not a regular file",
    "train good.json --data good.csv --out good.csv": (
        "good.csv: is another file of this command\n  hint: choose another name"
    ),
    "train good.json --data good.csv --out m.nnb --report m.nnb": (
        "m.nnb: is another file of this command\n  hint: choose another name"
    ),
    "predict m.nnb --data good.csv --out nowhere/p.csv": (
        "nowhere/p.csv: can't be written: no folder 'nowhere'\n  hint: mkdir -p nowhere"
    ),
    # Model files.
    "predict m.nnb --data good.csv": "m.nnb: no such file",
    "predict good.csv --data good.csv": (
        "good.csv: is not a model file\n  hint: pass a file written by save of an estimator"
    ),
}


@pytest.mark.parametrize("line", LINES)
def test_parts_that_do_not_fit_are_reported(line):
    known = {
        "{bundled}": ", or ".join(["a file", ", ".join(bundled_names())]),
        "{layers}": name_list([*catalog.names("layers"), "Parallel", "Repeat", "Residual"], "Dens"),
        "{addresses}": name_list(Recipe.load("good.json").addresses, "unit"),
    }
    message = LINES[line]
    for name, value in known.items():
        message = message.replace(name, value)
    assert failed(line, 1) == f"{message}\n"


USAGE = {
    "tain good.json": "No such command 'tain'. Did you mean 'train'?",
    "train good.json": (
        "the recipe has no default data; pass a file with --data FILE: a table with features and targets, arrays X and "
        "y, or a folder of images"
    ),
    "train": "pass a file with --data FILE, or a recipe with default data",
    "train good.csv": "good.csv is a data file, not a recipe; pass it as --data good.csv",
    "train good.json --data good.csv --epochs 0": "Invalid value for '--epochs': 0 is not in the range x>=1.",
    "train good.json --data good.csv --test-fraction 0": (
        "Invalid value for '--test-fraction': 0.0 is not in the range 0<x<1."
    ),
    "train good.json --data good.csv --seed -1": "Invalid value for '--seed': -1 is not in the range 0<=x<=4294967295.",
    "train good.json --data good.csv --set units": "Invalid value for --set: 'units' is not ADDRESS=VALUE",
}


@pytest.mark.parametrize("line", USAGE)
def test_wrong_usage_is_reported(line):
    assert failed(line, 2).splitlines()[-1] == f"Error: {USAGE[line]}"


FITS = {
    "train maps.json --data good.csv": (
        "layers[0]: Conv2D 'conv2d_1' takes (height, width, channels), got (4,)\n"
        "  shapes: input (4,)\n"
        "  hint: add a Reshape to 3 axes before it"
    ),
    "train good.json --data infinite.csv": (
        "infinite.csv: column 'a': Input X contains infinity or a value too large for dtype('float32')\n"
        "  hint: replace it by NaN, for a missing value, or by a finite number"
    ),
}


@pytest.mark.parametrize("line", FITS)
def test_mistakes_found_when_training_begins_are_reported(line):
    Path("infinite.csv").write_text("a,y\ninf,1\n" + "".join(f"{i},{i % 2}\n" for i in range(10)), "utf-8")
    done = run(line)
    assert done.exit_code == 1
    assert done.stderr == f"{FITS[line]}\n"


MODELS = {
    "predict MODEL --data other.csv": (
        "other.csv: lacks the column 'b', which the model requires\n  hint: is it the column 'B'?"
    ),
    "predict MODEL --data bare.csv": "bare.csv: lacks 2 columns: a, b, which the model requires",
    "predict MODEL --data arrays.npz": "arrays.npz: contains arrays, but the model "
    "requires a table with the columns a, b",
    "predict MODEL --data swapped.csv": (
        "swapped.csv: column 'a': 'p' in line 2 is not a number, but the training file contained numbers\n"
        "  hint: correct it, or leave the field empty if the value is missing"
    ),
    "evaluate MODEL --data features.csv": "features.csv: has no target 'y' to score against",
    "evaluate MODEL --data new.csv --target y": (
        "new.csv: target 'y' has the value 'maybe' in line 2, which is not in the training data\n  allowed: no, yes"
    ),
}


@pytest.mark.parametrize("line", MODELS)
def test_data_that_a_model_does_not_support_are_reported(line, model):
    np.savez("arrays.npz", X=np.zeros((3, 2)))
    tables = {
        "other": "a,B\n1,p\n", "bare": "c\n1\n", "swapped": "a,b\np,1\n", "features": "a,b\n1,p\n",
        "new": "a,b,y\n1,p,maybe\n",
    }  # fmt: skip
    for name, text in tables.items():
        Path(f"{name}.csv").write_text(text, "utf-8")
    assert failed(line.replace("MODEL", str(model)), 1) == f"{MODELS[line]}\n"


def test_a_regressor_has_no_probabilities():
    NNRegressor({"nnbuild": 1, "layers": [DENSE]}, epochs=1, random_state=0).fit([[0.0], [1.0]], [0.0, 1.0]).save(
        "r.nnb"
    )
    assert failed("predict r.nnb --data good.csv --proba", 1) == ("r.nnb: --proba is not supported for regression\n")
