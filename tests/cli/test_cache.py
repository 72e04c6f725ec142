"""`nnbuild cache`."""

import json

from cli.running import printed
from nnbuild.cache.entries import Entry, Folder


def test_the_folder_is_shown_and_cleared(tmp_path, monkeypatch):
    place = tmp_path / "programs"
    monkeypatch.setenv("NNBUILD_CACHE_DIR", str(place))
    monkeypatch.delenv("NNBUILD_CACHE")
    monkeypatch.delenv("TF_XLA_FLAGS", raising=False)
    assert printed("cache") == f"folder    {place}\ncontents  0 files, 0 B\n"
    Folder(place, "versions").write("a.xla", Entry({}, [b"x" * 1950]))
    assert printed("cache") == f"folder    {place}\ncontents  1 file, 2.01 kB\n"
    assert json.loads(printed("cache", "--json")) == {"folder": str(place), "n_files": 1, "n_bytes": 2013, "off": ""}
    assert printed("cache", "clear") == f"folder    {place}\nremoved   1 file, 2.01 kB\n"
    assert printed("cache") == f"folder    {place}\ncontents  0 files, 0 B\n"
    assert list(place.iterdir()) == []


def test_the_reason_why_it_is_off(tmp_path, monkeypatch):
    monkeypatch.setenv("NNBUILD_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("NNBUILD_CACHE", "off")
    assert printed("cache") == f"folder    {tmp_path}\ncontents  0 files, 0 B\noff       NNBUILD_CACHE=off\n"
