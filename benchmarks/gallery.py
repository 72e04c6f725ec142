"""Compare gallery recipes with scikit-learn on real data: ``python benchmarks/gallery.py --data DIR``.

DIR contains the data sets described in README.md; missing ones are skipped. Each recipe is trained with several seeds
and scored on the test set, like the estimators of scikit-learn. The time of an epoch is compared with `Model.fit` of
Keras on the same model. All times are CPU times.
"""

import argparse
import os
import platform
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import sklearn
import tensorflow as tf
from gallery_epochs import computing_s, epoch_costs
from gallery_sets import SETS, Split, found, read
from joblib import Parallel, delayed
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from nnbuild import NNClassifier, stacked


class Work(NamedTuple):
    """Recipe and data set, with changed values of the recipe, target accuracy, and number of timed epochs."""

    data: str
    recipe: str
    settings: Mapping
    target: float
    timed: int = 10


class Row(NamedTuple):
    """Results of a recipe: accuracy per seed, CPU time per fit, and CPU time per epoch by training method."""

    work: Work
    scores: list[float]
    fit_s: float
    epoch_s: dict[str, float]


def main() -> None:
    options = asked()
    warnings.simplefilter("ignore")
    rows, baselines = [], {}
    for name in options.sets:
        split = read(options.data, name)
        titles = TEXT_BASELINES if split.of_texts else BASELINES
        baselines[name] = {title: scored(title, split) for title in titles if (name, title) not in SKIPPED}
        print(f"{name}: {baselines[name]}", flush=True)
        for work in (work for work in WORKS if work.data == name):
            rows.append(measured(work, split, options.seeds))
            print(rows[-1], flush=True)
    splits = {name: str(read(options.data, name)) for name in options.sets}
    lines = [*table(rows, baselines, splits, options.seeds), "", *table_of_baselines(baselines), "", machine()]
    print("\n".join(lines))


def asked() -> argparse.Namespace:
    """Parse the options. The default sets are those in the folder."""
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of the data sets")
    parser.add_argument("--sets", nargs="*", choices=list(SETS), help="by default all in DIR")
    parser.add_argument("--seeds", type=int, default=3, help="number of fits per recipe")
    options = parser.parse_args()
    there = found(options.data)
    options.sets = options.sets or there
    if missing := set(options.sets or SETS) - set(there):
        parser.error(f"no file of {min(missing)} in {options.data}; sets are {', '.join(SETS)}")
    return options


def measured(work: Work, split: Split, n_seeds: int) -> Row:
    """Train with seeds 0, 1, 2 ..., stacked if possible, and time some epochs."""
    estimators = [NNClassifier(work.recipe, random_state=seed, **work.settings) for seed in range(n_seeds)]

    def train() -> None:
        with stacked():
            fit = delayed(lambda estimator: estimator.fit(split.X_train, split.y_train))
            estimators[:] = Parallel()(fit(estimator) for estimator in estimators)

    fit_s = computing_s(train) / n_seeds
    scores = [float(estimator.score(split.X_test, split.y_test)) for estimator in estimators]
    return Row(work, scores, fit_s, epoch_costs(estimators[0], split, work.timed))


def scored(title: str, split: Split) -> tuple[float, float]:
    """Return the accuracy of an estimator of scikit-learn on flat samples, and the CPU time of its fit."""
    estimator, flat = {**BASELINES, **TEXT_BASELINES}[title], split.flat()
    fit_s = computing_s(lambda: estimator.fit(flat.X_train, flat.y_train))
    return float(estimator.score(flat.X_test, flat.y_test)), fit_s


