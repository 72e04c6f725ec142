"""How long the prediction of one row takes, beside scikit-learn's MLPClassifier with the same layers.

    python benchmarks/predict_one_row.py [n_calls]

Prints the median and the 99th percentile in milliseconds of calls one after the other, all of them warm, and the ratio
of the medians. A Keras model's own `predict` and call stand there for comparison.
"""

import os
import sys
import time
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from nnbuild import NNClassifier

HIDDEN = (128, 64)


def main(n_calls: int = 2000) -> None:
    X, y = load_digits(return_X_y=True)
    X = (X / 16).astype("float32")
    ours = NNClassifier(hidden=list(HIDDEN), epochs=3, random_state=0).fit(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs = MLPClassifier(HIDDEN, max_iter=3, random_state=0).fit(X, y)
    model = ours.model_
    rows = {
        "nnbuild predict": ours.predict,
        "nnbuild predict_proba": ours.predict_proba,
        "scikit-learn predict": theirs.predict,
        "scikit-learn predict_proba": theirs.predict_proba,
        "keras model(X)": lambda row: np.asarray(model(row)),
        "keras model.predict": lambda row: model.predict(row, verbose=0),
    }
    times = {name: milliseconds(predict, X, n_calls) for name, predict in rows.items()}
    base = np.median(times["scikit-learn predict"])
    print(f"{'one row of 64 features':28}{'median':>9}{'p99':>9}{'ratio':>8}")
    for name, values in times.items():
        print(f"{name:28}{np.median(values):9.3f}{np.percentile(values, 99):9.3f}{np.median(values) / base:8.1f}")


def milliseconds(predict, X: np.ndarray, n_calls: int) -> list[float]:
    """Times of calls with one row each, the first ones left out."""
    found = []
    for number in range(n_calls + 50):
        row = X[number % len(X)][None]
        started = time.perf_counter()
        predict(row)
        found.append((time.perf_counter() - started) * 1000)
    return found[50:]


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
