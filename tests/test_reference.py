"""What is generated in docs/: it is in step, and it holds all of the language and of Keras' classes."""

import re

import pytest

from nnbuild import catalog, keras_layers
from nnbuild.catalog.facts.layers import LAYERS
from nnbuild.catalog.kinds import NOUNS, Integer, ListOf, Object, optional
from nnbuild.language.search import RANGES
from nnbuild.recipe import Recipe
from tools import class_tables, language_tables, make_reference


def name_of(page):
    return page.relative_to(make_reference.ROOT).as_posix().removesuffix(".md")


PAGES = {name_of(page): page.read_text("utf-8") for page in make_reference.PAGES}


@pytest.mark.parametrize("page", make_reference.PAGES, ids=name_of)
def test_a_page_is_in_step(page):
    assert make_reference.written(page) == PAGES[name_of(page)], "run: python tools/make_reference.py"


def test_every_table_is_on_one_page():
    found = [name for page in PAGES.values() for _, name, _ in make_reference.MARKED.findall(page)]
    assert sorted(found) == sorted(make_reference.TABLES)


def test_what_is_out_of_step_is_written_anew():
    good = '```json\n{"nnbuild": 1, "layers": [{"type": "Flatten"}]}\n```\n'
    stale = (
        "a\n<!-- table: tasks -->\nold\n<!-- end -->\nb\n"
        f"{good}\nc\n\n{good}\n```text nodes\nold\n```\n\n"
        '```json bad\n{"nnbuild": 1, "layers": []}\n```\n\n```text\nold\n```\n'
    )
    fresh = make_reference.text(stale)
    assert fresh == (
        f"a\n<!-- table: tasks -->\n{language_tables.tasks()}\n<!-- end -->\nb\n"
        f"{good}\nc\n\n{good}\n```text nodes\nflatten_1: Flatten <- input\n```\n\n"
        '```json bad\n{"nnbuild": 1, "layers": []}\n```\n\n'
        "```text\nmy.json:1:26: layers: needs at least one node\n```\n"
    )
    assert make_reference.text(fresh) == fresh


def test_a_translation_has_the_code_of_its_original():
    original = "a\n```python\n1\n```\nb\n```{toctree}\nx\n```\nc\n```text\n2\n```\n"
    fresh = make_reference.with_blocks_of(original, "甲\n```python\n3\n```\n乙\n```text\n```\n")
    assert fresh == "甲\n```python\n1\n```\n乙\n```text\n2\n```\n"
    with pytest.raises(ValueError, match=r"^the translation has 1 code blocks, the original 2$"):
        make_reference.with_blocks_of(original, "```python\n```\n")


@pytest.mark.parametrize(
    ("translated", "kept"),
    [
        ("x = 1  # 一\n# 二\n", True),
        ("x = 2  # 一\n# 二\n", False),
        ("x = 1  # 一\n", False),
    ],
)
def test_a_translation_has_comments_of_its_own(translated, kept):
    original, block = "```python\nx = 1  # one\n# two\n```\n", f"```python\n{translated}```\n"
    assert make_reference.with_blocks_of(original, block) == (block if kept else original)


@pytest.mark.parametrize("name", [name for name in PAGES if name.endswith(".zh")])
def test_comments_of_a_translation_are_translated(name):
    blocks = [match[0] for match in make_reference.FENCED.finditer(PAGES[name])]
    comments = [comment for block in blocks for comment in make_reference.COMMENT.findall(block)]
    assert [comment for comment in comments if not re.search("[\u4e00-\u9fff]", comment)] == []


def outline(page: str) -> list:
    """Return levels of headings and numbers of bars in lines of tables, outside of generated parts."""
    outside = re.sub(r"(?ms)<!-- (translated )?table: .*?<!-- end -->|^```.*?^```$", "", page)
    lines = outside.splitlines()
    return [line.split()[0] if line[0] == "#" else line.count("|") for line in lines if line[:1] in ("#", "|")]


@pytest.mark.parametrize("name", [name for name in PAGES if name.endswith(".zh")])
def test_a_translation_has_the_sections_and_tables_of_its_original(name):
    assert outline(PAGES[name]) == outline(PAGES[name.removesuffix(".zh")])


