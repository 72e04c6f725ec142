"""A fit before and after its training, as plain values that pickle, copy and travel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

import numpy as np

from nnbuild.inputs.checked_inputs import Inputs
from nnbuild.inputs.drift import Watch
from nnbuild.inputs.kinds import PREPARATIONS
from nnbuild.inputs.notations import Notation
from nnbuild.inputs.preparations import compared, first_watch, prepared
from nnbuild.inputs.protocol import Preparation
from nnbuild.language.sections import DEFAULT_INPUT, own_inputs
from nnbuild.records import History, Resolved
from nnbuild.tasks.targets import Targets
from nnbuild.train.common.model_cache import Weights, network_key
from nnbuild.train.common.template import network_template

# Public fitted attributes: no param of a recipe may have such a name on an estimator.
ATTRIBUTES = frozenset(
    {
        "best_epoch_", "classes_", "feature_names_in_", "history_", "members_", "model_", "n_features_in_", "n_iter_",
        "n_outputs_", "preparation_", "pretrained_layers_", "recipe_",
    }
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Setup:
    """Data, preparation and network of a fit, without Keras.

    Attributes
    ----------
    targets : Targets
        How targets are encoded and predictions decoded.
    resolved : Resolved or None
        The network; None if there is one class only and nothing is trained.
    seen : mapping of str to mapping
        `shape` and `dtype` of each input, as far as they are known, where there is no network to say it.
    n_features : int or None
        Number of columns of X; None if X is a dict.
    feature_names : array of shape (n_features,) or None
        Names of the columns, if all are strings.
    seed : int or None
        Seed of the training; None if there is none.
    preparations : mapping of str to Preparation
        Preparation of the recipe's inputs. Inputs that are not prepared have none.
    pretrained : tuple of str
        Names of the layers whose initial weights come from another network.
    watch : Watch
        Record of the samples of this training and those that it continues; it is not saved.
    """

    targets: Targets
    resolved: Resolved | None = None
    seen: Mapping[str, Mapping] = field(default_factory=lambda: {DEFAULT_INPUT: {}})
    n_features: int | None = None
    feature_names: np.ndarray | None = None
    seed: int | None = None
    preparations: Mapping[str, Preparation] = field(default_factory=dict)
    pretrained: tuple[str, ...] = ()
    watch: Watch = field(default_factory=Watch)

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

    @cached_property
    def key(self) -> str:
        """Text that is the same for networks that build the same model."""
        assert self.resolved is not None
        return network_key(self.resolved)


@dataclass(frozen=True, eq=False)
class Draft(Setup):
    """A fit before its training.

    Attributes
    ----------
    preparing : mapping of str to mapping
        Kind and settings of the inputs whose preparation is still to be learned; empty if that of a previous fit stays.
    settings : mapping
        Training settings, before the shapes of the network are known.
    """

    preparing: Mapping[str, Mapping] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    def prepared(self, rows):
        """Checked rows as the arrays that the network takes."""
        return replace(rows, X=prepared(rows.X, self.preparations)) if self.preparations else rows

    def watching(self, previous: Fitted | None, X: Inputs) -> Draft:
        """This with the record of checked samples that are not prepared; see `compared`."""
        watch = compared(previous.watch, self.preparations, X) if previous else first_watch(self.preparations, X)
        return replace(self, watch=watch)

    def fitted(
        self,
        weights: Weights | None = None,
        history: History | None = None,
        n_epochs: int = 0,
        optimizer: tuple[np.ndarray, ...] = (),
    ) -> Fitted:
        """This with the outcome of its training, as `Fitted` has it."""
        setup = {one.name: getattr(self, one.name) for one in fields(Setup)}
        return Fitted(**setup, weights=weights, history=history, n_epochs=n_epochs, optimizer=optimizer)


@dataclass(frozen=True, eq=False)
class Fitted(Setup):
    """A trained network.

    Attributes
    ----------
    history : History or None
        Curves of the last training; None if nothing was trained.
    weights : Weights or None
        Values of the model's variables.
    n_epochs : int
        Epochs of this training and those that it continues.
    optimizer : tuple of array
        State of the optimizer, for a training that continues this one; empty if it was not kept.
    notations : mapping of str to Notation
        Notation of the columns of the training file, targets included; empty if it was no text file.
    others : tuple of Fitted
        The other members of an ensemble, of which this is the first: they differ in history, weights, epochs, seed
        and optimizer.
    """

    history: History | None = None
    weights: Weights | None = None
    n_epochs: int = 0
    optimizer: tuple[np.ndarray, ...] = ()
    notations: Mapping[str, Notation] = field(default_factory=dict)
    others: tuple[Fitted, ...] = ()

    @property
    def members(self) -> tuple[Fitted, ...]:
        """All members of an ensemble, or this alone."""
        return (replace(self, others=()), *self.others) if self.others else (self,)

    @property
    def float_dtype(self) -> str:
        """What the network computes in."""
        return computed_in(self.resolved.training if self.resolved else {})

    @cached_property
    def form(self) -> Resolved:
        """The network that predicts: members of a search that differ in numbers of training alone share it."""
        assert self.resolved is not None
        return network_template(self.resolved)[0]

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
