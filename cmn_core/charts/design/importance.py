"""Which variables a figure depends on: a bar for each, the longest first."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from cmn_core.charts.base.palette import Palette
from cmn_core.charts.base.spec import layered
from cmn_core.charts.base.template import data

SHOWN = 12
UP, DOWN, BENT = "↑", "↓", "↕"
CLEAR = 0.3  # rank correlation from which on a direction is shown


def importance_bars(
    found: Sequence[tuple[str, float, float]], *, colours: Palette
) -> alt.LayerChart:
    """found: variable, share of the spread that it explains (0 to 1), rank correlation."""
    table = [
        {
            "variable": label,
            "share": share,
            "upward": upward,
            "text": f"{share:.0%} {arrow(upward)}",
        }
        for label, share, upward in found[:SHOWN]
    ]
    y = alt.Y("variable:N", title=None, sort=None, axis=alt.Axis(labelLimit=210, ticks=False))
    x = alt.X(
        "share:Q",
        title="Share of the spread",
        scale=alt.Scale(domain=[0, 1.12], nice=False),
        axis=alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1.0]),
    )
    base = alt.Chart(data(table)).encode(
        x=x,
        y=y,
        tooltip=[
            alt.Tooltip("variable:N", title="Variable"),
            alt.Tooltip("share:Q", title="Share of the spread", format=".1%"),
            alt.Tooltip("upward:Q", title="Rank correlation", format="+.2f"),
        ],
    )
    bars = base.mark_bar(color=colours.muted, height={"band": 0.7})
    words = base.mark_text(align="left", dx=5, fontSize=12, color=colours.ink)
    return layered(bars, words.encode(text="text:N")).properties(height=alt.Step(24))


def arrow(upward: float) -> str:
    """More of the variable, more of the figure; the other way round; or neither."""
    return BENT if abs(upward) < CLEAR else UP if upward > 0.0 else DOWN
