"""Fits before and after training, as data that can be pickled and copied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

import numpy as np

from nnbuild.combination import Combination
from nnbuild.inputs.checked_inputs import Inputs
from nnbuild.inputs.drift import Watch
from nnbuild.inputs.kinds import PREPARATIONS
from nnbuild.inputs.notations import Notation
from nnbuild.inputs.preparations import compared, first_watch, prepared
from nnbuild.inputs.protocol import Preparation
from nnbuild.language.sections import DEFAULT_INPUT, own_inputs
from nnbuild.recipe import Recipe
from nnbuild.records import History, ResolvedNetwork
from nnbuild.tasks.targets import Targets
from nnbuild.train.common.model_cache import Weights, network_key
from nnbuild.train.common.template import network_template


@dataclass(frozen=True, eq=False)
class Setup:
    """Data, preparation and network of a fit, without Keras.

    Attributes
    ----------
    targets : Targets
        Encoding of targets and decoding of predictions.
    resolved : ResolvedNetwork or None
        The network; None if there is only one class, so that no network is trained.
    known_inputs : mapping of str to mapping
        Known `shape` and `dtype` of each input, if there is no network.
    n_features : int or None
        Number of columns of X; None if X is a dict.
    feature_names : array of shape (n_features,) or None
        Column names, if all are strings.
    seed : int or None
        Seed of the training; None if no network is trained.
    preparations : mapping of str to Preparation
        Preparation of the recipe's inputs. Inputs that are not prepared have none.
    pretrained : tuple of str
        Names of the layers whose initial weights come from another network.
    watch : Watch
        Record of the samples of this training and of the trainings that it continues. Not saved.
    chosen : Recipe or None
        Recipe for the data, with ``recipe="auto"``.
    """

    targets: Targets
    resolved: ResolvedNetwork | None = None
    known_inputs: Mapping[str, Mapping] = field(default_factory=lambda: {DEFAULT_INPUT: {}})
    n_features: int | None = None
    feature_names: np.ndarray | None = None
    seed: int | None = None
    preparations: Mapping[str, Preparation] = field(default_factory=dict)
    pretrained: tuple[str, ...] = ()
    watch: Watch = field(default_factory=Watch)
    chosen: Recipe | None = None

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """Kind of each prepared input; according to the recipe if there is no network."""
        if self.resolved is None:
            return {name: spec["kind"] for name, spec in self.known_inputs.items() if spec.get("kind") in PREPARATIONS}
        return {name: preparation.kind for name, preparation in self.preparations.items()}

    @cached_property
    def inputs(self) -> Mapping[str, Mapping]:
        """Known properties of each input of the recipe: `shape`, `dtype`, `kind`, `column`."""
        return own_inputs(self.resolved.inputs) if self.resolved else self.known_inputs

    @cached_property
    def key(self) -> str:
        """Key of the network, equal for networks with the same model."""
        assert self.resolved is not None
        return network_key(self.resolved)


@dataclass(frozen=True, eq=False)
class Draft(Setup):
    """A fit before its training.

    Attributes
    ----------
    preparing : mapping of str to mapping
        Kind and settings of the inputs whose preparation is not learned yet; empty if a previous fit has learned it.
    settings : mapping
        Training settings, before the shapes of the network are known.
    """

    preparing: Mapping[str, Mapping] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    def prepared(self, rows):
        """Return checked samples as inputs of the network."""
        return replace(rows, X=prepared(rows.X, self.preparations)) if self.preparations else rows

    def with_watch(self, previous: Fitted | None, X: Inputs) -> Draft:
        """Return a copy with the record of checked samples (before preparation); see `compared`."""
        watch = compared(previous.watch, self.preparations, X) if previous else first_watch(self.preparations, X)
        return replace(self, watch=watch)

    def fitted(
        self,
        weights: Weights | None = None,
        history: History | None = None,
        n_epochs: int = 0,
        optimizer: tuple[np.ndarray, ...] = (),
    ) -> Fitted:
        """Return the trained fit, with the outcome of the training."""
        setup = {one.name: getattr(self, one.name) for one in fields(Setup)}
        return Fitted(**setup, weights=weights, history=history, n_epochs=n_epochs, optimizer=optimizer)


@dataclass(frozen=True, eq=False)
class Fitted(Setup):
    """A trained network.

    Attributes
    ----------
    history : History or None
        Losses and metrics of the last training; None if no network was trained.
    weights : Weights or None
        Values of the model's variables.
    n_epochs : int
        Number of epochs of this training and of the trainings that it continues.
    optimizer : tuple of array
        State of the optimizer, with which the training can be continued; empty if not kept.
    notations : mapping of str to Notation
        Notation of the columns of the training file, including targets; empty if there was no text file.
    others : tuple of Fitted
        Further members of an ensemble, after this one. They differ from it in history, weights, epochs, seed and
        optimizer state, and in the network if the ensemble has variants.
    combination : Combination or None
        Combination of the members of an ensemble with folds or variants.
    out_of_fold : array of shape (n_samples, ...) or None
        Predictions for each sample by members that were not trained on it. Not saved.
    neighbors : Neighbors or None
        Training samples that count in predictions, with `combination.neighbors`.
    """

    history: History | None = None
    weights: Weights | None = None
    n_epochs: int = 0
    optimizer: tuple[np.ndarray, ...] = ()
    notations: Mapping[str, Notation] = field(default_factory=dict)
    others: tuple[Fitted, ...] = ()
    combination: Combination | None = None
    out_of_fold: np.ndarray | None = None
    neighbors: Any = None  # a `Neighbors`, whose module imports this one

    @property
    def networks(self) -> tuple[Fitted, ...]:
        """This fit and its further members."""
        return (self, *self.others)

    @property
    def members(self) -> tuple[Fitted, ...]:
        """Each member as a fit of one network."""
        if not self.others and not self.combination:
            return (self,)
        return (replace(self, others=(), combination=None, out_of_fold=None, neighbors=None), *self.others)

    def mean(self, found: Sequence[np.ndarray]) -> np.ndarray:
        """Return the mean of the predictions of the members, with their weights."""
        if len(found) == 1:
            return found[0]
        if not self.combination or not self.combination.weights:
            return np.mean(found, axis=0)
        return np.average(found, axis=0, weights=self.combination.weights).astype(found[0].dtype)

    def deviation(self, found: Sequence[np.ndarray]) -> np.ndarray:
        """Return the unbiased standard deviation of the predictions of the members, with their weights."""
        if not self.combination or not self.combination.weights:
            return np.std(found, axis=0, ddof=1)
        weights = np.array(self.combination.weights)
        squares = (np.asarray(found) - self.mean(found)) ** 2
        return np.sqrt(np.average(squares, axis=0, weights=weights) / (1 - (weights**2).sum()))

    @property
    def temperature(self) -> float:
        """Temperature of the mean probabilities."""
        return self.combination.temperature if self.combination else 1.0

    @property
    def float_dtype(self) -> str:
        """Dtype of the network's inputs and losses."""
        return computed_in(self.resolved.training if self.resolved else {})

    @cached_property
    def template(self) -> ResolvedNetwork:
        """Architecture for predictions, equal for candidates that differ only in numeric training settings."""
        assert self.resolved is not None
        return network_template(self.resolved)[0]

    @cached_property
    def template_key(self) -> str:
        """Key of `template`, equal for fits with the same architecture."""
        return network_key(self.template)

    @property
    def gives_logits(self) -> bool:
        """Whether the network returns logits, with `from_logits` in its loss."""
        outputs = self.resolved.outputs.values() if self.resolved else ()
        return any(isinstance(output["loss"], Mapping) and output["loss"].get("from_logits") for output in outputs)

    @property
    def preparation(self) -> Preparation | Mapping[str, Preparation] | None:
        """Preparation of the only input, or a mapping by input name; None if no input is prepared."""
        if len(self.inputs) > 1:
            return self.preparations or None
        return next(iter(self.preparations.values()), None)

    def attributes(self) -> dict[str, object]:
        """Return the public fitted attributes of the estimator, and `_fitted`."""
        found = {
            "_fitted": self,
            "recipe_": self.resolved,
            "auto_recipe_": self.chosen,
            "auto_reason_": self.chosen and self.chosen.about.get("reason"),
            "history_": self.history,
            "preparation_": self.preparation,
            "pretrained_layers_": self.pretrained or None,
            "n_iter_": self.history.n_epochs if self.history else 1,
            "best_epoch_": self.history.best_epoch if self.history else 1,
            "n_outputs_": self.targets.n_outputs,
            "tasks_": self.targets.tasks if self.targets.row.has_parts else None,
            "target_transforms_": self.targets.transform_texts,
            "classes_": getattr(self.targets, "classes", None),
            "n_features_in_": self.n_features,
            "feature_names_in_": self.feature_names,
            **self._combined(),
        }
        wanted = {"_fitted", "recipe_", "history_", "preparation_"}  # set even if None
        return {name: value for name, value in found.items() if value is not None or name in wanted}

    def _combined(self) -> dict[str, object]:
        """Return the fitted attributes of an ensemble with folds."""
        found, n_members = self.combination, len(self.networks)
        if found is None or not found.n_folds:
            return {}
        return {
            "member_weights_": np.array(found.weights or [1 / n_members] * n_members),
            "temperature_": found.temperature,
            "neighbor_weight_": found.neighbors.weight if found.neighbors else 0.0,
            "oof_prediction_": None if self.out_of_fold is None else self.targets.by_output(self.out_of_fold),
            "oof_score_": found.score,
        }


def ensemble_of(members: Sequence[Fitted]) -> Fitted:
    """Return the members of an ensemble as one fit, whose attributes are those of the first member."""
    return replace(members[0], others=tuple(members[1:]))


def fit_of(estimator: Any) -> Fitted:
    """Return the last fit of a fitted estimator."""
    return estimator._fitted


def keep_notations(estimator: Any, notations: Mapping[str, Notation]) -> None:
    """Store the notations of columns of a training file in a fitted estimator, to read new files."""
    estimator._fitted = replace(fit_of(estimator), notations=notations)


def computed_in(training: Mapping) -> str:
    """Return the dtype of a network's float inputs and losses, from its training settings."""
    return "float64" if training.get("precision") == "float64" else "float32"
