"""Names of metrics, the kind of accuracy, and the direction of improvement."""

import keras
import numpy as np
import pytest

from nnbuild import catalog
from nnbuild.catalog.facts import metric_facts
from nnbuild.train.common.metrics import directions, make_metrics
from train.nets import classes, regression_net, settings, softmax_net, train


def made(metrics, y_shape=(None,), pred_shape=(None, 3)):
    return make_metrics({"output": (y_shape, pred_shape)}, settings(metrics=metrics))["output"]


def test_all_metrics_but_means_and_sums_have_a_direction():
    assert {name for name in catalog.class_names("metrics") if not metric_facts(name).improves} == {"Mean", "Sum"}


def test_the_table_agrees_with_keras():
    for name in ("AUC", "F1Score", "Hinge", "MeanSquaredError", "R2Score", "Precision", "LogCoshError"):
        ours = metric_facts(name).improves
        assert ours == getattr(getattr(keras.metrics, name)(), "_direction", ours)


def test_names_are_the_same_each_time():
    for _ in range(2):
        assert [metric.name for metric in made(["AUC", {"type": "Precision"}, "mae"])] == ["auc", "precision", "mae"]


@pytest.mark.parametrize(
    ("y_shape", "pred_shape", "kind"),
    [
        ((None,), (None, 3), "SparseCategoricalAccuracy"),
        ((None, 1), (None, 3), "SparseCategoricalAccuracy"),
        ((None, 3), (None, 3), "CategoricalAccuracy"),
        ((None, 1), (None, 1), "BinaryAccuracy"),
        ((None, 7), (None, 7, 3), "SparseCategoricalAccuracy"),
    ],
)
def test_the_kind_of_accuracy_depends_on_shapes(y_shape, pred_shape, kind):
    (metric,) = made(["accuracy"], y_shape, pred_shape)
    assert (type(metric).__name__, metric.name) == (kind, "accuracy")


def test_directions():
    chosen = settings(metrics={"a": ["AUC", "AUC"], "b": ["mae", "accuracy"]})
    assert directions(["a", "b"], chosen) == {
        "loss": "down",
        "a_loss": "down",
        "b_loss": "down",
        "a_auc": "up",
        "a_auc_1": "up",
        "b_mae": "down",
        "b_accuracy": "up",
    }


def test_an_output_without_loss_has_no_curve_of_it():
    chosen = settings(loss={"a": "mse", "b": None}, metrics={"b": ["mae"]})
    assert directions(["a", "b"], chosen) == {"loss": "down", "a_loss": "down", "b_mae": "down"}


@pytest.mark.parametrize("metric", ["R2Score", "AUC"])
def test_metrics_that_make_variables_at_their_first_values(metric):
    X, y = classes()
    model = regression_net(activation="sigmoid")
    p, t = np.array(model(X)), (y == 1).astype(np.float32)[:, None]
    chosen = settings(loss="binary_crossentropy", metrics=[metric, "accuracy", "accuracy"], epochs=1, batch_size=100)
    history = train(model, X, y == 1, chosen)
    assert list(history.curves) == list(directions(["output"], chosen))
    own = getattr(keras.metrics, metric)()
    own.update_state(t, p)
    assert history.curves[catalog.snake_case(metric)][0] == pytest.approx(float(np.mean(own.result())), abs=1e-6)


@pytest.mark.parametrize("name", ["accuracy", "SparseCategoricalCrossentropy"])
def test_a_metric_counts_nothing_where_the_loss_ignores_a_target(name):
    loss = {"type": "SparseCategoricalCrossentropy", "ignore_class": 0}
    shapes = {"output": ((None, 3), (None, 3, 4))}
    (ours,) = make_metrics(shapes, settings(metrics=[name], loss=loss))["output"]
    (all_steps,) = make_metrics(shapes, settings(metrics=[name], loss="sparse_categorical_crossentropy"))["output"]
    y = np.array([[1, 2, 0], [3, 0, 0]])
    predicted = np.random.default_rng(0).dirichlet(np.ones(4), (2, 3)).astype("float32")
    weights = np.array([1.0, 3.0])
    ours.update_state(y, predicted, weights)
    counted, there = np.repeat(weights, [2, 1]), y != 0
    right, likely = predicted.argmax(axis=-1) == y, -np.log(np.take_along_axis(predicted, y[..., None], -1))[..., 0]
    values = right if name == "accuracy" else likely
    assert float(ours.result()) == pytest.approx(np.average(values[there], weights=counted), rel=1e-5)
    all_steps.update_state(y, predicted, weights)
    assert float(all_steps.result()) == pytest.approx(np.average(values.mean(axis=1), weights=weights), rel=1e-5)


def test_one_value_per_class_counts_as_their_mean():
    X, y = classes()
    model, own, targets = softmax_net(), keras.metrics.F1Score(), np.eye(3, dtype=np.float32)[y]
    own.update_state(targets, np.array(model(X)))
    chosen = settings(loss="categorical_crossentropy", metrics=["f1_score"], epochs=1, batch_size=100)
    history = train(model, X, targets, chosen)
    assert history.curves["f1_score"] == (pytest.approx(float(np.mean(own.result())), abs=1e-6),)
