"""Synthetic data sets for examples, tests and lessons, in the style of scikit-learn."""

from nnbuild.datasets.dates import make_dates
from nnbuild.datasets.shapes import make_shapes

__all__ = ["make_dates", "make_shapes"]
