"""Programs compiled by XLA: names, results and memory do not depend on the rest of the process."""

import gc
import weakref

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.eager import context

from nnbuild.cache import active
from nnbuild.cache.entries import Folder
from nnbuild.train.common import compiled, stored_code
from nnbuild.train.common.compiled import CompiledProgram
from nnbuild.train.common.tracing import traced

VECTOR = tf.TensorSpec((3, 2), tf.float32)


@tf.custom_gradient
def doubled(x):
    return x * 2.0, lambda upstream: upstream * 2.0


def compiled_by_xla(*arguments, key=""):
    return CompiledProgram(*arguments, jit_compile=True, key=key)


def sums(state, factor):
    """A loop with a vectorized function and a gradient in it."""

    def gradient(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(doubled(x) ** 2)
        return tape.gradient(y, x)

    def body(step, x):
        return step + 1, x - factor * tf.vectorized_map(gradient, x)

    after = tf.while_loop(lambda step, _: step < 3, body, (0, state["x"]))[1]
    return {"x": after}, [tf.reduce_sum(after), (factor,)]


SIGNATURE = ({"x": VECTOR}, tf.TensorSpec((), tf.float32))
ARGUMENTS = ({"x": tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])}, tf.constant(0.1))


@pytest.fixture(scope="module")
def program():
    return compiled_by_xla(sums, *SIGNATURE)


@pytest.fixture
def on_disk(tmp_path, monkeypatch):
    """The process uses a folder, as if TensorFlow had read the flag for its files."""
    folder = Folder(tmp_path / "programs", "versions")
    monkeypatch.setattr(active, "_is_started", True)
    monkeypatch.setattr(active, "_folder", folder)
    yield folder
    if tf.io.gfile.exists(active.MEMORY_FOLDER):
        tf.io.gfile.rmtree(active.MEMORY_FOLDER)


def names(folder):
    return sorted(file.path.name for file in Folder.files(folder._root))


def test_outputs_have_the_structure_and_the_bits_of_the_function(program):
    found = program(*ARGUMENTS)
    expected = traced(sums, *SIGNATURE, jit_compile=True)(*ARGUMENTS)
    tf.nest.assert_same_structure(found, expected)
    for here, there in zip(tf.nest.flatten(found), tf.nest.flatten(expected), strict=True):
        np.testing.assert_array_equal(here, there)


def test_names_do_not_depend_on_functions_traced_before(program):
    for _ in range(3):
        traced(lambda x: tf.while_loop(lambda y: y[0, 0] < 9.0, lambda y: (y + 1.0,), (doubled(x),)), VECTOR)
    again, other = compiled_by_xla(sums, *SIGNATURE), compiled_by_xla(lambda *values: sums(*values)[0], *SIGNATURE)
    assert again._form == program._form
    assert other.name != program.name
    assert b"doubled" not in b"".join(program._form.definitions)
    assert b"CustomGradient" not in b"".join(program._form.definitions)


def test_a_program_may_run_without_xla(program, on_disk):
    other = CompiledProgram(sums, *SIGNATURE, jit_compile=False, key="sums")
    assert other.name != program.name
    for here, there in zip(*map(tf.nest.flatten, (other(*ARGUMENTS), program(*ARGUMENTS))), strict=True):
        np.testing.assert_allclose(here, there, rtol=1e-6)
    assert [name.rpartition(".")[2] for name in names(on_disk)] == ["form"]


def test_functions_are_removed_with_the_last_program_of_a_name(program):
    again = compiled_by_xla(sums, *SIGNATURE)
    last = compiled_by_xla(lambda x: x + 1.5, VECTOR)
    last(tf.zeros((3, 2)))
    function, name = weakref.ref(last), last.name
    assert context.context().has_function(name)
    del again, last
    gc.collect()
    assert function() is None
    assert not context.context().has_function(name)
    assert all(context.context().has_function(name) for name in program._form.names)


def test_a_known_function_is_not_traced(program, on_disk):
    first = compiled_by_xla(sums, *SIGNATURE, key="sums")
    second = compiled_by_xla(None, *SIGNATURE, key="sums")
    assert second._form == first._form == program._form
    assert len(names(on_disk)) == 1
    with pytest.raises(TypeError, match="'NoneType' object is not callable"):
        compiled_by_xla(None, *SIGNATURE, key="other")


def test_a_function_with_captured_tensors_is_not_stored(on_disk):
    captured = tf.constant(np.arange(300.0))
    found = compiled_by_xla(lambda x: x + tf.reduce_sum(captured), tf.TensorSpec((), tf.float64), key="captured")
    assert found(tf.constant(1.0, tf.float64)) == 1 + 299 * 150
    assert names(on_disk) == []


def test_new_code_is_stored_and_loaded(on_disk, monkeypatch):
    """TensorFlow's part is played by a function that writes and reads files."""
    read = []

    def run(name, n_outputs, tensors):
        tf.io.gfile.makedirs(active.MEMORY_FOLDER)
        read.extend(tf.io.gfile.listdir(active.MEMORY_FOLDER))
        if not read:
            with tf.io.gfile.GFile(f"{active.MEMORY_FOLDER}/1.pb", "wb") as file:
                file.write(f"code of {name}")
        return [tf.zeros(())]

    monkeypatch.setattr(compiled, "run_function", run)
    first = compiled_by_xla(lambda x: x + 2.5, VECTOR)
    first(tf.zeros((3, 2)))
    first(tf.zeros((3, 2)))
    assert read == []
    assert len(names(on_disk)) == 1
    compiled_by_xla(lambda x: x + 2.5, VECTOR)(tf.zeros((3, 2)))
    assert read == ["1.pb"]
    assert tf.io.gfile.listdir(active.MEMORY_FOLDER) == []


def test_code_that_tensorflow_refuses_is_compiled_again(on_disk, monkeypatch):
    program = compiled_by_xla(lambda x: x + 3.5, VECTOR)
    monkeypatch.setattr(stored_code, "load_code", lambda folder, name: name)
    forgotten, run = [], compiled.run_function

    def refused(name, *rest):
        if name.startswith("nnbuild"):
            raise tf.errors.InvalidArgumentError(None, None, "Serialized HLO does not match.")
        return run(name, *rest)

    monkeypatch.setattr(compiled, "run_function", refused)
    monkeypatch.setattr(stored_code, "forget_code", lambda folder, name, path: forgotten.append(name))
    name = program.name
    assert program(tf.zeros((3, 2))).numpy().tolist() == [[3.5, 3.5]] * 3
    assert forgotten == [name]