def cells(page: str) -> list[list[str]]:
    """Return the cells in code font of each row of the table of `prepare`."""
    (rows,) = re.findall(r"table: prepare -->\n(.*?)<!-- end -->", page, re.DOTALL)
    return [re.findall(r"`[^`]+`|'[^']+'", row) for row in rows.splitlines()]


def test_a_translated_table_has_the_keys_and_values_of_the_generated_one():
    assert cells(PAGES["docs/guide/tables.zh"]) == cells(PAGES["docs/guide/tables"])


def test_a_right_recipe_can_not_be_shown_as_a_bad_one():
    recipe = '{"nnbuild": 1, "layers": [{"type": "Flatten"}]}'
    with pytest.raises(ValueError, match="marked as bad") as caught:
        make_reference.message(recipe)
    assert str(caught.value) == f"this recipe is marked as bad, but it is valid:\n{recipe}"


def test_the_text_describes_auto():
    (recipe,) = re.findall(r"```json\n([^`]*\"kernel_initializer\": \"auto\"[^`]*)```", PAGES["docs/recipe"])
    nodes = {node.name: node for node in Recipe.from_json(recipe).network.nodes}
    assert nodes["dense_1"].arguments["kernel_initializer"] == "he_normal"
    assert nodes["dense_2"].arguments["kernel_initializer"] == "glorot_uniform"
    sentence = "`dense_1` is initialized with `he_normal`, because a ReLU follows, and `dense_2` with `glorot_uniform`"
    assert sentence in PAGES["docs/recipe"]


# --- what the tables hold ---


def test_every_layer_is_in_one_group_and_every_group_has_a_layer():
    groups = class_tables.layer_groups()
    assert sorted(name for names in groups.values() for name in names) == catalog.class_names("layers")
    assert [heading for heading, names in groups.items() if not names] == []


def test_own_layers_have_the_first_line_of_their_docstring():
    assert class_tables.layer("TakeStep").startswith(
        "### TakeStep\n\nLayer that returns one step of a sequence, (batch, features): 0 is the first, -1 the last.\n\n"
    )
    for name in (name for name, facts in LAYERS.items() if facts.own):
        assert class_tables.own_note(name) == getattr(keras_layers, name).__doc__.splitlines()[0]


def test_every_argument_is_in_the_tables():
    for family in ("layers", "cells"):
        for name in catalog.class_names(family):
            (section,) = re.findall(rf"^### {name}\n(.*?)(?=^##|^<!)", PAGES["docs/layers"], re.DOTALL | re.MULTILINE)
            arguments = [name for name in catalog.find(family, name).arguments if name not in ("trainable", "dtype")]
            assert [name for name in arguments if f"`{name}`" not in section] == []


@pytest.mark.parametrize("family", [family for family in NOUNS if family not in ("layers", "cells", "activations")])
def test_every_class_and_argument_is_in_its_table(family):
    written = class_tables.classes(family)
    assert written in PAGES["docs/objects"]
    for name in catalog.class_names(family):
        assert f"| `{name}`" in written
        arguments = [name for name in catalog.find(family, name).arguments if name != "dtype"]
        assert [name for name in arguments if f"`{name}`" not in written] == []
    assert [name for name in catalog.names(family) if f"`{name}`" not in written] == []


def test_a_layer_is_written_with_its_arguments_by_kind():
    assert class_tables.layer("RepeatVector") == (
        "### RepeatVector\n\nRequired: `n`.\n\n"
        "| arguments and defaults | must be |\n| --- | --- |\n| **`n`** | an integer of at least 1 |"
    )
    assert class_tables.layer("Add") == "### Add\n\nTakes 2 or more inputs.\n\nNo arguments."
    assert class_tables.layer("LeakyReLU").endswith("| `negative_slope` = `0.3` | a number of at least 0 |")


def test_words_link_to_the_tables():
    assert class_tables.in_words(optional(Object("schedules"))) == (
        "[a learning rate schedule](objects.md#learning-rate-schedules) or null"
    )
    assert (
        class_tables.in_words(ListOf(Object("cells"), 1))
        == "a non-empty list (items: [a recurrent cell](layers.md#recurrent-cells))"
    )
    assert class_tables.in_words(Integer(1)) == "an integer of at least 1"


def test_the_ranges_of_a_search_are_those_of_the_language():
    assert set(re.findall(r'^\| `\{"(\w+)": \[low, high\]\}`', PAGES["docs/recipe"], re.MULTILINE)) == set(RANGES)
