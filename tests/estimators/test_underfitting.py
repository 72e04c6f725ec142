"""A fit warns if its network is not better than a constant prediction."""

import warnings

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.model_selection import GridSearchCV

from few import few_of
from nnbuild import NNClassifier, NNRegressor
from nnbuild.catalog.facts.losses import LOSSES
from nnbuild.errors import UnderfittingWarning
from nnbuild.estimators.underfitting import CONSTANTS, _constant_loss
from nnbuild.tasks.losses import OF_REGIONS
from nnbuild.tasks.rows import TASKS, TRAINED_TASKS
from nnbuild.train.common.batches import make_data
from plain import PLAIN

rng = np.random.default_rng(0)
X = rng.normal(size=(40, 3))
SIGN = (X[:, 0] > 0).astype(int)
CLASSES = np.digitize(X[:, 0], [-0.5, 0.5])
STILL = {"hidden": [4], "epochs": 10, "batch_size": 16, "learning_rate": 1e-7, "random_state": 0}
HINT = (
    "\n  hint: train longer (epochs), change learning_rate, scale X, or use another recipe; "
    "if X has no information about y, no network is better"
)


def warnings_of(function):
    """Messages of the warnings of a call."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        function()
    assert {one.category for one in caught} <= {UnderfittingWarning}
    return [str(one.message) for one in caught]


def message(score, constant, of="the most frequent class"):
    return [f"the network is not clearly better than a constant prediction: {score}, {constant} for {of}{HINT}"]


@pytest.mark.parametrize("engine", few_of(["keras", "compiled"], "compiled"))
def test_an_ensemble_at_chance_warns_once(engine):
    classifier = NNClassifier(PLAIN, n_members=3, engine=engine, **STILL)
    found = warnings_of(lambda: classifier.fit(X, CLASSES))
    share = np.bincount(CLASSES).max() / 40
    assert found == message(f"accuracy {classifier.score(X, CLASSES):.3f} on the training samples", f"{share:.3f}")


def test_out_of_fold_predictions_and_sample_weights_count():
    weights = np.where(CLASSES == 2, 5.0, 1.0)
    classifier = NNClassifier(PLAIN, training__ensemble={"folds": 2}, **STILL)
    found = warnings_of(lambda: classifier.fit(X, CLASSES, sample_weight=weights))
    share = weights[CLASSES == 2].sum() / weights.sum()
    assert found == message(f"accuracy {classifier.oof_score_:.3f} of the out-of-fold predictions", f"{share:.3f}")


def test_a_regressor_is_compared_with_the_mean():
    regressor = NNRegressor(PLAIN, **STILL)
    with pytest.warns(UnderfittingWarning) as caught:
        regressor.fit(X, X[:, 0])
    score = f"R2 {regressor.score(X, X[:, 0]):.3f} on the training samples"
    assert [str(one.message) for one in caught] == message(score, "0.000", "the mean of y")
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    ("kind", "y", "settings"),
    [
        (NNClassifier, SIGN, {"learning_rate": 0.1}),
        (NNClassifier, SIGN, {"epochs": 6}),  # 18 steps
        (NNRegressor, np.full(40, 3.0), {}),
        (NNClassifier, np.ones(40), {}),
    ],
    ids=["learned", "short", "constant target", "one class"],
)
def test_no_warning(kind, y, settings):
    assert warnings_of(lambda: kind(PLAIN, **{**STILL, **settings}).fit(X, y)) == []


def test_no_warning_in_partial_fit_and_in_parallel_calls():
    classifier = NNClassifier(PLAIN, **STILL)
    assert warnings_of(lambda: [classifier.partial_fit(X, SIGN) for _ in range(20)]) == []
    search = GridSearchCV(classifier, {"learning_rate": [1e-7, 1e-8]}, cv=2, n_jobs=2, refit=False)
    with parallel_config(backend="nnbuild"):
        assert warnings_of(lambda: search.fit(X, SIGN)) == []
    search.set_params(n_jobs=None, refit=True, param_grid={"learning_rate": [1e-7]})
    assert len(warnings_of(lambda: search.fit(X, SIGN))) == 3  # one for each fit


LOGITS = {"from_logits": True}


@pytest.mark.parametrize(
    ("task", "y", "loss", "expected"),
    [
        ("binary", [0, 1, 1, 1], "binary_crossentropy", "entropy"),
        ("binary", [0, 1, 1, 1], {"type": "BinaryCrossentropy", **LOGITS}, "entropy"),
        ("binary", [0, 1, 1, 1], "sparse_categorical_crossentropy", "entropy"),
        ("multiclass", [0, 2, 2, 2], {"type": "SparseCategoricalCrossentropy", **LOGITS}, "entropy"),
        ("multiclass", [0, 2, 2, 2], "categorical_crossentropy", "entropy"),
        ("segmentation", [[[0, 0]], [[1, 1]], [[1, 1]], [[1, 1]]], "sparse_categorical_crossentropy", "entropy"),
        ("multilabel", [[0.0, 0], [1, 1], [1, 1], [1, 1]], "binary_crossentropy", "entropy"),
        ("regression", [[0.0], [1], [1], [4]], "mse", 2.25),
        ("regression", [[0.0], [1], [1], [4]], "mae", 1.0),
        ("regression", [[0.0], [1], [1], [1]], {"type": "Quantile", "quantiles": [0.5]}, 0.125),
    ],
    ids=str,
)
def test_loss_of_the_best_constant(task, y, loss, expected):
    """Weights of one half are those of single samples: all losses are weighted means."""
    share = 0.75
    entropy = -share * np.log(share) - (1 - share) * np.log(1 - share)
    data = make_data(np.zeros((4, 1)), np.array(y), np.full(4, 0.5), ["y"])
    found = _constant_loss(data, {"loss": loss, "label_smoothing": 0.0}, task)
    assert found == pytest.approx(entropy if expected == "entropy" else expected, abs=1e-5)


def test_every_loss_has_a_constant_prediction():
    given = {"Quantile": {"quantiles": [0.2, 0.5]}, "Tweedie": {"power": 1.5}}
    of_task = {"binary": [0, 1, 1], "multiclass": [0, 1, 2], "multilabel": [[0.0, 1], [1, 0], [1, 1]]}
    for task, row in TASKS.items():
        for loss in row.losses & (LOSSES.keys() - OF_REGIONS) if task in CONSTANTS else ():
            y = np.array(
                of_task.get(task, [[1.0], [2], [4]]), None if task in ("multilabel", "regression") else "int32"
            )
            data = make_data(np.zeros((3, 1)), y, None, ["y"])
            settings = {"loss": {"type": loss, **given.get(loss, {})}, "label_smoothing": 0.0}
            assert np.isfinite(_constant_loss(data, settings, task)), (task, loss)


def test_every_task_of_classifiers_and_regressors_has_a_constant_prediction():
    assert set(CONSTANTS) == {*TRAINED_TASKS} - {"tokens"}
