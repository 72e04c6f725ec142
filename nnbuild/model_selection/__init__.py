"""Additions to scikit-learn's searches: spaces from recipes, splits, and evaluation of search results."""

from nnbuild.model_selection.folds import FoldEnsembleClassifier, FoldEnsembleRegressor, fold_ensemble
from nnbuild.model_selection.holdout import leave_one_out
from nnbuild.model_selection.seeds import SeedReport, seed_report
from nnbuild.model_selection.spaces import Distribution, param_distributions, param_grid

__all__ = [
    "Distribution",
    "FoldEnsembleClassifier",
    "FoldEnsembleRegressor",
    "SeedReport",
    "fold_ensemble",
    "leave_one_out",
    "param_distributions",
    "param_grid",
    "seed_report",
]
