"""Write the parameters of the estimators to their source: ``python tools/make_parameters.py``.

These are the sections "Parameters" and "Attributes" of each class docstring, and `__init__`, from the entries in
`estimator_parameters.py` and `estimator_attributes.py`. A test compares the files with the output of this tool.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from textwrap import fill
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))  # folder of `tools`, if this runs as a script

from nnbuild.recipe import Recipe
from tools.estimator_attributes import ATTRIBUTES
from tools.estimator_parameters import PARAMETERS

FOLDER = Path(__file__).parents[1] / "nnbuild" / "estimators"
CLASS = re.compile(rf"^class ({'|'.join(PARAMETERS)})\(", re.MULTILINE)
SECTIONS = re.compile(
    r"^    Parameters\n    -+\n.*?(?=^    (?:Notes|References|Examples)\n    -+\n)", re.DOTALL | re.MULTILINE
)
HEADER = re.compile(r"(\**\w+) : (.*)")
DEFAULT = re.compile(r"default=(.*)")


class Entry(NamedTuple):
    """Parameter or attribute in the form of numpydoc."""

    type: str
    text: str

    @property
    def default(self) -> str:
        """Default as Python code, from the type; None for optional parameters."""
        found = DEFAULT.search(self.type)
        return found[1] if found else "None"


def main() -> None:
    for file in files():
        file.write_text(written(file.read_text("utf-8")), "utf-8")


def files() -> list[Path]:
    """Return the modules of the estimators."""
    return [file for file in sorted(FOLDER.glob("*.py")) if CLASS.search(file.read_text("utf-8"))]


def written(source: str) -> str:
    """Return a module with the generated parts of its estimators updated."""
    for name in CLASS.findall(source):
        source = with_parameters(source, name)
    return source


def with_parameters(source: str, name: str) -> str:
    """Return a module with the sections and the constructor of one estimator updated."""
    found = entries(PARAMETERS[name])
    tree = next(node for node in ast.parse(source).body if isinstance(node, ast.ClassDef) and node.name == name)
    docstring = tree.body[0]
    (init,) = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "__init__")
    lines = source.splitlines(keepends=True)
    lines[init.lineno - 1 : init.end_lineno] = constructor(found)  # from below, to keep the line numbers above
    document = "".join(lines[docstring.lineno - 1 : docstring.end_lineno])
    sections = section("Parameters", found, name) + section("Attributes", entries(ATTRIBUTES[name]), name)
    lines[docstring.lineno - 1 : docstring.end_lineno] = [SECTIONS.sub(lambda _: sections, document, count=1)]
    return "".join(lines)


def entries(parts: Iterable[str]) -> dict[str, Entry]:
    """Return the entries of the last part, in its order, completed by the shared parts before it."""
    *shared, own = parts
    known: dict[str, Entry] = {}
    for part in shared:
        known |= dict(read(part, known))
    return dict(read(own, known))


def read(part: str, known: dict[str, Entry]) -> Iterator[tuple[str, Entry]]:
    """Yield names and entries of a part, completed by the entries in `known`."""
    for block in re.findall(r"^\S.*(?:\n .*)*", part, re.MULTILINE):
        first, *lines = block.split("\n")
        header = HEADER.fullmatch(first)
        if header is None:
            yield from ((name, known[name]) for name in first.split(", "))
            continue
        name, type_ = header.groups()
        text = " ".join(line.strip() for line in lines)
        if text.startswith("..."):
            text = f"{known[name].text}{text.removeprefix('...')}"
        yield name, Entry(known[name].type if type_ == "..." else type_, text)


def section(title: str, found: dict[str, Entry], name: str) -> str:
    """Return a section of a class docstring."""
    lines = [f"    {title}", f"    {'-' * len(title)}"]
    for entry_name, entry in found.items():
        text = filled(entry.text, name)
        lines += [f"    {entry_name} : {filled(entry.type, name)}"]
        lines += [fill(text, 120, initial_indent=INDENT, subsequent_indent=INDENT, break_on_hyphens=False)]
    return "\n".join(lines) + "\n\n"


def filled(text: str, name: str) -> str:
    """Return a text with the name of the class and the params of its default recipe filled in."""
    if "{params}" in text:
        text = text.replace("{params}", params_text(name))
    return text.replace("{estimator}", name)


def params_text(name: str) -> str:
    """Return the params of an estimator's default recipe that are not parameters of the class."""
    found = entries(PARAMETERS[name])
    recipe = Recipe.load(ast.literal_eval(found["recipe"].default))
    *names, last = [f"`{param}`" for param in recipe.params if param not in found]
    return f"{', '.join(names)} and {last}"


def constructor(found: dict[str, Entry]) -> list[str]:
    """Return the lines of `__init__`."""
    names = [name for name in found if not name.startswith("*")]
    first, *others = (f"        {name}={found[name].default},\n" for name in names)
    return [
        "    def __init__(\n",
        "        self,\n",
        first,
        "        *,\n",
        *others,
        "        **params,\n",
        "    ):\n",
        "        # Written by tools/make_parameters.py, as are the sections Parameters and Attributes: do not edit.\n",
        *(f"        self.{name} = {name}\n" for name in names),
        "        self._set_recipe_parameters(params)\n",
    ]


INDENT = " " * 8

if __name__ == "__main__":
    main()
