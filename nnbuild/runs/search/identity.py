"""Identity of a search: all values that its scores depend on, except candidate and fold."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import joblib
import numpy as np
import pandas as pd

from nnbuild.errors import show
from nnbuild.language.values import canonical
from nnbuild.recipe import FOR_PEOPLE, Recipe
from nnbuild.runs.search.scorers import Scoring

TABLE = "table "


def identity(
    recipe: Recipe,
    X: Any,
    y: np.ndarray,
    scoring: Scoring,
    n_folds: int,
    seed: int,
    prepare: str | None = None,
    n_members: int | None = None,
) -> dict[str, object]:
    """Return the identity of a search, as JSON values.

    Parameters
    ----------
    recipe : Recipe
    X : DataFrame or array of shape (n_samples, ...)
    y : array of shape (n_samples, ...)
    scoring : Scoring
    n_folds : int
    seed : int
        Seed of folds, candidates and training.
    prepare : {"none"} or None
        Option ``--prepare``; None for its default.
    n_members : int or None
        Option ``--members``.
    """
    network = {name: value for name, value in recipe.to_dict().items() if name not in (*FOR_PEOPLE, "search")}
    return {
        "recipe": hashlib.sha256(canonical(network).encode()).hexdigest()[:16],
        "data": fingerprint(X, y),
        "--cv": n_folds,
        "--scoring": scoring.name,
        "--positive": scoring.positive,
        "--seed": seed,
        "--prepare": prepare,
        "--members": n_members,
        "versions": ", ".join(f"{name} {version(name)}" for name in ("tensorflow", "keras", "scikit-learn")),
    }


def fingerprint(X: Any, y: np.ndarray) -> str:
    """Return a hash of the values of X and y.

    Parameters
    ----------
    X : DataFrame or array of shape (n_samples, ...)
        The hash of a table depends on names, dtypes and values of its columns, not on its index or memory layout.
    y : array of shape (n_samples, ...)
    """
    if not isinstance(X, pd.DataFrame):
        return joblib.hash((X, y))
    columns = [(str(name), str(column.dtype), column.to_numpy()) for name, column in X.items()]
    return TABLE + joblib.hash((columns, y))


def has_former_data(kept: Mapping, about: Mapping) -> bool:
    """Whether a journal has a table's fingerprint of an earlier version, which depended on pandas' memory layout."""
    return about["data"].startswith(TABLE) and not str(kept.get("data")).startswith(TABLE)


def differences(kept: Mapping, about: Mapping) -> list[str]:
    """Return the differences between two identities as phrases; empty for the same search."""
    phrases = {"recipe": "the recipe differs", "data": "the data differ"}
    return [
        phrases.get(name, f"{name} was {_shown(kept.get(name))} and is {_shown(value)}")
        for name, value in about.items()
        if kept.get(name) != value
    ]


def _shown(value: object) -> str:
    return "not given" if value is None else show(value)
