"""Layers for the numeric columns of tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops


class _OfColumns(keras.Layer):
    """Layer for some or all columns of a table, (batch, columns), that computes in the dtype of its weights.

    Parameters
    ----------
    columns : list of int, optional
        Indices of the columns, from 0. By default all columns; an empty list is a column of zeros.
    """

    def __init__(self, columns: Sequence[int] | None = None, **kwargs: Any):
        super().__init__(autocast=False, **kwargs)  # half precision would merge neighbouring values of a column
        self.columns = None if columns is None else list(columns)
        self.input_spec = keras.InputSpec(ndim=2)

    def n_columns(self, input_shape: tuple) -> int:
        """Return the number of columns; raise a `ValueError` if the input has fewer."""
        columns, n_there = self.columns, input_shape[-1]
        if columns is None:
            return n_there
        if columns and max(columns) >= n_there:
            raise ValueError(f"{type(self).__name__} takes column {max(columns)}, but its input has {n_there} columns")
        return max(1, len(columns))  # optimizers fail for weights without elements

    def taken(self, inputs: Any) -> Any:
        """Return the columns of a batch, in the dtype of the weights."""
        inputs = ops.cast(inputs, self.variable_dtype)
        if self.columns is None:
            return inputs
        return ops.take(inputs, np.array(self.columns), axis=-1) if self.columns else ops.zeros_like(inputs[:, :1])

    def get_config(self) -> dict:
        return {**super().get_config(), "columns": self.columns}


@keras.saving.register_keras_serializable("nnbuild")
class PiecewiseLinearEncoding(_OfColumns):
    """Layer that encodes each column by its position in bins, which are learned from the samples before training.

    Parameters
    ----------
    n_bins : int, default=32
        Maximum number T of bins per column.
    max_features : int, optional
        Maximum number of outputs: n columns have at most max_features // n bins each, but not fewer than 6. By default
        there is no maximum.
    columns : list of int, optional
        Indices of the columns to encode, from 0. By default all columns; an empty list is a column of zeros.

    Notes
    -----
    Output t of a column is (x - e_t) / (e_{t+1} - e_t), limited to [0, 1], where e are the edges of its bins: equation
    1 of [1]_. There, outputs of the first bin have no lower limit, and those of the last bin no upper limit; here the
    limits are -1 and 2.

    `adapt` learns the edges, without targets. They are non-trainable weights. In a column of at most T + 1 different
    values, each value is an edge. Otherwise values of more than 1 / T of the samples are edges, up to T - 4 of them,
    and quantiles of the other samples. Columns of fewer than three edges, and bins that are not needed, have outputs of
    0. Before `adapt`, edges are evenly spaced from -1 to 1.

    All outputs are multiplied by sqrt(n T / m), where m is the number of bins in use. So an NTPDense after the layer
    divides by sqrt(m).

    References
    ----------
    .. [1] Gorishniy, Rubachev and Babenko, "On embeddings for numerical features in tabular deep learning",
       arXiv:2203.05556, section 3.2.
    """

    def __init__(
        self,
        n_bins: int = 32,
        max_features: int | None = None,
        columns: Sequence[int] | None = None,
        **kwargs: Any,
    ):
        super().__init__(columns, **kwargs)
        self.n_bins, self.max_features = n_bins, max_features

    def build(self, input_shape: tuple) -> None:
        n_columns = self.n_columns(input_shape)
        self.edges = self.add_weight(
            shape=(n_columns, self._n_bins(n_columns) + 1),
            name="edges",
            initializer=_even_edges,
            trainable=False,
            autocast=False,
        )

    def adapt(self, data: Any) -> None:
        """Learn the edges.

        Parameters
        ----------
        data : array of shape (n_samples, n_features)
        """
        data = np.asarray(data)
        if not self.built:
            self.build(data.shape)
        n_bins, columns = self.edges.shape[1] - 1, ops.convert_to_numpy(self.taken(data)).T
        self.edges.assign(np.stack([_padded(bin_edges(column, n_bins), n_bins + 1) for column in columns]))

    def call(self, inputs: Any) -> Any:
        edges = ops.convert_to_tensor(self.edges)
        low, widths = edges[:, :-1], edges[:, 1:] - edges[:, :-1]
        used = ops.cast(widths > 0, self.variable_dtype)
        last = used - ops.concatenate([used[:, 1:], ops.zeros_like(used[:, :1])], axis=1)  # 1 for the last bin in use
        lowest = np.zeros(low.shape[1], self.variable_dtype)
        lowest[:1] = -1
        positions = (self.taken(inputs)[:, :, None] - low) * ops.divide_no_nan(used, widths)  # 0 in bins without width
        factor = ops.sqrt(math.prod(low.shape) / ops.maximum(ops.sum(used), 1.0))
        outputs = ops.reshape(ops.clip(positions, lowest, 1 + last) * factor, (-1, math.prod(low.shape)))
        return ops.cast(outputs, self.compute_dtype)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        n_columns = self.n_columns(input_shape)
        return input_shape[0], n_columns * self._n_bins(n_columns)

    def _n_bins(self, n_columns: int) -> int:
        """Return the number of bins of each column."""
        if self.max_features is None:
            return self.n_bins
        return min(self.n_bins, max(MIN_BINS, self.max_features // max(1, n_columns)))

    def get_config(self) -> dict:
        return {**super().get_config(), "n_bins": self.n_bins, "max_features": self.max_features}


def bin_edges(values: np.ndarray, n_bins: int) -> np.ndarray:
    """Return increasing edges of at most `n_bins` bins for the values of a column."""
    distinct, counts = np.unique(values, return_counts=True)
    if len(distinct) <= n_bins + 1:
        return distinct
    frequent = np.flatnonzero(counts * n_bins > len(values))
    frequent = frequent[np.argsort(-counts[frequent], kind="stable")][: max(0, n_bins - MIN_QUANTILES)]
    others = values[~np.isin(values, distinct[frequent])]
    quantiles = np.quantile(others, np.linspace(0, 1, n_bins - len(frequent) + 1)).astype(values.dtype)
    return np.unique(np.concatenate([distinct[frequent], quantiles]))


def _padded(edges: np.ndarray, length: int) -> np.ndarray:
    """Repeat the last edge up to `length` edges. A single bin is not used: its output is the column itself."""
    used = edges if len(edges) > 2 else edges[:1]
    return np.concatenate([used, np.repeat(used[-1:], length - len(used))])


def _even_edges(shape: Sequence[int], dtype: Any = None) -> Any:
    """Return evenly spaced edges from -1 to 1 for each column."""
    return ops.broadcast_to(ops.linspace(-1.0, 1.0, shape[1], dtype=dtype), shape)


@keras.saving.register_keras_serializable("nnbuild")
class PeriodicEmbedding(_OfColumns):
    """Layer that embeds each column by cosines of learned frequencies, a dense layer per column, and the column itself.

    Parameters
    ----------
    n_frequencies : int, default=16
        Number of cosines per column.
    units : int, default=3
        Number of outputs of the dense layer of a column. With the column itself, it has units + 1 outputs.
    sigma : float, default=0.1
        Standard deviation of the initial frequencies, in periods per unit of the column.
    columns : list of int, optional
        Indices of the columns to embed, from 0. By default all columns; an empty list is a column of zeros.

    Notes
    -----
    (V cos(2 pi w x + b) + c, x) with weights w, b, V and c of each column: the embedding PBLD of RealMLP [1]_, which is
    derived from the embeddings of [2]_. Initial w are normal, b uniform from -pi to pi, V and c uniform in
    +-1 / sqrt(n_frequencies).

    References
    ----------
    .. [1] Holzmüller, Grinsztajn and Steinwart, "Better by default: strong pre-tuned MLPs and boosted trees on tabular
       data", arXiv:2407.04491, section 3.
    .. [2] Gorishniy, Rubachev and Babenko, "On embeddings for numerical features in tabular deep learning",
       arXiv:2203.05556, section 3.3.
    """

    def __init__(
        self,
        n_frequencies: int = 16,
        units: int = 3,
        sigma: float = 0.1,
        columns: Sequence[int] | None = None,
        **kwargs: Any,
    ):
        super().__init__(columns, **kwargs)
        self.n_frequencies, self.units, self.sigma = n_frequencies, units, sigma

    def build(self, input_shape: tuple) -> None:
        n_columns, n_frequencies, units = self.n_columns(input_shape), self.n_frequencies, self.units
        normal = keras.initializers.RandomNormal(stddev=self.sigma)
        self.frequencies = self._weight("frequencies", (n_columns, 1, n_frequencies), normal)
        self.phases = self._weight("phases", (n_columns, 1, n_frequencies), _uniform(math.pi))
        limit = 1 / math.sqrt(n_frequencies)
        self.kernel = self._weight("kernel", (n_columns, n_frequencies, units), _uniform(limit))
        self.bias = self._weight("bias", (n_columns, 1, units), _uniform(limit))

    def _weight(self, name: str, shape: tuple, initializer: Any) -> Any:
        return self.add_weight(shape=shape, name=name, initializer=initializer, autocast=False)

    def call(self, inputs: Any) -> Any:
        columns = ops.transpose(self.taken(inputs))[
            :, :, None
        ]  # (columns, batch, 1), for one matrix product per column
        cosines = ops.cos(2 * math.pi * columns * self.frequencies + self.phases)
        embedded = ops.concatenate([ops.matmul(cosines, self.kernel) + self.bias, columns], axis=-1)
        n_columns, _, n_outputs = embedded.shape
        outputs = ops.reshape(ops.transpose(embedded, (1, 0, 2)), (-1, n_columns * n_outputs))
        return ops.cast(outputs, self.compute_dtype)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return input_shape[0], self.n_columns(input_shape) * (self.units + 1)

    def get_config(self) -> dict:
        own = {name: getattr(self, name) for name in ("n_frequencies", "units", "sigma")}
        return {**super().get_config(), **own}


def _uniform(limit: float) -> Any:
    return keras.initializers.RandomUniform(-limit, limit)


MIN_BINS = 6  # per column, if the number of outputs is limited
MIN_QUANTILES = 4  # bins between quantiles, in a column with many frequent values
