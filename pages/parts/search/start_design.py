"""The design that a search begins with: in the form, and beside what the search has found."""

from __future__ import annotations

import streamlit as st

from cmn_core.design import Design, Workload
from cmn_core.errors import FieldError
from cmn_core.search.result import headway
from cmn_core.search.scenario import Scenario
from cmn_core.search.start import start_design
from cmn_core.whatif.formats.link import design_name, pack_design, short_text
from pages.parts.common.text import plain, short
from pages.parts.runs.run_view import Run
from pages.parts.runs.snapshots import snapshot

BEGIN = "form_begin"  # as Scenario.start; None or absent where the search begins on its own
CHANGES = {"energy_rel": "energy", "latency_rel": "latency", "area_rel": "area"}


def begin_box() -> None:
    """What the search in the form begins with, and a way to leave that out."""
    stated = st.session_state.get(BEGIN)
    if stated is None:
        return
    chip = " and its chip" if (stated.get("hardware") or {}).get("replicas") else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"Begins with {_words(start_design(stated, Workload()))}: its architecture{chip} join"
            f"{'' if chip else 's'} the first generation.",
            width="content",
        )
        if chip:
            st.button(
                "Architecture only",
                key="begin_bare",
                on_click=_bare,
                type="tertiary",
                help="Leave its chip out, for a search on another memory.",
            )
        st.button("Begin without it", key="begin_without", on_click=_without, type="tertiary")


def begun_line(run: Run) -> None:
    """Where the run began and how far its best design has come from there; nothing for most."""
    if run.settings.get("start") is None:
        return
    priced = snapshot(run).start
    try:
        scenario = Scenario.from_json(run.settings)
        design = start_design(scenario.start, scenario.workload)
    except FieldError:
        return
    words = f"{'Began' if priced else 'Begins'} with {_words(design)}."
    with st.container(horizontal=True, vertical_alignment="center"):
        if priced:
            st.caption(f"{words} {_headway(scenario, priced, snapshot(run).best)}")
            design = priced
        else:
            st.caption(words, width="content")
        st.page_link(
            "explore.py",
            label="Explore the start",
            icon=":material/tune:",
            query_params={"design": pack_design(design)},
        )


def _headway(scenario: Scenario, start: Design, best: Design | None) -> str:
    """Such as: The best found against it: energy −12 % (sim.), mIoU +0.40 points (pred.)."""
    if best is None:
        return "Nothing within the limits was found yet to compare with it."
    changes = headway(scenario, start, best)["difference"]
    parts = [
        f"{word} {_signed(100.0 * changes[name])} % (sim.)"
        for name, word in CHANGES.items()
        if changes[name] is not None
    ]
    if changes["miou_points"] is not None:
        parts.append(f"mIoU {changes['miou_points']:+.2f} points (pred.)".replace("-", "−"))
    return f"The best found against it: {', '.join(parts)}."


def _signed(percent: float) -> str:
    if abs(percent) < 0.05:
        return "±0"
    sign = "+" if percent > 0 else "−"
    return f"{sign}{abs(percent):.1f}" if abs(percent) < 99.95 else f"{sign}{short(abs(percent))}"


def _words(design: Design) -> str:
    name = design_name(design)
    return f"**{plain(name)}** ({short_text(design)})" if name else f"**{short_text(design)}**"


def _bare() -> None:
    stated = st.session_state.get(BEGIN) or {}
    st.session_state[BEGIN] = {k: v for k, v in stated.items() if k != "hardware"}


def _without() -> None:
    st.session_state.pop(BEGIN, None)
