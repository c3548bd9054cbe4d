"""What takes tens of seconds to compute, read from a stored file that knows what it was made from.

`python -m pages.parts.studies.stored_answers` makes the file again with the commands named in it.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cmn_core.assets import ASSETS, ROOT
from cmn_core.cim.chip import SIMULATOR
from cmn_core.studies.result import Result

FILE = ASSETS / "paper" / "validation.json"
SCHEMA = "cmn.validation/1"
MADE_BY = "python -m pages.parts.studies.stored_answers"
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "cells": ("-m", "cmn_core", "paper", "--json"),
    "savings": ("-m", "cmn_core", "paper", "--attribution", "--json"),
}
INPUTS = ("technologies/*.toml", "paper/*.csv", "accuracy/*")
TIMEOUT_S = 600.0
Stored = dict[str, Any]


def fingerprint(assets: Path = ASSETS) -> str:
    """Of every data file that the answers rest on, and of the cost model's version."""
    found = hashlib.sha256(SIMULATOR.encode())
    for path in sorted(path for pattern in INPUTS for path in assets.glob(pattern)):
        text = path.read_text(encoding="utf-8")  # line ends differ between checkouts
        found.update(f"{path.name}\0{text}\0".encode())
    return found.hexdigest()


def read_stored(path: Path = FILE) -> Stored | None:
    """The file's content; None where there is none that this version reads."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    whole = isinstance(found, dict) and found.get("schema") == SCHEMA
    return found if whole and all(isinstance(found.get(k), list) for k in COMMANDS) else None


def with_measured(found: Stored, study: Result | None) -> Stored:
    """The same with the mIoU that the study of compression measured on test images, so that a cell
    has one value on every page; where there is no such study, as they are."""
    if study is None or study.quick:
        return found
    known = {
        (line["table"], line["approach"], line["bits"], line["memory"]): line["miou"]
        for line in study.summary["lines"]
        if line["miou"] is not None
    }
    return {**found, "cells": [_measured(cell, known) for cell in found["cells"]]}


def _measured(cell: Stored, known: Mapping[tuple[str, str, int, str], float]) -> Stored:
    if cell["quantity"] != "miou_percent":
        return cell
    approach, _, bits = str(cell["row"]).partition(" ")
    whole = int(bits.removeprefix("int") or 8)  # lines without a number are of 8 bits
    value = known.get((cell["table"], approach, whole, cell["memory"]))
    if value is None:
        return cell
    ratio = value / cell["printed"]
    return {**cell, "ours": value, "ratio": ratio, "how": "measured on test images"}


def fresh(found: Stored) -> bool:
    return bool(found.get("inputs") == fingerprint())


def compute() -> Stored:
    """The same by running the commands, in processes of their own: this one stays responsive.

    OSError where a command does not end well.
    """
    answers: Stored = {"schema": SCHEMA, "command": MADE_BY, "inputs": fingerprint()}
    for name, arguments in COMMANDS.items():
        command = [sys.executable, *arguments]
        try:
            done = subprocess.run(
                command, cwd=ROOT, capture_output=True, timeout=TIMEOUT_S, check=True
            )
        except subprocess.SubprocessError as error:
            raise OSError(f"`python {' '.join(arguments)}` did not end well") from error
        answers[name] = _short(json.loads(done.stdout))
    return answers


def write(path: Path = FILE) -> None:
    path.write_text(json.dumps(compute(), indent=1) + "\n", encoding="utf-8")


def _short(value: Any) -> Any:
    """Numbers to nine figures, so that the file is the same on every processor."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, list):
        return [_short(item) for item in value]
    if isinstance(value, dict):
        return {key: _short(item) for key, item in value.items()}
    return value


if __name__ == "__main__":
    write(*map(Path, sys.argv[1:2]))
