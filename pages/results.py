"""Results: Table B1 and Figures B1 and B2, ours beside the paper's."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import streamlit as st

from cmn_core.architecture import SPACES
from cmn_core.charts.base.palette import MEMORY_NAMES
from cmn_core.charts.figures.block_figures import NAMES as PRINTED_AS
from cmn_core.charts.figures.block_figures import block_figure
from cmn_core.charts.studies.table_b1 import VIEWS, table_b1
from cmn_core.design import Design
from cmn_core.quantities import GOALS
from cmn_core.search.scenario import as_paper
from pages.parts.explore.segment_photo import sight
from pages.parts.frame.chrome import how_to_read, source_line, source_text, title
from pages.parts.frame.downloads import figure_box, table_box
from pages.parts.runs.cards import download_design, grouped_table, run_title
from pages.parts.runs.memory_words import rivals
from pages.parts.runs.pictures import show_blocks, show_network
from pages.parts.runs.progress import Found, activity, follow, mark, notes
from pages.parts.runs.run_choice import NAMES, best_designs, gather, shown, soon, source_box
from pages.parts.runs.run_view import Run
from pages.parts.runs.snapshots import snapshot
from pages.parts.runs.take_away import unmarked
from pages.parts.search.form import refused
from pages.parts.search.limit_filter import sieving
from pages.parts.search.seed_spread import seeds
from pages.parts.studies.paper_metrics import metric_table, tables_g

FIGURES = {"sram": "Figure B1: SRAM", "rram": "Figure B2: RRAM"}
VIEW_NAMES = {
    "both": "Ours (paper)",
    "ours": "Ours",
    "paper": "Paper",
    "difference": "Difference",
}
HELP = """
Rows are scenarios on a memory, columns are the four blocks, from the image to the deepest features.
Look for **where** a scenario puts its experts and its width, more than for equal numbers. Our
network is trained on other images and our chips are priced by our own model, so the same number is
not to be expected. In the figures, filled bars are ours and hollow bars the paper's.

**Moved limits** judge the designs that a search kept on its front; another search under those
limits may find better ones.
"""


def _state(runs: list[Run], found: Found, source: str) -> None:
    """What is at work, and how much of the table there is."""
    activity(runs)
    for run in runs:
        if run.active and run.batch and run.batch != st.query_params.get("batch"):
            query = {"batch": run.batch}
            st.page_link("results.py", label="Watch that batch fill the table", query_params=query)
            break
    done = sum(run.state == "done" for run in found.values())
    if not found and any(run.active for run in runs):
        st.caption(soon(source))
    elif not found:
        st.info("No search of Table B1 has a design here yet. Queue all six on the Search page.")
        st.page_link("search.py", label="Go to Search", icon=":material/play_arrow:")
    elif done < 6:
        st.caption(
            f"{len(found)} of the six searches of Table B1 have a design so far, {done} of them"
            " finished. A dash is missing."
        )


def _figure(memory: str, found: Found) -> None:
    columns = st.columns(3, gap="large")
    widest = max(SPACES["b0"].max_hidden)
    for goal, column in zip(GOALS, columns, strict=True):
        with column:
            st.subheader(GOALS[goal].title, anchor=False)
            run = found.get((goal, memory))
            if run is None:
                st.caption("No design yet.")
                continue
            mark(run)
            design = snapshot(run).best
            assert design is not None
            key = f"{goal}_{memory}"
            show_network(design, key=f"network_{key}")
            show_blocks(run, design, "experts", key=f"experts_{key}", top=5)
            show_blocks(run, design, "hidden", key=f"hidden_{key}", top=widest)
            download_design(design, f"design_{key}", key=f"download_{key}")


def _memories(found: Found, designs: Mapping[tuple[str, str], Design]) -> None:
    """Which memory is ahead in each scenario, how surely, and by what."""
    words = [text for goal in GOALS if (text := rivals(goal, found, designs))]
    if not words:
        return
    st.subheader("What decides between the memories here", anchor=False)
    for text in words:
        st.markdown(text)
    st.caption(
        "Each memory with the network and the chip of its own search, both priced under the same"
        " draws of what the calibration leaves open (sim.); mIoU by its prediction intervals"
        " (pred.)."
    )


def _found(runs: list[Run], source: str) -> Found:
    """Unasked, searches under the conditions of the paper alone: others have no printed figures."""
    if source in NAMES:
        runs = [run for run in runs if as_paper(run.settings)]
    return {
        (goal, memory): run
        for goal in GOALS
        for memory in FIGURES
        if (run := shown(runs, source, goal, memory))
    }


def _body(runs: list[Run], source: str) -> None:
    found = _found(runs, source)
    designs = best_designs(found)
    beside = notes(found)
    _state([run for run in runs if run.memory in FIGURES], found, source)
    st.header("Table B1", anchor=False)
    view = st.segmented_control(
        "Show", VIEWS, default="both", required=True, format_func=VIEW_NAMES.__getitem__, key="view"
    )
    titled = {(GOALS[g].title, MEMORY_NAMES[m]): text for (g, m), text in beside.items()}
    rows = table_b1(designs, view)
    grouped_table(rows, caption="Table B1: experts and hidden size", notes=titled)
    table_box(rows, "table_b1", caption=f"Table B1: {VIEW_NAMES[view].lower()}", key="b1")

    st.header("Energy, latency, area and mIoU", anchor=False)
    metric_table(found, designs, beside)
    _memories(found, designs)

    st.header("Figures B1 and B2", anchor=False)
    memory = st.segmented_control(
        "Memory",
        list(FIGURES),
        default="sram",
        required=True,
        format_func=FIGURES.__getitem__,
        key="memory",
        bind="query-params",
    )
    _figure(memory, found)
    st.caption(f"Filled bars: ours, {MEMORY_NAMES[memory]}. Hollow bars: the paper's Table B1.")
    source = unmarked(source_text(list(found.values()), list(designs.values())))
    if ours := {goal: design for (goal, kind), design in designs.items() if kind == memory}:
        draw = partial(block_figure, ours, memory=memory, source=source)
        name = f"figure_{PRINTED_AS[memory].lower()}_{memory}"
        figure_box(draw, name, key=memory, label=f"Figure {PRINTED_AS[memory]}")
    if found:
        source_line(list(found.values()), list(designs.values()))


def _moved(found: Found) -> None:
    """Limits moved after the search, over the front of one of the runs shown."""
    options = list(found)
    if st.session_state.get("sieve_of") not in options:
        st.session_state["sieve_of"] = options[0]
    chosen = st.selectbox(
        "Front of", options, format_func=lambda key: run_title(found[key]), key="sieve_of"
    )
    sieving(found[chosen], key="sieve_results")


title(
    "Results",
    "Which networks did the searches choose, and how do they compare with the paper's Table B1?",
    terms=("Expert", "Hidden size", "mIoU", "Router"),
)
if wrong := refused():
    st.error(f"The searches were not queued. {wrong}.")
source = source_box()
follow(lambda: gather(source), lambda runs: _body(runs, source))
found = _found(gather(source), source)
st.header("Beside Tables G1 and G2", anchor=False)
tables_g()
if found:
    st.header("Spread over seeds", anchor=False)
    seeds(found)
    st.header("Move the limits after the search", anchor=False)
    _moved(found)
sight(best_designs(found))
how_to_read(HELP)
