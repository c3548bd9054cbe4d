"""What the server does beside answering visitors: workers, old runs, figures for monitoring."""

from __future__ import annotations

import importlib
import logging
import os
import pkgutil
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pages.parts
from cmn_core.errors import FieldError
from cmn_core.runs.home import StoreError, home_dir
from cmn_core.runs.log import configure
from cmn_core.runs.metrics import port, serve
from cmn_core.runs.store.clock import DAY_S
from cmn_core.runs.store.maintenance import Keeping, prune
from cmn_core.runs.store.store import Store
from cmn_core.studies.background import studying
from cmn_core.studies.background.own_studies import OwnStudies
from pages.parts.common.visitor import SHARED
from pages.parts.runs.run_view import warm_up

TIDY_S = 3600.0
log = logging.getLogger("cmn_core.app")


def ready() -> None:
    """Import what pages import, so that no first visitor waits for it. A server that is not up yet
    has nobody else to keep waiting; a thread beside it would share the visitor's core."""
    for module in pkgutil.walk_packages(pages.parts.__path__, f"{pages.parts.__name__}."):
        importlib.import_module(module.name)


def begin() -> Callable[[], None]:
    """Take up queued runs, keep a worker warm so that the next Start needs no start-up, and tidy
    up every hour; what is returned ends it."""
    configure()
    ready()
    over = threading.Event()
    threading.Thread(target=_tend, args=(over,), name="upkeep", daemon=True).start()
    server = _metrics(home_dir())

    def end() -> None:
        over.set()
        if server is not None:
            server()

    return end


def _tend(over: threading.Event) -> None:
    _resume()
    _go_on()
    warm_up()
    while True:
        tidy_up()
        if over.wait(TIDY_S):
            return


def tidy_up() -> None:
    """Apply the retention; where the clock is not believed, that by number and size alone."""
    keeping = Keeping.from_environment()
    while keeping:
        try:
            gone = prune(Store(), keeping)
        except FieldError as error:
            log.error("old runs stay: %s", error)
            keeping = replace(keeping, days=None)
            continue
        except (StoreError, OSError) as error:
            log.error("old runs stay: %s", error)
        else:
            if gone:
                log.info("%d old runs deleted", len(gone))
            if keeping.days is not None:
                _forget_studies(keeping.days)
        return


def _resume() -> None:
    """On a shared server, queue again what its visitors had at work when it went down. Whoever sits
    at a machine of their own may have stopped a search on purpose."""
    if os.environ.get(SHARED, "") in ("", "0"):
        return
    try:
        store = Store()
        for row in store.list_runs():
            if row.state == "interrupted" and row.owner is not None:
                store.resume(row.run_id)
                log.info("run %s: queued again", row.run_id)
    except (StoreError, OSError) as error:
        log.error("interrupted runs stay: %s", error)


def _go_on() -> None:
    """Studies that waited or were at work when the server went down: nobody stops one by that."""
    try:
        studying.start()
    except (StoreError, OSError) as error:
        log.error("studies stay: %s", error)


def _forget_studies(days: float) -> None:
    try:
        OwnStudies().drop_older(time.time() - days * DAY_S)
    except StoreError as error:
        log.error("old studies stay: %s", error)


def _metrics(home: Path) -> Callable[[], None] | None:
    """Serve the figures if a port is named; what ends that."""
    at = port()
    if at is None:
        return None
    try:
        served = serve(home, at, address=os.environ.get("CMN_METRICS_ADDRESS", "127.0.0.1"))
    except OSError as error:
        log.error("no metrics on port %d: %s", at, error.strerror)
        return None
    return served.shutdown
