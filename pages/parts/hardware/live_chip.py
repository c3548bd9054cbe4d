"""The live part of the Hardware page: it redraws itself while the search is at work."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from cmn_core.charts.base.units import amount
from cmn_core.quantities import COSTS, QUANTITIES, TITLES
from cmn_core.runs.home import StoreError
from pages.parts.common.text import duration, limits_line, plain
from pages.parts.frame.tables import data_table
from pages.parts.hardware.chip_runs import answer_of_run, chip_name
from pages.parts.hardware.results import results
from pages.parts.models.answers import Answer
from pages.parts.runs.cards import state_chip, steer_buttons, why_stopped
from pages.parts.runs.disk_notice import disk_changed
from pages.parts.runs.progress import steady
from pages.parts.runs.run_link import share_run
from pages.parts.runs.run_view import STARTED, Run, queue_place, trouble, watched

FIRST_S = 0.5  # between two looks of who has just pressed the button


def live_chip(run: Run) -> None:
    """Draw the run; poll only while something can change."""
    every = _interval(run)
    st.fragment(_guarded, run_every=every)(run.run_id, run.state, every)


def _interval(run: Run) -> float | None:
    if not run.active:
        return None
    waits = not run.generation and run.run_id in st.session_state.get(STARTED, ())
    return FIRST_S if waits else steady()


def _guarded(run_id: str, state: str, every: float | None) -> None:
    """A redraw of its own is outside the frame's care for a store that cannot be read."""
    try:
        _draw(run_id, state, every)
    except StoreError as error:
        st.error(f"The run store cannot be read. {error.told}")


def _draw(run_id: str, state: str, every: float | None) -> None:
    if disk_changed():
        st.rerun()
    run = watched(run_id)
    if run is None:
        st.warning("This run is no longer in the store.")
        return
    if run.state != state or _interval(run) != every:
        st.rerun()
    if problem := trouble():
        st.error(problem)
    answer = answer_of_run(run)
    _bar(run, answer)
    why_stopped(run)
    if answer is not None:
        results(run, answer)
    elif run.active:
        st.skeleton(height=220)


def _bar(run: Run, answer: Answer | None) -> None:
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{chip_name(run)}**", width="content")
            state_chip(run)
            st.space("stretch")
            steer_buttons(run)
            share_run(run, "hardware")
        if answer is None:
            place = queue_place(run) if run.state == "queued" else None
            ahead = f"Place {place[0]} of {place[1]} in the queue. " if place else ""
            st.caption(f"{ahead}The first step appears here by itself." if run.active else ahead)
            return
        steps = answer["history"]
        last = plain(steps[-1]["what"], 100)
        st.progress(run.share, text=f"Step {run.generation} of at most {run.generations}: {last}")
        best = answer["best"]
        facts = [
            (QUANTITIES[name].label, "none yet" if best is None else amount(name, best[name]))
            for name in COSTS
        ]
        with st.grid(min_column_width=140):
            for label, value in [*facts, ("Time at work", duration(steps[-1]["seconds"]))]:
                st.metric(label, value)
        st.caption(limits_line(answer["limits"]))
        if st.toggle("Steps of the search", key="twin_steps"):
            _steps(answer)


def _steps(answer: Answer) -> None:
    names = {"step": "Step", "what": "What", **TITLES, "seconds": "Seconds so far"}
    frame = pd.DataFrame(answer["history"])[["step", "what", *COSTS, "seconds"]]
    digits = st.column_config.NumberColumn(format="%.4g")
    data_table(
        frame.rename(columns=names),
        "steps",
        alt="Steps of the search with the best chip after each.",
        config={names[n]: digits for n in (*COSTS, "seconds")},
    )
