"""Convert the search space of a recipe to a search of scikit-learn with its numbers of candidates and epochs."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log, prod
from typing import Any

import click
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, HalvingRandomSearchCV, RandomizedSearchCV

from nnbuild.model_selection import Distribution, param_distributions, param_grid
from nnbuild.plan.sample_settings import epochs_of
from nnbuild.plan.settings import TRAINING_DEFAULTS
from nnbuild.recipe import Recipe

N_DRAWN = 20
N_POINTS = 3  # per range in a grid
FACTOR = 3  # successive halving keeps one of three candidates, with three times the epochs
EPOCHS = "training__epochs"  # the resource of successive halving
STEP = "estimator"  # prefix of params, as in `JournaledEstimator`


@dataclass(frozen=True)
class Space:
    """Candidates of a search.

    Attributes
    ----------
    search : type
        Class of scikit-learn.
    arguments : dict
        Its arguments, except those that all searches have.
    rounds : list of (int, int)
        Number of candidates in each round, and the cost of a fit: its epochs, or 1 if all rounds have the same.
    resource : str or None
        Address of the value that grows from round to round.
    """

    search: type
    arguments: dict[str, Any]
    rounds: list[tuple[int, int]]
    resource: str | None = None


def space_of(recipe: Recipe, method: str, n_iter: int | None, seed: int, n_samples: int) -> Space:
    """Return the candidates of a recipe.

    Parameters
    ----------
    recipe : Recipe
    method : {"grid", "random", "halving"}
        Halving starts with the whole grid if all spaces are lists and `n_iter` is None, else with drawn candidates.
    n_iter : int or None
        Number of candidates to draw; None for 20, or all if there are fewer.
    seed : int
        Seed of the draws.
    n_samples : int
        Number of samples that the epochs of halving are derived from, if the recipe has a number of steps.
    """
    lists = param_distributions(recipe, STEP)
    grid = param_grid(recipe, N_POINTS, STEP)
    is_finite = not any(isinstance(space, Distribution) for space in lists.values())
    n_grid, n_drawn = prod(map(len, grid.values())), n_iter or N_DRAWN
    n_drawn = min(n_drawn, n_grid) if is_finite else n_drawn
    draws = {"param_distributions": lists, "random_state": seed}
    if method == "grid":
        return Space(GridSearchCV, {"param_grid": grid}, [(n_grid, 1)])
    if method == "random":
        return Space(RandomizedSearchCV, {**draws, "n_iter": n_drawn}, [(n_drawn, 1)])
    n_first = n_grid if is_finite and n_iter is None else n_drawn
    n_epochs = _epochs(recipe, n_samples)
    rounds = halving_rounds(n_first, n_epochs)
    resources = {"resource": f"{STEP}__{EPOCHS}", "min_resources": rounds[0][1], "max_resources": n_epochs}
    if is_finite and n_iter is None:
        return Space(HalvingGridSearchCV, {"param_grid": grid, "random_state": seed, **resources}, rounds, EPOCHS)
    return Space(HalvingRandomSearchCV, {**draws, "n_candidates": n_first, **resources}, rounds, EPOCHS)


def halving_rounds(n_candidates: int, epochs: int) -> list[tuple[int, int]]:
    """Return candidates and epochs of each round of successive halving. The epochs of the last round are maximal.

    Parameters
    ----------
    n_candidates : int
        Number in the first round.
    epochs : int
        Maximum in the last round.

    Examples
    --------
    >>> halving_rounds(20, 100)
    [(20, 11), (7, 33), (3, 99)]
    >>> halving_rounds(20, 4)
    [(20, 1), (7, 3)]
    """
    n_rounds = 1 + floor(log(min(n_candidates, epochs), FACTOR))  # as scikit-learn computes it
    rounds, n, first = [], n_candidates, epochs // FACTOR ** (n_rounds - 1)
    for number in range(n_rounds):
        rounds.append((n, first * FACTOR**number))
        n = ceil(n / FACTOR)
    return rounds


def _epochs(recipe: Recipe, n_samples: int) -> int:
    """Return the epochs of the last round: those of the recipe."""
    if searched := [address for address in recipe.search if f"{address}__".startswith(f"{EPOCHS}__")]:
        raise click.BadParameter(
            f"halving sets the number of epochs: {searched[0]} can't be searched", param_hint="--method"
        )
    return epochs_of({**TRAINING_DEFAULTS, **recipe.network.training}, n_samples)
