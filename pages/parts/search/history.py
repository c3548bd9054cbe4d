"""Runs to look at: which one the page shows, a second one to lay over it, and all of them."""

from __future__ import annotations

import re

import pandas as pd
import streamlit as st

from cmn_core.charts.base.palette import MEMORY_NAMES
from cmn_core.quantities import GOALS
from cmn_core.spreadsheet import safe_cell
from pages.parts.runs.cards import run_option
from pages.parts.runs.run_link import choose, pick, picked
from pages.parts.runs.run_view import Run, find_run, mine

BESIDE = "with"  # parameter of the address
_ID = re.compile(r"(example:)?[A-Za-z0-9_-]{4,64}")
_SEEN = "history_seen"


def run_boxes(run: Run | None, runs: list[Run]) -> Run | None:
    """The list of runs and, beside a chosen one, that of a second one, which is returned.

    runs: those to pick from, newest first; the visitor's own come first in the lists.
    """
    options = {other.run_id: other for other in sorted(runs, key=lambda r: not mine(r))}
    if run is not None:
        options.setdefault(run.run_id, run)
    if not options:
        return None
    second = _second(run)
    if second is not None:
        options.setdefault(second.run_id, second)
    labels = {run_id: _option(other) for run_id, other in options.items()}
    left, right = st.columns(2)
    with left:
        st.session_state["history"] = run.run_id if run else None
        st.selectbox(
            "Runs to look at",
            list(options),
            format_func=labels.__getitem__,
            key="history",
            placeholder="Pick a run",
            on_change=lambda: pick("history"),
        )
    if run is None:
        return None
    with right:
        st.session_state["beside"] = second.run_id if second else None
        st.selectbox(
            "Lay another run over it",
            [run_id for run_id in options if run_id != run.run_id],
            format_func=labels.__getitem__,
            index=None,  # so that it can be emptied again
            key="beside",
            placeholder="None",
            on_change=_keep_second,
        )
    return second


def run_table(runs: list[Run]) -> None:
    """All of them in a table; a picked row becomes the run that the page shows."""
    if not runs:
        return
    with st.expander(
        f"History: {len(runs)} runs", key="history_table", on_change="rerun"
    ) as folded:
        if not folded.open:
            return
        table = [
            {
                "Yours": "yes" if mine(run) else "example" if run.example else "",
                "When": run.date,
                "Scenario": GOALS[run.goal].label,
                "Memory": MEMORY_NAMES[run.memory],
                "Seed": run.seed,
                "State": run.state,
                "Done": min(1.0, run.generation / max(1, run.generations)),
                "Generation": f"{run.generation} of {run.generations}",
                "Name": safe_cell(run.label),
            }
            for run in runs
        ]
        event = st.dataframe(
            pd.DataFrame(table),
            hide_index=True,
            on_select="rerun",
            selection_mode="single-row",
            key="history_rows",
            alt="All runs, newest first.",
            column_config={"Done": st.column_config.ProgressColumn(format="percent", width=90)},
        )
        rows = event["selection"]["rows"]
        at = rows[0] if rows and rows[0] < len(runs) else None
        wanted = None if at is None else runs[at].run_id
        if wanted != st.session_state.get(_SEEN):  # a row that stays picked is no new pick
            st.session_state[_SEEN] = wanted
            if wanted is not None:
                choose(wanted)
                st.rerun()


def _option(run: Run) -> str:
    return f"{'Yours · ' if mine(run) else ''}{run_option(run)}"


def _second(run: Run | None) -> Run | None:
    """The run of ?with=..., kept in the session; another run than the first, with something to
    show; else it leaves the address."""
    wanted = st.query_params.get(BESIDE) or st.session_state.get(BESIDE)
    found = None
    if run is not None and wanted and _ID.fullmatch(wanted) and wanted != run.run_id:
        found = find_run(wanted)
    if found is None or not found.generation:
        st.session_state.pop(BESIDE, None)
        if BESIDE in st.query_params:
            del st.query_params[BESIDE]
        return None
    st.session_state[BESIDE] = wanted
    if st.query_params.get(BESIDE) != wanted:
        st.query_params[BESIDE] = str(wanted)
    return found


def _keep_second() -> None:
    found = picked("beside")
    if found is None:
        return
    (wanted,) = found
    st.session_state[BESIDE] = wanted
    if wanted is None:
        st.query_params.pop(BESIDE, None)
    else:
        st.query_params[BESIDE] = wanted
