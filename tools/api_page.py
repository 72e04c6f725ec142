"""Public names of nnbuild for docs/api.md, as Sphinx autodoc directives, inserted by docs/conf.py."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from importlib import import_module

import nnbuild
from nnbuild import records


def text() -> str:
    """Return the directives of all public names, by group."""
    parts = []
    for group, names in groups().items():
        parts += [f"## {group}", *(entry(name) for name in names)]
    return "\n\n".join([*parts, "## Returned values", *map(entry, values())])


def groups() -> dict[str, list[str]]:
    """Return the dotted paths of the public names of nnbuild, by group."""
    found: dict[str, list[str]] = {"Estimators": [], "Recipes and networks": [], "Errors": []}
    for name in nnbuild.__all__:
        value = getattr(nnbuild, name)
        if not inspect.ismodule(value):
            found[group(value)].append(f"nnbuild.{name}")
    more = {
        "Inspection": "inspect",
        "Diagnosis": "diagnosis",
        "Searches": "model_selection",
        "Metrics": "metrics",
        "Data sets": "datasets",
        "Compiled programs": "cache",
    }
    return {**found, **{title: functions(module) for title, module in more.items()}}


def functions(module: str) -> list[str]:
    """Return the dotted paths of the public functions of a module."""
    return [f"nnbuild.{module}.{name}" for name in import_module(f"nnbuild.{module}").__all__]


def group(value: object) -> str:
    if isinstance(value, type) and issubclass(value, Exception):
        return "Errors"
    return "Estimators" if hasattr(value, "fit") else "Recipes and networks"


def values() -> Iterable[str]:
    for name, value in vars(records).items():
        if inspect.isclass(value) and value.__module__ == records.__name__ and value is not records.Record:
            yield f"nnbuild.records.{name}"


def entry(path: str) -> str:
    module, _, name = path.rpartition(".")
    value = getattr(import_module(module), name)
    if not isinstance(value, type):
        lines = [f".. autofunction:: {path}"]
    elif issubclass(value, Exception):
        lines = [f".. autoexception:: {path}", "   :show-inheritance:"]
    else:
        members = ", ".join(public_members(value))
        lines = [f".. autoclass:: {path}", f"   :members: {members}"] if members else [f".. autoclass:: {path}"]
    directive = "\n".join(lines)
    return f"### {name}\n\n```{{eval-rst}}\n{directive}\n```"


def public_members(value: type) -> list[str]:
    """Return the public methods and properties that are defined in nnbuild, including inherited ones."""
    members = inspect.getmembers(value, lambda member: callable(member) or isinstance(member, property))
    return [name for name, member in members if not name.startswith("_") and is_own(member)]


def is_own(member: object) -> bool:
    function = member.fget if isinstance(member, property) else member
    return str(getattr(function, "__module__", "")).startswith("nnbuild") and bool(inspect.getdoc(member))
