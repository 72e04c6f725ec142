"""Edits of JSON texts: the result has the new value, and equal parts are unchanged."""

from __future__ import annotations

import json
import random

import pytest

from nnbuild.language.gallery import gallery_names
from nnbuild.language.json_edit import edited
from nnbuild.recipe import Recipe

TEXT = """\
{ "a": [1, 2.0,
        {"b" : "x", "c": null}],

  "d": {"e": true}
}
"""


def edit(change):
    value = json.loads(TEXT)
    change(value)
    return edited(TEXT, value)


@pytest.mark.parametrize(
    ("change", "old", "new"),
    [
        (lambda value: None, "", ""),
        (lambda value: value["a"].__setitem__(0, 7), "[1, 2.0", "[7, 2.0"),
        (lambda value: value["a"][2].update(b="y"), '"x"', '"y"'),
        (lambda value: value["a"][2].update(f=[1, {"g": "\u00e9"}]), "null}", 'null, "f": [1, {"g": "\u00e9"}]}'),
        (lambda value: value["a"][2].pop("b"), '{"b" : "x", "c": null}', '{"c": null}'),
        (lambda value: value["a"].insert(1, False), "[1, 2.0", "[1, false, 2.0"),
        (lambda value: value["a"].reverse(), TEXT[7:47], '[{"b" : "x", "c": null}, 2.0,\n        1]'),
        (lambda value: value["a"].pop(0), "[1, 2.0", "[2.0"),
        (lambda value: value["d"].update(e=1), "true", "1"),  # 1 and true are not equal
        (lambda value: value.update(h=3), '"e": true}\n', '"e": true},\n\n  "h": 3\n'),
        (lambda value: value.pop("a"), TEXT[2 : TEXT.index('"d"')], ""),
        (lambda value: value["d"].update(i=0), "true}", 'true, "i": 0}'),
        (lambda value: value.update(a=[]), TEXT[7 : TEXT.index(",\n\n")], "[]"),
    ],
)  # fmt: skip
def test_only_the_changed_part_has_another_text(change, old, new):
    assert edit(change) == TEXT.replace(old, new, 1)


def test_items_that_become_equal_to_others_keep_their_form():
    text = '[{"a":\n 1}, {"a":\n 1},   {"a": 2}]'
    assert edited(text, [{"a": 2}] * 3) == text.replace("1", "2")


def test_any_change_of_a_recipe_is_written():
    rng = random.Random(0)
    for name in gallery_names():
        text = Recipe._text(name)[1].decode()
        value = json.loads(text)
        for _ in range(3):
            _disturb(value, rng)
        assert json.loads(edited(text, value)) == value
        assert edited(text, json.loads(text)) == text


def _disturb(value, rng):
    """Change, remove, add or move parts of a value at random."""
    for key in list(value) if isinstance(value, dict) else range(len(value) - 1, -1, -1):
        if isinstance(value[key], dict | list) and rng.random() < 0.8:
            _disturb(value[key], rng)
        elif rng.random() < 0.3:
            value[key] = rng.choice([None, 3, "new", {"type": "Dense"}, [1, 2]])
        elif rng.random() < 0.2:
            del value[key]
    if isinstance(value, list) and rng.random() < 0.5:
        rng.shuffle(value)
    if isinstance(value, dict) and rng.random() < 0.5:
        value["added"] = [True]
