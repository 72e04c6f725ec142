"""Finding recipes by a gallery name or a path, and the message of a missing one."""

import errno
import json
import os
import pickle
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from nnbuild.errors import NNBuildError, RecipeError
from nnbuild.language import gallery
from nnbuild.language.gallery import RecipeFileError, find, gallery_names, gallery_path
from nnbuild.language.json_text import MAX_BYTES
from nnbuild.recipe import Recipe

ROOT = Path(__file__).parents[2]
NAMES = ["digits_cnn", "digits_mlp", "iris_mlp"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty working folder, and a gallery of three recipes in another folder."""
    for name in NAMES:
        (tmp_path / "gallery").mkdir(exist_ok=True)
        (tmp_path / "gallery" / f"{name}.json").write_text("{}")
    (tmp_path / "here").mkdir()
    monkeypatch.setattr(gallery, "_gallery", lambda: tmp_path / "gallery")
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def message(name_or_path, code=errno.ENOENT):
    with pytest.raises(RecipeFileError) as caught:
        find(name_or_path)
    assert caught.value.errno == code
    return str(caught.value)


def test_the_gallery_is_the_folder_of_recipes():
    assert gallery_names() == sorted(path.stem for path in (ROOT / "recipes").glob("*.json"))
    for name in gallery_names():
        assert gallery_path(name) == find(name)
        assert find(name).samefile(ROOT / "recipes" / f"{name}.json")


def test_names_and_paths(folder):
    for name in ("mine.json", "MINE.JSON", "mine", "digits_mlp", "digits_mlp.json"):
        (folder / name).write_text("{}")
    assert find("mine.json") == Path("mine.json")
    assert find("MINE.JSON") == Path("MINE.JSON")
    assert find("./mine") == Path("mine")
    assert find(Path("mine")) == Path("mine")
    assert find(str(folder / "mine")) == folder / "mine"
    assert find("digits_mlp") == folder.parent / "gallery" / "digits_mlp.json"  # a file here doesn't hide the gallery
    assert find("digits_mlp.json") == Path("digits_mlp.json")
    assert find(Path("digits_mlp")) == Path("digits_mlp")


ALLOWED = "\n  allowed: digits_cnn, digits_mlp, iris_mlp"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("digit_mlp", "did you mean 'digits_mlp'?"),
        ("nothing_like_it", ""),
        ("zero\0byte", ""),
        ("mine", "the file in this folder is './mine.json'"),
        ("plain", "the file in this folder is './plain'"),
        ("minee", "did you mean 'mine.json'?"),
    ],
)
def test_an_unknown_name(folder, name, hint):
    for file in ("mine.json", "plain", "notes.txt"):
        (folder / file).write_text("{}")
    assert message(name) == f"no recipe {name!r} in the gallery{ALLOWED}" + (f"\n  hint: {hint}" if hint else "")
    with pytest.raises(RecipeFileError, match=r"^no recipe"):
        gallery_path(name)


def test_a_name_too_long_for_a_file(folder):
    assert message("x" * 5000) == f"no recipe '{'x' * 55} ...' in the gallery{ALLOWED}"
    assert message("x" * 5000 + ".json", errno.ENAMETOOLONG) == f"can't read '{'x' * 295} ...': File name too long"


def test_a_gallery_path_stays_in_the_gallery(folder):
    (folder / "mine.json").write_text("{}")
    with pytest.raises(RecipeFileError, match=r"^no recipe '\.\./here/mine' in the gallery"):
        gallery_path("../here/mine")


def test_a_missing_file(folder):
    (folder / "mine.json").write_text("{}")
    assert message("min.json") == "no file 'min.json'\n  hint: did you mean 'mine.json'?"
    assert message(Path("../here/min.json")) == (
        "no file '../here/min.json'\n  hint: did you mean '../here/mine.json'?"
    )
    assert message("quite_other.json") == "no file 'quite_other.json'\n  allowed: mine.json"
    assert message("digits_mlp.json") == "no file 'digits_mlp.json'\n  hint: the gallery recipe is named 'digits_mlp'"
    assert message("resipes/mine.json") == "no file 'resipes/mine.json': there is no folder 'resipes'"
    assert message(r"C:\recipes\mine.json") == "no file 'C:\\\\recipes\\\\mine.json'\n  allowed: mine.json"


def test_a_link_to_nothing(folder):
    (folder / "mine.json").symlink_to("gone.json")
    assert message("mine.json") == "no file 'mine.json': it is a link to 'gone.json', which does not exist"


def test_errors_of_the_system_name_the_file(folder):
    (folder / "mine.json").symlink_to("mine.json")
    assert message("mine.json", errno.ELOOP) == "can't read 'mine.json': Too many levels of symbolic links"
    assert message(Path("/dev/zero"), errno.EINVAL) == (
        "'/dev/zero' is a device, not a file\n  allowed: a regular file or a pipe"
    )


def test_a_folder(folder):
    (folder / "ours").mkdir()
    assert message("./ours", errno.EISDIR) == "'ours' is a folder, not a recipe file"
    (folder / "ours" / "b.json").write_text("{}")
    (folder / "ours" / "a.JSON").write_text("{}")
    assert message(Path("ours"), errno.EISDIR) == "'ours' is a folder, not a recipe file\n  allowed: a.JSON, b.json"


def written(pipe, content):
    """A thread that writes to a named pipe, and ends with its reader."""
    os.mkfifo(pipe)

    def write():
        with suppress(BrokenPipeError):
            Path(pipe).write_bytes(content)

    thread = threading.Thread(target=write)
    thread.start()
    return thread


def test_a_pipe_is_read_once(folder):
    layers = [{"type": "Dense", "units": "$n"}]
    text = json.dumps({"nnbuild": 1, "params": {"n": 3}, "layers": layers, "search": {"n": [0]}})
    thread = written("mine.json", text.encode())
    with pytest.raises(RecipeError) as caught:
        Recipe.validate("mine.json")
    thread.join()
    assert str(caught.value) == (
        "mine.json:1:99: search.n[0]: must be an integer of at least 1, got 0\n"
        "  hint: the value would be set at layers[0].units"
    )


def test_a_pipe_without_end(folder):
    thread = written("mine.json", bytes(MAX_BYTES + 2**20))
    with pytest.raises(RecipeFileError) as caught:
        Recipe.load("mine.json")
    thread.join()
    assert str(caught.value) == (
        "'mine.json' is a pipe with more than 4,194,304 bytes\n  hint: write it to a file first"
    )


def test_a_file_that_may_not_be_read(folder, monkeypatch):
    (folder / "mine.json").write_text("{}")
    monkeypatch.setattr("os.access", lambda path, mode: False)  # where root runs the tests, permissions stop nothing
    assert message("mine.json", errno.EACCES) == (
        "no permission to read 'mine.json'\n  hint: change the file's permissions"
    )


def test_an_invalid_file_name(folder):
    assert message("zero\0byte.json", errno.EINVAL) == r"invalid file name 'zero\x00byte.json'"


def test_the_error_is_an_nnbuild_error_and_an_os_error(folder):
    with pytest.raises(RecipeFileError) as caught:
        find("digit_mlp")
    assert isinstance(caught.value, NNBuildError)
    assert isinstance(caught.value, OSError)
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (type(copy), str(copy), copy.errno) == (RecipeFileError, str(caught.value), errno.ENOENT)
