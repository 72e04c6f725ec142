"""Find and parse lessons. A lesson is a Markdown file for each language, read with the standard library alone.

A file ``texts/NN_name.md`` consists of a title, a paragraph of one line as summary, text, blocks, ``## Exercise``,
``## Solution`` and a last line of key words. Text contains values of the code that ran before it, as ``{name:.2f}``.

- ``python`` is code. What it prints is shown.
- ``figure`` is code that is not shown; the value of its last line is a chart of `nnbuild.lessons.charts`.
- ``console`` contains commands after "$ ". Further words are the sections of their output to show; default: all.
- ``json FILE`` and ``csv FILE`` are a recipe and data, in this file of the working folder.

The file ``texts/NN_name.zh.md`` has the same blocks, except for comments and figures.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from nnbuild.errors import NNBuildError, did_you_mean, show

LANGUAGES = ("en", "zh")
FILES = ("json", "csv")
KINDS = ("text", "python", "figure", "console", *FILES)


class LessonError(NNBuildError, LookupError):
    """Error for a lesson that does not exist."""


@dataclass(frozen=True)
class Part:
    """Some paragraphs of text, or a block, of a lesson.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    text : str
        Without the lines of the fence.
    options : tuple of str
        Further words after the kind of a block.
    """

    kind: str
    text: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lesson:
    """A lesson in one language.

    Attributes
    ----------
    number : int
        Position in the order of the theory, from 1.
    name : str
    language : str
        One of `LANGUAGES`.
    title, summary : str
        Lines of text.
    words : tuple of str
        Key words, for searches.
    parts, solution : tuple of Part
        The parts up to the exercise, with the summary first, and those of its solution.
    """

    number: int
    name: str
    language: str
    title: str
    summary: str
    words: tuple[str, ...]
    parts: tuple[Part, ...]
    solution: tuple[Part, ...]

    @property
    def stem(self) -> str:
        """Name of its files, without ending: "01_matrices"."""
        return f"{self.number:02}_{self.name}"


def lessons(language: str = "en") -> list[Lesson]:
    """Return all lessons in one language, in their order.

    Examples
    --------
    >>> lessons()[0].name
    'matrices'
    """
    return [_parsed(path, language) for path in sorted(_texts().glob("*.md")) if path.suffixes == [".md"]]


def find_lesson(name: str, language: str = "en") -> Lesson:
    """Return a lesson by its name or number.

    Raises
    ------
    LessonError
        If there is none. The hint has a similar name, or the lessons with the name as key word.

    Examples
    --------
    >>> find_lesson("1").title
    'A neuron and a layer as matrices'
    """
    known = lessons(language)
    for lesson in known:
        if name in (lesson.name, str(lesson.number)):
            return lesson
    names = [lesson.name for lesson in known]
    found = [lesson.name for lesson in lessons_about(name)]
    hint = f"lessons about {show(name)}: {', '.join(found)}" if found else did_you_mean(name, names)
    allowed = f"1 to {len(names)}, or {', '.join(names)}"
    raise LessonError(f"no lesson {show(name)}\n  allowed: {allowed}" + (f"\n  hint: {hint}" if hint else ""))


def lessons_about(words: str, language: str = "en") -> list[Lesson]:
    """Return the lessons with all of these words in title, summary or key words of any language; case is ignored.

    Examples
    --------
    >>> [lesson.name for lesson in lessons_about("weights matrix")]
    ['matrices']
    """
    wanted = words.lower().split()
    texts: dict[str, str] = {}
    for lesson in (lesson for each in LANGUAGES for lesson in lessons(each)):
        parts = (texts.get(lesson.name, ""), lesson.name, lesson.title, lesson.summary, *lesson.words)
        texts[lesson.name] = " ".join(parts).lower()
    return [lesson for lesson in lessons(language) if wanted and all(word in texts[lesson.name] for word in wanted)]


def _texts() -> Path:
    return Path(str(files("nnbuild.lessons") / "texts"))


def _parsed(path: Path, language: str) -> Lesson:
    number, _, name = path.stem.partition("_")
    file = path if language == "en" else path.with_suffix(f".{language}.md")
    document, words = _WORDS.split(file.read_text("utf-8"))[:2]
    lesson, solution = _SOLUTION.split(document)
    title, _, rest = lesson.removeprefix("# ").partition("\n")
    summary, _, rest = rest.strip().partition("\n\n")
    parts = ((Part("text", summary), *_parts(rest)), tuple(_parts(solution)))
    return Lesson(
        int(number), name, language, title, summary, tuple(re.split(", |\N{IDEOGRAPHIC COMMA}", words)), *parts
    )


def _parts(document: str) -> Iterator[Part]:
    """Yield text and blocks in their order."""
    end = 0
    for block in _BLOCK.finditer(document):
        yield from _text(document[end : block.start()])
        kind, *options = block[1].split()
        yield Part(kind, block[2], tuple(options))
        end = block.end()
    yield from _text(document[end:])


def _text(text: str) -> Iterator[Part]:
    if text.strip():
        yield Part("text", text.strip())


_BLOCK = re.compile(r"^```([^`\n]+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_SOLUTION = re.compile(r"^(?=## (?:Solution|答案)$)", re.MULTILINE)
_WORDS = re.compile(r"^(?:Key words: |关键词\N{FULLWIDTH COLON})(.*)\n\Z", re.MULTILINE)
