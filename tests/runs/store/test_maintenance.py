"""Retention, size, backup and restore on real files."""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cmn_core.errors import FieldError
from cmn_core.runs.home import StoreError, locks_dir
from cmn_core.runs.lock import FileLock
from cmn_core.runs.store.keys import Visitor
from cmn_core.runs.store.maintenance import Keeping, backup, bustle, prune, restore, size
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


def test_backup_and_restore_bring_every_generation_back(
    store: Store, settings: dict[str, Any], made: Made, tmp_path: Path
) -> None:
    run_id = finished(store, settings, made)
    half = store.begin(settings)
    store.append(half.run_id, made(1), seconds=1.0)
    target = tmp_path / "backup.sqlite"
    backup(store, target)
    assert sorted(p.name for p in tmp_path.glob("backup*")) == ["backup.sqlite"]
    half.lock.release()
    store.delete(run_id)
    finished(store, {**settings, "seed": 9}, made)

    kept = restore(store, target)
    assert kept is not None and len(Store(kept).list_runs()) == 2
    states = {row.run_id: row.state for row in store.list_runs()}
    assert states == {run_id: "done", half.run_id: "interrupted"}
    assert store.checkpoint(half.run_id) == made(1)
    assert [row.generation for row in store.history(run_id)] == [1, 2]
    with sqlite3.connect(store.path) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_restore_into_an_empty_home(
    store: Store, settings: dict[str, Any], made: Made, tmp_path: Path
) -> None:
    run_id = finished(store, settings, made)
    backup(store, tmp_path / "b")
    fresh = Store(tmp_path / "elsewhere" / "runs.sqlite")
    assert restore(fresh, tmp_path / "b") is None
    assert fresh.result(run_id) == store.result(run_id)
    claim = fresh.begin(settings)
    claim.lock.release()


def test_restore_in_place_of_a_damaged_store(
    store: Store, settings: dict[str, Any], made: Made, tmp_path: Path
) -> None:
    run_id = finished(store, settings, made)
    backup(store, tmp_path / "b")
    store.path.write_bytes(b"rubbish" * 5000)
    kept = restore(store, tmp_path / "b")
    assert kept is not None and kept.read_bytes().startswith(b"rubbish")
    assert [row.run_id for row in store.list_runs()] == [run_id]


def test_backup_while_somebody_writes_is_whole(
    store: Store, settings: dict[str, Any], made: Made, tmp_path: Path
) -> None:
    claim, stop = store.begin(settings), threading.Event()

    def write() -> None:
        index = 0
        while not stop.is_set():
            index += 1
            store.append(claim.run_id, made(index), seconds=0.1)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for turn in range(5):
            backup(store, tmp_path / f"b{turn}")
    finally:
        stop.set()
        thread.join()
    for turn in range(5):
        copy = Store(tmp_path / f"b{turn}")
        row = copy.list_runs()[0]
        assert [h.generation for h in copy.history(row.run_id)] == [*range(1, row.generation + 1)]


def test_refusals(store: Store, settings: dict[str, Any], made: Made, tmp_path: Path) -> None:
    with pytest.raises(FieldError, match="nothing to back up"):
        backup(store, tmp_path / "b")
    finished(store, settings, made)
    (tmp_path / "there").write_text("mine")
    with pytest.raises(FieldError, match="exists"):
        backup(store, tmp_path / "there")
    with pytest.raises(FieldError, match="out"):
        backup(store, tmp_path / "no" / "folder")
    for bad in (b"", b"no database" * 1000, b"SQLite format 3\0" + b"x" * 5000):
        (tmp_path / "bad").write_bytes(bad)
        with pytest.raises((FieldError, StoreError), match=r"damaged|version 0"):
            restore(store, tmp_path / "bad")
    backup(store, tmp_path / "b")
    with sqlite3.connect(tmp_path / "b") as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(FieldError, match="version 99"):
        restore(store, tmp_path / "b")
    with sqlite3.connect(tmp_path / "b") as db:
        db.execute("PRAGMA user_version = 1")
    shutil.copy(tmp_path / "b", tmp_path / "outside")
    with sqlite3.connect(tmp_path / "outside") as db:
        db.execute("UPDATE runs SET run_id = '../../../outside/abcd'")
    with pytest.raises(FieldError, match="damaged"):
        restore(store, tmp_path / "outside")
    claim = store.begin(settings)
    other = FileLock.take(locks_dir(store.home) / "export.lock")  # no search of anybody's
    assert other is not None
    with other, pytest.raises(FieldError, match="1 searches are at work"):
        restore(store, tmp_path / "b")
    claim.lock.release()
    assert len(store.list_runs()) == 2, "nothing was touched"


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
