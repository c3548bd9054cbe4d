"""Which searches a page of results takes its designs from; the choice is in the address."""

from __future__ import annotations

import streamlit as st

from cmn_core.design import MEMORIES
from pages.parts.store import Run, stored_runs


def source_box() -> str:
    """Where designs are taken from: "newest", "example", or a batch, kept in the address."""
    batches = {run.batch: run.date for run in reversed(table_runs()) if run.batch}
    options = ["newest", "example", *sorted(batches, key=batches.__getitem__, reverse=True)]
    names = {"newest": "Newest searches", "example": "Shipped example"}
    names |= {batch: f"Batch of {date}" for batch, date in batches.items()}
    wanted = st.query_params.get("batch")
    if wanted in options:
        st.session_state["from"] = wanted
    elif wanted is not None:
        del st.query_params["batch"]
    return str(
        st.selectbox(
            "Take designs from",
            options,
            format_func=names.__getitem__,
            key="from",
            on_change=_keep_source,
        )
    )


def _keep_source() -> None:
    choice = st.session_state["from"]
    if choice == "newest":
        st.query_params.pop("batch", None)
    else:
        st.query_params["batch"] = choice


def table_runs() -> list[Run]:
    """Runs of Table B1 in the store, newest first."""
    return [run for run in stored_runs() if run.memory in MEMORIES]
