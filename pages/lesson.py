"""Class: what the lesson of a class link asks for, handing in, and everyone's best so far."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from cmn_core.classroom.lesson import Lesson
from cmn_core.errors import FieldError
from pages.parts.common.text import plain
from pages.parts.common.visitor import visitor
from pages.parts.design.draft import draft_trouble, turn_page, turn_to
from pages.parts.frame.chrome import how_to_read, title
from pages.parts.learn.class_board import board, hand_in
from pages.parts.learn.class_lesson import first_design, hopeless_limits, lesson_line, open_lesson
from pages.parts.search.form import fill_form

HELP = """
The board holds one design for each nickname: the best one handed in that keeps all limits. Each is
priced anew by this server, so a changed file does not help. Less is better for energy and latency,
more for mIoU.
"""


def _to_search(asked: Lesson) -> None:
    own = replace(asked.scenario, seed=asked.seed_of(visitor().secret))
    fill_form(own, note=f"Filled in from the lesson of class {plain(asked.name)}.")
    turn_to("search.py")


turn_page()
found = open_lesson()
if found is None:
    title("Class", "Which design of the class is best? A class link opens its lesson here.")
    st.info(
        "No lesson is open. Ask your teacher for the class link, or make one on the first page."
    )
    st.page_link("start.py", label="Go to Start", icon=":material/home:")
    st.stop()
lesson, key = found
trouble = draft_trouble()
title(f"Class {plain(lesson.name)}", "Who finds the best design within the limits of this lesson?")
if trouble:
    st.warning(trouble)
try:
    lesson_line(lesson)
    if out_of_reach := hopeless_limits(lesson):
        st.warning(
            f"No network keeps the limit on {' and '.join(out_of_reach)}: nothing can be handed in."
            " The teacher can make another link on Start."
        )
except FieldError as error:
    st.error(f"This lesson cannot be held here. {plain(str(error), 200)}.")
    st.stop()
with st.container(horizontal=True, gap="small"):
    st.page_link(
        "explore.py",
        label="Change a design by hand",
        icon=":material/tune:",
        query_params=first_design(lesson),
    )
    st.button(
        "Let a search do it",
        key="lesson_search",
        icon=":material/search:",
        on_click=_to_search,
        args=(lesson,),
    )
    st.page_link("learn.py", label="Learn what is behind it", icon=":material/school:")
st.header("Hand in", anchor=False)
hand_in(lesson)
st.header("Board", anchor=False)
board(lesson, key)
if key is not None:
    st.caption("You opened the teacher's link. It was taken out of the address bar.")
how_to_read(HELP)
