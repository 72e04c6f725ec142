"""Information about a model file, without reading the values of weights or building the network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path

from nnbuild.combination import Combination
from nnbuild.recipe import Recipe
from nnbuild.records import History, Record, ResolvedNetwork, frozen_mapping
from nnbuild.saved.archive import Archive, file_path, naming
from nnbuild.saved.contents import Contents, read_contents
from nnbuild.saved.manifest import read_metrics
from nnbuild.saved.targets import n_outputs
from nnbuild.saved.weights import layer_parameters


@dataclass(frozen=True)
class OutputInfo:
    """Information about one of several outputs of a model.

    Attributes
    ----------
    task : str
        "binary", "multiclass", "multilabel" or "regression".
    columns : tuple of str
        Names of its targets in y.
    classes : tuple or None
        Class labels in sorted order, as JSON values; None for regression.
    n_outputs : int
        Number of classes, labels or numeric targets.
    target_transforms : tuple of str
        Transform of each numeric target; empty if there are no transforms and limits.
    """

    task: str
    columns: tuple[str, ...]
    classes: tuple | None
    n_outputs: int
    target_transforms: tuple[str, ...]


@dataclass(frozen=True)
class ModelInfo(Record):
    """Information about the model in a file.

    Attributes
    ----------
    path : str
        Path of the file.
    n_bytes : int
        Size of the file in bytes.
    written : datetime
        Modification time according to the file system; the file itself does not contain a time.
    estimator : str
        Class of the estimator, such as "NNClassifier".
    task : str
        "binary", "multiclass", "multilabel", "regression", "segmentation", "tokens", "multioutput" if each of several
        outputs has its own, or "constant" if y had one class only.
    recipe : str
        Name of the recipe, or "".
    reason : str
        Reason for the recipe if it was chosen by the data, or "".
    params : mapping of str to JSON value
        Parameters of the estimator that were set.
    left_out : tuple of str
        Parameters with values that have no saved form, such as callbacks.
    classes : tuple or None
        Class labels in sorted order, as JSON values; None for regression and text generation.
    n_outputs : int
        Number of classes, labels or numeric targets, vocabulary size, or number of columns of several outputs.
    outputs : mapping of str to OutputInfo
        Several outputs by name; empty for a model with one output.
    target_transforms : tuple of str
        Transform of each numeric target; empty if there are no transforms and limits.
    n_features : int or None
        Number of columns of X; None if X was a dict.
    feature_names : tuple of str or None
        Names of the columns; None if they had no names.
    network : ResolvedNetwork or None
        Trained network; `nnbuild.describe` returns its details. None if y had one class only.
    layer_parameters : mapping of str to int
        Number of parameters of each layer that has parameters, in one network.
    history : History or None
        History of the last training (of the first member).
    seed : int or None
        Seed of the last training (of the first member).
    histories : tuple of History
        History of each member.
    seeds : tuple of int
        Seed of each member.
    combination : Combination or None
        Weights of the members and temperature of an ensemble with folds or variants, and its out-of-fold score.
    metrics : mapping of str to float
        Scores by name, such as the accuracy on a test set, as passed to `save`.
    notes : mapping of str to JSON value
        Notes passed to `save`.
    versions : mapping of str to str
        Versions of Python and of the packages that the model was saved with.
    """

    path: str
    n_bytes: int
    written: datetime
    estimator: str
    task: str
    recipe: str
    reason: str
    params: Mapping
    left_out: tuple[str, ...]
    classes: tuple | None
    n_outputs: int
    outputs: Mapping
    target_transforms: tuple[str, ...]
    n_features: int | None
    feature_names: tuple[str, ...] | None
    network: ResolvedNetwork | None
    layer_parameters: Mapping
    history: History | None
    seed: int | None
    histories: tuple[History, ...]
    seeds: tuple[int, ...]
    combination: Combination | None
    metrics: Mapping
    notes: Mapping
    versions: Mapping

    @property
    def n_parameters(self) -> int:
        """Number of parameters of one network, trainable or not."""
        return sum(self.layer_parameters.values())

    @property
    def n_members(self) -> int:
        """Number of networks; 0 if y had one class only."""
        return len(self.seeds)


def model_info(path: str | PathLike) -> ModelInfo:
    """Return scores, notes and other information about a model file, without loading the model.

    Parameters
    ----------
    path : str or path
        File written by ``save`` of an estimator.

    Returns
    -------
    ModelInfo

    Raises
    ------
    ModelFileError
        As in `nnbuild.load`, except for errors that are found only when Keras builds the network. Weights are not read;
        only their header is, to count parameters. Damaged values are not found.
    """
    path = file_path(path)
    with naming(path), Archive(path) as archive:
        contents = read_contents(archive)
        return _info(path, archive, contents)


def _info(path: Path, archive: Archive, contents: Contents) -> ModelInfo:
    targets, features, training = contents.targets, contents.features, contents.training
    names = features["feature_names"]
    members = training.members if training else ()
    recipe, status = contents.chosen or contents.recipe, path.stat()
    return ModelInfo(
        path=str(path),
        n_bytes=status.st_size,
        written=datetime.fromtimestamp(status.st_mtime, UTC),
        estimator=contents.manifest["kind"],
        task=targets["task"],
        recipe=_recipe_name(recipe),
        reason=recipe.about.get("reason", "") if isinstance(recipe, Recipe) else "",
        params=frozen_mapping({k: value for k, value in contents.parameters.values.items() if value is not None}),
        left_out=tuple(contents.parameters.left_out),
        classes=tuple(targets["classes"]) if "classes" in targets else None,
        n_outputs=n_outputs(targets),
        outputs=frozen_mapping({name: _output(own) for name, own in targets.get("outputs", {}).items()}),
        target_transforms=_transform_texts(targets),
        n_features=features["n_features"],
        feature_names=None if names is None else tuple(names),
        network=training.network if training else None,
        layer_parameters=frozen_mapping(layer_parameters(archive)) if training else frozen_mapping(),
        history=members[0].history if members else None,
        seed=members[0].seed if members else None,
        histories=tuple(member.history for member in members),
        seeds=tuple(member.seed for member in members),
        combination=training.combination if training else None,
        metrics=frozen_mapping(read_metrics(contents.manifest["metrics"])),
        notes=frozen_mapping(contents.notes),
        versions=frozen_mapping(contents.manifest["versions"]),
    )


def _output(targets: Mapping) -> OutputInfo:
    classes = tuple(targets["classes"]) if "classes" in targets else None
    return OutputInfo(
        targets["task"], tuple(targets["columns"]), classes, n_outputs(targets), _transform_texts(targets)
    )


def _transform_texts(targets: Mapping) -> tuple[str, ...]:
    return tuple(one.describe() for one in targets.get("transforms", ()))


def _recipe_name(recipe: str | Mapping | Recipe | None) -> str:
    name = recipe.get("name") if isinstance(recipe, Mapping) else getattr(recipe, "name", recipe)
    return name if isinstance(name, str) else ""
