"""Run one grid search with one package, for `grid_search.py`.

Prints wall and CPU time of `GridSearchCV.fit` without refit, after imports only, and the mean test scores.
"""

import json
import os
import sys
import time
import warnings
from contextlib import nullcontext
from importlib import import_module

import joblib
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV


def main(package: str, backend: str, n_jobs: int, epochs: int, n_rates: int, work: str, programs: str = "") -> None:
    """Search learning rates, and four architectures for "digits", with 3 folds; `programs` is a folder of nnbuild."""
    warnings.simplefilter("ignore")
    if programs:
        os.environ["NNBUILD_CACHE_DIR"] = programs
        import_module("nnbuild.cache").enable()
    peer = import_module(f"peers.{package}")
    X, y = DATA[work]()
    grid: dict = {peer.LEARNING_RATE: np.geomspace(1e-3, 1e-2, n_rates).tolist()}
    if work == "digits":
        estimator = peer.make(epochs=epochs)
        grid[peer.ARCHITECTURES[0]] = [[32], [64], [128], [64, 64]]
    else:
        estimator = peer.make_network(work, epochs)
    search = GridSearchCV(estimator, grid, cv=3, refit=False, n_jobs=n_jobs, error_score="raise")
    together = joblib.parallel_config(backend=backend, n_jobs=None) if backend else nullcontext()
    start, cpu_start = time.perf_counter(), time.process_time()
    with together:
        search.fit(X, y)
    found = {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu_start}
    scores = search.cv_results_["mean_test_score"]
    print(json.dumps({**found, "mean": float(np.mean(scores)), "best": float(np.max(scores))}))


def digits() -> tuple[np.ndarray, np.ndarray]:
    """Return 8x8 images as rows of 64 pixels."""
    X, y = load_digits(return_X_y=True)
    return (X / 16).astype("float32"), y


def images() -> tuple[np.ndarray, np.ndarray]:
    """Return the digits as images with one channel."""
    X, y = digits()
    return X.reshape(-1, 8, 8, 1), y


def series() -> tuple[np.ndarray, np.ndarray]:
    """Return noisy waves of three frequencies: 1,200 series of 24 steps and 3 channels."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 1200)
    phases = np.arange(24)[:, None] * (0.2 + 0.2 * y[:, None, None]) + rng.uniform(0, 6, (1200, 1, 3))
    return (np.sin(phases) + rng.normal(0, 0.5, phases.shape)).astype("float32"), y


DATA = {"digits": digits, "cnn": images, "lstm": series}


if __name__ == "__main__":
    main(*sys.argv[1:3], *map(int, sys.argv[3:6]), *sys.argv[6:])
