"""Tables G1 and G2: mIoU against energy or latency, ours filled and the paper's hollow."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from cmn_core.charts.base.label_places import label_places
from cmn_core.charts.base.palette import MEMORY_NAMES, SHAPES, Palette
from cmn_core.charts.base.spec import layered
from cmn_core.charts.base.template import data
from cmn_core.charts.base.units import log_ticks
from cmn_core.quantities import TITLES

COSTS = ("energy_uj", "latency_us")
ROOM = 1.25  # of the axis beyond the best mark
SIZE = 12.0  # pixels of a name
WIDTHS, HEIGHT = (280.0, 520.0), 220.0  # pixels within the axes: on a phone, half a page
Rows = Sequence[Mapping[str, Any]]


def methods(
    points: Rows, *, cost: str, floor: float | None, whose: str, memory: str, colours: Palette
) -> alt.LayerChart:
    """points: method, cost, miou, whose (ours or printed), table.

    floor: mIoU asked for, drawn as a rule; the cheapest that reaches it is ringed. whose: "ours" or
    "printed"; the two have axes of their own, because their mIoU are of different weights.
    """
    mine = [p for p in points if p["whose"] == whose and p["miou"] is not None]
    costs = [float(p["cost"]) for p in mine] or [1.0, 10.0]
    low, high = min(costs) / 1.5, max(costs) * 2.6
    x = alt.X(
        "cost:Q",
        title=TITLES[cost],
        scale=alt.Scale(type="log", domain=[low, high], nice=False),
        axis=alt.Axis(format="~g", values=log_ticks(low, high), labelOverlap=True),
    )
    top = max([float(p["miou"]) for p in mine], default=1.0)
    y = alt.Y("miou:Q", title=TITLES["miou"], scale=alt.Scale(domain=[0, ROOM * top], nice=False))
    colour = colours.paper if whose == "printed" else colours.memory(memory)
    fill = colours.page if whose == "printed" else colour
    shown = [
        alt.Tooltip("method:N", title="Method"),
        alt.Tooltip("table:N", title="Table"),
        alt.Tooltip("cost:Q", title=TITLES[cost], format=",.4~r"),
        alt.Tooltip("miou:Q", title=TITLES["miou"], format=".2f"),
    ]
    base = alt.Chart(data(mine)).encode(x=x, y=y, tooltip=shown)
    dots = base.mark_point(
        shape=SHAPES.get(memory, "circle"),
        size=90,
        fill=fill,
        stroke=colour,
        strokeWidth=2,
        opacity=1,
    )
    layers = [dots]
    marks = [
        (
            math.log(float(p["cost"]) / low) / math.log(high / low),
            HEIGHT * (1.0 - float(p["miou"]) / (ROOM * top)),
            str(p["method"]),
        )
        for p in mine
    ]
    rules = [] if floor is None else [HEIGHT * (1.0 - floor / (ROOM * top))]
    places = label_places(marks, size=SIZE, widths=WIDTHS, height=HEIGHT, rules=rules)
    for place in dict.fromkeys(places):
        some = [p for p, own in zip(mine, places, strict=True) if own == place]
        names = alt.Chart(data(some)).mark_text(
            align=place.align, dx=place.dx, dy=place.dy, fontSize=SIZE, color=colours.ink
        )
        layers.append(names.encode(x=x, y=y, text="method:N"))
    if floor is not None:
        rule = alt.Chart(data([{"miou": floor}])).mark_rule(color=colours.ink, strokeDash=[4, 3])
        layers.insert(0, rule.encode(y=y))
        best = cheapest(points, whose=whose, floor=floor)
        if best is not None:
            ring = alt.Chart(data([best])).mark_point(
                shape="circle", size=420, stroke=colours.ink, strokeWidth=1.5, opacity=1
            )
            layers.append(ring.encode(x=x, y=y))
    return layered(*layers).properties(height=330, title=f"{MEMORY_NAMES[memory]}, {whose}")


def cheapest(points: Rows, *, whose: str, floor: float) -> Mapping[str, Any] | None:
    """The point of least cost that reaches the floor."""
    good = [
        p for p in points if p["whose"] == whose and p["miou"] is not None and p["miou"] >= floor
    ]
    return min(good, key=lambda p: float(p["cost"]), default=None)
