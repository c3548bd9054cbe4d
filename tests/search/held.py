"""A job that a test can find and let go, and waiting with an end."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path


def until(condition: Callable[[], object], seconds: float = 300.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def fallible(folder: Path) -> list[str]:
    """A command for a worker: it writes its worker's id and waits until somebody says go, or the
    worker is gone."""
    until = f"[ -e {folder}/go ] || ! kill -0 $PPID 2> /dev/null"
    return ["sh", "-c", f"echo $PPID >> {folder}/at; until {until}; do sleep 0.01; done"]


def at(folder: Path) -> list[int]:
    """Process ids of the workers that have begun it, in order."""
    path = folder / "at"
    return [int(pid) for pid in path.read_text().split()] if path.exists() else []
