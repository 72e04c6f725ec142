"""Functions that use private names of Keras. Each docstring names the public interface that the function replaces.

Keras is imported inside functions, because `convert` uses this module and converts recipes without Keras.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import keras

# Layers and models.


def calls_of(layer: Any) -> list:
    """Return the symbolic calls of a layer, in order, with `arguments`, `input_tensors` and `output_tensors`.

    Replaces `layer.input` and `layer.output`, which raise an error for a layer that is called twice.
    """
    return layer._inbound_nodes


def source_of(tensor: Any) -> Any:
    """Return the layer or operation that computes a symbolic tensor.

    Replaces ``keras_history`` in the serialized model, which contains names, not objects.
    """
    return tensor._keras_history[0]


def run_layers(model: Any, inputs: Any, call: Callable) -> Any:
    """Return the outputs of a functional model, in which `call(layer, ...)` computes the outputs of each layer.

    Replaces `model(inputs)`, which calls all layers at once.
    """
    tensors = model._standardize_inputs(inputs)
    return model._run_through_graph(tensors, operation_fn=lambda layer: partial(call, layer))


def all_layers(layer: Any) -> list:
    """Return a layer or model and the layers inside it, at any depth.

    Replaces `model.layers`, which contains the outermost layers only, without cells of RNN layers.
    """
    return list(layer._flatten_layers())


def mask_of(tensor: Any) -> Any:
    """Return the mask that a masking layer has attached to a tensor, or None.

    Replaces the argument `mask` of `call`: only layers receive the masks of their inputs.
    """
    return getattr(tensor, "_keras_mask", None)


def set_mask(tensor: Any, mask: Any) -> None:
    """Attach a mask to a tensor, for the layers after it.

    Replaces `layer.compute_mask`, which applies only to outputs of layers that Keras calls.
    """
    tensor._keras_mask = mask


def restate(tensor: keras.KerasTensor, dtype: str = "", shape: tuple | None = None, sparse: bool | None = None) -> None:
    """Set dtype, shape or sparseness of a symbolic tensor, in place.

    Replaces `compute_output_spec` of layers where it is incorrect. Later layers refer to this tensor, whose public
    properties are read-only.
    """
    if dtype:
        tensor._dtype = dtype
    if shape is not None:
        tensor._shape = shape
    if sparse is not None:
        tensor._sparse = sparse


def output_spec(function: Callable, *tensors: keras.KerasTensor) -> Any:
    """Trace a function of symbolic tensors, and return its symbolic outputs.

    Replaces `Layer.compute_output_spec`, which most classes override to derive the result without a trace.
    """
    from keras.src.backend import compute_output_spec

    return compute_output_spec(function, *tensors)


# Compiled models, and their metrics and losses.


class Compiled(NamedTuple):
    """Arguments of `Model.compile` that are not public attributes of the model."""

    metrics: Any
    weighted_metrics: Any
    loss_weights: Any


def compiled_with(model: Any) -> Compiled:
    """Return metrics and loss weights as passed to `compile`; None for arguments that were not passed.

    Replaces `Model.get_compile_config`, which returns them in serialized form.
    """
    metrics = getattr(model, "_compile_metrics", None)
    loss = getattr(model, "_compile_loss", None)
    return Compiled(
        getattr(metrics, "_user_metrics", None),
        getattr(metrics, "_user_weighted_metrics", None),
        getattr(loss, "_user_loss_weights", None),
    )


def function_of(metric: Any) -> Any:
    """Return the function that a metric averages; None for other objects.

    Replaces ``get_config()["fn"]``, which is the function in serialized form.
    """
    return getattr(metric, "_fn", None)


def function_arguments(value: Any) -> dict:
    """Return the dict of arguments that a loss or metric passes to its function. It may be changed in place.

    Replaces `get_config`, which returns a copy, and omits these arguments in some classes.
    """
    return getattr(value, "_fn_kwargs", {})


def flash_attention(layer: Any) -> Any:
    """Return the `flash_attention` of an attention layer.

    Replaces `get_config`, which does not contain it.
    """
    return layer._flash_attention


# Initial values of variables.


def initializer_of(variable: Any) -> Callable | None:
    """Return the initializer of a variable that has no value yet; None if it has one.

    Replaces attributes such as `layer.kernel_initializer`, which do not exist for all variables.
    """
    return variable._initializer


def has_value(variable: Any) -> bool:
    """Return whether a variable is allocated.

    Replaces `variable.value`, which computes a value if there is none.
    """
    return variable._value is not None


def allocate(variable: Any, initializer: Callable) -> None:
    """Initialize a variable that has no value yet.

    Replaces the end of a `keras.StatelessScope`, which initializes all variables with their own initializers.
    """
    variable._initializer = initializer
    variable._deferred_initialize()


def is_random(value: object) -> bool:
    """Return whether an object is an initializer that draws random values.

    Replaces a check for the attribute `seed`, which other objects also have. There is no public base class.
    """
    from keras.src.initializers.random_initializers import RandomInitializer

    return isinstance(value, RandomInitializer)


def given_seed(initializer: Any) -> Any:
    """Return the seed passed to a random initializer; None if it was drawn.

    Replaces the attribute `seed`, where a drawn number replaces None, and `get_config`, where a generator is a dict.
    """
    return initializer._init_seed


# The state of Keras.


def thread_custom_objects() -> dict:
    """Return the objects of the custom object scope of this thread.

    Replaces `keras.saving.get_custom_objects`, which returns only the objects for all threads.
    """
    from keras.src.backend.common.global_state import get_global_attribute

    return get_global_attribute("custom_objects_scope_dict", {})


def exchange_name_counts(counts: Any) -> Any:
    """Set the counts with which Keras numbers names in this thread, and return the previous counts; None for none.

    Replaces `keras.utils.clear_session`, which can't be undone, and resets more than names.
    """
    from keras.src.backend.common.global_state import get_global_attribute, set_global_attribute

    previous = get_global_attribute("object_name_uids")
    set_global_attribute("object_name_uids", counts)
    return previous


def draw_seeds_from(source: Any) -> None:
    """Make Keras draw seeds, for objects that have none, from `source`, which has the functions of `random`.

    Replaces `keras.utils.set_random_seed`, which sets the global generators of the process.
    """
    from keras.src.random import seed_generator

    seed_generator.python_random = source


# Optimizers as pure functions.


def learning_rate_slot(optimizer: Any) -> tuple[dict, str]:
    """Return the dict and the key in which an optimizer stores its learning rate.

    Replaces `optimizer.learning_rate`, whose setter assigns numbers to a variable, and does not accept tensors.
    """
    return vars(optimizer), "_learning_rate"


def identify_variables_by(optimizer: Any, key: Callable[[Any], Any]) -> None:
    """Make an optimizer identify variables by `key`.

    Replaces the key in `optimizer.build`, which requires values of variables and thus fails for symbolic variables.
    """
    optimizer._var_key = key


def common_optimizer(kind: type, apply: Callable, update: Callable) -> type:
    """Return a subclass of an optimizer class that uses the methods common to all of Keras' backends.

    Replaces an optimizer inside a `keras.StatelessScope`. With TensorFlow, it updates variables in place, through a
    distribution strategy, and not the values of the scope.

    Parameters
    ----------
    kind : type
        Class of the optimizer.
    apply : callable
        Called with the optimizer, gradients and variables, in place of the gradient step of `optimizer.apply`.
    update : callable
        Called with the optimizer before each update of the variables, in place of the code of its class.
    """
    from keras.src.optimizers.base_optimizer import BaseOptimizer

    def updated(self, gradients, variables, learning_rate):
        update(self)
        BaseOptimizer._backend_update_step(self, gradients, variables, learning_rate)

    names = ("assign", "assign_add", "assign_sub", "_apply_weight_decay", "_var_key")
    members = {name: getattr(BaseOptimizer, name) for name in names}
    own = {"_backend_apply_gradients": apply, "_backend_update_step": updated}
    return type(kind.__name__, (kind,), {**members, **own})


def with_rates_by_variable(kind: Any, update: Callable, decay: Callable) -> type:
    """Return a subclass of an optimizer class that multiplies its learning rate by factors for each variable.

    Replaces an optimizer for each group of variables, which would clip the gradients of each group alone. `update` and
    `decay` return the factors in the update and in the weight decay, for the index of a variable.
    """
    from keras import ops

    def update_step(self, gradient, variable, learning_rate):
        rate = ops.multiply(learning_rate, update(self._get_variable_index(variable)))
        kind.update_step(self, gradient, variable, rate)

    def apply_weight_decay(self, variables):
        (holder, key), rate = learning_rate_slot(self), self.learning_rate
        kept = holder[key]
        for variable in variables:
            holder[key] = ops.multiply(rate, decay(self._get_variable_index(variable)))
            kind._apply_weight_decay(self, [variable])
        holder[key] = kept

    return type(kind.__name__, (kind,), {"update_step": update_step, "_apply_weight_decay": apply_weight_decay})


def update_variables(optimizer: Any, gradients: Sequence, variables: Sequence) -> None:
    """Clip the gradients, decay the weights, and update the variables; the optimizer is from `common_optimizer`.

    Replaces `optimizer.apply`, which also counts steps, accumulates gradients and averages weights, with conditions.
    """
    gradients = optimizer._clip_gradients(gradients)
    optimizer._apply_weight_decay(variables)
    optimizer._backend_update_step(gradients, variables, optimizer.learning_rate)


def trained_variables(optimizer: Any) -> list:
    """Return the variables passed to `optimizer.build`, in order.

    Replaces a public attribute: Keras stores this argument in none.
    """
    return optimizer._trainable_variables


def n_applied(optimizer: Any) -> Any:
    """Return the number of gradients that an optimizer has received.

    Replaces `optimizer.iterations`, which counts updates: one for several accumulated gradients.
    """
    return optimizer._iterations.value


def accumulated(optimizer: Any, variables: Sequence) -> list:
    """Return the variables that accumulate the gradients of `variables`.

    Replaces `optimizer.variables`, which contains them, but does not identify them.
    """
    return [optimizer._accumulated_gradients[optimizer._get_variable_index(variable)] for variable in variables]


def moving_averages(optimizer: Any) -> list:
    """Return the moving averages of the trained variables; the optimizer has `use_ema`.

    Replaces `optimizer.finalize_variable_values`, which assigns them to the variables.
    """
    return optimizer._model_variables_moving_average


def update_moving_averages(optimizer: Any) -> None:
    """Update the moving averages with the values of the trained variables.

    Replaces `optimizer.apply`, which does this inside a condition.
    """
    optimizer._update_model_variables_moving_average(optimizer._trainable_variables)


def momentum_product(optimizer: Any) -> Any:
    """Return the variable with Nadam's product of momenta over steps; None for other optimizers.

    Replaces `optimizer.variables`, which contains it, but does not identify it.
    """
    return getattr(optimizer, "_u_product", None)
