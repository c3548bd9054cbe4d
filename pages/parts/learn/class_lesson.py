"""The lesson that a visitor has open: from the address, its limits, and its strip on Explore."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import streamlit as st

from cmn_core.charts.base.palette import MEMORY_NAMES
from cmn_core.classroom.figures.reach import reach
from cmn_core.classroom.lesson import Lesson, own_parameters, read_lesson
from cmn_core.design import Design
from cmn_core.errors import FieldError
from cmn_core.quantities import GOALS, LIMITS, QUANTITIES, SHORT_LIMITS
from cmn_core.search.constraints import Limits
from cmn_core.search.scoring.evaluation import Evaluation
from cmn_core.whatif.compare import LimitCheck
from cmn_core.whatif.formats.link import pack_design
from pages.parts.common.cache import Shared
from pages.parts.common.text import limits_line, number, plain
from pages.parts.common.visitor import visitor
from pages.parts.design.draft import DRAFT, PARAMETER, draft_at_hand, write_address

LESSON = "lesson"


KEY = "lesson_key"


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
