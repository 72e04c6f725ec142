"""Pages of Markdown whose code blocks run: the README's, and those in docs/.

The words behind the fence of a block give its kind. All blocks of a page share a folder and, in Python, their names.

- ``python`` runs. A block ``text`` right behind it is its output; "..." matches anything.
- ``python raises`` runs and raises; the block ``text`` behind it is the last of what Python would print.
- ``json`` is a recipe. With a file's name behind it (``json my.json``), the block is that file from there on.
- ``json bad`` is an invalid recipe; the block ``text`` behind it is the error message for it as ``my.json``.
  With a file's name behind it, the block is that file from there on.
- ``csv data.csv`` is a file.
- ``bash`` holds commands that succeed, a line each, and comments.
- ``console`` holds commands after "$ ", and below each what it prints.
- ``text`` anywhere else, and directives of the site (``{toctree}``), are for people only.

Of commands, `nnbuild` runs in this process; of the others it is checked that what they name is there.
"""

from __future__ import annotations

import doctest
import re
import shlex
import traceback
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from itertools import zip_longest
from pathlib import Path

from click.testing import CliRunner

from nnbuild.cli.main import main
from nnbuild.errors import RecipeError
from nnbuild.recipe import Recipe

ROOT = Path(__file__).parents[1]
FENCED = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A code block.

    Attributes
    ----------
    line : int
        Of its first line, counted from 1.
    info : tuple of str
        The words behind its fence.
    text : str
    shown : str or None
        The block ``text`` that follows with at most a short sentence between; None where none does.
    """

    line: int
    info: tuple[str, ...]
    text: str
    shown: str | None = None


def blocks(document: str) -> list[Block]:
    """The code blocks of a page, in order."""
    found = [match for match in FENCED.finditer(document) if not match[1].startswith("{")]
    return [
        Block(_line(document, match), tuple(match[1].split()), match[2], _shown(document, match, after))
        for match, after in zip_longest(found, found[1:])
    ]


def _line(document: str, block: re.Match) -> int:
    return document[: block.start()].count("\n") + 2


def _shown(document: str, block: re.Match, after: re.Match | None) -> str | None:
    is_near = after is not None and len(document[block.end() : after.start()].strip()) < 80
    return after[2] if after is not None and is_near and after[1] == "text" else None


def run(page: Path, folder: Path) -> dict:
    """Run a page; `folder` is where its code is at work already.

    Returns
    -------
    dict
        The names that its Python code leaves.
    """
    names: dict = {"__name__": "page"}
    for block in blocks(page.read_text("utf-8")):
        try:
            RUNNERS[block.info[:1]](block, names, folder)
        except Exception as error:
            error.add_note(f"in the block at {page}:{block.line}")
            raise
    return names


def _python(block: Block, names: dict, folder: Path) -> None:
    code = compile(block.text, f"line {block.line}", "exec")
    printed = StringIO()
    with redirect_stdout(printed):
        error = _raised(code, names) if block.info[1:] == ("raises",) else exec(code, names)
    if error is not None:
        _same(block.shown or "", f"{error}\n")
    elif block.shown is not None:
        _same(block.shown, printed.getvalue())


def _raised(code: object, names: dict) -> str:
    """The last of Python's traceback: the class of the error, and its message."""
    try:
        exec(code, names)  # type: ignore[arg-type]
    except Exception as error:
        return "".join(traceback.format_exception_only(error)).strip()
    raise AssertionError("this code should raise, and does not")


def _json(block: Block, names: dict, folder: Path) -> None:
    file = block.info[-1] if block.info[-1].endswith(".json") else "my.json"
    if "bad" in block.info:
        _check_message(block, file)
    else:
        recipe = Recipe.from_json(block.text)
        assert Recipe.from_json(recipe.to_json()) == recipe
    if file in block.info:
        _file(block, names, folder)


def _check_message(block: Block, file: str) -> None:
    try:
        Recipe.from_json(block.text, file)
    except RecipeError as error:
        if block.shown is not None:
            _same(block.shown, f"{error}\n")
        return
    raise AssertionError("this recipe should have mistakes, and has none")


def _file(block: Block, names: dict, folder: Path) -> None:
    (folder / block.info[-1]).write_text(block.text, "utf-8")


def _bash(block: Block, names: dict, folder: Path) -> None:
    for line in block.text.replace("\\\n", " ").splitlines():
        if words := shlex.split(line, comments=True):
            code, printed = command(words, folder)
            assert code == 0, f"{line}\n{printed}"


def _console(block: Block, names: dict, folder: Path) -> None:
    for entered in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        line, _, shown = entered.partition("\n")
        _, printed = command(shlex.split(line, comments=True), folder)
        _same(shown, printed)


def command(words: list[str], folder: Path) -> tuple[int, str]:
    """Exit code and output of a command; one that is not nnbuild's is only looked at."""
    name, *arguments = words
    return COMMANDS[name](arguments, folder)


def _nnbuild(arguments: list[str], folder: Path) -> tuple[int, str]:
    arrow = next((place for place, word in enumerate(arguments) if word in (">", ">>")), len(arguments))
    done = CliRunner().invoke(main, arguments[:arrow])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    if arguments[arrow : arrow + 1] == [">"]:  # what ">>" adds to is not the page's
        (folder / arguments[-1]).write_text(done.stdout, "utf-8")
    return done.exit_code, done.output


def _make(arguments: list[str], folder: Path) -> tuple[int, str]:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    missing = [target for target in arguments if f"\n{target}:" not in makefile]
    return len(missing), f"no target {missing}"


def _pip(arguments: list[str], folder: Path) -> tuple[int, str]:
    """`pip install .` with extras of setup.cfg."""
    extras = re.findall(r"^(\w+) =", (ROOT / "setup.cfg").read_text("utf-8").split("extras_require]")[1], re.MULTILINE)
    is_right = arguments[0] == "install" and re.fullmatch(r"\.(\[(\w+)\])?", arguments[-1])
    asked = is_right and is_right[2]
    return int(not is_right or (asked is not None and asked not in extras)), f"extras: {extras}"


def _same(wanted: str, got: str) -> None:
    checker = doctest.OutputChecker()
    example = doctest.Example("", wanted)
    got = re.sub(r"[ \t]+$", "", got, flags=re.MULTILINE)
    if not checker.check_output(wanted, got, doctest.ELLIPSIS):
        raise AssertionError(checker.output_difference(example, got, doctest.ELLIPSIS))


RUNNERS: dict[tuple[str, ...], Callable[[Block, dict, Path], None]] = {
    ("python",): _python,
    ("json",): _json,
    ("csv",): _file,
    ("bash",): _bash,
    ("console",): _console,
    ("text",): lambda block, names, folder: None,
}
COMMANDS: dict[str, Callable[[list[str], Path], tuple[int, str]]] = {
    "nnbuild": _nnbuild,
    "make": _make,
    "pip": _pip,
}
