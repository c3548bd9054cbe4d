"""What the run store says of its runs: rows, generations, results; nothing is written here."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from cmn_core.runs.home import home_dir, run_lock, store_path
from cmn_core.runs.lock import is_held
from cmn_core.runs.store import queries, queue
from cmn_core.runs.store.record import CHIP, RunRow, chip_outcome, outcome, unpack
from cmn_core.runs.store.schema import opened

if TYPE_CHECKING:
    from cmn_core.models.assigning.steps import ChipStep
    from cmn_core.search.generation import Generation, HistoryRow

Kept = TypeVar("Kept")
Wish = Literal["run", "pause", "cancel"]


class RunReader:
    """The runs in one SQLite file (default: the one of CMN_HOME), to look at. A run of a chip has
    steps instead of generations (`chip_step`).

    Methods raise StoreError and FieldError as those of `Store`, which is one that writes too.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = store_path(home_dir()) if path is None else Path(path).absolute()
        self.home = self.path.parent

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
        self,
        *,
        batch: str | None = None,
        owner: str | None = None,
        kind: str | None = None,
        limit: int | None = None,
    ) -> list[RunRow]:
        """Newest first; only those of one batch, owner or kind (record.py), if named."""
        with opened(self.path) as db:
            found = db.execute(
                f"SELECT {queries.COLUMNS} FROM runs WHERE (?1 IS NULL OR batch = ?1)"
                " AND (?2 IS NULL OR owner = ?2) AND (?4 IS NULL OR kind = ?4)"
                " ORDER BY seq DESC LIMIT ?3",
                (batch, owner, -1 if limit is None else limit, kind),
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

    def outcome(self, row: RunRow) -> dict[str, Any] | None:
        """What the run has found so far as the document that it ends with; None before its first
        generation."""
        if row.kind == CHIP:
            return chip_outcome(row, self.chip_step(row.run_id))
        return outcome(row, self.history(row.run_id), self.latest(row.run_id))

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
            return self._whole(db, run_id, queries.generation)

    def chip_step(self, run_id: str, *, whole: bool = False) -> ChipStep | None:
        """The newest step of a run of a chip; whole: with everything that resuming needs."""
        with opened(self.path) as db:
            if whole:
                return self._whole(db, run_id, queries.chip_step)
            return queries.chip_step(db, run_id, "ORDER BY number DESC LIMIT 1")

    def networks(self, run_id: str) -> list[dict[str, Any]]:
        """Model files whose chip the run searches; none of any other run."""
        with opened(self.path) as db:
            return queries.networks_of(db, run_id)

    def history(self, run_id: str) -> list[HistoryRow]:
        """History rows of all generations, oldest first."""
        from cmn_core.search.generation import HistoryRow  # late: most readers only list runs

        return [HistoryRow.from_json(row) for row in self.history_rows(run_id)]

    def history_rows(self, run_id: str) -> list[dict[str, Any]]:
        """The same as JSON; of a chip a row per step."""
        with opened(self.path) as db:
            found = db.execute(
                "SELECT history FROM generations WHERE run_id = ? ORDER BY number", (run_id,)
            ).fetchall()
        return [unpack(row["history"]) for row in found]

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

    def _whole(self, db: sqlite3.Connection, run_id: str, read: Callable[..., Kept]) -> Kept | None:
        db.execute("BEGIN")  # both rows as they were at one moment
        row = db.execute(
            "SELECT number, state FROM checkpoints WHERE run_id = ?", (run_id,)
        ).fetchone()
        if row is None:
            return None
        return read(db, run_id, "AND number = ?", row["number"], state=row["state"])

    def _row(self, row: sqlite3.Row) -> RunRow:
        state = row["state"]
        if state == "running" and not is_held(self._lock_path(row["run_id"])):
            state = "interrupted"
        return RunRow.from_sql(row, state=state)

    def _lock_path(self, run_id: str) -> Path:
        return run_lock(self.home, run_id)
