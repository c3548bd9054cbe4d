"""Hybrid: Figure C1, which memory each block gets when a chip may hold both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from cmn_core.charts.frames import GOAL_TITLES, GOALS, METRIC_TITLES, letters, metrics_frame
from pages.parts.cards import download_design, run_title
from pages.parts.chrome import how_to_read, source_line, title
from pages.parts.form import queue_hybrid
from pages.parts.pictures import show_blocks, show_tiles, show_totals
from pages.parts.progress import Found, activity, follow, mark, unfinished
from pages.parts.store import Run, example_runs, newest_shown, snapshot, stored_runs

HELP = """
Each tile is one block of the network, from the image on the left to the deepest features on the
right. **R** is RRAM, small cells that keep their content without power; **S** is SRAM, exact and
fast. The search may choose for every block. Below, the same scenario with all blocks in RRAM, all
in SRAM, and mixed: a long enough hybrid search should lose to neither in its own objective, because
both are among its choices.
"""

MEMORIES = ("rram", "sram", "hybrid")
Designs = Mapping[tuple[str, str], Any]


def _gather() -> list[Run]:
    return stored_runs() + example_runs()


def _tiles(mixed: dict[str, Any], found: Found, waiting: bool) -> None:
    st.header("Technology per block", anchor=False)
    if not mixed and waiting:
        st.caption("The first design within the limits appears here by itself.")
    elif not mixed:
        st.info("No hybrid search has a design here yet. Queue the three above: one per scenario.")
    else:
        text = "; ".join(f"{GOAL_TITLES[goal]} {letters(design)}" for goal, design in mixed.items())
        show_tiles(mixed, alt=f"Technology of blocks 1 to 4 by scenario: {text}.")
        st.caption("R: RRAM. S: SRAM. Below the letter: experts × hidden size.")
    pending = [f"{run_title(run)}, {text}" for run in found.values() if (text := unfinished(run))]
    if pending:
        st.caption(f"Not finished, the best so far is shown: {'; '.join(pending)} generations.")


def _totals(designs: Designs) -> None:
    st.header("What it saves", anchor=False)
    for column, metric in zip(
        st.columns(3, gap="large"), ("latency_us", "energy_uj", "area_mm2"), strict=True
    ):
        with column:
            name = METRIC_TITLES[metric]
            show_totals(dict(designs), metric, alt=f"{name} for all RRAM, all SRAM and hybrid.")
    st.caption("R: all RRAM. S: all SRAM. H: hybrid. Simulated, whole network, one image.")
    if st.toggle("Show the numbers as a table", key="twin_hybrid"):
        st.dataframe(metrics_frame(designs), hide_index=True, alt="Metrics of all searches.")


def _networks(mixed: dict[str, Any], found: Found) -> None:
    st.header("Network per block", anchor=False)
    for goal, column in zip(GOALS, st.columns(3, gap="large"), strict=True):
        if goal not in mixed:
            continue
        with column:
            st.subheader(GOAL_TITLES[goal], anchor=False)
            run = found[goal, "hybrid"]
            mark(run)
            show_blocks(run, mixed[goal], "experts", key=f"experts_{goal}", top=5)
            show_blocks(run, mixed[goal], "hidden", key=f"hidden_{goal}", top=1024)
            download_design(mixed[goal], f"design_{goal}_hybrid", key=f"download_{goal}")


def _body(runs: list[Run]) -> None:
    found = {
        (goal, memory): run
        for goal in GOALS
        for memory in MEMORIES
        if (run := newest_shown(runs, goal, memory))
    }
    designs = {key: snapshot(run)["best"] for key, run in found.items()}
    mixed = {goal: designs[goal, "hybrid"] for goal in GOALS if (goal, "hybrid") in designs}
    activity(runs)
    _tiles(mixed, found, waiting=any(run.active and run.memory == "hybrid" for run in runs))
    if designs:
        _totals(designs)
    if mixed:
        _networks(mixed, found)
    how_to_read(HELP)
    if found:
        source_line(list(found.values()), list(designs.values()))


title(
    "Hybrid",
    "If a chip may hold both memories, which one should each block get, and what does it save?",
)
busy = [run for run in stored_runs() if run.memory == "hybrid" and run.active]
with st.container(horizontal=True, vertical_alignment="center"):
    if st.button("Queue the three hybrid searches", key="queue_hybrid", disabled=bool(busy)):
        queue_hybrid()
    if busy:
        st.page_link("search.py", label="Watch one", query_params={"run": busy[-1].run_id})
follow(_gather, _body)
