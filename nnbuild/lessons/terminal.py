"""Lessons as text of a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from textwrap import indent, wrap

from rich.cells import cell_len

from nnbuild.lessons.running import Ran, command_lines
from nnbuild.lessons.source import FILES, Lesson
from nnbuild.lessons.words import NOT_FIRST, WORDS
from nnbuild.report.cells import WIDTH, table_lines

_CODE = "    "


def listed(lessons: Sequence[Lesson]) -> str:
    """Return a table of lessons: number, name, title and summary."""
    rows = [(f"{lesson.number:>2}", lesson.name, lesson.title) for lesson in lessons]
    lines = table_lines(rows, 3, WIDTH)
    summaries = [indent("\n".join(_wrapped(lesson.summary, WIDTH - 6)), " " * 6) for lesson in lessons]
    return "\n".join(line for pair in zip(lines, summaries, strict=True) for line in pair)


def heading(lesson: Lesson) -> str:
    """Return the title with a line below."""
    return _underlined(WORDS[lesson.language]["heading"].format(number=lesson.number, title=lesson.title), "=")


def ran_text(ran: Ran, language: str) -> str:
    """Return a part of a lesson that ran: text, code or commands with their output, or a chart."""
    if ran.part.kind == "text":
        return "\n\n".join("\n".join(_lines(block)) for block in ran.text.split("\n\n"))
    if ran.chart:
        return indent(ran.chart.text(), _CODE)
    if ran.part.kind in FILES:
        title = WORDS[language]["file"].format(file=ran.part.options[0])
        return f"{_CODE}{title}\n\n{indent(ran.text, _CODE).rstrip()}"
    if ran.part.kind == "console":
        pairs = zip(command_lines(ran.part), ran.outputs, strict=True)
        return indent("\n".join(f"$ {line}\n{output}".rstrip() for line, output in pairs), _CODE)
    output = "".join(ran.outputs)
    return (indent(ran.text, f"{_CODE}> ") + ("\n" + indent(output, _CODE) if output else "")).rstrip()


def plain(text: str) -> str:
    """Return Markdown without links and marks of bold text and code.

    Examples
    --------
    >>> plain("**Bold** [page](page.md#part) of `code`")
    'Bold page of code'
    """
    return re.sub(r"\*\*|`", "", without_links(text)).replace("\\|", "|")


def without_links(text: str) -> str:
    """Return Markdown with the text of each link in its place."""
    return re.sub(r"(?<!!)\[([^\]]*)\]\([^)]*\)", r"\1", text)


def _lines(block: str) -> Iterator[str]:
    """Yield the lines of a paragraph, list, table or heading."""
    if block.startswith("#"):
        yield _underlined(plain(block.lstrip("# ")), "-")
    elif block.startswith("|"):
        rows = [[plain(cell.strip()) for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in block.split("\n")]
        yield from table_lines([rows[0], *rows[2:]], len(rows[0]), WIDTH)
    elif block.startswith(("- ", "1. ")):
        for item in re.split(r"\n(?=- |\d+\. )", block):
            mark, _, text = item.partition(" ")
            first, *others = _wrapped(plain(text), WIDTH - len(mark) - 1)
            yield from (f"{mark} {first}", *(" " * (len(mark) + 1) + line for line in others))
    else:
        yield from _wrapped(plain(block), WIDTH)


def _wrapped(text: str, width: int) -> list[str]:
    """Wrap text at spaces, or between characters of width 2."""
    text = re.sub(r"\s*\n\s*", " ", text)
    if cell_len(text) == len(text):
        return wrap(text, width)
    lines = [""]
    for piece in re.findall(r"[\x21-\u1fff]+|.", text):  # a word, or one character
        if cell_len(lines[-1] + piece) > width and piece not in NOT_FIRST:
            lines.append("")
        lines[-1] += piece if lines[-1] or piece != " " else ""
    return lines


def _underlined(text: str, mark: str) -> str:
    return f"{text}\n{mark * cell_len(text)}"
