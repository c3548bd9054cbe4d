"""Figure D2: error of what a search finds, over the error of the simulator that led it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from cmn_core.charts.base.palette import Palette
from cmn_core.charts.base.spec import layered
from cmn_core.charts.base.template import data
from cmn_core.quantities import GOALS

NAMES = [goal.quantity.label for goal in GOALS.values()]
DASHES = dict(zip(NAMES, ([1, 0], [7, 3], [2, 2]), strict=True))
SHAPES = dict(zip(NAMES, ("triangle-up", "triangle-down", "cross"), strict=True))
Rows = Sequence[Mapping[str, Any]]


def discrepancy(
    means: Rows, seeds: Rows, *, level: float, reach: float, colours: Palette
) -> alt.LayerChart:
    """means: level in per cent, quantity, error in per cent; seeds: the same for single seeds.

    The band holds errors smaller than the simulator's own; level: the chosen one; reach: of the y
    axis in per cent.
    """
    largest = max([float(p["level"]) for p in means], default=20.0)
    x = alt.X(
        "level:Q",
        title="Error of the simulator (%)",
        scale=alt.Scale(domain=[0, largest * 1.06], nice=False),
        axis=alt.Axis(grid=False, values=sorted({float(p["level"]) for p in means})),
    )
    y = alt.Y(
        "error:Q",
        title="Error of what is found (%)",
        scale=alt.Scale(domain=[-reach, reach], nice=False, clamp=True),
    )
    dash = alt.StrokeDash(
        "quantity:N",
        scale=alt.Scale(domain=NAMES, range=[DASHES[n] for n in NAMES]),
        legend=alt.Legend(title=None, orient="bottom", symbolStrokeWidth=2, symbolSize=900),
    )
    shape = alt.Shape(
        "quantity:N", scale=alt.Scale(domain=NAMES, range=[SHAPES[n] for n in NAMES]), legend=None
    )
    band = (
        alt.Chart(data([{"level": v, "low": -v, "error": v} for v in (0.0, largest)]))
        .mark_area(color=colours.rule, opacity=0.55)
        .encode(x=x, y=y, y2="low:Q")
    )
    shown = [
        alt.Tooltip("quantity:N", title="Searched"),
        alt.Tooltip("level:Q", title="Simulator wrong by (%)"),
        alt.Tooltip("error:Q", title="Error (%)", format="+.2f"),
    ]
    single = alt.Chart(data(seeds)).mark_point(size=28, opacity=0.5, color=colours.ink)
    line = alt.Chart(data(means)).mark_line(color=colours.ink, strokeWidth=2)
    dots = alt.Chart(data(means)).mark_point(size=75, filled=True, opacity=1, color=colours.ink)
    chosen = alt.Chart(data([{"level": level}])).mark_rule(color=colours.muted).encode(x=x)
    return layered(
        band,
        chosen,
        single.encode(x=x, y=y, shape=shape, tooltip=shown),
        line.encode(x=x, y=y, strokeDash=dash),
        dots.encode(x=x, y=y, shape=shape, tooltip=shown),
    ).properties(height=330)
