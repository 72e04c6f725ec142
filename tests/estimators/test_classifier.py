"""Classification: tasks, kinds of labels, sample and class weights, validation in fit, probabilities."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.datasets import load_breast_cancer, load_digits, make_multilabel_classification
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

import nnbuild
from estimators.samples import classes, classifier, features, message_of, same_bits


class TestTasks:
    def test_multiclass(self):
        X, y = load_digits(return_X_y=True)
        X_train, X_test, y_train, y_test = train_test_split(X / 16, y, random_state=0, stratify=y)
        estimator = classifier(hidden=[32], epochs=15, batch_size=32, learning_rate=0.01).fit(X_train, y_train)
        assert estimator.score(X_test, y_test) > 0.95
        assert estimator.predict_proba(X_test).shape == (len(X_test), 10)
        assert log_loss(y_test, estimator.predict_proba(X_test)) < 0.2
        assert (estimator.n_outputs_, estimator.recipe_.task) == (10, "multiclass")

    def test_binary(self):
        X, y = load_breast_cancer(return_X_y=True)
        X_train, X_test, y_train, y_test = train_test_split(StandardScaler().fit_transform(X), y, random_state=0)
        estimator = classifier(epochs=10).fit(X_train, y_train)
        assert estimator.score(X_test, y_test) > 0.93
        assert estimator.recipe_.nodes[-1].arguments["units"] == 1
        proba = estimator.predict_proba(X_test)
        assert np.array_equal(estimator.predict(X_test), (proba[:, 1] > 0.5).astype(int))

    @pytest.mark.parametrize("form", [list, sparse.csr_array], ids=lambda form: form.__name__)
    def test_multilabel(self, form):
        X, Y = make_multilabel_classification(200, 4, n_classes=3, random_state=0)
        X = StandardScaler().fit_transform(X)
        estimator = classifier(epochs=15).fit(X, form(Y.tolist() if form is list else Y))
        assert estimator.n_features_in_ == 4
        predicted, proba = estimator.predict(X), estimator.predict_proba(X)
        assert predicted.shape == proba.shape == Y.shape
        assert np.array_equal(predicted, proba > 0.5)
        assert predicted.dtype.kind == "i"
        assert (predicted == Y).mean() > 0.75
        assert estimator.score(X, Y) == np.all(predicted == Y, axis=1).mean()
        assert np.array_equal(estimator.classes_, [0, 1, 2])

    def test_several_columns_of_labels_raise(self):
        assert (
            message_of(lambda: classifier().fit(features(), np.random.default_rng(0).integers(3, size=(60, 2))))
            == "y has several columns of class labels\n  hint: wrap the estimator in MultiOutputClassifier"
        )


LABELS = {
    "float": [1.0, 2.0, 0.0],
    "text": ["setosa", "no", "ä"],
    "uint8": np.array([250, 3], "uint8"),
    "object of bool": np.array([True, False], dtype=object),
    "categorical": pd.Categorical(["b", "a", "c"]),
}


class TestLabels:
    @pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
    def test_values_of_labels_do_not_change_the_network(self, labels):
        labels = np.asarray(labels)
        X, codes = classes(n_classes=len(labels))
        y = labels[codes]
        estimator = classifier().fit(X, y)
        assert estimator.classes_.tolist() == sorted(labels.tolist())
        assert set(estimator.predict(X).tolist()) <= set(labels.tolist())
        assert estimator.score(X, y.tolist()) == np.mean(estimator.predict(X) == y)
        numbers = np.searchsorted(estimator.classes_, y.astype(estimator.classes_.dtype))
        assert same_bits(estimator, classifier().fit(X, numbers), X)

    def test_a_column_vector_warns(self):
        X, y = classes()
        with pytest.warns(UserWarning, match=r"A column-vector y was passed when a 1d array was expected"):
            estimator = classifier().fit(X, y[:, None])
        assert same_bits(estimator, classifier().fit(X, y), X)

    @pytest.mark.parametrize(
        "y, kind, message",
        [
            (np.linspace(0, 1, 60), ValueError, "Unknown label type: continuous"),
            (
                np.array(["a", 1] * 30, dtype=object),
                TypeError,
                r"^labels must be uniformly strings or numbers, got \['int', 'str'\]$",
            ),
            (np.array(["a", None] * 30), ValueError, "^Input y contains NaN"),
            (pd.Series(["a", None] * 30, dtype="string"), ValueError, "^Input y contains NaN"),
            (np.array([1.0, np.inf] * 30), ValueError, "^Input y contains infinity or a value too large"),
            (None, ValueError, "^NNClassifier requires y to be passed, but the target y is None$"),
            (
                np.arange(240).reshape(60, 2, 2) % 2,
                nnbuild.RecipeError,
                r"the output shape is \(8,\), but y has one class per position of \(2, 2\)",
            ),
        ],
        ids=["quantities", "mixed", "None", "NA", "infinite", "no y", "3 axes"],
    )
    def test_invalid_labels_raise(self, y, kind, message):
        with pytest.raises(kind, match=message):
            classifier().fit(features(), y)


class TestOneClass:
    @pytest.mark.parametrize("label", [3, "only"])
    def test_a_single_class_is_predicted(self, label):
        X = features()
        estimator = classifier().fit(X, [label] * 60)
        assert estimator.classes_.tolist() == [label]
        assert estimator.predict(X).tolist() == [label] * 60
        assert np.array_equal(estimator.predict_proba(X), np.ones((60, 1)))
        assert (estimator.recipe_, estimator.history_, estimator.n_iter_, estimator.best_epoch_) == (None, None, 1, 1)
        assert not hasattr(estimator, "model_")

    def test_a_single_class_checks_x(self):
        estimator = classifier().fit(features(), ["a"] * 60)
        with pytest.raises(ValueError, match=r"^X has 3 features, but NNClassifier is expecting 4 features as input"):
            estimator.predict(np.zeros((2, 3)))


class TestSampleWeights:
    def test_samples_with_weight_0_are_dropped(self):
        X, y = classes()
        weights = np.random.default_rng(1).uniform(1, 2, 60)
        weights[::3] = 0
        kept = weights > 0
        given = classifier(validation_fraction=0.2).fit(X, y, sample_weight=weights)
        left_out = classifier(validation_fraction=0.2).fit(X[kept], y[kept], sample_weight=weights[kept])
        assert same_bits(given, left_out, X)
        assert given.history_.curves == left_out.history_.curves

    def test_a_class_with_weight_0_is_dropped(self):
        X, y = classes()
        assert classifier().fit(X, y, sample_weight=(y != 1) * 1.0).classes_.tolist() == [0, 2]

    def test_equal_weights_have_no_effect(self):
        X, y = classes()
        assert same_bits(classifier().fit(X, y), classifier().fit(X, y, sample_weight=np.full(60, 2.0)), X)

    @pytest.mark.parametrize("form", [np.asarray, sparse.csr_array], ids=["dense", "sparse"])
    def test_integer_weights_equal_repeated_samples_in_one_batch(self, form):
        X, y = classes()
        weights = np.arange(60) % 3
        once = {"batch_size": 200, "shuffle": False, "epochs": 8, "hidden": [8]}
        given = classifier(**once).fit(form(X), y, sample_weight=weights)
        repeated = classifier(**once).fit(form(np.repeat(X, weights, axis=0)), np.repeat(y, weights))
        np.testing.assert_allclose(given.predict_proba(X), repeated.predict_proba(X), atol=2e-5)

    def test_losses_and_metrics_are_weighted_means(self):
        X, y = classes()
        weights = np.random.default_rng(1).uniform(0.1, 5, 60)
        still = {"learning_rate": 1e-9, "l2": 0.0, "epochs": 1, "metrics": ["accuracy"], "validation_fraction": 0.25}
        estimator = classifier(**still, validation="last").fit(X, y, sample_weight=weights)
        curves, proba = estimator.history_.curves, estimator.predict_proba(X)
        losses, right = -np.log(proba[np.arange(60), y]), estimator.predict(X) == y
        for prefix, rows in [("", slice(0, 45)), ("val_", slice(45, 60))]:
            for name, values in [("loss", losses), ("accuracy", right)]:
                expected = np.average(values[rows], weights=weights[rows])
                assert curves[prefix + name][0] == pytest.approx(expected, rel=1e-5), prefix + name
        expected = accuracy_score(y[45:], estimator.predict(X[45:]), sample_weight=weights[45:])
        assert curves["val_accuracy"][0] == pytest.approx(expected, rel=1e-5)

    def test_early_stopping_monitors_weighted_losses(self):
        X, y = classes(80)
        X_val, y_val = features(40, seed=5), np.zeros(40, int)  # all of one class: the longer, the worse
        y_val[:20] = X_val[:20, :3].argmax(axis=1)
        watched = {"early_stopping": {"patience": 2}, "epochs": 12}
        good = np.where(np.arange(40) < 20, 1.0, 1e-6)
        best = [
            classifier(**watched).fit(X, y, X_val=X_val, y_val=y_val, sample_weight_val=w).best_epoch_
            for w in (good, 1 - good)
        ]
        assert best[0] > best[1]

    @pytest.mark.parametrize(
        "weights, message",
        [
            (np.ones(59), r"^sample_weight.shape == \(59,\), expected \(60,\)!$"),
            (np.zeros(60), "^Sample weights must contain at least one non-zero number.$"),
            (-np.ones(60), "^Negative values in data passed to `sample_weight`.$"),
            (np.full(60, np.nan), "^Input sample_weight contains NaN.$"),
        ],
        ids=["length", "zero", "negative", "NaN"],
    )
    def test_invalid_weights_raise(self, weights, message):
        with pytest.raises(ValueError, match=message):
            classifier().fit(*classes(), sample_weight=weights)


class TestClassWeights:
    def test_class_weights_equal_sample_weights(self):
        X, y = classes()
        by_class = classifier(class_weight={0: 1.0, 1: 4.0, 2: 2.0}).fit(X, y)
        by_row = classifier().fit(X, y, sample_weight=np.array([1.0, 4.0, 2.0])[y])
        assert same_bits(by_class, by_row, X)

    def test_metrics_ignore_class_weights(self):
        X, y = classes()
        still = {"learning_rate": 1e-9, "epochs": 1, "metrics": ["accuracy"]}
        estimator = classifier(**still, class_weight={0: 50.0}).fit(X, y)
        assert estimator.history_.curves["accuracy"][0] == pytest.approx(estimator.score(X, y))

    def test_balanced(self):
        X, y = classes()
        y[y == 2] = 0
        counts = np.bincount(y)
        by_row = classifier().fit(X, y, sample_weight=(60 / (2 * counts))[y])
        assert same_bits(classifier(class_weight="balanced").fit(X, y), by_row, X)

    @pytest.mark.parametrize(
        "labels, weights",
        [
            (["no", "yes"], {"yes": 3}),
            ([False, True], {"true": 3}),
            ([0, 1], {1.0: 3, 0: 1}),
            ([-1, 1], {"1": 3}),
        ],
        ids=str,
    )
    def test_keys_match_labels(self, labels, weights):
        X, codes = classes(n_classes=2)
        given = classifier(class_weight=weights).fit(X, np.array(labels)[codes])
        assert same_bits(given, classifier().fit(X, codes, sample_weight=np.where(codes, 3.0, 1.0)), X)

    def test_labels_missing_in_a_fold_are_ignored(self):
        X, y = classes()
        y[y == 2] = 0
        assert classifier(class_weight={0: 1, 1: 2, 2: 3}).fit(X, y).classes_.tolist() == [0, 1]

    def test_unknown_labels_raise(self):
        assert (
            message_of(lambda: classifier(class_weight={0: 1, 3: 2}).fit(*classes()))
            == "class_weight: no class '3'; classes: 0, 1, 2"
        )

    def test_multilabel_targets_raise(self):
        X, Y = make_multilabel_classification(60, 4, n_classes=3, random_state=0)
        with pytest.raises(ValueError, match=r"^class_weight requires one class per sample; y has several$"):
            classifier(class_weight="balanced").fit(X, Y)


class TestValidation:
    def test_random_validation_is_stratified(self):
        rng = np.random.default_rng(0)
        y = np.repeat([0, 1, 2], [40, 16, 4])
        still = {"learning_rate": 1e-9, "epochs": 1, "metrics": ["accuracy"], "validation_fraction": 0.5}
        estimator = classifier(**still, random_state=3).fit(rng.normal(size=(60, 4)), y)
        proba = estimator.predict_proba(np.zeros((1, 4)))
        assert proba.shape == (1, 3)
        held = [20, 8, 2]
        seen = estimator.history_.curves["val_accuracy"][0] * 30
        assert seen == pytest.approx(round(seen), abs=1e-4)
        labels = y[_held_out(estimator, y)]
        assert np.bincount(labels).tolist() == held

    def test_last_samples(self):
        X, y = classes()
        estimator = classifier(validation_fraction=0.25, validation="last").fit(X, y)
        given = classifier().fit(X[:45], y[:45], X_val=X[45:], y_val=y[45:])
        assert same_bits(estimator, given, X)
        assert estimator.history_.curves == given.history_.curves

    def test_early_stopping_restores_the_best_weights(self):
        X, y = classes(80)
        rows = {"X_val": features(40, seed=5), "y_val": np.arange(40) % 3}  # noise: it soon gets worse
        stopped = classifier(early_stopping={"patience": 3}, epochs=20, learning_rate=0.1).fit(X, y, **rows)
        curve = stopped.history_.curves["val_loss"]
        assert stopped.best_epoch_ == 1 + int(np.argmin(curve))
        assert stopped.n_iter_ == len(curve) == stopped.best_epoch_ + 3 < 20
        assert stopped.history_.stopped == "early_stopping"
        until_then = classifier(epochs=stopped.best_epoch_, learning_rate=0.1).fit(X, y, **rows)
        assert same_bits(stopped, until_then, X)

    def test_sample_weights_of_the_validation_set(self):
        X, y = classes()
        X_val, y_val = classes(20, seed=5)
        weights = np.arange(20.0)
        estimator = classifier(l2=0.0).fit(X, y, X_val=X_val, y_val=y_val, sample_weight_val=weights)
        losses = -np.log(estimator.predict_proba(X_val)[np.arange(20), y_val])
        expected = np.average(losses, weights=weights)
        assert estimator.history_.curves["val_loss"][-1] == pytest.approx(expected, rel=1e-5)

    @pytest.mark.parametrize(
        "rows, message",
        [
            ({"X_val": features(5)}, "^X_val and y_val must be passed together: y_val is missing$"),
            ({"y_val": np.zeros(5)}, "^X_val and y_val must be passed together: X_val is missing$"),
            ({"sample_weight_val": np.ones(5)}, "^X_val and y_val must be passed together: X_val is missing$"),
            ({"X_val": features(5), "y_val": np.arange(5)}, r"^y_val contains previously unseen labels: \[3, 4\]$"),
        ],
        ids=["no y", "no X", "weights alone", "labels"],
    )
    def test_invalid_validation_sets_raise(self, rows, message):
        with pytest.raises(ValueError, match=message):
            classifier().fit(*classes(), **rows)

    def test_a_fraction_without_training_samples_raises(self):
        with pytest.raises(ValueError, match=r"^validation_fraction=0.9 of 3 rows leaves none to train on$"):
            classifier(validation_fraction=0.9).fit(features(3), [0, 1, 2])


def _held_out(estimator, y):
    """Rows that a fit validated on, by the split that it is documented to make."""
    from nnbuild.train.common.splits import split_rows

    return split_rows(len(y), 0.5, "random", estimator.random_state, y)[1]


class TestProbabilities:
    def test_probabilities_sum_to_one(self):
        X, y = classes()
        for n_classes in (2, 3):
            proba = classifier().fit(X, y % n_classes).predict_proba(1e3 * X)
            np.testing.assert_allclose(proba.sum(axis=1), 1, atol=2e-7)
            assert ((proba >= 0) & (proba <= 1)).all()

    @pytest.mark.parametrize(
        "n_classes, last, loss",
        [
            (3, {"units": 3}, {"type": "SparseCategoricalCrossentropy", "from_logits": True}),
            (2, {"units": 1}, {"type": "BinaryCrossentropy", "from_logits": True}),
        ],
        ids=["softmax", "sigmoid"],
    )
    def test_a_network_that_ends_in_logits(self, n_classes, last, loss):
        recipe = {
            "layers": [{"type": "Dense", "units": 8, "activation": "relu"}, {"type": "Dense", **last}],
            "outputs": "last",
            "training": {"loss": loss, "epochs": 6, "batch_size": 16, "learning_rate": 0.02},
        }
        X, y = classes(n_classes=n_classes)
        estimator = type(classifier())(recipe, random_state=0).fit(X, y)
        proba = estimator.predict_proba(X)
        np.testing.assert_allclose(proba.sum(axis=1), 1, atol=1e-6)
        loss = -np.log(proba[np.arange(60), y]).mean()
        again = estimator.model_
        logits = again.predict(X, verbose=0)
        assert proba[:, -1] == pytest.approx(
            1 / (1 + np.exp(-logits[:, 0])) if n_classes == 2 else np.exp(logits[:, 2]) / np.exp(logits).sum(axis=1),
            abs=1e-6,
        )
        assert loss < 1.1


def test_a_network_of_two_units_for_two_classes():
    recipe = {
        "layers": [{"type": "Dense", "units": 2, "activation": "softmax"}],
        "outputs": "last",
        "training": {"loss": "sparse_categorical_crossentropy", "epochs": 6, "learning_rate": 0.1},
    }
    X, y = classes(n_classes=2)
    estimator = type(classifier())(recipe, random_state=0).fit(X, y)
    assert estimator.predict_proba(X).shape == (60, 2)
    assert estimator.score(X, y) > 0.8
