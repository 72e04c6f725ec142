"""Model files of small estimators, and functions that return edited copies of their bytes."""

import io
import json
import os
import pickle
import struct
import zipfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from nnbuild import NNClassifier, NNRecommender, NNRegressor
from nnbuild.loading import load
from nnbuild.saved.archive import ModelFileError

X = np.random.default_rng(0).normal(size=(20, 3)).astype("float32")
Y = np.where(X[:, 0] > 0, "yes", "no")
HINT = "\n  hint: pass a file written by save of an estimator"
UNREADABLE_LIST = "is damaged or truncated: its list of members can't be read" + HINT
DENSE = {"name": "dense_1", "type": "Dense", "inputs": ["input"], "arguments": {"units": 4}}
NODE = ("resolved.json", "nodes", 0)
DELETED = object()
ESTIMATORS = {
    "classifier": lambda: NNClassifier(
        {"nnbuild": 1, "layers": [{"type": "Dense", "units": 4}], "training": {"epochs": 1}}, random_state=0
    ).partial_fit(X, Y),
    "regressor": lambda: NNRegressor("mlp", hidden=[2], epochs=1, random_state=0).fit(X, X[:, :2]),
    "recommender": lambda: NNRecommender(dim=2, epochs=1, random_state=0).fit([["a", 1], ["a", 2], ["b", 2], ["b", 3]]),
    "one class": lambda: NNClassifier("mlp").fit(X, ["only"] * 20),
}


@cache
def fitted(kind):
    """Return a fitted estimator; each is fitted once."""
    return ESTIMATORS[kind]()


def file_of(kind, folder):
    """Return the bytes of the model file of an estimator."""
    fitted(kind).save(folder / "good.nnb")
    return (folder / "good.nnb").read_bytes()


def members_of(content):
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return {name: file.read(name) for name in file.namelist()}


def zipped(members, change=None, compress=zipfile.ZIP_STORED):
    """Return a zip file of a mapping or of pairs; `change` edits each entry before it is written."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        for name, content in members.items() if isinstance(members, dict) else members:
            info = zipfile.ZipInfo(name)
            info.compress_type = compress
            if change:
                change(info)
            file.writestr(info, content)
    return target.getvalue()


def without(name):
    """Remove a member."""
    return lambda content: zipped({key: part for key, part in members_of(content).items() if key != name})


def with_member(name, part):
    """Replace or add a member."""
    return lambda content: zipped({**members_of(content), name: part})


def with_second(name, part=b""):
    """Add a member, also if the file has one of that name."""
    return lambda content: zipped([*members_of(content).items(), (name, part)])


def edited(name, *path_and_value):
    """Replace or delete a value of a JSON member."""
    *path, value = path_and_value

    def edit(content):
        members = members_of(content)
        document = inner = json.loads(members[name])
        for key in path[:-1]:
            inner = inner[key]
        if value is DELETED:
            del inner[path[-1]]
        else:
            inner[path[-1]] = value
        return zipped({**members, name: json.dumps(document)})

    return edit


def both(first, second):
    """Apply two edits."""
    return lambda content: second(first(content))


def with_entry(name, **attributes):
    """Set attributes of a zip entry."""

    def change(info):
        if info.filename == name:
            for key, value in attributes.items():
                setattr(info, key, value)

    return lambda content: zipped(members_of(content), change)


def with_arrays(name, **changes):
    """Replace arrays of a safetensors member; None removes one."""

    def edit(content):
        members = members_of(content)
        arrays = {**safetensors.numpy.load(members[name]), **changes}
        members[name] = safetensors.numpy.save({key: value for key, value in arrays.items() if value is not None})
        return zipped(members)

    return edit


def patched(name, offset, value):
    """Overwrite bytes of a central directory entry with values that zipfile would not write."""

    def patch(content):
        at = content.rindex(b"PK\x01\x02", 0, content.rindex(name.encode()))
        return content[: at + offset] + value + content[at + offset + len(value) :]

    return patch


def safetensors_bytes(header, data=b""):
    """Return safetensors data with any header."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def with_many_members(content):
    """Add members with long names: the directory is longer than the limit."""
    return zipped({**members_of(content), **{f"{number:0100d}": b"" for number in range(8000)}})


def error_of(content, folder):
    """Return the whole message of the error of `load` for these bytes, without the folder."""
    (folder / "m.nnb").write_bytes(content)
    return error_at(folder / "m.nnb")


def error_at(path, read=load):
    return failure(read, path)


def failure(function, *arguments):
    """The whole message of a `ModelFileError`, without the folder."""
    with pytest.raises(ModelFileError) as caught:
        function(*arguments)
    assert isinstance(caught.value, ValueError)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    return str(caught.value).replace(str(Path(caught.value.path).parent) + os.sep, "")
