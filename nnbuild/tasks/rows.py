"""Facts about each task, independent of data: output layer, losses, metrics, saved form and title."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nnbuild.catalog.kinds import MAX_AXES, Anything, Flag, Integer, Kind, ListOf, MapOf, Text
from nnbuild.records import frozen_mapping
from nnbuild.tasks.losses import (
    CLASS_LOSS,
    OF_CLASSES,
    OF_COLUMNS,
    OF_LABELS,
    OF_NUMBERS,
    OF_REGIONS,
    OF_TOKENS,
)


@dataclass(frozen=True)
class Task:
    """Task: plain data for all stages.

    Attributes
    ----------
    name : str
    loss : str or None
        Default loss; None if there is nothing to train.
    activation : str
        Activation of the output layer.
    losses, metrics : frozenset of str
        Classes of losses and metrics that compare such targets.
    head_by_loss : bool
        Whether the activation depends on the loss, in place of `activation`.
    ends_in : {"features", "steps", "places"}
        Shape of the input of the output layer: (features,), (steps, features), or (height, width, channels) with any
        number of spatial axes.
    widths : tuple of int
        Units of the output layer if they are not the number of outputs. The first is used when the layer is appended;
        others are allowed for networks with their own output layer and loss.
    own_also : frozenset of str
        Further losses and metrics for such networks.
    allows_more_units : bool
        Whether a network may have more units than outputs.
    min_outputs, max_outputs : int or None
        Minimum and maximum number of outputs; None if there is no maximum.
    outputs_text, outputs_hint : str
        Text of the allowed numbers of outputs, and a hint for other numbers.
    ignored : int or None
        Class of padding, which the loss must ignore.
    has_parts : bool
        Whether there are several outputs, each with a task of its own.
    has_classes : bool
        Whether each sample, position or step has one of several named classes.
    has_probabilities : bool
        Whether the network predicts probabilities, and predictions are the most probable outcomes.
    takes_class_weight : bool
        Whether class weights apply.
    title, title_of_one : str
        Title of the task, with {n} for the number of outputs; `title_of_one` is for one output, if it differs.
    saved_fields : tuple of mapping of str to Kind
        Fields of the targets in a model file, besides the task; one mapping for each alternative form.
    min_classes, max_classes : int
        Minimum and maximum number of classes in a model file.
    """

    name: str
    loss: str | None
    activation: str
    losses: frozenset[str]
    metrics: frozenset[str]
    head_by_loss: bool = False
    ends_in: str = "features"
    widths: tuple[int, ...] = ()
    own_also: frozenset[str] = frozenset()
    allows_more_units: bool = False
    min_outputs: int = 1
    max_outputs: int | None = None
    outputs_text: str = ""
    outputs_hint: str = ""
    ignored: int | None = None
    has_parts: bool = False
    has_classes: bool = True
    has_probabilities: bool = True
    takes_class_weight: bool = True
    title: str = "classification into {n} classes"
    title_of_one: str = ""
    saved_fields: tuple[Mapping[str, Kind], ...] = ()
    min_classes: int = 0
    max_classes: int = 10**9

    @property
    def is_trained(self) -> bool:
        """Whether there is a network to train; False if all samples have the same class."""
        return self.loss is not None or self.has_parts

    def in_words(self, n_outputs: int) -> str:
        """Return the title of the task, such as "classification into 3 classes"."""
        return (self.title_of_one if n_outputs == 1 and self.title_of_one else self.title).format(n=n_outputs)

    def takes_outputs(self, n_outputs: int | None) -> bool:
        """Return whether the task allows a number of outputs."""
        most = self.max_outputs
        return n_outputs is None or (n_outputs >= self.min_outputs and (most is None or n_outputs <= most))


_CROSSENTROPY = "sparse_categorical_crossentropy"
CLASSES: Mapping[str, Kind] = frozen_mapping({"dtype": Text(), "classes": ListOf(Anything(), 1)})
NUMBERS: Mapping[str, Kind] = frozen_mapping({"shape": ListOf(Integer(1), 0, 1), "scaled": Flag()})
TRANSFORMED: Mapping[str, Kind] = frozen_mapping({**NUMBERS, "transforms": ListOf(MapOf(Anything()), 1)})
POSITIONS: Mapping[str, Kind] = frozen_mapping({**CLASSES, "positions": ListOf(Integer(1), 2, MAX_AXES - 2)})

_ROWS = (
    Task(
        "binary",
        "binary_crossentropy",
        "sigmoid",
        losses=OF_LABELS,
        metrics=OF_LABELS,
        widths=(1, 2),
        own_also=OF_CLASSES,
        max_outputs=2,
        outputs_text="2 classes",
        outputs_hint="use the task 'multiclass' or 'multilabel'",
        saved_fields=(CLASSES,),
        min_classes=2,
        max_classes=2,
    ),
    Task(
        "multiclass",
        _CROSSENTROPY,
        "softmax",
        losses=OF_CLASSES,
        metrics=OF_CLASSES | OF_COLUMNS,
        min_outputs=2,
        outputs_text="2 classes or more",
        outputs_hint="use the task 'binary' for two classes",
        saved_fields=(CLASSES,),
        min_classes=3,
    ),
    Task(
        "multilabel",
        "binary_crossentropy",
        "sigmoid",
        losses=OF_LABELS,
        metrics=OF_LABELS,
        has_classes=False,
        title="classification with {n:,} labels",
        title_of_one="classification with 1 label",
        saved_fields=(CLASSES,),
        min_classes=1,
    ),
    Task(
        "regression",
        "mean_squared_error",
        "linear",
        losses=OF_NUMBERS,
        metrics=OF_NUMBERS,
        head_by_loss=True,
        has_classes=False,
        has_probabilities=False,
        takes_class_weight=False,
        title="regression of {n} targets",
        title_of_one="regression",
        saved_fields=(NUMBERS, TRANSFORMED),
    ),
    Task(
        "segmentation",
        _CROSSENTROPY,
        "softmax",
        losses=OF_CLASSES | OF_REGIONS,
        metrics=OF_CLASSES,
        ends_in="places",
        title="classification of each pixel into {n} classes",
        saved_fields=(POSITIONS,),
        min_classes=2,
    ),
    Task(
        "tokens",
        CLASS_LOSS,
        "softmax",
        losses=frozenset({CLASS_LOSS}),  # the only one that can ignore padding
        metrics=OF_TOKENS,
        ends_in="steps",
        allows_more_units=True,  # a vocabulary may grow
        ignored=0,  # padding
        has_classes=False,
        takes_class_weight=False,
        title="text generation with a vocabulary of {n:,}",
        saved_fields=(frozen_mapping({"input": Text(), "n_outputs": Integer(1)}),),
    ),
    Task(
        "multioutput",
        None,
        "linear",
        losses=frozenset(),
        metrics=frozenset(),
        has_parts=True,
        has_classes=False,
        has_probabilities=False,
        takes_class_weight=False,
        title="several outputs with {n} targets",
        title_of_one="one output",
        saved_fields=(frozen_mapping({"columns": ListOf(Text(), 1), "outputs": MapOf(MapOf(Anything()))}),),
    ),
    Task(
        "constant",
        None,
        "softmax",
        losses=frozenset(),
        metrics=frozenset(),
        title="one class only: nothing was trained",
        saved_fields=(CLASSES, POSITIONS),
        min_classes=1,
        max_classes=1,
    ),
)
TASKS: Mapping[str, Task] = frozen_mapping({row.name: row for row in _ROWS})
# Tasks of an output of a network.
TRAINED_TASKS = tuple(row.name for row in _ROWS if row.is_trained and not row.has_parts)


def task_of_labels(n_labels: int) -> str:
    """Return the task of a classification with one label for each sample, given the number of distinct labels."""
    return {1: "constant", 2: "binary"}.get(n_labels, "multiclass")


def task_of_outputs(n_outputs: int) -> str:
    """Return the task of a network with a given number of outputs, if no task is given."""
    return "multiclass" if n_outputs > 1 else "regression"
