"""A command of this program, run for the app in a process of its own, one of a kind at a time.

The app never imports torch; what needs it is asked of `python -m cmn_core ...`, with a time limit.
What goes in and what comes out lives in a folder that goes with the call.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cmn_core.assets import ROOT
from cmn_core.errors import FieldError, one_line
from cmn_core.runs.home import locks_dir, prepare
from cmn_core.runs.lock import FileLock
from cmn_core.runs.workers.launch import own_environment

NICENESS = 5  # before the searches, behind the server
PROGRAM = (sys.executable, "-m", "cmn_core")


class ErrandError(RuntimeError):
    """It was not done for a reason that is not what the person handed in. One sentence."""


@dataclass(frozen=True)
class Errand:
    """command: of the command line; folder: for its files, gone when the errand ends."""

    command: str
    folder: Path

    def put(self, name: str, data: bytes) -> str:
        """Path of a file of that content. ErrandError where there is no room for it."""
        path = self.folder / name
        try:
            path.write_bytes(data)
        except OSError as error:
            raise _no_room(error) from error
        return str(path)

    def run(self, *words: str, limit_s: float) -> dict[str, Any]:
        """What the command prints with --json.

        FieldError for what the command refuses; ErrandError where it needs longer than limit_s or
        fails.
        """
        process = subprocess.Popen(
            [*PROGRAM, self.command, *words, "--json"],
            cwd=ROOT,
            env=own_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        with process:
            with suppress(OSError):  # it may be gone already
                os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
            try:
                answer, complaint = process.communicate(timeout=limit_s)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                raise ErrandError(
                    f"it took longer than {limit_s:g} s; try again when fewer searches run"
                ) from None
        last = (complaint.strip().splitlines()[-1:] or [""])[0]
        last = last.replace(f"{self.folder}{os.sep}", "")  # a visitor is not to learn where it lies
        if process.returncode == 2 and last.startswith("error: "):
            field, _, rest = last.removeprefix("error: ").partition(": ")
            found, _, allowed = rest.partition("; ")
            raise FieldError(field, found, allowed)
        if process.returncode != 0:
            reason = one_line(last, 120) or f"exit {process.returncode}"
            raise ErrandError(f"nothing was made ({reason})")
        printed: dict[str, Any] = json.loads(answer)
        return printed


@contextmanager
def errand(command: str, *, home: Path, busy: str, patience_s: float) -> Iterator[Errand]:
    """The right to run that command, for which no other call of the machine has it meanwhile.

    busy: what another one is doing. ErrandError where it goes on for longer than patience_s.
    """
    try:
        lock = FileLock.take(locks_dir(prepare(home)) / f"{command}.lock", patience_s=patience_s)
    except OSError as error:
        raise _no_room(error) from error
    if lock is None:
        raise ErrandError(f"{busy}; try again in a moment")
    with lock, tempfile.TemporaryDirectory(prefix=f"cmn-{command}-") as folder:
        yield Errand(command, Path(folder))


def _no_room(error: OSError) -> ErrandError:
    return ErrandError(f"no file can be written ({(error.strerror or 'unknown reason').lower()})")
