"""Search: state what you want, watch the search find it."""

from __future__ import annotations

import streamlit as st

from pages.parts.frame.chrome import how_to_read, title
from pages.parts.runs.memory_words import network_on_memories
from pages.parts.runs.run_link import chosen_run
from pages.parts.runs.run_view import Run, example_runs, mine, stored_runs, warm_up
from pages.parts.runs.take_away import take_away
from pages.parts.search.compare_runs import importance
from pages.parts.search.form import CARRIED, NOTE, REFUSED, TOGETHER, search_form
from pages.parts.search.form_link import open_setup, repeat_box
from pages.parts.search.history import run_boxes, run_table
from pages.parts.search.limit_filter import sieving
from pages.parts.search.live import live

HELP = """
A network of four blocks is searched: how many **experts** each block has and how wide they are
(**hidden size**). For every network tried, a swarm looks for the best memory arrays to hold it.

- **Front**: no other design found is better in accuracy, energy and latency at once. Hollow marks
  break a limit; dashed lines are the limits. The bar at the best design is the 90 % interval of its
  predicted mIoU. Designs far from the front are left out of the picture.
- **Convergence**: when the line stops moving, more generations will hardly help.
- **Hypervolume**: how much of the space between the front and the largest network is covered.
- **mIoU**: how well the predicted regions overlap the true ones, averaged over the classes.
- **Two seeds differ** because both evolution and the swarms draw at random; lay a second run over
  the first to see by how much. Its marks are crosses, with the number 2.
"""


def _unasked(stored: list[Run]) -> Run | None:
    """The visitor's newest run, else the shipped example of what the form is filled with."""
    examples = sorted(example_runs(), key=lambda r: (r.goal, r.memory) != ("energy", "rram"))
    return next((run for run in [*filter(mine, stored), *examples]), None)


def _together(run: Run | None) -> None:
    ids = st.session_state.get(TOGETHER, [])
    if run is None or len(ids) < 2 or run.run_id not in ids:
        return
    st.success(f"{len(ids)} searches are queued together. Pick one of them in the list.")
    page, label = (
        ("hybrid.py", "Watch Figure C1 fill")
        if run.memory == "hybrid"
        else ("results.py", "Watch Table B1 fill")
    )
    icon = ":material/arrow_forward:"
    st.page_link(page, label=label, icon=icon, query_params={"batch": run.batch or ""})


title(
    "Search",
    "Which network, on which memory arrays, serves your scenario best? State it, press Start, and"
    " watch the designs improve.",
    terms=("Pareto front", "Hypervolume", "mIoU", "Output error"),
)
warm_up()
if wrong := open_setup():
    st.warning(f"The address holds no search that can be set up. {wrong}.")
run = chosen_run()
asked = run is None or any(st.session_state.get(name) for name in (NOTE, REFUSED, CARRIED))
with st.expander("Set up a search", expanded=asked, key=f"setup_{asked}"):
    search_form()
_together(run)
stored = stored_runs()
known = [*stored, *example_runs()]
other = run_boxes(run, known)
run_table(known)
if run is None and (run := _unasked(stored)):
    what = "an example that ships with the project" if run.example else "your newest run"
    st.caption(f"No run is chosen. This is {what}.")
if run is not None:
    live(run, other)
    if not run.active and run.generation:
        if words := network_on_memories(run):
            st.markdown(words)
        take_away(run)
        st.toggle("What matters: genes and knobs", key="importance_on")
        if st.session_state["importance_on"]:
            importance(run)
        st.toggle("Move the limits after the search", key="sieve_on")
        if st.session_state["sieve_on"]:
            sieving(run, key="sieve")
    repeat_box(run)
else:
    st.info("Nothing to show yet. Start a search above; its first designs appear here at once.")
how_to_read(HELP)
