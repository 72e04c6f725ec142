"""manifest.json and notes.json: the format, the class of the estimator, versions, metrics and notes."""

from __future__ import annotations

import math
import platform
import re
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from numbers import Integral, Real

from nnbuild import catalog
from nnbuild.catalog.kinds import MAX_DOUBLE, Anything, Choice, Either, Integer, Kind, MapOf, Number, Text
from nnbuild.combination import Combination
from nnbuild.errors import Problem, RecipeError, format_path, show
from nnbuild.estimators.rows import ESTIMATORS
from nnbuild.language.values import json_value
from nnbuild.saved.archive import MANIFEST, NOTES, PASS_MODEL_FILE, Archive, Refused, json_member, table
from nnbuild.saved.combination import combination_document

FORMAT = "nnbuild model"
# Version 1 has no ensembles, version 2 none with folds or variants, version 3 one output, version 4 no neighbors.
VERSION = 5


def manifest_member(
    kind: str, metrics: Mapping[str, float] | None, combination: Combination | None = None
) -> tuple[str, bytes]:
    """Return the member with the class of the estimator, its metrics, versions, and the combination of an ensemble.

    It does not contain a time, so that equal models have equal files. The version is the first that has such models.

    Raises
    ------
    Refused
        If the class has no saved form, or `metrics` is not a mapping of names to numbers.
    """
    if kind not in ESTIMATORS:
        raise Refused(f"can't be written: only {', '.join(ESTIMATORS)} can be saved, got {kind}")
    version = 2 if not combination else 5 if combination.neighbors else 3
    document = {
        "format": FORMAT,
        "version": max(ESTIMATORS[kind].version, version),
        "kind": kind,
        "versions": _versions(),
        "metrics": _metrics_document({} if metrics is None else metrics),
        **({"ensemble": combination_document(combination)} if combination else {}),
    }
    return json_member(MANIFEST, document)


def notes_member(notes: object) -> tuple[str, bytes]:
    """Return the member with the notes passed to `save`; raise `Refused` if they are not JSON values."""
    if not isinstance(notes, Mapping):
        raise Refused(f"can't be written: notes must be a mapping of names to JSON values, got {show(notes)}")
    problems: list[Problem] = []
    try:
        document = json_value(notes, ("notes",), problems)
    except RecipeError as error:  # nested too deeply
        problems = [*error.problems]
    if problems:
        raise Refused(f"can't be written: {problems[0]}")
    return json_member(NOTES, document)


def read_manifest(archive: Archive) -> dict:
    """Return the manifest of a model file.

    Raises
    ------
    Refused
        If the file has another format or a newer version of it, or the class of the estimator is unknown.
    """
    values = archive.json(MANIFEST)
    if values.get("format") != FORMAT:
        raise Refused(f"is not a model file: {MANIFEST} has no format {show(FORMAT)}", PASS_MODEL_FILE)
    found = values.get("version")
    if isinstance(found, int) and not isinstance(found, bool) and found > VERSION:
        raise Refused(
            f"has the format version {show(found)}, but this nnbuild reads versions up to {VERSION}", _newer(values)
        )
    optional = {"ensemble": MapOf(Anything())} if "ensemble" in values else {}
    return table(values, {**KINDS, **optional}, MANIFEST)


def other_keras(manifest: dict) -> str:
    """Return a hint if the model was saved with another version of Keras, else ""."""
    found = str(manifest["versions"].get("keras"))
    known = catalog.keras_version()
    if not _VERSION.match(found) or found.split(".")[:2] == known.split("."):
        return ""
    return f"it was saved with Keras {found}, but this nnbuild supports Keras {known}"


def _newer(values: dict) -> str:
    """Return a hint with the version of nnbuild that reads a newer format."""
    versions = values.get("versions")
    found = versions.get("nnbuild") if isinstance(versions, dict) else None
    named = isinstance(found, str) and _VERSION.match(found)
    return (
        f"it was saved by nnbuild {found}; install that version or a newer one" if named else "install a newer nnbuild"
    )


def _versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that a model is saved with."""
    # The package itself must not be imported here: it imports names of this stage.
    own = sys.modules[__name__.partition(".")[0]].__version__
    others = {name: _version(name) for name in ("keras", "tensorflow", "scikit-learn", "numpy")}
    return {"nnbuild": own, **others, "python": platform.python_version()}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # TensorFlow has several package names
        return "unknown"


def read_metrics(document: Mapping[str, float | str]) -> dict[str, float]:
    """Return the metrics of a manifest, in which NaN and infinite numbers are strings."""
    return {name: float(value) if isinstance(value, str) else value for name, value in document.items()}


def _metrics_document(metrics: object) -> dict[str, float | str]:
    if not isinstance(metrics, Mapping):
        raise Refused(f"can't be written: metrics must be a mapping of names to numbers, got {show(metrics)}")
    for name, value in metrics.items():
        if not isinstance(name, str):
            raise Refused(f"can't be written: metrics: names must be strings, got {show(name)}")
        if not isinstance(value, Real) or isinstance(value, bool):
            raise Refused(f"can't be written: metrics: {format_path((name,))}: must be a number, got {show(value)}")
    plain = {name: int(value) if isinstance(value, Integral) else float(value) for name, value in metrics.items()}
    return {name: value if math.isfinite(value) else str(value) for name, value in plain.items()}


_VERSION = re.compile(r"[0-9][0-9A-Za-z.+]{0,30}\Z")
KINDS: dict[str, Kind] = {
    "format": Choice(FORMAT),
    "version": Integer(1, VERSION),
    "kind": Choice(*ESTIMATORS),
    "versions": MapOf(Text()),
    "metrics": MapOf(Either(Number(most=MAX_DOUBLE), Choice("inf", "-inf", "nan"))),
}
