"""Tables of the package's modules for docs/inside.md, inserted by docs/conf.py."""

from __future__ import annotations

import ast
from pathlib import Path

from tools.markdown import code, table

PACKAGE = Path(__file__).parents[1] / "nnbuild"


def modules() -> str:
    """Return a table for each folder: its files, and the first lines of their docstrings."""
    folders = sorted({path.parent for path in PACKAGE.rglob("*.py")})
    return "\n\n".join(f"### {folder.relative_to(PACKAGE.parent)}/\n\n{files(folder)}" for folder in folders)


def files(folder: Path) -> str:
    rows = [(code(path.name), first_line(path)) for path in sorted(folder.glob("*.py")) if path.stem != "__init__"]
    return table(("file", "contents"), rows)


def first_line(path: Path) -> str:
    return (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").split("\n")[0]
