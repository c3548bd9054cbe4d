"""One row of the run store as others see it, and the texts in which it is kept."""

from __future__ import annotations

import json
import re
import sqlite3
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cmn_core.errors import FieldError, LostWorkersError, not_installed, one_line
from cmn_core.runs.home import StoreError, told

if TYPE_CHECKING:
    from cmn_core.models.assigning.steps import ChipStep
    from cmn_core.search.generation import Generation, HistoryRow

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

STATES = ("queued", "running", "paused", "interrupted", "cancelled", "done", "failed")
FINAL = ("done", "cancelled", "failed")
DAMAGED = "store: what was kept of this run is damaged; restore a backup, or delete the run"
RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{21}")
# A run searches a network together with its chip, or a chip for networks that are given.
CODESIGN, CHIP = "codesign", "chip"
SHORT = 12  # characters of an owner that tell them apart
RESUMABLE = ("paused", "interrupted", "cancelled", "failed")


@dataclass(frozen=True)
class RunRow:
    """One run. `state` is what is true now: a stored "running" without a living worker reads
    "interrupted". created, updated: seconds since 1970; `seconds`: time worked on it so far;
    `generation` counts those stored, of a chip its steps; owner, key_digest, class_code, address:
    see keys.py."""

    run_id: str
    state: str
    scenario: dict[str, Any]
    generation: int
    generations: int
    created: float
    updated: float
    seconds: float
    wish: str
    batch: str | None
    label: str | None
    error: str | None
    owner: str | None = None
    key_digest: str | None = None
    class_code: str | None = None
    address: str | None = None
    kind: str = CODESIGN

    @classmethod
    def from_sql(cls, row: sqlite3.Row, *, state: str) -> RunRow:
        """row: the columns named in `rows.COLUMNS`; state: as it is now, see above."""
        return cls(
            run_id=row["run_id"],
            state=state,
            scenario=settings(row["scenario"]),
            generation=row["generation"],
            generations=row["generations"],
            created=row["created"],
            updated=row["updated"],
            seconds=row["seconds"],
            wish=row["wish"],
            batch=row["batch"],
            label=row["label"],
            error=row["error"],
            owner=row["owner"],
            key_digest=row["key_digest"],
            class_code=row["class_code"],
            address=row["address"],
            kind=row["kind"],
        )

    @property
    def goal(self) -> str:
        """latency, energy or performance; of a chip what is to be least."""
        return str(self.scenario["scenario"])

    @property
    def memory(self) -> str:
        return str(self.scenario["memory"])

    @property
    def seed(self) -> int:
        return int(self.scenario["seed"])

    @property
    def finished(self) -> bool:
        """Whether nothing more happens to it unless somebody asks."""
        return self.state in FINAL

    @property
    def resumable(self) -> bool:
        return self.state in RESUMABLE

    def to_json(self) -> dict[str, Any]:
        """The entry of `runs list` in interface.md; dates are ISO 8601 in UTC."""
        return {
            "run_id": self.run_id,
            "state": self.state,
            "scenario": self.goal,
            "memory": self.memory,
            "seed": self.seed,
            "generation": self.generation,
            "generations": self.generations,
            "created": utc(self.created),
            "updated": utc(self.updated),
            "seconds": self.seconds,
            "batch": self.batch,
            "label": self.label,
            "error": self.error,
            "owner": None if self.owner is None else self.owner[:SHORT],
            "address": self.address,
            "kind": self.kind,
        }


def of_codesign(row: RunRow) -> RunRow:
    """The run, if it has generations of networks; FieldError for one of a chip."""
    if row.kind != CODESIGN:
        found = f"run {row.run_id} searches hardware for a given network"
        raise FieldError("run_id", found, "a search for a network is expected")
    return row


def utc(seconds: float) -> str:
    """Seconds since 1970 -> 2026-01-31T12:00:00.000000+00:00."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")


def text_of(value: object) -> str:
    """Compact JSON; ValueError for NaN and infinity, which do not come back everywhere."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def settings(text: str) -> dict[str, Any]:
    """The scenario of a row; StoreError when the disk gave back something else."""
    try:
        found = json.loads(text)
    except (ValueError, TypeError) as error:
        raise StoreError(DAMAGED) from error
    if not isinstance(found, dict):
        raise StoreError(DAMAGED)
    return found


def pack(value: object) -> bytes:
    """JSON value -> deflated text."""
    return zlib.compress(text_of(value).encode(), level=6)


def unpack(blob: bytes) -> Any:
    """What was packed; StoreError when the disk gave back something else."""
    try:
        return json.loads(zlib.decompress(blob))
    except (zlib.error, ValueError, TypeError) as error:
        raise StoreError(DAMAGED) from error


def sentence(error: Exception) -> str:
    """An exception as one sentence for the run's page; the traceback is for the log."""
    if isinstance(error, FieldError | StoreError | LostWorkersError):
        return told(error)
    if isinstance(error, MemoryError):
        return "the search needed more memory than it may have here; make the population smaller"
    missing = not_installed(error) if isinstance(error, ImportError) else None
    if missing is not None:
        return missing
    text = one_line(error, 240)
    return f"the search stopped unexpectedly ({type(error).__name__}{': ' + text if text else ''})"


def outcome(
    run: RunRow, history: Sequence[HistoryRow], last: Generation | None
) -> dict[str, Any] | None:
    """None before the first generation."""
    if last is None:
        return None
    # Late, because the search brings numpy and its optimisers and most readers need neither.
    from cmn_core.search.codesign import result
    from cmn_core.search.scenario import Scenario

    scenario = Scenario.from_json(run.scenario)
    return result(run.run_id, scenario, last.limits, history, last, run.seconds)


def chip_outcome(run: RunRow, last: ChipStep | None) -> dict[str, Any] | None:
    """The cmn.chip/1 of a run; None before the first step."""
    if last is None:
        return None
    known = {"run_id": run.run_id, "settings": run.scenario, "seconds": run.seconds}
    return {**last.answer, **known}


WINDOW = 10


@dataclass(frozen=True)
class Pace:
    """None where nothing can be said yet.

    evaluations_per_s: designs priced per second of search; elapsed_s: search time so far;
    left_s: median time of the last ten generations times what is left; the first one counts while
    it is alone
    """

    evaluations_per_s: float | None
    elapsed_s: float
    left_s: float | None


def pace(history: Sequence[HistoryRow], generations: int) -> Pace:
    if not history:
        return Pace(None, 0.0, None)
    last = history[-1]
    elapsed = last.seconds
    rate = last.evaluations / elapsed if elapsed > 0 else None
    clock = [row.seconds for row in history]
    # The first generation takes longer than others, and is all there is to go by at first.
    steps = [late - early for early, late in pairwise(clock)][-WINDOW:] or clock
    left = max(0, generations - len(history)) * median(steps)
    return Pace(rate, elapsed, left)
