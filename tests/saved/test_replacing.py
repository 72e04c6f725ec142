"""Saving replaces a file atomically: the old file or the new one is there, also after an error or a kill."""

import errno
import os
import signal
import stat
import subprocess
import sys
import zipfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from nnbuild.files import writing as files
from nnbuild.loading import load
from saved.edited_files import failure, fitted

ROOT = Path(__file__).parents[2]


class TestReplacing:
    """The old file or the new one is complete."""

    @pytest.fixture
    def old(self, tmp_path):
        """A file that exists."""
        fitted("one class").save(tmp_path / "m.nnb")
        return tmp_path / "m.nnb"

    def test_a_full_disk_keeps_the_old_file(self, old, monkeypatch):
        before = old.read_bytes()

        def full(descriptor):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(files.os, "fsync", full)
        assert failure(fitted("classifier").save, old) == "m.nnb: can't be written: No space left on device"
        assert (list(old.parent.iterdir()), old.read_bytes()) == ([old], before)

    def test_a_write_that_fails_keeps_the_old_file(self, old, monkeypatch):
        before = old.read_bytes()
        write = zipfile.ZipFile.writestr

        def interrupted(self, info, content):
            if info.filename == "weights.safetensors":
                raise KeyboardInterrupt
            write(self, info, content)

        monkeypatch.setattr(zipfile.ZipFile, "writestr", interrupted)
        with pytest.raises(KeyboardInterrupt):
            fitted("classifier").save(old)
        assert (list(old.parent.iterdir()), old.read_bytes()) == ([old], before)

    def test_a_killed_process_keeps_the_old_file_and_the_next_save_cleans_up(self, old):
        before = old.read_bytes()
        with half_written(old) as process:
            process.send_signal(signal.SIGKILL)
            process.wait()
        (partial,) = set(old.parent.iterdir()) - {old}
        assert partial.name.startswith(".m.nnb.")
        assert partial.stat().st_size > 2**20
        assert old.read_bytes() == before
        fitted("classifier").save(old)
        assert list(old.parent.iterdir()) == [old]
        assert load(old).classes_.tolist() == ["no", "yes"]

    def test_files_of_running_processes_are_kept(self, old):
        with half_written(old) as process:
            fitted("classifier").save(old)
            assert len(list(old.parent.iterdir())) == 2
            assert load(old).classes_.tolist() == ["no", "yes"]
            process.communicate("\n")
            assert process.returncode == 0
        assert list(old.parent.iterdir()) == [old]
        assert zipfile.ZipFile(old).namelist() == ["arrays.safetensors", "weights.safetensors"]  # the other's

    def test_a_partial_file_taken_for_abandoned_is_written_again(self, old, monkeypatch):
        lock, calls = files._lock, []

        def meddled(file):
            if not calls.append(file.name) and len(calls) == 1:
                os.unlink(file.name)
            return lock(file)

        monkeypatch.setattr(files, "_lock", meddled)
        fitted("classifier").save(old)
        assert len(calls) == 2
        assert list(old.parent.iterdir()) == [old]
        assert load(old).classes_.tolist() == ["no", "yes"]

    def test_links_and_permissions_are_kept(self, old, tmp_path):
        old.chmod(0o600)
        link = tmp_path / "link.nnb"
        link.symlink_to(old)
        fitted("classifier").save(link)
        assert link.is_symlink()
        assert stat.S_IMODE(old.stat().st_mode) == 0o600
        assert load(old).classes_.tolist() == ["no", "yes"]

    def test_folders_and_missing_folders_are_refused(self, tmp_path):
        (tmp_path / "m.nnb").mkdir()
        assert failure(fitted("one class").save, tmp_path / "m.nnb") == "m.nnb: is a folder, not a file"
        missing = tmp_path / "there" / "m.nnb"
        assert failure(fitted("one class").save, missing) == (
            f"m.nnb: can't be written: no folder {str(missing.parent)!r}\n  hint: mkdir -p {missing.parent}"
        )

    def test_system_without_locks(self, old, monkeypatch):
        monkeypatch.setattr(files, "fcntl", None)
        (old.parent / ".m.nnb.12345678.partial").write_bytes(b"rest")
        fitted("classifier").save(old)
        assert list(old.parent.iterdir()) == [old]
        assert load(old).classes_.tolist() == ["no", "yes"]


@contextmanager
def half_written(path):
    """A process that has written half of a model file and waits for a line to continue."""
    command = [sys.executable, "-c", WRITER, str(path)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "half\n"
            yield process
        finally:
            process.kill()


WRITER = """
import sys
from pathlib import Path
from nnbuild.saved.archive import write_archive
def members():
    yield "arrays.safetensors", bytes(2**21)
    print("half", flush=True)
    sys.stdin.readline()
    yield "weights.safetensors", bytes(2**21)
write_archive(Path(sys.argv[1]), members())
"""
