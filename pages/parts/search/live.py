"""The live part of the Search page: one fragment that redraws itself while a run is at work."""

from __future__ import annotations

import streamlit as st

from cmn_core.charts.base.frames import history_frame, points_frame
from cmn_core.design import HYBRID
from cmn_core.quantities import GOALS
from cmn_core.runs.home import StoreError
from cmn_core.runs.store.record import pace
from cmn_core.search.inner.pareto import UNIFORM_NOTE
from cmn_core.search.scoring.best_known import ending
from pages.parts.common.text import duration, limits_line, number
from pages.parts.frame.tables import data_table
from pages.parts.runs.cards import run_title, state_chip, steer_buttons, violated, why_stopped
from pages.parts.runs.disk_notice import disk_changed
from pages.parts.runs.pictures import show_convergence, show_front, show_hypervolume
from pages.parts.runs.progress import steady
from pages.parts.runs.repriced import chip_counted, priced, same_miou
from pages.parts.runs.run_link import share_run
from pages.parts.runs.run_view import EARLY, STARTED, Run, queue_place, trouble, watched
from pages.parts.runs.snapshots import snapshot
from pages.parts.search.own_accuracy import miou_source, own_accuracy_note
from pages.parts.search.picked_design import designs, detail, duplicate, take_picks
from pages.parts.search.start_design import begun_line

FIRST_S, QUEUED_S = 0.4, 1.0
AGAIN = "draw_page_again"  # set by a press inside the live part that changes what is around it


def live(run: Run, other: Run | None = None) -> None:
    """Draw the run, another one laid over it; poll only while something can change."""
    every = _interval(run)
    beside = None if other is None else other.run_id
    st.fragment(_guarded, run_every=every)(run.run_id, run.state, every, beside)


def _interval(run: Run) -> float | None:
    if not run.active:
        return None
    if run.state == "queued":
        return FIRST_S if run.run_id in st.session_state.get(STARTED, ()) else QUEUED_S
    early = run.generation < EARLY and run.run_id in st.session_state.get(STARTED, ())
    return FIRST_S if early or run.wish != "run" else steady()


def _guarded(run_id: str, state: str, every: float | None, beside: str | None) -> None:
    """A redraw of its own is outside the frame's care for a store that cannot be read."""
    try:
        _draw(run_id, state, every, beside)
    except StoreError as error:
        st.error(f"The run store cannot be read. {error.told}")


def _draw(run_id: str, state: str, every: float | None, beside: str | None) -> None:
    if st.session_state.pop(AGAIN, False) or disk_changed():
        st.rerun()
    run = watched(run_id)
    if run is None:
        st.warning("This run is no longer in the store.")
        return
    if run.state != state or _interval(run) != every:
        st.rerun()
    if problem := trouble():
        st.error(problem)
    _bar(run)
    why_stopped(run)
    if not run.generation:
        _waiting(run)
        return
    _pictures(run, None if beside is None else watched(beside))
    take_picks(run, table=designs(run))
    detail(run)


def _bar(run: Run) -> None:
    seen = snapshot(run)
    speed = pace(seen.history, run.generations)
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{run_title(run)}**", width="content")
            state_chip(run)
            st.space("stretch")
            _buttons(run)
        st.progress(run.share, text=f"Generation {run.generation} of {run.generations}")
        none = "none yet" if run.active else "none"
        best = number(seen.history[-1].best_objective) if seen.best else none
        left = duration(speed.left_s) if run.state == "running" else "–"
        facts = (
            (f"Best {_objective(run)}", best),
            ("Evaluations per second", number(speed.evaluations_per_s or None)),
            ("Elapsed", duration(speed.elapsed_s) if run.generation else "–"),
            ("Time left", left),
        )
        with st.grid(min_column_width=140):
            for label, value in facts:
                st.metric(label, value)
        if seen.limits:
            st.caption(limits_line(seen.ceilings))
        if note := _chip_error(run):
            st.caption(note)
        if run.state == "done" and run.generation < run.generations:
            st.caption(_early(run))
        if run.state == "done" and (known := best_known(run)):
            st.caption(known)
        begun_line(run)
        if (share := seen.history[-1].swarm_share if seen.history else None) is not None:
            st.caption(_swarm(run, share))
        if note := own_accuracy_note(run.settings, miou_source(seen)):
            st.caption(note)


def _chip_error(run: Run) -> str:
    """What a limit on mIoU, or the goal, counts and the pictures do not show; empty where nothing
    is known of that."""
    best = snapshot(run).best
    answer = priced(run, best) if best is not None and chip_counted(run) else None
    if answer is None or best is None or not same_miou(answer, best):
        return ""
    on_chip = answer.metrics["miou_on_chip"]
    if on_chip is None or answer.metrics["miou"] == on_chip:
        return ""
    what = "ranks by" if GOALS[run.goal].quantity.more_is_better else "holds the limit on"
    return (
        f"This search {what} mIoU with the error of the chip itself. Pictures and tables show it"
        f" without: {number(answer.metrics['miou'])} % for the best design, which reaches"
        f" {number(on_chip)} % on its chip (pred.)."
    )


