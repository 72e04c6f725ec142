"""Paths, registered classes and repacked files: what `load` reads, and its errors."""

import errno
import os

import keras
import pytest

from nnbuild import NNClassifier
from nnbuild.loading import load
from nnbuild.saved import archive
from nnbuild.saved.archive import ModelFileError
from saved.edited_files import X, Y, error_at, file_of, fitted, members_of, zipped


def test_load_reads_a_file_that_was_packed_again(tmp_path):
    (tmp_path / "m.nnb").write_bytes(zipped(members_of(file_of("classifier", tmp_path))))
    assert load(tmp_path / "m.nnb").predict_proba(X).tobytes() == fitted("classifier").predict_proba(X).tobytes()


def test_load_requires_registered_classes(tmp_path):
    class Gate(keras.layers.Layer):
        def call(self, inputs):
            return inputs * keras.ops.sigmoid(inputs)

    recipe = {"nnbuild": 1, "layers": [{"type": "mine>Gate"}], "training": {"epochs": 1}}
    path = tmp_path / "m.nnb"
    with keras.saving.custom_object_scope({"mine>Gate": Gate}):
        expected = NNClassifier(recipe, random_state=0).fit(X, Y)
        expected.save(path)
        assert load(path).predict_proba(X).tobytes() == expected.predict_proba(X).tobytes()
    assert error_at(path) == (
        "m.nnb: resolved.json: no layer class is registered as 'mine>Gate'\n"
        "  hint: import the Python module that registers it, then load again"
    )


class TestPaths:
    def test_missing_file(self, tmp_path):
        assert error_at(tmp_path / "m.nnb") == "m.nnb: no such file"

    def test_folder(self, tmp_path):
        (tmp_path / "m.nnb").mkdir()
        assert error_at(tmp_path / "m.nnb") == "m.nnb: is a folder, not a file"

    def test_pipe(self, tmp_path):
        os.mkfifo(tmp_path / "m.nnb")
        assert error_at(tmp_path / "m.nnb") == "m.nnb: is not a regular file"

    def test_null_character(self, tmp_path):
        with pytest.raises(ModelFileError) as caught:
            load(tmp_path / "m\0.nnb")
        assert str(caught.value) == f"'{tmp_path}/m\\x00.nnb': can't be read: embedded null byte"

    def test_missing_permission(self, tmp_path, monkeypatch):
        (tmp_path / "m.nnb").write_bytes(b"PK\x03\x04")

        def denied(path):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

        monkeypatch.setattr(archive.io, "FileIO", denied)  # root may read everything
        assert error_at(tmp_path / "m.nnb") == "m.nnb: can't be read: Permission denied"

    def test_other_type(self):
        with pytest.raises(TypeError, match=r"^path must be a str or a pathlib\.Path, got int$"):
            load(3)
