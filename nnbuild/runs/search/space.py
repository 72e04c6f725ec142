"""The search space of a recipe -> a search of scikit-learn, and its number of candidates and epochs."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log, prod
from typing import Any

import click
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, HalvingRandomSearchCV, RandomizedSearchCV

from nnbuild.model_selection import Distribution, param_distributions, param_grid
from nnbuild.plan.settings import TRAINING_DEFAULTS
from nnbuild.recipe import Recipe

N_DRAWN = 20
N_POINTS = 3  # of a range in a grid
FACTOR = 3  # of successive halving: one of three candidates goes on, for three times the epochs
EPOCHS = "training__epochs"  # the resource of successive halving
STEP = "estimator"  # before the names of params, as in `JournaledEstimator`


@dataclass(frozen=True)
class Space:
    """The candidates of a search.

    Attributes
    ----------
    search : type
        The class of scikit-learn.
    arguments : dict
        Its arguments, besides those of all searches.
    rounds : list of (int, int)
        Number of candidates in each round, and the cost of a fit: its epochs, or 1 where all rounds have the same.
    resource : str or None
        The address whose value grows from round to round.
    """

    search: type
    arguments: dict[str, Any]
    rounds: list[tuple[int, int]]
    resource: str | None = None


def space_of(recipe: Recipe, method: str, n_iter: int | None, seed: int) -> Space:
    """The candidates of a recipe.

    Parameters
    ----------
    recipe : Recipe
    method : {"grid", "random", "halving"}
        Halving begins with a whole grid where all spaces are lists and `n_iter` is None, else with drawn candidates.
    n_iter : int or None
        Candidates that are drawn; None for 20, or for all that there are.
    seed : int
        Of the draws.
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
    rounds = halving_rounds(n_first, _epochs(recipe))
    resources = {"resource": f"{STEP}__{EPOCHS}", "min_resources": rounds[0][1], "max_resources": _epochs(recipe)}
    if is_finite and n_iter is None:
        return Space(HalvingGridSearchCV, {"param_grid": grid, "random_state": seed, **resources}, rounds, EPOCHS)
    return Space(HalvingRandomSearchCV, {**draws, "n_candidates": n_first, **resources}, rounds, EPOCHS)


def halving_rounds(n_candidates: int, epochs: int) -> list[tuple[int, int]]:
    """Candidates and epochs of each round of successive halving, so that the last has the most epochs that it can.

    Parameters
    ----------
    n_candidates : int
        In the first round.
    epochs : int
        In the last one, at most.

    Examples
    --------
    >>> halving_rounds(20, 100)
    [(20, 11), (7, 33), (3, 99)]
    >>> halving_rounds(20, 4)
    [(20, 1), (7, 3)]
    """
    n_rounds = 1 + floor(log(min(n_candidates, epochs), FACTOR))  # as scikit-learn counts them
    rounds, n, first = [], n_candidates, epochs // FACTOR ** (n_rounds - 1)
    for number in range(n_rounds):
        rounds.append((n, first * FACTOR**number))
        n = ceil(n / FACTOR)
    return rounds


def _epochs(recipe: Recipe) -> int:
    """The epochs of the last round: those of the recipe."""
    if EPOCHS in recipe.search:
        raise click.BadParameter(f"halving gives the epochs itself: {EPOCHS} can't be searched", param_hint="--method")
    return recipe.network.training.get("epochs", TRAINING_DEFAULTS["epochs"])
