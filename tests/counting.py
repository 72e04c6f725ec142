"""Multiply-accumulates of whole models."""

import keras

from nnbuild.plan.macs import layer_macs


def model_macs(model, types=None):
    """Sum over the layers of a model, or over those of some types."""
    return sum(
        layer_macs(layer, tuple(tensor.shape for tensor in keras.tree.flatten(layer.input)), layer.output.shape)
        for layer in model.layers
        if not isinstance(layer, keras.layers.InputLayer) and (types is None or type(layer).__name__ in types)
    )
