"""Layers with a weight for each pair of features, or for each feature."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops


class KernelLayer(keras.Layer):
    """Base of dense layers: the arguments of Keras' Dense, and weights and activation by them."""

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = None,
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.units, self.use_bias = units, use_bias
        self.activation = keras.activations.get(activation)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.bias_regularizer = keras.regularizers.get(bias_regularizer)
        self.kernel_constraint = keras.constraints.get(kernel_constraint)
        self.bias_constraint = keras.constraints.get(bias_constraint)
        self.input_spec = keras.InputSpec(min_ndim=2)
        self.supports_masking = True

    def add_kernel(self, shape: tuple, initializer: Any) -> Any:
        """Return a new kernel, with the regularizer and the constraint of kernels."""
        return self.add_weight(
            shape=shape,
            name="kernel",
            initializer=initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )

    def add_bias(self, shape: tuple) -> Any:
        """Return a new bias; None without `use_bias`."""
        if not self.use_bias:
            return None
        return self.add_weight(
            shape=shape,
            name="bias",
            initializer=self.bias_initializer,
            regularizer=self.bias_regularizer,
            constraint=self.bias_constraint,
        )

    def activated(self, outputs: Any) -> Any:
        """Return outputs with the bias, after the activation."""
        outputs = outputs if self.bias is None else outputs + self.bias
        return outputs if self.activation is None else self.activation(outputs)

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "units": self.units,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
            "kernel_regularizer": keras.regularizers.serialize(self.kernel_regularizer),
            "bias_regularizer": keras.regularizers.serialize(self.bias_regularizer),
            "kernel_constraint": keras.constraints.serialize(self.kernel_constraint),
            "bias_constraint": keras.constraints.serialize(self.bias_constraint),
        }


@keras.saving.register_keras_serializable("nnbuild")
class NTPDense(KernelLayer):
    """Dense layer in neural tangent parametrization: weights of variance 1, outputs divided by the root of the inputs.

    Parameters
    ----------
    units : int
        Number of outputs.
    activation : optional
    use_bias : bool, default=True
    kernel_initializer : optional
        By default normal numbers with mean 0 and standard deviation 1.
    bias_initializer, kernel_regularizer, bias_regularizer, kernel_constraint, bias_constraint
        As for Dense.

    Notes
    -----
    y = f(x W / sqrt(n) + b), where n is the number of inputs: section 3 of [1]_ with beta = 1. A step of the optimizer
    changes the outputs of wide and narrow layers alike, unlike in Dense.

    References
    ----------
    .. [1] Jacot, Gabriel and Hongler, "Neural tangent kernel: convergence and generalization in neural networks",
       arXiv:1806.07572.
    """

    def build(self, input_shape: tuple) -> None:
        self._factor = 1 / math.sqrt(max(1, input_shape[-1]))
        initializer = self.kernel_initializer or keras.initializers.RandomNormal(stddev=1.0)
        self.kernel = self.add_kernel((input_shape[-1], self.units), initializer)
        self.bias = self.add_bias((self.units,))
        self.input_spec = keras.InputSpec(min_ndim=2, axes={-1: input_shape[-1]})

    def call(self, inputs: Any) -> Any:
        return self.activated(ops.matmul(inputs, self.kernel) * self._factor)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (*input_shape[:-1], self.units)


@keras.saving.register_keras_serializable("nnbuild")
class Scale(keras.Layer):
    """Layer that multiplies each feature by a learned factor.

    Parameters
    ----------
    scale_initializer : default="ones"
        Initializer of the factors.

    Notes
    -----
    y_j = s_j x_j for feature j of the last axis: the scaling layer of RealMLP [1]_.

    References
    ----------
    .. [1] Holzmüller, Grinsztajn and Steinwart, "Better by default: strong pre-tuned MLPs and boosted trees on tabular
       data", arXiv:2407.04491, section 3.
    """

    def __init__(self, scale_initializer: Any = "ones", **kwargs: Any):
        super().__init__(**kwargs)
        self.scale_initializer = keras.initializers.get(scale_initializer)
        self.supports_masking = True

    def build(self, input_shape: tuple) -> None:
        self.scale = self.add_weight(shape=(input_shape[-1],), name="scale", initializer=self.scale_initializer)

    def call(self, inputs: Any) -> Any:
        return inputs * self.scale

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return tuple(input_shape)

    def get_config(self) -> dict:
        return {**super().get_config(), "scale_initializer": keras.initializers.serialize(self.scale_initializer)}


@keras.saving.register_keras_serializable("nnbuild")
class ParametricActivation(keras.Layer):
    """Layer that applies an activation to a learned degree for each feature.

    Parameters
    ----------
    activation
        Activation that keeps the shape.
    alpha_initializer : default="ones"
        Initializer of the degrees: 0 for the identity, 1 for the activation.

    Notes
    -----
    y_j = x_j + a_j (f(x_j) - x_j) for feature j of the last axis: the parametric activation of RealMLP [1]_.

    References
    ----------
    .. [1] Holzmüller, Grinsztajn and Steinwart, "Better by default: strong pre-tuned MLPs and boosted trees on tabular
       data", arXiv:2407.04491, section 3.
    """

    def __init__(self, activation: Any, alpha_initializer: Any = "ones", **kwargs: Any):
        super().__init__(**kwargs)
        self.activation = keras.activations.get(activation)
        self.alpha_initializer = keras.initializers.get(alpha_initializer)
        self.supports_masking = True

    def build(self, input_shape: tuple) -> None:
        self.alpha = self.add_weight(shape=(input_shape[-1],), name="alpha", initializer=self.alpha_initializer)

    def call(self, inputs: Any) -> Any:
        return inputs + self.alpha * (self.activation(inputs) - inputs)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return tuple(input_shape)

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "activation": keras.activations.serialize(self.activation),
            "alpha_initializer": keras.initializers.serialize(self.alpha_initializer),
        }
