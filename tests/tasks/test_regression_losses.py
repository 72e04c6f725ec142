"""Losses of a regression: each trains on the targets that it is defined for and refuses others."""

from functools import partial

import keras
import numpy as np
import pytest
from sklearn.linear_model import GammaRegressor, PoissonRegressor, TweedieRegressor
from sklearn.metrics import mean_gamma_deviance, mean_poisson_deviance, mean_tweedie_deviance

import nnbuild
from estimators.samples import features, message_of, regressor
from few import few_of
from nnbuild import NNRegressor, RecipeError, catalog
from nnbuild.catalog.facts.losses import LOSSES as ROWS
from nnbuild.catalog.json_form import type_of
from nnbuild.tasks.rows import TASKS

X = features(120)
SIGNED = X @ np.array([1.0, -1.0, 0.5, 1.5])
COUNTS = np.random.default_rng(0).poisson(np.exp(1 + 0.5 * X[:, 0]))
SHARES = 1 / (1 + np.exp(-SIGNED))
PARTS = np.column_stack([SHARES, (1 - SHARES) / 3, 2 * (1 - SHARES) / 3])
TARGETS = {"signed": SIGNED, "counts": COUNTS, "positive": COUNTS + 1.0, "shares": SHARES, "distributions": PARTS}
LOSSES = sorted(name for name in TASKS["regression"].losses if catalog.find("losses", name))
ANY = set(TARGETS)
TAKES = {  # targets that each loss is defined for; the others accept all
    "BinaryCrossentropy": {"shares", "distributions"},
    "CosineSimilarity": {"distributions"},
    "Gamma": {"positive", "shares", "distributions"},
    "KLDivergence": {"distributions"},
    "MeanAbsolutePercentageError": {"signed", "positive", "shares", "distributions"},
    "MeanSquaredLogarithmicError": ANY - {"signed"},
    "Poisson": ANY - {"signed"},
    "Tweedie": ANY - {"signed"},
}
ARGUMENTS = {"Quantile": {"quantiles": [0.1, 0.5, 0.9]}}  # that a loss requires
FEW = "BinaryCrossentropy", "CosineSimilarity", "Gamma", "KLDivergence", "Quantile"
MORE = {"epochs": 30, "learning_rate": 0.02, "dropout": 0.0}


def made(loss):
    return {"type": loss, **ARGUMENTS[loss]} if loss in ARGUMENTS else loss


@pytest.mark.parametrize("loss", few_of(LOSSES, *FEW))
@pytest.mark.parametrize("scale", few_of([1, 1000], 1))
def test_each_loss_trains_on_its_targets_and_refuses_others(loss, scale):
    activation, scaling, _ = ROWS[loss].head or ("linear", "standard", "any")
    accepted = [name for name in TARGETS if name in TAKES.get(loss, ANY)]
    for name, y in TARGETS.items():
        y = y if name in ("shares", "distributions") else scale * y
        estimator = regressor(loss=made(loss), **MORE)
        if name not in accepted:
            assert message_of(lambda one=estimator, y=y: one.fit(X, y)).startswith(f"loss '{loss}' requires y with ")
            continue
        if scale == 1 and name in accepted[1:-1]:
            continue  # trained by the slow test
        curve = estimator.fit(X, y).history_.curves["loss"]
        targets = estimator._fitted.targets
        assert type_of(estimator.recipe_.nodes[-1].arguments["activation"]) == activation
        assert targets.mean.any() == (scaling == "standard")
        assert (targets.scale != 1).any() == (scaling != "none")
        found = estimator.predict(X)
        assert np.isfinite(curve).all()
        assert np.isfinite(found).all()
        assert curve[-1] < curve[0]
        if loss not in ("CosineSimilarity", "MeanSquaredLogarithmicError"):  # without a unit
            assert np.corrcoef(found.ravel(), y.ravel())[0, 1] > 0.4
        if activation in ("exponential", "sigmoid", "softmax"):
            assert (found >= 0).all()
        if loss == "KLDivergence":
            np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)


GLMS = {
    "Gamma": (GammaRegressor, mean_gamma_deviance, COUNTS + 1.0),
    "Poisson": (PoissonRegressor, mean_poisson_deviance, COUNTS),
    "Tweedie": (partial(TweedieRegressor, power=1.5), partial(mean_tweedie_deviance, power=1.5), COUNTS),
}


