"""Folder of compiled programs, and when it is used."""

import os

import pytest
import tensorflow as tf

import nnbuild.cache
from nnbuild.cache import location
from nnbuild.errors import CacheError


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("NNBUILD_CACHE_DIR", str(tmp_path / "programs"))
    monkeypatch.delenv("NNBUILD_CACHE")
    monkeypatch.delenv("TF_XLA_FLAGS", raising=False)
    return tmp_path / "programs"


def test_the_default_is_the_cache_folder_of_the_user(monkeypatch):
    monkeypatch.delenv("NNBUILD_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    monkeypatch.setenv("HOME", "/home/me")
    assert location.folder_path().parts[-2:] == ("nnbuild", "programs")


def test_a_missing_folder_is_empty(place):
    found = nnbuild.cache.status()
    assert (found.folder, found.n_files, found.n_bytes, found.off) == (str(place), 0, 0, "")


@pytest.mark.parametrize(
    "name, value, reason",
    [
        ("NNBUILD_CACHE", "off", "NNBUILD_CACHE=off"),
        ("NNBUILD_CACHE", "0", "NNBUILD_CACHE=0"),
        (
            "TF_XLA_FLAGS",
            "--tf_xla_persistent_cache_directory=/mine",
            "TF_XLA_FLAGS sets a cache directory of TensorFlow",
        ),
    ],
)
def test_the_environment_switches_it_off(place, monkeypatch, name, value, reason):
    monkeypatch.setenv(name, value)
    found = nnbuild.cache.enable()
    assert (found.off, found.is_enabled) == (reason, False)


def test_other_users_may_have_no_access(place):
    place.mkdir(mode=0o755)
    message = (
        f"{place}: other users have access to the folder of compiled programs (mode 755)\n"
        f"  hint: chmod 700 {place}, or set NNBUILD_CACHE_DIR to another folder"
    )
    with pytest.raises(CacheError) as refused:
        nnbuild.cache.enable()
    assert str(refused.value) == message
    assert nnbuild.cache.status().off == message
    with pytest.raises(CacheError, match="chmod 700"):
        nnbuild.cache.clear()


def test_the_folder_of_another_user_is_refused(place, monkeypatch):
    place.mkdir(mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(CacheError) as refused:
        nnbuild.cache.enable()
    assert str(refused.value) == (
        f"{place}: the folder of compiled programs belongs to another user\n"
        "  hint: set NNBUILD_CACHE_DIR to another folder, or NNBUILD_CACHE=off"
    )


def test_a_file_is_no_folder(place):
    place.write_text("")
    with pytest.raises(CacheError) as refused:
        nnbuild.cache.enable()
    assert str(refused.value) == (
        f"{place}: can't be read: Not a directory\n"
        "  hint: set NNBUILD_CACHE_DIR to another folder, or NNBUILD_CACHE=off"
    )


def test_it_is_too_late_once_tensorflow_has_computed(place):
    tf.constant(1.0) + 1.0
    with pytest.raises(CacheError) as refused:
        nnbuild.cache.enable()
    assert str(refused.value) == nnbuild.cache.TOO_LATE
    assert not nnbuild.cache.status().is_enabled
