"""Compare recommenders on shopping baskets: ``python benchmarks/recommendation.py --data DIR``.

DIR contains groceries.csv.gz, described in README.md. One random item of each basket with two or more items is held
out. The score is the hit rate at 10: the fraction of baskets whose held-out item is among the ten best items that are
not in the basket. All times are CPU times.
"""

import argparse
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from gallery import lined, machine

from nnbuild import NNRecommender
from nnbuild.model_selection import leave_one_out

N_BEST = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of the data set")
    parser.add_argument("--seeds", type=int, default=5, help="number of splits, each with its own fits")
    parser.add_argument("--only", nargs="*", choices=[*BASELINES, *RECIPES], help="by default all")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    pairs = pd.read_csv(options.data / "groceries.csv.gz").drop_duplicates(ignore_index=True)
    found: dict[str, list[tuple[float, float]]] = {}
    for seed in range(options.seeds):
        train, test = (pairs.iloc[rows] for rows in leave_one_out(pairs, seed))
        for name in options.only or [*BASELINES, *RECIPES]:
            found.setdefault(name, []).append(scored(name, train, test, seed))
            print(seed, name, *found[name][-1], flush=True)
    print("\n".join([*table(found), "", f"{len(train):,} training pairs, {len(test):,} baskets. {machine()}"]))


def scored(name: str, train: pd.DataFrame, test: pd.DataFrame, seed: int) -> tuple[float, float]:
    """Return the hit rate of a recommender, and the CPU time of its fit."""
    started = time.process_time()
    if name in RECIPES:
        recommender = NNRecommender(random_state=seed, **RECIPES[name]).fit(train)
        fit_s = time.process_time() - started
        return recommender.score(test), fit_s
    baskets, basket_indices, items = as_tables(train, test)
    scores = BASELINES[name](baskets)
    fit_s = time.process_time() - started
    return hit_rate(scores[basket_indices], baskets[basket_indices], items), fit_s


def as_tables(train: pd.DataFrame, test: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the matrix of baskets and items, and the indices of basket and item of each test pair."""
    baskets, names = pd.factorize(train.iloc[:, 0])
    items, known = pd.factorize(train.iloc[:, 1], sort=True)
    table = np.zeros((len(names), len(known)))
    table[baskets, items] = 1
    return table, pd.Index(names).get_indexer(test.iloc[:, 0]), pd.Index(known).get_indexer(test.iloc[:, 1])


def hit_rate(scores: np.ndarray, baskets: np.ndarray, items: np.ndarray) -> float:
    """Return the hit rate as in `NNRecommender.score`: of items with equal scores, the first is better."""
    own = scores[np.arange(len(items)), items][:, None]
    before = np.arange(scores.shape[1]) < items[:, None]
    higher = ((scores > own) | ((scores == own) & before)) & (baskets == 0)
    return float((higher.sum(axis=1) < N_BEST)[items >= 0].sum() / len(items))


def most_popular(baskets: np.ndarray) -> np.ndarray:
    return np.broadcast_to(baskets.sum(axis=0), baskets.shape)


def item_cosine(baskets: np.ndarray) -> np.ndarray:
    """Return the sum of cosine similarities between each item and the items of the basket."""
    length = np.maximum(np.sqrt(baskets.sum(axis=0)), 1)
    similarity = baskets.T @ baskets / np.outer(length, length)
    np.fill_diagonal(similarity, 0)
    return baskets @ similarity


def linear(baskets: np.ndarray) -> np.ndarray:
    """Return scores of a ridge regression of each item on all others (EASE, Steck 2019, arXiv:1905.03375)."""
    inverse = np.linalg.inv(baskets.T @ baskets + 1000 * np.eye(baskets.shape[1]))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return baskets @ weights


BASELINES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "most popular": most_popular,
    "item-item cosine": item_cosine,
    "linear (EASE)": linear,
}
RECIPES: dict[str, dict] = {
    "`two_tower`": {"recipe": "two_tower"},
    "`neumf`": {"recipe": "neumf"},
    "`neumf`, early stopping": {"recipe": "neumf", "validation_fraction": 0.1, "early_stopping": {"patience": 1}},
    "`item_set`": {"recipe": "item_set", "length": 20},
}


def table(found: dict[str, list[tuple[float, float]]]) -> list[str]:
    """Return the lines of the table: mean and standard error over splits."""
    first = np.array([score for score, _ in next(iter(found.values()))])
    rows = []
    for name, values in found.items():
        scores, fit_s = np.array(values).T
        over = scores - first
        rows.append([name, with_error(scores), with_error(over) if over.any() else "", f"{fit_s.mean():.1f}"])
    return lined(["", f"hit rate at {N_BEST}", f"over {next(iter(found))}", "fit, s"], rows)


def with_error(values: np.ndarray) -> str:
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
    return f"{values.mean():.4f} ± {error:.4f}"


if __name__ == "__main__":
    main()
