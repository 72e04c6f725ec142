"""Lists of the lessons, for docs/learn/index.md and index.zh.md."""

from __future__ import annotations

from nnbuild.lessons.page import page_name
from nnbuild.lessons.source import lessons
from tools.markdown import table

HEADINGS = {"en": ("number", "lesson", "content"), "zh": ("序号", "课", "内容")}


def listed(language: str) -> str:
    """Return a table of all lessons in one language."""
    rows = [(str(each.number), f"[{each.title}]({page_name(each)})", each.summary) for each in lessons(language)]
    return table(HEADINGS[language], rows)


TABLES = {"lessons": lambda: listed("en"), "lessons_chinese": lambda: listed("zh")}
