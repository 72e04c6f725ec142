"""Fixtures of the tests of training."""

import pytest

from nnbuild.train.common import model_cache
from nnbuild.train.common.program_cache import Store


@pytest.fixture
def empty_pool(monkeypatch):
    """Each test has its own cache of models and programs."""
    monkeypatch.setattr(model_cache, "_idle", [])
    monkeypatch.setattr(model_cache, "_programs", Store(model_cache.MAX_PROGRAMS))
