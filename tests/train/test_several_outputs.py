"""Several outputs in both engines: weights by output, missing targets, and losses weighted by their uncertainty."""

from functools import cache

import numpy as np
import pytest
import tensorflow as tf

from nnbuild import resolve
from nnbuild.keras_layers import LogVariance, MemberAverage
from nnbuild.train.common.losses import Objective
from nnbuild.train.common.member import Member
from nnbuild.train.common.settings import settings_of
from nnbuild.train.common.splits import training_and_validation
from nnbuild.train.keras.trainer import train_member
from train.nets import classes
from train.stacks import assert_like_separate

X, KIND = classes(29)
TARGETS = {"kind": KIND, "size": X[:, :1] * 2.0}
KNOWN = {"kind": np.arange(29) % 3 > 0, "size": np.arange(29) < 20}
WEIGHTS = np.linspace(0.5, 1.5, 29)
HELD_OUT = np.arange(0, 29, 4)


@cache
def network(weighting="fixed", layer="BatchNormalization"):
    recipe = {
        "layers": [{"type": "Dense", "units": 5, "activation": "tanh"}, {"type": layer}],
        "outputs": {
            "kind": {"metrics": ["accuracy"], "class_weight": {"1": 2.0}},
            "size": {"weight": 0.3, "metrics": ["mae"]},
        },
        "training": {
            "epochs": 3, "batch_size": 8, "optimizer": {"type": "AdamW", "weight_decay": 0.1},
            "learning_rate": 0.01, "loss_weighting": weighting,
        },
    }  # fmt: skip
    return resolve(recipe, (4,), task={"kind": "multiclass", "size": "regression"}, n_outputs={"kind": 3, "size": 1})


def member(resolved, seed=0, y=TARGETS, known=KNOWN, validation=HELD_OUT):
    weights = {name: WEIGHTS * known[name] for name in y}
    class_weight = {"kind": resolved.outputs["kind"]["class_weight"]}
    data = training_and_validation(list(resolved.outputs), X, y, class_weight, weights, validation)
    return Member(resolved, settings_of(resolved), seed, *data)


@pytest.mark.parametrize("weighting", ["fixed", "uncertainty"])
def test_a_stack_equals_single_trainings(weighting):
    """Missing targets, sample and class weights, layers of whole batches, a smaller last batch, validation."""
    outcomes = assert_like_separate([member(network(weighting), seed) for seed in (0, 1)])
    assert outcomes[0].history.curves.keys() == {
        *(f"{prefix}{name}" for prefix in ("", "val_") for name in (
            "loss", "kind_loss", "size_loss", "kind_accuracy", "size_mae")),
    }  # fmt: skip


def test_missing_targets_have_no_effect():
    """Their values do not matter, nor do samples without any target."""
    changed = {"kind": np.where(KNOWN["kind"], KIND, 2), "size": np.where(KNOWN["size"][:, None], X[:, :1] * 2.0, 9.0)}
    resolved = network(layer="Identity")
    plain, other = (train_member(member(resolved, y=y)) for y in (TARGETS, changed))
    assert plain.history.curves == other.history.curves
    both = {name: known & (np.arange(29) != 3) for name, known in KNOWN.items()}
    assert not any(known[3] for known in both.values())
    assert 3 not in member(resolved, known=both).training.rows


def test_the_objective_is_the_weighted_sum_of_means():
    objective = Objective.of(["a", "b"], settings_of_losses({"a": 2.0, "b": 0.5}), "float32")
    y = {"a": tf.constant([[1.0], [2.0], [9.0]]), "b": tf.constant([[0.0], [9.0], [9.0]])}
    y_pred = {"a": tf.constant([[0.0], [0.0], [0.0]]), "b": tf.constant([[3.0], [0.0], [0.0]])}
    weights = {"a": tf.constant([1.0, 3.0, 0.0]), "b": tf.constant([2.0, 0.0, 0.0])}
    total, terms, parts = objective.values(y, y_pred, weights, [tf.constant(0.25)])
    assert [float(part) for part in parts] == [(1 + 3 * 4) / 4, 9.0]
    assert [float(term) for term in terms] == [2 * 3.25 + 0.25, 4.5]
    assert float(total) == 2 * 3.25 + 4.5 + 0.25
    nothing = {"a": weights["a"], "b": tf.zeros(3)}
    assert float(objective.values(y, y_pred, nothing, []).total) == 2 * 3.25


def test_log_variances_weight_losses():
    """exp(-s) L + s / 2, with half of exp(-s) L for numbers (Kendall et al.); predictions of members are passed on."""
    objective = Objective.of(["a", "b"], settings_of_losses(None, "sparse_categorical_crossentropy"), "float32")
    layer = LogVariance()
    members = tf.constant([[[1.0], [3.0]]])
    assert layer(members).numpy().tolist() == members.numpy().tolist()
    layer.log_variance.assign(0.7)
    shares = tf.constant([[0.25, 0.75]])
    y = {"a": tf.constant([[0.0]]), "b": tf.constant([1])}
    y_pred = {"a": layer(MemberAverage()(members, training=True)), "b": layer(shares)}
    _, terms, parts = objective.values(y, y_pred, dict.fromkeys(y, tf.ones(1)), [])
    mean_loss, entropy = (1 + 9) / 2, -np.log(0.75)
    assert [float(part) for part in parts] == pytest.approx([mean_loss, entropy])
    expected = [np.exp(-0.7) * mean_loss / 2 + 0.35, np.exp(-0.7) * entropy + 0.35]
    assert [float(term) for term in terms] == pytest.approx(expected)
    nothing = objective.values(y, y_pred, {"a": tf.zeros(1), "b": tf.ones(1)}, [])
    assert [float(term) for term in nothing.terms] == pytest.approx([0.0, expected[1]])


def test_losses_of_an_epoch_are_means_over_the_samples_with_a_target():
    """Each batch of the validation set has other shares of them."""
    outcome = train_member(member(network(layer="Identity")))
    curves = {name: np.array(curve) for name, curve in outcome.history.curves.items()}
    np.testing.assert_allclose(curves["val_loss"], curves["val_kind_loss"] + 0.3 * curves["val_size_loss"], rtol=1e-6)


@pytest.mark.parametrize(
    ("rows", "what"), [(HELD_OUT, "validation set"), (np.delete(np.arange(29), HELD_OUT), "training set")]
)
def test_an_output_without_targets_is_an_error(rows, what):
    known = {**KNOWN, "size": ~np.isin(np.arange(29), rows)}
    with pytest.raises(ValueError, match=rf"^output 'size' has no target in the {what}\n  hint: "):
        member(network(layer="Identity"), known=known)


def settings_of_losses(weights, loss_of_b="mse"):
    return {"loss": {"a": "mse", "b": loss_of_b}, "loss_weights": weights, "label_smoothing": 0.0}
