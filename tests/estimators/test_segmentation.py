"""A class for each pixel: y of shape (n_samples, height, width)."""

import pickle
from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf
from joblib import parallel_config
from sklearn.base import clone
from sklearn.metrics import make_scorer
from sklearn.model_selection import GridSearchCV, cross_val_score

import nnbuild
from benchmarks.roads.scenes import make_road_scenes
from estimators.samples import message_of, same_bits
from few import few_of
from nnbuild import ModelFileError, NNClassifier, RecipeError
from nnbuild.metrics import mean_iou
from plain import PLAIN

SIDE = 10
NAMES = np.array(["car", "road", "sky"])
RECIPE = {
    "params": {"filters": 4},
    "layers": [{"type": "Conv2D", "filters": "$filters", "kernel_size": 3, "padding": "same", "activation": "relu"}],
    "training": {"optimizer": "adam", "learning_rate": 0.02, "epochs": 3, "batch_size": 8},
}


def scenes(n=29, n_classes=3, seed=0):
    """Images, and the channel that is brightest around each pixel: the last class is rare."""
    images = np.random.default_rng(seed).normal(size=(n, SIDE, SIDE, 3)).astype("float32")
    around = images + np.roll(images, 1, axis=1) + np.roll(images, 1, axis=2)
    return images, (around - [0, 0, 2])[..., :n_classes].argmax(axis=-1)


X, Y = scenes()
CLASS_WEIGHT = {0: 1, 1: 0.5, 2: 6}
WEIGHTS = np.random.default_rng(1).uniform(0.5, 2, len(X))


def network(**params):
    return NNClassifier(RECIPE, random_state=0, **params)


@pytest.fixture(scope="module")
def fitted():
    return network().fit(X, NAMES[Y])


def test_each_pixel_has_a_label(fitted):
    assert fitted.classes_.tolist() == ["car", "road", "sky"]
    assert fitted.n_outputs_ == 3
    predicted, probabilities = fitted.predict(X), fitted.predict_proba(X)
    assert predicted.shape == Y.shape
    assert probabilities.shape == (*Y.shape, 3)
    np.testing.assert_allclose(probabilities.sum(axis=-1), 1, atol=1e-6)
    np.testing.assert_array_equal(predicted, NAMES[probabilities.argmax(axis=-1)])
    assert fitted.recipe_.task == "segmentation"
    assert fitted.recipe_.nodes[-1].arguments["activation"] == "softmax"


def test_it_trains_as_keras_does(fitted):
    estimator = network(shuffle=False).fit(X, Y)
    model = nnbuild.build(estimator.recipe_, seed=0, compile=True)
    curve = model.fit(X, Y, batch_size=8, epochs=3, shuffle=False, verbose=0).history["loss"]
    np.testing.assert_allclose(estimator.predict_proba(X), np.array(model(X)), atol=1e-5)
    np.testing.assert_allclose(estimator.history_.curves["loss"], curve, rtol=1e-4)


@pytest.mark.parametrize("class_weight", few_of([None, CLASS_WEIGHT, "balanced"], CLASS_WEIGHT, "balanced"))
def test_weights_are_those_of_pixels(class_weight):
    """Beside a loop of its own: of each batch, sum(w l) / sum(w) over all pixels."""
    estimator = network(shuffle=False, class_weight=class_weight, optimizer="sgd", learning_rate=0.1)
    estimator.fit(X, Y, sample_weight=WEIGHTS)
    spread = np.broadcast_to(WEIGHTS[:, None, None], Y.shape)
    if class_weight == "balanced":
        counts = np.bincount(Y.ravel(), spread.ravel())
        class_weight = dict(enumerate(counts.sum() / (3 * counts)))
    factors = np.array([1, 1, 1] if class_weight is None else list(class_weight.values()))
    weights = spread * factors[Y]
    model = nnbuild.build(estimator.recipe_, seed=0)
    losses = [by_hand(model, weights) for _ in range(3)]
    np.testing.assert_allclose(estimator.predict_proba(X), np.array(model(X)), atol=1e-5)
    np.testing.assert_allclose(estimator.history_.curves["loss"], losses, rtol=1e-5)


def by_hand(model, weights, batch_size=8, learning_rate=0.1):
    """One epoch of plain gradient descent; the mean loss over all weights."""
    total = 0.0
    for start in range(0, len(X), batch_size):
        rows = slice(start, start + batch_size)
        w = tf.constant(weights[rows], tf.float32)
        with tf.GradientTape() as tape:
            values = keras.losses.sparse_categorical_crossentropy(Y[rows], model(X[rows], training=True))
            loss = tf.reduce_sum(w * values) / tf.reduce_sum(w)
        for variable, gradient in zip(
            model.trainable_variables, tape.gradient(loss, model.trainable_variables), strict=True
        ):
            variable.assign_sub(learning_rate * gradient)
        total += float(loss) * float(tf.reduce_sum(w))
    return total / weights.sum()


