"""Hardware searched for the model of the page: macros, and memory and copies of each block."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from cmn_core.charts.base.units import amount
from cmn_core.design import MEMORIES
from cmn_core.errors import FieldError
from cmn_core.models.assigning.options import ChipLimits
from cmn_core.models.assigning.several import searched_hardware
from cmn_core.models.chip import Chip, uniform
from cmn_core.models.file import parse_model
from cmn_core.models.report import costs_by_block
from cmn_core.quantities import COSTS, MAX_AREA_MM2, MAX_SIGMA_REL, OBJECTIVES, QUANTITIES, TITLES
from pages.parts.common.tables import safe_frame
from pages.parts.common.text import plain
from pages.parts.models.answers import Answer, Wanted, technologies_of

CHOICES = {"hybrid": "RRAM and SRAM", "rram": "RRAM", "sram": "SRAM"}


@dataclass(frozen=True)
class Sought:
    """What is searched for a model: memory, goal and die."""

    wanted: Wanted
    memory: str
    objective: str
    area_mm2: float | None

    @property
    def terms(self) -> tuple[Any, ...]:
        """What the chip depends on beside the fields of the form."""
        return self.wanted.constants, self.wanted.technologies, self.wanted.conditions


def search_box(asked: Wanted) -> None:
    """A form, and what was found for it; it takes seconds, so a button starts it."""
    with st.form("hardware_search", border=True):
        left, middle, right = st.columns(3, gap="medium")
        memory = left.selectbox(
            "Memory", list(CHOICES), format_func=CHOICES.__getitem__, key="sought_memory"
        )
        objective = middle.selectbox(
            "Least", list(OBJECTIVES), format_func=OBJECTIVES.__getitem__, key="sought_objective"
        )
        area = right.number_input(
            "Largest die (mm²)",
            min_value=0.1,
            max_value=1e6,
            value=MAX_AREA_MM2,
            key="sought_area",
            help="Empty: no limit.",
        )
        started = st.form_submit_button("Search hardware", key="sought", type="primary")
    sought = Sought(asked, memory, objective, area)
    if started:
        st.session_state["sought_last"] = sought
    last: Sought | None = st.session_state.get("sought_last")
    if last is None or last.wanted.model != asked.model:
        return
    if last.terms != sought.terms:
        st.caption("The chip below was searched before the conditions or constants changed.")
    try:
        answer = _found(last)
    except FieldError as error:
        st.error(f"No hardware can be searched. {plain(str(error), 400)}.")
        return
    _show(answer)


def _show(answer: Answer) -> None:
    if not answer["feasible"]:
        st.error(f"Nothing fits. {plain(answer['why_not'], 400)}.")
        return
    best = answer["best"]
    totals = ", ".join(f"{QUANTITIES[n].label.lower()} {amount(n, best[n])}" for n in COSTS)
    proof = "the best for these macros" if answer["proven"] else "not proven to be the best"
    st.markdown(f"**Found** in {answer['seconds']:.1f} s: {totals}. Memory and copies are {proof}.")
    costs = costs_by_block(best["layers"])
    blocks = [
        {"Block": b, "Memory": CHOICES[c["memory"]], "Copies": c["replicas"], **costs[b]}
        for b, c in best["hardware"]["blocks"].items()
    ]
    digits = st.column_config.NumberColumn(format="%.4g")
    st.dataframe(
        safe_frame(pd.DataFrame(blocks).rename(columns=TITLES)),
        hide_index=True,
        alt="Memory, copies and costs of each block.",
        column_config={TITLES[name]: digits for name in COSTS},
    )
    if answer["larger_die"]:
        st.caption("What a larger die would buy with the same macros:")
        names = {"max_area_mm2": "Largest die (mm²)", **TITLES}
        st.dataframe(
            safe_frame(pd.DataFrame(answer["larger_die"]).rename(columns=names)),
            hide_index=True,
            alt="Costs on larger dies.",
        )
    st.download_button(
        "Chip (JSON)",
        json.dumps(answer, indent=1) + "\n",
        "chip.json",
        "application/json",
        on_click="ignore",
        key="download_chip",
        icon=":material/download:",
    )


@st.cache_resource(max_entries=60, show_spinner="Searching hardware…")
def _found(sought: Sought) -> dict[str, Any]:
    asked = sought.wanted
    memories = MEMORIES if sought.memory == "hybrid" else (sought.memory,)
    rate = asked.conditions.images_per_second
    limits = ChipLimits(
        area_mm2=sought.area_mm2 or np.inf,
        latency_us=np.inf if rate is None else 1e6 / rate,
        sigma_rel=MAX_SIGMA_REL,
    )
    chip = Chip(
        uniform(memories[0]),
        technologies=technologies_of(asked.constants, asked.technologies),
        conditions=asked.conditions,
    )
    return searched_hardware(
        [parse_model(json.loads(asked.model))],
        chip,
        memories,
        sought.objective,
        limits,
        parameters=asked.constants,
    )
