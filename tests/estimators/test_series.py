"""Series of unequal length go straight in: padded to one length, which a Masking layer leaves out."""

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import cross_val_score

import nnbuild
from cases import net
from estimators.samples import message_of, same_bits
from few import few_of
from nnbuild import NNClassifier
from nnbuild.inputs.series import SeriesPreparation
from saved_forms import checked

N = 80
MASKED = [{"type": "Masking"}, {"type": "GRU", "units": 6}]
SMALL = {"epochs": 15, "learning_rate": 0.03, "random_state": 0}


def of_series(settings=None, layers=MASKED, **params):
    return NNClassifier(
        {"inputs": {"signal": {"kind": "series", **(settings or {})}}, "layers": layers}, **SMALL | params
    )


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
    assert fitted.preparation_.summary() == ["series of 2 channels, padded to 12 steps; padding 0"]
    assert cross_val_score(of_series(), *signals, cv=2).mean() > 0.75


@pytest.mark.slow
def test_what_pads_counts_for_nothing(signals, fitted):
    series, y = signals
    longer = of_series({"shape": [20, 2]}).fit(series, y)
    np.testing.assert_allclose(longer.predict_proba(series), fitted.predict_proba(series), atol=1e-4)
    marked = of_series({"mask_value": -9}, [{"type": "Masking", "mask_value": -9}, MASKED[1]]).fit(series, y)
    np.testing.assert_allclose(marked.predict_proba(series), fitted.predict_proba(series), atol=1e-4)
    unmasked = of_series({}, MASKED[1:]).fit(series, y)
    assert np.abs(unmasked.predict_proba(series) - fitted.predict_proba(series)).max() > 0.01


@pytest.mark.slow
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


def test_masks_are_not_stacked(signals):
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


WANTED = "must be a numeric array of shape (n_steps, n_channels) or (n_steps,), got "


@pytest.mark.parametrize(
    "X, message",
    [
        (
            [np.zeros((3, 2)), np.zeros((3, 1))],
            "X has series with different numbers of channels: 1 in row 1, 2 in row 0",
        ),
        ([np.zeros((3, 2)), np.zeros((0, 2))], "X, row 1: must not be empty, got shape (0, 2)"),
        ([[1.0], ["a"]], "X, row 1: " + WANTED + "['a']"),
        ([[1.0], [[1.0], [1.0, 2.0]]], "X, row 1: " + WANTED + "[[1.0], [1.0, 2.0]]"),
        ([np.zeros((2, 2, 2)), [1.0]], "X, row 0: " + WANTED + "an array of shape (2, 2, 2)"),
        ([[1.0, np.nan], [2.0]], "X, row 0: contains NaN or infinity at step 1\n"
         "  hint: impute or drop such steps"),
        ("ab", "X must contain a series for each sample, got str"),
    ],
    ids=range(7),
)  # fmt: skip
def test_what_are_no_series(X, message):
    assert message_of(lambda: of_series().fit(X, [0, 1])) == message


def test_another_number_of_channels_at_predict(fitted):
    assert message_of(lambda: fitted.predict([[1.0, 2.0]])) == "X has series of 1 channels, but in fit they had 2"


def test_a_mask_that_looks_for_another_value():
    recipe = {"nnbuild": 1, **net(*MASKED, inputs={"x": {"kind": "series", "mask_value": -1}})}
    assert message_of(lambda: nnbuild.Recipe.from_dict(recipe)) == (
        "layers[0].mask_value: mask_value is 0.0, but the series are padded with -1\n"
        "  hint: use the same mask_value for the layer and the input 'x'"
    )


# Recipes that mask: `gru` and `lstm` take series of any length, and arrays as they did before.

TINY = {"units": 4, "depth": 1, "epochs": 2, "random_state": 0}


def masked(name, length, **params):
    """A recipe of the gallery for series of a length, without the dropout that draws for each step."""
    recipe = nnbuild.Recipe.load(name).to_dict()
    inputs = {"input": {"kind": "series", "masked": True, "shape": [length, 2]}}
    return NNClassifier({**recipe, "inputs": inputs}, **TINY, dropout=0.0, **params)


@pytest.mark.parametrize(("name", "depth"), [pytest.param("gru", 2, marks=pytest.mark.slow), ("lstm", 1)])
def test_recipes_take_series_of_unequal_lengths(signals, name, depth):
    series, y = signals
    estimator = NNClassifier(name, **TINY | {"depth": depth}).fit(series, y)
    assert estimator.preparation_.summary() == ["series of 2 channels, padded to 12 steps; padding masked"]
    assert estimator.recipe_.nodes[0].name == "input.masking"
    alone = np.concatenate([estimator.predict_proba([one]) for one in series])
    np.testing.assert_allclose(alone, estimator.predict_proba(series), atol=1e-6)


