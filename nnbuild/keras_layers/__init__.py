"""Keras layers of nnbuild, by domain. An import registers them, and the initializers of nnbuild, with Keras."""

import nnbuild.keras_initializers  # noqa: F401  (initializers of layers in files of Keras)
from nnbuild.keras_layers.batch_ensembles import BatchEnsembleDense, MemberAverage
from nnbuild.keras_layers.dense import NTPDense, ParametricActivation, Scale
from nnbuild.keras_layers.quantiles import OrderedQuantiles
from nnbuild.keras_layers.sequences import ClassToken, PositionEmbedding, TakeStep
from nnbuild.keras_layers.tables import PeriodicEmbedding, PiecewiseLinearEncoding
from nnbuild.keras_layers.uncertainty import LogVariance

__all__ = [
    "BatchEnsembleDense",
    "ClassToken",
    "LogVariance",
    "MemberAverage",
    "NTPDense",
    "OrderedQuantiles",
    "ParametricActivation",
    "PeriodicEmbedding",
    "PiecewiseLinearEncoding",
    "PositionEmbedding",
    "Scale",
    "TakeStep",
]

for _name in __all__:
    globals()[_name].__module__ = __name__  # the module in files of Keras does not depend on the layout of this package
