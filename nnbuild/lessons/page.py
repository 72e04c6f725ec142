"""Lessons as Markdown pages of the documentation."""

from __future__ import annotations

from collections.abc import Sequence

from nnbuild.lessons.running import Ran, command_lines
from nnbuild.lessons.source import LANGUAGES, Lesson
from nnbuild.lessons.words import COMMAS, WORDS

LANGUAGE_NAMES = {"en": "English", "zh": "简体中文"}


def page_name(lesson: Lesson, language: str = "") -> str:
    """Return the name of the page of a lesson, in its own or another language."""
    language = language or lesson.language
    return f"{lesson.stem}.md" if language == "en" else f"{lesson.stem}.{language}.md"


def page(lesson: Lesson, rans: Sequence[Ran], lessons: Sequence[Lesson]) -> dict[str, str]:
    """Return the page of a lesson, and its figures: text by file name.

    Parameters
    ----------
    lesson : Lesson
    rans : sequence of Ran
        All parts, also of the solution.
    lessons : sequence of Lesson
        All lessons in this language, for links to the next and the previous one.
    """
    words, stem = WORDS[lesson.language], page_name(lesson).removesuffix(".md")
    others = [
        f"[{LANGUAGE_NAMES[other]}]({page_name(lesson, other)})" for other in LANGUAGES if other != lesson.language
    ]
    files: dict[str, str] = {}
    body = []
    for ran in rans:
        if ran.chart:
            file = f"{stem}_{len(files) + 1}.svg"
            files[file] = ran.chart.svg()
            body.append(f"![{ran.chart.title}]({file})")
        else:
            body.append(_block(ran))
    text = "\n\n".join(
        [
            "# " + words["heading"].format(number=lesson.number, title=lesson.title),
            " | ".join(others),
            *body[:1],
            words["run"].format(name=lesson.name),
            *body[1:],
            words["words"].format(words=COMMAS[lesson.language].join(lesson.words)),
            _links(lesson, lessons),
        ]
    )
    return {f"{stem}.md": text + "\n", **files}


def _block(ran: Ran) -> str:
    kind = ran.part.kind
    if kind == "text":
        return ran.text
    if kind == "console":
        lines = zip(command_lines(ran.part), ran.outputs, strict=True)
        return "```console\n" + "".join(f"$ {line}\n{output}" for line, output in lines) + "```"
    code = f"```{' '.join((kind, *ran.part.options))}\n{ran.text}```"
    output = "".join(ran.outputs)
    return f"{code}\n\n```text\n{output}```" if output else code


def _links(lesson: Lesson, lessons: Sequence[Lesson]) -> str:
    """Return links to the previous and next lesson and to the index."""
    words = WORDS[lesson.language]
    index = "index.md" if lesson.language == "en" else f"index.{lesson.language}.md"
    found = []
    for word, step in (("previous", -1), ("next", 1)):
        other = next((each for each in lessons if each.number == lesson.number + step), None)
        if other:
            found.append(words[word].format(link=f"[{other.title}]({page_name(other)})"))
    return " | ".join([*found, f"[{words['all']}]({index})"])
