"""Split X into a part for each input of the recipe: by name from a dict, by column from a DataFrame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scipy.sparse import issparse

from nnbuild.errors import did_you_mean, name_list, show
from nnbuild.inputs.frames import is_table
from nnbuild.language.input_kinds import input_kind, is_read_by_columns, share_a_column


def is_by_name(X: object) -> bool:
    """Return whether X is a dict of parts; SciPy's dictionary-of-keys matrices are mappings too."""
    return isinstance(X, Mapping) and not issparse(X)


def parts_of(X: Any, inputs: Mapping[str, Mapping]) -> dict[str, tuple[str, Any]]:
    """Return each input's part of X, with its name in messages.

    Parameters
    ----------
    X : object
        As passed by the user.
    inputs : mapping of str to mapping
        Known `kind` and `column` of each input.

    Raises
    ------
    ValueError
        If the parts or columns of X do not match the inputs.
    """
    if is_by_name(X):
        _check_names(X, inputs)
        return {name: (f"X[{name!r}]", X[name]) for name in inputs}
    if is_table(X) and is_read_by_columns(inputs):
        return _by_column(X, inputs)
    if len(inputs) > 1 and not share_a_column(inputs):
        hint = f"\n  hint: {ALL_COLUMNS}" if is_table(X) else ""
        raise ValueError(f"X must be a dict with an array for each input of the recipe: {', '.join(inputs)}{hint}")
    return dict.fromkeys(inputs, ("X", X))


def _check_names(X: Mapping, inputs: Mapping) -> None:
    if set(X) != set(inputs):
        got, wanted = (", ".join(sorted(map(str, keys))) or "none" for keys in (X, inputs))
        raise ValueError(f"X has the keys {got}, but the recipe has the inputs {wanted}")


def _by_column(X: Any, inputs: Mapping[str, Mapping]) -> dict[str, tuple[str, Any]]:
    """Return the columns of single-column inputs; the only other input, or each table, gets all other columns."""
    columns = {name: _column(X, name, spec, inputs) for name, spec in inputs.items() if input_kind(spec).takes_column}
    left = [column for column in X.columns if column not in columns.values()]
    others = [name for name in inputs if name not in columns]
    if left and not others:
        taken = ", ".join(map(show, columns.values()))
        hint = "drop them, or add an input of kind 'table' to the recipe"
        raise ValueError(f"X has columns, in addition to {taken}, that no input uses: {_named(left)}\n  hint: {hint}")
    if len(others) > 1 and not all(input_kind(inputs[name]).takes_others for name in others):
        hint = f"pass a dict with a part for each input; or {ALL_COLUMNS}"
        raise ValueError(f"columns of X can't be assigned to the inputs {', '.join(others)}\n  hint: {hint}")
    if others and not left:
        raise ValueError(f"X has no remaining column for the input {show(others[0])}")
    found = {name: (f"X[{column!r}]", X[column]) for name, column in columns.items()}
    return {name: found[name] if name in found else ("X", X[left]) for name in inputs}


def _column(X: Any, name: str, spec: Mapping, inputs: Mapping) -> Any:
    """Return the column for an input: the one named in the recipe, one with the input's name, or the only one."""
    wanted = spec.get("column", name)
    if wanted in X.columns:
        return wanted
    if len(X.columns) == 1 and share_a_column(inputs):
        return X.columns[0]
    near = did_you_mean(wanted, map(str, X.columns))
    hint = near or (
        f"rename a column to {show(wanted)}, or set inputs.{name}.column in the recipe; "
        "'nnbuild recipes copy NAME' writes a recipe to edit"
    )
    found = f"X has no column {show(wanted)} for the input {show(name)}"
    raise ValueError(f"{found}\n  allowed: {name_list(map(str, X.columns), wanted)}\n  hint: {hint}")


def _named(columns: list) -> str:
    return name_list([show(str(column)) for column in columns])


ALL_COLUMNS = 'set "kind": "table" for inputs in the recipe to pass all columns to each of them'
