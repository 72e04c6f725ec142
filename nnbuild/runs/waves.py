"""A search -> how many of its fits train together before the journal takes note of them."""

from __future__ import annotations

from typing import Any

from nnbuild.errors import NNBuildError
from nnbuild.estimators.base import NNEstimator, network_to_train
from nnbuild.plan.describe import describe
from nnbuild.records import Resolved
from nnbuild.train.common.settings import settings_of

WAVE_S = 60  # what is lost at most where a search is killed, as far as it can be told before
FEWEST, MOST = 4, 256
OPERATIONS_PER_S = 2e10
ROW_S = 5e-7  # of a row besides


def wave_size(estimator: NNEstimator, X: Any, y: Any) -> int:
    """Fits of a wave: about a minute of training, by the multiply-adds of the recipe's own values.

    Notes
    -----
    It is told from recipe and data, not measured, so that the same search has the same waves again: stacks of the same
    fits have the same bits.
    """
    try:
        network = network_to_train(estimator, X, y)
    except (NNBuildError, ValueError):  # candidates may fit where the recipe's own values do not
        return FEWEST
    if network is None:
        return MOST
    return max(FEWEST, min(MOST, round(WAVE_S / fit_s(network, len(y)))))


def fit_s(network: Resolved, n_rows: int) -> float:
    """About how many seconds a training takes.

    Parameters
    ----------
    network : Resolved
    n_rows : int
    """
    operations = 6 * (describe(network).macs or 0)  # forward, and twice as many backward
    return settings_of(network)["epochs"] * n_rows * (operations / OPERATIONS_PER_S + ROW_S)
