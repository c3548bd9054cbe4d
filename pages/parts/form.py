"""The form of a search: what to optimise, on which memory, within which limits, how long."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import streamlit as st

from cmn_core.charts.frames import GOAL_TITLES, GOALS
from cmn_core.charts.palette import MEMORY_NAMES
from cmn_core.errors import FieldError
from cmn_core.runs.home import StoreError
from cmn_core.search.scenario import Scenario
from pages.parts.link import choose
from pages.parts.live import STARTED
from pages.parts.store import start

TOGETHER = "queued_together"  # ids of this visitor's last batch
ABOUT = {
    "latency": "Shortest latency with at most 1.0 point of mIoU lost against the largest network.",
    "energy": "Least energy with at most 1.0 point of mIoU lost against the largest network.",
    "performance": "Highest mIoU at no more than half the latency and half the energy of the"
    " largest network.",
}
LARGEST_LESS = "default: largest less 1.0"
HALF = "default: half of largest"
DEFAULTS = {
    "latency": {"min_miou": LARGEST_LESS},
    "energy": {"min_miou": LARGEST_LESS},
    "performance": {"max_latency_us": HALF, "max_energy_uj": HALF},
}
LIMITS = {
    "min_miou": ("Least mIoU (%)", "Accuracy a design must keep. 0 switches the limit off."),
    "max_latency_us": ("Most latency (µs)", "Time for one image."),
    "max_energy_uj": ("Most energy (µJ)", "Energy for one image."),
    "max_area_mm2": ("Most area (mm²)", "Silicon area of the whole chip."),
    "max_array_mb": (
        "Most arrays (MB)",
        "Capacity of all arrays, copies included; 10 as in the paper. 1 MB = 1 000 000 bytes.",
    ),
}
EFFORT = {
    "population": ("Population", 50, 2, "Architectures alive in each generation."),
    "generations": ("Generations", 30, 1, "Rounds of selection, crossover and mutation."),
    "particles": ("Particles", 30, 1, "Hardware points that fly in each inner swarm."),
    "iterations": ("Iterations", 50, 1, "Steps of each inner swarm."),
    "seed": ("Seed", 0, 0, "Same seed, same result. Another seed shows the spread."),
}


def search_form() -> None:
    """Draws the form; a submitted search is queued and becomes the one that the page shows."""
    with st.container(horizontal=True, gap="large"):
        goal = st.segmented_control(
            "Scenario",
            GOALS,
            default="energy",
            required=True,
            format_func=lambda g: GOAL_TITLES[g][2:],
            key="form_goal",
            persist_state="session",
        )
        memory = st.segmented_control(
            "Memory",
            list(MEMORY_NAMES),
            default="rram",
            required=True,
            format_func=MEMORY_NAMES.__getitem__,
            key="form_memory",
            persist_state="session",
            help="Hybrid chooses RRAM or SRAM block by block.",
        )
    st.caption(ABOUT[goal])
    with st.form("search", border=False, enter_to_submit=False):
        values = _fields(goal)
        label = st.text_input(
            "Name (optional)", max_chars=60, key="form_label", placeholder="shown in the list"
        )
        with st.container(horizontal=True):
            one = st.form_submit_button("Start search", type="primary", key="start")
            six = st.form_submit_button("Queue all six of Table B1", key="queue_six")
            three = st.form_submit_button("Queue the three hybrid ones", key="queue_three")
        st.caption(
            "The six are all scenarios on RRAM and on SRAM, with each scenario's own default"
            " limits; the effort and the seed above count for all of them."
        )
    if one:
        _submit([{"scenario": goal, "memory": memory, **values}], label)
    elif six:
        _submit(_batch(values, ("rram", "sram")), label)
    elif three:
        _submit(_batch(values, ("hybrid",)), label)


def queue_hybrid() -> None:
    """Queue the three hybrid searches with the default effort."""
    _submit(_batch({}, ("hybrid",)), "")


def _fields(goal: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    with st.grid(min_column_width=190, gap="small"):
        for name, (label, help_) in LIMITS.items():
            otherwise = "default: 10" if name == "max_array_mb" else "off"
            values[name] = st.number_input(
                label,
                min_value=0.0,
                value=None,
                placeholder=DEFAULTS[goal].get(name, otherwise),
                help=help_,
                key=f"form_{name}",
            )
    with st.grid(min_column_width=140, gap="small"):
        for name, (label, value, least, help_) in EFFORT.items():
            values[name] = st.number_input(
                label, min_value=least, value=value, step=1, help=help_, key=f"form_{name}"
            )
    return {name: value for name, value in values.items() if value is not None}


def _batch(values: dict[str, Any], memories: Iterable[str]) -> list[dict[str, Any]]:
    effort = {name: value for name, value in values.items() if name in EFFORT}
    pairs = [(goal, memory) for memory in memories for goal in GOALS]
    return [{"scenario": goal, "memory": memory, **effort} for goal, memory in pairs]


def _submit(requests: list[dict[str, Any]], label: str) -> None:
    try:
        scenarios = [Scenario.from_json(request) for request in requests]
        ids = start(scenarios, label=" ".join(label.split()) or None)
    except (FieldError, StoreError) as error:
        st.error(f"The search was not started. {error}")
        return
    choose(ids[0])
    st.session_state[TOGETHER] = ids
    st.session_state[STARTED] = ids[:1]
    st.rerun()
