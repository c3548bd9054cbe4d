"""Block-wise bars: experts or hidden size of the four blocks, ours filled, the paper's hollow."""

from __future__ import annotations

import altair as alt

from cmn_core.charts.frames import Json, blocks_frame
from cmn_core.charts.palette import LETTERS, Palette
from cmn_core.charts.spec import layered, rows

HEADROOM = 1.15  # of the highest bar, for the number above it
TITLES = {"experts": "Experts per block", "hidden": "Hidden size per block"}


def block_bars(
    design: Json,
    *,
    quantity: str,
    colours: Palette,
    paper: Json | None = None,
    top: int | None = None,
    height: int = 170,
) -> alt.LayerChart:
    """quantity: experts | hidden; top: upper end of the axis, for comparing neighbours."""
    frame = blocks_frame(design, paper)
    frame = frame.assign(
        value=frame[quantity],
        colour=[
            colours.memory(memory) if source == "ours" else colours.paper
            for memory, source in zip(frame["memory"], frame["source"], strict=True)
        ],
        fill=[
            colours.memory(memory) if source == "ours" else "transparent"
            for memory, source in zip(frame["memory"], frame["source"], strict=True)
        ],
        who=[
            f"ours, {LETTERS.get(memory, '-')}" if source == "ours" else "paper"
            for memory, source in zip(frame["memory"], frame["source"], strict=True)
        ],
    )
    scale = alt.Scale(domain=[0, HEADROOM * top], nice=False) if top else alt.Scale(padding=14)
    base = alt.Chart(rows(frame)).encode(
        x=alt.X("block:N", title=None, axis=alt.Axis(labelAngle=0, ticks=False, domain=True)),
        xOffset=alt.XOffset("source:N", sort=["ours", "paper"]),
        y=alt.Y("value:Q", title=TITLES[quantity], scale=scale, axis=alt.Axis(tickCount=4)),
        tooltip=[
            alt.Tooltip("block:N", title="Block"),
            alt.Tooltip("who:N", title="Whose"),
            alt.Tooltip("value:Q", title=TITLES[quantity]),
        ],
    )
    bars = base.mark_bar(strokeWidth=1.5).encode(
        fill=alt.Fill("fill:N", scale=None), stroke=alt.Stroke("colour:N", scale=None)
    )
    values = base.mark_text(dy=-7, fontSize=12, color=colours.ink).encode(text="value:Q")
    return layered(bars, values).properties(height=height)
