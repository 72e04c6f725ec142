"""Check scikit-learn's estimator contract for one package: ``python contract_peer.py PEER RESULT.json``.

Runs in the environment of the package; `contract.py` creates the environments and combines the results. All checks
use a classifier with one hidden layer of 16 units, created as in the documentation of the package (folder `peers`). An
answer is a boolean and a note. An exception is a negative answer.
"""

import json
import os
import pickle
import random
import sys
import warnings
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.base import clone, is_classifier
from sklearn.datasets import make_classification
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.utils.estimator_checks import check_estimator
from sklearn.utils.validation import has_fit_parameter

N_SAMPLES = 120


def main(name: str, result: str) -> None:
    peer = import_module(f"peers.{name}")
    answers = {}
    for question, ask in QUESTIONS.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            answers[question] = answer(ask, peer)
        print(f"{question}: {answers[question]}", flush=True)
    Path(result).write_text(json.dumps({"versions": versions(peer), "answers": answers}), "utf-8")


def answer(ask, peer) -> list:
    """Return whether the check passes, and a note."""
    try:
        found = ask(peer)
    except NotImplementedError as error:  # not supported, according to the module in `peers`
        return [False, str(error)]
    except Exception as error:  # any error is an answer
        lines = str(error).strip().splitlines() or [""]
        return [False, f"{type(error).__name__}: {lines[0][:90]}"]
    holds, note = found if isinstance(found, tuple) else (found, "")
    return [bool(holds), note]


def versions(peer) -> dict:
    found = {}
    for package in peer.PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # not installed, runs from its checkout
            found[package] = import_module(package).__version__
    return found


def two_blobs(seed=0):
    """Return two separable classes: float32 X of shape (120, 6), and y of 0 and 1."""
    X, y = make_classification(N_SAMPLES, 6, n_informative=4, class_sep=2.0, random_state=seed)
    return X.astype("float32"), y


