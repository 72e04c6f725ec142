"""Subfolder of the programs of an environment."""

import os

import pytest

from nnbuild.cache import environment

NAME = environment.environment_name.__wrapped__  # without its cache


def test_the_name_has_the_versions():
    assert NAME().startswith("nnbuild-")
    assert "-tensorflow-2." in NAME()
    assert "-keras-3." in NAME()
    assert NAME() == NAME()


@pytest.mark.parametrize(
    "change",
    [
        lambda patch: patch.setenv("XLA_FLAGS", "--xla_cpu_enable_fast_math=true"),
        lambda patch: patch.setenv("TF_XLA_FLAGS", "--tf_xla_min_cluster_size=7"),
        lambda patch: patch.setattr(os, "sched_getaffinity", lambda _: range(77), raising=False),
        lambda patch: patch.setattr(environment, "_instructions", lambda: "sse2"),
        lambda patch: patch.setattr(environment, "_source", lambda: "other code"),
        lambda patch: patch.setattr(environment, "version", lambda _: "0.0"),
    ],
    ids=["XLA", "TensorFlow", "processors", "instructions", "code", "version"],
)
def test_everything_that_changes_code_changes_the_name(change, monkeypatch):
    before = NAME()
    change(monkeypatch)
    assert NAME() != before
