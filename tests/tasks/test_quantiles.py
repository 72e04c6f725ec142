"""Regression by the loss Quantile: quantiles do not cross, and `predict` returns the median."""

import re

import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error, mean_pinball_loss

import nnbuild
from estimators.samples import features, message_of, quantities, regressor
from nnbuild import NNRegressor, RecipeError
from saved.edited_files import edited, error_of

LEVELS = [0.1, 0.5, 0.9]
X, Y = quantities(200)
Y2 = np.column_stack([Y, -3 * Y])


def loss(*levels, **arguments):
    return {"type": "Quantile", "quantiles": list(levels or LEVELS), **arguments}


def quantile(**params):
    return regressor(**{"loss": loss(), "dropout": 0.0, **params})


def crosses(values):
    return bool((np.diff(values) < 0).any())


@pytest.fixture(scope="module")
def fitted():
    return quantile(epochs=40, metrics=["mae"], validation_fraction=0.2).fit(X, Y)


class TestPredictions:
    def test_shapes(self, fitted):
        assert fitted.predict(X[:5]).shape == (5,)
        assert fitted.predict_quantiles(X[:5]).shape == (5, 3)
        two = quantile(epochs=1).fit(X, Y2)
        assert two.predict(X[:5]).shape == (5, 2)
        assert two.predict_quantiles(X[:5]).shape == (5, 2, 3)
        assert two.n_outputs_ == 2
        assert quantile(loss=loss(0.5), epochs=1).fit(X, Y).predict_quantiles(X[:5]).shape == (5, 1)

    def test_the_median_is_predicted(self, fitted):
        assert np.array_equal(fitted.predict(X), fitted.predict_quantiles(X)[:, 1])
        assert fitted.score(X, Y) > 0.8

    def test_levels_are_those_of_a_known_distribution(self):
        """Of y = x0 + s e with a normal e and s = 1/2 + |x1|, they are x0 + s z."""
        rows, rng = features(3000), np.random.default_rng(1)
        deviations = 0.5 + np.abs(rows[:, 1])
        y = rows[:, 0] + deviations * rng.normal(size=3000)
        estimator = quantile(hidden=[32], epochs=100, batch_size=300, learning_rate=0.01).fit(rows, y)
        found = estimator.predict_quantiles(rows)
        wanted = rows[:, :1] + deviations[:, np.newaxis] * [-1.2816, 0, 1.2816]
        assert np.abs(found - wanted).mean() < 0.2
        np.testing.assert_allclose((y[:, np.newaxis] <= found).mean(axis=0), LEVELS, atol=0.04)

    def test_quantiles_of_members_do_not_cross(self):
        levels = (0.01, 0.02, 0.5, 0.51, 0.99)
        estimator = quantile(loss=loss(*levels), n_members=3, bootstrap=True, epochs=2).fit(X, Y2)
        others = 100 * features(500, seed=1)
        of_members = [member.predict_quantiles(others) for member in estimator.members_]
        assert not any(map(crosses, of_members))
        models = [member.model_ for member in estimator.members_]
        assert not any(crosses(np.array(model(others)).reshape(-1, 5)) for model in models)
        assert np.array_equal(estimator.predict_quantiles(others), np.mean(of_members, axis=0))
        mean, std = estimator.predict(others, return_std=True)
        np.testing.assert_array_equal(mean, estimator.predict_quantiles(others)[..., 2])
        np.testing.assert_array_equal(std, np.std(of_members, axis=0, ddof=1)[..., 2])

    def test_quantiles_scale_with_y(self):
        small, large = (quantile().fit(X, factor * Y).predict_quantiles(X) for factor in (1, 1024))
        np.testing.assert_array_equal(1024 * small, large)


