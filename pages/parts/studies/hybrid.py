"""Figure C1 over several seeds: what each memory's own search finds, and memory alone."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from cmn_core.charts.base.palette import LETTERS, MEMORY_NAMES
from cmn_core.charts.base.units import figures
from cmn_core.cim.technologies.parameters import SET_TITLES
from cmn_core.quantities import COSTS, GOALS, TITLES
from cmn_core.studies.appendices.hybrid import KINDS
from cmn_core.studies.appendices.statistics import picked, spread
from cmn_core.studies.result import Result
from pages.parts.frame.tables import data_table
from pages.parts.studies.frame import beside_the_paper, made_with, study_result

COLUMNS = {name: TITLES[name] for name in (*COSTS, "tops_per_mm2")}


def show_hybrid_study() -> None:
    """The stored study: medians over seeds with their range, and the paper's claim."""
    result = study_result("hybrid")
    if result is None:
        return
    constants = st.segmented_control(
        "What if the constants were",
        result.settings["constants"],
        default=result.settings["constants"][0],
        required=True,
        format_func=SET_TITLES.__getitem__,
        key="hybrid_constants",
        bind="query-params",
    )
    data_table(
        pd.DataFrame(study_rows(result, str(constants))),
        "hybrid_seeds",
        alt="Energy, latency, area and TOPS/mm² of RRAM, SRAM and hybrid over the seeds.",
    )
    st.caption(
        f"Median over {result.settings['seeds']} seeds (least to greatest), simulated."
        " *Its own search*: the network is searched for that memory. *The hybrid's network*: the"
        " same network with all blocks on that memory, on hardware searched for it. Where no design"
        " keeps the limits the nearest one stands here."
    )
    beside_the_paper(result)
    made_with(result)


def study_rows(result: Result, constants: str) -> list[dict[str, Any]]:
    """One row per scenario, memory and kind of network."""
    out = []
    for goal in result.settings["goals"]:
        for network, title in (("searched", "its own search"), ("hybrid's", "the hybrid's")):
            for memory in KINDS:
                asked = {"goal": goal, "memory": memory, "network": network}
                mine = picked(result.rows, constants=constants, **asked)
                if not mine:
                    continue
                blocks = {"".join(LETTERS[b] for b in r["blocks"]) for r in mine}
                row = {
                    "Scenario": GOALS[goal].title,
                    "Memory": MEMORY_NAMES[memory],
                    "Network": title,
                    "Blocks": ", ".join(sorted(blocks)),
                }
                for name, column in COLUMNS.items():
                    found = spread(r[name] for r in mine)
                    ends = f"{figures(found['low'])} to {figures(found['high'])}"
                    row[column] = f"{figures(found['median'])} ({ends})"
                kept = sum(bool(r["feasible"]) for r in mine)
                row["Within limits"] = f"{kept} of {len(mine)}" if network == "searched" else "–"
                out.append(row)
    return out
