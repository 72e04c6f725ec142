"""skorch, with a callback that sets the sizes of the module from X and y, like its InputShapeSetter for X."""

from itertools import pairwise

import numpy as np
import torch
from skorch import NeuralNetClassifier
from skorch.callbacks import Callback, EarlyStopping
from skorch.dataset import ValidSplit

PACKAGES = ("skorch", "torch")
ARCHITECTURES = ("module__hidden", [[8], [16, 16]])
LEARNING_RATE = "lr"
SEED = None


class Network(torch.nn.Module):
    """Dense layers that return logits."""

    def __init__(self, hidden, n_features=1, n_classes=2):
        super().__init__()
        sizes = [n_features, *hidden]
        layers = [torch.nn.Flatten()]
        for before, units in pairwise(sizes):
            layers += [torch.nn.Linear(before, units), torch.nn.ReLU()]
        self.layers = torch.nn.Sequential(*layers, torch.nn.Linear(sizes[-1], n_classes))

    def forward(self, X):
        return self.layers(X)


class Sizes(Callback):
    """Set the numbers of features and classes from the data."""

    def on_train_begin(self, net, X=None, y=None, **_):
        net.set_params(module__n_features=int(np.prod(X.shape[1:])), module__n_classes=len(np.unique(y)))


def make(hidden=(16,), epochs=30, callbacks=(), **settings):
    return NeuralNetClassifier(
        Network,
        module__hidden=list(hidden),
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=0.01,
        max_epochs=epochs,
        callbacks=[Sizes(), *callbacks],
        verbose=0,
        **{"train_split": None, "batch_size": 32, **settings},
    )


def make_weighted(class_weight):
    if class_weight == "balanced":
        raise NotImplementedError("weights must be a tensor")
    return make(criterion__weight=torch.tensor([float(class_weight[0]), float(class_weight[1])]))


def make_stopping(epochs):
    stopping = EarlyStopping(patience=2, load_best=True, sink=lambda message: None)
    return make(epochs=epochs, train_split=ValidSplit(5, stratified=True), callbacks=[stopping])


def n_epochs(fitted):
    return len(fitted.history)


def n_weights(fitted):
    return sum(weights.numel() for weights in fitted.module_.parameters())
