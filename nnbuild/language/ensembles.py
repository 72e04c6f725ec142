"""Check the key `ensemble` of the training section: members, folds, variants, and how members are combined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nnbuild.catalog.json_form import UNKNOWN
from nnbuild.catalog.kinds import Anything, Choice, Flag, Integer, Kind, ListOf, MapOf, Text
from nnbuild.errors import Path, Problem, show, unknown_name
from nnbuild.language.checker import Checker, Scope
from nnbuild.language.expressions import is_expression
from nnbuild.language.known_keys import read_table

MAX_VARIANTS = 100
ENSEMBLE: dict[str, Kind] = {
    "members": Integer(1),
    "bootstrap": Flag(),
    "folds": Integer(2),
    "variants": ListOf(MapOf(Anything()), 1, MAX_VARIANTS),
    "choose_epoch": Choice("member", "pooled"),
    "weights": Choice("equal", "out_of_fold"),
    "temperature": Flag(),
    "neighbors": Text(),
}
ENSEMBLE_DEFAULTS: dict[str, Any] = {
    "members": 1,
    "bootstrap": False,
    "folds": None,
    "variants": [{}],
    "choose_epoch": "member",
    "weights": "equal",
    "temperature": False,
    "neighbors": None,
}
PATH: Path = ("training", "ensemble")


def read_ensemble(raw: object, scope: Scope, checker: Checker) -> dict[str, Any]:
    """Return the valid settings of an ensemble, without defaults; `variants` as in the recipe."""
    values = read_table(without_key(raw, "variants"), ENSEMBLE, PATH, scope, checker)
    if isinstance(raw, dict) and "variants" in raw:
        variants = _plain(raw["variants"], (*PATH, "variants"), scope, checker)
        found = checker.plain(ENSEMBLE["variants"], variants, (*PATH, "variants"))
        values |= {} if found is UNKNOWN else {"variants": found}
    for key, found in _needing_folds(values):
        hint = "add folds, such as 8: the choice is made by predictions for held-out samples"
        checker.add(Problem((*PATH, key), f"{show(found)} needs 'folds'", hint=hint))
    if "folds" in values and "members" in values:
        found = f"can't be combined with folds: there is a member per fold, {values['folds']} for each variant"
        checker.add(Problem((*PATH, "members"), found, hint="remove it", at_key=True))
    return values


def check_node_of_neighbors(training: Mapping, names: Sequence[str], checker: Checker) -> None:
    """Note a problem if the layer of `neighbors` is not one of these nodes."""
    layer = training.get("ensemble", {}).get("neighbors")
    if layer is not None and layer not in names:
        checker.add(unknown_name((*PATH, "neighbors"), "node", layer, names))


def member_count(ensemble: Mapping) -> int:
    """Return the number of members of an ensemble, from its settings in a recipe."""
    given = {**ENSEMBLE_DEFAULTS, **ensemble}
    return len(given["variants"]) * (given["folds"] or given["members"])


def without_key(raw: Any, key: str) -> Any:
    """Return an object without a key that is read in another way; other values are returned unchanged."""
    return {name: value for name, value in raw.items() if name != key} if isinstance(raw, dict) else raw


def _needing_folds(values: Mapping) -> list[tuple[str, object]]:
    """Return the settings that need folds, in an ensemble without."""
    keys = ("choose_epoch", "weights", "temperature", "neighbors")
    set_keys = [key for key in keys if values.get(key, ENSEMBLE_DEFAULTS[key]) != ENSEMBLE_DEFAULTS[key]]
    return [] if "folds" in values else [(key, values[key]) for key in set_keys]


def _plain(raw: Any, path: Path, scope: Scope, checker: Checker) -> Any:
    """Return variants, or UNKNOWN if they refer to params: each value is set as it is written."""
    if is_expression(raw):
        checker.mark_params_used(raw, scope)
        hint = "write the values; a variant sets them at params or addresses of the recipe"
        checker.add(Problem(path, f"must be a plain value, got the expression {show(raw)}", hint=hint))
        return UNKNOWN
    if not isinstance(raw, dict | list):
        return raw
    checker.count(len(raw), path)
    items = enumerate(raw) if isinstance(raw, list) else raw.items()
    found = {key: _plain(item, (*path, key), scope, checker) for key, item in items}
    if any(item is UNKNOWN for item in found.values()):
        return UNKNOWN
    return list(found.values()) if isinstance(raw, list) else found
