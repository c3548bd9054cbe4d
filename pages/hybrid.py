"""Hybrid: Figure C1, which memory each block gets when a chip may hold both."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import streamlit as st

from cmn_core.charts.base.frames import letters, metrics_frame
from cmn_core.charts.base.palette import MEMORY_NAMES
from cmn_core.charts.figures.block_figures import hybrid_figure
from cmn_core.design import Design
from cmn_core.quantities import GOALS, MAX_AREA_MM2, TITLES, reticle_note
from cmn_core.search.scenario import Scenario
from cmn_core.whatif.formats.link import memory_kind
from pages.parts.design.technology_files import technology_box
from pages.parts.explore.assignments import sixteen
from pages.parts.frame.chrome import how_to_read, source_line, source_text, title
from pages.parts.frame.downloads import figure_box
from pages.parts.frame.tables import data_table
from pages.parts.hybrid.phase_map import show_phase
from pages.parts.runs.cards import download_design, run_title
from pages.parts.runs.memory_words import chances, network_on_memories
from pages.parts.runs.pictures import show_blocks, show_tiles, show_totals
from pages.parts.runs.progress import Found, activity, follow, mark, unfinished
from pages.parts.runs.run_choice import (
    MINE,
    NAMES,
    best_designs,
    gather,
    shown,
    soon,
    source_box,
    take,
)
from pages.parts.runs.run_view import Run, mine, stored_runs
from pages.parts.runs.take_away import unmarked
from pages.parts.search.form import newest_batch, queue_hybrid, refused
from pages.parts.search.form_link import setup_query
from pages.parts.studies.hybrid import show_hybrid_study
from pages.parts.studies.hybrid_words import verdict

HELP = """
Each tile is one block of the network, from the image on the left to the deepest features on the
right. **R** is RRAM, small cells that keep their content without power; **S** is SRAM, exact and
fast. The search may choose for every block. Below, the same scenario with all blocks in RRAM, all
in SRAM, and mixed. A long enough hybrid search should lose to neither in its own objective, because
both are among its choices.
"""

MEMORIES = ("rram", "sram", "hybrid")
Designs = Mapping[tuple[str, str], Design]


def _tiles(mixed: dict[str, Design], found: Found, waiting: str) -> None:
    st.header("Technology per block", anchor=False)
    if not mixed and waiting:
        st.caption(waiting)
    elif not mixed:
        st.info("No hybrid search has a design here yet. Queue the three above: one per scenario.")
    else:
        text = "; ".join(f"{GOALS[goal].title} {letters(design)}" for goal, design in mixed.items())
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
            name = TITLES[metric]
            show_totals(designs, metric, alt=f"{name} for all RRAM, all SRAM and hybrid.")
    st.caption("R: all RRAM. S: all SRAM. H: hybrid. Simulated, whole network, one image.")
    if st.toggle("Show the numbers as a table", key="twin_hybrid"):
        table = metrics_frame(designs)
        data_table(table, "figure_c1", alt="All RRAM, all SRAM and hybrid.")


def _networks(mixed: dict[str, Design], found: Found) -> None:
    st.header("Network per block", anchor=False)
    for goal, column in zip(GOALS, st.columns(3, gap="large"), strict=True):
        if goal not in mixed:
            continue
        with column:
            st.subheader(GOALS[goal].title, anchor=False)
            run = found[goal, "hybrid"]
            mark(run)
            show_blocks(run, mixed[goal], "experts", key=f"experts_{goal}", top=5)
            show_blocks(run, mixed[goal], "hidden", key=f"hidden_{goal}", top=1024)
            download_design(mixed[goal], f"design_{goal}_hybrid", key=f"download_{goal}")


def _found(runs: list[Run], source: str) -> Found:
    return {
        (goal, memory): run
        for goal in GOALS
        for memory in MEMORIES
        if (run := _pick(runs, source, goal, memory))
    }


def _pick(runs: list[Run], source: str, goal: str, memory: str) -> Run | None:
    """A batch holds the hybrid searches alone; what stands beside them is then taken unasked."""
    run = shown(runs, source, goal, memory)
    if run is None and memory != "hybrid" and source not in NAMES:
        return shown(gather(MINE), MINE, goal, memory)
    return run


def _verdicts(designs: Designs, found: Found) -> None:
    for goal in GOALS:
        if (goal, "hybrid") in designs:
            st.markdown(verdict(goal, designs, chances(goal, found, designs)))
            if words := network_on_memories(found[goal, "hybrid"]):
                st.caption(words)
    uniform = [memory_kind(d) != "hybrid" for (_, m), d in designs.items() if m == "hybrid"]
    if all(uniform):
        areas = [(designs[key].metrics or {}).get("area_mm2") for key in designs if "hybrid" in key]
        if any(area and area > MAX_AREA_MM2 for area in areas):  # searched without today's limit
            with st.container(horizontal=True, gap="small", vertical_alignment="center"):
                st.caption(
                    f"A limit may change that: a die of at most {MAX_AREA_MM2:.0f} mm²",
                    width="content",
                )
                scenario = Scenario(goal="latency", memory="hybrid")
                st.page_link("search.py", label="Try it", query_params=setup_query(scenario))
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.caption(
                "So do other constants: with those fitted to the paper's tables blocks differ",
                width="content",
            )
            fitted = Scenario(goal="latency", memory="hybrid", parameters="paper")
            st.page_link("search.py", label="Try that", query_params=setup_query(fitted))
    for (goal, memory), design in designs.items():
        if note := reticle_note((design.metrics or {}).get("area_mm2")):
            st.caption(f"{GOALS[goal].label} on {MEMORY_NAMES[memory]}: {note}.")


def _body(runs: list[Run], source: str) -> None:
    found = _found(runs, source)
    designs = best_designs(found)
    mixed = {goal: designs[goal, "hybrid"] for goal in GOALS if (goal, "hybrid") in designs}
    activity(runs)
    at_work = any(run.active and run.memory == "hybrid" for run in runs)
    _tiles(mixed, found, waiting=soon(source) if at_work else "")
    if mixed:
        _verdicts(designs, found)
    if designs:
        _totals(designs)
    if mixed:
        _networks(mixed, found)
    if found:
        runs, shown_designs = list(found.values()), list(designs.values())
        if mixed:
            source = unmarked(source_text(runs, shown_designs))
            draw = partial(hybrid_figure, dict(designs), source=source)
            figure_box(draw, "figure_c1_hybrid", key="c1", label="Figure C1")
        source_line(runs, shown_designs)


def _queue() -> None:
    """Callback: queue the three and watch them here."""
    if queue_hybrid():
        take(newest_batch())


title(
    "Hybrid",
    "If a chip may hold both memories, which one should each block get, and what does it save?",
    terms=("RRAM", "SRAM", "Hybrid"),
)
if wrong := refused():
    st.error(f"The searches were not queued. {wrong}.")
source = source_box()
busy = [run for run in stored_runs() if run.memory == "hybrid" and run.active and mine(run)]
with st.container(horizontal=True, vertical_alignment="center"):
    st.button(
        "Queue the three hybrid searches",
        key="queue_hybrid",
        disabled=bool(busy),
        on_click=_queue,
    )
    if busy:
        st.page_link("search.py", label="Watch one", query_params={"run": busy[-1].run_id})
technology_box("hybrid_technologies")
found = _found(gather(source), source)
mixed = [goal for goal in GOALS if (goal, "hybrid") in found]
best = best_designs(found)
finished = [goal for goal in mixed if found[goal, "hybrid"].state == "done"]
show_phase({goal: best[goal, "hybrid"] for goal in finished if (goal, "hybrid") in best})
follow(lambda: gather(source), lambda runs: _body(runs, source))
if mixed:
    st.header("The 16 assignments", anchor=False)
    st.caption(
        "The network of the hybrid search on every assignment of its blocks, with hardware found"
        " for each. Letters: memory of blocks 1 to 4. Ring: what the search took. Click a mark to"
        " open that chip in Explore."
    )
    for goal, column in zip(GOALS, st.columns(3, gap="large"), strict=True):
        if goal in mixed:
            with column:
                st.subheader(GOALS[goal].title, anchor=False)
                run = found[goal, "hybrid"]
                sixteen(run, best_designs(found)[goal, "hybrid"])
st.header("Over several seeds", anchor=False)
show_hybrid_study()
how_to_read(HELP)
