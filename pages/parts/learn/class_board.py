"""The lesson that a visitor has open, handing in, and the board of its class."""

from __future__ import annotations

import html
from collections.abc import Mapping
from contextlib import suppress

import streamlit as st

from cmn_core.charts.base.palette import MEMORY_NAMES
from cmn_core.classroom.board import FIGURES, Board, Entry, places
from cmn_core.classroom.figures.reach import reach
from cmn_core.classroom.lesson import Lesson, own_parameters, read_lesson
from cmn_core.design import Design
from cmn_core.errors import FieldError
from cmn_core.quantities import GOALS, LIMITS, QUANTITIES, SHORT_LIMITS, TITLES
from cmn_core.runs.home import StoreError, told
from cmn_core.search.constraints import Limits
from cmn_core.search.scoring.evaluation import Evaluation
from cmn_core.whatif.compare import LimitCheck
from cmn_core.whatif.formats.link import pack_design
from pages.parts.common.cache import Shared
from pages.parts.common.tables import table_markup
from pages.parts.common.text import limits_line, number, plain
from pages.parts.common.visitor import visitor
from pages.parts.design.draft import DRAFT, PARAMETER, draft_at_hand, write_address
from pages.parts.frame.tables import html_table
from pages.parts.runs.cards import run_option
from pages.parts.runs.run_link import KEY as CHOSEN
from pages.parts.runs.run_view import Run, find_run, mine, stored_runs
from pages.parts.runs.snapshots import snapshot

LESSON, KEY = "lesson", "lesson_key"
SAID = "board_said"
EVERY_S = 5.0
MOST_RUNS = 50
_FIRST: Shared[str] = Shared(100)


def open_lesson() -> tuple[Lesson, str | None] | None:
    """The lesson of the address, else of the session, with the teacher's key if it was shown.

    The key leaves the address bar at once: a projector shows it to everybody. The visitor's own
    design enters it, so that a reload does not take from them what they came to hand in.
    """
    given = {name: st.query_params[name] for name in st.query_params}
    key = given.pop("key", None)
    given.pop(PARAMETER, None)
    with suppress(FieldError):  # a slip of the pen, which is told below
        given = own_parameters(given)
    if given:
        try:
            _adopt(read_lesson(given), key)
        except FieldError as error:
            st.warning(f"The address is no class link. {plain(str(error), 200)}.")
            st.query_params.clear()
            return None
    lesson = st.session_state.get(LESSON)
    if lesson is None:
        return None
    draft = draft_at_hand()
    address = lesson.query if draft is None else _address(lesson, draft)
    if key is None:
        write_address(address)
    else:
        st.query_params.from_dict(address)
    key = st.session_state.get(KEY)
    return lesson, key if lesson.opened_by(key) else None


def kept_lesson() -> Lesson | None:
    """On Explore: the lesson that is open, after a reload that of the address."""
    if {"class", "code"} <= set(st.query_params):
        with suppress(FieldError):  # of a link that somebody changed, Explore takes the design
            _adopt(read_lesson({name: st.query_params[name] for name in st.query_params}), None)
    lesson: Lesson | None = st.session_state.get(LESSON)
    return lesson


def _adopt(lesson: Lesson, key: str | None) -> None:
    """Open a lesson in this session; the key that was shown holds while its lesson is open."""
    if key is not None or st.session_state.get(LESSON) != lesson:
        st.session_state[KEY] = key
    st.session_state[LESSON] = lesson


def first_design(lesson: Lesson) -> dict[str, str]:
    """Parameters that open Explore: a design to begin with, or the visitor's own if it fits."""
    draft = st.session_state.get(DRAFT)
    if draft is not None and lesson.fits(draft):
        return _address(lesson, draft)
    token = _FIRST.get(lesson.board, lambda: pack_design(lesson.first))
    return {**lesson.query, PARAMETER: token}


def _address(lesson: Lesson, draft: Design) -> dict[str, str]:
    return {**lesson.query, PARAMETER: pack_design(draft)}


def lesson_line(lesson: Lesson) -> None:
    """What the lesson asks for, and the limits in force."""
    scenario = lesson.scenario
    st.markdown(
        f"**{GOALS[scenario.goal].label}** on **{MEMORY_NAMES[scenario.memory]}**."
        f" {limits_line(lesson.limits.to_json())} Your search draws with a seed of your own,"
        f" {lesson.seed_of(visitor().secret)}."
    )


def lesson_strip(lesson: Lesson, answer: Evaluation | None, kept: Mapping[str, LimitCheck]) -> None:
    """On Explore: what the class asks for, and whether this design may be handed in.

    kept: verdicts of the lesson's own limits
    """
    scenario = lesson.scenario
    asked = f"{scenario.goal} on {MEMORY_NAMES[scenario.memory]}"
    over = [verdict for verdict in kept.values() if not verdict.kept]
    with st.container(border=True, key="lesson_strip"):
        st.markdown(
            f"**Class {plain(lesson.name)}**: {asked}. {limits_line(lesson.limits.to_json())}"
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            if answer is None:
                words = "This design cannot be built."
            elif not lesson.fits(answer.design):
                words = f"This design is not on {MEMORY_NAMES[scenario.memory]}, as the class asks."
            elif over:
                names = ", ".join(QUANTITIES[v.metric].label for v in over)
                words = f"✗ This design breaks a limit of the class: {names}."
            else:
                own = GOALS[scenario.goal].quantity
                value = f"{number(answer.metrics[own.name])} {own.unit}"
                words = f"✓ This design keeps every limit: {own.label} {value}."
            st.markdown(words, width="content")
            st.page_link(
                "lesson.py",
                label="Hand in",
                icon=":material/upload:",
                query_params=_address(lesson, st.session_state[DRAFT]),
            )


def lesson_limits() -> tuple[Lesson, Limits] | None:
    """The lesson that is open in this session and its limits; None where neither is known."""
    lesson = st.session_state.get(LESSON)
    if lesson is None:
        return None
    try:
        return lesson, _limits(lesson.board, lesson)
    except FieldError:
        return None


def hopeless_limits(lesson: Lesson) -> list[str]:
    """Nouns of the limits that no network can keep; of those that the teacher set, the others
    follow from the space itself."""
    if all(getattr(lesson.scenario, name) is None for name in SHORT_LIMITS):
        return []
    return [LIMITS[name].quantity.word for name in _hopeless(lesson.board, lesson)]


@st.cache_resource(max_entries=60, show_spinner="Asking whether the limits can be kept…")
def _hopeless(board: str, _lesson: Lesson) -> list[str]:
    return reach(_lesson).hopeless


@st.cache_resource(max_entries=60, show_spinner=False)
def _limits(board: str, _lesson: Lesson) -> Limits:
    return _lesson.limits


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
