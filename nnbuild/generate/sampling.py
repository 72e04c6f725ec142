"""Choose the next token from the output of a network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnbuild.errors import show
from nnbuild.parameter_checks import checked_count, is_real


@dataclass(frozen=True)
class Sampling:
    """Settings for choosing the next token.

    Attributes
    ----------
    temperature : float
        Divides the log-probabilities: below 1 probable tokens are chosen more often, above 1 less often. With 0, the
        most probable token is chosen.
    top_k : int or None
        Choose among this number of most probable tokens.
    top_p : float or None
        Choose among the most probable tokens that together have this probability (nucleus sampling: Holtzman et al.,
        "The curious case of neural text degeneration", arXiv:1904.09751, section 3.1).
    """

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None

    def check(self) -> None:
        """Raise a `ValueError` for invalid values."""
        if not is_real(self.temperature) or self.temperature < 0:
            found = f"temperature must be a number of 0 or more, got {show(self.temperature)}"
            raise ValueError(
                f"{found}\n  hint: 0 selects the most probable token, 1 samples from the predicted probabilities"
            )
        if self.top_k is not None:
            checked_count("top_k", self.top_k)
        if self.top_p is not None and not (is_real(self.top_p) and 0 < self.top_p <= 1):
            raise ValueError(f"top_p must be a number above 0 and at most 1, or None, got {show(self.top_p)}")

    def probabilities(self, logits: np.ndarray) -> np.ndarray:
        """Return the probability of choosing each token.

        Parameters
        ----------
        logits : array of shape (n_tokens,)
            Log-probabilities up to a constant; minus infinity for tokens that must not be chosen.
        """
        logits = logits.astype("float64")
        order = np.argsort(-logits, kind="stable")
        if self.temperature == 0:
            return np.eye(len(logits))[order[0]]
        with np.errstate(over="ignore"):  # overflow to -inf at temperatures near 0
            ranked = (logits[order] - logits[order[0]]) / self.temperature
        found = np.exp(ranked)
        if self.top_k is not None:
            found[self.top_k :] = 0
        found /= found.sum()
        if self.top_p is not None:
            found[np.cumsum(found) - found >= self.top_p] = 0  # more probable tokens already have probability top_p
            found /= found.sum()
        return found[np.argsort(order, kind="stable")]

    def drawn(self, logits: np.ndarray, rng: np.random.Generator) -> int:
        """Draw a token id."""
        chances = np.cumsum(self.probabilities(logits))
        return int(np.searchsorted(chances, rng.random() * chances[-1], side="right"))
