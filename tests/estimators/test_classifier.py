"""Classification: tasks, kinds of labels, sample and class weights, validation in fit, probabilities."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.special import expit, softmax
from sklearn.datasets import load_digits, make_multilabel_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

import nnbuild
from estimators.samples import classes, classifier, features, message_of, same_bits
from nnbuild import NNClassifier
from nnbuild.estimators import base


class TestTasks:
    def test_multiclass(self):
        X, y = load_digits(return_X_y=True)
        X_train, X_test, y_train, y_test = train_test_split(X / 16, y, random_state=0, stratify=y)
        estimator = classifier(hidden=[32], epochs=15, batch_size=32, learning_rate=0.01).fit(X_train, y_train)
        assert estimator.score(X_test, y_test) > 0.95
        assert (estimator.n_outputs_, estimator.recipe_.task) == (10, "multiclass")

    def test_binary(self):
        X, y = classes(n_classes=2)
        estimator = classifier().fit(X, y)
        assert (estimator.n_outputs_, estimator.recipe_.nodes[-1].arguments["units"]) == (2, 1)
        assert np.array_equal(estimator.predict(X), estimator.predict_proba(X)[:, 1] > 0.5)

    @pytest.mark.parametrize("form", [np.ndarray.tolist, sparse.csr_array], ids=["list", "sparse"])
    def test_multilabel(self, form):
        X, Y = make_multilabel_classification(200, 4, n_classes=3, random_state=0)
        X = StandardScaler().fit_transform(X)
        estimator = classifier(epochs=15).fit(X, form(Y))
        predicted = estimator.predict(X)
        assert predicted.dtype.kind == "i"
        assert np.array_equal(predicted, estimator.predict_proba(X) > 0.5)
        assert (predicted == Y).mean() > 0.75
        assert estimator.score(X, Y) == np.all(predicted == Y, axis=1).mean()
        assert np.array_equal(estimator.classes_, [0, 1, 2])

    def test_several_columns_of_labels_raise(self):
        message = "y has several columns of class labels\n  hint: wrap the estimator in MultiOutputClassifier"
        assert message_of(lambda: classifier().fit(features(), np.arange(120).reshape(60, 2) % 3)) == message


class TestLabels:
    @pytest.mark.parametrize("labels", [np.array(["setosa", "no", "ä"]), np.array([True, False], object)], ids=str)
    def test_values_of_labels_do_not_change_the_network(self, labels):
        X, codes = classes(n_classes=len(labels))
        y = labels[codes]
        estimator = classifier().fit(X, y)
        assert estimator.classes_.tolist() == sorted(labels.tolist())
        assert set(estimator.predict(X).tolist()) <= set(labels.tolist())
        assert estimator.score(X, y.tolist()) == np.mean(estimator.predict(X) == y)
        numbers = np.searchsorted(estimator.classes_, y.astype(estimator.classes_.dtype))
        for other in (numbers, pd.Series(y, dtype="category")):
            assert same_bits(estimator, classifier().fit(X, other), X)

    @pytest.mark.parametrize(
        "y, kind, message",
        [
            (
                np.array(["a", 1] * 30, dtype=object),
                TypeError,
                r"^labels must be uniformly strings or numbers, got \['int', 'str'\]$",
            ),
            (pd.Series(["a", None] * 30, dtype="string"), ValueError, "^Input y contains NaN"),
            (
                np.arange(240).reshape(60, 2, 2) % 2,
                nnbuild.RecipeError,
                r"the output shape is \(8,\), but y has one class per position of \(2, 2\)",
            ),
        ],
        ids=["mixed", "NA", "3 axes"],
    )
    def test_invalid_labels_raise(self, y, kind, message):
        with pytest.raises(kind, match=message):
            classifier().fit(features(), y)


class TestOneClass:
    def test_a_single_class_is_predicted(self):
        X = features()
        estimator = classifier().fit(X, ["only"] * 60)
        assert estimator.classes_.tolist() == ["only"]
        assert estimator.predict(X).tolist() == ["only"] * 60
        assert np.array_equal(estimator.predict_proba(X), np.ones((60, 1)))
        assert (estimator.recipe_, estimator.history_, estimator.n_iter_, estimator.best_epoch_) == (None, None, 1, 1)
        assert not hasattr(estimator, "model_")
        with pytest.raises(ValueError, match=r"^X has 3 features, but NNClassifier is expecting 4 features as input"):
            estimator.predict(X[:, :3])


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

    def test_integer_weights_equal_repeated_samples_in_one_batch(self):
        X, y = classes()
        weights = np.arange(60) % 3
        once = {"batch_size": 200, "shuffle": False, "epochs": 8, "hidden": [8]}
        given = classifier(**once).fit(X, y, sample_weight=weights)
        repeated = classifier(**once).fit(np.repeat(X, weights, axis=0), np.repeat(y, weights))
        np.testing.assert_allclose(given.predict_proba(X), repeated.predict_proba(X), atol=2e-5)

    def test_invalid_weights_raise(self):
        message = "Sample weights must contain at least one non-zero number."
        assert message_of(lambda: classifier().fit(*classes(), sample_weight=np.zeros(60))) == message
        message = "Negative values in data passed to `sample_weight`."
        assert message_of(lambda: classifier().fit(*classes(), sample_weight=-np.ones(60))) == message

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


class TestClassWeights:
    def test_unknown_labels_raise(self):
        X, y = classes()
        message = "class_weight: no class 'd'; classes: a, b, c"
        assert message_of(lambda: classifier(class_weight={"a": 1, "d": 2}).fit(X, np.array(list("abc"))[y])) == message

    def test_metrics_ignore_class_weights(self):
        X, y = classes()
        still = {"learning_rate": 1e-9, "epochs": 1, "metrics": ["accuracy"]}
        estimator = classifier(**still, class_weight={0: 50.0}).fit(X, y)
        assert estimator.history_.curves["accuracy"][0] == pytest.approx(estimator.score(X, y))

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


class TestValidation:
    def test_random_validation_is_stratified(self, monkeypatch):
        held_out = []

        def run(fit, jobs, *others, original=base.run):
            held_out.extend(jobs[0].held_out)
            return original(fit, jobs, *others)

        monkeypatch.setattr(base, "run", run)
        y = np.repeat([0, 1, 2], [40, 16, 4])
        classifier(epochs=1, validation_fraction=0.5).fit(features(), y)
        assert np.bincount(y[held_out]).tolist() == [20, 8, 2]

    def test_the_last_samples_equal_a_given_validation_set(self):
        X, y = classes()
        weights = np.arange(60.0)
        estimator = classifier(validation_fraction=0.25, validation="last").fit(X, y, weights)
        given = classifier().fit(X[:45], y[:45], weights[:45], X[45:], y[45:], weights[45:])
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


class TestProbabilities:
    @pytest.mark.parametrize(
        "n_classes, last, loss, expected",
        [
            (3, {"units": 3}, "SparseCategoricalCrossentropy", lambda logits: softmax(logits, axis=1)),
            (2, {"units": 1}, "BinaryCrossentropy", lambda logits: np.hstack([expit(-logits), expit(logits)])),
        ],
        ids=["softmax", "sigmoid"],
    )
    def test_a_network_that_ends_in_logits(self, n_classes, last, loss, expected):
        recipe = {
            "layers": [{"type": "Dense", **last}],
            "outputs": "last",
            "training": {"loss": {"type": loss, "from_logits": True}, "epochs": 2},
        }
        X, y = classes(n_classes=n_classes)
        estimator = NNClassifier(recipe, random_state=0).fit(X, y)
        logits = np.array(estimator.model_(X))
        np.testing.assert_allclose(estimator.predict_proba(X), expected(logits), atol=1e-6)

    def test_a_network_of_two_units_for_two_classes(self):
        recipe = {
            "layers": [{"type": "Dense", "units": 2, "activation": "softmax"}],
            "outputs": "last",
            "training": {"loss": "sparse_categorical_crossentropy", "epochs": 6, "learning_rate": 0.1},
        }
        X, y = classes(n_classes=2)
        estimator = NNClassifier(recipe, random_state=0).fit(X, y)
        assert estimator.predict_proba(X).shape == (60, 2)
        assert estimator.score(X, y) > 0.8
