"""How far this machine's clock can be believed: retention deletes by age, and a clock may jump.

The store keeps the time at which it was last at work. It goes on with every search that is queued
or stored, a week at a time at most, so that a clock which jumped leaves it where it was.
"""

from __future__ import annotations

import sqlite3
import time
from datetime import UTC, datetime

from cmn_core.errors import FieldError

DAY_S = 86_400.0
MOST_GAP_S = 7 * DAY_S


def tick(db: sqlite3.Connection) -> None:
    """Somebody works with the store now."""
    now = time.time()
    db.execute(
        "UPDATE machine SET seen = ?1 WHERE seen IS NULL OR ?1 - seen BETWEEN 0 AND ?2",
        (now, MOST_GAP_S),
    )


def trust(db: sqlite3.Connection) -> None:
    """A person says that the clock is right."""
    db.execute("UPDATE machine SET seen = ?", (time.time(),))


def believed(db: sqlite3.Connection) -> bool:
    """Whether the clock is within a week of the time at which the store was last at work."""
    return abs(_gap(db)) <= MOST_GAP_S


def check(db: sqlite3.Connection) -> None:
    """FieldError when the clock is not believed: either it jumped, or the machine stood still for
    that long."""
    gap = _gap(db)
    if abs(gap) <= MOST_GAP_S:
        return
    side = "after" if gap > 0 else "before"
    raise FieldError(
        "clock",
        f"it says {_date(time.time())}, {abs(gap) / DAY_S:,.0f} days {side} the store was last at"
        " work",
        "nothing is deleted by age; if the clock is right, `runs prune --days N --trust-clock`"
        " once",
    )


def _gap(db: sqlite3.Connection) -> float:
    """Seconds from the time at which the store was last at work to now."""
    seen = db.execute("SELECT seen FROM machine").fetchone()["seen"]
    return 0.0 if seen is None else time.time() - float(seen)


def _date(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
