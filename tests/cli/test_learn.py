"""The command about lessons: the list, a lesson in the terminal, a notebook."""

import json

import pytest

from cli.running import printed, run
from nnbuild.lessons import source

LESSON = """# {title}

{summary}

The sum of `{{x}}`, a [link](a.md), and **bold** text:

```python
x = 2  # two
print(x + 0.5)
```

| name | value |
| --- | --- |
| x | {{x:.1f}} |

- one item that is long enough for a second line, because a line of a terminal has at most one hundred characters
- another

```json my.json
{{"nnbuild": 1, "layers": [{{"type": "Flatten"}}]}}
```

```console
$ nnbuild validate my.json
```

```figure
from nnbuild.lessons.charts import Bars

Bars("{title}", {{"x": x, "y": 2 * x}})
```

## {exercise}

Do it.

## {solution}

```python
print("done")
```

{words}
"""
ENGLISH = {
    "title": "Sums",
    "summary": "Numbers are added.",
    "exercise": "Exercise",
    "solution": "Solution",
    "words": "Key words: plus, sum",
}
CHINESE = {
    "title": "求和",
    "summary": "把数相加。",
    "exercise": "练习",
    "solution": "答案",
    "words": "关键词\N{FULLWIDTH COLON}加法、总和",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder of the only lesson, and the current folder."""
    (tmp_path / "01_sums.md").write_text(LESSON.format(**ENGLISH), "utf-8")
    (tmp_path / "01_sums.zh.md").write_text(LESSON.format(**CHINESE), "utf-8")
    monkeypatch.setattr(source, "_texts", lambda: tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_list(folder):
    assert printed("learn") == " 1  sums  Sums\n      Numbers are added.\n"
    assert printed("learn", "--list", "--lang", "zh") == " 1  sums  求和\n      把数相加。\n"
    assert json.loads(printed("learn", "--json")) == [
        {"number": 1, "name": "sums", "title": "Sums", "summary": "Numbers are added.", "words": ["plus", "sum"]}
    ]


def test_a_lesson_in_the_terminal(folder):
    shown = printed("learn", "sums")
    assert (
        shown
        == """1. Sums
=======

Numbers are added.

The sum of {x}, a link, and bold text:

    > x = 2  # two
    > print(x + 0.5)

    2.5

name  value
x     2.0

- one item that is long enough for a second line, because a line of a terminal has at most one
  hundred characters
- another

    file my.json

    {"nnbuild": 1, "layers": [{"type": "Flatten"}]}

    $ nnbuild validate my.json
    my.json: fine, 1 layers; params: none

    Sums

    x  2  ████████████████████
    y  4  ████████████████████████████████████████

Exercise
--------

Do it.

Solution: nnbuild learn sums --solution
"""
    )
    assert printed("learn", "1", "--solution").endswith('    > print("done")\n\n    done\n')
    assert sorted(path.name for path in folder.iterdir()) == ["01_sums.md", "01_sums.zh.md"]


def test_a_lesson_in_chinese(folder):
    shown = printed("learn", "sums", "--lang", "zh")
    assert shown.startswith("1. 求和\n=======\n\n把数相加。\n")
    assert shown.endswith("\n练习\n----\n\nDo it.\n\n答案\N{FULLWIDTH COLON}nnbuild learn sums --lang zh --solution\n")


def test_a_notebook(folder):
    assert printed("learn", "sums", "--notebook", "n.ipynb") == "n.ipynb\n"
    notebook = json.loads((folder / "n.ipynb").read_text("utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    cells = [(cell["id"], cell["cell_type"], "".join(cell["source"])) for cell in notebook["cells"]]
    assert cells[0] == ("cell-1", "markdown", "# 1. Sums")
    assert "a link, and **bold** text" in cells[2][2]
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert ["".join(cell["source"]).split("\n")[0] for cell in code] == [
        "x = 2  # two",
        "%%writefile my.json",
        "!nnbuild validate my.json",
        "from nnbuild.lessons.charts import Bars",
    ]
    assert code[0]["outputs"] == [{"output_type": "stream", "name": "stdout", "text": ["2.5\n"]}]
    assert code[3]["outputs"][0]["data"]["image/svg+xml"][0].startswith("<svg ")


def test_a_notebook_is_replaced_only_by_force(folder):
    (folder / "n.ipynb").write_text("mine", "utf-8")
    done = run("learn", "sums", "--notebook", "n.ipynb")
    assert (done.exit_code, done.stderr) == (1, "n.ipynb: already exists\n  hint: use --force to replace it\n")
    assert (folder / "n.ipynb").read_text("utf-8") == "mine"
    assert printed("learn", "sums", "--notebook", "n.ipynb", "--force") == "n.ipynb\n"
    assert json.loads((folder / "n.ipynb").read_text("utf-8"))["nbformat"] == 4


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["summs"], 1, "no lesson 'summs'\n  allowed: 1 to 1, or sums\n  hint: did you mean 'sums'?\n"),
        (["总和"], 1, "no lesson '总和'\n  allowed: 1 to 1, or sums\n  hint: lessons about '总和': sums\n"),
        (["7"], 1, "no lesson '7'\n  allowed: 1 to 1, or sums\n"),
        (["--solution"], 2, "pass a lesson to run, or only --list, --lang and --json for the list\n"),
        (["sums", "--json"], 2, "--json is only for the list\n"),
    ],
)
def test_mistakes(folder, words, code, message):
    done = run("learn", *words)
    assert (done.exit_code, done.stderr.rpartition("Error: ")[2]) == (code, message)


def test_lessons_are_found_by_words(folder):
    assert printed("recipes", "--search", "总和") == "lessons\n  nnbuild learn sums  Sums\n"
    assert printed("recipes", "--search", "plus SUM") == "lessons\n  nnbuild learn sums  Sums\n"
    assert run("recipes", "--search", "plus minus").exit_code == 1
