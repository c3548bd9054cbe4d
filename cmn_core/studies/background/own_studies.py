"""Studies that visitors asked for: a table of the run store, and a folder for each at work.

A study belongs to who asked for it, and nobody else sees it. One process of the machine works on
them (studying.py); what is left of one that was killed is taken up again.
"""

from __future__ import annotations

import json
import secrets
import shutil
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from cmn_core.errors import FieldError
from cmn_core.runs.home import home_dir, locks_dir, prepare, store_path, unusable
from cmn_core.runs.lock import is_held
from cmn_core.runs.store import queue
from cmn_core.runs.store.clock import tick
from cmn_core.runs.store.keys import Visitor
from cmn_core.runs.store.record import unpack
from cmn_core.runs.store.schema import opened
from cmn_core.studies.background.choices import CHOICES, NEEDS_IMAGES, architectures, checked
from cmn_core.studies.result import Result
from cmn_core.studies.study import Settings

LOCK = "studies.lock"
IMAGES = "images"  # folder of what was handed in
MAX_IMAGES_BYTES = 60_000_000
MOST_KEPT = 12  # of a visitor, whatever their state
MOST_ACTIVE, OF_ADDRESS, MOST_WAITING = 2, 12, 60  # waiting or at work, on a shared server
LIMIT_S = 3600.0  # of work on one of them there

State = Literal["waiting", "running", "done", "cancelled", "failed"]
ACTIVE = "state IN ('waiting', 'running')"


@dataclass(frozen=True)
class OwnStudy:
    """A study as its owner sees it. chosen: settings that replace the study's own; done of total
    steps (None: not begun); seconds: worked on it; error: why there is no result."""

    study_id: str
    name: str
    chosen: Mapping[str, Any]
    seed: int
    state: State
    done: int
    total: int | None
    seconds: float
    created: float
    error: str | None
    cancelled: bool

    @property
    def active(self) -> bool:
        return self.state in ("waiting", "running")


class OwnStudies:
    """The studies in a run store (default: the one of CMN_HOME). Raises StoreError as the store."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = store_path(home_dir()) if path is None else Path(path).absolute()
        self.home = self.path.parent

    def add(
        self,
        name: str,
        chosen: Mapping[str, Any],
        *,
        visitor: Visitor,
        seed: int = 0,
        files: Mapping[str, bytes] | None = None,
    ) -> str:
        """Queue a study; its id. `studying.start` sees to a process.

        chosen: every choice of the study; files: images as npz by the names of NEEDS_IMAGES, none
        for generated scenes. FieldError for settings or images that cannot be used, and where the
        visitor has enough, or asks for more than a shared server gives (visitor.most is a number).
        """
        settings = checked(name, chosen)
        missing = [choice.name for choice in CHOICES[name] if choice.name not in settings]
        if missing:
            raise FieldError(missing[0], "missing", "every choice of the study is expected")
        if not 0 <= seed < 2**31:
            raise FieldError("seed", f"found {seed}", "a whole number from 0 is expected")
        study_id = secrets.token_hex(8)
        if files:
            self._keep_images(study_id, name, files)
        try:
            with opened(self.path, write=True) as db:
                _check_room(db, visitor, architectures(name, settings))
                _insert(db, study_id, name, settings, seed, visitor)
        except BaseException:
            shutil.rmtree(folder_of(self.home, study_id), ignore_errors=True)
            raise
        return study_id

    def of(self, owner: str, name: str | None = None) -> list[OwnStudy]:
        """Theirs, newest first; only those of one study, if named."""
        alive = is_held(locks_dir(self.home) / LOCK)
        with opened(self.path) as db:
            rows = db.execute(
                "SELECT study_id, name, chosen, seed, state, done, total, seconds, created, error,"
                " cancelled FROM studies WHERE owner = ?1 AND (?2 IS NULL OR name = ?2)"
                " ORDER BY seq DESC",
                (owner, name),
            ).fetchall()
        return [_own(row, alive) for row in rows]

    def result(self, study_id: str, owner: str) -> Result | None:
        """What came out; None where nothing did, or where it is somebody else's."""
        with opened(self.path) as db:
            row = db.execute(
                "SELECT result FROM studies WHERE study_id = ? AND owner = ?", (study_id, owner)
            ).fetchone()
        if row is None or row["result"] is None:
            return None
        return Result.from_json(unpack(row["result"]))

    def cancel(self, study_id: str, owner: str) -> None:
        """End it: at once where it waits, within a second where a process is at work on it."""
        with opened(self.path, write=True) as db:
            db.execute(
                f"UPDATE studies SET cancelled = 1 WHERE study_id = ? AND owner = ? AND {ACTIVE}",
                (study_id, owner),
            )
            if not is_held(locks_dir(self.home) / LOCK):
                db.execute(
                    f"UPDATE studies SET state = 'cancelled' WHERE cancelled = 1 AND {ACTIVE}"
                )
            db.execute(
                "UPDATE studies SET state = 'cancelled' WHERE cancelled = 1 AND state = 'waiting'"
            )

    def forget(self, study_id: str, owner: str) -> None:
        """Drop it and its result; one at work ends with that."""
        with opened(self.path, write=True) as db:
            db.execute("DELETE FROM studies WHERE study_id = ? AND owner = ?", (study_id, owner))

    def drop_older(self, than: float) -> int:
        """Forget those that ended before that time (seconds since 1970); how many."""
        with opened(self.path, write=True) as db:
            query = f"DELETE FROM studies WHERE updated < ? AND NOT {ACTIVE}"
            return int(db.execute(query, (than,)).rowcount)

    def waiting(self) -> bool:
        """Whether a study waits and nobody is at work on one."""
        if is_held(locks_dir(self.home) / LOCK):
            return False
        with opened(self.path) as db:
            return count_studies(db, ACTIVE) > 0

    def _keep_images(self, study_id: str, name: str, files: Mapping[str, bytes]) -> None:
        """What the process that works on the study reads, and checks."""
        wanted = NEEDS_IMAGES.get(name, ())
        if set(files) != set(wanted):
            found = ", ".join(sorted(files)) or "none"
            raise FieldError("images", f"found {found}", f"{' and '.join(wanted)} are expected")
        for file, raw in files.items():
            if len(raw) > MAX_IMAGES_BYTES:
                found = f"{file} has {len(raw):,} bytes"
                raise FieldError("images", found, f"at most {MAX_IMAGES_BYTES:,} are taken")
        folder = folder_of(self.home, study_id) / IMAGES
        try:
            prepare(self.home)
            folder.mkdir(parents=True)
            for file, raw in files.items():
                (folder / file).write_bytes(raw)
        except OSError as error:
            shutil.rmtree(folder.parent, ignore_errors=True)
            raise unusable(self.home, error) from None


