"""Keeping a run store in order: its size, and what is kept of old runs."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cmn_core.errors import FieldError
from cmn_core.runs.database import in_a_sentence
from cmn_core.runs.home import run_lock
from cmn_core.runs.lock import is_held
from cmn_core.runs.store import clock
from cmn_core.runs.store.accuracy_tables import AccuracyTables
from cmn_core.runs.store.clock import DAY_S
from cmn_core.runs.store.record import FINAL, RunRow
from cmn_core.runs.store.schema import opened
from cmn_core.runs.store.steering import Which
from cmn_core.runs.store.store import Store

SPARED = ("queued", "running")  # never pruned
ANY = Which()
LOOSE = 0.25  # share of free pages from which the file is packed anew


@dataclass(frozen=True)
class Size:
    """used_mb: what the runs take; file_mb: what the files take on the disk; free_mb: left on it;
    runs: how many by state."""

    runs: dict[str, int]
    used_mb: float
    file_mb: float
    free_mb: float


@dataclass(frozen=True)
class Keeping:
    """What is kept; None: no limit of that kind. The limits on number and size take runs without
    a generation first, then the oldest of whoever keeps the most: nobody drives out those of others
    by starting and cancelling, or handing in, many.

    days: since a run last changed, by this machine's clock; runs: how many; mb: of the store
    """

    days: float | None = None
    runs: int | None = None
    mb: float | None = None

    @classmethod
    def from_environment(cls) -> Keeping:
        """CMN_KEEP_DAYS, CMN_KEEP_RUNS and CMN_KEEP_MB; what is no positive number is no limit."""
        count = _number("CMN_KEEP_RUNS")
        return cls(
            days=_number("CMN_KEEP_DAYS"),
            runs=None if count is None else int(count),
            mb=_number("CMN_KEEP_MB"),
        )

    def __bool__(self) -> bool:
        return any(limit is not None for limit in (self.days, self.runs, self.mb))


def size(store: Store) -> Size:
    """How large the store is. Raises StoreError as the store does."""
    rows = store.list_runs()
    with in_a_sentence(store.path):
        disk = os.statvfs(store.home if store.home.exists() else store.home.anchor)
    return Size(
        runs={state: sum(row.state == state for row in rows) for state in _states(rows)},
        used_mb=_used(store) / 1e6,
        file_mb=_file_mb(store),
        free_mb=disk.f_bavail * disk.f_frsize / 1e6,
    )


@dataclass(frozen=True)
class Bustle:
    """What goes on in a store, whoever asked for it: searches at work, searches that wait, and
    megabytes that its files take."""

    running: int
    queued: int
    file_mb: float


def bustle(store: Store) -> Bustle:
    """Quick enough for a page. Raises StoreError as the store does."""
    with opened(store.path) as db:
        found = db.execute("SELECT run_id FROM runs WHERE state = 'running'").fetchall()
        query = "SELECT COUNT(*) FROM runs WHERE state = 'queued'"
        queued = int(db.execute(query).fetchone()[0])
    running = sum(is_held(run_lock(store.home, row["run_id"])) for row in found)
    return Bustle(running, queued, _file_mb(store))


def prune(
    store: Store,
    keeping: Keeping,
    *,
    which: Which = ANY,
    dry: bool = False,
    trust_clock: bool = False,
) -> list[str]:
    """Delete what is kept no longer; ids. Never a run that waits or is at work.

    which: only of these runs, and without a limit all of them; dry: only say which; trust_clock:
    the clock is right, however long ago the store was last at work. Examples that ship are no runs
    of the store and stay. FieldError, and nothing is deleted, when a limit on age meets a clock
    that jumped (clock.py).
    """
    with opened(store.path, write=trust_clock and not dry) as db:
        if trust_clock:
            None if dry else clock.trust(db)
        elif keeping.days is not None:
            clock.check(db)
    rows = [
        row for row in reversed(store.list_runs()) if row.state not in SPARED and which.has(row)
    ]
    gone: list[str] = []

    def drop(row: RunRow) -> None:
        rows.remove(row)
        gone.append(row.run_id)
        if not dry:
            with contextlib.suppress(FieldError):  # taken up, or deleted, in the meantime
                store.delete(row.run_id)

    for row in [] if keeping else list(rows if which else ()):
        drop(row)
    if keeping.days is not None:
        limit = time.time() - keeping.days * DAY_S
        for row in [row for row in rows if row.updated < limit]:
            drop(row)
    while keeping.runs is not None and len(rows) > keeping.runs:
        drop(_next(rows))
    if keeping.mb is not None:
        used = _used(store)
        shares = _shares(store) if dry else {}
        while rows and used > keeping.mb * 1e6:
            row = _next(rows)
            drop(row)
            used = used - shares.get(row.run_id, 0) if dry else _used(store)
    if gone and not dry:
        AccuracyTables(store.path).drop_unused()
        pack(store)
    return gone


def _next(rows: Sequence[RunRow]) -> RunRow:
    """Which of these, by age, goes first: one without a generation, else the oldest of whoever
    keeps the most, by address or, where none is known, by owner. Runs of the command line belong
    to nobody and count one by one."""
    holders = Counter(holder for row in rows if (holder := row.address or row.owner))
    most = max(holders.values(), default=1)

    def rank(row: RunRow) -> tuple[bool, bool]:
        return row.generation > 0, holders.get(row.address or row.owner or "", 1) < most

    return min(rows, key=rank)


def cancel_all(store: Store, which: Which, *, dry: bool = False) -> list[str]:
    """Cancel those of these runs that have not ended, what waits before what is at work, so that
    no worker takes up the next one meanwhile; ids."""
    rows = [row for row in store.list_runs() if which.has(row) and row.state not in FINAL]
    rows.sort(key=lambda row: row.state == "running")
    for row in [] if dry else rows:
        with contextlib.suppress(FieldError):  # deleted in the meantime
            store.request(row.run_id, "cancel")
    return [row.run_id for row in rows]


def pack(store: Store) -> None:
    """Give free pages back to the disk where that is worth it and nobody is in the way."""
    with opened(store.path) as db:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        if db.execute("PRAGMA freelist_count").fetchone()[0] < LOOSE * pages:
            return
        with contextlib.suppress(sqlite3.OperationalError):  # busy, or no room: another time
            db.execute("VACUUM")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _file_mb(store: Store) -> float:
    files = [store.path.with_name(store.path.name + end) for end in ("", "-wal", "-shm")]
    return sum(path.stat().st_size for path in files if path.exists()) / 1e6


def _used(store: Store) -> int:
    """Bytes in pages that hold something."""
    with opened(store.path) as db:
        names = ("page_count", "freelist_count", "page_size")
        pages, free, each = (db.execute(f"PRAGMA {name}").fetchone()[0] for name in names)
    return int((pages - free) * each)


def _shares(store: Store) -> dict[str, int]:
    """About how many bytes each run takes."""
    query = (
        "SELECT r.run_id, LENGTH(r.scenario) + COALESCE(LENGTH(r.result), 0) + COALESCE((SELECT"
        " SUM(LENGTH(g.payload) + LENGTH(g.history)) FROM generations g WHERE g.run_id = r.run_id),"
        " 0) + COALESCE((SELECT LENGTH(c.state) FROM checkpoints c WHERE c.run_id = r.run_id), 0)"
        " + COALESCE((SELECT LENGTH(n.content) FROM networks n WHERE n.run_id = r.run_id), 0)"
        " AS bytes FROM runs r"
    )
    with opened(store.path) as db:
        return {row["run_id"]: int(row["bytes"]) for row in db.execute(query)}


def _states(rows: list[RunRow]) -> list[str]:
    return sorted({row.state for row in rows})


def _number(name: str) -> float | None:
    """A positive number of the environment."""
    try:
        value = float(os.environ.get(name, ""))
    except ValueError:
        return None
    return value if 0 < value < float("inf") else None
