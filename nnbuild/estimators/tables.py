"""Tables in the estimators: which X is prepared, and the arrays that its preparation gives the network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils.validation import validate_data

from nnbuild.errors import show
from nnbuild.estimators.inputs import refuse_unclear
from nnbuild.features.preparation import TablePreparation, is_table
from nnbuild.plan.tables import codes_name
from nnbuild.recipe.sections import TABLE_INPUT


def preparation_settings(prepare: object, X: object, inputs: Mapping[str, Mapping]) -> Mapping | None:
    """How X is to be prepared; None where it goes to the network as it is.

    Parameters
    ----------
    prepare : "auto", None or mapping
        The estimator's parameter: "auto" prepares DataFrames, and what the recipe calls a table; None prepares nothing;
        settings prepare whatever comes.
    X : object
        As the user gives it.
    inputs : mapping of str to mapping
        What the recipe says of its inputs.

    Raises
    ------
    ValueError
        For any other `prepare`.
    """
    if prepare is not None and prepare != "auto" and not isinstance(prepare, Mapping):
        raise ValueError(f"prepare must be 'auto', None or a dict of settings, got {show(prepare)}")
    if prepare is None or len(inputs) != 1 or isinstance(X, Mapping):
        return None
    (said,) = inputs.values()
    asked = isinstance(prepare, Mapping) or said.get("kind") == "table"
    if not asked and not is_table(X):
        return None
    settings = {key: said[key] for key in TABLE_INPUT if key in said}
    return {**settings, **prepare} if isinstance(prepare, Mapping) else settings


def checked_table(estimator: object, X: Any, reset: bool) -> pd.DataFrame:
    """X as a DataFrame, its columns compared as scikit-learn does.

    Raises
    ------
    ValueError
        In scikit-learn's words where it has some.
    """
    refuse_unclear(X)
    if is_table(X):
        validate_data(estimator, X, reset=reset, skip_check_array=True)
        if reset and not len(X):
            found = f"Found array with 0 sample(s) (shape={np.shape(X)}) while a minimum of 1 is required"
            raise ValueError(f"{found} by {type(estimator).__name__}.")
        return X
    rows = np.array(X, object) if isinstance(X, list | tuple) else X  # numbers beside text stay numbers
    array = validate_data(
        estimator, rows, reset=reset, dtype=None, ensure_all_finite=False, ensure_min_samples=int(reset)
    )
    return pd.DataFrame(array, columns=getattr(estimator, "feature_names_in_", None))


def prepared(preparation: TablePreparation, frame: pd.DataFrame, name: str) -> Any:
    """The arrays that a network takes of a table: one, or a dict where columns enter as codes.

    Parameters
    ----------
    preparation : TablePreparation
        Fitted.
    frame : DataFrame of shape (n_samples, n_columns)
    name : str
        The recipe's input.
    """
    table = preparation.transformed(frame)
    if not table.codes:
        return table.numeric
    codes = {codes_name(name, index): table.codes[column] for index, column in enumerate(preparation.embeddings)}
    return {name: table.numeric, **codes} if preparation.n_numeric else codes
