"""Prepared rows + a recipe -> the network that it describes for them."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from nnbuild.estimators.fitted import Fitted, computed_in
from nnbuild.estimators.inputs import Inputs, sample_shapes
from nnbuild.estimators.parameters import described, one_at_a_time
from nnbuild.estimators.preparing import OfInput, by_input
from nnbuild.features.preparation import TablePreparation
from nnbuild.features.series import SeriesPreparation
from nnbuild.plan.describe import resolve
from nnbuild.recipe.recipe import Recipe
from nnbuild.records import Resolved
from nnbuild.train.pool import surroundings


def network_for(recipe: Recipe, draft: Fitted, X: Inputs) -> Resolved:
    """The network that a recipe describes for some prepared rows and the targets of a fit."""
    inputs, floats = recipe.network.inputs, computed_in(recipe.network.training)
    shapes = sample_shapes(X, inputs)
    prepares = by_input(draft.preparations)
    takes = {name: _Taken.of(prepares.get(name), shapes.get(name), floats) for name in inputs}
    targets, known_by = draft.targets, (described(recipe), surroundings(recipe.network))
    with one_at_a_time:
        return _network(recipe, tuple(takes.items()), targets.task, targets.n_outputs, targets.positions, known_by)


class _Taken(NamedTuple):
    """What a network takes of an input; of a table also the `columns` that enter as codes, of series what is masked."""

    shape: tuple
    dtype: str
    columns: tuple | None = None
    n_ids: int | None = None
    mask_value: float | None = None

    @classmethod
    def of(cls, preparation: OfInput | None, shape: tuple | None, floats: str) -> _Taken:
        if preparation is None:
            assert shape is not None
            return cls(shape, floats)
        if isinstance(preparation, TablePreparation):
            return cls((preparation.n_numeric,), floats, columns=tuple(preparation.embeddings.items()))
        mask_value = None
        if isinstance(preparation, SeriesPreparation) and preparation.masked:
            mask_value = preparation.mask_value
        return cls(preparation.shape, preparation.dtype or floats, None, preparation.n_ids, mask_value)


@lru_cache(maxsize=512)
def _network(
    recipe: Recipe,
    takes: tuple[tuple[str, _Taken], ...],
    task: str,
    n_outputs: int,
    positions: tuple[int, ...] | None,
    known_by: tuple,
) -> Resolved:
    """`network_for`, remembered: a search fits each candidate several times.

    Where recipes are equal, `known_by` tells what may differ.
    """
    inputs = dict(takes)
    return resolve(
        recipe,
        {name: taken.shape for name, taken in inputs.items()},
        dtype={name: taken.dtype for name, taken in inputs.items()},
        task=task,
        n_outputs=n_outputs,
        tables={name: dict(taken.columns) for name, taken in inputs.items() if taken.columns is not None},
        n_ids={name: taken.n_ids for name, taken in inputs.items() if taken.n_ids is not None},
        positions=positions,
        masks={name: taken.mask_value for name, taken in inputs.items() if taken.mask_value is not None},
    )
