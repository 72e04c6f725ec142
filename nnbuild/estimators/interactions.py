"""Check pairs of a user and an item, and convert them to arrays of ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.utils.validation import validate_data

from nnbuild.errors import Problem, RecipeError, name_list, show
from nnbuild.estimators.training import Rows
from nnbuild.inputs.data_errors import check_unclear
from nnbuild.inputs.frames import in_pandas, is_table
from nnbuild.inputs.ids import UNKNOWN, IdsPreparation
from nnbuild.inputs.interactions import InteractionsPreparation
from nnbuild.inputs.library_checks import name_in_messages
from nnbuild.language.input_kinds import HISTORY, ITEM, USER
from nnbuild.train.common.batches import is_sparse

HINT = "pass X[[USERS, ITEMS]], users in the first column and items in the second"


def checked_pairs(X: Any, name: str = "X", estimator: object = None, reset: bool = False) -> tuple:
    """Return users and items as two arrays of ids, each of shape (n_samples,).

    Parameters
    ----------
    X : DataFrame or array-like of shape (n_samples, 2)
        Users in the first column, items in the second. In a DataFrame, columns named user and item may have any order.
    name : str, default="X"
        Name of `X` in error messages.
    estimator : estimator, optional
        Estimator whose features in `fit` are compared with those of X.
    reset : bool, default=False
        Whether to set `n_features_in_` and `feature_names_in_` of the estimator, instead of the comparison.

    Raises
    ------
    ValueError
        Unless X has two columns of ids and at least one row.
    """
    X = in_pandas(X, name)
    if is_sparse(X) or not hasattr(X, "__len__") or isinstance(X, str | Mapping):
        found = f"{name} must contain a user and an item per row, got {type(X).__name__}"
        raise ValueError(f"{found}\n  hint: pass a DataFrame or an array of shape (n_samples, 2)")
    check_unclear(X)
    table = X if is_table(X) else _array(X)
    if table.ndim != 2 or table.shape[1] != 2:
        found = f"{name} must have two columns, users and items, got {_columns(table)}"
        raise ValueError(f"{found}\n  hint: {HINT}")
    if not len(table):
        raise ValueError(f"{name} has no interactions: it has 0 rows")
    if estimator is not None:
        with name_in_messages("X", name):
            validate_data(estimator, table, reset=reset, skip_check_array=True)
    roles = zip(_in_order(table), (USER, ITEM), strict=True)
    named = ((_column(table, key), f"{name}[{_key_text(table, key, role)!r}]") for key, role in roles)
    users, items = (IdsPreparation.checked(column, column_name) for column, column_name in named)
    return users, items


def check_inputs_of_pairs(inputs: Mapping[str, Mapping]) -> None:
    """Raise a `RecipeError` unless a recipe has the inputs `item`, and `user`, `history` or both."""
    if ITEM not in inputs or not inputs.keys() & {USER, HISTORY} or inputs.keys() - {USER, ITEM, HISTORY}:
        found = (
            "the recipe of a recommender must have the inputs 'item' and "
            f"'user', 'history' or both, got {_listed(inputs)}"
        )
        raise RecipeError(
            [Problem(("inputs",), found, hint="use a recipe of the gallery such as 'two_tower', 'neumf' or 'item_set'")]
        )
    for name, spec in inputs.items():
        wanted = "a shape of [length]" if name == HISTORY else "no shape"
        if spec.get("kind") != "ids" or len(spec.get("shape", ())) != (name == HISTORY):
            raise RecipeError([Problem(("inputs", name), f"must be of kind 'ids' with {wanted}")])
        if name == HISTORY and spec["shape"][0] is None:
            raise RecipeError([Problem(("inputs", name, "shape"), f"must have a fixed length, got {[None]}")])


def pair_columns(first: str, second: str) -> tuple[str, str]:
    """Return the names of the columns of users and items in `fit`, given the names of its columns in order."""
    return (USER, ITEM) if {first, second} == {USER, ITEM} else (first, second)


def checked_users(users: Any) -> np.ndarray:
    """Return ids of users as an array of shape (n_users,)."""
    if isinstance(users, str):
        raise ValueError(f"users must be a list or array of ids, got a single id: {users!r}\n  hint: pass it in a list")
    found = IdsPreparation.checked(users, "users")
    if found.ndim != 1:
        raise ValueError(f"users must be one-dimensional, got an array of shape {found.shape}")
    return found


def with_interactions(pairs: InteractionsPreparation, interactions: Any) -> InteractionsPreparation:
    """Return the users and interactions of `interactions`, with the items in `fit`.

    Raises
    ------
    ValueError
        If the network has the input `user`, or as in `checked_pairs`.
    """
    if USER in pairs.shapes:
        raise ValueError(
            "interactions is not supported: the network has the input 'user', which requires users of the training "
            "set\n  hint: use recipe='item_set', whose only input for users is their history, or call fit with the "
            "new users"
        )
    users, items = checked_pairs(interactions, "interactions")
    return replace(pairs, users=IdsPreparation.fitted(users, {})).with_pairs(users, items)


def with_negatives(rows: Rows, pairs: InteractionsPreparation, n_negatives: int) -> Rows:
    """Return interactions as integers, followed by `n_negatives` rows for negatives of each interaction.

    Parameters
    ----------
    rows : Rows
        Ids of users and items.
    pairs : InteractionsPreparation
    n_negatives : int

    Returns
    -------
    Rows
        Targets are 1 for interactions and 0 for negatives. The items of negatives are drawn in each epoch.

    Raises
    ------
    ValueError
        If no interaction has a known user and a known item.
    """
    users, items = pairs.encoded(rows.X[USER], rows.X[ITEM])
    known = np.flatnonzero((users != UNKNOWN) & (items != UNKNOWN))
    if not len(known):
        hint = "set validation='random' or a smaller validation_fraction"
        if rows.groups is not None:
            hint = "pass validation_groups that split the interactions of each user and each item over several groups"
        raise ValueError(
            "the validation set is empty: no held-out interaction has both a user and an item of the training set\n"
            f"  hint: {hint}"
        )
    repeated = np.tile(known, 1 + n_negatives)
    y = np.zeros(len(repeated), "int32")
    y[: len(known)] = 1
    weights = None if rows.weights is None else rows.weights[repeated]
    return Rows({USER: users[repeated], ITEM: items[repeated]}, y, weights)


def check_can_draw(pairs: InteractionsPreparation) -> None:
    """Raise a `ValueError` if a user has interactions with all items, so that no negative can be drawn."""
    full = np.flatnonzero(np.diff(pairs.starts) == pairs.n_items)
    if len(full):
        found = f"user {show(pairs.users.ids[full[0] - 1])} has interactions with all {pairs.n_items} items of X"
        raise ValueError(f"{found}, so no negative can be drawn\n  hint: drop such users from X")


def _array(X: Any) -> np.ndarray:
    """Return X as an array, of dtype object so that numbers are not converted to strings."""
    if isinstance(X, np.ndarray):
        return X
    try:
        return np.array(X, object)
    except ValueError:  # rows of different lengths
        return np.empty(len(X), object)


def _in_order(table: Any) -> list:
    """Return the keys of the user column and the item column."""
    if not is_table(table):
        return [0, 1]
    names = list(table.columns)
    return [USER, ITEM] if set(names) == {USER, ITEM} else names


def _column(table: Any, key: Any) -> Any:
    return table[key] if is_table(table) else table[:, key]


def _key_text(table: Any, key: Any, role: str) -> str:
    return str(key) if is_table(table) else role


def _columns(table: Any) -> str:
    if is_table(table):
        return f"{table.shape[1]}: {_listed(map(str, table.columns))}"
    return f"an array of shape {table.shape}"


def _listed(names: Any) -> str:
    return name_list([show(str(name)) for name in names]) or "none"
