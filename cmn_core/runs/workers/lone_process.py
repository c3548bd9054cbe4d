"""A process that works off what waits in the store; one per home at a time."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable
from pathlib import Path

from cmn_core.runs.home import StoreError, home_dir, locks_dir, prepare, store_path
from cmn_core.runs.lock import FileLock
from cmn_core.runs.log import configure
from cmn_core.runs.workers.launch import THREAD_LIMITS, detached


def begin(
    module: str, home: Path | None, waiting: Callable[[Path], bool], *, field: str, log: str
) -> bool:
    """Start that module detached from the app where something waits; whether it was started.

    waiting: asked of the store. field: what a StoreError names when the home directory or its store
    cannot be used or no process starts. log: name of the process's log.
    """
    home = prepare(home_dir() if home is None else Path(home).absolute())
    if not waiting(store_path(home)):
        return False
    try:
        detached(home, module, log=log)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise StoreError.at(
            home, f"{field}: it cannot be started ({reason}); check that {{place}} is writable"
        ) from error
    return True


def run(work: Callable[[Path], object], *, lock: str, niceness: int, log: logging.Logger) -> int:
    """Do the work on the store, unless somebody holds the lock; the exit status."""
    os.environ.update(THREAD_LIMITS)
    configure()
    with contextlib.suppress(OSError):
        os.nice(niceness)
    home = home_dir()
    try:
        taken = FileLock.take(locks_dir(prepare(home)) / lock, patience_s=0.0)
        if taken is None:
            return 0
        with taken:
            work(store_path(home))
    except (StoreError, OSError) as error:
        log.error("%s", error)
        return 1
    return 0
