"""The newest search of a scenario that has something to show."""

from __future__ import annotations

from collections.abc import Sequence

from pages.parts.store import Run, snapshot, usual


def newest_finished(
    runs: Sequence[Run], goal: str, memory: str, batch: str | None = None
) -> Run | None:
    """Newest finished run of that scenario and memory that found a design within its limits.

    runs: newest first; batch: keep to the searches queued together under that name
    """
    for run in runs:
        same = run.goal == goal and run.memory == memory and run.state == "done"
        if batch is None and not usual(run):
            continue
        if same and (batch is None or run.batch == batch) and snapshot(run)["best"]:
            return run
    return None


def newest_shown(
    runs: Sequence[Run], goal: str, memory: str, batch: str | None = None
) -> Run | None:
    """Newest run of that scenario and memory with a design to show: finished, or still at work.

    runs: newest first; batch: keep to the searches queued together under that name, whatever
    became of them
    """
    for run in runs:
        if run.goal != goal or run.memory != memory or not run.generation:
            continue
        if batch is None and not usual(run):
            continue
        fits = run.active or run.state == "done" if batch is None else run.batch == batch
        if fits and snapshot(run)["best"]:
            return run
    return None
