"""Backup and restore on real files."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cmn_core.errors import FieldError
from cmn_core.runs.backup import backup, restore
from cmn_core.runs.home import StoreError, locks_dir
from cmn_core.runs.lock import FileLock
from cmn_core.runs.store.store import Store
from cmn_core.search.generation import Generation

Made = Callable[[int], Generation]


def finished(store: Store, settings: dict[str, Any], made: Made) -> str:
    """A run with two generations and an end."""
    with store.begin(settings) as claim:
        for index in (1, 2):
            store.append(claim.run_id, made(index), seconds=1.0)
        store.finish(claim.run_id, {"best": None})
    return claim.run_id


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
