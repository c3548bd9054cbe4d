"""Links to a run: one to look at it, and one for its owner that also steers it."""

from __future__ import annotations

import streamlit as st

from pages.parts.link import address
from pages.parts.store import Run
from pages.parts.visitor import may_steer, visitor


def share_run(run: Run) -> None:
    """A popover with the links of this run; none for a shipped example."""
    if run.row is None:
        return
    with st.popover("Link", icon=":material/link:"):
        st.caption("Whoever has this link may look at the search:")
        st.code(address("search", run=run.run_id), language=None, wrap_lines=True)
        own = visitor()
        if run.row.owner == own.owner and may_steer(run.row, "delete"):
            st.caption("This one may also pause, cancel and resume it. For your other devices:")
            keyed = address("search", run=run.run_id, key=own.key(run.run_id))
            st.code(keyed, language=None, wrap_lines=True)
