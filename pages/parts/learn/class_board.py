"""The lesson that a visitor has open, handing in, and the board of its class."""

from __future__ import annotations

import html

import streamlit as st

from cmn_core.classroom.board import FIGURES, Board, Entry, places
from cmn_core.classroom.lesson import Lesson
from cmn_core.design import Design
from cmn_core.errors import FieldError
from cmn_core.quantities import GOALS, TITLES
from cmn_core.runs.home import StoreError, told
from cmn_core.whatif.formats.link import pack_design
from pages.parts.common.tables import table_markup
from pages.parts.common.text import number, plain
from pages.parts.common.visitor import visitor
from pages.parts.design.draft import DRAFT
from pages.parts.frame.tables import html_table
from pages.parts.runs.cards import run_option
from pages.parts.runs.run_link import KEY as CHOSEN
from pages.parts.runs.run_view import Run, find_run, mine, stored_runs
from pages.parts.runs.snapshots import snapshot

SAID = "board_said"
EVERY_S = 5.0
MOST_RUNS = 50


def hand_in(lesson: Lesson) -> None:
    """Nickname and the two designs that a visitor may have: Explore's and the best of a search,
    the one that is chosen or, after a reload, whichever of theirs fits the lesson."""
    if "nickname" not in st.session_state:
        st.session_state["nickname"] = next(iter(Board().names_of(lesson, visitor())), "")
    st.text_input(
        "Your nickname",
        max_chars=24,
        key="nickname",
        persist_state="session",
        help="Shown to everybody with the class link. No real names, please.",
    )
    draft, run = st.session_state.get(DRAFT), _search(lesson)
    best = snapshot(run).best if run else None
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Hand in my design of Explore",
            key="hand_in_draft",
            type="primary",
            disabled=draft is None,
            on_click=_submit,
            args=(lesson, draft),
        )
        st.button(
            "Hand in the best of my search",
            key="hand_in_run",
            disabled=best is None,
            on_click=_submit,
            args=(lesson, best),
        )
    kind, text = st.session_state.pop(SAID, ("", ""))
    if kind:
        {"success": st.success, "info": st.info, "error": st.error}[kind](text)
    elif draft is None and best is None:
        st.caption("Open a design in Explore, or start a search; then come back to hand it in.")


def _search(lesson: Lesson) -> Run | None:
    """The search to hand in from; asked for where the visitor has several that would do."""
    chosen = find_run(st.session_state.get(CHOSEN) or "")
    wanted = (lesson.scenario.goal, lesson.scenario.memory)
    own = [run for run in stored_runs(MOST_RUNS) if mine(run) and run.generation]
    runs = {run.run_id: run for run in own if (run.goal, run.memory) == wanted}
    if chosen is not None:
        runs = {chosen.run_id: chosen, **runs}
    if len(runs) < 2:
        return next(iter(runs.values()), None)
    picked = st.selectbox(
        "Search to hand in from",
        list(runs),
        format_func=lambda run_id: run_option(runs[run_id]),
        key="hand_in_search",
    )
    return runs[picked]


def board(lesson: Lesson, key: str | None) -> None:
    """Everyone's best, again every few seconds; the teacher's tools below."""
    st.fragment(_table, run_every=EVERY_S)(lesson)
    if key is None:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        names = [entry.nickname for entry in Board().entries(lesson)]
        name = st.selectbox("Take off the board", names, index=None, key="board_name")
        st.button("Remove", key="board_remove", disabled=name is None, on_click=_remove,
                  args=(lesson, name, key))  # fmt: skip
        with st.popover("Clear the board", disabled=not names):
            st.markdown("All entries of this class go, for good.")
            st.button("Clear it", key="board_clear", type="primary", on_click=_remove,
                      args=(lesson, None, key))  # fmt: skip


def _table(lesson: Lesson) -> None:
    try:
        entries = Board().entries(lesson)
    except StoreError as error:
        st.error(f"The board cannot be read. {error.told}")
        return
    if not entries:
        st.info("Nobody has handed in a design yet. The first one within the limits appears here.")
        return
    first = GOALS[lesson.scenario.goal].quantity.name
    names = [first, *(n for n in FIGURES if n != first)]
    head = "".join(
        f'<th scope="col">{TITLES[n]} {"pred." if n == "miou" else "sim."}</th>' for n in names
    )
    ranked = zip(places(entries), entries, strict=True)
    body = "".join(_row(place, entry, names) for place, entry in ranked)
    heads = f'<th scope="col">Place</th><th scope="col" class="cmn-left">Nickname</th>{head}'
    label = "Best of each nickname"
    html_table(table_markup(heads, body, label), "board", caption=label)
    st.page_link(
        "explore.py",
        label="Look at the leading design in Explore",
        icon=":material/tune:",
        query_params={"design": entries[0].token},
    )


def _row(place: int, entry: Entry, names: list[str]) -> str:
    cells = "".join(f"<td>{number(entry.figures[n])}</td>" for n in names)
    name = html.escape(entry.nickname)
    return f'<tr><td>{place}</td><th scope="row" class="cmn-left">{name}</th>{cells}</tr>'


def _submit(lesson: Lesson, design: Design) -> None:
    try:
        nickname = st.session_state.get("nickname", "")
        entry, new = Board().submit(lesson, nickname, design, visitor=visitor())
    except (FieldError, StoreError) as error:
        st.session_state[SAID] = "error", f"Not on the board. {plain(told(error), 240)}."
        return
    value = f"{number(entry.value)} {GOALS[lesson.scenario.goal].quantity.unit}"
    name = plain(entry.nickname)
    if new:
        st.session_state[SAID] = "success", f"On the board: {name} with {value}."
    elif entry.token == pack_design(design):
        st.session_state[SAID] = "info", f"This design of {name} is on the board already."
    else:
        st.session_state[SAID] = "info", f"{name} has a better design on the board: {value}."


def _remove(lesson: Lesson, name: str | None, key: str) -> None:
    """Take one name off the board, or (None) all of them."""
    try:
        if name is None:
            Board().clear(lesson, key=key)
        else:
            Board().remove(lesson, name, key=key)
    except (FieldError, StoreError) as error:
        st.session_state[SAID] = "error", f"The board is as it was. {plain(told(error), 240)}."
