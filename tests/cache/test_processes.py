"""Programs of a process in later ones: the same names, the same bits, and no error for any file on disk."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from nnbuild.cache.entries import Folder

ROOT = Path(__file__).parents[2]
XLA_FLAGS = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"

FITS = """
import hashlib, json, os, sys
import nnbuild.cache
if sys.argv[1] != "plain":
    nnbuild.cache.enable()
flags = os.environ.get("TF_XLA_FLAGS")
import numpy as np
from nnbuild import NNClassifier
from nnbuild.private import tensorflow as adapter
from nnbuild.train.common import compiled

n_traced = 0
trace = compiled.traced
def counted(*arguments, **options):
    global n_traced
    n_traced += 1
    return trace(*arguments, **options)
compiled.traced = counted

rng = np.random.default_rng(0)
X = rng.normal(size=(40, 5)).astype("float32")
y = rng.integers(0, 2, 40)
layers = [{"type": "Dense", "units": 4, "activation": "relu"}, {"type": "Dropout", "rate": 0.2}]
recipe = {"nnbuild": 1, "layers": layers}
if sys.argv[1] == "busy":  # other numbers in the names of functions, layers and optimizers
    NNClassifier({**recipe, "training": {"optimizer": "sgd"}}, epochs=1, random_state=1).fit(X, y).predict(X[:9])
    NNClassifier(recipe, epochs=1, engine="compiled", n_members=2, batch_size=7, random_state=1).fit(X[:, :3], y)
    n_traced = 0
model = NNClassifier(recipe, epochs=3, engine="compiled", n_members=2, random_state=0).fit(X, y)
digest = hashlib.sha256(model.predict_proba(X).tobytes()).hexdigest()
enabled = nnbuild.cache.status().is_enabled
print(json.dumps({"digest": digest, "n_traced": n_traced, "flags": flags, "enabled": enabled}))
"""


@pytest.fixture
def place(tmp_path):
    return tmp_path / "programs"


def fits(place, kind, **variables):
    """The facts that a process prints. No message is in its standard error."""
    named = {"NNBUILD_CACHE_DIR": str(place), "XLA_FLAGS": XLA_FLAGS, "PYTHONPATH": str(ROOT), **variables}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "NNBUILD", "TF_"))}
    done = subprocess.run(
        [sys.executable, "-c", FITS, kind], env={**kept, **named}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "XLA:CPU AOT" not in done.stderr
    assert "Error" not in done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def files(place):
    return {file.path.name: file.path for file in Folder.files(place)}


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """Digest of the predictions of a process without the cache."""
    place = tmp_path_factory.mktemp("plain")
    found = fits(place, "plain")
    assert (found["enabled"], files(place)) == (False, {})
    return found["digest"]


@pytest.mark.slow
def test_programs_have_the_same_names_and_bits_in_all_processes(place, plain):
    first = fits(place, "first", TF_XLA_FLAGS="--tf_xla_min_cluster_size=4")
    assert first == {"digest": plain, "n_traced": 1, "flags": "--tf_xla_min_cluster_size=4", "enabled": True}
    assert sorted(name.rpartition(".")[2] for name in files(place)) == ["form", "xla"]
    names, (subfolder,) = set(files(place)), place.iterdir()
    subfolder.rename(place / "with_flags")
    busy = fits(place, "busy")
    assert (busy["digest"], busy["n_traced"]) == (plain, 1)
    (subfolder,) = [path for path in place.iterdir() if path.name != "with_flags"]
    assert names <= {path.name for path in subfolder.iterdir()}
    again = fits(place, "again")
    assert again == {"digest": plain, "n_traced": 0, "flags": None, "enabled": True}


@pytest.mark.slow
def test_damaged_files_are_replaced(place, plain):
    fits(place, "first")
    for path in files(place).values():
        os.truncate(path, path.stat().st_size // 2)
    assert fits(place, "again") == {"digest": plain, "n_traced": 1, "flags": None, "enabled": True}
    assert fits(place, "again")["n_traced"] == 0


@pytest.mark.slow
def test_code_that_tensorflow_cannot_load_is_compiled_again(place, plain):
    """As if TensorFlow had written it: the checksum is right, the content is not."""
    fits(place, "first")
    ((name, path),) = [file for file in files(place).items() if file[0].endswith(".xla")]
    folder = Folder(place, path.parent.name)
    folder.write(name, replace(folder.read(name), parts=[b"no code"]))
    assert fits(place, "again") == {"digest": plain, "n_traced": 0, "flags": None, "enabled": True}
    assert folder.read(name) is None
