"""What an image costs on both memories by cause, the wait for the next one included."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd

from cmn_core.charts.base.palette import MEMORY_NAMES, Palette
from cmn_core.charts.base.spec import layered, rows
from cmn_core.charts.design.breakdown import ENOUGH, FILLS, ROOM
from cmn_core.quantities import TITLES


def idle(energies: Mapping[str, Mapping[str, float]], *, colours: Palette) -> alt.LayerChart:
    """energies: memory, or another name of a bar -> cause -> uJ of an image; every bar has the same
    causes."""
    causes = list(next(iter(energies.values())))
    longest = max(sum(parts.values()) for parts in energies.values())
    table, totals = [], []
    for memory, parts in energies.items():
        start, name = 0.0, MEMORY_NAMES.get(memory, memory)
        for cause, value in parts.items():
            row = {"memory": name, "cause": cause, "value": value, "start": start}
            start += value
            letter = cause[0] if value >= ENOUGH * longest else ""
            table.append({**row, "end": start, "middle": start - 0.5 * value, "letter": letter})
        totals.append(
            {"memory": MEMORY_NAMES.get(memory, memory), "end": start, "label": f"{start:,.0f}"}
        )
    y = alt.Y(
        "memory:N",
        title=None,
        sort=[MEMORY_NAMES.get(m, m) for m in energies],
        axis=alt.Axis(ticks=False, domain=False),
    )
    scale = alt.Scale(domain=[0, ROOM * longest], nice=False)
    base = alt.Chart(rows(pd.DataFrame(table))).encode(y=y)
    fills = FILLS[colours.name]
    bars = base.mark_bar(stroke=colours.page, strokeWidth=1, height={"band": 0.7}).encode(
        x=alt.X(
            "start:Q", title="Energy of an image (µJ)", scale=scale, axis=alt.Axis(tickCount=5)
        ),
        x2="end:Q",
        fill=alt.Fill(
            "cause:N",
            scale=alt.Scale(domain=causes, range=list(fills[: len(causes)])),
            legend=alt.Legend(title=None, orient="bottom", columns=2, symbolType="square"),
        ),
        tooltip=[
            alt.Tooltip("memory:N", title="Memory"),
            alt.Tooltip("cause:N", title="Where"),
            alt.Tooltip("value:Q", title=TITLES["energy_uj"], format=",.0f"),
        ],
    )
    letters = base.mark_text(fontSize=12, fontWeight="bold", color=colours.page).encode(
        x=alt.X("middle:Q", scale=scale), text="letter:N"
    )
    sums = (
        alt.Chart(rows(pd.DataFrame(totals)))
        .mark_text(align="left", dx=5, fontSize=12, color=colours.ink)
        .encode(y=y, x=alt.X("end:Q", scale=scale), text="label:N")
    )
    return layered(bars, letters, sums).properties(height=alt.Step(52))
