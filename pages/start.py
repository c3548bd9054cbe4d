"""Start: what is traded, in one picture, and the ways in."""

from __future__ import annotations

import streamlit as st

from pages.parts.cards import design_metrics, run_title
from pages.parts.chrome import how_to_read, source_line, title
from pages.parts.pictures import show_front, show_network
from pages.parts.store import example_runs, newest_finished, snapshot, stored_runs

HELP = """
Each mark on the left is one network together with the chip that runs it. Up is more accurate, left
is less energy. The larger mark is the design that won; on the right is its network: four blocks,
each with attention (ViT), a router and up to five experts. A taller bar means wider experts.
"""

WAYS = (
    ("search.py", "Search", "State a scenario and its limits; watch designs improve."),
    ("results.py", "Compare with the paper", "Table B1 and Figures B1 and B2, ours beside theirs."),
    ("hybrid.py", "Mix both memories", "Let every block choose between RRAM and SRAM."),
)

title(
    "CMN Explorer",
    "A vision network of experts, on a chip that computes inside its memory. More experts see more,"
    " and cost energy, time and area. What the best trade is depends on the memory: RRAM, SRAM, or"
    " both. Search it yourself.",
)
for column, (page, label, about) in zip(st.columns(3), WAYS, strict=True):
    with column, st.container(border=True, height="stretch"):
        st.page_link(page, label=f"**{label}**", icon=":material/arrow_forward:")
        st.caption(about)

runs = [*example_runs(), *stored_runs(50)]
picks = [
    newest_finished(runs, goal, memory)
    for goal in ("energy", "performance", "latency")
    for memory in ("rram", "sram", "hybrid")
]
run = next((pick for pick in picks if pick), None)
if run is None:
    st.info("No finished search is here yet. Start one: the first designs appear within seconds.")
    st.stop()

best = snapshot(run)["best"]
left, right = st.columns([1.25, 1], gap="large")
with left:
    st.subheader(f"What a search finds: {run_title(run)}", anchor=False)
    show_front(run, "energy_uj", key="_start")
    design_metrics(best, ("energy_uj", "latency_us", "area_mm2", "miou"))
with right:
    st.subheader("The network it chose", anchor=False)
    show_network(best, key="chart_network_start")
how_to_read(HELP)
source_line([run], [best])
