"""Learn: the method and the physics in short chapters, each with a figure that answers."""

from __future__ import annotations

import streamlit as st

from cmn_core.classroom.texts import CHAPTERS, chapter
from pages.parts.common.text import ORIGIN_LINE
from pages.parts.common.visitor import take_key
from pages.parts.frame.chrome import title
from pages.parts.learn.chapters import FIGURES
from pages.parts.learn.lessons import show_glossary, show_sheets, show_tasks, show_teacher

SHORT = {
    "network": "Network",
    "map": "Memory map",
    "stationary": "Stay put",
    "sparse": "Sparse experts",
    "evolution": "Evolution",
    "swarm": "Swarm",
    "array": "One array",
    "slices": "Slices",
    "adc": "ADC",
    "cells": "Cells",
    "standby": "Waiting",
    "tasks": "Tasks",
    "sheets": "Sheets",
    "glossary": "Glossary",
    "teacher": "For teachers",
}
MORE = {
    "tasks": show_tasks,
    "sheets": show_sheets,
    "glossary": show_glossary,
    "teacher": show_teacher,
}


def _turn_to(name: str) -> None:
    st.session_state["chapter"] = st.query_params["chapter"] = name


def _chosen() -> str:
    """The chapter of ?chapter=..., else of the session; the address follows the choice."""
    wanted = st.query_params.get("chapter")
    if wanted is not None and wanted not in SHORT:
        st.warning("The address names a chapter that does not exist. Here is the first one.")
        del st.query_params["chapter"]
    elif wanted is not None:
        st.session_state["chapter"] = wanted
    st.session_state.setdefault("chapter", CHAPTERS[0])
    return str(
        st.pills(
            "Chapter",
            list(SHORT),
            required=True,
            format_func=SHORT.__getitem__,
            key="chapter",
            on_change=lambda: _turn_to(st.session_state["chapter"]),
            label_visibility="collapsed",
        )
    )


def _chapter(name: str) -> None:
    words = chapter(name)
    st.header(words.title, anchor=False)
    left, right = st.columns([1.5, 1], gap="large")
    with left:
        st.markdown(words.before)
        FIGURES[name]()
    names = list(SHORT)
    following = names[names.index(name) + 1]
    with right:
        st.markdown(words.after)
        st.button(
            f"Next: {SHORT[following]}",
            key=f"next_{name}",
            icon=":material/arrow_forward:",
            on_click=_turn_to,
            args=(following,),
        )


take_key()
title("Learn", "How does a chip compute inside its memory, and why does that change the network?")
name = _chosen()
if name in MORE:
    MORE[name]()
else:
    _chapter(name)
st.caption(
    f"{ORIGIN_LINE}. Figures are computed as you move, unless they say that they are recorded."
)
