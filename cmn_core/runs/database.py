"""Connections to a file of SQLite that speak plainly, and its numbered migrations.

WAL mode: readers never wait for the writer. Every call opens a connection of its own for a few
hundred microseconds, so no thread or process ever holds the file.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from cmn_core.errors import one_line
from cmn_core.runs.filesystem import known_remote
from cmn_core.runs.home import StoreError, locks_dir, prepare, unusable
from cmn_core.runs.lock import FileLock

BUSY_TIMEOUT_S = 5.0
FULL_BYTES = 65_536
FULL = "the disk that holds {place} is full; free some space, then resume the run or start it again"
DAMAGED = "is damaged or no run store; move it away and a new one is started"
# What SQLite says when it cannot make or enlarge a file.
_NO_ROOM = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR)


@contextmanager
def opened(
    path: Path, steps: Sequence[Sequence[str]], *, write: bool = False
) -> Iterator[sqlite3.Connection]:
    """A connection for one call; with `write`, one immediate transaction that commits at the end.

    steps: of the tables, as `migrate` takes them. Raises StoreError, one sentence, for a store that
    is locked, damaged, full, read-only or newer.
    """
    with in_a_sentence(path), closing(_connect(path, write)) as db:
        if _version(db) != len(steps):
            _renew(db, path, steps)
        if not write:
            yield db
            return
        db.execute("BEGIN IMMEDIATE")
        try:
            yield db
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")


@contextmanager
def in_a_sentence(path: Path) -> Iterator[None]:
    """Whatever SQLite or the system refuses inside, for the store at that path, as a StoreError."""
    try:
        yield
    except sqlite3.Error as error:
        raise _plainly(error, path) from error
    except UnicodeDecodeError as error:
        raise StoreError.at(path, f"store: {{place}} {DAMAGED}") from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StoreError.at(path, f"store: {FULL}") from error
        reason = (error.strerror or "unknown reason").lower()
        raise StoreError.at(
            path.parent,
            f"store: {{place}} cannot be used ({reason});"
            " make it writable or set CMN_HOME elsewhere",
        ) from error


def _connect(path: Path, write: bool) -> sqlite3.Connection:
    """To read a store that does not exist yet is to read an empty one; no file is made for it."""
    missing = _missing(path)
    remote = known_remote(path.parent)
    if remote is not None and (write or not missing):
        raise StoreError.at(
            path.parent,
            f"store: {{place}} is on a network file system ({remote}), where SQLite loses data;"
            " set CMN_HOME to a directory on a disk of this machine",
        )
    if write and (missing or not locks_dir(path.parent).is_dir()):
        prepare(path.parent)
    place = ":memory:" if missing and not write else path
    db = sqlite3.connect(place, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    if not write and not missing and not _readable(db):
        db.close()
        db = _frozen(path)
    db.row_factory = sqlite3.Row
    # NORMAL would lose the last generations, which may have taken minutes, to a power cut.
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA foreign_keys = ON")
    return db


def _readable(db: sqlite3.Connection) -> bool:
    """False where SQLite cannot make the files that it needs beside the store even to read it."""
    try:
        db.execute("PRAGMA user_version")
    except sqlite3.OperationalError as error:
        return _code(error) not in _NO_ROOM
    return True


def _frozen(path: Path) -> sqlite3.Connection:
    """The store as it was last closed, from a disk that is read-only or full.

    Only where no journal is left, which nobody could then add to; else the caller meets the error.
    """
    journal = path.with_name(f"{path.name}-wal")
    whole = not journal.exists() or not journal.stat().st_size
    uri = f"{path.as_uri()}?mode=ro{'&immutable=1' if whole else ''}"
    return sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary error code."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _full(path: Path) -> bool:
    """Whether the disk has no room for an ordinary user to speak of."""
    try:
        disk = os.statvfs(path.parent)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < FULL_BYTES


def _missing(path: Path) -> bool:
    """Whether there is no store yet; StoreError when its directory is none or cannot be read."""
    try:
        path.stat()
    except FileNotFoundError:
        return True
    except OSError as error:
        raise unusable(path.parent, error) from None
    return False


def _renew(db: sqlite3.Connection, path: Path, steps: Sequence[Sequence[str]]) -> None:
    """Bring a new or older store up to date, refuse a newer one."""
    in_memory = not db.execute("PRAGMA database_list").fetchone()["file"]
    if in_memory:
        migrate(db, steps, path)
        return
    # Turning WAL on does not wait for others as a transaction does: one process at a time.
    prepare(path.parent)
    lock = FileLock.take(locks_dir(path.parent) / "store.lock", patience_s=BUSY_TIMEOUT_S)
    if lock is None:
        raise StoreError.at(
            path, "store: {place} is being set up by another process; try again in a moment"
        )
    with lock:
        migrate(db, steps, path)


def migrate(db: sqlite3.Connection, steps: Sequence[Sequence[str]], path: Path) -> None:
    """Run the steps that the store has not seen yet, all in one transaction: step i takes it from
    version i to version i + 1."""
    version = _version(db)
    if version > len(steps):
        raise StoreError.at(
            path,
            "store: {place} was written by a newer version of this program (store version"
            f" {version}, this one reads up to {len(steps)}); update the program or set CMN_HOME"
            " elsewhere",
        )
    if version == 0:
        db.execute("PRAGMA journal_mode = WAL")
    db.execute("BEGIN IMMEDIATE")
    try:
        for step in steps[version:]:
            for statement in step:
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {len(steps)}")
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _plainly(error: sqlite3.Error, path: Path) -> StoreError:
    """SQLite's complaint as one sentence that says what to do."""
    code = _code(error)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        text = (
            f"{{place}} is locked by another program for more than {BUSY_TIMEOUT_S:.0f} s; "
            "close that program and try again"
        )
    elif code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        text = f"{{place}} {DAMAGED}"
    elif code == sqlite3.SQLITE_FULL or (code in _NO_ROOM and _full(path)):
        text = FULL
    elif code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        text = "{place} cannot be opened for writing; make it writable or set CMN_HOME elsewhere"
    else:
        text = (
            f"{{place}} cannot be used ({one_line(error, 80)});"
            " check the disk or set CMN_HOME elsewhere"
        )
    return StoreError.at(path, f"store: {text}")
