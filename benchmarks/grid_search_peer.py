"""One grid search by one package, in its own environment; `grid_search.py` runs it.

Prints seconds of `GridSearchCV.fit` without the refit, in a process that has done its imports and nothing else, and the
mean test scores.
"""

import json
import sys
import time
import warnings
from contextlib import nullcontext
from importlib import import_module

import joblib
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV


def main(package: str, backend: str, n_jobs: int, epochs: int, n_rates: int) -> None:
    """Search 4 architectures by `n_rates` learning rates in 3 folds of the digits."""
    warnings.simplefilter("ignore")
    peer = import_module(f"peers.{package}")
    X, y = load_digits(return_X_y=True)
    X = (X / 16).astype("float32")
    rates = np.geomspace(1e-3, 1e-2, n_rates).tolist()
    grid = {peer.ARCHITECTURES[0]: [[32], [64], [128], [64, 64]], peer.LEARNING_RATE: rates}
    search = GridSearchCV(peer.make(epochs=epochs), grid, cv=3, refit=False, n_jobs=n_jobs, error_score="raise")
    together = joblib.parallel_config(backend=backend, n_jobs=None) if backend else nullcontext()
    start = time.perf_counter()
    with together:
        search.fit(X, y)
    seconds = time.perf_counter() - start
    scores = search.cv_results_["mean_test_score"]
    print(json.dumps({"seconds": seconds, "mean": float(np.mean(scores)), "best": float(np.max(scores))}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
