"""Write the pages of the lessons, docs/learn, by running them: ``python tools/make_lessons.py [NAME ...]``.

Without names, all lessons run. A test runs the lessons and compares the pages with the output of this tool, except for
the last digits of numbers. tools/make_reference.py writes the lists of lessons, docs/learn/index.md and index.zh.md.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # folder of `tools`, if this runs as a script

from nnbuild.cli.learn import command_output
from nnbuild.cli.starting import start_tensorflow
from nnbuild.lessons.page import page
from nnbuild.lessons.running import Ran, run_lesson
from nnbuild.lessons.source import LANGUAGES, Lesson, find_lesson, lessons

FOLDER = Path(__file__).parents[1] / "docs" / "learn"


def main(names: list[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    start_tensorflow()
    chosen = [find_lesson(name) for name in names] or lessons()
    for lesson in chosen:
        files = written(lesson, ran(lesson))
        for old in FOLDER.glob(f"{lesson.stem}*"):
            if old.name not in files:
                old.unlink()
        for name, text in files.items():
            (FOLDER / name).write_text(text, "utf-8")


def ran(lesson: Lesson) -> list[list[Ran]]:
    """Run a lesson once, and return its parts in each language."""
    translations = [find_lesson(lesson.name, language) for language in LANGUAGES[1:]]
    return run_lesson(lesson, command_output, solution=True, translations=translations)


def written(lesson: Lesson, found: list[list[Ran]]) -> dict[str, str]:
    """Return the pages of a lesson that ran, and their figures: text by file name."""
    files: dict[str, str] = {}
    for language, rans in zip(LANGUAGES, found, strict=True):
        files |= page(find_lesson(lesson.name, language), rans, lessons(language))
    return files


if __name__ == "__main__":
    main(sys.argv[1:])