def coin_tosses(share=0.5):
    """Return labels that are independent of X, so that only weights can change predictions for new samples."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 6)).astype("float32")
    return X[:200], (rng.random(200) < share).astype("int64"), X[200:]


def as_frame(X):
    return pd.DataFrame(X, columns=[f"column_{i}" for i in range(X.shape[1])])


def passed_checks(peer):
    results = check_estimator(peer.make(), on_skip=None, on_fail=None)
    count = [result["status"] for result in results].count
    n_run = count("passed") + count("failed")
    for result in results:
        if result["status"] == "failed":
            print(f"  {result['check_name']}: {str(result['exception'])[:100]!r}")
    return count("passed") == n_run, f"{count('passed')} of {n_run}"


def is_seen_as_classifier(peer):
    return is_classifier(peer.make())


def clone_keeps_settings(peer):
    X, y = two_blobs()
    n_epochs = peer.n_epochs(clone(peer.make(epochs=3)).fit(X, y))
    return n_epochs == 3, "" if n_epochs == 3 else f"{n_epochs} of 3 epochs in a clone"


def fit_leaves_parameters(peer):
    X, y = two_blobs()
    estimator = peer.make(epochs=2)
    before = repr(estimator.get_params(deep=False))
    estimator.fit(X, y)
    return repr(estimator.get_params(deep=False)) == before


def searches_architectures(peer):
    X, y = two_blobs()
    name, values = peer.ARCHITECTURES
    GridSearchCV(peer.make(epochs=2), {name: values}, cv=2, error_score="raise").fit(X, y)
    sizes = {peer.n_weights(peer.make(epochs=1).set_params(**{name: value}).fit(X, y)) for value in values}
    return len(sizes) == len(values), f"`{name}`"


def gives_probabilities(peer):
    X, y = two_blobs()
    p = peer.make().fit(X, y).predict_proba(X)
    return p.shape == (len(y), 2) and np.allclose(p.sum(axis=1), 1, atol=1e-5)


def is_scored_by_area(peer):
    X, y = two_blobs()
    return cross_val_score(peer.make(), X, y, cv=2, scoring="roc_auc", error_score="raise").mean() > 0.8


def takes_text_labels(peer):
    X, y = two_blobs()
    labels = np.array(["no", "yes"])[y]
    return peer.make().fit(X, labels).score(X, labels) > 0.8


def takes_other_numbers(peer):
    X, y = two_blobs()
    for kind in ("float64", "int32"):
        peer.make(epochs=2).fit((10 * X).astype(kind), y).predict((10 * X).astype(kind))
    return True


def takes_images(peer):
    X, y = two_blobs()
    images = np.tile(X[:, :4].reshape(-1, 2, 2, 1), (1, 4, 4, 1))
    make = getattr(peer, "make_for_images", peer.make)
    return make().fit(images, y).score(images, y) > 0.8


def obeys_sample_weight(peer):
    X, y, new = coin_tosses()
    shares = [(peer.make().fit(X, y, sample_weight=1 + 50.0 * (y == k)).predict(new) == k).mean() for k in (0, 1)]
    named = has_fit_parameter(peer.make(), "sample_weight")  # required by AdaBoost and others
    return min(shares) > 0.8, "" if named else "through `**kwargs`, not detected by ensembles"


def obeys_class_weight(peer):
    X, y, new = coin_tosses()
    weights = ({0: 50, 1: 1}, {0: 1, 1: 50})
    shares = [(peer.make_weighted(weight).fit(X, y).predict(new) == k).mean() for k, weight in enumerate(weights)]
    return min(shares) > 0.8


def balances_classes(peer):
    X, y, new = coin_tosses(share=0.1)
    plain, balanced = (e.fit(X, y).predict(new).mean() for e in (peer.make(), peer.make_weighted("balanced")))
    return balanced > plain + 0.1


def takes_numeric_frame(peer):
    X, y = two_blobs()
    return peer.make().fit(as_frame(X), y).score(as_frame(X), y) > 0.8


def takes_text_columns(peer):
    X, y = two_blobs()
    frame = as_frame(X)
    frame["text"] = np.where(X[:, 0] > 0, "above", "below")
    frame["category"] = pd.Series(np.where(X[:, 1] > 0, "high", "low")).astype("category")
    return peer.make().fit(frame, y).score(frame, y) > 0.8


def takes_date_columns(peer):
    X, y = two_blobs()
    frame = as_frame(X)
    frame["date"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(len(y)), unit="D")
    return peer.make().fit(frame, y).score(frame, y) > 0.8


def takes_missing_values(peer):
    X, y = two_blobs()
    frame = as_frame(X)
    frame.iloc[::7, 0] = np.nan
    return peer.make().fit(frame, y).score(frame, y) > 0.8


def checks_column_order(peer):
    X, y = two_blobs()
    frame = as_frame(X)
    fitted = peer.make().fit(frame, y)
    try:
        other = fitted.predict(frame[frame.columns[::-1]])
    except ValueError:
        return True, "refused"
    if np.array_equal(other, fitted.predict(frame)):
        return True, "reordered by name"
    return False, "different predictions without a warning"


def repeats_with_a_seed(peer):
    X, y = two_blobs()
    if peer.SEED is None:
        return False, "no seed parameter"
    first, second = (outputs(peer.make(epochs=5).fit(X, y), X) for _ in range(2))
    return np.array_equal(first, second), f"`{peer.SEED}`"


def leaves_global_state(peer):
    X, y = two_blobs()
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    before = global_state()
    peer.make(epochs=2).fit(X, y).predict(X)
    changed = [name for name, state in global_state().items() if state != before[name]]
    return not changed, ", ".join(changed)


def global_state() -> dict:
    """Return global random states and settings of the imported libraries."""
    state = {
        "environment": dict(os.environ),
        "random": random.getstate(),
        "np.random": pickle.dumps(np.random.get_state()),  # noqa: NPY002
    }
    if "torch" in sys.modules:
        torch = sys.modules["torch"]
        state["torch's generator"] = torch.get_rng_state().numpy().tobytes()
        state["torch's determinism"] = torch.are_deterministic_algorithms_enabled()
    if "tensorflow" in sys.modules:
        from tensorflow.python.eager import context
        from tensorflow.python.framework import config

        state["TensorFlow's seed"] = context.global_seed()
        state["TensorFlow's determinism"] = config.is_op_determinism_enabled()
    return state


def pickles(peer):
    X, y = two_blobs()
    fitted = peer.make(epochs=5).fit(X, y)
    again = pickle.loads(pickle.dumps(fitted))  # noqa: S301
    return np.array_equal(outputs(fitted, X), outputs(again, X))


def stops_early(peer):
    X, y, _ = coin_tosses()
    n_epochs = peer.n_epochs(peer.make_stopping(epochs=200).fit(X, y))
    return n_epochs < 200


def stops_early_in_a_clone(peer):
    X, y, _ = coin_tosses()
    n_epochs = peer.n_epochs(clone(peer.make_stopping(epochs=200)).fit(X, y))
    return 2 < n_epochs < 200, "" if n_epochs > 2 else f"trains {n_epochs} epoch"


def outputs(fitted, X):
    return fitted.predict_proba(X) if hasattr(fitted, "predict_proba") else fitted.predict(X)


# In the order of the table. The first must run before any fit; the slowest is last.
QUESTIONS = {
    "global random state and settings unchanged": leaves_global_state,
    "`is_classifier`": is_seen_as_classifier,
    "`clone` keeps all settings": clone_keeps_settings,
    "`fit` does not change parameters": fit_leaves_parameters,
    "architectures in `GridSearchCV`": searches_architectures,
    "`predict_proba`": gives_probabilities,
    '`scoring="roc_auc"`': is_scored_by_area,
    "string labels": takes_text_labels,
    "X of dtype float64 and int32": takes_other_numbers,
    "X of images (four axes)": takes_images,
    "`sample_weight`": obeys_sample_weight,
    "`class_weight` as a dict": obeys_class_weight,
    '`class_weight="balanced"`': balances_classes,
    "numeric DataFrame": takes_numeric_frame,
    "DataFrame with text and categories": takes_text_columns,
    "DataFrame with dates": takes_date_columns,
    "DataFrame with missing values": takes_missing_values,
    "reordered columns in `predict`": checks_column_order,
    "bit-identical results for the same seed": repeats_with_a_seed,
    "early stopping with a validation split of `fit`": stops_early,
    "early stopping in a clone": stops_early_in_a_clone,
    "equal predictions after pickling": pickles,
    "`check_estimator`: checks passed": passed_checks,
}


if __name__ == "__main__":
    main(*sys.argv[1:])
