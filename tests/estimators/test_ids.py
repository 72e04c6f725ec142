"""Ids of users and items as inputs, alone or as columns of a table."""

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import cross_val_score

import nnbuild
from estimators.samples import message_of, same_bits
from nnbuild import NNRegressor

N = 300
TWO = {
    "inputs": {"user": {"kind": "ids"}, "item": {"kind": "ids", "column": "film id"}},
    "layers": [
        {"type": "Embedding", "input_dim": "auto", "output_dim": 4, "inputs": ["user"], "name": "of_user"},
        {"type": "Embedding", "input_dim": "auto", "output_dim": 4, "inputs": ["item"], "name": "of_item"},
        {"type": "Concatenate", "inputs": ["of_user", "of_item"]},
        {"type": "Dense", "units": 8, "activation": "relu"},
    ],
}
ONE = {"inputs": {"user": {"kind": "ids"}}, "layers": [{"type": "Embedding", "input_dim": "auto", "output_dim": 4}]}
SMALL = {"epochs": 20, "learning_rate": 0.02, "random_state": 0}


@pytest.fixture(scope="module")
def ratings():
    """Users (integers), films (text), and a rating for each pair."""
    rng = np.random.default_rng(0)
    users, films = rng.integers(0, 20, N), rng.integers(0, 10, N)
    kind, good = rng.normal(size=20), rng.normal(size=10)
    frame = pd.DataFrame({"user": users + 1000, "film id": [f"f{film}" for film in films]})
    return frame, kind[users] + good[films]


@pytest.fixture(scope="module")
def fitted(ratings):
    return NNRegressor(TWO, **SMALL).fit(*ratings)


def test_score(fitted, ratings):
    assert fitted.score(*ratings) > 0.8
    assert fitted.recipe_.inputs["item"] == {"shape": [], "dtype": "int32", "kind": "ids", "column": "film id"}
    assert [node.arguments["input_dim"] for node in fitted.recipe_.nodes[:2]] == [24, 12]  # 21 and 11, rounded up


@pytest.mark.slow
@pytest.mark.usefixtures("short_stacks")
def test_folds_of_different_ids_are_stacked(ratings, meetings):
    X, y = ratings
    few = X.assign(user=np.where(np.arange(N) < 3, np.arange(N), X["user"]))  # three users with one sample each
    estimator = NNRegressor(TWO, **{**SMALL, "epochs": 1})
    alone = cross_val_score(estimator, few, y, cv=3)
    with nnbuild.stacked():
        together = cross_val_score(estimator, few, y, cv=3)
    np.testing.assert_allclose(together, alone, atol=0.02)
    assert (meetings[0].n_trained, meetings[0].n_programs) == (3, 1)


def test_ids_of_the_validation_set_are_unknown(ratings):
    X, y = ratings
    other = X.assign(user=np.where(np.arange(N) < 200, X["user"], 7))
    estimator = NNRegressor(TWO, **{**SMALL, "epochs": 1}, validation_fraction=1 / 3, validation="last").fit(other, y)
    assert 7 not in estimator.preparation_["user"].ids


def test_unknown_ids_are_predicted(fitted):
    new = pd.DataFrame({"user": [-1, 1000], "film id": ["f1", "new"]})
    assert np.isfinite(fitted.predict(new)).all()
    np.testing.assert_array_equal(fitted.predict(new.assign(user=["-1", "1000"])), fitted.predict(new))


def test_a_loaded_model_has_the_ids(fitted, ratings, tmp_path):
    fitted.save(tmp_path / "m.nnb")
    assert same_bits(nnbuild.load(tmp_path / "m.nnb"), fitted, ratings[0])


def test_containers_and_dtypes_of_integers():
    ids = np.arange(40) % 7
    fits = [
        NNRegressor(ONE, **{**SMALL, "epochs": 1}).fit(X, ids * 1.0)
        for X in (ids, ids.astype(float), pd.Series(ids, dtype="Int64"), pd.Series(ids, dtype="category"))
    ]
    assert [fit.preparation_ for fit in fits[1:]] == [fits[0].preparation_] * 3
    np.testing.assert_array_equal(fits[0].predict(pd.Series(ids, dtype="Int64")), fits[0].predict(ids.tolist()))


def test_lists_of_ids():
    recipe = {**ONE, "layers": [*ONE["layers"], {"type": "GlobalAveragePooling1D"}]}
    baskets = [["milk", "bread", "tea"], ["tea", "rum", "milk"]] * 10
    estimator = NNRegressor(recipe, **{**SMALL, "epochs": 1}).fit(baskets, [0.0, 1.0] * 10)
    assert estimator.recipe_.inputs["user"]["shape"] == [3]
    message = "X has samples of shape (), but in fit their shape was (3,)"
    assert message_of(lambda: estimator.predict(["tea"])) == message


NO_ID = "X must contain ids that are all integers or all text, got "


@pytest.mark.parametrize(
    "X, message",
    [
        ([1, None, 2], "X has 1 missing id, the first in row 1\n"
         "  hint: replace missing ids, for example by -1 or ''"),
        ([[1, 2], [1, np.nan], [np.nan, 2]], "X has 2 missing ids, the first in row 1\n"
         "  hint: replace missing ids, for example by -1 or ''"),
        ([1, "a", 2], NO_ID + "1 and text"),
        (["a", 2, "b"], NO_ID + "2 and text"),
        ([1, 1.5, 2], NO_ID + "1.5"),
        ([1, 2**70, 2], NO_ID + "1180591620717411303424"),
        ([True, False, True], NO_ID + "true"),
        (np.zeros((3, 2, 2)), "X must contain one or several ids for each sample, got an array of shape (3, 2, 2)"),
        (3, "X must contain an id for each sample, got int"),
    ],
    ids=range(9),
)  # fmt: skip
def test_invalid_ids_raise(X, message):
    assert message_of(lambda: NNRegressor(ONE, **SMALL).fit(X, [0.0, 1, 2])) == message


def test_the_vocabulary_size_requires_data_or_max_tokens():
    recipe = {"nnbuild": 1, **ONE}
    assert message_of(lambda: nnbuild.describe(recipe, n_outputs=1)) == (
        "layers[0].input_dim: input_dim 'auto' is resolved at fit time to the vocabulary size of input 'user'\n"
        "  hint: set max_tokens of that input to fix it now"
    )
    limited = {**recipe, "inputs": {"user": {"kind": "ids", "max_tokens": 30}}}
    assert nnbuild.describe(limited, n_outputs=1).steps[0].n_parameters == 120
