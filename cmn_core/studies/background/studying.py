"""`python -m cmn_core.studies.background.studying`: works on the studies that wait, one by one.

Started by `start`, detached from the app. A step that is done is kept, so killed it loses the step
at hand, and the next `start` goes on there. Whoever cancels a study does not wait for its step: the
process replaces itself, and goes on with the next one.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
import time
from pathlib import Path

from cmn_core.assets import ROOT
from cmn_core.errors import FieldError, not_installed, one_line
from cmn_core.runs.home import StoreError
from cmn_core.runs.workers import lone_process
from cmn_core.studies.background.own_studies import LOCK, OwnStudies
from cmn_core.studies.background.study_queue import StudyQueue, Taken

MODULE = "cmn_core.studies.background.studying"
NICENESS = 19  # behind everything: the server, searches, fits
TURN_S = 60.0  # of one study, before it gives way to another visitor's
POLL_S = 0.5

log = logging.getLogger(MODULE)


def start(home: Path | None = None) -> bool:
    """Begin with the studies that wait, unless somebody is at it; whether a process was started.

    Raises StoreError when the home directory or its store cannot be used.
    """
    return lone_process.begin(
        MODULE, home, lambda store: OwnStudies(store).waiting(), field="study", log="studies"
    )


def work(studies: StudyQueue) -> int:
    """Work until nothing waits; how many studies came to an end here."""
    count = 0
    studies.sweep()
    while (taken := studies.take()) is not None:
        log.info("study %s (%s): at work", taken.study_id, taken.name)
        ended = threading.Event()
        watch = threading.Thread(target=_watch, args=(studies, taken, ended), daemon=True)
        watch.start()
        try:
            count += _carry_out(studies, taken)
        finally:
            ended.set()
            watch.join()
    return count


def _carry_out(studies: StudyQueue, taken: Taken) -> bool:
    """One study, to its end or for its turn; whether it ended. What goes wrong is written down."""
    from cmn_core.studies.runner import run

    begun = time.monotonic()
    try:
        taken.folder.mkdir(parents=True, exist_ok=True)
        with contextlib.chdir(taken.folder):  # a step that trains keeps its state where it is
            for step in run(taken.name, taken.asked, taken.folder / "result.json"):
                worked = time.monotonic() - begun
                seconds = taken.seconds + worked
                studies.note(taken.study_id, done=step.done, total=step.total, seconds=seconds)
                if step.result is not None:
                    studies.settle(taken.study_id, "done", result=step.result)
                elif worked > TURN_S and studies.give_way(taken.study_id):
                    return False
    except StoreError:
        raise
    except FieldError as error:
        studies.settle(taken.study_id, "failed", error=str(error))
    except Exception as error:
        log.exception("study %s: failed", taken.study_id)
        studies.settle(taken.study_id, "failed", error=_sentence(error))
    return True


def _watch(studies: StudyQueue, taken: Taken, ended: threading.Event) -> None:
    """End the study that its owner cancels, or that takes longer than it may, within its step."""
    begun = time.monotonic()
    while not ended.wait(POLL_S):
        with contextlib.suppress(StoreError):  # locked for a moment
            if studies.over(taken.study_id):
                studies.settle(taken.study_id, "cancelled")
                _again()
            worked = taken.seconds + time.monotonic() - begun
            if taken.limit_s is not None and worked > taken.limit_s:
                minutes = f"{taken.limit_s / 60:.0f} minutes"
                why = (
                    f"it took longer than {minutes}, which is what a study may take on this server"
                )
                studies.settle(taken.study_id, "failed", error=why)
                _again()


def _again() -> None:
    """This process anew: the only way out of the middle of a step. Its lock goes with it."""
    logging.shutdown()
    os.chdir(ROOT)  # the study's folder is gone
    os.execv(sys.executable, [sys.executable, "-m", MODULE])


def _sentence(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "it needed more memory than it may have here; ask for less"
    missing = not_installed(error) if isinstance(error, ImportError) else None
    return missing or f"it stopped unexpectedly ({type(error).__name__}: {one_line(error, 240)})"


def main() -> int:
    niceness = int(os.environ.get("CMN_WORKER_NICE", NICENESS))
    return lone_process.run(
        lambda store: work(StudyQueue(store)), lock=LOCK, niceness=niceness, log=log
    )


if __name__ == "__main__":
    sys.exit(main())