@pytest.mark.parametrize(
    ("name", "precision"),
    [
        ("lstm", "float32"),
        *(("gru", precision) for precision in ("float64", "mixed_float16", "mixed_bfloat16")),
    ],
)
@pytest.mark.slow
def test_how_far_series_are_padded_does_not_matter(signals, name, precision):
    series, y = signals
    found = [masked(name, length, precision=precision).fit(series, y).predict_proba(series) for length in (11, 40)]
    np.testing.assert_allclose(*found, atol=2e-2 if "mixed" in precision else 1e-5)


@pytest.fixture(scope="module")
def arrays():
    """Series of one length with steps of zeros, and labels."""
    X = np.linspace(-1, 1, 240).reshape(20, 6, 2) ** 3
    X[:, 3] = 0
    return X, np.arange(20) % 2


@pytest.fixture(scope="module")
def of_arrays(arrays):
    return NNClassifier("gru", **TINY).fit(*arrays)


@pytest.mark.slow
@pytest.mark.parametrize("name", few_of(["gru", "lstm"], "gru"))
def test_steps_of_zeros_are_no_padding(arrays, of_arrays, name):
    """The networks for series and for arrays have equal outputs."""
    X, y = arrays
    array = of_arrays if name == "gru" else NNClassifier(name, **TINY).fit(X, y)
    series = NNClassifier(name, **TINY).fit(list(X), y)
    assert array.preparation_ is None
    assert series.preparation_.masked
    np.testing.assert_allclose(array.predict_proba(X), series.predict_proba(list(X)), atol=1e-6)
    np.testing.assert_array_equal(series.predict_proba(X), series.predict_proba(list(X)))


def test_arrays_have_the_network_that_they_had(arrays, of_arrays):
    """Probabilities of the code before recipes masked: see that they stay."""
    plain = {key: value for key, value in nnbuild.Recipe.load("gru").to_dict().items() if key != "inputs"}
    before = NNClassifier(plain, **TINY).fit(*arrays)
    assert of_arrays.recipe_ == before.recipe_
    np.testing.assert_array_equal(of_arrays.predict_proba(arrays[0]), before.predict_proba(arrays[0]))


@pytest.mark.slow
def test_masked_series_are_stacked_and_saved(signals, tmp_path):
    series, y = signals
    alone = cross_val_score(NNClassifier("gru", **TINY), series, y, cv=2)
    with nnbuild.stacked():
        together = cross_val_score(NNClassifier("gru", **TINY, engine="compiled"), series, y, cv=2)
    np.testing.assert_allclose(together, alone, atol=0.05)
    fitted = NNClassifier("gru", **TINY).fit(series, y)
    fitted.save(tmp_path / "m.nnb")
    loaded = nnbuild.load(tmp_path / "m.nnb")
    assert loaded.preparation_ == fitted.preparation_
    assert same_bits(loaded, fitted, series)


def test_a_preparation_of_older_files_masks_nothing():
    old = SeriesPreparation.from_saved(checked({"kind": "series", "shape": [3, 1], "mask_value": 0.0}, {}), {})
    assert old == SeriesPreparation((3, 1))
    assert old.to_dict() == {"shape": [3, 1], "mask_value": 0.0}


UNEQUAL = (
    "X has rows of different lengths: 2 in row 0, 3 in row 1, but the recipe requires arrays of one shape\n"
    "  allowed: series of any length for an input of kind 'series', as in the recipes lstm and gru\n"
    '  hint: for recurrent layers, set "inputs": {"input": {"kind": "series", "masked": true}} to mask padding'
    "; otherwise pad or truncate the rows to one length"
)


@pytest.mark.parametrize("form", [list, tuple, pd.Series, lambda rows: np.array([*rows, None], object)[:2]])
@pytest.mark.parametrize("recipe", ["fcn", "mlp", "table"])
def test_other_recipes_name_the_kind(recipe, form):
    rows = [np.zeros((2, 1)), np.zeros((3, 1))]
    assert message_of(lambda: NNClassifier(recipe, epochs=1).fit(form(rows), [0, 1])) == UNEQUAL


def test_a_network_of_arrays_takes_no_series_later(of_arrays):
    assert message_of(lambda: of_arrays.predict([np.zeros((2, 2)), np.zeros((3, 2))])) == UNEQUAL
