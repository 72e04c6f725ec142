"""Names that parameters of model files may not have."""

import re

import pytest

from nnbuild.estimators.rows import ESTIMATORS, TAKEN
from nnbuild.loading import estimator_class


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_no_parameter_has_the_name_of_a_method(kind):
    estimator = estimator_class(kind)
    public = {name for name in dir(estimator) if re.match(r"[a-z]", name)}
    assert public - set(estimator._own_parameters()) - TAKEN - ESTIMATORS[kind].members == set()
    assert (TAKEN | ESTIMATORS[kind].members) & set(estimator._own_parameters()) == set()