def table(rows: Iterable[Row], baselines: dict, splits: dict, n_seeds: int) -> list[str]:
    """Return the lines of the table of recipes."""
    heads = ["data", "train / test", "recipe", f"accuracy, {n_seeds} seeds", "target", "best baseline", *TIMES]
    cells = []
    for work, scores, fit_s, epoch_s in rows:
        best = max(baselines[work.data], key=baselines[work.data].get)
        beside = f"{baselines[work.data][best][0]:.4f}, {best}"
        score = f"{np.mean(scores):.4f} ± {np.std(scores, ddof=len(scores) > 1):.4f}"
        ours, *keras_s = epoch_s.values()
        times = [f"{fit_s:.1f}", f"{1000 * ours:.0f}", f"{1000 * min(keras_s):.0f}", f"{ours / min(keras_s):.2f}"]
        cells.append([work.data, splits[work.data], f"`{work.recipe}`", score, f"{work.target}", beside, *times])
    return lined(heads, cells)


def table_of_baselines(baselines: dict) -> list[str]:
    """Return the lines of the tables of scikit-learn: accuracy and CPU time of the fit."""
    lines: list[str] = []
    for titles in (BASELINES, TEXT_BASELINES):
        cells = [
            [name, *("{:.4f}, {:.1f} s".format(*scores[title]) if title in scores else "" for title in titles)]
            for name, scores in baselines.items()
            if not scores.keys().isdisjoint(titles)
        ]
        lines += [*([""] if lines and cells else []), *(lined(["data", *titles], cells) if cells else [])]
    return lines


def lined(heads: list[str], rows: Iterable[list[str]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in [heads, ["---"] * len(heads), *rows]]


def machine() -> str:
    packages = f"TensorFlow {tf.__version__}, Keras {keras.__version__}, scikit-learn {sklearn.__version__}"
    return f"Python {platform.python_version()}, {packages}, {os.cpu_count()} CPU cores, {platform.system()}."


TIMES = ["fit, s", "epoch, ms", "`Model.fit`'s, ms", "of `Model.fit`'s"]
CONVOLUTIONS = {"filters": [32, 64, 32]}
# Selected on three validation sets drawn from the training set, among `text_mlp`, `text_cnn`, mean embeddings of words
# and word pairs, tf-idf, words and characters.
CHARACTERS = {"split": "character", "ngrams": 4, "standardize": "lower"}
RECURRENT = {"units": 32, "learning_rate": 0.003, "epochs": 100}
FALLING = {"type": "CosineDecay", "initial_learning_rate": 0.002, "decay_steps": 1250}  # 10 epochs of 8,000 samples
WORKS = [
    Work("mnist_t10k", "small_cnn", {"learning_rate": FALLING, "epochs": 10, "batch_size": 64}, 0.985, timed=1),
    *(
        Work(data, recipe, settings, 0.95, timed)
        for data in ("italy_power_demand", "gun_point", "basic_motions")
        for recipe, settings, timed in [("fcn", CONVOLUTIONS, 20), ("lstm", RECURRENT, 10), ("gru", RECURRENT, 10)]
    ),
    Work("sms_spam", "text_mlp", CHARACTERS, 0.985, timed=4),
    Work("sms_spam", "text_cnn", {"length": 60, "standardize": "lower"}, 0.985, timed=4),
    Work("movie_review_polarity", "text_mlp", {}, 0.86, timed=4),
]
# tf-idf of words, word pairs or character n-grams.
TEXT_BASELINES = {
    f"tf-idf of {title}, logistic regression": make_pipeline(
        TfidfVectorizer(ngram_range=runs, analyzer=analyzer, sublinear_tf=True), LogisticRegression(C=10, max_iter=1000)
    )
    for title, runs, analyzer in [("words", (1, 1), "word"), ("pairs", (1, 2), "word"), ("characters", (1, 4), "char")]
}
# With default parameters. The data is already scaled, as for the recipes.
BASELINES = {
    "logistic regression": LogisticRegression(max_iter=1000),
    "5 nearest neighbours": KNeighborsClassifier(),
    "support vectors": SVC(),
    "random forest": RandomForestClassifier(random_state=0),
    "gradient boosting": HistGradientBoostingClassifier(random_state=0),
}
SKIPPED = {("mnist_t10k", "gradient boosting")}  # more than 100 s of CPU time


if __name__ == "__main__":
    main()
