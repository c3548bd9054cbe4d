"""`python -m cmn_core.runs.workers.worker`: works through the queue, then waits a while.

Started by `launch`, detached from whoever started it. It holds one of the machine's worker slots;
kill -9 frees the slot and the run, SIGTERM ends it after the statement at hand. Either way the run
reads interrupted and can be resumed from its last generation.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from cmn_core.runs.home import StoreError, home_dir, store_path
from cmn_core.runs.lock import Claim, FileLock
from cmn_core.runs.log import configure
from cmn_core.runs.store.record import sentence
from cmn_core.runs.store.store import Store
from cmn_core.runs.workers.launch import THREAD_LIMITS, slot_paths

NICENESS = 15
POLL_S = 0.2
IDLE_S = 300.0
TURN_S = 2.0  # of a search, before it gives way to another visitor's; CMN_TURN_S
TROUBLE_S = 2.0
WAITS_S = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 60.0)  # before a run is left as it is

log = logging.getLogger("cmn_core.runs.workers.worker")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m cmn_core.runs.workers.worker")
    parser.add_argument("--slot", type=Path, help="lock file of the slot that the launcher took")
    parser.add_argument("--slot-fd", type=int, help="its open descriptor")
    options = parser.parse_args(arguments)
    os.environ.update(THREAD_LIMITS)
    configure()
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    home = home_dir()
    try:
        slot = _slot(home, options.slot, options.slot_fd)
        if slot is None:
            log.info("every worker slot is taken; nothing to do")
            return 0
        serve(Store(store_path(home)), slot)
    except (StoreError, OSError) as error:
        log.error("%s", error)
        return 1
    except (SystemExit, KeyboardInterrupt):
        log.info("asked to leave")
        logging.shutdown()
        os._exit(0)  # without waiting for the thread: what it has stored is whole
    return 0


def serve(store: Store, slot: FileLock) -> None:
    """Work through the queue, then wait for more until nothing came for CMN_WORKER_IDLE_S."""
    idle_s = float(os.environ.get("CMN_WORKER_IDLE_S", IDLE_S))
    log.info("ready for runs of %s", store.path)
    _warm_up()
    since = time.monotonic()
    while slot.in_place:  # a deleted home directory is not made again
        try:
            claim = store.claim() if store.queued() else None
        except StoreError as error:
            log.error("%s", error)
            time.sleep(TROUBLE_S)
            claim = None
        if claim is not None:
            thread = threading.Thread(target=carry_out, args=(store, claim), daemon=True)
            thread.start()
            thread.join()
            since = time.monotonic()
        elif time.monotonic() - since > idle_s:
            stays = _retire(store, slot)
            if stays is None:
                return
            slot, since = stays, time.monotonic()
        else:
            time.sleep(POLL_S)


def carry_out(store: Store, claim: Claim) -> None:
    """One run to its end; whatever goes wrong with it is written to its row, not raised.

    It takes a thread, and gives it up: the first generation, which somebody is waiting for, runs
    like any other program, the rest of the run stands back.
    """
    from cmn_core.runs.workers.job import work

    log.info("run %s: at work", claim.run_id)
    polite, waits = False, list(WAITS_S)
    turn_s = float(os.environ.get("CMN_TURN_S", TURN_S))
    try:
        with claim:
            if store.get(claim.run_id).generation:  # what somebody waited for has been seen
                polite = _stand_back()
            while True:
                try:
                    for generation in work(store, claim, turn_s=turn_s):
                        log.info("run %s: generation %d", claim.run_id, generation.index)
                        polite, waits = polite or _stand_back(), list(WAITS_S)
                except StoreError as error:
                    _tell(store, claim.run_id, error)
                    if not waits:
                        raise
                    # A lock goes away, and somebody may free some space.
                    time.sleep(waits.pop(0))
                    continue
                except Exception as error:
                    log.exception("run %s: failed", claim.run_id)
                    store.fail(claim.run_id, sentence(error))
                break
            log.info("run %s: %s", claim.run_id, store.get(claim.run_id).state)
    except StoreError as error:
        log.error("run %s: left as it is: %s", claim.run_id, error)


def _tell(store: Store, run_id: str, trouble: StoreError) -> None:
    """Say on the run's page why it does not go on, if the store can still take that much."""
    log.error("run %s: %s", run_id, trouble)
    with contextlib.suppress(StoreError):
        store.note(run_id, trouble.told)


def _warm_up() -> None:
    """Load what every search needs, so that the next one starts at once."""
    try:
        import cmn_core.runs.workers.job
        import cmn_core.search.codesign  # noqa: F401
    except Exception:
        # Nobody reads the log first: the next run fails for the same reason, and says so.
        log.exception("the search cannot be loaded")


def _stand_back() -> bool:
    """Lower this thread's priority, for good (raising it again is a privilege). Linux has a
    priority per thread; elsewhere it is the process's."""
    steps = int(os.environ.get("CMN_WORKER_NICE", NICENESS))
    thread = threading.get_native_id()
    try:
        now = os.getpriority(os.PRIO_PROCESS, thread)
        os.setpriority(os.PRIO_PROCESS, thread, min(now + steps, 19))
    except OSError:
        os.nice(steps)
    return True


def _slot(home: Path, path: Path | None, descriptor: int | None) -> FileLock | None:
    """The slot handed over by the launcher, or the first that is free."""
    if path is not None and descriptor is not None:
        return FileLock.adopt(path, descriptor)
    for free in slot_paths(home):
        slot = FileLock.take(free)
        if slot is not None:
            return slot
    return None


def _retire(store: Store, slot: FileLock) -> FileLock | None:
    """Free the slot and answer None; but if a run was queued just now by somebody who still saw
    the slot taken, the slot again."""
    slot.release()
    if not store.queued():
        log.info("idle for long enough")
        return None
    return FileLock.take(slot.path)


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
