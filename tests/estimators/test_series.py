"""Series of unequal length go straight in: padded to one length, which a Masking layer leaves out."""

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import cross_val_score

import nnbuild
from cases import net
from estimators.samples import message_of, same_bits
from nnbuild import NNClassifier
from nnbuild.errors import DataError
from nnbuild.features.series import SeriesPreparation

N = 80
MASKED = [{"type": "Masking"}, {"type": "GRU", "units": 6}]
SMALL = {"epochs": 15, "learning_rate": 0.03, "random_state": 0}


def of_series(said=None, layers=MASKED, **params):
    return NNClassifier({"inputs": {"signal": {"kind": "series", **(said or {})}}, "layers": layers}, **SMALL | params)


@pytest.fixture(scope="module")
def signals():
    """Series of two channels, of 3 to 11 steps, and whether the first channel rises."""
    rng = np.random.default_rng(0)
    series = [rng.normal(size=(rng.integers(3, 12), 2)) for _ in range(N)]
    return series, np.array([one[:, 0].mean() > 0 for one in series]).astype(int)


@pytest.fixture(scope="module")
def fitted(signals):
    return of_series().fit(*signals)


def test_series_are_learned_from(signals, fitted):
    assert fitted.recipe_.inputs == {"signal": {"shape": [12, 2], "dtype": "float32", "kind": "series"}}
    assert fitted.preparation_.told() == ["series of 12 steps, 2 channels, padded with 0"]
    assert cross_val_score(of_series(), *signals, cv=2).mean() > 0.75


def test_what_pads_counts_for_nothing(signals, fitted):
    series, y = signals
    longer = of_series({"shape": [20, 2]}).fit(series, y)
    np.testing.assert_allclose(longer.predict_proba(series), fitted.predict_proba(series), atol=1e-4)
    marked = of_series({"mask_value": -9}, [{"type": "Masking", "mask_value": -9}, MASKED[1]]).fit(series, y)
    np.testing.assert_allclose(marked.predict_proba(series), fitted.predict_proba(series), atol=1e-4)
    unmasked = of_series({}, MASKED[1:]).fit(series, y)
    assert np.abs(unmasked.predict_proba(series) - fitted.predict_proba(series)).max() > 0.01


def test_an_open_axis_is_as_long_as_the_longest_at_hand(signals, fitted):
    series, y = signals
    estimator = of_series({"shape": [None, 2]}).fit(series, y)
    assert estimator.recipe_.inputs["signal"]["shape"] == [None, 2]
    np.testing.assert_allclose(estimator.predict_proba(series), fitted.predict_proba(series), atol=1e-5)
    np.testing.assert_allclose(estimator.predict_proba(series[:2]), estimator.predict_proba(series)[:2], atol=1e-5)


@pytest.mark.parametrize(
    "form",
    [
        tuple,
        lambda series: [one.tolist() for one in series],
        pd.Series,
        lambda series: pd.DataFrame({"any name": series}),
    ],
    ids=["tuple", "lists", "Series", "DataFrame"],
)
def test_any_form_of_series(signals, fitted, form):
    few = signals[0][:5]
    np.testing.assert_array_equal(fitted.predict_proba(form(few)), fitted.predict_proba(few))


def test_arrays_are_series_of_one_length(signals, fitted):
    array = np.random.default_rng(1).normal(size=(30, 7, 2))
    np.testing.assert_array_equal(fitted.predict_proba(array), fitted.predict_proba(list(array)))
    estimator = of_series(epochs=1).fit(array, np.arange(30) % 2)
    assert estimator.recipe_.inputs["signal"]["shape"] == [7, 2]


def test_one_channel_needs_no_axis():
    series = [[1.0, 2.0], [3.0], [1.0, 0.0, 5.0], [2.0]]
    estimator = of_series(epochs=1).fit(series, [0, 1, 0, 1])
    assert estimator.recipe_.inputs["signal"]["shape"] == [3, 1]
    assert estimator.predict([[7.0]]).shape == (1,)


def test_masks_train_alone_beside_others(signals):
    alone = cross_val_score(of_series(epochs=2), *signals, cv=2)
    with nnbuild.stacked():
        together = cross_val_score(of_series(epochs=2), *signals, cv=2)
    np.testing.assert_array_equal(together, alone)


def test_a_saved_model_pads_alike(signals, fitted, tmp_path):
    fitted.save(tmp_path / "m.nnb")
    loaded = nnbuild.load(tmp_path / "m.nnb")
    assert same_bits(loaded, fitted, signals[0])
    loaded.save(tmp_path / "again.nnb")
    assert (tmp_path / "again.nnb").read_bytes() == (tmp_path / "m.nnb").read_bytes()


def test_of_long_series_the_last_steps_stay():
    preparation = SeriesPreparation((2, 1), -1.0)
    array = np.arange(6, dtype="float32").reshape(2, 3, 1)
    assert preparation.transformed(array)[..., 0].tolist() == [[1, 2], [4, 5]]
    series = np.empty(2, object)
    series[:] = [array[0], array[1][:1]]
    assert preparation.transformed(series)[..., 0].tolist() == [[1, 2], [3, -1]]
    assert preparation.transformed(series[:0]).shape == (0, 2, 1)


@pytest.mark.parametrize(
    "values, message",
    [
        ({"shape": [3, None]}, "series have no arrays, and a fixed number of channels"),
        ({"shape": [3]}, "shape: must be a list of 2, each a whole number of at least 1 or null, got [3]"),
        ({"mask_value": "0"}, "mask_value: must be a number, got '0'"),
    ],
)
def test_damaged_files(values, message):
    with pytest.raises(DataError) as caught:
        SeriesPreparation.from_saved({"shape": [3, 1], "mask_value": 0.0, **values}, {})
    assert str(caught.value) == message


WANTED = "must be a series of numbers of shape (n_steps, n_channels), or (n_steps,), got "


@pytest.mark.parametrize(
    "X, message",
    [
        ([np.zeros((3, 2)), np.zeros((3, 1))], "X has series of different numbers of channels: 1 in row 1, 2 in row 0"),
        ([np.zeros((3, 2)), np.zeros((0, 2))], "X, row 1: is empty, of shape (0, 2)"),
        ([[1.0], ["a"]], "X, row 1: " + WANTED + "['a']"),
        ([[1.0], [[1.0], [1.0, 2.0]]], "X, row 1: " + WANTED + "[[1.0], [1.0, 2.0]]"),
        ([np.zeros((2, 2, 2)), [1.0]], "X, row 0: " + WANTED + "an array of shape (2, 2, 2)"),
        ([[1.0, np.nan], [2.0]], "X, row 0: is not a finite number at step 1\n"
         "  hint: fill or leave out such steps first"),
        ("ab", "X must hold a series for each sample, got str"),
    ],
    ids=range(7),
)  # fmt: skip
def test_what_are_no_series(X, message):
    assert message_of(lambda: of_series().fit(X, [0, 1])) == message


def test_another_number_of_channels_at_predict(fitted):
    assert message_of(lambda: fitted.predict([[1.0, 2.0]])) == "X has series of 1 channels, and in fit they had 2"


def test_a_mask_that_looks_for_another_value():
    recipe = {"nnbuild": 1, **net(*MASKED, inputs={"x": {"kind": "series", "mask_value": -1}})}
    assert message_of(lambda: nnbuild.Recipe.from_dict(recipe)) == (
        "layers[0].mask_value: mask_value is 0.0, but -1 stands behind the end of a series\n"
        "  hint: give the layer and the input 'x' one mask_value"
    )
