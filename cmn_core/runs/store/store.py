"""The run store: what was asked for, how far it got, what came out; read and steered by anyone.

A run is written by whoever holds its `Claim`. Everybody else only reads and sets the wish.
States kept: queued, running, paused, cancelled, done, failed.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cmn_core.errors import FieldError, one_line
from cmn_core.runs.database import in_a_sentence
from cmn_core.runs.lock import Claim, FileLock
from cmn_core.runs.store import queries, queue
from cmn_core.runs.store.keys import Visitor
from cmn_core.runs.store.reading import RunReader, Wish
from cmn_core.runs.store.record import RunRow, pack
from cmn_core.runs.store.schema import opened

if TYPE_CHECKING:
    from cmn_core.models.assigning.steps import ChipStep
    from cmn_core.search.generation import Generation

    Step = Generation | ChipStep

# What a wish makes of a run that nobody is working on; states not named stay as they are.
_AFTER: dict[Wish, dict[str, str]] = {
    "run": dict.fromkeys(("paused", "interrupted", "cancelled", "failed"), "queued"),
    "pause": dict.fromkeys(("queued", "interrupted"), "paused"),
    "cancel": dict.fromkeys(("queued", "paused", "interrupted"), "cancelled"),
}


class Store(RunReader):
    """The runs in one SQLite file (default: the one of CMN_HOME); locks and logs lie beside it.

    Methods raise StoreError, one sentence, when the store is locked, damaged, full, read-only or
    newer, and FieldError for an unknown run.
    """

    def create(
        self,
        scenario: Mapping[str, Any],
        *,
        batch: str | None = None,
        label: str | None = None,
        visitor: Visitor | None = None,
        networks: Sequence[Mapping[str, Any]] = (),
    ) -> str:
        """Queue a search, given as `Scenario.to_json()`; its id. batch: searches shown together;
        visitor: who asks, and steers it then; networks: model files whose chip is searched, where
        the search is given as `models.assigning.steps.settings`."""
        return self.create_all(
            [scenario], batch=batch, label=label, visitor=visitor, networks=networks
        )[0]

    def create_all(
        self,
        scenarios: Sequence[Mapping[str, Any]],
        *,
        batch: str | None = None,
        label: str | None = None,
        visitor: Visitor | None = None,
        networks: Sequence[Mapping[str, Any]] = (),
    ) -> list[str]:
        """Queue these searches, or none of them: FieldError when the visitor may not have as many
        at a time, or so long ones. Their ids in order."""
        if visitor is not None:
            with opened(self.path) as db:  # whoever is refused keeps nobody from writing
                queue.check(db, self.home, visitor, scenarios, networks)
        with opened(self.path, write=True) as db:
            if visitor is not None:
                queue.check(db, self.home, visitor, scenarios, networks)
            return [
                queries.insert(
                    db,
                    scenario,
                    state="queued",
                    batch=batch,
                    label=label,
                    visitor=visitor,
                    networks=networks,
                )
                for scenario in scenarios
            ]

    def begin(
        self,
        scenario: Mapping[str, Any],
        *,
        label: str | None = None,
        networks: Sequence[Mapping[str, Any]] = (),
    ) -> Claim:
        """Register a search that this process itself works on from its start."""
        with opened(self.path, write=True) as db:
            run_id = queries.insert(
                db, scenario, state="running", batch=None, label=label, networks=networks
            )
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
            result = self.outcome(row)
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

    def append(self, run_id: str, generation: Step, *, seconds: float) -> None:
        """Keep a generation, whole or not at all; seconds: time worked since the one before."""
        payload = generation.to_json()
        parts = {name: pack(payload.pop(name)) for name in ("state", "history")}
        parts["payload"] = pack(payload)
        with opened(self.path, write=True) as db:
            queries.append(db, run_id, generation.index, parts, seconds)

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


def _candidates(db: sqlite3.Connection, run_id: str | None) -> list[str]:
    if run_id is None:
        return queue.waiting(db)
    return [] if queries.stored(db, run_id)["state"] == "done" else [run_id]
