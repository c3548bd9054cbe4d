"""A visitor's own measured tables as the accuracy of their searches: handed in, fitted, picked.

The fit runs in a process of its own (runs.workers.fitting); the page only looks how far it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from cmn_core.architecture import SPACES
from cmn_core.errors import FieldError
from cmn_core.predictor.custom import beyond
from cmn_core.runs.home import StoreError, home_dir, told
from cmn_core.runs.store.accuracy_tables import AccuracyTables, OwnTable
from cmn_core.runs.workers import fitting
from pages.parts.common.text import plain, short
from pages.parts.common.visitor import visitor
from pages.parts.design.draft import turn_to, turning
from pages.parts.runs.run_link import choose
from pages.parts.runs.snapshots import Snapshot

PICKED = "form_table"  # the table that the form's search takes, as SPACE:SHA-256, or OURS
NOTE = "form_note"  # of pages/parts/search/form.py
REFUSED = "own_table_refused"
POLL_S = 1.0
OURS = "ours"
OURS_TEXT = "The tables that ship"
STATES = {
    "waiting": "waits for its turn",
    "fitting": "is being fitted, which takes seconds for a hundred networks and up to a minute for"
    " thousands",
}


def keep_button(raw: bytes, name: str, space: str) -> None:
    """Hands the table in that was just read."""
    st.button(
        "Use it for searches",
        key="own_table_keep",
        icon=":material/model_training:",
        on_click=_keep,
        args=(raw, name, space),
        help="A predictor is fitted to it, so that a search can ask for the mIoU of any network.",
    )
    if trouble := st.session_state.pop(REFUSED, None):
        st.error(f"The table was not taken in. {plain(trouble, 300)}.")


def own_tables_list() -> None:
    """Every table of this visitor, how good its fit is, and what can be done with it; looks again
    while one is being fitted."""
    found = _mine()
    if not found:
        return
    st.subheader("Your tables for searches", anchor=False)
    st.caption(
        "Only you see them. A search tells the SHA-256 of its table and how good the fit is."
    )
    states = [table.state for table in found]
    busy = any(state in STATES for state in states)
    st.fragment(_list, run_every=POLL_S if busy else None)(states)


def source_box() -> None:
    """Which accuracy the search in the form takes; nothing for who has no table of their own."""
    found = _mine()
    ready = {_key(table.space, table.digest): table for table in found if table.state == "ready"}
    if st.session_state.get(PICKED) not in ready:
        st.session_state[PICKED] = OURS
    if ready:
        picked = st.selectbox(
            "Accuracy from",
            [OURS, *ready],
            format_func=lambda pick: OURS_TEXT if pick == OURS else ready[pick].name,
            key=PICKED,
            persist_state="session",
            help="What the mIoU of a network is predicted from.",
        )
        if picked != OURS:
            st.caption(_quality(ready[picked]))
    if any(table.state in STATES for table in found):
        st.caption("A table of yours is still being fitted; it can be picked here afterwards.")
        _go_on()


def picked_settings() -> dict[str, str]:
    """The table of the form as settings of a scenario."""
    space, _, digest = str(st.session_state.get(PICKED, OURS)).partition(":")
    return {"space": space, "accuracy_table": digest} if digest else {}


def pick_table(settings: Mapping[str, Any]) -> str:
    """Lay a scenario's table into the form; what to say where it is somebody else's."""
    digest, space = settings.get("accuracy_table"), str(settings.get("space", "b0"))
    st.session_state[PICKED] = OURS
    if digest is None:
        return ""
    if AccuracyTables().owned(digest, space, visitor().owner):
        st.session_state[PICKED] = _key(space, str(digest))
        return ""
    return " Its own table of accuracy stays with whoever gave it; those that ship take its place."


def _key(space: str, digest: str) -> str:
    return f"{space}:{digest}"


def own_accuracy_note(settings: Mapping[str, Any], source: str) -> str:
    """What a reader of a run on somebody's own table must know; empty for other runs."""
    if settings.get("accuracy_table") is None:
        return ""
    words = plain(source, 300) if source else "comes from an own table of accuracy"
    return f"mIoU {words}. It cannot be compared with that of other searches."


def miou_source(seen: Snapshot) -> str:
    """What the designs of a run say of their mIoU; empty before there are any."""
    nearest = None if seen.nearest is None else seen.nearest.design
    known = [design for design in (seen.best, nearest, *seen.front[:1]) if design]
    return str((known[0].provenance or {}).get("miou_source", "")) if known else ""


def _list(states: Sequence[str]) -> None:
    found = _mine()
    if turning() or [table.state for table in found] != states:
        st.rerun()
    if "waiting" in states:
        _go_on()
    for at, table in enumerate(found):
        with st.container(border=True):
            _row(table, at)


def _row(table: OwnTable, at: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(table.name)}** ({table.space.upper()})", width="content")
        colour: Any = {"ready": "green", "refused": "red"}.get(table.state, "blue")
        st.badge(table.state, color=colour)
        st.space("stretch")
        if table.state == "ready":
            st.button(
                "Search with it",
                key=f"own_table_search_{at}",
                icon=":material/search:",
                on_click=_search,
                args=(table,),
            )
        st.button(
            "Forget", key=f"own_table_forget_{at}", type="tertiary", on_click=_forget, args=(table,)
        )
    if table.state in STATES:
        st.caption(f"It {STATES[table.state]}.")
    elif table.error:
        st.warning(
            f"No search can use it. {plain(table.error[:1].upper() + table.error[1:], 300)}."
        )
    else:
        st.caption(_quality(table))
        if wide := beyond(SPACES[table.space], table.reach):
            st.caption(wide)


def _quality(table: OwnTable) -> str:
    q = table.quality
    return (
        f"{table.networks:,} networks of {table.space.upper()}, mIoU {short(q['lowest'])} to"
        f" {short(q['highest'])} %. On networks left out of the fit: mean error"
        f" {q['mean_error']:.2f} points, Kendall tau {q['kendall_tau']:.2f}."
    )


def _mine() -> list[OwnTable]:
    try:
        return AccuracyTables().of(visitor().owner)
    except StoreError:
        return []  # the page's own frame says what is wrong with the store


def _go_on() -> None:
    """A fit whose process was stopped begins again."""
    try:
        fitting.start(home_dir())
    except StoreError as error:
        st.error(plain(error.told, 300))


def _keep(raw: bytes, name: str, space: str) -> None:
    try:
        AccuracyTables().add(raw, name, space=space, owner=visitor().owner)
        fitting.start(home_dir())
    except (FieldError, StoreError) as error:
        st.session_state[REFUSED] = told(error)


def _forget(table: OwnTable) -> None:
    try:
        AccuracyTables().forget(table.digest, table.space, visitor().owner)
    except StoreError as error:
        st.session_state[REFUSED] = error.told


def _search(table: OwnTable) -> None:
    st.session_state[PICKED] = _key(table.space, table.digest)
    st.session_state[NOTE] = f"mIoU comes from your table {plain(table.name)}."
    choose(None)
    turn_to("search.py")
