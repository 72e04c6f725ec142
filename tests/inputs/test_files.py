"""Files of data of each format."""

import gzip
import io
import os
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from estimators.samples import message_of
from nnbuild import DataError
from nnbuild.inputs import files
from nnbuild.inputs.files import bundled_names, find_data, read_file, read_table

FRAME = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", ["two.dots.CSV", "t.csv.gz", "t.tsv"])
def test_tables_are_read(name):
    text = FRAME.to_csv(index=False, sep="\t" if ".tsv" in name else ",").encode()
    Path(name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    pd.testing.assert_frame_equal(read_table(name), FRAME)


def test_parquet_is_read():
    pytest.importorskip("pyarrow")
    FRAME.assign(c=pd.to_datetime(["2024-01-01", None])).to_parquet("t.parquet")
    assert read_table("t.parquet").dtypes.astype(str).to_dict()["c"].startswith("datetime64")


def test_parquet_requires_pyarrow(monkeypatch):
    def missing(*_: object, **__: object) -> None:
        raise ImportError("no pyarrow")

    monkeypatch.setattr(pd, "read_parquet", missing)
    Path("t.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataError) as caught:
        read_table("t.parquet")
    message = "t.parquet: reading Parquet files requires pyarrow\n  hint: pip install nnbuild[parquet]"
    assert str(caught.value) == message


@pytest.mark.parametrize("names", [("x", "Y"), ("X_train", "y_train")])
def test_arrays_have_names_in_any_case(names):
    X, y = np.arange(24.0).reshape(3, 2, 4), np.array(["p", "q", "p"])
    np.savez("t.npz", **dict(zip(names, (X, y), strict=True)), other=np.zeros(7))
    found = read_file("t.npz")
    assert (found.X == X).all()
    assert found.y.tolist() == ["p", "q", "p"]
    assert found.X_test is None


def test_a_test_set_is_read():
    np.savez("t.npz", x_train=np.zeros((3, 2)), y_train=np.zeros(3), x_test=np.ones((2, 2)), y_test=np.ones(2))
    found = read_file("t.npz")
    assert (found.X_test == 1).all()
    assert found.y_test.tolist() == [1, 1]


def test_one_array_is_x():
    np.save("t.npy", np.eye(3))
    found = read_file("t.npy")
    assert found.X.shape == (3, 3)
    assert found.y is None


def test_arrays_are_no_table():
    np.save("t.npy", np.eye(3))
    assert message_of(lambda: read_table("t.npy"), DataError) == (
        "t.npy: contains arrays, not a table\n  allowed: .csv, .csv.gz, .parquet, .tsv, .tsv.gz"
    )


def test_bundled_data_sets_are_found_by_name():
    assert "digits" in bundled_names()
    assert find_data("digits").name == "digits.csv.gz"
    for name in bundled_names():
        assert len(read_table(name)) > 0


def test_a_name_that_is_too_long_is_reported():
    name = "x" * 300 + ".csv"
    assert message_of(lambda: read_table(name), DataError) == f"{name}: can't be read: File name too long"


def piped(content: bytes, name: str = "pipe") -> None:
    """Make a pipe with some bytes."""
    os.mkfifo(name)
    threading.Thread(target=lambda: Path(name).write_bytes(content), daemon=True).start()


@pytest.mark.parametrize("kind", ["tsv", "csv.gz", "parquet"])
@pytest.mark.parametrize("is_named", [True, False], ids=["named", "sniffed"])
def test_a_pipe_has_the_kind_of_its_name_or_first_bytes(kind, is_named):
    if kind == "parquet":
        pytest.importorskip("pyarrow")
        content = FRAME.to_parquet()
    else:
        content = FRAME.to_csv(index=False, sep="\t" if "tsv" in kind else ",").encode()
        content = gzip.compress(content) if kind.endswith(".gz") else content
    name = f"pipe.{kind}" if is_named else "pipe"
    piped(content, name)
    pd.testing.assert_frame_equal(read_table(name), FRAME)


def test_arrays_from_a_pipe():
    file = io.BytesIO()
    np.savez(file, X=np.eye(3), y=np.arange(3))
    piped(file.getvalue())
    assert (np.eye(3) == read_file("pipe").X).all()
    file = io.BytesIO()
    np.save(file, np.eye(4))
    piped(file.getvalue(), "other")
    assert (np.eye(4) == read_file("other").X).all()


def test_decompression_has_a_limit(monkeypatch):
    monkeypatch.setattr(files, "MAX_BYTES", 1000)
    Path("t.csv.gz").write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 1000))
    assert (
        message_of(lambda: read_table("t.csv.gz"), DataError)
        == "t.csv.gz: decompresses to more than 1,000 bytes\n  hint: decompress it to a file first"
    )


@pytest.mark.parametrize("find", [find_data, read_table])
def test_devices_are_not_read(find):
    assert (
        message_of(lambda: find("/dev/zero"), DataError)
        == "/dev/zero: is a device, not a file\n  allowed: a regular file or a pipe"
    )
