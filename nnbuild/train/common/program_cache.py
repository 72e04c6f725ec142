"""Programs that were made before, kept by what they are; those that were used last stay."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Store(Generic[Value]):
    """Values by key, each made by the first thread that asks for it.

    Parameters
    ----------
    most : int
        Values that are kept; the one that was not asked for the longest goes first. Whoever holds it still may use it.
    """

    def __init__(self, most: int):
        self.most = most
        self._lock = threading.Lock()
        self._places: OrderedDict[Hashable, _Place[Value]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value of a key; `make` makes it where there is none, while others who want the same one wait.

        Who wants another one does not wait. Where `make` raises, the next one who asks tries again.
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
    """Where a value is, or will be."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.made: list[Value] = []
