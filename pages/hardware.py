"""Hardware: the chip that a given network wants, searched in the background."""

from __future__ import annotations

import streamlit as st

from pages.parts.design.figures import STYLE
from pages.parts.frame.chrome import how_to_read, title
from pages.parts.hardware.chip_runs import chip_option, chip_runs, chosen_chip, show_chip
from pages.parts.hardware.live_chip import live_chip
from pages.parts.hardware.take_along import take_along
from pages.parts.runs.run_view import warm_up

HELP = """
- **A layer group** is a block of the network: its layers share a digital unit, lie in one memory
  and have the same number of copies, among which vectors are dealt out.
- **Macros and groups take turns.** Memory and copies of all groups are the best there are for the
  macros, unless it says otherwise; macros are each the best of their grid for the groups.
- **Time in arrays**: the rest passes on digital units and at DRAM, which copies do not shorten.
- **A larger die**: the same macros with more copies, or another memory for some groups.
- **Several networks** lie on the chip together, each with weights of its own. While one works the
  whole chip leaks, which is why sharing costs energy.
- All figures are simulated, with the 90 % interval below each card.
"""


def _pick() -> None:
    """Callback of the list. A line that has changed since it was drawn stands for no run."""
    picked = st.session_state["chip_list"]
    if any(picked == run.run_id for run in chip_runs()):
        show_chip(picked)


title(
    "Hardware",
    "Which macros, which memory and how many copies does a network of your own want? The search"
    " runs in the background; what it finds stands here at once.",
    terms=("Array (crossbar, macro)", "INT8"),
)
st.html(STYLE)
warm_up()
runs = chip_runs()
run = chosen_chip(runs)
if run is None:
    st.info("No search for hardware yet. Load a network on Models and press Search hardware.")
    st.page_link("models.py", label="To Models", icon=":material/arrow_forward:")
else:
    options = {one.run_id: one for one in [run, *runs]}
    st.session_state["chip_list"] = run.run_id
    st.selectbox(
        "Searches for hardware",
        list(options),
        format_func=lambda run_id: chip_option(options[run_id]),
        key="chip_list",
        on_change=_pick,
    )
    live_chip(run)
    st.page_link("models.py", label="Search for another network", icon=":material/add:")
take_along(run)
how_to_read(HELP)
