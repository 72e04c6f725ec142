"""Files of the folder of compiled programs."""

import multiprocessing
import os
import signal
import time

import pytest

from nnbuild.cache import entries
from nnbuild.cache.entries import Entry, Folder

ENTRY = Entry({"file": "x.pb", "n": 2}, [b"code" * 1000, b"", b"\n\0"])


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path / "programs", "versions")


def path_of(folder, name):
    return folder._root / "versions" / name


def test_an_entry_is_read_as_it_was_written(folder):
    assert folder.read("a.xla") is None
    assert folder.write("a.xla", ENTRY)
    assert folder.read("a.xla") == ENTRY
    assert [file.path.name for file in Folder.files(folder._root)] == ["a.xla"]
    folder.remove("a.xla")
    assert folder.read("a.xla") is None


@pytest.mark.parametrize("n_bytes", [0, 10, 40, 60, 2000])
def test_a_truncated_entry_is_removed(folder, n_bytes):
    folder.write("a.xla", ENTRY)
    os.truncate(path_of(folder, "a.xla"), n_bytes)
    assert folder.read("a.xla") is None
    assert not path_of(folder, "a.xla").exists()


def test_a_changed_byte_is_detected(folder):
    folder.write("a.xla", ENTRY)
    content = bytearray(path_of(folder, "a.xla").read_bytes())
    content[-2] ^= 1
    path_of(folder, "a.xla").write_bytes(content)
    assert folder.read("a.xla") is None


def test_an_entry_under_the_name_of_another_is_refused(folder):
    folder.write("a.xla", ENTRY)
    path_of(folder, "a.xla").rename(path_of(folder, "b.xla"))
    assert folder.read("b.xla") is None


def test_a_link_is_not_followed(folder, tmp_path):
    folder.write("a.xla", ENTRY)
    path_of(folder, "a.xla").rename(tmp_path / "elsewhere")
    path_of(folder, "a.xla").symlink_to(tmp_path / "elsewhere")
    assert folder.read("a.xla") is None


def test_folders_are_for_their_user_only(folder):
    former = os.umask(0)
    try:
        folder.write("a.xla", ENTRY)
    finally:
        os.umask(former)
    modes = [path.stat().st_mode & 0o777 for path in (folder._root, path_of(folder, "a.xla").parent)]
    assert modes == [0o700, 0o700]


@pytest.mark.parametrize("level", ["root", "subfolder"])
def test_a_folder_that_others_can_access_is_not_used(folder, level):
    folder.write("a.xla", ENTRY)
    opened = folder._root if level == "root" else path_of(folder, "a.xla").parent
    opened.chmod(0o755)
    assert folder.read("a.xla") is None
    assert not folder.write("b.xla", ENTRY)
    assert not path_of(folder, "b.xla").exists()
    opened.chmod(0o700)
    assert folder.read("a.xla") == ENTRY


def test_a_full_disk_leaves_no_file(folder, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    folder.write("a.xla", ENTRY)
    monkeypatch.setattr(os, "fsync", full)
    assert not folder.write("a.xla", Entry({}, [b"new"]))
    assert not folder.write("b.xla", ENTRY)
    assert os.listdir(path_of(folder, "").parent / "versions") == ["a.xla"]
    assert folder.read("a.xla") == ENTRY


def test_a_read_only_folder_is_read(folder, monkeypatch):
    folder.write("a.xla", ENTRY)
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert not folder.write("b.xla", ENTRY)
    assert folder.read("a.xla") == ENTRY


def test_a_folder_that_cannot_be_created_is_no_error(tmp_path):
    (tmp_path / "file").write_text("")
    folder = Folder(tmp_path / "file" / "programs", "versions")
    assert not folder.write("a.xla", ENTRY)
    assert folder.read("a.xla") is None


def test_the_least_recently_used_entries_are_removed_first(folder, monkeypatch):
    size = 5000
    monkeypatch.setattr(entries, "MAX_BYTES", 3 * size)
    other = Folder(folder._root, "earlier")
    for place, (where, name) in enumerate([(other, "a.xla"), (folder, "b.xla"), (folder, "c.form")]):
        assert where.write(name, ENTRY)
        os.utime(where._root / where._environment / name, (place, place))
    assert other.read("a.xla") == ENTRY  # is now the last used
    folder.write("d.xla", ENTRY)
    assert sorted(file.path.name for file in Folder.files(folder._root)) == ["a.xla", "c.form", "d.xla"]


def test_clear_removes_entries_and_nothing_else(folder):
    folder.write("a.xla", ENTRY)
    (folder._root / "notes.txt").write_text("kept")
    Folder.clear(folder._root)
    assert os.listdir(folder._root) == ["notes.txt"]


def test_parts_of_killed_processes_count_and_are_removed(folder):
    folder.write("a.xla", ENTRY)
    path_of(folder, ".b.xla.0123abcd.partial").write_bytes(b"part")
    first, second = sorted(file.n_bytes for file in Folder.files(folder._root))
    assert first == 4 < second
    Folder.clear(folder._root)
    assert os.listdir(folder._root) == []


def write_again_and_again(root):
    while True:
        Folder(root, "versions").write("a.xla", ENTRY)


def test_processes_that_are_killed_while_they_write_leave_complete_entries(folder):
    """Two processes write the same entry; each is killed, and the entry can be read at any time."""
    folder.write("a.xla", ENTRY)
    context = multiprocessing.get_context("fork")
    for _ in range(5):
        writers = [context.Process(target=write_again_and_again, args=(folder._root,)) for _ in range(2)]
        for writer in writers:
            writer.start()
        for _ in range(20):
            assert folder.read("a.xla") == ENTRY
        time.sleep(0.01)
        for writer in writers:
            os.kill(writer.pid, signal.SIGKILL)
            writer.join()
        assert folder.read("a.xla") == ENTRY
    assert folder.write("a.xla", ENTRY)  # removes the parts of killed processes
    assert os.listdir(folder._root / "versions") == ["a.xla"]
