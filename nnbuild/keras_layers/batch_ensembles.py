"""Layers of networks with several members that share weights, and the average of their predictions."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from nnbuild.keras_layers.dense import KernelLayer


@keras.saving.register_keras_serializable("nnbuild")
class BatchEnsembleDense(KernelLayer):
    """Dense layer of several members that share a kernel, with factors of inputs and outputs and a bias per member.

    Parameters
    ----------
    units : int
        Number of outputs of each member.
    n_members : int, default=16
        Number k of members. The input is (batch, features), the same for all members, or (batch, k, features); the
        output is (batch, k, units).
    activation : optional
    use_bias : bool, default=True
    share_kernel : bool, default=True
        Whether members share one kernel. If not, each has a kernel of its own, and there are no factors.
    kernel_initializer : default="glorot_uniform"
        Kernels of their own are initialized as one kernel of k * units outputs.
    input_scale_initializer, output_scale_initializer : default="ones"
        Initializers of the factors of inputs and outputs. Members whose weights are equal have equal gradients, so at
        least one layer should have random factors or kernels of its own.
    bias_initializer, kernel_regularizer, bias_regularizer, kernel_constraint, bias_constraint
        As for Dense.

    Notes
    -----
    y_i = f(((x_i * r_i) W) * s_i + b_i) for member i, with the kernel W of all members: equation 5 of [1]_ with a bias.
    In the networks TabM [2]_, r_i of the first layer is random, all other factors are 1 at the start, and members have
    output layers of their own.

    References
    ----------
    .. [1] Wen, Tran and Ba, "BatchEnsemble: an alternative approach to efficient ensemble and lifelong learning",
       arXiv:2002.06715.
    .. [2] Gorishniy, Kotelnikov and Babenko, "TabM: advancing tabular deep learning with parameter-efficient
       ensembling", arXiv:2410.24210, section 3.
    """

    def __init__(
        self,
        units: int,
        n_members: int = 16,
        activation: Any = None,
        use_bias: bool = True,
        share_kernel: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        input_scale_initializer: Any = "ones",
        output_scale_initializer: Any = "ones",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(
            units, activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
            kernel_constraint, bias_constraint, **kwargs,
        )  # fmt: skip
        self.n_members, self.share_kernel = n_members, share_kernel
        self.input_scale_initializer = keras.initializers.get(input_scale_initializer)
        self.output_scale_initializer = keras.initializers.get(output_scale_initializer)
        self.input_spec = keras.InputSpec(min_ndim=2, max_ndim=3)
        self.supports_masking = False  # the axis of members is none of steps

    def build(self, input_shape: tuple) -> None:
        n_members, n_inputs, units = self.n_members, input_shape[-1], self.units
        shape = (n_inputs, units) if self.share_kernel else (n_members, n_inputs, units)
        self.kernel = self.add_kernel(shape, self.kernel_initializer if self.share_kernel else self._kernels)
        if self.share_kernel:
            self.input_scale = self.add_weight(
                shape=(n_members, n_inputs), name="input_scale", initializer=self.input_scale_initializer
            )
            self.output_scale = self.add_weight(
                shape=(n_members, units), name="output_scale", initializer=self.output_scale_initializer
            )
        self.bias = self.add_bias((n_members, units))
        self.input_spec = keras.InputSpec(min_ndim=2, max_ndim=3, axes={-1: n_inputs})

    def _kernels(self, shape: tuple, dtype: Any = None) -> Any:
        """Return initial kernels of all members, (members, inputs, units)."""
        n_members, n_inputs, units = shape
        kernel = self.kernel_initializer((n_inputs, n_members * units), dtype=dtype)
        return ops.transpose(ops.reshape(kernel, (n_inputs, n_members, units)), (1, 0, 2))

    def call(self, inputs: Any) -> Any:
        inputs = inputs if len(inputs.shape) == 3 else inputs[:, None]
        if self.share_kernel:
            outputs = ops.matmul(inputs * self.input_scale, self.kernel) * self.output_scale
        else:
            inputs = ops.broadcast_to(inputs, (ops.shape(inputs)[0], self.n_members, inputs.shape[-1]))
            outputs = ops.transpose(ops.matmul(ops.transpose(inputs, (1, 0, 2)), self.kernel), (1, 0, 2))
        return self.activated(outputs)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        if len(input_shape) == 3 and input_shape[1] != self.n_members:
            raise ValueError(f"BatchEnsembleDense has {self.n_members} members, but its input has {input_shape[1]}")
        return input_shape[0], self.n_members, self.units

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "n_members": self.n_members,
            "share_kernel": self.share_kernel,
            "input_scale_initializer": keras.initializers.serialize(self.input_scale_initializer),
            "output_scale_initializer": keras.initializers.serialize(self.output_scale_initializer),
        }


@keras.saving.register_keras_serializable("nnbuild")
class MemberAverage(keras.Layer):
    """Layer that averages the predictions of the members of a network, which are trained with a loss each.

    Notes
    -----
    The input is (batch, members, outputs), such as that of a BatchEnsembleDense, and the output (batch, outputs). In
    training, nnbuild computes the mean of the losses of the members, as in [1]_, not the loss of their average. So the
    layer must be the last one of an output. `Model.fit` of Keras computes the loss of the average.

    References
    ----------
    .. [1] Gorishniy, Kotelnikov and Babenko, "TabM: advancing tabular deep learning with parameter-efficient
       ensembling", arXiv:2410.24210, section 3.
    """

    def __init__(self, **kwargs: Any):
        super().__init__(autocast=False, **kwargs)  # half precision is too low for probabilities
        self.input_spec = keras.InputSpec(ndim=3)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        average = ops.mean(inputs, axis=1)
        if training:
            setattr(average, _MEMBERS, inputs)  # transported as Keras transports masks
        return average

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return input_shape[0], input_shape[2]


def member_predictions(average: Any) -> Any:
    """Return the predictions of members that a `MemberAverage` has averaged in training; None for other tensors."""
    return getattr(average, _MEMBERS, None)


def copy_member_predictions(average: Any, copied: Any) -> None:
    """Attach the predictions of members, if there are any, to a copy of their average."""
    if (members := member_predictions(average)) is not None:
        setattr(copied, _MEMBERS, members)


_MEMBERS = "_nnbuild_members"