def best_known(run: Run) -> str:
    """How far its best design ends from the best that is known; empty for other scenarios."""
    seen = snapshot(run)
    found = seen.history[-1].best_objective if seen.history else None
    known = ending(run.settings, seen.ceilings, seen.best, found)
    return "" if known is None else f"This search {known['words']}."


def _swarm(run: Run, share: float) -> str:
    """What the swarm takes, and what it is worth."""
    took = f"The particle swarm took {share:.0%} of the time."
    if run.settings.get("inner") == "swarm":
        return took
    return f"{took} The proof after it finds the same chips without it."


def _early(run: Run) -> str:
    """Why a search is done before its last generation."""
    quiet = run.settings.get("patience")
    last = "the last generation" if quiet == 1 else f"the last {quiet} generations"
    reason = f"nothing got better in {last}, or " if quiet else ""
    return f"It ended early: {reason}no new network was left to try."


def _objective(run: Run) -> str:
    """Such as latency (µs), within a sentence."""
    name = GOALS[run.goal].quantity.title
    return name if name.startswith("mIoU") else name[0].lower() + name[1:]


def _buttons(run: Run) -> None:
    steer_buttons(run)
    st.button(
        "Duplicate with changes",
        key="duplicate",
        icon=":material/content_copy:",
        on_click=_duplicate,
        args=(run,),
        help="Fills the form above with the settings of this search.",
    )
    share_run(run)


def _duplicate(run: Run) -> None:
    duplicate(run)
    st.session_state[AGAIN] = True


def _waiting(run: Run) -> None:
    texts = {
        "queued": "Waiting for a worker. The first generation appears here by itself.",
        "running": "The first generation is being priced.",
        "interrupted": "The worker stopped before the first generation. Resume starts it again.",
        "paused": "Paused before the first generation.",
        "cancelled": "Cancelled before the first generation; there is nothing to keep.",
    }
    place = queue_place(run) if run.state == "queued" else None
    ahead = f"Place {place[0]} of {place[1]} in the queue. " if place else ""
    st.caption(ahead + texts.get(run.state, "No generation was stored."))
    if run.active:
        for column in st.columns(2):
            with column:
                st.skeleton(height=220)


def _pictures(run: Run, other: Run | None) -> None:
    seen = snapshot(run)
    if run.state in ("interrupted", "paused", "cancelled", "failed"):
        st.badge(f"as of generation {run.generation}", color="orange")
    if seen.best is None and seen.nearest:
        st.warning(violated(seen.nearest))
    if other is not None:
        st.caption(f"1: {run_title(run)}. 2, crosses: {run_title(other)}.")
        if run.settings.get("accuracy_table") != other.settings.get("accuracy_table"):
            st.caption("Their mIoU stands on different tables, so it cannot be compared.")
    drawn = seen.front or other is not None
    if drawn or any(v is not None for v in (seen.columns or {}).get("energy_uj", ())):
        left, right = st.columns(2, gap="large")
        with left:
            st.subheader("Front: accuracy against energy", anchor=False)
            energy = show_front(run, "energy_uj", other)
        with right:
            st.subheader("Front: accuracy against latency", anchor=False)
            latency = show_front(run, "latency_us", other)
        take_picks(run, energy=energy, latency=latency)
        if run.memory == HYBRID and seen.front:
            st.caption(UNIFORM_NOTE)
    else:
        st.caption(
            "No network that was tried reaches the floor of mIoU. So none was priced, and no front"
            " can be drawn."
        )
    left, right = st.columns(2, gap="large")
    same = other is not None and other.goal == run.goal
    with left:
        st.subheader("Convergence", anchor=False)
        if seen.best:
            show_convergence(run, other if same else None)
            if other is not None and not same:
                st.caption("2 pursues another goal, so its best value has no place on this axis.")
        else:
            st.caption("No design meets the limits yet, so there is no best value to draw.")
    with right:
        st.subheader("Hypervolume of the front", anchor=False)
        near = other is not None and other.memory == run.memory
        if seen.front:
            show_hypervolume(run, other if near else None)
            if other is not None and not near:
                st.caption("2 is on another memory, whose hypervolume has another reference.")
        else:
            st.caption("Nothing is on the front yet.")
    if st.toggle("Show the numbers as tables", key="twin"):
        a, b = st.columns(2, gap="large")
        with a:
            data_table(history_frame(seen.rows), "history", alt="History of the search.")
        with b:
            data_table(points_frame(seen.columns), "points", alt="Designs of this generation.")
