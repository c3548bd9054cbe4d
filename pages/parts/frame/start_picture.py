"""Start's picture and the state of this server."""

from __future__ import annotations

from typing import Any

import streamlit as st

from cmn_core.charts.base.palette import MEMORY_NAMES, palette
from cmn_core.charts.base.spec import spec
from cmn_core.charts.search.trade import PICK, trade, trade_frame
from cmn_core.design import Design
from cmn_core.quantities import GOALS
from cmn_core.runs.home import home_dir
from cmn_core.runs.lock import is_held
from cmn_core.runs.store.maintenance import bustle
from cmn_core.runs.workers.launch import slot_paths
from pages.parts.design.draft import begin_elsewhere
from pages.parts.runs.cards import run_title
from pages.parts.runs.memory_words import rivals
from pages.parts.runs.pictures import Spec, theme
from pages.parts.runs.progress import far
from pages.parts.runs.run_choice import newest_finished
from pages.parts.runs.run_view import Run, mine, open_store
from pages.parts.runs.snapshots import snapshot

MOST_RUNS = 3


def shown_runs(runs: list[Run]) -> list[Run]:
    """The newest finished run of each scenario and memory, memory by memory."""
    picks = [newest_finished(runs, goal, memory) for memory in MEMORY_NAMES for goal in GOALS]
    return [run for run in picks if run]


def show_trade(runs: list[Run]) -> None:
    """Fronts of these runs in one picture; a click opens the design in Explore."""
    fronts = _fronts(runs)
    key = tuple((run.run_id, run.generation) for run in runs)
    alt = "mIoU against energy: designs found by searches on " + ", ".join(
        MEMORY_NAMES[m] for m in fronts
    )
    picture = _picture(key, theme(), runs)
    event: Any = st.vega_lite_chart(
        picture,
        width="stretch",
        key="chart_trade",
        alt=f"{alt}. More accurate networks need more energy.",
        on_select="rerun",
        selection_mode=[PICK],
    )
    picked = event["selection"].get(PICK) or []
    if picked:
        at = picked[0]
        begin_elsewhere(fronts[at["kind"]][int(at["at"])])
        st.switch_page("explore.py")


def frugal_words(runs: list[Run]) -> str:
    """Which memory's most frugal chip needs less energy, and how probable that is; empty where one
    of the two is not here."""
    found = {(run.goal, run.memory): run for run in runs}
    designs = {key: best for key, run in found.items() if (best := snapshot(run).best)}
    return rivals("energy", found, designs) or ""


def server_state(runs: list[Run]) -> None:
    """Queue, workers and this visitor's runs. runs: of the store, newest first."""
    now = bustle(open_store())
    slots = slot_paths(home_dir())
    alive = sum(is_held(path) for path in slots)
    with st.container(horizontal=True, gap="small"):
        st.badge(f"{now.running} running", color="blue" if now.running else "gray")
        st.badge(f"{now.queued} queued", color="orange" if now.queued else "gray")
        st.badge(f"{alive} of {len(slots)} workers ready", color="green" if alive else "orange")
        st.badge(f"store {now.file_mb:.1f} MB", color="gray")
    if not alive and now.queued:
        st.caption("No worker is ready yet; one starts by itself. Explore and Learn work without.")
    own = [run for run in runs if mine(run)]
    for run in (own or runs)[:MOST_RUNS]:
        whose = "yours: " if mine(run) else ""
        st.page_link(
            "search.py",
            label=f"{whose}{run_title(run)} · {run.state}, {far(run)}",
            icon=":material/monitoring:",
            query_params={"run": run.run_id},
        )
    if not runs:
        st.caption("You have started no search here yet.")


def _fronts(runs: list[Run]) -> dict[str, list[Design]]:
    found: dict[str, list[Design]] = {}
    for run in runs:
        found.setdefault(run.memory, []).extend(snapshot(run).front)
    return found


# Shared without copies: what this returns is only read.
@st.cache_resource(max_entries=40, show_spinner=False)
def _picture(key: tuple[tuple[str, int], ...], mode: str, _runs: list[Run]) -> Spec:
    colours = palette(mode)
    return spec(trade(trade_frame(_fronts(_runs)), colours=colours), colours)
