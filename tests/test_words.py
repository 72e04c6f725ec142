"""The glossary of CONTRIBUTING: words that it rules out are in no docstring, message, comment, name or page."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

import pages

GLOSSARY = (pages.ROOT / "CONTRIBUTING.md").read_text("utf-8").split("## Words\n")[1].split("\n## ")[0]
RULED_OUT = [
    word for row in re.findall(r"^\|.*\| *([^|]*?) *\|$", GLOSSARY, re.M) for word in re.findall(r"`([^`]+)`", row)
]
# "initialise" and the like; words that end so by themselves are not meant.
STEMS = (
    "categor general initial memor minim maxim normal optim organ recogn regular serial standard summar token vector"
)
BRITISH = rf"(?:{'|'.join(STEMS.split())})is(?:e|es|ed|ing|ation)"
WORDS = re.compile(rf"\b(?:{'|'.join(map(re.escape, RULED_OUT))}|{BRITISH})\b", re.IGNORECASE)
# Words of names; "know", "see" and the like are in too many standard names, such as `unknown` and `seed`.
NAMES = re.compile(r"(?:^|_)(?:says?|said|tells?|told|stands?|stood)(?:_|$)")

# File and word: why it is right there.
EXCEPTIONS = {
    ("nnbuild/inputs/columns.py", "levels"): "key of model files",
    ("nnbuild/saved/preparations.py", "levels"): "key of model files",
    ("nnbuild/inputs/windows.py", "gap"): "parameter: time steps between a window and its targets",
    ("nnbuild/model_selection/seeds.py", "level"): "confidence level",
    ("nnbuild/report/page_parts.py", "gap"): "property of CSS",
    ("nnbuild/runs/data/estimator.py", "level"): "level of a quantile",
    ("nnbuild/runs/workflows/supervised.py", "level"): "level of a quantile",
}

SOURCES = sorted((pages.ROOT / "nnbuild").rglob("*.py"))
PAGES = [*sorted(pages.ROOT.glob("*.md")), *sorted((pages.ROOT / "docs").rglob("*.md"))]


def by_path(path: Path) -> str:
    return path.relative_to(pages.ROOT).as_posix()


@pytest.mark.parametrize("path", [path for path in PAGES if ".zh" not in path.suffixes], ids=by_path)
def test_pages_use_the_words_of_the_glossary(path):
    assert ruled_out(path, page_text(path.read_text("utf-8"))) == []


def test_the_package_uses_the_words_of_the_glossary():
    assert [found for path in SOURCES for found in ruled_out(path, source_text(path.read_text("utf-8")))] == []


def ruled_out(path: Path, lines: Iterator[tuple[int, str]]) -> list[str]:
    """Return the ruled-out words, as "file:line: word"."""
    return [
        f"{by_path(path)}:{number}: {word.group()}"
        for number, line in lines
        for word in WORDS.finditer(line)
        if (by_path(path), word.group().lower()) not in EXCEPTIONS
    ]


def page_text(text: str) -> Iterator[tuple[int, str]]:
    """Lines of prose: no code blocks, no inline code, no link targets; nor the tables of this glossary."""
    text = text.replace(GLOSSARY, "\n" * GLOSSARY.count("\n"))
    hidden = r"^```.*?^```$|`[^`\n]*`|\]\([^)]*\)|<!--.*?-->"
    text = re.sub(hidden, lambda found: "\n" * found.group().count("\n"), text, flags=re.MULTILINE | re.DOTALL)
    return iter(enumerate(text.split("\n"), 1))


def source_text(text: str) -> Iterator[tuple[int, str]]:
    """Docstrings, messages and comments of a module, and its names that contain a verb of saying."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from enumerate(node.value.split("\n"), node.lineno)
        name = getattr(node, "id", None) or getattr(node, "name", None) or getattr(node, "attr", None)
        if isinstance(name, str) and (verb := NAMES.search(name)):
            yield node.lineno, verb.group().strip("_")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# what the code says\n", ["says"]),
        ('"""Return the levels."""\n', ["levels"]),
        ("x = f'{y}: tells nothing'\n", ["tells"]),
        ("told_once = 1\n", ["told"]),
        ("standard = initialise_it = 'unknown'\n", []),
        ("'to initialise'\n", ["initialise"]),
    ],
)
def test_words_are_found_in_source(text, words):
    found = [word.group() for _, line in source_text(text) for word in WORDS.finditer(line)]
    assert found == words


def test_words_are_found_in_pages_outside_of_code():
    text = "It says `told`.\n\n```text\ntold\n```\n[a page](told.md) of levels\n"
    assert [(number, word.group()) for number, line in page_text(text) for word in WORDS.finditer(line)] == [
        (1, "says"),
        (6, "levels"),
    ]


def test_every_exception_is_used():
    assert [
        key for key in EXCEPTIONS if not re.search(rf"\b{key[1]}\b", (pages.ROOT / key[0]).read_text("utf-8"), re.I)
    ] == []
