"""Changes of every value in model files, and the outcome of reading and predicting with the changed file."""

import copy
import io
import json
import struct
import warnings
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

from golden_values import from_json
from nnbuild import ModelFileError, load, model_info

LARGE = [2**31, 2**63, 10**30, 1e308, -(2**63)]
VALUES = [None, True, False, 0, 1, -1, 0.5, "", "x", "\x00", [], {}, *LARGE]
REFUSED, PREDICTED, OTHER_X, FAILED = "refused", "predicted", "other X", "FAILED"
# The beginnings of errors that are about X: a model of other columns does not predict for those of the test.
ABOUT_X = ("X ", "X[", "The feature names", "column ")


class Change(NamedTuple):
    """Another value somewhere in a member of a model file."""

    member: str
    path: tuple
    how: str
    value: Any = None

    def applied(self, members: dict[str, bytes]) -> dict[str, bytes]:
        """The members with that change."""
        document = document_of(self.member, members[self.member])
        around = at(document, self.path[:-1])
        if self.how == "removed":
            del around[self.path[-1]]
        elif self.how == "key":
            around[self.path[-1]]["another"] = self.value
        elif self.how == "name":
            around[self.value] = around.pop(self.path[-1])
        else:
            around[self.path[-1]] = self.value
        return {**members, self.member: content_of(self.member, document, members[self.member])}


def document_of(name: str, content: bytes) -> dict:
    """The JSON values of a member; for arrays, those of the header."""
    if name.endswith(".json"):
        return json.loads(content)
    (length,) = struct.unpack("<Q", content[:8])
    return json.loads(content[8 : 8 + length])


def content_of(name: str, document: object, before: bytes) -> bytes:
    """The bytes of a member with other JSON values; those of arrays behind their header stay."""
    text = json.dumps(document).encode()
    if name.endswith(".json"):
        return text
    (length,) = struct.unpack("<Q", before[:8])
    return struct.pack("<Q", len(text)) + text + before[8 + length :]


def changes_of(members: dict[str, bytes]) -> list[Change]:
    """All changes of one value each."""
    documents = {name: document_of(name, content) for name, content in members.items()}
    return [
        Change(name, path, how, value)
        for name, document in documents.items()
        for path in places(document)
        for how, value in _others(document, path)
    ]


def _others(document: dict, path: tuple) -> list[tuple[str, Any]]:
    """Ways to change the value at a path."""
    value, around = at(document, path), at(document, path[:-1])
    found = [("value", other) for other in VALUES if not same(other, value)]
    found += [("value", [value]), ("value", {"type": value}), ("removed", None)]
    if isinstance(value, bool):
        found.append(("value", not value))
    elif isinstance(value, int):
        found += [("value", float(value)), ("value", str(value)), ("value", value + 1), ("value", value * 2)]
    elif isinstance(value, float):
        found += [("value", -value), ("value", str(value)), ("value", value * 1e300)]
    elif isinstance(value, str):
        found += [("value", value + "x"), ("value", value.upper()), ("value", value * 1000)]
    elif isinstance(value, list):
        found += [("value", value[:-1]), ("value", [*value, *value]), ("value", value[::-1])]
        found += [("value", value * 100)] if len(value) < 10 else []
    elif isinstance(value, dict):
        found += [("key", None), ("value", dict(reversed(value.items())))]
    if isinstance(around, dict):
        found += [("name", f"{path[-1]}x"), ("name", "")]
        found += [("value", copy.deepcopy(item)) for key, item in around.items() if key != path[-1]][:3]  # swapped
    return [(how, other) for how, other in found if how != "value" or not same(other, value)]


def same(one: object, other: object) -> bool:
    return type(one) is type(other) and one == other


def places(value: object, path: tuple = ()) -> list[tuple]:
    """The path of every part of a JSON value but the whole."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, item in inside for found in [(*path, key), *places(item, (*path, key))]]


def at(value: Any, path: tuple) -> Any:
    for key in path:
        value = value[key]
    return value


def members_of(path: Path) -> dict[str, bytes]:
    """The members of a model file."""
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def packed(members: dict[str, bytes]) -> bytes:
    """A model file of some members."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    return target.getvalue()


class Subject:
    """A golden model file, with the rows that it predicts for and the questions."""

    def __init__(self, path: Path):
        golden = json.loads(path.with_suffix(".json").read_text("utf-8"))
        self.name = path.stem
        self.members = members_of(path)
        self.X = from_json(golden["X"], path.parent)
        self.questions = golden["questions"]
        self.changes = changes_of(self.members)

    def outcome(self, change: Change, target: Path) -> tuple[str, str, str]:
        """Outcome of a change: of `load` and predictions, of `model_info`, and the error."""
        target.write_bytes(packed(change.applied(self.members)))
        facts, facts_error = self._read(model_info, target)
        if facts == FAILED:
            return FAILED, facts, facts_error
        loaded, found = self._read(load, target)
        if loaded in (FAILED, REFUSED):
            return loaded, facts, found
        return (*self._answers(found, facts),)

    def _answers(self, estimator: Any, facts: str) -> tuple[str, str, str]:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of saved numbers that are too large for their dtype
                for question in self.questions:
                    rows = () if question.get("without_X") else (self.X,)
                    getattr(estimator, question["method"])(*rows, **question.get("arguments", {}))
                assert estimator.members_
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
            return (OTHER_X if str(error).startswith(ABOUT_X) else FAILED), facts, text
        return PREDICTED, facts, ""

    @staticmethod
    def _read(read: Any, target: Path) -> tuple[str, Any]:
        try:
            return PREDICTED, read(target)
        except ModelFileError as error:
            text = str(error)
            named = text.startswith(f"{target}: ") and len(text.splitlines()[0]) > len(str(target)) + 2
            return (REFUSED if named else FAILED), text
        except Exception as error:
            return FAILED, f"{type(error).__name__}: {error}"
