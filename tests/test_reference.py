"""docs/recipe.md: its tables are in step, its recipes are right, and its messages are those of nnbuild."""

import re
from itertools import pairwise

import pytest

from nnbuild.errors import RecipeError
from nnbuild.recipe import catalog
from nnbuild.recipe.kinds import NOUNS, ListOf, Object, Whole, optional
from nnbuild.recipe.recipe import Recipe
from nnbuild.recipe.search import RANGES
from tools import make_reference

DOCUMENT = make_reference.FILE.read_text("utf-8")
BLOCKS = [
    (DOCUMENT[: match.start()].count("\n") + 2, match[1], match[2])
    for match in re.finditer(r"^```([^\n]*)\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)
]
NEXT = dict(pairwise(BLOCKS))


def blocks(kind):
    """The blocks of a kind, called by their lines."""
    return [pytest.param(block, id=f"line {block[0]}") for block in BLOCKS if block[1] == kind]


def test_the_page_is_in_step():
    assert make_reference.text(DOCUMENT) == DOCUMENT, "run: python tools/make_reference.py"


def test_every_table_is_on_the_page_once():
    assert sorted(name for _, name, _ in make_reference.MARKED.findall(DOCUMENT)) == sorted(make_reference.TABLES)


def test_what_is_out_of_step_is_written_anew():
    good = '```json\n{"nnbuild": 1, "layers": [{"type": "Flatten"}]}\n```\n'
    stale = (
        "a\n<!-- table: tasks -->\nold\n<!-- end -->\nb\n"
        f"{good}\nc\n\n{good}\n```text nodes\nold\n```\n\n"
        '```json bad\n{"nnbuild": 1, "layers": []}\n```\n\n```text\nold\n```\n'
    )
    fresh = make_reference.text(stale)
    assert fresh == (
        f"a\n<!-- table: tasks -->\n{make_reference.tasks()}\n<!-- end -->\nb\n"
        f"{good}\nc\n\n{good}\n```text nodes\nflatten_1: Flatten <- input\n```\n\n"
        '```json bad\n{"nnbuild": 1, "layers": []}\n```\n\n'
        "```text\nmy.json:1:26: layers: needs at least one node\n```\n"
    )
    assert make_reference.text(fresh) == fresh


def test_a_right_recipe_can_not_be_shown_as_a_bad_one():
    recipe = '{"nnbuild": 1, "layers": [{"type": "Flatten"}]}'
    with pytest.raises(ValueError, match="marked as bad") as caught:
        make_reference.message(recipe)
    assert str(caught.value) == f"this recipe is marked as bad, but it is right:\n{recipe}"


# --- what stands in code blocks ---


@pytest.mark.parametrize("block", blocks("json"))
def test_a_recipe_is_right(block):
    recipe = Recipe.from_json(block[2])
    assert Recipe.from_json(recipe.to_json()) == recipe


@pytest.mark.parametrize("block", blocks("text nodes"))
def test_nodes_are_those_of_the_recipe_above(block):
    above = BLOCKS[BLOCKS.index(block) - 1]
    network = Recipe.from_json(above[2]).network
    shown = [f"{node.name}: {node.type} <- {', '.join(node.inputs)}" for node in network.nodes]
    assert block[2].splitlines() == shown


@pytest.mark.parametrize("block", blocks("json bad"))
def test_a_bad_recipe_gives_the_message_below(block):
    with pytest.raises(RecipeError) as caught:
        Recipe.from_json(block[2], "my.json")
    assert NEXT[block][1] == "text"
    assert NEXT[block][2] == f"{caught.value}\n"


@pytest.mark.parametrize("block", blocks("python"))
def test_code_runs(block):
    exec(compile(block[2], f"docs/recipe.md, line {block[0]}", "exec"), {})


def test_every_sort_of_block_is_checked():
    assert {kind for _, kind, _ in BLOCKS} == {"json", "json bad", "text", "text nodes", "python"}
    assert len(blocks("json")) >= 15
    assert len(blocks("json bad")) >= 4
    # Of plain text there are the messages and the grammar.
    assert len(blocks("text")) == len(blocks("json bad")) + 1


def test_auto_is_what_the_text_says():
    (recipe,) = [text for _, kind, text in BLOCKS if kind == "json" and '"kernel_initializer": "auto"' in text]
    nodes = {node.name: node for node in Recipe.from_json(recipe).network.nodes}
    assert nodes["dense_1"].arguments["kernel_initializer"] == "he_normal"
    assert nodes["dense_2"].arguments["kernel_initializer"] == "glorot_uniform"
    assert "`dense_1` starts from `he_normal`, as a ReLU follows, and `dense_2` from `glorot_uniform`" in DOCUMENT


# --- what the tables hold ---


def test_every_layer_is_in_one_group():
    named = [name for names in make_reference.LAYER_GROUPS.values() for name in names]
    assert sorted(named) == catalog.class_names("layers")


def test_every_argument_is_in_the_tables():
    for family in ("layers", "cells"):
        for name in catalog.class_names(family):
            (section,) = re.findall(rf"^#### {name}\n(.*?)(?=^####|^</details>)", DOCUMENT, re.DOTALL | re.MULTILINE)
            arguments = [name for name in catalog.find(family, name).arguments if name not in ("trainable", "dtype")]
            assert [name for name in arguments if f"`{name}`" not in section] == []


@pytest.mark.parametrize("family", [family for family in NOUNS if family not in ("layers", "cells", "activations")])
def test_every_class_and_argument_is_in_its_table(family):
    written = make_reference.classes(family)
    assert written in DOCUMENT
    for name in catalog.class_names(family):
        assert f"| `{name}`" in written
        arguments = [name for name in catalog.find(family, name).arguments if name != "dtype"]
        assert [name for name in arguments if f"`{name}`" not in written] == []
    assert [name for name in catalog.names(family) if f"`{name}`" not in written] == []


def test_a_layer_is_written_with_its_arguments_by_kind():
    assert make_reference.layer("RepeatVector") == (
        "#### RepeatVector\n\nNeeds `n`.\n\n"
        "| arguments and defaults | must be |\n| --- | --- |\n| **`n`** | a whole number of at least 1 |"
    )
    assert make_reference.layer("Add") == "#### Add\n\nTakes 2 or more inputs.\n\nIt has no arguments of its own."
    assert make_reference.layer("LeakyReLU").endswith("| `negative_slope` = `0.3` | a number of at least 0 |")


def test_words_link_to_the_tables():
    assert make_reference.in_words(optional(Object("schedules"))) == (
        "[a learning rate schedule](#learning-rate-schedules) or null"
    )
    assert (
        make_reference.in_words(ListOf(Object("cells"), 1))
        == "a non-empty list, each [a recurrent cell](#recurrent-cells)"
    )
    assert make_reference.in_words(Whole(1)) == "a whole number of at least 1"


def test_the_ranges_of_a_search_are_those_of_the_language():
    assert set(re.findall(r'^\| `\{"(\w+)": \[low, high\]\}`', DOCUMENT, re.MULTILINE)) == set(RANGES)


def test_every_link_leads_to_a_heading():
    headings = re.findall(
        r"^#+ (.*)$", re.sub(r"^```.*?^```$", "", DOCUMENT, flags=re.DOTALL | re.MULTILINE), re.MULTILINE
    )
    anchors = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
    assert len(anchors) == len(set(anchors))
    assert set(re.findall(r"\]\(#([^)]*)\)", DOCUMENT)) - set(anchors) == set()


def test_the_page_stays_readable():
    assert len(DOCUMENT.splitlines()) < 3000
