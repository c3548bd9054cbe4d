"""Whose turn it is: visitors are served in turn, each one's searches in the order they came."""

from __future__ import annotations

import os
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from cmn_core.errors import FieldError
from cmn_core.runs.home import run_lock
from cmn_core.runs.lock import is_held

MAX_ACTIVE = 12  # queued and running searches of one visitor; Table B1 and Figure C1 are nine
MAX_QUEUED = 200  # of all visitors together


def fair(waiting: Iterable[tuple[str, str]], served: dict[str, int]) -> list[str]:
    """Run ids in the order in which one worker would take them.

    waiting: (run id, owner) by age; served: when an owner's last search was taken up, any rising
    count. The owner who has waited longest is next; who was never served comes first.
    """
    lines: dict[str, list[str]] = defaultdict(list)
    for run_id, owner in waiting:
        lines[owner].append(run_id)
    turn = sorted(lines, key=lambda owner: served.get(owner, 0))  # stable: the older run first
    out: list[str] = []
    for place in range(max(map(len, lines.values()), default=0)):
        out += [lines[owner][place] for owner in turn if place < len(lines[owner])]
    return out


def waiting(db: sqlite3.Connection) -> list[str]:
    """The queued runs of the store in the order in which they are taken."""
    queued = db.execute(
        "SELECT run_id, COALESCE(owner, '') AS owner FROM runs WHERE state = 'queued' ORDER BY seq"
    ).fetchall()
    if not queued:
        return []
    # A count, not a time: a clock that is set back must not let anybody wait for ever.
    served = db.execute(
        "SELECT COALESCE(owner, '') AS owner, MAX(served) AS last FROM runs"
        " WHERE served > 0 GROUP BY 1"
    ).fetchall()
    return fair(
        [(row["run_id"], row["owner"]) for row in queued],
        {row["owner"]: row["last"] for row in served},
    )


def limit() -> int:
    """How many searches of one visitor may wait or run; CMN_MAX_RUNS sets another number."""
    named = os.environ.get("CMN_MAX_RUNS", "")
    return int(named) if named.isdigit() and int(named) > 0 else MAX_ACTIVE


def check_room(db: sqlite3.Connection, home: Path, owner: str, wanted: int, *, most: int) -> None:
    """FieldError when that visitor, or everybody together, has enough in the queue.

    A search that was interrupted takes no room: nobody works on it.
    """
    running = "SELECT run_id FROM runs WHERE state = 'running' AND owner = ?"
    at_work = sum(is_held(run_lock(home, row["run_id"])) for row in db.execute(running, (owner,)))
    count = "SELECT COUNT(*) FROM runs WHERE state = 'queued'"
    own = at_work + int(db.execute(f"{count} AND owner = ?", (owner,)).fetchone()[0])
    if own + wanted > most:
        raise FieldError(
            "search",
            f"{own} of yours wait or run and {wanted} more are asked for",
            f"{most} at a time are allowed, so wait for one to end or cancel one",
        )
    queued = int(db.execute(count).fetchone()[0])
    if queued + wanted > MAX_QUEUED:
        raise FieldError(
            "search",
            f"{queued} searches wait on this server",
            f"{MAX_QUEUED} may, so try again later",
        )
