"""Fingerprints of the data of a search."""

import numpy as np
import pandas as pd
import pytest

from nnbuild.runs.search.identity import differences, fingerprint, has_former_data

TABLE = pd.DataFrame({"a": [1.0, np.nan], "b": ["x", "y"], "c": [0.5, 2.0], "t": pd.to_datetime(["2024-01-31"] * 2)})
Y = np.array(["no", "yes"], object)


def test_a_fingerprint_depends_on_values_only():
    apart = pd.concat([TABLE[[name]] for name in TABLE], axis=1)  # each column in separate memory
    apart.index = pd.Index([7, 3], name="line")
    assert fingerprint(apart, Y) == fingerprint(TABLE.copy(), Y)


@pytest.mark.parametrize(
    "other",
    [TABLE.assign(c=[0.5, 2.5]), TABLE.rename(columns={"a": "A"}), TABLE[list("bact")], TABLE.astype({"c": "float32"})],
    ids=["value", "name", "order", "dtype"],
)
def test_other_rows_have_another_fingerprint(other):
    assert fingerprint(other, Y) != fingerprint(TABLE, Y)


def test_a_fingerprint_depends_on_the_targets():
    assert fingerprint(TABLE, Y[::-1].copy()) != fingerprint(TABLE, Y)
    assert fingerprint(np.eye(2), Y[::-1].copy()) != fingerprint(np.eye(2), Y)


def test_only_tables_have_a_former_fingerprint():
    assert has_former_data({"data": "7b5584eaf45015a880071099654bbb68"}, {"data": fingerprint(TABLE, Y)})
    assert not has_former_data({"data": fingerprint(TABLE, Y)}, {"data": fingerprint(TABLE, Y)})
    assert not has_former_data({"data": fingerprint(np.eye(2), Y)}, {"data": fingerprint(np.eye(2), Y)})


def test_options_that_were_not_given_are_compared():
    former = {"recipe": "r", "--seed": 0}  # without the later options
    same = {"recipe": "r", "--seed": 0, "--prepare": None, "--members": None}
    assert differences(former, same) == []
    assert differences(former, {**same, "--prepare": "none"}) == ["--prepare was not given and is 'none'"]
    assert differences({**same, "--members": 2}, same) == ["--members was 2 and is not given"]
