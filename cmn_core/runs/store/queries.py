"""Statements that several methods of the store share; each works inside its caller's connection."""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cmn_core.errors import FieldError, one_line
from cmn_core.runs.store.clock import tick
from cmn_core.runs.store.keys import Visitor, digest
from cmn_core.runs.store.queue import address_mark
from cmn_core.runs.store.record import CHIP, CODESIGN, pack, text_of, unpack

if TYPE_CHECKING:
    from cmn_core.models.assigning.steps import ChipStep
    from cmn_core.search.generation import Generation

COLUMNS = (
    "run_id, scenario, state, wish, batch, label, generation, generations, seconds, created,"
    " updated, error, owner, key_digest, class_code, address, kind"
)


def insert(
    db: sqlite3.Connection,
    scenario: Mapping[str, Any],
    *,
    state: str,
    batch: str | None,
    label: str | None,
    visitor: Visitor | None = None,
    networks: Sequence[Mapping[str, Any]] = (),
) -> str:
    """A new run; the id is 128 random bits, because whoever knows it may view the run.

    networks: model files, of a run that searches their chip
    """
    run_id = secrets.token_urlsafe(16)
    while not run_id[0].isalnum():  # a leading dash would read as an option on a command line
        run_id = secrets.token_urlsafe(16)
    now = time.time()
    owner = None if visitor is None else visitor.owner
    key_digest = None if visitor is None else digest(visitor.key(run_id))
    class_code = None if visitor is None else visitor.class_code
    address = None if visitor is None else address_mark(db, visitor.address)
    tick(db)
    db.execute(
        "INSERT INTO runs (run_id, scenario, state, batch, label, generations, created, updated,"
        " owner, key_digest, class_code, address, kind)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(run_id, text_of(scenario), state, batch, label, scenario["generations"], now, now),
            *(owner, key_digest, class_code, address, CHIP if networks else CODESIGN),
        ),
    )
    if networks:
        content = pack(list(networks))
        db.execute("INSERT INTO networks VALUES (?, ?)", (run_id, content))
    return run_id


def networks_of(db: sqlite3.Connection, run_id: str) -> list[dict[str, Any]]:
    """Model files of a run of a chip; none of any other."""
    row = db.execute("SELECT content FROM networks WHERE run_id = ?", (run_id,)).fetchone()
    found: list[dict[str, Any]] = [] if row is None else unpack(row["content"])
    return found


def append(
    db: sqlite3.Connection, run_id: str, number: int, parts: Mapping[str, bytes], seconds: float
) -> None:
    """Keep a step of a run; parts: packed history, payload and state."""
    now = time.time()
    tick(db)
    db.execute(
        "INSERT OR REPLACE INTO generations VALUES (?, ?, ?, ?, ?)",
        (run_id, number, parts["history"], parts["payload"], now),
    )
    db.execute(
        "INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?)", (run_id, number, parts["state"])
    )
    db.execute(
        "UPDATE runs SET seconds = seconds + ?2, updated = ?3, error = NULL, generation ="
        " (SELECT COUNT(*) FROM generations WHERE run_id = ?1) WHERE run_id = ?1",
        (run_id, seconds, now),
    )


def stored(db: sqlite3.Connection, run_id: str) -> sqlite3.Row:
    """The row of that run; FieldError when there is none."""
    row: sqlite3.Row | None = db.execute(
        f"SELECT {COLUMNS} FROM runs WHERE run_id = ?", (run_id,)
    ).fetchone()
    if row is None:
        raise FieldError(
            "run_id",
            f"there is no run '{one_line(run_id, 40)}'",
            "`runs list` names those there are",
        )
    return row


def generation(
    db: sqlite3.Connection, run_id: str, which: str, *values: int, state: bytes | None = None
) -> Generation | None:
    """The generation that the end of the statement picks; state: its packed state, if wanted."""
    from cmn_core.search.generation import Generation  # late: most readers only list runs

    found = _step(db, run_id, which, *values, state=state)
    return None if found is None else Generation.from_json(found)


def chip_step(
    db: sqlite3.Connection, run_id: str, which: str, *values: int, state: bytes | None = None
) -> ChipStep | None:
    """The same of a run of a chip."""
    from cmn_core.models.assigning.steps import ChipStep

    found = _step(db, run_id, which, *values, state=state)
    return None if found is None else ChipStep.from_json(found)


def _step(
    db: sqlite3.Connection, run_id: str, which: str, *values: int, state: bytes | None
) -> dict[str, Any] | None:
    row = db.execute(
        f"SELECT payload, history FROM generations WHERE run_id = ? {which}", (run_id, *values)
    ).fetchone()
    if row is None:
        return None
    rest = {"history": unpack(row["history"]), "state": {} if state is None else unpack(state)}
    return {**unpack(row["payload"]), **rest}
