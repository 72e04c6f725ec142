"""Private names of Keras: each function names the public interface that it replaces.

Keras is imported inside functions: `convert` uses this module, and recipes are converted without Keras.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import keras

# Layers and models.


def calls_of(layer: Any) -> list:
    """Return the symbolic calls of a layer, first to last, with `arguments`, `input_tensors` and `output_tensors`.

    Replaces a list of the calls: `layer.input` and `layer.output` raise for a layer that is called twice.
    """
    return layer._inbound_nodes


def source_of(tensor: Any) -> Any:
    """Return the layer or operation that computes a symbolic tensor.

    Replaces ``keras_history`` in the serialized form of a model, which has names in place of objects.
    """
    return tensor._keras_history[0]


def all_layers(layer: Any) -> list:
    """Return a layer or model and the layers inside it, at any depth.

    Replaces `model.layers`, which has the outermost layers alone, without the cells of RNN layers.
    """
    return list(layer._flatten_layers())


def mask_of(tensor: Any) -> Any:
    """Return the mask of a tensor, as masking layers attach it; None for a tensor without one.

    Replaces a getter: layers take the mask of their input in `call`, other code has no public access to it.
    """
    return getattr(tensor, "_keras_mask", None)


def set_mask(tensor: Any, mask: Any) -> None:
    """Attach a mask to a tensor, for the layers after it.

    Replaces `layer.compute_mask`, which works for layers that Keras calls, and not for a computed tensor.
    """
    tensor._keras_mask = mask


def restate(tensor: keras.KerasTensor, dtype: str = "", shape: tuple | None = None, sparse: bool | None = None) -> None:
    """Set dtype, shape or sparseness of a symbolic tensor, in place.

    Replaces a correct `compute_output_spec`: the layers after this one keep a reference to the tensor, and its
    public properties are read-only.
    """
    if dtype:
        tensor._dtype = dtype
    if shape is not None:
        tensor._shape = shape
    if sparse is not None:
        tensor._sparse = sparse


def output_spec(function: Callable, *tensors: keras.KerasTensor) -> Any:
    """Return the symbolic outputs of a function of symbolic tensors, by tracing it.

    Replaces `Layer.compute_output_spec`, which most layers compute from their arguments, without a trace.
    """
    from keras.src.backend import compute_output_spec

    return compute_output_spec(function, *tensors)


# Compiled models and what they are compiled with.


class Compiled(NamedTuple):
    """Arguments of `Model.compile` that a model has no public attribute for."""

    metrics: Any
    weighted_metrics: Any
    loss_weights: Any


def compiled_with(model: Any) -> Compiled:
    """Return metrics and loss weights as passed to `compile`; None for arguments that were not passed.

    Replaces `Model.get_compile_config`, which has them in serialized form.
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

    Replaces ``get_config()["fn"]``, which has the function in serialized form.
    """
    return getattr(metric, "_fn", None)


def function_arguments(value: Any) -> dict:
    """Return the arguments that a loss or metric passes to its function: the dict itself, which may be changed.

    Replaces `get_config`, which returns a copy, in some classes without these arguments.
    """
    return getattr(value, "_fn_kwargs", {})


def flash_attention(layer: Any) -> Any:
    """Return the `flash_attention` of an attention layer.

    Replaces ``get_config()["flash_attention"]``, which Keras leaves out.
    """
    return layer._flash_attention


# First values of variables.


def initializer_of(variable: Any) -> Callable | None:
    """Return the initializer of a variable without a value; None once it has one.

    Replaces `layer.kernel_initializer` and its like: not every variable has such an attribute.
    """
    return variable._initializer


def has_value(variable: Any) -> bool:
    """Return whether a variable is allocated.

    Replaces `variable.value`, which computes a value where there is none.
    """
    return variable._value is not None


def allocate(variable: Any, initializer: Callable) -> None:
    """Give a variable without a value its first one.

    Replaces leaving a `keras.StatelessScope`, which allocates all variables with their own initializers.
    """
    variable._initializer = initializer
    variable._deferred_initialize()


def is_random(value: object) -> bool:
    """Return whether an object is an initializer that draws its values by a `seed`.

    Replaces a public base class of random initializers: all of them have `seed`, but other objects do too.
    """
    from keras.src.initializers.random_initializers import RandomInitializer

    return isinstance(value, RandomInitializer)


def given_seed(initializer: Any) -> Any:
    """Return the seed passed to a random initializer; None if it has drawn one itself.

    Replaces `seed`, which Keras sets in place of None, and for `get_config`, where a generator is a dict.
    """
    return initializer._init_seed


# The state of Keras.


def thread_custom_objects() -> dict:
    """Return the objects of the custom object scope of this thread.

    Replaces `keras.saving.get_custom_objects`, which has those of all threads alone.
    """
    from keras.src.backend.common.global_state import get_global_attribute

    return get_global_attribute("custom_objects_scope_dict", {})


def exchange_name_counts(counts: Any) -> Any:
    """Replace the counts by which Keras numbers names in this thread, None for none yet; return the previous ones.

    Replaces `keras.utils.clear_session`, which cannot be undone and drops more than names.
    """
    from keras.src.backend.common.global_state import get_global_attribute, set_global_attribute

    previous = get_global_attribute("object_name_uids")
    set_global_attribute("object_name_uids", counts)
    return previous


def draw_seeds_from(source: Any) -> None:
    """Make Keras draw the seeds of objects without one from `source`, which has the functions of `random`.

    Replaces `keras.utils.set_random_seed`, which sets the global generators of the process.
    """
    from keras.src.random import seed_generator

    seed_generator.python_random = source


# Layers with dropout.


class DropsScores:
    """Mixin of `Attention` and `AdditiveAttention`: `dropped` takes the place of Keras' dropout of scores.

    Replaces a public hook of dropout: only `call` is public, and it computes scores and dropout in one.
    """

    def _apply_scores(self, scores, value, scores_mask=None, training=False):
        found, weights = super()._apply_scores(scores, value, scores_mask, training=False)
        if not training or not self.dropout:
            return found, weights
        weights = self.dropped(weights, self.dropout)
        return weights @ value, weights


class DropsStates:
    """Mixin of recurrent cells: `dropped` takes the place of Keras' dropout of inputs and states.

    Replaces `get_dropout_mask`, which is public and keeps the masks of all steps, but draws them itself.
    """

    def _create_dropout_mask(self, step_input, dropout_rate):
        import keras

        n_masks = getattr(self, "dropout_mask_count", None)
        ones = keras.ops.ones_like(step_input)
        # Keras calls this in prediction too. To count these calls would change the random numbers of a fit that
        # evaluates between epochs.
        training = self._get_call_context().get_value("training")
        masks = [self.dropped(ones, dropout_rate) if training else ones for _ in range(n_masks or 1)]
        return masks[0] if n_masks is None else masks


# Attention, step by step.


class Projections(NamedTuple):
    """The dense layers of an attention layer."""

    query: Any
    key: Any
    value: Any
    output: Any


def projections_of(layer: Any) -> Projections:
    """Return the dense layers of a `MultiHeadAttention` or `GroupQueryAttention`.

    Replaces `query_dense` and its like, which are public in `MultiHeadAttention` alone.
    """
    return Projections(layer._query_dense, layer._key_dense, layer._value_dense, layer._output_dense)


def attended(layer: Any, query: Any, keys: Any, values: Any, seen: Any) -> Any:
    """Return the attention of each head for projected queries, keys and values, masked by `seen`; not in training.

    Replaces `layer(query, value, key, attention_mask=seen)`, which projects keys and values again in every step.
    `keras.ops.dot_product_attention` has other bits than layers with dropout.
    """
    return layer._compute_attention(query, keys, values, attention_mask=seen, training=False)[0]


# Optimizers, as functions of their state.


def learning_rate_slot(optimizer: Any) -> tuple[dict, str]:
    """Return the dict and the key in which an optimizer holds its learning rate.

    Replaces `optimizer.learning_rate`, whose setter assigns numbers to a variable and takes no tensors.
    """
    return vars(optimizer), "_learning_rate"


def identify_variables_by(optimizer: Any, key: Callable[[Any], Any]) -> None:
    """Make an optimizer identify variables by `key`.

    Replaces `optimizer.build` of variables without values: Keras' key for TensorFlow reads the value.
    """
    optimizer._var_key = key


def common_optimizer(kind: type, apply: Callable, update: Callable) -> type:
    """Return an optimizer class that computes by the code that all of Keras' backends have in common.

    Replaces an optimizer that works on values inside a `keras.StatelessScope`: with TensorFlow, Keras updates
    variables in place, through TensorFlow's distribution of work over devices.

    Parameters
    ----------
    kind : type
        Class of the optimizer.
    apply : callable
        Takes the optimizer, gradients and variables; in place of all that `optimizer.apply` does with gradients.
    update : callable
        Takes the optimizer. Called before each update of the variables, in place of the class's own code.
    """
    from keras.src.optimizers.base_optimizer import BaseOptimizer

    def updated(self, gradients, variables, learning_rate):
        update(self)
        BaseOptimizer._backend_update_step(self, gradients, variables, learning_rate)

    names = ("assign", "assign_add", "assign_sub", "_apply_weight_decay", "_var_key")
    members = {name: getattr(BaseOptimizer, name) for name in names}
    own = {"_backend_apply_gradients": apply, "_backend_update_step": updated}
    return type(kind.__name__, (kind,), {**members, **own})


def update_variables(optimizer: Any, gradients: Sequence, variables: Sequence) -> None:
    """Clip the gradients, decay the weights, and update the variables of an optimizer of `common_optimizer`.

    Replaces `optimizer.apply`, which also counts steps, accumulates gradients and averages weights, in branches.
    """
    gradients = optimizer._clip_gradients(gradients)
    optimizer._apply_weight_decay(variables)
    optimizer._backend_update_step(gradients, variables, optimizer.learning_rate)


def trained_variables(optimizer: Any) -> list:
    """Return the variables passed to the `build` of an optimizer, in their order.

    Replaces the argument of `optimizer.build`, which Keras keeps in no public attribute.
    """
    return optimizer._trainable_variables


def n_applied(optimizer: Any) -> Any:
    """Return the number of gradients that an optimizer has received.

    Replaces `optimizer.iterations`, which counts updates: one for several gradients that are accumulated.
    """
    return optimizer._iterations.value


def accumulated(optimizer: Any, variables: Sequence) -> list:
    """Return the variables that accumulate the gradients of `variables`.

    Replaces `optimizer.variables`, where nothing marks them.
    """
    return [optimizer._accumulated_gradients[optimizer._get_variable_index(variable)] for variable in variables]


def moving_averages(optimizer: Any) -> list:
    """Return the moving averages of the trained variables, of an optimizer with `use_ema`.

    Replaces `optimizer.finalize_variable_values`, which writes them into variables.
    """
    return optimizer._model_variables_moving_average


def update_moving_averages(optimizer: Any) -> None:
    """Update the moving averages by the values of the trained variables.

    Replaces `optimizer.apply`, which does it in a branch of the program.
    """
    optimizer._update_model_variables_moving_average(optimizer._trainable_variables)


def momentum_product(optimizer: Any) -> Any:
    """Return the variable with the product of Nadam's momentum over steps; None for other optimizers.

    Replaces `optimizer.variables`, where nothing marks it.
    """
    return getattr(optimizer, "_u_product", None)
