"""Compiled programs: functions of structures of tensors for one signature, which may be on disk."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from nnbuild.cache import active
from nnbuild.cache.entries import Folder
from nnbuild.private.tensorflow import add_functions, remove_functions, run_function
from nnbuild.train.common import stored_code
from nnbuild.train.common.canonical import canonical_definitions
from nnbuild.train.common.stored_forms import Form, load_form, store_form
from nnbuild.train.common.tracing import traced


class CompiledProgram:
    """Compiled function of one signature; its memory is freed with the last reference.

    Parameters
    ----------
    function : callable
        Takes and returns structures of tensors. It can't be differentiated from outside.
    *signature : structures of tf.TensorSpec
        One for each argument.
    jit_compile : bool
        Whether XLA compiles the function.
    key : str, default=""
        Text that is equal only for equal functions, also in other processes. With it, the traced function is stored on
        disk too, and `function` is not called if it is there.

    Attributes
    ----------
    name : str
        Contains a digest of the function. It does not depend on other functions of the process.

    Notes
    -----
    If the process uses compiled programs on disk, the first call loads the code of XLA, or compiles and stores it.
    """

    def __init__(self, function: Callable, *signature: object, jit_compile: bool, key: str = ""):
        folder = active.folder() if key else None
        found = load_form(folder, key) if folder else None
        if found is None:
            found, self._captured = _traced_form(function, signature, jit_compile)
            if folder and not self._captured:
                store_form(folder, key, found)
        else:
            self._captured = []
        self._use(found)
        self._lock = threading.Lock()
        self._is_loaded, self._is_ready = False, not jit_compile
        self._path: str | None = None

    def __call__(self, *arguments: object) -> Any:
        """Return the outputs for arguments that match the signature."""
        tensors = [*tf.nest.flatten(arguments), *self._captured]
        folder = None if self._is_ready else active.folder()
        outputs = self._run_first(folder, tensors) if folder else run_function(self.name, self._n_outputs, tensors)
        return tf.nest.pack_sequence_as(self._form.structure, outputs)

    def _run_first(self, folder: Folder, tensors: list[tf.Tensor]) -> list[tf.Tensor]:
        """Run with the code on disk, if it is there. Threads that call a program together compile it once."""
        with self._lock:
            if not self._is_loaded:
                self._path = stored_code.load_code(folder, self.name)
                self._is_loaded = True
        name = self.name
        try:
            outputs = run_function(name, self._n_outputs, tensors)
        except tf.errors.OpError:
            self._forget_code(folder)
            if self.name == name:
                raise
            outputs = run_function(self.name, self._n_outputs, tensors)
        with self._lock:
            if not self._is_ready:
                stored_code.store_code(folder, self.name, self._path)
                self._is_ready = True
        return outputs

    def _use(self, form: Form) -> None:
        add_functions(form.definitions)
        weakref.finalize(self, remove_functions, form.names).atexit = False
        self._form, self.name, self._n_outputs = form, form.names[0], len(tf.nest.flatten(form.structure))

    def _forget_code(self, folder: Folder) -> None:
        """Compile the program under another name, because TensorFlow keeps the error of code that it can't load."""
        with self._lock:
            if self._path:
                stored_code.forget_code(folder, self.name, self._path)
                self._path = None
                self._use(self._form.renamed())


def _traced_form(function: Callable, signature: tuple, jit_compile: bool) -> tuple[Form, list[tf.Tensor]]:
    """Trace a function, and return its form and the tensors that it captured."""
    structures: list = []

    def flat(*tensors: tf.Tensor) -> list[tf.Tensor]:
        outputs = function(*tf.nest.pack_sequence_as(signature, tensors))
        structures.append(tf.nest.map_structure(lambda _: 0, outputs))
        return tf.nest.flatten(outputs)

    concrete = traced(flat, *tf.nest.flatten(signature), jit_compile=jit_compile)
    functions = canonical_definitions(concrete)
    definitions = tuple(function.SerializeToString(deterministic=True) for function in functions)
    names = tuple(function.signature.name for function in functions)
    return Form(names, definitions, structures[-1]), list(concrete.captured_inputs)
