"""RealMLP of pytabkit with tuned defaults, a network for tables; size and epochs are set here."""

import logging
import warnings

from pytabkit import RealMLP_TD_Classifier

PACKAGES = ("pytabkit", "torch")
ARCHITECTURES = ("hidden_sizes", [[8], [16, 16]])
SEED = "random_state"

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
warnings.filterwarnings("ignore", module="pytorch_lightning")


def make(hidden=(16,), epochs=30, **settings):
    sizes = {"hidden_sizes": list(hidden), "n_epochs": epochs, "batch_size": 32}
    return RealMLP_TD_Classifier(device="cpu", n_threads=2, random_state=0, **sizes, **settings)


def make_weighted(class_weight):
    return make(class_weight=class_weight)


def make_stopping(epochs):
    patience = {"early_stopping_additive_patience": 2, "early_stopping_multiplicative_patience": 1.0}
    return make(epochs=epochs, use_early_stopping=True, **patience)


def n_epochs(fitted):
    return fitted.cv_alg_interface_.model.progress.epoch


def n_weights(fitted):
    return sum(weights.numel() for weights in fitted.cv_alg_interface_.model.parameters())
