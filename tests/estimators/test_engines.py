"""Which engine trains a fit alone, and that both give the same."""

from collections import Counter

import keras
import numpy as np
import pytest
from sklearn.model_selection import cross_val_score

from estimators.samples import classes, classifier, message_of, quantities, regressor
from nnbuild import NNClassifier, Recipe, stacked
from nnbuild.errors import DataError, DivergenceError
from nnbuild.records import History
from nnbuild.train import executor, rendezvous
from nnbuild.train.stacked import stackable

SETTINGS = {
    "plain": {},
    "dropout": {"dropout": 0.3},
    "early stopping": {"epochs": 6, "validation_fraction": 0.25, "early_stopping": {"patience": 1, "min_delta": 10.0}},
    "metrics": {"metrics": ["SparseCategoricalAccuracy"]},
    "class weights": {"class_weight": "balanced"},
}


@pytest.fixture
def stacks(monkeypatch):
    """Stacks that are trained, as they are."""
    seen = []

    def counting(members, *others, original=executor.train_stack):
        seen.append(len(members))
        return original(members, *others)

    monkeypatch.setattr(executor, "train_stack", counting)
    return seen


class TestBothEngines:
    @pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
    def test_they_agree(self, settings, stacks):
        X, y = classes()
        one, other = (classifier(engine=engine, **settings).fit(X, y) for engine in ("compiled", "keras"))
        assert stacks == [1]
        np.testing.assert_allclose(one.predict_proba(X), other.predict_proba(X), atol=1e-5)
        assert one.history_.stopped == other.history_.stopped
        assert one.history_.curves.keys() == other.history_.curves.keys()
        for name, curve in one.history_.curves.items():
            np.testing.assert_allclose(curve, other.history_.curves[name], atol=1e-5)

    def test_quantities(self, stacks):
        X, y = quantities()
        one, other = (regressor(engine=engine).fit(X, y) for engine in ("compiled", "keras"))
        np.testing.assert_allclose(one.predict(X), other.predict(X), rtol=1e-5)
        assert stacks == [1]

    def test_the_same_bits_again(self):
        X, y = classes()
        one, other = (classifier(engine="compiled").fit(X, y).predict_proba(X) for _ in range(2))
        assert np.array_equal(one, other)

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


