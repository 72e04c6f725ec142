"""Networks and members of a fit before its training."""

from __future__ import annotations

import warnings
from typing import Any

from nnbuild.errors import PreparationWarning
from nnbuild.estimators.base import NNEstimator
from nnbuild.estimators.fitted import Fitted
from nnbuild.estimators.parameters import check_estimator
from nnbuild.estimators.spec import Spec
from nnbuild.estimators.training import Job, fit_of
from nnbuild.inputs.user_data import Given
from nnbuild.plan.forked_process import refuse_forked
from nnbuild.records import ResolvedNetwork
from nnbuild.train.common.member import Member


def networks_to_train(estimator: NNEstimator, X: Any, y: Any) -> list[ResolvedNetwork]:
    """Return the network of each member that `fit` would train on X and y; none if there is nothing to train.

    Raises
    ------
    RecipeError, ValueError
        As in `fit`.
    """
    return [job.draft.resolved for job in _jobs(estimator, Given(X, y)) if job.draft.resolved]


def members_to_train(estimator: NNEstimator, X: Any, y: Any) -> tuple[Member, ...]:
    """Return the members that `fit` would train on X and y; none if there is nothing to train.

    The members of a fitted estimator continue from its weights, with its preparation and without a validation set.

    Raises
    ------
    RecipeError, ValueError
        As in `fit`.
    """
    previous = estimator._fitted if estimator._is_fitted() else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PreparationWarning)  # a few samples are unlike those of the fit
        jobs = _jobs(estimator, Given(X, y), previous)
    return fit_of(jobs).members if jobs else ()


def _jobs(estimator: NNEstimator, given: Given, previous: Fitted | None = None) -> list[Job]:
    """Return the jobs of a fit, or of one more epoch after a previous fit; none if there is nothing to train."""
    refuse_forked()
    data = given.in_pandas()
    reader, chosen = estimator._reader(data, previous)
    recipe = reader._effective_recipe()
    reader._check_outputs(recipe, data)
    check_estimator(recipe, type(estimator))
    is_step = previous is not None
    spec = Spec(recipe, reader._ensemble(recipe), data, previous=previous, one_epoch=is_step, chosen=chosen)
    spec, draft, rows = reader._drafted(spec)
    return reader._jobs(spec, draft, rows) if draft.targets.row.is_trained else []