class TestTraining:
    def test_losses_and_metrics(self):
        """Pinball loss over all quantiles, and error of the median, of a standardized y."""
        estimator = quantile(l2=0.0, metrics=["mae"]).fit(X, Y, X_val=X, y_val=Y)
        found, curves = estimator.predict_quantiles(X), estimator.history_.curves
        pinball = [mean_pinball_loss(Y, found[:, place], alpha=level) for place, level in enumerate(LEVELS)]
        assert curves["val_loss"][-1] == pytest.approx(np.mean(pinball) / Y.std(), rel=1e-4)
        assert curves["val_mae"][-1] == pytest.approx(mean_absolute_error(Y, found[:, 1]) / Y.std(), rel=1e-4)

    @pytest.mark.slow
    def test_both_engines_agree(self):
        """In double precision: the gradient is discontinuous, which magnifies rounding."""
        params = {"n_members": 2, "metrics": ["mae"], "precision": "float64"}
        alone, compiled = (quantile(engine=engine, **params).fit(X, Y2) for engine in ("keras", "compiled"))
        np.testing.assert_allclose(alone.predict_quantiles(X), compiled.predict_quantiles(X), rtol=1e-4)
        assert alone.history_.curves["mae"] == pytest.approx(compiled.history_.curves["mae"], rel=1e-4)

    @pytest.mark.slow
    def test_sample_weights(self):
        """A network without hidden layers: quantiles of the weighted sample."""
        y = np.r_[np.zeros(50), np.ones(50)]
        recipe = {"layers": [{"type": "Identity"}], "training": {"loss": loss(), "epochs": 200, "learning_rate": 0.05}}
        estimator = NNRegressor(recipe, batch_size=100, random_state=0)
        found = estimator.fit(np.zeros((100, 1)), y, sample_weight=np.r_[np.full(50, 3.0), np.ones(50)])
        np.testing.assert_allclose(found.predict_quantiles([[0.0]])[0], [0, 0, 1], atol=0.1)

    def test_a_warm_start_continues(self):
        estimator = quantile(epochs=2, warm_start=True).fit(X, Y)
        before = mean_pinball_loss(Y, estimator.predict_quantiles(X)[:, 2], alpha=0.9)
        estimator.fit(X, Y)
        assert mean_pinball_loss(Y, estimator.predict_quantiles(X)[:, 2], alpha=0.9) < before
        assert message_of(lambda: estimator.set_params(loss=loss(0.2, 0.5, 0.8)).fit(X, Y)) == (
            "the loss predicts [0.2, 0.5, 0.8] per target, but the loss of the previous fit predicted [0.1, 0.5, 0.9]\n"
            "  hint: set warm_start=False to train a new network"
        )
        assert message_of(lambda: estimator.set_params(loss="mae").fit(X, Y)) == (
            "the loss predicts one value per target, but the loss of the previous fit predicted [0.1, 0.5, 0.9]\n"
            "  hint: set warm_start=False to train a new network"
        )

    def test_mixed_precision(self):
        estimator = quantile(precision="mixed_bfloat16", epochs=1).fit(X, Y)
        assert estimator.model_.output.dtype == "float32"
        assert not crosses(estimator.predict_quantiles(100 * X))


class TestCopies:
    def test_files(self, fitted, tmp_path):
        fitted.save(tmp_path / "m.nnb")
        loaded = nnbuild.load(tmp_path / "m.nnb")
        assert np.array_equal(loaded.predict_quantiles(X), fitted.predict_quantiles(X))
        assert np.array_equal(loaded.predict(X), fitted.predict(X))
        loaded.save(tmp_path / "again.nnb")
        assert (tmp_path / "again.nnb").read_bytes() == (tmp_path / "m.nnb").read_bytes()

    @pytest.mark.parametrize(
        ("levels", "message"),
        [
            ([0.1, 0.5], "the output of the network has shape [3], which does not match the targets in targets.json"),
            (
                [0.1, 0.6, 0.9],
                "resolved.json: outputs.output.loss.quantiles: quantiles of Quantile must contain 0.5, which "
                "predict returns",
            ),
            (
                [0.5, 0.5, 0.9],
                "resolved.json: outputs.output.loss.quantiles: must be a list of 1 to 99 in increasing order, "
                "each a number from 1e-06 to 0.999999, got [0.5, 0.5, 0.9]",
            ),
        ],
    )
    def test_files_with_other_levels_are_refused(self, fitted, tmp_path, levels, message):
        fitted.save(tmp_path / "m.nnb")
        change = edited("resolved.json", "outputs", "output", "loss", "quantiles", levels)
        assert error_of(change((tmp_path / "m.nnb").read_bytes()), tmp_path) == f"m.nnb: {message}"


RECIPE = {
    "nnbuild": 1,
    "layers": [{"type": "Dense", "units": 4}],
    "training": {"loss": loss(), "metrics": ["mae"]},
}


class TestConversion:
    def test_python_code(self):
        """The output layer is that of nnbuild; Keras' metrics would compare all quantiles."""
        names = {}
        code = nnbuild.Recipe.from_dict(RECIPE).to_python()
        exec(code, names)
        assert "from nnbuild import keras_layers, keras_losses\n" in code
        assert "    n_outputs: 3 for each target\n" in code
        assert '    # The recipe also sets: metrics=["mae"], computed from the output of predict\n' in code
        model = names["build_model"](input_shape=(4,), n_outputs=6)
        names["compile_model"](model)
        built = nnbuild.build(RECIPE, (4,), task="regression", n_outputs=2)
        model.set_weights(built.get_weights())
        found = np.array(model(X[:8]))
        assert np.array_equal(found, np.array(built(X[:8])))
        rows, each = np.ones((8, 2)), found.reshape(8, 2, 3)
        wanted = [mean_pinball_loss(rows, each[..., place], alpha=level) for place, level in enumerate(LEVELS)]
        assert model.evaluate(X[:8], rows, verbose=0) == pytest.approx(np.mean(wanted), rel=1e-5)

    def test_keras_models(self):
        names = {}
        exec(nnbuild.Recipe.from_dict(RECIPE).to_python(), names)
        model = names["build_model"](input_shape=(4,), n_outputs=3)
        names["compile_model"](model)
        document = nnbuild.Recipe.from_keras(model).to_dict()
        assert document["layers"][-1]["activation"] == {"type": "OrderedQuantiles", "quantiles": LEVELS}
        assert document["training"]["loss"] == loss()
        estimator = NNRegressor(document, epochs=1, random_state=0).fit(X, Y)
        assert not crosses(np.array(estimator.model_(X.astype("float32"))))


