"""A module of the core at work in a process of its own, which holds up no visitor's page."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress

from cmn_core.assets import ROOT
from cmn_core.runs.workers.launch import THREAD_LIMITS

NICENESS = 5  # before the searches, behind the server
LIMIT_S = 180.0


def told_by(module: str, asked: str, *, limit_s: float = LIMIT_S) -> Iterator[str]:
    """Lines that `python -m module` writes about what it reads, as they come.

    The process ends when the iterator does, and after limit_s at the latest: what it had to say is
    then cut short. OSError where it cannot be started.
    """
    with subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=ROOT,
        env={**os.environ, **THREAD_LIMITS},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        late = threading.Timer(limit_s, process.kill)
        late.daemon = True
        late.start()
        try:
            with suppress(OSError):  # it may be gone already
                os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
            assert process.stdin is not None and process.stdout is not None
            with suppress(BrokenPipeError):  # then it has nothing to say
                process.stdin.write(asked)
                process.stdin.close()
            yield from process.stdout
        finally:
            late.cancel()
            process.kill()
