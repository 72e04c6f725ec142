"""Continued training keeps the first preparation, and warns once if later samples contradict it."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

import nnbuild
from nnbuild import NNClassifier, NNLanguageModel
from nnbuild.errors import PreparationWarning
from plain import PLAIN

SMALL = {"hidden": [4], "epochs": 1, "random_state": 0}
MESSAGE = (
    "X does not match the samples of the first fit, which its preparation was fitted on\n"
    "  column 'year': it was constant before, but varies now; its values are still dropped\n"
    "  hint: start with representative samples, or call fit on all samples"
)


def chunk(year, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"size": rng.normal(size=40), "year": year}), np.arange(40) % 2


def warned(call):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return [(warning.category, str(warning.message), warning.filename) for warning in caught]


@pytest.mark.parametrize("method, params", [("partial_fit", {}), ("fit", {"warm_start": True})])
def test_continued_training_warns_once(method, params):
    estimator = NNClassifier(PLAIN, **SMALL, **params)
    train = getattr(estimator, method)
    assert warned(lambda: train(*chunk(2020))) == []
    first = estimator.preparation_
    assert warned(lambda: train(*chunk(2021))) == [(PreparationWarning, MESSAGE, __file__)]
    assert warned(lambda: train(*chunk(2022))) == []
    assert estimator.preparation_ == first


def test_a_new_fit_has_a_new_preparation():
    estimator = NNClassifier(PLAIN, **SMALL)
    estimator.partial_fit(*chunk(2020))
    assert warned(lambda: estimator.fit(*chunk(np.arange(40)))) == []
    assert warned(lambda: clone(estimator).partial_fit(*chunk(2021))) == []


def test_the_comparison_survives_pickle_and_save(tmp_path):
    estimator = NNClassifier(PLAIN, **SMALL, n_members=2)
    estimator.partial_fit(*chunk(2020))
    copied = pickle.loads(pickle.dumps(estimator))
    assert [message for _, message, _ in warned(lambda: copied.partial_fit(*chunk(2021)))] == [MESSAGE]
    assert warned(lambda: pickle.loads(pickle.dumps(copied)).partial_fit(*chunk(2022))) == []
    estimator.save(tmp_path / "m.nnb")
    loaded = nnbuild.load(tmp_path / "m.nnb")
    assert [message for _, message, _ in warned(lambda: loaded.partial_fit(*chunk(np.arange(40))))] == [MESSAGE]


def test_a_failed_training_does_not_count():
    estimator = NNClassifier(PLAIN, **SMALL)
    estimator.partial_fit(*chunk(2020))
    with pytest.raises(PreparationWarning):  # warnings are errors in tests
        estimator.partial_fit(*chunk(2021))
    assert len(warned(lambda: estimator.partial_fit(*chunk(2021)))) == 1


def test_samples_with_weight_0_are_not_compared():
    estimator = NNClassifier(PLAIN, **SMALL)
    estimator.partial_fit(*chunk(2020))
    X, y = chunk([2021, *[2020] * 39])
    assert warned(lambda: estimator.partial_fit(X, y, sample_weight=[0, *[1] * 39])) == []


def test_arrays_are_not_compared():
    estimator = NNClassifier(PLAIN, **SMALL)
    estimator.partial_fit(np.zeros((4, 2)), [0, 1, 0, 1])
    assert warned(lambda: estimator.partial_fit(np.full((4, 2), 1e6), [0, 1, 0, 1])) == []


@pytest.mark.slow
def test_language_models_compare_tokens():
    small = {"length": 8, "width": 8, "depth": 1, "heads": 1, "epochs": 1, "random_state": 0}
    model = NNLanguageModel(**small, warm_start=True).fit("the cat sat on the mat. " * 4)
    assert warned(lambda: model.fit("on the mat the cat sat. " * 4)) == []
    found = warned(lambda: model.fit("1234567890 " * 4))
    assert [message.split("\n")[1] for _, message, _ in found] == [
        "  input 'text': 91% of the characters are unseen, and encoded as unknown"
    ]
