"""Write nnbuild/language/recipe.schema.json, for editors: ``python tools/make_schema.py``.

A test compares the file with the output of this tool.
"""

from __future__ import annotations

import json
from pathlib import Path

from nnbuild.convert.schema import recipe_schema

FILE = Path(__file__).parents[1] / "nnbuild" / "language" / "recipe.schema.json"
WIDTH = 120


def main() -> None:
    FILE.write_text(text(), "utf-8")


def text() -> str:
    """Return the schema as the text of its file."""
    return printed(recipe_schema(), 0) + "\n"


def printed(value: object, indent: int) -> str:
    """Return JSON text on one line if it fits, else with one item per line."""
    line = json.dumps(value)
    if indent + len(line) <= WIDTH or not isinstance(value, dict | list):
        return line
    inner = " " * (indent + 1)
    if isinstance(value, list):
        items, ends = [inner + printed(item, indent + 1) for item in value], "[]"
    else:
        items = [f"{inner}{json.dumps(key)}: {printed(item, indent + 1)}" for key, item in value.items()]
        ends = "{}"
    return f"{ends[0]}\n" + ",\n".join(items) + f"\n{' ' * indent}{ends[1]}"


if __name__ == "__main__":
    main()
