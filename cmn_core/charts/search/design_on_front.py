"""Where designs of one's own stand against a front: marks laid over its finished picture."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import altair as alt

from cmn_core.charts.base.palette import Palette
from cmn_core.charts.base.spec import layered
from cmn_core.charts.base.template import Rows, data
from cmn_core.quantities import TITLES

NAMES = ("miou", "energy_uj", "latency_us")
THIS = "this design"
EDGE = 0.04  # of an axis between a mark and its end: half a ring


def mark_rows(designs: Iterable[tuple[str, Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Name, NAMES, miou_low and miou_high of each design; designs: (name, metrics). A design
    without a known mIoU has no place and is left out."""
    table = [
        {"name": name, **{c: metrics.get(c) for c in (*NAMES, "miou_low", "miou_high")}}
        for name, metrics in designs
    ]
    return [row for row in table if all(row[c] is not None for c in NAMES)]


def marks(table: Rows, *, cost: str, colours: Palette) -> alt.LayerChart:
    """A large ring for this design and a diamond with its letter for each pinned one, with mIoU
    intervals. table: as of `mark_rows`; cost: energy_uj | latency_us; layers: as of `layers`."""
    intervals, pinned, _, own = layers(table)
    x = alt.X(f"{cost}:Q", title=TITLES[cost])
    y = alt.Y("miou:Q", title=TITLES["miou"])
    low = alt.Y("miou_low:Q", title=TITLES["miou"])
    tooltip = [
        alt.Tooltip("name:N", title="Design"),
        alt.Tooltip("miou:Q", title=TITLES["miou"], format=".2f"),
        alt.Tooltip("energy_uj:Q", title=TITLES["energy_uj"], format=",.5~r"),
        alt.Tooltip("latency_us:Q", title=TITLES["latency_us"], format=",.5~r"),
    ]
    rule = alt.Chart(data(intervals)).mark_rule(color=colours.ink, strokeWidth=1.5)
    other, ring = alt.Chart(data(pinned)), alt.Chart(data(own))
    ink: Any = {"color": colours.ink, "opacity": 1}
    return layered(
        rule.encode(x=x, y=low, y2="miou_high:Q"),
        other.mark_point(shape="diamond", size=170, filled=True, **ink).encode(
            x=x, y=y, tooltip=tooltip
        ),
        other.mark_text(dx=13, fontSize=13, fontWeight="bold", **ink).encode(
            x=x, y=y, text="name:N"
        ),
        ring.mark_point(shape="circle", size=480, strokeWidth=3.5, filled=False, **ink).encode(
            x=x, y=y, tooltip=tooltip
        ),
    )


def layers(table: Rows) -> tuple[Rows, Rows, Rows, Rows]:
    """The tables of the layers of `marks`: intervals, pinned, their letters, this design."""
    own = [row for row in table if row["name"] == THIS]
    pinned = [row for row in table if row["name"] != THIS]
    known = [row for row in table if row["miou_low"] is not None and row["miou_high"] is not None]
    return known, pinned, pinned, own


def laid_over(
    picture: Mapping[str, Any], top: Mapping[str, Any], table: Rows, *, cost: str
) -> dict[str, Any]:
    """The picture of a front with the marks over it, its axes widened to hold them.

    picture: a finished specification of `front.front`; top: of `marks`, holding `table`.
    """
    heights = ("miou", "miou_low", "miou_high")
    spans = {
        "x": [m[cost] for m in table],
        "y": [m[name] for m in table for name in heights if m[name] is not None],
    }
    below = [_widened(layer, spans) for layer in picture["layer"]]
    return {**picture, "layer": [*below, *top["layer"]]}


def _widened(layer: Mapping[str, Any], spans: Mapping[str, list[float]]) -> dict[str, Any]:
    """A layer whose axes reach as far as these values, on coarse steps, so that an axis seldom
    moves while somebody moves a slider."""
    encoding = dict(layer.get("encoding", {}))
    for channel, values in spans.items():
        own = encoding.get(channel, {})
        scale = own.get("scale") or {}
        if not values or "domain" not in scale:
            continue
        low, high = scale["domain"]
        room = EDGE * (max(high, *values) - min(low, *values))
        low = min(low, *(_coarse(max(v - room, 0.0), math.floor) for v in values))
        high = max(high, *(_coarse(v + room, math.ceil) for v in values))
        encoding[channel] = {**own, "scale": {**scale, "domain": [low, high]}}
    return {**layer, "encoding": encoding}


def _coarse(value: float, side: Callable[[float], int]) -> float:
    """The value rounded to two figures, down or up."""
    if not value:
        return 0.0
    step = 10.0 ** (math.floor(math.log10(abs(value))) - 1)
    return float(side(value / step) * step)
