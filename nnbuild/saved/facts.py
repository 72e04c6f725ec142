"""Model file -> its facts, in a blink: no weights are read, and no network is built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path

from nnbuild.records import History, Record, Resolved, frozen_mapping
from nnbuild.saved.archive import Archive, naming
from nnbuild.saved.contents import Contents, read_contents
from nnbuild.saved.manifest import read_metrics
from nnbuild.saved.targets import n_outputs
from nnbuild.saved.weights import layer_parameters


@dataclass(frozen=True)
class Facts(Record):
    """What a model file says of the model in it.

    Attributes
    ----------
    path : str
        The file.
    n_bytes : int
        Its length.
    written : datetime
        When it was written, by the file system: the file itself holds no time.
    estimator : str
        Its class, such as "NNClassifier".
    task : str
        "binary", "multiclass", "multilabel", "regression", "segmentation", "tokens", or "constant" where there was one
        class only.
    recipe : str
        The recipe's name, or "".
    params : mapping of str to JSON value
        Parameters of the estimator that were set.
    left_out : tuple of str
        Parameters that were set to what has no form in a file.
    classes : tuple or None
        Labels in order, as JSON has them; None in a regression, and where texts are written.
    n_outputs : int
        Number of classes, labels, quantities or tokens.
    n_features : int or None
        Columns of X; None where X was a dict.
    feature_names : tuple of str or None
        Their names, where they had some.
    network : Resolved or None
        What was built; `nnbuild.describe` tells more of it. None where there was one class only.
    layer_parameters : mapping of str to int
        Number of parameters of each layer that has some, in one network.
    history : History or None
        How the last training went; of several members, that of the first.
    seed : int or None
        What the last training drew from; of several members, the first.
    histories : tuple of History
        Of each member.
    seeds : tuple of int
        Of each member.
    metrics : mapping of str to float
        Scores that were given when it was saved.
    notes : mapping of str to JSON value
        Whatever else was given then.
    versions : mapping of str to str
        Of the packages that it was saved with, and of Python.
    """

    path: str
    n_bytes: int
    written: datetime
    estimator: str
    task: str
    recipe: str
    params: Mapping
    left_out: tuple[str, ...]
    classes: tuple | None
    n_outputs: int
    n_features: int | None
    feature_names: tuple[str, ...] | None
    network: Resolved | None
    layer_parameters: Mapping
    history: History | None
    seed: int | None
    histories: tuple[History, ...]
    seeds: tuple[int, ...]
    metrics: Mapping
    notes: Mapping
    versions: Mapping

    @property
    def n_parameters(self) -> int:
        """Number of parameters of one network, trained or not."""
        return sum(self.layer_parameters.values())

    @property
    def n_members(self) -> int:
        """Number of networks; 0 where there was one class only."""
        return len(self.seeds)


def facts_of(path: str | PathLike) -> Facts:
    """What a model file says, without loading the model.

    Parameters
    ----------
    path : str or path
        What an estimator's ``save`` wrote.

    Returns
    -------
    Facts

    Raises
    ------
    ModelFileError
        As `nnbuild.load` does, but for what only Keras can tell. The weights are counted, not read.
    """
    path = Path(path)
    with naming(path), Archive(path) as archive:
        contents = read_contents(archive)
        return _facts(path, archive, contents)


def _facts(path: Path, archive: Archive, contents: Contents) -> Facts:
    targets, features, training = contents.targets, contents.features, contents.training
    names = features["feature_names"]
    members = training.members if training else ()
    status = path.stat()
    return Facts(
        path=str(path),
        n_bytes=status.st_size,
        written=datetime.fromtimestamp(status.st_mtime, UTC),
        estimator=contents.manifest["kind"],
        task=targets["task"],
        recipe=_recipe_name(contents),
        params=frozen_mapping({k: value for k, value in contents.parameters.values.items() if value is not None}),
        left_out=tuple(contents.parameters.left_out),
        classes=tuple(targets["classes"]) if "classes" in targets else None,
        n_outputs=n_outputs(targets),
        n_features=features["n_features"],
        feature_names=None if names is None else tuple(names),
        network=training.network if training else None,
        layer_parameters=frozen_mapping(layer_parameters(archive)) if training else frozen_mapping(),
        history=members[0].history if members else None,
        seed=members[0].seed if members else None,
        histories=tuple(member.history for member in members),
        seeds=tuple(member.seed for member in members),
        metrics=frozen_mapping(read_metrics(contents.manifest["metrics"])),
        notes=frozen_mapping(contents.notes),
        versions=frozen_mapping(contents.manifest["versions"]),
    )


def _recipe_name(contents: Contents) -> str:
    recipe = contents.recipe
    name = recipe.get("name") if isinstance(recipe, Mapping) else getattr(recipe, "name", recipe)
    return name if isinstance(name, str) else ""
