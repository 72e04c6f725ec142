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
# Half of the time of all checks. In the fast suite, other tests cover the same: sparse X, dtypes, lists and numbers of
# features in test_inputs.py, labels in test_classifier.py, pipelines in test_meta.py.
SLOW = {
    "check_classifier_data_not_an_array", "check_classifiers_multilabel_representation_invariance",
    "check_estimator_sparse_array", "check_estimator_sparse_matrix", "check_estimators_dtypes",
    "check_n_features_in_after_fitting", "check_pipeline_consistency", "check_sample_weight_equivalence_on_dense_data",
    "check_sample_weight_equivalence_on_sparse_data", "check_transformer_data_not_an_array",
}  # fmt: skip
FEWER = {"epochs": 12, "n_members": 4, "random_state": 0}  # than by default, for the time
DEFAULT = [NNClassifier(**FEWER), NNRegressor(**FEWER)]


def slow_apart(mark):
    """Return scikit-learn's parametrization with the checks in `SLOW` marked."""
    names, cases = mark.args
    marked = []
    for case in cases:
        values, marks = getattr(case, "values", case), getattr(case, "marks", ())  # expected failures are marked
        more = [pytest.mark.slow] if check_name(values[1]) in SLOW else []
        marked.append(pytest.param(*values, marks=[*marks, *more]))
    return pytest.mark.parametrize(names, marked, **mark.kwargs)


def check_name(check):
    return getattr(check, "func", check).__name__


@slow_apart(
    parametrize_with_checks(
        [NNClassifier(SMALL, epochs=25, learning_rate=0.05, random_state=0)],
        expected_failed_checks=lambda estimator: EXPECTED,
    )
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
