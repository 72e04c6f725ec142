"""Whether what a network gives for a step depends on later ones: tried out, whatever its layers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from nnbuild.errors import Problem, RecipeError, show
from nnbuild.plan.model import skeleton
from nnbuild.records import Resolved
from nnbuild.train.common.pool import Weights, forward, network_key

N_TRIALS = 8  # rows that are compared: later steps differ from another place on in each
MOST_STEPS = 32  # that are looked at, where a network takes any number
TOLERANCE = 1e-4  # of the largest value: a product of matrices rounds by its shape


def refuse_foresight(resolved: Resolved, moving: str) -> None:
    """Raise a `RecipeError` for a network that sees tokens before they are written.

    Parameters
    ----------
    resolved : Resolved
        A network of one output, (steps, features).
    moving : str
        Its input that is written token by token.
    """
    if (step := _first_that_sees(network_key(resolved), _Network(resolved), moving)) is not None:
        found = f"the network sees tokens before they are written: what it gives for step {step + 1} of"
        hint = (
            "layers of a decoder look back only: attention with use_causal_mask, convolutions with padding 'causal', "
            "nothing Bidirectional, no pooling over steps"
        )
        raise RecipeError([Problem(("layers",), f"{found} {show(moving)} depends on later ones", hint=hint)])


class _Network:
    """A network as one of a key, by which it is remembered."""

    def __init__(self, resolved: Resolved):
        self.resolved = resolved

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Network)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=256)
def _first_that_sees(key: str, network: _Network, moving: str) -> int | None:
    """The first step whose outputs change with later tokens; None where there is none."""
    resolved, rng = network.resolved, np.random.default_rng(0)
    weights = _some_weights(resolved, rng)
    X = {name: _some_ids(spec, rng) for name, spec in resolved.inputs.items()}
    n_steps = X[moving].shape[1]
    starts = 1 + np.arange(N_TRIALS) * max(1, n_steps - 1) // N_TRIALS  # where tokens begin to differ
    later = np.arange(n_steps) >= starts[:, None]
    other = {**X, moving: np.where(later, _others(X[moving]), X[moving])}
    program = forward(resolved, f"causal {key}")
    before, after = (program(weights, given if len(given) > 1 else given[moving]) for given in (X, other))
    changed = np.abs(before - after).max(axis=-1) > TOLERANCE * np.abs(before).max()
    seen = np.flatnonzero((changed & ~later).any(axis=0))
    return int(seen[0]) if len(seen) else None


def _some_weights(resolved: Resolved, rng: np.random.Generator) -> Weights:
    """Weights of which none is zero, so that whatever is connected shows."""
    values = []
    for variable in skeleton(resolved).variables:
        shape, dtype = tuple(variable.shape), variable.dtype
        spread = 1 / np.sqrt(max(1, np.prod(shape[:-1], initial=1))) if len(shape) > 1 else 1.0
        signs = rng.choice((-1, 1), shape) if len(shape) > 1 else 1
        drawn = rng.uniform(0.5, 1.5, shape) * spread * signs
        values.append(drawn.astype(dtype) if "int" not in dtype else np.zeros(shape, dtype))
    return Weights(values)


def _some_ids(spec: Mapping, rng: np.random.Generator) -> np.ndarray:
    shape = [MOST_STEPS if length is None else length for length in spec["shape"]]
    return rng.integers(1, 3, (N_TRIALS, *shape)).astype(spec["dtype"])


def _others(ids: np.ndarray) -> np.ndarray:
    """Another token for each, none of them padding."""
    return 3 - ids
