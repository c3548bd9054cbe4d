from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cmn_core.runs import database
from cmn_core.runs.home import StoreError
from cmn_core.runs.store import schema
from cmn_core.runs.store.store import Store


def one_sentence(error: pytest.ExceptionInfo[StoreError]) -> str:
    text = str(error.value)
    assert "\n" not in text
    assert text.count("; ") >= 1, "what was found; what to do"
    return text


def test_newer_store_is_refused_and_left_alone(store: Store, settings: dict[str, Any]) -> None:
    store.create(settings)
    with sqlite3.connect(store.path) as db:
        db.execute(f"PRAGMA user_version = {len(schema.STEPS) + 1}")
    for call in (store.list_runs, lambda: store.create(settings)):
        with pytest.raises(StoreError, match="newer version") as error:
            call()
        assert "update the program" in one_sentence(error)
    with sqlite3.connect(store.path) as db:
        assert db.execute("SELECT COUNT(*) FROM runs").fetchone() == (1,)


def test_older_store_is_brought_up_to_date_and_keeps_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite"
    first = ("CREATE TABLE t (a INTEGER)",)
    second = ("ALTER TABLE t ADD COLUMN b TEXT DEFAULT 'new'",)
    with sqlite3.connect(path, isolation_level=None) as db:
        database.migrate(db, [first], path)
        db.execute("INSERT INTO t (a) VALUES (7)")
        database.migrate(db, [first, second], path)
        assert db.execute("SELECT * FROM t").fetchall() == [(7, "new")]
        assert db.execute("PRAGMA user_version").fetchone() == (2,)


def test_failed_step_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite"
    steps = [("CREATE TABLE t (a)",), ("CREATE TABLE u (a)", "nonsense")]
    with sqlite3.connect(path, isolation_level=None) as db:
        database.migrate(db, steps[:1], path)
        with pytest.raises(sqlite3.OperationalError):
            database.migrate(db, steps, path)
        assert db.execute("PRAGMA user_version").fetchone() == (1,)
        assert db.execute("SELECT name FROM sqlite_master").fetchall() == [("t",)]


@pytest.mark.parametrize(
    "content", [b"no database at all" * 400, b"SQLite format 3\0" + b"x" * 5000]
)
def test_damaged_store(store: Store, content: bytes) -> None:
    store.home.mkdir()
    store.path.write_bytes(content)
    with pytest.raises(StoreError, match="damaged or no run store") as error:
        store.list_runs()
    assert "move it away" in one_sentence(error)
    assert store.path.read_bytes() == content


def test_locked_store(
    store: Store, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = store.create(settings)
    monkeypatch.setattr(database, "BUSY_TIMEOUT_S", 0.1)
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked by another program") as error:
        store.create(settings)
    one_sentence(error)
    assert [row.run_id for row in store.list_runs()] == [run_id], "readers do not wait"
    other.close()
    store.create(settings)


def test_home_that_is_no_directory(tmp_path: Path, settings: dict[str, Any]) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="CMN_HOME") as error:
        Store(tmp_path / "file" / "runs.sqlite").create(settings)
    one_sentence(error)


def test_reading_what_is_not_there_makes_nothing(store: Store) -> None:
    assert store.list_runs() == []
    assert store.queued() == 0
    assert not store.home.exists()


def test_many_processes_set_the_store_up_at_once(store: Store) -> None:
    code = (
        "import sys; sys.stdin.readline()\n"
        "from cmn_core.runs.store.store import Store\n"
        "for _ in range(5): Store().create({'generations': 1, 'scenario': 'energy',"
        " 'memory': 'rram', 'seed': 0})"
    )
    many = [
        subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(4)
    ]
    for process in many:
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
    for process in many:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors.decode()
    assert len(store.list_runs()) == 20
