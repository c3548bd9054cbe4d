"""What can be done with the design at hand: find its hardware, search on, link, pin, take away."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import streamlit as st

from cmn_core.design import Design
from cmn_core.errors import FieldError
from cmn_core.quantities import GOALS, LIMITS, OBJECTIVES
from cmn_core.search.scenario import Scenario
from cmn_core.search.scoring.evaluation import Evaluation
from cmn_core.search.start import start_json
from cmn_core.whatif.formats.link import memory_kind, pack_design
from pages.parts.common.text import plain
from pages.parts.design.answers import best_hardware_of
from pages.parts.design.draft import begin, can_reset, can_undo, put, reset, turn_to, undo
from pages.parts.design.pinned import pin
from pages.parts.explore.presets import preset_box
from pages.parts.runs.run_link import address
from pages.parts.search.form import fill_form

NOT_FOUND = "hardware_not_found"


def toolbar(design: Design, answer: Evaluation | None) -> None:
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
        # What is folded away is not drawn, so that a moved slider has less to draw again.
        lazy: Any = {"on_change": "rerun"}
        with st.popover(
            "Find hardware", icon=":material/memory:", key="open_hardware", **lazy
        ) as box:
            if box.open:
                _hardware(design)
        with st.popover(
            "Search from here",
            icon=":material/search:",
            disabled=answer is None,
            key="open_search",
            **lazy,
        ) as box:
            if box.open and answer is not None:
                _search(answer)
        with st.popover("Share", icon=":material/link:", key="open_share", **lazy) as box:
            if box.open:
                _share(design, answer)


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
    st.button(
        "Find",
        key="find_hardware",
        type="primary",
        on_click=_find,
        args=(design, objective, free),
        help="Takes a second or two.",
    )
    if trouble := st.session_state.pop(NOT_FOUND, None):
        st.error(f"No hardware was found. {plain(trouble, 240)}.")


def _find(design: Design, objective: str, free: bool) -> None:
    """Callback: a press that the page itself answers is lost when another event restarts it."""
    try:
        put(best_hardware_of(design, objective, free))
    except FieldError as error:
        st.session_state[NOT_FOUND] = str(error)


def _search(answer: Evaluation) -> None:
    st.caption(
        "Opens the search form with this design's memory. Its mIoU is the limit, or for more mIoU"
        " its energy and latency. The design itself is in the first generation: if it keeps all"
        " limits, the search ends with nothing"
        " worse."
    )
    for goal in ("energy", "latency", "performance"):
        st.button(
            GOALS[goal].better,
            key=f"search_{goal}",
            disabled=answer.metrics["miou"] is None,
            on_click=_to_search,
            args=(answer, goal),
        )


def scenario_from(answer: Evaluation, goal: str) -> Scenario:
    """A search for something better than this design: its own figures are the limits."""
    values = answer.metrics
    if goal == "performance":
        limits = {f"max_{name}": values[name] for name in ("energy_uj", "latency_us")}
    else:
        limits = {"min_miou": values["miou"]}
    design, die = answer.design, LIMITS["max_area_mm2"].default
    if die is not None and (values["area_mm2"] or 0.0) > die:  # its own is allowed
        limits["max_area_mm2"] = values["area_mm2"]
    kept: dict[str, Any] = {n: _kept(n, v) for n, v in limits.items() if v is not None}
    # Every expert at work is dense routing, which is all that a search knows.
    workload = replace(design.workload, top_k=None)
    return Scenario(
        goal=goal,
        memory=memory_kind(design),
        space=design.space,
        workload=workload,
        start=start_json(design),
        **kept,
    )


def _kept(name: str, value: float) -> float:
    """Three decimals that the design itself still keeps to."""
    away = math.floor if LIMITS[name].floor else math.ceil
    return away(value * 1000.0) / 1000.0


def _to_search(answer: Evaluation, goal: str) -> None:
    limit = "energy and latency are the limits" if goal == "performance" else "mIoU is the limit"
    note = f"Filled in from Explore: your design is the start, and its {limit}."
    fill_form(scenario_from(answer, goal), note=note)
    turn_to("search.py")


def _to_designs(design: Design) -> None:
    pin(design)
    turn_to("designs.py")


def _share(design: Design, answer: Evaluation | None) -> None:
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
        st.button(
            "Open in Designs",
            key="to_designs",
            icon=":material/table_chart:",
            on_click=_to_designs,
            args=(design,),
        )
