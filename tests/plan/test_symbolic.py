"""Keras without weights: nothing is allocated, the caller's thread is not changed, errors pass through."""

import random
import threading

import keras
import pytest

from nnbuild.errors import BackendError
from nnbuild.plan import symbolic
from nnbuild.plan.symbolic import itemsize, optimizer_bytes, start_tensorflow, symbolically

L = keras.layers


def small_model():
    inputs = keras.Input((4,))
    return keras.Model(inputs, L.Dense(3)(L.Dropout(0.5)(inputs)))


def test_variables_have_shapes_but_no_values():
    model = symbolically(small_model)
    assert [variable.shape for variable in model.variables] == [(2,), (4, 3), (3,)]
    assert [variable._value for variable in model.variables] == [None, None, None]


def test_a_later_model_of_the_same_thread_allocates_its_own_variables_only():
    model = symbolically(small_model)
    assert all(variable._value is not None for variable in small_model().variables)
    assert [variable._value for variable in model.variables] == [None, None, None]


def test_layers_without_a_seed_do_not_change_pythons_generator():
    random.seed(5)
    before = random.getstate()
    symbolically(small_model)
    assert random.getstate() == before
    small_model()
    assert random.getstate() != before  # the test can fail


def test_it_runs_in_its_own_thread_that_ends():
    names = symbolically(lambda: (threading.current_thread().name, keras.config.dtype_policy().name))
    assert names == ("nnbuild-symbolic", "float32")
    assert "nnbuild-symbolic" not in [thread.name for thread in threading.enumerate()]


def test_it_may_run_in_several_threads_at_once():
    models = []
    threads = [threading.Thread(target=lambda: models.append(symbolically(small_model))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [variable._value for model in models for variable in model.variables] == [None] * 12


def test_the_custom_objects_of_the_caller_are_available():
    class Own(L.Layer):
        pass

    with keras.saving.custom_object_scope({"Own": Own}):
        assert symbolically(lambda: keras.saving.get_registered_object("Own")) is Own
    assert symbolically(lambda: keras.saving.get_registered_object("Own")) is None


@pytest.mark.parametrize("error", [ValueError("wrong"), KeyboardInterrupt()], ids=repr)
def test_errors_pass_through(error):
    def fail():
        raise error

    with pytest.raises(type(error)) as caught:
        symbolically(fail)
    assert caught.value is error


@pytest.mark.parametrize("call", [start_tensorflow, lambda: symbolically(small_model)])
def test_another_backend_is_refused(call, monkeypatch):
    monkeypatch.setattr(symbolic.keras.config, "backend", lambda: "jax")
    with pytest.raises(BackendError) as caught:
        call()
    assert str(caught.value) == (
        "nnbuild builds on Keras' TensorFlow backend, but Keras runs on 'jax' here.\n"
        '  hint: start Python with KERAS_BACKEND=tensorflow, or set "backend": "tensorflow" in ~/.keras/keras.json'
    )


def test_bytes_of_an_element():
    assert [itemsize(dtype) for dtype in ("float32", "bfloat16", "int64", "bool", "string")] == [4, 2, 8, 1, 8]


def test_the_optimizer_of_weights_that_are_too_large_to_exist():
    weights = symbolically(lambda: keras.Model(inputs := keras.Input((10**6,)), L.Dense(10**6)(inputs))).weights
    assert optimizer_bytes(keras.optimizers.Adam(), weights) == 2 * 4 * (10**12 + 10**6) + 8 + 4
    assert optimizer_bytes(keras.optimizers.SGD(), weights) == 8 + 4
    assert optimizer_bytes(keras.optimizers.ScheduleFreeAdamW(), weights) > 2 * 4 * 10**12  # it copies weights
