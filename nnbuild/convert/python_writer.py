"""Recipe -> Python text that makes it with the constructors of `nnbuild.layers`."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Mapping

from nnbuild import catalog
from nnbuild.convert.code_layout import WIDTH, Expression, Group, Item, flat, lines, literal, sequence
from nnbuild.convert.code_objects import needs_no_name
from nnbuild.recipe import Recipe

NODE_KEYS = ("name", "inputs")
# What a composite takes first, and its other arguments.
_COMPOSITES = {
    "Repeat": ("layers", ("times", "over")),
    "Residual": ("layers", ("shortcut", "activation")),
    "Parallel": ("branches", ("merge",)),
    "Shared": ("node", ("reverse", "use_causal_mask")),
}


def python_form(recipe: Recipe) -> str:
    """The text of a module that makes a recipe; `read_python` reads it back.

    Parameters
    ----------
    recipe : Recipe

    Returns
    -------
    str
        All of the recipe but its ``$schema``, which is for editors of JSON.

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
    said = {key: writer.value(value) for key, value in document.items() if key not in ("nnbuild", "$schema", "layers")}
    layers = Item("", writer.value(document["layers"]))
    made = Group("Recipe(", (layers, *(Item(f"{key}=", value) for key, value in said.items())), ")")
    imports = ["from nnbuild import Recipe", *_imports(writer.used)]
    return "\n".join([*imports, "", *lines("recipe = ", made)]) + "\n"


def _imports(used: Iterable[str]) -> list[str]:
    """The import of constructors, in the order of the usual formatters: names in capitals first."""
    names = sorted(used, key=lambda name: (not name.isupper(), name.lower()))
    if not names:
        return []
    line = f"from nnbuild.layers import {', '.join(names)}"
    return [line] if len(line) <= WIDTH else ["from nnbuild.layers import (", *(f"    {name}," for name in names), ")"]


class _Writer:
    """Writes values, and remembers the constructors that they need."""

    def __init__(self, blocks: Mapping):
        self.blocks = blocks
        self.used: set[str] = set()

    def value(self, value: object) -> Expression:
        """A JSON value, nodes as calls of constructors where those give the same node."""
        if isinstance(value, dict):
            return self._call(value) or Group(
                "{", tuple(Item(f"{flat(literal(key))}: ", self.value(item)) for key, item in value.items()), "}"
            )
        return sequence([self.value(item) for item in value]) if isinstance(value, list) else literal(value)

    def _call(self, node: dict) -> Group | None:
        """The call that makes a node; None where a dict has to stand for it."""
        kind = node.get("type")
        given = {key: value for key, value in node.items() if key != "type"}
        if not isinstance(kind, str) or any(given.get(key, "") is None for key in NODE_KEYS):
            return None
        if kind in _COMPOSITES:
            return self._composite(kind, given)
        if kind in self.blocks:
            good = all(key.isidentifier() and not keyword.iskeyword(key) for key in given)
            return self._made("Block", [literal(kind)], given) if good else None
        return self._layer(kind, given)

    def _composite(self, kind: str, given: dict) -> Group | None:
        first, others = _COMPOSITES[kind]
        # The constructors take None for what is not given, and copy lists.
        good = all(given[key] is not None and key in (first, *others, *NODE_KEYS) for key in given)
        inside = given.get(first)
        if not good or not isinstance(inside, list | dict | str):
            return None
        rest = {key: value for key, value in given.items() if key != first}
        return self._made(kind, [self.value(inside)], rest)

    def _layer(self, kind: str, given: dict) -> Group | None:
        signature = catalog.find("layers", kind) or catalog.find("cells", kind)
        if signature is None or not all(key in signature.arguments or key in NODE_KEYS for key in given):
            return None
        by_place: list[str] = []
        for name in signature.arguments:
            if name not in given or not needs_no_name(signature, name):
                break
            by_place.append(name)
        rest = {key: value for key, value in given.items() if key not in by_place}
        return self._made(kind, [self.value(given[name]) for name in by_place], rest)

    def _made(self, constructor: str, by_place: Iterable[Expression], named: Mapping) -> Group:
        self.used.add(constructor)
        items = [Item("", value) for value in by_place]
        items += [Item(f"{key}=", self.value(value)) for key, value in named.items()]
        return Group(f"{constructor}(", tuple(items), ")")
