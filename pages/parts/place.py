"""The front of a search with one's own design on it; it follows the search while that runs."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cmn_core.errors import FieldError
from cmn_core.runs.home import StoreError
from cmn_core.search.scenario import Limits
from cmn_core.whatif.answer import Answer
from pages.parts.cards import run_option, state_chip
from pages.parts.draft import show_value
from pages.parts.gallery import show_place
from pages.parts.link import choose, chosen_run
from pages.parts.store import Run, example_runs, find_run, snapshot, stored_runs

ORDER = ("energy", "latency", "performance")
STEADY_S = 2.0
COSTS = {"energy_uj": "Energy", "latency_us": "Latency"}
TROUBLE = "The run store cannot be read, so no front is drawn. {}"


def shown_run(kind: str) -> Run | None:
    """The run of the address or the session; else one at work; else an example on that memory."""
    try:
        run = chosen_run()
        stored = stored_runs(50)
    except StoreError as error:
        st.warning(TROUBLE.format(error))
        run, stored = None, []
    if run is not None:
        return run
    if active := [r for r in stored if r.active and r.generation]:
        return active[0]
    known = [*example_runs(), *(r for r in stored if r.generation)]
    same = [r for goal in ORDER for r in known if (r.memory, r.goal) == (kind, goal)]
    return next(iter([*same, *known]), None)


def run_box(run: Run) -> None:
    """Which search's front is drawn."""
    try:
        runs = {r.run_id: r for r in [*stored_runs(50), *example_runs()]}
    except StoreError:
        runs = {r.run_id: r for r in example_runs()}
    runs.setdefault(run.run_id, run)
    show_value("front_run", run.run_id)
    st.selectbox(
        "Front of",
        list(runs),
        key="front_run",
        on_change=_pick,
        format_func=lambda run_id: run_option(runs[run_id]),
    )


def place(
    run: Run,
    answer: Answer,
    pinned: Sequence[tuple[str, Answer]],
    *,
    limits: Limits,
    twin: bool,
) -> None:
    """The chart; drawn again every two seconds while the search is at work."""
    every = STEADY_S if run.active else None
    st.fragment(_draw, run_every=every)(run.run_id, run.state, answer, pinned, limits, twin)


def _pick() -> None:
    choose(st.session_state["front_run"])


def _draw(
    run_id: str,
    state: str,
    answer: Answer,
    pinned: Sequence[tuple[str, Answer]],
    limits: Limits,
    twin: bool,
) -> None:
    try:
        run = find_run(run_id)
        if run is None:
            st.warning("This run is no longer in the store.")
            return
        if run.state != state:
            st.rerun()
        known = snapshot(run)["points"] is not None
    except (StoreError, FieldError) as error:
        st.warning(TROUBLE.format(error))
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        cost = st.segmented_control(
            "Against",
            list(COSTS),
            default="energy_uj",
            required=True,
            format_func=COSTS.__getitem__,
            key="place_cost",
            label_visibility="collapsed",
        )
        if not run.example:
            state_chip(run)
            st.caption(f"from generation {run.generation}", width="content")
    if not known:
        st.skeleton(height=300)
        st.caption("The first generation of this search is on its way; its front appears here.")
        return
    if answer.values["miou"] is None:
        st.caption("This design has no mIoU, so it has no place on the chart.")
    show_place(run, cost, answer, pinned, limits=limits, twin=twin)
