"""Which run a page shows: the id in the address, kept in the session across page switches."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import streamlit as st

from pages.parts.common.visitor import may_steer, take_key, visitor
from pages.parts.runs.run_view import Run, find_run

KEY = "chosen_run"
BESIDE = "with"  # parameter of the address: the run that is laid over the chosen one
PAGES = (
    *("explore", "search", "results", "hybrid", "models", "validation", "noise", "scaling"),
    *("compression", "learn", "designs", "lesson", "hardware"),
)
_ID = re.compile(r"(example:)?[A-Za-z0-9_-]{4,64}")


def chosen_run() -> Run | None:
    """The run of ?run=..., else of the session; one sentence on the page when there is no such run.

    The address bar loses the id on a page switch; here it is written back.
    """
    take_key()
    wanted = st.query_params.get("run")
    if wanted is not None and not _ID.fullmatch(wanted):
        _unknown()
        return None
    run_id = wanted or st.session_state.get(KEY)
    if run_id is None:
        return None
    run = find_run(run_id)
    if run is None:
        _unknown()
        return None
    if run.chip:
        choose(None)
        words = "The address names a search for the chip of a network"
        st.page_link("hardware.py", label=words, query_params={"run": run_id})
        return None
    choose(run_id)
    return run


def address(page: str, **query: str) -> str:
    """Full address of a page of this server."""
    base = str(st.context.url or "").split("?")[0].rstrip("/")
    root, _, last = base.rpartition("/")
    return f"{root if last in PAGES else base}/{page}?{urlencode(query)}"


def choose(run_id: str | None) -> None:
    """Show this run from now on; None shows none."""
    if run_id is None:
        st.session_state.pop(KEY, None)
        st.query_params.pop("run", None)
        return
    st.session_state[KEY] = run_id
    if st.query_params.get("run") != run_id:
        st.query_params["run"] = run_id


def lay_over(run_id: str | None) -> None:
    """Lay that run over the chosen one from now on; None lays none."""
    st.session_state[BESIDE] = run_id
    if run_id is None:
        st.query_params.pop(BESIDE, None)
    else:
        st.query_params[BESIDE] = run_id


def picked(key: str) -> tuple[str | None] | None:
    """The run that the list under that key holds, None if it cannot be told.

    A browser sends a list's line back. One that has changed since it was drawn, because a run has
    begun or ended, stands for no run any more.
    """
    value: str | None = st.session_state[key]
    return (value,) if value is None or _ID.fullmatch(value) else None


def pick(key: str) -> None:
    """Show the run that the list under that key holds."""
    if found := picked(key):
        choose(*found)


def _unknown() -> None:
    st.session_state.pop(KEY, None)
    st.query_params.pop("run", None)
    st.warning(
        "The address names a run that is not on this machine. Pick one from the list, or start"
        " a new search."
    )


def share_run(run: Run, page: str = "search") -> None:
    """A popover with the links of this run on its page; none for a shipped example."""
    if run.row is None:
        return
    with st.popover("Link", icon=":material/link:"):
        st.caption("Whoever has this link may look at the search:")
        st.code(address(page, run=run.run_id), language=None, wrap_lines=True)
        own = visitor()
        if run.row.owner == own.owner and may_steer(run.row, "delete"):
            st.caption("This one may also pause, cancel and resume it. For your other devices:")
            keyed = address(page, run=run.run_id, key=own.key(run.run_id))
            st.code(keyed, language=None, wrap_lines=True)
