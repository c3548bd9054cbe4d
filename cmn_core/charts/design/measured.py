"""Networks whose accuracy somebody measured, against what they cost on each memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from cmn_core.charts.base.palette import FAINT, MEMORY_NAMES, SHAPES, Palette
from cmn_core.charts.base.spec import layered
from cmn_core.charts.base.template import data
from cmn_core.quantities import TITLES

MOST = 300  # faint marks per memory


def measured(
    rows: Mapping[str, Sequence[Mapping[str, Any]]], *, cost: str, colours: Palette
) -> alt.LayerChart:
    """Faint marks for all, larger ones with a line for those that no other beats.

    rows: by memory (rram | sram | hybrid): number, miou, the cost and front (bool) of each network;
    cost: energy_uj | latency_us | area_mm2, on a log axis
    """
    table, lines = [], []
    for memory, found in rows.items():
        others = [row for row in found if not row["front"]]
        step = max(1, -(-len(others) // MOST))
        best = [row for row in found if row["front"]]
        named = {"memory": MEMORY_NAMES[memory]}
        table += [{**row, **named} for row in [*others[::step], *best]]
        lines += [{**row, **named} for row in sorted(best, key=lambda row: float(row[cost]))]
    kinds = list(MEMORY_NAMES)
    names = [MEMORY_NAMES[kind] for kind in kinds]
    legend = alt.Legend(title=None, orient="bottom")
    hues = alt.Scale(domain=names, range=[colours.memory(kind) for kind in kinds])
    shapes = alt.Scale(domain=names, range=[SHAPES[kind] for kind in kinds])
    x = alt.X(
        f"{cost}:Q",
        title=TITLES[cost],
        scale=alt.Scale(type="log", nice=False, padding=14),
        axis=alt.Axis(grid=False, tickCount=5, format=",~f"),
    )
    y = alt.Y("miou:Q", title=f"{TITLES['miou']}, measured", scale=alt.Scale(zero=False, padding=8))
    line = (
        alt.Chart(data(lines))
        .mark_line(strokeWidth=1.5)
        .encode(x=x, y=y, stroke=alt.Stroke("memory:N", scale=hues, legend=legend))
    )
    marks = (
        alt.Chart(data(table))
        .mark_point(strokeWidth=0)
        .encode(
            x=x,
            y=y,
            fill=alt.Fill("memory:N", scale=hues, legend=legend),
            shape=alt.Shape("memory:N", scale=shapes, legend=legend),
            size=alt.condition("datum.front", alt.value(80), alt.value(22)),
            opacity=alt.condition("datum.front", alt.value(1), alt.value(FAINT)),
            tooltip=[
                alt.Tooltip("memory:N", title="Memory"),
                alt.Tooltip("number:Q", title="Row"),
                alt.Tooltip("miou:Q", title=TITLES["miou"], format=".2f"),
                alt.Tooltip(f"{cost}:Q", title=TITLES[cost], format=",.4~r"),
            ],
        )
    )
    return layered(line, marks).properties(height=320)
