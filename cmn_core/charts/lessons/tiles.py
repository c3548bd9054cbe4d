"""The network on its arrays: one bar per block, attention first, then every expert."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from cmn_core.charts.base.palette import MEMORY_NAMES, Palette
from cmn_core.charts.base.spec import layered, rows

ENOUGH = 0.045  # share of the longest bar from which a segment has room for its letter


def tiles_frame(blocks: Sequence[tuple[int, int, int, int]]) -> pd.DataFrame:
    """One row per segment. blocks: number, experts, arrays per expert, arrays of attention."""
    table: list[dict[str, Any]] = []
    longest = max(attention + experts * each for _, experts, each, attention in blocks)
    for block, experts, each, attention in blocks:
        start = 0
        parts = [("Attention", "A", attention)]
        parts += [(f"Expert {n}", f"E{n}", each) for n in range(1, experts + 1)]
        for part, letter, count in parts:
            row = {"block": f"Block {block}", "part": part, "arrays": count, "start": start}
            shown = letter if count >= ENOUGH * longest else ""
            end = start + count
            table.append({**row, "end": end, "middle": (start + end) / 2, "letter": shown})
            start = end
    return pd.DataFrame(table)


def tiles(frame: pd.DataFrame, *, memory: str, most: int, colours: Palette) -> alt.LayerChart:
    """frame: as of `tiles_frame`; most: end of the axis, so that bars keep their scale."""
    is_expert = frame["part"] != "Attention"
    colour = colours.memory(memory)
    frame = frame.assign(
        fill=[colour if expert else colours.panel for expert in is_expert],
        stroke=[colours.page if expert else colours.muted for expert in is_expert],
        ink=[colours.page if expert else colours.ink for expert in is_expert],
    )
    totals = frame.groupby("block", sort=False)[["end"]].max().reset_index()
    y = alt.Y("block:N", title=None, axis=alt.Axis(ticks=False, domain=False))
    scale = alt.Scale(domain=[0, 1.12 * most], nice=False)
    x = alt.X(
        "start:Q", title=f"{MEMORY_NAMES[memory]} arrays", scale=scale, axis=alt.Axis(tickCount=5)
    )
    base = alt.Chart(rows(frame)).encode(y=y)
    bars = base.mark_bar(strokeWidth=1, height={"band": 0.7}).encode(
        x=x,
        x2="end:Q",
        fill=alt.Fill("fill:N", scale=None),
        stroke=alt.Stroke("stroke:N", scale=None),
        tooltip=[
            alt.Tooltip("block:N", title="Block"),
            alt.Tooltip("part:N", title="Part"),
            alt.Tooltip("arrays:Q", title="Arrays", format=",d"),
        ],
    )
    letters = base.mark_text(fontSize=12, fontWeight="bold").encode(
        x=alt.X("middle:Q", scale=scale),
        text="letter:N",
        color=alt.Color("ink:N", scale=None),
    )
    sums = (
        alt.Chart(rows(totals))
        .mark_text(align="left", dx=5, fontSize=12, color=colours.ink)
        .encode(y=y, x=alt.X("end:Q", scale=scale), text=alt.Text("end:Q", format=",d"))
    )
    return layered(bars, letters, sums).properties(height=alt.Step(42))
