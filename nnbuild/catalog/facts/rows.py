"""What a row of facts holds: how each stage treats a class of Keras. Rules, checks and forms go by names.

A name is that of an entry of a table in its stage, where the code is: `macs` in `plan/macs.py`, `steps` in
`generate/step_forms.py` ... A row gives what differs from the defaults, which suit a class that no stage treats
specially.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class LayerFacts:
    """Facts about a class of layers or cells.

    Attributes
    ----------
    keras_name : str
        The name of the class inside Keras, where users import it by another one.
    own : bool
        Whether it is in `nnbuild.keras_layers`.
    n_inputs : (int, int or None)
        Fewest and most input tensors; None for any number.
    inputs_as : {"", "list", "arguments"}
        How it is called on several tensors: one list, or an argument each (query, value, key).
    merges : str
        What it does to its tensors, as a verb, if it merges them.
    takes_states, recurrent : bool
        Whether initial states may follow the sequence; whether Bidirectional may hold it.
    call_arguments, shared_arguments : mapping of str to JSON value
        Arguments that Keras takes in the call, with their defaults; those that only further calls by a Shared may have.
    takes_text : bool
    needs_text : str
        What to do where it gets numbers, if it takes text alone.
    own_dtype : bool
        Whether it chooses its dtype itself, whatever the network's: layers of text and whole numbers.
    ids_dtype : str
        Its default dtype with output_mode "int", if that is not `float32`.
    any_dtype : bool
        Whether its `dtype` may be one of whole numbers or text.
    n_ids : str
        The argument that may be "auto": the number of ids of its input.
    activation : str
        The activation function that it applies, if that is all it does.
    normalizes : bool
        Whether its weights scale a signal instead of making a new one.
    clash : str
        Check of arguments together (`catalog/combinations.py`), in place of that of its family.
    not_in_config : mapping of str to str
        Arguments that `get_config` leaves out, with the attribute that holds them.
    macs : str
        Rule for multiply-accumulates (`plan/macs.py`), "free", or "uncounted"; rules of cells are apart.
    ndim, min_ndim : int
        Axes of its inputs, the batch axis included, where Keras states nothing or less than the layer can compute with.
    axes : tuple of str, optional
        Names of its axes, where they are not those of convolutions.
    arguments, shapes : str
        Check of its arguments before Keras makes it (`plan/argument_checks.py`), and of input shapes
        (`plan/tensor_checks.py`).
    ordinary : {"", "real", "any"}
        Inputs on which ordinary arguments need no trial (`plan/traced_checks.py`): real numbers, or any.
    states_shape : bool
        Whether Keras states the shape that it gives.
    training_hint : str
        What to do where it gives another shape outside of training.
    moves_pixels : bool
        Whether it changes segmentation masks at random.
    masks : {"", "regarded", "along_axis"}
        Whether its results for the steps of a series are the same however far it is padded, and it passes the mask
        on or needs none behind it: of the first step and with channels last, or along the last axis.
    ways : tuple of str
        How it is computed for many members at once (`train/stacked/execution_modes.py`); none where members train one
        by one.
    form : str
        Its form in a stack (`train/stacked/layer_forms.py`).
    random : str
        How it draws random numbers by counting (`train/common/counter_based_random.py`).
    numbers : tuple of str
        Arguments in which members of a stack may differ.
    keeps_steps : bool
        Whether it gives as many steps as it takes.
    whole_batches : bool
        Whether rows of padding would change how it trains on a batch.
    steps : str
        Its form in generation step by step (`generate/step_forms.py`); none where it can't be read in steps.
    follows : bool
        Whether diagrams may draw it in one box with the layer before it.
    """

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
    n_ids: str = ""
    activation: str = ""
    normalizes: bool = False
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
    ways: tuple[str, ...] = ()
    form: str = ""
    random: str = ""
    numbers: tuple[str, ...] = ()
    keeps_steps: bool = False
    whole_batches: bool = False
    steps: str = ""
    follows: bool = False


@dataclass(frozen=True, kw_only=True)
class LossFacts:
    """Facts about a class of losses.

    Attributes
    ----------
    own : bool
        Whether it is in `nnbuild.keras_losses`.
    targets : tuple of {"classes", "labels", "numbers", "regions", "tokens"}
        What it compares: one class of several, columns of 0 and 1, real numbers and shares, areas, or tokens.
    one_hot, class_numbers : bool
        Whether it takes targets in one-hot form; whether it takes numbers of classes alone.
    head : tuple of str, or None
        Output activation, scaling and values of a regression target that suit it (`tasks/losses.py`). An activation
        that is a class takes its required arguments from the loss.
    per_target : (str, float) or None
        Argument that lists what the network predicts of each target, in increasing order, and the item of it that
        `predict` returns; None for one value.
    logarithm : bool
        Whether it takes logarithms of predictions.
    other_shapes : bool
        Whether it may not suit the targets and predictions of a task that has it.
    stacked : bool
        Whether members of a stack may have it.
    """

    own: bool = False
    targets: tuple[str, ...] = ()
    one_hot: bool = False
    class_numbers: bool = False
    head: tuple[str, str, str] | None = None
    per_target: tuple[str, float] | None = None
    logarithm: bool = False
    other_shapes: bool = False
    stacked: bool = False


@dataclass(frozen=True, kw_only=True)
class MetricFacts:
    """Facts about a class of metrics.

    Attributes
    ----------
    targets : tuple of {"classes", "columns", "labels", "numbers", "tokens"}
        What it compares, as for a loss; "columns" are those of any number, where classes are 0 and 1.
    improves : {"up", "down", None}
        The direction in which it improves; None where neither is better.
    one_hot : bool
        Whether it takes targets in one-hot form.
    overlaps : bool
        Whether it is an intersection over union: Keras counts in whole numbers, with a weight for each pixel.
    stacked : bool
        Whether members of a stack may have it.
    clash : str
        Check of arguments together (`catalog/combinations.py`).
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
    suits_all : bool
        Whether weights of any shape may have it, so that it is not tried on them.
    numbers : tuple of str, optional
        Arguments in which members of a stack may differ; None for optimizers that stacks can't have.
    zero_too : bool
        Whether a number of 0 is one of these as well, not a part of the form.
    clash : str
        Check of arguments together (`catalog/combinations.py`).
    not_in_config : mapping of str to str
        Arguments that `get_config` leaves out, with the attribute that holds them.
    """

    suits_all: bool = False
    numbers: tuple[str, ...] | None = None
    zero_too: bool = False
    clash: str = ""
    not_in_config: Mapping[str, str] = field(default_factory=dict)
