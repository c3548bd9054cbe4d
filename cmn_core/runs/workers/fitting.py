"""`python -m cmn_core.runs.workers.fitting`: fits the tables that wait, one by one, and leaves.

Started by `start`, detached from the app, which never fits: that takes up to a minute. Killed, it
leaves the table as it was, and the next `start` begins its fit anew.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from cmn_core.errors import FieldError
from cmn_core.runs.store.accuracy_tables import LOCK, AccuracyTables
from cmn_core.runs.workers.lone_process import begin, run

NICENESS = 10  # behind the server and a search's first generation

log = logging.getLogger("cmn_core.runs.workers.fitting")


def start(home: Path | None = None) -> bool:
    """Begin with the tables that wait, unless somebody is at it; whether a process was started.

    Raises StoreError when the home directory or its store cannot be used.
    """
    return begin(
        "cmn_core.runs.workers.fitting",
        home,
        lambda store: AccuracyTables(store).waiting(),
        field="fit",
        log="fitting",
    )


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
    return run(
        lambda store: fit_waiting(AccuracyTables(store)), lock=LOCK, niceness=NICENESS, log=log
    )


if __name__ == "__main__":
    sys.exit(main())
