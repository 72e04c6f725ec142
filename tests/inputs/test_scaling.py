"""Scaling of numbers: statistics of columns, clipping, and the transform to a normal distribution."""

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import QuantileTransformer, RobustScaler

from inputs.tables_of import fitted, outputs, summary
from nnbuild.inputs.table import column
from nnbuild.inputs.table.preparation import TablePreparation
from nnbuild.inputs.table.scaling import NOISE, moments, quantiles_of, robust_scaling, smoothly_clipped

VALUES = np.random.default_rng(0).lognormal(size=(3, 400))


def test_statistics_of_columns_are_bit_identical_to_those_of_each_column():
    means, deviations = moments(VALUES)
    assert means.tolist() == [float(column.mean()) for column in VALUES]
    assert deviations.tolist() == [float(column.std()) for column in VALUES]
    together = TablePreparation.fitted(pd.DataFrame(VALUES.T), {"scale": "robust"})
    for place, values in enumerate(VALUES):
        (alone,) = TablePreparation.fitted(pd.DataFrame(values), {"scale": "robust"}).steps
        assert (alone.center, alone.scale) == (together.steps[place].center, together.steps[place].scale)


class TestClip:
    def test_is_smooth_and_bounded(self):
        z = np.array([-1e200, -3.0, -0.01, 0.0, 1.0, 1e308])
        expected = [-3, -3 / np.sqrt(2), -0.01 / np.sqrt(1 + 0.01**2 / 9), 0, 1 / np.sqrt(1 + 1 / 9), 3]
        np.testing.assert_allclose(smoothly_clipped(z, 3.0), expected, rtol=1e-12)

    @pytest.mark.parametrize("scale", ["standard", "robust", "none"])
    def test_follows_the_scaling(self, scale):
        plain, clipped = (outputs(fitted(VALUES[0], scale=scale, clip=clip), VALUES[0]) for clip in (None, 2))
        np.testing.assert_allclose(clipped, plain / np.sqrt(1 + (plain / 2) ** 2), rtol=1e-6)

    def test_bounds_values_that_are_too_large_otherwise(self):
        preparation = fitted([0.0, 1.0, 2.0], scale="none", clip=5)
        assert outputs(preparation, [1e300, -1e39]).ravel().tolist() == [5, -5]
        assert summary(preparation) == "x: number, not scaled; clipped at 5"

    def test_of_times(self):
        days = pd.Series(pd.to_datetime(["2020-01-01", "2020-01-02", "2020-01-03"]))
        preparation = fitted(days, clip=3)
        later = outputs(preparation, pd.Series(pd.to_datetime(["2300-01-01"])))
        assert later[0, 0] == pytest.approx(3)
        assert summary(preparation) == "x: time as days, day of week, day of year; clipped at 3"


class TestRobust:
    def test_without_width_is_half_of_the_range_if_clipped(self):
        preparation = fitted([0, 0, 0, 0, 5], scale="robust", clip=3)
        z = np.array([0, 2.0, 0.4])  # (values - 0) * 2 / (5 - 0)
        np.testing.assert_allclose(outputs(preparation, [0, 5, 1]).ravel(), z / np.sqrt(1 + (z / 3) ** 2), rtol=1e-6)
        assert summary(preparation) == "x: number, scaled (median 0, half of the range 2.5); clipped at 3"

    def test_agrees_with_scikit_learn_where_the_quartiles_differ(self):
        center, scale, by = robust_scaling(VALUES)
        theirs = RobustScaler().fit(VALUES.T)
        np.testing.assert_allclose(center, theirs.center_)
        np.testing.assert_allclose(scale, theirs.scale_)
        assert by == ["robust"] * 3

    def test_of_constant_columns_is_one(self):
        assert [part[0] for part in robust_scaling(np.full((1, 9), 7.0))] == [7, 1, "range"]


class TestNormal:
    @pytest.mark.parametrize("n_samples", [5, 400])
    def test_agrees_with_scikit_learn(self, n_samples):
        values = VALUES[0, :n_samples]
        noisy = values + np.random.default_rng(0).normal(0, NOISE, n_samples) * values.std()
        theirs = QuantileTransformer(n_quantiles=13 if n_samples == 400 else 5, output_distribution="normal")
        theirs.fit(noisy[:, None])
        asked = np.concatenate([values, [-1e9, 1e9], np.linspace(0, 5, 50)])
        expected = np.clip(theirs.transform(asked[:, None]), -3.5, 3.5)
        np.testing.assert_allclose(outputs(fitted(values, scale="normal"), asked), expected, atol=1e-6)

    def test_equal_values_are_in_the_middle_of_their_quantiles(self):
        values = np.repeat([0.0, 1.0], [300, 100])
        zero, one = outputs(fitted(values, scale="normal"), [0, 1]).ravel()
        assert -1.2 < zero < 0 < one

    @pytest.mark.parametrize(("n_samples", "n_quantiles"), [(4, 4), (90, 10), (600, 20), (60_000, 1000)])
    def test_number_of_quantiles(self, n_samples, n_quantiles):
        assert quantiles_of(np.arange(n_samples, dtype=float)[None], np.ones(1)).shape == (1, n_quantiles)

    def test_does_not_depend_on_units(self):
        tiny, large = (outputs(fitted(VALUES[0] * unit, scale="normal"), VALUES[0] * unit) for unit in (1e-12, 1e12))
        np.testing.assert_allclose(tiny, large, atol=1e-4)

    def test_summary_with_missing_values(self):
        assert summary(fitted([1, None, 3, 5], scale="normal", clip=3)) == (
            "x: number, transformed to a normal distribution (mean 3, standard deviation 1.414); "
            "missing values (1) imputed with the median 3, indicator 'x missing'; clipped at 3"
        )


def test_columns_are_prepared_in_blocks(monkeypatch):
    frame = pd.DataFrame(VALUES.T, columns=["a", "b", "c"]).assign(text="a", last=1.5)
    frame.iloc[::7, 1] = np.nan
    whole = TablePreparation.fitted(frame, {"clip": 3})
    monkeypatch.setattr(column, "BLOCK", 2 * len(frame))
    parts = TablePreparation.fitted(frame, {"clip": 3})
    assert parts == whole
    np.testing.assert_array_equal(parts.transformed(frame).numeric, whole.transformed(frame).numeric)
