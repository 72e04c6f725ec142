"""Columns of the tables of facts: how each stage handles a class of Keras. Rules, checks and forms are given by name.

A name refers to an entry of a table in the stage with its code, such as `macs` in `plan/macs.py` and `steps` in
`generate/step_forms.py`. A row has only the values that differ from the defaults. The defaults suit a class that no
stage handles specially.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf


@dataclass(frozen=True, kw_only=True)
class LayerFacts:
    """Facts about a class of layers or cells.

    Attributes
    ----------
    family : str
        Family of layers (`LAYER_FAMILIES`): the section of docs/layers.md, and the colour in diagrams.
    keras_name : str
        Name of the class in Keras' code, if its public name differs.
    own : bool
        Whether the class is in `nnbuild.keras_layers`.
    n_inputs : (int, int or None)
        Minimum and maximum number of input tensors; None for no maximum.
    inputs_as : {"", "list", "arguments"}
        How several tensors are passed: as one list, or as separate arguments (query, value, key).
    merges : str
        Verb for its operation, if it merges its input tensors.
    takes_states, recurrent : bool
        Whether initial states may follow the sequence; whether Bidirectional may wrap it.
    call_arguments, shared_arguments : mapping of str to JSON value
        Arguments of the call, with their defaults; arguments that only further calls by a Shared may have.
    takes_text : bool
        Whether its inputs may be text.
    needs_text : str
        Hint for numeric inputs, if it takes only text.
    own_dtype : bool
        Whether its dtype is independent of the network's, as in layers of text and integers.
    ids_dtype : str
        Default dtype with output_mode "int", if it is not `float32`.
    any_dtype : bool
        Whether its `dtype` may be an integer dtype or string.
    vocabulary_argument : str
        Argument that may be "auto", for the number of ids of its input.
    activation : str
        Activation function of the layer, if it does nothing else.
    learned : bool
        Whether that activation has weights.
    normalizes : bool
        Whether its weights only scale its input, as in normalization layers.
    scales_weights : bool
        Whether it divides by the root of the number of inputs, so that its default initializer suits every activation.
    linear : bool
        Whether its outputs without bias and activation are linear in `kernel`, which has an output per unit of its last
        axis. Initializers that depend on samples require it.
    adapts : bool
        Whether it learns statistics of the samples before training, by its method `adapt`.
    only_last : bool
        Whether it must be the last layer of an output, because the loss of a training depends on its inputs.
    clash : str
        Check of combinations of arguments (`catalog/combinations.py`), in place of that of its family.
    not_in_config : mapping of str to str
        Arguments that are not in `get_config`, with the attribute of the layer that has the value.
    macs : str
        Rule for multiply-accumulates (`plan/macs.py`), "free", or "uncounted". Cells have separate rules.
    ndim, min_ndim : int
        Number of axes of its inputs, including the batch axis, if Keras states none or fewer than the layer requires.
    axes : tuple of str, optional
        Names of its axes, if they are not those of convolutions.
    arguments, shapes : str
        Check of its arguments before Keras creates it (`plan/argument_checks.py`), and check of its input shapes
        (`plan/tensor_checks.py`).
    ordinary : {"", "real", "any"}
        Inputs for which a layer with ordinary arguments is not traced (`plan/traced_checks.py`): real numbers, or any.
    states_shape : bool
        Whether the output shape stated by Keras is that of its outputs.
    training_hint : str
        Hint, if its output shape outside of training differs from the one stated by Keras.
    moves_pixels : bool
        Whether it transforms segmentation masks at random.
    masks : {"", "regarded", "along_axis"}
        Whether outputs for the steps of a series do not depend on padding, and the mask is passed on or not needed by
        later layers. "regarded" applies with `step` 0 and channels last, "along_axis" if `axis` is the last one.
    modes : tuple of str
        Execution modes in a stack (`train/stacked/execution_modes.py`); empty if members train one by one.
    form : str
        Implementation in a stack (`train/stacked/layer_forms.py`).
    random : str
        Implementation of its random numbers (`train/common/counter_based_random.py`).
    numbers : tuple of str
        Numeric arguments that may differ between members of a stack, and do not affect predictions.
    predicting_numbers : tuple of str
        The same, for numbers that affect predictions.
    dropout_rates : tuple of str
        Attributes that are its dropout rates; layers inside it have their own.
    fixed_dropout : bool
        Whether its dropout rates can't change during training.
    sets_mask : bool
        Whether it only masks the steps that equal its `mask_value`.
    keeps_steps : bool
        Whether its output has as many steps as its input.
    whole_batches : bool
        Whether padding rows in a batch would change its training.
    steps : str
        Implementation in step-by-step generation (`generate/step_forms.py`); "" if it does not support steps.
    follows : bool
        Whether diagrams may draw it in one box with the preceding layer.
    """

    family: str
    keras_name: str = ""
    own: bool = False
    n_inputs: tuple[int, int | None] = (1, 1)
    inputs_as: str = ""
    merges: str = ""
    takes_states: bool = False
    recurrent: bool = False
    call_arguments: Mapping[str, object] = field(default_factory=dict)
    shared_arguments: Mapping[str, object] = field(default_factory=dict)
    takes_text: bool = False
    needs_text: str = ""
    own_dtype: bool = False
    ids_dtype: str = ""
    any_dtype: bool = False
    vocabulary_argument: str = ""
    activation: str = ""
    learned: bool = False
    normalizes: bool = False
    scales_weights: bool = False
    linear: bool = False
    adapts: bool = False
    only_last: bool = False
    clash: str = ""
    not_in_config: Mapping[str, str] = field(default_factory=dict)
    macs: str = ""
    ndim: int | None = None
    min_ndim: int | None = None
    axes: tuple[str, ...] | None = None
    arguments: str = ""
    shapes: str = ""
    ordinary: str = ""
    states_shape: bool = True
    training_hint: str = ""
    moves_pixels: bool = False
    masks: str = ""
    modes: tuple[str, ...] = ()
    form: str = ""
    random: str = ""
    numbers: tuple[str, ...] = ()
    predicting_numbers: tuple[str, ...] = ()
    dropout_rates: tuple[str, ...] = ()
    fixed_dropout: bool = False
    sets_mask: bool = False
    keeps_steps: bool = False
    whole_batches: bool = False
    steps: str = ""
    follows: bool = False

    @property
    def looks_up(self) -> bool:
        """Whether it returns a vector for each id of its input."""
        return self.vocabulary_argument == "input_dim"


@dataclass(frozen=True, kw_only=True)
class LossFacts:
    """Facts about a class of losses.

    Attributes
    ----------
    own : bool
        Whether the class is in `nnbuild.keras_losses`.
    targets : tuple of {"classes", "labels", "numbers", "regions", "tokens"}
        Targets that it compares: one of several classes, columns of 0 and 1, real numbers and fractions, areas, tokens.
    one_hot, class_numbers : bool
        Whether it takes one-hot labels; whether it takes only class indices.
    head : tuple of str, or None
        Suitable output activation, and scaling and values of a regression target (`tasks/losses.py`). An activation
        that is a class takes its required arguments from the loss.
    per_target : (str, float) or None
        Argument with the list of values to predict for each target, in increasing order, and the item of it that
        `predict` returns; None for a single value.
    probabilities : {"sigmoid", "softmax", ""}
        Activation of the probabilities that it takes, unless `from_logits` is set; "" for other losses.
    logarithm : bool
        Whether it takes logarithms of predictions.
    other_shapes : bool
        Whether its targets or predictions may have other shapes than those of the task.
    stacked : bool
        Whether stacks support it.
    """

    own: bool = False
    targets: tuple[str, ...] = ()
    one_hot: bool = False
    class_numbers: bool = False
    head: tuple[str, str, str] | None = None
    per_target: tuple[str, float] | None = None
    probabilities: str = ""
    logarithm: bool = False
    other_shapes: bool = False
    stacked: bool = False


@dataclass(frozen=True, kw_only=True)
class MetricFacts:
    """Facts about a class of metrics.

    Attributes
    ----------
    targets : tuple of {"classes", "columns", "labels", "numbers", "tokens"}
        Targets that it compares, as for a loss; "columns" are any number of columns, in which classes are one-hot.
    improves : {"up", "down", None}
        Direction of improvement; None if neither direction is better.
    one_hot : bool
        Whether it takes one-hot labels.
    overlaps : bool
        Whether it is an intersection over union, which Keras counts in integers with a weight for each pixel.
    stacked : bool
        Whether members of a stack may have it.
    clash : str
        Check of combinations of arguments (`catalog/combinations.py`).
    """

    targets: tuple[str, ...] = ()
    improves: str | None = None
    one_hot: bool = False
    overlaps: bool = False
    stacked: bool = False
    clash: str = ""


@dataclass(frozen=True, kw_only=True)
class ObjectFacts:
    """Facts about a class of initializers, regularizers, constraints, schedules or optimizers.

    Attributes
    ----------
    own : bool
        Whether the class is in `nnbuild.keras_initializers`.
    of_samples : str
        Argument of layers that it is for, if it is an initializer that depends on samples.
    suits : {"", "all", "matrices", "by_value"}
        Weights that it suits, so that it is not tested on their shapes (`plan/weight_checks.py`); "" for unknown.
    variance : str
        Rule for the variance of initial weights (`diagnosis/initializer_rules.py`); "constant" for equal weights.
    numbers : tuple of str, optional
        Numeric arguments that may differ between members of a stack; None for optimizers that stacks do not support.
    learning_rates : (float, float) or None
        Usual learning rates of an optimizer, from the lowest to the highest.
    only_float32 : bool
        Whether it does not support weights of float64.
    one_rate : bool
        Whether all steps of an optimizer require the same learning rate, so that it may have no factors.
    zero_too : bool
        Whether 0 is such a number, too; else a value of 0 is part of the architecture.
    clash : str
        Check of combinations of arguments (`catalog/combinations.py`).
    not_in_config : mapping of str to str
        Arguments that are not in `get_config`, with the attribute of the object that has the value.
    """

    own: bool = False
    of_samples: str = ""
    suits: str = ""
    variance: str = ""
    numbers: tuple[str, ...] | None = None
    learning_rates: tuple[float, float] | None = None
    only_float32: bool = False
    one_rate: bool = False
    zero_too: bool = False
    clash: str = ""
    not_in_config: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ActivationFacts:
    """Facts about an activation.

    Attributes
    ----------
    initializer : str
        Initializer of the weights before it that preserves the variance of signals.
    negative : bool
        Whether it has negative values, whose logarithm is NaN.
    bounds : (float, float)
        Lower and upper bound of its values.
    saturates : {"units", "samples", ""}
        Whether its units saturate one by one, or all units of a sample together; "" if this is not defined.
    largest_derivative : float
        Largest derivative of a unit, approximately.
    """

    initializer: str = "glorot_uniform"
    negative: bool = False
    bounds: tuple[float, float] = (-inf, inf)
    saturates: str = "units"
    largest_derivative: float = 1.0


# Families of layers in the order of docs/layers.md, with their headings there.
LAYER_FAMILIES = {
    "dense": "Dense layers",
    "embedding": "Embeddings",
    "activation": "Activation layers",
    "noise": "Dropout, noise and regularization",
    "normalization": "Normalization layers",
    "convolution": "Convolution layers",
    "pooling": "Pooling layers",
    "recurrent": "Recurrent layers",
    "attention": "Attention layers",
    "merge": "Merging layers",
    "shape": "Reshaping layers",
    "encoding": "Encodings of categories and text",
    "sound": "Audio layers",
    "image": "Image layers",
    "augmentation": "Image augmentation",
    "other": "Other layers",
}
