"""Compare training from scratch with pretraining on unlabelled texts: ``python benchmarks/pretraining.py --data DIR``.

DIR contains `sms_spam.csv.gz`, with the columns text and label. For each seed, `NNMaskedLanguageModel` is pretrained on
the training texts. `NNClassifier` is then fine-tuned on some or all labels and scored on the test set. It is compared
with the same network from scratch, and with tf-idf and logistic regression. All times are CPU times.
"""

import argparse
import time
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
from gallery import lined, machine
from gallery_sets import Split, read
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from nnbuild import NNClassifier, NNMaskedLanguageModel

NETWORK = {"max_tokens": 2000, "length": 32}
# Not tuned.
PRETRAINING = {"n_maskings": 10, "epochs": 1, "batch_size": 64}
EPOCHS = {200: 30}  # by number of labels; otherwise 5


class Row(NamedTuple):
    """Accuracies and CPU times of the fits by estimator, for one number of labels."""

    n_labels: int
    scores: dict[str, list[float]]
    fit_s: dict[str, list[float]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of sms_spam.csv.gz")
    parser.add_argument("--seeds", type=int, default=3, help="number of pretrained models, each with its fits")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    split = read(options.data, "sms_spam")
    rows = [Row(n, {}, {}) for n in (200, len(split.y_train))]
    for seed in range(options.seeds):
        started = time.process_time()
        reader = NNMaskedLanguageModel(random_state=seed, **NETWORK, **PRETRAINING).fit(split.X_train)
        pretraining_s = time.process_time() - started
        share, bits = reader.score(split.X_test), reader.bits_per_token(split.X_test)
        print(
            f"pretraining {seed}: {pretraining_s:.0f} s, masked accuracy {share:.3f}, {bits:.2f} bits per token",
            flush=True,
        )
        for row in rows:
            train(row, reader, split, seed)
            print(row, flush=True)
    print("\n".join([*table(rows), "", machine()]))


def train(row: Row, reader: NNMaskedLanguageModel, split: Split, seed: int) -> None:
    """Train all estimators on the same labels, drawn with the seed, and record their scores."""
    X, y = split.X_train, split.y_train
    if row.n_labels < len(y):
        X, _, y, _ = train_test_split(X, y, train_size=row.n_labels, random_state=seed, stratify=y)
    settings = {**NETWORK, "epochs": EPOCHS.get(row.n_labels, 5), "random_state": seed}
    ways = {
        "from scratch": NNClassifier("small_bert", **settings),
        "pretrained": NNClassifier("small_bert", pretrained=reader, **settings),
        "pretrained, body frozen": NNClassifier("small_bert", pretrained=reader, trainable=False, **settings),
        "tf-idf, logistic regression": make_pipeline(
            TfidfVectorizer(sublinear_tf=True), LogisticRegression(C=10, max_iter=1000)
        ),
    }
    for name, estimator in ways.items():
        started = time.process_time()
        estimator.fit(X, y)
        row.fit_s.setdefault(name, []).append(time.process_time() - started)
        row.scores.setdefault(name, []).append(float(estimator.score(split.X_test, split.y_test)))


def table(rows: list[Row]) -> list[str]:
    """Return the lines of the table: mean and standard deviation over seeds, and CPU time per fit."""
    cells = [[f"{row.n_labels:,}", *(cell(row, name) for name in row.scores)] for row in rows]
    return lined(["labels", *rows[0].scores], cells)


def cell(row: Row, name: str) -> str:
    scores = row.scores[name]
    return f"{np.mean(scores):.4f} ± {np.std(scores, ddof=1):.4f}, {np.mean(row.fit_s[name]):.1f} s"


if __name__ == "__main__":
    main()
