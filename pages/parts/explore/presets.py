"""Designs to begin with: the paper's, the ends of the space, the best of the shipped runs."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from cmn_core.architecture import SPACES, Architecture
from cmn_core.charts.base.palette import MEMORY_NAMES
from cmn_core.charts.studies.printed import table_b1
from cmn_core.design import MEMORIES, Design, Hardware
from cmn_core.whatif.formats.link import named
from pages.parts.design.draft import default_design
from pages.parts.runs.run_view import example_runs
from pages.parts.runs.snapshots import snapshot


@st.cache_resource(max_entries=1, show_spinner=False)
def presets() -> dict[str, Design]:
    """By title. Those of the paper and the ends of the space stand on default macros, one copy."""
    found: dict[str, Design] = {}
    for run in example_runs():
        if best := snapshot(run).best:
            title = f"Example: {run.goal}, {MEMORY_NAMES[run.memory]}"
            found[title] = best
    for (goal, memory), printed in table_b1().items():
        experts, hidden = printed["experts"], printed["hidden"]
        architecture = Architecture(tuple(experts), tuple(hidden))  # type: ignore[arg-type]
        title = f"Table B1: {goal}, {MEMORY_NAMES[memory]}"
        found[title] = _on(architecture, memory)
    for memory in MEMORIES:
        found[f"Largest, {MEMORY_NAMES[memory]}"] = _on(SPACES["b0"].largest, memory)
        found[f"Smallest, {MEMORY_NAMES[memory]}"] = _on(SPACES["b0"].smallest, memory)
    return {title: named(design, title) for title, design in found.items()}


def first_design() -> Design:
    """What a first visitor sees: an example's best design, else one of medium size."""
    known = presets()
    for memory in ("Hybrid", "RRAM", "SRAM"):
        if design := known.get(f"Example: energy, {memory}"):
            return design
    return default_design()


def preset_box(text: str, chosen: Callable[[Design], None]) -> None:
    """A list that hands over the design that was picked, and is ready for the next pick."""

    def pick() -> None:
        title = st.session_state.get("preset")
        st.session_state["preset"] = None
        if title in presets():
            chosen(presets()[title])

    st.selectbox(
        text,
        list(presets()),
        index=None,
        key="preset",
        placeholder=text,
        label_visibility="collapsed",
        on_change=pick,
        width=300,
    )


def _on(architecture: Architecture, memory: str) -> Design:
    return Design(architecture, hardware=Hardware((memory,) * 4))
