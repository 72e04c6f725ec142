"""Archive -> all that it holds but for the weights, checked as far as that goes without numpy and Keras."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nnbuild.catalog.kinds import Anything, Choice, Kind, ListOf, MapOf, Number, Text, Whole, optional
from nnbuild.errors import show
from nnbuild.language.input_kinds import input_keys
from nnbuild.recipe import Recipe
from nnbuild.records import History, Resolved, frozen_mapping
from nnbuild.saved.archive import (
    ARRAYS,
    FEATURES,
    HISTORY,
    MANIFEST,
    NETWORK,
    NOTES,
    OPTIMIZER,
    PARAMETERS,
    RECIPE,
    TARGETS,
    VOCABULARY,
    WEIGHTS,
    Archive,
    Refused,
    table,
)
from nnbuild.saved.columns import check_columns, check_gives
from nnbuild.saved.manifest import ESTIMATORS, other_keras, read_manifest
from nnbuild.saved.network import read_network
from nnbuild.saved.notations import check_notations
from nnbuild.saved.parameters import Parameters, read_parameters, read_recipe
from nnbuild.saved.preparations import read_preparations
from nnbuild.saved.targets import read_targets, targets_slots
from nnbuild.saved.tensors import Slot, check_slots, slots, tensors, vector
from nnbuild.tasks.rows import TASKS

CURVE = "history/"  # before the name of a curve among the arrays
MEMBER = "member_"  # before the names of all arrays of a further member, with its number


def of_member(place: int, name: str) -> str:
    """An array's name in a file that has it for each member of an ensemble.

    Examples
    --------
    >>> of_member(0, "history/loss"), of_member(1, "history/loss")
    ('history/loss', 'member_2/history/loss')
    """
    return f"{MEMBER}{place + 1}/{name}" if place else name


@dataclass(frozen=True)
class MemberTraining:
    """What the training of one member left behind besides the weights.

    Attributes
    ----------
    history : History
        How the last training went.
    n_epochs : int
        Epochs of all trainings that went on from each other.
    seed : int
        What the last training drew from.
    pretrained : tuple of str
        Names of the layers that started with weights of another network.
    """

    history: History
    n_epochs: int
    seed: int
    pretrained: tuple[str, ...]


@dataclass(frozen=True)
class Training:
    """What a training left behind besides the weights.

    Attributes
    ----------
    network : Resolved
        What was built.
    members : tuple of MemberTraining
        Of each member of an ensemble, or the one.
    vectors : mapping of str to tuple of float
        Mean and scale of each target of a regression.
    """

    network: Resolved
    members: tuple[MemberTraining, ...]
    vectors: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True)
class Contents:
    """What a model file holds.

    Attributes
    ----------
    manifest : dict
        `kind`, `versions` and `metrics` among others.
    parameters : Parameters
        Those of the estimator.
    recipe : str, dict, Recipe or None
        What its parameter `recipe` was.
    features, targets : dict
        What is known of X and y.
    training : Training or None
        None where there was one class only, and nothing to train.
    notes : dict
        What somebody wrote into the file.
    """

    manifest: dict
    parameters: Parameters
    recipe: str | Mapping | Recipe | None
    features: dict
    targets: dict
    training: Training | None
    notes: dict


def read_contents(archive: Archive) -> Contents:
    """All that a file holds but for the weights.

    Raises
    ------
    Refused
        For what no estimator's save could have written.
    """
    manifest = read_manifest(archive)
    parameters, targets = read_parameters(archive.json(PARAMETERS), manifest["kind"]), archive.json(TARGETS)
    row = TASKS.get(str(targets.get("task")))
    trained = row is None or row.is_trained
    names = [*ALWAYS, *([RECIPE] if parameters.recipe_in_member else []), *(TRAINED if trained else [])]
    archive.check_names(names, optional=[NOTES, OPTIMIZER, VOCABULARY] if trained else [NOTES])
    recipe = read_recipe(parameters.recipe, archive.json(RECIPE) if parameters.recipe_in_member else None)
    features, targets = _features(archive), read_targets(targets)
    if targets["task"] not in ESTIMATORS[manifest["kind"]]:
        raise Refused(f"{MANIFEST}: kind: a {manifest['kind']} has other targets than those in {TARGETS}")
    training = _training(archive, manifest, targets) if trained else None
    _check_features(archive, manifest, features, targets, training.network if training else None)
    notes = archive.json(NOTES) if archive.has(NOTES) else {}
    return Contents(manifest, parameters, recipe, features, targets, training, notes)


def _features(archive: Archive) -> dict:
    """What is known of X; files of earlier versions have no notations of columns."""
    return table({"notations": [], **archive.json(FEATURES)}, FEATURES_KINDS, FEATURES)


def _training(archive: Archive, manifest: dict, targets: Mapping) -> Training:
    network = _network(archive, manifest)
    if targets["task"] != network.task:
        raise Refused(f"{NETWORK}: task: is {show(network.task)}, but {show(targets['task'])} in {TARGETS}")
    if len(network.outputs) != 1:
        raise Refused(f"{NETWORK}: outputs: an estimator has one output, got {len(network.outputs)}")
    said = _said(archive)
    layers = {node.name for node in network.nodes}
    for one in said:
        if unknown := sorted(set(one["pretrained"]) - layers):
            raise Refused(f"{HISTORY}: pretrained: no layer {show(unknown[0])}")
    arrays = tensors(archive, ARRAYS)
    found = {name: slot for name, (slot, _) in arrays.items()}
    curves = {name: slot for place, one in enumerate(said) for name, slot in _curve_slots(place, one, found).items()}
    check_slots(found, {**targets_slots(targets), **curves}, ARRAYS)
    vectors = {name: vector(*array) for name, array in arrays.items()}
    _check_optimizer(archive, len(said))
    members = tuple(_member(place, one, vectors) for place, one in enumerate(said))
    return Training(network, members, {name: vectors[name] for name in targets_slots(targets)})


def optimizer_names(count: int) -> list[str]:
    """Names of the arrays of an optimizer's state, in order."""
    return [f"{number:04d}" for number in range(count)]


