"""Names that parameters of model files may not have."""

import re

import pytest

from nnbuild.estimators.rows import ESTIMATORS, RESERVED_NAMES
from nnbuild.loading import estimator_class


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_no_parameter_has_the_name_of_a_method(kind):
    estimator = estimator_class(kind)
    public = {name for name in dir(estimator) if re.match(r"[a-z]", name)}
    assert public - set(estimator._own_parameters()) - RESERVED_NAMES - ESTIMATORS[kind].members == set()
    assert (RESERVED_NAMES | ESTIMATORS[kind].members) & set(estimator._own_parameters()) == set()
