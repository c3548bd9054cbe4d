"""The run store: what was asked for, how far it got, what came out; read and steered by anyone.

A run is written by whoever holds its `Claim`. Everybody else only reads and sets the wish.
States kept: queued, running, paused, cancelled, done, failed.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cmn_core.errors import FieldError, one_line
from cmn_core.runs.home import home_dir, run_lock, store_path
from cmn_core.runs.lock import Claim, FileLock, is_held
from cmn_core.runs.store import queries, queue
from cmn_core.runs.store.clock import tick
from cmn_core.runs.store.keys import Visitor
from cmn_core.runs.store.record import RunRow, outcome, pack, unpack
from cmn_core.runs.store.schema import in_a_sentence, opened

if TYPE_CHECKING:
    from cmn_core.search.generation import Generation, HistoryRow

Wish = Literal["run", "pause", "cancel"]

# What a wish makes of a run that nobody is working on; states not named stay as they are.
_AFTER: dict[Wish, dict[str, str]] = {
    "run": dict.fromkeys(("paused", "interrupted", "cancelled", "failed"), "queued"),
    "pause": dict.fromkeys(("queued", "interrupted"), "paused"),
    "cancel": dict.fromkeys(("queued", "paused", "interrupted"), "cancelled"),
}


class Store:
    """The runs in one SQLite file (default: the one of CMN_HOME); locks and logs lie beside it.

    Methods raise StoreError, one sentence, when the store is locked, damaged, full, read-only or
    newer, and FieldError for an unknown run.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = store_path(home_dir()) if path is None else Path(path).absolute()
        self.home = self.path.parent

    def create(
        self,
        scenario: Mapping[str, Any],
        *,
        batch: str | None = None,
        label: str | None = None,
        visitor: Visitor | None = None,
    ) -> str:
        """Queue a search, given as `Scenario.to_json()`; its id. batch: searches shown together;
        visitor: who asks, and steers it then."""
        return self.create_all([scenario], batch=batch, label=label, visitor=visitor)[0]

    def create_all(
        self,
        scenarios: Sequence[Mapping[str, Any]],
        *,
        batch: str | None = None,
        label: str | None = None,
        visitor: Visitor | None = None,
    ) -> list[str]:
        """Queue these searches, or none of them: FieldError when the visitor may not have as many
        at a time, or so long ones. Their ids in order."""
        if visitor is not None:
            with opened(self.path) as db:  # whoever is refused keeps nobody from writing
                queue.check(db, self.home, visitor, scenarios)
        with opened(self.path, write=True) as db:
            if visitor is not None:
                queue.check(db, self.home, visitor, scenarios)
            return [
                queries.insert(
                    db, scenario, state="queued", batch=batch, label=label, visitor=visitor
                )
                for scenario in scenarios
            ]

    def begin(self, scenario: Mapping[str, Any], *, label: str | None = None) -> Claim:
        """Register a search that this process itself works on from its start."""
        with opened(self.path, write=True) as db:
            run_id = queries.insert(db, scenario, state="running", batch=None, label=label)
            lock = FileLock.take(self._lock_path(run_id))
            assert lock is not None, "nobody else knows this run yet"
            return Claim(run_id, lock)

    def claim(self, run_id: str | None = None) -> Claim | None:
        """The queued run whose turn it is (queue.py); or the named run, whatever its state. None
        when there is none to have: nothing waits, or the named run is done or being worked on."""
        lock: FileLock | None = None
        try:
            with opened(self.path, write=True) as db:
                for name in _candidates(db, run_id):
                    lock = FileLock.take(self._lock_path(name))
                    if lock is not None:
                        db.execute(
                            "UPDATE runs SET state = 'running', wish = 'run', error = NULL,"
                            " result = NULL, pid = ?, updated = ?,"
                            " served = (SELECT 1 + MAX(served) FROM runs) WHERE run_id = ?",
                            (os.getpid(), time.time(), name),
                        )
                        return Claim(name, lock)
        except BaseException:
            if lock is not None:
                lock.release()
            raise
        return None

    def queued(self) -> int:
        """How many runs wait for a worker."""
        with opened(self.path) as db:
            query = "SELECT COUNT(*) FROM runs WHERE state = 'queued'"
            return int(db.execute(query).fetchone()[0])

    def waiting(self) -> list[str]:
        """Ids of the queued runs, next one first."""
        with opened(self.path) as db:
            return queue.waiting(db)

    def list_runs(
        self, *, batch: str | None = None, owner: str | None = None, limit: int | None = None
    ) -> list[RunRow]:
        """Newest first; only those of one batch or owner, if named."""
        with opened(self.path) as db:
            found = db.execute(
                f"SELECT {queries.COLUMNS} FROM runs WHERE (?1 IS NULL OR batch = ?1)"
                " AND (?2 IS NULL OR owner = ?2) ORDER BY seq DESC LIMIT ?3",
                (batch, owner, -1 if limit is None else limit),
            ).fetchall()
        return [self._row(row) for row in found]

    def get(self, run_id: str) -> RunRow:
        with opened(self.path) as db:
            return self._row(queries.stored(db, run_id))

    def wish(self, run_id: str) -> Wish:
        """What was last asked of a run at work."""
        with opened(self.path) as db:
            wish: Wish = queries.stored(db, run_id)["wish"]
            return wish

    def request(self, run_id: str, wish: Wish) -> RunRow:
        """Ask for a pause, for an end (the best so far is kept) or for work ("run": queued again
        from its last generation, unless it is done). A run at work obeys after the generation in
        flight, any other at once. Asking twice, or for what is so already, changes nothing."""
        self.get(run_id)  # an unknown run must not bring an empty store into being
        with opened(self.path, write=True) as db:
            row = self._row(queries.stored(db, run_id))
            after = _AFTER[wish].get(row.state, row.state)
            if row.state == "running":
                db.execute("UPDATE runs SET wish = ? WHERE run_id = ?", (wish, run_id))
            elif after != row.state:
                self._settle(db, run_id, after)
        if after == "cancelled" != row.state and row.generation:
            result = outcome(row, self.history(run_id), self.latest(run_id))
            with opened(self.path, write=True) as db:
                db.execute(
                    "UPDATE runs SET result = ? WHERE run_id = ? AND state = 'cancelled'",
                    (pack(result), run_id),
                )
        return self.get(run_id)

    def pause(self, run_id: str) -> RunRow:
        """Lay the run down: one that waits at once, one at work after the generation in flight,
        which frees its worker. A run that has ended stays as it is."""
        return self.request(run_id, "pause")

    def resume(self, run_id: str) -> RunRow:
        """Queue the run again from its last generation; takes a pause back that is not yet in
        force. A run that is done stays as it is. `launch.top_up` sees to a worker."""
        return self.request(run_id, "run")

    def delete(self, run_id: str) -> None:
        """Remove the run and all it found; FieldError while somebody works on it."""
        self.get(run_id)
        with in_a_sentence(self.path):  # where no lock can be made, nothing can be deleted either
            lock = FileLock.take(self._lock_path(run_id))
            if lock is None:
                raise FieldError("run_id", f"run {run_id} is being worked on", "cancel it first")
            try:
                with opened(self.path, write=True) as db:
                    db.execute("DELETE FROM runs WHERE run_id = ?", (run_id,))
            finally:
                lock.release(remove=True)

    def append(self, run_id: str, generation: Generation, *, seconds: float) -> None:
        """Keep a generation, whole or not at all; seconds: time worked since the one before."""
        payload = generation.to_json()
        state, history = pack(payload.pop("state")), pack(payload.pop("history"))
        packed, number, now = pack(payload), generation.index, time.time()
        with opened(self.path, write=True) as db:
            tick(db)
            db.execute(
                "INSERT OR REPLACE INTO generations VALUES (?, ?, ?, ?, ?)",
                (run_id, number, history, packed, now),
            )
            db.execute(
                "INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?)", (run_id, number, state)
            )
            db.execute(
                "UPDATE runs SET seconds = seconds + ?2, updated = ?3, error = NULL, generation ="
                " (SELECT COUNT(*) FROM generations WHERE run_id = ?1) WHERE run_id = ?1",
                (run_id, seconds, now),
            )

    def note(self, run_id: str, sentence: str) -> None:
        """Why the work on a run does not go on at the moment; until its next generation."""
        with opened(self.path, write=True) as db:
            db.execute(
                "UPDATE runs SET error = ? WHERE run_id = ? AND state = 'running'",
                (one_line(sentence, 400), run_id),
            )

    def finish(self, run_id: str, result: Mapping[str, Any] | None, *, state: str = "done") -> None:
        """The run ends, done or cancelled, with this cmn.run/1."""
        blob = None if result is None else pack(result)
        with opened(self.path, write=True) as db:
            self._settle(db, run_id, state, result=blob)

    def fail(self, run_id: str, sentence: str) -> None:
        """The run ends without a result, for this reason; its generations stay."""
        with opened(self.path, write=True) as db:
            self._settle(db, run_id, "failed", error=one_line(sentence, 400))

    def lay_down(self, run_id: str) -> None:
        """Whoever works on the run pauses it."""
        with opened(self.path, write=True) as db:
            self._settle(db, run_id, "paused")

    def give_way(self, run_id: str) -> bool:
        """Back into the queue, where another visitor's search waits; whether it went there."""
        with opened(self.path) as db:
            if not queue.gives_way(db, run_id):  # most often nobody waits, and nothing is written
                return False
        with opened(self.path, write=True) as db:
            gone = queue.gives_way(db, run_id)
            if gone:
                self._settle(db, run_id, "queued")
            return gone

    def latest(self, run_id: str) -> Generation | None:
        """The newest generation, to look at: without its state for resuming."""
        with opened(self.path) as db:
            return queries.generation(db, run_id, "ORDER BY number DESC LIMIT 1")

    def generation(self, run_id: str, index: int) -> Generation | None:
        """The generation of that index, to look at: without its state for resuming."""
        with opened(self.path) as db:
            return queries.generation(db, run_id, "AND number = ?", index)

    def checkpoint(self, run_id: str) -> Generation | None:
        """The newest generation with everything that resuming needs."""
        with opened(self.path) as db:
            db.execute("BEGIN")  # both rows as they were at one moment
            row = db.execute(
                "SELECT number, state FROM checkpoints WHERE run_id = ?", (run_id,)
            ).fetchone()
            if row is None:
                return None
            which, state = "AND number = ?", row["state"]
            return queries.generation(db, run_id, which, row["number"], state=state)

    def history(self, run_id: str) -> list[HistoryRow]:
        """History rows of all generations, oldest first."""
        from cmn_core.search.generation import HistoryRow  # late: most readers only list runs

        with opened(self.path) as db:
            found = db.execute(
                "SELECT history FROM generations WHERE run_id = ? ORDER BY number", (run_id,)
            ).fetchall()
        return [HistoryRow.from_json(unpack(row["history"])) for row in found]

    def result(self, run_id: str) -> dict[str, Any] | None:
        """The cmn.run/1 of a run that is done or cancelled; None for any other."""
        with opened(self.path) as db:
            queries.stored(db, run_id)
            found = db.execute(
                "SELECT result FROM runs WHERE run_id = ? AND state IN ('done', 'cancelled')"
                " AND result IS NOT NULL",
                (run_id,),
            ).fetchone()
        out: dict[str, Any] | None = None if found is None else unpack(found["result"])
        return out

    def _settle(
        self,
        db: sqlite3.Connection,
        run_id: str,
        state: str,
        *,
        error: str | None = None,
        result: bytes | None = None,
    ) -> None:
        """Into a state in which nobody works on the run."""
        db.execute(
            "UPDATE runs SET state = ?, wish = 'run', error = ?, result = ?, pid = NULL,"
            " updated = ? WHERE run_id = ?",
            (state, error, result, time.time(), run_id),
        )

    def _row(self, row: sqlite3.Row) -> RunRow:
        state = row["state"]
        if state == "running" and not is_held(self._lock_path(row["run_id"])):
            state = "interrupted"
        return RunRow.from_sql(row, state=state)

    def _lock_path(self, run_id: str) -> Path:
        return run_lock(self.home, run_id)


def _candidates(db: sqlite3.Connection, run_id: str | None) -> list[str]:
    if run_id is None:
        return queue.waiting(db)
    return [] if queries.stored(db, run_id)["state"] == "done" else [run_id]