def test_pixels_of_weight_zero_do_not_count():
    """Labels of classes with weight 0 may be exchanged without an effect."""
    first, second = Y.copy(), Y.copy()
    first[:, 0], second[:, 0] = 3, 4
    weights = {0: 1, 1: 1, 2: 1, 3: 0, 4: 0}
    first[0, 1], second[0, 1] = 4, 3  # so that both have all classes
    one, other = (network(class_weight=weights, epochs=2).fit(X, labels) for labels in (first, second))
    np.testing.assert_array_equal(one.predict_proba(X), other.predict_proba(X))


def test_the_score_is_the_share_of_pixels(fitted):
    right = (fitted.predict(X) == NAMES[Y]).mean(axis=(1, 2))
    assert fitted.score(X, NAMES[Y]) == pytest.approx(right.mean())
    assert fitted.score(X, NAMES[Y], WEIGHTS) == pytest.approx(np.average(right, weights=WEIGHTS))


def test_validation_and_early_stopping():
    estimator = network(validation_fraction=0.3, early_stopping={"patience": 1}, epochs=30, learning_rate=0.2)
    curves = estimator.fit(X, Y).history_.curves
    assert estimator.history_.stopped == "early_stopping"
    assert estimator.best_epoch_ == np.argmin(curves["val_loss"]) + 1 < len(curves["val_loss"])
    given = network(epochs=1, metrics=["accuracy"]).fit(X, Y, X_val=X, y_val=Y)
    assert given.history_.curves["val_accuracy"][0] == pytest.approx(given.score(X, Y), abs=1e-6)


def test_overlap_as_a_metric_of_training():
    """Keras' metric, weighted by samples as all others are: equal to the plain function."""
    metric = {"type": "OneHotMeanIoU", "num_classes": 3}
    estimator = network(metrics=[metric]).fit(X, Y, X_val=X, y_val=Y, sample_weight_val=WEIGHTS)
    last = estimator.history_.curves["val_one_hot_mean_io_u"][-1]
    assert last == pytest.approx(mean_iou(Y, estimator.predict(X), sample_weight=WEIGHTS), abs=1e-5)
    assert last != pytest.approx(mean_iou(Y, estimator.predict(X)), abs=1e-5)


def test_copies_predict_the_same(fitted, tmp_path):
    fitted.save(tmp_path / "model.nnb")
    loaded = nnbuild.load(tmp_path / "model.nnb")
    again = clone(fitted).fit(X, NAMES[Y])
    assert all(same_bits(fitted, other, X) for other in (loaded, again, pickle.loads(pickle.dumps(fitted))))
    assert loaded.predict(X[:2]).tolist() == fitted.predict(X[:2]).tolist()
    facts = nnbuild.model_info(tmp_path / "model.nnb")
    assert (facts.task, facts.classes, facts.n_outputs) == ("segmentation", ("car", "road", "sky"), 3)


def test_one_class_only(tmp_path):
    estimator = network().fit(X, np.full_like(Y, 4))
    assert (estimator.predict(X) == np.full_like(Y, 4)).all()
    assert estimator.predict_proba(X).shape == (*Y.shape, 1)
    assert estimator.recipe_ is None
    estimator.save(tmp_path / "model.nnb")
    assert nnbuild.load(tmp_path / "model.nnb").predict(X).shape == Y.shape


def test_training_continues():
    one = network(epochs=2).fit(X, Y)
    parts = network()
    for _ in range(2):
        parts.partial_fit(X, Y, classes=[0, 1, 2])
    assert same_bits(one, parts, X)


@pytest.mark.slow
@pytest.mark.usefixtures("short_stacks")
def test_searches_and_cross_validation_are_stacked(meetings):
    """As alone, with class weights in some fits and not in others."""
    grid = {"learning_rate": [0.01, 0.03], "class_weight": [None, "balanced"]}
    searches = [GridSearchCV(network(), grid, scoring=make_scorer(mean_iou), cv=2) for _ in range(2)]
    alone = searches[0].fit(X, Y).cv_results_["mean_test_score"]
    with parallel_config(backend="nnbuild"):
        together = searches[1].fit(X, Y).cv_results_["mean_test_score"]
    assert [meeting.n_programs for meeting in meetings] == [2]  # with weights of pixels, and without
    np.testing.assert_allclose(together, alone, atol=0.01)
    assert cross_val_score(network(epochs=1), X, Y, cv=3).shape == (3,)


