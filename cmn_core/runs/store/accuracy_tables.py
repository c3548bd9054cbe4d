"""Measured tables that people bring for the accuracy of their searches, and the fits to them.

A table is kept by its SHA-256 and the space it is of, once, whoever brings it; a name for it
belongs to who gave it, and nobody else sees it. What no name and no run refers to is dropped.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from cmn_core.errors import FieldError, one_line
from cmn_core.predictor.custom import check_own
from cmn_core.predictor.table import MeasuredTable, read_measured
from cmn_core.runs.home import home_dir, locks_dir, store_path
from cmn_core.runs.lock import is_held
from cmn_core.runs.store.record import pack, unpack
from cmn_core.runs.store.schema import opened

FIELD = "accuracy_table"
MOST_EACH, MOST_IN_ALL = 5, 200
MOST_TRIES = 3  # a fit that is killed again and again is given up
MAX_NAME = 60
LOCK = "fit.lock"

State = Literal["waiting", "fitting", "ready", "refused"]


@dataclass(frozen=True)
class OwnTable:
    """A table as its owner sees it. quality: of the fit, on networks left out; reach: smallest and
    largest genes of its networks; error: why there is no fit."""

    digest: str
    space: str
    name: str
    state: State
    networks: int
    quality: Mapping[str, float]
    reach: Mapping[str, Any]
    error: str | None


class AccuracyTables:
    """The tables in a run store (default: the one of CMN_HOME). Raises StoreError as the store."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = store_path(home_dir()) if path is None else Path(path).absolute()
        self.home = self.path.parent

    def add(self, raw: bytes, name: str, *, space: str, owner: str) -> str:
        """Keep a table under its owner's name for it; its digest. It is fitted by `fitting.start`.

        FieldError for a table that cannot be read or is not worth a fit, and for one too many.
        """
        check_own(read_measured(raw, FIELD, space=space))
        digest, clean = digest_of(raw), " ".join(one_line(name, MAX_NAME).split())
        now = time.time()
        with opened(self.path, write=True) as db:
            _drop_unused(db)
            others = db.execute(
                "SELECT COUNT(*) FROM table_names WHERE owner = ?"
                " AND NOT (digest = ? AND space = ?)",
                (owner, digest, space),
            ).fetchone()[0]
            if others >= MOST_EACH:
                found = f"{others} tables of yours are here"
                raise FieldError(FIELD, found, f"{MOST_EACH} are allowed; forget one first")
            _insert(db, raw, digest, space)
            db.execute(
                "INSERT INTO table_names VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE"
                " SET name = excluded.name",
                (owner, digest, space, clean or "table", now),
            )
        return digest

    def keep(self, raw: bytes, *, space: str, fit: Mapping[str, Any]) -> None:
        """Keep a table of nobody's together with its fit, for a run that names it."""
        with opened(self.path, write=True) as db:
            _insert(db, raw, digest_of(raw), space)
        self.settle(digest_of(raw), space, fit=fit)

    def of(self, owner: str) -> list[OwnTable]:
        """Theirs, newest first."""
        busy = is_held(locks_dir(self.home) / LOCK)
        with opened(self.path) as db:
            rows = db.execute(
                "SELECT n.digest, n.space, n.name, t.fit, t.error, t.tries FROM table_names n"
                " JOIN tables t USING (digest, space) WHERE n.owner = ?"
                " ORDER BY n.created DESC, n.digest",
                (owner,),
            ).fetchall()
        return [_own(row, busy) for row in rows]

    def owned(self, digest: str, space: str, owner: str) -> bool:
        with opened(self.path) as db:
            query = "SELECT 1 FROM table_names WHERE owner = ? AND digest = ? AND space = ?"
            return db.execute(query, (owner, digest, space)).fetchone() is not None

    def fit(self, digest: str, space: str) -> dict[str, Any] | None:
        """What `OwnPredictor` reads; None where there is no such table, or no fit to it yet."""
        with opened(self.path) as db:
            row = db.execute(
                "SELECT fit FROM tables WHERE digest = ? AND space = ?", (digest, space)
            ).fetchone()
        found: dict[str, Any] | None = None if row is None or row[0] is None else unpack(row[0])
        return found

    def forget(self, digest: str, space: str, owner: str) -> None:
        """Take the owner's name away; the table goes too unless somebody else's or a run's."""
        with opened(self.path, write=True) as db:
            db.execute(
                "DELETE FROM table_names WHERE owner = ? AND digest = ? AND space = ?",
                (owner, digest, space),
            )
            _drop_unused(db)

    def take(self) -> tuple[str, str, MeasuredTable] | None:
        """The table whose fit is next: digest, space, rows. One that was begun too often without
        an end is refused."""
        with opened(self.path, write=True) as db:
            while True:
                row = db.execute(
                    "SELECT digest, space, content, tries FROM tables WHERE fit IS NULL"
                    " AND error IS NULL ORDER BY created, digest LIMIT 1"
                ).fetchone()
                if row is None:
                    return None
                key = (row["digest"], row["space"])
                if row["tries"] < MOST_TRIES:
                    where = "WHERE digest = ? AND space = ?"
                    db.execute(f"UPDATE tables SET tries = tries + 1 {where}", key)
                    raw = zlib.decompress(row["content"])
                    return (*key, read_measured(raw, FIELD, space=row["space"]))
                _settle(db, *key, error=f"its fit was stopped {MOST_TRIES} times")

    def waiting(self) -> bool:
        """Whether a table waits for its fit and nobody is at work on one."""
        if is_held(locks_dir(self.home) / LOCK):
            return False
        with opened(self.path) as db:
            query = "SELECT 1 FROM tables WHERE fit IS NULL AND error IS NULL LIMIT 1"
            return db.execute(query).fetchone() is not None

    def settle(
        self,
        digest: str,
        space: str,
        *,
        fit: Mapping[str, Any] | None = None,
        error: str | None = None,
    ) -> None:
        """The fit of a table, or the sentence that says why there is none."""
        with opened(self.path, write=True) as db:
            _settle(db, digest, space, fit=fit, error=error)

    def drop_unused(self) -> None:
        """Let go of what no name and no run refers to."""
        with opened(self.path, write=True) as db:
            _drop_unused(db)


