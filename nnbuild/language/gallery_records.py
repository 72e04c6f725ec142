"""Records of the gallery's recipes, made from their texts alone, and search by words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nnbuild.errors import nearest
from nnbuild.language.gallery import gallery_names, gallery_path, read
from nnbuild.language.gallery_facts import TYPICAL_USES
from nnbuild.language.gallery_words import FURTHER_WORDS
from nnbuild.language.input_kinds import input_kind
from nnbuild.language.json_text import parse
from nnbuild.language.purpose import estimators_of
from nnbuild.records import Record, frozen_mapping


@dataclass(frozen=True)
class GalleryRecipe(Record):
    """Description of a recipe in the gallery.

    Attributes
    ----------
    name, description : str
    kind : str
        Type of network: "dense", "convolutional" ...
    uses : tuple of str
        Layers, composites, optimizers and ideas that it demonstrates.
    paper : str
        Source of the network; "" for no paper.
    data : str
        The bundled data set that ``nnbuild train`` uses by default; "" for none.
    inputs : mapping of str to str
        Data of each input: a shape such as "32x32x1", or a word such as "images".
    use : str
        Inputs and outputs: "images to classes".
    n_parameters : int or None
        Number of parameters for the usual input shape and number of outputs; None if unknown.
    params : mapping of str to JSON value
        Hyperparameters with their values.
    estimators : tuple of str
        Estimators that take the recipe.
    task : str
        Their task; "" if the data decide.
    """

    name: str
    description: str = ""
    kind: str = ""
    uses: tuple[str, ...] = ()
    paper: str = ""
    data: str = ""
    inputs: Mapping = field(default_factory=frozen_mapping)
    params: Mapping = field(default_factory=frozen_mapping)
    use: str = ""
    n_parameters: int | None = None
    estimators: tuple[str, ...] = ()
    task: str = ""


def gallery(words: str = "") -> list[GalleryRecipe]:
    """Return the recipes of the gallery, sorted by kind, use and name.

    Parameters
    ----------
    words : str, default=""
        Only recipes with all of these words in name, description, kind, use, uses or paper, or in further words for
        them, also Chinese ones; case is ignored.

    Examples
    --------
    >>> [recipe.name for recipe in gallery("lecun average")]
    ['lenet5']
    """
    found = [gallery_recipe(name) for name in gallery_names()]
    wanted = words.lower().split()
    found = [recipe for recipe in found if all(word in _searched_text(recipe) for word in wanted)]
    return sorted(found, key=lambda recipe: (recipe.kind, recipe.use, recipe.name))


def gallery_recipe(name: str) -> GalleryRecipe:
    """Return the record of one recipe.

    Raises
    ------
    RecipeFileError
        If the gallery has no recipe of that name.
    """
    return _record(name, gallery_path(name))


def nearest_word(word: str) -> str:
    """Return the word of the gallery that is nearest to `word`; "" if none is near.

    Examples
    --------
    >>> nearest_word("perzeptron")
    'perceptron'
    """
    return nearest(word.lower(), sorted({part for recipe in gallery() for part in _words(recipe)}))


def _record(name: str, file: Path) -> GalleryRecipe:
    document: Any = parse(read(file), str(file)).value
    about, typical = document.get("about", {}), TYPICAL_USES.get(name)
    return GalleryRecipe(
        name,
        document.get("description", ""),
        about.get("kind", ""),
        tuple(about.get("uses", ())),
        about.get("paper", ""),
        about.get("data", ""),
        frozen_mapping(_inputs(document)),
        frozen_mapping(document.get("params")),
        typical.use if typical else "",
        typical.n_parameters if typical else None,
        estimators_of(document),
        document.get("task", ""),
    )


def _searched_text(recipe: GalleryRecipe) -> str:
    parts = (recipe.name, recipe.description, recipe.kind, recipe.use, *recipe.uses, recipe.paper)
    further = (FURTHER_WORDS.get(word, "") for word in (recipe.kind, *recipe.uses))
    return " ".join((*parts, *further)).lower()


def _words(recipe: GalleryRecipe) -> list[str]:
    return [word for word in re.split(r"[^\w.-]+", _searched_text(recipe)) if word]


def _inputs(document: Mapping) -> dict[str, str]:
    spec = document.get("inputs", {"input": {}})
    return {name: _input(value, document) for name, value in spec.items()}


def _input(spec: Mapping, document: Mapping) -> str:
    if spec.get("shape", [None]) != [None]:
        return "x".join("?" if size is None else str(size) for size in spec["shape"]) or "numbers"
    if text := input_kind(spec).gallery_text:
        return text
    types = [*_types(document["layers"]), *_types(document.get("blocks", {}))]
    return next((_TAKES[part] for name in types for part in _TAKES if part in name), "numbers")


def _types(value: object) -> Iterator[str]:
    """Yield the types of all nodes in a part of a recipe, in its order."""
    if isinstance(value, Mapping) and isinstance(value.get("type"), str):
        yield value["type"]
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    for part in inner:
        yield from _types(part)


# Data that a network takes, by a part of the name of its first layers.
_TAKES = {
    "Embedding": "ids",
    "TextVectorization": "text",
    "1D": "sequences",
    "LSTM": "sequences",
    "GRU": "sequences",
    "RNN": "sequences",
    "Attention": "sequences",
    "2D": "images",
    "3D": "volumes",
}
