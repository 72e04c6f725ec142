"""Compare quantiles with gradient boosting: ``python benchmarks/quantiles.py TABLE.csv ...``.

Each table is a CSV file with the target in the last column. The first data set is the diabetes data of scikit-learn.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import load_diabetes
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.metrics import mean_pinball_loss
from sklearn.model_selection import train_test_split

from nnbuild import NNRegressor

QUANTILES = [0.1, 0.5, 0.9]
N_SEEDS = 5
FIGURES = ("pinball loss", "below q0.1", "below q0.5", "below q0.9", "between", "crossing")


def main() -> None:
    for name, X, y in data_sets():
        print(f"\n{name}: {len(y):,} rows, {X.shape[1]} columns; means (and deviations) over {N_SEEDS} splits")
        print(f"{'':18}" + "".join(f"{figure:>18}" for figure in FIGURES))
        found = [split(X, y, seed) for seed in range(N_SEEDS)]
        for package in found[0]:
            values = np.array([of_split[package] for of_split in found])
            cells = zip(values.mean(axis=0), values.std(axis=0, ddof=1), strict=True)
            print(f"{package:18}" + "".join(f"{f'{mean:.4f} ({deviation:.4f})':>18}" for mean, deviation in cells))


def data_sets() -> Iterator[tuple[str, pd.DataFrame, np.ndarray]]:
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    yield "diabetes", X, y.to_numpy()
    for path in sys.argv[1:]:
        table = pd.read_csv(path)
        X, y = table.iloc[:, :-1], table.iloc[:, -1].to_numpy()
        texts = X.select_dtypes(exclude="number").columns
        yield Path(path).name.partition(".")[0], X.astype(dict.fromkeys(texts, "category")), y


def split(X: pd.DataFrame, y: np.ndarray, seed: int) -> dict[str, list[float]]:
    """Return the scores of both packages on a test set of 25 %."""
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=seed)
    loss = {"type": "Quantile", "quantiles": QUANTILES}
    network = NNRegressor("mlp", loss=loss, early_stopping=False, random_state=seed).fit(X_train, y_train)
    trees = [
        HistGradientBoostingRegressor(loss="quantile", quantile=quantile, random_state=seed).fit(X_train, y_train)
        for quantile in QUANTILES
    ]
    unit = y_train.std()
    return {
        "NNRegressor": figures(y_test, network.predict_quantiles(X_test), unit),
        "gradient boosting": figures(y_test, np.column_stack([tree.predict(X_test) for tree in trees]), unit),
    }


def figures(y: np.ndarray, found: np.ndarray, unit: float) -> list[float]:
    """Return pinball loss in standard deviations of y, coverages, and the fraction of crossing quantiles."""
    losses = [mean_pinball_loss(y, found[:, place], alpha=quantile) / unit for place, quantile in enumerate(QUANTILES)]
    below = (y[:, np.newaxis] <= found).mean(axis=0)
    within = ((y >= found[:, 0]) & (y <= found[:, -1])).mean()
    return [float(np.mean(losses)), *below, within, (np.diff(found) < 0).any(axis=1).mean()]


if __name__ == "__main__":
    main()
