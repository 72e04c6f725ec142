"""Names that parameters of model files may not have."""

import re

import pytest

from nnbuild.loading import ESTIMATORS
from nnbuild.saved.parameters import TAKEN, TAKEN_BY


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_no_parameter_has_the_name_of_a_method(kind):
    estimator = ESTIMATORS[kind]
    public = {name for name in dir(estimator) if re.match(r"[a-z]", name)}
    assert public - set(estimator._own_parameters()) - TAKEN - TAKEN_BY[kind] == set()
    assert (TAKEN | TAKEN_BY[kind]) & set(estimator._own_parameters()) == set()
