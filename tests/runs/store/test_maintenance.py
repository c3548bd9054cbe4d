"""Retention and size on real files."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Callable
from typing import Any

import pytest

from cmn_core.runs.store.keys import Visitor
from cmn_core.runs.store.maintenance import Keeping, bustle, prune, size
from cmn_core.runs.store.store import Store
from cmn_core.search.generation import Generation

Made = Callable[[int], Generation]
DAY = 86_400.0


def finished(store: Store, settings: dict[str, Any], made: Made, *, days_ago: float = 0.0) -> str:
    """A run with two generations and an end."""
    with store.begin(settings) as claim:
        for index in (1, 2):
            store.append(claim.run_id, made(index), seconds=1.0)
        store.finish(claim.run_id, {"best": None, "note": "x" * 5000})
    with sqlite3.connect(store.path) as db:
        then = time.time() - days_ago * DAY
        db.execute("UPDATE runs SET updated = ? WHERE run_id = ?", (then, claim.run_id))
    return claim.run_id


def test_size_counts_runs_and_bytes(store: Store, settings: dict[str, Any], made: Made) -> None:
    assert size(store).runs == {}
    finished(store, settings, made)
    store.create(settings)
    found = size(store)
    assert found.runs == {"done": 1, "queued": 1}
    assert 0 < found.used_mb < 1
    assert found.file_mb >= found.used_mb
    assert found.free_mb == pytest.approx(shutil.disk_usage(store.home).free / 1e6, rel=0.05)


def test_what_goes_on_counts_everybodys(store: Store, settings: dict[str, Any], made: Made) -> None:
    store.create(settings)
    with store.begin(settings):
        left = store.begin(settings)
        left.lock.release()
        found = bustle(store)
    assert (found.running, found.queued) == (1, 1), "one of the three has been left"
    assert found.file_mb > 0


def test_old_runs_go_and_those_that_wait_or_are_at_work_stay(
    store: Store, settings: dict[str, Any], made: Made
) -> None:
    old = [finished(store, settings, made, days_ago=days) for days in (40, 31)]
    new = finished(store, settings, made, days_ago=29)
    waits = store.create(settings)
    with store.begin(settings) as claim:
        with sqlite3.connect(store.path) as db:
            db.execute("UPDATE runs SET updated = 1 WHERE run_id IN (?, ?)", (waits, claim.run_id))
        assert prune(store, Keeping(days=30), dry=True) == old
        assert len(store.list_runs()) == 5, "a dry run deletes nothing"
        assert prune(store, Keeping(days=30)) == old
        assert {row.run_id for row in store.list_runs()} == {new, waits, claim.run_id}
    with sqlite3.connect(store.path) as db:
        left = db.execute("SELECT DISTINCT run_id FROM generations").fetchall()
    assert left == [(new,)]


def test_the_newest_are_kept_by_count(store: Store, settings: dict[str, Any], made: Made) -> None:
    ids = [finished(store, settings, made) for _ in range(4)]
    assert prune(store, Keeping(runs=2)) == ids[:2]
    assert prune(store, Keeping(runs=2)) == []


def test_what_found_nothing_goes_before_what_somebody_found(
    store: Store, settings: dict[str, Any], made: Made
) -> None:
    """Else whoever starts and cancels many searches would drive out those of the others."""
    ids = [finished(store, settings, made) for _ in range(2)]
    empty = [store.create(settings) for _ in range(5)]
    for run_id in empty:
        store.request(run_id, "cancel")
    ids.append(finished(store, settings, made))
    assert prune(store, Keeping(runs=3)) == empty
    assert prune(store, Keeping(runs=1)) == ids[:2]


def test_the_oldest_go_until_the_store_is_small_enough(
    store: Store, settings: dict[str, Any], made: Made
) -> None:
    ids = [finished(store, settings, made) for _ in range(4)]
    with sqlite3.connect(store.path) as db:
        for run_id in ids:  # random bytes do not pack
            db.execute("UPDATE runs SET result = randomblob(200000) WHERE run_id = ?", (run_id,))
    before = size(store)
    assert before.used_mb > 0.8
    assert prune(store, Keeping(mb=0.55)) == ids[:2]
    after = size(store)
    assert after.used_mb < 0.55
    assert after.file_mb < before.file_mb - 0.3, "the disk has its room back"


def test_limits_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DAYS", "RUNS", "MB"):
        monkeypatch.setenv(f"CMN_KEEP_{name}", "nonsense")
    assert not Keeping.from_environment()
    monkeypatch.setenv("CMN_KEEP_RUNS", "3")
    monkeypatch.setenv("CMN_KEEP_MB", "-1")
    assert Keeping.from_environment() == Keeping(runs=3)


def test_whoever_keeps_the_most_gives_way_first(
    store: Store, settings: dict[str, Any], made: Made
) -> None:
    """Many cookies of one address, whose runs found something, drive out nobody else's."""

    def theirs(secret: str, address: str) -> str:
        run_id = store.create(settings, visitor=Visitor(secret, most=99, address=address))
        claim = store.claim(run_id)
        assert claim is not None
        with claim:
            store.append(run_id, made(1), seconds=1.0)
            store.finish(run_id, {"best": None})
        return run_id

    old = theirs("ada", "198.51.100.2/32")
    by_hand = finished(store, settings, made)
    flood = [theirs(f"cookie {number}", "203.0.113.7/32") for number in range(5)]
    assert prune(store, Keeping(runs=4)) == flood[:3]
    assert {row.run_id for row in store.list_runs()} == {old, by_hand, *flood[3:]}
    assert prune(store, Keeping(runs=3)) == [flood[3]]
    assert prune(store, Keeping(runs=2)) == [old], "equal shares: the oldest"
