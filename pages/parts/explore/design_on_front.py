"""The front of a search with one's own design on it; it follows the search while that runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import streamlit as st

from cmn_core.charts.search.front import AGAINST, BEST
from cmn_core.design import Design
from cmn_core.errors import FieldError
from cmn_core.quantities import QUANTITIES
from cmn_core.runs.home import StoreError, told
from cmn_core.search.constraints import Limits
from cmn_core.search.scoring.evaluation import Evaluation
from cmn_core.whatif.formats.link import named, short_text
from pages.parts.design.draft import begin, show_value
from pages.parts.design.pinned import pin
from pages.parts.explore.gallery import show_place
from pages.parts.runs.cards import run_option, state_chip
from pages.parts.runs.disk_notice import disk_changed
from pages.parts.runs.progress import steady
from pages.parts.runs.run_link import chosen_run, pick
from pages.parts.runs.run_view import (
    Run,
    comparable,
    example_runs,
    mine,
    settled,
    stored_runs,
    watched,
)
from pages.parts.runs.snapshots import snapshot

ORDER = ("energy", "latency", "performance")
AGAIN = "draw_explore_again"
TROUBLE = "The run store cannot be read, so no front is drawn. {}"


def visible_runs() -> list[Run]:
    """Newest first; none, and a warning, where the store cannot be read."""
    try:
        return stored_runs(50)
    except StoreError as error:
        st.warning(TROUBLE.format(error.told))
        return []


def shown_run(kind: str, stored: list[Run]) -> Run | None:
    """The run of the address or the session; else the visitor's own at work; else what a page
    shows unasked, on that memory if there is one. stored: of `visible_runs`"""
    try:
        run = chosen_run()
    except StoreError:
        run = None
    if run is not None:
        return run
    if active := [r for r in stored if r.active and r.generation and mine(r)]:
        return active[0]
    known = settled([r for r in stored if r.generation])
    same = [r for goal in ORDER for r in known if (r.memory, r.goal) == (kind, goal)]
    return next(iter([*same, *known]), None)


def run_limits(run: Run | None) -> Limits:
    """The limits of that run, those of every search where it has none yet; without its floor of
    mIoU where that stands on an own table."""
    limits = (snapshot(run).limits if run else None) or Limits()
    return limits if run is None or comparable(run) else replace(limits, min_miou=None)


def run_box(run: Run, stored: list[Run]) -> None:
    """Which search's front is drawn. stored: of `visible_runs`"""
    runs = {r.run_id: r for r in [*stored, *example_runs()]}
    runs.setdefault(run.run_id, run)
    show_value("front_run", run.run_id)
    st.selectbox(
        "Front of",
        list(runs),
        key="front_run",
        on_change=lambda: pick("front_run"),
        format_func=lambda run_id: run_option(runs[run_id]),
    )


def place(
    run: Run,
    answer: Evaluation,
    pinned: Sequence[tuple[str, Evaluation]],
    *,
    limits: Limits,
    twin: bool,
) -> None:
    """The chart; drawn again every two seconds while the search is at work."""
    every = steady() if run.active else None
    st.fragment(_draw, run_every=every)(run.run_id, run.state, answer, pinned, limits, twin)


def _draw(
    run_id: str,
    state: str,
    answer: Evaluation,
    pinned: Sequence[tuple[str, Evaluation]],
    limits: Limits,
    twin: bool,
) -> None:
    if st.session_state.pop(AGAIN, False):
        st.rerun()
    try:
        run = watched(run_id)
        if run is None:
            st.warning("This run is no longer in the store.")
            return
        if run.state != state or disk_changed():
            st.rerun()
        known = snapshot(run).points is not None
    except (StoreError, FieldError) as error:
        st.warning(TROUBLE.format(told(error)))
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        cost = st.segmented_control(
            "Against",
            AGAINST,
            default="energy_uj",
            required=True,
            format_func=lambda cost: QUANTITIES[cost].label,
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
    if answer.metrics["miou"] is None:
        st.caption("This design has no mIoU, so it has no place on the chart.")
    if not comparable(run):
        st.caption(
            "The front's mIoU stands on an own table of accuracy, your design's on the tables that"
            " ship: compare costs only."
        )
    picked = show_place(run, cost, answer, pinned, limits=limits, twin=twin)
    if picked is not None:
        _picked(run, picked)


def _picked(run: Run, number: int) -> None:
    """What can be done with a mark of the front that a reader clicked."""
    seen = snapshot(run)
    known = [seen.best, *seen.front]
    design = known[number] if 0 <= number < len(known) else None
    if design is None:
        return
    name = "Best of the search" if number == BEST else f"Design {number} of the front"
    design = named(design, name)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown(f"**{name}**: {short_text(design)}", width="content")
        for text, key, act in (("Explore it", "explore_mark", begin), ("Pin it", "pin_mark", pin)):
            st.button(text, key=key, on_click=_act, args=(act, design))


def _act(act: Callable[[Design], None], design: Design) -> None:
    """Callback within the live part: what it changes stands around it."""
    act(design)
    st.session_state[AGAIN] = True
