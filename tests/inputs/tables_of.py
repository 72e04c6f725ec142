"""Tables of one column of interest, for the tests of its preparation."""

import numpy as np
import pandas as pd

from nnbuild.inputs.table.preparation import TablePreparation
from saved_forms import reread


def frame_of(values, dtype=None):
    """A table with the column x, and a column of numbers beside it so that something is left where x is dropped."""
    column = values if isinstance(values, pd.Series) else pd.Series(values, dtype=dtype)
    return pd.DataFrame({"x": column.reset_index(drop=True), "beside": np.arange(len(column))})


def fitted(values, dtype=None, **settings):
    """The preparation of a table whose column x has these values; its saved form says the same."""
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
    """Names of the outputs of x, without those of the column beside it."""
    return list(preparation.steps[0].feature_names)


def summary(preparation):
    """The line about x."""
    return preparation.summary()[0]
