"""Data sets, loaders and generators: estimators require arrays, and the error shows how to convert batches."""

import numpy as np
import pytest

from estimators.samples import message_of
from nnbuild import NNClassifier, NNRecommender, NNRegressor, NNTranslator
from plain import PLAIN

SMALL = {"hidden": [4], "epochs": 1, "random_state": 0}
ALLOWED = (
    "  allowed: arrays, tables, sparse matrices, lists, and dicts of them\n  hint: convert batches to arrays with "
)
ONE_BY_ONE = "; or train on each batch with partial_fit"


def tensorflow_dataset():
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices((np.zeros((4, 2)), [0, 1, 0, 1])).batch(2)


def keras_dataset():
    import keras

    class Halves(keras.utils.PyDataset):
        def __len__(self):
            return 2

        def __getitem__(self, index):
            return np.zeros((2, 2)), np.array([0, 1])

    Halves.__module__ = "halves"
    return Halves()


def torch_loader():
    """An instance of a subclass of torch's DataLoader; torch is not needed."""
    base = type("DataLoader", (), {"__module__": "torch.utils.data.dataloader"})
    return type("Loader", (base,), {"__module__": "mine"})()


BATCHES = {
    tensorflow_dataset: "X is a tf.data dataset (tensorflow._BatchDataset), but estimators require arrays\n"
    + f"{ALLOWED}X, y = map(numpy.concatenate, zip(*X.as_numpy_iterator())){ONE_BY_ONE}",
    keras_dataset: "X is a keras PyDataset (halves.Halves), but estimators require arrays\n"
    + f"{ALLOWED}X, y = map(numpy.concatenate, zip(*(X[i] for i in range(len(X))))){ONE_BY_ONE}",
    torch_loader: "X is a torch DataLoader (mine.Loader), but estimators require arrays\n"
    + f"{ALLOWED}X, y = map(numpy.concatenate, zip(*X)){ONE_BY_ONE}",
    lambda: (np.zeros((2, 2)) for _ in range(2)): "X is a generator or another iterator (generator), "
    + f"but estimators require arrays\n{ALLOWED}X, y = map(numpy.concatenate, zip(*batches)){ONE_BY_ONE}",
}


@pytest.mark.parametrize("make, message", BATCHES.items(), ids=["tensorflow", "keras", "torch", "generator"])
def test_batches_raise(make, message):
    estimator = NNClassifier(PLAIN, **SMALL)
    for method in (estimator.fit, estimator.partial_fit, NNRegressor(PLAIN, **SMALL).fit, NNTranslator().fit):
        assert message_of(lambda method=method: method(make())) == message
    assert message_of(lambda: NNRecommender().fit(make())) == message


def test_a_missing_y_raises():
    message = "NNClassifier requires y to be passed, but the target y is None"
    assert message_of(lambda: NNClassifier(PLAIN, **SMALL).fit(np.zeros((4, 2)))) == message
    assert message_of(lambda: NNClassifier(PLAIN, **SMALL).partial_fit(np.zeros((4, 2)))) == message
