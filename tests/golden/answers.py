"""Answers of the command line in this process, golden files of them, and where two differ.

Nothing but `cmn_core.cli` is imported, so the files outlive every move of what lies below it.
"""

from __future__ import annotations

import base64
import gzip
import json
import math
import os
import platform
from collections.abc import Iterator
from contextlib import ExitStack, chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cmn_core.cli import main
from tests.golden.questions import Question

RESULTS = Path(__file__).parent / "results"
STORE = Path(__file__).parent / "store"
PROCESSOR = RESULTS / "processor.json"
CLOSE = 1e-9  # relative, where the processor is another one
# What differs between two calls, and what is laid beside a result from a file of its own.
VOLATILE = {"run_id", "seconds", "swarm_share", "swarm_seconds", "best_known"}


def processor() -> dict[str, Any]:
    """What may decide over the last bit of exp, log and sums: instructions and C library."""
    simd = np.show_config(mode="dicts")["SIMD Extensions"]
    return {
        "machine": platform.machine(),
        "simd": sorted(simd.get("found", [])),
        "c_library": list(platform.libc_ver()),
    }


def asked(words: tuple[str, ...], folder: Path, fails: int = 0) -> str:
    """Standard output of a command that works in this folder and keeps its runs there; what it
    says on the other where it shall fail with that code."""
    out, err = StringIO(), StringIO()
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("CMN_HOME", str(folder / "home"))
        stack.enter_context(chdir(folder))
        stack.enter_context(redirect_stdout(out))
        stack.enter_context(redirect_stderr(err))
        code = main(words)
    assert code == fails, f"{' '.join(words)}{os.linesep}{err.getvalue()}"
    return err.getvalue() if fails else out.getvalue()


def answer(question: Question, folder: Path) -> Any:
    """What the command answers, without what differs between two calls."""
    for name, document in question.json_files.items():
        (folder / name).write_text(json.dumps(document), encoding="utf-8")
    return lasting(json.loads(asked(question.words, folder)))


def restored(folder: Path) -> None:
    """Fill this folder's store with runs of an older version: one done, one interrupted."""
    packed = base64.b64decode((STORE / "backup.txt").read_text(encoding="ascii"))
    (folder / "backup.db").write_bytes(gzip.decompress(packed))
    asked(("runs", "restore", "backup.db"), folder)


def runs(folder: Path) -> dict[str, Any]:
    """All that the command line tells of the runs stored there, nothing left out."""
    rows = json.loads(asked(("runs", "list", "--json"), folder))
    shown = [json.loads(asked(("runs", "show", row["run_id"], "--json"), folder)) for row in rows]
    done = next(row["run_id"] for row in rows if row["state"] == "done")
    exported = json.loads(asked(("runs", "export", done, "--full"), folder))
    return {"list": rows, "show": shown, "export": exported}


def lasting(value: Any) -> Any:
    """The JSON without run ids and seconds."""
    if isinstance(value, dict):
        return {k: lasting(v) for k, v in value.items() if k not in VOLATILE}
    return [lasting(v) for v in value] if isinstance(value, list) else value


def golden(file: str) -> Any:
    """What that file below results holds."""
    return json.loads((RESULTS / file).read_text(encoding="utf-8"))


def text(value: Any) -> str:
    """JSON with each design, generation and row on a line of its own; floats as repr."""
    if isinstance(value, list):
        return "[\n" + ",\n".join(map(_line, value)) + "\n]\n"
    parts = [f"{json.dumps(key)}: {_part(part)}" for key, part in value.items()]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _part(value: Any) -> str:
    if isinstance(value, list) and any(isinstance(v, dict) for v in value):
        return "[\n " + ",\n ".join(map(_line, value)) + "\n]"
    return _line(value)


def _line(value: Any) -> str:
    return json.dumps(value, allow_nan=False)


def difference(expected: Any, found: Any, *, exact: bool, at: str = "") -> str | None:
    """The first place where two JSON values differ, with both values; None where none does."""
    return next(_differences(expected, found, exact, at), None)


def _differences(expected: Any, found: Any, exact: bool, at: str) -> Iterator[str]:
    if type(expected) is not type(found):
        yield f"{at or 'all'}: expected {expected!r}, found {found!r}"
    elif isinstance(expected, dict):
        for key in [*expected, *(k for k in found if k not in expected)]:
            if key not in found or key not in expected:
                yield f"{at}.{key}: {'is missing' if key in expected else 'is new'}"
            else:
                yield from _differences(expected[key], found[key], exact, f"{at}.{key}")
    elif isinstance(expected, list):
        for i, (a, b) in enumerate(zip(expected, found, strict=False)):
            yield from _differences(a, b, exact, f"{at}[{i}]")
        if len(expected) != len(found):
            yield f"{at}: expected {len(expected)} elements, found {len(found)}"
    elif expected != found and not (
        not exact and isinstance(expected, float) and math.isclose(expected, found, rel_tol=CLOSE)
    ):
        yield f"{at}: expected {expected!r}, found {found!r}"
