"""Statements that several methods of the store share; each works inside its caller's connection."""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cmn_core.errors import FieldError, one_line
from cmn_core.runs.store.clock import tick
from cmn_core.runs.store.keys import Visitor, digest
from cmn_core.runs.store.queue import address_mark
from cmn_core.runs.store.record import text_of, unpack

if TYPE_CHECKING:
    from cmn_core.search.generation import Generation

COLUMNS = (
    "run_id, scenario, state, wish, batch, label, generation, generations, seconds, created,"
    " updated, error, owner, key_digest, class_code, address"
)


def insert(
    db: sqlite3.Connection,
    scenario: Mapping[str, Any],
    *,
    state: str,
    batch: str | None,
    label: str | None,
    visitor: Visitor | None = None,
) -> str:
    """A new run; the id is 128 random bits, because whoever knows it may view the run."""
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
        " owner, key_digest, class_code, address) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(run_id, text_of(scenario), state, batch, label, scenario["generations"], now, now),
            *(owner, key_digest, class_code, address),
        ),
    )
    return run_id


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
    row = db.execute(
        f"SELECT payload, history FROM generations WHERE run_id = ? {which}", (run_id, *values)
    ).fetchone()
    if row is None:
        return None
    from cmn_core.search.generation import Generation  # late: most readers only list runs

    payload = unpack(row["payload"])
    return Generation.from_json(
        {
            **payload,
            "history": unpack(row["history"]),
            "state": {} if state is None else unpack(state),
        }
    )