class TestAvailability:
    def test_predict_quantiles_requires_the_loss(self):
        assert hasattr(quantile(), "predict_quantiles")
        for other in (regressor(), regressor(loss="mae"), regressor(loss="rubbish")):
            assert not hasattr(other, "predict_quantiles")

    def test_the_loss_of_the_fit_decides(self):
        estimator = quantile(epochs=1).fit(X, Y).set_params(loss="mae")
        assert estimator.predict_quantiles(X).shape == (200, 3)
        assert not hasattr(estimator.fit(X, Y), "predict_quantiles")

    def test_the_reason(self):
        with pytest.raises(AttributeError) as caught:
            regressor().predict_quantiles(X)
        assert str(caught.value) == "This 'NNRegressor' has no attribute 'predict_quantiles'"
        assert str(caught.value.__cause__) == (
            "predict_quantiles requires the loss 'Quantile', got 'mean_squared_error'\n"
            "  hint: fit with loss={'type': 'Quantile', 'quantiles': [0.1, 0.5, 0.9]}"
        )


class TestWrongLevels:
    def test_without_the_median(self):
        wrong = {"loss": loss(0.1, 0.9)}
        message = "quantiles of Quantile must contain 0.5, which predict returns\n  hint: add it: [0.1, 0.5, 0.9]"
        found = message_of(lambda: quantile(**wrong).fit(X, Y), RecipeError)
        assert found == f"training.loss.quantiles: {message}"
        recipe = {
            "layers": [{"type": "Dense", "units": 2, "name": "end"}],
            "outputs": {"end": {"node": "end", **wrong}},
        }
        found = message_of(lambda: NNRegressor(recipe).fit(X, Y), RecipeError)
        assert found == f"outputs.end.loss.quantiles: {message}"

    def test_of_classes(self):
        recipe = {"layers": [{"type": "Dense", "units": 2}], "training": {"loss": loss()}}
        message = message_of(lambda: nnbuild.describe(recipe, (4,), task="binary", n_outputs=2), RecipeError)
        assert message.startswith("training.loss: Quantile does not suit a binary task\n")


class TestOutputLayers:
    """Networks with an output layer of the recipe."""

    def recipe(self, units, **layer):
        return {"layers": [{"type": "Dense", "units": units, **layer}], "outputs": "last", "training": {"loss": loss()}}

    def test_predictions_are_sorted(self):
        estimator = NNRegressor(self.recipe(6), epochs=1, random_state=0, metrics=["mae"]).fit(X, Y2, X_val=X, y_val=Y2)
        given = np.array(estimator.model_(X.astype("float32"))).reshape(200, 2, 3)
        assert crosses(given)
        units, mean = Y2.std(axis=0)[:, np.newaxis], Y2.mean(axis=0)[:, np.newaxis]
        np.testing.assert_allclose(estimator.predict_quantiles(X), np.sort(given) * units + mean, rtol=1e-4)
        wanted = np.abs((Y2 - estimator.predict(X)) / Y2.std(axis=0)).mean()
        assert estimator.history_.curves["val_mae"][-1] == pytest.approx(wanted, rel=1e-4)

    @pytest.mark.parametrize("ends", ["Dense", "Activation", "OrderedQuantiles"])
    def test_other_levels_than_those_of_the_loss(self, ends):
        head = {"type": "OrderedQuantiles", "quantiles": [0.1, 0.5, 0.8]}
        recipe = self.recipe(3, activation=head) if ends == "Dense" else self.recipe(3)
        recipe["layers"] += {"Dense": [], "Activation": [{"type": ends, "activation": head}]}.get(ends, [head])
        name = {"Dense": "dense_1", "Activation": "activation_1"}.get(ends, "ordered_quantiles_1")
        path = f"layers[{len(recipe['layers']) - 1}]"
        message = message_of(lambda: NNRegressor(recipe).fit(X, Y), RecipeError)
        assert re.sub("  shapes: .*\n", "", message) == (
            f"{path}: quantiles of OrderedQuantiles in {ends} '{name}' are [0.1, 0.5, 0.8], and those of loss Quantile "
            "[0.1, 0.5, 0.9]\n"
            "  hint: use the same list for both, or set 'outputs' to 'auto' for an output layer that suits the loss"
        )

    def test_other_widths(self):
        assert message_of(lambda: NNRegressor(self.recipe(4)).fit(X, Y), RecipeError) == (
            "layers[0]: the output shape is (4,), but a regression task requires 3 values in the last axis\n"
            "  shapes: input (4,) -> dense_1 (4,)\n"
            "  hint: set 'outputs' to 'auto' for an output layer that suits the task"
        )
