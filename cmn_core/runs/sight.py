"""What a network sees in a visitor's photograph, asked of a process of its own.

The app never imports torch: `python -m cmn_core picture` does the work, one at a time on the
machine, with a time limit. Photograph and picture live in a folder that goes with the call.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cmn_core.errors import FieldError, one_line
from cmn_core.runs.home import locks_dir, prepare
from cmn_core.runs.launch import ROOT, THREAD_LIMITS
from cmn_core.runs.lock import FileLock

MAX_BYTES = 8_000_000
PATIENCE_S = 20.0
LIMIT_S = 90.0
NICENESS = 5  # before the searches, behind the server
CODE = (sys.executable, "-m", "cmn_core", "picture")


class SightError(RuntimeError):
    """The picture could not be made for a reason that is not the photograph. One sentence."""


@dataclass(frozen=True)
class Sight:
    """png: photograph, prediction and legend; shares: of the prediction by class, largest first."""

    png: bytes
    shares: dict[str, float]
    seconds: float


def see(
    design: Mapping[str, Any],
    photo: bytes,
    *,
    home: Path,
    limit_s: float = LIMIT_S,
    patience_s: float = PATIENCE_S,
) -> Sight:
    """Segment a photograph with the network of a design, given as its JSON.

    FieldError for a photograph that cannot be used; SightError where the machine is busy with
    another for longer than patience_s, needs longer than limit_s or fails.
    """
    if len(photo) > MAX_BYTES:
        found = f"the photograph has {len(photo)} bytes"
        raise FieldError("image", found, f"at most {MAX_BYTES} are read")
    try:
        lock = FileLock.take(locks_dir(prepare(home)) / "picture.lock", patience_s=patience_s)
    except OSError as error:
        raise SightError(_reason(error)) from error
    if lock is None:
        raise SightError("another photograph is being looked at; try again in a moment")
    began = time.monotonic()
    with lock, tempfile.TemporaryDirectory(prefix="cmn-picture-") as folder:
        return _see(Path(folder), design, photo, limit_s, began)


def _see(
    folder: Path, design: Mapping[str, Any], photo: bytes, limit_s: float, began: float
) -> Sight:
    asked, image, out = folder / "design.json", folder / "photograph", folder / "seen.png"
    try:
        asked.write_text(json.dumps(design), encoding="utf-8")
        image.write_bytes(photo)
    except OSError as error:
        raise SightError(_reason(error)) from error
    code, answer, complaint = _run(
        [*CODE, str(asked), "--image", str(image), "--out", str(out), "--json"], limit_s
    )
    last = complaint.strip().splitlines()[-1:] or [""]
    if code == 2 and last[0].startswith("error: "):
        field, _, rest = last[0].removeprefix("error: ").partition(": ")
        found, _, allowed = rest.partition("; ")
        raise FieldError(field, found, allowed)
    if code != 0 or not out.is_file():
        raise SightError(f"the picture was not made ({one_line(last[0], 120) or f'exit {code}'})")
    return Sight(out.read_bytes(), json.loads(answer)["shares"], time.monotonic() - began)


def _run(command: list[str], limit_s: float) -> tuple[int, str, str]:
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **THREAD_LIMITS},
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
            raise SightError(
                f"it took longer than {limit_s:g} s; try again when fewer searches run"
            ) from None
    return process.returncode, answer, complaint


def _reason(error: OSError) -> str:
    return f"the photograph cannot be put aside ({(error.strerror or 'unknown reason').lower()})"
