"""The index of the gallery, a table for docs/gallery.md: one line for each recipe, without Keras."""

from __future__ import annotations

import re
from collections.abc import Mapping

from nnbuild.language.gallery_facts import USUAL
from nnbuild.language.gallery_records import GalleryRecipe, gallery
from tools.markdown import listed, table


def index() -> str:
    """One line for each recipe, by kind and use."""
    rows = [
        (
            f"[{recipe.name}](gallery/{recipe.name}.md)",
            recipe.kind,
            recipe.use,
            in_words(USUAL[recipe.name].input_shape),
            f"{recipe.n_parameters:,}",
            said(recipe),
        )
        for recipe in gallery()
    ]
    return table(("recipe", "kind", "for", "input", "parameters", "what it is"), rows)


def said(recipe: GalleryRecipe) -> str:
    """What a recipe is, with its paper as a link."""
    title, _, address = recipe.paper.partition(", https:")
    paper = f" ([{escaped(title)}](https:{address.partition(';')[0]}))" if address else ""
    return f"{escaped(recipe.description)}{paper}"


def in_words(shape: object) -> str:
    """A shape, or each input with its own; an input of one number has none."""
    if not isinstance(shape, Mapping):
        return str(shape)
    return listed(f"{name} {axes}" if axes else name for name, axes in shape.items())


def escaped(words: str) -> str:
    """Words whose signs are no Markdown."""
    return re.sub(r"([*_<\[\]`])", r"\\\1", words.rstrip("."))


TABLES = {"gallery": index}
