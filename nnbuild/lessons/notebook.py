"""Lessons as Jupyter notebooks, with the outputs of their run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nnbuild.lessons.running import Ran, command_lines
from nnbuild.lessons.source import FILES, Lesson
from nnbuild.lessons.terminal import without_links
from nnbuild.lessons.words import WORDS


def notebook(lesson: Lesson, rans: Sequence[Ran]) -> dict:
    """Return a notebook as a JSON value in format 4.5 of nbformat [1]_.

    Parameters
    ----------
    lesson : Lesson
    rans : sequence of Ran
        Its parts. Commands become cells with "!", recipes cells with "%%writefile".

    References
    ----------
    .. [1] https://nbformat.readthedocs.io/en/latest/format_description.html
    """
    title = "# " + WORDS[lesson.language]["heading"].format(number=lesson.number, title=lesson.title)
    cells = [_text(title), *(cell for ran in rans for cell in _cells(ran))]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "cells": [{**cell, "id": f"cell-{number}"} for number, cell in enumerate(cells, 1)],
    }


def _cells(ran: Ran) -> Iterator[dict]:
    """Yield the cells of a part; each command has a cell of its own."""
    kind = ran.part.kind
    if kind == "text":
        yield _text(ran.text)
    elif kind == "console":
        for line, output in zip(command_lines(ran.part), ran.outputs, strict=True):
            yield _code(f"!{line}", _printed(output))
    elif kind in FILES:
        yield _code(f"%%writefile {ran.part.options[0]}\n{ran.text}", [])
    elif ran.chart:
        data = {"image/svg+xml": _lines(ran.chart.svg()), "text/plain": _lines(ran.chart.text())}
        yield _code(ran.text, [{"output_type": "display_data", "data": data, "metadata": {}}])
    else:
        yield _code(ran.text, _printed("".join(ran.outputs)))


def _text(text: str) -> dict:
    """Return a cell of text. Links to pages of the documentation lead nowhere from a notebook."""
    return {"cell_type": "markdown", "metadata": {}, "source": _lines(without_links(text))}


def _code(code: str, outputs: list[dict]) -> dict:
    source = _lines(code.rstrip("\n"))
    return {"cell_type": "code", "metadata": {}, "execution_count": None, "source": source, "outputs": outputs}


def _printed(text: str) -> list[dict]:
    return [{"output_type": "stream", "name": "stdout", "text": _lines(text)}] if text else []


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)
