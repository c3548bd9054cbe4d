"""What can be done with the design at hand: find its hardware, search on, link, pin, take away."""

from __future__ import annotations

import json

import streamlit as st

from cmn_core.design import Design
from cmn_core.errors import FieldError
from cmn_core.whatif.answer import Answer
from cmn_core.whatif.hardware import OBJECTIVES
from cmn_core.whatif.link import memory_kind, pack_design
from pages.parts.answers import best_hardware_of
from pages.parts.basket import pin
from pages.parts.draft import begin, can_reset, can_undo, put, reset, undo
from pages.parts.link import choose
from pages.parts.presets import preset_box

GOALS = {
    "energy": "Less energy at this mIoU",
    "latency": "Shorter latency at this mIoU",
    "performance": "Higher mIoU within this energy and latency",
}


def toolbar(design: Design, answer: Answer | None) -> None:
    """One row of buttons that wraps; those that need figures wait for a design that has some."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        preset_box("Start from a preset", begin)
        st.button(
            "Undo",
            key="undo",
            icon=":material/undo:",
            on_click=undo,
            disabled=not can_undo(),
        )
        st.button("Reset", key="reset", on_click=reset, disabled=not can_reset())
        st.button(
            "Pin",
            key="pin",
            icon=":material/push_pin:",
            on_click=pin,
            args=(design,),
            disabled=answer is None,
            help="Keep this design for comparison.",
        )
        with st.popover("Find hardware", icon=":material/memory:"):
            _hardware(design)
        with st.popover("Search from here", icon=":material/search:", disabled=answer is None):
            if answer is not None:
                _search(answer)
        with st.popover("Share", icon=":material/link:"):
            _share(design, answer)


def address(page: str, **query: str) -> str:
    """Full address of a page of this server."""
    base = str(st.context.url or "").split("?")[0].rstrip("/")
    root = base.rsplit("/", 1)[0] if base.rsplit("/", 1)[-1] in ("explore", "designs") else base
    return f"{root}/{page}?" + "&".join(f"{k}={v}" for k, v in query.items())


def _hardware(design: Design) -> None:
    st.caption("Macros and copies for this architecture, within the limits of a search.")
    objective = st.radio(
        "For",
        list(OBJECTIVES),
        index=2,
        format_func=OBJECTIVES.__getitem__,
        key="hardware_objective",
    )
    free = st.toggle("May change the memory of blocks", key="hardware_free")
    if st.button("Find", key="find_hardware", type="primary"):
        try:
            with st.spinner("Searching macros and copies…", show_time=True):
                found = best_hardware_of(design, objective, free)
        except FieldError as error:
            st.error(f"No hardware was found. {error}")
            return
        put(found)
        st.rerun()


def _search(answer: Answer) -> None:
    st.caption(
        "Opens the search form with this design's memory and figures as limits. The search"
        " itself begins with designs of its own."
    )
    for goal, text in GOALS.items():
        if st.button(text, key=f"search_{goal}", disabled=answer.values["miou"] is None):
            _fill_form(answer, goal)
            choose(None)
            st.switch_page("search.py")


def _fill_form(answer: Answer, goal: str) -> None:
    """What the form of the Search page takes over (pages/parts/form.py)."""
    values = answer.values
    limits = {"min_miou": None, "max_energy_uj": None, "max_latency_us": None}
    if goal == "performance":
        limits |= {name: values[name.removeprefix("max_")] for name in list(limits)[1:]}
    else:
        limits["min_miou"] = values["miou"]
    st.session_state["form_goal"] = goal
    st.session_state["form_memory"] = memory_kind(answer.design)
    for name, value in limits.items():
        st.session_state[f"form_{name}"] = None if value is None else round(float(value), 3)


def _share(design: Design, answer: Answer | None) -> None:
    st.caption("The address holds the whole design.")
    st.code(address("explore", design=pack_design(design)), language=None, wrap_lines=True)
    if answer is not None:
        st.download_button(
            "Download as JSON",
            json.dumps(answer.design.to_json(), indent=1) + "\n",
            "design.json",
            "application/json",
            on_click="ignore",
            key="download_draft",
            icon=":material/download:",
        )
        if st.button("Open in Designs", key="to_designs", icon=":material/table_chart:"):
            pin(design)
            st.switch_page("designs.py")