def digest_of(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _insert(db: sqlite3.Connection, raw: bytes, digest: str, space: str) -> None:
    known = db.execute(
        "SELECT 1 FROM tables WHERE digest = ? AND space = ?", (digest, space)
    ).fetchone()
    if known is not None:
        return
    held = db.execute("SELECT COUNT(*) FROM tables").fetchone()[0]
    if held >= MOST_IN_ALL:
        found = f"{held} tables are kept on this machine"
        raise FieldError(FIELD, found, "old ones must be forgotten before it takes more")
    db.execute(
        "INSERT INTO tables (digest, space, content, created) VALUES (?, ?, ?, ?)",
        (digest, space, zlib.compress(raw, 9), time.time()),
    )


def _settle(
    db: sqlite3.Connection,
    digest: str,
    space: str,
    *,
    fit: Mapping[str, Any] | None = None,
    error: str | None = None,
) -> None:
    db.execute(
        "UPDATE tables SET fit = ?, error = ? WHERE digest = ? AND space = ?",
        (None if fit is None else pack(fit), error, digest, space),
    )


def _drop_unused(db: sqlite3.Connection) -> None:
    """Not one that is younger than a minute: a run that will name it may be on its way."""
    db.execute(
        "DELETE FROM tables WHERE created < ? AND NOT EXISTS (SELECT 1 FROM table_names n"
        " WHERE n.digest = tables.digest AND n.space = tables.space)"
        " AND NOT EXISTS (SELECT 1 FROM runs WHERE instr(runs.scenario, tables.digest) > 0)",
        (time.time() - 60.0,),
    )


def _own(row: sqlite3.Row, busy: bool) -> OwnTable:
    fit: dict[str, Any] = {} if row["fit"] is None else unpack(row["fit"])
    state: State = "ready" if fit else "refused" if row["error"] else "waiting"
    if state == "waiting" and busy and row["tries"]:
        state = "fitting"
    return OwnTable(
        digest=row["digest"],
        space=row["space"],
        name=row["name"],
        state=state,
        networks=int(fit.get("provenance", {}).get("subnets", 0)),
        quality=fit.get("quality", {}),
        reach=fit.get("reach", {}),
        error=row["error"],
    )
