"""Every file that nnbuild writes is replaced in one step, behind links, with its rights; errors have one form."""

import ast
import errno
import os
import stat
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import nnbuild
from nnbuild import NNClassifier, Recipe
from nnbuild.cli.main import main
from nnbuild.errors import NNBuildError
from nnbuild.runs.output import write_text
from nnbuild.runs.search.journal import Journal

PACKAGE = Path(nnbuild.__file__).parent


@cache
def classifier(*classes):
    """A fitted classifier. Tests only read it."""
    return NNClassifier("mlp", epochs=1).fit(np.eye(2), classes)


def command(*words):
    """Return a function that runs a command which writes a file; it raises the reported error."""

    def written(path):
        result = CliRunner().invoke(main, [word.replace("FILE", str(path)) for word in words])
        if result.exit_code:
            raise NNBuildError(result.stderr.removesuffix("\n"))

    return written


def journal(path):
    Journal(path, {"recipe": "x"}, resume=False).close()


WRITERS = {
    "Recipe.save": lambda path: Recipe.load("xor").save(path),
    "estimator.save": lambda path: classifier("only", "only").save(path),
    "estimator.export": lambda path: classifier("a", "b").export(path),
    "write_text": lambda path: write_text(str(path), "text"),
    "journal": journal,
    "recipes copy": command("recipes", "copy", "xor", "FILE", "--force"),
    "convert": command("convert", "xor", "--to", "python", "--out", "FILE"),
    "describe --svg": command("describe", "mlp", "--input", "3", "--outputs", "2", "--svg", "FILE"),
}
every_writer = pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)


@pytest.fixture
def old(tmp_path):
    """An existing file, with other rights than a new file."""
    path = tmp_path / "old.keras"
    path.write_text('{"recipe": "x"}\n')
    path.chmod(0o640)
    return path


def failure(write, path):
    with pytest.raises(NNBuildError) as caught:
        write(path)
    return str(caught.value)


@every_writer
def test_the_file_behind_a_link_is_replaced_with_its_rights(write, old):
    before, link = old.stat(), old.with_name("link.keras")
    link.symlink_to("old.keras")
    write(link)
    assert link.is_symlink()
    assert old.stat().st_ino != before.st_ino  # it was replaced, not written into
    assert stat.S_IMODE(old.stat().st_mode) == 0o640
    assert sorted(path.name for path in old.parent.iterdir()) == ["link.keras", "old.keras"]


def test_a_link_to_nothing_makes_its_file(tmp_path):
    (tmp_path / "link.keras").symlink_to("new")
    write_text(str(tmp_path / "link.keras"), "text")
    assert (tmp_path / "link.keras").is_symlink()
    assert (tmp_path / "new").stat().st_size


@every_writer
def test_a_full_disk_keeps_the_old_file(write, old, monkeypatch):
    before = old.read_bytes()

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    assert failure(write, old) == f"{old}: can't be written: No space left on device"
    assert (list(old.parent.iterdir()), old.read_bytes()) == ([old], before)


@every_writer
def test_a_missing_folder(write, tmp_path):
    folder = tmp_path / "no where"
    path = folder / "f.keras"
    message = f"{path}: can't be written: no folder {str(folder)!r}\n  hint: mkdir -p '{folder}'"
    assert failure(write, path) == message


@pytest.mark.parametrize(
    "write", [write for name, write in WRITERS.items() if name not in ("journal", "recipes copy")]
)  # they read a file that is there, and copy into a folder
def test_folders_and_pipes_are_not_replaced(write, tmp_path):
    folder, pipe = tmp_path / "folder.keras", tmp_path / "pipe.keras"
    folder.mkdir()
    os.mkfifo(pipe)
    assert failure(write, folder) == f"{folder}: is a folder, not a file"
    assert failure(write, pipe) == f"{pipe}: is not a regular file"
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("name", ["save", "export"])
class TestPathsThatNameNothing:
    """`save` and `export` refuse the same values in the same words."""

    @pytest.mark.parametrize("path", [None, b"m.keras"])
    def test_other_types(self, name, path):
        with pytest.raises(TypeError) as caught:
            getattr(classifier("a", "b"), name)(path)
        assert str(caught.value) == f"path must be a str or a pathlib.Path, got {type(path).__name__}"

    def test_an_empty_path(self, name, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        assert failure(getattr(classifier("a", "b"), name), "") == "'': is an empty path"
        assert tmp_path.is_dir()

    def test_characters_that_are_not_printable(self, name):
        message = r"'m\x00.keras': can't be written: embedded null byte"
        assert failure(getattr(classifier("a", "b"), name), "m\0.keras") == message

    def test_the_hint_is_a_command(self, name, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        message = "~/m.keras: can't be written: no folder '~'\n  hint: mkdir -p '~'"
        assert failure(getattr(classifier("a", "b"), name), "~/m.keras") == message


def test_nothing_else_in_the_package_writes_files():
    """A new writer goes through `nnbuild.files.writing`.

    The journal adds lines to a file, and the files of a lesson are in a temporary folder.
    """
    found = [
        f"{path.relative_to(PACKAGE).as_posix()}: {ast.unparse(node)}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and writes(node)
    ]
    assert found == [
        "cli/starting.py: open(os.devnull, 'wb')",
        "files/writing.py: partial.open('xb')",
        "lessons/running.py: Path(part.options[0]).write_text(part.text, 'utf-8')",
        "runs/search/journal.py: path.open('a', encoding='utf-8')",
    ]


def writes(call):
    """Whether a call opens a file to write."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    modes = [item.value for item in [*call.args, *(keyword.value for keyword in call.keywords)] if is_mode(item)]
    direct = ("write_text", "write_bytes", "copyfile", "copy2", "mkstemp", "NamedTemporaryFile")
    inside = ast.unparse(call).startswith(("files.write_text", "write_text("))  # of `runs.writing`
    return (name == "open" and bool(modes)) or (name in direct and not inside)


def is_mode(node):
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and set(node.value) & set("wax+") != set()
        and (set(node.value) <= set("rwaxbt+"))
    )
