"""scikit-learn's own checks of an estimator, all of them: of a small network, of `mlp`, and of the default recipe."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from nnbuild import NNClassifier, NNRegressor

MINI_BATCHES = (
    "mini-batches are drawn by row: a row of weight 2 comes once, two equal rows come in different batches; "
    "scikit-learn's own SGDClassifier declares these two checks as well"
)
EXPECTED = {
    "check_sample_weight_equivalence_on_dense_data": MINI_BATCHES,
    "check_sample_weight_equivalence_on_sparse_data": MINI_BATCHES,
}


SMALL = {"layers": [{"type": "Dense", "units": 16, "activation": "relu"}]}
FEWER = {"epochs": 12, "n_members": 4, "random_state": 0}  # than by default, for the time
DEFAULT = [NNClassifier(**FEWER), NNRegressor(**FEWER)]


@parametrize_with_checks(
    [NNClassifier(SMALL, epochs=25, learning_rate=0.05, random_state=0)],
    expected_failed_checks=lambda estimator: EXPECTED,
)
def test_scikit_learn_check(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks(
    [NNClassifier("mlp", random_state=0), NNRegressor("mlp", random_state=0)],
    expected_failed_checks=lambda estimator: EXPECTED,
)
def test_scikit_learn_check_of_arrays_that_are_not_prepared(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks(DEFAULT, expected_failed_checks=lambda estimator: EXPECTED)
def test_scikit_learn_check_of_the_default_recipe(estimator, check):
    check(estimator)
