"""Tables with a column x, for the tests of its preparation."""

import numpy as np
import pandas as pd

from nnbuild.inputs.table.preparation import TablePreparation
from saved_forms import reread


def frame_of(values, dtype=None):
    """Return a table with the column x and a column of numbers, which remains where x is dropped."""
    column = values if isinstance(values, pd.Series) else pd.Series(values, dtype=dtype)
    return pd.DataFrame({"x": column.reset_index(drop=True), "beside": np.arange(len(column))})


def fitted(values, dtype=None, **settings):
    """Return the preparation of a table with these values in x; its saved form is equal."""
    preparation = TablePreparation.fitted(frame_of(values, dtype), settings)
    assert reread(preparation) == preparation
    return preparation


def outputs(preparation, values, dtype=None):
    """Numeric outputs of x: array of shape (n_samples, n_outputs), float32."""
    return preparation.transformed(frame_of(values, dtype)).numeric[:, : len(preparation.steps[0].feature_names)]


def codes(preparation, values, dtype=None):
    """Codes of x, as a list."""
    return preparation.transformed(frame_of(values, dtype)).codes["x"].tolist()


def names(preparation):
    """Names of the outputs of x."""
    return list(preparation.steps[0].feature_names)


def summary(preparation):
    """Summary of x, one line."""
    return preparation.summary()[0]
