"""Data sets that are made, not loaded: rows for examples, tests and lessons, in scikit-learn's manner."""

from nnbuild.datasets.dates import make_dates

__all__ = ["make_dates"]
