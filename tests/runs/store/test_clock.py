"""A clock that jumps deletes nothing by age, whatever happens after the jump."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

from cmn_core.errors import FieldError
from cmn_core.runs.store import clock
from cmn_core.runs.store.clock import DAY_S
from cmn_core.runs.store.maintenance import Keeping, prune
from cmn_core.runs.store.store import Store

NOW = 1.8e9
TEN_YEARS = 3652 * DAY_S


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the machine's clock."""

    def set_clock(seconds: float) -> None:
        monkeypatch.setattr(clock.time, "time", lambda: seconds)

    return set_clock


def ended(store: Store, settings: dict[str, Any]) -> str:
    with store.begin(settings) as claim:
        store.finish(claim.run_id, {"best": None})
    return claim.run_id


@pytest.mark.parametrize("jump", [TEN_YEARS, 8 * DAY_S])
def test_a_jump_is_refused_before_anything_is_deleted(
    store: Store, settings: dict[str, Any], at: Callable[[float], None], jump: float
) -> None:
    at(NOW)
    kept = ended(store, settings)
    at(NOW + jump)
    later = ended(store, settings)  # what is at work after the jump does not make it true
    for dry in (True, False):
        with pytest.raises(FieldError, match="the store was last at work") as refused:
            prune(store, Keeping(days=1), dry=dry)
        assert f"{jump / DAY_S:,.0f} days after" in str(refused.value)
        assert "--trust-clock" in str(refused.value)
    assert {row.run_id for row in store.list_runs()} == {kept, later}
    assert prune(store, Keeping(runs=1)) == [kept], "a number of runs needs no clock"


def test_a_person_who_knows_the_clock_is_right_says_so_once(
    store: Store, settings: dict[str, Any], at: Callable[[float], None]
) -> None:
    at(NOW)
    old = ended(store, settings)
    at(NOW + TEN_YEARS)
    assert prune(store, Keeping(days=1), trust_clock=True, dry=True) == [old]
    with pytest.raises(FieldError, match="clock"):
        prune(store, Keeping(days=1))
    assert prune(store, Keeping(days=1), trust_clock=True) == [old]
    assert prune(store, Keeping(days=1)) == []


def test_a_store_at_work_goes_with_the_clock(
    store: Store, settings: dict[str, Any], at: Callable[[float], None]
) -> None:
    at(NOW)
    first = ended(store, settings)
    for week in range(1, 6):
        at(NOW + week * 6 * DAY_S)
        ended(store, settings)
    assert prune(store, Keeping(days=29)) == [first]


def test_a_clock_set_back_is_refused_too(
    store: Store, settings: dict[str, Any], at: Callable[[float], None]
) -> None:
    at(NOW)
    ended(store, settings)
    at(NOW - TEN_YEARS)
    with pytest.raises(FieldError, match="days before the store"):
        prune(store, Keeping(days=1))


def test_an_older_store_starts_from_its_newest_run(
    store: Store, settings: dict[str, Any], at: Callable[[float], None]
) -> None:
    at(NOW)
    ended(store, settings)
    with sqlite3.connect(store.path) as db:
        for table in ("machine", "networks", "studies"):
            db.execute(f"DROP TABLE {table}")
        for table, column in (
            ("runs", "kind"),
            ("runs", "address"),
            ("board", "address"),
            ("board", "owner"),
        ):
            db.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        db.execute("PRAGMA user_version = 4")
    at(NOW + TEN_YEARS)
    with pytest.raises(FieldError, match="clock"):
        prune(store, Keeping(days=1))


def test_an_empty_store_has_nothing_to_say(store: Store) -> None:
    assert prune(store, Keeping(days=1)) == []