@pytest.mark.parametrize("class_weight", few_of([None, CLASS_WEIGHT], CLASS_WEIGHT))
def test_the_compiled_program_trains_the_same(class_weight):
    settings = {"class_weight": class_weight, "metrics": ["accuracy"], "learning_rate": 1e-3}
    one, other = (network(engine=engine, **settings).fit(X, Y, WEIGHTS) for engine in ("keras", "compiled"))
    np.testing.assert_allclose(one.predict_proba(X), other.predict_proba(X), atol=1e-5)
    for name, curve in one.history_.curves.items():
        np.testing.assert_allclose(other.history_.curves[name], curve, rtol=1e-4)


NO_PADDING = {"layers": [{"type": "Conv2D", "filters": 4, "kernel_size": 3}]}
KEEPS = "use padding='same', remove Flatten and global pooling, and upsample as much as strides downsample"


@pytest.mark.parametrize(
    ("recipe", "y", "message"),
    [
        (
            NO_PADDING,
            Y,
            "layers[0]: the output shape is (8, 8, 4), but y has one class per position of (10, 10)\n"
            f"  shapes: input (10, 10, 3) -> conv2d_1 (8, 8, 4)\n  hint: {KEEPS}",
        ),
        (
            {"layers": [{"type": "Flatten"}]},
            Y,
            "layers[0]: the output shape is (300,), but y has one class per position of (10, 10)\n"
            f"  shapes: input (10, 10, 3) -> flatten_1 (300,)\n  hint: {KEEPS}",
        ),
        (
            RECIPE,
            Y[..., None],
            "layers[0]: the output shape is (10, 10, 4), but y has one class per position of (10, 10, 1)\n"
            "  shapes: input (10, 10, 3) -> conv2d_1 (10, 10, 4)\n"
            "  hint: use one label per position: y[..., 0] if the last axis has length 1, y.argmax(axis=-1) for "
            "one-hot labels",
        ),
        (
            {**RECIPE, "outputs": "last"},
            Y,
            "layers[0]: the output shape is (10, 10, 4), but a segmentation task requires 3 values in the last axis\n"
            "  shapes: input (10, 10, 3) -> conv2d_1 (10, 10, 4)\n"
            "  hint: set 'outputs' to 'auto' for an output layer that suits the task",
        ),
        (
            {**NO_PADDING, "outputs": "last"},
            Y,
            "layers[0]: the output shape is (8, 8, 4), but y has one class per position of (10, 10)\n"
            f"  shapes: input (10, 10, 3) -> conv2d_1 (8, 8, 4)\n  hint: {KEEPS}",
        ),
        (
            RECIPE,
            Y[:, 0, 0],
            "layers[0]: the output shape is (10, 10, 4), but the output layer of a multiclass task takes (features,)\n"
            "  shapes: input (10, 10, 3) -> conv2d_1 (10, 10, 4)\n"
            "  hint: add Flatten or GlobalAveragePooling2D, or set outputs to 'last' if the last node is the "
            "output",
        ),
    ],
)
def test_networks_that_do_not_suit_y(recipe, y, message):
    assert message_of(lambda: NNClassifier(recipe).fit(X, y), RecipeError) == message


@pytest.mark.parametrize(
    ("do", "message"),
    [
        (
            lambda fitted: fitted.score(X, Y[:, :3]),
            "y must be of shape (29, 10, 10), like the predictions, got (29, 3, 10)",
        ),
        (
            lambda fitted: fitted.score(X, NAMES[Y[:, 0]]),
            "y must be of shape (29, 10, 10), like the predictions, got (29, 10)",
        ),
        (
            lambda fitted: fitted.score(X, NAMES[Y], np.ones(Y.shape)),
            "sample_weight must be of shape (29,), got (29, 10, 10)\n  hint: pass one weight for each sample",
        ),
        (
            lambda fitted: network().fit(X, Y, np.ones(Y.shape)),
            "sample_weight must be of shape (29,), got (29, 10, 10)\n  hint: pass one weight for each sample",
        ),
        (
            lambda fitted: network().fit(X, Y, X_val=X, y_val=Y[:, :5]),
            "y_val must be of shape (n_samples, 10, 10), got (29, 5, 10)",
        ),
        (lambda fitted: network().fit(X, Y, X_val=X, y_val=Y + 1), "y_val contains previously unseen labels: [3]"),
        (
            lambda fitted: network(class_weight={5: 1}).fit(X, Y),
            "class_weight: no class '5'; classes: 0, 1, 2",
        ),
        (
            lambda fitted: network().fit(X, Y.astype(float) + 0.5),
            "Unknown label type: continuous. Maybe you are trying to fit a classifier, which expects discrete classes "
            "on a regression target with continuous values.",
        ),
    ],
)
def test_targets_that_do_not_fit(fitted, do, message):
    assert message_of(lambda: do(fitted)) == message


