"""Backups of a run store: a copy in one file, and a store put back from one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from cmn_core.errors import FieldError
from cmn_core.runs.database import in_a_sentence
from cmn_core.runs.home import StoreError, locks_dir, prepare
from cmn_core.runs.lock import is_held
from cmn_core.runs.store.record import DAMAGED, RUN_ID, settings
from cmn_core.runs.store.schema import STEPS, opened
from cmn_core.runs.store.store import Store


def backup(store: Store, target: Path) -> None:
    """A copy of the store as it is at one moment, in one file; searches may go on meanwhile.

    FieldError when the target exists or cannot be written, StoreError when the store is unusable.
    """
    if not store.path.exists():
        raise FieldError("store", f"{store.path} does not exist", "there is nothing to back up")
    if target.exists():
        raise FieldError("out", f"{target} exists", "the name of a new file is expected")
    partial = target.with_name(f"{target.name}.partial")
    with opened(store.path) as db:
        try:
            with closing(sqlite3.connect(partial)) as copy:
                db.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")
                _check(copy, partial)
            partial.rename(target)
        except (OSError, sqlite3.OperationalError) as error:
            reason = str(getattr(error, "strerror", None) or error).lower()
            raise FieldError(
                "out", f"{target}: {reason}", "a file that can be written is expected"
            ) from None
        finally:
            partial.unlink(missing_ok=True)


def restore(store: Store, source: Path) -> Path | None:
    """Put a backup in the store's place; where the store that was there is kept, if there was one.

    FieldError when the file is no whole backup of this or an older version, or while a search is
    at work.
    """
    with _backup(source) as found, in_a_sentence(store.path):
        prepare(store.home)
        busy = [p for p in locks_dir(store.home).glob("*.lock") if _works(p)]
        if busy:
            raise FieldError(
                "store",
                f"{len(busy)} searches are at work on {store.path}",
                "stop the app and its workers first",
            )
        kept = _put_aside(store.path)
        with closing(sqlite3.connect(store.path)) as db:
            found.backup(db)
            db.execute("PRAGMA journal_mode = WAL")
    store.list_runs()  # brings an older store up to date
    return kept


def _works(lock: Path) -> bool:
    """Whether that is the lock of a run at work; others are workers', or of what the app asks."""
    return RUN_ID.fullmatch(lock.stem) is not None and is_held(lock)


@contextmanager
def _backup(source: Path) -> Iterator[sqlite3.Connection]:
    """A whole store of a version that can be read, opened for reading only."""
    if not source.is_file():
        raise FieldError("backup", f"{source} is no file", "a file of `runs backup` is expected")
    with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as db:
        try:
            _check(db, source)
            version = int(db.execute("PRAGMA user_version").fetchone()[0])
            tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master")}
            if not 1 <= version <= len(STEPS) or not {"runs", "generations"} <= tables:
                found = f"{source} is of store version {version}"
                raise FieldError("backup", found, f"a run store of version 1 to {len(STEPS)}")
            for run_id, text in db.execute("SELECT run_id, scenario FROM runs"):
                if not RUN_ID.fullmatch(run_id):  # it becomes the name of a file
                    raise StoreError(DAMAGED)
                settings(text)
        except (sqlite3.Error, UnicodeDecodeError, StoreError) as error:
            found = f"{source} is damaged or no run store"
            raise FieldError("backup", found, "a file of `runs backup` is expected") from error
        yield db


def _check(db: sqlite3.Connection, path: Path) -> None:
    found = db.execute("PRAGMA quick_check").fetchone()[0]
    if found != "ok":
        raise StoreError.at(path, "store: {place} is damaged; take another backup")


def _put_aside(path: Path) -> Path | None:
    """Rename the store, journal included, so that nothing is lost and nobody mistakes it."""
    if not path.exists():
        return None
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    kept = path.with_name(f"{path.name}.before-{stamp}")
    for end in ("", "-wal", "-shm"):
        old = path.with_name(path.name + end)
        if old.exists():
            old.rename(kept.with_name(kept.name + end))
    return kept