def folder_of(home: Path, study_id: str) -> Path:
    """Where its images and the steps that are done lie while it is worked on."""
    return home / "studies" / study_id


def _insert(
    db: sqlite3.Connection,
    study_id: str,
    name: str,
    settings: Settings,
    seed: int,
    visitor: Visitor,
) -> None:
    now = time.time()
    mark = queue.address_mark(db, visitor.address)
    limit_s = None if visitor.most is None else LIMIT_S
    tick(db)
    db.execute(
        "INSERT INTO studies (study_id, name, chosen, seed, owner, address, limit_s, state,"
        " created, updated) VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?)",
        (study_id, name, json.dumps(settings), seed, visitor.owner, mark, limit_s, now, now),
    )


def _check_room(db: sqlite3.Connection, visitor: Visitor, count: int) -> None:
    """FieldError when the visitor, their address or the server has enough, or this is too much.
    Who sits at the machine is only asked to forget what is no longer looked at."""
    kept = count_studies(db, "owner = ?", visitor.owner)
    if kept >= MOST_KEPT:
        raise FieldError(
            "study", f"{kept} of yours are here", f"{MOST_KEPT} are kept; forget one first"
        )
    if visitor.most is None:
        return
    most = queue.most_architectures()
    if count > most:
        found = f"its searches judge {count:,} architectures"
        allowed = f"at most {most:,} are judged, so that everybody gets a turn on this server"
        raise FieldError("study", found, allowed)
    own = count_studies(db, f"owner = ? AND {ACTIVE}", visitor.owner)
    if own >= MOST_ACTIVE:
        found = f"{own} of yours wait or run"
        raise FieldError("study", found, f"{MOST_ACTIVE} at a time are allowed")
    mark = queue.address_mark(db, visitor.address)
    if mark is not None and count_studies(db, f"address = ? AND {ACTIVE}", mark) >= OF_ADDRESS:
        found = f"{OF_ADDRESS} from your network address wait or run"
        raise FieldError("study", found, "no more at a time are allowed from one address")
    if count_studies(db, ACTIVE) >= MOST_WAITING:
        found = f"{MOST_WAITING} studies wait on this server"
        raise FieldError("study", found, "no more may, so try again later")


def count_studies(db: sqlite3.Connection, where: str, *values: Any) -> int:
    """How many studies meet a condition of SQL."""
    query = f"SELECT COUNT(*) FROM studies WHERE {where}"
    return int(db.execute(query, values).fetchone()[0])


def _own(row: sqlite3.Row, alive: bool) -> OwnStudy:
    state: State = row["state"]
    if state == "running" and not alive:
        state = "waiting"  # its process is gone; the next one goes on with it
    return OwnStudy(
        study_id=row["study_id"],
        name=row["name"],
        chosen=json.loads(row["chosen"]),
        seed=row["seed"],
        state=state,
        done=row["done"],
        total=row["total"],
        seconds=row["seconds"],
        created=row["created"],
        error=row["error"],
        cancelled=bool(row["cancelled"]),
    )
