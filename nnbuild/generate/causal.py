"""Test whether a network is causal: compare its outputs for inputs that differ only in later steps."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from nnbuild.errors import Problem, RecipeError, show
from nnbuild.plan.model import skeleton
from nnbuild.records import ResolvedNetwork
from nnbuild.train.common.model_cache import Weights, forward, network_key

N_TRIALS = 8  # pairs of sequences; the first position at which they differ varies
MAX_STEPS = 32  # length of sequences, if a network accepts any length
TOLERANCE = 1e-4  # relative to the largest value, because the rounding of matrix products varies


def check_causal(resolved: ResolvedNetwork, moving: str) -> None:
    """Raise a `RecipeError` if the output for a step depends on later tokens.

    Parameters
    ----------
    resolved : ResolvedNetwork
        A network with one output, (steps, features).
    moving : str
        The input that is generated token by token.
    """
    if (step := _first_lookahead_step(network_key(resolved), _Network(resolved), moving)) is not None:
        found = f"the network is not causal: its output for step {step + 1} of"
        hint = (
            "use causal layers only: attention with use_causal_mask, convolutions with padding 'causal', "
            "no Bidirectional, no pooling over steps"
        )
        raise RecipeError([Problem(("layers",), f"{found} {show(moving)} depends on later tokens", hint=hint)])


class _Network:
    """Network that equals all others, so that the `lru_cache` below depends on the argument `key` only."""

    def __init__(self, resolved: ResolvedNetwork):
        self.resolved = resolved

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Network)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=256)
def _first_lookahead_step(key: str, network: _Network, moving: str) -> int | None:
    """Return the first step whose output depends on later tokens, or None."""
    resolved, rng = network.resolved, np.random.default_rng(0)
    weights = _some_weights(resolved, rng)
    X = {name: _some_ids(spec, rng) for name, spec in resolved.inputs.items()}
    n_steps = X[moving].shape[1]
    starts = 1 + np.arange(N_TRIALS) * max(1, n_steps - 1) // N_TRIALS  # first positions with different tokens
    later = np.arange(n_steps) >= starts[:, None]
    other = {**X, moving: np.where(later, _other_ids(X[moving]), X[moving])}
    program = forward(resolved, f"causal {key}")
    before, after = (program(weights, given if len(given) > 1 else given[moving]) for given in (X, other))
    changed = np.abs(before - after).max(axis=-1) > TOLERANCE * np.abs(before).max()
    early = np.flatnonzero((changed & ~later).any(axis=0))
    return int(early[0]) if len(early) else None


def _some_weights(resolved: ResolvedNetwork, rng: np.random.Generator) -> Weights:
    """Return weights that are not close to 0, so that every connection has an effect."""
    values = []
    for variable in skeleton(resolved).variables:
        shape, dtype = tuple(variable.shape), variable.dtype
        scale = 1 / np.sqrt(max(1, np.prod(shape[:-1], initial=1))) if len(shape) > 1 else 1.0
        signs = rng.choice((-1, 1), shape) if len(shape) > 1 else 1
        drawn = rng.uniform(0.5, 1.5, shape) * scale * signs
        values.append(drawn.astype(dtype) if "int" not in dtype else np.zeros(shape, dtype))
    return Weights(values)


def _some_ids(spec: Mapping, rng: np.random.Generator) -> np.ndarray:
    shape = [MAX_STEPS if length is None else length for length in spec["shape"]]
    return rng.integers(1, 3, (N_TRIALS, *shape)).astype(spec["dtype"])


def _other_ids(ids: np.ndarray) -> np.ndarray:
    """Return ids that differ from `ids` (1 or 2) everywhere, without padding (0)."""
    return 3 - ids
