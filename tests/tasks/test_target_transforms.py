"""Transforms of regression targets, their choice by likelihood, and their inverses."""

import json
from dataclasses import replace

import numpy as np
import pytest
from keras import ops
from scipy import stats
from sklearn.preprocessing import PowerTransformer

import nnbuild
from estimators.samples import message_of
from nnbuild import NNRegressor
from nnbuild.estimators.exporting import exported_model
from nnbuild.estimators.fitted import fit_of
from nnbuild.keras_layers.targets import InverseTransform
from nnbuild.saved.archive import Refused
from nnbuild.saved.model_info import model_info
from nnbuild.saved.targets import read_targets
from nnbuild.tasks.regression import RegressionTargets
from nnbuild.tasks.target_transforms import fitted_transforms, forward, inverse
from nnbuild.tasks.transforms import Transform

NORMAL = np.random.default_rng(0).normal(size=500)
SKEWED = np.exp(NORMAL)
COUNTS = np.random.default_rng(1).poisson(np.exp(1 + NORMAL)).astype(float)
LAYER = [{"type": "Dense", "units": 4, "activation": "relu"}]


def one(y, transform, clips=False):
    return fitted_transforms(np.asarray(y)[:, None], transform, clips)[0]


def recipe(**training):
    return {"nnbuild": 1, "layers": LAYER, "training": {"epochs": 2, **training}}


class TestLogarithm:
    def test_of_positive_targets(self):
        found = one(SKEWED, "log")
        np.testing.assert_allclose(forward(found, SKEWED), NORMAL, rtol=1e-12)
        np.testing.assert_allclose(inverse(found, NORMAL), SKEWED, rtol=1e-12)

    def test_of_counts_is_log1p(self):
        np.testing.assert_allclose(forward(one(COUNTS, "log"), COUNTS), np.log1p(COUNTS))

    def test_does_not_depend_on_units(self):
        thousands = one(COUNTS * 1000, "log")
        np.testing.assert_allclose(forward(thousands, COUNTS * 1000), np.log1p(COUNTS) + np.log(1000))

    def test_later_targets_below_those_of_the_training_set_are_raised(self):
        found = one([1.0, 2.0, 4.0], "log")
        assert forward(found, np.array([0.0, -3.0])).tolist() == [0, 0]


