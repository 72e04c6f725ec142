"""Recipe, samples, networks and members of a fit before its training."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from nnbuild.errors import PreparationWarning
from nnbuild.estimators.base import NNEstimator
from nnbuild.estimators.fitted import Fitted
from nnbuild.estimators.parameters import check_estimator
from nnbuild.estimators.spec import Spec
from nnbuild.estimators.training import Job, fit_of
from nnbuild.inputs.user_data import NO_SAMPLES, Given
from nnbuild.plan.forked_process import refuse_forked
from nnbuild.recipe import Recipe
from nnbuild.records import ResolvedNetwork
from nnbuild.train.common.member import Member


@dataclass(frozen=True, eq=False)
class Start:
    """A fit before its training.

    Attributes
    ----------
    recipe : Recipe
        Recipe with all values that were set on the estimator.
    jobs : list of Job
        Training job of each member; empty if there is nothing to train, because y has only one class.
    """

    recipe: Recipe
    jobs: list[Job]

    @cached_property
    def members(self) -> tuple[Member, ...]:
        """Members to train."""
        return fit_of(self.jobs).members if self.jobs else ()


def start_of_fit(
    estimator: NNEstimator, given: Given, validation: Given = NO_SAMPLES, previous: Fitted | None = None
) -> Start:
    """Return a fit before its training, or one more epoch after a previous fit.

    Raises
    ------
    RecipeError, ValueError
        As in `fit`.
    """
    refuse_forked()
    data = given.in_pandas()
    reader, chosen = estimator._reader(data, previous)
    recipe = reader._effective_recipe()
    reader._check_outputs(recipe, data)
    check_estimator(recipe, type(estimator))
    ensemble, is_step = reader._ensemble(recipe), previous is not None
    spec = Spec(recipe, ensemble, data, validation.in_pandas(), previous, one_epoch=is_step, chosen=chosen)
    spec, draft, rows = reader._drafted(spec)
    return Start(recipe, reader._jobs(spec, draft, rows) if draft.targets.row.is_trained else [])


def networks_to_train(estimator: NNEstimator, X: Any, y: Any) -> list[ResolvedNetwork]:
    """Return the network of each member that `fit` would train on X and y; none if there is nothing to train.

    Raises
    ------
    RecipeError, ValueError
        As in `fit`.
    """
    return [job.draft.resolved for job in start_of_fit(estimator, Given(X, y)).jobs if job.draft.resolved]


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
        return start_of_fit(estimator, Given(X, y), previous=previous).members
