"""Resolve the network of a recipe for prepared samples."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from nnbuild.estimators.fitted import Draft, computed_in
from nnbuild.estimators.parameters import described, one_at_a_time
from nnbuild.inputs.checked_inputs import Inputs, sample_shapes
from nnbuild.inputs.kinds import by_input
from nnbuild.inputs.protocol import InputPreparation
from nnbuild.plan.describe import resolve
from nnbuild.recipe import Recipe
from nnbuild.records import ResolvedNetwork
from nnbuild.train.common.model_cache import environment_key


def network_for(recipe: Recipe, draft: Draft, X: Inputs) -> ResolvedNetwork:
    """Return the network of a recipe for prepared samples and the targets of a fit."""
    inputs, floats = recipe.network.inputs, computed_in(recipe.network.training)
    shapes = sample_shapes(X, inputs)
    prepares = by_input(draft.preparations)
    takes = {name: _InputSpec.of(prepares.get(name), shapes.get(name), floats) for name in inputs}
    targets, key = draft.targets, (described(recipe), environment_key(recipe.network))
    with one_at_a_time:
        about_targets = (_plain(targets.tasks), _plain(targets.counts), targets.positions)
        return _network(recipe, tuple(takes.items()), *about_targets, key)


def _plain(value: Any) -> Any:
    """Return a mapping as a tuple of its items, which is hashable; other values unchanged."""
    return tuple(value.items()) if isinstance(value, Mapping) else value


class _InputSpec(NamedTuple):
    """Shape and dtype of an input, with embedded and numeric columns (tables) and the mask value (series)."""

    shape: tuple
    dtype: str
    columns: tuple | None = None
    vocabulary_size: int | None = None
    mask_value: float | None = None
    numeric_columns: tuple[int, ...] | None = None

    @classmethod
    def of(cls, preparation: InputPreparation | None, shape: tuple | None, floats: str) -> _InputSpec:
        if preparation is None:
            assert shape is not None
            return cls(shape, floats)
        columns = None if preparation.embeddings is None else tuple(preparation.embeddings.items())
        dtype = preparation.dtype or floats
        vocabulary_size, numeric_columns = preparation.vocabulary_size, preparation.numeric_columns
        return cls(preparation.shape, dtype, columns, vocabulary_size, preparation.mask, numeric_columns)


@lru_cache(maxsize=512)
def _network(
    recipe: Recipe,
    takes: tuple[tuple[str, _InputSpec], ...],
    task: str | tuple[tuple[str, str], ...],
    n_outputs: int | tuple[tuple[str, int], ...],
    positions: tuple[int, ...] | None,
    key: tuple,
) -> ResolvedNetwork:
    """Cache `network_for`, because a search fits each candidate several times.

    `key` distinguishes recipes that compare equal but have different networks.
    """
    inputs = dict(takes)
    return resolve(
        recipe,
        {name: spec.shape for name, spec in inputs.items()},
        dtype={name: spec.dtype for name, spec in inputs.items()},
        task=dict(task) if isinstance(task, tuple) else task,
        n_outputs=dict(n_outputs) if isinstance(n_outputs, tuple) else n_outputs,
        tables={name: dict(spec.columns) for name, spec in inputs.items() if spec.columns is not None},
        vocabulary_sizes={
            name: spec.vocabulary_size for name, spec in inputs.items() if spec.vocabulary_size is not None
        },
        positions=positions,
        masks={name: spec.mask_value for name, spec in inputs.items() if spec.mask_value is not None},
        numeric_columns={
            name: spec.numeric_columns for name, spec in inputs.items() if spec.numeric_columns is not None
        },
    )
