"""Choice of the engine, and equal results of both."""

from collections import Counter

import numpy as np
import pytest
from sklearn.model_selection import cross_val_score

from estimators.samples import classes, classifier, message_of, quantities, regressor
from few import few_of
from nnbuild import NNClassifier, Recipe, stacked
from nnbuild.errors import DataError, DivergenceError
from nnbuild.train import rendezvous
from nnbuild.train.stacked import stackable

SETTINGS = {
    "classifier": (
        classifier,
        classes,
        {"dropout": 0.3, "metrics": ["SparseCategoricalAccuracy"], "class_weight": "balanced"},
    ),
    "regressor": (
        regressor,
        quantities,
        {"epochs": 6, "validation_fraction": 0.25, "early_stopping": {"patience": 1, "min_delta": 10.0}},
    ),
}


class TestBothEngines:
    @pytest.mark.parametrize("name", few_of(SETTINGS, "classifier"))
    def test_results_are_equal(self, name, stacks):
        make, data, settings = SETTINGS[name]
        X, y = data()
        one, other = (make(engine=engine, **settings).fit(X, y) for engine in ("compiled", "keras"))
        assert stacks == [1]
        np.testing.assert_allclose(
            *(getattr(fit, "predict_proba", fit.predict)(X) for fit in (one, other)), rtol=1e-5, atol=1e-5
        )
        assert one.history_.stopped == other.history_.stopped
        assert one.history_.curves.keys() == other.history_.curves.keys()
        for name, curve in one.history_.curves.items():
            np.testing.assert_allclose(curve, other.history_.curves[name], atol=1e-5)

    def test_divergence(self):
        X, y = quantities()
        errors = {
            engine: message_of(
                lambda engine=engine: regressor(engine=engine, optimizer="sgd", learning_rate=1e38).fit(X, y),
                DivergenceError,
            )
            for engine in ("compiled", "keras")
        }
        assert errors["compiled"].replace(" inf ", " nan ", 1) == errors["keras"]  # the sums overflow in another order

    def test_progress(self, monkeypatch):
        events = []

        class Bar:
            def start(self, n_epochs, n_steps):
                events.append(("start", n_epochs, n_steps))

            def epoch(self, epoch, logs):
                events.append((epoch, *logs))

            def stop(self):
                events.append("stop")

        monkeypatch.setattr("nnbuild.estimators.base.ProgressBar", Bar)
        X, y = classes()
        classifier(engine="compiled", verbose=True, epochs=2).fit(X, y)
        assert events == [("start", 2, 4), (1, "loss"), (2, "loss"), "stop"]


NOT_SUPPORTED = "engine='compiled' is not supported here: "
HINT = "\n  hint: set engine='auto', which uses Keras' engine if necessary"


