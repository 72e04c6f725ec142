"""Items for shopping baskets, beside simple recommenders: ``python benchmarks/recommendation.py --data DIR``.

DIR holds groceries.csv.gz, which README.md describes. Of each basket with two items or more, one is left out at random;
the score is the share of those baskets whose left-out item is among the first ten of all items that the basket does not
hold. All seconds are those of the processors.
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
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of the set")
    parser.add_argument("--seeds", type=int, default=5, help="splits, each with a training of its own")
    parser.add_argument("--only", nargs="*", choices=[*BASELINES, *RECIPES], help="by default all of them")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    pairs = pd.read_csv(options.data / "groceries.csv.gz").drop_duplicates(ignore_index=True)
    found: dict[str, list[tuple[float, float]]] = {}
    for seed in range(options.seeds):
        train, test = (pairs.iloc[rows] for rows in leave_one_out(pairs, seed))
        for name in options.only or [*BASELINES, *RECIPES]:
            found.setdefault(name, []).append(scored(name, train, test, seed))
            print(seed, name, *found[name][-1], flush=True)
    print("\n".join([*table(found), "", f"{len(train):,} pairs to learn from, {len(test):,} baskets. {machine()}"]))


def scored(name: str, train: pd.DataFrame, test: pd.DataFrame, seed: int) -> tuple[float, float]:
    """The hit rate of a recommender, and seconds of its fit."""
    started = time.process_time()
    if name in RECIPES:
        recommender = NNRecommender(random_state=seed, **RECIPES[name]).fit(train)
        fit_s = time.process_time() - started
        return recommender.score(test), fit_s
    baskets, asked, items = as_tables(train, test)
    scores = BASELINES[name](baskets)
    fit_s = time.process_time() - started
    return hit_rate(scores[asked], baskets[asked], items), fit_s


def as_tables(train: pd.DataFrame, test: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which basket holds which item, and the basket and the item of each pair of the test."""
    baskets, names = pd.factorize(train.iloc[:, 0])
    items, known = pd.factorize(train.iloc[:, 1], sort=True)
    table = np.zeros((len(names), len(known)))
    table[baskets, items] = 1
    return table, pd.Index(names).get_indexer(test.iloc[:, 0]), pd.Index(known).get_indexer(test.iloc[:, 1])


def hit_rate(scores: np.ndarray, baskets: np.ndarray, items: np.ndarray) -> float:
    """As `NNRecommender.score` has it: of items that score the same, the first in order comes first."""
    own = scores[np.arange(len(items)), items][:, None]
    before = np.arange(scores.shape[1]) < items[:, None]
    higher = ((scores > own) | ((scores == own) & before)) & (baskets == 0)
    return float((higher.sum(axis=1) < N_BEST)[items >= 0].sum() / len(items))


def most_popular(baskets: np.ndarray) -> np.ndarray:
    return np.broadcast_to(baskets.sum(axis=0), baskets.shape)


def item_cosine(baskets: np.ndarray) -> np.ndarray:
    """Of each item, the sum of its cosines with those of the basket."""
    length = np.maximum(np.sqrt(baskets.sum(axis=0)), 1)
    likeness = baskets.T @ baskets / np.outer(length, length)
    np.fill_diagonal(likeness, 0)
    return baskets @ likeness


def linear(baskets: np.ndarray) -> np.ndarray:
    """A ridge regression of each item on all others (EASE, Steck 2019, arXiv:1905.03375)."""
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
    """Lines of the table: mean and standard error over splits."""
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
