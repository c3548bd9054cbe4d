"""Published chips beside this simulator: a hollow and a filled mark per chip, joined by a rule."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from cmn_core.charts.base.palette import SHAPES, Palette
from cmn_core.charts.base.spec import layered
from cmn_core.charts.base.template import data
from cmn_core.charts.base.units import log_ticks
from cmn_core.quantities import AREA

TITLES = {
    "energy": "Efficiency (TOPS/W)",
    "speed": "Speed (GOPS)",
    "area": AREA.title,
}
TWICE = 2.0
ROOM = 1.4  # beyond the farthest marks, as a factor


def chip_rows(points: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One row per chip: the one of its rows whose error is the median, as the scores count it.

    points: chip, published, ours and whatever a tooltip shows; sorted by the published figure.
    Beside them: ratio, low and high (ends of the rule), `of` (rows of the chip).
    """
    chips: dict[str, list[Mapping[str, Any]]] = {}
    for point in points:
        chips.setdefault(point["chip"], []).append(point)
    out = []
    for rows in chips.values():
        ranked = sorted(rows, key=lambda p: abs(math.log(p["ours"] / p["published"])))
        middle = ranked[(len(ranked) - 1) // 2]
        ends = sorted((middle["ours"], middle["published"]))
        ratio = middle["ours"] / middle["published"]
        more = {"ratio": ratio, "low": ends[0], "high": ends[1], "of": len(rows)}
        out.append({**middle, **more, "within": "yes" if ends[1] / ends[0] <= TWICE else "no"})
    return sorted(out, key=lambda row: -row["published"])


def agreement(
    chips: Sequence[Mapping[str, Any]], *, quantity: str, memory: str, colours: Palette
) -> alt.LayerChart:
    """chips: as of `chip_rows`; quantity: energy | speed | area; memory: rram or sram, for colour.

    Hollow is published, filled is ours; a thick rule joins two that are more than 2x apart.
    """
    title, colour = TITLES[quantity], colours.memory(memory)
    whose = alt.Scale(domain=["published", "ours, held out"], range=["transparent", colour])
    legend = alt.Legend(title=None, orient="top", symbolStrokeColor=colour, symbolSize=80)
    y = alt.Y(
        "label:N",
        title=None,
        sort=None,
        axis=alt.Axis(
            ticks=False, domain=False, labelLimit=150, grid=True, gridOpacity=0.5, labelFlush=False
        ),
    )
    ends = [row[n] for row in chips for n in ("low", "high")] or [1.0, 10.0]
    domain = [min(ends) / ROOM, max(ends) * ROOM]
    scale = alt.Scale(type="log", nice=False, domain=domain)
    axis = alt.Axis(format="~g", values=log_ticks(*domain), labelOverlap=True, grid=True)
    shown = [
        alt.Tooltip("citation:N", title="Chip"),
        alt.Tooltip("node:N", title="Node"),
        alt.Tooltip("precision:N", title="Precision"),
        alt.Tooltip("published:Q", title=f"Published {title}", format=",.4~r"),
        alt.Tooltip("ours:Q", title="Ours, held out", format=",.4~r"),
        alt.Tooltip("ratio:Q", title="Ours / published", format=".2~f"),
        alt.Tooltip("of:Q", title="Rows of this chip"),
    ]
    base = alt.Chart(data(chips)).encode(y=y, tooltip=shown)
    rule = base.mark_rule(color=colours.muted).encode(
        x=alt.X("low:Q", title=title, scale=scale, axis=axis),
        x2="high:Q",
        strokeWidth=alt.StrokeWidth(
            "within:N", scale=alt.Scale(domain=["yes", "no"], range=[1, 3.5]), legend=None
        ),
    )
    mark: Any = {"shape": SHAPES[memory], "size": 70, "opacity": 1, "strokeWidth": 1.8}
    outer = base.transform_calculate(whose="'published'").mark_point(
        **{**mark, "fill": colours.page}, stroke=colour
    )
    inner = base.transform_calculate(whose="'ours, held out'").mark_point(**mark, stroke=colour)
    x = {
        name: alt.X(f"{name}:Q", title=title, scale=scale, axis=axis)
        for name in ("published", "ours")
    }
    fill = alt.Fill("whose:N", scale=whose, legend=legend)
    return layered(
        rule, outer.encode(x=x["published"]), inner.encode(x=x["ours"], fill=fill)
    ).properties(height=alt.Step(21))