def _check_optimizer(archive: Archive, n_members: int) -> None:
    """Raise `Refused` unless each member has as many arrays; Keras looks at them when a training goes on."""
    if not archive.has(OPTIMIZER):
        return
    found = slots(archive, OPTIMIZER)
    names = optimizer_names(len(found) // n_members)
    wanted = {of_member(place, name) for place in range(n_members) for name in names}
    if unknown := sorted(found.keys() - wanted):
        raise Refused(f"{OPTIMIZER}: holds {show(unknown[0])}, which is no part of it")


def _said(archive: Archive) -> list[dict]:
    """How the training of each member went, without its curves."""
    document = archive.json(HISTORY)
    others = document.pop("others", [])  # the first version of the format knows one member only
    if not isinstance(others, list):
        raise Refused(f"{HISTORY}: others: must be a list, got {show(others)}")
    named = [(HISTORY, document), *((f"{HISTORY}: others[{index}]", other) for index, other in enumerate(others))]
    for _, values in named:
        if isinstance(values, dict):
            values.setdefault("pretrained", [])  # no layer has started with weights of another network
    return [table(values, HISTORY_KINDS, where) for where, values in named]


def _curve_slots(place: int, said: Mapping, found: Mapping[str, Slot]) -> dict[str, Slot]:
    """What the curves of a member must be: all of one length."""
    n_epochs = _curve_length(found, of_member(place, f"{CURVE}loss"))
    if said["n_epochs"] < n_epochs:
        where = f"others[{place - 1}].n_epochs" if place else "n_epochs"
        raise Refused(f"{HISTORY}: {where}: is {said['n_epochs']}, and the last training had {n_epochs}")
    if said["best_epoch"] > n_epochs:
        where = f"others[{place - 1}].best_epoch" if place else "best_epoch"
        raise Refused(f"{HISTORY}: {where}: {said['best_epoch']} of {n_epochs} epochs")
    return {of_member(place, CURVE + name): Slot("float64", (n_epochs,)) for name in said["curves"]}


def _member(place: int, said: Mapping, vectors: Mapping[str, tuple[float, ...]]) -> MemberTraining:
    curves = frozen_mapping({name: vectors[of_member(place, CURVE + name)] for name in said["curves"]})
    history = History(curves, said["best_epoch"], said["stopped"], said["elapsed_s"])
    return MemberTraining(history, said["n_epochs"], said["seed"], tuple(said["pretrained"]))


def _network(archive: Archive, manifest: dict) -> Resolved:
    try:
        resolved = read_network(archive.json(NETWORK))
    except Refused as refused:
        raise Refused(refused.found, refused.hint or other_keras(manifest)) from refused.__cause__
    return resolved


def _curve_length(found: Mapping[str, Slot], name: str) -> int:
    """Epochs that ran, by the curve that is always there."""
    loss = found.get(name)
    if loss is None or len(loss.shape) != 1 or not loss.n_elements:
        raise Refused(f"{ARRAYS}: holds no curve of the loss")
    return loss.n_elements


def _check_features(
    archive: Archive, manifest: Mapping, features: dict, targets: Mapping, network: Resolved | None
) -> None:
    """What is known of X must suit the network and the preparation; without a network the file has its inputs."""
    inputs = features["inputs"]
    check_notations(features["notations"])
    if network is None:
        features["inputs"] = inputs = _inputs(inputs)
        if features["preparation"]:
            raise Refused(f"{FEATURES}: preparation: must be {{}}, got {show(features['preparation'])}")
        check_columns(features, inputs, {})
        return
    if inputs is not None:
        raise Refused(f"{FEATURES}: inputs: must be null, got {show(inputs)}")
    arrays = tensors(archive, VOCABULARY) if archive.has(VOCABULARY) else {}
    features["preparation"], prepared = read_preparations(features["preparation"], arrays)
    if ("interactions" in features["preparation"]) != (manifest["kind"] == "NNRecommender"):
        raise Refused(f"{FEATURES}: preparation: is not that of a {manifest['kind']}")
    check_gives(prepared, network)
    check_columns(features, network.inputs, prepared)
    if "input" in targets:  # whose vocabulary it is
        text = prepared.get(targets["input"])
        if text is None or text.n_tokens != targets["n_outputs"]:
            found = f"no texts of {targets['n_outputs']} tokens go to input {show(targets['input'])}"
            raise Refused(f"{TARGETS}: {found}")


def _inputs(inputs: Mapping | None) -> dict[str, dict]:
    """The inputs of an estimator without a network, in the order of the file."""
    if not inputs:
        raise Refused(f"{FEATURES}: inputs: needs one at least")
    found, known = {}, input_keys()
    for name, spec in inputs.items():
        kinds = {key: known[key] for key in ("shape", *spec) if key in known}
        cleaned = table(spec, kinds, f"{FEATURES}: inputs.{name}")
        found[name] = {key: cleaned[key] for key in spec}
    return found


ALWAYS = (MANIFEST, PARAMETERS, FEATURES, TARGETS)
TRAINED = (NETWORK, HISTORY, ARRAYS, WEIGHTS)
FEATURES_KINDS: dict[str, Kind] = {
    "n_features": optional(Whole(1)),
    "feature_names": optional(ListOf(Text())),
    "inputs": optional(MapOf(MapOf(Anything()))),
    "preparation": MapOf(MapOf(Anything())),
    "notations": ListOf(MapOf(Anything())),
}
HISTORY_KINDS: dict[str, Kind] = {
    "best_epoch": Whole(0),
    "stopped": Choice("callback", "diverged", "early_stopping", "epochs"),
    "elapsed_s": Number(low=0),
    "curves": ListOf(Text()),
    "n_epochs": Whole(1),
    "seed": Whole(0),
    "pretrained": ListOf(Text()),
}
