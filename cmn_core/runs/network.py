"""A design's sliced weights as files, asked of a process of its own: the app never imports torch.

`python -m cmn_core export` does the work, one at a time on the machine, with a time limit. What it
writes lives in a folder that goes with the call.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cmn_core.errors import FieldError, one_line
from cmn_core.runs.home import locks_dir, prepare
from cmn_core.runs.launch import ROOT, THREAD_LIMITS
from cmn_core.runs.lock import FileLock

PATIENCE_S = 30.0
LIMIT_S = 180.0
NICENESS = 5  # before the searches, behind the server
CODE = (sys.executable, "-m", "cmn_core", "export")


class ExportError(RuntimeError):
    """The files could not be made for a reason that is not the design. One sentence."""


@dataclass(frozen=True)
class Network:
    """weights: safetensors in half precision; graph: ONNX; parameters: how many there are."""

    weights: bytes
    graph: bytes
    parameters: int


def sliced(
    design: Mapping[str, Any],
    dataset: str,
    *,
    home: Path,
    limit_s: float = LIMIT_S,
    patience_s: float = PATIENCE_S,
) -> Network:
    """The network of a design, given as its JSON, out of the supernet of that data set.

    FieldError where there is no such network; ExportError where the machine is busy with another
    one for longer than patience_s, needs longer than limit_s or fails.
    """
    try:
        lock = FileLock.take(locks_dir(prepare(home)) / "export.lock", patience_s=patience_s)
    except OSError as error:
        raise ExportError(_reason(error)) from error
    if lock is None:
        raise ExportError("another network is being sliced; try again in a moment")
    with lock, tempfile.TemporaryDirectory(prefix="cmn-export-") as folder:
        asked, out = Path(folder) / "design.json", Path(folder) / "network"
        try:
            asked.write_text(json.dumps(design), encoding="utf-8")
        except OSError as error:
            raise ExportError(_reason(error)) from error
        options = ["--out", str(out), "--dataset", dataset, "--json"]
        answer = _run([*CODE, str(asked), *options], limit_s)
        files = (Path(answer["weights"]).read_bytes(), Path(answer["onnx"]).read_bytes())
        return Network(*files, parameters=int(answer["parameters"]))


def _run(command: list[str], limit_s: float) -> dict[str, Any]:
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
            words = f"it took longer than {limit_s:g} s; try again when fewer searches run"
            raise ExportError(words) from None
    last = (complaint.strip().splitlines()[-1:] or [""])[0]
    if process.returncode == 2 and last.startswith("error: "):
        field, _, rest = last.removeprefix("error: ").partition(": ")
        found, _, allowed = rest.partition("; ")
        raise FieldError(field, found, allowed)
    if process.returncode != 0:
        reason = one_line(last, 120) or f"exit {process.returncode}"
        raise ExportError(f"the files were not made ({reason})")
    found_answer: dict[str, Any] = json.loads(answer)
    return found_answer


def _reason(error: OSError) -> str:
    return f"the design cannot be put aside ({(error.strerror or 'unknown reason').lower()})"
