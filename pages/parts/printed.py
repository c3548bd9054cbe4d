"""Our metrics beside what the paper prints, scenario by scenario."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

import streamlit as st

from cmn_core.charts.frames import GOAL_TITLES, GOALS
from cmn_core.charts.palette import MEMORY_NAMES
from cmn_core.charts.paper import Printed, printed_metrics
from pages.parts.cards import group_row, small_note
from pages.parts.text import UNITS, number, origin

NAMES = ("energy_uj", "latency_us", "area_mm2", "miou")
NOTE = (
    "Ours is the whole network on the chip. The paper's energies and latencies fit the expert"
    " layers alone, so they stand beside ours and are not subtracted. S simulated, E predicted,"
    " M measured, P printed in the paper; a dash is not given."
)


def metric_table(
    designs: Mapping[tuple[str, str], Mapping[str, Any]], notes: Mapping[tuple[str, str], str]
) -> None:
    """Rows scenario x memory; each cell ours with its letter, the paper's in parentheses.

    notes: (goal, memory) -> small words under the memory
    """
    units = [UNITS[name] for name in NAMES]
    head = "".join(f'<th scope="col">{title} ({unit})</th>' for title, unit in units)
    body = []
    for goal in GOALS:
        body.append(group_row(GOAL_TITLES[goal], columns=len(NAMES) + 1))
        for memory in ("rram", "sram"):
            design = designs.get((goal, memory)) or {}
            printed = printed_metrics(goal, memory)
            cells = "".join(_cell(name, design, printed.get(name)) for name in NAMES)
            first = MEMORY_NAMES[memory] + small_note(notes.get((goal, memory), ""))
            body.append(f'<tr><th scope="row">{first}</th>{cells}</tr>')
    st.html(
        '<div class="cmn-scroll"><table class="cmn-table" aria-label="Metrics, ours and printed">'
        f'<thead><tr><th scope="col" class="cmn-left">Memory</th>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )
    st.caption(NOTE)


def _cell(name: str, design: Mapping[str, Any], printed: Printed | None) -> str:
    value = (design.get("metrics") or {}).get(name)
    ours = number(value) + ("" if value is None else _mark(origin(name, design), ""))
    if printed is None:
        return f"<td>{ours}</td>"
    paper = number(printed.value) + _mark("P", printed.where)
    return f'<td>{ours} <span class="cmn-paper">({paper})</span></td>'


def _mark(letter: str, title: str) -> str:
    return f'<span class="cmn-mark" title="{html.escape(title)}">{letter}</span>'
