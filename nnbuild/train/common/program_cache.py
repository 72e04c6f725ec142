"""Cache of programs by key, which keeps the most recently used ones."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Store(Generic[Value]):
    """Values by key, each made by the first thread that requests it.

    Parameters
    ----------
    most : int
        Maximum number of values; the least recently used is dropped first. References to it stay valid.
    """

    def __init__(self, most: int):
        self.most = most
        self._lock = threading.Lock()
        self._places: OrderedDict[Hashable, _Place[Value]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return the value of a key. If there is none, `make` creates it, and other threads with the same key wait.

        Threads with other keys do not wait. If `make` raises an error, the next request tries again.
        """
        with self._lock:
            place = self._places.setdefault(key, _Place())
            self._places.move_to_end(key)
            while len(self._places) > self.most:
                self._places.popitem(last=False)
        with place.lock:
            if not place.made:
                place.made.append(make())
        return place.made[0]

    def __len__(self) -> int:
        return len(self._places)


class _Place(Generic[Value]):
    """Place of a value that exists, or is being made."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.made: list[Value] = []
