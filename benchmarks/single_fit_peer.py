"""Time fits of one network with one package, for `single_fit.py`.

Prints wall and CPU time of the first fit after imports (`cold`), the minimum of the following fits (`warm`), and the
accuracy on the training set.
"""

import json
import sys
import time
import warnings
from importlib import import_module

import numpy as np
from sklearn.datasets import load_digits, make_classification


def main(package: str, way: str, work: str, n_warm: int) -> None:
    """Fit a network once, and then `n_warm` times more."""
    warnings.simplefilter("ignore")
    X, y, settings = WORKS[work]()
    X, y = X.astype("float32"), y.astype("int64")
    for name in import_module(f"peers.{package}").PACKAGES:
        import_module(name)
    own = {"engine": way, "l2": 0.0} if package == "nnbuild" else {}  # other packages have no penalty, or a tiny one
    fit = plain_keras if way == "Model.fit" else estimator
    (cold, score), *others = (timed(fit, package, X, y, {**settings, **own}) for _ in range(1 + n_warm))
    print(json.dumps({"cold": cold, "warm": min(times for times, _ in others), "score": score}))


def timed(fit, *arguments) -> tuple[tuple[float, float], float]:
    """Return wall and CPU time of a fit in seconds, and its score."""
    start, start_computing = time.perf_counter(), time.process_time()
    score = fit(*arguments)
    times = time.perf_counter() - start, time.process_time() - start_computing
    return times, float(score())


def estimator(package, X, y, settings):
    fitted = import_module(f"peers.{package}").make(**settings).fit(X, y)
    return lambda: fitted.score(X, y)


def plain_keras(package, X, y, settings):
    """Fit a Keras model without a wrapper, as in its guides."""
    import keras

    layers = [keras.layers.Dense(units, activation="relu") for units in settings["hidden"]]
    model = keras.Sequential([keras.Input(X.shape[1:]), *layers, keras.layers.Dense(int(y.max()) + 1, "softmax")])
    model.compile(loss="sparse_categorical_crossentropy", optimizer=keras.optimizers.Adam(0.01))
    model.fit(X, y, batch_size=settings["batch_size"], epochs=settings["epochs"], verbose=0)
    return lambda: np.mean(model.predict(X, verbose=0).argmax(axis=1) == y)


def digits():
    X, y = load_digits(return_X_y=True)
    return X[:1198] / 16, y[:1198], {"hidden": (64,), "epochs": 20, "batch_size": 32}


def many_rows():
    X, y = make_classification(100_000, 54, n_informative=20, n_classes=7, random_state=0)
    return X, y, {"hidden": (256, 256), "epochs": 3, "batch_size": 128}


# Network -> function that returns X, y and settings.
WORKS = {"digits": digits, "many rows": many_rows}


if __name__ == "__main__":
    main(*sys.argv[1:4], int(sys.argv[4]))
