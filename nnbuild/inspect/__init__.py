"""Look inside networks: signals and gradients of each layer, from an estimator or recipe and its data."""

from nnbuild.inspect.network_gradients import gradients
from nnbuild.inspect.records import Gradients, LayerGradients, Signal, WeightCheck, WeightGradient

__all__ = ["Gradients", "LayerGradients", "Signal", "WeightCheck", "WeightGradient", "gradients"]
