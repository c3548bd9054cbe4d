"""Search: state what you want, watch the search find it."""

from __future__ import annotations

import streamlit as st

from pages.parts.cards import run_option
from pages.parts.chrome import how_to_read, title
from pages.parts.form import TOGETHER, search_form
from pages.parts.link import choose, chosen_run
from pages.parts.live import live
from pages.parts.store import Run, example_runs, stored_runs, warm_up

HELP = """
A network of four blocks is searched: how many **experts** each block has and how wide they are
(**hidden size**). For every network tried, a swarm looks for the best memory arrays to hold it.

- **Front**: no other design found is better in accuracy, energy and latency at once. Hollow marks
  break a limit; dashed lines are the limits. The bar at the best design is the 90 % interval of its
  predicted mIoU.
- **Convergence**: when the line stops moving, more generations will hardly help.
- **Hypervolume**: how much of the space between the front and the largest network is covered.
- **mIoU**: how well the predicted regions overlap the true ones, averaged over the classes.
"""


def _history(run: Run | None) -> None:
    runs = stored_runs() + example_runs()
    if run and run.run_id not in {other.run_id for other in runs}:
        runs.insert(0, run)
    options = {other.run_id: other for other in runs}
    if not options:
        return
    if st.session_state.get("history") not in (None, *options):
        st.session_state.pop("history")
    st.session_state["history"] = run.run_id if run else None
    st.selectbox(
        "Runs on this machine",
        list(options),
        format_func=lambda run_id: run_option(options[run_id]),
        key="history",
        placeholder="Pick a run",
        on_change=lambda: choose(st.session_state["history"]),
    )


title(
    "Search",
    "Which network, on which memory arrays, serves your scenario best? State it, press Start, and"
    " watch the designs improve.",
)
warm_up()
run = chosen_run()
with st.expander("Set up a search", expanded=run is None, key=f"setup_{run is None}"):
    search_form()
together = st.session_state.get(TOGETHER, [])
if run and len(together) > 1 and run.run_id in together:
    st.success(f"{len(together)} searches are queued together. Pick one of them in the list.")
    if run.memory == "hybrid":
        st.page_link("hybrid.py", label="Watch Figure C1 fill", icon=":material/arrow_forward:")
    else:
        st.page_link(
            "results.py",
            label="Watch Table B1 fill",
            icon=":material/arrow_forward:",
            query_params={"batch": run.batch or ""},
        )
_history(run)
if run is None and (shown := [*example_runs(), *stored_runs(1)]):
    run = shown[0]
    what = "an example that ships with the project" if run.example else "the newest run"
    st.caption(f"No run is chosen. This is {what}.")
if run is not None:
    live(run)
else:
    st.info("Nothing to show yet. Start a search above; its first designs appear here at once.")
how_to_read(HELP)
