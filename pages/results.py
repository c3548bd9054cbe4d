"""Results: Table B1 and Figures B1 and B2, ours beside the paper's."""

from __future__ import annotations

import streamlit as st

from cmn_core.architecture import SPACES
from cmn_core.charts.frames import GOAL_TITLES, GOALS
from cmn_core.charts.palette import MEMORY_NAMES
from cmn_core.charts.table_b1 import VIEWS, table_b1
from pages.parts.cards import download_design, grouped_table, run_title
from pages.parts.chrome import how_to_read, source_line, title
from pages.parts.pictures import show_blocks, show_network
from pages.parts.printed import metric_table
from pages.parts.store import ACTIVE, Run, example_runs, newest_finished, snapshot, stored_runs

FIGURES = {"sram": "Figure B1: SRAM", "rram": "Figure B2: RRAM"}
VIEW_NAMES = {
    "both": "Ours (paper)",
    "ours": "Ours",
    "paper": "Paper",
    "difference": "Difference",
}
HELP = """
Rows are scenarios on a memory, columns are the four blocks, from the image to the deepest features.
Look for **where** a scenario puts its experts and its width, more than for equal numbers: our
network is trained on other images and our chips are priced by our own model, so the same number is
not to be expected. In the figures, filled bars are ours and hollow bars the paper's.
"""


def _sources() -> tuple[list[Run], str | None]:
    """Runs to choose from, newest first, and the batch to keep to."""
    stored = stored_runs()
    batches = {run.batch: run.date for run in reversed(stored) if run.batch}
    options = ["newest", "example", *sorted(batches, key=batches.__getitem__, reverse=True)]
    names = {"newest": "Newest finished searches", "example": "Shipped example"}
    names |= {batch: f"Batch of {date}" for batch, date in batches.items()}
    choice = st.selectbox("Take designs from", options, format_func=names.__getitem__, key="from")
    if choice == "example":
        return example_runs(), None
    if choice == "newest":
        return stored + example_runs(), None
    return stored, choice


def _stale(runs: list[Run], found: dict[tuple[str, str], Run]) -> None:
    """Say when a newer search is still at work or only the example is there."""
    busy = [run for run in runs if run.state in ACTIVE and run.memory != "hybrid"]
    if busy:
        run = busy[-1]
        st.badge(
            f"{len(busy)} newer at work or queued; {run_title(run)} is at generation"
            f" {run.generation} of {run.generations}",
            color="orange",
        )
    if len(found) < 6:
        st.caption(f"{len(found)} of the six searches of Table B1 are finished; a dash is missing.")


def _figure(memory: str, found: dict[tuple[str, str], Run]) -> None:
    columns = st.columns(3, gap="large")
    widest = max(SPACES["b0"].max_hidden)
    for goal, column in zip(GOALS, columns, strict=True):
        with column:
            st.subheader(GOAL_TITLES[goal], anchor=False)
            run = found.get((goal, memory))
            if run is None:
                st.caption("No finished search yet.")
                continue
            design = snapshot(run)["best"]
            key = f"{goal}_{memory}"
            show_network(design, key=f"network_{key}")
            show_blocks(run, design, "experts", key=f"experts_{key}", top=5)
            show_blocks(run, design, "hidden", key=f"hidden_{key}", top=widest)
            download_design(design, f"design_{key}", key=f"download_{key}")


title(
    "Results",
    "Which networks did the searches choose, and how do they compare with the paper's Table B1?",
)
runs, batch = _sources()
found = {
    (goal, memory): run
    for goal in GOALS
    for memory in FIGURES
    if (run := newest_finished(runs, goal, memory, batch))
}
designs = {key: snapshot(run)["best"] for key, run in found.items()}
_stale(runs, found)
if not found:
    st.info("No search of Table B1 is finished here. Queue all six on the Search page.")
    st.page_link("search.py", label="Go to Search", icon=":material/play_arrow:")

st.header("Table B1", anchor=False)
view = st.segmented_control(
    "Show", VIEWS, default="both", required=True, format_func=VIEW_NAMES.__getitem__, key="view"
)
grouped_table(table_b1(designs, view), caption="Table B1: experts and hidden size")

st.header("Energy, latency, area and mIoU", anchor=False)
metric_table(designs)

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
how_to_read(HELP)
if found:
    source_line(list(found.values()), list(designs.values()))
