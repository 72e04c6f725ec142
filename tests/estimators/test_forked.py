"""Processes forked after TensorFlow ran: an immediate error instead of a deadlock in TensorFlow."""

import os
import subprocess
import sys
from textwrap import dedent

import pytest

from nnbuild.plan.forked_process import MESSAGE

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")

START = """
import os, signal, sys, warnings
warnings.simplefilter("ignore")  # Python warns of forks in a process with threads
import numpy as np
import nnbuild
from nnbuild import NNClassifier, NNLanguageModel

TEXT = {"kind": "text", "split": "character", "output_sequence_length": 4}
LAYERS = [{"type": "Embedding", "input_dim": "auto", "output_dim": 2}]
X, y = np.eye(4)[[0, 1, 2, 3] * 8], np.array([0, 1] * 16)
new = NNClassifier("mlp", hidden=[2], epochs=1, random_state=0)
talker = NNLanguageModel({"inputs": {"text": TEXT}, "layers": LAYERS}, epochs=1, random_state=0)


def in_a_fork(name, do):
    sys.stdout.flush()
    if not (pid := os.fork()):
        signal.alarm(60)
        try:
            print(name, do(), flush=True)
        except BaseException as error:
            print(name, type(error).__name__, str(error).partition(":")[0], flush=True)
        os._exit(0)
    if status := os.waitpid(pid, 0)[1]:
        print(name, "ended by", status, flush=True)
"""


def printed(script):
    found = subprocess.run(
        [sys.executable, "-c", START + dedent(script)], capture_output=True, text=True, timeout=180, check=False
    )
    assert found.returncode == 0, found.stderr
    return found.stdout.splitlines()


@pytest.mark.slow
def test_after_tensorflow_ran(tmp_path):
    """Calls that need TensorFlow's threads raise; reading and describing work."""
    lines = printed(f"""
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context
        from nnbuild.errors import BackendError
        path = {str(tmp_path / "model.nnb")!r}
        fitted = NNClassifier("mlp", hidden=[2], epochs=1, random_state=0).fit(X, y)
        fitted.save(path)
        talker.fit("abcd" * 20)
        in_a_fork("fit", lambda: new.fit(X, y))
        in_a_fork("another", lambda: NNClassifier("mlp", hidden=[3]).fit(X, y))
        in_a_fork("partial_fit", lambda: fitted.partial_fit(X, y))
        in_a_fork("predict", lambda: fitted.predict(X))
        in_a_fork("model_", lambda: fitted.model_)
        in_a_fork("build", lambda: nnbuild.build("mlp", (4,), n_outputs=2))
        in_a_fork("generate", lambda: talker.generate("ab", 2))
        in_a_fork("score", lambda: talker.score("abcd"))
        in_a_fork("a fork of it", lambda: in_a_fork("inner", lambda: new.fit(X, y)))
        in_a_fork("load", lambda: type(nnbuild.load(path)).__name__)
        in_a_fork("describe", lambda: nnbuild.describe("mlp", (7,), n_outputs=2).n_parameters)
        in_a_fork("model_info", lambda: nnbuild.model_info(path).task)
        with ProcessPoolExecutor(1, get_context("fork")) as pool:
            try:
                pool.submit(new.fit, X, y).result(60)
            except BackendError as error:
                print(error)
    """)
    refused = f"BackendError {MESSAGE.partition(':')[0]}"
    names = ["fit", "another", "partial_fit", "predict", "model_", "build", "generate", "score", "inner"]
    assert lines == [
        *(f"{name} {refused}" for name in names),
        "a fork of it None",
        "load NNClassifier",
        "describe 9410",
        "model_info binary",
        *MESSAGE.splitlines(),  # in the parent
    ]


@pytest.mark.slow
def test_before_tensorflow_ran():
    """An import starts no thread: forked processes train and predict."""
    lines = printed("""
        import keras, tensorflow
        from nnbuild.plan.describe import describe
        in_a_fork("fit", lambda: new.fit(X, y).predict(X).shape)
        in_a_fork("describe", lambda: describe("mlp", (7,), n_outputs=2).n_parameters)
        print("parent", new.fit(X, y).predict(X).shape)
    """)
    assert lines == ["fit (32,)", "describe 9410", "parent (32,)"]
