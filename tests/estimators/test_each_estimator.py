"""Rules that all estimators have in common: states, copies and model files."""

import copy
import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils import get_tags

from estimators.each_estimator import CASES, EACH, fitted
from estimators.samples import message_of
from nnbuild import load, model_info
from nnbuild.estimators.rows import ATTRIBUTES, ESTIMATORS


def results_of(estimator, name):
    """Return the result of each method, as a list."""
    case = CASES[name]
    found = {method: call(estimator, case.X) for method, call in case.results.items()}
    return {method: np.asarray(values).tolist() for method, values in found.items()}


def test_every_estimator_has_a_case():
    assert set(CASES) == set(ESTIMATORS)


@EACH
def test_methods_before_fit_raise(name):
    case, estimator = CASES[name], clone(fitted(name))
    wanted = (
        f"This {name} instance is not fitted yet. Call 'fit' with appropriate arguments before using this estimator."
    )
    calls = [*case.results.values(), lambda one, X: one.transform(X), lambda one, X: one.get_feature_names_out()]
    for call in calls:
        assert message_of(lambda call=call: call(estimator, case.X), NotFittedError) == wanted


@EACH
def test_clone_has_equal_parameters_and_no_fitted_attributes(name):
    again = clone(fitted(name))
    assert again.get_params() == fitted(name).get_params()
    assert [attribute for attribute in ATTRIBUTES if hasattr(again, attribute)] == []


@EACH
def test_copies_return_equal_results(name):
    wanted = results_of(fitted(name), name)
    for again in (pickle.loads(pickle.dumps(fitted(name))), copy.deepcopy(fitted(name))):
        assert results_of(again, name) == wanted
        assert again.get_params() == fitted(name).get_params()


@EACH
def test_a_loaded_estimator_equals_the_saved_one(name, tmp_path):
    saved, path = fitted(name), tmp_path / "m.nnb"
    saved.save(path, metrics={"score": 1.0})
    loaded, facts = load(path), model_info(path)
    assert type(loaded) is type(saved)
    assert loaded.get_params() == saved.get_params()
    assert results_of(loaded, name) == results_of(saved, name)
    assert np.array_equal(loaded.transform(CASES[name].X), saved.transform(CASES[name].X))
    assert loaded.get_feature_names_out().tolist() == saved.get_feature_names_out().tolist()
    assert loaded.history_ == saved.history_
    assert (facts.estimator, facts.n_outputs) == (name, getattr(saved, "n_outputs_", 2))
    assert facts.task == (saved.recipe_.task or "multioutput")
    loaded.save(tmp_path / "again.nnb", metrics={"score": 1.0})
    assert (tmp_path / "again.nnb").read_bytes() == path.read_bytes()


@EACH
def test_a_failed_fit_keeps_the_previous_state(name):
    estimator = copy.copy(fitted(name))
    before = vars(estimator).copy()
    with pytest.raises(ValueError, match=r"."):
        estimator.fit(*CASES[name].invalid)
    assert vars(estimator) == before
    assert results_of(estimator, name) == results_of(fitted(name), name)


@EACH
def test_tags_are_those_of_a_transformer(name):
    assert get_tags(fitted(name)).transformer_tags.preserves_dtype == []
