"""Plain files and pipes are opened; devices, folders and sockets are not, and nothing waits without end."""

import os
import socket
import stat
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from nnbuild.files.sources import SourceError, check_source, is_pipe, opened

ALLOWED = "\n  allowed: a regular file or a pipe"


@pytest.fixture
def pipe(tmp_path) -> Path:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


def written(pipe: Path, *pieces: bytes, pause_s: float = 0.0) -> threading.Thread:
    """A thread that writes to a pipe piece by piece."""

    def write() -> None:
        with suppress(BrokenPipeError), pipe.open("wb", buffering=0) as file:
            for piece in pieces:
                file.write(piece)
                time.sleep(pause_s)

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    return thread


def content(path, **options) -> bytes:
    with opened(path, **options) as file:
        return file.read()


def test_a_plain_file(tmp_path):
    path = tmp_path / "plain"
    path.write_bytes(b"12345")
    assert content(path, most=2) == b"12345"  # a file has the size that it has
    assert not is_pipe(path)
    (tmp_path / "link").symlink_to(path)
    assert content(tmp_path / "link") == b"12345"


def test_a_pipe(pipe):
    assert is_pipe(pipe)
    large = os.urandom(3_000_000)
    thread = written(pipe, large, b"end")
    assert content(pipe) == large + b"end"
    thread.join()


def test_a_pipe_that_is_slow_is_read_to_its_end(pipe):
    thread = written(pipe, b"1", b"2", b"3", b"4", pause_s=0.15)
    assert content(pipe, wait_s=0.5) == b"1234"  # half a second for each piece, not for all
    thread.join()


@pytest.mark.parametrize("ended", [True, False])
def test_a_pipe_of_the_shell(ended):
    reading, writing = os.pipe()
    try:
        os.write(writing, b"12")
        if ended:
            os.close(writing)
            assert content(f"/dev/fd/{reading}") == b"12"
            assert content(f"/dev/fd/{reading}") == b""  # and no wait for a writer
        else:
            with pytest.raises(SourceError, match="after 2 bytes sent no data for 0"):
                content(f"/dev/fd/{reading}", wait_s=0.1)
            os.close(writing)
    finally:
        os.close(reading)


def test_a_pipe_without_a_writer_is_given_up(pipe):
    began = time.monotonic()
    with pytest.raises(SourceError) as caught:
        opened(pipe, wait_s=0.2)
    assert str(caught.value) == (
        "is a pipe that sent no data for 0.2 seconds\n  hint: check that a program writes to it and closes it"
    )
    assert time.monotonic() - began < 5


def test_a_pipe_that_never_ends_is_read_up_to_the_limit(pipe):
    thread = written(pipe, *[bytes(1000)] * 20)
    with pytest.raises(SourceError) as caught:
        opened(pipe, most=5000)
    assert str(caught.value) == "is a pipe with more than 5,000 bytes\n  hint: write it to a file first"
    thread.join(5)


@pytest.mark.parametrize("refuse", [check_source, opened])
def test_devices(refuse):
    with pytest.raises(SourceError) as caught:
        refuse("/dev/zero")
    assert str(caught.value) == f"is a device, not a file{ALLOWED}"


def test_folders_and_sockets(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # names of sockets are short
    with pytest.raises(SourceError) as caught:
        opened(tmp_path)
    assert str(caught.value) == f"is a folder, not a file{ALLOWED}"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        with pytest.raises(SourceError) as caught:
            opened("socket")
    assert str(caught.value) == f"is a socket, not a file{ALLOWED}"


def test_a_device_that_takes_the_place_of_a_file_is_seen_once_it_is_open(tmp_path, monkeypatch):
    path = tmp_path / "plain"
    path.write_bytes(b"1")
    before = path.stat()
    path.unlink()
    path.symlink_to("/dev/zero")
    real = os.stat
    monkeypatch.setattr(os, "stat", lambda name, **options: before if name == path else real(name, **options))
    assert stat.S_ISREG(os.stat(path).st_mode)
    with pytest.raises(SourceError, match="is a device"):
        opened(path)


def test_no_descriptor_stays_open(tmp_path, pipe):
    path = tmp_path / "plain"
    path.write_bytes(b"1")
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        content(path)
        with pytest.raises(SourceError):
            opened(pipe, wait_s=0.001)
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        opened(tmp_path / "nothing")
