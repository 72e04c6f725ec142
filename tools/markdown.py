"""Markdown elements shared by the tools."""

from __future__ import annotations

from collections.abc import Iterable


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table with a row of titles and one line per row.

    Examples
    --------
    >>> print(table(("key", "meaning"), [("`a`", "first")]))
    | key | meaning |
    | --- | --- |
    | `a` | first |
    """
    head = tuple(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def code(text: str) -> str:
    """Return text as inline code."""
    return f"`{text}`"


def listed(items: Iterable[str]) -> str:
    """Join items to an enumeration for a sentence.

    Examples
    --------
    >>> listed(["a", "b", "c"]), listed(["a"])
    ('a, b and c', 'a')
    """
    *first, last = items
    return f"{', '.join(first)} and {last}" if first else last