def test_a_file_whose_pixels_are_not_those_of_the_network(fitted, tmp_path):
    wrong = clone(fitted)
    targets = replace(fitted._fitted.targets, positions=(10, 9))
    wrong._set_attributes(replace(fitted._fitted, targets=targets))
    wrong.save(tmp_path / "model.nnb")
    message = message_of(lambda: nnbuild.load(tmp_path / "model.nnb"), ModelFileError)
    assert message.endswith(
        "the output of the network has shape [10, 10, 3], which does not match the targets in targets.json"
    )


AREAS = {
    "dice": "dice",
    "of each sample and class": {"type": "Dice", "axis": [1, 2]},
    "tversky": {"type": "Tversky", "alpha": 0.3, "beta": 0.7},
    "focal": "categorical_focal_crossentropy",
}
ONE_HOT = [*((name, 3) for name in AREAS), ("dice", 2)]


class TestAreas:
    """Losses over areas: those of Keras on targets in one-hot form."""

    @pytest.mark.parametrize("case", few_of(ONE_HOT, ("of each sample and class", 3), ("focal", 3), ("dice", 2)))
    def test_it_trains_as_keras_does_on_one_hot_targets(self, case):
        name, n_classes = case
        images, labels = scenes(24, n_classes)
        estimator = network(loss=AREAS[name], shuffle=False, metrics=["accuracy"]).fit(images, labels)
        model = nnbuild.build(estimator.recipe_, seed=0)
        loss = (
            AREAS[name]
            if isinstance(AREAS[name], str)
            else keras.losses.get(
                {"class_name": AREAS[name]["type"], "config": {k: v for k, v in AREAS[name].items() if k != "type"}}
            )
        )
        model.compile(keras.optimizers.Adam(0.02), loss)
        one_hot = keras.utils.to_categorical(labels, n_classes)
        curve = model.fit(images, one_hot, batch_size=8, epochs=3, shuffle=False, verbose=0).history["loss"]
        np.testing.assert_allclose(estimator.history_.curves["loss"], curve, rtol=1e-4)
        np.testing.assert_allclose(estimator.predict_proba(images), np.array(model(images)), atol=1e-5)

    def test_it_learns_small_things_on_the_road(self):
        images, masks = make_road_scenes(24, (24, 32), random_state=0)[:2]
        images = images / np.float32(255)
        before = network(loss="dice", epochs=1, learning_rate=1e-9).fit(images, masks)
        after = network(loss="dice", epochs=40, learning_rate=0.05).fit(images, masks)
        assert after.history_.curves["loss"][-1] < 0.6 * before.history_.curves["loss"][0]
        assert mean_iou(masks, after.predict(images)) > mean_iou(masks, before.predict(images)) + 0.1

    def test_weights_of_samples_by_an_axis(self):
        """Of each batch, sum(w l) / sum(w) of Keras' values."""
        loss = {"type": "Dice", "axis": [1, 2, 3]}
        estimator = network(loss=loss, epochs=1, learning_rate=1e-12, batch_size=29).fit(X, Y, sample_weight=WEIGHTS)
        given = keras.losses.dice(keras.utils.to_categorical(Y, 3), estimator.predict_proba(X), axis=(1, 2, 3))
        expected = np.average(given, weights=WEIGHTS)
        assert estimator.history_.curves["loss"][0] == pytest.approx(expected, rel=1e-5)
        network(loss="dice", epochs=1).fit(X, Y, sample_weight=np.full(29, 2.0))  # alike: they weigh nothing

    def test_weights_that_it_can_not_take(self):
        message = (
            "loss: Dice is one value per batch, so sample and class weights are not supported\n"
            "  hint: {'type': 'Dice', 'axis': [1, 2, 3]} is one value per sample and supports sample_weight"
        )
        assert message_of(lambda: network(loss="dice").fit(X, Y, sample_weight=WEIGHTS)) == message
        for loss in ("dice", {"type": "Tversky", "axis": [1, 2, 3]}):
            weighted = network(loss=loss, class_weight="balanced")
            kind = "Dice" if loss == "dice" else "Tversky"
            assert message_of(lambda one=weighted: one.fit(X, Y)) == (
                f"class_weight: {kind} does not support weights per pixel\n  hint: use a cross-entropy loss"
            )

    def test_of_two_classes_of_rows(self):
        """Rows with one label each: a column of 0 and 1, as ever."""
        rows, labels = np.random.default_rng(0).normal(size=(40, 3)), np.array([0, 1] * 20)
        estimator = NNClassifier(
            PLAIN,
            hidden=[4],
            dropout=0.0,
            l2=0.0,
            epochs=1,
            loss="dice",
            batch_size=40,
            learning_rate=1e-12,
            random_state=0,
        )
        given = estimator.fit(rows, labels).predict_proba(rows)[:, 1]
        assert estimator.history_.curves["loss"][0] == pytest.approx(float(keras.losses.dice(labels, given)), rel=1e-5)
