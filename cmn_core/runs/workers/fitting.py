"""`python -m cmn_core.runs.workers.fitting`: fits the tables that wait, one by one, and leaves.

Started by `start`, detached from the app, which never fits: that takes up to a minute. Killed, it
leaves the table as it was, and the next `start` begins its fit anew.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from pathlib import Path

from cmn_core.errors import FieldError
from cmn_core.runs.home import StoreError, home_dir, locks_dir, prepare, store_path
from cmn_core.runs.lock import FileLock
from cmn_core.runs.log import configure
from cmn_core.runs.store.accuracy_tables import LOCK, AccuracyTables
from cmn_core.runs.workers.launch import THREAD_LIMITS, detached

NICENESS = 10  # behind the server and a search's first generation

log = logging.getLogger("cmn_core.runs.workers.fitting")


def start(home: Path | None = None) -> bool:
    """Begin with the tables that wait, unless somebody is at it; whether a process was started.

    Raises StoreError when the home directory or its store cannot be used.
    """
    home = prepare(home_dir() if home is None else Path(home).absolute())
    if not AccuracyTables(store_path(home)).waiting():
        return False
    try:
        detached(home, "cmn_core.runs.workers.fitting", log="fitting")
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise StoreError.at(
            home, f"fit: it cannot be started ({reason}); check that {{place}} is writable"
        ) from error
    return True


def fit_waiting(tables: AccuracyTables) -> int:
    """Fit what waits until nothing does; how many tables came to an end, fitted or refused."""
    from cmn_core.predictor.custom import fit_own

    count = 0
    while (taken := tables.take()) is not None:
        digest, space, rows = taken
        log.info("table %s of %s: %d networks", digest[:12], space, len(rows.networks))
        try:
            tables.settle(digest, space, fit=fit_own(rows, digest))
        except FieldError as error:
            tables.settle(digest, space, error=f"{error.found}; {error.allowed}")
        except (ArithmeticError, ValueError, MemoryError) as error:
            log.exception("table %s: no fit", digest[:12])
            tables.settle(digest, space, error=f"no fit was found ({type(error).__name__})")
        count += 1
    return count


def main() -> int:
    os.environ.update(THREAD_LIMITS)
    configure()
    with contextlib.suppress(OSError):
        os.nice(NICENESS)
    home = home_dir()
    try:
        lock = FileLock.take(locks_dir(prepare(home)) / LOCK, patience_s=0.0)
        if lock is None:
            return 0
        with lock:
            fit_waiting(AccuracyTables(store_path(home)))
    except (StoreError, OSError) as error:
        log.error("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