@pytest.mark.parametrize("loss", few_of(GLMS, "Poisson"))
def test_a_network_without_hidden_layers_is_a_generalized_linear_model(loss):
    """One layer with the log link, compared with scikit-learn."""
    glm, deviance, y = GLMS[loss]
    linear = glm(alpha=0).fit(X, y)
    settings = {"loss": made(loss), "epochs": 300, "learning_rate": 0.02, "random_state": 0}
    network = NNRegressor({"layers": [{"type": "Identity"}]}, **settings).fit(X, y)
    deviances = [deviance(y, model.predict(X)) for model in (linear, network)]
    assert deviances[1] == pytest.approx(deviances[0], rel=0.01)
    np.testing.assert_allclose(network.predict(X), linear.predict(X), rtol=0.1)


def test_percentages_are_those_of_y():
    """The division of the target does not change percentages."""
    loss = "mean_absolute_percentage_error"
    fitted = regressor(loss=loss, learning_rate=1e-9, epochs=1, l2=0.0, dropout=0.0).fit(X, COUNTS + 1.0)
    given = keras.losses.mean_absolute_percentage_error(COUNTS + 1.0, fitted.predict(X))
    assert fitted.history_.curves["loss"][0] == pytest.approx(float(given), rel=1e-4)


def test_targets_that_are_all_zero_are_not_divided():
    fitted = regressor(loss="tweedie").fit(X, 0 * COUNTS)
    assert fitted._fitted.targets.scale == 1
    assert np.isfinite(fitted.predict(X)).all()


def test_files_keep_scales(tmp_path):
    fitted = regressor(loss="mean_absolute_percentage_error").fit(X, COUNTS + 1.0)
    fitted.save(tmp_path / "model.nnb")
    loaded = nnbuild.load(tmp_path / "model.nnb")
    assert np.array_equal(loaded.predict(X), fitted.predict(X))
    assert np.array_equal(
        loaded.partial_fit(X, COUNTS + 1.0).predict(X), fitted.partial_fit(X, COUNTS + 1.0).predict(X)
    )


SHORT = "requires y with"
MEASURES = "use mean_squared_error, mean_absolute_error or huber for numbers of any sign"


@pytest.mark.parametrize(
    ("loss", "y", "message"),
    [
        (
            "poisson",
            np.r_[COUNTS[:-1], -2],
            f"{SHORT} numbers of 0 or more, got -2 in row 119 (counted from 0)\n  hint: {MEASURES}",
        ),
        (
            {"type": "Poisson"},
            np.column_stack([COUNTS, np.r_[-0.5, COUNTS[1:]]]),
            f"{SHORT} numbers of 0 or more, got -0.5 in row 0 (counted from 0), column 1\n  hint: {MEASURES}",
        ),
        (
            "mean_absolute_percentage_error",
            np.r_[1.0, 0.0, COUNTS[2:] + 1],
            f"{SHORT} numbers other than 0, got 0 in row 1 (counted from 0)\n"
            "  hint: use mean_absolute_error or mean_squared_logarithmic_error for zeros",
        ),
        (
            "gamma",
            np.r_[COUNTS[:-1] + 1.0, 0.0],
            f"{SHORT} numbers above 0, got 0 in row 119 (counted from 0)\n"
            "  hint: use poisson, tweedie or mean_squared_logarithmic_error for zeros",
        ),
        (
            "gamma",
            np.r_[COUNTS[:-1] + 1.0, -2.0],
            f"{SHORT} numbers above 0, got -2 in row 119 (counted from 0)\n  hint: {MEASURES}",
        ),
        (
            "binary_crossentropy",
            np.r_[SHARES[:-1], 1.5],
            f"{SHORT} shares from 0 to 1, got 1.5 in row 119 (counted from 0)\n"
            "  hint: use mean_squared_error for any numbers",
        ),
        (
            "kl_divergence",
            np.r_[PARTS[:-1], 2 * PARTS[-1:]],
            f"{SHORT} a distribution in each row: columns of 0 or more with a sum of 1, got a sum of 2 in row 119 "
            "(counted from 0)\n  hint: divide each row by its sum, or use mean_squared_error for any numbers",
        ),
        (
            "cosine_similarity",
            SIGNED,
            f"{SHORT} two or more columns, because it compares directions, got one column\n"
            "  hint: use mean_squared_error for one column",
        ),
    ],
)
def test_targets_outside_the_domain_of_a_loss_raise(loss, y, message):
    name = loss if isinstance(loss, str) else "Poisson"
    assert message_of(lambda: regressor(loss=loss).fit(X, y)) == f"loss '{name}' {message}"


