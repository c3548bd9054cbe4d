"""Hybrid: Figure C1, which memory each block gets when a chip may hold both."""

from __future__ import annotations

import streamlit as st

from cmn_core.charts.frames import GOAL_TITLES, GOALS, METRIC_TITLES, letters, metrics_frame
from pages.parts.cards import download_design, run_title
from pages.parts.chrome import how_to_read, source_line, title
from pages.parts.form import queue_hybrid
from pages.parts.pictures import show_blocks, show_tiles, show_totals
from pages.parts.store import ACTIVE, example_runs, newest_finished, snapshot, stored_runs

HELP = """
Each tile is one block of the network, from the image on the left to the deepest features on the
right. **R** is RRAM, small cells that keep their content without power; **S** is SRAM, exact and
fast. The search may choose for every block. Below, the same scenario with all blocks in RRAM, all
in SRAM, and mixed: a long enough hybrid search should lose to neither in its own objective, because
both are among its choices.
"""

title(
    "Hybrid",
    "If a chip may hold both memories, which one should each block get, and what does it save?",
)
runs = stored_runs() + example_runs()
found = {
    (goal, memory): run
    for goal in GOALS
    for memory in ("rram", "sram", "hybrid")
    if (run := newest_finished(runs, goal, memory))
}
designs = {key: snapshot(run)["best"] for key, run in found.items()}
mixed = {goal: designs[goal, "hybrid"] for goal in GOALS if (goal, "hybrid") in designs}
busy = [run for run in runs if run.memory == "hybrid" and run.state in ACTIVE]
with st.container(horizontal=True, vertical_alignment="center"):
    if st.button("Queue the three hybrid searches", key="queue_hybrid", disabled=bool(busy)):
        queue_hybrid()
    if busy:
        run = busy[-1]
        st.badge(
            f"{run_title(run)}: {run.state}, generation {run.generation} of {run.generations}",
            color="orange",
        )
        st.page_link("search.py", label="Watch it", query_params={"run": run.run_id})

st.header("Technology per block", anchor=False)
if not mixed:
    st.info("No hybrid search is finished here. Queue the three above: one per scenario.")
else:
    text = "; ".join(f"{GOAL_TITLES[goal]} {letters(design)}" for goal, design in mixed.items())
    show_tiles(mixed, alt=f"Technology of blocks 1 to 4 by scenario: {text}.")
    st.caption("R: RRAM. S: SRAM. Below the letter: experts × hidden size.")

if designs:
    st.header("What it saves", anchor=False)
    for column, metric in zip(
        st.columns(3, gap="large"), ("latency_us", "energy_uj", "area_mm2"), strict=True
    ):
        with column:
            name = METRIC_TITLES[metric]
            show_totals(designs, metric, alt=f"{name} for all RRAM, all SRAM and hybrid.")
    st.caption("R: all RRAM. S: all SRAM. H: hybrid. Simulated, whole network, one image.")
    if st.toggle("Show the numbers as a table", key="twin_hybrid"):
        st.dataframe(metrics_frame(designs), hide_index=True, alt="Metrics of all searches.")

if mixed:
    st.header("Network per block", anchor=False)
    for goal, column in zip(GOALS, st.columns(3, gap="large"), strict=True):
        if goal not in mixed:
            continue
        with column:
            st.subheader(GOAL_TITLES[goal], anchor=False)
            run = found[goal, "hybrid"]
            show_blocks(run, mixed[goal], "experts", key=f"experts_{goal}", top=5)
            show_blocks(run, mixed[goal], "hidden", key=f"hidden_{goal}", top=1024)
            download_design(mixed[goal], f"design_{goal}_hybrid", key=f"download_{goal}")
how_to_read(HELP)
if found:
    source_line(list(found.values()), list(designs.values()))
