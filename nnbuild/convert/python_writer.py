"""Write a recipe as Python text that builds it with the constructors of `nnbuild.layers`."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Mapping

from nnbuild import catalog
from nnbuild.convert.code_layout import WIDTH, Expression, Group, Item, flat, lines, literal, sequence
from nnbuild.convert.code_objects import needs_no_name
from nnbuild.language.factors import FACTOR_KEYS
from nnbuild.recipe import Recipe

KEYWORDS = ("name", "inputs")
# The positional argument of each composite, and its keyword arguments.
_COMPOSITES = {
    "Repeat": ("layers", ("times", "over")),
    "Residual": ("layers", ("shortcut", "activation")),
    "Parallel": ("branches", ("merge",)),
    "Shared": ("node", ("reverse", "use_causal_mask")),
}


def python_form(recipe: Recipe) -> str:
    """Return the text of a module that builds a recipe; `read_python` reads it back.

    Parameters
    ----------
    recipe : Recipe

    Returns
    -------
    str
        The whole recipe except for its ``$schema``, which is for JSON editors.

    Examples
    --------
    >>> from nnbuild.layers import Dense
    >>> print(python_form(Recipe([Dense("$n", activation="relu")], params={"n": 8})))
    from nnbuild import Recipe
    from nnbuild.layers import Dense
    <BLANKLINE>
    recipe = Recipe([Dense("$n", activation="relu")], params={"n": 8})
    <BLANKLINE>
    """
    document = recipe.to_dict()
    writer = _Writer(document.get("blocks", {}))
    keywords = {
        key: writer.value(value) for key, value in document.items() if key not in ("nnbuild", "$schema", "layers")
    }
    layers = Item("", writer.value(document["layers"]))
    made = Group("Recipe(", (layers, *(Item(f"{key}=", value) for key, value in keywords.items())), ")")
    imports = ["from nnbuild import Recipe", *_imports(writer.used)]
    return "\n".join([*imports, "", *lines("recipe = ", made)]) + "\n"


def _imports(used: Iterable[str]) -> list[str]:
    """Return the import of constructors, in the order of common formatters: names in capitals first."""
    names = sorted(used, key=lambda name: (not name.isupper(), name.lower()))
    if not names:
        return []
    line = f"from nnbuild.layers import {', '.join(names)}"
    return [line] if len(line) <= WIDTH else ["from nnbuild.layers import (", *(f"    {name}," for name in names), ")"]


class _Writer:
    """Writer of values, which records the constructors to import."""

    def __init__(self, blocks: Mapping):
        self.blocks = blocks
        self.used: set[str] = set()

    def value(self, value: object) -> Expression:
        """Return a JSON value, with nodes as calls of constructors where these return the same node."""
        if isinstance(value, dict):
            return self._call(value) or Group(
                "{", tuple(Item(f"{flat(literal(key))}: ", self.value(item)) for key, item in value.items()), "}"
            )
        return sequence([self.value(item) for item in value]) if isinstance(value, list) else literal(value)

    def _call(self, node: dict) -> Group | None:
        """Return the call that returns a node; None if it must be written as a dict."""
        kind = node.get("type")
        given = {key: value for key, value in node.items() if key != "type"}
        if not isinstance(kind, str) or any(given.get(key, "") is None for key in KEYWORDS):
            return None
        if kind in _COMPOSITES:
            return self._composite(kind, given)
        if kind in self.blocks:
            good = all(key.isidentifier() and not keyword.iskeyword(key) for key in given)
            return self._made("Block", [literal(kind)], given) if good else None
        return self._layer(kind, given)

    def _composite(self, kind: str, given: dict) -> Group | None:
        first, others = _COMPOSITES[kind]
        # The constructors drop arguments that are None, and copy lists.
        good = all(given[key] is not None and key in (first, *others, *KEYWORDS) for key in given)
        inside = given.get(first)
        if not good or not isinstance(inside, list | dict | str):
            return None
        rest = {key: value for key, value in given.items() if key != first}
        return self._made(kind, [self.value(inside)], rest)

    def _layer(self, kind: str, given: dict) -> Group | None:
        signature = catalog.find("layers", kind) or catalog.find("cells", kind)
        keywords = (*KEYWORDS, *FACTOR_KEYS) if signature and signature.family == "layers" else KEYWORDS
        if signature is None or not all(key in signature.arguments or key in keywords for key in given):
            return None
        if any(given.get(key, "") is None for key in FACTOR_KEYS):  # the constructor drops it
            return None
        positional: list[str] = []
        for name in signature.arguments:
            if name not in given or not needs_no_name(signature, name):
                break
            positional.append(name)
        rest = {key: value for key, value in given.items() if key not in positional}
        return self._made(kind, [self.value(given[name]) for name in positional], rest)

    def _made(self, constructor: str, positional: Iterable[Expression], named: Mapping) -> Group:
        self.used.add(constructor)
        items = [Item("", value) for value in positional]
        items += [Item(f"{key}=", self.value(value)) for key, value in named.items()]
        return Group(f"{constructor}(", tuple(items), ")")
