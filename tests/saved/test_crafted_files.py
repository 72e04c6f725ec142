"""Model files that are crafted to use much memory or time, and files with random damage."""

import json
import random
import struct
import time
import tracemalloc
import zipfile

import pytest

from nnbuild.loading import load
from nnbuild.saved.archive import ModelFileError
from saved.edited_files import (
    DENSE,
    NODE,
    UNREADABLE_LIST,
    X,
    both,
    edited,
    error_of,
    file_of,
    fitted,
    members_of,
    patched,
    with_many_members,
    with_member,
    zipped,
)

MANY = 20_000  # a part that takes quadratic time fails


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """Bytes of the model file of a classifier."""
    return file_of("classifier", tmp_path_factory.mktemp("good"))


def with_wrong_size(content):
    """The file with 200 MB of zeros, compressed, for which the directory lists 1000 bytes."""
    content = zipped({**members_of(content), "params.json": bytes(200 * 2**20)}, compress=zipfile.ZIP_DEFLATED)
    return patched("params.json", 24, struct.pack("<I", 1000))(content)


def with_wide_labels(content):
    """The file with 100 labels of a dtype with 4 MB each."""
    targets = {"task": "multilabel", "dtype": "<U999999", "classes": [str(number) for number in range(100, 200)]}
    with_targets = with_member("targets.json", json.dumps(targets))
    return both(edited("resolved.json", "task", "multilabel"), with_targets)(content)


@pytest.mark.parametrize(
    "change, message",
    [
        (with_wrong_size, "is damaged: params.json can't be read"),
        (with_many_members, UNREADABLE_LIST),
        (with_member("weights.safetensors", struct.pack("<Q", 2**60) + bytes(300)),
         "weights.safetensors: is not valid safetensors data"),
        (with_wide_labels, "targets.json: the labels take more than 67108864 bytes"),
    ],
    ids=["compressed", "members", "header", "labels"],
)  # fmt: skip
def test_a_large_part_is_refused_before_it_is_read(file, change, message, tmp_path):
    content = change(file)
    tracemalloc.start()
    try:
        found = error_of(content, tmp_path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found == f"m.nnb: {message}"
    assert peak < 2**24


UNROLLED = {**DENSE, "type": "LSTM", "arguments": {"units": 1, "unroll": True}}


@pytest.mark.parametrize(
    "change",
    [
        with_member("params.json", b"[" + b"[]," * MANY + b"[]]"),
        edited(*NODE, "arguments", "units", [[]] * MANY),
        edited("resolved.json", "inputs", {f"i{number}": {"shape": [1]} for number in range(MANY)}),
        edited("features.json", "feature_names", [str(number) for number in range(MANY)]),
        both(edited(*NODE, UNROLLED), edited("resolved.json", "inputs", "input", "shape", [10**6, 3])),
    ],
    ids=["lists", "argument", "inputs", "columns", "steps"],
)
def test_a_long_part_is_refused_in_seconds(file, change, tmp_path):
    content = change(file)
    start = time.process_time()
    error_of(content, tmp_path)
    assert time.process_time() - start < 10


def test_a_truncated_file_is_refused(file, tmp_path):
    for length in range(0, len(file), 101):
        (tmp_path / "m.nnb").write_bytes(file[:length])
        with pytest.raises(ModelFileError):
            load(tmp_path / "m.nnb")


def test_a_flipped_bit_is_refused_or_changes_no_prediction(file, tmp_path):
    expected, path = fitted("classifier").predict_proba(X).tobytes(), tmp_path / "m.nnb"
    rng = random.Random(0)
    directory = file.index(b"PK\x01\x02")
    places = [*rng.sample(range(directory), 40), *rng.sample(range(directory, len(file)), 40)]
    refused = 0
    for place in places:
        path.write_bytes(file[:place] + bytes([file[place] ^ 1 << rng.randrange(8)]) + file[place + 1 :])
        try:
            assert load(path).predict_proba(X).tobytes() == expected
        except ModelFileError:
            refused += 1
    assert 40 < refused < len(places)  # a reader that refuses every file fails here
