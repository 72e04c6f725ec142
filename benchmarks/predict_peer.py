"""Measure predictions of one package, for `predict.py`.

Fits once. For each line of standard input, prints percentiles of the times of calls in milliseconds.
"""

import json
import sys
import time
import warnings
from importlib import import_module

import numpy as np
from sklearn.datasets import load_digits

HIDDEN = (128, 64)
WARM_UP = 20  # calls of a round that are not measured
MAX_S = 3  # per round


def main(package: str, way: str, n_calls: int) -> None:
    """Fit a network on the digits, and time predictions of 1 row and of 1,000 rows until the input ends."""
    warnings.simplefilter("ignore")
    X, y = load_digits(return_X_y=True)
    X = (X / 16).astype("float32")
    fitted = import_module(f"peers.{package}").make(hidden=HIDDEN, epochs=3).fit(X, y)
    predict = WAYS[way](fitted)
    batches = {1: [X[row : row + 1] for row in range(len(X))], 1000: [X[:1000], X[-1000:]]}
    for _ in sys.stdin:
        found = {n_rows: percentiles(predict, given, n_calls) for n_rows, given in batches.items()}
        print(json.dumps(found), flush=True)


def percentiles(predict, batches: list[np.ndarray], n_calls: int) -> dict[str, float]:
    """Return median and 99th percentile of the wall time of calls, and their mean CPU time, in milliseconds."""
    found, computing, end = [], 0.0, time.perf_counter() + MAX_S
    for number in range(WARM_UP + n_calls):
        given = batches[number % len(batches)]
        start, start_computing = time.perf_counter(), time.process_time()
        predict(given)
        if number >= WARM_UP:
            found.append(1000 * (time.perf_counter() - start))
            computing += 1000 * (time.process_time() - start_computing)
        if found and time.perf_counter() > end:
            break
    return {"p50": np.median(found), "p99": np.percentile(found, 99), "cpu": computing / len(found)}


# Methods of prediction.
WAYS = {
    "predict": lambda fitted: fitted.predict,
    "model.predict": lambda fitted: lambda X: fitted.model_.predict(X, verbose=0).argmax(axis=1),
    "model(x)": lambda fitted: lambda X: np.asarray(fitted.model_(X)).argmax(axis=1),
}


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
