"""Things shared by sessions: made once, found by key or by object, forgotten in order."""

from __future__ import annotations

import threading
import time

import pytest

from pages.parts.common.cache import Brief, Shared, forget


def test_a_thing_is_made_once_for_each_key() -> None:
    made: list[str] = []
    shared: Shared[list[str]] = Shared(2)

    def make() -> list[str]:
        made.append("x")
        return made

    assert shared.get("a", make) is shared.get("a", make)
    assert len(made) == 1
    shared.get("b", make)
    shared.get("a", make)
    shared.get("c", make)  # the store holds two: b goes, it was asked for longest ago
    assert len(made) == 3
    shared.get("a", make)
    assert len(made) == 3
    shared.get("b", make)
    assert len(made) == 4


def test_an_equal_object_is_another_one() -> None:
    shared: Shared[int] = Shared(10)
    first, second = {"a": 1}, {"a": 1}
    assert shared.of(first, "k", lambda: 1) == shared.of(first, "k", lambda: 2) == 1
    assert shared.of(second, "k", lambda: 3) == 3
    assert shared.of(first, "other", lambda: 4) == 4
    forget()
    assert shared.of(first, "k", lambda: 5) == 5


def test_an_error_is_not_kept() -> None:
    shared: Shared[int] = Shared(10)
    with pytest.raises(ZeroDivisionError):
        shared.get("k", lambda: 1 // 0)
    assert shared.get("k", lambda: 7) == 7


def test_sessions_that_ask_at_once_wait_for_the_first() -> None:
    shared: Shared[int] = Shared(10)
    made: list[int] = []

    def slow() -> int:
        time.sleep(0.05)
        made.append(1)
        return len(made)

    threads = [threading.Thread(target=lambda: shared.get("k", slow)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]


def test_brief_things_are_known_for_their_time_only() -> None:
    held: Brief[str] = Brief(2, 60.0)
    held.put("a", "x")
    assert held.get("a") == "x" and held.get("b") is None
    held.put("b", "y")
    held.put("c", "z")
    assert held.get("a") is None and held.get("c") == "z"  # two at most
    held.drop("c")
    assert held.get("c") is None
    gone: Brief[str] = Brief(2, 0.0)
    gone.put("a", "x")
    assert gone.get("a") is None
    held.put("a", "x")
    forget()
    assert held.get("a") is None
