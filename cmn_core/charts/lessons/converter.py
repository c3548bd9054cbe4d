"""Output error, or energy, against the bits of the ADC; hollow marks are over the error limit."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from cmn_core.charts.base.palette import Palette
from cmn_core.charts.base.spec import layered, rows
from cmn_core.quantities import TITLES

AXES = {"error": TITLES["sigma_rel"], "energy_uj": "Energy of an image (µJ)"}


def converter_frame(points: Sequence[tuple[int, float, float]], limit: float) -> pd.DataFrame:
    """points: ADC bits, error as a share, energy in uJ; limit: largest error allowed, a share."""
    table = [
        {"bits": b, "error": 100.0 * e, "energy_uj": uj, "allowed": e <= limit}
        for b, e, uj in points
    ]
    return pd.DataFrame(table)


def converter(
    frame: pd.DataFrame, *, quantity: str, chosen: int, limit: float, colours: Palette
) -> alt.LayerChart:
    """quantity: error (log axis, with the limit) | energy_uj; chosen: bits that are ringed."""
    frame = frame.assign(
        fill=[colours.rram if ok else colours.page for ok in frame["allowed"]],
        says=["within the limit" if ok else "over the limit" for ok in frame["allowed"]],
    )
    error = quantity == "error"
    scale = alt.Scale(type="log", domain=[3, 400]) if error else alt.Scale(zero=True)
    axis = alt.Axis(values=[5, 10, 20, 50, 100, 200]) if error else alt.Axis(tickCount=5)
    x = alt.X("bits:O", title="Bits of the ADC", axis=alt.Axis(labelAngle=0))
    y = alt.Y(f"{quantity}:Q", title=AXES[quantity], scale=scale, axis=axis)
    base = alt.Chart(rows(frame)).encode(x=x, y=y)
    layers = [
        base.mark_line(color=colours.rram, strokeWidth=1.5),
        alt.Chart(rows(frame[frame["bits"] == chosen]))
        .mark_point(size=330, stroke=colours.ink, strokeWidth=2)
        .encode(x=x, y=y),
        base.mark_point(size=80, stroke=colours.rram, strokeWidth=1.8, opacity=1).encode(
            fill=alt.Fill("fill:N", scale=None),
            tooltip=[
                alt.Tooltip("bits:O", title="ADC bits"),
                alt.Tooltip("error:Q", title=TITLES["sigma_rel"], format=".1f"),
                alt.Tooltip("energy_uj:Q", title=TITLES["energy_uj"], format=",.0f"),
                alt.Tooltip("says:N", title="Error limit"),
            ],
        ),
    ]
    if error:
        line = alt.Chart(rows(pd.DataFrame([{"at": limit, "text": f"limit {limit:g} %"}])))
        at = alt.Y("at:Q", scale=scale, title=AXES[quantity])
        layers += [
            line.mark_rule(strokeDash=[6, 4], color=colours.muted).encode(y=at),
            line.mark_text(align="right", dx=-4, dy=-8, fontSize=12, color=colours.muted).encode(
                y=at, x=alt.value("width"), text="text:N"
            ),
        ]
    return layered(*layers).properties(height=280)
