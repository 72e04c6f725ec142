"""The store of programs: each is made once, and those that were used last are kept."""

import threading
import weakref

import pytest

from nnbuild.train.common.program_cache import Store


class Program:
    pass


def test_a_value_is_made_once():
    store = Store(2)
    first = store.get("a", Program)
    assert store.get("a", Program) is first
    assert store.get("b", Program) is not first


def test_the_least_recently_used_value_is_dropped_first():
    store = Store(2)
    a, b = store.get("a", Program), store.get("b", Program)
    assert store.get("a", Program) is a  # now b is the older one
    store.get("c", Program)
    assert store.get("a", Program) is a
    assert len(store) == 2
    assert store.get("b", Program) is not b


def test_dropped_values_are_collected():
    store = Store(1)
    gone = weakref.ref(store.get("a", Program))
    store.get("b", Program)
    assert gone() is None


def test_after_an_error_the_next_one_tries_again():
    store = Store(2)
    with pytest.raises(ZeroDivisionError):
        store.get("a", lambda: 1 / 0)
    assert store.get("a", lambda: 5) == 5


def test_threads_wait_for_the_one_that_makes_it():
    store, made, started, go = Store(2), [], threading.Event(), threading.Event()

    def make():
        started.set()
        assert go.wait(10)
        made.append(Program())
        return made[-1]

    found = []
    threads = [threading.Thread(target=lambda: found.append(store.get("a", make))) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert started.wait(10)
    assert store.get("b", lambda: 5) == 5  # another key does not wait
    go.set()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert found == made * 4
