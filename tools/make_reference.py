"""Write the generated parts of README and docs/: ``python tools/make_reference.py``.

- the text between ``<!-- table: NAME -->`` and ``<!-- end -->``,
- the message below a block ``json bad``, for its recipe,
- a block ``text nodes``, with the nodes of the recipe above it,
- all code blocks of a translated page (``*.zh.md``): those of the English page outside of generated parts,
  with translated comments.

A test compares the files with the output of this tool.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # folder of `tools`, if this runs as a script

from nnbuild.errors import RecipeError
from nnbuild.recipe import Recipe
from tools import class_tables, command_tables, finding_tables, gallery_page, language_tables, lesson_tables

ROOT = Path(__file__).parents[1]
PATTERNS = ("README*.md", "docs/*.md", "docs/guide/*.md", "docs/learn/index*.md")
PAGES = [page for pattern in PATTERNS for page in sorted(ROOT.glob(pattern))]
MODULES = (language_tables, class_tables, command_tables, finding_tables, gallery_page, lesson_tables)
TABLES = {name: table for module in MODULES for name, table in module.TABLES.items()}
MARKED = re.compile(r"(<!-- table: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)
BAD = re.compile(r"(^```json bad\n(.*?)^```\n\n```text\n).*?(^```$)", re.DOTALL | re.MULTILINE)
FENCED = re.compile(r"^```([^`\n]*)\n.*?^```$", re.DOTALL | re.MULTILINE)
COMMENT = re.compile(r"(?:^|(?<=\s))#\s.*$", re.MULTILINE)  # of Python and of the shell
NODES = re.compile(r"(^```json\n((?:(?!```).)*?)^```\n\n```text nodes\n).*?(^```$)", re.DOTALL | re.MULTILINE)


def main() -> None:
    for page in PAGES:
        page.write_text(written(page), "utf-8")


def written(page: Path) -> str:
    """Return the updated text of a page."""
    document = page.read_text("utf-8")
    if page.suffixes == [".zh", ".md"]:
        original = page.with_name(page.name.replace(".zh", "")).read_text("utf-8")
        document = with_blocks_of(MARKED.sub("", original), document)
    return text(document)


def with_blocks_of(original: str, translation: str) -> str:
    """Return `translation` with the code blocks of the original page. Only comments may differ: they are translated."""
    blocks = [match[0] for match in FENCED.finditer(original) if not match[1].startswith("{")]  # directives of the site
    n_places = sum(not info.startswith("{") for info in FENCED.findall(translation))
    if len(blocks) != n_places:
        raise ValueError(f"the translation has {n_places} code blocks, the original {len(blocks)}")
    left = iter(blocks)
    return FENCED.sub(
        lambda match: match[0] if match[1].startswith("{") else _with_comments(next(left), match[0]), translation
    )


def _with_comments(block: str, translated: str) -> str:
    """Return the translated block if it is `block` with other comments, else `block`."""
    same = len(COMMENT.findall(block)) == len(COMMENT.findall(translated))
    return translated if same and COMMENT.sub("", block) == COMMENT.sub("", translated) else block


def text(document: str) -> str:
    """Return `document` with its generated parts updated."""
    document = rewritten(document, MARKED, lambda name: TABLES[name]())
    return rewritten(rewritten(document, BAD, message), NODES, nodes)


def rewritten(document: str, pattern: re.Pattern, written: Callable[[str], str]) -> str:
    return pattern.sub(lambda match: f"{match[1]}{written(match[2])}\n{match[3]}", document)


def message(recipe: str) -> str:
    """Return the message of nnbuild for a recipe with mistakes."""
    try:
        Recipe.from_json(recipe, "my.json")
    except RecipeError as error:
        return str(error)
    raise ValueError(f"this recipe is marked as bad, but it is valid:\n{recipe}")


def nodes(recipe: str) -> str:
    """Return names, types and inputs of the layers of a recipe, one per line."""
    found = Recipe.from_json(recipe).network.nodes
    return "\n".join(f"{node.name}: {node.type} <- {', '.join(node.inputs)}" for node in found)


if __name__ == "__main__":
    main()
