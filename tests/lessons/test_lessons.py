"""The lessons: complete, the same in both languages, and their pages are those of a run."""

import re
from functools import cache
from itertools import pairwise

import pytest

from few import few_of
from nnbuild.lessons.charts import Chart
from nnbuild.lessons.source import FILES, KINDS, find_lesson, lessons
from tools import make_lessons, make_reference

NAMES = [lesson.name for lesson in lessons()]
HEADINGS = {"en": ("## Exercise", "## Solution"), "zh": ("## 练习", "## 答案")}


def test_lessons_are_numbered_in_order():
    assert [lesson.number for lesson in lessons()] == list(range(1, len(NAMES) + 1))
    assert [lesson.name for lesson in lessons("zh")] == NAMES


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_is_complete(name, language):
    lesson = find_lesson(name, language)
    assert len(lesson.title) < 60
    assert "\n" not in lesson.summary
    assert len(lesson.words) >= 4
    kinds = [part.kind for part in lesson.parts]
    assert {"figure", "console", "python"} <= set(kinds) <= set(KINDS)
    assert [part.options for part in lesson.parts + lesson.solution if part.kind in FILES and not part.options] == []
    exercise, solution = HEADINGS[language]
    assert lesson.parts[-1].text.startswith(exercise) or f"\n{exercise}\n" in lesson.parts[-1].text
    assert lesson.solution[0].text.startswith(solution)
    assert {part.kind for part in lesson.solution} & {"python", "console"}


@pytest.mark.parametrize("name", NAMES)
def test_a_translation_has_the_code_and_outline_of_its_original(name):
    both = [[*lesson.parts, *lesson.solution] for lesson in (find_lesson(name), find_lesson(name, "zh"))]
    for part, translated in zip(*both, strict=True):
        assert (translated.kind, translated.options) == (part.kind, part.options)
        if part.kind == "text":
            assert outline(translated.text) == outline(part.text)
            assert sorted(values(translated.text)) == sorted(values(part.text))
        elif part.kind != "figure":
            codes = [make_reference.COMMENT.sub("", each.text) for each in (part, translated)]
            assert codes[1] == codes[0]
            comments = make_reference.COMMENT.findall(translated.text)
            assert [comment for comment in comments if not re.search("[\u4e00-\u9fff]", comment)] == []


def outline(text):
    """Return levels of headings, items of lists and numbers of bars in lines of tables."""
    lines = [line for line in text.splitlines() if re.match(r"#|\||- |\d+\. ", line)]
    return [line.split()[0] if line[0] != "|" else line.count("|") for line in lines]


def values(text):
    return re.findall(r"\{[A-Za-z_]\w*[^{}\s]*\}", text)


@cache
def ran(name):
    """The parts of a lesson in English and in Chinese, after one run."""
    return make_lessons.ran(find_lesson(name))


@pytest.mark.parametrize("name", few_of(NAMES, "matrices"))
def test_the_pages_are_those_of_a_run(name):
    wanted = make_lessons.written(find_lesson(name), ran(name))
    assert {path.name for path in make_lessons.FOLDER.glob(f"{find_lesson(name).stem}*")} == set(wanted)
    pages = [file for file in wanted if file.endswith(".md")]
    found = [differences((make_lessons.FOLDER / file).read_text("utf-8"), wanted[file]) for file in pages]
    assert found == [[], []], f"run: python tools/make_lessons.py {name}"


@pytest.mark.parametrize("name", few_of(NAMES, "matrices"))
def test_a_figure_has_a_title_in_each_language(name):
    charts = [[each.chart for each in rans if each.chart] for rans in ran(name)]
    for chart, translated in zip(*charts, strict=True):
        assert isinstance(chart, Chart)
        assert chart.title.isascii()
        assert re.search("[\u4e00-\u9fff]", translated.title)
        assert chart.text().startswith(f"{chart.title}\n\n")


NUMBER = re.compile(r"[\d,]*\d(?:\.\d+)?(?:e[+-]?\d+)?")


def differences(old, new):
    """Return pairs of lines that differ in more than the last digits of numbers."""
    lines = [text.splitlines() for text in (old, new)]
    if len(lines[0]) != len(lines[1]):
        return [(f"{len(lines[0])} lines", f"{len(lines[1])} lines")]
    return [(a, b) for a, b in zip(*lines, strict=True) if not alike(a, b)]


def alike(old, new):
    old, new = (re.sub(r"largest error \S+", "largest error 0", line) for line in (old, new))  # rounding errors
    texts = [re.sub(r"\s+|[█#]+$", " ", NUMBER.sub("0", line)).strip() for line in (old, new)]
    pairs = zip(NUMBER.findall(old), NUMBER.findall(new), strict=False)
    return texts[0] == texts[1] and all(close(a, b) for a, b in pairs)


def close(old, new):
    """Return whether two numbers differ by at most 5 % or three units of the last digit; integers must be equal."""
    if re.fullmatch(r"[\d,]+", old):
        return old == new
    a, b = (float(number.replace(",", "")) for number in (old, new))
    digits, _, exponent = old.partition("e")
    unit = 10.0 ** (int(exponent or 0) - len(digits.partition(".")[2]))
    return abs(a - b) <= max(0.05 * max(abs(a), abs(b)), 3 * unit)


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("loss 0.512\n", "loss  0.514", []),
        ("| 101,770 |", "| 101,771 |", [("| 101,770 |", "| 101,771 |")]),
        ("2.0e-13", "2.1e-13", []),
        ("2e-13", "4e-13", []),
        ("2.0e-13", "2.0e-12", [("2.0e-13", "2.0e-12")]),
        ("loss 0.5", "lost 0.5", [("loss 0.5", "lost 0.5")]),
        ("a", "a\nb", [("1 lines", "2 lines")]),
    ],
)
def test_pages_are_compared_up_to_the_last_digits(old, new, found):
    assert differences(old, new) == found


def test_each_page_links_to_the_next():
    for lesson, after in pairwise(lessons()):
        page = (make_lessons.FOLDER / f"{lesson.stem}.md").read_text("utf-8")
        assert f"Next: [{after.title}]({after.stem}.md)" in page
