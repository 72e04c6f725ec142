"""Facts that Keras' signatures lack: modules of classes, and the default precision."""

from __future__ import annotations

PLAIN_PRECISION = "float32"  # Keras' default
# Modules of the classes of each family in Keras.
MODULES = {
    **dict.fromkeys(("layers", "cells", "activations"), "keras.layers"),
    "initializers": "keras.initializers",
    "regularizers": "keras.regularizers",
    "constraints": "keras.constraints",
    "optimizers": "keras.optimizers",
    "schedules": "keras.optimizers.schedules",
    "factor_schedules": "nnbuild.factor_schedules",
    "losses": "keras.losses",
    "metrics": "keras.metrics",
}
# Modules of nnbuild's own classes.
OWN_MODULES = {
    **dict.fromkeys(("layers", "cells", "activations"), "nnbuild.keras_layers"),
    "initializers": "nnbuild.keras_initializers",
    "losses": "nnbuild.keras_losses",
}
