"""The live part of the Search page: one fragment that redraws itself while a run is at work."""

from __future__ import annotations

import streamlit as st

from cmn_core.charts.frames import OBJECTIVES, history_frame, letters, points_frame
from cmn_core.charts.table_b1 import table_b1
from cmn_core.runs.home import StoreError
from cmn_core.runs.pace import pace
from pages.parts.cards import (
    design_metrics,
    download_design,
    front_table,
    grouped_table,
    run_title,
    state_chip,
    violated,
)
from pages.parts.chrome import source_line
from pages.parts.pictures import (
    show_blocks,
    show_convergence,
    show_front,
    show_hypervolume,
    show_tiles,
)
from pages.parts.store import Run, ask, find_run, snapshot, trouble
from pages.parts.text import duration, limits_line, number

FIRST_S, STEADY_S, QUEUED_S = 0.4, 2.0, 1.0
STARTED = "started_here"  # runs of this visitor, who waits for the first picture
EARLY = 3  # generations during which the page looks more often


def live(run: Run) -> None:
    """Draw the run; poll only while something can change."""
    every = _interval(run)
    st.fragment(_guarded, run_every=every)(run.run_id, run.state, every)


def _interval(run: Run) -> float | None:
    if not run.active:
        return None
    if run.state == "queued":
        return FIRST_S if run.run_id in st.session_state.get(STARTED, ()) else QUEUED_S
    return FIRST_S if run.generation < EARLY else STEADY_S


def _guarded(run_id: str, state: str, every: float | None) -> None:
    """A redraw of its own is outside the frame's care for a store that cannot be read."""
    try:
        _draw(run_id, state, every)
    except StoreError as error:
        st.error(f"The run store cannot be read. {error}")


def _draw(run_id: str, state: str, every: float | None) -> None:
    run = find_run(run_id)
    if run is None:
        st.warning("This run is no longer in the store.")
        return
    if run.state != state or _interval(run) != every:
        st.rerun()
    if problem := trouble():
        st.error(problem)
    _bar(run)
    if run.state == "failed":
        st.error(f"The search stopped: {run.error or 'no reason was recorded'}.")
    if not run.generation:
        _waiting(run)
        return
    _pictures(run)
    _designs(run)


def _bar(run: Run) -> None:
    seen = snapshot(run)
    speed = pace(seen["history"], run.generations)
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{run_title(run)}**", width="content")
            state_chip(run)
            st.space("stretch")
            _buttons(run)
        share = min(1.0, run.generation / max(1, run.generations))
        st.progress(share, text=f"Generation {run.generation} of {run.generations}")
        last = seen["history"][-1] if seen["history"] else {}
        best = number(last.get("best_objective")) if seen["best"] else "none yet"
        left = duration(speed.left_s) if run.state == "running" else "–"
        facts = (
            (f"Best {_objective(run)}", best),
            ("Evaluations per second", number(speed.evaluations_per_s)),
            ("Elapsed", duration(speed.elapsed_s) if run.generation else "–"),
            ("Time left", left),
        )
        with st.grid(min_column_width=140):
            for label, value in facts:
                st.metric(label, value)
        if seen["limits"]:
            st.caption(limits_line(seen["limits"]))


def _objective(run: Run) -> str:
    """Such as latency (µs), within a sentence."""
    name = OBJECTIVES[run.goal]
    return name if name.startswith("mIoU") else name[0].lower() + name[1:]


def _buttons(run: Run) -> None:
    if run.active:
        st.button("Pause", key="pause", on_click=ask, args=(run.run_id, "pause"))
        st.button("Cancel, keep the best", key="cancel", on_click=ask, args=(run.run_id, "cancel"))
    elif run.resumable:
        st.button("Resume", key="resume", type="primary", on_click=ask, args=(run.run_id, "run"))


def _waiting(run: Run) -> None:
    texts = {
        "queued": "Waiting for a worker. The first generation appears here by itself.",
        "running": "The first generation is being priced.",
        "interrupted": "The worker stopped before the first generation. Resume starts it again.",
        "paused": "Paused before the first generation.",
        "cancelled": "Cancelled before the first generation; there is nothing to keep.",
    }
    st.caption(texts.get(run.state, "No generation was stored."))
    if run.active:
        for column in st.columns(2):
            with column:
                st.skeleton(height=220)


def _pictures(run: Run) -> None:
    seen = snapshot(run)
    if run.state in ("interrupted", "paused", "cancelled", "failed"):
        st.badge(f"as of generation {run.generation}", color="orange")
    if seen["best"] is None and seen["nearest"]:
        st.warning(violated(seen["nearest"]))
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Front: accuracy against energy", anchor=False)
        show_front(run, "energy_uj")
    with right:
        st.subheader("Front: accuracy against latency", anchor=False)
        show_front(run, "latency_us")
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Convergence", anchor=False)
        if seen["best"]:
            show_convergence(run)
        else:
            st.caption("No design meets the limits yet, so there is no best value to draw.")
    with right:
        st.subheader("Hypervolume of the front", anchor=False)
        if seen["front"]:
            show_hypervolume(run)
        else:
            st.caption("Nothing is on the front yet.")
    if st.toggle("Show the numbers as tables", key="twin"):
        a, b = st.columns(2, gap="large")
        a.dataframe(history_frame(seen["history"]), hide_index=True, alt="History of the search.")
        b.dataframe(
            points_frame(seen["points"]), hide_index=True, alt="Designs of this generation."
        )


def _designs(run: Run) -> None:
    seen = snapshot(run)
    front = seen["front"]
    picked = None
    if front:
        st.subheader("Designs on the front", anchor=False)
        st.caption("Pick a row to look at that design; without a pick the best one is shown.")
        picked = front_table(front, key=f"front_{run.run_id}")
    if picked is not None:
        design, name = front[picked], f"Design {picked + 1} of the front"
    elif seen["best"]:
        design, name = seen["best"], "Best design"
    elif seen["nearest"]:
        design, name = seen["nearest"]["design"], "Nearest design, which breaks a limit"
    else:
        return
    st.subheader(f"{name}, block by block", anchor=False)
    design_metrics(design)
    mixed = run.memory == "hybrid"
    rows = table_b1(
        {(run.goal, run.memory): design},
        "ours" if mixed else "both",
        memories=(run.memory,),
        goals=(run.goal,),
    )
    grouped_table(rows, caption="Table B1: the rows of this search")
    if mixed:
        st.caption("The paper prints no network for a chip with both memories.")
        text = letters(design)
        show_tiles({run.goal: design}, alt=f"Technology of blocks 1 to 4: {text}.")
    else:
        st.caption("Ours; in parentheses the paper's Table B1.")
    left, right = st.columns(2, gap="large")
    with left:
        show_blocks(run, design, "experts", key="chart_experts", top=5)
    with right:
        show_blocks(run, design, "hidden", key="chart_hidden")
    st.caption("Filled: this search. Hollow: the paper's Table B1, where it prints a value.")
    file = f"design_{run.goal}_{run.memory}_{'best' if picked is None else picked + 1}"
    download_design(design, file, key="download")
    source_line([run], [design])
