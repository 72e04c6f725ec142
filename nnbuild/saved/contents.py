"""Archive -> its contents without the weights, checked as far as possible without NumPy and Keras.

Also writes arrays.safetensors, with the arrays of targets and trainings.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nnbuild.combination import Combination
from nnbuild.errors import show
from nnbuild.estimators.rows import ESTIMATORS
from nnbuild.language.input_kinds import PAIRS
from nnbuild.recipe import Recipe
from nnbuild.records import ResolvedNetwork
from nnbuild.saved.archive import (
    ARRAYS,
    FEATURES,
    HISTORY,
    MANIFEST,
    NEIGHBORS,
    NETWORK,
    NOTES,
    OPTIMIZER,
    PARAMETERS,
    RECIPE,
    TARGETS,
    VARIANTS,
    VOCABULARY,
    WEIGHTS,
    Archive,
    Refused,
)
from nnbuild.saved.combination import read_combination
from nnbuild.saved.features import read_features
from nnbuild.saved.history import MemberTraining, curve_slots, curves_of, members_of, read_history
from nnbuild.saved.manifest import other_keras, read_manifest
from nnbuild.saved.neighbors import check_neighbors
from nnbuild.saved.network import read_network
from nnbuild.saved.parameters import AUTO, Parameters, read_parameters, read_recipe
from nnbuild.saved.preparations import Prepared
from nnbuild.saved.targets import read_targets, targets_slots
from nnbuild.saved.tensors import Tensor, check_slots, tensors, tensors_member, vector
from nnbuild.saved.variants import Networks, read_variants
from nnbuild.saved.weights import check_optimizer
from nnbuild.tasks.rows import TASKS


@dataclass(frozen=True)
class Training:
    """Results of a training, without the weights.

    Attributes
    ----------
    networks : Networks
        Trained networks. The members of an ensemble have the same network, unless the ensemble has variants.
    members : tuple of MemberTraining
        Training of each member of an ensemble; one if there is no ensemble.
    vectors : mapping of str to tuple of float
        Mean and scale of each target of a regression.
    combination : Combination or None
        Combination of the members of an ensemble with folds or variants.
    """

    networks: Networks
    members: tuple[MemberTraining, ...]
    vectors: Mapping[str, tuple[float, ...]]
    combination: Combination | None = None

    @property
    def network(self) -> ResolvedNetwork:
        """Network of the first member."""
        return self.networks.distinct[0]


@dataclass(frozen=True)
class Contents:
    """Contents of a model file.

    Attributes
    ----------
    manifest : dict
        Includes `kind`, `versions` and `metrics`.
    parameters : Parameters
        Parameters of the estimator.
    recipe : str, dict, Recipe or None
        Value of its parameter `recipe`.
    chosen : Recipe or None
        Recipe that was chosen, if the parameter is "auto".
    features, targets : dict
        Properties of X and y.
    training : Training or None
        None if there was one class only, and no network.
    notes : dict
        Notes passed to `save`.
    """

    manifest: dict
    parameters: Parameters
    recipe: str | Mapping | Recipe | None
    chosen: Recipe | None
    features: dict
    targets: dict
    training: Training | None
    notes: dict


def read_contents(archive: Archive) -> Contents:
    """Return the contents of a file without the weights.

    Raises
    ------
    Refused
        If the file has contents that `save` never writes.
    """
    manifest = read_manifest(archive)
    parameters, targets = read_parameters(archive.json(PARAMETERS), manifest["kind"]), archive.json(TARGETS)
    row = TASKS.get(str(targets.get("task")))
    trained = row is None or row.is_trained
    names = [*ALWAYS, *([RECIPE] if parameters.recipe_in_member else []), *(TRAINED_MEMBERS if trained else [])]
    archive.check_names(names, optional=[NOTES, OPTIMIZER, VARIANTS, VOCABULARY, NEIGHBORS] if trained else [NOTES])
    recipe = read_recipe(parameters.recipe, archive.json(RECIPE) if parameters.recipe_in_member else None)
    targets = read_targets(targets)
    if targets["task"] not in ESTIMATORS[manifest["kind"]].tasks:
        raise Refused(f"{MANIFEST}: kind: a {manifest['kind']} does not have targets as in {TARGETS}")
    training = _training(archive, manifest, targets) if trained else None
    features, prepared = read_features(archive, training.network if training else None)
    if training:
        _check_prepared(manifest, features, prepared, targets)
    notes = archive.json(NOTES) if archive.has(NOTES) else {}
    chosen = recipe if parameters.recipe.form == AUTO and isinstance(recipe, Recipe) else None
    given = AUTO if parameters.recipe.form == AUTO else recipe
    return Contents(manifest, parameters, given, chosen, features, targets, training, notes)


def arrays_member(targets: Mapping[str, Tensor], trainings: Sequence[MemberTraining]) -> tuple[str, bytes]:
    """Return the member with the arrays of the targets, and the curves of each training."""
    return tensors_member(ARRAYS, {**targets, **curves_of(trainings)})


def _training(archive: Archive, manifest: dict, targets: Mapping) -> Training:
    network = _network(archive, manifest)
    _check_outputs(network, targets)
    document = archive.json(HISTORY)
    networks = read_variants(archive, network)
    trainings = read_history(document, {node.name for one in networks.distinct for node in one.nodes})
    networks = networks.for_members(len(trainings))
    arrays = tensors(archive, ARRAYS)
    found = {name: slot for name, (slot, _) in arrays.items()}
    check_slots(found, {**targets_slots(targets), **curve_slots(trainings, found)}, ARRAYS)
    check_optimizer(archive, networks.of_members)
    vectors = {name: vector(arrays[name]) for name in targets_slots(targets)}
    combination = read_combination(manifest, len(trainings))
    check_neighbors(archive, combination, network, _n_values(targets))
    return Training(networks, members_of(trainings, arrays), vectors, combination)


def _n_values(targets: Mapping) -> int:
    """Return the number of classes or numeric targets."""
    return len(targets["classes"]) if "classes" in targets else math.prod(targets.get("shape", ()))


def _check_outputs(network: ResolvedNetwork, targets: Mapping) -> None:
    """Raise `Refused` unless the tasks of the outputs of a network are those of the targets."""
    if "outputs" not in targets:
        if targets["task"] != network.task:
            raise Refused(f"{NETWORK}: task: is {show(network.task)}, but {show(targets['task'])} in {TARGETS}")
        if len(network.outputs) != 1:
            raise Refused(f"{NETWORK}: outputs: an estimator has one output, got {len(network.outputs)}")
        return
    tasks = {name: output.get("task") for name, output in network.outputs.items()}
    if network.task is not None or tasks != {name: own["task"] for name, own in targets["outputs"].items()}:
        raise Refused(f"{NETWORK}: outputs: names and tasks must be those of the outputs in {TARGETS}")


def _network(archive: Archive, manifest: dict) -> ResolvedNetwork:
    try:
        return read_network(archive.json(NETWORK))
    except Refused as refused:
        raise Refused(refused.found, refused.hint or other_keras(manifest)) from refused.__cause__


def _check_prepared(manifest: Mapping, features: Mapping, prepared: Mapping[str, Prepared], targets: Mapping) -> None:
    """Raise `Refused` unless the preparations match the estimator and its targets."""
    if (PAIRS in features["preparation"]) != ESTIMATORS[manifest["kind"]].takes_pairs:
        raise Refused(f"{FEATURES}: preparation: is not that of a {manifest['kind']}")
    if "input" in targets:  # name of the input with the vocabulary
        text = prepared.get(targets["input"])
        if text is None or text.n_tokens != targets["n_outputs"]:
            found = f"input {show(targets['input'])} has no vocabulary of {targets['n_outputs']} token ids"
            raise Refused(f"{TARGETS}: {found}")


ALWAYS = (MANIFEST, PARAMETERS, FEATURES, TARGETS)
TRAINED_MEMBERS = (NETWORK, HISTORY, ARRAYS, WEIGHTS)
