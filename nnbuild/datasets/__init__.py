"""Data sets that are made, not loaded: rows for examples, tests and lessons, in scikit-learn's manner."""

from nnbuild.datasets.dates import make_dates
from nnbuild.datasets.roads import ROAD_CLASSES, make_road_scenes

__all__ = ["ROAD_CLASSES", "make_dates", "make_road_scenes"]
