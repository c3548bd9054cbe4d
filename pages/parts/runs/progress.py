"""Pages that show several searches at once: how far each one is, and a body that redraws itself."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from cmn_core.runs.home import StoreError
from pages.parts.runs.cards import run_title
from pages.parts.runs.disk_notice import disk_changed
from pages.parts.runs.run_view import Run, own_terms

MOST_BADGES = 4
Found = Mapping[tuple[str, str], Run]


def follow(gather: Callable[[], list[Run]], body: Callable[[list[Run]], None]) -> None:
    """Draw the body; again every two seconds while one of its runs is active.

    gather: the runs of the page as they are now. When one appears, or changes its state, the
    whole page is drawn anew, for what lies outside of the body.
    """
    runs = gather()
    every = steady() if any(run.active for run in runs) else None
    st.fragment(_guarded, run_every=every)(gather, body, _states(runs))


def _guarded(
    gather: Callable[[], list[Run]], body: Callable[[list[Run]], None], states: set[object]
) -> None:
    """A redraw of its own is outside the frame's care for a store that cannot be read."""
    try:
        runs = gather()
    except StoreError as error:
        st.error(f"The run store cannot be read. {error.told}")
        return
    if _states(runs) != states or disk_changed():
        st.rerun()
    try:
        body(runs)
    except StoreError as error:
        st.error(f"The run store cannot be read. {error.told}")


def _states(runs: Sequence[Run]) -> set[object]:
    return {(run.run_id, run.state) for run in runs}


def activity(runs: Sequence[Run]) -> None:
    """One badge per search at work, and one for those that wait."""
    running = [run for run in runs if run.state == "running"]
    waiting = sum(run.state == "queued" for run in runs)
    if not running and not waiting:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        for run in running[:MOST_BADGES]:
            st.badge(f"{run_title(run)}: {far(run)}", color="blue")
        if waiting:
            st.badge(f"{waiting} queued", color="gray")


def far(run: Run) -> str:
    return f"generation {run.generation} of {run.generations}"


def unfinished(run: Run) -> str:
    """Such as "running, 12 of 30" generations; empty for a finished run."""
    return "" if run.state == "done" else f"{run.state}, {run.generation} of {run.generations}"


def notes(found: Found) -> dict[tuple[str, str], str]:
    """What a table says beside a design whose search is not finished or was on its own terms."""
    words = {key: (unfinished(run), own_terms(run)) for key, run in found.items()}
    return {key: "; ".join(filter(None, pair)) for key, pair in words.items() if any(pair)}


def mark(run: Run) -> None:
    """A badge above the pictures of a design whose search is not finished."""
    if run.state != "done":
        color = "blue" if run.state == "running" else "orange"
        st.badge(f"{run.state}, {far(run)}", color=color)  # type: ignore[arg-type]


STEADY_S, SPREAD = 2.0, 0.1


_KEY = "beat"


def steady() -> float:
    """Seconds from one redraw to the next, the same throughout a session.

    A class opens a page in the same moment. With equal intervals its browsers would ask in the
    same moment for ever, and whoever moves a slider then waits for all of them.
    """
    share: float = st.session_state.setdefault(_KEY, random.uniform(-SPREAD, SPREAD))
    return STEADY_S * (1.0 + share)
