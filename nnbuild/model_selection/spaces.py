"""Convert the search section of a recipe to parameters of scikit-learn's searches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import floor
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from nnbuild.errors import Path, Problem, RecipeError, show
from nnbuild.estimators.parameters import read_recipe
from nnbuild.language.search import RANGES, SEPARATOR, addresses
from nnbuild.parameter_checks import checked_count
from nnbuild.recipe import Recipe


def param_distributions(recipe: object, prefix: str = "") -> dict[str, list | Distribution]:
    """Return the search spaces of a recipe for `RandomizedSearchCV` and `HalvingRandomSearchCV`.

    Parameters
    ----------
    recipe : str, path, dict or Recipe
        As for the estimators.
    prefix : str, default=""
        Name of the estimator's step in a pipeline, such as ``"nnclassifier"``.

    Returns
    -------
    dict of str to list or Distribution
        By parameter name of the estimator.

    Raises
    ------
    RecipeError
        If the recipe can't be read, or has no values to search.

    Examples
    --------
    >>> param_distributions("mlp", prefix="nnclassifier")["nnclassifier__learning_rate"]
    log_uniform(0.0001, 0.01)
    >>> param_distributions("mlp")["hidden"]
    [[64], [128], [128, 64], [256, 128]]
    """
    return {_parameter(prefix, address): space for address, space in _spaces(read_recipe(recipe))}


def param_grid(recipe: object, n_points: int = 3, prefix: str = "") -> dict[str, list]:
    """Return the lists of a recipe, and values of each of its ranges, for `GridSearchCV` and `HalvingGridSearchCV`.

    Parameters
    ----------
    recipe : str, path, dict or Recipe
        As for the estimators.
    n_points : int, default=3
        Number of values of each range: its ends, and evenly spaced values between them (in a logarithmic range by
        their logarithms); fewer if a range has fewer integers. Floats are rounded to 12 digits.
    prefix : str, default=""
        Name of the estimator's step in a pipeline, such as ``"nnclassifier"``.

    Returns
    -------
    dict of str to list
        By parameter name of the estimator.

    Raises
    ------
    RecipeError
        If the recipe can't be read, or has no values to search.
    ValueError
        If `n_points` is not an integer of at least 1.

    Examples
    --------
    >>> grid = param_grid("mlp", prefix="nnclassifier")
    >>> grid["nnclassifier__learning_rate"], grid["nnclassifier__dropout"]
    ([0.0001, 0.001, 0.01], [0.0, 0.25, 0.5])
    """
    checked_count("n_points", n_points)
    return {
        _parameter(prefix, address): space.points(n_points) if isinstance(space, Distribution) else space
        for address, space in _spaces(read_recipe(recipe))
    }


@dataclass(frozen=True)
class Distribution:
    """Distribution of values in a range, for scikit-learn's searches.

    Attributes
    ----------
    kind : {"uniform", "log_uniform", "int", "log_int"}
        Whether values are uniform, or uniform by their logarithm, and whether they are integers.
    low, high : float or int
        Ends of the range, both included.

    Notes
    -----
    SciPy's frozen distributions have no informative repr, and none of them is log-uniform over integers. Here, the
    integer k is drawn with probability log((k + 1) / k) / log((high + 1) / low).

    Examples
    --------
    >>> widths = Distribution("log_int", 8, 512)
    >>> widths
    log_int(8, 512)
    >>> widths.points(4)
    [8, 32, 128, 512]
    >>> widths.rvs(random_state=0) == widths.rvs(random_state=0)
    True
    """

    kind: str
    low: float
    high: float

    def rvs(self, size: int | tuple[int, ...] | None = None, random_state: Any = None) -> Any:
        """Draw random values.

        Parameters
        ----------
        size : int or tuple of int, optional
            Shape of the array; by default a single value.
        random_state : int, RandomState instance or None, default=None

        Returns
        -------
        float or int, or array of shape `size`
        """
        shares = check_random_state(random_state).random_sample(size)
        if size is None:
            return self._value(float(shares))
        return np.array([self._value(share) for share in np.ravel(shares)]).reshape(np.shape(shares))

    def points(self, n_points: int) -> list:
        """Return values spread evenly over the range, its ends included; for a single value, the middle."""
        shares = [index / (n_points - 1) for index in range(n_points)] if n_points > 1 else [0.5]
        # Rounding gives 0.001 as the middle of 0.0001 and 0.01, without errors of the logarithm.
        values = [self._within(float(f"{self._value(share):.12g}")) for share in shares]
        return list(dict.fromkeys(map(round, values) if self._is_whole else values))

    def _value(self, share: float) -> Any:
        """Return the quantile for a share from 0 to 1."""
        high = self.high + self._is_whole  # an integer covers the interval up to the next one
        value = _SCALES[self.kind.startswith("log_")](self.low, high, share)
        return self._within(floor(value) if self._is_whole else value)

    def _within(self, value: float) -> float:
        return min(max(value, self.low), self.high)

    @property
    def _is_whole(self) -> bool:
        return RANGES[self.kind][0]

    def __repr__(self) -> str:
        return f"{self.kind}({self.low!r}, {self.high!r})"


def _spaces(recipe: Recipe) -> Iterator[tuple[str, list | Distribution]]:
    """Yield lists, and distributions for ranges, by address."""
    search, document = recipe.search, recipe.to_dict()
    if not search:
        hint = 'add a search space, such as "search": {"training__batch_size": [16, 32, 64]}'
        raise RecipeError([Problem(("search",), "the recipe has no search space", hint=hint)])
    places = addresses(document)
    if problems := [
        Problem(
            ("search", address, space.index(None)),
            f"null can't be searched: in estimators it means the recipe's own value, {show(own)}",
        )
        for address, space in search.items()
        if isinstance(space, list) and None in space and (own := _value_at(document, places[address])) is not None
    ]:
        raise RecipeError(problems)
    if problems := recipe.search_problems():
        raise RecipeError(problems)
    for address, space in search.items():
        yield address, space if isinstance(space, list) else _distribution(space)


def _value_at(document: Any, path: Path) -> object:
    """Return the value at a path, or None."""
    for part in path:
        try:
            document = document[part]
        except (KeyError, IndexError, TypeError):
            return None
    return document


def _distribution(space: dict) -> Distribution:
    ((kind, (low, high)),) = space.items()
    number: Callable = int if RANGES[kind][0] else float
    return Distribution(kind, number(low), number(high))


def _parameter(prefix: str, address: str) -> str:
    return f"{prefix}{SEPARATOR}{address}" if prefix else address


# Value for a share of a range, by whether the range is logarithmic.
_SCALES: dict[bool, Callable[[float, float, float], float]] = {
    False: lambda low, high, share: low + (high - low) * share,
    True: lambda low, high, share: low * (high / low) ** share,
}