class TestPower:
    @pytest.mark.parametrize("y", [SKEWED, -SKEWED, NORMAL**3, COUNTS], ids=["skewed", "negative", "both", "counts"])
    def test_agrees_with_scikit_learn(self, y):
        found = one(y, "power")
        x = ((y - found.center) / found.scale)[:, None]
        theirs = PowerTransformer(standardize=False).fit(x)
        assert found.exponent == theirs.lambdas_[0]
        np.testing.assert_allclose(forward(found, y), theirs.transform(x)[:, 0], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(inverse(found, forward(found, y)), y, rtol=1e-9, atol=1e-9)

    @pytest.mark.parametrize("exponent", [0.0, 2.0, -1.5, 3.0])
    def test_of_any_lambda_is_inverted(self, exponent):
        transform, y = Transform("power", 1.0, 2.0, exponent), np.linspace(-1, 3, 9)
        x = (y - 1) / 2
        np.testing.assert_allclose(forward(transform, y), stats.yeojohnson(x, exponent), rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(inverse(transform, forward(transform, y)), y, rtol=1e-12, atol=1e-12)

    def test_of_mostly_equal_targets(self):
        y = np.repeat([0.0, 1.0, 9.0], [80, 15, 5])
        assert one(y, "power").scale == y.std()


class TestChoice:
    @pytest.mark.parametrize(
        ("y", "kind"),
        [
            (NORMAL, "none"), (np.exp(0.2 * NORMAL), "none"), (SKEWED, "log"), (-SKEWED, "power"),
            (np.where(NORMAL > 0, NORMAL**2, NORMAL), "power"), (np.full(9, 3.0), "none"), ([1e-200, 3e-200], "none"),
        ],
        ids=["normal", "nearly", "skewed", "negative", "mixed", "constant", "tiny"],
    )  # fmt: skip
    def test_of_auto(self, y, kind):
        assert one(y, "auto").kind == kind

    @pytest.mark.parametrize("kind", ["log", "power"])
    def test_gain_is_that_of_the_likelihood_of_densities(self, kind):
        found = replace(one(SKEWED, kind), limits=(0.01, 50.0))
        values, step = forward(found, SKEWED), 1e-6
        slopes = (forward(found, SKEWED + step) - forward(found, SKEWED - step)) / (2 * step)
        after = stats.norm.logpdf(values, values.mean(), values.std()) + np.log(slopes)
        before = stats.norm.logpdf(SKEWED, SKEWED.mean(), SKEWED.std())
        assert found.gain == pytest.approx((after - before).mean(), rel=1e-4)

    def test_is_made_for_each_target(self):
        targets = RegressionTargets.of(np.column_stack([SKEWED, NORMAL]), True, transform="auto")
        fitted = targets.fitted_to(np.column_stack([SKEWED, NORMAL]), None)
        assert [one.kind for one in fitted.transforms] == ["log", "none"]
        assert fitted.transform_texts == (
            "log(y), predicted from 0.02025 to 21.46, log-likelihood +0.69 per sample", "unchanged",
        )  # fmt: skip


class TestTargets:
    y = np.column_stack([SKEWED, NORMAL - 7, COUNTS])

    @pytest.mark.parametrize("transform", ["none", "power", "auto"])
    def test_are_restored_by_decoding(self, transform):
        targets = RegressionTargets.of(self.y, True, transform=transform, clips=True).fitted_to(self.y, None)
        encoded = targets.encode(self.y)
        np.testing.assert_allclose(encoded.mean(axis=0), 0, atol=1e-12)
        np.testing.assert_allclose(encoded.std(axis=0), 1)
        np.testing.assert_allclose(targets.decode(encoded), self.y, rtol=1e-9, atol=1e-9)

    @pytest.mark.parametrize("transform", ["none", "power", "auto"])
    def test_limit_predictions_to_the_training_set(self, transform):
        targets = RegressionTargets.of(self.y, True, transform=transform, clips=True).fitted_to(self.y, None)
        found = targets.decode(np.array([[-1e4] * 3, [1e4] * 3]))
        np.testing.assert_allclose(found, [self.y.min(axis=0), self.y.max(axis=0)], rtol=1e-12)

    def test_without_settings_are_as_before(self):
        plain = RegressionTargets.of(self.y, True).fitted_to(self.y, None)
        assert plain.document() == {"task": "regression", "shape": [3], "scaled": True}
        assert plain.transform_texts is None
        assert plain.decode(np.full((1, 3), 1e4)).max() > 1e4

    def test_quantiles_are_inverted_in_order(self):
        targets = RegressionTargets.of(SKEWED, True, transform="log").fitted_to(SKEWED, None)
        levels = np.array([[-1.0, 0.0, 1.0]])
        expected = np.exp(levels * targets.scale + targets.mean)
        np.testing.assert_allclose(targets.values(levels, 3), expected, rtol=1e-12)

    @pytest.mark.parametrize("transform", ["none", "power", "auto"])
    def test_saved_form_is_equal(self, transform):
        targets = RegressionTargets.of(self.y, True, transform=transform, clips=True).fitted_to(self.y, None)
        document = read_targets(json.loads(json.dumps(targets.document())))
        again = RegressionTargets.restored(document, targets.arrays(), {})
        assert again.transforms == targets.transforms

    @pytest.mark.parametrize(
        ("transforms", "message"),
        [
            ([{}, {}], "transforms: must be 1, one for each target, got 2"),
            ([{"kind": "log"}], "transforms[0]: limits: must be two numbers, got 0"),
            ([{"limits": [2, 1]}], "transforms[0]: limits: must be in increasing order"),
            (
                [{"kind": "log", "limits": [0, 1]}],
                "transforms[0]: limits: a logarithm requires targets above its center",
            ),
            ([{"scale": 0}], "transforms[0]: scale: must be a number above 0, got 0"),
            ([{"kind": "exec"}], "transforms[0]: kind: must be 'log', 'none' or 'power', got 'exec'"),
        ],
        ids=["two", "no limits", "limits", "logarithm", "scale", "kind"],
    )
    def test_damaged_forms(self, transforms, message):
        document = {"task": "regression", "shape": [], "scaled": True, "transforms": transforms}
        with pytest.raises(Refused) as caught:
            read_targets(document)
        assert caught.value.args[0] == f"targets.json: {message}"


@pytest.mark.parametrize("transform", ["log", "power"])
def test_the_layer_of_exported_networks_inverts_transforms(transform):
    skewed, counts = SKEWED[:, None], COUNTS[:, None]
    transforms = [
        *fitted_transforms(np.hstack([skewed, counts]), transform, True), Transform(),
        *fitted_transforms(skewed, "none", True),
    ]  # fmt: skip
    values = np.random.default_rng(0).normal(0, 3, (50, 4))
    layer = InverseTransform([one.to_dict() for one in transforms])
    found = ops.convert_to_numpy(InverseTransform.from_config(layer.get_config())(values.astype("float32")))
    expected = np.column_stack([inverse(one, values[:, index]) for index, one in enumerate(transforms)])
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


X, Y = np.column_stack([NORMAL, NORMAL**2])[:80], SKEWED[:80]


@pytest.fixture(scope="module")
def fitted():
    return NNRegressor(recipe(target_transform="auto"), random_state=0).fit(X, Y)


class TestEstimator:
    def test_reports_the_transform(self, fitted):
        assert fitted.target_transforms_ == fit_of(fitted).targets.transform_texts
        assert fitted.target_transforms_[0].startswith("log(y), predicted from ")

    def test_trains_on_the_logarithm(self, fitted):
        plain = NNRegressor(recipe(), random_state=0).fit(X, np.log(Y))
        assert fitted.history_.curves == plain.history_.curves
        limits = Y.min(), Y.max()
        np.testing.assert_allclose(fitted.predict(X), np.clip(np.exp(plain.predict(X)), *limits), rtol=1e-9)
        assert not hasattr(plain, "target_transforms_")

    def test_parameters_replace_the_settings_of_the_recipe(self, fitted):
        estimator = NNRegressor(recipe(), target_transform="log", clip_predictions=True, random_state=0)
        found = estimator.fit(X, Y).predict(X)
        np.testing.assert_array_equal(found, fitted.predict(X))

    def test_is_saved(self, fitted, tmp_path):
        path = tmp_path / "model.nnb"
        fitted.save(path)
        loaded = nnbuild.load(path)
        np.testing.assert_array_equal(loaded.predict(X), fitted.predict(X))
        assert loaded.target_transforms_ == model_info(path).target_transforms == fitted.target_transforms_

    def test_exported_model_predicts_in_the_units_of_y(self, fitted):
        found = exported_model(fit_of(fitted)).predict(X, verbose=0)[:, 0]
        np.testing.assert_allclose(found, fitted.predict(X), rtol=1e-5)

    def test_clips_predictions_without_transform(self):
        estimator = NNRegressor(recipe(clip_predictions=True), random_state=0).fit(X, Y)
        assert estimator.predict(X * 1e4).max() == Y.max()
        low, high = Y.min(), Y.max()
        assert estimator.target_transforms_ == (f"unchanged, predicted from {low:.4g} to {high:.4g}",)

    @pytest.mark.parametrize(
        ("training", "y", "message"),
        [
            (
                {"target_transform": "log"}, np.where(np.arange(80) == 5, -3, Y),
                "target_transform='log' requires y with numbers of 0 or more, got -3 in row 5 (counted from 0)\n"
                "  hint: set target_transform to 'power' or 'auto' for numbers of any sign",
            ),
            (
                {"target_transform": "power", "loss": "poisson"}, Y,
                "target_transform='power' changes y, but loss 'poisson' requires y in its own units\n"
                "  hint: set target_transform to 'none' or 'auto', or use the loss mean_squared_error",
            ),
            (
                {"target_transform": "root"}, Y,
                "training.target_transform: must be 'auto', 'log', 'none' or 'power', got 'root'",
            ),
        ],
        ids=["negative", "loss", "name"],
    )  # fmt: skip
    def test_errors(self, training, y, message):
        assert message_of(lambda: NNRegressor(recipe(**training)).fit(X, y)) == message

    def test_auto_does_not_transform_for_losses_of_other_units(self):
        estimator = NNRegressor(recipe(target_transform="auto", loss="poisson"), random_state=0).fit(X, Y)
        assert not hasattr(estimator, "target_transforms_")
