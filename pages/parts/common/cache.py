"""Things that are made once and shared by all sessions, found again faster than Streamlit's caches.

Those hash every argument and look up the function's signature at each call: with thirty viewers a
third of the app's time. Here a key is a plain tuple, or an object that is itself shared. What is
kept is only read. Two sessions never make the same thing twice; `forget` empties everything.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")


class Shared(Generic[Value]):
    """A store of the `most` things that were asked for last."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: OrderedDict[Hashable, _Place[Value]] = OrderedDict()
        self._lock = Lock()
        _ALL.append(self)

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """What is kept under the key; made now if there is nothing. An error is not kept."""
        return self._place(key, None).filled(make)

    def of(self, thing: object, key: Hashable, make: Callable[[], Value]) -> Value:
        """As `get`, for that very object (not an equal one), which stays alive while it is kept."""
        return self._place((id(thing), key), thing).filled(make)

    def forget(self) -> None:
        with self._lock:
            self._held.clear()

    def _place(self, key: Hashable, thing: object) -> _Place[Value]:
        with self._lock:
            found = self._held.get(key)
            if found is None or found.thing is not thing:
                found = self._held[key] = _Place(thing)
            self._held.move_to_end(key)
            while len(self._held) > self._most:
                self._held.popitem(last=False)
            return found


class Brief(Generic[Value]):
    """The `most` things that were put in last, each as good as new for `seconds`."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most, self._seconds = most, seconds
        self._held: OrderedDict[Hashable, tuple[float, Value]] = OrderedDict()
        self._lock = Lock()
        _ALL.append(self)

    def get(self, key: Hashable) -> Value | None:
        """What was put there, if that is not too long ago."""
        with self._lock:
            when, value = self._held.get(key, (-math.inf, None))
        return value if time.monotonic() - when < self._seconds else None

    def put(self, key: Hashable, value: Value) -> None:
        with self._lock:
            self._held.pop(key, None)
            self._held[key] = time.monotonic(), value
            while len(self._held) > self._most:
                self._held.popitem(last=False)

    def drop(self, key: Hashable) -> None:
        with self._lock:
            self._held.pop(key, None)

    def forget(self) -> None:
        with self._lock:
            self._held.clear()


class _Place(Generic[Value]):
    def __init__(self, thing: object) -> None:
        self.thing = thing
        self._lock = Lock()
        self._made: list[Value] = []

    def filled(self, make: Callable[[], Value]) -> Value:
        if not self._made:
            with self._lock:
                if not self._made:
                    self._made.append(make())
        return self._made[0]


_ALL: list[Shared[Any] | Brief[Any]] = []


def forget() -> None:
    """Empty every store, as a test does between two machines."""
    for shared in _ALL:
        shared.forget()