class TestChoice:
    def test_long_trainings_are_compiled(self, stacks, monkeypatch):
        X, y = classes()
        monkeypatch.setattr(stackable, "MANY_STEPS", 9)
        classifier(epochs=8, batch_size=len(X)).fit(X, y)
        assert stacks == []
        classifier(epochs=9, batch_size=len(X)).fit(X, y)
        assert stacks == [1]

    def test_held_out_samples_do_not_count_as_steps(self, stacks, monkeypatch):
        X, y = classes()
        monkeypatch.setattr(stackable, "MANY_STEPS", len(X))
        classifier(epochs=1, batch_size=1, validation_fraction=0.5).fit(X, y)
        assert stacks == []

    @pytest.mark.slow
    @pytest.mark.parametrize(("n_rows", "batch_size", "n_stacks"), [(40, 16, 1), (65, 1, 0)])
    def test_recurrent_layers_in_loops_are_compiled_if_an_epoch_is_short(self, n_rows, batch_size, n_stacks, stacks):
        X, y = np.random.default_rng(0).normal(size=(n_rows, 65, 2)).astype("float32"), np.arange(n_rows) % 2
        recipe = {"nnbuild": 1, "layers": [{"type": "GRU", "units": 2}]}
        settings = {"epochs": 1, "batch_size": batch_size, "random_state": 0}
        probabilities = NNClassifier(recipe, **settings).fit(X, y).predict_proba(X)
        assert stacks == [1] * n_stacks
        by_keras = NNClassifier(recipe, engine="keras", **settings).fit(X, y).predict_proba(X)
        np.testing.assert_allclose(probabilities, by_keras, atol=1e-5)

    def test_recurrent_layers_on_a_gpu_are_left_to_cudnn(self, stacks, monkeypatch):
        monkeypatch.setattr(stackable, "has_gpu", lambda device: True)
        recipe = {"nnbuild": 1, "layers": [{"type": "GRU", "units": 2}]}
        NNClassifier(recipe, epochs=1).fit(np.zeros((4, 65, 2)), [0, 1, 0, 1])
        assert stacks == []

    def test_fits_that_cannot_be_compiled(self, stacks, monkeypatch):
        monkeypatch.setattr(stackable, "MANY_STEPS", 1)
        classifier(warm_start=True).fit(*classes())
        classifier(engine="compiled").partial_fit(*classes())
        assert stacks == []
        assert message_of(lambda: classifier(engine="compiled", warm_start=True).fit(*classes())) == (
            f"{NOT_SUPPORTED}warm_start{HINT}"
        )

    def test_unknown_engine(self):
        assert message_of(lambda: classifier(engine="xla").fit(*classes())) == (
            "engine must be 'auto', 'compiled' or 'keras', got 'xla'"
        )

    def test_ids_out_of_the_range_of_an_embedding(self):
        recipe = Recipe.from_dict(
            {
                "nnbuild": 1,
                "inputs": {"X": {"dtype": "int32"}},
                "layers": [{"type": "Embedding", "input_dim": 5, "output_dim": 2}, {"type": "Flatten"}],
            }
        )
        X, y = np.array([[0, 5], [2, 1], [3, 4], [1, 1]]), np.array([0, 1, 0, 1])
        params = {"recipe": recipe, "epochs": 1, "batch_size": 4, "shuffle": False, "validation_fraction": 0.0}
        assert message_of(lambda: NNClassifier(engine="compiled", **params).fit(X, y)) == (
            f"{NOT_SUPPORTED}ids outside the range of an Embedding{HINT}"
        )
        assert message_of(lambda: NNClassifier(**params).fit(X, y), DataError).startswith(
            "the network does not support these samples: indices[0,1] = 5 is not in [0, 5)"
        )

    def test_sequences_too_short_for_a_layer(self):
        layers = [{"type": "Conv1D", "filters": 2, "kernel_size": 9}, {"type": "GlobalMaxPooling1D"}]
        recipe = {"nnbuild": 1, "inputs": {"X": {"shape": [None, 4]}}, "layers": layers}
        X, y = np.random.default_rng(0).normal(size=(24, 9, 4)), np.arange(24) % 3
        short = X[:, :6]
        expected = (
            "the network does not support samples of shape (6, 4): Computed "
            "output size would be zero or negative. Received"
            " `inputs shape=(None, 6, 4)`, `kernel shape=(9, 4, 2)`, `dilation_rate=[1]`, `strides=(1,)`,"
            " `padding=valid`.\n"
            "  hint: pass longer sequences, pad them, or set padding='same' or smaller windows in the recipe"
        )
        fitted = NNClassifier(recipe, epochs=1).fit(X, y)
        assert len(fitted.predict(np.concatenate([X, X], axis=1))) == 24
        for engine in ("keras", "compiled"):
            unfitted = NNClassifier(recipe, epochs=1, engine=engine)
            assert message_of(lambda: unfitted.fit(short, y), DataError) == expected  # noqa: B023
        assert message_of(lambda: fitted.predict(short), DataError) == expected


class TestFitsTogether:
    @pytest.fixture
    def events(self, monkeypatch):
        """Number of programs of each round, and of fits that train alone, by reason."""
        seen = []

        class Watched(rendezvous.Rendezvous):
            def _report(self, waiting, n_programs):
                alone = Counter(fit.choice.reason for fit in waiting if not fit.choice.is_stacked)
                seen.append((n_programs, dict(alone)))

        monkeypatch.setattr("nnbuild.estimators.joblib_backend.Rendezvous", Watched)
        return seen

    @pytest.mark.parametrize(
        "many_steps, engine, expected",
        [
            (37, "auto", (0, {"too few steps to be worth compiling": 3})),
            (36, "auto", (1, {})),
            (37, "compiled", (1, {})),
            (0, "keras", (0, {"engine='keras'": 3})),
        ],
    )
    def test_number_of_steps_and_engine(self, many_steps, engine, expected, events, monkeypatch):
        """40 rows in batches of 16, 4 epochs: 12 steps for each fit."""
        monkeypatch.setattr(stackable, "MANY_STEPS_STACKED", many_steps)
        with stacked():
            cross_val_score(classifier(engine=engine), *classes(), cv=3)
        assert events == [expected]
