"""Whose study is next, and what becomes of it: the side of the process that works on them."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cmn_core.errors import one_line
from cmn_core.runs.store.queue import fair
from cmn_core.runs.store.record import pack
from cmn_core.runs.store.schema import opened
from cmn_core.studies.background.choices import ALWAYS, NEEDS_IMAGES
from cmn_core.studies.background.own_studies import ACTIVE, IMAGES, count_studies, folder_of
from cmn_core.studies.result import Result
from cmn_core.studies.study import Asked

MOST_TRIES = 3  # one whose process is killed again and again, without a step done, is given up


@dataclass(frozen=True)
class Taken:
    """What the process needs of a study. folder: of its own, for steps that are done; seconds:
    worked on it before; limit_s: of work in all, None is any time."""

    study_id: str
    name: str
    asked: Asked
    folder: Path
    seconds: float
    limit_s: float | None


class StudyQueue:
    """The studies of a run store, for whoever holds their lock. Raises StoreError as the store."""

    def __init__(self, path: Path) -> None:
        self.path, self.home = path, path.parent

    def take(self) -> Taken | None:
        """The next one: visitors in turn, each one's studies in order."""
        with opened(self.path, write=True) as db:
            _settle_lost(db)
            rows = db.execute(
                "SELECT study_id, owner FROM studies WHERE state = 'waiting' ORDER BY seq"
            ).fetchall()
            if not rows:
                return None
            served = db.execute("SELECT owner, MAX(served) AS last FROM studies GROUP BY owner")
            last = {row["owner"]: row["last"] for row in served}
            [first, *_] = fair([(row["study_id"], row["owner"]) for row in rows], last)
            db.execute(
                "UPDATE studies SET state = 'running', tries = tries + 1,"
                " served = (SELECT 1 + MAX(served) FROM studies) WHERE study_id = ?",
                (first,),
            )
            row = db.execute("SELECT * FROM studies WHERE study_id = ?", (first,)).fetchone()
        return _taken(row, folder_of(self.home, first))

    def over(self, study_id: str) -> bool:
        """Whether its owner wants its end, or has forgotten it."""
        with opened(self.path) as db:
            return count_studies(db, "study_id = ? AND cancelled = 0", study_id) == 0

    def note(self, study_id: str, *, done: int, total: int, seconds: float) -> None:
        """How far it is; after a step that is done it may be stopped as often again."""
        with opened(self.path, write=True) as db:
            db.execute(
                "UPDATE studies SET tries = CASE WHEN ?1 > done THEN 1 ELSE tries END, done = ?1,"
                " total = ?2, seconds = ?3, updated = ?4 WHERE study_id = ?5",
                (done, total, seconds, time.time(), study_id),
            )

    def give_way(self, study_id: str) -> bool:
        """Back to those that wait, where another visitor's waits; whether it went there."""
        others = "state = 'waiting' AND owner != (SELECT owner FROM studies WHERE study_id = ?)"
        with opened(self.path, write=True) as db:
            if count_studies(db, others, study_id) == 0:
                return False
            db.execute(
                "UPDATE studies SET state = 'waiting', tries = 0 WHERE study_id = ?", (study_id,)
            )
            return True

    def settle(
        self,
        study_id: str,
        state: Literal["done", "cancelled", "failed"],
        *,
        result: Result | None = None,
        error: str | None = None,
    ) -> None:
        """It ends, with this result or for this reason; its folder goes."""
        blob = None if result is None else pack(result.to_json())
        words = None if error is None else one_line(error, 400)
        with opened(self.path, write=True) as db:
            db.execute(
                "UPDATE studies SET state = ?, result = ?, error = ?, updated = ?"
                " WHERE study_id = ? AND state = 'running'",
                (state, blob, words, time.time(), study_id),
            )
        shutil.rmtree(folder_of(self.home, study_id), ignore_errors=True)

    def sweep(self) -> None:
        """Remove the folders of studies that nobody works on any more."""
        with opened(self.path) as db:
            found = db.execute(f"SELECT study_id FROM studies WHERE {ACTIVE}").fetchall()
        active = {row["study_id"] for row in found}
        place = folder_of(self.home, "any").parent
        for folder in place.iterdir() if place.is_dir() else ():
            young = time.time() - folder.stat().st_mtime < 60.0  # its row may be on its way
            if folder.name not in active and not young:
                shutil.rmtree(folder, ignore_errors=True)


def _settle_lost(db: sqlite3.Connection) -> None:
    """Nobody else is at work: what is stored as running was left by a process that ended."""
    db.execute(f"UPDATE studies SET state = 'cancelled' WHERE cancelled = 1 AND {ACTIVE}")
    db.execute(
        "UPDATE studies SET state = 'failed', error = ? WHERE state = 'running' AND tries >= ?",
        (f"its process was stopped {MOST_TRIES} times", MOST_TRIES),
    )
    db.execute("UPDATE studies SET state = 'waiting' WHERE state = 'running'")


def _taken(row: sqlite3.Row, folder: Path) -> Taken:
    """With the images that were handed in, or in the quick form, which draws its own."""
    images = [folder / IMAGES / name for name in NEEDS_IMAGES.get(row["name"], ())]
    given = bool(images) and all(path.is_file() for path in images)
    data = None if not given else images[0] if len(images) == 1 else folder / IMAGES
    chosen = {**json.loads(row["chosen"]), **ALWAYS.get(row["name"], {})}
    asked = Asked(quick=data is None, seed=row["seed"], data=data, chosen=chosen)
    return Taken(row["study_id"], row["name"], asked, folder, row["seconds"], row["limit_s"])
