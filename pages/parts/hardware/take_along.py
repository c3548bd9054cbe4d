"""A search for hardware as a file: taken to another machine, and brought in from one."""

from __future__ import annotations

from functools import partial

import streamlit as st

from cmn_core.errors import FieldError
from cmn_core.runs.exchange import export_run, import_run
from cmn_core.runs.home import StoreError, told
from cmn_core.runs.store.record import CHIP
from cmn_core.runs.workers.launch import top_up
from pages.parts.common.text import plain
from pages.parts.common.visitor import visitor
from pages.parts.hardware.chip_runs import show_chip
from pages.parts.runs.run_view import Run, open_store


def take_along(run: Run | None) -> None:
    """A button for the run's file, and a box that brings one in."""
    with st.container(horizontal=True, gap="small"):
        if run is not None:
            st.download_button(
                "Whole search (zip)",
                partial(export_run, open_store(), run.run_id),
                f"hardware_{run.goal}_{run.memory}.zip",
                "application/zip",
                on_click="ignore",
                key="export_chip",
                icon=":material/download:",
                help="Networks, settings and what was found; it can be brought in elsewhere.",
            )
        with st.popover("Bring in a search", icon=":material/upload:", key="import_chip_box"):
            _bring_in()


def _bring_in() -> None:
    st.caption("It is searched again here, which takes seconds and finds the same chip.")
    file = st.file_uploader("Whole search (zip)", type="zip", key="import_chip", max_upload_size=8)
    if file is None or not st.button("Bring it in", key="import_chip_go"):
        return
    store = open_store()
    try:
        run_id = import_run(store, file.getvalue(), visitor=visitor())
    except (FieldError, StoreError) as error:
        st.error(f"It was not brought in. {plain(told(error), 400)}.")
        return
    if store.get(run_id).kind == CHIP:
        top_up(store.home)
        show_chip(run_id)
        st.rerun()
    st.success("That was a search for a network; it stands on Search.")
