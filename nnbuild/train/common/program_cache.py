"""Cache of the most recently used programs, by key."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Store(Generic[Value]):
    """Values by key, each created by the first thread that requests it.

    Parameters
    ----------
    most : int
        Maximum number of values; the least recently used is dropped first. References to it stay valid.
    """

    def __init__(self, most: int):
        self.most = most
        self._lock = threading.Lock()
        self._entries: OrderedDict[Hashable, _Entry[Value]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return the value of a key. If there is none, `make` creates it while other threads with this key wait.

        If `make` raises an error, the next request calls it again.
        """
        with self._lock:
            entry = self._entries.setdefault(key, _Entry())
            self._entries.move_to_end(key)
            while len(self._entries) > self.most:
                self._entries.popitem(last=False)
        with entry.lock:
            if not entry.made:
                entry.made.append(make())
        return entry.made[0]

    def __len__(self) -> int:
        return len(self._entries)


class _Entry(Generic[Value]):
    """Entry of a key. The list `made` contains its value once it is created."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.made: list[Value] = []