def test_messages_count_rows_of_weight_0():
    y = np.r_[-1, COUNTS[1:-1], -7]
    weights = np.r_[0, 0, np.ones(118)]
    start = "loss 'poisson' requires {} with numbers of 0 or more, got -7 in row 119 (counted from 0)\n"
    poisson = regressor(loss="poisson", epochs=1)
    assert message_of(lambda: poisson.fit(X, y, weights)).startswith(start.format("y"))
    assert message_of(lambda: poisson.fit(X, COUNTS, X_val=X, y_val=y, sample_weight_val=weights)).startswith(
        start.format("y_val")
    )
    assert message_of(lambda: poisson.partial_fit(X, y, weights)).startswith(start.format("y"))
    assert np.isfinite(poisson.fit(X, np.r_[y[:-1], 7], weights).predict(X)).all()


class TestScaleTarget:
    def test_values_override_the_loss(self):
        plain = regressor(loss="mean_absolute_error", scale_target=False, epochs=1).fit(X, 5 + SIGNED)
        assert (plain._fitted.targets.mean, plain._fitted.targets.scale) == (0, 1)
        scaled = regressor(scale_target=True, epochs=1).fit(X, 5 + SIGNED)
        assert np.array_equal(scaled.predict(X), regressor(epochs=1).fit(X, 5 + SIGNED).predict(X))

    def test_invalid_values_raise(self):
        assert message_of(lambda: regressor(loss="Gamma", scale_target=True).fit(X, SHARES)) == (
            "scale_target=True standardizes y, but loss 'Gamma' requires y in its original units\n"
            "  hint: pass scale_target='auto' for the scaling that the loss allows"
        )
        message = "scale_target must be 'auto', True or False, got 1"
        assert message_of(lambda: regressor(scale_target=1).fit(X, SIGNED)) == message


class TestOwnHeads:
    def network(self, activation, **layer):
        dense = {"type": "Dense", "units": 1, "activation": activation, **layer}
        return {"layers": [dense], "outputs": "last", "training": {"loss": "poisson", "epochs": 2}}

    @pytest.mark.parametrize("activation", [None, "tanh"])
    def test_activations_with_negative_values_are_refused(self, activation):
        shown = activation or "linear"
        message = message_of(lambda: NNRegressor(self.network(activation)).fit(X, COUNTS), RecipeError)
        assert message == (
            f"layers[0]: loss Poisson takes logarithms of predictions, and Dense 'dense_1' ({shown}) returns "
            "negative values\n  shapes: input (4,) -> dense_1 (1,)\n  allowed: exponential, softplus, relu, sigmoid\n"
            "  hint: set 'outputs' to 'auto' for an output layer that suits the loss"
        )

    def test_others_are_kept(self):
        fitted = NNRegressor(self.network("softplus"), random_state=0).fit(X, COUNTS)
        assert fitted.recipe_.nodes[-1].arguments["activation"] == "softplus"
        assert (fitted.predict(X) >= 0).all()


HEAD = {"layers": [{"type": "Dense", "units": 1, "activation": "softplus"}], "outputs": "last"}


@pytest.mark.parametrize(("loss", "method"), [("poisson", "fit"), ("cosine_similarity", "partial_fit")])
def test_a_scaled_target_and_a_loss_in_original_units_are_refused(loss, method):
    """A network with an output layer of the recipe is the same for each loss, and y remains scaled."""
    units = PARTS.shape[1]
    recipe = {**HEAD, "layers": [{**HEAD["layers"][0], "units": units}]}
    fitted = NNRegressor(recipe, epochs=1, warm_start=True, random_state=0).fit(X, PARTS)
    before = fitted.predict(X)
    found = f"loss '{loss}' requires y in its original units, but the previous fit scaled y"
    hint = "pass warm_start=False to start again with the scaling that the loss allows"
    fitted.set_params(loss=loss)
    assert message_of(lambda: getattr(fitted, method)(X, PARTS)) == f"{found}\n  hint: {hint}"
    assert np.array_equal(fitted.predict(X), before)
    fitted.set_params(loss="mean_absolute_error").fit(X, PARTS)


def test_training_continues_with_another_loss_of_the_same_scale():
    fitted = NNRegressor(HEAD, epochs=1, warm_start=True, random_state=0, loss="poisson").fit(X, COUNTS + 1.0)
    for loss in ("mean_squared_logarithmic_error", "mean_absolute_percentage_error", "mean_squared_error"):
        fitted.set_params(loss=loss).fit(X, COUNTS + 1.0)
        assert (fitted._fitted.targets.mean, fitted._fitted.targets.scale) == (0, 1)


def test_a_regression_has_no_logits():
    estimator = regressor(loss={"type": "binary_crossentropy", "from_logits": True})
    assert message_of(lambda: estimator.fit(X, SHARES)) == (
        "loss 'binary_crossentropy' with from_logits predicts logits, but predict must return values of y\n"
        "  hint: remove from_logits; the output layer then has a matching activation"
    )
