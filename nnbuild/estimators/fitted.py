"""What a fit leaves behind: plain values that pickle, copy and travel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from nnbuild.estimators.inputs import Inputs
from nnbuild.estimators.preparing import PREPARATIONS, Preparation, compared, first_watch, prepared
from nnbuild.estimators.targets import ClassTargets, RegressionTargets
from nnbuild.estimators.text_targets import TextTargets
from nnbuild.features.drift import Watch
from nnbuild.features.notation import Notation
from nnbuild.recipe.sections import DEFAULT_INPUT, own_inputs
from nnbuild.records import History, Resolved
from nnbuild.train.numbers import network_form
from nnbuild.train.pool import Weights, network_key

# Public fitted attributes: no param of a recipe may have such a name on an estimator.
ATTRIBUTES = frozenset(
    {
        "best_epoch_", "classes_", "feature_names_in_", "history_", "members_", "model_", "n_features_in_", "n_iter_",
        "n_outputs_", "preparation_", "pretrained_layers_", "recipe_",
    }
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Fitted:
    """A trained network without Keras.

    Attributes
    ----------
    targets : ClassTargets, RegressionTargets or TextTargets
        How targets are encoded and predictions decoded.
    resolved : Resolved or None
        The network; None where there is one class only and nothing was trained.
    history : History or None
        How the last training went.
    weights : Weights or None
        Values of the model's variables.
    seen : mapping of str to mapping
        `shape` and `dtype` of each input, as far as they are known, where there is no network to say it.
    n_features : int or None
        Columns of X; None where X was a dict.
    feature_names : array of shape (n_features,) or None
        Their names, where all are strings.
    n_epochs : int
        Epochs of all trainings that went on from each other.
    seed : int or None
        What the last training drew from; None where there was none.
    preparations : mapping of str to Preparation
        What makes arrays of the recipe's inputs; those that go to the network as they are have none.
    optimizer : tuple of array
        The optimizer's state, for a training that goes on from here; empty where that was not asked for.
    pretrained : tuple of str
        Names of the layers that started with weights of another network.
    notations : mapping of str to Notation
        How the columns of the file are written that it was trained on, the targets among them; empty where it was no
        file of text.
    watch : Watch
        What was seen of the rows of all trainings that went on from each other; it is not saved.
    others : tuple of Fitted
        The members of an ensemble after this one, which is the first: they differ in history, weights, epochs, seed
        and optimizer.
    """

    targets: ClassTargets | RegressionTargets | TextTargets
    resolved: Resolved | None = None
    history: History | None = None
    weights: Weights | None = None
    seen: Mapping[str, Mapping] = field(default_factory=lambda: {DEFAULT_INPUT: {}})
    n_features: int | None = None
    feature_names: np.ndarray | None = None
    n_epochs: int = 0
    seed: int | None = None
    optimizer: tuple[np.ndarray, ...] = ()
    preparations: Mapping[str, Preparation] = field(default_factory=dict)
    pretrained: tuple[str, ...] = ()
    notations: Mapping[str, Notation] = field(default_factory=dict)
    watch: Watch = field(default_factory=Watch)
    others: tuple[Fitted, ...] = ()

    @property
    def members(self) -> tuple[Fitted, ...]:
        """All members of an ensemble, or this alone."""
        return (replace(self, others=()), *self.others) if self.others else (self,)

    def prepared(self, rows):
        """Checked rows as the arrays that the network takes."""
        return replace(rows, X=prepared(rows.X, self.preparations)) if self.preparations else rows

    def watching(self, before: Fitted | None, X: Inputs) -> Fitted:
        """This with what was seen of checked rows that are not prepared; see `compared`."""
        watch = compared(before.watch, self.preparations, X) if before else first_watch(self.preparations, X)
        return replace(self, watch=watch)

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """Kinds of the inputs that are prepared: as the recipe says them where there is no network."""
        if self.resolved is None:
            return {name: spec["kind"] for name, spec in self.seen.items() if spec.get("kind") in PREPARATIONS}
        return {name: preparation.kind for name, preparation in self.preparations.items()}

    @cached_property
    def inputs(self) -> Mapping[str, Mapping]:
        """What is known of each input of the recipe: `shape`, `dtype`, `kind`, `column`."""
        return own_inputs(self.resolved.inputs) if self.resolved else self.seen

    @property
    def float_dtype(self) -> str:
        """What the network computes in."""
        return computed_in(self.resolved.training if self.resolved else {})

    @cached_property
    def key(self) -> str:
        """Text that is the same for networks that build the same model."""
        assert self.resolved is not None
        return network_key(self.resolved)

    @cached_property
    def form(self) -> Resolved:
        """The network that predicts: members of a search that differ in numbers of training alone share it."""
        assert self.resolved is not None
        return network_form(self.resolved)[0]

    @cached_property
    def form_key(self) -> str:
        """Text that is the same for fits that share the network that predicts."""
        return network_key(self.form)

    @property
    def gives_logits(self) -> bool:
        """Whether the network ends before the sigmoid or softmax, and its loss knows."""
        outputs = self.resolved.outputs.values() if self.resolved else ()
        return any(isinstance(output["loss"], Mapping) and output["loss"].get("from_logits") for output in outputs)

    @property
    def preparation(self) -> Preparation | Mapping[str, Preparation] | None:
        """What prepares the only input, or each of several by name; None where nothing is prepared."""
        if len(self.inputs) > 1:
            return self.preparations or None
        return next(iter(self.preparations.values()), None)

    def attributes(self) -> dict[str, object]:
        """The estimator's public fitted attributes, and this."""
        found = {
            "_fitted": self,
            "recipe_": self.resolved,
            "history_": self.history,
            "preparation_": self.preparation,
            "pretrained_layers_": self.pretrained or None,
            "n_iter_": self.history.n_epochs if self.history else 1,
            "best_epoch_": self.history.best_epoch if self.history else 1,
            "n_outputs_": self.targets.n_outputs,
            "classes_": getattr(self.targets, "classes", None),
            "n_features_in_": self.n_features,
            "feature_names_in_": self.feature_names,
        }
        wanted = {"_fitted", "recipe_", "history_", "preparation_"}  # they are there whatever they are
        return {name: value for name, value in found.items() if value is not None or name in wanted}


def ensemble_of(members: Sequence[Fitted]) -> Fitted:
    """Members of an ensemble as one fit, whose values are those of the first."""
    return replace(members[0], others=tuple(members[1:]))


def computed_in(training: Mapping) -> str:
    """The precision of a network's inputs and losses, by its training settings."""
    return "float64" if training.get("precision") == "float64" else "float32"
