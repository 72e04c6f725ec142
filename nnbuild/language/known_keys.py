"""Check objects with a fixed set of keys, each value by its kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nnbuild.catalog.json_form import UNKNOWN
from nnbuild.catalog.kinds import Flag, Kind
from nnbuild.errors import Path, Problem, name_list, show
from nnbuild.language.checker import Checker, Scope


def check_table(values: object, kinds: Mapping[str, Kind], path: Path, checker: Checker) -> dict:
    """Return the valid items of `values`, an object whose keys have `kinds`; expressions are not evaluated."""
    if not isinstance(values, dict):
        checker.add(Problem(path, f"must be an object, got {show(values)}"))
        return {}
    for key in values:
        if key not in kinds:
            checker.unknown_key((*path, key), "key", kinds)
    cleaned = {key: checker.plain(kinds[key], value, (*path, key)) for key, value in values.items() if key in kinds}
    return {key: value for key, value in cleaned.items() if value is not UNKNOWN}


def read_table(
    raw: object,
    kinds: Mapping[str, Kind],
    path: Path,
    scope: Scope,
    checker: Checker,
    tables: Mapping[str, Mapping[str, Kind]] | None = None,
) -> dict[str, object]:
    """Return the valid items of an object whose keys have `kinds`, with params substituted.

    `tables` maps each key that may have an object as its value to the kinds of that object's keys. Those of kind `Flag`
    may be true or false, too.
    """
    tables = tables or {}
    if not isinstance(raw, dict):
        checker.add(Problem(path, f"must be an object, got {show(raw)}"))
        return {}
    values: dict[str, Any] = {}
    for key, item in raw.items():
        if key not in kinds:
            checker.unknown_key((*path, key), "key", kinds)
            checker.mark_params_used(item, scope)
        elif key in tables:
            is_flag = isinstance(kinds[key], Flag)
            values[key] = _flag_or_table(item, tables[key], is_flag, (*path, key), scope, checker)
        else:
            values[key] = checker.value(kinds[key], item, (*path, key), scope)
    return {key: value for key, value in values.items() if value is not UNKNOWN}


def _flag_or_table(
    raw: object, kinds: Mapping[str, Kind], is_flag: bool, path: Path, scope: Scope, checker: Checker
) -> Any:
    """Return true or false, if allowed, or the valid items of an object whose keys have `kinds`; otherwise UNKNOWN."""
    if isinstance(raw, dict):
        return read_table(raw, kinds, path, scope, checker)
    value = checker.evaluated(raw, path, scope)
    if isinstance(value, dict):  # the value of a param
        return check_table(value, kinds, path, checker)
    if value is UNKNOWN or (is_flag and isinstance(value, bool)):
        return value
    flags = "true, false, or " if is_flag else ""
    found = f"must be {flags}an object with any of {name_list(kinds)}, got {show(value)}"
    checker.add(Problem(path, found))
    return UNKNOWN
