"""Start: what is traded, in one picture, and the ways in."""

from __future__ import annotations

import streamlit as st

from cmn_core.classroom.texts import glossary
from pages.parts.frame.chrome import how_to_read, source_line, title
from pages.parts.frame.start_picture import frugal_words, server_state, show_trade, shown_runs
from pages.parts.runs.cards import run_title
from pages.parts.runs.pictures import show_network
from pages.parts.runs.run_view import settled, stored_runs
from pages.parts.runs.snapshots import snapshot
from pages.parts.search.class_links import link_maker, preset_cards

HELP = """
Each mark on the left is one network together with the chip that runs it, found by a search. Up is
more accurate, left is less energy, and a larger mark is a larger chip. Colour, shape and letter say
which memory holds the network: RRAM, SRAM, or both. A click on a mark opens it in Explore. On the
right is one network: four blocks, each with attention (ViT), a router and up to five experts.
"""
WORDS = ("RRAM", "SRAM", "Expert", "mIoU")  # without which nothing here can be read
WAYS = (
    ("explore.py", "Turn the knobs", "Change one thing of a design and see who pays."),
    ("search.py", "Let the search do it", "State a scenario; watch designs improve."),
    ("results.py", "Check us", "Our results beside the paper's, our chips beside silicon."),
)

title(
    "CMN Explorer",
    "A vision network of experts, on a chip that computes inside its memory. More experts see more,"
    " and cost energy, time and area. The best trade depends on the memory.",
)
st.markdown("\n".join(f"- **{term}**: {glossary()[term]}" for term in WORDS))
for column, (page, label, about) in zip(st.columns(3), WAYS, strict=True):
    with column, st.container(border=True, height="stretch"):
        st.page_link(page, label=f"**{label}**", icon=":material/arrow_forward:")
        if page == "results.py":
            st.page_link(
                "validation.py", label="**Check the chips**", icon=":material/arrow_forward:"
            )
        st.caption(about)

stored = stored_runs(50)
runs = shown_runs(settled(stored))
if runs:
    left, right = st.columns([1.25, 1], gap="large")
    chosen = next((run for run in runs if run.goal == "energy"), runs[0])
    best = snapshot(chosen).best
    with left:
        st.subheader("What is traded", anchor=False)
        show_trade(runs)
        st.caption(
            "Energy and area simulated, mIoU predicted. A larger mark is a larger chip."
            " Click a mark to open it in Explore."
        )
        if words := frugal_words(runs):
            st.caption(words)
    with right:
        st.subheader("One of these networks", anchor=False)
        st.caption(run_title(chosen))
        if best is not None:
            show_network(best, key="chart_network_start")
else:
    st.info("No finished search is here yet. Start one: the first designs appear within seconds.")

st.header("Start from a scenario", anchor=False)
st.caption("A memory opens the search with everything filled in; one press on Start begins it.")
preset_cards()
left, right = st.columns(2, gap="large")
with left:
    st.header("This server", anchor=False)
    server_state(stored)
with right:
    st.header("For a class", anchor=False)
    st.page_link(
        "learn.py", label="Learn: chapters, tasks, teacher's sheet", icon=":material/school:"
    )
    with st.expander("Make a class link"):
        link_maker()
how_to_read(HELP)
if runs:
    source_line(runs, [best for run in runs if (best := snapshot(run).best)])
