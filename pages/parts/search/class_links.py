"""Ways into a search and a lesson: presets that fill its form, and the link of a class."""

from __future__ import annotations

import streamlit as st

from cmn_core.charts.base.palette import MEMORY_NAMES
from cmn_core.classroom.figures.reach import Reach, reach
from cmn_core.classroom.lesson import Lesson, code_of, new_key
from cmn_core.errors import FieldError
from cmn_core.quantities import GOALS, LIMITS, SHORT_LIMITS
from cmn_core.search.scenario import Scenario
from pages.parts.common.text import limits_line, number, plain, short
from pages.parts.learn.room import show_code
from pages.parts.runs.run_link import address
from pages.parts.search.form_link import setup_query


def preset_cards() -> None:
    """The paper's three scenarios, each on three memories, as links to the filled-in search."""
    for goal, column in zip(GOALS, st.columns(3), strict=True):
        with column, st.container(border=True, height="stretch"):
            st.markdown(f"**{GOALS[goal].title}**")
            st.caption(GOALS[goal].about)
            with st.container(horizontal=True, gap="small"):
                for memory, name in MEMORY_NAMES.items():
                    st.page_link(
                        "search.py",
                        label=name,
                        icon=":material/edit_note:",
                        query_params=setup_query(Scenario(goal=goal, memory=memory)),
                    )


def link_maker() -> None:
    """A form that answers with two addresses: the class's and the teacher's."""
    with st.form("class_link", border=False, enter_to_submit=False):
        with st.grid(min_column_width=190, gap="small"):
            st.text_input("Name of the class", max_chars=40, key="class_name")
            st.selectbox(
                "Scenario",
                list(GOALS),
                index=1,
                format_func=lambda g: GOALS[g].label,
                key="class_goal",
            )
            st.selectbox(
                "Memory",
                list(MEMORY_NAMES),
                format_func=MEMORY_NAMES.__getitem__,
                key="class_memory",
            )
            st.number_input(
                "Seed",
                min_value=0,
                value=0,
                step=1,
                key="class_seed",
                help="Each pair's own seed follows from it.",
            )
        with st.grid(min_column_width=190, gap="small"):
            for limit in SHORT_LIMITS:
                st.number_input(
                    LIMITS[limit].label,
                    value=None,
                    placeholder="the scenario's own",
                    key=f"class_{limit}",
                )
        st.form_submit_button(
            "Make the links", type="primary", key="class_make", on_click=_make_links
        )
    if "class_refused" in st.session_state:
        st.error(f"No link was made. {plain(st.session_state['class_refused'], 200)}.")
    elif "class_made" in st.session_state:
        lesson, key, found = st.session_state["class_made"]
        st.caption(_meaning(found))
        st.markdown(f"For the class **{plain(lesson.name)}**:")
        pupils = address("lesson", **lesson.query)
        st.code(pupils, language=None, wrap_lines=True)
        show_code(pupils)
        st.markdown("For you alone (it can clear the board; keep it, nobody can find it again):")
        st.code(address("lesson", **lesson.query, key=key), language=None, wrap_lines=True)


def _make_links() -> None:
    """Take the form in before the page runs: a press that the page itself answers is lost when
    another event (the chart's, the theme's) restarts the page before it comes this far down."""
    state = st.session_state
    state.pop("class_refused", None)
    key = new_key()
    limits = {limit: state[f"class_{limit}"] for limit in SHORT_LIMITS}
    try:
        asked = Scenario.of_paper(
            goal=state["class_goal"],
            memory=state["class_memory"],
            seed=int(state["class_seed"]),
            **{k: v for k, v in limits.items() if v is not None},
        )
        lesson = Lesson(" ".join(state["class_name"].split()), code_of(key), asked)
        found = reach(lesson)
        for limit in found.hopeless:
            raise FieldError(limit, *_hopeless(found, limit))
        state["class_made"] = lesson, key, found
    except FieldError as error:
        state["class_refused"] = str(error)


def _meaning(found: Reach) -> str:
    """The limits in force and what the ends of the space make of them."""
    ends = (
        f"The largest network reaches {number(found.largest[0])} % mIoU, the smallest"
        f" {number(found.smallest[0])} % (pred.)."
    )
    costs = [
        f"{number(least)} of {LIMITS[name].bound(short(getattr(found.limits, name)))}"
        for name, least in found.least.items()
    ]
    needs = f" On hardware found for it, the smallest network needs {', '.join(costs)} (sim.)."
    return f"{limits_line(found.limits.to_json())} {ends}{needs if costs else ''}"


def _hopeless(found: Reach, limit: str) -> tuple[str, str]:
    """What was asked for and what can be, for a limit that nobody can meet."""
    allowed = getattr(found.limits, limit)
    if LIMITS[limit].floor:
        return (
            f"found {short(allowed)} %, which no network reaches",
            f"the largest has {number(found.largest[0])} % (pred.), so ask for less",
        )
    return (
        f"found {short(allowed)} {LIMITS[limit].quantity.unit}, which no chip keeps",
        f"the smallest network needs {number(found.least[limit])} (sim.), so allow more",
    )
