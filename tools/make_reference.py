"""Writes what is generated in README and docs/, and leaves the prose as it is: ``python tools/make_reference.py``.

That is what stands between ``<!-- table: NAME -->`` and ``<!-- end -->``; below a block ``json bad``, the message that
its recipe gives; in a block ``text nodes``, the nodes of the recipe above it; and all code blocks of a page in another
language (``*.zh.md``), which are those of the English page. A test compares the files with what this writes.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # where `tools` is, if this runs as a script

from nnbuild.errors import RecipeError
from nnbuild.recipe import Recipe
from tools import class_tables, command_tables, gallery_page, language_tables

ROOT = Path(__file__).parents[1]
PAGES = [*sorted(ROOT.glob("README*.md")), *sorted((ROOT / "docs").glob("*.md"))]
TABLES = {**language_tables.TABLES, **class_tables.TABLES, **command_tables.TABLES, **gallery_page.TABLES}
MARKED = re.compile(r"(<!-- table: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)
BAD = re.compile(r"(^```json bad\n(.*?)^```\n\n```text\n).*?(^```$)", re.DOTALL | re.MULTILINE)
FENCED = re.compile(r"^```([^`\n]*)\n.*?^```$", re.DOTALL | re.MULTILINE)
NODES = re.compile(r"(^```json\n((?:(?!```).)*?)^```\n\n```text nodes\n).*?(^```$)", re.DOTALL | re.MULTILINE)


def main() -> None:
    for page in PAGES:
        page.write_text(written(page), "utf-8")


def written(page: Path) -> str:
    """What a page should hold."""
    document = page.read_text("utf-8")
    if page.suffixes == [".zh", ".md"]:
        return with_blocks_of(page.with_name(page.name.replace(".zh", "")).read_text("utf-8"), document)
    return text(document)


def with_blocks_of(original: str, translation: str) -> str:
    """`translation` with the code blocks of the page that it translates."""
    blocks = [
        match[0] for match in FENCED.finditer(original) if not match[1].startswith("{")
    ]  # a directive of the site
    n_places = len(FENCED.findall(translation))
    if len(blocks) != n_places:
        raise ValueError(f"the translation has {n_places} code blocks, the original {len(blocks)}")
    left = iter(blocks)
    return FENCED.sub(lambda _: next(left), translation)


def text(document: str) -> str:
    """`document` with all that is generated written anew."""
    document = rewritten(document, MARKED, lambda name: TABLES[name]())
    return rewritten(rewritten(document, BAD, message), NODES, nodes)


def rewritten(document: str, pattern: re.Pattern, written: Callable[[str], str]) -> str:
    return pattern.sub(lambda match: f"{match[1]}{written(match[2])}\n{match[3]}", document)


def message(recipe: str) -> str:
    """What nnbuild says of a recipe with mistakes."""
    try:
        Recipe.from_json(recipe, "my.json")
    except RecipeError as error:
        return str(error)
    raise ValueError(f"this recipe is marked as bad, but it is right:\n{recipe}")


def nodes(recipe: str) -> str:
    """Names, types and inputs of the layers of a recipe, a line each."""
    found = Recipe.from_json(recipe).network.nodes
    return "\n".join(f"{node.name}: {node.type} <- {', '.join(node.inputs)}" for node in found)


if __name__ == "__main__":
    main()
