"""Other simulators beside ours: energy of the same arrays and layers, as a ratio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from cmn_core.charts.base.palette import Palette
from cmn_core.charts.base.spec import layered
from cmn_core.charts.base.template import data
from cmn_core.charts.base.units import log_ticks

LEAST, MOST = 0.25, 4.0
MARKS = ("circle", "triangle-up", "cross", "diamond")


def energy_ratios(rows: Sequence[Mapping[str, Any]], *, colours: Palette) -> alt.LayerChart:
    """rows: tool, array, work, ours and theirs (fJ per MAC), ratio of ours to theirs.

    A mark per layer; the rule is where both agree. Tools differ by shape and colour.
    """
    tools = list(dict.fromkeys(row["tool"] for row in rows))
    ratios = [row["ratio"] for row in rows]
    domain = [min([LEAST, *ratios]), max([MOST, *ratios])]
    axis = alt.Axis(format="~g", values=log_ticks(*domain), grid=True)
    scale = alt.Scale(type="log", nice=False, domain=domain)
    legend = alt.Legend(title=None, orient="top", symbolSize=80)
    inks = [colours.sram, colours.rram, colours.hybrid, colours.paper]
    marks = (
        alt.Chart(data(rows))
        .mark_point(size=80, filled=True, opacity=1)
        .encode(
            x=alt.X("ratio:Q", title="Energy, ours / theirs", scale=scale, axis=axis),
            y=alt.Y(
                "array:N",
                title=None,
                sort=None,
                axis=alt.Axis(ticks=False, domain=False, labelLimit=240, grid=True),
            ),
            color=alt.Color(
                "tool:N", scale=alt.Scale(domain=tools, range=inks[: len(tools)]), legend=legend
            ),
            shape=alt.Shape(
                "tool:N", scale=alt.Scale(domain=tools, range=list(MARKS[: len(tools)]))
            ),
            tooltip=[
                alt.Tooltip("tool:N", title="Simulator"),
                alt.Tooltip("work:N", title="Layer"),
                alt.Tooltip("ours:Q", title="Ours (fJ per MAC)", format=",.3~r"),
                alt.Tooltip("theirs:Q", title="Theirs (fJ per MAC)", format=",.3~r"),
                alt.Tooltip("ratio:Q", title="Ours / theirs", format=".2~f"),
            ],
        )
    )
    even = alt.Chart(data([{"one": 1.0}])).mark_rule(color=colours.muted, strokeDash=[4, 3])
    return layered(even.encode(x=alt.X("one:Q", scale=scale, axis=axis)), marks).properties(
        height=alt.Step(40)
    )
