"""Fixtures of tests of commands."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nnbuild import NNClassifier


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    """A model that was trained on a, b -> y."""
    folder = tmp_path_factory.mktemp("model")
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"a": rng.normal(size=12), "b": ["p", "q", "r"] * 4})
    path = folder / "m.nnb"
    NNClassifier({"nnbuild": 1, "layers": [{"type": "Dense", "units": 3}]}, epochs=1, random_state=0).fit(
        X, ["yes", "no"] * 6
    ).save(path)
    return path


@pytest.fixture
def here(folder, monkeypatch) -> Path:
    """The fixture `folder` of a module, as the current folder."""
    monkeypatch.chdir(folder)
    return folder
