"""Factors of layers on the learning rate and the weight decay, for all weights or by weight."""

from __future__ import annotations

from collections.abc import Mapping

from nnbuild.catalog.json_form import UNKNOWN
from nnbuild.catalog.kinds import Either, Kind, MapOf, Number
from nnbuild.errors import Path
from nnbuild.language.checker import Checker, Scope

LEARNING_RATE_FACTOR, WEIGHT_DECAY_FACTOR = FACTOR_KEYS = ("learning_rate_factor", "weight_decay_factor")
FACTOR: Kind = Either(Number(low=0), MapOf(Number(low=0)))


def read_factors(raw: Mapping, path: Path, scope: Scope, checker: Checker) -> dict[str, object]:
    """Return the factors in a node or in `defaults`: for each key a number, or an object of numbers by weight."""
    values = {key: checker.value(FACTOR, raw[key], (*path, key), scope) for key in FACTOR_KEYS if key in raw}
    return {key: value for key, value in values.items() if value is not UNKNOWN}
