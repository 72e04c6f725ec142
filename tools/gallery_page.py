"""Index of the gallery for docs/gallery.md and gallery.zh.md: a table with one line per recipe, made without Keras."""

from __future__ import annotations

import re
from collections.abc import Mapping

from nnbuild.language.gallery_facts import TYPICAL_USES
from nnbuild.language.gallery_records import GalleryRecipe, gallery
from tools.gallery_chinese import BRACKETS, COMMA, HEADINGS, KINDS, RECIPES
from tools.markdown import listed, table


def index() -> str:
    """Return the table, by kind and use."""
    rows = [
        (
            f"[{recipe.name}](gallery/{recipe.name}.md)",
            recipe.kind,
            recipe.use,
            in_words(TYPICAL_USES[recipe.name].input_shape),
            f"{recipe.n_parameters:,}",
            escaped(recipe.description) + paper(recipe, " ({})"),
        )
        for recipe in gallery()
    ]
    return table(("recipe", "kind", "use", "input", "parameters", "description"), rows)


def index_in_chinese() -> str:
    """Return the same table in Chinese."""
    rows = [
        (
            f"[{recipe.name}](gallery/{recipe.name}.md)",
            KINDS[recipe.kind],
            RECIPES[recipe.name][0],
            in_words(TYPICAL_USES[recipe.name].input_shape).replace(" and ", COMMA),
            f"{recipe.n_parameters:,}",
            escaped(RECIPES[recipe.name][1]) + paper(recipe, BRACKETS),
        )
        for recipe in gallery()
    ]
    return table(HEADINGS, rows)


def paper(recipe: GalleryRecipe, brackets: str) -> str:
    """Return a link to the paper of a recipe in brackets; "" without a paper."""
    title, _, address = recipe.paper.partition(", https:")
    return brackets.format(f"[{escaped(title)}](https:{address.partition(';')[0]})") if address else ""


def in_words(shape: object) -> str:
    """Return a shape, or each input with its shape; inputs of single values have none."""
    if not isinstance(shape, Mapping):
        return str(shape)
    return listed(f"{name} {axes}" if axes else name for name, axes in shape.items())


def escaped(words: str) -> str:
    """Escape Markdown syntax."""
    return re.sub(r"([*_<\[\]`])", r"\\\1", words.rstrip("."))


TABLES = {"gallery": index, "gallery_chinese": index_in_chinese}
