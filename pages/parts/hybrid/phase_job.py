"""A map of `whatif.phase`, made in a process of its own and shared by all visitors."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from contextlib import suppress

from cmn_core.assets import ROOT
from cmn_core.design import Design
from cmn_core.runs.workers.launch import THREAD_LIMITS
from cmn_core.whatif.phase import POINTS, PhasePoint
from pages.parts.common.cache import Shared

NICENESS = 5  # before the searches, behind the server
LIMIT_S = 180.0
log = logging.getLogger("cmn_core.app")


class PhaseJob:
    """points: of the rows that are known so far; over: no more will come; trouble: why not."""

    def __init__(self, design: Design, objective: str) -> None:
        self.points: tuple[PhasePoint, ...] = ()
        self.over, self.trouble = False, ""
        asked = json.dumps({"design": design.to_json(), "objective": objective})
        threading.Thread(target=self._follow, args=(asked,), name="phase", daemon=True).start()

    @property
    def rows(self) -> int:
        return len(self.points) // POINTS

    def _follow(self, asked: str) -> None:
        try:
            with _ONE:
                self._made(asked)
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("no map of memories: %s", error)
        if self.rows < POINTS:
            self.trouble = "the machine is busy or this version cannot price the network"
        self.over = True

    def _made(self, asked: str) -> None:
        with subprocess.Popen(
            [sys.executable, "-m", "cmn_core.whatif.phase"],
            cwd=ROOT,
            env={**os.environ, **THREAD_LIMITS},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process:
            late = threading.Timer(LIMIT_S, process.kill)
            late.daemon = True
            late.start()
            try:
                with suppress(OSError):  # it may be gone already
                    os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
                assert process.stdin is not None and process.stdout is not None
                process.stdin.write(asked)
                process.stdin.close()
                for line in process.stdout:
                    row = tuple(PhasePoint.from_json(point) for point in json.loads(line))
                    self.points = (*self.points, *row)
            finally:
                late.cancel()
                process.kill()


_ONE = threading.Semaphore(1)  # the others wait: a class opens a page in the same moment
_JOBS: Shared[PhaseJob] = Shared(60)


def phase_job(design: Design, objective: str, attempt: int) -> PhaseJob:
    """The map of that network, begun now where nobody asked for it yet; attempt: of this visitor,
    counted up to try again what failed."""
    return _JOBS.get((design, objective, attempt), lambda: PhaseJob(design, objective))
