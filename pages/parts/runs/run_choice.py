"""Which searches a page of results takes its designs from; the choice is in the address."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import streamlit as st

from cmn_core.design import Design
from pages.parts.runs.run_view import Run, example_runs, mine, own_terms, stored_runs, usual
from pages.parts.runs.snapshots import snapshot

MINE, NEWEST, EXAMPLE = "mine", "newest", "example"
NAMES = {
    MINE: "My finished searches, else the shipped example",
    NEWEST: "Newest searches listed here, finished or not",
    EXAMPLE: "Shipped example",
}
_BATCH = re.compile(r"[A-Za-z0-9_-]{1,64}")


def source_box() -> str:
    """Where designs are taken from, of NAMES or a batch; kept in the address as ?batch=..."""
    batches = {run.batch: run.date for run in reversed(stored_runs()) if run.batch}
    wanted = st.query_params.get("batch")
    named = wanted if wanted is not None and _BATCH.fullmatch(wanted) else None
    if named and named not in NAMES and (linked := stored_runs(1, batch=named)):
        batches[named] = linked[0].date
    options = [*NAMES, *sorted(batches, key=batches.__getitem__, reverse=True)]
    names = NAMES | {batch: f"Batch of {date}" for batch, date in batches.items()}
    if wanted in options:
        st.session_state["from"] = wanted
    elif wanted is not None:
        del st.query_params["batch"]
        st.warning("The address names a batch of searches that is not on this machine.")
    if st.session_state.get("from") not in options:
        st.session_state["from"] = MINE
    return str(
        st.selectbox(
            "Take designs from",
            options,
            format_func=names.__getitem__,
            key="from",
            on_change=_keep_source,
            persist_state="session",
        )
    )


def gather(source: str) -> list[Run]:
    """Runs of that source as they are now, newest first."""
    if source == EXAMPLE:
        return example_runs()
    if source == MINE:
        return [*filter(mine, stored_runs()), *example_runs()]
    if source == NEWEST:
        return [*stored_runs(), *example_runs()]
    return stored_runs(batch=source)


def shown(runs: list[Run], source: str, goal: str, memory: str) -> Run | None:
    """The run of that scenario and memory whose design a page shows. Unasked, that is a finished
    one; a batch and the newest ones fill while they are at work."""
    if source in (MINE, EXAMPLE):
        return newest_finished(runs, goal, memory)
    return newest_shown(runs, goal, memory, None if source == NEWEST else source)


def best_designs(found: Mapping[tuple[str, str], Run]) -> dict[tuple[str, str], Design]:
    """The best design of each of these runs that has one."""
    known = {key: snapshot(run).best for key, run in found.items()}
    return {key: design for key, design in known.items() if design is not None}


def soon(source: str) -> str:
    """What a page without a design says while a search is at work."""
    if source == MINE:
        return (
            "A search of yours is at work; its design comes here once it is finished. Take designs"
            " from the newest searches to watch it grow."
        )
    return "The first design within the limits appears here by itself."


def take(batch: str | None) -> None:
    """Take designs from that batch from now on."""
    if batch:
        st.query_params["batch"] = batch
        st.session_state["from"] = batch


def _keep_source() -> None:
    choice = st.session_state["from"]
    if choice == MINE:
        st.query_params.pop("batch", None)
    else:
        st.query_params["batch"] = choice


def newest_finished(
    runs: Sequence[Run], goal: str, memory: str, batch: str | None = None
) -> Run | None:
    """Newest finished run of that scenario and memory that found a design within its limits.

    runs: newest first; batch: keep to the searches queued together under that name. Without one, a
    run on terms of its own comes after every other.
    """
    terms = {run.run_id: own_terms(run) for run in runs} if batch is None else {}
    for run in sorted(runs, key=lambda run: bool(terms.get(run.run_id))):
        same = run.goal == goal and run.memory == memory and run.state == "done"
        if batch is None and not usual(run):
            continue
        if same and (batch is None or run.batch == batch) and snapshot(run).best:
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
        if fits and snapshot(run).best:
            return run
    return None