class TestChoice:
    def test_long_trainings_are_compiled(self, stacks, monkeypatch):
        X, y = classes()
        monkeypatch.setattr(stackable, "MANY_STEPS", 9)
        assert isinstance(classifier(epochs=4, batch_size=len(X)).fit(X, y).history_, History)
        assert stacks == []
        classifier(epochs=9, batch_size=len(X)).fit(X, y)
        assert stacks == [1]

    def test_rows_held_out_make_no_steps(self, stacks, monkeypatch):
        X, y = classes()
        monkeypatch.setattr(stackable, "MANY_STEPS", len(X))
        classifier(epochs=1, batch_size=1, validation_fraction=0.5).fit(X, y)
        assert stacks == []

    @pytest.mark.parametrize(("n_rows", "batch_size", "n_stacks"), [(40, 16, 1), (65, 1, 0)])
    def test_recurrent_layers_in_loops_are_compiled_where_an_epoch_is_short(self, n_rows, batch_size, n_stacks, stacks):
        X, y = np.random.default_rng(0).normal(size=(n_rows, 65, 2)).astype("float32"), np.arange(n_rows) % 2
        recipe = {"nnbuild": 1, "layers": [{"type": "GRU", "units": 2}]}
        settings = {"epochs": 1, "batch_size": batch_size, "random_state": 0}
        probabilities = NNClassifier(recipe, **settings).fit(X, y).predict_proba(X)
        assert stacks == [1] * n_stacks
        by_keras = NNClassifier(recipe, engine="keras", **settings).fit(X, y).predict_proba(X)
        np.testing.assert_allclose(probabilities, by_keras, atol=1e-5)

    def test_on_a_gpu_cudnn_has_them(self, stacks, monkeypatch):
        monkeypatch.setattr(stackable, "has_gpu", lambda device: True)
        recipe = {"nnbuild": 1, "layers": [{"type": "GRU", "units": 2}]}
        NNClassifier(recipe, epochs=1).fit(np.zeros((4, 65, 2)), [0, 1, 0, 1])
        assert stacks == []

    def test_keras_engine_for_what_can_not_be_compiled(self, stacks, monkeypatch):
        X, y = classes()
        monkeypatch.setattr(stackable, "MANY_STEPS", 1)
        classifier(callbacks=[keras.callbacks.Callback()]).fit(X, y)
        classifier(warm_start=True).fit(X, y)
        classifier(engine="keras").fit(X, y)
        classifier(engine="compiled").partial_fit(X, y)
        assert stacks == []

    @pytest.mark.parametrize(
        "params, reason",
        [
            ({"callbacks": [keras.callbacks.Callback()]}, "Keras' callbacks"),
            ({"warm_start": True}, "warm_start"),
            ({"precision": "mixed_bfloat16"}, "precision mixed_bfloat16"),
            ({"metrics": ["SparseTopKCategoricalAccuracy"]}, "metric SparseTopKCategoricalAccuracy"),
        ],
        ids=["callbacks", "warm start", "precision", "metric"],
    )
    def test_fits_that_can_not_be_compiled_are_reported(self, params, reason):
        X, y = classes()
        assert message_of(lambda: classifier(engine="compiled", **params).fit(X, y)) == (
            f"engine='compiled' is not supported here: {reason}\n"
            "  hint: set engine='auto', which uses Keras' engine if necessary"
        )

    @pytest.mark.parametrize("engine, shown", [("xla", "'xla'"), (None, "None"), (1, "1")])
    def test_names_that_nobody_has(self, engine, shown):
        X, y = classes()
        assert message_of(lambda: classifier(engine=engine).fit(X, y)) == (
            f"engine must be 'auto', 'compiled' or 'keras', got {shown}"
        )

    def test_ids_that_an_embedding_does_not_have(self):
        recipe = Recipe.from_dict(
            {
                "nnbuild": 1,
                "inputs": {"X": {"dtype": "int32"}},
                "layers": [{"type": "Embedding", "input_dim": 5, "output_dim": 2}, {"type": "Flatten"}],
            }
        )
        X, y = np.array([[0, 5], [2, 1], [3, 4], [1, 1]]), np.array([0, 1, 0, 1])
        params = {"recipe": recipe, "epochs": 1, "batch_size": 4, "shuffle": False, "validation_fraction": 0.0}
        reason = "ids outside the range of an Embedding"
        assert message_of(lambda: NNClassifier(engine="compiled", **params).fit(X, y)) == (
            f"engine='compiled' is not supported here: {reason}\n"
            "  hint: set engine='auto', which uses Keras' engine if necessary"
        )
        assert message_of(lambda: NNClassifier(**params).fit(X, y), DataError).startswith(
            "the network does not support these samples: indices[0,1] = 5 is not in [0, 5)"
        )

    def test_rows_that_are_too_short_for_axes_of_any_length(self):
        """Only the data show how long an open axis is; fit, predict and score find out alike."""
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
        for params in ({"engine": "keras"}, {"engine": "compiled"}):
            unfitted = NNClassifier(recipe, epochs=1, **params)
            assert message_of(lambda: unfitted.fit(short, y), DataError) == expected  # noqa: B023
        assert message_of(lambda: fitted.predict(short), DataError) == expected
        assert message_of(lambda: fitted.score(short, y), DataError) == expected


class TestFitsTogether:
    def scores(self, **params):
        with stacked():
            return cross_val_score(classifier(**params), *classes(), cv=3)

    @pytest.fixture
    def events(self, monkeypatch):
        """Fits that train together in each round, and how many train alone by the reason."""
        seen = []

        class Watched(rendezvous.Rendezvous):
            def _report(self, waiting, n_programs):
                alone = Counter(fit.choice.reason for fit in waiting if not fit.choice.is_stacked)
                seen.append((n_programs, dict(alone)))

        monkeypatch.setattr("nnbuild.estimators.joblib_backend.Rendezvous", Watched)
        return seen

    def test_short_ones_are_not_worth_a_program(self, events, monkeypatch):
        """40 rows in batches of 16, 4 epochs: 12 steps each."""
        alone = cross_val_score(classifier(), *classes(), cv=3)
        monkeypatch.setattr(stackable, "MANY_STEPS_STACKED", 37)
        assert np.array_equal(self.scores(), alone)
        assert events == [(0, {"too few steps to be worth compiling": 3})]

    def test_long_ones_are(self, events, monkeypatch):
        monkeypatch.setattr(stackable, "MANY_STEPS_STACKED", 36)
        self.scores()
        assert events == [(1, {})]

    def test_who_asks_for_it_has_it(self, events):
        self.scores(engine="compiled")
        assert events == [(1, {})]

    def test_who_refuses_has_it_not(self, events, monkeypatch):
        monkeypatch.setattr(stackable, "MANY_STEPS_STACKED", 0)
        self.scores(engine="keras")
        assert events == [(0, {"engine='keras'": 3})]
