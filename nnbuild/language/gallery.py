"""Find and read recipes: bundled ones of the gallery, and files."""

from __future__ import annotations

import errno
import os
from importlib.resources import files
from pathlib import Path

from nnbuild.errors import NNBuildError, did_you_mean, name_list, nearest, show
from nnbuild.files.sources import SourceError, check_source, opened
from nnbuild.language.json_text import MAX_BYTES

AUTO = "auto"  # in place of a name: estimators select the recipe by the kind of the data
WAIT_S = 60.0  # longest wait for a byte from a pipe


class RecipeFileError(NNBuildError, OSError):
    """Error for a recipe that can't be found or read.

    Parameters
    ----------
    code : int
        As in `errno`: ENOENT if there is no such name or file.
    found : str
        What is wrong.
    allowed, hint : str, default=""
        What is available, and how to fix it.
    """

    def __init__(self, code: int, found: str, allowed: str = "", hint: str = ""):
        super().__init__(code, found)
        self.allowed = allowed
        self.hint = hint

    def __str__(self) -> str:
        lines = {"allowed": self.allowed, "hint": self.hint}
        return "\n".join([str(self.strerror), *(f"  {name}: {text}" for name, text in lines.items() if text)])

    def __reduce__(self) -> tuple:
        return RecipeFileError, (self.errno, self.strerror, self.allowed, self.hint)


def gallery_names() -> list[str]:
    """Return the names of the bundled recipes, sorted.

    Examples
    --------
    >>> "digits_mlp" in gallery_names()
    True
    """
    return sorted(path.stem for path in _gallery().glob("*.json"))


def gallery_path(name: str) -> Path:
    """Return the file of a recipe of the gallery.

    Raises
    ------
    RecipeFileError
        If the gallery has no recipe of that name.
    """
    if name not in gallery_names():
        raise _no_name(name)
    return _gallery() / f"{name}.json"


def find(name_or_path: str | os.PathLike) -> Path:
    """Return the file of a recipe, given its name in the gallery or its path.

    Parameters
    ----------
    name_or_path : str or path
        A string without a separator that does not end in ``.json`` is a name in the gallery; all else is a path.

    Raises
    ------
    RecipeFileError
        If there is no such name or file, or if it may not be read or is neither a plain file nor a pipe.

    Examples
    --------
    >>> find("digits_mlp").name
    'digits_mlp.json'
    """
    if _is_path(name_or_path):
        return _readable(Path(name_or_path))
    return gallery_path(str(name_or_path))


def read(path: Path) -> bytes:
    """Return the bytes of a recipe's file; of one that is too long, only enough for `parse` to refuse it.

    Parameters
    ----------
    path : Path
        A plain file, or a pipe, which can be read once.

    Raises
    ------
    RecipeFileError
        If it can't be read, or a pipe is too long or sends nothing for a minute.
    """
    try:
        with opened(path, MAX_BYTES, WAIT_S) as file:
            return file.read(MAX_BYTES + 1)
    except SourceError as error:
        raise _no_source(path, error) from None
    except OSError as error:
        raise RecipeFileError(error.errno or errno.EIO, f"can't read {_shown(path)}: {error.strerror}") from None


def _is_path(name_or_path: str | os.PathLike) -> bool:
    if not isinstance(name_or_path, str):
        return True
    # A backslash too: a Windows path is never a name, on any system.
    return "/" in name_or_path or "\\" in name_or_path or name_or_path.lower().endswith(".json")


def _gallery() -> Path:
    return Path(str(files("nnbuild") / "gallery"))


def _no_name(name: str) -> RecipeFileError:
    """Return the error for a name that is not in the gallery; the hint may be a file in the current folder."""
    names = gallery_names()
    own = next((file for file in (name, f"{name}.json") if os.path.isfile(file)), "")
    if own:
        hint = f"the file in this folder is {_shown(os.path.join('.', own))}"
    elif name == AUTO:
        hint = "only NNClassifier, NNRegressor and 'nnbuild train' support 'auto'"
    else:
        hint = did_you_mean(name, [*names, AUTO]) or _did_you_mean_file(name, Path())
    found = f"no recipe {show(name)} in the gallery"
    return RecipeFileError(errno.ENOENT, found, name_list(names, name[:100]), hint)


def _readable(path: Path) -> Path:
    try:
        check_source(path)
    except SourceError as error:
        raise _no_source(path, error) from None
    except FileNotFoundError:
        raise _no_file(path) from None
    except OSError as error:
        raise RecipeFileError(error.errno or errno.EIO, f"can't read {_shown(path)}: {error.strerror}") from None
    except ValueError:  # a zero byte in the name
        raise RecipeFileError(errno.EINVAL, f"invalid file name {_shown(path)}") from None
    if not os.access(path, os.R_OK):
        raise RecipeFileError(
            errno.EACCES, f"no permission to read {_shown(path)}", hint="change the file's permissions"
        )
    return path


def _no_source(path: Path, error: SourceError) -> RecipeFileError:
    """Return the error for a path that is not a readable file, such as a folder or a device."""
    if path.is_dir():
        return RecipeFileError(
            errno.EISDIR, f"{_shown(path)} is a folder, not a recipe file", name_list(_json_names(path))
        )
    return RecipeFileError(errno.EINVAL, f"{_shown(path)} {error}")


def _no_file(path: Path) -> RecipeFileError:
    """Return the error for a missing file; the hint may be a file in the same folder, or a recipe of the gallery."""
    found = f"no file {_shown(path)}"
    if path.is_symlink():
        return RecipeFileError(
            errno.ENOENT, f"{found}: it is a link to {_shown(path.readlink())}, which does not exist"
        )
    if not path.parent.is_dir():
        return RecipeFileError(errno.ENOENT, f"{found}: there is no folder {_shown(path.parent)}")
    if path.stem in gallery_names():
        return RecipeFileError(errno.ENOENT, found, hint=f"the gallery recipe is named {path.stem!r}")
    if hint := _did_you_mean_file(path.stem, path.parent):
        return RecipeFileError(errno.ENOENT, found, hint=hint)
    beside = [str(path.parent / name) for name in _json_names(path.parent)]
    return RecipeFileError(errno.ENOENT, found, name_list(beside, str(path)))


def _did_you_mean_file(stem: str, folder: Path) -> str:
    files = {Path(name).stem: name for name in _json_names(folder)}  # without the ending that all names share
    near = files.get(nearest(stem, files))
    return f"did you mean {_shown(folder / near)}?" if near else ""


def _json_names(folder: Path) -> list[str]:
    """Return the names of JSON files in a folder; none if it can't be listed."""
    try:
        return sorted(name for name in os.listdir(folder) if name.lower().endswith(".json"))
    except OSError:
        return []


def _shown(path: str | Path) -> str:
    return show(str(path), most=300)  # longer than other values: a path is useful only as a whole
