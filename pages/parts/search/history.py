"""Runs to look at: which one the page shows, a second one to lay over it, and all of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from cmn_core.charts.figures.search_figures import MOST
from cmn_core.errors import FieldError
from cmn_core.quantities import GOALS, LIMITS, TITLES
from cmn_core.runs.exchange import export_run, import_run
from cmn_core.runs.home import StoreError, told
from cmn_core.runs.store.record import CHIP
from cmn_core.runs.store.steering import MAX_LABEL, delete, rename
from cmn_core.runs.workers.launch import top_up
from cmn_core.search.scenario import Scenario
from cmn_core.spreadsheet import safe_cell
from pages.parts.common.text import duration, limits_line, number, plain
from pages.parts.common.visitor import keys_for, may_steer, personal, visitor
from pages.parts.frame.downloads import table_box
from pages.parts.runs.cards import memory_name, run_option
from pages.parts.runs.run_link import BESIDE, KEY, choose, lay_over, pick, picked
from pages.parts.runs.run_view import Run, find_run, mine, open_store, stored_runs
from pages.parts.runs.snapshots import snapshot
from pages.parts.search.compare_runs import compare_runs, with_designs

MOST_OWN = 100  # runs of a visitor of a shared server that may still bring in others
_ID = re.compile(r"(example:)?[A-Za-z0-9_-]{4,64}")
_SEEN, _TROUBLE = "history_seen", "history_trouble"


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
    """All of them in a table: one picked row is shown by the page, two to six are compared."""
    with st.expander(
        f"My runs: {len(runs)} in a table", key="history_table", on_change="rerun"
    ) as folded:
        if not folded.open:
            return
        if trouble := st.session_state.pop(_TROUBLE, None):
            st.error(trouble)
        word = st.text_input(
            "Filter", key="history_filter", placeholder="name, goal, memory, state or limit"
        )
        rows = [(run, _row(run)) for run in runs]
        wanted = (word or "").casefold().split()
        shown = [
            (run, row)
            for run, row in rows
            if all(part in " ".join(map(str, row.values())).casefold() for part in wanted)
        ]
        if not shown:
            st.caption("No run fits the filter." if runs else "No run is here yet.")
        else:
            _picked_rows(shown)
        _import_box()


def _picked_rows(shown: list[tuple[Run, dict[str, Any]]]) -> None:
    table = pd.DataFrame([row for _, row in shown])
    event = st.dataframe(
        table,
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        key="history_rows",
        alt="All runs, newest first.",
        column_config={
            "Done": st.column_config.ProgressColumn(format="percent", width=90),
            f"{TITLES['miou']} pred.": st.column_config.NumberColumn(format="%.2f"),
        },
    )
    table_box(table, "runs", caption="Runs", key="runs")
    picked = [shown[at][0] for at in event["selection"]["rows"] if at < len(shown)]
    alone = picked[0].run_id if len(picked) == 1 else None
    if alone != st.session_state.get(_SEEN):  # a row that stays picked is no new pick
        st.session_state[_SEEN] = alone
        if alone is not None:
            choose(alone)
            st.rerun()
    if not picked:
        st.caption(f"Pick a row to look at that run, two to {MOST} to compare them.")
        return
    _deeds(picked)
    able = with_designs(picked)
    if len(picked) > MOST:
        st.caption(f"{len(picked)} are picked; up to {MOST} are compared.")
    elif len(able) > 1:
        compare_runs(able)


def _row(run: Run) -> dict[str, Any]:
    """What tells a run from its neighbours."""
    seen = snapshot(run)
    last = seen.history[-1] if seen.history else None
    best = None if last is None or seen.best is None else last.best_objective
    limits = limits_line(asked_limits(run)).removeprefix("Limits in force: ").rstrip(".")
    seconds = run.row.seconds if run.row is not None else last.seconds if last else None
    return {
        "Name": safe_cell(run.label) or ("Example" if run.example else ""),
        "Goal": GOALS[run.goal].label,
        "Memory": memory_name(run),
        "Limits asked for": "the scenario's own" if limits.startswith("No limits") else limits,
        "Best": "–" if best is None else f"{number(best)} {GOALS[run.goal].quantity.unit}",
        f"{TITLES['miou']} pred.": (seen.best.metrics or {}).get("miou") if seen.best else None,
        "Time": duration(seconds),
        "State": run.state,
        "Done": run.share,
        "Generation": f"{run.generation} of {run.generations}",
        "Seed": run.seed,
        "When": run.date,
        "Yours": "yes" if mine(run) else "example" if run.example else "",
    }


def asked_limits(run: Run) -> dict[str, float | None]:
    """The limits that somebody set for the run, not those that follow from its scenario."""
    usual = Scenario().to_json()
    return {
        name: run.settings[name]
        for name in LIMITS
        if run.settings.get(name) is not None and run.settings[name] != usual.get(name)
    }


def _deeds(picked: list[Run]) -> None:
    """What can be done to the picked rows."""
    own = [run for run in picked if may_steer(run.row, "delete")]
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if len(picked) == 1 and own:
            run = own[0]
            with st.popover("Rename", icon=":material/edit:", key="rename_box"):
                key = f"rename_{run.run_id}"
                st.session_state.setdefault(key, run.label)
                st.text_input(
                    "Name of the run",
                    max_chars=MAX_LABEL,
                    key=key,
                    on_change=_rename,
                    args=(run.run_id, key),
                )
        if len(picked) == 1 and picked[0].row is not None and picked[0].generation:
            st.download_button(
                "Whole run (zip)",
                partial(export_run, open_store(), picked[0].run_id),
                f"run_{picked[0].goal}_{picked[0].memory}_seed{picked[0].seed}.zip",
                "application/zip",
                on_click="ignore",
                key="export_run",
                icon=":material/download:",
                help="Settings and every generation; it can be brought in elsewhere.",
            )
        if idle := [run.run_id for run in own if not run.active]:
            with st.popover(f"Delete {len(idle)}", icon=":material/delete:", key="delete_box"):
                st.caption("What a run found is gone with it. This cannot be undone.")
                st.button(
                    f"Delete {len(idle)} for good",
                    key="delete_runs",
                    type="primary",
                    on_click=_delete,
                    args=(idle,),
                )


def _import_box() -> None:
    """A whole run brought in from a file."""
    with st.popover("Bring in a run", icon=":material/upload:", key="import_box"):
        file = st.file_uploader("Whole run (zip)", type="zip", key="import_run", max_upload_size=8)
        if file is None:
            return
        if st.button("Bring it in", key="import_go"):
            try:
                if not personal() and len(stored_runs(MOST_OWN)) >= MOST_OWN:
                    found = f"{MOST_OWN} runs are yours already"
                    raise FieldError("file", found, "delete some of them first")
                run_id = import_run(open_store(), file.getvalue(), visitor=visitor())
            except (FieldError, StoreError) as error:
                st.error(f"It was not brought in. {plain(told(error), 400)}.")
                return
            if open_store().get(run_id).kind == CHIP:
                top_up(open_store().home)
                st.switch_page("hardware.py", query_params={"run": run_id})
            choose(run_id)
            st.rerun()


def _rename(run_id: str, key: str) -> None:
    """Callback."""
    keys = None if personal() else keys_for(run_id)
    _tried(lambda: rename(open_store(), run_id, st.session_state[key] or "", keys))


def _delete(run_ids: list[str]) -> None:
    """Callback."""
    for run_id in run_ids:
        _tried(partial(delete, open_store(), run_id, None if personal() else keys_for(run_id)))
        if st.session_state.get(KEY) == run_id:
            choose(None)


def _tried(deed: Callable[[], object]) -> None:
    try:
        deed()
    except (FieldError, StoreError) as error:
        st.session_state[_TROUBLE] = told(error)


def _option(run: Run) -> str:
    return f"{'Yours · ' if mine(run) else ''}{run_option(run)}"


def _second(run: Run | None) -> Run | None:
    """The run of ?with=..., kept in the session; another run than the first, with something to
    show; else it leaves the address."""
    wanted = st.query_params.get(BESIDE) or st.session_state.get(BESIDE)
    found = None
    if run is not None and wanted and _ID.fullmatch(wanted) and wanted != run.run_id:
        found = find_run(wanted)
    if found is None or found.chip or not found.generation:
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
    lay_over(wanted)
